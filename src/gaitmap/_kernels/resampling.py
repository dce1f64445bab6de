"""Resampling by a short low-pass filter that is evaluated at each new sample."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def resample_windowed_sinc(x, first_position, step, n_out, table, half_width):
    """Values at the positions ``first_position + i * step`` (in samples of ``x``; ``step`` >= 1).

    ``table`` holds one side of the filter, as a function of the distance in new samples: from 0 to ``half_width`` at
    equal steps, and one more value. Between them it is interpolated. Where ``x`` ends within the filter, the remaining
    coefficients are scaled up to the sum that they have elsewhere.
    """
    per_new_sample = (table.size - 2) / half_width
    per_sample = per_new_sample / step
    out = np.empty(n_out)
    for i in range(n_out):
        position = first_position + i * step
        first = max(0, int(np.ceil(position - half_width * step)))
        last = min(x.size - 1, int(np.floor(position + half_width * step)))
        total, coefficients = 0.0, 0.0
        for k in range(first, last + 1):
            place = abs(k - position) * per_sample
            left = int(place)
            coefficient = table[left] + (place - left) * (table[left + 1] - table[left])
            total += coefficient * x[k]
            coefficients += coefficient
        out[i] = total / coefficients
    return out
