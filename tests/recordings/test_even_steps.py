"""Statistics of steps that are read in chunks equal those of the whole column."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.recordings._even_steps import find_uneven_steps, largest_deviation, median_step

times = st.builds(
    lambda steps: np.concatenate([[0.0], np.cumsum(steps)]),
    st.lists(st.one_of(st.floats(0, 10), st.sampled_from([0.0, 0.01, 1e-300])), min_size=1, max_size=60),
)


def in_chunks(seconds: np.ndarray, length: int):
    return lambda: iter([seconds[i : i + length] for i in range(0, len(seconds), length)])


@settings(max_examples=40, deadline=None)
@given(seconds=times, length=st.integers(1, 70))
def test_median_is_exact(seconds, length):
    steps = np.diff(seconds)
    assert median_step(in_chunks(seconds, length), len(steps)) == np.median(steps)


@settings(max_examples=40, deadline=None)
@given(seconds=times, length=st.integers(1, 70), tolerance=st.sampled_from([0.0, 0.5, 20.0]))
def test_uneven_steps_are_all_counted_and_the_longest_found(seconds, length, tolerance):
    steps = np.diff(seconds)
    uneven = [i for i, step in enumerate(steps) if abs(step - 1.0) > tolerance]
    number, at, time, longest = find_uneven_steps(in_chunks(seconds, length), 1.0, tolerance)
    assert number == len(uneven)
    if uneven:
        worst = max(uneven, key=lambda i: (steps[i], -i))
        assert (at, time, longest) == (worst, seconds[worst], steps[worst])


@pytest.mark.parametrize("length", [1, 7, 100])
def test_largest_deviation_from_an_even_grid(length):
    seconds = np.arange(100) * 0.01
    seconds[50:] += 0.3
    assert largest_deviation(in_chunks(seconds, length), 0.01) == pytest.approx(0.3)
    assert largest_deviation(in_chunks(np.arange(100) * 0.01, length), 0.01) == 0
