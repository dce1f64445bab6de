"""Whether times are even: statistics of their steps that need the column again, but never all of it at once."""

from collections.abc import Callable, Iterator

import numpy as np

#: Gives the seconds of a time column from its first sample on, in consecutive chunks, each time it is called.
SecondsSource = Callable[[], Iterator[np.ndarray]]


def steps_of(source: SecondsSource) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Give the steps of each chunk: the sample before the first one, the times before them, the steps."""
    first, last = 0, np.zeros(0)
    for seconds in source():
        times = np.concatenate([last, seconds])
        yield first, times[:-1], np.diff(times)
        first += len(times) - 1
        last = times[-1:]


def median_step(source: SecondsSource, n_steps: int) -> float:
    """Exact median of the steps, none of which is negative.

    Such numbers sort as their bits do, so that the middle one is found 16 bits at a time, each with a count of all.
    """
    ranks = np.array([(n_steps - 1) // 2, n_steps // 2])
    prefixes = np.zeros(2, dtype=np.uint64)
    for shift in (48, 32, 16, 0):
        counts = np.zeros((2, 2**16), dtype=np.int64)
        for _, _, steps in steps_of(source):
            # Adding 0 turns -0.0, whose bits sort last, into 0.0.
            bits = (steps + 0.0).view(np.uint64)
            for i, prefix in enumerate(prefixes):
                chosen = bits if shift == 48 else bits[bits >> np.uint64(shift + 16) == prefix]
                digits = (chosen >> np.uint64(shift)) & np.uint64(0xFFFF)
                counts[i] += np.bincount(digits.astype(np.int64), minlength=2**16)
        for i, count in enumerate(counts):
            reached = np.cumsum(count)
            digit = int(np.searchsorted(reached, ranks[i], side="right"))
            ranks[i] -= reached[digit] - count[digit]
            prefixes[i] = (int(prefixes[i]) << 16) | digit
    return float(np.mean(prefixes.view(np.float64)))


def find_uneven_steps(source: SecondsSource, reference: float, tolerance: float) -> tuple[int, int, float, float]:
    """Find the steps that differ from the reference: their number, and sample, time and length of the longest."""
    number, worst_at, worst_time, worst = 0, -1, np.nan, -np.inf
    for first, times, steps in steps_of(source):
        uneven = np.flatnonzero(np.abs(steps - reference) > tolerance)
        number += len(uneven)
        if len(uneven):
            at = int(uneven[np.argmax(steps[uneven])])
            if steps[at] > worst:
                worst_at, worst_time, worst = first + at, float(times[at]), float(steps[at])
    return number, worst_at, worst_time, worst


def largest_deviation(source: SecondsSource, period: float) -> float:
    """Largest distance of a time from an even grid that begins at 0, in s."""
    largest, first = 0.0, 0
    for seconds in source():
        grid = np.arange(first, first + len(seconds)) * period
        largest = max(largest, float(np.abs(seconds - grid).max(initial=0.0)))
        first += len(seconds)
    return largest
