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
    analysis = WindowAnalysis(
        channel,
        length,
        active_threshold,
        amplitude_scale,
        band,
        harmonics,
        tolerance_hz,
        cutoff_hz,
        sampling_rate_hz,
    )
    parts = [_empty_result(starts[:0], len(harmonics))]
    filtered, n_filtered, before = np.empty(0), 0, 0
    for first in range(0, len(starts), _BLOCK):
        block = starts[first : first + _BLOCK]
        begin, end = block[0], block[-1] + length
        values = np.array([axis[begin:end] for axis in axes], dtype=float, order="C")
        new = analysis.filter(values[:, n_filtered - begin :])
        filtered = np.concatenate([filtered[begin - before :], new])
        n_filtered, before = end, begin
        parts.append(analysis.analyse(values, filtered, block - begin)._replace(start=block))
    return HarmonicWindows(*(np.concatenate(results) for results in zip(*parts, strict=True)))


class WindowAnalysis:
    """The analysis of windows, with the state of the filter that goes on from block to block.

    See :func:`harmonic_windows` for the parameters.
    """

    def __init__(
        self,
        channel: int | None,
        length: int,
        active_threshold: float,
        amplitude_scale: float,
        band: tuple[float, float],
        harmonics: Sequence[int],
        tolerance_hz: float,
        cutoff_hz: float,
        sampling_rate_hz: float,
    ) -> None:
        from scipy.fft import next_fast_len
        from scipy.signal import butter

        self.length = length
        self._channel = channel
        self._active_threshold = active_threshold
        self._amplitude_scale = amplitude_scale
        self._rate = sampling_rate_hz
        self._n_bins = length // 2
        self._bin_width = sampling_rate_hz / 2 / self._n_bins
        self._radius = int(tolerance_hz / self._bin_width)
        self._lags = (int(np.floor(sampling_rate_hz / band[1])), int(np.ceil(sampling_rate_hz / band[0])))
        self._n_fft = next_fast_len(length + self._lags[1], real=True)
        self._n_low = int(cutoff_hz / self._bin_width) + 1
        self._harmonics = np.array(harmonics, dtype=float)
        self._filter = [np.ascontiguousarray(part) for part in butter(_FILTER_ORDER, cutoff_hz, fs=sampling_rate_hz)]
        self._filter_state = np.zeros(_FILTER_ORDER)

    def filter(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Filter the next samples (of three axes) of the analysed signal."""
        signal = np.sqrt((values**2).sum(axis=0)) if self._channel is None else values[self._channel].copy()
        filtered, self._filter_state = causal_filter(signal, *self._filter, self._filter_state)
        return filtered

    def analyse(
        self, values: NDArray[np.float64], filtered: NDArray[np.float64], starts: NDArray[np.int64]
    ) -> HarmonicWindows:
        """Analyse windows of three axes and of the filtered signal; what a window gives depends on nothing else."""
        result = _empty_result(starts, len(self._harmonics))
        result.activity[:] = window_activity(values, starts, self.length)
        active = np.flatnonzero(result.activity > self._active_threshold)
        if len(active) == 0:
            return result
        windows = np.ascontiguousarray(np.lib.stride_tricks.sliding_window_view(filtered, self.length)[starts[active]])
        windows -= windows.mean(axis=1, keepdims=True)
        frequency = _dominant_frequency(windows, self._lags, self._n_fft, self._rate)
        spectra = _amplitudes(windows, self._n_bins) / self.length * self._amplitude_scale
        centres = np.round(frequency[:, np.newaxis] * self._harmonics / self._bin_width).astype(np.int64)
        peaks = peaks_near(spectra, centres, self._radius)
        result.dominant_frequency_hz[active] = frequency
        result.mean_spectrum[active] = spectra[:, : self._n_low].mean(axis=1)
        result.peak_bin[active], result.peak_height[active], result.peak_prominence[active] = peaks
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
