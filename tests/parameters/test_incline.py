import numpy as np
import pandas as pd
import pytest

from gaitmap.example_data import (
    get_healthy_example_imu_data,
    get_healthy_example_imu_data_stair_down,
    get_healthy_example_imu_data_stair_up,
)
from gaitmap.parameters import InclineCalculation
from gaitmap.simulation import Rest, Stairs, Walk, simulate
from gaitmap.stride_segmentation import SwingStrideSegmentation
from gaitmap.trajectory_reconstruction import ForwardBackwardIntegration, SimpleGyroIntegration, StrideLevelTrajectory
from gaitmap.utils.exceptions import ValidationError


def _strides(heights, length=1.3, gap_before=()):
    n = len(heights)
    start = 100 * np.arange(n) + 50 * np.isin(np.arange(n), gap_before).cumsum()
    strides = pd.DataFrame({"start": start, "end": start + 100}, index=pd.RangeIndex(n, name="s_id"))
    path = pd.DataFrame(
        {
            "s_id": np.repeat(np.arange(n), 2),
            "sample": np.tile([0, 100], n),
            "pos_x": np.tile([0, length], n),
            "pos_y": 0.0,
            "pos_z": np.column_stack([np.zeros(n), heights]).ravel(),
        }
    )
    return strides, path


def _calculate(heights, gap_before=(), **parameters):
    return InclineCalculation(**parameters).calculate(*_strides(heights, gap_before=gap_before))


def test_labels_heights_and_gradients_of_clear_strides():
    found = _calculate([0.26, 0.26, 0.26, 0.01, -0.01, 0.02, -0.3, -0.3], gap_before=(3, 6))
    parameters, sections = found.parameters_, found.sections_
    assert parameters["incline"].tolist() == ["up"] * 3 + ["level"] * 3 + ["down"] * 2
    np.testing.assert_allclose(parameters["height_change"], [0.26, 0.26, 0.26, 0.01, -0.01, 0.02, -0.3, -0.3])
    np.testing.assert_allclose(parameters["gradient"].iloc[0], 20.0)
    assert (parameters["incline_confidence"] > 0.95).all()
    assert sections["incline"].tolist() == ["up", "level", "down"]
    assert sections["n_strides"].tolist() == [3, 3, 2]
    np.testing.assert_allclose(sections["height_change"], [0.78, 0.02, -0.6])
    np.testing.assert_array_equal(sections[["start", "end"]], [[0, 300], [350, 650], [700, 900]])
    assert (sections["incline_confidence"] > 0.99).all()


def test_one_stride_that_scatters_does_not_break_a_level_walk():
    assert (_calculate([0.0, 0.02, 0.12, -0.01, 0.0]).parameters_["incline"] == "level").all()


def test_a_landing_between_two_flights_is_level():
    labels = _calculate([0.3, 0.31, 0.29, 0.01, 0.3, 0.3]).parameters_["incline"]
    assert labels.tolist() == ["up"] * 3 + ["level"] + ["up"] * 2


def test_confidence_is_low_at_the_limit_and_grows_with_the_number_of_strides():
    at_limit, clear = (_calculate([height]).parameters_["incline_confidence"].iloc[0] for height in (0.085, 0.3))
    assert at_limit < 0.7
    assert clear > 0.99
    few, many = (_calculate([0.12] * n).sections_["incline_confidence"].iloc[0] for n in (2, 20))
    assert 0.5 < few < many < 1


def test_labels_of_ascent_and_descent_mirror_each_other():
    heights = np.array([0.0, 0.05, 0.1, 0.3, 0.2, -0.02])
    up, down = (_calculate(values).parameters_ for values in (heights, -heights))
    swapped = down["incline"].replace({"up": "down", "down": "up"})
    assert up["incline"].tolist() == swapped.tolist()
    np.testing.assert_allclose(up["incline_confidence"], down["incline_confidence"])


def test_a_stride_without_a_path_has_no_label_and_ends_a_section():
    strides, path = _strides([0.3, 0.3, 0.3, 0.3])
    path.loc[path["s_id"] == 1, "pos_z"] = np.nan
    found = InclineCalculation().calculate(strides, path)
    assert found.parameters_["incline"].isna().tolist() == [False, True, False, False]
    assert found.parameters_["incline_confidence"].isna().tolist() == [False, True, False, False]
    assert found.sections_["n_strides"].tolist() == [1, 2]


def test_paths_for_level_ground_are_refused():
    with pytest.raises(ValidationError, match="level_assumption=False"):
        _calculate([0.0, 0.0, 0.0])


@pytest.mark.parametrize("name", ["min_height_change_m", "height_error_m"])
@pytest.mark.parametrize("value", [0, -0.1, "1"])
def test_parameters_out_of_range_are_refused_by_name(name, value):
    with pytest.raises(ValueError, match=name):
        _calculate([0.1], **{name: value})


def test_strides_of_simulated_stairs_have_the_label_and_the_height_of_the_truth():
    activities = [Rest(2), Walk(duration_s=10), Stairs(n_steps=16, rise_m=0.16), Walk(duration_s=10), Rest(2)]
    walk = simulate(activities, 204.8)
    path = StrideLevelTrajectory(
        ori_method=SimpleGyroIntegration(rule="trapezoid"),
        pos_method=ForwardBackwardIntegration(level_assumption=False),
    ).estimate(walk.data, walk.truth.strides, sampling_rate_hz=204.8)
    found = InclineCalculation().calculate(walk.truth.strides, path.position_).parameters_
    for sensor, strides in walk.truth.strides.items():
        true = walk.truth.parameters[sensor].loc[strides.index, "height_change"]
        clear = (true.abs() < 0.01) | (true > 0.3)
        assert (found[sensor]["height_change"] - true)[clear].abs().median() < 0.03
        inner = clear & clear.shift(1, fill_value=True) & clear.shift(-1, fill_value=True)
        expected = np.where(true > 0.3, "up", "level")
        assert (found[sensor]["incline"].to_numpy() == expected)[inner].mean() > 0.95


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("load", "label", "share"),
    [
        (get_healthy_example_imu_data_stair_up, "up", 0.6),
        (get_healthy_example_imu_data_stair_down, "down", 0.6),
        (get_healthy_example_imu_data, "level", 0.95),
    ],
)
def test_strides_of_the_public_recordings_have_the_right_label(load, label, share):
    recording = load()
    data = {sensor: recording[sensor] for sensor in ("left_sensor", "right_sensor")}
    strides = SwingStrideSegmentation().segment(data, sampling_rate_hz=204.8).stride_list_
    strides = {sensor: table.assign(min_vel=table["start"]) for sensor, table in strides.items()}
    path = StrideLevelTrajectory(
        ori_method=SimpleGyroIntegration(rule="trapezoid"),
        pos_method=ForwardBackwardIntegration(level_assumption=False),
    ).estimate(data, strides, sampling_rate_hz=204.8)
    for table in InclineCalculation().calculate(strides, path.position_).parameters_.values():
        assert (table["incline"] == label).mean() >= share
        opposite = {"up": "down", "down": "up", "level": "up"}[label]
        assert (table["incline"] == opposite).mean() <= 0.05
        steep = table["height_change"].abs() > 0.22
        assert (table["incline"][steep] == label).mean() >= 0.9 or label == "level"
