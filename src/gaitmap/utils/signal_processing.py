"""Filters and correlations of plain arrays."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaitmap.utils._checks import check_sampling_rate, parameter_error


def butter_lowpass_filter_1d(
    data: ArrayLike, sampling_rate_hz: float, cutoff_freq_hz: float, order: int = 4
) -> NDArray[np.float64]:
    """Apply a causal Butterworth low-pass filter along the last axis.

    The filter starts from zero and delays the signal; it is not a zero-phase filter.

    Parameters
    ----------
    data
        Signal(s) of shape ``(..., n)``.
    sampling_rate_hz
        Sampling rate of the data in Hz.
    cutoff_freq_hz
        Frequency in Hz at which the signal is attenuated by 3 dB.
    order
        Order of the filter.

    Returns
    -------
    numpy.ndarray
        Filtered signal(s) of the same shape.

    Raises
    ------
    ValueError
        If the cut-off frequency does not lie between 0 and half of the sampling rate.

    Examples
    --------
    >>> butter_lowpass_filter_1d(np.ones(200), sampling_rate_hz=100, cutoff_freq_hz=10)[[0, -1]].round(4)
    array([0.0048, 1.    ])
    """
    from scipy.signal import butter, lfilter

    check_sampling_rate("butter_lowpass_filter_1d", sampling_rate_hz)
    if not 0 < cutoff_freq_hz < sampling_rate_hz / 2:
        raise parameter_error(
            "butter_lowpass_filter_1d",
            "cutoff_freq_hz",
            f"> 0 and < {sampling_rate_hz / 2:g} (half of the sampling rate)",
            cutoff_freq_hz,
        )
    b, a = butter(order, cutoff_freq_hz, btype="low", analog=False, fs=sampling_rate_hz)
    return lfilter(b, a, np.asarray(data, dtype=float))


def row_wise_autocorrelation(array: ArrayLike, lag_max: int) -> NDArray[np.float64]:
    """Calculate the autocorrelation of each row, without normalisation and without removal of the mean.

    Parameters
    ----------
    array
        Signals of shape ``(n_rows, n)``.
    lag_max
        Largest lag in samples, at most ``n`` (for which the sum is empty).

    Returns
    -------
    numpy.ndarray
        ``sum_k x[k] * x[k + lag]`` for the lags 0 to ``lag_max``, shape ``(n_rows, lag_max + 1)``.

    Raises
    ------
    ValueError
        If the largest lag is negative or larger than the length of the rows.

    Examples
    --------
    >>> row_wise_autocorrelation([[1, 2, 3, 4]], lag_max=2)
    array([[30., 20., 11.]])
    """
    rows = np.asarray(array, dtype=float)
    n_samples = rows.shape[1]
    if not 0 <= lag_max <= n_samples:
        raise parameter_error("row_wise_autocorrelation", "lag_max", f"from 0 to {n_samples} (row length)", lag_max)
    correlation = np.empty((len(rows), lag_max + 1))
    for lag in range(lag_max + 1):
        np.vecdot(rows[:, : n_samples - lag], rows[:, lag:], out=correlation[:, lag])
    return correlation
