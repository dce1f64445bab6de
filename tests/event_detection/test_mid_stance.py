import joblib
import numpy as np
import pandas as pd
import pytest

from gaitmap.event_detection import MidStanceEventDetection
from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_events
from gaitmap.parameters import (
    BilateralParameterCalculation,
    FootParameterCalculation,
    SpatialParameterCalculation,
    TemporalParameterCalculation,
)
from gaitmap.simulation import GaitParameters, simulate_walk
from gaitmap.trajectory_reconstruction import StrideLevelTrajectory
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from gaitmap.utils.exceptions import MissingEventWarning

RATE = 204.8
COLUMNS = ["start", "end", "ic", "tc", "min_vel", "pre_ic", "ic_spread_s", "ic_offset_s", "tc_spread_s", "tc_offset_s"]


@pytest.fixture(scope="module")
def walk():
    walk = simulate_walk(duration_s=15)
    return convert_to_fbf(walk.data, left_like="left_", right_like="right_"), walk.truth.strides


def _detect(data, strides, rate=RATE, **parameters):
    return MidStanceEventDetection(**parameters).detect(data, strides, sampling_rate_hz=rate)


def test_every_stride_is_kept_with_its_borders_as_mid_stances(walk):
    data, strides = walk
    found = _detect(data, strides).min_vel_event_list_
    for sensor, given in strides.items():
        events = found[sensor]
        assert sorted(events.columns) == sorted(COLUMNS)
        assert (events.dtypes == "float64").all()
        pd.testing.assert_index_equal(events.index, given.index)
        np.testing.assert_array_equal(events[["start", "end", "min_vel"]], given[["start", "end", "start"]])


def test_previous_contact_is_that_of_the_stride_that_ends_at_the_start(walk):
    data, strides = walk
    given = strides["left_sensor"].drop(index=strides["left_sensor"].index[4])
    events = _detect(data["left_sensor"], given).min_vel_event_list_
    followed = given["start"].to_numpy()[1:] == given["end"].to_numpy()[:-1]
    assert (~followed).sum() == 1
    expected = np.append(np.nan, np.where(followed, events["ic"].to_numpy()[:-1], np.nan))
    np.testing.assert_array_equal(events["pre_ic"], expected)


def test_a_gap_costs_the_events_of_its_stride_alone(walk):
    data, strides = walk
    broken, given = data["left_sensor"].copy(), strides["left_sensor"]
    third = given.iloc[3]
    broken.iloc[int(third["start"]) + 60] = np.nan
    whole = _detect(data["left_sensor"], given).min_vel_event_list_
    with pytest.warns(MissingEventWarning, match="1 of 13 strides"):
        detection = _detect(broken, given)
    events = detection.min_vel_event_list_
    assert events.loc[third.name, ["ic", "tc", "ic_spread_s"]].isna().all()
    assert np.isnan(events["pre_ic"].iloc[4])
    assert detection.left_out_["missing"].tolist() == ["tc", "ic"]
    others = given.index.drop([third.name, given.index[4]])
    pd.testing.assert_frame_equal(events.loc[others], whole.loc[others])


@pytest.mark.parametrize("rate", [50.0, 100.0, 400.0])
@pytest.mark.parametrize(
    "gait",
    [
        GaitParameters(),
        GaitParameters(stride_time_s=1.8, stride_length_m=0.8, stance_share=0.7, ic_angle_deg=8, tc_angle_deg=-40),
        GaitParameters(stride_time_s=1.6, stride_length_m=0.8, stance_share=0.7, ic_angle_deg=-5, tc_angle_deg=-40),
    ],
    ids=["healthy", "slow", "toes first"],
)
def test_events_of_the_simulator_scatter_little_at_every_rate(gait, rate):
    walk = simulate_walk(gait, rate, duration_s=30)
    data = convert_to_fbf(walk.data, left_like="left_", right_like="right_")
    found = _detect(data, walk.truth.strides, rate).min_vel_event_list_
    for sensor, events in found.items():
        true = walk.truth.event_times[sensor].loc[events.index]
        for event, largest_sd, largest_bias in (("tc", 0.004, 0.03), ("ic", 0.018, 0.07)):
            error = events[event] / rate + events[f"{event}_offset_s"] - true[event]
            assert error.notna().all()
            assert error.std() < largest_sd
            assert abs(error.median()) < largest_bias


def test_offset_of_the_gyroscope_does_not_move_the_events(walk):
    data, strides = (part["left_sensor"] for part in walk)
    offset = data.assign(**{column: data[column] + 5.0 for column in ("gyr_pa", "gyr_ml", "gyr_si")})
    true, found = (_detect(some, strides).min_vel_event_list_ for some in (data, offset))
    difference = (found[["ic", "tc"]] - true[["ic", "tc"]]) / RATE
    assert difference.abs().max(axis=None) < 0.02
    assert difference.abs().median().max() < 0.006


def test_contacts_whose_rules_are_far_apart_can_be_left_out(walk):
    data, strides = (part["left_sensor"] for part in walk)
    every = _detect(data, strides).min_vel_event_list_
    limit = float(every["ic_spread_s"].median())
    detection = _detect(data, strides, max_spread_s=limit)
    events = detection.min_vel_event_list_
    far = every["ic_spread_s"] > limit
    assert 0 < far.sum() < len(far)
    assert events["ic"].isna().equals(far)
    assert events.loc[~far, "ic"].equals(every.loc[~far, "ic"])
    assert set(detection.left_out_["reason"]) == {"the rules for this event are too far apart"}


@pytest.mark.parametrize("value", [0, -0.1, "0.1", np.nan])
def test_the_largest_spread_is_a_time(walk, value):
    with pytest.raises(ValueError, match="max_spread_s"):
        _detect(*walk, max_spread_s=value)


def test_no_strides_give_empty_lists(walk):
    data, strides = (part["left_sensor"] for part in walk)
    events = _detect(data, strides.iloc[:0]).min_vel_event_list_
    assert events.empty
    assert sorted(events.columns) == sorted(COLUMNS)
    assert (events.dtypes == "float64").all()


def test_parts_of_a_recording_give_the_events_of_the_whole(walk):
    data, strides = (part["left_sensor"] for part in walk)
    whole = _detect(data, strides).min_vel_event_list_
    first = int(strides["start"].iloc[4]) - round(0.5 * RATE)
    part = _detect(data.iloc[first:].reset_index(drop=True), strides.iloc[4:][["start", "end"]] - first)
    events = part.min_vel_event_list_
    samples = ["start", "end", "ic", "tc", "min_vel"]
    pd.testing.assert_frame_equal(events[samples] + first, whole.iloc[4:][samples], rtol=0, atol=0)
    others = ["ic_spread_s", "ic_offset_s", "tc_spread_s", "tc_offset_s"]
    pd.testing.assert_frame_equal(events[others], whole.iloc[4:][others], rtol=0, atol=1e-9)


def test_memory_does_not_change_the_result(walk, tmp_path):
    data, strides = walk
    memory = joblib.Memory(tmp_path, verbose=0)
    plain = _detect(data, strides).min_vel_event_list_
    for _ in range(2):
        cached = _detect(data, strides, memory=memory).min_vel_event_list_
        for sensor, events in plain.items():
            pd.testing.assert_frame_equal(cached[sensor], events)


def test_a_stride_without_contacts_keeps_its_length_and_speed():
    walk = simulate_walk(duration_s=15)
    body = convert_to_fbf(walk.data, left_like="left_", right_like="right_")
    events = _detect(body, walk.truth.strides).min_vel_event_list_
    lost = events["left_sensor"].index[5]
    events["left_sensor"].loc[lost, ["ic", "tc", "pre_ic"]] = np.nan
    path = StrideLevelTrajectory().estimate(walk.data, events, sampling_rate_hz=RATE)
    parameters = {
        "temporal": TemporalParameterCalculation(missing_contacts="borders").calculate(events, RATE),
        "spatial": SpatialParameterCalculation(missing_contacts="borders").calculate(
            events, path.position_, path.orientation_, RATE
        ),
        "foot": FootParameterCalculation().calculate(events, path.position_, path.orientation_, RATE),
        "bilateral": BilateralParameterCalculation().calculate(events, RATE),
    }
    of_lost = {}
    for name, calculation in parameters.items():
        table = calculation.parameters_["left_sensor"]
        pd.testing.assert_index_equal(table.index, events["left_sensor"].index)
        of_lost[name] = table.loc[lost]
        others = table.drop(index=lost).iloc[1:-1].dropna(axis="columns", how="all")
        assert others.notna().mean(axis=None) > 0.95
    known = of_lost["spatial"][["stride_length", "gait_velocity", "max_sensor_lift", "arc_length"]]
    assert known.notna().all()
    assert of_lost["foot"][["height_change", "path_corrected_speed"]].notna().all()
    assert of_lost["temporal"]["stride_time"] > 0
    assert of_lost["temporal"][["swing_time", "stance_time"]].isna().all()
    assert of_lost["spatial"][["ic_angle", "tc_angle"]].isna().all()
    assert of_lost["bilateral"][["step_time", "single_support"]].isna().all()


@pytest.mark.recordings
@pytest.mark.parametrize("step", [1, 2, 4])
@pytest.mark.parametrize("heading_deg", [0, 40])
def test_timing_on_the_public_walk_with_motion_capture(step, heading_deg):
    data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
    turn = np.deg2rad(heading_deg)
    errors = {"ic": [], "tc": []}
    for sensor, true in get_healthy_example_stride_events().items():
        n = len(data[sensor]) // step * step
        coarse = pd.DataFrame(
            data[sensor].to_numpy()[:n].reshape(-1, step, 6).mean(axis=1), columns=data[sensor].columns
        )
        for kind in ("acc", "gyr"):
            ahead, side = (coarse[f"{kind}_{axis}"].copy() for axis in ("pa", "ml"))
            coarse[f"{kind}_pa"] = np.cos(turn) * ahead - np.sin(turn) * side
            coarse[f"{kind}_ml"] = np.sin(turn) * ahead + np.cos(turn) * side
        strides = (true.set_index("s_id")[["start", "end"]] // step).astype("int64")
        found = _detect(coarse, strides, RATE / step).min_vel_event_list_
        for event, both in errors.items():
            sample = (found[event] + found[f"{event}_offset_s"] * RATE / step) * step + (step - 1) / 2
            both.append((sample - true.set_index("s_id")[event]) / RATE)
    for event, largest_sd in (("ic", 0.020), ("tc", 0.013)):
        error = pd.concat(errors[event])
        right = (error - error.median()).abs() < 0.05
        assert right.mean() >= 0.96
        assert error[right].std() <= largest_sd
        assert abs(error.median()) <= 0.020
