import warnings

import numpy as np
import pandas as pd
import pytest

from gaitmap.evaluation_utils import calculate_aggregated_parameter_errors, calculate_parameter_errors
from gaitmap.utils.exceptions import ValidationError

QUANTITIES = ["predicted", "reference", "error", "abs_error", "rel_error", "abs_rel_error"]
STATISTICS = ["mean", "std", "median", "q05", "q95", "max", "min", "loa_lower", "loa_upper"]
COUNTS = ["n_additional_predicted", "n_additional_reference", "n_common"]
ROWS = [f"{q}_{s}" for s in STATISTICS for q in QUANTITIES] + ["icc", "icc_q05", "icc_q95"] + COUNTS


def _table(ids, **parameters):
    return pd.DataFrame({"s_id": ids, **parameters})


def _errors(predicted, reference, **kwargs):
    return calculate_parameter_errors(predicted_parameter=predicted, reference_parameter=reference, **kwargs)


def _aggregated(predicted, reference, **kwargs):
    return calculate_aggregated_parameter_errors(predicted_parameter=predicted, reference_parameter=reference, **kwargs)


@pytest.fixture
def small():
    predicted = pd.DataFrame({"trial id": [0, 1, 2, 3], "para1": [7, 3, 5, 9], "para2": [7, -1, 7, -6]})
    reference = pd.DataFrame({"trial id": [0, 1, 2, 3], "para1": [3, 6, 7, 8], "para2": [-7, -1, 6, -5]})
    return predicted, reference


def test_errors_of_each_value():
    errors, counts = _errors(_table([0, 1], a=[6.0, 1]), _table([0, 1], a=[4.0, 2]))
    assert errors.columns.names == ["error_type", "parameter"]
    assert errors.columns.tolist() == [(quantity, "a") for quantity in QUANTITIES]
    np.testing.assert_array_equal(errors, [[6, 4, 2, 2, 0.5, 0.5], [1, 2, -1, 1, -0.5, 0.5]])
    expected = pd.DataFrame({"a": [0, 0, 2]}, index=COUNTS)
    pd.testing.assert_frame_equal(counts, expected)


def test_ids_of_both_sides_are_kept_those_of_the_prediction_first():
    errors, counts = _errors(_table([5, 0, 9], a=[1.0, 2, 3]), _table([0, 2, 5], a=[1.0, 2, 3]))
    assert errors.index.tolist() == [5, 0, 9, 2]
    assert errors.index.name == "s_id"
    np.testing.assert_array_equal(errors[("error", "a")], [-2, 1, np.nan, np.nan])
    assert counts["a"].tolist() == [1, 1, 2]


def test_missing_values_count_as_missing_per_parameter():
    predicted = _table([0, 1, 2], a=[1, np.nan, 3], b=[1.0, 2, 3])
    reference = _table([0, 1, 2], a=[1.0, 2, 3], b=[np.nan, np.nan, 3])
    counts = _errors(predicted, reference)[1]
    assert counts.to_dict("list") == {"a": [0, 1, 2], "b": [2, 0, 1]}
    assert (counts.dtypes == "int64").all()


def test_common_parameters_are_compared_in_alphabetical_order():
    errors, _ = _errors(_table([0], b=[1], a=[1], c=[1]), _table([0], d=[1], a=[1], b=[1]))
    assert errors["error"].columns.tolist() == ["a", "b"]


@pytest.mark.parametrize(("predicted", "expected"), [(3, np.inf), (-3, -np.inf), (0, np.nan)])
def test_relative_errors_of_a_zero_reference_are_infinite_or_nan(predicted, expected):
    errors, _ = _errors(_table([0], a=[predicted]), _table([0], a=[0]))
    np.testing.assert_array_equal(errors[("rel_error", "a")], expected)


def test_ids_may_be_a_column_an_index_or_a_level():
    predicted, reference = _table([3, 4], a=[1, 2]), _table([4, 3], a=[5, 7])
    expected, _ = _errors(predicted, reference)
    as_index = predicted.set_index("s_id")
    as_level = reference.assign(day=1).set_index(["day", "s_id"])
    pd.testing.assert_frame_equal(_errors(as_index, as_level)[0], expected)


def test_nullable_values_are_accepted():
    predicted = _table([0, 1], a=pd.array([1.0, None], dtype="Float64"))
    errors, counts = _errors(predicted, _table([0, 1], a=[1, 2]))
    assert (errors.dtypes == "float64").all()
    assert counts["a"].tolist() == [0, 1, 1]


def test_sensors_that_both_have_are_compared_one_by_one():
    a, b = _table([0], a=[1]), _table([0], a=[3])
    errors, counts = _errors({"right": a, "left": b, "x": a}, {"left": a, "right": a})
    assert list(errors) == list(counts) == ["left", "right"]
    assert errors["left"][("error", "a")].tolist() == [2]
    assert errors["right"][("error", "a")].tolist() == [0]


def test_incomparable_tables_are_refused():
    table = _table([0, 1], a=[1, 2])
    with pytest.raises(ValidationError, match=r"Predicted and reference must be of the same type\."):
        _errors({"left": table}, table)
    with pytest.raises(ValidationError, match="do not have any common sensors"):
        _errors({"left": table}, {"right": table})
    with pytest.raises(ValidationError, match="either an index or a column named `stride id`"):
        _errors(table, table, id_column="stride id")
    with pytest.raises(ValidationError, match="No common parameter columns are found between predicted and reference"):
        _errors(table, table.rename(columns={"a": "b"}))
    with pytest.raises(ValidationError, match="For sensor left no common parameter columns"):
        _errors({"left": table}, {"left": table.rename(columns={"a": "b"})})
    with pytest.raises(ValidationError, match="No common entries are found between predicted and reference!"):
        _errors(table, _table([2, 3], a=[1, 2]))
    with pytest.raises(ValidationError, match="For sensor left no common entries are found"):
        _errors({"left": table}, {"left": _table([2, 3], a=[1, 2])})
    with pytest.raises(ValidationError, match=r"only once.*\[7\]"):
        _errors(_table([7, 7], a=[1, 2]), table)
    with pytest.raises(ValidationError, match=r"\['foot'\]"):
        _errors(table.assign(foot="left"), table.assign(foot="left"))
    with pytest.raises(ValidationError, match="must be tables"):
        _errors(5, table)


def test_inputs_are_not_modified(small):
    before = [frame.copy() for frame in small]
    _aggregated(*small, id_column="trial id", extended=True)
    for frame, copy in zip(small, before, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_statistics_of_three_values():
    aggregated = _aggregated(_table([0, 1, 2], a=[7, 3, 5]), _table([0, 1, 2], a=[3, 6, 7]))["a"]
    assert aggregated.index.tolist() == ROWS
    assert aggregated["error_mean"] == pytest.approx(-1 / 3)
    assert aggregated["error_std"] == pytest.approx(3.78594, abs=1e-5)
    assert aggregated["abs_error_mean"] == 3
    assert aggregated["abs_error_std"] == 1
    assert aggregated["abs_error_max"] == 4
    assert aggregated["error_loa_upper"] == pytest.approx(-1 / 3 + 1.96 * np.sqrt(43 / 3))


def test_each_side_uses_all_its_values_unless_restricted_to_common_ones():
    predicted, reference = _table([0, 1, 2, 3], a=[1.0, 2, 3, 10]), _table([0, 1, 2], a=[1.0, 2, 3])
    assert _aggregated(predicted, reference).loc["predicted_mean", "a"] == 4
    restricted = _aggregated(predicted, reference, restrict_to_common=True)
    assert restricted.loc["predicted_mean", "a"] == 2
    assert restricted.loc[COUNTS, "a"].tolist() == [1, 0, 3]


def test_infinite_relative_errors_propagate_without_warning():
    predicted, reference = _table(range(4), a=[7.0, 3, 5, 9]), _table(range(4), a=[3.0, 6, 0, 8])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        aggregated = _aggregated(predicted, reference)["a"]
    assert aggregated["rel_error_mean"] == np.inf
    assert aggregated["rel_error_max"] == np.inf
    assert np.isnan(aggregated["rel_error_std"])
    assert np.isnan(aggregated["rel_error_q95"])
    assert aggregated["rel_error_median"] == pytest.approx((4 / 3 + 1 / 8) / 2)


def test_intraclass_correlation_of_special_data():
    ids = range(4)
    predicted = _table(ids, constant=1.0, same=[1.0, 2, 3, 4], opposite=[1.0, -1, 2, -2])
    reference = _table(ids, constant=1.0, same=[1.0, 2, 3, 4], opposite=[-1.0, 1, -2, 2])
    aggregated = _aggregated(predicted, reference)
    assert aggregated["constant"].loc["icc":"icc_q95"].isna().all()
    assert aggregated["same"].loc["icc":"icc_q95"].tolist() == [1, 1, 1]
    assert aggregated["opposite"]["icc"] == -1


def test_too_few_values_for_an_intraclass_correlation_are_reported_as_asked_for():
    predicted, reference = _table([0, 1, 2], a=[1, np.nan, 2], b=[1, 2, 4]), _table([0, 1, 2], a=[1, 2, 3], b=[1, 2, 3])
    text = "intraclass correlation coefficient for a failed"
    with pytest.warns(UserWarning, match=text) as caught:
        aggregated = _aggregated(predicted, reference)
    assert len(caught) == 1
    assert aggregated["a"].loc["icc":"icc_q95"].isna().all()
    assert aggregated["b"].loc["icc":"icc_q95"].notna().all()
    with pytest.raises(AssertionError, match=text):
        _aggregated(predicted, reference, scoring_errors="raise")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _aggregated(predicted, reference, scoring_errors="ignore")
    with pytest.raises(ValueError, match="scoring_errors"):
        _aggregated(predicted, reference, scoring_errors="none")


def test_pooling_equals_one_table_with_unique_ids():
    rng = np.random.default_rng(0)
    left, right, left_truth, right_truth = (
        _table(range(9), a=rng.normal(size=9), b=rng.normal(size=9)) for _ in "1234"
    )
    right_truth.loc[3, "a"] = np.nan
    predicted, reference = {"left": left, "right": right}, {"left": left_truth, "right": right_truth}
    pooled = _aggregated(predicted, reference, calculate_per_sensor=False, extended=True)
    one_table = [
        pd.concat([table["left"], table["right"].assign(s_id=range(100, 109))]) for table in (predicted, reference)
    ]
    pd.testing.assert_frame_equal(pooled, _aggregated(*one_table, extended=True))


def test_parameters_of_one_sensor_only_are_pooled_with_what_there_is():
    a, both = _table([0, 1, 2], a=[1, 2, 4]), _table([0, 1, 2], b=[1, 2, 4], a=[1, 2, 4])
    tables = {"left": a, "right": both}
    pooled = _aggregated(tables, tables, calculate_per_sensor=False)
    assert pooled.columns.tolist() == ["a", "b"]
    assert pooled.loc["n_common"].tolist() == [6, 3]


def test_each_sensor_has_its_columns():
    tables = {"right": _table([0, 1, 2], a=[1, 2, 4]), "left": _table([0, 1, 2], b=[1, 2, 4], a=[1, 2, 4])}
    aggregated = _aggregated(tables, tables)
    assert aggregated.columns.tolist() == [("left", "a"), ("left", "b"), ("right", "a")]
    pd.testing.assert_frame_equal(aggregated["right"], _aggregated(tables["right"], tables["right"]))


def test_extended_rows_follow_the_usual_ones():
    rng = np.random.default_rng(1)
    truth = rng.normal(10, 2, size=30)
    found = truth + rng.normal(0.3, 0.5, size=30)
    usual = _aggregated(_table(range(30), a=found), _table(range(30), a=truth))["a"]
    rows = _aggregated(_table(range(30), a=found), _table(range(30), a=truth), extended=True)["a"]
    pd.testing.assert_series_equal(rows.iloc[:60], usual)
    error = found - truth
    assert rows["rmse"] == pytest.approx(np.sqrt(np.mean(error**2)))
    assert rows["bias_ci_upper"] == pytest.approx(error.mean() + 2.0452296 * error.std(ddof=1) / np.sqrt(30), abs=1e-7)
    assert rows["bias_ci_lower"] + rows["bias_ci_upper"] == pytest.approx(2 * rows["error_mean"])
    assert rows["sem"] == pytest.approx(rows["error_std"] / np.sqrt(2))
    assert rows["mdc95"] == pytest.approx(1.96 * rows["error_std"])
    assert rows["pearson_r"] == pytest.approx(np.corrcoef(found, truth)[0, 1])
    ranks = [np.argsort(np.argsort(values)) for values in (found, truth)]
    assert rows["spearman_r"] == pytest.approx(np.corrcoef(*ranks)[0, 1])
    np.testing.assert_allclose(rows[["icc_ci_lower", "icc_ci_upper"]], rows[["icc_q05", "icc_q95"]], atol=0.005)
    assert rows["icc_a1_ci_lower"] < rows["icc_a1"] < rows["icc_a1_ci_upper"]


@pytest.mark.reference
class TestReference:
    @pytest.fixture
    def folder(self, reference_dir):
        return reference_dir / "evaluation"

    @pytest.fixture
    def tables(self, folder):
        return {
            f"{side}_parameter": {
                sensor: pd.read_csv(folder / f"{side}_{sensor}.csv", index_col="s_id")
                for sensor in ("left_sensor", "right_sensor")
            }
            for side in ("predicted", "reference")
        }

    @staticmethod
    def _assert_equal(found, expected):
        rounded = ["icc_q05", "icc_q95"]
        assert found.index.tolist() == expected.index.tolist() == ROWS
        assert found.columns.tolist() == expected.columns.tolist()
        np.testing.assert_allclose(found.loc[rounded], expected.loc[rounded], rtol=0, atol=0.005 + 1e-9)
        np.testing.assert_allclose(found.loc["icc"], expected.loc["icc"], rtol=0, atol=1e-9)
        exact = [row for row in ROWS if not row.startswith("icc")]
        np.testing.assert_allclose(found.loc[exact], expected.loc[exact], rtol=1e-10, atol=1e-12)

    def test_errors_and_counts(self, folder, tables):
        errors, counts = calculate_parameter_errors(**tables)
        for sensor in ("left_sensor", "right_sensor"):
            expected = pd.read_csv(folder / f"errors_{sensor}.csv", header=[0, 1], index_col=0)
            found = errors[sensor].sort_index()
            assert found.columns.tolist() == expected.columns.tolist()
            assert found.index.tolist() == expected.index.tolist()
            np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-12)
            expected_counts = pd.read_csv(folder / f"common_{sensor}.csv", index_col=0)
            pd.testing.assert_frame_equal(counts[sensor], expected_counts, check_names=False, check_dtype=False)

    def test_aggregated_per_sensor(self, folder, tables):
        expected = pd.read_csv(folder / "aggregated_per_sensor.csv", header=[0, 1], index_col=0)
        self._assert_equal(calculate_aggregated_parameter_errors(**tables), expected)

    def test_aggregated_over_all_sensors(self, folder, tables):
        expected = pd.read_csv(folder / "aggregated_combined.csv", index_col=0)
        self._assert_equal(calculate_aggregated_parameter_errors(**tables, calculate_per_sensor=False), expected)

    def test_aggregated_for_one_sensor(self, folder, tables):
        expected = pd.read_csv(folder / "aggregated_left_only.csv", index_col=0)
        left = {side: table["left_sensor"] for side, table in tables.items()}
        self._assert_equal(calculate_aggregated_parameter_errors(**left), expected)
        not_pooled = calculate_aggregated_parameter_errors(**left, calculate_per_sensor=False)
        self._assert_equal(not_pooled, expected)

    def test_the_worked_example(self, folder, small):
        expected = pd.read_csv(folder / "aggregated_small.csv", index_col=0)
        self._assert_equal(_aggregated(*small, id_column="trial id"), expected)
