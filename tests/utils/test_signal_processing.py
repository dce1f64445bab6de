import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from gaitmap.utils.signal_processing import butter_lowpass_filter_1d, row_wise_autocorrelation


class TestLowPass:
    def test_cutoff_is_attenuated_to_half_the_power(self):
        t = np.arange(4000) / 100
        filtered = butter_lowpass_filter_1d(np.sin(2 * np.pi * 5 * t), 100, 5)
        assert np.ptp(filtered[2000:]) / 2 == pytest.approx(np.sqrt(0.5), abs=1e-3)

    def test_output_does_not_depend_on_the_future(self):
        data = np.random.default_rng(0).normal(size=(3, 100))
        whole = butter_lowpass_filter_1d(data, 100, 10)
        assert_array_equal(butter_lowpass_filter_1d(data[:, :60], 100, 10), whole[:, :60])

    @pytest.mark.parametrize("cutoff", [0, -1, 50, 60])
    def test_cutoff_must_be_below_half_of_the_sampling_rate(self, cutoff):
        with pytest.raises(ValueError, match="cutoff_freq_hz"):
            butter_lowpass_filter_1d(np.zeros(10), 100, cutoff)


class TestAutocorrelation:
    @settings(max_examples=30, deadline=None)
    @given(n_rows=st.integers(0, 4), n=st.integers(1, 20), data=st.data())
    def test_is_the_sum_of_products(self, n_rows, n, data):
        lag_max = data.draw(st.integers(0, n))
        rows = np.random.default_rng(n).normal(size=(n_rows, n))
        expected = [[sum(r[k] * r[k + lag] for k in range(n - lag)) for lag in range(lag_max + 1)] for r in rows]
        assert_allclose(
            row_wise_autocorrelation(rows, lag_max), np.reshape(expected, (n_rows, lag_max + 1)), atol=1e-12
        )

    @pytest.mark.parametrize("lag_max", [-1, 5])
    def test_lag_must_fit(self, lag_max):
        with pytest.raises(ValueError, match="lag_max"):
            row_wise_autocorrelation(np.zeros((2, 4)), lag_max)
