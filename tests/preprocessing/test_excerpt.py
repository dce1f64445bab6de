import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from pandas.testing import assert_frame_equal

from gaitmap.preprocessing.sensor_alignment._excerpt import Excerpt, WalkingMinutes
from gaitmap.utils.consts import SF_COLS

RATE = 20.0
MINUTE = 1200


def minutes(strides_in_each, seed=0):
    """Recording with so many strides of one second in each of its minutes."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(len(strides_in_each) * MINUTE, 6))
    for minute, n_strides in enumerate(strides_in_each):
        for stride in range(n_strides):
            start = minute * MINUTE + 20 * stride + 100
            values[start : start + 10, 4] += 300
    return pd.DataFrame(values, columns=SF_COLS)


def choose(data, cuts=()):
    walking = WalkingMinutes(RATE)
    for block in np.split(np.arange(len(data)), sorted(cuts)):
        walking.push(data.iloc[block])
    return walking.choose()


def test_short_recording_is_taken_whole():
    assert_array_equal(choose(minutes([0, 3, 0]).iloc[:-7]), [[0, 3 * MINUTE - 7]])
    assert_array_equal(choose(minutes([0] * 30)), [[0, 30 * MINUTE]])


def test_minutes_with_the_most_strides_are_chosen():
    strides = np.zeros(40, int)
    strides[[3, 4, 35]] = 50
    strides[5:32] = 10
    assert_array_equal(choose(minutes(strides)), [[3 * MINUTE, 32 * MINUTE], [35 * MINUTE, 36 * MINUTE]])


def test_minutes_full_of_strides_are_chosen_evenly():
    chosen = choose(minutes([0, *[50] * 90, 0])) // MINUTE
    assert len(chosen) == 30
    assert_array_equal(chosen[:, 1] - chosen[:, 0], 1)
    assert_array_equal(chosen[[0, -1], 0], [1, 90])
    assert set(np.diff(chosen[:, 0])) <= {3, 4}


@pytest.mark.parametrize("n_minutes", [0, 2, 33])
def test_no_strides_are_no_problem(n_minutes):
    chosen = choose(minutes([0] * n_minutes))
    assert np.sum(chosen[:, 1] - chosen[:, 0]) == min(n_minutes, 30) * MINUTE


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 99), cuts=st.lists(st.integers(0, 34 * MINUTE), max_size=8))
def test_choice_does_not_depend_on_the_blocks(seed, cuts):
    data = minutes(np.random.default_rng(seed).integers(0, 50, 34), seed)
    data.iloc[100 * seed : 100 * seed + 50] = np.nan
    assert_array_equal(choose(data, cuts), choose(data))


@settings(max_examples=50, deadline=None)
@given(
    borders=st.lists(st.integers(0, 99), min_size=2, max_size=8, unique=True),
    cuts=st.lists(st.integers(0, 100), max_size=8),
)
def test_excerpt_holds_the_regions_with_gaps_between_them(borders, cuts):
    data = pd.DataFrame(np.arange(600.0).reshape(100, 6), columns=SF_COLS)
    regions = np.sort(borders)[: len(borders) // 2 * 2].reshape(-1, 2)
    excerpt = Excerpt(regions, sampling_rate_hz=5.0)
    for block in np.split(np.arange(100), sorted(cuts)):
        excerpt.push(data.iloc[block])
    found = excerpt.to_frame()
    gap = pd.DataFrame(np.nan, index=range(5), columns=SF_COLS)
    expected = [part for start, end in regions for part in (gap, data.iloc[start:end])][1:]
    assert_frame_equal(found, pd.concat(expected, ignore_index=True))
