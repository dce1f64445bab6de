"""Ends of matches in a cost function."""

import json

import numpy as np
import pytest

from gaitmap.stride_segmentation import find_matches_find_peaks, find_matches_min_under_threshold


def _as_matrix(cost):
    return np.square(np.atleast_2d(np.asarray(cost, dtype=float)))


def test_only_the_last_row_counts():
    matrix = np.vstack([np.zeros(5), _as_matrix([3, 1, 2, 0.5, 3])])
    assert find_matches_find_peaks(matrix, 1.0, None).tolist() == [1, 3]
    assert find_matches_min_under_threshold(matrix, 1.0).tolist() == [1, 3]


def test_a_cost_equal_to_the_threshold_counts():
    matrix = _as_matrix([3, 2, 3])
    assert find_matches_find_peaks(matrix, 2.0, None).tolist() == [1]
    assert find_matches_min_under_threshold(matrix, 2.0).tolist() == [1]


def test_a_threshold_of_zero_is_a_threshold():
    matrix = _as_matrix([3, 1, 3, 0, 3])
    assert find_matches_find_peaks(matrix, 0, None).tolist() == [3]
    assert find_matches_min_under_threshold(matrix, 0).tolist() == [3]


def test_peaks_leave_out_the_first_and_the_last_sample_and_sections_do_not():
    matrix = _as_matrix([0, 3, 3, 0])
    assert find_matches_find_peaks(matrix, 1.0, None).tolist() == []
    assert find_matches_min_under_threshold(matrix, 1.0).tolist() == [0, 3]


def test_a_plateau_ends_in_its_middle_for_peaks_and_at_its_start_for_sections():
    matrix = _as_matrix([3, 1, 1, 1, 1, 3])
    assert find_matches_find_peaks(matrix, 2.0, None).tolist() == [2]
    assert find_matches_min_under_threshold(matrix, 2.0).tolist() == [1]


def test_of_two_close_peaks_the_cheaper_one_stays():
    matrix = _as_matrix([3, 1, 2, 0.5, 3])
    assert find_matches_find_peaks(matrix, None, 3).tolist() == [3]


@pytest.mark.parametrize("gap", [np.nan, np.inf])
def test_missing_costs_end_a_section(gap):
    matrix = _as_matrix([1, 0, gap, 1, 0.5])
    assert find_matches_min_under_threshold(matrix, 2.0).tolist() == [1, 4]
    assert find_matches_min_under_threshold(matrix, np.inf).tolist() == [1, 4]


def test_sections_need_a_threshold():
    with pytest.raises(ValueError, match="max_cost"):
        find_matches_min_under_threshold(_as_matrix([1, 0, 1]), None)


def test_a_distance_below_one_sample_is_refused():
    with pytest.raises(ValueError, match="distance"):
        find_matches_find_peaks(_as_matrix([1, 0, 1]), None, 0)


def test_no_sample_has_no_match():
    matrix = np.empty((3, 0))
    assert find_matches_find_peaks(matrix, 1.0, 5).tolist() == []
    assert find_matches_min_under_threshold(matrix, 1.0).tolist() == []


@pytest.mark.reference
def test_reference_cases(reference_dir):
    cases = json.loads((reference_dir / "stride_segmentation_dtw" / "snap_and_find_matches.json").read_text())
    for case in cases["find_matches"]:
        matrix = np.atleast_2d(np.array(case["last_row"], dtype=float))
        found = find_matches_find_peaks(matrix, case["max_cost"], case["min_distance"])
        assert found.tolist() == case["find_matches_find_peaks"]
        if case["find_matches_min_under_threshold"] is not None:
            found = find_matches_min_under_threshold(matrix, case["max_cost"], min_distance=case["min_distance"])
            assert found.tolist() == case["find_matches_min_under_threshold"]
