import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.example_data import get_healthy_example_stride_borders
from gaitmap.parameters import WalkingBoutDetection
from gaitmap.utils.exceptions import ValidationError

RATE = 100
pytestmark = pytest.mark.filterwarnings("ignore:walking bouts. no stride lengths")


def _foot(start, length=100):
    start = np.asarray(start)
    return pd.DataFrame({"start": start, "end": start + length}).rename_axis("s_id")


def _feet(start, delay=50):
    return {"left_sensor": _foot(start), "right_sensor": _foot(np.asarray(start) + delay)}


def _detect(strides, parameters=None, **kwargs):
    return WalkingBoutDetection(**kwargs).detect(strides, RATE, parameters=parameters)


def _reasons(detection):
    return [tuple(row) for row in detection.excluded_strides_[["foot", "s_id", "reason"]].to_numpy()]


def test_a_walk_without_break_is_one_bout():
    bouts = _detect(_feet(np.arange(0, 1000, 100))).bouts_
    expected = pd.DataFrame(
        {
            "start": [0],
            "end": [1050],
            "start_s": [0.0],
            "duration_s": [10.5],
            "n_strides": [20],
            "n_strides_left": [10],
            "n_strides_right": [10],
            "n_steps": [21],
            "termination_reason": ["last_stride"],
        },
        index=pd.Index([1], name="wb_id"),
    )
    pd.testing.assert_frame_equal(bouts, expected, check_index_type=False)


@pytest.mark.parametrize(("pause", "n_bouts"), [(300, 1), (301, 2)])
def test_only_a_break_longer_than_the_limit_ends_a_bout(pause, n_bouts):
    first = np.arange(0, 400, 100)
    second = first + 400 + 50 + pause  # after the end of the last stride of the right foot
    detection = _detect(_feet(np.append(first, second)))
    assert len(detection.bouts_) == n_bouts
    assert detection.bouts_["termination_reason"].tolist() == ["break"] * (n_bouts - 1) + ["last_stride"]
    assert detection.bouts_["n_strides"].sum() == 16


def test_a_stride_of_the_other_foot_bridges_a_break():
    left, right = _foot([0, 100, 600, 700]), _foot([300])
    bouts = _detect({"left_sensor": left, "right_sensor": right}, max_break_s=2.5).bouts_
    assert bouts["n_strides"].tolist() == [5]
    assert _detect({"left_sensor": left}, max_break_s=2.5, min_strides_one_foot=1).bouts_["n_strides"].tolist() == [
        2,
        2,
    ]


def test_bouts_with_too_few_strides_are_left_out_and_numbers_stay_consecutive():
    strides = _feet(np.concatenate([[0, 100], [1000], [2000, 2100, 2200]]))
    detection = _detect(strides)
    assert detection.bouts_.index.tolist() == [1, 2]
    assert detection.bouts_["start"].tolist() == [0, 2000]
    assert _reasons(detection) == [("left", 2, "bout_too_few_strides"), ("right", 2, "bout_too_few_strides")]
    assert detection.bouts_["termination_reason"].tolist() == ["break", "last_stride"]


def test_recordings_of_one_foot_need_fewer_strides():
    strides = {"right_sensor": _foot([0, 100, 200])}
    bouts = _detect(strides).bouts_
    assert bouts[["n_strides", "n_strides_left", "n_strides_right", "n_steps"]].to_numpy().tolist() == [[3, 0, 3, 6]]
    assert _detect(strides, min_strides_one_foot=4).bouts_.empty
    silent = _detect({**strides, "left_sensor": _foot([])}).bouts_
    pd.testing.assert_frame_equal(silent, bouts, check_dtype=False)


@pytest.mark.parametrize("silent", [range(5), range(5, 10), range(3, 7), [0, 9]])
def test_steps_of_a_silent_foot_are_counted_from_the_other_one(silent):
    strides = _feet(np.arange(0, 1000, 100))
    all_steps = _detect(strides).bouts_["n_steps"].item()
    found = _detect({**strides, "left_sensor": strides["left_sensor"].drop(list(silent))}).bouts_["n_steps"].item()
    # Whether the foot that begins or ends the bout did so is only known from its own strides.
    assert all_steps - 1 <= found <= all_steps


def test_other_bouts_do_not_change_the_steps_of_a_bout():
    left = _foot(np.arange(0, 600, 100))
    two = {
        "left_sensor": pd.concat([left, left + 2000], ignore_index=True).rename_axis("s_id"),
        "right_sensor": left + 50,
    }
    assert _detect(two).bouts_["n_steps"].tolist() == [13, 12]


@pytest.mark.parametrize(("start", "n_bouts"), [(0, 1), (2000, 1), (600, 0)])
def test_a_short_bout_of_one_foot_counts_where_the_other_is_not_recorded(start, n_bouts):
    walk = np.arange(1000, 1600, 100)
    right = walk + 50 if start != 600 else np.append(np.arange(0, 400, 100), walk + 50)
    left = np.sort(np.append(walk, start + np.arange(0, 300, 100)))
    found = _detect({"left_sensor": _foot(left), "right_sensor": _foot(right)}, max_break_s=0.5).bouts_
    assert (found["start"] == start).sum() == n_bouts
    assert (found["start"] == 1000).sum() == 1


def test_the_last_end_so_far_ends_a_bout_not_that_of_the_last_stride():
    left, right = _foot([0, 100, 200, 640]), _foot([0, 100, 200], length=200)
    right.loc[2, "end"] = 450
    right = pd.concat([right, _foot([210])], ignore_index=True).rename_axis("s_id")
    assert _detect({"left_sensor": left, "right_sensor": right}, max_break_s=2.0).bouts_["end"].tolist() == [740]


def test_implausible_strides_are_left_out_with_their_reason():
    strides = _feet(np.arange(0, 1000, 100))
    left = strides["left_sensor"].astype(float)
    left.loc[2, "end"] = left.loc[2, "start"] + 19
    left.loc[3, "end"] = left.loc[3, "start"] + 301
    left.loc[4, "end"] = np.nan
    length = pd.DataFrame({"stride_length": 1.0}, index=left.index)
    length.loc[5, "stride_length"] = 0.14
    length.loc[6, "stride_length"] = np.nan
    lengths = {"left_sensor": length, "right_sensor": length.drop(5)}
    detection = _detect(strides | {"left_sensor": left}, lengths)
    assert sorted(_reasons(detection)) == [
        ("left", 2, "stride_time_too_short"),
        ("left", 3, "stride_time_too_long"),
        ("left", 4, "no_start_or_end"),
        ("left", 5, "stride_length_too_short"),
    ]
    assert detection.bouts_["n_strides"].tolist() == [16]


def test_limits_themselves_are_plausible():
    left = pd.DataFrame({"start": [0, 20, 320], "end": [20, 320, 420]}).rename_axis("s_id")
    length = {"left_sensor": pd.DataFrame({"stride_length": 0.15}, index=left.index)}
    assert _detect({"left_sensor": left}, length).bouts_["n_strides"].tolist() == [3]


def test_short_bouts_can_be_left_out():
    strides = _feet(np.concatenate([np.arange(0, 300, 100), np.arange(1000, 2000, 100)]))
    detection = _detect(strides, min_duration_s=5)
    assert detection.bouts_["start"].tolist() == [1000]
    assert {reason for *_, reason in _reasons(detection)} == {"bout_too_short"}


def test_missing_stride_lengths_are_warned_about():
    strides = _feet(np.arange(0, 1000, 100))
    with pytest.warns(UserWarning, match="no stride lengths of the sensor 'right_sensor'") as caught:
        WalkingBoutDetection().detect(
            strides, RATE, parameters={"left_sensor": pd.DataFrame({"s_id": [0], "stride_length": [1.0]})}
        )
    assert len(caught) == 1


def test_annotated_strides_carry_their_bout():
    detection = _detect(_feet(np.concatenate([[0, 100], [1000, 1100]])))
    strides = detection.annotated_stride_list_
    assert strides.index.names == ["wb_id", "foot", "s_id"]
    assert strides.index.tolist()[:4] == [(1, "left", 0), (1, "right", 0), (1, "left", 1), (1, "right", 1)]
    assert strides.xs(2, level="wb_id")["start"].tolist() == [1000, 1050, 1100, 1150]
    assert (strides.dtypes == "int64").all()


def test_steps_are_counted_once_for_neighbouring_strides_and_through_missed_ones():
    strides = _feet(np.arange(0, 1000, 100))
    assert _detect(strides).bouts_["n_steps"].tolist() == [21]
    missed = strides | {"left_sensor": strides["left_sensor"].drop([3, 7])}
    assert _detect(missed).bouts_["n_steps"].tolist() == [21]


def test_other_sensors_are_ignored_and_feet_are_needed():
    strides = _feet(np.arange(0, 1000, 100))
    expected = _detect(strides).bouts_
    pd.testing.assert_frame_equal(_detect(strides | {"hip": _foot([5000])}).bouts_, expected)
    with pytest.raises(ValidationError, match="hip"):
        _detect({"hip": _foot([0])})
    with pytest.raises(ValidationError, match="Multi"):
        _detect(_foot([0]))


@pytest.mark.parametrize(
    "options", [{"max_break_s": -1}, {"min_strides": 0}, {"max_stride_time_s": 0.1}, {"min_stride_length_m": np.nan}]
)
def test_bad_parameters_are_named(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        _detect(_feet([0]), **options)


_starts = st.lists(st.integers(0, 6000), max_size=25)


@settings(max_examples=15, deadline=None)
@given(left=_starts, right=_starts, rest=st.integers(0, 10**5))
def test_bouts_follow_their_rules_and_do_not_depend_on_foot_order_or_rest(left, right, rest):
    strides = {"left_sensor": _foot(left).astype("int64"), "right_sensor": _foot(right).astype("int64")}
    detection = _detect(strides)
    bouts = detection.bouts_
    assert len(detection.annotated_stride_list_) + len(detection.excluded_strides_) == len(left) + len(right)
    has_both = (bouts[["n_strides_left", "n_strides_right"]] > 0).all(axis=1)
    assert (bouts["n_strides"] >= np.where(has_both, 4, 3)).all()
    assert (bouts["start"].to_numpy()[1:] - bouts["end"].to_numpy()[:-1] > 300).all()
    for number, in_bout in detection.annotated_stride_list_.groupby(level="wb_id"):
        until = np.maximum.accumulate(in_bout["end"].to_numpy())
        assert (in_bout["start"].to_numpy()[1:] - until[:-1] <= 300).all()
        assert bouts.loc[number, ["start", "end"]].tolist() == [in_bout["start"].min(), in_bout["end"].max()]

    swapped = _detect({"left_sensor": strides["right_sensor"], "right_sensor": strides["left_sensor"]})
    same = ["start", "end", "n_strides", "n_steps", "termination_reason"]
    pd.testing.assert_frame_equal(swapped.bouts_[same], bouts[same])
    pd.testing.assert_series_equal(swapped.bouts_["n_strides_left"], bouts["n_strides_right"], check_names=False)
    later = _detect({sensor: table + rest for sensor, table in strides.items()})
    pd.testing.assert_frame_equal(
        later.bouts_.drop(columns="start_s").assign(start=0, end=0),
        bouts.drop(columns="start_s").assign(start=0, end=0),
    )


@pytest.mark.recordings
def test_the_public_walk_is_one_bout():
    """Two times 20 m with a turn: no break is longer than three seconds."""
    strides = get_healthy_example_stride_borders()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        bouts = WalkingBoutDetection().detect(strides, 204.8).bouts_
    assert bouts["n_strides"].tolist() == [sum(map(len, strides.values()))]
    assert bouts["duration_s"].iloc[0] == pytest.approx(33, abs=2)
