"""Results that are computed when they are read: they leave no trace and belong to the run."""

import copy
import pickle
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import tpcp

from gaitmap.stride_segmentation import BarthDtw, BaseDtw, DtwTemplate

ON_REQUEST = ["acc_cost_mat_", "cost_function_", "paths_"]


@pytest.fixture
def data():
    rng = np.random.default_rng(0)
    return {foot: pd.DataFrame(rng.normal(size=(300, 2)), columns=["gyr_ml", "gyr_si"]) for foot in ("left", "right")}


@pytest.fixture
def dtw():
    pattern = pd.DataFrame(np.random.default_rng(1).normal(size=(20, 2)), columns=["gyr_ml", "gyr_si"])
    template = DtwTemplate(data=pattern, sampling_rate_hz=100.0)
    return BarthDtw(
        template, max_cost=None, min_match_length_s=0.05, conflict_resolution=False, snap_to_min_win_ms=None
    )


def _equal(first, second):
    return all(np.array_equal(first[foot], second[foot]) for foot in second)


@pytest.mark.filterwarnings("ignore:There are still overlapping")
class TestAfterARun:
    @pytest.mark.parametrize("name", ON_REQUEST)
    def test_reading_changes_neither_hash_nor_pickle(self, dtw, data, name):
        dtw.segment(data, 100)
        before, pickled = joblib.hash(dtw), pickle.dumps(dtw)
        assert getattr(dtw, name) is not None
        assert joblib.hash(dtw) == before
        assert pickle.dumps(dtw) == pickled

    @pytest.mark.parametrize("name", ON_REQUEST)
    def test_a_second_reading_returns_the_same_object(self, dtw, data, name):
        dtw.segment(data, 100)
        assert getattr(dtw, name) is getattr(dtw, name)

    @pytest.mark.parametrize("make_copy", [lambda dtw: pickle.loads(pickle.dumps(dtw)), copy.copy, copy.deepcopy])
    def test_copies_compute_the_same(self, dtw, data, make_copy):
        dtw.segment(data, 100)
        matrices, paths = dtw.acc_cost_mat_, dtw.paths_
        again = make_copy(dtw)
        assert _equal(again.acc_cost_mat_, matrices)
        for foot in paths:
            assert all(np.array_equal(a, b) for a, b in zip(again.paths_[foot], paths[foot], strict=True))

    def test_they_belong_to_the_parameters_of_the_run(self, dtw, data):
        expected = copy.deepcopy(dtw).segment(data, 100).acc_cost_mat_
        dtw.segment(data, 100)
        dtw.set_params(template__data=dtw.template.data * 2, max_signal_stretch_ms=20)
        assert _equal(dtw.acc_cost_mat_, expected)

    def test_a_new_run_replaces_them(self, dtw, data):
        dtw.segment(data, 100)
        before = dtw.cost_function_
        assert not _equal(dtw.segment({foot: frame + 1 for foot, frame in data.items()}, 100).cost_function_, before)

    def test_they_may_be_assigned(self, dtw, data):
        dtw.segment(data, 100)
        dtw.acc_cost_mat_ = "something"
        assert dtw.acc_cost_mat_ == "something"

    def test_a_matrix_above_the_limit_is_none_with_one_warning(self, dtw, data, monkeypatch):
        monkeypatch.setattr(BaseDtw, "_max_cost_matrix_bytes", 2 * 300 * 20 * 8 - 1)
        dtw.segment(data, 100)
        with pytest.warns(UserWarning, match="`acc_cost_mat_` is None"):
            assert dtw.acc_cost_mat_ is None
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            assert tpcp.get_results(dtw)["acc_cost_mat_"] is None
        assert dtw.cost_function_["left"].shape == (300,)

    def test_a_clone_has_no_results(self, dtw, data):
        before = joblib.hash(dtw)
        assert joblib.hash(dtw.segment(data, 100).clone()) == before

    def test_no_matrix_is_kept_by_a_run(self, dtw, data):
        dtw.segment(data, 100)
        assert len(pickle.dumps(dtw)) < 300 * 20 * 8


@pytest.mark.parametrize("name", [*ON_REQUEST, "stride_list_", "matches_start_end_"])
def test_before_a_run_there_are_no_results(dtw, name):
    with pytest.raises(AttributeError, match=name):
        getattr(dtw, name)
