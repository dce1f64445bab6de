import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.pipelines import GaitPipeline
from gaitmap.pipelines.outcome._findings import (
    direction_finding,
    few_analyzed_finding,
    few_strides_finding,
    length_finding,
    missing_path_finding,
    no_strides_finding,
    rate_finding,
    swapped_feet_finding,
    threshold_finding,
    tilt_finding,
    witness_finding,
)
from gaitmap.simulation import simulate_walk
from gaitmap.stride_segmentation import BarthDtw, CalibratedBarthDtw, OpenStrideTemplate
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
    result = GaitPipeline.like_2_6().analyze(swapped, 204.8)
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


@pytest.mark.parametrize(
    ("segmentation", "rate", "n_findings"),
    [
        (BarthDtw(), 250.0, 0),
        (BarthDtw(), 256.0, 1),
        (BarthDtw(max_cost=4.5), 400.0, 1),
        (BarthDtw(max_cost=5.6), 400.0, 0),
        (BarthDtw(max_cost=3.0), 400.0, 0),
        (BarthDtw(max_cost=None), 400.0, 0),
        (BarthDtw(OpenStrideTemplate()), 400.0, 0),
        (CalibratedBarthDtw(), 400.0, 0),
        (None, 400.0, 0),
    ],
)
def test_thresholds_that_are_too_strict_for_the_sampling_rate_are_named(segmentation, rate, n_findings):
    assert len(threshold_finding(segmentation, rate)) == n_findings


@pytest.mark.mad_data
def test_strides_that_a_high_sampling_rate_hides_are_not_taken_for_swapped_feet():
    walk = simulate_walk(sampling_rate_hz=400.0, duration_s=20, seed=9)
    result = GaitPipeline.like_2_6(trajectory=None).analyze(walk.data, 400.0)
    assert "Take max_cost=5.6" in _findings(result, SENSORS[0])
    assert "swapped" not in _findings(result, SENSORS[0])
    enough = GaitPipeline.like_2_6(trajectory=None, segmentation=BarthDtw(max_cost=5.6)).analyze(walk.data, 400.0)
    assert enough.quality_[SENSORS[0]]["n_strides_found"] > 15
    assert "max_cost" not in _findings(enough, SENSORS[0])


@pytest.mark.parametrize(("tilt_deg", "n_findings"), [(0, 0), (59, 0), (61, 1), (180, 1)])
def test_large_tilts_are_named(tilt_deg, n_findings):
    assert len(tilt_finding(Rotation.from_euler("y", tilt_deg, degrees=True))) == n_findings


def test_no_gait_on_either_side_is_no_gait():
    finding = no_strides_finding("left", {"right": 0}.__getitem__, 409.6)
    assert "holds no gait" in finding
    assert "409.6 Hz was used" in finding


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


@pytest.mark.parametrize(
    ("lengths", "says"),
    [([1.4, np.nan, 1.4], "Of 3 strides, 1 has no foot path"), ([np.nan] * 2, "Of 2 strides, 2 have"), ([1.4], None)],
)
def test_strides_without_a_path_are_counted(lengths, says):
    findings = missing_path_finding(pd.DataFrame({"stride_length": lengths}))
    assert len(findings) == (says is not None)
    assert says is None or findings[0].startswith(says)
    assert missing_path_finding(pd.DataFrame({"stride_time": [np.nan]})) == []


@pytest.fixture(scope="module")
def simulated():
    return simulate_walk(sampling_rate_hz=100.0, duration_s=16.0, seed=3).data


def _analyze(data):
    pipeline = GaitPipeline.like_2_6(segmentation=BarthDtw(OpenStrideTemplate()), bilateral=None, bouts=None)
    return pipeline.analyze(data, 100.0)


def test_feet_that_walk_as_usual_have_no_findings(simulated):
    result = _analyze(simulated)
    assert [entry["findings"] for entry in result.quality_.values()] == [[], []]


def test_swapped_feet_with_strides_are_named_on_both(simulated):
    left, right = SENSORS
    result = _analyze({left: simulated[right], right: simulated[left]})
    for sensor in SENSORS:
        assert "check that left and right are not swapped" in _findings(result, sensor)


@pytest.mark.parametrize("axis", ["x", "y", "z"])
@pytest.mark.parametrize("angle_deg", [90, 180, -90])
def test_a_sensor_that_is_turned_is_named(simulated, axis, angle_deg):
    turned = flip_dataset(simulated[SENSORS[0]], Rotation.from_euler(axis, angle_deg, degrees=True))
    assert "AutoAlignment" in _findings(_analyze({SENSORS[0]: turned}), SENSORS[0])


@pytest.mark.parametrize(
    ("angles", "n_findings"), [([90, 95, 100], 1), ([-90, 5, -95], 1), ([49] * 5, 0), ([90, np.nan, 90], 0), ([], 0)]
)
def test_feet_that_do_not_point_to_where_they_walk_are_named(angles, n_findings):
    parameters = pd.DataFrame({"foot_progression_angle": np.array(angles, dtype=float)})
    assert len(direction_finding(parameters)) == n_findings
    assert direction_finding(pd.DataFrame()) == []


@pytest.mark.parametrize(
    ("left", "right", "n_findings"), [(5, 10, 1), (6, 10, 0), (1, 5, 0), (0, 100, 0), (10, 10, 0), (10, 0, 0)]
)
def test_a_foot_with_far_fewer_strides_is_named(left, right, n_findings):
    n_strides = {"left": left, "right": right}
    assert len(few_strides_finding("left", n_strides)) == n_findings
    assert few_strides_finding("left", {"left": left}) == []
    assert len(few_strides_finding("right", n_strides)) == 0


@pytest.mark.parametrize(
    ("n_found", "reasons", "says"),
    [(4, ["a", "b", "b", "c"], "Of 4 strides that were found, none"), (4, ["a"] * 3, "only 1"), (4, ["a"] * 2, None)],
)
def test_strides_that_are_mostly_left_out_are_told_with_the_reason(n_found, reasons, says):
    findings = few_analyzed_finding(n_found, pd.Series(reasons))
    assert len(findings) == (says is not None)
    if says:
        assert says in findings[0]
        assert pd.Series(reasons).mode()[0] in findings[0]
    assert few_analyzed_finding(0, pd.Series(dtype=str)) == []


@pytest.mark.parametrize(("angle", "inwards"), [(-5, 0.0), (5, 0.03), (-1, 0.03)])
def test_one_sign_of_swapped_feet_is_not_enough(angle, inwards):
    table = pd.DataFrame(
        {"foot_progression_angle": [angle] * 8, "circumduction": [0.0] * 8, "medial_excursion": [inwards] * 8}
    )
    assert swapped_feet_finding(dict.fromkeys(SENSORS, table)) == []
    both = table.assign(foot_progression_angle=-5.0, medial_excursion=0.03)
    assert len(swapped_feet_finding(dict.fromkeys(SENSORS, both))) == 1
    assert swapped_feet_finding({SENSORS[0]: both}) == []
    assert swapped_feet_finding({SENSORS[0]: both, SENSORS[1]: table}) == []
    assert swapped_feet_finding({SENSORS[0]: both, SENSORS[1]: both.drop(columns="circumduction")}) == []
    assert swapped_feet_finding({SENSORS[0]: both, SENSORS[1]: both.iloc[:3]}) == []


@pytest.mark.parametrize(
    ("n_found", "n_seen", "is_told"), [(0, 30, True), (20, 30, True), (29, 30, False), (5, 400, False)]
)
def test_strides_that_only_the_alignment_saw_are_told(n_found, n_seen, is_told):
    told = witness_finding(n_found, {"evidence": {"n_strides": n_seen}})
    assert bool(told) is is_told
    assert witness_finding(n_found, None) == []
