import numpy as np
import pandas as pd
import pytest
import scipy.signal
import tpcp

from gaitmap.data_transform import Resample
from gaitmap.utils.exceptions import ValidationError


def _slow_sine(rate, duration_s=10):
    t = np.arange(0, duration_s, 1 / rate)
    return pd.DataFrame({"a": np.sin(2 * np.pi * t), "b": np.cos(2 * np.pi * 0.5 * t)}, index=pd.Index(t, name="time"))


@pytest.mark.parametrize("method", ["fourier", "polyphase"])
@pytest.mark.parametrize("target", [50, 102.4, 200, 409.6])
def test_sine_is_the_same_sine_at_the_new_rate(method, target):
    found = Resample(target, method=method).transform(_slow_sine(100), sampling_rate_hz=100).transformed_data_
    expected = _slow_sine(target)
    inside = slice(int(target), -int(target))
    np.testing.assert_allclose(found.iloc[inside], expected.iloc[inside], atol=1e-9 if method == "fourier" else 2e-3)


@pytest.mark.parametrize(
    ("n", "rate", "target", "expected"), [(500, 204.8, 100, 244), (500, 204.8, 10, 24), (5, 2, 1, 2), (7, 2, 1, 4)]
)
@pytest.mark.parametrize("method", ["fourier", "polyphase"])
def test_length_is_rounded_half_to_even(n, rate, target, expected, method):
    data = pd.Series(np.arange(n, dtype=float), name="x")
    found = Resample(target, method=method).transform(data, sampling_rate_hz=rate).transformed_data_
    assert len(found) == expected
    assert found.name == "x"
    assert isinstance(found.index, pd.RangeIndex)


def test_fourier_method_is_that_of_scipy():
    data = _slow_sine(100).to_numpy() + np.random.default_rng(0).normal(size=(1000, 2))
    found = Resample(73).transform(data, sampling_rate_hz=100).transformed_data_
    np.testing.assert_allclose(found, scipy.signal.resample(data, 730, axis=0), rtol=0, atol=1e-12)


def test_gap_spoils_the_fourier_method_everywhere_and_the_polyphase_method_nearby():
    data = _slow_sine(100)
    data.iloc[500, 0] = np.nan
    fourier = Resample(50).transform(data, sampling_rate_hz=100).transformed_data_
    assert list(fourier.isna().all()) == [True, False]
    polyphase = Resample(50, method="polyphase").transform(data, sampling_rate_hz=100).transformed_data_
    nearby = np.flatnonzero(polyphase["a"].isna())
    assert set(nearby) <= set(range(238, 263))
    assert 250 in nearby


def test_equal_rates_give_an_independent_equal_copy():
    data, rois = _slow_sine(100), pd.DataFrame({"start": [1], "end": [5]})
    found = Resample(100).transform(data, roi_list=rois, sampling_rate_hz=100)
    pd.testing.assert_frame_equal(found.transformed_data_, data)
    pd.testing.assert_frame_equal(found.transformed_roi_list_, rois)
    found.transformed_data_.iloc[0, 0] = 100
    assert data.iloc[0, 0] == 0
    array = data.to_numpy()
    assert not np.shares_memory(Resample(100).transform(array, sampling_rate_hz=100).transformed_data_, array)


@pytest.mark.parametrize("target", [50, 100])
def test_time_index_on_request(target):
    found = Resample(target, time_index=True).transform(_slow_sine(100), sampling_rate_hz=100).transformed_data_
    np.testing.assert_array_equal(found.index, np.arange(len(found)) / target)


def test_polyphase_needs_rates_of_a_simple_ratio():
    with pytest.raises(ValueError, match="ratio"):
        Resample(100, method="polyphase").transform(_slow_sine(100), sampling_rate_hz=102.40123)


@pytest.mark.parametrize("dtype", ["int64", "Int64", "float64", "int32"])
def test_borders_are_rounded_half_to_even_in_their_own_dtype(dtype):
    rois = pd.DataFrame({"start": [1, 3, 5], "end": [2, 7, 9], "ic": [1, 3, 5]}, index=[4, 5, 6])
    rois = rois.astype({"start": dtype, "end": dtype})
    found = Resample(50).transform(roi_list=rois, sampling_rate_hz=100).transformed_roi_list_
    expected = pd.DataFrame({"start": [0, 2, 2], "end": [1, 4, 4], "ic": [1, 3, 5]}, index=[4, 5, 6])
    pd.testing.assert_frame_equal(found, expected.astype({"start": dtype, "end": dtype}))
    assert list(rois["start"]) == [1, 3, 5]


@pytest.mark.parametrize(("dtype", "missing"), [("float64", np.nan), ("Int64", pd.NA)])
def test_missing_borders_stay_missing(dtype, missing):
    rois = pd.DataFrame({"start": pd.Series([10, missing], dtype=dtype), "end": pd.Series([20, 30], dtype=dtype)})
    found = Resample(50).transform(roi_list=rois, sampling_rate_hz=100).transformed_roi_list_
    assert list(found["start"].isna()) == [False, True]
    assert found["start"].dtype == dtype


def test_only_what_was_passed_is_stored():
    rois = pd.DataFrame({"start": [1], "end": [5]})
    with_rois = Resample(50).transform(roi_list=rois, sampling_rate_hz=100)
    assert set(tpcp.get_results(with_rois)) == {"transformed_roi_list_"}
    assert set(tpcp.get_action_params(with_rois)) == {"roi_list", "sampling_rate_hz"}
    with_data = Resample(50).transform(_slow_sine(100), sampling_rate_hz=100)
    assert set(tpcp.get_results(with_data)) == {"transformed_data_"}
    assert set(tpcp.get_action_params(with_data)) == {"data", "sampling_rate_hz"}


@pytest.mark.parametrize(
    ("resample", "kwargs", "message"),
    [
        (Resample(), {}, "'sampling_rate_hz' parameter of Resample"),
        (Resample(), {"sampling_rate_hz": 100}, "'target_sampling_rate_hz' parameter of Resample"),
        (Resample(50, method="linear"), {"sampling_rate_hz": 100}, "'method'"),
        (Resample(0.01), {"sampling_rate_hz": 100}, "nothing is left"),
    ],
)
def test_bad_parameters_are_named(resample, kwargs, message):
    with pytest.raises(ValueError, match=message):
        resample.transform(_slow_sine(100), **kwargs)


def test_nothing_to_do_is_an_error():
    with pytest.raises(ValueError, match="nothing to resample"):
        Resample(50).transform(sampling_rate_hz=100)


def test_list_without_borders_is_refused():
    with pytest.raises(ValidationError, match="start"):
        Resample(50).transform(roi_list=pd.DataFrame({"begin": [1]}), sampling_rate_hz=100)
