"""Mean and standard deviation of features, over a whole recording or over its active parts."""

import numpy as np
from numpy.typing import NDArray

from gaitmap.data_transform import MovementScaler

FloatArray = NDArray[np.float64]

#: Length of the windows that are active or not. A stride takes about 1 s.
WINDOW_S = 2.0
# Part of the typical amplitude of the recording from which on a window is active.
_ACTIVE_FROM = 0.25
# Columns that vary less than this part of their mean are constant: they are centred, but not scaled.
_CONSTANT = 1e-12
# Evening out amplitudes: the local level is taken over about this time (s, standard deviation of the window), and parts
# below this share of the typical level of the recording stay small.
_LOCAL_S = 2.0
_SMALL = 0.35


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


def even_out(signals: FloatArray, sampling_rate_hz: float) -> None:
    """Bring parts with small and large movements closer to each other, in place.

    Each signal x is divided by ``sqrt(r^2 + (0.35 l)^2)``, where r is its root mean square around each sample (a
    window with a standard deviation of 2 s) and l its level of movement in the whole recording, on which rest has no
    influence.
    """
    from scipy.ndimage import uniform_filter1d

    # Three times a mean of n samples is nearly Gaussian, with a standard deviation of n / 2.
    length = max(1, round(2 * _LOCAL_S * sampling_rate_hz))
    for column in range(signals.shape[1]):
        signal = signals[:, column]
        level = MovementScaler().transform(signal).level_
        if level == 0:
            continue
        squared = np.square(signal)
        for _ in range(3):
            squared = uniform_filter1d(squared, length, mode="constant")
        # A running sum may end slightly below 0.
        signals[:, column] = signal / np.sqrt(np.maximum(squared, 0) + (_SMALL * level) ** 2)
