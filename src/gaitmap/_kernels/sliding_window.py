"""Features of a window centred on every sample, in O(n) whatever the length of the window.

The windows of w consecutive samples are cut by the borders of blocks of w samples: each window is the end of one block
and the start of the next. Both parts are gathered once per block and merged for every window. As nothing is ever
subtracted (as running sums do), a large excursion or a NaN leaves no trace in windows that do not contain it.
"""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def _add_value(count, mean, m2, value):
    """Welford's update of count, mean, and sum of squared deviations; values that are not finite are skipped."""
    if not np.isfinite(value):
        return count, mean, m2
    count += 1
    delta = value - mean
    mean += delta / count
    return count, mean, m2 + delta * (value - mean)


@kernel
def sliding_mean_and_variance(values, half_window, ddof):
    """Mean and variance of the finite values in ``[i - half_window, i + half_window]``, clipped to the signal.

    NaN where a window has no finite value (mean), or not more than ``ddof`` (variance).
    """
    n = values.shape[0]
    half = min(half_window, n)
    w = 2 * half + 1
    mean_out = np.empty(n)
    variance_out = np.empty(n)
    end_count = np.empty(w, dtype=np.int64)
    end_mean = np.empty(w)
    end_m2 = np.empty(w)
    for first in range(0, n, w):
        # Window `first + k` holds the samples from `origin + k` to `origin + k + w - 1`.
        origin = first - half
        count, mean, m2 = 0, 0.0, 0.0
        for k in range(w - 1, -1, -1):
            sample = origin + k
            if 0 <= sample < n:
                count, mean, m2 = _add_value(count, mean, m2, values[sample])
            end_count[k], end_mean[k], end_m2[k] = count, mean, m2
        count, mean, m2 = 0, 0.0, 0.0
        for k in range(min(w, n - first)):
            # Chan, Golub, LeVeque (1979): merge of two parts.
            total = end_count[k] + count
            delta = mean - end_mean[k]
            if total > 0:
                mean_out[first + k] = end_mean[k] + delta * count / total
            else:
                mean_out[first + k] = np.nan
            if total > ddof:
                both = end_m2[k] + m2
                if total > 0:
                    both += delta * delta * end_count[k] * count / total
                variance_out[first + k] = both / (total - ddof)
            else:
                variance_out[first + k] = np.nan
            sample = origin + w + k
            if 0 <= sample < n:
                count, mean, m2 = _add_value(count, mean, m2, values[sample])
    return mean_out, variance_out


@kernel
def sliding_slope(padded, half_window):
    """Slope per sample of the least-squares line over ``padded[i : i + 2 * half_window + 1]``, for every such window.

    slope_i = sum_k (k - h) y_{i+k} / (w (w^2 - 1) / 12) with w = 2 h + 1. NaN where the window holds a NaN.
    """
    w = 2 * half_window + 1
    n = padded.shape[0] - w + 1
    out = np.empty(max(n, 0))
    normaliser = w * (w * w - 1.0) / 12.0
    end_sum = np.empty(w)
    end_moment = np.empty(w)
    for first in range(0, n, w):
        # Moments are taken about the border between the two blocks, so that their arms are at most w.
        border = first + w
        total, moment = 0.0, 0.0
        for k in range(w - 1, -1, -1):
            total += padded[first + k]
            moment += (k - w) * padded[first + k]
            end_sum[k], end_moment[k] = total, moment
        total, moment = 0.0, 0.0
        for k in range(min(w, n - first)):
            centre = k + half_window - w
            out[first + k] = (end_moment[k] + moment - centre * (end_sum[k] + total)) / normaliser
            if border + k < padded.shape[0]:
                total += padded[border + k]
                moment += k * padded[border + k]
    return out
