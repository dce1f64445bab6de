"""Sums over the energy of samples, which go on from part to part of a signal."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def add_energy(values, sums):
    """Add ``e`` and ``e^2`` of all rows to the sums, with ``e = sum_c values[i, c]^2``.

    ``sums`` holds the sum of e, its rounding error so far, the sum of e^2, and its rounding error (Neumaier). Rows with
    a value that is not finite are left out. One sample after the other: how a signal is cut changes nothing.
    """
    for i in range(values.shape[0]):
        energy = 0.0
        for c in range(values.shape[1]):
            energy += values[i, c] * values[i, c]
        if not np.isfinite(energy):
            continue
        for k in range(2):
            term = energy if k == 0 else energy * energy
            total = sums[2 * k] + term
            larger, smaller = (sums[2 * k], term) if abs(sums[2 * k]) >= term else (term, sums[2 * k])
            sums[2 * k + 1] += (larger - total) + smaller
            sums[2 * k] = total
