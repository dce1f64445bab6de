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
