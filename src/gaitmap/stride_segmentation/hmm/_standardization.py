"""Mean and standard deviation of features, over a whole recording or over its active parts."""

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

#: Length of the windows that are active or not. A stride takes about 1 s.
WINDOW_S = 2.0
# Part of the typical amplitude of the recording from which on a window is active.
_ACTIVE_FROM = 0.25
# Columns that vary less than this part of their mean are constant: they are centred, but not scaled.
_CONSTANT = 1e-12


def mean_and_std(features: FloatArray, used: NDArray[np.bool_] | None = None) -> tuple[FloatArray, FloatArray]:
    """Mean and population standard deviation of each column; NaN is left out, constant columns get a deviation of 1.

    Parameters
    ----------
    features
        Shape (n, m).
    used
        Samples to use. None: all.
    """
    mean, std = np.zeros(features.shape[1]), np.ones(features.shape[1])
    for column in range(features.shape[1]):
        values = features[:, column] if used is None else features[used, column]
        if np.isnan(values).any():
            values = values[~np.isnan(values)]
        if values.size == 0:
            continue
        mean[column] = values.mean()
        deviation = values.std()
        if deviation > _CONSTANT * abs(mean[column]):
            std[column] = deviation
    return mean, std


def find_active_samples(signals: FloatArray, window_length: int) -> NDArray[np.bool_]:
    """Mark the samples of windows in which the signals vary about as much as in the parts that matter.

    The amplitude of a window is its standard deviation over time, relative to that of the recording (root mean square
    over the signals). The typical amplitude is the mean of all windows weighted with their energy: rest has no energy,
    so that hours of it do not change the result. All rates and scales of the signals give the same result.

    Parameters
    ----------
    signals
        Shape (n, m), at the rate of the features.
    window_length
        Samples per window. The last window is the longer one.
    """
    n = len(signals)
    n_windows = max(1, n // window_length)
    starts = np.arange(n_windows) * window_length
    energy = np.zeros(n_windows)
    for column in range(signals.shape[1]):
        signal = signals[:, column]
        missing = np.isnan(signal)
        if missing.all():
            continue
        signal = np.where(missing, 0.0, signal - signal[~missing].mean())
        counts = np.maximum(1, np.add.reduceat((~missing).astype(float), starts))
        mean = np.add.reduceat(signal, starts) / counts
        variance = np.maximum(0.0, np.add.reduceat(signal * signal, starts) / counts - mean**2)
        if variance.sum() > 0:
            energy += variance / variance.sum()
    if not energy.any():
        return np.ones(n, dtype=bool)
    amplitude = np.sqrt(energy)
    typical = (amplitude * energy).sum() / energy.sum()
    is_active = amplitude >= _ACTIVE_FROM * typical
    return np.repeat(is_active, np.diff(np.append(starts, n)))
