"""Plain version of the statistics of one parameter over one group."""

import numpy as np


def group_statistics(values, weights, foot):
    """See the kernel of the same name."""
    known = ~np.isnan(values)
    values, weights, foot = values[known], weights[known], foot[known]
    rows = [_describe(values[foot == side], weights[foot == side]) for side in (0, 1)]
    both = _describe(values, weights)
    for k in (2, 4):
        spreads = [row[k] for row in rows if not np.isnan(row[k])]
        both[k] = np.sqrt(np.mean(np.square(spreads))) if spreads else np.nan
    return [*rows, both]


def _describe(values, weights):
    n = len(values)
    if n == 0:
        return [0] + [np.nan] * 6
    known = ~np.isnan(weights)
    mean = np.average(values[known], weights=weights[known]) if known.any() else np.nan
    median, p10, p90 = np.quantile(values, [0.5, 0.1, 0.9])
    sd = np.std(values, ddof=1) if n > 1 else np.nan
    robust = 1.4826 * np.median(np.abs(values - median)) if n > 1 else np.nan
    return [n, mean, sd, median, robust, p10, p90]
