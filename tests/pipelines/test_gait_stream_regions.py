"""Streams with gait detection: strides of gait sequences, whatever the segmentation."""

import pytest

from gaitmap.gait_detection import UllrichGaitSequenceDetection
from gaitmap.pipelines import GaitPipeline, GaitStream
from gaitmap.pipelines.outcome._stride_tables import StrideTables
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory
from tests.contract._walk import RATE, SENSORS
from tests.pipelines._recording import long_recording, segmentation
from tests.pipelines.test_gait_stream import _assert_same, _blocks


@pytest.fixture(scope="module")
def data():
    return long_recording(rest_s=40.0)


def _pipeline(**changes):
    return GaitPipeline.like_2_6(
        alignment=None, gait_detection=UllrichGaitSequenceDetection(), segmentation=segmentation()
    ).set_params(**changes)


@pytest.mark.parametrize("trajectory", [None, RegionLevelTrajectory()])
@pytest.mark.parametrize("length", [731, 3000])
def test_strides_of_gait_sequences(data, trajectory, length):
    pipeline = _pipeline() if trajectory is None else _pipeline(trajectory=trajectory)
    expected = pipeline.analyze(data, RATE)
    stream = GaitStream(pipeline, RATE)
    parts = [stream.push_tables(block) for block in _blocks(data, range(length, len(data[SENSORS[0]]), length))]
    tables = StrideTables.joined([*parts, stream.finish_tables()])
    assert min(map(len, expected.events_.values())) > 10
    _assert_same(tables, expected)


@pytest.mark.mad_data
def test_a_hidden_markov_model_runs_in_gait_sequences(data):
    pipeline = _pipeline(segmentation=HmmStrideSegmentation())
    expected = pipeline.analyze(data, RATE)
    stream = GaitStream(pipeline, RATE)
    parts = [stream.push_tables(block) for block in _blocks(data, range(900, len(data[SENSORS[0]]), 900))]
    tables = StrideTables.joined([*parts, stream.finish_tables()])
    assert min(map(len, expected.events_.values())) > 5
    _assert_same(tables, expected)
