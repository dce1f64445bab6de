import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._kernels import grid
from tests.twins import grid as twin


def signals(rng, n, share_missing):
    values = rng.normal(size=(3, n))
    values[:, rng.random(n) < share_missing] = np.nan
    values[0, rng.random(n) < share_missing] = np.nan
    return values


@settings(deadline=None)
@given(
    seed=st.integers(0, 2**31),
    n=st.integers(0, 40),
    missing=st.sampled_from([0, 0.2]),
    step=st.sampled_from([0.5, 1, 1.3]),
)
def test_interpolation_is_that_of_the_twin(seed, n, missing, step):
    rng = np.random.default_rng(seed)
    positions = np.cumsum(rng.choice([0.3, 1.0, 1.0, 2.2, 5.0], n)) + rng.choice([0.0, 0.1])
    values = signals(rng, n, missing)
    arguments = (0.1, step, 60, 3.0)
    np.testing.assert_allclose(
        grid.interpolate_uneven(positions, values, *arguments),
        twin.interpolate_uneven(positions, values, *arguments),
        rtol=1e-9,
        atol=1e-9,
    )


def test_a_parabola_is_interpolated_exactly_between_samples_that_have_neighbours():
    positions = np.array([0.0, 0.9, 2.1, 3.0, 4.2, 5.0])
    found = grid.interpolate_uneven(positions, (positions**2)[None], 1.0, 0.5, 6, 3.0)[0]
    np.testing.assert_allclose(found, np.arange(1, 4, 0.5) ** 2, rtol=1e-12)


@settings(deadline=None)
@given(seed=st.integers(0, 2**31), n=st.integers(0, 60), longest=st.integers(0, 6))
def test_bridging_is_that_of_the_twin(seed, n, longest):
    values = signals(np.random.default_rng(seed), n, 0.4)
    expected = values.copy()
    bridged = grid.bridge_short_gaps(values, longest)
    np.testing.assert_array_equal(bridged, twin.bridge_short_gaps(expected, longest))
    np.testing.assert_allclose(values, expected, rtol=1e-12)


@pytest.mark.parametrize(("length", "is_closed"), [(3, True), (4, False)])
def test_only_gaps_up_to_the_limit_are_closed(length, is_closed):
    values = np.arange(20.0)[None].copy()
    values[0, 5 : 5 + length] = np.nan
    grid.bridge_short_gaps(values, 3)
    assert np.isnan(values).any() != is_closed
