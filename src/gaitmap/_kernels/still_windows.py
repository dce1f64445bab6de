"""Windows in which a sensor does not move, by the spread of its signals."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def still_windows(acc, gyr, length, max_gyr_spread, max_acc_spread):
    """Mean angular rate in each of the consecutive windows whose spreads are not above the limits.

    The spread is the standard deviation of the vector: root of the mean squared distance from the mean of the window.
    Windows with missing values are never still.
    """
    n_windows = len(gyr) // length
    means = np.empty((n_windows, 3))
    n_still = 0
    for window in range(n_windows):
        start = window * length
        gyr_spread = _spread(gyr, start, start + length, means[n_still])
        if not gyr_spread <= max_gyr_spread:
            continue
        if not _spread(acc, start, start + length, np.empty(3)) <= max_acc_spread:
            continue
        n_still += 1
    return means[:n_still]


@kernel
def _spread(values, start, end, mean):
    """Root of the mean squared distance from the mean, which is written to ``mean``."""
    total = 0.0
    for axis in range(3):
        center = 0.0
        for i in range(start, end):
            center += values[i, axis]
        center /= end - start
        mean[axis] = center
        for i in range(start, end):
            total += (values[i, axis] - center) ** 2
    return np.sqrt(total / (end - start))
