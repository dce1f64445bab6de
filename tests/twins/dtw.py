"""Subsequence DTW with whole matrices and plain loops."""

import numpy as np


def local_distances(template, signal):
    """D(i, j), channels added in their order; a sample that is not finite is infinitely far away."""
    distances = np.zeros((len(template), len(signal)))
    for i in range(len(template)):
        for j in range(len(signal)):
            for c in range(template.shape[1]):
                difference = template[i, c] - signal[j, c]
                distances[i, j] += difference * difference
            if not np.all(np.isfinite(signal[j])):
                distances[i, j] = np.inf
    return distances


def accumulated_cost(template, signal, max_vertical_run=np.inf, max_horizontal_run=np.inf):
    """Cost matrix C with one run counter per cell; ties: horizontal before vertical before diagonal."""
    distances = local_distances(template, signal)
    m, n = distances.shape
    cost = np.full((m + 1, n + 1), np.inf)  # row and column 0 are the virtual ones
    cost[0] = 0
    run = np.zeros((m + 1, n + 1), dtype=int)
    for i in range(1, m + 1):
        for j in range(1, n + 1):
            horizontal = np.inf if run[i, j - 1] <= -max_horizontal_run else cost[i, j - 1]
            vertical = np.inf if run[i - 1, j] >= max_vertical_run else cost[i - 1, j]
            diagonal = cost[i - 1, j - 1]
            smallest = min(horizontal, vertical, diagonal)
            cost[i, j] = distances[i - 1, j - 1] + smallest
            if horizontal == smallest:
                run[i, j] = min(run[i, j - 1], 0) - 1
            elif vertical == smallest:
                run[i, j] = max(run[i - 1, j], 0) + 1
    return cost[1:, 1:]


def path_to(cost, end):
    """Back-tracking from (m - 1, end) to row 0; ties: diagonal before vertical before horizontal."""
    i, j = cost.shape[0] - 1, end
    path = [(i, j)]
    while i > 0:
        if j == 0:
            i -= 1
        else:
            diagonal, vertical, horizontal = cost[i - 1, j - 1], cost[i - 1, j], cost[i, j - 1]
            smallest = min(diagonal, vertical, horizontal)
            if diagonal == smallest:
                i, j = i - 1, j - 1
            elif vertical == smallest:
                i -= 1
            else:
                j -= 1
        path.append((i, j))
    return np.array(path[::-1])
