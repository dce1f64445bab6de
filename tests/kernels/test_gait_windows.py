import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import butter, lfilter

from gaitmap._kernels import gait_windows as kernels
from tests.twins import gait_windows as twin

RATE = 100.0


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 300), st.integers(0, 2**32 - 1))
def test_filter_kernel_equals_its_twin_and_starts_anew_after_gaps(n, seed):
    rng = np.random.default_rng(seed)
    signal = rng.normal(9, 3, n)
    signal[rng.random(n) < 0.05] = np.nan
    b, a = butter(4, 6, fs=RATE)
    found = kernels.causal_filter(signal, b, a, np.zeros(4))[0]
    np.testing.assert_allclose(found, twin.causal_filter(signal, b, a), rtol=1e-9, atol=1e-9)


def test_filter_kernel_equals_that_of_scipy_also_in_pieces():
    signal = np.random.default_rng(0).normal(9, 3, 500)
    b, a = butter(4, 6, fs=RATE)
    first, state = kernels.causal_filter(signal[:123].copy(), b, a, np.zeros(4))
    second, _ = kernels.causal_filter(signal[123:].copy(), b, a, state)
    np.testing.assert_array_equal(np.append(first, second), lfilter(b, a, signal))


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 30), st.integers(1, 40), st.integers(0, 2**32 - 1))
def test_activity_kernel_equals_its_twin(length, step, seed):
    rng = np.random.default_rng(seed)
    axes = rng.normal(3, 20, (3, 100))
    axes[1, rng.integers(0, 100)] = rng.choice([np.nan, np.inf, 0])
    starts = np.arange(0, 100 - length + 1, step)
    with np.errstate(invalid="ignore"):
        expected = twin.window_activity(axes, starts, length)
    np.testing.assert_allclose(kernels.window_activity(axes, starts, length), expected, rtol=1e-12)


@pytest.mark.filterwarnings("ignore:some peaks have a prominence of 0")
@settings(max_examples=60, deadline=None)
@given(st.integers(3, 40), st.integers(0, 4), st.booleans(), st.integers(0, 2**32 - 1))
def test_peak_kernel_equals_its_twin(n_bins, radius, ties, seed):
    rng = np.random.default_rng(seed)
    spectra = np.abs(rng.normal(0, 3, (5, n_bins)))
    if ties:
        spectra = spectra.round()
    spectra[:, 0] = 0
    centres = rng.integers(0, n_bins, (5, 4))
    for found, expected in zip(
        kernels.peaks_near(spectra, centres, radius), twin.peaks_near(spectra, centres, radius), strict=True
    ):
        np.testing.assert_array_equal(found, expected)
