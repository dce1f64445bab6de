"""The walking in a long recording: a bounded part of it, chosen without holding the recording in memory."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.utils.array_handling import merge_intervals
from gaitmap.utils.consts import SF_COLS, SF_GYR
from gaitmap.utils.datatype_helper import SingleSensorData
from gaitmap.utils.static_moment_detection import StaticSequenceSearch

#: Minutes that are looked at.
MAX_MINUTES = 30
_SEGMENT_S = 60.0
# A walking foot comes to rest, moves, and rests again; these are rough, since the strides are only counted here.
_REST_WINDOW_S = 0.1
_REST_THRESHOLD_DPS = 60.0
_SWING_S = (0.2, 2.0)
_MAX_REST_S = 2.0
# Minutes with at least this share of the strides of the best one are full of walking.
_FULL_SHARE = 0.5
# Missing samples between parts of an excerpt, so that nothing reaches from one into the next.
_GAP_S = 1.0


class WalkingMinutes:
    """Count the strides in each minute of the signal of one sensor, and choose minutes.

    Parameters
    ----------
    sampling_rate_hz
        Sampling rate in Hz.
    """

    def __init__(self, sampling_rate_hz: float) -> None:
        self._rate = sampling_rate_hz
        self._length = round(_SEGMENT_S * sampling_rate_hz)
        self._search = StaticSequenceSearch(
            max(2, round(_REST_WINDOW_S * sampling_rate_hz)), _REST_THRESHOLD_DPS, "median"
        )
        self._n_samples = 0
        self._n_strides = np.zeros(0, dtype=np.int64)
        self._last_rest = np.empty((0, 2), dtype=np.int64)

    def push(self, data: SingleSensorData) -> None:
        """Look at the next block."""
        self._n_samples += len(data)
        self._count(self._search.push(data[SF_GYR].to_numpy(dtype=float)))

    def _count(self, found: NDArray[np.int64]) -> None:
        rests = merge_intervals(np.concatenate([self._last_rest, found]))
        self._last_rest = rests[-1:]
        swing, rest_before = (rests[1:, 0] - rests[:-1, 1]) / self._rate, (rests[:-1, 1] - rests[:-1, 0]) / self._rate
        is_stride = (swing >= _SWING_S[0]) & (swing <= _SWING_S[1]) & (rest_before <= _MAX_REST_S)
        minutes = rests[1:, 0][is_stride] // self._length
        n_minutes = max(len(self._n_strides), -(-self._n_samples // self._length))
        self._n_strides = np.append(self._n_strides, np.zeros(n_minutes - len(self._n_strides), dtype=np.int64))
        self._n_strides += np.bincount(minutes, minlength=n_minutes)

    def choose(self) -> NDArray[np.int64]:
        """Choose minutes, after the last block.

        Returns
        -------
        numpy.ndarray
            Half-open intervals in samples of shape (k, 2); neighbouring minutes make up one. At most 30 minutes: evenly
            spread over those full of strides, or those with the most. Shorter recordings are taken whole.
        """
        self._count(self._search.finish())
        minutes = np.arange(len(self._n_strides))
        if len(minutes) > MAX_MINUTES:
            full = np.flatnonzero(self._n_strides >= max(1.0, _FULL_SHARE * self._n_strides.max()))
            if len(full) > MAX_MINUTES:
                minutes = full[np.linspace(0, len(full) - 1, MAX_MINUTES).round().astype(int)]
            else:
                minutes = np.sort(np.argsort(-self._n_strides, kind="stable")[:MAX_MINUTES])
        borders = np.column_stack([minutes, minutes + 1]) * self._length
        return np.minimum(merge_intervals(borders), self._n_samples)


class Excerpt:
    """Gather the given regions of the data of one sensor.

    Parameters
    ----------
    regions
        Half-open intervals in samples of shape (k, 2), in order and apart from each other.
    sampling_rate_hz
        Sampling rate in Hz.
    """

    def __init__(self, regions: NDArray[np.int64], sampling_rate_hz: float) -> None:
        self._regions = regions
        self._gap = np.full((max(1, round(_GAP_S * sampling_rate_hz)), len(SF_COLS)), np.nan)
        self._parts: list[list[NDArray[np.float64]]] = [[] for _ in regions]
        self._n_samples = 0

    def push(self, data: SingleSensorData) -> None:
        """Take what is needed of the next block."""
        first, last = self._n_samples, self._n_samples + len(data)
        self._n_samples = last
        for (start, end), parts in zip(self._regions, self._parts, strict=True):
            if start < last and end > first:
                needed = slice(max(start - first, 0), end - first)
                parts.append(data[SF_COLS].iloc[needed].to_numpy(dtype=float, copy=True))

    def parts(self) -> list[SingleSensorData]:
        """Return the data of each region."""
        empty = np.empty((0, len(SF_COLS)))
        return [pd.DataFrame(np.concatenate([empty, *blocks]), columns=SF_COLS) for blocks in self._parts]

    def to_frame(self) -> SingleSensorData:
        """Put the regions one after the other, with a second of missing samples between them."""
        pieces: list[NDArray[np.float64]] = []
        for blocks in self._parts:
            pieces.extend([self._gap, *blocks] if pieces else blocks)
        values = np.concatenate(pieces) if pieces else np.empty((0, len(SF_COLS)))
        return pd.DataFrame(values, columns=SF_COLS)
