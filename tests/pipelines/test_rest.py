"""Recordings that are mostly rest."""

import joblib
import numpy as np
import pandas as pd
import pytest

from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.pipelines import GaitPipeline
from gaitmap.stride_segmentation import BarthDtw, OpenStrideTemplate
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, PreTrainedOpenSegmentationModel
from tests.contract._walk import RATE, make_walk


def _pipeline(standardization=True, **changes):
    model = PreTrainedOpenSegmentationModel(feature_transform__standardization=standardization)
    quick = dict.fromkeys(("alignment", "events", "trajectory", "temporal", "spatial", "bilateral", "bouts", "foot"))
    return GaitPipeline.like_2_6(segmentation=HmmStrideSegmentation(model), **(quick | changes))


def _followed_by_rest(data, minutes):
    n = int(60 * minutes * RATE)
    rest = np.tile([0, 0, 9.81, 0, 0, 0], (n, 1)) + np.random.default_rng(0).normal(0, 0.2, (n, 6))
    return pd.concat([data, pd.DataFrame(rest, columns=data.columns)], ignore_index=True)


def _tells_of_rest(pipeline, sensor):
    return any("standardization='active'" in finding for finding in pipeline.quality_[sensor]["findings"])


@pytest.fixture(scope="module")
def walk():
    return make_walk().sensor_frame


def test_a_long_rest_costs_no_strides(walk):
    expected = _pipeline("active").analyze(walk, RATE).stride_list_
    longer = {sensor: _followed_by_rest(data, 10) for sensor, data in walk.items()}
    found = _pipeline().analyze(longer, RATE)
    for sensor in walk:
        assert len(expected[sensor]) >= 4
        pd.testing.assert_frame_equal(found.stride_list_[sensor], expected[sensor])
        assert _tells_of_rest(found, sensor)


@pytest.mark.recordings
@pytest.mark.mad_data
def test_an_hour_of_rest_costs_the_published_model_no_strides():
    rate = 204.8
    walk = {"left_sensor": get_healthy_example_imu_data()["left_sensor"]}
    rest = np.random.default_rng(0).normal([0, 0, 9.81, 0, 0, 0], 0.1, (round(3600 * rate), 6))
    longer = {
        sensor: pd.concat([data, pd.DataFrame(rest, columns=data.columns)], ignore_index=True)
        for sensor, data in walk.items()
    }
    pipeline = _pipeline().set_params(segmentation=HmmStrideSegmentation())
    expected, found = (pipeline.clone().analyze(data, rate).stride_list_["left_sensor"] for data in (walk, longer))
    assert len(found) == len(expected) == 29
    assert (np.abs(found.to_numpy() - expected.to_numpy()).max(axis=1) <= 6).sum() >= 27


def test_without_the_care_of_the_pipeline_rest_changes_the_strides(walk):
    segmentation = _pipeline().segmentation
    body = make_walk().body_frame["left_sensor"]
    longer = pd.concat([body, pd.DataFrame(0.0, index=range(int(600 * RATE)), columns=body.columns)], ignore_index=True)
    with pytest.warns(UserWarning, match="of the recording is active"):
        found = segmentation.clone().segment(longer, RATE).stride_list_
    assert not found.equals(segmentation.clone().segment(body, RATE).stride_list_)


def test_the_parameters_stay_what_they_are(walk):
    pipeline = _pipeline()
    before = joblib.hash(pipeline.segmentation)
    pipeline.analyze({sensor: _followed_by_rest(data, 10) for sensor, data in walk.items()}, RATE)
    assert joblib.hash(pipeline.segmentation) == before


def test_each_foot_is_judged_by_itself(walk):
    left, right = walk
    mixed = {left: _followed_by_rest(walk[left], 10), right: walk[right]}
    found = _pipeline().analyze(mixed, RATE)
    assert _tells_of_rest(found, left)
    assert not _tells_of_rest(found, right)
    alone = _pipeline().analyze({right: walk[right]}, RATE)
    pd.testing.assert_frame_equal(found.stride_list_[right], alone.stride_list_[right])


@pytest.mark.parametrize("standardization", ["active", False, ((0.0, 0.0), (100.0, 10.0))])
def test_what_the_user_chose_is_kept(walk, standardization):
    longer = {sensor: _followed_by_rest(data, 1) for sensor, data in walk.items()}
    pipeline = _pipeline(standardization).analyze(longer, RATE)
    assert not any(_tells_of_rest(pipeline, sensor) for sensor in walk)


def test_other_segmentations_are_left_alone(walk):
    longer = {sensor: _followed_by_rest(data, 1) for sensor, data in walk.items()}
    pipeline = _pipeline().set_params(segmentation=BarthDtw(OpenStrideTemplate())).analyze(longer, RATE)
    assert not any(_tells_of_rest(pipeline, sensor) for sensor in walk)


def test_a_foot_too_short_for_the_features_stops_with_the_error_of_the_segmentation(walk):
    short = {sensor: data.iloc[:10] for sensor, data in walk.items()}
    with pytest.raises(ValueError, match=r"padlen|short") as of_segmentation:
        _pipeline().segmentation.segment({s: d.iloc[:10] for s, d in make_walk().body_frame.items()}, RATE)
    with pytest.raises(ValueError, match=r"padlen|short") as of_pipeline:
        _pipeline().analyze(short, RATE)
    assert str(of_pipeline.value) == str(of_segmentation.value)
