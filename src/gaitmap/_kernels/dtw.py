"""Subsequence dynamic time warping along anti-diagonals, in memory of the size of the template.

Cell (i, j) compares sample i of the template (m samples) with sample j of the signal. With the local distance
``D(i, j) = sum_c (template[i, c] - signal[j, c])^2`` the accumulated cost is

    C(i, j) = D(i, j) + min(C(i-1, j-1), C(i-1, j), C(i, j-1)),     C(-1, j) = 0,  C(i, -1) = inf.

The cells of one anti-diagonal (i + j = k) do not depend on each other. Only three anti-diagonals are kept: k is made
from k-1 (vertical neighbour (i-1, j) and horizontal neighbour (i, j-1)) and from k-2 (diagonal neighbour). Element 0
of each is the row -1 above the template, element i + 1 is row i.

The index where a match starts travels with the cost. It comes from the smallest of the three neighbouring *costs*, ties
in the order diagonal, vertical, horizontal: the rule of back-tracking, so that no path is needed to know it.

Limits of the local stretching (Mueller, Fundamentals of Music Processing, section 3.2) need one run counter per cell:
> 0 counts the vertical steps in a row, < 0 the horizontal ones, 0 follows a diagonal step.

A sample with a value that is not finite is infinitely far from everything: no match contains it, and the cells behind
it are those of a signal that starts there.

The loops are kept apart and free of branches, because then the compiler makes vector instructions of them.
"""

from typing import NamedTuple

import numpy as np

from gaitmap._kernels._jit import kernel

#: A limit on the number of steps in a row that is none.
NO_LIMIT = 2**62

# Signal samples that are laid out for the vector loops at a time (with the window they fit into the first-level cache).
_BLOCK = 512


class DtwState(NamedTuple):
    """Everything the next sample needs of the past; :func:`advance` changes the arrays in place."""

    template: np.ndarray  #: (channels, m)
    costs: np.ndarray  #: (3, m + 1), row k % 3 is anti-diagonal k
    starts: np.ndarray  #: (3, m + 1)
    runs: np.ndarray  #: (3, m + 1)
    window: np.ndarray  #: (channels, block + m - 1), the last samples, newest first
    limits: np.ndarray  #: vertical and horizontal steps allowed in a row
    n_seen: np.ndarray  #: one element, samples so far


@kernel
def _local_distance(template, window, offset, out):
    m = out.size
    t = template[0]
    x = window[0, offset : offset + m]
    for i in range(m):
        out[i] = (t[i] - x[i]) * (t[i] - x[i])
    for c in range(1, template.shape[0]):
        t = template[c]
        x = window[c, offset : offset + m]
        for i in range(m):
            out[i] += (t[i] - x[i]) * (t[i] - x[i])


@kernel
def _accumulate(distance, costs, new, before, before_that):
    m = distance.size
    diagonal, vertical, horizontal = costs[before_that, :m], costs[before, :m], costs[before, 1:]
    out = costs[new, 1:]
    for i in range(m):
        d = diagonal[i]
        v = vertical[i]
        h = horizontal[i]
        best = d if d <= v else v
        best = best if best <= h else h
        out[i] = distance[i] + best


@kernel
def _accumulate_limited(distance, costs, runs, limits, new, before, before_that):
    # Ties: horizontal before vertical before diagonal. All values are loaded before they are selected from.
    m = distance.size
    diagonal, vertical, horizontal = costs[before_that, :m], costs[before, :m], costs[before, 1:]
    run_v, run_h = runs[before, :m], runs[before, 1:]
    limit_v = limits[0]
    limit_h = limits[1]
    cost, run = costs[new, 1:], runs[new, 1:]
    for i in range(m):
        d = diagonal[i]
        v = vertical[i]
        h = horizontal[i]
        r_v = run_v[i]
        r_h = run_h[i]
        v = np.inf if r_v >= limit_v else v
        h = np.inf if r_h <= -limit_h else h
        one_more_v = (r_v if r_v > 0 else 0) + 1
        one_more_h = (r_h if r_h < 0 else 0) - 1
        best = h if h <= v else v
        step = one_more_h if h <= v else one_more_v
        run[i] = step if best <= d else 0
        cost[i] = distance[i] + (best if best <= d else d)


@kernel
def _propagate_start(costs, starts, new, before, before_that):
    # Ties: diagonal before vertical before horizontal.
    m = costs.shape[1] - 1
    diagonal, vertical, horizontal = costs[before_that, :m], costs[before, :m], costs[before, 1:]
    start_d, start_v, start_h = starts[before_that, :m], starts[before, :m], starts[before, 1:]
    out = starts[new, 1:]
    for i in range(m):
        d = diagonal[i]
        v = vertical[i]
        h = horizontal[i]
        s_d = start_d[i]
        s_v = start_v[i]
        s_h = start_h[i]
        best = d if d <= v else v
        start = s_d if d <= v else s_v
        out[i] = start if best <= h else s_h


@kernel
def _direction(costs, before, before_that, out):
    # 0 diagonal, 1 vertical, 2 horizontal: the decisions of ``_propagate_start``.
    m = out.size
    diagonal, vertical, horizontal = costs[before_that, :m], costs[before, :m], costs[before, 1:]
    for i in range(m):
        d = diagonal[i]
        v = vertical[i]
        best = d if d <= v else v
        step = 0 if d <= v else 1
        out[i] = step if best <= horizontal[i] else 2


@kernel
def _load_block(signal, first, n, window, n_overlap):
    # Newest sample first, so that both factors of the distance run forward along an anti-diagonal.
    n_channels = window.shape[0]
    for c in range(n_channels):
        for p in range(n_overlap - 1, -1, -1):
            window[c, n + p] = window[c, p]
    for p in range(n):
        j = first + n - 1 - p
        usable = True
        for c in range(n_channels):
            usable = usable and np.isfinite(signal[j, c])
        for c in range(n_channels):
            window[c, p] = signal[j, c] if usable else np.inf


@kernel
def _next_diagonal(template, costs, runs, window, limits, k, offset, distance):
    """Compute anti-diagonal k, whose newest sample is at ``offset`` of the window.

    Returns the rows of ``costs`` that hold the anti-diagonals k, k - 1 and k - 2.
    """
    new, before, before_that = k % 3, (k + 2) % 3, (k + 1) % 3
    _local_distance(template, window, offset, distance)
    if limits[0] < NO_LIMIT or limits[1] < NO_LIMIT:
        _accumulate_limited(distance, costs, runs, limits, new, before, before_that)
    else:
        _accumulate(distance, costs, new, before, before_that)
    return new, before, before_that


@kernel
def new_state(template, max_vertical_run, max_horizontal_run):
    """Make the state before the first sample, for a template (m, channels) and the limits in samples."""
    m, n_channels = template.shape
    costs = np.full((3, m + 1), np.inf)  # the column -1 left of the signal
    costs[:, 0] = 0.0  # the row -1 above the template
    starts = np.full((3, m + 1), -1)
    runs = np.zeros((3, m + 1), np.int64)
    window = np.full((n_channels, _BLOCK + m - 1), np.inf)
    limits = np.array([max_vertical_run, max_horizontal_run])
    return DtwState(template.T.copy(), costs, starts, runs, window, limits, np.zeros(1, np.int64))


@kernel
def advance(state, signal, last_row, start):
    """Take in a chunk of the signal (n, channels); write the cells of the last template row that it completes.

    Cell (m - 1, j) is complete once sample j + m - 1 has been seen: ``last_row`` and ``start`` (n each) belong to the
    samples that lie m - 1 before those of the chunk. After the last chunk, m - 1 samples of inf bring out the rest.
    """
    template, costs, starts, runs, window, limits, n_seen = state
    m = template.shape[1]
    distance = np.empty(m)
    k = n_seen[0]
    n_done = 0
    while n_done < signal.shape[0]:
        n = min(_BLOCK, signal.shape[0] - n_done)
        _load_block(signal, n_done, n, window, m - 1)
        for q in range(n_done, n_done + n):
            offset = n_done + n - 1 - q
            new, before, before_that = _next_diagonal(template, costs, runs, window, limits, k, offset, distance)
            starts[before_that, 0] = k  # a match that enters the first template row here starts here
            _propagate_start(costs, starts, new, before, before_that)
            last_row[q] = costs[new, m] if window[0, offset + m - 1] != np.inf else np.nan
            start[q] = starts[new, m] if costs[new, m] < np.inf else -1
            k += 1
        n_done += n
    n_seen[0] = k


@kernel
def cost_and_start(template, signal, max_vertical_run, max_horizontal_run):
    """Return C(m - 1, j), and the sample where the best match that ends with j starts, for every j of the signal.

    Samples that are not finite have cost NaN; no match (cost inf or NaN) has start -1.
    """
    m, n_channels = template.shape
    n = signal.shape[0]
    last_row = np.empty(n + m - 1)
    start = np.empty(n + m - 1, np.int64)
    state = new_state(template, max_vertical_run, max_horizontal_run)
    advance(state, signal, last_row[:n], start[:n])
    advance(state, np.full((m - 1, n_channels), np.inf), last_row[n:], start[n:])
    return last_row[m - 1 :], start[m - 1 :]


@kernel
def _padded_window(signal, m):
    # The whole signal, newest sample first, between m - 1 samples of inf: sample k is at offset n + m - 2 - k.
    n, n_channels = signal.shape
    window = np.full((n_channels, n + 2 * (m - 1)), np.inf)
    _load_block(signal, 0, n, window[:, m - 1 :], 0)
    return window


@kernel
def cost_matrix(template, signal, max_vertical_run, max_horizontal_run):
    """Return the whole matrix C (m, n); columns of samples that are not finite are NaN."""
    m = template.shape[0]
    n = signal.shape[0]
    window = _padded_window(signal, m)
    channels, costs, _, runs, _, limits, _ = new_state(template, max_vertical_run, max_horizontal_run)
    distance = np.empty(m)
    matrix = np.empty((m, n))
    for k in range(n + m - 1):
        offset = n + m - 2 - k
        new, _, _ = _next_diagonal(channels, costs, runs, window, limits, k, offset, distance)
        for i in range(max(0, k - n + 1), min(m, k + 1)):
            matrix[i, k - i] = costs[new, i + 1] if window[0, offset + i] != np.inf else np.nan
    return matrix


@kernel
def warping_paths(template, signal, max_vertical_run, max_horizontal_run, starts, ends):
    """Track back the matches from row m - 1 at ``ends`` (ascending, inclusive) to row 0 at ``starts``.

    Returns the cells (template index, signal index) of all paths below each other, each from its start to its end, and
    where each path begins in that table (n_paths + 1 values). Steps are kept in a ring as long as the longest match.
    """
    m = template.shape[0]
    n = signal.shape[0]
    n_paths = ends.size
    longest = 0
    n_cells = 0
    for p in range(n_paths):
        longest = max(longest, ends[p] - starts[p] + 1)
        n_cells += ends[p] - starts[p] + m
    ring = np.empty((longest + m, m), np.uint8)
    cells = np.empty((n_cells, 2), np.int64)
    first = np.zeros(n_paths + 1, np.int64)

    window = _padded_window(signal, m)
    channels, costs, _, runs, _, limits, _ = new_state(template, max_vertical_run, max_horizontal_run)
    distance = np.empty(m)
    path = 0
    for k in range(n + m - 1):
        if path == n_paths:
            break
        offset = n + m - 2 - k
        _, before, before_that = _next_diagonal(channels, costs, runs, window, limits, k, offset, distance)
        _direction(costs, before, before_that, ring[k % ring.shape[0]])
        if k == ends[path] + m - 1:
            first[path + 1] = _track_back(ring, ends[path], cells, first[path])
            path += 1
    return cells[: first[n_paths]], first


@kernel
def _track_back(ring, end, cells, first):
    """Write the path that ends in (m - 1, end) from row ``first`` of ``cells`` on; return the row behind its last."""
    i = ring.shape[1] - 1
    j = end
    n = first
    while True:
        cells[n, 0] = i
        cells[n, 1] = j
        n += 1
        if i == 0:
            break
        step = ring[(i + j) % ring.shape[0], i]
        if step != 2:
            i -= 1
        if step != 1:
            j -= 1
    cells[first:n] = cells[first:n][::-1].copy()
    return n
