"""Matching by looking at every pair."""

import numpy as np


def all_pairs(a, b, tolerance):
    """Every pair within the tolerance."""
    return [(i, j) for i in range(len(a)) for j in range(len(b)) if np.abs(a[i] - b[j]).max() <= tolerance]


def mutual_nearest(a, b, tolerance):
    """Pairs that are each other's first nearest row."""
    if len(a) == 0 or len(b) == 0:
        return []
    distance = np.abs(a[:, None] - b[None]).sum(axis=-1)
    nearest_b, nearest_a = distance.argmin(axis=1), distance.argmin(axis=0)
    close = set(all_pairs(a, b, tolerance))
    return [(i, j) for i, j in enumerate(nearest_b) if nearest_a[j] == i and (i, j) in close]


def best_without_crossing(a, b, tolerance):
    """Number of pairs and summed distance of the best pairing of two sorted lists, by trying all of them."""
    if len(a) == 0 or len(b) == 0:
        return 0, 0.0
    options = [best_without_crossing(a[:-1], b, tolerance), best_without_crossing(a, b[:-1], tolerance)]
    if np.abs(a[-1] - b[-1]).max() <= tolerance:
        number, cost = best_without_crossing(a[:-1], b[:-1], tolerance)
        options.append((number + 1, cost + np.abs(a[-1] - b[-1]).sum()))
    return max(options, key=lambda option: (option[0], -option[1]))
