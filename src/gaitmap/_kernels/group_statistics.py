"""Statistics of many parameters over groups of strides in one pass."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def group_statistics(values, foot, first, last, min_count):  # noqa: C901
    """Statistics of each row of ``values`` (p, n) over the strides ``first[g]:last[g]`` of each group; NaN is skipped.

    ``foot`` is 0 (left) or 1 (right) per stride. Result (groups, p, 9): count, median, mean, SD, robust SD, 10th and
    90th percentile, mean of the left and of the right foot. SD (n - 1) and robust SD (1.4826 times the median absolute
    deviation) are those of the single feet with at least ``min_count`` values, combined as sqrt(mean of squares).
    """
    n_groups = first.shape[0]
    n_columns = values.shape[0]
    result = np.full((n_groups, n_columns, 9), np.nan)
    for group in range(n_groups):
        size = last[group] - first[group]
        both = np.empty(size)
        one = np.empty(size)
        for column in range(n_columns):
            count = 0
            total = 0.0
            variance = 0.0
            robust = 0.0
            n_feet = 0
            for side in range(2):
                n = 0
                side_total = 0.0
                for row in range(first[group], last[group]):
                    value = values[column, row]
                    if foot[row] == side and not np.isnan(value):
                        one[n] = value
                        side_total += value
                        both[count] = value
                        count += 1
                        n += 1
                total += side_total
                if n == 0:
                    continue
                mean = side_total / n
                result[group, column, 7 + side] = mean
                if n >= min_count and n >= 2:
                    squares = 0.0
                    for i in range(n):
                        squares += (one[i] - mean) ** 2
                    variance += squares / (n - 1)
                    ordered = np.sort(one[:n])
                    middle = _quantile(ordered, 0.5)
                    robust += (1.4826 * _quantile(np.sort(np.abs(ordered - middle)), 0.5)) ** 2
                    n_feet += 1
            result[group, column, 0] = count
            if count == 0:
                continue
            ordered = np.sort(both[:count])
            result[group, column, 1] = _quantile(ordered, 0.5)
            result[group, column, 2] = total / count
            result[group, column, 5] = _quantile(ordered, 0.1)
            result[group, column, 6] = _quantile(ordered, 0.9)
            if n_feet > 0:
                result[group, column, 3] = np.sqrt(variance / n_feet)
                result[group, column, 4] = np.sqrt(robust / n_feet)
    return result


@kernel
def _quantile(ordered, share):
    """Quantile of sorted values with linear interpolation."""
    position = share * (ordered.shape[0] - 1)
    low = int(np.floor(position))
    high = min(low + 1, ordered.shape[0] - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])
