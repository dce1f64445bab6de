"""Filtering of recordings with gaps."""

import numpy as np
import pytest

from gaitmap.data_transform import ButterworthFilter
from gaitmap.data_transform._filter import filter_between_gaps

LOWPASS = ButterworthFilter(order=2, cutoff_freq_hz=3.0)


def test_each_part_is_filtered_by_itself():
    signal = np.random.default_rng(1).normal(size=200)
    signal[80:90] = np.nan
    filtered = filter_between_gaps(signal, LOWPASS, 100.0)
    for part in (slice(0, 80), slice(90, 200)):
        expected = LOWPASS.clone().filter(signal[part], sampling_rate_hz=100.0).filtered_data_
        np.testing.assert_array_equal(filtered[part], expected)
    assert np.isnan(filtered[80:90]).all()


def test_parts_too_short_become_nan():
    signal = np.ones(100)
    signal[[5, 40]] = np.nan
    filtered = filter_between_gaps(signal, LOWPASS, 100.0)
    np.testing.assert_array_equal(np.isnan(filtered), [True] * 6 + [False] * 34 + [True] + [False] * 59)
    assert np.isnan(filter_between_gaps(signal, LOWPASS, 100.0, min_samples=50)[:41]).all()


def test_a_filter_that_never_works_tells_why():
    with pytest.raises(ValueError, match=r"(?i)critical frequenc"):
        filter_between_gaps(np.ones(100), LOWPASS, 5.0)


def test_nothing_to_filter_is_no_error():
    assert filter_between_gaps(np.array([]), LOWPASS, 100.0).tolist() == []
    assert np.isnan(filter_between_gaps(np.full(3, np.nan), LOWPASS, 100.0)).all()
    assert np.isnan(filter_between_gaps(np.ones(3), LOWPASS, 100.0, min_samples=4)).all()


def test_signal_without_gaps_is_filtered_as_a_whole_and_left_as_it_is():
    signal = np.random.default_rng(1).normal(size=200)
    before = signal.copy()
    filtered = filter_between_gaps(signal, LOWPASS, 100.0)
    np.testing.assert_array_equal(filtered, LOWPASS.clone().filter(before, sampling_rate_hz=100.0).filtered_data_)
    np.testing.assert_array_equal(signal, before)
    assert not np.shares_memory(filtered, signal)
    with pytest.raises(ValueError, match="length of the input"):
        filter_between_gaps(np.ones(9), LOWPASS, 100.0)
