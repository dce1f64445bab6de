"""Butterworth filters without phase shift for signals that arrive in parts."""

import itertools
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gaitmap.data_transform._filter import ButterworthFilter
from gaitmap.utils._checks import check_sampling_rate

# Part of the signal that may be missing behind a sample whose filtered value is final, as seen from that sample.
_TOLERANCE = 1e-9
# Samples that are filtered at once.
_PART = 2**17


class ZeroPhaseStream:
    """Filter each part of a signal without gaps by itself, forwards and backwards, as the samples arrive.

    The result is that of ``scipy.signal.sosfiltfilt`` to about 1e-9 of the amplitude, and exactly the same however the
    signal is cut: forwards the filter goes on from sample to sample. Backwards it starts anew for each short piece of
    fixed length, from so far behind it that the start is forgotten. The end of a part without gaps is filtered as SciPy
    does.

    Parameters
    ----------
    signal_filter
        The filter.
    sampling_rate_hz
        Sampling rate in Hz.
    min_samples
        Parts between gaps that are shorter (or too short for the filter) become NaN.

    Attributes
    ----------
    delay
        Samples that must follow a sample before its filtered value is known, at most.
    """

    def __init__(self, signal_filter: ButterworthFilter, sampling_rate_hz: float, min_samples: int = 1) -> None:
        from scipy.signal import butter, sos2zpk, sosfilt_zi

        check_sampling_rate(signal_filter, sampling_rate_hz)
        self._sos = butter(
            signal_filter.order,
            signal_filter.cutoff_freq_hz,
            btype=signal_filter.filter_type,
            output="sos",
            fs=sampling_rate_hz,
        )
        self._steady_state = sosfilt_zi(self._sos)
        # As SciPy extends a signal.
        self._edge = 3 * (2 * len(self._sos) + 1 - int(min((self._sos[:, 2] == 0).sum(), (self._sos[:, 5] == 0).sum())))
        self._shortest = max(min_samples, self._edge + 1)
        slowest = np.abs(sos2zpk(self._sos)[1]).max()
        self._context = int(np.ceil(np.log(_TOLERANCE) / np.log(slowest))) if slowest > 0 else 1
        self._hop = max(1, self._context // 3)
        self.delay = max(self._context + self._hop, self._shortest) - 1
        self._begin_section()

    def push(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        """Take in the next samples; return the filtered values that are known since."""
        is_finite = np.isfinite(values)
        if is_finite.all():
            return self._filter(values)
        borders = [0, *(np.flatnonzero(np.diff(is_finite)) + 1).tolist(), len(values)]
        parts = []
        for first, end in itertools.pairwise(borders):
            if is_finite[first]:
                parts.append(self._filter(values[first:end]))
            else:
                parts += [self._end_section(), np.full(end - first, np.nan)]
        return np.concatenate(parts)

    def finish(self) -> NDArray[np.float64]:
        """End the signal; return the remaining filtered values."""
        return self._end_section()

    def _begin_section(self) -> None:
        self._state: Any = None
        self._raw = np.empty(0)  # all samples before the filter starts, then the last ones
        self._forward = np.empty(0)  # filtered forwards, from the first value that is not known yet

    def _filter(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.signal import sosfilt

        if len(values) == 0:
            return values
        self._raw = np.concatenate([self._raw, values])
        if self._state is None:
            if len(self._raw) < self._shortest:
                return np.empty(0)
            before = 2 * self._raw[0] - self._raw[self._edge : 0 : -1]
            _, self._state = sosfilt(self._sos, before, zi=self._steady_state * before[0])
            values = self._raw
        forward, self._state = sosfilt(self._sos, values, zi=self._state)
        self._forward = np.concatenate([self._forward, forward])
        self._raw = self._raw[-(self._edge + 1) :].copy()
        return self._complete_hops()

    def _complete_hops(self) -> NDArray[np.float64]:
        n_hops = max(0, (len(self._forward) - self._context) // self._hop)
        if n_hops == 0:
            return np.empty(0)
        reach = self._hop + self._context
        hops = np.lib.stride_tricks.sliding_window_view(self._forward, reach)[:: self._hop][:n_hops]
        filtered = self._backwards(hops)[:, : self._hop].ravel()
        self._forward = self._forward[n_hops * self._hop :].copy()
        return filtered

    def _end_section(self) -> NDArray[np.float64]:
        from scipy.signal import sosfilt

        if self._state is None:
            rest = np.full(len(self._raw), np.nan)
        else:
            behind = 2 * self._raw[-1] - self._raw[-2::-1]
            forward = np.concatenate([self._forward, sosfilt(self._sos, behind, zi=self._state)[0]])
            rest = self._backwards(forward[np.newaxis])[0, : len(self._forward)]
        self._begin_section()
        return rest

    def _backwards(self, pieces: NDArray[np.float64]) -> NDArray[np.float64]:
        from scipy.signal import sosfilt

        start = self._steady_state[:, np.newaxis] * pieces[:, -1:]
        return sosfilt(self._sos, pieces[:, ::-1], axis=1, zi=start)[0][:, ::-1]


def zero_phase_between_gaps(
    signal: NDArray[np.float64], signal_filter: ButterworthFilter, sampling_rate_hz: float, min_samples: int = 1
) -> NDArray[np.float64]:
    """Filter a whole 1-D signal, exactly as :class:`ZeroPhaseStream` does in parts."""
    stream = ZeroPhaseStream(signal_filter, sampling_rate_hz, min_samples)
    parts = [stream.push(signal[first : first + _PART]) for first in range(0, len(signal), _PART)]
    return np.concatenate([*parts, stream.finish()])
