"""The observed behaviour of caching in gaitmap 2.6: what is computed, and what is loaded."""

import json
from collections.abc import Callable
from typing import Any

import joblib
import pytest
from joblib import Memory

from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.stride_segmentation import BarthDtw
from gaitmap.utils.caching import cached_call_method
from gaitmap.utils.coordinate_conversion import convert_to_fbf

pytestmark = [pytest.mark.reference, pytest.mark.recordings, pytest.mark.mad_data]

RATE = 204.8


@pytest.fixture(scope="module")
def data():
    return convert_to_fbf(get_healthy_example_imu_data().iloc[:2000], left_like="left_", right_like="right_")


@pytest.fixture(scope="module")
def expected(request) -> dict[str, Any]:
    folder = request.getfixturevalue("reference_dir")
    return json.loads((folder / "foundation" / "caching_behaviour.json").read_text())


def segment_with(algo: BarthDtw, data: Any, rate: float) -> BarthDtw:
    return algo.segment(data, sampling_rate_hz=rate)


def _steps(memory: Memory, data: Any) -> list[Callable[[], Any]]:
    dtw = BarthDtw(memory=memory)

    def segment(**parameters: Any) -> Callable[[], Any]:
        return lambda: BarthDtw(memory=memory, **parameters).segment(data, sampling_rate_hz=RATE)

    def whole_call(algorithm: BarthDtw, mem: Memory) -> Callable[[], Any]:
        return lambda: cached_call_method(algorithm, "segment", mem, data=data, sampling_rate_hz=RATE)

    return [
        lambda: dtw.segment(data, sampling_rate_hz=RATE),
        lambda: dtw.segment(data, sampling_rate_hz=RATE),
        segment(max_cost=5.0),
        segment(max_match_length_s=4.0),
        segment(snap_to_min_win_ms=100),
        segment(conflict_resolution=False),
        segment(find_matches_method="min_under_thres"),
        segment(min_match_length_s=0.4),
        segment(max_template_stretch_ms=120),
        segment(max_signal_stretch_ms=120),
        segment(resample_template=False),
        lambda: BarthDtw(memory=Memory(memory.location, verbose=2)).segment(data, sampling_rate_hz=RATE),
        lambda: memory.cache(segment_with)(dtw.clone(), data, RATE),
        lambda: memory.cache(segment_with)(dtw.clone(), data, RATE),
        whole_call(BarthDtw(), memory),
        whole_call(BarthDtw(), memory),
        whole_call(BarthDtw().segment(data, sampling_rate_hz=RATE), memory),
        whole_call(BarthDtw(max_cost=5.0), memory),
        whole_call(BarthDtw(), Memory(None)),
    ]


def test_calling_and_loading_counts_are_those_of_gaitmap_2_6(memory, counts, data, expected):
    steps = _steps(memory, data)
    counted = []
    for step in steps:
        counts()
        step()
        counted.append(counts())
    reference = [(step["calling"], step["loading"]) for step in expected["steps_in_order_same_cache_dir"]]

    assert counted == reference


@pytest.mark.parametrize("way", ["not cached", "inner step", "method"])
def test_stride_lists_are_the_same_computed_and_loaded(memory, data, expected, way):
    for _ in range(2):
        if way == "method":
            result = cached_call_method(BarthDtw(), "segment", memory, data, RATE)
        else:
            result = BarthDtw(memory=None if way == "not cached" else memory).segment(data, sampling_rate_hz=RATE)
        for sensor, columns in expected["stride_list_default"].items():
            stride_list = result.stride_list_[sensor].reset_index()
            assert {name: stride_list[name].tolist() for name in columns} == columns


def test_result_text_and_hash_do_not_depend_on_the_cache(memory, data):
    plain = BarthDtw().segment(data, sampling_rate_hz=RATE)
    for _ in range(2):
        cached = BarthDtw(memory=memory)
        assert cached.segment(data, sampling_rate_hz=RATE) is cached
        cached.memory = None
        assert joblib.hash(cached) == joblib.hash(plain)
        assert cached.to_json() == plain.to_json()
        by_method = cached_call_method(BarthDtw(), "segment", memory, data, RATE)
        assert joblib.hash(by_method) == joblib.hash(plain)


def test_hash_relations(memory, data):
    dtw = BarthDtw(memory=memory)
    before = joblib.hash(dtw)
    dtw.segment(data, sampling_rate_hz=RATE)
    after = joblib.hash(dtw)
    _ = dtw.acc_cost_mat_
    changed = BarthDtw()
    changed.note = 1

    assert joblib.hash(BarthDtw()) == joblib.hash(BarthDtw()) == joblib.hash(BarthDtw().clone())
    assert before == joblib.hash(BarthDtw(memory=memory)) == joblib.hash(dtw.clone())
    assert before != after == joblib.hash(dtw)
    assert len({before, joblib.hash(BarthDtw()), joblib.hash(BarthDtw(max_cost=100)), joblib.hash(changed)}) == 4
    assert joblib.hash(changed.clone()) == joblib.hash(BarthDtw())
