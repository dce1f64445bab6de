"""Streams of blocks give the strides, paths and parameters of the whole recording."""

import itertools
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gaitmap.event_detection import FilteredRamppEventDetection, HerzerEventDetection, MidStanceEventDetection
from gaitmap.gait_detection import UllrichGaitSequenceDetection
from gaitmap.pipelines import GaitPipeline, GaitStream
from gaitmap.pipelines.outcome._stride_tables import StrideTables
from gaitmap.stride_segmentation import BarthDtw, CalibratedBarthDtw, OpenStrideTemplate, SwingStrideSegmentation
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory
from gaitmap.utils.exceptions import BlocksNotPossibleError, DataQualityError, ValidationError
from tests.contract._walk import RATE, SENSORS
from tests.pipelines._recording import long_recording, segmentation

TABLES = ("strides", "events", "trajectory", "temporal", "spatial", "foot")


def _pipeline(**changes):
    return GaitPipeline.like_2_6(alignment=None, segmentation=segmentation()).set_params(**changes)


@pytest.fixture(scope="module")
def data():
    return long_recording()


@pytest.fixture(scope="module")
def whole(data):
    return _pipeline().analyze(data, RATE)


def _blocks(data, cuts):
    borders = [0, *sorted(cuts), len(next(iter(data.values())))]
    for start, end in itertools.pairwise(borders):
        yield {sensor: frame.iloc[start:end] for sensor, frame in data.items()}


def _tables(pipeline, data, cuts):
    stream = GaitStream(pipeline, RATE, sensors=tuple(data))
    parts = [stream.push_tables(block) for block in _blocks(data, cuts)]
    return StrideTables.joined([*parts, stream.finish_tables()])


def _assert_same(tables, expected):
    for sensor, events in expected.events_.items():
        assert_frame_equal(tables.strides[sensor], expected.stride_list_[sensor], check_index_type=False)
        assert_frame_equal(tables.events[sensor], events, check_index_type=False)
        parameters = pd.concat([tables.temporal[sensor], tables.spatial[sensor]], axis=1)
        for found, known in (
            (parameters, expected.parameters_[sensor]),
            (tables.trajectory[sensor], expected.trajectory_[sensor]),
        ):
            assert_frame_equal(found, known, rtol=1e-9, atol=1e-9, check_index_type=False)


def test_the_recording_holds_what_the_tests_are_about(whole):
    assert {sensor: len(events) for sensor, events in whole.events_.items()}.keys() == set(SENSORS)
    assert min(map(len, whole.events_.values())) > 20
    assert (whole.strides_["status"] != "analysed").sum() > 2


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, 9000), max_size=12))
def test_blocks_of_any_length_give_the_whole(data, whole, cuts):
    n_samples = len(data[SENSORS[0]])
    _assert_same(_tables(_pipeline(), data, [min(cut, n_samples) for cut in cuts]), whole)


@pytest.mark.parametrize("length", [11, 256, 10**6])
def test_blocks_of_equal_length_give_the_whole(data, whole, length):
    _assert_same(_tables(_pipeline(), data, range(length, len(data[SENSORS[0]]), length)), whole)


def test_a_long_rest_is_not_kept_in_memory(data):
    stream = GaitStream(_pipeline(), RATE)
    stream.push(data)
    rest = {sensor: frame.iloc[:120] for sensor, frame in data.items()}
    sizes = []
    for _ in range(120):
        stream.push(rest)
        sizes.append(stream._strides._feet[SENSORS[0]].signal.end - stream._strides._feet[SENSORS[0]].signal.first)
    assert max(sizes[60:]) <= max(sizes[:60]) < 60 * RATE


@pytest.mark.parametrize("events", [FilteredRamppEventDetection(), HerzerEventDetection()])
def test_detectors_with_filters_find_the_same_events(data, events):
    pipeline = _pipeline(events=events)
    cuts = range(997, len(data[SENSORS[0]]), 997)
    _assert_same(_tables(pipeline, data, cuts), pipeline.analyze(data, RATE))


@pytest.mark.parametrize("gait_detection", [None, UllrichGaitSequenceDetection()])
def test_strides_from_mid_stance_to_mid_stance_come_with_all_that_is_told_of_them(data, gait_detection):
    pipeline = _pipeline(
        segmentation=SwingStrideSegmentation(), events=MidStanceEventDetection(), gait_detection=gait_detection
    )
    whole = pipeline.analyze(data, RATE)
    tables = _tables(pipeline, data, range(997, len(data[SENSORS[0]]), 997))
    _assert_same(tables, whole)
    for sensor in SENSORS:
        assert len(tables.events[sensor]) == len(whole.stride_list_[sensor]) > 20
        assert tables.events[sensor].index.is_unique
        assert_frame_equal(tables.strides[sensor], whole.stride_list_[sensor], check_index_type=False)
        assert "start" in set(tables.strides[sensor]["kind"])
        assert tables.events[sensor]["ic_spread_s"].max() < 1


def test_every_stride_is_reported_once_and_explained_like_in_memory(data, whole):
    tables = _tables(_pipeline(), data, range(300, 9000, 300))
    for sensor in SENSORS:
        assert tables.strides[sensor].index.is_unique
        assert tables.events[sensor].index.is_unique
        found = tables.reasons[sensor].reset_index().to_dict("records")
        of_foot = whole.strides_["foot"] == sensor.removesuffix("_sensor")
        expected = whole.strides_[of_foot & (whole.strides_["status"] == "no_rest")]
        assert set(expected["s_id"]) == {entry["s_id"] for entry in found if entry["missing"] == "min_vel stride"}


def test_a_stream_can_be_stored_between_two_blocks(data, whole):
    stream, parts = GaitStream(_pipeline(), RATE), []
    for block in _blocks(data, range(500, 9000, 500)):
        parts.append(stream.push_tables(block))
        stream = pickle.loads(pickle.dumps(stream))
    _assert_same(StrideTables.joined([*parts, stream.finish_tables()]), whole)


def test_memory_does_not_grow_with_the_recording(data):
    stream, sizes = GaitStream(_pipeline(), RATE), []
    for _ in range(6):
        for block in _blocks(data, range(500, 9000, 500)):
            stream.push(block)
        sizes.append(len(pickle.dumps(stream)))
    assert max(sizes[2:]) < 1.2 * sizes[1]


def test_rows_are_those_of_the_strides_table(data, whole):
    stream = GaitStream(_pipeline(), RATE, name="recording")
    rows = [stream.push(block) for block in _blocks(data, range(400, 9000, 400))]
    found = pd.concat([*(part for part in [*rows, stream.finish()] if len(part))])
    found = found.sort_values(["foot", "start"], ignore_index=True)
    columns = ["recording", "foot", "s_id", "start", "end", "ic", "tc", "stride_time", "stride_length", "status"]
    assert_frame_equal(found[columns], whole.strides_[columns], rtol=1e-9, atol=1e-9)


def test_strides_are_reported_within_the_stated_delay(data):
    stream = GaitStream(_pipeline(), RATE)
    step, position = 16, 0
    for block in _blocks(data, range(step, len(data[SENSORS[0]]), step)):
        position += len(block[SENSORS[0]])
        for stride in stream.push(block).itertuples():
            assert position - stride.end <= stream.max_delay_s * RATE + step


def test_calibration_freezes_the_alignment_of_the_pipeline(data):
    pipeline = GaitPipeline.like_2_6(segmentation=segmentation())
    aligned = pipeline.alignment.clone().align(data, sampling_rate_hz=RATE).aligned_data_
    stream = GaitStream.calibrated(pipeline, data, RATE)
    parts = [stream.push_tables(block) for block in _blocks(data, range(700, 9000, 700))]
    _assert_same(StrideTables.joined([*parts, stream.finish_tables()]), _pipeline().analyze(aligned, RATE))


def test_calibration_freezes_the_level_of_the_segmentation(data):
    pipeline = GaitPipeline.like_2_6(alignment=None, segmentation=CalibratedBarthDtw(), bilateral=None, bouts=None)
    expected = pipeline.clone().analyze(data, RATE).stride_list_
    stream = GaitStream.calibrated(pipeline, data, RATE)
    tables = [stream.push_tables({s: frame.iloc[:2000] for s, frame in data.items()})]
    tables += [stream.push_tables({s: frame.iloc[2000:] for s, frame in data.items()}), stream.finish_tables()]
    for sensor in data:
        found = pd.concat([table.strides[sensor] for table in tables if sensor in table.strides])
        assert len(found) > 10
        pd.testing.assert_frame_equal(found, expected[sensor], check_index_type=False)


@pytest.mark.parametrize("algorithm", [BarthDtw, CalibratedBarthDtw])
def test_a_level_of_movement_is_not_measured_where_nothing_moves(data, algorithm):
    pipeline = GaitPipeline.like_2_6(alignment=None, segmentation=algorithm(OpenStrideTemplate()))
    standing = {sensor: frame.iloc[:100] * [1, 1, 1, 0, 0, 0] for sensor, frame in data.items()}
    with pytest.raises(DataQualityError, match="of 'left_sensor', 'right_sensor' holds none"):
        GaitStream.calibrated(pipeline, standing, RATE)


def test_one_foot_alone_is_a_recording(data):
    left = {SENSORS[0]: data[SENSORS[0]]}
    _assert_same(_tables(_pipeline(), left, [1000, 5000]), _pipeline().analyze(left, RATE))


def test_no_samples_give_empty_tables(data):
    stream = GaitStream(_pipeline(), RATE)
    assert len(stream.push({sensor: frame.iloc[:0] for sensor, frame in data.items()})) == 0
    assert len(stream.finish()) == 0


def test_blocks_are_not_changed(data):
    block = {sensor: frame.iloc[:2000].copy() for sensor, frame in data.items()}
    before = {sensor: frame.copy() for sensor, frame in block.items()}
    stream = GaitStream(_pipeline(), RATE)
    stream.push(block)
    stream.finish()
    for sensor in SENSORS:
        assert_frame_equal(block[sensor], before[sensor])


@pytest.mark.parametrize(
    "changes",
    [{"segmentation": HmmStrideSegmentation()}, {"trajectory": RegionLevelTrajectory()}],
)
def test_steps_that_need_the_whole_recording_are_refused_at_once(changes):
    with pytest.raises(BlocksNotPossibleError, match="gait_detection"):
        GaitStream(_pipeline(**changes), RATE)


def test_a_block_without_a_sensor_is_an_error_that_names_it(data):
    stream = GaitStream(_pipeline(), RATE)
    with pytest.raises(ValidationError, match="right_sensor"):
        stream.push({SENSORS[0]: data[SENSORS[0]].iloc[:10]})


def test_a_pipeline_is_not_changed(data):
    pipeline = _pipeline()
    before = pipeline.to_json()
    GaitStream(pipeline, RATE).push({sensor: frame.iloc[:1500] for sensor, frame in data.items()})
    assert pipeline.to_json() == before
    assert not np.isin("strides_", dir(pipeline))
