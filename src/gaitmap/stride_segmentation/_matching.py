"""Finding the ends of matches in the last row of an accumulated cost matrix."""

from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaitmap.utils._checks import parameter_error
from gaitmap.utils.array_handling import find_local_minima_below_threshold, find_local_minima_with_distance


def find_matches_find_peaks(
    acc_cost_mat: NDArray[np.floating], max_cost: float | None, min_distance: float | None
) -> NDArray[np.integer]:
    """Find the local minima of the cost function that are some distance apart.

    Parameters
    ----------
    acc_cost_mat
        Accumulated cost matrix (template x signal); only its last row is used. The cost function is its square root.
    max_cost
        Largest cost of a match (inclusive). None: no limit.
    min_distance
        Smallest distance between two matches in samples (>= 1); of two minima that are closer, the one with the lower
        cost stays. None: no limit.

    Returns
    -------
    ends
        Last sample of each match, ascending. The first and the last sample of the signal never end a match.
    """
    return find_local_minima_with_distance(_cost_function(acc_cost_mat), threshold=max_cost, distance=min_distance)


def find_matches_min_under_threshold(
    acc_cost_mat: NDArray[np.floating], max_cost: float, **_: Any
) -> NDArray[np.integer]:
    """Find the minimum of each section in which the cost function is not above a threshold.

    Parameters
    ----------
    acc_cost_mat
        Accumulated cost matrix (template x signal); only its last row is used. The cost function is its square root.
    max_cost
        The threshold. A cost above it, NaN and infinity end a section.

    Returns
    -------
    ends
        Last sample of each match, ascending: the (first) minimum of each section.

    Raises
    ------
    ValueError
        If there is no threshold.
    """
    if max_cost is None:
        raise parameter_error("find_matches_min_under_threshold", "max_cost", "a number", max_cost)
    cost = _cost_function(acc_cost_mat)
    return find_local_minima_below_threshold(np.where(np.isfinite(cost), cost, np.nan), max_cost)


def _cost_function(acc_cost_mat: NDArray[np.floating]) -> NDArray[np.float64]:
    return np.sqrt(np.asarray(acc_cost_mat, dtype=float)[-1])
