"""The observed behaviour of caching in gaitmap 2.6: what is computed, and what is loaded."""

import json
import warnings
from collections.abc import Callable
from typing import Any

import joblib
import pandas as pd
import pytest
from joblib import Memory

from gaitmap.event_detection import FilteredRamppEventDetection, HerzerEventDetection, RamppEventDetection
from gaitmap.example_data import (
    get_healthy_example_imu_data,
    get_healthy_example_stride_borders,
    get_healthy_example_stride_events,
)
from gaitmap.stride_segmentation import BarthDtw, ConstrainedBarthDtw, RoiStrideSegmentation
from gaitmap.trajectory_reconstruction import (
    MadgwickAHRS,
    MahonyAHRS,
    SimpleGyroIntegration,
    StrideLevelTrajectory,
)
from gaitmap.utils.caching import cached_call_method, inspect_cache
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


# The whole example: 7928 samples per foot -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def body():
    return convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")


@pytest.fixture(scope="module")
def strides():
    return get_healthy_example_stride_borders()


def _event_detection(cls, **parameters):
    return lambda memory, body, strides: cls(memory=memory, **parameters).detect(body, strides, sampling_rate_hz=RATE)


def _orientation(cls):
    def run(memory, body, strides):
        left = get_healthy_example_imu_data()["left_sensor"]
        return cls(memory=memory).estimate(left, sampling_rate_hz=RATE)

    return run


def _segmentation(cls):
    return lambda memory, body, strides: cls(memory=memory).segment(body, sampling_rate_hz=RATE)


def _trajectory(memory, body, strides):
    data = get_healthy_example_imu_data()
    return StrideLevelTrajectory(ori_method=MadgwickAHRS(memory=memory)).estimate(
        data, get_healthy_example_stride_events(), sampling_rate_hz=RATE
    )


def _regions(memory, body, strides):
    regions = {
        name: pd.DataFrame({"roi_id": [0, 1], "start": [0, 4000], "end": [4000, 7928]}).set_index("roi_id")
        for name in body.columns.unique(level=0)
    }
    method = RoiStrideSegmentation(BarthDtw(memory=memory))
    return method.segment(body, regions_of_interest=regions, sampling_rate_hz=RATE)


# What runs -> entries it makes: one per sensor and step, also where gaitmap 2.6 made one per stride.
WHOLE_EXAMPLE = {
    "BarthDtw": (_segmentation(BarthDtw), 2),
    "ConstrainedBarthDtw": (_segmentation(ConstrainedBarthDtw), 2),
    "RamppEventDetection": (_event_detection(RamppEventDetection), 2),
    "FilteredRamppEventDetection": (_event_detection(FilteredRamppEventDetection), 2),
    "HerzerEventDetection": (_event_detection(HerzerEventDetection), 2),
    "SimpleGyroIntegration": (_orientation(SimpleGyroIntegration), 1),
    "MadgwickAHRS": (_orientation(MadgwickAHRS), 1),
    "MahonyAHRS": (_orientation(MahonyAHRS), 1),
    "StrideLevelTrajectory": (_trajectory, 2),
    "RoiStrideSegmentation": (_regions, 4),
}


@pytest.mark.parametrize("name", WHOLE_EXAMPLE)
def test_second_run_on_the_whole_example_only_loads(memory, counts, body, strides, name):
    run, n_entries = WHOLE_EXAMPLE[name]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        first = run(memory, body, strides)
        counted = [counts()]
        second = run(memory, body, strides)
        counted.append(counts())
    for algorithm in (first, second):
        algorithm.set_params(**{key: None for key in algorithm.get_params() if key.endswith("memory")})

    assert counted == [(n_entries, 0), (0, n_entries)]
    assert joblib.hash(first) == joblib.hash(second)


def test_changed_parameters_of_the_event_detection(memory, counts, body, strides):
    _event_detection(RamppEventDetection)(memory, body, strides)
    counts()
    for parameters, expected in (
        ({"enforce_consistency": False}, (0, 2)),
        ({"detect_only": ("ic",)}, (2, 0)),
        ({"ic_search_region_ms": (60, 120)}, (2, 0)),
    ):
        _event_detection(RamppEventDetection, **parameters)(memory, body, strides)
        assert counts() == expected


def test_entries_are_a_hundredth_of_the_matrices_of_gaitmap_2_6(memory, body, strides, expected):
    _segmentation(BarthDtw)(memory, body, strides)
    n_bytes = sum((entry.path / "output.pkl").stat().st_size for entry in inspect_cache(memory))
    reference = expected["two_sensor_full_example_7928_samples"]["BarthDtw"]["pickle_bytes_total"]

    assert n_bytes <= reference / 100
