"""Local minima of a signal in parts."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.signal import find_peaks

from gaitmap._kernels.local_minima import choose_with_distance, minima_between_slopes, minima_of_sections
from tests.twins import local_minima as twin

SEARCHES = {"slopes": (minima_between_slopes, np.nan), "sections": (minima_of_sections, np.nan)}
TWINS = {"slopes": twin.minima_between_slopes, "sections": twin.minima_of_sections}
# Few values: many are equal.
VALUES = st.lists(st.sampled_from([0.0, 1.0, 2.0, 3.0, np.inf, np.nan]), max_size=40)
FAR = 2**62


def _search_in_parts(kind, values, cuts, limit):
    search, none = SEARCHES[kind]
    state = np.array([none]), np.array([-1])
    found = []
    borders = [0, *sorted(cut for cut in cuts if cut <= len(values)), len(values)]
    for first, end in itertools.pairwise(borders):
        found += search(np.array(values[first:end], dtype=float), first, limit, *state).tolist()
    if kind == "sections" and state[1][0] >= 0:
        found.append(int(state[1][0]))
    return found


@pytest.mark.parametrize("kind", SEARCHES)
@settings(max_examples=150, deadline=None)
@given(values=VALUES, cuts=st.lists(st.integers(0, 40), max_size=6), limit=st.sampled_from([0.0, 1.0, 2.0, np.inf]))
def test_parts_give_the_minima_of_the_whole(kind, values, cuts, limit):
    assert _search_in_parts(kind, values, cuts, limit) == TWINS[kind](values, limit)


@settings(max_examples=50, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), distance=st.integers(1, 12), limit=st.floats(-1, 2))
def test_different_values_give_the_peaks_of_scipy(seed, distance, limit):
    values = np.random.default_rng(seed).normal(size=60)
    found = np.array(_search_in_parts("slopes", values, [17, 30], limit), dtype=np.int64)
    kept = found[choose_with_distance(found, values[found], distance, FAR) == 1]
    np.testing.assert_array_equal(kept, find_peaks(-values, height=-limit, distance=distance)[0])


MINIMA = st.lists(st.tuples(st.integers(1, 6), st.integers(0, 5)), max_size=15)


def _arrays(minima):
    steps, values = zip(*minima, strict=True) if minima else ((), ())
    return np.cumsum(steps, dtype=np.int64), np.array(values, dtype=float)


@settings(max_examples=100, deadline=None)
@given(minima=MINIMA, distance=st.integers(1, 15))
def test_choice_of_the_whole_is_that_of_the_twin(minima, distance):
    positions, values = _arrays(minima)
    decision = choose_with_distance(positions, values, distance, FAR)
    assert positions[decision == 1].tolist() == twin.choose_with_distance(positions, values, distance)
    assert (decision != 0).all()


@settings(max_examples=150, deadline=None)
@given(minima=MINIMA, later=MINIMA, gap=st.integers(1, 8), distance=st.integers(1, 15))
def test_what_is_decided_is_not_changed_by_later_minima(minima, later, gap, distance):
    positions, values = _arrays(minima)
    complete_up_to = int(positions.max(initial=0)) + gap
    decision = choose_with_distance(positions, values, distance, complete_up_to)
    later_positions, later_values = _arrays(later)
    everything = np.append(positions, later_positions + complete_up_to - 1), np.append(values, later_values)
    in_the_end = choose_with_distance(*everything, distance, FAR)[: len(positions)]
    assert (in_the_end[decision != 0] == decision[decision != 0]).all()


def test_a_lonely_minimum_is_decided_after_the_distance_and_the_best_of_a_cluster_before_its_end():
    positions, values = np.array([10, 14, 18]), np.array([3.0, 1.0, 2.0])
    assert choose_with_distance(positions[:1], values[:1], 5, 14).tolist() == [0]
    assert choose_with_distance(positions[:1], values[:1], 5, 15).tolist() == [1]
    assert choose_with_distance(positions, values, 5, 19).tolist() == [-1, 1, -1]


def test_a_chain_of_better_minima_waits_for_its_end():
    positions, values = np.array([10, 14, 18, 22]), np.array([4.0, 3.0, 2.0, 1.0])
    assert choose_with_distance(positions, values, 5, 26).tolist() == [0, 0, 0, 0]
    assert choose_with_distance(positions, values, 5, 27).tolist() == [-1, 1, -1, 1]
