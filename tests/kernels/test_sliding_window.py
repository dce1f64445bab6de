import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._kernels import sliding_window as kernels
from tests.twins import sliding_window as twin


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(0, 25), st.integers(0, 1), st.integers(0, 2**32 - 1))
def test_mean_and_variance_kernel_equals_its_twin(n, half_window, ddof, seed):
    rng = np.random.default_rng(seed)
    values = rng.normal(3, 2, n)
    values[rng.random(n) < 0.2] = np.nan
    values[rng.random(n) < 0.05] = np.inf
    found = kernels.sliding_mean_and_variance(values, half_window, ddof)
    np.testing.assert_allclose(found, twin.sliding_mean_and_variance(values, half_window, ddof), rtol=1e-12, atol=1e-13)


@settings(max_examples=40, deadline=None)
@given(st.integers(0, 40), st.integers(1, 25), st.integers(0, 2**32 - 1))
def test_slope_kernel_equals_its_twin(n, half_window, seed):
    padded = np.random.default_rng(seed).normal(3, 2, n + 2 * half_window)
    found = kernels.sliding_slope(padded, half_window)
    np.testing.assert_allclose(found, twin.sliding_slope(padded, half_window), rtol=1e-9, atol=1e-11)
