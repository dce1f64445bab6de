"""Where a foot is silent: its sensor tells nothing of a step that it must have made."""

import numpy as np


def silent_parts(
    start: np.ndarray, end: np.ndarray, other_start: np.ndarray, other_end: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Find the parts in which a foot is silent while the other one walks.

    The feet take turns: between two rests of one foot the other one makes a step. A foot without a stride in all the
    time of a complete stride of the other one therefore did not stand, but was not seen: its sensor lay still, fell
    off, began late, stopped, or its strides were not found.

    Parameters
    ----------
    start, end
        Strides of the foot, sorted by start (samples or s).
    other_start, other_end
        Strides of the other foot, sorted by start.

    Returns
    -------
    begin, stop
        Sorted parts that do not overlap: each reaches over the strides of the other foot that follow each other
        without a break, as far as the foot has none of its own.
    """
    if len(other_start) == 0:
        return np.empty(0), np.empty(0)
    inside = lies_in_hole(start, end, other_start, other_end)
    # A break of the other foot separates what happens before and after it.
    reached = np.maximum.accumulate(other_end)
    stretch = np.append(0, np.cumsum(other_start[1:] > reached[:-1]))
    first = np.append(0, np.flatnonzero(np.diff(stretch)) + 1)
    hole = _hole_of(start, other_start)
    pairs = np.unique(np.column_stack([stretch[inside], hole[inside]]), axis=0)
    of_stretch, of_hole = pairs[:, 0], pairs[:, 1]
    hole_begin, hole_stop = _holes(start, end)
    begin = np.maximum(other_start[first][of_stretch], hole_begin[of_hole])
    stop = np.minimum(np.maximum.reduceat(other_end, first)[of_stretch], hole_stop[of_hole])
    return begin, stop


def lies_in_hole(start: np.ndarray, end: np.ndarray, other_start: np.ndarray, other_end: np.ndarray) -> np.ndarray:
    """Tell which intervals of the other foot lie completely where a foot has no stride (sorted by start)."""
    hole_begin, hole_stop = _holes(start, end)
    hole = _hole_of(start, other_start)
    return (other_start > hole_begin[hole]) & (other_end < hole_stop[hole])


def _holes(start: np.ndarray, end: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Before the first stride, between strides (empty where they touch), and after the last one."""
    reached = np.maximum.accumulate(end) if len(end) else end
    return np.append(-np.inf, reached), np.append(start, np.inf)


def _hole_of(start: np.ndarray, other_start: np.ndarray) -> np.ndarray:
    """Find the number of the hole in which an interval of the other foot can lie."""
    return np.searchsorted(start, other_start, side="right")
