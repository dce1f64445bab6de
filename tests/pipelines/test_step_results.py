"""Steps of users: what a pipeline asks of them, and what it says of those that return something else."""

import inspect

import numpy as np
import pandas as pd
import pytest

from gaitmap.base import (
    BaseEventDetection,
    BaseGaitDetection,
    BaseSensorAlignment,
    BaseSpatialParameterCalculation,
    BaseStrideSegmentation,
    BaseTemporalParameterCalculation,
    BaseTrajectoryReconstructionWrapper,
)
from gaitmap.event_detection import RamppEventDetection
from gaitmap.gait_detection import UllrichGaitSequenceDetection
from gaitmap.parameters import TemporalParameterCalculation
from gaitmap.pipelines import BlockRun, GaitPipeline
from gaitmap.recordings import open_recording
from gaitmap.simulation import simulate_walk
from gaitmap.stride_segmentation import BarthDtw, OpenStrideTemplate
from tests.pipelines._recording import write_recording

RATE = 102.4


@pytest.fixture(scope="module")
def walk():
    return simulate_walk(duration_s=12, sampling_rate_hz=RATE)


def _pipeline(**steps):
    return GaitPipeline(**{"segmentation": BarthDtw(OpenStrideTemplate()), **steps})


class AsTheBaseClass(BaseEventDetection):
    def detect(self, data, *, stride_event_list=None, sampling_rate_hz):
        found = RamppEventDetection().detect(data, stride_event_list, sampling_rate_hz=sampling_rate_hz)
        self.min_vel_event_list_ = found.min_vel_event_list_
        return self


class AsOurs(BaseEventDetection):
    def detect(self, data, stride_list, *, sampling_rate_hz):
        found = RamppEventDetection().detect(data, stride_list, sampling_rate_hz=sampling_rate_hz)
        self.min_vel_event_list_ = found.min_vel_event_list_
        return self


@pytest.mark.parametrize("detection", [AsTheBaseClass, AsOurs])
def test_both_signatures_of_an_event_detection_work(walk, detection):
    found = _pipeline(events=detection()).analyze(walk.data, RATE)
    expected = _pipeline(events=RamppEventDetection()).analyze(walk.data, RATE)
    for sensor, events in expected.events_.items():
        pd.testing.assert_frame_equal(found.events_[sensor], events)
        pd.testing.assert_frame_equal(found.parameters_[sensor], expected.parameters_[sensor])


def test_the_first_signature_is_that_of_the_base_class():
    assert list(inspect.signature(AsTheBaseClass.detect).parameters) == list(
        inspect.signature(BaseEventDetection.detect).parameters
    )


class Returns(BaseStrideSegmentation):
    """A segmentation with any result."""

    def __init__(self, value=None, name="stride_list_", returns_self=True):
        self.value, self.name, self.returns_self = value, name, returns_self

    def segment(self, data, sampling_rate_hz, **_):
        setattr(self, self.name, dict.fromkeys(data, self.value) if self.name == "per_sensor" else self.value)
        if self.name == "per_sensor":
            self.stride_list_ = self.per_sensor
        return self if self.returns_self else None


@pytest.mark.parametrize(
    ("segmentation", "words"),
    [
        (Returns([1, 2]), "'stride_list_' is of the wrong type. Found a list"),
        (Returns(pd.DataFrame({"start": [0], "end": [1]})), "'stride_list_' is of the wrong type. Found a DataFrame"),
        (Returns(np.zeros((2, 2)), "per_sensor"), "of the sensor 'left_sensor' is of the wrong type. Found a ndarray"),
        (
            Returns(pd.DataFrame({"begin": [0]}), "per_sensor"),
            r"lacks the columns \['start', 'end'\]",
        ),
        (Returns({}, "strides_"), "Found no result 'stride_list_'"),
        (Returns({}, returns_self=False), "Found None returned by segment"),
    ],
)
def test_a_segmentation_with_another_result_is_told_in_plain_words(walk, segmentation, words):
    with pytest.raises(ValueError, match=f"^Returns: .*{words}.*(Expected a dict|return self)"):
        GaitPipeline(segmentation=segmentation).analyze(walk.data, RATE)


def _bad(base, method, result):
    """A step whose action method leaves a list as its result."""

    def action(self, *_, **__):
        setattr(self, result, [])
        return self

    return type(f"Bad{base.__name__}", (base,), {method: action})()


@pytest.mark.parametrize(
    ("step", "algorithm"),
    [
        ("alignment", _bad(BaseSensorAlignment, "align", "aligned_data_")),
        ("gait_detection", _bad(BaseGaitDetection, "detect", "gait_sequences_")),
        ("events", _bad(BaseEventDetection, "detect", "min_vel_event_list_")),
        ("trajectory", _bad(BaseTrajectoryReconstructionWrapper, "estimate", "position_")),
        ("temporal", _bad(BaseTemporalParameterCalculation, "calculate", "parameters_")),
        ("spatial", _bad(BaseSpatialParameterCalculation, "calculate", "parameters_")),
    ],
)
def test_every_step_is_told_that_a_list_is_no_result(walk, step, algorithm):
    words = rf"^{type(algorithm).__name__}: the result '\w+_' is of the wrong type. Found a list"
    with pytest.raises(ValueError, match=words):
        _pipeline(**{step: algorithm}).analyze(walk.data, RATE)


@pytest.mark.parametrize("n_missing", [1, 50, 800])
def test_feet_of_unequal_length_are_merged(n_missing):
    walk = simulate_walk(duration_s=30, sampling_rate_hz=RATE)
    pipeline = _pipeline(gait_detection=UllrichGaitSequenceDetection(merge_gait_sequences_from_sensors=True))
    whole = pipeline.clone().analyze(walk.data, RATE).strides_
    data = {**walk.data, "right_sensor": walk.data["right_sensor"].iloc[:-n_missing]}
    found = pipeline.clone().analyze(data, RATE).strides_
    n_left = [int((table["foot"] == "left").sum()) for table in (whole, found)]
    assert n_left[1] == n_left[0] > 20
    n_right = int((found["foot"] == "right").sum())
    expected = (walk.truth.strides["right_sensor"]["end"] < len(data["right_sensor"])).sum()
    assert abs(n_right - expected) <= 2


def test_a_walk_shorter_than_the_window_of_the_gait_detection_keeps_its_strides(tmp_path):
    walk = simulate_walk(duration_s=6, sampling_rate_hz=RATE)
    data = {sensor: frame.iloc[: int(9.5 * RATE)] for sensor, frame in walk.data.items()}
    expected = _pipeline().analyze(data, RATE)
    pipeline = _pipeline(gait_detection=UllrichGaitSequenceDetection())
    found = pipeline.clone().analyze(data, RATE)
    assert len(found.strides_) == len(expected.strides_) > 5
    file = open_recording(write_recording(tmp_path, data), sampling_rate_hz=RATE)
    in_blocks = BlockRun(pipeline, file, block_length=300).run()
    columns = ["foot", "start", "end", "stride_length"]
    pd.testing.assert_frame_equal(in_blocks.strides_[columns], found.strides_[columns])
    for sensor in data:
        findings = found.quality_[sensor]["findings"]
        assert any("gait detection was not possible" in text for text in findings)
        assert any("looked for in the whole recording" in text for text in findings)
        assert in_blocks.quality_[sensor]["findings"] == findings


def test_missing_results_of_a_sensor_are_named(walk):
    class Half(TemporalParameterCalculation):
        def calculate(self, stride_event_list, sampling_rate_hz):
            super().calculate(stride_event_list, sampling_rate_hz)
            self.parameters_ = {"left_sensor": self.parameters_["left_sensor"]}
            return self

    with pytest.raises(ValueError, match=r"lacks the sensor 'right_sensor'. Found \['left_sensor'\]"):
        _pipeline(temporal=Half()).analyze(walk.data, RATE)
