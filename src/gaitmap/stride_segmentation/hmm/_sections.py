"""Strides, the transitions between them, and their states."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

IntArray = NDArray[np.int64]


def equidistant_labels(n_samples: int, n_states: int) -> IntArray:
    """States of a section that is split into parts of equal length; the rest goes to the first and last states."""
    if n_samples < n_states:
        raise ValueError(f"A section of {n_samples} samples cannot be split into {n_states} states.")
    lengths = np.full(n_states, n_samples // n_states)
    rest = n_samples % n_states
    lengths[: rest // 2] += 1
    lengths[n_states - (rest - rest // 2) :] += 1
    return np.repeat(np.arange(n_states, dtype=np.int64), lengths)


def transition_regions(strides: ArrayLike, n_samples: int) -> IntArray:
    """Sections before, between and behind strides (rows of start and end), each one sample after the stride before."""
    borders = np.asarray(strides, dtype=np.int64).reshape(-1, 2)
    starts = np.concatenate([[0], borders[:, 1] + 1])
    ends = np.concatenate([borders[:, 0], [n_samples]])
    regions = np.column_stack([starts, ends])
    return regions[regions[:, 1] > regions[:, 0]]


def strides_of_states(states: ArrayLike, first_stride_state: int, last_stride_state: int) -> IntArray:
    """Start and end (exclusive) of each stride in a sequence of states, shape (n, 2).

    A stride starts where the first stride state begins, and ends where the last one is left for the first time after
    it. Of several starts with the same end the earliest counts.
    """
    is_first = np.asarray(states) == first_stride_state
    is_last = np.asarray(states) == last_stride_state
    starts = np.flatnonzero(is_first & ~np.concatenate([[False], is_first[:-1]]))
    ends = np.flatnonzero(is_last & ~np.concatenate([is_last[1:], [False]])) + 1
    place = np.searchsorted(ends, starts, side="right")
    has_end = place < len(ends)
    _, earliest = np.unique(place[has_end], return_index=True)
    return np.column_stack([starts[has_end][earliest], ends[place[has_end][earliest]]]).astype(np.int64)
