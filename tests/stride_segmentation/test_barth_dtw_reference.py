"""Runs of BarthDtw and ConstrainedBarthDtw on the public recordings against gaitmap 2.6."""

import json
import warnings

import numpy as np
import pytest

import gaitmap.stride_segmentation
from tests.stride_segmentation import _data

pytestmark = [pytest.mark.reference, pytest.mark.recordings]

BARTH_RUNS = [
    "default", "constrained_default", "min_under_thres", "no_snap", "snap_150_gyr_si", "max_cost_3", "max_cost_none",
    "first1000_no_snap", "first1000_conflict_off", "first1000_conflict_on", "first1000_everything", "use_cols_ml_si",
    "constrained_use_cols_ml_si", "half_rate", "half_rate_constrained", "half_rate_no_resample", "single_sensor_left",
    "stair_up_BarthDtw", "stair_up_ConstrainedBarthDtw", "stair_down_BarthDtw", "stair_down_ConstrainedBarthDtw",
    "mag_400hz_left_fbf",
]  # fmt: skip
CUSTOM_RUNS = [
    "rest_absmax", "rest_tstandard", "rest_standard", "full_absmax", "full_absmax_constrained",
    "full_absmax_constrained_tight", "full_absmax_min_under_thres", "full_absmax_no_snap", "half_rate_absmax",
    "half_rate_absmax_constrained", "per_sensor_templates", "per_sensor_templates_left_only", "first1000_conflict_off",
    "first1000_conflict_on", "stair_up", "stair_down",
]  # fmt: skip


@pytest.fixture
def folder(reference_dir):
    return reference_dir / "stride_segmentation_dtw"


def _run(folder, file_name, name):
    (run,) = (run for run in json.loads((folder / file_name).read_text()) if run["name"] == name)
    algorithm = getattr(gaitmap.stride_segmentation, run["cls"])(
        template=_data.template(folder, run["template"]), **run["params"]
    )
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        algorithm.segment(_data.recording(run["data"]), run["sampling_rate_hz"])
    return run, algorithm, {str(w.message)[:60] for w in caught if w.category is UserWarning}


def _check(folder, group, file_name, name):
    run, algorithm, messages = _run(folder, file_name, name)
    assert messages == set(run["user_warnings"])
    cost_functions = np.load(folder / "cost_functions.npz")
    is_single = list(run["expected"]) == ["single"]
    if not is_single:
        assert list(algorithm.stride_list_) == list(run["expected"])
    for sensor, expected in run["expected"].items():

        def of_sensor(result, sensor=sensor):
            return result if is_single else result[sensor]

        strides = of_sensor(algorithm.stride_list_)
        assert strides["start"].tolist() == expected["start"]
        assert strides["end"].tolist() == expected["end"]
        original = of_sensor(algorithm.matches_start_end_original_)
        np.testing.assert_array_equal(original, expected["matches_start_end_original_"])
        np.testing.assert_allclose(of_sensor(algorithm.costs_), expected["costs_"], rtol=1e-9)
        cost = of_sensor(algorithm.cost_function_)
        np.testing.assert_allclose(cost[np.isfinite(cost)].sum(), expected["cost_function_sum_finite"], rtol=1e-9)
        matrix = of_sensor(algorithm.acc_cost_mat_)
        assert list(matrix.shape) == expected["acc_cost_mat_shape"]
        np.testing.assert_array_equal(np.sqrt(matrix[-1]), cost)
        key = f"{group}__{name}__{sensor}"
        if key in cost_functions:
            np.testing.assert_allclose(cost, cost_functions[key], rtol=1e-9)


@pytest.mark.mad_data
@pytest.mark.parametrize("name", BARTH_RUNS)
def test_runs_with_the_original_template(folder, name):
    _check(folder, "barth", "barth_runs.json", name)


@pytest.mark.parametrize("name", CUSTOM_RUNS)
def test_runs_with_trained_templates(folder, name):
    _check(folder, "custom", "custom_template_runs.json", name)


@pytest.mark.mad_data
def test_paths_of_the_default_run(folder):
    _, algorithm, _ = _run(folder, "barth_runs.json", "default")
    expected = np.load(folder / "barth_default_paths.npz")
    assert sum(len(paths) for paths in algorithm.paths_.values()) == len(expected.files)
    for sensor, paths in algorithm.paths_.items():
        for k, path in enumerate(paths):
            assert path.dtype == np.int64
            np.testing.assert_array_equal(path, expected[f"{sensor}_{k:02d}"])


def test_all_reference_runs_are_named_here(folder):
    for names, file_name in ((BARTH_RUNS, "barth_runs.json"), (CUSTOM_RUNS, "custom_template_runs.json")):
        assert names == [run["name"] for run in json.loads((folder / file_name).read_text())]
