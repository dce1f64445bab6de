"""Uneven samples onto an even grid, and short gaps closed."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def interpolate_uneven(positions, values, first, step, n_out, max_gap):  # noqa: C901 (one pass, all cases in view)
    """Values at ``first + i * step`` of signals (one per row) that are known at rising ``positions``.

    Cubic Hermite pieces: the slope at a sample is the one of the parabola through it and its neighbours (at the ends
    and beside missing values the slope of the one piece there is). NaN outside of the samples, beside a missing value,
    and where two samples are more than ``max_gap`` apart. A sample that is met exactly is taken as it is.
    """
    n_signals, n = values.shape
    out = np.full((n_signals, n_out), np.nan)
    left = 0
    for i in range(n_out):
        at = first + i * step
        while left + 1 < n and positions[left + 1] <= at:
            left += 1
        if n == 0 or at < positions[0] or at > positions[n - 1]:
            continue
        if positions[left] == at:
            for c in range(n_signals):
                out[c, i] = values[c, left]
            continue
        h = positions[left + 1] - positions[left]
        if h > max_gap:
            continue
        u = (at - positions[left]) / h
        for c in range(n_signals):
            a, b = values[c, left], values[c, left + 1]
            between = (b - a) / h
            slope_a, slope_b = between, between
            if left > 0 and positions[left] - positions[left - 1] <= max_gap:
                g = positions[left] - positions[left - 1]
                before = (a - values[c, left - 1]) / g
                if not np.isnan(before):
                    slope_a = (before * h + between * g) / (g + h)
            if left + 2 < n and positions[left + 2] - positions[left + 1] <= max_gap:
                g = positions[left + 2] - positions[left + 1]
                after = (values[c, left + 2] - b) / g
                if not np.isnan(after):
                    slope_b = (after * h + between * g) / (g + h)
            out[c, i] = (
                (1 + 2 * u) * (1 - u) ** 2 * a
                + u**2 * (3 - 2 * u) * b
                + h * u * (1 - u) * ((1 - u) * slope_a - u * slope_b)
            )
    return out


@kernel
def bridge_short_gaps(values, longest):
    """Close runs of up to ``longest`` missing values in each signal (row) by straight lines, in place.

    Runs at the ends stay. Returns which samples were closed in any signal.
    """
    n_signals, n = values.shape
    bridged = np.zeros(n, dtype=np.bool_)
    for c in range(n_signals):
        last = -1
        for i in range(n):
            if np.isnan(values[c, i]):
                continue
            if last >= 0 and 1 < i - last <= longest + 1:
                for k in range(last + 1, i):
                    u = (k - last) / (i - last)
                    values[c, k] = values[c, last] + u * (values[c, i] - values[c, last])
                    bridged[k] = True
            last = i
    return bridged
