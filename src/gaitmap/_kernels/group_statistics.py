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
        ordered = np.empty((2, size))
        both = np.empty(size)
        for column in range(n_columns):
            weight = weights[weight_of[column]]
            count = np.zeros(2, np.int64)
            total = np.zeros(3)
            total_weight = np.zeros(3)
            for row in range(first[group], last[group]):
                value = values[column, row]
                if np.isnan(value):
                    continue
                side = foot[row]
                ordered[side, count[side]] = value
                count[side] += 1
                if not np.isnan(weight[row]):
                    total[side] += value * weight[row]
                    total_weight[side] += weight[row]
            total[2] = total[0] + total[1]
            total_weight[2] = total_weight[0] + total_weight[1]
            for side in range(2):
                own = ordered[side, : count[side]]
                own.sort()
                _describe(own, total[side], total_weight[side], result[group, column, side])
                _spread(own, result[group, column, side])
            n = _merge(ordered[0, : count[0]], ordered[1, : count[1]], both)
            out = result[group, column, 2]
            _describe(both[:n], total[2], total_weight[2], out)
            out[2] = _combined(result[group, column, 0, 2], result[group, column, 1, 2])
            out[4] = _combined(result[group, column, 0, 4], result[group, column, 1, 4])
    return result


@kernel
def _describe(ordered, total, weight, out):
    """Fill count, mean and quantiles of sorted values; ``total`` is the weighted sum."""
    out[0] = ordered.shape[0]
    if ordered.shape[0] == 0:
        return
    if weight > 0:
        out[1] = total / weight
    out[3] = _quantile(ordered, 0.5)
    out[5] = _quantile(ordered, 0.1)
    out[6] = _quantile(ordered, 0.9)


@kernel
def _spread(ordered, out):
    """Fill SD and robust SD of sorted values."""
    n = ordered.shape[0]
    if n < 2:
        return
    plain = 0.0
    for i in range(n):
        plain += ordered[i]
    plain /= n
    squares = 0.0
    for i in range(n):
        squares += (ordered[i] - plain) ** 2
    out[2] = np.sqrt(squares / (n - 1))
    out[4] = 1.4826 * _median_distance(ordered, out[3])


@kernel
def _median_distance(ordered, middle):
    """Median of the distances of sorted values from one of them or between two: both sides come in order."""
    n = ordered.shape[0]
    right = 0
    while right < n and ordered[right] < middle:
        right += 1
    left = right - 1
    before = 0.0
    here = 0.0
    for _ in range(n // 2 + 1):
        before = here
        if right >= n or (left >= 0 and middle - ordered[left] < ordered[right] - middle):
            here = middle - ordered[left]
            left -= 1
        else:
            here = ordered[right] - middle
            right += 1
    return here if n % 2 == 1 else 0.5 * (before + here)


@kernel
def _merge(one, other, out):
    """Merge sorted values into ``out``; return how many they are."""
    i = 0
    j = 0
    n = one.shape[0] + other.shape[0]
    for k in range(n):
        if j >= other.shape[0] or (i < one.shape[0] and one[i] <= other[j]):
            out[k] = one[i]
            i += 1
        else:
            out[k] = other[j]
            j += 1
    return n


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
