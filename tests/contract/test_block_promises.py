"""What classes promise of recordings that come in blocks, by the classes that they inherit from."""

import pytest
from pandas.testing import assert_frame_equal

from gaitmap.base import (
    BaseEventDetection,
    BaseGaitDetection,
    BaseSensorAlignment,
    BaseStrideSegmentation,
    BoundToStrides,
    EstimatesFromBlocks,
    StreamsGait,
    StreamsStrides,
)
from gaitmap.event_detection import MidStanceEventDetection
from gaitmap.utils.exceptions import BlocksNotPossibleError
from tests.contract._walk import RATE, SENSORS, make_walk
from tests.contract.cases import all_cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")
CASES = [(case, case.make()) for case in all_cases()]
PROMISES = [
    (BaseStrideSegmentation, "stream", StreamsStrides),
    (BaseGaitDetection, "stream", StreamsGait),
    (BaseSensorAlignment, "estimate", EstimatesFromBlocks),
]


def _each(*bases):
    own = [(case, algorithm) for case, algorithm in CASES if isinstance(algorithm, bases)]
    return pytest.mark.parametrize(
        "algorithm", [pytest.param(algorithm, id=case.label, marks=case.marks) for case, algorithm in own]
    )


@_each(BaseStrideSegmentation, BaseGaitDetection, BaseSensorAlignment, BaseEventDetection)
def test_a_method_for_blocks_is_promised_and_a_promise_is_kept(algorithm):
    for base, method, promise in PROMISES:
        if isinstance(algorithm, base):
            assert hasattr(algorithm, method) == isinstance(algorithm, promise)
    if isinstance(algorithm, BaseEventDetection):
        assert isinstance(algorithm, BoundToStrides)


@_each(StreamsStrides)
def test_streams_of_strides_tell_delay_and_open_part(algorithm):
    try:
        stream = algorithm.stream(RATE, SENSORS[0])
    except BlocksNotPossibleError:
        pytest.skip("these parameters need the whole recording")
    assert 0 < stream.max_delay_s < float("inf")
    before = stream.open_from
    stream.push(make_walk().body_frame[SENSORS[0]])
    assert stream.open_from >= before


@_each(BoundToStrides)
def test_events_depend_on_the_stride_and_its_context_alone(algorithm):
    walk = make_walk()
    strides = (walk.min_vel if isinstance(algorithm, MidStanceEventDetection) else walk.segmented)[SENSORS[0]]
    data = walk.body_frame[SENSORS[0]]
    whole = algorithm.clone().detect(data, strides, sampling_rate_hz=RATE)
    context = int(algorithm.context_s * RATE) + 1
    some = strides.iloc[3:5]
    first = max(int(some["start"].min()) - context, 0)
    cut = data.iloc[first : int(some["end"].max()) + context].reset_index(drop=True)
    local = some.assign(start=some["start"] - first, end=some["end"] - first)
    alone = algorithm.clone().detect(cut, local, sampling_rate_hz=RATE)
    found = alone.annotated_original_event_list_
    expected = whole.annotated_original_event_list_.loc[found.index]
    samples = [column for column in ("start", "end", "ic", "tc", "min_vel") if column in found]
    assert len(found) > 0
    assert_frame_equal(found[samples] + first, expected[samples], check_dtype=False, rtol=0, atol=1e-9)
