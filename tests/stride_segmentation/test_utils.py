"""Snapping of borders to minima."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.stride_segmentation._utils import snap_to_min


def _twin(data, matches, before, after):
    snapped = matches.copy()
    for row, column in np.ndindex(*matches.shape):
        centre = min(matches[row, column], len(data) - 1)
        window = range(max(centre - before, 0), min(centre + after, len(data) - 1) + 1)
        usable = [k for k in window if not np.isnan(data[k])]
        lowest = min(usable, key=lambda k: data[k]) if usable else centre
        is_end_of_data = matches[row, column] == len(data) and lowest == len(data) - 1
        snapped[row, column] = len(data) if is_end_of_data else lowest
    return snapped


@settings(max_examples=60, deadline=None)
@given(
    data=st.lists(st.sampled_from([0.0, 1.0, 2.0, np.nan]), min_size=1, max_size=30),
    borders=st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30)), max_size=5),
    window=st.one_of(st.integers(0, 12), st.tuples(st.integers(0, 6), st.integers(0, 6))),
)
def test_borders_move_to_the_first_minimum_of_their_window(data, borders, window):
    data = np.array(data)
    matches = np.clip(np.array(borders, dtype=np.int64).reshape(-1, 2), 0, len(data))
    before, after = window if isinstance(window, tuple) else (window // 2, window // 2)
    snapped = snap_to_min(data, matches, window)
    assert snapped.dtype == np.int64
    np.testing.assert_array_equal(snapped, _twin(data, matches, before, after))


def test_the_input_is_not_changed():
    matches = np.array([[2, 4]])
    snap_to_min(np.array([0.0, 1, 2, 3, 4, 5]), matches, 4)
    assert matches.tolist() == [[2, 4]]


@pytest.mark.reference
def test_reference_cases(reference_dir):
    cases = json.loads((reference_dir / "stride_segmentation_dtw" / "snap_and_find_matches.json").read_text())
    for case in cases["snap_to_min"]:
        window = tuple(case["window"]) if case["window_is_tuple"] else case["window"]
        snapped = snap_to_min(np.array(case["data"], dtype=float), np.array(case["matches"]), window)
        assert snapped.tolist() == case["expected"]
