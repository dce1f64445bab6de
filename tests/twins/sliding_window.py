"""Plain versions of the sliding-window kernels."""

import numpy as np


def sliding_mean_and_variance(values, half_window, ddof):
    mean, variance = [], []
    for i in range(len(values)):
        window = values[max(i - half_window, 0) : i + half_window + 1]
        window = window[np.isfinite(window)]
        mean.append(window.mean() if len(window) else np.nan)
        variance.append(window.var(ddof=ddof) if len(window) > ddof else np.nan)
    return np.array(mean), np.array(variance)


def sliding_slope(padded, half_window):
    w = 2 * half_window + 1
    x = np.arange(w)
    return np.array([np.polyfit(x, padded[i : i + w], 1)[0] for i in range(len(padded) - w + 1)])
