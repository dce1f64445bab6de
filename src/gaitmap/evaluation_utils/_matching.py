"""Which strides of two lists belong together: positions in, positions out."""

from typing import TypeAlias

import numpy as np

from gaitmap._kernels.matching import nearest_rows, optimal_partners

#: Two integer arrays: positions in the first and in the second list.
Pairs: TypeAlias = tuple[np.ndarray, np.ndarray]


def all_pairs(a: np.ndarray, b: np.ndarray, tolerance: float) -> Pairs:
    """All pairs of rows whose Chebyshev distance is within the tolerance."""
    order = np.argsort(b[:, 0], kind="stable")
    low, high = _windows(a[:, 0], b[order, 0], tolerance)
    n_candidates = high - low
    first = np.repeat(np.arange(len(a)), n_candidates)
    within = np.arange(n_candidates.sum()) - np.repeat(np.cumsum(n_candidates) - n_candidates, n_candidates)
    second = order[np.repeat(low, n_candidates) + within]
    return _within_tolerance(a, b, first, second, tolerance)


def mutual_nearest_pairs(a: np.ndarray, b: np.ndarray, tolerance: float) -> Pairs:
    """Pairs that are each other's nearest row (Manhattan distance, ties to the first), if within the tolerance."""
    nearest_b, nearest_a = _nearest(a, b), _nearest(b, a)
    first = np.flatnonzero((nearest_b >= 0) & (nearest_a[nearest_b] == np.arange(len(a)))) if len(b) else np.arange(0)
    return _within_tolerance(a, b, first, nearest_b[first], tolerance)


def optimal_pairs(a: np.ndarray, b: np.ndarray, tolerance: float) -> Pairs:
    """Most pairs within the tolerance, of these the smallest total Manhattan distance; the pairs do not cross."""
    order_a, order_b = _row_order(a), _row_order(b)
    sorted_a, sorted_b = a[order_a], b[order_b]
    low, high = _windows(sorted_a[:, 0], sorted_b[:, 0], tolerance)
    partner = optimal_partners(sorted_a, sorted_b, low, high, float(tolerance))
    matched = np.flatnonzero(partner >= 0)
    return order_a[matched], order_b[partner[matched]]


def _nearest(points: np.ndarray, others: np.ndarray) -> np.ndarray:
    order = np.argsort(others[:, 0], kind="stable")
    others = others[order]
    return nearest_rows(points, others, order, np.searchsorted(others[:, 0], points[:, 0]))


def _row_order(rows: np.ndarray) -> np.ndarray:
    return np.lexsort(rows.T[::-1])


def _windows(values: np.ndarray, sorted_values: np.ndarray, tolerance: float) -> Pairs:
    """Half-open ranges of ``sorted_values`` that may be within the tolerance of each value; rounding is allowed for."""
    reach = tolerance + 1e-9 * (np.abs(values) + tolerance)
    low = np.searchsorted(sorted_values, values - reach, side="left")
    return low, np.searchsorted(sorted_values, values + reach, side="right")


def _within_tolerance(a: np.ndarray, b: np.ndarray, first: np.ndarray, second: np.ndarray, tolerance: float) -> Pairs:
    close = (np.abs(a[first] - b[second]) <= tolerance).all(axis=1)
    return first[close], second[close]
