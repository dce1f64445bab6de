import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.pipelines import GaitPipeline
from gaitmap.pipelines._findings import length_finding, no_strides_finding, rate_finding, tilt_finding
from gaitmap.utils.consts import SF_ACC
from gaitmap.utils.rotations import flip_dataset
from tests.contract._walk import N_STRIDES, RATE, SENSORS, make_walk
from tests.pipelines.test_gait_pipeline import _synthetic_pipeline


@pytest.fixture(scope="module")
def walk():
    return make_walk()


def _findings(result, sensor):
    return " ".join(result.quality_[sensor]["findings"])


@pytest.mark.recordings
@pytest.mark.mad_data
def test_swapped_feet_are_named():
    data = get_healthy_example_imu_data().iloc[:3000]
    swapped = {"left_sensor": data["right_sensor"], "right_sensor": data["left_sensor"]}
    result = GaitPipeline().analyze(swapped, 204.8)
    for sensor, other in (("left_sensor", "right"), ("right_sensor", "left")):
        assert f"as the one of the {other} foot: left and right are probably swapped" in _findings(result, sensor)


def test_sensor_upside_down_is_named(walk):
    turned = {SENSORS[0]: flip_dataset(walk.sensor_frame[SENSORS[0]], Rotation.from_euler("x", 180, degrees=True))}
    result = _synthetic_pipeline().analyze(turned, RATE)
    assert "180 deg away from up" in _findings(result, SENSORS[0])


def test_foot_without_acceleration_does_not_take_the_other_with_it(walk):
    data = {sensor: frame.copy() for sensor, frame in walk.sensor_frame.items()}
    data[SENSORS[0]][SF_ACC] = 0.0
    result = _synthetic_pipeline().analyze(data, RATE)
    assert result.quality_[SENSORS[1]]["n_strides_analyzed"] >= N_STRIDES - 2
    assert "acceleration at rest is 0" in _findings(result, SENSORS[0])


@pytest.mark.parametrize(("rate", "n_findings"), [(50.0, 0), (49.9, 1)])
def test_low_sampling_rates_are_named(rate, n_findings):
    assert len(rate_finding(rate)) == n_findings


@pytest.mark.parametrize(("tilt_deg", "n_findings"), [(0, 0), (59, 0), (61, 1), (180, 1)])
def test_large_tilts_are_named(tilt_deg, n_findings):
    assert len(tilt_finding(Rotation.from_euler("y", tilt_deg, degrees=True))) == n_findings


def test_no_gait_on_either_side_is_no_gait():
    assert "holds no gait" in no_strides_finding("left", {"right": 0}.__getitem__)


@pytest.mark.parametrize(
    ("parameters", "n_findings"),
    [
        ({"stride_length": [1.4, 9.0, 1.4]}, 0),
        ({"stride_length": [5.7, 5.6]}, 1),
        ({"stride_length": [np.nan]}, 0),
        ({}, 0),
    ],
)
def test_impossible_stride_lengths_are_named(parameters, n_findings):
    assert len(length_finding(pd.DataFrame(parameters), 102.4)) == n_findings
