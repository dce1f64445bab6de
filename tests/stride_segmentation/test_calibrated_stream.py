"""Calibrated segmentation in two passes over blocks: the strides of the whole recording."""

import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.data_transform import BaseFilter, ButterworthFilter, FixedScaler, MovementScaler
from gaitmap.simulation import simulate_walk
from gaitmap.stride_segmentation import CalibratedBarthDtw, DtwTemplate, OpenStrideTemplate
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from gaitmap.utils.exceptions import BlocksNotPossibleError, MissingSensorError
from tests.stride_segmentation._data import walk

RATE = 60.0


@pytest.fixture(scope="module")
def recording():
    """Two feet at a low rate, with gaps."""
    simulated = simulate_walk(sampling_rate_hz=RATE, duration_s=25, rest_s=3, seed=4)
    body = convert_to_fbf(simulated.data, left_like="left_", right_like="right_")
    body = {sensor: body[sensor].copy() for sensor in ("left_sensor", "right_sensor")}
    body["left_sensor"].iloc[500:503] = np.nan
    body["right_sensor"].iloc[900, 4] = np.nan
    return body


def _blocks(data, cuts):
    """Give the blocks of a recording, with the columns that are asked for."""
    length = len(next(iter(data.values())))
    borders = [0, *sorted(cut for cut in cuts if cut < length), length]

    def blocks(columns=None):
        for first, end in pairwise(borders):
            part = {sensor: frame.iloc[first:end] for sensor, frame in data.items()}
            yield part if columns is None else {sensor: frame[list(columns)] for sensor, frame in part.items()}

    return blocks


def _strides(stream, data, cuts, *, pickle_between=False):
    found = []
    for block in _blocks({"": data}, cuts)():
        stream = pickle.loads(pickle.dumps(stream)) if pickle_between else stream
        open_from = stream.open_from
        found.append(stream.push(block[""]))
        assert (found[-1]["start"] >= open_from).all()
    return pd.concat([*found, stream.finish()])


ALGORITHMS = st.builds(
    CalibratedBarthDtw,
    template=st.sampled_from(
        [
            OpenStrideTemplate(),
            OpenStrideTemplate(smoothing=None),
            OpenStrideTemplate(smoothing=ButterworthFilter(4, 6.0)),
        ]
    ),
    find_matches_method=st.sampled_from(["find_peaks", "min_under_thres"]),
    max_cost=st.sampled_from([0.47, 0.8]),
    min_match_length_s=st.sampled_from([0.6, 0.2, None]),
    max_match_length_s=st.sampled_from([3.0, 1.2]),
    max_signal_stretch_ms=st.sampled_from([None, 120]),
    snap_to_min_win_ms=st.sampled_from([300, None]),
    conflict_resolution=st.booleans(),
)
CUTS = st.one_of(
    st.lists(st.integers(0, 1900), max_size=10),
    st.sampled_from([7, 101, 997]).map(lambda step: list(range(step, 1900, step))),
)


@pytest.mark.filterwarnings("ignore:There are still overlapping strides")
@settings(max_examples=40, deadline=None)
@given(algorithm=ALGORITHMS, cuts=CUTS, length=st.integers(0, 1860), pickle_between=st.booleans())
def test_two_passes_give_the_strides_of_the_whole_recording(recording, algorithm, cuts, length, pickle_between):
    data = {sensor: frame.iloc[:length] for sensor, frame in recording.items()}
    expected = algorithm.clone().segment(data, RATE).stride_list_
    calibrated = algorithm.clone().calibrate(_blocks(data, cuts), RATE)
    for sensor, frame in data.items():
        stream = calibrated.stream(RATE, sensor)
        found = _strides(stream, frame, cuts, pickle_between=pickle_between and len(cuts) < 20)
        pd.testing.assert_frame_equal(found, expected[sensor], check_index_type=False)
    in_memory = calibrated.segment(data, RATE).stride_list_
    for sensor in data:
        pd.testing.assert_frame_equal(in_memory[sensor], expected[sensor])


def test_single_samples_give_the_strides_of_the_whole_recording(recording):
    data = recording["left_sensor"].iloc[:900]
    level = CalibratedBarthDtw().calibrate(_blocks({"left": data}, range(900)), RATE).level["left"]
    algorithm = CalibratedBarthDtw(level=level)
    stream = algorithm.stream(RATE)
    found = []
    for first in range(len(data)):
        found.append(stream.push(data.iloc[first : first + 1]))
        assert ((first + 1 - found[-1]["end"]) / RATE <= stream.max_delay_s).all()
    expected = CalibratedBarthDtw().segment(data, RATE).stride_list_
    assert len(expected) > 5
    pd.testing.assert_frame_equal(pd.concat([*found, stream.finish()]), expected, check_index_type=False)


def test_the_level_of_blocks_is_exactly_that_of_the_scaler_in_memory(recording):
    data = {"left": recording["left_sensor"]}
    level = CalibratedBarthDtw().calibrate(_blocks(data, [10, 700]), RATE).level["left"]
    smooth = OpenStrideTemplate(scaling=None).transform_data(data["left"][["gyr_ml"]], RATE)
    assert level == MovementScaler().transform(smooth).level_


def test_a_fixed_scaling_needs_no_level(recording):
    pattern = OpenStrideTemplate().get_data() * 300
    template = DtwTemplate(data=pattern, sampling_rate_hz=102.4, scaling=FixedScaler(300))
    algorithm = CalibratedBarthDtw(template)
    data = recording["left_sensor"]
    expected = algorithm.clone().segment(data, RATE).stride_list_
    assert len(expected) > 5
    found = _strides(algorithm.stream(RATE), data, [333, 334, 800])
    pd.testing.assert_frame_equal(found, expected, check_index_type=False)
    with pytest.raises(ValueError, match="FixedScaler"):
        algorithm.calibrate(_blocks({"left": data}, []), RATE)


def test_without_level_a_stream_asks_for_calibration():
    with pytest.raises(BlocksNotPossibleError, match="calibrate"):
        CalibratedBarthDtw().stream(RATE)


def test_a_level_of_another_sensor_is_refused(recording):
    algorithm = CalibratedBarthDtw(level={"right_sensor": 200.0})
    with pytest.raises(ValueError, match="'left_sensor'"):
        algorithm.stream(RATE, "left_sensor")
    with pytest.raises(MissingSensorError, match="left_sensor"):
        algorithm.segment(recording, RATE)
    with pytest.raises(ValueError, match="one level"):
        algorithm.segment(recording["left_sensor"], RATE)


@pytest.mark.parametrize("level", [-1.0, "high", {"left": np.nan}])
def test_a_level_that_is_no_level_is_refused(recording, level):
    with pytest.raises(ValueError, match="'level' parameter"):
        CalibratedBarthDtw(level=level).segment(recording, RATE)


def test_a_smoothing_that_needs_the_whole_signal_is_refused():
    class OwnFilter(BaseFilter):
        pass

    algorithm = CalibratedBarthDtw(OpenStrideTemplate(smoothing=OwnFilter()), level=100.0)
    with pytest.raises(BlocksNotPossibleError, match="OwnFilter"):
        algorithm.stream(RATE)
    with pytest.raises(BlocksNotPossibleError, match="OwnFilter"):
        algorithm.calibrate(_blocks({"left": pd.DataFrame({"gyr_ml": [0.0]})}, []), RATE)


def test_templates_of_some_sensors_are_calibrated_alone(recording):
    algorithm = CalibratedBarthDtw({"right_sensor": OpenStrideTemplate()}).calibrate(_blocks(recording, [5]), RATE)
    assert list(algorithm.level) == ["right_sensor"]


@pytest.mark.recordings
@pytest.mark.parametrize("length", [911, 30_000])
def test_strides_of_a_real_walk_are_those_of_segment(length):
    data = {foot: walk()[foot] for foot in ("left_sensor", "right_sensor")}
    expected = CalibratedBarthDtw().segment(data, 204.8).stride_list_
    calibrated = CalibratedBarthDtw().calibrate(_blocks(data, range(length, 8000, length)), 204.8)
    for sensor, frame in data.items():
        stream = calibrated.stream(204.8, sensor)
        found = _strides(stream, frame, range(length, 8000, length))
        pd.testing.assert_frame_equal(found, expected[sensor], check_index_type=False)
        assert len(found) >= 28
        assert stream.max_delay_s < 9
