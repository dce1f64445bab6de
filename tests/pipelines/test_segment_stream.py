"""Strides of recordings that arrive in blocks, with and without gait detection: those of the recording in memory."""

import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.base import BaseGaitDetection, BaseStrideSegmentation
from gaitmap.data_transform import StandardScaler
from gaitmap.gait_detection import UllrichGaitSequenceDetection
from gaitmap.pipelines.blocks import _region_strides
from gaitmap.pipelines.blocks._region_strides import can_carry, cut_long_regions, segment_regions
from gaitmap.pipelines.blocks._segment_stream import SegmentationStream
from gaitmap.stride_segmentation import BarthDtw, DtwTemplate, RoiStrideSegmentation
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, PreTrainedOpenSegmentationModel
from gaitmap.utils.consts import BF_COLS
from gaitmap.utils.exceptions import BlocksNotPossibleError, DataQualityError, MissingSensorError
from tests.stride_segmentation._data import walk

RATE = 50.0
PULSE = np.concatenate([np.zeros(10), np.full(15, 400.0), np.zeros(25)])
TEMPLATE = DtwTemplate(data=pd.DataFrame({"gyr_ml": PULSE}), sampling_rate_hz=RATE)
DTW = BarthDtw(TEMPLATE, max_cost=900.0, min_match_length_s=0.4)
DETECTION = UllrichGaitSequenceDetection(window_size_s=6, harmonic_tolerance_hz=0.5, locomotion_band=(0.5, 2))


class FindPulses(BaseStrideSegmentation):
    """A segmentation of a user: needs the whole region, refuses some, and has a column of its own."""

    def __init__(self, refuses_above: float = 1e9) -> None:
        self.refuses_above = refuses_above

    def segment(self, data, sampling_rate_hz, **_):
        self.data, self.sampling_rate_hz = data, sampling_rate_hz
        self.stride_list_ = {sensor: self._of_sensor(frame["gyr_ml"].to_numpy()) for sensor, frame in data.items()}
        return self

    def _of_sensor(self, signal):
        if np.nanmax(signal, initial=0) > self.refuses_above:
            raise DataQualityError(f"more than {self.refuses_above}")
        is_high = np.nan_to_num(signal) > np.nanmean(signal) + 100
        starts = np.flatnonzero(np.diff(is_high.astype(int)) == 1)
        borders = {"s_id": np.arange(max(len(starts) - 1, 0)), "start": starts[:-1], "end": starts[1:]}
        return pd.DataFrame({**borders, "mean": np.nanmean(signal) if len(signal) else 0.0})


def _recording(seed: int) -> dict[str, pd.DataFrame]:
    """Two feet that walk and rest at about the same time."""
    random = np.random.default_rng(seed)
    parts = [(int(random.integers(1, 30) * RATE), random.random() < 0.6) for _ in range(random.integers(1, 7))]
    feet = {}
    for foot in ("left", "right"):
        period = random.uniform(0.9, 1.2)
        pulses = [np.where(np.arange(n) / RATE % period < 0.3, 400.0 * is_gait, 0.0) for n, is_gait in parts]
        signal = np.concatenate(pulses)
        data = pd.DataFrame(random.normal(scale=8.0, size=(len(signal), 6)), columns=BF_COLS)
        data["gyr_ml"] += signal
        for _ in range(random.integers(0, 3)):
            first = random.integers(0, len(data))
            data.iloc[first : first + 3] = np.nan
        feet[foot] = data
    return feet


def _run(stream, data, cuts, *, pickle_between=False):
    length = len(next(iter(data.values())))
    calls = []
    for first, end in pairwise([0, *sorted(cut for cut in cuts if cut < length), length]):
        stream = pickle.loads(pickle.dumps(stream)) if pickle_between else stream
        open_from = stream.open_from
        found = stream.push({sensor: frame.iloc[first:end] for sensor, frame in data.items()})
        calls.append((open_from, end, found, dict(stream.closed_regions)))
    open_from = stream.open_from
    calls.append((open_from, length, stream.finish(), dict(stream.closed_regions)))
    return stream, calls


def _joined(calls, sensor, which=2):
    parts = [call[which][sensor] for call in calls if sensor in call[which]]
    filled = [part for part in parts if len(part) > 0]
    return pd.concat(filled) if filled else parts[0]


def _in_memory(segmentation, detection, data, *, longest_s=None):
    """Gait sequences and strides of the whole recording; None where it is too short."""
    try:
        found = detection.clone().detect(pd.concat(data, axis=1), RATE).gait_sequences_
    except DataQualityError:
        return None
    if longest_s is not None:
        found = {sensor: cut_long_regions(regions, RATE, longest_s) for sensor, regions in found.items()}
    strides = RoiStrideSegmentation(segmentation).segment(data, RATE, regions_of_interest=found).stride_list_
    return found, strides


CUTS = st.one_of(
    st.lists(st.integers(0, 8000), max_size=8),
    st.sampled_from([1, 83, 1009]).map(lambda step: list(range(step, 100 * step, step))),
)
DETECTIONS = st.builds(
    lambda **parameters: DETECTION.clone().set_params(**parameters),
    merge_gait_sequences_from_sensors=st.booleans(),
    additional_margin_s=st.sampled_from([None, 2, -0.5]),
    max_break_s=st.sampled_from([None, 8]),
    min_duration_s=st.sampled_from([None, 14]),
    include_end=st.booleans(),
)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=CUTS, detection=DETECTIONS, pickle_between=st.booleans())
def test_strides_in_gait_sequences_are_those_in_memory(seed, cuts, detection, pickle_between):
    data = _recording(seed)
    expected = _in_memory(DTW, detection, data)
    stream = SegmentationStream(DTW, detection, RATE, list(data))
    stream, calls = _run(stream, data, cuts, pickle_between=pickle_between and len(cuts) < 10)
    if expected is None:
        assert all("window size" in next(iter(stream.problems[sensor])) for sensor in data)
        return
    for sensor in data:
        pd.testing.assert_frame_equal(_joined(calls, sensor), expected[1][sensor], check_index_type=False)
        regions = _joined(calls, sensor, which=3).reset_index()
        pd.testing.assert_frame_equal(regions, expected[0][sensor], check_index_type=False)
        for open_from, n_samples, found, _ in calls:
            if sensor in found:
                assert (found[sensor]["start"] >= open_from[sensor]).all()
            assert open_from[sensor] <= n_samples
    assert not any(stream.problems.values())


@pytest.mark.parametrize("whole_regions", [False, True])
@settings(max_examples=12, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=CUTS, detection=DETECTIONS, longest_s=st.sampled_from([4.0, 7.5, 20.0]))
def test_long_gait_sequences_are_cut_as_in_memory(whole_regions, seed, cuts, detection, longest_s):
    data = _recording(seed)
    segmentation = DTW if whole_regions else FindPulses()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(_region_strides, "_SLACK_S", 3.0)
        expected = _in_memory(segmentation, detection, data, longest_s=longest_s)
        stream = SegmentationStream(
            segmentation, detection, RATE, list(data), whole_regions=whole_regions, longest_region_s=longest_s
        )
        stream, calls = _run(stream, data, cuts)
    if expected is None:
        return
    for sensor in data:
        pd.testing.assert_frame_equal(_joined(calls, sensor), expected[1][sensor], check_index_type=False)
        regions = _joined(calls, sensor, which=3).reset_index()
        pd.testing.assert_frame_equal(regions, expected[0][sensor], check_index_type=False)
        assert sum(stream.problems[sensor].values()) == _region_strides.count_cuts(regions)
        for open_from, _, _, closed in calls:
            if sensor in closed:
                assert (closed[sensor]["start"] >= open_from[sensor]).all()


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), cuts=CUTS)
def test_without_gait_detection_all_strides_are_those_in_memory(seed, cuts):
    data = _recording(seed)
    expected = DTW.clone().segment(data, RATE).stride_list_
    stream, calls = _run(SegmentationStream(DTW, None, RATE, list(data)), data, cuts)
    for sensor in data:
        pd.testing.assert_frame_equal(_joined(calls, sensor), expected[sensor], check_index_type=False)
    assert stream.closed_regions == {}


def _two_walks() -> dict[str, pd.DataFrame]:
    """The second walk of the left foot is stronger."""
    t = np.arange(int(60 * RATE)) / RATE
    in_gait = ((t > 5) & (t < 25)) | (t > 40)
    pulses = 400.0 * (in_gait & (t % 1 < 0.3))
    feet = {}
    for foot, of_second in (("left", 1.5), ("right", 1.0)):
        data = pd.DataFrame(0.0, index=range(len(t)), columns=BF_COLS)
        feet[foot] = data.assign(gyr_ml=np.where(t > 30, of_second, 1.0) * pulses)
    return feet


def test_a_gait_sequence_that_is_not_possible_does_not_stop_the_others():
    data, segmentation = _two_walks(), FindPulses(refuses_above=500.0)
    stream, calls = _run(SegmentationStream(segmentation, DETECTION, RATE, list(data)), data, [1000, 2000])
    assert list(stream.problems["left"].values()) == [1]
    assert "more than 500" in next(iter(stream.problems["left"]))
    assert stream.problems["right"] == {}
    assert set(_joined(calls, "left")["gs_id"]) == {0}
    assert set(_joined(calls, "right")["gs_id"]) == {0, 1}
    regions = DETECTION.clone().detect(data["left"], RATE).gait_sequences_
    strides, problems = segment_regions(segmentation, data["left"], regions, RATE, "left")
    pd.testing.assert_frame_equal(_joined(calls, "left"), strides, check_index_type=False)
    assert list(problems.values()) == [1]


def test_strides_are_reported_while_their_gait_sequence_goes_on():
    t = np.arange(int(300 * RATE)) / RATE
    data = pd.DataFrame(0.0, index=range(len(t)), columns=BF_COLS).assign(gyr_ml=400.0 * (t % 1 < 0.3))
    stream = SegmentationStream(DTW, DETECTION, RATE, ["left"])
    longest = 0.0
    for end in range(50, len(t) + 1, 50):
        found = stream.push({"left": data.iloc[end - 50 : end]})["left"]
        longest = max([longest, *((end - found["end"]) / RATE)])
    assert 0 < longest <= stream.max_delay_s + 1
    assert len(t) - stream.open_from["left"] < (stream.max_delay_s + 3) * RATE
    assert len(pickle.dumps(stream)) < 200_000


def test_long_parts_of_the_same_gait_sequence_are_kept_in_bounded_memory():
    t = np.arange(int(300 * RATE)) / RATE
    data = pd.DataFrame(0.0, index=range(len(t)), columns=BF_COLS).assign(gyr_ml=400.0 * (t % 1 < 0.3))
    stream = SegmentationStream(FindPulses(), DETECTION, RATE, ["left"], longest_region_s=20.0)
    sizes = []
    for first in range(0, len(t), 500):
        stream.push({"left": data.iloc[first : first + 500]})
        sizes.append(len(pickle.dumps(stream)))
    assert max(sizes) < (20 + 30 + 20) * RATE * 6 * 8 + 30_000


@pytest.mark.parametrize(
    "segmentation",
    [
        HmmStrideSegmentation(PreTrainedOpenSegmentationModel()),
        BarthDtw(DtwTemplate(data=TEMPLATE.data, sampling_rate_hz=RATE, scaling=StandardScaler())),
        FindPulses(),
    ],
    ids=lambda segmentation: type(segmentation).__name__,
)
def test_a_segmentation_that_needs_the_whole_signal_asks_for_gait_detection(segmentation):
    with pytest.raises(BlocksNotPossibleError, match=r"set `gait_detection`.*UllrichGaitSequenceDetection"):
        SegmentationStream(segmentation, None, RATE, ["left"])
    assert not can_carry(segmentation, RATE, ["left"])
    SegmentationStream(segmentation, DETECTION, RATE, ["left"])


def test_a_gait_detection_that_needs_the_whole_recording_is_refused():
    class OwnDetection(BaseGaitDetection):
        pass

    with pytest.raises(BlocksNotPossibleError, match="OwnDetection"):
        SegmentationStream(DTW, OwnDetection(), RATE, ["left"])


def test_wrong_parameters_are_errors_of_their_own():
    with pytest.raises(ValueError, match="find_matches_method") as error:
        SegmentationStream(DTW.clone().set_params(find_matches_method="x"), DETECTION, RATE, ["left"])
    assert not isinstance(error.value, BlocksNotPossibleError)


@pytest.mark.parametrize("detection", [None, DETECTION])
def test_templates_of_some_sensors_leave_the_others_out(detection):
    data = _two_walks()
    segmentation = DTW.clone().set_params(template={"right": TEMPLATE})
    stream, calls = _run(SegmentationStream(segmentation, detection, RATE, list(data)), data, [1000])
    assert {sensor for call in calls for sensor in call[2]} == {"right"}
    assert len(_joined(calls, "right")) > 10
    assert stream.open_from["left"] == len(data["left"])
    with pytest.raises(MissingSensorError, match="'right'"):
        SegmentationStream(segmentation, detection, RATE, ["left"])


@pytest.mark.recordings
def test_hidden_markov_model_in_gait_sequences_of_a_walk():
    recording = walk()
    data = {"left_sensor": recording["left_sensor"].iloc[:3500]}
    rest = {sensor: frame * 0 for sensor, frame in data.items()}
    data = {sensor: pd.concat([data[sensor], rest[sensor], data[sensor]], ignore_index=True) for sensor in data}
    segmentation = HmmStrideSegmentation(PreTrainedOpenSegmentationModel())
    regions = UllrichGaitSequenceDetection().detect(pd.concat(data, axis=1), 204.8).gait_sequences_
    expected = RoiStrideSegmentation(segmentation).segment(data, 204.8, regions_of_interest=regions).stride_list_
    stream = SegmentationStream(segmentation, UllrichGaitSequenceDetection(), 204.8, list(data))
    _, calls = _run(stream, data, range(5000, 24000, 5000))
    for sensor in data:
        pd.testing.assert_frame_equal(_joined(calls, sensor), expected[sensor], check_index_type=False)
