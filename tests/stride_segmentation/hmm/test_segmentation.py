"""Stride segmentation with any model."""

import subprocess
import sys

import joblib
import numpy as np
import pandas as pd
import pytest
import tpcp

from gaitmap.stride_segmentation import RoiStrideSegmentation
from gaitmap.stride_segmentation.hmm import BaseSegmentationHmm, HmmStrideSegmentation
from gaitmap.utils.caching import cached_call_action
from gaitmap.utils.datatype_helper import is_multi_sensor_stride_list
from gaitmap.utils.exceptions import ValidationError
from tests.stride_segmentation.hmm._walks import N_STRIDES, RATE, STRIDE, small_model, strides, trained_model, walk

#: The small model ends the last stride before rest 17 samples late; all other borders are within 2 samples.
TOLERANCE = 20


class Threshold(BaseSegmentationHmm):
    """A model of a user: state 1 where the signal is positive."""

    def __init__(self, level=0.0):
        self.level = level

    @property
    def stride_states(self):
        return [1]

    def predict(self, data, sampling_rate_hz):
        self.data, self.sampling_rate_hz = data, sampling_rate_hz
        self.hidden_state_sequence_ = (data["gyr_ml"].to_numpy() > self.level).astype(int)
        return self


def _segment(data=None, **params):
    return HmmStrideSegmentation(trained_model(), **params).segment(walk(7) if data is None else data, RATE)


def _pulses(borders, n=400):
    signal = np.full(n, -1.0)
    for start, end in borders:
        signal[start:end] = 1.0
    return pd.DataFrame({"gyr_ml": signal})


def test_the_strides_of_a_walk_are_found():
    hmm = _segment()
    np.testing.assert_allclose(hmm.stride_list_, strides(), atol=TOLERANCE)
    np.testing.assert_array_equal(hmm.stride_list_, hmm.matches_start_end_)
    assert hmm.stride_list_.index.equals(pd.RangeIndex(N_STRIDES, name="s_id"))
    assert hmm.matches_start_end_.dtype == hmm.matches_start_end_original_.dtype == np.int64
    assert (hmm.stride_list_.dtypes == np.int64).all()


def test_borders_are_minima_of_the_window():
    hmm = _segment(snap_to_min_win_ms=200)
    signal, radius = walk(7)["gyr_ml"].to_numpy(), 10
    for before, after in zip(hmm.matches_start_end_original_.ravel(), hmm.matches_start_end_.ravel(), strict=True):
        window = signal[before - radius : before + radius + 1]
        assert after == before - radius + np.argmin(window)


@pytest.mark.parametrize("window", [None, 0, 19])  # 19 ms are one sample: no neighbour
def test_without_window_borders_stay(window):
    hmm = _segment(snap_to_min_win_ms=window)
    np.testing.assert_array_equal(hmm.matches_start_end_, hmm.matches_start_end_original_)


def test_an_end_behind_the_last_sample_stays_there():
    hmm = HmmStrideSegmentation(Threshold()).segment(_pulses([(390, 400)]), RATE)
    assert hmm.matches_start_end_original_.tolist() == [[390, 400]]
    falling = _pulses([(300, 400)])
    falling.iloc[399] = 0.5
    assert HmmStrideSegmentation(Threshold()).segment(falling, RATE).matches_start_end_[0, 1] == 400


def test_results_for_several_sensors_are_dicts_in_the_order_of_the_data():
    data = {"right": walk(3), "left": walk(4)}
    hmm = _segment(data)
    assert is_multi_sensor_stride_list(hmm.stride_list_)
    for name in tpcp.get_results(hmm):
        assert list(getattr(hmm, name)) == ["right", "left"]
    assert hmm.result_model_["right"] is not hmm.result_model_["left"]
    frame = pd.concat(data, axis=1)
    np.testing.assert_array_equal(_segment(frame).stride_list_["left"], hmm.stride_list_["left"])


def test_the_model_is_left_alone_and_a_copy_holds_the_results():
    model, data = trained_model(), walk()
    before = joblib.hash(model)
    hmm = HmmStrideSegmentation(model).segment(data, RATE)
    assert hmm.model is model
    assert joblib.hash(model) == before
    assert type(hmm.result_model_) is type(model)
    assert hmm.result_model_.hidden_state_sequence_ is hmm.hidden_state_sequence_
    assert hmm.result_model_.data is data


@pytest.mark.parametrize("data", [np.zeros((100, 2)), {}, [1, 2], {"left": np.zeros(3)}])
def test_other_data_are_refused(data):
    with pytest.raises(ValidationError):
        _segment(data)


def test_unusable_parameters_are_refused():
    with pytest.raises(ValueError, match="snap_to_min_win_ms"):
        _segment(snap_to_min_win_ms=-1)
    with pytest.raises(KeyError, match="snap_to_min_axis"):
        _segment(snap_to_min_axis="acc_si")
    with pytest.raises(ValueError, match="No trained model"):
        HmmStrideSegmentation(small_model()).segment(walk(), RATE)
    with pytest.raises(ValueError, match="sampling_rate_hz"):
        HmmStrideSegmentation(trained_model()).segment(walk(), None)


def test_the_axis_is_needed_only_where_strides_are_found():
    rest = pd.DataFrame({"gyr_ml": np.zeros(1000)})
    assert len(_segment(rest, snap_to_min_axis="acc_si").stride_list_) == 0


def test_no_stride_gives_empty_results_of_the_right_form():
    hmm = HmmStrideSegmentation(Threshold()).segment(_pulses([]), RATE)
    for matches in (hmm.matches_start_end_, hmm.matches_start_end_original_):
        assert matches.shape == (0, 2)
        assert matches.dtype == np.int64
    assert (hmm.stride_list_.dtypes == np.int64).all()
    assert hmm.stride_list_.index.name == "s_id"


def test_strides_with_missing_values_are_left_out():
    data = _pulses([(10, 60), (100, 150), (200, 250)])
    data.iloc[[99, 150]] = np.nan  # outside of the second stride
    hmm = HmmStrideSegmentation(Threshold(), snap_to_min_win_ms=None).segment(data, RATE)
    assert hmm.stride_list_.to_numpy().tolist() == [[10, 60], [100, 150], [200, 250]]
    data.iloc[149] = np.nan
    hmm = HmmStrideSegmentation(Threshold(-2), snap_to_min_win_ms=None).segment(data, RATE)
    assert len(hmm.stride_list_) == len(hmm.matches_start_end_original_)
    assert not any((row.start <= 149 < row.end) for row in hmm.stride_list_.itertuples())


@pytest.mark.filterwarnings("ignore:Of 1496 samples")
def test_a_gap_costs_only_the_strides_that_it_lies_in():
    data = walk(7).copy()
    gap = strides()["start"][3] + STRIDE // 2
    data.iloc[gap : gap + 6] = np.nan
    found = _segment(data).stride_list_.to_numpy()
    np.testing.assert_allclose(found, strides().drop(3).to_numpy(), atol=TOLERANCE)


def test_regions_can_be_segmented():
    region = pd.DataFrame({"roi_id": [0], "start": [100], "end": [1400]})
    roi = RoiStrideSegmentation(HmmStrideSegmentation(trained_model()))
    found = roi.segment(walk(7), sampling_rate_hz=RATE, regions_of_interest=region)
    np.testing.assert_allclose(found.stride_list_[["start", "end"]], strides(), atol=TOLERANCE)


def test_results_follow_from_each_other():
    hmm = _segment()
    with pytest.raises(ValueError, match="readonly"):
        hmm.stride_list_ = hmm.stride_list_ + 1
    hmm.stride_list_ = hmm.stride_list_.copy()
    assert not hasattr(HmmStrideSegmentation(trained_model()), "stride_list_")
    assert not hasattr(HmmStrideSegmentation(trained_model()), "matches_start_end_original_")


def test_segmentations_survive_json_with_their_model():
    hmm = HmmStrideSegmentation(trained_model(), snap_to_min_win_ms=50)
    again = HmmStrideSegmentation.from_json(hmm.to_json())
    assert joblib.hash(again) == joblib.hash(hmm)
    np.testing.assert_array_equal(again.segment(walk(), RATE).stride_list_, hmm.segment(walk(), RATE).stride_list_)
    assert "memory" not in hmm.to_json()


def _counts(capfd):
    text = capfd.readouterr().out
    return text.count("] Calling"), text.count(": Loading")


@pytest.mark.parametrize("make", [trained_model, Threshold])
def test_states_are_computed_once_per_sensor(tmp_path, capfd, make):
    memory = joblib.Memory(tmp_path, verbose=2)
    data = {"left": walk(3), "right": walk(4)}
    expected = HmmStrideSegmentation(make()).segment(data, RATE)
    for params, counts in (({}, (2, 0)), ({}, (0, 2)), ({"snap_to_min_win_ms": 50}, (0, 2))):
        hmm = HmmStrideSegmentation(make(), memory=memory, **params).segment(data, RATE)
        assert _counts(capfd) == counts
        if not params:
            for sensor in data:
                assert hmm.stride_list_[sensor].equals(expected.stride_list_[sensor])
                assert joblib.hash(hmm.result_model_[sensor]) == joblib.hash(expected.result_model_[sensor])
    assert HmmStrideSegmentation(make(), memory=joblib.Memory(None)).segment(data, RATE).memory is not None
    assert _counts(capfd) == (0, 0)


def test_the_cache_knows_the_model(tmp_path, capfd):
    memory = joblib.Memory(tmp_path, verbose=2)
    HmmStrideSegmentation(trained_model(), memory=memory).segment(walk(), RATE)
    other = trained_model()
    other.model = other.model.replace(means=other.model.means + 0.01)
    HmmStrideSegmentation(other, memory=memory).segment(walk(), RATE)
    assert _counts(capfd) == (2, 0)
    HmmStrideSegmentation(other.set_params(name="other", n_jobs=3), memory=memory).segment(walk(), RATE)
    assert _counts(capfd) == (0, 1)


def test_an_entry_is_as_small_as_the_states_of_the_features(tmp_path):
    data = pd.concat([walk(seed) for seed in range(10)], ignore_index=True)
    HmmStrideSegmentation(trained_model(), memory=joblib.Memory(tmp_path, verbose=0)).segment(data, RATE)
    size = sum(path.stat().st_size for path in tmp_path.rglob("output.pkl"))
    assert size < len(data) // 2 + 1000


def test_whole_calls_can_be_cached(tmp_path):
    hmm = HmmStrideSegmentation(trained_model())
    memory = joblib.Memory(tmp_path, verbose=0)
    first = cached_call_action(hmm, memory, walk(), RATE)
    second = cached_call_action(hmm, memory, walk(), RATE)
    assert first.stride_list_.equals(second.stride_list_)
    assert len(second.stride_list_) == N_STRIDES


def test_the_import_of_stride_segmentation_leaves_this_folder_alone():
    code = "import sys, gaitmap.stride_segmentation; print('gaitmap.stride_segmentation.hmm' in sys.modules)"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"
