"""Plain version of the statistics of one parameter over one group."""

import numpy as np


def group_statistics(values, foot, min_count):
    """See the kernel of the same name."""
    known = ~np.isnan(values)
    values, foot = values[known], foot[known]
    if len(values) == 0:
        return [0] + [np.nan] * 8
    feet = [values[foot == side] for side in (0, 1)]
    enough = [x for x in feet if len(x) >= max(min_count, 2)]
    sd = np.sqrt(np.mean([np.var(x, ddof=1) for x in enough])) if enough else np.nan
    mads = [1.4826 * np.median(np.abs(x - np.median(x))) for x in enough]
    robust = np.sqrt(np.mean(np.square(mads))) if enough else np.nan
    means = [x.mean() if len(x) else np.nan for x in feet]
    quantiles = np.quantile(values, [0.1, 0.9])
    return [len(values), np.median(values), values.mean(), sd, robust, *quantiles, *means]
