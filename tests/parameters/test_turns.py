import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.parameters import TurnDetection
from gaitmap.utils.exceptions import ValidationError

RATE = 100


def _foot(n, first=0, length=100):
    start = first + length * np.arange(n)
    return pd.DataFrame({"start": start, "end": start + length}).rename_axis("s_id")


def _detect(left, right=None, strides=None, **kwargs):
    """Turns of even strides of 1 s with these angles; the right foot starts half a stride later."""
    angles = {"left_sensor": left} | ({} if right is None else {"right_sensor": right})
    strides = strides or {name: _foot(len(a), 50 * (name == "right_sensor")) for name, a in angles.items()}
    tables = {
        name: pd.DataFrame({"turning_angle": np.asarray(a, dtype=float)}, index=strides[name].index)
        for name, a in angles.items()
    }
    return TurnDetection(**kwargs).detect(strides, tables, RATE)


def test_a_half_turn_of_both_feet_comes_back():
    angles = [0, 5, 60, 60, 60, -5, 0]
    found = _detect(angles, angles)
    expected = pd.DataFrame(
        {
            "start": [200],
            "end": [550],
            "start_s": [2.0],
            "duration_s": [3.5],
            # the right foot turns by 2.5 before, the left one back by 2.5 after the common time
            "turn_angle": [180 + 2.5 / 2 - 2.5 / 2],
            "direction": ["left"],
            "n_strides": [6],
            "n_steps": [7],
            "mean_velocity": [180 / 3.5],
            "peak_velocity": [60.0],
        },
        index=pd.Index([1], name="turn_id"),
    )
    pd.testing.assert_frame_equal(found.turns_, expected, check_index_type=False)
    assert found.turning_strides_["left_sensor"].tolist() == [False, False, True, True, True, False, False]


def test_turns_to_the_other_side_are_separate_and_negative():
    angles = [0, 40, 40, 0, 0, -50, -50, 0]
    found = _detect(angles, angles).turns_
    assert found["turn_angle"].tolist() == [80, -100]
    assert found["direction"].tolist() == ["left", "right"]
    assert (found[["mean_velocity", "peak_velocity"]] > 0).all(axis=None)


@pytest.mark.parametrize(("gap", "n_turns"), [(99, 1), (100, 2)])
def test_a_gap_of_one_stride_ends_a_turn(gap, n_turns):
    strides = {"left_sensor": pd.concat([_foot(2), _foot(2, 200 + gap)], ignore_index=True).rename_axis("s_id")}
    assert len(_detect([50, 50, 50, 50], strides=strides).turns_) == n_turns


def test_one_foot_is_enough():
    found = _detect([0, 90, 90, 0]).turns_
    assert found["turn_angle"].tolist() == [180]
    assert found["peak_velocity"].tolist() == [90]


@pytest.mark.parametrize(
    ("angles", "reason"),
    [([0, 30, 0], "angle_too_small"), ([21] * 12, "too_long"), ([0, 20, 20, 20], None)],
)
def test_small_and_long_turns_are_told_with_their_reason(angles, reason):
    found = _detect(angles)
    assert found.turns_.empty
    assert found.excluded_turns_["reason"].tolist() == ([] if reason is None else [reason])


def test_very_short_turns_are_none():
    strides = {"left_sensor": _foot(1, length=49)}
    assert _detect([90], strides=strides).excluded_turns_["reason"].tolist() == ["too_short"]


def test_strides_without_angle_do_not_turn():
    found = _detect([0, np.nan, 60, 60])
    assert found.turns_["turn_angle"].tolist() == [120]
    assert found.turning_strides_["left_sensor"].tolist() == [False, False, True, True]


def test_a_turn_between_strides_counts_where_its_angle_is_known():
    left = pd.concat([_foot(2), _foot(2, 450)], ignore_index=True).rename_axis("s_id")
    strides = {"left_sensor": left, "right_sensor": left + 50}
    angles = {name: pd.DataFrame({"turning_angle": 0.0}, index=left.index) for name in strides}
    gaps = {
        name: pd.DataFrame({"start": [200 + late], "end": [450 + late], "turning_angle": [200.0]})
        for name, late in (("left_sensor", 0), ("right_sensor", 50))
    }
    assert TurnDetection().detect(strides, angles, RATE).turns_.empty
    turns = TurnDetection().detect(strides, angles, RATE, between_strides=gaps).turns_
    assert turns[["start", "end", "turn_angle"]].to_numpy().tolist() == [[200, 500, 200]]
    assert turns[["n_strides", "n_steps"]].to_numpy().tolist() == [[0, 5]]  # 2.5 s are two steps per foot, and one more


_TURN = [0.0, 0.0, 60.0, 60.0, 60.0, 0.0, 0.0]


@pytest.mark.parametrize("there", [[], [0], [5, 6], [0, 6], [0, 1, 4, 5, 6]])
def test_a_silent_foot_does_not_halve_turns(there):
    left, right = _foot(7), _foot(7, 50).iloc[there]
    angles = {"left_sensor": _TURN, "right_sensor": np.array(_TURN)[there]}
    found = _detect(*angles.values(), strides={"left_sensor": left, "right_sensor": right}).turns_
    assert found["turn_angle"].tolist() == [180]
    alone = _detect(_TURN).turns_
    assert found["n_steps"].tolist() == alone["n_steps"].tolist() == [6]


def test_a_foot_that_stops_in_a_turn_leaves_its_angle():
    strides = {"left_sensor": _foot(8), "right_sensor": _foot(4, 50)}
    angles = [0.0, 0.0, 50.0, 50.0, 50.0, 50.0, 0.0, 0.0]
    found = _detect(angles, angles[:4], strides=strides).turns_
    # Where the right foot stops, half of its last stride was already turned by the left one.
    assert found["turn_angle"].tolist() == pytest.approx([200 - 25 / 2])


def test_a_foot_that_begins_or_ends_half_a_stride_later_stands():
    found = _detect([0, 60, 60, 0], [0, 60, 60, 0]).turns_
    mirrored = _detect([60, 60], [60, 60]).turns_
    assert found["turn_angle"].tolist() == mirrored["turn_angle"].tolist() == [120]


def test_steps_in_a_long_gap_are_rounded():
    left = pd.concat([_foot(2), _foot(2, 370)], ignore_index=True).rename_axis("s_id")
    gaps = {"left_sensor": pd.DataFrame({"start": [200], "end": [370], "turning_angle": [180.0]})}
    angles = pd.DataFrame({"turning_angle": 0.0}, index=left.index)
    found = TurnDetection().detect({"left_sensor": left}, {"left_sensor": angles}, RATE, between_strides=gaps)
    assert found.turns_["n_steps"].tolist() == [4]  # 1.7 strides are two


@settings(max_examples=15, deadline=None)
@given(
    left=st.lists(st.integers(-90, 90), min_size=1, max_size=30),
    right=st.lists(st.integers(-90, 90), min_size=1, max_size=30),
    rest=st.integers(0, 10**6),
)
def test_turns_do_not_depend_on_foot_names_or_rest_and_mirror(left, right, rest):
    found = _detect(left, right)
    strides = {"left_sensor": _foot(len(left)), "right_sensor": _foot(len(right), 50)}
    swapped = {"left_sensor": strides["right_sensor"], "right_sensor": strides["left_sensor"]}
    pd.testing.assert_frame_equal(_detect(right, left, swapped).turns_, found.turns_)
    later = _detect(left, right, {name: table + rest for name, table in strides.items()}).turns_
    moving = ["start", "end", "start_s"]
    pd.testing.assert_frame_equal(later.drop(columns=moving), found.turns_.drop(columns=moving))
    mirrored = _detect([-a for a in left], [-a for a in right]).turns_
    numbers = ["start", "end", "duration_s", "n_strides", "mean_velocity", "peak_velocity"]
    pd.testing.assert_frame_equal(mirrored[numbers], found.turns_[numbers])
    np.testing.assert_allclose(mirrored["turn_angle"], -found.turns_["turn_angle"])


def test_wrong_input_is_named():
    strides = {"left_sensor": _foot(2)}
    with pytest.raises(ValidationError, match="turning_angle"):
        TurnDetection().detect(strides, {"left_sensor": pd.DataFrame({"s_id": [0, 1]})}, RATE)
    with pytest.raises(ValidationError, match="left_sensor"):
        TurnDetection().detect(strides, {}, RATE)
    with pytest.raises(ValidationError, match="hip"):
        TurnDetection().detect({"hip": _foot(2)}, {"hip": pd.DataFrame()}, RATE)
    with pytest.raises(ValueError, match="max_duration_s"):
        _detect([0, 0], max_duration_s=0.1)
