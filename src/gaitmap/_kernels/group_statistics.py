"""Statistics of many parameters over groups of strides in one pass."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def group_statistics(values, weights, weight_of, foot, first, last):
    """Statistics of each row of ``values`` (p, n) over the strides ``first[g]:last[g]`` of each group; NaN is skipped.

    ``foot`` is 0 (left) or 1 (right) per stride; the mean of row ``k`` is weighted with row ``weight_of[k]`` of
    ``weights`` (m, n), a stride without weight does not enter it. Result (groups, p, 3, 7): left, right, both; count,
    mean, SD (n - 1), median, robust SD (1.4826 times the median absolute deviation), 10th and 90th percentile. SD and
    robust SD of both feet combine those of the single feet as sqrt(mean of squares).
    """
    n_groups = first.shape[0]
    n_columns = values.shape[0]
    result = np.full((n_groups, n_columns, 3, 7), np.nan)
    for group in range(n_groups):
        size = last[group] - first[group]
        both = np.empty(size)
        one = np.empty(size)
        for column in range(n_columns):
            weight = weights[weight_of[column]]
            count = 0
            total = 0.0
            total_weight = 0.0
            for side in range(2):
                n = 0
                side_total = 0.0
                side_weight = 0.0
                for row in range(first[group], last[group]):
                    value = values[column, row]
                    if foot[row] != side or np.isnan(value):
                        continue
                    one[n] = value
                    both[count + n] = value
                    n += 1
                    if not np.isnan(weight[row]):
                        side_total += value * weight[row]
                        side_weight += weight[row]
                count += n
                total += side_total
                total_weight += side_weight
                _describe(one[:n], side_total, side_weight, result[group, column, side])
            out = result[group, column, 2]
            _describe(both[:count], total, total_weight, out)
            out[2] = _combined(result[group, column, 0, 2], result[group, column, 1, 2])
            out[4] = _combined(result[group, column, 0, 4], result[group, column, 1, 4])
    return result


@kernel
def _describe(values, total, weight, out):
    """Fill one row of the result; ``total`` is the weighted sum."""
    n = values.shape[0]
    out[0] = n
    if n == 0:
        return
    if weight > 0:
        out[1] = total / weight
    ordered = np.sort(values)
    out[3] = _quantile(ordered, 0.5)
    out[5] = _quantile(ordered, 0.1)
    out[6] = _quantile(ordered, 0.9)
    if n < 2:
        return
    plain = 0.0
    for i in range(n):
        plain += values[i]
    plain /= n
    squares = 0.0
    for i in range(n):
        squares += (values[i] - plain) ** 2
    out[2] = np.sqrt(squares / (n - 1))
    out[4] = 1.4826 * _quantile(np.sort(np.abs(ordered - out[3])), 0.5)


@kernel
def _combined(one, other):
    """Root of the mean of the squares of what is known."""
    if np.isnan(one):
        return other
    if np.isnan(other):
        return one
    return np.sqrt((one * one + other * other) / 2)


@kernel
def _quantile(ordered, share):
    """Quantile of sorted values with linear interpolation."""
    position = share * (ordered.shape[0] - 1)
    low = int(np.floor(position))
    high = min(low + 1, ordered.shape[0] - 1)
    return ordered[low] + (position - low) * (ordered[high] - ordered[low])
