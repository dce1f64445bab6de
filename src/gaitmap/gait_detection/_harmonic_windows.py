"""Activity, dominant frequency and harmonic peaks of all windows of a recording, in blocks of windows."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaitmap._kernels.gait_windows import causal_filter, peaks_near, window_activity

# Windows per block: a few MB of spectra, which fit the processor cache.
_BLOCK = 64
_FILTER_ORDER = 4


class HarmonicWindows(NamedTuple):
    """One entry per window; all but ``start`` and ``activity`` are NaN for windows that are not active."""

    start: NDArray[np.int64]
    #: Mean distance of the signal vector from its mean; NaN for windows with a gap.
    activity: NDArray[np.float64]
    dominant_frequency_hz: NDArray[np.float64]
    #: Mean of the spectrum up to the cut-off frequency: what peaks must reach.
    mean_spectrum: NDArray[np.float64]
    #: Per window and harmonic; the bin is -1 for windows that are not active.
    peak_bin: NDArray[np.int64]
    peak_height: NDArray[np.float64]
    peak_prominence: NDArray[np.float64]


def window_starts(n_samples: int, length: int, step: int, include_end: bool) -> NDArray[np.int64]:
    """First samples of all complete windows, and of one more that ends with the recording if asked for."""
    starts = np.arange(0, n_samples - length + 1, step, dtype=np.int64)
    if include_end and starts[-1] + length < n_samples:
        starts = np.append(starts, n_samples - length)
    return starts


def harmonic_windows(
    axes: Sequence[NDArray],
    channel: int | None,
    starts: NDArray[np.int64],
    length: int,
    active_threshold: float,
    amplitude_scale: float,
    band: tuple[float, float],
    harmonics: Sequence[int],
    tolerance_hz: float,
    cutoff_hz: float,
    sampling_rate_hz: float,
) -> HarmonicWindows:
    """Analyse windows of a recording.

    Parameters
    ----------
    axes
        The three axes of one sensor.
    channel
        The axis whose spectrum is analysed; None for the norm of all three.
    starts, length
        First samples of the windows (rising by at most ``length``), and their number of samples.
    active_threshold
        Windows with an activity up to this are not analysed further.
    amplitude_scale
        Factor for the amplitude spectrum.
    band
        Range of the dominant frequency in Hz.
    harmonics
        Multiples of the dominant frequency at which peaks are searched.
    tolerance_hz
        Distance from the multiple at which a peak may be.
    cutoff_hz
        Cut-off frequency of the low-pass filter.
    sampling_rate_hz
        Sampling rate in Hz.
    """
    from scipy.fft import next_fast_len
    from scipy.signal import butter

    n_bins = length // 2
    bin_width = sampling_rate_hz / 2 / n_bins
    radius = int(tolerance_hz / bin_width)
    lags = (int(np.floor(sampling_rate_hz / band[1])), int(np.ceil(sampling_rate_hz / band[0])))
    n_fft = next_fast_len(length + lags[1], real=True)
    n_low = int(cutoff_hz / bin_width) + 1
    multiples = np.array(harmonics, dtype=float)
    result = _empty_result(starts, len(multiples))

    coefficients = [np.ascontiguousarray(part) for part in butter(_FILTER_ORDER, cutoff_hz, fs=sampling_rate_hz)]
    state = np.zeros(_FILTER_ORDER)
    filtered, n_filtered, before = np.empty(0), 0, 0
    for first in range(0, len(starts), _BLOCK):
        block = slice(first, min(first + _BLOCK, len(starts)))
        begin, end = starts[block.start], starts[block.stop - 1] + length
        values = np.array([axis[begin:end] for axis in axes], dtype=float, order="C")
        signal = np.sqrt((values**2).sum(axis=0)) if channel is None else values[channel]
        new, state = causal_filter(signal[n_filtered - begin :].copy(), *coefficients, state)
        filtered = np.concatenate([filtered[begin - before :], new])
        n_filtered, before = end, begin

        offsets = starts[block] - begin
        result.activity[block] = window_activity(values, offsets, length)
        active = np.flatnonzero(result.activity[block] > active_threshold)
        if len(active) == 0:
            continue
        windows = np.lib.stride_tricks.sliding_window_view(filtered, length)[offsets[active]]
        windows = windows - windows.mean(axis=1, keepdims=True)
        frequency = _dominant_frequency(windows, lags, n_fft, sampling_rate_hz)
        spectra = _amplitudes(windows, n_bins) / length * amplitude_scale
        centres = np.round(frequency[:, np.newaxis] * multiples / bin_width).astype(np.int64)
        peaks = peaks_near(spectra, centres, radius)
        rows = first + active
        result.dominant_frequency_hz[rows] = frequency
        result.mean_spectrum[rows] = spectra[:, :n_low].mean(axis=1)
        result.peak_bin[rows], result.peak_height[rows], result.peak_prominence[rows] = peaks
    return result


def _empty_result(starts: NDArray[np.int64], n_harmonics: int) -> HarmonicWindows:
    per_window, per_peak = len(starts), (len(starts), n_harmonics)
    return HarmonicWindows(
        start=starts,
        activity=np.full(per_window, np.nan),
        dominant_frequency_hz=np.full(per_window, np.nan),
        mean_spectrum=np.full(per_window, np.nan),
        peak_bin=np.full(per_peak, -1, dtype=np.int64),
        peak_height=np.full(per_peak, np.nan),
        peak_prominence=np.full(per_peak, np.nan),
    )


def _dominant_frequency(
    windows: NDArray, lags: tuple[int, int], n_fft: int, sampling_rate_hz: float
) -> NDArray[np.float64]:
    """Frequency of the largest value of the autocorrelation within the lags (both included)."""
    from scipy.fft import irfft, rfft

    # Wiener-Khinchin; the zeros appended up to n_fft keep the lags free of wrap-around.
    spectrum = rfft(windows, n=n_fft, axis=1)
    autocorrelation = irfft(spectrum.real**2 + spectrum.imag**2, n=n_fft, axis=1)
    best = lags[0] + autocorrelation[:, lags[0] : lags[1] + 1].argmax(axis=1)
    return (1 / best) * sampling_rate_hz


def _amplitudes(windows: NDArray, n_bins: int) -> NDArray[np.float64]:
    from scipy.fft import rfft

    return np.abs(rfft(windows, axis=1)[:, :n_bins])
