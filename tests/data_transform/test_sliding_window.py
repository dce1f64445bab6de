import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.data_transform import (
    BaseSlidingWindowFeatureTransform,
    SlidingWindowGradient,
    SlidingWindowMean,
    SlidingWindowStd,
    SlidingWindowVar,
)
from tests.twins import sliding_window as twin

FEATURES = [SlidingWindowMean, SlidingWindowVar, SlidingWindowStd, SlidingWindowGradient]
ROLLING = [SlidingWindowMean, SlidingWindowVar, SlidingWindowStd]
each_feature = pytest.mark.parametrize("feature", FEATURES)


def _random_frame(n=60, seed=0):
    values = np.random.default_rng(seed).normal(5, 2, (n, 2))
    columns = pd.Index(["acc_pa", "gyr_ml"], name="axis")
    return pd.DataFrame(values, columns=columns, index=pd.Index(np.arange(n) / 100, name="time"))


@pytest.mark.parametrize(
    ("window_size_s", "rate", "samples"),
    [
        (1, 100, 101),
        (0.5, 100, 51),
        (0.1, 100, 11),
        (0.23, 100, 23),
        (0.111, 100, 11),
        (0.025, 100, 3),
        (0.1, 204.8, 21),
        (0.2, 204.8, 41),
    ],
)
def test_window_is_rounded_and_made_odd(window_size_s, rate, samples):
    feature = SlidingWindowMean(window_size_s).transform(_random_frame(), sampling_rate_hz=rate)
    assert feature.effective_window_size_samples_ == samples
    assert type(feature.effective_window_size_samples_) is int


@each_feature
def test_window_size_is_unknown_before_the_run(feature):
    with pytest.raises(AttributeError, match="sampling_rate_hz"):
        _ = feature(0.1).effective_window_size_samples_


@each_feature
def test_missing_arguments_are_named(feature):
    with pytest.raises(ValueError, match=rf"'sampling_rate_hz'.*{feature.__name__}"):
        feature().transform(_random_frame())
    with pytest.raises(ValueError, match=rf"'window_size_s'.*{feature.__name__}"):
        feature().transform(_random_frame(), sampling_rate_hz=100)


@each_feature
def test_labels_are_prefixed_and_the_index_is_kept(feature):
    data = _random_frame()
    prefix = feature.__name__.removeprefix("SlidingWindow").lower()
    result = feature(0.1).transform(data, sampling_rate_hz=100).transformed_data_
    assert list(result.columns) == [f"{prefix}__acc_pa", f"{prefix}__gyr_ml"]
    assert result.columns.name == "axis"
    pd.testing.assert_index_equal(result.index, data.index)
    series = feature(0.1).transform(data["gyr_ml"], sampling_rate_hz=100).transformed_data_
    pd.testing.assert_series_equal(series, result[f"{prefix}__gyr_ml"])


@pytest.mark.parametrize("feature", ROLLING)
@pytest.mark.parametrize("window", [1, 3, 11, 59, 61, 201])
def test_rolling_features_equal_those_of_pandas(feature, window):
    data = _random_frame()
    data.iloc[5, 0] = np.nan
    data.iloc[20:35, 1] = np.nan
    data.iloc[40, 1] = np.inf
    name = feature.__name__.removeprefix("SlidingWindow").lower()
    found = feature(window / 100).transform(data, sampling_rate_hz=100).transformed_data_
    expected = getattr(data.rolling(window, min_periods=1, center=True), name)().add_prefix(f"{name}__")
    pd.testing.assert_frame_equal(found, expected, rtol=1e-10, atol=1e-12)


def test_variance_forgets_a_large_excursion():
    values = np.random.default_rng(1).normal(9.81, 1e-3, 5000)
    expected = twin.sliding_mean_and_variance(values, 10, 1)[1]
    values[100] = 1e12
    found = SlidingWindowVar(0.21).transform(pd.Series(values), sampling_rate_hz=100).transformed_data_
    np.testing.assert_allclose(found[200:], expected[200:], rtol=1e-9)


def test_constant_signal_has_no_variance():
    data = pd.Series(np.full(50, 9.81))
    assert (SlidingWindowStd(0.1).transform(data, sampling_rate_hz=100).transformed_data_ == 0).all()


@settings(max_examples=20, deadline=None)
@given(st.sampled_from(ROLLING), st.integers(20, 80), st.integers(0, 30))
def test_appended_rest_changes_only_windows_that_reach_into_it(feature, n, n_rest):
    data = _random_frame(n)
    longer = pd.concat([data, pd.DataFrame(0.0, index=range(n_rest), columns=data.columns)])
    one, other = (feature(0.11).transform(d, sampling_rate_hz=100).transformed_data_ for d in (data, longer))
    np.testing.assert_allclose(other.iloc[: n - 5], one.iloc[: n - 5], rtol=1e-12)


def test_gradient_of_a_line_is_its_slope_inside_and_biased_at_the_ends():
    line = pd.Series(3 + 0.5 * np.arange(30))
    found = SlidingWindowGradient(0.05).transform(line, sampling_rate_hz=100).transformed_data_
    np.testing.assert_allclose(found[2:-2], 0.5, rtol=1e-12)
    assert found.iloc[0] == pytest.approx(np.polyfit(range(5), [0, 0, 3, 3.5, 4], 1)[0])


@pytest.mark.parametrize(
    ("padding", "first"), [("nearest", np.polyfit(range(5), [3, 3, 3, 3.5, 4], 1)[0]), ("nan", np.nan)]
)
def test_gradient_at_the_ends_follows_the_padding(padding, first):
    line = pd.Series(3 + 0.5 * np.arange(30))
    found = SlidingWindowGradient(0.05, padding=padding).transform(line, sampling_rate_hz=100).transformed_data_
    np.testing.assert_allclose(found.iloc[0], first, rtol=1e-12)
    np.testing.assert_allclose(found[2:-2], 0.5, rtol=1e-12)


def test_gradient_is_nan_exactly_where_the_window_holds_a_nan():
    data = pd.Series(np.arange(40.0))
    data[20] = np.nan
    found = SlidingWindowGradient(0.05).transform(data, sampling_rate_hz=100).transformed_data_
    assert list(np.flatnonzero(found.isna())) == [18, 19, 20, 21, 22]


def test_gradient_of_a_window_longer_than_the_data_uses_all_of_it():
    data = _random_frame(7)["gyr_ml"]
    found = SlidingWindowGradient(0.21).transform(data, sampling_rate_hz=100).transformed_data_
    np.testing.assert_allclose(found, twin.sliding_slope(np.pad(data.to_numpy(), 10), 10), rtol=1e-9)


def test_gradient_needs_more_than_one_sample():
    with pytest.raises(ValueError, match="window of one sample"):
        SlidingWindowGradient(0.01).transform(_random_frame(), sampling_rate_hz=100)


def test_gradient_refuses_an_unknown_padding():
    with pytest.raises(ValueError, match="'padding'"):
        SlidingWindowGradient(0.1, padding="mirror").transform(_random_frame(), sampling_rate_hz=100)


@each_feature
def test_integers_and_float32_are_calculated_in_double_precision(feature):
    integers = pd.DataFrame({"gyr_ml": np.arange(30) ** 2})
    run = feature(0.05)
    expected = run.transform(integers.astype(float), sampling_rate_hz=100).transformed_data_
    for dtype in (np.int64, np.float32, "Int64"):
        found = run.transform(integers.astype(dtype), sampling_rate_hz=100).transformed_data_
        pd.testing.assert_frame_equal(found, expected)


def test_base_class_has_no_feature():
    with pytest.raises(NotImplementedError):
        BaseSlidingWindowFeatureTransform(0.1).transform(_random_frame(), sampling_rate_hz=100)
