"""Caching of the costs: what is computed, what is loaded, and that it makes no difference."""

import json

import joblib
import numpy as np
import pandas as pd
import pytest

from gaitmap.data_transform import FixedScaler
from gaitmap.stride_segmentation import BarthDtw, ConstrainedBarthDtw, DtwTemplate, RoiStrideSegmentation
from tests.contract._walk import RATE, STRIDE, make_walk
from tests.stride_segmentation import _data

pytestmark = pytest.mark.filterwarnings("ignore:There are still overlapping strides")
FIRST_CUT = 2 * STRIDE - 46


class _Count:
    """Number of "Calling" and "Loading" lines, and the functions in them, since it was last asked."""

    def __init__(self, capsys):
        self._capsys = capsys

    def __call__(self):
        self.lines = [line for line in self._capsys.readouterr().out.splitlines() if line.startswith("[Memory]")]
        calling = [line for line in self.lines if "[Memory] Calling" in line]
        return len(calling), sum(": Loading" in line for line in self.lines)


@pytest.fixture
def count(capsys):
    return _Count(capsys)


@pytest.fixture
def memory(tmp_path):
    return joblib.Memory(tmp_path, verbose=2)


@pytest.fixture
def data():
    return make_walk().body_frame


def _params(memory=None, **params):
    stride = make_walk().body_frame["left_sensor"].iloc[FIRST_CUT : FIRST_CUT + STRIDE]
    pattern = pd.DataFrame(stride[["gyr_ml", "gyr_si"]].to_numpy(copy=True), columns=["gyr_ml", "gyr_si"])
    template = DtwTemplate(data=pattern, sampling_rate_hz=RATE, scaling=FixedScaler(500.0))
    return {"template": template, "max_cost": 2.0, "snap_to_min_win_ms": None, "memory": memory, **params}


@pytest.mark.parametrize(
    ("cls", "function"),
    [(BarthDtw, "subsequence_cost_matrix"), (ConstrainedBarthDtw, "subsequence_cost_matrix_with_constrains")],
)
def test_one_entry_per_sensor_is_computed_once(cls, function, memory, data, count):
    first = cls(**_params(memory)).segment(data, RATE).stride_list_
    assert count() == (2, 0)
    assert sum(f".{function}..." in line for line in count.lines) == 2
    again = cls(**_params(memory)).segment(data, RATE).stride_list_
    assert count() == (0, 2)
    assert all(f"Loading {function}" in line for line in count.lines)
    for sensor in data:
        assert len(first[sensor]) > 0
        assert first[sensor].equals(again[sensor])


@pytest.mark.parametrize(
    "params",
    [
        {"max_cost": 5.0},
        {"max_match_length_s": 4.0},
        {"min_match_length_s": 0.4},
        {"snap_to_min_win_ms": 100},
        {"conflict_resolution": False},
        {"find_matches_method": "min_under_thres"},
        {"resample_template": False},
    ],
    ids=lambda params: next(iter(params)),
)
def test_later_steps_load_the_costs(params, memory, data, count):
    BarthDtw(**_params(memory)).segment(data, RATE)
    count()
    cached = BarthDtw(**_params(memory, **params)).segment(data, RATE)
    assert count() == (0, 2)
    plain = BarthDtw(**_params(**params)).segment(data, RATE)
    for sensor in data:
        assert cached.stride_list_[sensor].equals(plain.stride_list_[sensor])


@pytest.mark.parametrize(
    "params",
    [
        {"max_template_stretch_ms": 120},
        {"max_signal_stretch_ms": 120},
        {"template__use_cols": ["gyr_ml"]},
        {"template__scaling__scale": 400.0},
    ],
    ids=lambda params: next(iter(params)),
)
def test_what_enters_the_costs_computes_them_anew(params, memory, data, count):
    dtw = BarthDtw(**_params(memory)).segment(data, RATE)
    count()
    dtw.set_params(**params).segment(data, RATE)
    assert count() == (2, 0)


def test_another_memory_on_the_same_folder_finds_the_entries(memory, data, count, tmp_path):
    BarthDtw(**_params(memory)).segment(data, RATE)
    count()
    BarthDtw(**_params(joblib.Memory(tmp_path, verbose=2))).segment(data, RATE)
    assert count() == (0, 2)


@pytest.mark.parametrize("memory_without_folder", [None, joblib.Memory(None, verbose=2)])
def test_without_a_folder_nothing_is_said(memory_without_folder, data, count):
    BarthDtw(**_params(memory_without_folder)).segment(data, RATE)
    assert count() == (0, 0)


@pytest.mark.parametrize("cls", [BarthDtw, ConstrainedBarthDtw])
def test_hash_and_results_do_not_depend_on_the_cache(cls, memory, data):
    runs = [
        cls(**_params()).segment(data, RATE),
        cls(**_params(memory)).segment(data, RATE).set_params(memory=None),
        cls(**_params(memory)).segment(data, RATE).set_params(memory=None),
    ]
    assert len({joblib.hash(run) for run in runs}) == 1
    for run in runs:
        for sensor in data:
            np.testing.assert_array_equal(run.cost_function_[sensor], runs[0].cost_function_[sensor])
    assert len({joblib.hash(run) for run in runs}) == 1


def test_reading_results_asks_no_cache(memory, data, count):
    dtw = BarthDtw(**_params(memory)).segment(data, RATE)
    count()
    assert dtw.acc_cost_mat_ is not None
    assert dtw.cost_function_ is not None
    assert dtw.paths_ is not None
    assert count() == (0, 0)


def test_an_entry_is_small(memory, data, tmp_path):
    BarthDtw(**_params(memory)).segment(data, RATE)
    stored = sum(file.stat().st_size for file in tmp_path.rglob("output.pkl"))
    n_samples = sum(len(frame) for frame in data.values())
    assert stored < 16 * n_samples + 2 * 2000


def test_regions_make_one_entry_per_region_and_sensor(memory, data, count):
    frame = pd.concat({sensor: values.reset_index(drop=True) for sensor, values in data.items()}, axis=1)
    regions = pd.DataFrame({"roi_id": [0, 1], "start": [0, 450], "end": [450, 896]})
    for expected in ((4, 0), (0, 4)):
        roi = RoiStrideSegmentation(BarthDtw(**_params(memory)))
        roi.segment(frame, RATE, regions_of_interest=regions)
        assert count() == expected


def test_memory_is_not_part_of_the_json(memory):
    with pytest.warns(UserWarning, match="joblib.Memory"):
        text = BarthDtw(**_params(memory)).to_json()
    assert BarthDtw.from_json(text).memory is None


def test_a_clone_keeps_the_memory_and_the_hash(memory):
    dtw = BarthDtw(**_params(memory))
    assert joblib.hash(dtw.clone()) == joblib.hash(dtw)
    assert joblib.hash(dtw) != joblib.hash(BarthDtw(**_params()))


@pytest.mark.reference
@pytest.mark.recordings
@pytest.mark.mad_data
def test_published_sequence_of_calls_and_loads(reference_dir, tmp_path, count):
    reference = json.loads((reference_dir / "foundation" / "caching_behaviour.json").read_text())
    expected = [(step["calling"], step["loading"]) for step in reference["steps_in_order_same_cache_dir"][:12]]
    steps = [
        {},
        {},
        {"max_cost": 5.0},
        {"max_match_length_s": 4.0},
        {"snap_to_min_win_ms": 100},
        {"conflict_resolution": False},
        {"find_matches_method": "min_under_thres"},
        {"min_match_length_s": 0.4},
        {"max_template_stretch_ms": 120},
        {"max_signal_stretch_ms": 120},
        {"resample_template": False},
        {},
    ]
    data = _data.walk().iloc[:2000]
    found = []
    for params in steps:
        dtw = BarthDtw(memory=joblib.Memory(tmp_path, verbose=2), **params).segment(data, 204.8)
        found.append(count())
    assert found == expected
    for sensor, strides in reference["stride_list_default"].items():
        assert dtw.stride_list_[sensor].reset_index().to_dict("list") == strides
