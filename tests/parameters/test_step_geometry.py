import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.example_data import get_healthy_example_mocap_data, get_healthy_example_stride_events
from gaitmap.parameters import StepGeometryCalculation
from gaitmap.utils.exceptions import ValidationError

RATE = 100
STRIDE, DELAY, STANCE = 110, 55, 70


def _foot(first, n=8):
    ic = first + STRIDE * np.arange(n + 1)
    start, end = ic[:-1] + 30, ic[1:] + 30
    events = {"start": start, "end": end, "min_vel": start, "pre_ic": ic[:-1], "tc": ic[:-1] + STANCE, "ic": ic[1:]}
    return pd.DataFrame(events).rename_axis("s_id")


def _walk(left_step=0.75, right_step=0.65, width=0.1, heading=0.0):
    """Strides and places: the feet stand still in stance, and jump at the contact."""
    strides = {"left_sensor": _foot(0), "right_sensor": _foot(DELAY)}
    sample = np.arange(1200)
    x = {
        "left_sensor": (left_step + right_step) * np.floor(sample / STRIDE),
        "right_sensor": (left_step + right_step) * np.floor((sample - DELAY) / STRIDE) + right_step,
    }
    places = {}
    for sensor, y in (("left_sensor", width / 2), ("right_sensor", -width / 2)):
        turned = np.column_stack([x[sensor], np.full(len(sample), y)]) @ _rotation(heading).T
        places[sensor] = pd.DataFrame({"pos_x": turned[:, 0], "pos_y": turned[:, 1], "pos_z": 0.0})
    return strides, places


def _rotation(heading):
    return np.array([[np.cos(heading), -np.sin(heading)], [np.sin(heading), np.cos(heading)]])


@pytest.mark.parametrize("at", ["min_vel", "ic"])
@settings(max_examples=8, deadline=None)
@given(heading=st.floats(-3, 3), left=st.floats(0.3, 0.9), width=st.floats(-0.1, 0.2))
def test_known_steps_come_back_in_every_direction(at, heading, left, width):
    strides, places = _walk(left_step=left, width=width, heading=heading)
    found = StepGeometryCalculation(at=at).calculate(strides, places, RATE).parameters_
    expected = {
        "left_sensor": [left, 0.65, left + 0.65, abs(width), width],
        "right_sensor": [0.65, left, left + 0.65, abs(width), width],
    }
    for sensor, values in expected.items():
        known = found[sensor].dropna()
        assert len(known) >= 7
        np.testing.assert_allclose(known, np.tile(values, (len(known), 1)), atol=1e-9)


def test_without_a_common_frame_everything_is_nan_with_its_reason():
    strides, places = _walk()
    calculation = StepGeometryCalculation().calculate(strides, None, RATE)
    assert "no common frame" in calculation.refusal_reason_
    assert calculation.parameters_["left_sensor"].isna().all(axis=None)
    places["left_sensor"]["pos_x"] += 40
    calculation = StepGeometryCalculation().calculate(strides, places, RATE)
    assert "not in one frame" in calculation.refusal_reason_
    assert calculation.parameters_["right_sensor"].isna().all(axis=None)


def test_a_missed_stride_of_the_other_foot_costs_the_steps_around_it():
    strides, places = _walk()
    missed = strides | {"right_sensor": strides["right_sensor"].drop([3, 4])}
    found = StepGeometryCalculation().calculate(missed, places, RATE).parameters_["left_sensor"]
    assert found["step_length"].isna().sum() == 1


def test_wrong_input_is_named():
    strides, places = _walk()
    with pytest.raises(ValidationError, match="pos_x"):
        StepGeometryCalculation().calculate(strides, places | {"left_sensor": pd.DataFrame({"x": [0]})}, RATE)
    with pytest.raises(ValidationError, match="right_sensor"):
        StepGeometryCalculation().calculate({"left_sensor": strides["left_sensor"]}, places, RATE)
    with pytest.raises(ValueError, match="'at'"):
        StepGeometryCalculation(at="tc").calculate(strides, places, RATE)


@pytest.mark.reference
@pytest.mark.recordings
def test_the_public_walk_equals_the_reference_of_the_heel_markers(reference_dir):
    expected = pd.read_csv(reference_dir / "parameters" / "bilateral_from_stride_events.csv").set_index("s_id")
    events = get_healthy_example_stride_events()
    columns = ["start", "end", "pre_ic", "ic", "min_vel", "tc"]
    strides = {sensor: table.set_index("s_id")[columns] * 100 / 204.8 for sensor, table in events.items()}
    heel = {"left_sensor": "L_FCC", "right_sensor": "R_FCC"}
    mocap = get_healthy_example_mocap_data()
    places = {
        sensor: pd.DataFrame(mocap[marker][["x", "y", "z"]].to_numpy() / 1000, columns=["pos_x", "pos_y", "pos_z"])
        for sensor, marker in heel.items()
    }
    found = StepGeometryCalculation(at="ic").calculate(strides, places, 100).parameters_
    for sensor, own in expected.groupby("sensor"):
        valid = own["step_time"].notna()
        pairs = {
            "stride_length": "stride_length_mocap_heel_at_ic",
            "step_length": "step_length_mocap_heel_at_ic",
        }
        for name, column in pairs.items():
            np.testing.assert_allclose(found[sensor].loc[valid, name], own.loc[valid, column], atol=1e-9)
        side = -1 if sensor == "left_sensor" else 1
        offset = side * own.loc[valid, "signed_lateral_offset_of_opposite_heel"]
        np.testing.assert_allclose(found[sensor].loc[valid, "signed_step_width"], offset, atol=1e-9)
