"""Values of windows of a signal: extrema, mean, variance, median, and which samples lie in a static window.

A window that starts at sample s holds the samples s to s + w - 1. NaN values are left out; a window without any other
value has the value NaN. No sum runs from one window into the next: rounding would move values that lie on a threshold.
"""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def extrema_in_windows(values, starts, ends, sign):
    """Position of the first minimum (sign 1) or maximum (sign -1) in each ``[start, end)``; -1 where all are NaN."""
    positions = np.empty(len(starts), dtype=np.int64)
    for k in range(len(starts)):
        best = np.nan
        position = -1
        for i in range(starts[k], ends[k]):
            value = sign * values[i]
            if value < best or (position < 0 and not np.isnan(value)):
                best = value
                position = i
        positions[k] = position
    return positions


@kernel
def _block_sum(values, start, n):
    """Sum of at most 128 values, in eight interleaved parts."""
    total = 0.0
    whole = n - n % 8
    if whole > 0:
        s0, s1, s2, s3 = values[start], values[start + 1], values[start + 2], values[start + 3]
        s4, s5, s6, s7 = values[start + 4], values[start + 5], values[start + 6], values[start + 7]
        for i in range(start + 8, start + whole, 8):
            s0 += values[i]
            s1 += values[i + 1]
            s2 += values[i + 2]
            s3 += values[i + 3]
            s4 += values[i + 4]
            s5 += values[i + 5]
            s6 += values[i + 6]
            s7 += values[i + 7]
        total = ((s0 + s1) + (s2 + s3)) + ((s4 + s5) + (s6 + s7))
    for i in range(start + whole, start + n):
        total += values[i]
    return total


@kernel
def _pairwise_sum(values, start, n):
    """Sum of ``values[start : start + n]``, added in the order of NumPy, so that both agree in the last digit.

    Longer parts are halved until they are blocks of at most 128 values. (A function that calls itself cannot be kept in
    numba's cache; the parts still to do wait on a stack. A length of -1 says: add the last two sums.)
    """
    if n <= 128:
        return _block_sum(values, start, n)
    part_start = np.empty(64, dtype=np.int64)
    part_length = np.empty(64, dtype=np.int64)
    sums = np.empty(64)
    part_start[0] = start
    part_length[0] = n
    n_parts = 1
    n_sums = 0
    while n_parts > 0:
        n_parts -= 1
        first = part_start[n_parts]
        length = part_length[n_parts]
        if length < 0:
            n_sums -= 1
            sums[n_sums - 1] += sums[n_sums]
        elif length <= 128:
            sums[n_sums] = _block_sum(values, first, length)
            n_sums += 1
        else:
            half = length // 2
            half -= half % 8
            part_length[n_parts] = -1
            part_start[n_parts + 1] = first + half
            part_length[n_parts + 1] = length - half
            part_start[n_parts + 2] = first
            part_length[n_parts + 2] = half
            n_parts += 3
    return sums[0]


@kernel
def _mean_and_count(values, start, n, scratch):
    """Mean and number of the values that are not NaN in one window."""
    total = _pairwise_sum(values, start, n)
    if not np.isnan(total):
        return total / n, n
    count = 0
    for i in range(n):
        value = values[start + i]
        scratch[i] = 0.0
        if not np.isnan(value):
            scratch[i] = value
            count += 1
    return _pairwise_sum(scratch, 0, n) / count, count


@kernel
def mean_of_windows(values, window_length, step):
    """Mean of each window."""
    n_windows = (values.shape[0] - window_length) // step + 1
    means = np.empty(n_windows)
    scratch = np.empty(window_length)
    for k in range(n_windows):
        means[k] = _mean_and_count(values, k * step, window_length, scratch)[0]
    return means


@kernel
def variance_of_windows(values, window_length, step):
    """Variance (ddof 0) of each window."""
    n_windows = (values.shape[0] - window_length) // step + 1
    variances = np.empty(n_windows)
    scratch = np.empty(window_length)
    for k in range(n_windows):
        start = k * step
        mean, count = _mean_and_count(values, start, window_length, scratch)
        for i in range(window_length):
            deviation = values[start + i] - mean
            scratch[i] = 0.0 if np.isnan(values[start + i]) else deviation * deviation
        variances[k] = _pairwise_sum(scratch, 0, window_length) / count
    return variances


@kernel
def median_of_windows(values, window_length, step):
    """Median of each window; the values of the window are kept sorted while it moves."""
    n_windows = (values.shape[0] - window_length) // step + 1
    medians = np.empty(n_windows)
    ordered = np.empty(window_length)
    n_ordered = 0
    for k in range(n_windows):
        start = k * step
        first_new = start
        if k == 0 or step >= window_length:
            n_ordered = 0
        else:
            first_new = start - step + window_length
            for i in range(start - step, start):
                if not np.isnan(values[i]):
                    position = np.searchsorted(ordered[:n_ordered], values[i])
                    n_ordered -= 1
                    for j in range(position, n_ordered):
                        ordered[j] = ordered[j + 1]
        for i in range(first_new, start + window_length):
            if not np.isnan(values[i]):
                position = np.searchsorted(ordered[:n_ordered], values[i])
                for j in range(n_ordered, position, -1):
                    ordered[j] = ordered[j - 1]
                ordered[position] = values[i]
                n_ordered += 1
        if n_ordered == 0:
            medians[k] = np.nan
        else:
            medians[k] = (ordered[(n_ordered - 1) // 2] + ordered[n_ordered // 2]) / 2
    return medians


@kernel
def median_is_at_most(values, window_length, step, limit):
    """Whether the median of each window is at most ``limit``: at least half of its values are, and a count tells.

    Only where exactly half of an even number of values is low, the two values in the middle are looked for.
    """
    n_windows = (values.shape[0] - window_length) // step + 1
    result = np.zeros(n_windows, dtype=np.bool_)
    n_valid = 0
    n_low = 0
    first_new = 0
    first_old = 0
    for k in range(n_windows):
        start = k * step
        for i in range(first_new, start + window_length):
            n_valid += not np.isnan(values[i])
            n_low += values[i] <= limit
        first_new = start + window_length
        for i in range(first_old, start):
            n_valid -= not np.isnan(values[i])
            n_low -= values[i] <= limit
        first_old = start
        if n_valid == 0:
            continue
        if 2 * n_low != n_valid:
            result[k] = 2 * n_low > n_valid
            continue
        below = -np.inf
        above = np.inf
        for i in range(start, start + window_length):
            if values[i] <= limit:
                below = max(below, values[i])
            elif values[i] > limit:
                above = min(above, values[i])
        result[k] = (below + above) / 2 <= limit
    return result


@kernel
def stance_statistic_of_windows(acc, gyr, gravity, acc_variance, gyr_variance, window_length, step):
    """Stance hypothesis statistic (Skog et al. 2010, SHOE) with the direction of gravity estimated in each window.

    T = mean of |acc_i - gravity * u|^2 / acc_variance + |gyr_i|^2 / gyr_variance, u the direction of the mean of acc.
    """
    n_windows = (acc.shape[0] - window_length) // step + 1
    statistics = np.empty(n_windows)
    for k in range(n_windows):
        start = k * step
        sums = np.zeros(3)
        for i in range(start, start + window_length):
            if not (np.isnan(acc[i]).any() or np.isnan(gyr[i]).any()):
                sums += acc[i]
        expected = sums * (gravity / np.sqrt((sums * sums).sum()))
        total = 0.0
        count = 0
        for i in range(start, start + window_length):
            if not (np.isnan(acc[i]).any() or np.isnan(gyr[i]).any()):
                count += 1
                for axis in range(3):
                    deviation = acc[i, axis] - expected[axis]
                    total += deviation * deviation / acc_variance + gyr[i, axis] * gyr[i, axis] / gyr_variance
        statistics[k] = total / count
    return statistics
