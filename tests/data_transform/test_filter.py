import numpy as np
import pandas as pd
import pytest
from scipy.signal import butter, sosfiltfilt

from gaitmap.data_transform import BaseFilter, ButterworthFilter


def _random_frame(n=200):
    values = np.random.default_rng(0).normal(0, 1, (n, 3))
    return pd.DataFrame(values, columns=list("abc"), index=pd.Index(np.arange(n) / 100, name="time"))


@pytest.mark.parametrize(
    ("order", "cutoff", "kind"),
    [(4, 15, "lowpass"), (2, 1, "highpass"), (2, (1, 20), "bandpass"), (1, (5, 10), "bandstop")],
)
def test_result_is_bit_equal_to_forward_backward_filtering(order, cutoff, kind):
    data = _random_frame()
    found = ButterworthFilter(order, cutoff, kind).filter(data, sampling_rate_hz=100).filtered_data_
    expected = sosfiltfilt(butter(order, cutoff, btype=kind, output="sos", fs=100), data.to_numpy(), axis=0)
    np.testing.assert_array_equal(found, expected)
    pd.testing.assert_index_equal(found.index, data.index)
    pd.testing.assert_index_equal(found.columns, data.columns)


def test_frame_series_and_array_give_their_own_type():
    data = _random_frame()
    butterworth = ButterworthFilter(2, 10)
    frame = butterworth.transform(data, sampling_rate_hz=100).transformed_data_
    pd.testing.assert_series_equal(butterworth.transform(data["b"], sampling_rate_hz=100).transformed_data_, frame["b"])
    np.testing.assert_array_equal(butterworth.transform(data.to_numpy(), sampling_rate_hz=100).transformed_data_, frame)
    one_signal = butterworth.transform(data["b"].to_numpy(), sampling_rate_hz=100).transformed_data_
    np.testing.assert_array_equal(one_signal, frame["b"])


def test_filtered_and_transformed_data_are_the_same_object():
    result = ButterworthFilter(2, 10).filter(_random_frame(), sampling_rate_hz=100)
    assert result.filtered_data_ is result.transformed_data_


def test_sine_in_the_pass_band_is_not_shifted():
    t = np.arange(0, 10, 0.01)
    sine = np.sin(2 * np.pi * t)
    found = ButterworthFilter(4, 15).filter(sine, sampling_rate_hz=100).filtered_data_
    np.testing.assert_allclose(found[100:-100], sine[100:-100], atol=1e-4)


def test_nan_makes_its_column_nan_and_no_other():
    data = _random_frame()
    data.iloc[50, 1] = np.nan
    found = ButterworthFilter(2, 10).filter(data, sampling_rate_hz=100).filtered_data_
    assert list(found.isna().all()) == [False, True, False]
    assert list(found.isna().any()) == [False, True, False]


@pytest.mark.parametrize(
    ("kwargs", "n", "message"),
    [
        ({}, 200, "sampling_rate_hz"),
        ({"sampling_rate_hz": 20}, 200, "critical frequencies"),
        ({"sampling_rate_hz": 100}, 5, "length of the input"),
    ],
)
def test_bad_input_is_a_value_error(kwargs, n, message):
    with pytest.raises(ValueError, match=message):
        ButterworthFilter(4, 15).filter(_random_frame(n), **kwargs)


def test_unknown_arguments_are_ignored():
    ButterworthFilter(4, 15).filter(_random_frame(), sampling_rate_hz=100, roi_list=None)


def test_base_class_does_not_filter():
    with pytest.raises(NotImplementedError):
        BaseFilter().filter(_random_frame(), sampling_rate_hz=100)
