"""Gravity at rest, gathered from the blocks of a recording in two passes."""

import numpy as np
from numpy.typing import NDArray

from gaitmap.utils._two_pass_median import TwoPassMedian
from gaitmap.utils.array_handling import merge_intervals, start_end_array_to_bool_array
from gaitmap.utils.consts import SF_ACC, SF_GYR
from gaitmap.utils.datatype_helper import SingleSensorData
from gaitmap.utils.static_moment_detection import METRIC_FUNCTION_NAMES, StaticSequenceSearch


class GravityAtRest:
    """Median acceleration of the static samples of one sensor.

    Call :meth:`push` with all blocks and then :meth:`finish`; :meth:`select` with all blocks again gives the exact
    median. The first pass needs acc and gyr, the second one acc alone.

    Parameters
    ----------
    window_length, threshold, metric
        As for :func:`gaitmap.utils.static_moment_detection.find_static_sequences`.
    with_tilt
        Whether to find the residual tilt in the second pass.

    Attributes
    ----------
    n_samples
        Number of samples of all blocks.
    n_static
        Number of static samples.
    window_length, with_tilt
        The parameters.
    """

    def __init__(self, window_length: int, threshold: float, metric: METRIC_FUNCTION_NAMES, *, with_tilt: bool) -> None:
        self.window_length = window_length
        self.with_tilt = with_tilt
        self.n_samples = self.n_static = 0
        self._search = StaticSequenceSearch(window_length, threshold, metric)
        self._sequences: list[NDArray[np.int64]] = []
        # Acceleration of the samples of which it is not yet known whether they are static.
        self._undecided = [np.empty(0) for _ in SF_ACC]
        self._axes = [TwoPassMedian() for _ in SF_ACC]
        self._tilt = TwoPassMedian()
        self._n_selected = 0

    def push(self, data: SingleSensorData) -> None:
        """Take in the next block of the first pass."""
        self.n_samples += len(data)
        first = self._search.n_decided
        found = self._search.push(data[SF_GYR].to_numpy(dtype=float))
        self._take(found, first, data)

    def finish(self) -> None:
        """End the first pass."""
        first = self._search.n_decided
        self._take(self._search.finish(), first, None)
        self._sequences = [merge_intervals(np.concatenate([np.empty((0, 2), np.int64), *self._sequences]))]

    def _take(self, found: NDArray[np.int64], first: int, data: SingleSensorData | None) -> None:
        """Add the acceleration of the samples from the first to the last decided one, as far as they are static."""
        n_decided = self._search.n_decided - first
        is_static = start_end_array_to_bool_array(found - first, n_decided)
        if len(found):
            self._sequences.append(found)
        self.n_static += int(np.count_nonzero(is_static))
        for number, (column, median) in enumerate(zip(SF_ACC, self._axes, strict=True)):
            before = self._undecided[number]
            new = np.empty(0) if data is None else data[column].to_numpy(dtype=float)
            # Only the few undecided samples are moved, not the block.
            n_before = min(len(before), n_decided)
            median.add(before[:n_before][is_static[:n_before]])
            median.add(new[: n_decided - n_before][is_static[n_before:]])
            self._undecided[number] = np.concatenate([before[n_before:], new[n_decided - n_before :]])

    def select(self, data: SingleSensorData) -> None:
        """Take in the next block of the second pass."""
        is_static = self._is_static(self._n_selected, len(data))
        self._n_selected += len(data)
        acc = [data[column].to_numpy(dtype=float)[is_static] for column in SF_ACC]
        for values, median in zip(acc, self._axes, strict=True):
            median.select(values)
        if self.with_tilt:
            self._tilt.add(_angle_deg(acc, [_middle(median) for median in self._axes]))

    def _is_static(self, first: int, n_samples: int) -> NDArray[np.bool_]:
        (sequences,) = self._sequences
        start, end = (
            np.searchsorted(sequences[:, 1], first, "right"),
            np.searchsorted(sequences[:, 0], first + n_samples),
        )
        return start_end_array_to_bool_array(sequences[start:end] - first, n_samples)

    def static_samples(self) -> NDArray[np.bool_]:
        """Tell of each sample of the recording whether it is static."""
        return self._is_static(0, self.n_samples)

    @property
    def is_known(self) -> bool:
        """Whether there are static samples with an acceleration on every axis."""
        return all(median.n_values > 0 for median in self._axes)

    def gravity(self) -> NDArray[np.float64]:
        """Component-wise median acceleration of the static samples."""
        return np.array([median.median() for median in self._axes])

    def residual_tilt_deg(self) -> float:
        """Median angle between the acceleration of the static samples and gravity."""
        return _middle(self._tilt)


def _middle(median: TwoPassMedian) -> float:
    """Median, for many values up to 0.1 % of them: as good as the exact one for an angle, and known a pass earlier."""
    lower, upper = median.limits()
    return lower if lower == upper else (lower + upper) / 2


def _angle_deg(axes: list[NDArray[np.float64]], direction: list[float]) -> NDArray[np.float64]:
    """Angle of each vector to a direction, axis by axis: no sum depends on how many vectors there are."""
    (x, y, z), (u, v, w) = axes, direction
    across = (y * w - z * v) ** 2 + (z * u - x * w) ** 2 + (x * v - y * u) ** 2
    along = x * u + y * v + z * w
    return np.where((across == 0) & (along == 0), np.nan, np.rad2deg(np.arctan2(np.sqrt(across), along)))
