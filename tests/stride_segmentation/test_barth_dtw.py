"""Stride segmentation by DTW: what is done with the matches, and the promises of the result."""

import warnings

import numpy as np
import pandas as pd
import pytest
import tpcp

from gaitmap.base import BaseAlgorithm
from gaitmap.stride_segmentation import BarthDtw, BarthOriginalTemplate, BaseDtw, ConstrainedBarthDtw, DtwTemplate
from gaitmap.utils.datatype_helper import is_multi_sensor_stride_list, is_single_sensor_stride_list

PATTERN = pd.DataFrame({"gyr_ml": [0.0, 1, 0]})
SIGNAL = [2.0, 2, 2, 2, 2, 0, 1, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 1, 0, 2, 2, 2, 2, 2]


def _dtw(**params):
    defaults = {
        "max_cost": 0.5,
        "min_match_length_s": None,
        "max_match_length_s": None,
        "find_matches_method": "min_under_thres",
        "snap_to_min_win_ms": None,
    }
    template = DtwTemplate(data=PATTERN, sampling_rate_hz=1000.0)
    return BarthDtw(template, **{**defaults, **params})


def _data(**columns):
    return pd.DataFrame({"gyr_ml": SIGNAL, **columns})


def _matches(borders, costs, **params):
    """Run the postprocessing of given matches (ordered by end) on data without snapping."""
    dtw = _dtw(**params)
    dtw.sampling_rate_hz = 1000.0
    matches, keep = dtw._postprocess_matches(_data(), np.array(borders), np.array(costs, dtype=float))
    return matches[keep].tolist()


def test_strides_are_a_valid_stride_list():
    strides = _dtw().segment(_data(), 1000).stride_list_
    assert is_single_sensor_stride_list(strides, stride_type="segmented", check_additional_cols=False)
    expected = pd.DataFrame({"start": [5, 18], "end": [8, 21]}, index=pd.RangeIndex(2, name="s_id"))
    pd.testing.assert_frame_equal(strides, expected)


@pytest.mark.parametrize("params", [{"max_cost": 0.0, "find_matches_method": "find_peaks"}, {"min_match_length_s": 1}])
def test_no_stride_gives_a_typed_empty_list(params):
    strides = _dtw(**params).segment({"a": _data()[:5]}, 1000).stride_list_
    assert is_multi_sensor_stride_list(strides)
    assert strides["a"].index.name == "s_id"
    assert (strides["a"].dtypes == np.int64).all()
    assert list(strides["a"].columns) == ["start", "end"]


def test_the_stride_list_cannot_be_replaced():
    dtw = _dtw()
    with pytest.raises(ValueError, match="readonly"):
        dtw.stride_list_ = "something"
    dtw.segment(_data(), 1000)
    with pytest.raises(ValueError, match="readonly"):
        dtw.stride_list_ = dtw.stride_list_ + 1
    dtw.stride_list_ = dtw.stride_list_.copy()


def test_results_can_be_handed_to_another_instance():
    done, other = _dtw().segment({"a": _data()}, 1000), _dtw()
    for name, value in tpcp.get_results(done).items():
        setattr(other, name, value)
    assert other.stride_list_["a"].equals(done.stride_list_["a"])
    np.testing.assert_array_equal(other.cost_function_["a"], done.cost_function_["a"])


def test_borders_snap_to_the_minimum_of_the_raw_axis():
    axis = np.ones(26)
    axis[[3, 9, 16, 22]] = 0
    dtw = _dtw(snap_to_min_win_ms=4, snap_to_min_axis="other").segment(_data(other=axis), 1000)
    assert dtw.matches_start_end_.tolist() == [[3, 9], [16, 22]]
    assert dtw.matches_start_end_original_.tolist() == [[5, 8], [18, 21]]
    assert dtw.paths_[0][[0, -1], 1].tolist() == [5, 7]


def test_a_match_that_ends_with_the_recording_keeps_its_end():
    data = pd.DataFrame({"gyr_ml": [2.0] * 5 + [0, 1, 0]})
    assert _dtw(snap_to_min_win_ms=3).segment(data, 1000).matches_start_end_.tolist() == [[5, 8]]


def test_no_border_snaps_over_a_gap():
    axis = np.ones(26)
    axis[[2, 23]] = 0
    params = {"snap_to_min_win_ms": 8, "snap_to_min_axis": "other"}
    assert _dtw(**params).segment(_data(other=axis), 1000).matches_start_end_.ravel()[[0, -1]].tolist() == [2, 23]
    axis[[4, 21]] = np.nan
    assert _dtw(**params).segment(_data(other=axis), 1000).matches_start_end_.ravel()[[0, -1]].tolist() == [5, 21]


def test_lengths_are_those_after_snapping():
    axis = np.ones(26)
    axis[[1, 9]] = 0
    params = {"snap_to_min_win_ms": 9, "snap_to_min_axis": "other"}
    snapped = _dtw(**params).segment(_data(other=axis), 1000).matches_start_end_.tolist()
    assert snapped == [[1, 9], [14, 17]]
    short = _dtw(**params, max_match_length_s=0.005).segment(_data(other=axis), 1000).matches_start_end_.tolist()
    assert short == [[14, 17]]


def test_snapping_needs_the_column_only_if_something_was_found():
    dtw = _dtw(snap_to_min_win_ms=10, snap_to_min_axis="nope")
    assert len(dtw.segment(_data()[:4] * 9, 1000).stride_list_) == 0
    with pytest.raises(KeyError, match="nope"):
        dtw.segment(_data(), 1000)


def test_arrays_cannot_be_snapped():
    template = DtwTemplate(data=PATTERN["gyr_ml"].to_numpy(), sampling_rate_hz=1000.0)
    dtw = _dtw(snap_to_min_win_ms=10).set_params(template=template)
    assert len(dtw.segment(np.full(5, 9.0), 1000).stride_list_) == 0
    with pytest.raises(ValueError, match="snap_to_min_win_ms"):
        dtw.segment(np.array(SIGNAL), 1000)
    assert len(dtw.set_params(snap_to_min_win_ms=None).segment(np.array(SIGNAL), 1000).stride_list_) == 2


def test_of_strides_with_the_same_start_the_cheapest_stays():
    borders = [[0, 100], [200, 300], [0, 310], [200, 320]]
    assert _matches(borders, [2, 1, 1, 3]) == [[200, 300], [0, 310]]
    assert _matches(borders, [1, 1, 1, 1]) == [[0, 100], [200, 300]]
    assert _matches(borders, [2, 1, 1, 3], conflict_resolution=False) == borders


def test_strides_of_wrong_length_do_not_compete():
    borders = [[0, 10], [0, 100]]
    assert _matches(borders, [1, 2], min_match_length_s=0.05) == [[0, 100]]


def test_overlapping_strides_are_warned_about_and_adjacent_ones_are_not():
    dtw = _dtw()
    with pytest.warns(UserWarning, match="There are still overlapping strides left after postprocessing"):
        dtw._check_result(np.array([[0, 100], [99, 200]]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        dtw._check_result(np.array([[0, 100], [100, 200]]))
        dtw._check_result(np.empty((0, 2), dtype=np.int64))


def test_a_run_has_exactly_the_documented_results():
    assert set(tpcp.get_results(_dtw().segment(_data(), 1000))) == {
        "stride_list_", "matches_start_end_", "costs_", "paths_", "acc_cost_mat_", "cost_function_",
        "matches_start_end_original_",
    }  # fmt: skip


def test_the_constrained_variant_differs_in_its_limits_only():
    plain, constrained = BarthDtw().get_params(), ConstrainedBarthDtw().get_params()
    assert set(plain) == set(constrained)
    different = {
        name for name in plain if not isinstance(plain[name], BaseAlgorithm) and plain[name] != constrained[name]
    }
    assert different == {"max_template_stretch_ms", "max_signal_stretch_ms"}
    assert constrained["max_template_stretch_ms"] == constrained["max_signal_stretch_ms"] == 120


@pytest.mark.parametrize("cls", [BaseDtw, BarthDtw, ConstrainedBarthDtw])
def test_every_class_is_made_without_arguments_and_shares_no_template(cls):
    first, second = cls(), cls()
    assert first.template is None or first.template is not second.template
    assert isinstance(BarthDtw().template, BarthOriginalTemplate)


def test_wide_limits_give_what_no_limits_give():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"gyr_ml": rng.normal(size=400)})
    plain = _dtw(max_cost=2.0).segment(data, 1000)
    limited = _dtw(max_cost=2.0, max_template_stretch_ms=1e6, max_signal_stretch_ms=1e6).segment(data, 1000)
    np.testing.assert_array_equal(limited.cost_function_, plain.cost_function_)
    assert limited.stride_list_.equals(plain.stride_list_)


class _GyroDtw(BarthDtw):
    """Subclass with few parameters of its own, as in scripts of users."""

    def __init__(self, max_cost=0.5, extra=1):
        self.extra = extra
        template = DtwTemplate(data=PATTERN, sampling_rate_hz=1000.0)
        super().__init__(template, max_cost=max_cost, min_match_length_s=None, snap_to_min_win_ms=None)


@pytest.mark.filterwarnings("ignore:The class _GyroDtw does not implement all parameters")
def test_subclass_may_leave_parameters_out_of_its_constructor():
    dtw = _GyroDtw().segment(_data(), 1000)
    assert dtw.stride_list_.to_numpy().tolist() == [[5, 8], [18, 21]]
    assert len(dtw.paths_) == 2
