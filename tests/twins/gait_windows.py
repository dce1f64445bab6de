"""Plain versions of the kernels of gait detection."""

import numpy as np
from scipy.signal import peak_prominences


def causal_filter(signal, numerator, denominator):
    out = []
    x_before, y_before = np.zeros(len(numerator) - 1), np.zeros(len(numerator) - 1)
    for x in signal:
        if not np.isfinite(x):
            x_before, y_before = np.zeros_like(x_before), np.zeros_like(y_before)
            out.append(np.nan)
            continue
        y = numerator[0] * x + numerator[1:] @ x_before - denominator[1:] @ y_before
        x_before, y_before = np.append(x, x_before[:-1]), np.append(y, y_before[:-1])
        out.append(y)
    return np.array(out)


def window_activity(axes, starts, length):
    windows = [axes[:, start : start + length] for start in starts]
    activity = [np.linalg.norm(window - window.mean(axis=1, keepdims=True), axis=0).mean() for window in windows]
    return np.array([value if np.isfinite(value) else np.nan for value in activity])


def peaks_near(spectra, centres, radius):
    results = []
    for spectrum, row in zip(spectra, centres, strict=True):
        for centre in row:
            bins = [i for i in range(centre - radius, centre + radius + 1) if 0 <= i < len(spectrum)]
            peak = max(bins, key=lambda i: (spectrum[i], -i))
            results.append((peak, spectrum[peak], peak_prominences(np.append(spectrum, 0), [peak])[0][0]))
    peaks, heights, prominences = (np.array(column).reshape(centres.shape) for column in zip(*results, strict=True))
    return peaks, heights, prominences
