import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._kernels.foot_path import clearance_over_floor, swing_path_parameters
from tests.twins import foot_path as twin


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(12, 80), side=st.sampled_from([1.0, -1.0]))
def test_kernels_equal_their_plain_versions(seed, n, side):
    rng = np.random.default_rng(seed)
    position = rng.normal(size=(3 * n, 3)).cumsum(axis=0)
    first, last = np.array([0, 2 * n]), np.array([n, 3 * n])
    tc, ic = first + n // 4, first + n - 3
    found = swing_path_parameters(position, first, last, tc, ic, side)
    clearance = clearance_over_floor(position[:, 2].copy(), first, last, tc, ic)
    for i in range(2):
        stride = position[first[i] : last[i]]
        events = tc[i] - first[i], ic[i] - first[i]
        np.testing.assert_allclose(found[i], twin.swing_path_parameters(stride, *events, side), atol=1e-9)
        np.testing.assert_allclose(clearance[i], twin.clearance_over_floor(stride[:, 2], *events), atol=1e-9)


def test_missing_paths_and_events_are_nan():
    position = np.zeros((10, 3))
    first, last = np.array([0, 5, 0, 0]), np.array([0, 6, 10, 10])
    start, end = np.array([0, 5, -1, 6]), np.array([0, 5, 6, -1])
    found = swing_path_parameters(position, first, last, start, end, 1.0)
    assert np.isnan(found[:2]).all()
    assert np.isnan(np.delete(found[2:], 3, axis=1)).all()
    assert (found[2:, 3] == 0).all()
    assert np.isnan(clearance_over_floor(position[:, 2].copy(), first, last, start, end)).all()
