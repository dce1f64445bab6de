"""Where in the trough around a minimum its late middle is, to a fraction of a sample."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def late_middles_of_troughs(values, minima, radius, n_steps, depth, lateness):
    """Offset of the late middle of each trough from its minimum, in samples; 0 where the minimum is not negative.

    Times within ``radius`` samples of the minimum (not beyond a NaN or the ends) get the weight
    ``exp(-(value - smallest) / (depth * |smallest|))``, at most 1; the result is their weighted mean plus ``lateness``
    times their standard deviation. Between samples the signal is the cubic through the four nearest ones, at
    ``n_steps`` per sample.
    """
    offsets = np.zeros(len(minima))
    for k in range(len(minima)):
        at = minima[k]
        smallest = values[at]
        if not smallest < 0:
            continue
        first = at
        while first > 0 and at - first < radius and not np.isnan(values[first - 1]):
            first -= 1
            smallest = min(smallest, values[first])
        last = at
        while last < len(values) - 1 and last - at < radius and not np.isnan(values[last + 1]):
            last += 1
            smallest = min(smallest, values[last])
        scale = -depth * smallest
        total = 0.0
        mean = 0.0
        square = 0.0
        for i in range(first, last + 1):
            a = values[max(i - 1, first)]
            b = values[i]
            c = values[min(i + 1, last)]
            d = values[min(i + 2, last)]
            for step in range(n_steps if i < last else 1):
                u = step / n_steps
                value = b + u * (
                    (-a / 3 - b / 2 + c - d / 6) + u * ((a / 2 - b + c / 2) + u * (-a / 6 + b / 2 - c / 2 + d / 6))
                )
                weight = np.exp(min(smallest - value, 0.0) / scale)
                time = i - at + u
                total += weight
                mean += weight * time
                square += weight * time * time
        mean /= total
        late = mean + lateness * np.sqrt(max(square / total - mean * mean, 0.0))
        offsets[k] = min(max(late, first - at), last - at)
    return offsets
