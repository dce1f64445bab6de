import json
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation
from sklearn.model_selection import ParameterGrid
from tpcp import Dataset
from tpcp.optimize import GridSearch

from gaitmap.base import PARAMETER_TERMS, BaseAlgorithm, BaseGaitDetection, BaseSensorAlignment
from gaitmap.event_detection import RamppEventDetection
from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.parameters import SpatialParameterCalculation, TemporalParameterCalculation
from gaitmap.pipelines import GaitPipeline, RecordingFolder
from gaitmap.preprocessing import align_dataset_to_gravity
from gaitmap.preprocessing.sensor_alignment import AutoAlignment
from gaitmap.stride_segmentation import BarthDtw, DtwTemplate
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory, RtsKalman, StrideLevelTrajectory
from gaitmap.utils.consts import BF_GYR
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning, ValidationError
from gaitmap.utils.rotations import rotate_dataset
from tests.contract._walk import N_STRIDES, RATE, SENSORS, STRIDE, make_walk

EXPECTED = json.loads((Path(__file__).parent.parent / "data" / "expected.json").read_text())


def _synthetic_pipeline(**changes):
    """Pipeline with a template cut from the synthetic walk itself, so that it needs no file."""
    walk = make_walk().single()
    start = walk.segmented["start"].iloc[1]
    template = DtwTemplate(
        data=walk.body_frame[BF_GYR].iloc[start : start + STRIDE].reset_index(drop=True) / 500, sampling_rate_hz=RATE
    )
    template.scaling = _by_500()
    template.data = template.data * 500
    return GaitPipeline.like_2_6(segmentation=BarthDtw(template)).set_params(**changes)


def _by_500():
    from gaitmap.data_transform import FixedScaler

    return FixedScaler(500)


@pytest.fixture(scope="module")
def walk():
    return make_walk()


@pytest.fixture(scope="module")
def result(walk):
    return _synthetic_pipeline().analyze(walk.sensor_frame, RATE)


def test_every_stride_of_the_synthetic_walk_is_found_on_both_feet(result, walk):
    for sensor in SENSORS:
        found = result.stride_list_[sensor]
        assert len(found) in (N_STRIDES - 1, N_STRIDES)
        assert set(walk.segmented[sensor]["start"] // 10) <= set(found["start"] // 10) | set(found["start"] // 10 + 1)
    analysed = result.strides_[result.strides_["status"] == "analysed"]
    assert analysed.groupby("foot").size().min() >= N_STRIDES - 2


def test_parameters_are_those_of_the_motion(result):
    strides = result.strides_[result.strides_["status"] == "analysed"]
    np.testing.assert_allclose(strides["stride_time"], STRIDE / RATE, atol=0.02)
    np.testing.assert_allclose(strides["stride_length"], 1.3, atol=0.02)


def test_every_found_stride_is_in_the_table_with_what_became_of_it(result):
    parameters = [name for name in result.strides_ if name in PARAMETER_TERMS]
    for sensor, foot in zip(SENSORS, ("left", "right"), strict=True):
        strides = result.strides_[result.strides_["foot"] == foot].set_index("s_id")
        assert set(strides.index) == set(result.stride_list_[sensor].index)
        is_analysed = strides["status"] == "analysed"
        assert strides.loc[is_analysed, parameters].notna().any(axis=1).all()
        assert strides.loc[~is_analysed, parameters].isna().all(axis=None)
        assert (strides.loc[~is_analysed, "reason"] != "").all()
        assert result.quality_[sensor]["n_strides_found"] == len(strides)
        assert result.quality_[sensor]["n_strides_analyzed"] == is_analysed.sum()


def test_trajectory_has_one_row_more_than_samples_per_stride(result):
    for sensor in SENSORS:
        events = result.events_[sensor]
        rows = result.trajectory_[sensor].groupby(level="s_id").size()
        assert (rows == events["end"] - events["start"] + 1).all()


def test_swapping_the_feet_swaps_the_results(walk):
    left, right = (walk.sensor_frame[sensor] for sensor in SENSORS)
    mirror = np.array([1, -1, 1, -1, 1, -1])
    swapped = {"left_sensor": right * mirror, "right_sensor": left * mirror}
    original = _synthetic_pipeline().analyze(walk.sensor_frame, RATE).strides_
    found = _synthetic_pipeline().analyze(swapped, RATE).strides_
    columns = ["start", "end", "ic", "tc", "stride_length", "ic_angle"]
    for foot, other in (("left", "right"), ("right", "left")):
        pd.testing.assert_frame_equal(
            found.loc[found["foot"] == foot, columns].reset_index(drop=True),
            original.loc[original["foot"] == other, columns].reset_index(drop=True),
            check_exact=False,
            rtol=1e-9,
        )


def test_rest_at_the_end_changes_nothing(walk, result):
    def extend(data):
        rest = np.tile([0, 0, 9.81, 0, 0, 0], (300, 1))
        return pd.concat([data, pd.DataFrame(rest, columns=data.columns)], ignore_index=True)

    longer = {sensor: extend(data) for sensor, data in walk.sensor_frame.items()}
    found = _synthetic_pipeline(alignment=None).analyze(longer, RATE).strides_
    expected = _synthetic_pipeline(alignment=None).analyze(walk.sensor_frame, RATE).strides_
    pd.testing.assert_frame_equal(found, expected)


def test_one_foot_alone_gives_what_it_gives_with_the_other(walk, result):
    alone = _synthetic_pipeline().analyze({"left_sensor": walk.sensor_frame["left_sensor"]}, RATE).strides_
    both = result.strides_[result.strides_["foot"] == "left"].reset_index(drop=True)
    pd.testing.assert_frame_equal(alone, both[alone.columns])
    assert set(both.columns) - set(alone.columns) == set(result.bilateral_.parameters_["left_sensor"]) - set(alone)


def test_a_foot_at_rest_is_reported_and_the_other_goes_on(walk):
    still = walk.sensor_frame["right_sensor"] * 0 + [0, 0, 9.81, 0, 0, 0]
    found = _synthetic_pipeline().analyze(walk.sensor_frame | {"right_sensor": still}, RATE)
    assert found.strides_["foot"].unique().tolist() == ["left"]
    assert found.quality_["right_sensor"]["n_strides_found"] == 0
    assert any("No strides were found" in text for text in found.quality_["right_sensor"]["findings"])


class _FailsOnTheLeft(BaseSensorAlignment):
    def align(self, data, **_):
        if "left_sensor" in data:
            raise DataQualityError("the sensor never rests")
        self.aligned_data_ = data
        return self


def test_a_step_that_fails_for_one_foot_is_told_and_the_foot_goes_on_unaligned(walk):
    found = _synthetic_pipeline(alignment=_FailsOnTheLeft()).analyze(walk.sensor_frame, RATE)
    findings = found.quality_["left_sensor"]["findings"]
    assert any("alignment of the sensors was not possible: the sensor never rests" in text for text in findings)
    assert set(found.strides_["foot"]) == {"left", "right"}


def test_a_gap_takes_its_strides_and_no_others(walk, result):
    found = _synthetic_pipeline().analyze(walk.nan_gap().sensor_frame, RATE)
    assert found.quality_["left_sensor"]["missing_samples"] == 6
    gap = 2 * STRIDE + 88
    expected = result.strides_[result.strides_["foot"] == "left"]
    untouched = expected[(expected["start"] > gap + STRIDE) | (expected["end"] < gap - STRIDE)]
    kept = found.strides_[found.strides_["foot"] == "left"]
    assert set(untouched["start"]) <= set(kept["start"])
    assert not ((kept["start"] <= gap) & (kept["end"] > gap)).any()


@pytest.mark.parametrize("n_samples", [0, 1, 50])
def test_recordings_without_gait_give_empty_tables_of_the_same_types(walk, result, n_samples):
    short = {sensor: data.iloc[:n_samples] for sensor, data in walk.sensor_frame.items()}
    found = _synthetic_pipeline().analyze(short, RATE)
    assert len(found.strides_) == sum(map(len, found.stride_list_.values()))
    assert set(found.strides_["status"]) == {"failed"}
    assert found.strides_.dtypes.to_dict() == result.strides_.dtypes.to_dict()


def test_steps_are_announced_in_order(walk):
    seen = []
    _synthetic_pipeline().analyze(walk.sensor_frame, RATE, on_step=seen.append)
    assert seen == [
        "alignment of the sensors",
        "stride segmentation",
        "event detection",
        "foot paths",
        "temporal parameters",
        "spatial parameters",
        "movement of the foot",
        "parameters of both feet",
        "walking bouts",
    ]


def test_steps_can_be_left_out(walk):
    found = _synthetic_pipeline(trajectory=None, spatial=None, alignment=None).analyze(walk.sensor_frame, RATE)
    assert found.trajectory_ == {}
    assert "stride_length" not in found.parameters_["left_sensor"]
    assert found.strides_.loc[found.strides_["status"] == "analysed", "stride_time"].notna().all()
    found = _synthetic_pipeline(events=None).analyze(walk.sensor_frame, RATE)
    assert len(found.stride_list_["left_sensor"]) > 0
    assert len(found.strides_) == sum(map(len, found.stride_list_.values()))
    assert set(found.strides_["status"]) == {"failed"}


@pytest.mark.parametrize("with_gait_detection", [False, True])
def test_paths_of_whole_regions_cover_every_stride(walk, result, with_gait_detection):
    class WholeRecording(BaseGaitDetection):
        def detect(self, data, sampling_rate_hz):
            self.gait_sequences_ = {
                s: pd.DataFrame({"gs_id": [0], "start": [0], "end": [len(d)]}) for s, d in data.items()
            }
            return self

    method = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=RtsKalman())
    gait_detection = WholeRecording() if with_gait_detection else None
    found = _synthetic_pipeline(trajectory=method, gait_detection=gait_detection).analyze(walk.sensor_frame, RATE)
    for sensor in SENSORS:
        pd.testing.assert_index_equal(found.trajectory_[sensor].index, result.trajectory_[sensor].index)
    lengths = found.strides_.loc[found.strides_["status"] == "analysed", "stride_length"]
    np.testing.assert_allclose(lengths, 1.3, atol=0.05)


def _walk_with_heel_lift(walk):
    """The walk as a film run backwards and turned around, so that the heel is lifted more than the toes."""
    signs = np.array([-1, -1, 1, 1, 1, -1])
    return {sensor: (data.iloc[::-1] * signs).reset_index(drop=True) for sensor, data in walk.sensor_frame.items()}


def test_automatic_alignment_is_told_with_its_confidence(walk):
    found = _synthetic_pipeline(alignment=AutoAlignment()).analyze(_walk_with_heel_lift(walk), RATE)
    for sensor in SENSORS:
        alignment = found.quality_[sensor]["alignment"]
        assert alignment["method"] == "AutoAlignment"
        assert alignment["confidence"] == 1
        assert np.linalg.norm(alignment["rotation_xyzw"]) == pytest.approx(1)
        assert alignment["evidence"]["n_strides"] == N_STRIDES
    json.dumps(found.quality_["left_sensor"]["alignment"])


def test_an_uncertain_alignment_is_a_finding(walk):
    # In this walk, the toes are lifted more than the heel.
    with pytest.warns(UncertainAlignmentWarning):
        found = _synthetic_pipeline(alignment=AutoAlignment()).analyze(walk.sensor_frame, RATE)
    for sensor in SENSORS:
        assert found.quality_[sensor]["alignment"]["confidence"] == 0
        assert any("Front and back of the sensor are uncertain" in text for text in found.quality_[sensor]["findings"])


def test_walking_without_strides_in_a_sensor_mounted_otherwise_hints_at_the_automatic_alignment(walk):
    sideways = rotate_dataset(_walk_with_heel_lift(walk), Rotation.from_euler("z", 90, degrees=True))
    found = _synthetic_pipeline().analyze(sideways, RATE)
    still = _synthetic_pipeline().analyze({s: data.iloc[:100] for s, data in sideways.items()}, RATE)
    for sensor in SENSORS:
        assert len(found.stride_list_[sensor]) == 0
        assert any("Try --align auto" in text for text in found.quality_[sensor]["findings"])
        assert not any("--align" in text for text in still.quality_[sensor]["findings"])


@pytest.mark.parametrize(
    ("parameter", "value"), [("segmentation", None), ("events", BarthDtw()), ("trajectory", 3), ("spatial", "yes")]
)
def test_wrong_steps_are_refused_by_name_before_work_starts(walk, parameter, value):
    with pytest.raises(ValueError, match=f"'{parameter}' parameter of GaitPipeline must be an instance"):
        GaitPipeline.like_2_6(**{parameter: value}).analyze(walk.sensor_frame, RATE)


def test_wrong_data_and_rates_are_refused(walk):
    with pytest.raises(ValidationError, match="MultiSensorData"):
        GaitPipeline.like_2_6().analyze(walk.sensor_frame["left_sensor"], RATE)
    with pytest.raises(ValidationError, match="look like body frame"):
        GaitPipeline.like_2_6().analyze(walk.body_frame, RATE)
    with pytest.raises(ValueError, match="sampling_rate_hz"):
        GaitPipeline.like_2_6().analyze(walk.sensor_frame, 0)
    with pytest.raises(ValidationError, match=r"sampling rate is too low.*10 Hz"):
        GaitPipeline.like_2_6().analyze(walk.sensor_frame, 10)
    with pytest.raises(ValidationError, match="foot of the sensor"):
        GaitPipeline.like_2_6().analyze({"sensor": walk.sensor_frame["left_sensor"]}, RATE)


def test_parameters_survive_clone_set_params_and_json():
    pipeline = GaitPipeline.like_2_6().set_params(segmentation__max_cost=3.5, trajectory__align_window_width=6)
    again = BaseAlgorithm.from_json(pipeline.to_json())
    assert again.segmentation.max_cost == 3.5
    assert joblib.hash(again) == joblib.hash(pipeline) == joblib.hash(pipeline.clone())


class _TwoWalks(Dataset):
    def create_index(self):
        return pd.DataFrame({"recording": ["a", "b"]})

    data = property(lambda self: make_walk().sensor_frame)
    sampling_rate_hz = RATE


def _count_strides(pipeline, datapoint):
    return float(len(pipeline.clone().safe_run(datapoint).strides_))


def test_a_grid_search_finds_the_parameter_with_the_most_strides():
    search = GridSearch(
        _synthetic_pipeline(), ParameterGrid({"segmentation__max_cost": [1e-6, 4.0]}), scoring=_count_strides
    )
    search.optimize(_TwoWalks())
    assert search.best_params_ == {"segmentation__max_cost": 4.0}
    assert search.gs_results_["mean__score"][0] == 0 if "mean__score" in search.gs_results_ else True


def test_a_folder_of_recordings_is_a_dataset(tmp_path, walk):
    frame = pd.concat(walk.sensor_frame, axis=1)
    for name in ("one", "two"):
        frame.to_csv(tmp_path / f"{name}.csv")
    recordings = RecordingFolder(tmp_path, "*.csv", {"sampling_rate_hz": RATE})
    assert [group.name for group in recordings] == ["one.csv", "two.csv"]
    found = _synthetic_pipeline().run(recordings[0]).strides_
    assert found["recording"].unique().tolist() == ["one.csv"]
    expected = _synthetic_pipeline().analyze(walk.sensor_frame, RATE).strides_
    np.testing.assert_array_equal(found["start"], expected["start"])
    with pytest.raises(ValueError, match="no file that matches"):
        _ = RecordingFolder(tmp_path, "*.xyz").index


@pytest.fixture(scope="module")
def public_walk():
    return get_healthy_example_imu_data()


@pytest.fixture(scope="module")
def public_result(public_walk):
    return GaitPipeline.like_2_6().analyze(public_walk, 204.8)


@pytest.mark.recordings
@pytest.mark.mad_data
class TestPublicWalk:
    """The healthy 2 x 20 m walk; the expected values are kept with the tests, so that any clone can prove the chain."""

    def test_borders_and_events_are_the_expected_ones(self, public_result):
        for sensor, expected in EXPECTED["feet"].items():
            strides = public_result.stride_list_[sensor]
            assert strides[["start", "end"]].to_numpy().tolist() == expected["segmented"]
            events = public_result.events_[sensor]
            columns = ["start", "end", "ic", "tc", "min_vel", "pre_ic"]
            assert events[columns].astype(int).to_numpy().tolist() == expected["min_vel"]

    def test_mean_parameters_are_the_expected_ones(self, public_result):
        for sensor, expected in EXPECTED["feet"].items():
            means = public_result.parameters_[sensor].mean()
            for name, value in expected["mean_parameters"].items():
                assert means[name] == pytest.approx(value, rel=1e-9, abs=1e-9), name

    def test_the_pipeline_is_the_chain_of_its_steps(self, public_walk, public_result):
        aligned = align_dataset_to_gravity(public_walk, 204.8)
        body = convert_to_fbf(aligned, left_like="left_", right_like="right_")
        strides = BarthDtw().segment(body, 204.8).stride_list_
        events = RamppEventDetection().detect(body, strides, sampling_rate_hz=204.8).min_vel_event_list_
        path = StrideLevelTrajectory().estimate(aligned, events, sampling_rate_hz=204.8)
        temporal = TemporalParameterCalculation().calculate(events, 204.8).parameters_
        spatial = SpatialParameterCalculation().calculate(events, path.position_, path.orientation_, 204.8).parameters_
        for sensor in ("left_sensor", "right_sensor"):
            pd.testing.assert_frame_equal(public_result.stride_list_[sensor], strides[sensor])
            pd.testing.assert_frame_equal(public_result.events_[sensor], events[sensor])
            expected = pd.concat([temporal[sensor], spatial[sensor]], axis=1)
            pd.testing.assert_frame_equal(public_result.parameters_[sensor], expected)


@pytest.mark.parametrize(
    ("rate", "says"), [(1e9, "no sensor has such"), (10_001.0, "no sensor has such"), (19.9, "low")]
)
def test_rates_that_no_sensor_has_are_refused_before_any_work(walk, rate, says):
    with pytest.raises(ValidationError, match=says):
        _synthetic_pipeline().analyze(walk.sensor_frame, rate)
