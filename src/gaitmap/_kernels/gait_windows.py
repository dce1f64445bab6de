"""What decides whether a window of a recording holds gait: activity, and the peaks of its spectrum."""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def causal_filter(signal, numerator, denominator, state):
    """Recursive filter in transposed direct form II, that starts anew (from zero) after values that are not finite.

    y[i] = b0 x[i] + z0[i-1];  zk[i] = b(k+1) x[i] - a(k+1) y[i] + z(k+1)[i-1], as in SciPy's ``lfilter``. Returns the
    filtered signal (NaN where the signal is not finite) and the state after the last sample.
    """
    order = len(numerator) - 1
    z = state.copy()
    out = np.empty(len(signal))
    for i in range(len(signal)):
        x = signal[i]
        if not np.isfinite(x):
            z[:] = 0.0
            out[i] = np.nan
            continue
        y = z[0] + numerator[0] * x
        for k in range(order - 1):
            z[k] = z[k + 1] + x * numerator[k + 1] - y * denominator[k + 1]
        z[order - 1] = x * numerator[order] - y * denominator[order]
        out[i] = y
    return out, z


@kernel
def window_activity(axes, starts, length):
    """Mean distance of the three axes (rows) from their mean in each window; NaN where a value is not finite."""
    out = np.empty(len(starts))
    for k in range(len(starts)):
        first, end = starts[k], starts[k] + length
        x_mean, y_mean, z_mean = 0.0, 0.0, 0.0
        for i in range(first, end):
            x_mean += axes[0, i]
            y_mean += axes[1, i]
            z_mean += axes[2, i]
        x_mean /= length
        y_mean /= length
        z_mean /= length
        total = 0.0
        for i in range(first, end):
            x, y, z = axes[0, i] - x_mean, axes[1, i] - y_mean, axes[2, i] - z_mean
            total += np.sqrt(x * x + y * y + z * z)
        out[k] = total / length if np.isfinite(total) else np.nan
    return out


@kernel
def peaks_near(spectra, centres, radius):
    """Highest bin within ``radius`` of each centre bin, its height and its prominence, for each spectrum (row).

    The prominence is that of the spectrum with one value 0 appended behind its last bin: the height above the higher of
    the two lowest values that lie between the peak and the next higher bin (or the end) on either side. It is 0 where
    the bin is not a local maximum.
    """
    n_bins = spectra.shape[1]
    peaks = np.empty(centres.shape, dtype=np.int64)
    heights = np.empty(centres.shape)
    prominences = np.empty(centres.shape)
    for row in range(centres.shape[0]):
        for j in range(centres.shape[1]):
            first = max(centres[row, j] - radius, 0)
            peak = min(first, n_bins - 1)
            for i in range(first, min(centres[row, j] + radius + 1, n_bins)):
                if spectra[row, i] > spectra[row, peak]:
                    peak = i
            height = spectra[row, peak]
            left = height
            i = peak - 1
            while i >= 0 and spectra[row, i] <= height:
                left = min(left, spectra[row, i])
                i -= 1
            right = height
            i = peak + 1
            while i < n_bins and spectra[row, i] <= height:
                right = min(right, spectra[row, i])
                i += 1
            if i == n_bins:
                right = min(right, 0.0)
            peaks[row, j] = peak
            heights[row, j] = height
            prominences[row, j] = height - max(left, right)
    return peaks, heights, prominences
