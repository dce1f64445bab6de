import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.example_data import get_healthy_example_stride_events
from gaitmap.parameters import BilateralParameterCalculation
from gaitmap.utils.exceptions import ValidationError

RATE = 100
DOUBLE_SUPPORT = ["initial_double_support", "terminal_double_support", "double_support"]
BILATERAL = [*DOUBLE_SUPPORT, "single_support", "step_time", "contralateral_step_time"]


def _foot(contacts, stance, stride_type="min_vel"):
    """Stride list of a foot with these initial contacts (s) that leaves the floor ``stance`` seconds after each."""
    ic = np.asarray(contacts) * RATE
    tc = ic + stance * RATE
    mid_stance = ic + 0.5 * stance * RATE
    if stride_type == "ic":
        events = {"start": ic[:-1], "end": ic[1:], "ic": ic[:-1], "min_vel": mid_stance[:-1], "tc": tc[:-1]}
    else:
        start, end = mid_stance[:-1], mid_stance[1:]
        events = {"start": start, "end": end, "min_vel": start, "pre_ic": ic[:-1], "tc": tc[:-1], "ic": ic[1:]}
    return pd.DataFrame(events).rename_axis("s_id")


def _walk(right_delay=0.55, stance=(0.7, 0.66), stride=1.1, n=10, **kwargs):
    """Even walk: the right foot lands ``right_delay`` after the left one."""
    contacts = stride * np.arange(n)
    return {
        "left_sensor": _foot(contacts, stance[0], **kwargs),
        "right_sensor": _foot(contacts + right_delay, stance[1], **kwargs),
    }


def _calculate(strides, **kwargs):
    return BilateralParameterCalculation(**kwargs).calculate(strides, RATE)


def _reasons(calculation):
    table = calculation.invalid_cycles_
    return [tuple(row) for row in table.to_numpy()]


@pytest.mark.parametrize("stride_type", ["min_vel", "ic"])
def test_the_times_of_a_known_walk_come_back(stride_type):
    strides = _walk(right_delay=0.5, stance=(0.7, 0.66), stride=1.1, stride_type=stride_type)
    parameters = _calculate(strides, expected_stride_type=stride_type).parameters_
    expected_left = {
        "stride_time": 1.1,
        "stance_time": 0.7,
        "swing_time": 0.4,
        "initial_double_support": 0.06,  # the right foot leaves at 0.5 + 0.66 - 1.1
        "single_support": 0.44,
        "terminal_double_support": 0.2,
        "double_support": 0.26,
        "step_time": 0.6,
        "contralateral_step_time": 0.5,
        "stance_time_percent": 70 / 1.1,
        "double_support_percent": 26 / 1.1,
        "stance_swing_ratio": 1.75,
        "cadence": 120 / 1.1,
    }
    left = parameters["left_sensor"].iloc[1:]
    for name, value in expected_left.items():
        np.testing.assert_allclose(left[name], value, err_msg=name)
    right = parameters["right_sensor"].iloc[:-1]
    expected_right = {"step_time": 0.5, "single_support": 0.4, "initial_double_support": 0.2}
    for name, value in expected_right.items():
        np.testing.assert_allclose(right[name], value, err_msg=name)


def test_the_first_cycle_lacks_the_terminal_contact_of_the_other_foot():
    calculation = _calculate(_walk(n=4))
    assert _reasons(calculation) == [("left_sensor", 0, "missing_event")]
    parameters = calculation.parameters_["left_sensor"]
    assert parameters.loc[0, BILATERAL].isna().all()
    assert parameters.loc[0, ["stride_time", "stance_time", "swing_time", "cadence"]].notna().all()


def test_a_missed_stride_costs_the_cycle_that_needs_its_events_and_no_other():
    walk = _walk()
    expected = _calculate(walk)
    missed = walk | {"left_sensor": walk["left_sensor"].drop(5)}
    found = _calculate(missed)
    assert {reason for *_, reason in _reasons(found)} == {"missing_event"}
    lost = set(_reasons(found)) - set(_reasons(expected))
    assert lost == {("right_sensor", 5, "missing_event")}
    kept = expected.parameters_["right_sensor"].drop(5)
    pd.testing.assert_frame_equal(found.parameters_["right_sensor"].drop(5), kept)
    pd.testing.assert_frame_equal(found.parameters_["left_sensor"], expected.parameters_["left_sensor"].drop(5))


def test_a_foot_that_starts_later_leaves_the_cycles_before_without_values():
    walk = _walk()
    found = _calculate(walk | {"right_sensor": walk["right_sensor"].iloc[4:]})
    values = found.parameters_["left_sensor"]["single_support"]
    assert values.notna().tolist() == [False] * 5 + [True] * 4


def test_a_turn_with_longer_strides_is_matched_by_its_events():
    left = np.cumsum([0, 1.1, 1.1, 1.5, 1.7, 1.3, 1.1, 1.1])
    right = left[:-1] + 0.5 * np.diff(left)
    strides = {
        name: _foot(contacts[:-1], 0.65 * np.diff(contacts))
        for name, contacts in (("left_sensor", left), ("right_sensor", right))
    }
    found = _calculate(strides).parameters_["left_sensor"]["step_time"]
    np.testing.assert_allclose(found.iloc[1:], 0.5 * np.diff(left)[1 : len(found)])


def test_feet_far_apart_in_time_are_not_matched():
    walk = _walk()
    far = _foot(1.1 * np.arange(10) + 500, 0.66)
    found = _calculate(walk | {"right_sensor": far})
    assert all(table["single_support"].isna().all() for table in found.parameters_.values())
    assert found.symmetry_.isna().all(axis=None)
    assert np.isnan(found.phase_coordination_index_)
    np.testing.assert_allclose(found.cadence_, 120 / 1.1)


def test_running_has_no_double_support():
    calculation = _calculate(_walk(stance=(0.3, 0.3), stride=0.7, right_delay=0.35))
    reasons = _reasons(calculation)
    assert len(reasons) == 18
    assert {reason for _, s_id, reason in reasons if 0 < s_id < 8} == {"no_double_support"}


def test_two_contacts_in_one_stance_are_refused():
    walk = _walk()
    right = walk["right_sensor"]
    twice = pd.concat([right, (right.loc[[4]] - 0.06 * RATE).set_axis([99])]).rename_axis("s_id")
    reasons = _reasons(_calculate(walk | {"right_sensor": twice}))
    assert ("left_sensor", 4, "multiple_events") in reasons
    assert ("left_sensor", 3, "multiple_events") not in reasons


def test_own_events_must_exist_and_be_in_order():
    walk = _walk()
    left = walk["left_sensor"]
    left.loc[3, "tc"] = np.nan
    left.loc[5, "tc"] = left.loc[5, "pre_ic"] - 1
    calculation = _calculate(walk)
    reasons = _reasons(calculation)
    assert ("left_sensor", 3, "missing_event") in reasons
    assert ("left_sensor", 5, "event_order") in reasons
    assert np.isnan(calculation.parameters_["left_sensor"].loc[3, "stance_time"])
    assert calculation.parameters_["left_sensor"].loc[3, "stride_time"] == pytest.approx(1.1)


def test_contacts_told_by_two_strides_may_differ_by_less_than_20_ms():
    walk = _walk()
    walk["right_sensor"].loc[4, "ic"] += 0.015 * RATE
    assert _reasons(_calculate(walk)) == [("left_sensor", 0, "missing_event")]


def test_a_time_offset_brings_a_late_clock_back():
    walk = _walk()
    late = walk | {"right_sensor": walk["right_sensor"] + 0.25 * RATE}
    expected = _calculate(walk)
    found = _calculate(late, time_offset_s={"right_sensor": -0.25})
    for sensor, parameters in expected.parameters_.items():
        pd.testing.assert_frame_equal(found.parameters_[sensor], parameters)
    assert _calculate(late).parameters_["left_sensor"]["step_time"].iloc[1] != pytest.approx(0.55)


def test_symmetry_of_known_values():
    table = _calculate(_walk(right_delay=0.5, stance=(0.75, 0.65))).symmetry_
    swing = table.loc["swing_time"]
    assert swing["left"] == pytest.approx(0.35)
    assert swing["right"] == pytest.approx(0.45)
    assert swing["asymmetry_abs"] == pytest.approx(0.1)
    assert swing["symmetry_ratio"] == pytest.approx(9 / 7)
    assert swing["symmetry_index"] == pytest.approx(25)
    assert swing["gait_asymmetry"] == pytest.approx(100 * np.log(9 / 7))
    assert swing["symmetry_angle"] == pytest.approx(100 * (45 - np.rad2deg(np.arctan(7 / 9))) / 90)
    assert table.loc["step_time", "symmetry_index"] < 0  # the step of the left foot takes 0.6 s, that of the right 0.5


def test_an_even_walk_is_symmetric_and_coordinated():
    calculation = _calculate(_walk(right_delay=0.55, stance=(0.7, 0.7)))
    np.testing.assert_allclose(calculation.symmetry_["asymmetry_abs"], 0, atol=1e-12)
    np.testing.assert_allclose(calculation.symmetry_["symmetry_ratio"], 1)
    assert calculation.phase_coordination_index_ == pytest.approx(0, abs=1e-9)
    assert calculation.cadence_ == pytest.approx(120 / 1.1)


def test_phase_coordination_uses_the_foot_with_the_longer_swing():
    jitter = np.array([0, 0.02, -0.01, 0.03, 0, -0.02])
    contacts = 1.0 * np.arange(6)
    strides = {"left_sensor": _foot(contacts, 0.6), "right_sensor": _foot(contacts + 0.45 + jitter, 0.7)}
    phase = 360 * (0.45 + jitter[1:5])  # of the left foot, from its second cycle on
    expected = 100 * phase.std(ddof=1) / phase.mean() + 100 * np.abs(phase - 180).mean() / 180
    assert _calculate(strides).phase_coordination_index_ == pytest.approx(expected)


def test_breaks_between_bouts_do_not_slow_the_cadence():
    walk, pause = _walk(), 60 * RATE
    two_bouts = {
        sensor: pd.concat([strides, (strides + pause).set_axis(strides.index + 100)]).rename_axis("s_id")
        for sensor, strides in walk.items()
    }
    assert _calculate(two_bouts).cadence_ == pytest.approx(_calculate(walk).cadence_)


def test_the_median_ignores_a_single_odd_stride():
    contacts = np.append(1.1 * np.arange(9), 8.8 + 2.0)
    strides = {"left_sensor": _foot(contacts, 0.7), "right_sensor": _foot(contacts + 0.55, 0.7)}
    assert _calculate(strides, average="median").symmetry_.loc["swing_time", "left"] == pytest.approx(0.4)
    assert _calculate(strides).symmetry_.loc["swing_time", "left"] > 0.41


def test_pretty_names_carry_the_unit_and_change_nothing_else():
    calculation = _calculate(_walk())
    pretty = calculation.parameters_pretty_["left_sensor"]
    assert {"step time [s]", "double support [%]", "cadence [steps/min]"} <= set(pretty.columns)
    assert pretty.index.name == "stride id"
    assert pretty.columns.is_unique
    np.testing.assert_array_equal(pretty, calculation.parameters_["left_sensor"])


def test_both_feet_are_needed():
    walk = _walk()
    with pytest.raises(ValidationError, match="Found only one"):
        _calculate(walk["left_sensor"])
    with pytest.raises(ValidationError, match="right_sensor"):
        _calculate({"left_sensor": walk["left_sensor"]})
    with pytest.raises(ValidationError, match="Found only one"):
        _calculate(walk, right="left_sensor")
    with pytest.raises(ValidationError, match="tc"):
        _calculate({sensor: strides.drop(columns="tc") for sensor, strides in walk.items()})


@pytest.mark.parametrize(
    "options",
    [
        {"expected_stride_type": "segmented"},
        {"average": "mode"},
        {"max_break_s": 0},
        {"time_offset_s": {"left_sensor": np.nan}},
        {"time_offset_s": {"waist": 1.0}},
    ],
)
def test_bad_parameters_are_named(options):
    with pytest.raises(ValueError, match=next(iter(options))):
        _calculate(_walk(), **options)


@st.composite
def _uneven_walks(draw):
    """Walks in milliseconds whose feet take turns, with any step times, and strides missing at random."""
    n = draw(st.integers(6, 12))
    steps = draw(st.lists(st.integers(300, 800), min_size=2 * n, max_size=2 * n))
    contacts = np.cumsum(steps) / 1000
    stance = draw(st.tuples(st.floats(0.2, 0.9), st.floats(0.2, 0.9)))
    feet = [_foot(contacts[side::2], stance[side]) for side in (0, 1)]
    kept = [draw(st.lists(st.booleans(), min_size=n - 1, max_size=n - 1)) for _ in feet]
    return {name: foot[keep] for name, foot, keep in zip(("left_sensor", "right_sensor"), feet, kept, strict=True)}


@settings(max_examples=12, deadline=None)
@given(walk=_uneven_walks())
def test_identities_hold_and_swapped_feet_swap_the_results(walk):
    calculation = _calculate(walk)
    for parameters in calculation.parameters_.values():
        valid = parameters.dropna(subset="single_support")
        support = valid["initial_double_support"] + valid["single_support"] + valid["terminal_double_support"]
        np.testing.assert_allclose(valid["stance_time"], support)
        np.testing.assert_allclose(valid["stride_time"], valid["step_time"] + valid["contralateral_step_time"])
        assert (valid[BILATERAL] > 0).all(axis=None)
    n_invalid = sum(table["single_support"].isna().sum() for table in calculation.parameters_.values())
    assert len(calculation.invalid_cycles_) == n_invalid

    swapped = _calculate({"left_sensor": walk["right_sensor"], "right_sensor": walk["left_sensor"]})
    pd.testing.assert_frame_equal(swapped.parameters_["left_sensor"], calculation.parameters_["right_sensor"])
    pd.testing.assert_frame_equal(swapped.parameters_["right_sensor"], calculation.parameters_["left_sensor"])
    np.testing.assert_allclose(swapped.symmetry_["symmetry_index"], -calculation.symmetry_["symmetry_index"])
    np.testing.assert_allclose(swapped.symmetry_["symmetry_ratio"], calculation.symmetry_["symmetry_ratio"])


@settings(max_examples=8, deadline=None)
@given(walk=_uneven_walks(), rest=st.integers(0, 10**6))
def test_rest_before_the_walk_changes_nothing(walk, rest):
    expected = _calculate(walk)
    found = _calculate({sensor: strides + rest for sensor, strides in walk.items()})
    for sensor, parameters in expected.parameters_.items():
        pd.testing.assert_frame_equal(found.parameters_[sensor], parameters, rtol=0, atol=1e-6)
    assert _reasons(found) == _reasons(expected)


@settings(max_examples=10, deadline=None)
@given(walk=_uneven_walks())
def test_the_last_double_support_of_a_cycle_is_the_first_one_of_the_next_cycle_of_the_other_foot(walk):
    calculation = _calculate(walk)
    left, right = (calculation.cycle_events_[sensor].dropna() for sensor in ("left_sensor", "right_sensor"))
    for own, other in ((left, right), (right, left)):
        following = own.merge(other, left_on="opposite_ic", right_on="ic_start", suffixes=("", "_next"))
        np.testing.assert_allclose(following["opposite_tc_next"], following["tc"])


@pytest.mark.reference
@pytest.mark.recordings
def test_the_public_walk_equals_the_reference(reference_dir):
    expected = pd.read_csv(reference_dir / "parameters" / "bilateral_from_stride_events.csv")
    expected = expected.rename(columns={"total_double_support": "double_support"})
    calculation = BilateralParameterCalculation().calculate(get_healthy_example_stride_events(), 204.8)
    assert list(calculation.parameters_) == ["left_sensor", "right_sensor"]
    for sensor, table in expected.set_index("s_id").groupby("sensor"):
        found = calculation.parameters_[sensor]
        times = [name for name in table if name in found and not name.endswith("percent")]
        assert len(times) == 9
        pd.testing.assert_frame_equal(found[times], table[times], rtol=0, atol=1e-12)
        percent = "double_support_percent"
        np.testing.assert_allclose(found[percent], table[percent], rtol=0, atol=1e-10)
        events = ["ic_start", "opposite_tc", "opposite_ic", "tc", "ic_end"]
        valid = table["step_time"].notna()
        np.testing.assert_allclose(
            204.8 * calculation.cycle_events_[sensor].loc[valid, events], table.loc[valid, events], atol=1e-9
        )
    assert _reasons(calculation) == [("right_sensor", s_id, "missing_event") for s_id in (28, 42, 43)]
