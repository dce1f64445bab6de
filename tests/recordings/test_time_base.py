"""Rate and start time from a time column, and refusal of columns that cannot be trusted."""

import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.recordings import RecordingError
from gaitmap.recordings._clock import parse_start_time
from gaitmap.recordings._counter import Counter
from gaitmap.recordings._time_base import read_time_base


def check_counter(counter, *, label, path):
    column = Counter()
    column.update(counter)
    return column.check(label=label, path=path)


START = pd.Timestamp("2024-05-01T09:30:00", tz="Europe/Berlin")


def read(times, *, unit_s=None, rate=None):
    return read_time_base(pd.Series(times), label="time", unit_s=unit_s, sampling_rate_hz=rate, path="walk.csv")


def even(rate, n=2000):
    return np.arange(n) / rate


@pytest.mark.parametrize("rate", [25.0, 51.2, 100.0, 102.4, 128.0, 204.8, 1000.0, 100 / 3])
def test_rate_of_exact_times(rate):
    assert read(even(rate)).sampling_rate_hz == pytest.approx(rate, rel=1e-12)


@settings(max_examples=40, deadline=None)
@given(rate=st.sampled_from([51.2, 100.0, 102.4, 204.8]), start=st.floats(0, 1e5), n=st.integers(400, 5000))
def test_rate_of_times_rounded_to_milliseconds(rate, start, n):
    times = np.round(start + even(rate, n), 3)
    assert read(times).sampling_rate_hz == pytest.approx(rate, rel=2 * 1e-3 / times[-1] if start == 0 else 1e-3)


@pytest.mark.parametrize(("unit_s", "factor"), [(1e-3, 1e3), (1e-6, 1e6), (1e-9, 1e9)])
def test_named_units(unit_s, factor):
    assert read(even(200) * factor, unit_s=unit_s).sampling_rate_hz == 200


@pytest.mark.parametrize("factor", [1, 1_000, 1_000_000, 1_000_000_000])
def test_times_since_1970_give_the_start_time(factor):
    times = np.round((START.timestamp() + even(100, 500)) * factor, 2).astype("float64" if factor == 1 else "int64")
    base = read(times)
    assert base.sampling_rate_hz == pytest.approx(100, rel=1e-6)
    assert abs(base.start_time - START) < pd.Timedelta("1us")


@pytest.mark.parametrize("as_text", [False, True])
def test_timestamps_with_a_zone_give_the_start_time(as_text):
    times = pd.Series(pd.date_range(START, periods=500, freq="5ms"))
    base = read(times.astype(str) if as_text else times)
    assert base.sampling_rate_hz == 200
    assert base.start_time == START
    assert base.start_time.utcoffset() == START.utcoffset()


def test_timestamps_without_a_zone_give_the_rate_only():
    base = read(pd.date_range("2024-05-01 09:30", periods=500, freq="5ms"))
    assert base.sampling_rate_hz == 200
    assert base.start_time is None
    assert "no time zone" in base.notes[0]


def test_given_rate_wins_within_one_percent_and_is_noted():
    base = read(even(204.7), rate=204.8)
    assert base.sampling_rate_hz == 204.8
    assert "204.7 Hz" in base.notes[0]


@pytest.mark.parametrize(
    ("times", "text"),
    [
        (np.delete(even(100), 50), "uneven"),
        (np.concatenate([even(100), 25 + even(100)]), "uneven"),
        (np.concatenate([even(100), even(100)]), "backwards"),
        (np.insert(even(100), 70, even(100)[70]), "repeats times"),
        (np.round(even(204.8), 2), "too coarse"),
        (np.concatenate([even(100), 20 + even(80)]), "rate of the time column 'time' changes"),
        (even(100) * 1000, "impossible sampling rate"),
        (np.zeros(100), "impossible sampling rate"),
        (np.where(even(100) == 0.5, np.nan, even(100)), "empty cells"),
        (np.where(even(100) == 0.5, np.inf, even(100)), "infinite"),
        (even(100) * 1e306, "impossible sampling rate"),
        ((even(100) - 10) * 1.7e307, "infinite"),
        (["yesterday"] * 100, "cannot be read"),
        (["2024-05-01T09:30:00Z"] * 99 + ["soon"], "cannot be read"),
    ],
)
def test_times_that_cannot_be_trusted_are_refused_without_any_warning(times, text):
    with warnings.catch_warnings(action="error"), pytest.raises(RecordingError, match=text):
        read(times)


def test_a_rate_that_contradicts_the_times_is_refused():
    with pytest.raises(RecordingError, match=r"contradicts .* Found 100 Hz given, 200 Hz in the file"):
        read(even(200), rate=100)


@settings(max_examples=40, deadline=None)
@given(cut=st.integers(1, 1990), missing=st.integers(1, 100))
def test_lost_samples_are_never_overlooked(cut, missing):
    times = np.delete(even(102.4), range(cut, min(cut + missing, 1999)))
    with pytest.raises(RecordingError):
        read(times)


class TestCounter:
    def test_counts(self):
        assert check_counter(pd.Series([23000, 23001, 23002]), label="index", path="x")

    @pytest.mark.parametrize("values", [[0.0, 0.01, 0.02], ["a", "b", "c"], [0, 5, 10, 15], [1.0, np.nan, 3.0]])
    def test_something_else(self, values):
        assert not check_counter(pd.Series(values), label="", path="x")

    @pytest.mark.parametrize("values", [[0, 1, 2, 5, 6, 7], [5, 6, 7, 0, 1, 2]])
    def test_jumps_are_refused(self, values):
        with pytest.raises(RecordingError, match="jumps"):
            check_counter(pd.Series(values), label="", path="x")


class TestStartTime:
    @pytest.mark.parametrize(
        "text",
        [
            "2024-05-01T09:30:00+02:00",
            "2024-05-01T07:30Z",
            "2024-05-01T09:30 Europe/Berlin",
            "2024-05-01 09:30:00 Europe/Berlin",
            "2024-05-01T09:30:00[Europe/Berlin]",
        ],
    )
    def test_texts_with_a_zone(self, text):
        assert parse_start_time(text) == START

    @pytest.mark.parametrize("text", ["2024-05-01T09:30", "noon", "", "2024-05-01T09:30 Berlin/Europe", "NaT"])
    def test_texts_without_are_refused(self, text):
        with pytest.raises(ValueError, match="The start time must be"):
            parse_start_time(text)
