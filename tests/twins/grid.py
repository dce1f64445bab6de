"""Twins of the kernels that put samples on an even grid: one sample at a time, by the definition."""

from itertools import pairwise

import numpy as np


def interpolate_uneven(positions, values, first, step, n_out, max_gap):
    n = len(positions)
    out = np.full((len(values), n_out), np.nan)

    def slope(x, j, k):
        return (x[k] - x[j]) / (positions[k] - positions[j])

    def tangent(x, j, piece):
        """Slope at sample j: of the parabola through its neighbours, or of the piece that is asked about."""
        if not 0 < j < n - 1:
            return piece
        g, h = positions[j] - positions[j - 1], positions[j + 1] - positions[j]
        if g > max_gap or h > max_gap or np.isnan(x[j - 1] + x[j + 1]):
            return piece
        return (slope(x, j - 1, j) * h + slope(x, j, j + 1) * g) / (g + h)

    for c, x in enumerate(values):
        for i in range(n_out):
            at = first + i * step
            exact = np.flatnonzero(positions == at)
            after = int(np.searchsorted(positions, at))
            if len(exact):
                out[c, i] = x[exact[-1]]
            elif 0 < after < n and positions[after] - positions[after - 1] <= max_gap:
                j, k = after - 1, after
                h = positions[k] - positions[j]
                u = (at - positions[j]) / h
                m, q = tangent(x, j, slope(x, j, k)), tangent(x, k, slope(x, j, k))
                basis = [2 * u**3 - 3 * u**2 + 1, u**3 - 2 * u**2 + u, -2 * u**3 + 3 * u**2, u**3 - u**2]
                out[c, i] = basis[0] * x[j] + basis[1] * h * m + basis[2] * x[k] + basis[3] * h * q
    return out


def bridge_short_gaps(values, longest):
    bridged = np.zeros(values.shape[1], dtype=bool)
    for x in values:
        known = np.flatnonzero(~np.isnan(x))
        for before, after in pairwise(known):
            if 0 < after - before - 1 <= longest:
                inside = np.arange(before + 1, after)
                x[inside] = np.interp(inside, [before, after], x[[before, after]])
                bridged[inside] = True
    return bridged
