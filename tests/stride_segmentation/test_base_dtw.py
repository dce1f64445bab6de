"""Subsequence DTW with arrays and sensor data."""

import json
import warnings

import numpy as np
import pandas as pd
import pytest
import tpcp

from gaitmap.data_transform import FixedScaler
from gaitmap.stride_segmentation import BaseDtw, DtwTemplate
from gaitmap.utils.exceptions import ValidationError
from tests.twins.dtw import accumulated_cost, path_to

SIGNAL = np.array([2.0, 2, 2, 2, 2, 0, 1, 0, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2, 0, 1, 0, 2, 2, 2, 2, 2])
PATTERN = np.array([0.0, 1, 0])
BORDERS = [[5, 8], [18, 21]]
FRAME = pd.DataFrame({"other": -SIGNAL, "col1": SIGNAL, "col2": SIGNAL}, index=np.arange(26) * 0.37)
RESULTS = {
    "matches_start_end_", "costs_", "paths_", "acc_cost_mat_", "cost_function_", "matches_start_end_original_",
}  # fmt: skip


def _array_template(pattern=PATTERN, rate=100.0):
    return DtwTemplate(data=np.asarray(pattern, dtype=float), sampling_rate_hz=rate)


def _frame_template(columns=("col1",), **kwargs):
    data = pd.DataFrame(dict.fromkeys(columns, PATTERN))
    return DtwTemplate(data=data, sampling_rate_hz=100.0, **kwargs)


def _dtw(template, **params):
    return BaseDtw(template, **{"max_cost": 0.5, "find_matches_method": "min_under_thres", **params})


# Input forms ----------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("data", [SIGNAL, SIGNAL[:, np.newaxis], SIGNAL[np.newaxis], SIGNAL.astype(int)])
def test_one_channel_may_have_any_shape_and_dtype(data):
    dtw = _dtw(_array_template()).segment(data, 100)
    assert dtw.matches_start_end_.tolist() == BORDERS
    assert dtw.data is data
    assert dtw.sampling_rate_hz == 100


def test_more_channels_than_the_template_has_are_left_out():
    template = _array_template(np.column_stack([PATTERN, PATTERN]))
    data = np.column_stack([SIGNAL, SIGNAL, np.full(26, 9.0)])
    assert _dtw(template).segment(data, 100).matches_start_end_.tolist() == BORDERS
    with pytest.raises(ValueError, match="less columns"):
        _dtw(template).segment(data[:, :1], 100)


@pytest.mark.parametrize(
    ("pattern", "data"),
    [(PATTERN, np.eye(3)), (np.eye(3), SIGNAL), ([1.0], SIGNAL), (PATTERN, np.array(1.0)), ([0, np.nan, 0], SIGNAL)],
    ids=["data with channels", "template with channels", "one sample", "no dimension", "NaN in the template"],
)
def test_templates_that_do_not_fit_the_data_are_refused(pattern, data):
    with pytest.raises(ValueError, match=r"dimensions|at least 2 samples|never match"):
        _dtw(_array_template(pattern)).segment(data, 100)


def test_columns_of_frames_are_picked_by_name():
    assert _dtw(_frame_template(("col2", "col1"))).segment(FRAME, 100).matches_start_end_.tolist() == BORDERS


def test_the_scaling_of_the_template_is_applied_to_the_data():
    template = _frame_template(scaling=FixedScaler(10))
    dtw = _dtw(template, max_cost=0.05).segment(FRAME, 100)
    assert dtw.matches_start_end_.tolist() == BORDERS
    np.testing.assert_allclose(dtw.cost_function_, _dtw(_frame_template()).segment(FRAME, 100).cost_function_ / 10)


@pytest.mark.parametrize("as_dict", [True, False])
def test_every_result_of_several_sensors_is_a_dict(as_dict):
    data = {"b": FRAME, 0: FRAME.iloc[:10]} if as_dict else pd.concat({"b": FRAME, 0: FRAME}, axis=1)
    dtw = _dtw(_frame_template()).segment(data, 100)
    for name, value in tpcp.get_results(dtw).items():
        assert list(value) == ["b", 0], name
    assert dtw.matches_start_end_["b"].tolist() == BORDERS
    assert dtw.matches_start_end_[0].tolist() == (BORDERS[:1] if as_dict else BORDERS)


def test_of_several_sensors_those_with_a_template_are_processed():
    data = {"a": FRAME, "b": FRAME, "c": FRAME}
    dtw = _dtw({"c": _frame_template(), "a": _frame_template(("col2",))}).segment(data, 100)
    assert list(dtw.matches_start_end_) == ["c", "a"]
    with pytest.raises(KeyError, match="nope"):
        _dtw({"nope": _frame_template()}).segment(data, 100)


def test_any_object_with_the_two_methods_is_a_template():
    class Own:
        def get_data(self):
            return PATTERN

        def transform_data(self, data, sampling_rate_hz):
            return data

    assert _dtw(Own(), resample_template=False).segment(SIGNAL, 100).matches_start_end_.tolist() == BORDERS


# Checks ---------------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("template", [None, {}])
def test_a_template_is_needed_before_anything_else(template):
    with pytest.raises(ValueError, match="`template` must be specified"):
        BaseDtw(template, find_matches_method="nope").segment(None, None)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"find_matches_method": "nope"}, "find_matches_method"),
        ({"max_template_stretch_ms": -2}, "max_template_stretch_ms.*-2"),
        ({"max_signal_stretch_ms": 0}, "max_signal_stretch_ms.*0"),
        ({"max_cost": "a"}, "max_cost"),
        ({"max_cost": None}, "max_cost"),
        ({"min_match_length_s": -1}, "min_match_length_s"),
    ],
)
def test_bad_parameters_are_refused_before_the_data_are_looked_at(params, message):
    with pytest.raises(ValueError, match=message):
        _dtw(_array_template(), **params).segment("no data", 100)


@pytest.mark.parametrize("data", [pd.DataFrame, [1, 2], None, {}, "text"])
def test_what_is_neither_array_nor_sensor_data_is_refused(data):
    with pytest.raises(ValidationError, match="neither single- or multi-sensor data"):
        _dtw(_array_template()).segment(data, 100)


def test_array_templates_do_not_go_with_several_sensors():
    with pytest.raises(ValueError, match=r"template must either be of type `Dict\[str, DtwTemplate\]`"):
        _dtw(_array_template(rate=None)).segment({"a": FRAME}, 100)


def test_templates_per_sensor_do_not_go_with_one_sensor():
    with pytest.raises(ValueError, match="one sensor"):
        _dtw({"a": _frame_template()}).segment(FRAME, 100)


@pytest.mark.parametrize("rate", [None, 0, False])
def test_resampling_needs_the_rate_of_the_template(rate):
    with pytest.raises(ValueError, match=r"resample the template.*sampling_rate_hz"):
        _dtw(_array_template(rate=rate)).segment(np.array(1.0), 100)


def test_a_template_that_is_not_resampled_warns_if_the_rates_differ():
    with pytest.warns(UserWarning, match=r"sampling rate are different \(100.0 Hz vs. 50 Hz\)"):
        _dtw(_array_template(), resample_template=False).segment(SIGNAL, 50)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _dtw(_array_template(rate=None), resample_template=False).segment(SIGNAL, 50)


@pytest.mark.parametrize(
    ("template", "data"), [(_array_template(), FRAME), (_frame_template(), SIGNAL), (_array_template(), FRAME[:0])]
)
def test_arrays_and_frames_do_not_mix(template, data):
    with pytest.raises(ValueError, match="Invalid combination of data and template"):
        _dtw(template).segment(data, 100)


def test_missing_columns_are_named():
    with pytest.raises(KeyError, match=r"frame.*\['col3'\]"):
        _dtw(_frame_template(("col1", "col3"))).segment(FRAME, 100)


def test_a_template_stretch_needs_a_rate_and_a_signal_stretch_does_not():
    template = _array_template(rate=None)
    with pytest.raises(ValueError, match="sampling_rate_hz"):
        _dtw(template, resample_template=False, max_template_stretch_ms=20).segment(SIGNAL, 100)
    dtw = _dtw(template, resample_template=False, max_signal_stretch_ms=20).segment(SIGNAL, 100)
    assert dtw.matches_start_end_.tolist() == BORDERS


@pytest.mark.parametrize("rate", [0, -1, None, "100"])
def test_the_rate_of_the_data_must_be_positive(rate):
    with pytest.raises(ValueError, match="sampling_rate_hz"):
        _dtw(_array_template(), resample_template=False).segment(SIGNAL, rate)


# Method ---------------------------------------------------------------------------------------------------------------
def test_a_run_has_exactly_the_documented_results():
    assert set(tpcp.get_results(_dtw(_array_template()).segment(SIGNAL, 100))) == RESULTS


def test_segment_returns_the_instance_and_ignores_further_arguments():
    dtw = _dtw(_array_template())
    assert dtw.segment(SIGNAL, sampling_rate_hz=100, something="else") is dtw.segment(SIGNAL, 100) is dtw


def test_costs_paths_and_borders_belong_together():
    rng = np.random.default_rng(0)
    pattern, signal = rng.normal(size=(6, 2)), rng.normal(size=(90, 2))
    dtw = BaseDtw(_array_template(pattern), find_matches_method="find_peaks").segment(signal, 100)
    matrix = accumulated_cost(pattern, signal)
    np.testing.assert_array_equal(dtw.acc_cost_mat_, matrix)
    np.testing.assert_array_equal(dtw.cost_function_, np.sqrt(matrix[-1]))
    assert len(dtw.matches_start_end_) == len(dtw.paths_) == len(dtw.costs_) > 3
    for (start, end), cost, path in zip(dtw.matches_start_end_, dtw.costs_, dtw.paths_, strict=True):
        np.testing.assert_array_equal(path, path_to(matrix, end - 1))
        assert path[0].tolist() == [0, start]
        assert cost == dtw.cost_function_[end - 1]


def test_a_length_equal_to_a_limit_is_removed():
    for params in ({"min_match_length_s": 0.03}, {"max_match_length_s": 0.03}):
        dtw = _dtw(_array_template(), **params).segment(SIGNAL, 100)
        assert dtw.matches_start_end_.shape == (0, 2)
        assert dtw.matches_start_end_.dtype == np.int64
        assert dtw.matches_start_end_original_.shape == dtw.costs_.shape == (0,)
        assert dtw.paths_ == []
    dtw = _dtw(_array_template(), min_match_length_s=0.029, max_match_length_s=0.031).segment(SIGNAL, 100)
    assert dtw.matches_start_end_.tolist() == BORDERS


@pytest.mark.parametrize("method", ["find_peaks", "min_under_thres"])
@pytest.mark.parametrize("data", [np.array([]), np.array([5.0]), np.full(10, 5.0), np.full(10, np.nan)])
def test_nothing_found_has_the_documented_shapes(method, data):
    dtw = _dtw(_array_template(), find_matches_method=method).segment(data, 100)
    for name in ("matches_start_end_", "costs_", "matches_start_end_original_"):
        np.testing.assert_array_equal(getattr(dtw, name), [])
    assert dtw.paths_ == []
    assert dtw.acc_cost_mat_.shape == (3, len(data))
    assert dtw.cost_function_.shape == data.shape


def test_a_match_never_contains_a_missing_sample():
    signal = np.concatenate([SIGNAL[:5], [np.nan], SIGNAL[5:]])
    dtw = _dtw(_array_template()).segment(signal, 100)
    assert dtw.matches_start_end_.tolist() == [[6, 9], [19, 22]]
    assert np.flatnonzero(np.isnan(dtw.cost_function_)).tolist() == [5]


@pytest.mark.parametrize("params", [{}, {"max_template_stretch_ms": 30, "max_signal_stretch_ms": 30}])
def test_a_gap_parts_the_recording(params):
    rng = np.random.default_rng(3)
    pattern, signal = rng.normal(size=12), rng.normal(size=900)
    signal[400:403] = np.nan
    dtw = BaseDtw(_array_template(pattern), **params)
    matches, cost = dtw.segment(signal, 100).matches_start_end_, dtw.cost_function_
    before, cost_before = dtw.segment(signal[:400], 100).matches_start_end_, dtw.cost_function_
    behind, cost_behind = dtw.segment(signal[403:], 100).matches_start_end_, dtw.cost_function_
    np.testing.assert_array_equal(matches, np.concatenate([before, behind + 403]))
    np.testing.assert_array_equal(cost, np.concatenate([cost_before, [np.nan] * 3, cost_behind]))


def test_a_template_with_fewer_than_two_samples_after_resampling_is_refused():
    with pytest.raises(ValueError, match="Check the sampling rates"):
        _dtw(_array_template()).segment(SIGNAL, 40)


# Reference ------------------------------------------------------------------------------------------------------------
@pytest.fixture
def folder(reference_dir):
    return reference_dir / "stride_segmentation_dtw"


@pytest.mark.reference
@pytest.mark.filterwarnings("ignore:The data and template sampling rate")
def test_toy_cases_of_the_reference(folder):
    for case in json.loads((folder / "toy_cases.json").read_text()):
        template = _array_template(case["template"], case["template_sampling_rate_hz"])
        data = np.array(case["data"], dtype=float)
        dtw = BaseDtw(template, **case["params"]).segment(data, case["sampling_rate_hz"])
        for name, expected in case["expected"].items():
            found = getattr(dtw, name)
            if name == "paths_":
                assert [path.tolist() for path in found] == expected, case["name"]
            else:
                np.testing.assert_array_equal(found.tolist(), np.array(expected, dtype=float), err_msg=case["name"])


@pytest.mark.reference
def test_random_cases_of_the_reference(folder):
    vectors = np.load(folder / "random_dtw_cases.npz")
    for case in sorted({name[:3] for name in vectors}):
        template, data = (np.atleast_2d(vectors[f"{case}_{name}"].T).T for name in ("template", "data"))
        columns = [f"c{k}" for k in range(template.shape[1])]
        limits = [None if np.isnan(ms) else ms for ms in vectors[f"{case}_constraints_ms"]]
        dtw = BaseDtw(
            DtwTemplate(data=pd.DataFrame(template, columns=columns), sampling_rate_hz=1000.0),
            max_template_stretch_ms=limits[0],
            max_signal_stretch_ms=limits[1],
        ).segment(pd.DataFrame(data, columns=columns), 1000.0)
        np.testing.assert_array_equal(dtw.acc_cost_mat_, vectors[f"{case}_acc_cost_mat"])
        np.testing.assert_array_equal(
            dtw.matches_start_end_original_,
            vectors[f"{case}_matches_start_end_original"].reshape(-1, 2)
            if len(dtw.matches_start_end_original_)
            else [],
        )


@pytest.mark.reference
def test_resampled_templates_of_the_reference(folder):
    vectors = np.load(folder / "template_resampling.npz")
    for name in vectors.files:
        if name == "template":
            continue
        old, new = (float(rate) for rate in name.removeprefix("from_").split("_to_"))
        dtw = BaseDtw(_array_template(vectors["template"], old))
        problem = dtw._prepare(np.zeros((5, 2)), dtw.template, new)
        np.testing.assert_allclose(problem.template, vectors[name], rtol=1e-12, atol=1e-12)


@pytest.mark.reference
def test_a_repeated_noisy_sine_of_the_reference(folder):
    vectors = np.load(folder / "base_dtw_noisy_sine.npz")
    dtw = BaseDtw(_array_template(vectors["template"]), min_match_length_s=1.2, max_cost=3)
    dtw.segment(np.tile(vectors["template"], (5, 1)), 100)
    np.testing.assert_array_equal(dtw.matches_start_end_, vectors["matches_start_end"])
    np.testing.assert_allclose(dtw.costs_, vectors["costs"], rtol=1e-9)
    np.testing.assert_allclose(dtw.cost_function_, vectors["cost_function"], rtol=1e-9)
