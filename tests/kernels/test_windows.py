import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from gaitmap._kernels.windows import (
    extrema_in_windows,
    mean_of_windows,
    median_is_at_most,
    median_of_windows,
    stance_statistic_of_windows,
    variance_of_windows,
)
from tests.twins.windows import extremum_in_window, metric_of_windows

few_examples = settings(max_examples=80, deadline=None)


@st.composite
def windows(draw):
    """Draw a signal with ties and NaN, a window length and a step."""
    n = draw(st.integers(2, 60))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    values = rng.integers(0, 6, n).astype(float) if draw(st.booleans()) else rng.normal(size=n) * 100
    values[rng.random(n) < draw(st.sampled_from([0, 0.1, 0.8]))] = np.nan
    return values, draw(st.integers(1, n)), draw(st.integers(1, n))


@few_examples
@given(windows())
def test_median_is_the_middle_value_of_every_window(case):
    assert_array_equal(median_of_windows(*case), metric_of_windows(*case, "median"))


@few_examples
@given(windows(), st.sampled_from([0.0, 2.0, 2.5, 3.0, 50.0]))
def test_count_of_low_values_decides_like_the_median(case, limit):
    assert_array_equal(median_is_at_most(*case, limit), metric_of_windows(*case, "median") <= limit)


@few_examples
@given(windows())
def test_median_that_lies_on_the_limit_is_at_most_the_limit(case):
    medians = metric_of_windows(*case, "median")
    for limit in np.unique(medians[~np.isnan(medians)])[:5]:
        assert_array_equal(median_is_at_most(*case, limit), medians <= limit)


@few_examples
@given(windows())
def test_mean_and_variance_agree_with_numpy_in_the_last_digit(case):
    assert_array_equal(mean_of_windows(*case), metric_of_windows(*case, "mean"))
    assert_array_equal(variance_of_windows(*case), metric_of_windows(*case, "variance"))


@pytest.mark.parametrize("window_length", [7, 8, 127, 128, 129, 143, 300, 1000])
def test_long_windows_are_summed_in_the_order_of_numpy(window_length):
    values = np.random.default_rng(0).normal(size=window_length + 40)
    for nan_at in (None, 20):
        if nan_at is not None:
            values[nan_at] = np.nan
        assert_array_equal(
            mean_of_windows(values, window_length, 3), metric_of_windows(values, window_length, 3, "mean")
        )
        assert_array_equal(
            variance_of_windows(values, window_length, 3), metric_of_windows(values, window_length, 3, "variance")
        )


@few_examples
@given(windows(), st.sampled_from(["min", "max"]))
def test_extrema_are_the_first_of_their_window(case, kind):
    values, length, step = case
    starts = np.arange(0, len(values), step)
    ends = np.minimum(starts + length, len(values))
    expected = [extremum_in_window(values, start, end, kind) for start, end in zip(starts, ends, strict=True)]
    values.flags.writeable = False
    assert_array_equal(extrema_in_windows(values, starts, ends, 1 if kind == "min" else -1), expected)


def test_stance_statistic_takes_gravity_from_each_window():
    rng = np.random.default_rng(0)
    acc, gyr = rng.normal([0, 3, 9], size=(20, 3)), rng.normal(size=(20, 3)) * 50
    acc[4, 1] = gyr[9, 0] = np.nan
    expected = []
    for start in range(0, 14, 2):
        window = slice(start, start + 7)
        used = ~(np.isnan(acc[window]).any(axis=1) | np.isnan(gyr[window]).any(axis=1))
        a, g = acc[window][used], gyr[window][used]
        u = a.mean(axis=0) / np.linalg.norm(a.mean(axis=0))
        expected.append(np.mean(((a - 9.81 * u) ** 2).sum(axis=1) / 0.5 + (g**2).sum(axis=1) / 2))
    assert_allclose(stance_statistic_of_windows(acc, gyr, 9.81, 0.5, 2.0, 7, 2), expected, rtol=1e-12)
