"""Labels, transitions, and strides in sequences of states."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.stride_segmentation.hmm._sections import equidistant_labels, strides_of_states, transition_regions


@pytest.fixture(scope="module")
def cases(reference_dir):
    return json.loads((reference_dir / "stride_segmentation_hmm" / "small_functions.json").read_text())


@pytest.mark.reference
def test_functions_give_what_the_reference_gives(cases):
    for case in cases["equidistant_labels"]:
        assert equidistant_labels(case["n_labels"], case["n_states"]).tolist() == case["labels"]
    for case in cases["transition_regions"]:
        assert transition_regions(case["strides"], case["n"]).tolist() == case["transitions"]
    for case in cases["states_to_matches"]:
        found = strides_of_states(case["states"], case["start_state"], case["end_state"])
        assert found.tolist() == case["matches"]


@given(st.integers(1, 40), st.integers(0, 60))
@settings(max_examples=50, deadline=None)
def test_equidistant_labels_cover_all_states_evenly(n_states, more):
    labels = equidistant_labels(n_states + more, n_states)
    counts = np.bincount(labels, minlength=n_states)
    assert counts.max() - counts.min() <= 1
    assert (np.diff(labels) >= 0).all()
    assert len(labels) == n_states + more


def test_too_short_sections_cannot_be_labelled():
    with pytest.raises(ValueError, match="3 samples"):
        equidistant_labels(3, 4)


def _strides_one_by_one(states, first, last):
    """The definition, sample by sample."""
    starts = [k for k, s in enumerate(states) if s == first and (k == 0 or states[k - 1] != first)]
    ends = [k + 1 for k, s in enumerate(states) if s == last and (k + 1 == len(states) or states[k + 1] != last)]
    found = {}
    for start in starts:
        later = [end for end in ends if end > start]
        if later:
            found.setdefault(later[0], start)
    return [[start, end] for end, start in found.items()]


@given(st.lists(st.integers(0, 3), max_size=40))
@settings(max_examples=200, deadline=None)
def test_strides_are_those_of_the_definition(states):
    found = strides_of_states(states, 1, 2)
    assert found.tolist() == _strides_one_by_one(states, 1, 2)
    assert found.shape == (len(found), 2)
    assert found.dtype == np.int64


def test_first_and_last_stride_state_may_be_the_same():
    assert strides_of_states(np.array([0.0, 5.0, 5.0, 0.0, 5.0]), 5, 5).tolist() == [[1, 3], [4, 5]]


def test_without_strides_all_is_transition():
    assert transition_regions(np.empty((0, 2)), 10).tolist() == [[0, 10]]
