import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.evaluation_utils import evaluate_segmented_stride_list, match_stride_lists, precision_recall_f1_score
from gaitmap.utils.exceptions import ValidationError
from tests.twins import matching as twin


def _list(borders, ids=None):
    strides = pd.DataFrame(np.reshape(borders, (-1, 2)), columns=["start", "end"])
    return strides.assign(s_id=range(len(strides)) if ids is None else ids)


def _match(a, b, **kwargs):
    return match_stride_lists(stride_list_a=a, stride_list_b=b, **kwargs)


def _pairs(matches):
    return [tuple(row) for row in matches.dropna().to_numpy()]


def _table(pairs, names=("s_id_a", "s_id_b")):
    return pd.DataFrame({name: pd.Series([p[k] for p in pairs], dtype=object) for k, name in enumerate(names)})


def _frame(columns):
    """Frame of reference columns; missing ids are null there."""
    values = {n: [np.nan if v is None else v for v in column] for n, column in columns.items()}
    return pd.DataFrame({name: pd.Series(value, dtype=object) for name, value in values.items()})


def test_identical_lists_match_completely():
    strides = _list([[0, 1], [1, 2], [2, 3]])
    pd.testing.assert_frame_equal(_match(strides, strides), _table([(0, 0), (1, 1), (2, 2)]))


def test_of_equal_strides_the_first_is_taken():
    a = _list([[0, 1], [1, 2], [1, 2], [2, 3], [3, 4]])
    b = _list([[0, 1], [1, 2], [2, 3], [3, 4], [3, 4]])
    expected = [(0, 0), (1, 1), (2, np.nan), (3, 2), (4, 3), (np.nan, 4)]
    pd.testing.assert_frame_equal(_match(a, b), _table(expected))


def test_of_two_equally_near_strides_the_first_in_the_list_is_taken():
    a = _list([[20, 30]])
    for b in (_list([[19, 30], [21, 30]]), _list([[21, 30], [19, 30]])):
        assert _pairs(_match(a, b, tolerance=2)) == [(0, 0)]
        assert _pairs(_match(b, a, tolerance=2)) == [(0, 0)]


def test_matches_need_every_column_within_the_tolerance():
    a, b = _list([[0, 10], [1, 11], [20, 30]]), _list([[0, 10], [20, 30], [20, 31]])
    assert _pairs(_match(a, b, tolerance=2)) == [(0, 0), (2, 1)]
    assert _pairs(_match(_list([[0, 10]]), _list([[1, 13]]), tolerance=2)) == []


def test_false_strides_before_true_ones_lose_no_match():
    a = _list([[0, 10], [500, 510], [103, 113], [203, 213]])
    b = _list([[0, 10], [100, 110], [200, 210]])
    assert _pairs(_match(a, b, tolerance=4)) == [(0, 0), (2, 1), (3, 2)]


def test_nearest_matching_has_no_second_choice_and_optimal_matching_has():
    a, b = _list([[0, 0], [3, 3]]), _list([[2, 2], [5.9, 5.9]])
    assert _pairs(_match(a, b, tolerance=3)) == [(1, 0)]
    assert _pairs(_match(a, b, tolerance=3, matching="optimal")) == [(0, 0), (1, 1)]


def test_all_pairs_are_returned_if_not_one_to_one():
    same = _list([[5, 6]] * 3)
    expected = [(i, j) for i in range(3) for j in range(3)]
    pd.testing.assert_frame_equal(_match(same, same, one_to_one=False), _table(expected))


def test_float_values_match_within_a_float_tolerance():
    a, b = _list([[0.0, 1], [1, 2]]), _list([[0.1, 1.1], [1.2, 2]])
    assert _pairs(_match(a, b, tolerance=0.15)) == [(0, 0)]


@pytest.mark.parametrize("columns", ["tc", ["tc"], ("tc",)])
def test_any_column_can_be_compared(columns):
    a = _list([[0, 10], [10, 20]]).assign(tc=[3, 14])
    b = _list([[50, 60], [70, 80]]).assign(tc=[14, 3])
    assert _pairs(_match(a, b, match_cols=columns)) == [(0, 1), (1, 0)]


def test_ids_as_column_or_index_give_the_same():
    a, b = _list([[0, 1], [5, 6]], [7, 3]), _list([[5, 6], [8, 9]], [4, 2])
    expected = _table([(3, 4), (7, np.nan), (np.nan, 2)])
    pd.testing.assert_frame_equal(_match(a, b), expected)
    pd.testing.assert_frame_equal(_match(a.set_index("s_id"), b.set_index("s_id")), expected)


def test_ids_may_be_strings():
    a, b = _list([[0, 1], [5, 6]], ["b", "a"]), _list([[5, 6]], ["x"])
    matches = _match(a, b, postfix_a="_1", postfix_b="_2")
    pd.testing.assert_frame_equal(matches, _table([("a", "x"), ("b", np.nan)], ["s_id_1", "s_id_2"]))


def test_nullable_integers_are_accepted():
    strides = _list([[0, 1], [5, 6]]).astype("Int64")
    assert _pairs(_match(strides, strides)) == [(0, 0), (1, 1)]


def test_empty_lists_leave_all_strides_of_the_other_without_partner():
    strides, empty = _list([[0, 1], [5, 6]]), _list([])
    for options in ({}, {"one_to_one": False}, {"matching": "optimal"}):
        pd.testing.assert_frame_equal(_match(strides, empty, **options), _table([(0, np.nan), (1, np.nan)]))
        pd.testing.assert_frame_equal(_match(empty, strides, **options), _table([(np.nan, 0), (np.nan, 1)]))
        both = _match(empty, empty, **options)
        assert both.columns.tolist() == ["s_id_a", "s_id_b"]
        assert both.empty


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_strides_without_a_value_stay_without_partner_or_are_refused(value):
    a, b = _list([[0, 10.0], [20, 30], [40, 50]]), _list([[0, 10], [20, 30], [40, 50]])
    a.loc[1, "end"] = value
    expected = _table([(0, 0), (1, np.nan), (2, 2), (np.nan, 1)])
    pd.testing.assert_frame_equal(_match(a, b), expected)
    with pytest.raises(ValueError, match="must be finite"):
        _match(a, b, nan_policy="raise")


@pytest.mark.parametrize("options", [{}, {"one_to_one": False}, {"matching": "optimal"}])
def test_distances_are_those_of_the_matched_values(options):
    a, b = _list([[0, 10], [21, 28], [40, 50]]), _list([[20, 30], [40.0, 50]])
    matches = _match(a, b, tolerance=2, distances=True, **options)
    assert matches.columns.tolist() == ["s_id_a", "s_id_b", "dist_start", "dist_end"]
    np.testing.assert_array_equal(matches[["dist_start", "dist_end"]], [[np.nan, np.nan], [1, -2], [0, 0]])
    pd.testing.assert_frame_equal(matches[["s_id_a", "s_id_b"]], _match(a, b, tolerance=2, **options))


def test_sensors_that_both_have_are_matched_one_by_one():
    a, b = _list([[0, 1]]), _list([[0, 1], [5, 6]])
    matches = _match({"right": b, "left": a, "other": a}, {"left": b, "right": b})
    assert list(matches) == ["left", "right"]
    pd.testing.assert_frame_equal(matches["left"], _match(a, b))
    pd.testing.assert_frame_equal(matches["right"], _match(b, b))


def test_inputs_are_not_modified():
    a, b = _list([[0, 1], [5, 6]]), _list([[5, 6]])
    before = a.copy(), b.copy()
    evaluate_segmented_stride_list(ground_truth=a, segmented_stride_list=b)
    pd.testing.assert_frame_equal(a, before[0])
    pd.testing.assert_frame_equal(b, before[1])


def test_malformed_arguments_are_refused():
    strides = _list([[0, 1]])
    with pytest.raises(ValueError, match="The postfix"):
        _match(strides, strides, postfix_a="x", postfix_b="x")
    with pytest.raises(ValueError, match="larger 0"):
        _match(strides, strides, tolerance=-1)
    with pytest.raises(ValueError, match="matching"):
        _match(strides, strides, matching="best")
    with pytest.raises(ValueError, match="one_to_one=False"):
        _match(strides, strides, matching="optimal", one_to_one=False)
    with pytest.raises(ValueError, match="nan_policy"):
        _match(strides, strides, nan_policy="omit")
    with pytest.raises(ValidationError, match="SingleSensorStrideList"):
        _match(strides.drop(columns="start"), strides)
    with pytest.raises(ValidationError, match="unique"):
        _match(_list([[0, 1], [1, 2]], [1, 1]), strides)
    with pytest.raises(ValidationError, match="does not contain any data"):
        _match({}, {"left": strides})
    with pytest.raises(ValidationError, match="not of same type"):
        _match({"left": strides}, strides)
    with pytest.raises(ValidationError, match="do not have any common sensors"):
        _match({"left": strides}, {"right": strides})


@pytest.mark.parametrize(("columns", "text"), [("ic", "['ic']"), (["ic", "start"], "['ic', 'start']"), ("", "['']")])
def test_missing_columns_are_named(columns, text):
    strides = _list([[0, 1]])
    for lists in ((strides, strides), ({"left": strides}, {"left": strides})):
        with pytest.raises(ValueError, match="One or more selected columns") as error:
            _match(*lists, match_cols=columns)
        assert text in str(error.value)


def test_evaluation_tells_true_and_false_positives_and_false_negatives():
    truth, found = _list([[10, 21], [20, 34], [31, 40]]), _list([[10, 20], [21, 30], [31, 40], [50, 60]])
    matches = evaluate_segmented_stride_list(ground_truth=truth, segmented_stride_list=found, tolerance=2)
    nan = np.nan
    expected = _frame(
        {
            "s_id": [0, 1, 2, 3, nan],
            "s_id_ground_truth": [0, nan, 2, nan, 1],
            "match_type": ["tp", "fp", "tp", "fp", "fn"],
        }
    )
    pd.testing.assert_frame_equal(matches, expected)


def test_evaluation_of_empty_lists_is_an_empty_table():
    matches = evaluate_segmented_stride_list(
        ground_truth=_list([]), segmented_stride_list=_list([]), ground_truth_postfix="_truth"
    )
    assert matches.columns.tolist() == ["s_id", "s_id_truth", "match_type"]
    assert matches.empty


def test_evaluation_of_many_sensors_is_a_dict():
    a, b = _list([[0, 1]]), _list([[5, 6]])
    matches = evaluate_segmented_stride_list(ground_truth={"l": a, "r": b}, segmented_stride_list={"l": a, "r": a})
    assert {sensor: table["match_type"].tolist() for sensor, table in matches.items()} == {
        "l": ["tp"],
        "r": ["fp", "fn"],
    }


_rows = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=7)


@settings(max_examples=30, deadline=None)
@given(a=_rows, b=_rows, tolerance=st.sampled_from([0, 1, 2, 5, 100, np.inf]))
def test_matching_equals_looking_at_every_pair(a, b, tolerance):
    a, b = _list(np.array(a, dtype=float)), _list(np.array(b, dtype=float))
    rows_a, rows_b = a[["start", "end"]].to_numpy(), b[["start", "end"]].to_numpy()
    found = _match(a, b, tolerance=tolerance)
    assert _pairs(found) == twin.mutual_nearest(rows_a, rows_b, tolerance)
    assert sorted(found["s_id_a"].dropna()) == list(range(len(a)))
    assert sorted(found["s_id_b"].dropna()) == list(range(len(b)))
    assert _pairs(_match(a, b, tolerance=tolerance, one_to_one=False)) == twin.all_pairs(rows_a, rows_b, tolerance)


@settings(max_examples=30, deadline=None)
@given(a=_rows, b=_rows, tolerance=st.sampled_from([0, 1, 3, 100]))
def test_optimal_matching_is_the_best_of_all_without_crossing(a, b, tolerance):
    a, b = _list(np.array(sorted(a), dtype=float)), _list(np.array(sorted(b), dtype=float))
    rows_a, rows_b = a[["start", "end"]].to_numpy(), b[["start", "end"]].to_numpy()
    pairs = np.array(_pairs(_match(a, b, tolerance=tolerance, matching="optimal")), dtype=int).reshape(-1, 2)
    differences = np.abs(rows_a[pairs[:, 0]] - rows_b[pairs[:, 1]])
    assert (np.diff(pairs, axis=0) > 0).all()
    assert (differences <= tolerance).all()
    assert (len(pairs), differences.sum()) == twin.best_without_crossing(rows_a, rows_b, tolerance)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32 - 1))
def test_realistic_lists_lose_no_true_match(seed):
    """Jitter below the tolerance, missing and added strides: every stride in both lists is found again."""
    rng = np.random.default_rng(seed)
    start = np.cumsum(rng.integers(180, 260, size=40))
    truth = _list(np.column_stack([start, start + 170]))
    kept = truth[rng.random(40) > 0.1]
    found = kept.assign(**(kept[["start", "end"]] + rng.integers(-8, 9, size=(len(kept), 2))))
    added = _list(np.column_stack([start[:3] + 90, start[:3] + 120]), [100, 101, 102])
    found = pd.concat([added, found])
    for matching in ("nearest", "optimal"):
        assert _pairs(_match(found, truth, tolerance=10, matching=matching)) == [(i, i) for i in kept["s_id"]]


@pytest.mark.reference
def test_all_reference_cases_are_matched_as_specified(reference_dir):
    cases = json.loads((reference_dir / "evaluation" / "match_cases.json").read_text())
    evaluations = json.loads((reference_dir / "evaluation" / "evaluate_cases.json").read_text())
    evaluations = {evaluation["case"]: evaluation for evaluation in evaluations}
    assert set(evaluations) <= {case["name"] for case in cases}
    for case in cases:
        a, b = (pd.DataFrame(case[name]) for name in ("stride_list_a", "stride_list_b"))
        options = {name: case[name] for name in ("match_cols", "tolerance", "one_to_one")}
        matches = _match(a, b, **options)
        assert sorted(_pairs(matches)) == sorted(map(tuple, case["expected_pairs"])), case["name"]
        if case["upstream_pairs_equal_specified_pairs"]:
            pd.testing.assert_frame_equal(matches, _frame(case["expected_frame"]), obj=case["name"])
        if case["name"] in evaluations:
            expected = evaluations[case["name"]]
            evaluated = evaluate_segmented_stride_list(
                ground_truth=b, segmented_stride_list=a, tolerance=case["tolerance"]
            )
            pd.testing.assert_frame_equal(evaluated, _frame(expected["frame"]), obj=case["name"])
            for zero_division in (0, 1):
                scores = precision_recall_f1_score(evaluated, zero_division=zero_division)
                assert scores == expected[f"scores_zero_division_{zero_division}"]
