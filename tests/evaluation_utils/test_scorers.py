import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import ParameterGrid
from tpcp import Dataset, Pipeline
from tpcp.optimize import DummyOptimize, GridSearch
from tpcp.validate import cross_validate

from gaitmap.evaluation_utils import average_scores, count_matches, scores_over_tolerance
from gaitmap.evaluation_utils.scorers import EventTimingScorer, ParameterErrorScorer, StrideSegmentationScorer
from gaitmap.utils.exceptions import ValidationError

RATE = 100.0
SENSORS = ("left_sensor", "right_sensor")


def _strides(n=10, shift=0):
    start = 100 * np.arange(n) + shift
    return pd.DataFrame({"start": start, "end": start + 100, "ic": start + 80, "tc": start + 40}).rename_axis("s_id")


class _Walks(Dataset):
    sampling_rate_hz = RATE

    def create_index(self):
        return pd.DataFrame({"recording": ["a", "b", "c", "d"]})

    @property
    def reference_stride_list(self):
        return {sensor: _strides() for sensor in SENSORS}

    reference_event_list = reference_stride_list

    @property
    def reference_parameters(self):
        return {sensor: pd.DataFrame({"stride_length": 1.2}, index=_strides().index) for sensor in SENSORS}


class _Shifted(Pipeline):
    """Finds all strides of the left foot and half of the right one, too late."""

    def __init__(self, shift: int = 0, n_right: int = 5):
        self.shift = shift
        self.n_right = n_right

    def run(self, datapoint):
        left, right = _strides(shift=self.shift), _strides(self.n_right, self.shift)
        self.stride_list_ = self.events_ = {"left_sensor": left} | ({"right_sensor": right} if self.n_right else {})
        self.parameters_ = {
            sensor: pd.DataFrame({"stride_length": 1.2 + self.shift / 100}, index=strides.index)
            for sensor, strides in self.stride_list_.items()
        }
        return self


def test_the_scores_of_known_strides_come_back():
    datapoint = _Walks()[0]
    scores = StrideSegmentationScorer()(_Shifted(), datapoint)
    assert scores["precision"] == 1
    assert scores["recall"] == 0.75
    assert [scores[f"n_{kind}"] for kind in ("tp", "fp", "fn")] == [15, 0, 5]
    assert StrideSegmentationScorer(average="macro")(_Shifted(), datapoint)["recall"] == 0.75
    assert StrideSegmentationScorer(tolerance_s=0.05)(_Shifted(6), datapoint)["f1_score"] == 0


def test_a_foot_without_results_counts_as_missed():
    scores = StrideSegmentationScorer()(_Shifted(n_right=0), _Walks()[0])
    assert scores["recall"] == 0.5


def test_event_times_and_parameters_are_scored():
    datapoint = _Walks()[0]
    timing = EventTimingScorer(events=("ic", "tc"))(_Shifted(3), datapoint)
    cost = 0.75 * 30 + 0.25 * 200
    of_event = {"cost_ms": cost, "mean_ms": 30, "mae_ms": 30, "recall": 0.75}
    expected = {f"{event}_{name}": value for event in ("ic", "tc") for name, value in of_event.items()}
    assert timing == pytest.approx({**expected, "not_scored": 0})
    errors = ParameterErrorScorer(parameters=["stride_length"], statistics=["abs_error_mean", "rmse"])
    assert errors(_Shifted(3), datapoint) == pytest.approx(
        {
            "stride_length_cost": 0.75 * 0.03 + 0.25 * 1.2,
            "stride_length_abs_error_mean": 0.03,
            "stride_length_rmse": 0.03,
            "stride_length_recall": 0.75,
            "not_scored": 0,
        }
    )


def test_the_reference_can_be_a_function_and_its_absence_is_named():
    scorer = StrideSegmentationScorer(reference=lambda datapoint: {"left_sensor": _strides()})
    assert scorer(_Shifted(), _Walks()[0])["recall"] == 1
    with pytest.raises(ValidationError, match="no attribute 'truth'"):
        StrideSegmentationScorer("truth")(_Shifted(), _Walks()[0])


def test_grid_search_and_cross_validation_take_the_scorers():
    scorer = pickle.loads(pickle.dumps(EventTimingScorer(events=("ic",))))
    grid = ParameterGrid({"shift": [0, 4, 9]})
    search = GridSearch(_Shifted(), grid, scoring=StrideSegmentationScorer(tolerance_s=0.05), return_optimized="recall")
    assert search.optimize(_Walks()).best_params_["shift"] in (0, 4)
    smallest = GridSearch(_Shifted(), grid, scoring=scorer, return_optimized="-ic_cost_ms").optimize(_Walks())
    assert smallest.best_params_ == {"shift": 0}
    result = cross_validate(DummyOptimize(_Shifted(2)), _Walks(), scoring=scorer, cv=2)
    np.testing.assert_allclose(result["test__agg__ic_mae_ms"], 20)


class _Selective(Pipeline):
    """Finds, above a limit, only what is easy: there without any error."""

    def __init__(self, strictness: int = 0):
        self.strictness = strictness

    def run(self, datapoint):
        is_easy = datapoint.index["recording"].iloc[0] in "ab"
        n = {0: 10, 1: 10 if is_easy else 1, 2: 10 if is_easy else 0, 3: 0}[self.strictness]
        shift = 4 if self.strictness == 0 else 0
        self.events_ = {sensor: _strides(n, shift) for sensor in SENSORS}
        lengths = pd.DataFrame({"stride_length": 1.2 + shift / 100}, index=_strides(n).index)
        self.parameters_ = {sensor: lengths.copy() for sensor in SENSORS}
        return self


@pytest.mark.parametrize(
    ("scorer", "objectives"),
    [
        (EventTimingScorer(events=("ic", "tc")), ["-ic_cost_ms", "-tc_cost_ms", "ic_recall"]),
        (
            ParameterErrorScorer(parameters=["stride_length"], statistics=["error_std", "abs_error_mean", "icc"]),
            ["-stride_length_cost", "stride_length_recall"],
        ),
    ],
)
def test_a_setting_that_finds_less_never_wins(scorer, objectives):
    for objective in objectives:
        search = GridSearch(
            _Selective(), ParameterGrid({"strictness": [3, 2, 1, 0]}), scoring=scorer, return_optimized=objective
        )
        search.optimize(_Walks())
        assert search.best_params_ == {"strictness": 0}
        results = search.gs_results_
        assert results["agg__not_scored"].tolist() == [1, 0.5, 0, 0]
        assert not any(np.isnan(values).any() for name, values in results.items() if name.startswith("agg__"))
        assert all((ranks > 0).all() for name, ranks in results.items() if name.startswith("rank__"))


def test_nothing_to_find_and_nothing_found_is_right():
    class Rest(_Walks):
        reference_event_list = property(lambda self: {sensor: _strides(0) for sensor in SENSORS})

    scorer = EventTimingScorer(events=("ic",))
    assert scorer(_Selective(3), Rest()[0])["ic_cost_ms"] == 0
    assert scorer(_Selective(0), Rest()[0])["ic_cost_ms"] == 200


def test_micro_and_macro_averages_weigh_strides_or_sensors():
    matches = {
        "a": pd.DataFrame({"match_type": ["tp"] * 8 + ["fp"] * 2}),
        "b": pd.DataFrame({"match_type": ["tp"] * 1 + ["fp"] * 1}),
    }
    assert average_scores(matches)["precision"] == 9 / 12
    assert average_scores(matches, average="macro")["precision"] == pytest.approx((0.8 + 0.5) / 2)
    assert count_matches(matches).loc["a"].tolist() == [8, 2, 0]
    with pytest.raises(ValueError, match="average"):
        average_scores(matches, average="weighted")


def test_scores_do_not_fall_as_the_tolerance_grows():
    rng = np.random.default_rng(0)
    true = _strides(50)
    found = true + rng.integers(-8, 9, (50, 1))
    sweep = scores_over_tolerance(ground_truth=true, segmented_stride_list=found, tolerances=range(0, 12, 2))
    assert (sweep["tp"].diff().dropna() >= 0).all()
    assert sweep.loc[8, "f1_score"] == 1
