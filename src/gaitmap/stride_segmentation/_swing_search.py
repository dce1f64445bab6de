"""The search for swings in the signal of one sensor that comes in blocks, and the strides around them."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaitmap._kernels.swings import (
    centered_mean,
    median_in_time,
    peaks_and_valleys,
    quietest_samples,
    running_quantile,
    stride_closures,
)
from gaitmap.utils.consts import GRAV

#: Time between two values of the running level (s).
_GRID_S = 0.1
#: The level of a walker: this share of the smoothed angular rate around is lower. Swings are about 40 % of walking.
_LEVEL_SHARE = 0.9
#: Full width of the windows in which movement is measured (s): as long as the foot lies flat in running.
_QUIET_WIDTH_S = 0.1
#: Full width of the window around a moment of least movement whose mean acceleration is gravity (s).
_GRAVITY_WIDTH_S = 0.1
#: Parts of a stride time that a border may be away from the lowest smoothed rate.
_BORDER_REACH = 0.2
#: Two peaks may be one slow swing only if they are that close (s), and much closer than to the others.
_LONGEST_SWING_S = 1.6
_SPLIT_SHARE = 0.6
#: In a split swing, the foot moves that many times more than in the stances around it.
_SPLIT_MOVEMENT = 2.0
_STANCE_S = 1.5
#: Part of gravity by which the acceleration of a resting foot may differ from it: as in running, less than on pedals.
_MAX_PULL = 0.5
#: Stride time of a single movement (s).
_USUAL_STRIDE_S = 1.2


class Settings(NamedTuple):
    """Parameters of :class:`~gaitmap.stride_segmentation.SwingStrideSegmentation`, without what only its user needs."""

    smoothing_s: float
    min_fall: float
    min_level_dps: float
    context_s: float
    max_stride_time_s: float
    max_gap: float
    max_rest_movement: float


@dataclass
class Swings:
    """Movements of a foot from rest to rest, one row each.

    Attributes
    ----------
    start, end
        Moments of least movement before and after (samples); -1 where there is none.
    peak
        Middle of the swing (sample).
    begins, stops
        Whether the foot stood before, and after.
    is_rest
        Whether the foot was at rest at both ends.
    path
        Distance across and along gravity, in m.
    turned
        Angle between the directions of gravity in the sensor at both ends, in rad.
    residual, lever
        Rotation (rad) between gravity at the end as integrated and at the start, and what an offset of the gyroscope
        makes of it (s): ``-lever @ offset`` (rad/s).
    stride_time
        The walker's own stride time at this moment, in samples.
    movement
        Movement at both ends, in deg/s.
    level
        Smoothed angular rate in the swing, in deg/s.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    peak: NDArray[np.float64]
    begins: NDArray[np.bool_]
    stops: NDArray[np.bool_]
    is_rest: NDArray[np.bool_]
    path: NDArray[np.float64]
    turned: NDArray[np.float64]
    residual: NDArray[np.float64]
    lever: NDArray[np.float64]
    stride_time: NDArray[np.float64]
    movement: NDArray[np.float64]
    level: NDArray[np.float64]

    def take(self, which: NDArray | slice) -> "Swings":
        """Return some of the movements."""
        return Swings(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


class SwingSearch:
    """Find the swings of one sensor, in blocks; what is found does not depend on the blocks.

    Parameters
    ----------
    settings
        Parameters.
    sampling_rate_hz
        Sampling rate in Hz.

    Attributes
    ----------
    n_samples
        Number of samples that were looked at.
    first
        First sample that is kept.
    open_from
        First sample that swings still to come may touch.
    reported_to
        All swings whose middle is at or before this sample have been returned.
    """

    def __init__(self, settings: Settings, sampling_rate_hz: float) -> None:
        self._settings = settings
        self._rate = sampling_rate_hz
        self._half = round(settings.smoothing_s / 2 * sampling_rate_hz)
        self._quiet_half = max(1, round(_QUIET_WIDTH_S / 2 * sampling_rate_hz))
        self._gravity_half = max(1, round(_GRAVITY_WIDTH_S / 2 * sampling_rate_hz))
        self._cell = max(1, round(_GRID_S * sampling_rate_hz))
        self._n_cells = max(1, round(settings.context_s * sampling_rate_hz / self._cell))
        self._context = self._n_cells * self._cell
        self.n_samples = 0
        self.first = 0
        self._new: list[tuple[NDArray[np.float64], NDArray[np.float64]]] = []
        self._n_new = 0
        self._acc = np.empty((0, 3))
        self._gyr = np.empty((0, 3))
        self._norm = np.empty(0)
        self._smooth = np.empty(0)  # from the sample ``_n_searched`` on
        self._n_searched = 0
        self._grid = np.empty(0)
        self._first_cell = 0
        self._state = np.array([0.0, np.inf, -np.inf])
        self._position = np.zeros(2, np.int64)
        self._peaks = np.empty(0, np.int64)
        self._heights = np.empty(0)
        self._valleys = np.empty(0, np.int64)
        self._last = -1.0  # middle of the last swing that was returned
        self.open_from = 0
        self.reported_to = -1.0
        self._is_finished = False

    @property
    def max_delay_s(self) -> float:
        """Longest time from a swing to the sample with which it is reported (s)."""
        reach = self._half + self._cell * (1 + self._n_cells)
        return reach / self._rate + self._horizon_s()

    def _horizon_s(self) -> float:
        limit = self._settings.max_gap * self._settings.max_stride_time_s
        return max(self._context / self._rate, limit) + _LONGEST_SWING_S / _SPLIT_SHARE + _STANCE_S

    def push(self, gyr: NDArray[np.float64], acc: NDArray[np.float64]) -> Swings:
        """Take in the next samples; return the movements that are known since."""
        self._new.append((gyr, acc))
        self._n_new += len(gyr)
        if self._n_new < self._cell:  # nothing would be known that is not known now
            return no_swings()
        self._take_in()
        return self._advance()

    def finish(self) -> Swings:
        """End the recording; return the remaining movements."""
        self._take_in()
        self._is_finished = True
        return self._advance()

    def _take_in(self) -> None:
        gyr, acc = (np.concatenate([np.empty((0, 3)), *(part[k] for part in self._new)]) for k in (0, 1))
        self._gyr = np.concatenate([self._gyr, gyr])
        self._acc = np.concatenate([self._acc, acc])
        self._norm = np.concatenate([self._norm, np.sqrt((gyr * gyr).sum(axis=1))])
        self.n_samples += len(gyr)
        self._new, self._n_new = [], 0

    # Swings ----------------------------------------------------------------------------------------------------------
    def _advance(self) -> Swings:
        n = self.n_samples
        n_smooth = self._n_searched + len(self._smooth)
        n_known = n if self._is_finished else max(n_smooth, n - self._half)
        new = centered_mean(self._norm, self.first, n, n_smooth, n_known, self._half)
        self._smooth = np.concatenate([self._smooth, new])
        cells = np.arange(-(-n_smooth // self._cell), -(-n_known // self._cell)) * self._cell
        self._grid = np.concatenate([self._grid, new[cells - n_smooth]])
        n_cells = self._first_cell + len(self._grid)
        n_levels = n_cells if self._is_finished else n_cells - self._n_cells
        first_level = self._n_searched // self._cell
        if n_levels > first_level or self._is_finished:
            self._search(first_level, n_levels, n_cells, n_known)
        return self._report()

    def _search(self, first_level: int, n_levels: int, n_cells: int, n_known: int) -> None:
        """Find peaks as far as the level is known."""
        levels = running_quantile(
            self._grid, self._first_cell, n_cells, first_level, n_levels, self._n_cells, _LEVEL_SHARE
        )
        levels = np.fmax(levels, self._settings.min_level_dps)
        end = min(n_known, n_levels * self._cell)
        n_new = max(0, end - self._n_searched)
        step = self._settings.min_fall * np.repeat(levels, self._cell)[self._n_searched - first_level * self._cell :]
        part = self._smooth[:n_new]
        # The height of a peak that began in an earlier part is in the state until it is complete.
        peaks, valleys = peaks_and_valleys(part, self._n_searched, step[:n_new], self._state, self._position)
        self._smooth = self._smooth[n_new:]
        self._n_searched += n_new
        if self._is_finished and self._state[0] == 1.0:
            peaks = np.append(peaks, self._position[1])
        self._peaks = np.concatenate([self._peaks, peaks])
        self._valleys = np.concatenate([self._valleys, valleys])
        heights = centered_mean_at(self._norm, self.first, self.n_samples, peaks, self._half)
        self._heights = np.concatenate([self._heights, heights])

    # Strides ---------------------------------------------------------------------------------------------------------
    def _report(self) -> Swings:
        if self._is_finished:
            self.reported_to = np.inf
        else:
            known_to = float(self._position[1] if self._state[0] == 1.0 else self._n_searched)
            self.reported_to = max(self.reported_to, known_to - self._horizon_s() * self._rate)
        if len(self._peaks) == 0 or self._peaks[-1] <= self._last or self._peaks[0] > self.reported_to:
            new = no_swings()
        else:
            swings = self._strides()
            new = swings.take((swings.peak > self._last) & (swings.peak <= self.reported_to))
        if len(new.peak):
            self._last = float(new.peak[-1])
        self._forget()
        return new

    def _strides(self) -> Swings:
        """Borders of all swings that are kept; those behind ``reported_to`` are not final."""
        rate, settings = self._rate, self._settings
        n = self.n_samples
        first, last = self._join_split_swings()
        starts_at, ends_at = self._peaks[first], self._peaks[last]
        middle = (starts_at + ends_at) / 2
        between = np.diff(middle, prepend=np.nan)
        between[~(between <= settings.max_stride_time_s * rate)] = np.nan
        stride_time = median_in_time(middle, between, float(self._context), _USUAL_STRIDE_S * rate)
        gap = np.append(starts_at[1:] - ends_at[:-1], np.iinfo(np.int64).max)
        goes_on = gap <= settings.max_gap * stride_time
        valley = np.append(self._valleys[first[1:]], n)  # the one before the next swing
        reach = np.round(_BORDER_REACH * stride_time).astype(np.int64)
        whole = np.round(stride_time).astype(np.int64)
        following = np.append(starts_at[1:], n)
        low = np.where(goes_on, np.maximum(ends_at, valley - reach), ends_at)
        high = np.where(
            goes_on, valley + reach + 1, ends_at + np.round(settings.max_gap * stride_time).astype(np.int64)
        )
        end, end_movement = self._quietest(low, np.minimum(following, high))
        begins = np.append(True, ~goes_on[:-1])
        start, start_movement = np.append(-1, end[:-1]), np.append(np.nan, end_movement[:-1])
        fresh = np.flatnonzero(begins)
        lowest = np.maximum(starts_at[fresh] - whole[fresh], np.append(0, ends_at[:-1])[fresh])
        start[fresh], start_movement[fresh] = self._quietest(lowest, starts_at[fresh])
        movement = np.column_stack([start_movement, end_movement])
        height = np.maximum(self._heights[first], self._heights[last])
        path, turned, residual, lever, pull = stride_closures(
            self._acc, self._gyr, self.first, n, start, end, self._gravity_half, rate
        )
        # Where the acceleration is missing, the angular rate alone decides.
        is_rest = (movement <= settings.max_rest_movement * height[:, None]) & ~(np.abs(pull - GRAV) > _MAX_PULL * GRAV)
        return Swings(
            start=start,
            end=end,
            peak=middle,
            begins=begins,
            stops=~goes_on,
            is_rest=is_rest.all(axis=1),
            path=path,
            turned=turned,
            residual=residual,
            lever=lever,
            stride_time=stride_time,
            movement=movement,
            level=height,
        )

    def _quietest(self, low: NDArray[np.int64], high: NDArray[np.int64]) -> tuple[NDArray, NDArray]:
        low = np.maximum(low, self.first + self._quiet_half if self.first else 0)
        return quietest_samples(self._gyr, self.first, self.n_samples, low, high, self._quiet_half)

    def _join_split_swings(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """First and last peak of each swing: in slow walking, push-off and swing may be peaks of their own."""
        peaks = self._peaks
        number = np.arange(len(peaks))
        if len(peaks) < 3:
            return number, number
        distance = np.diff(peaks).astype(float)
        around = np.minimum(np.append(np.inf, distance[:-1]), np.append(distance[1:], np.inf))
        is_close = (distance < _SPLIT_SHARE * around) & (distance < _LONGEST_SWING_S * self._rate)
        pairs = np.flatnonzero(is_close)
        stance = round(_STANCE_S * self._rate)
        before = np.maximum(peaks[pairs] - stance, np.append(0, peaks)[pairs])
        after = np.minimum(peaks[pairs + 1] + stance, np.append(peaks, self.n_samples)[pairs + 2])
        _, inside = self._quietest(peaks[pairs], peaks[pairs + 1])
        _, earlier = self._quietest(before, peaks[pairs])
        _, later = self._quietest(peaks[pairs + 1], after)
        is_split = inside > _SPLIT_MOVEMENT * np.fmax(earlier, later)
        second = pairs[is_split] + 1
        is_first = np.ones(len(peaks), bool)
        is_first[second] = False
        first = number[is_first]
        return first, np.append(first[1:], len(peaks)) - 1

    def _forget(self) -> None:
        """Release what no swing to come can touch."""
        if self._is_finished:
            return
        longest = round(self._settings.max_gap * self._settings.max_stride_time_s * self._rate)
        # A swing to come begins after the last one, and looks at the stride times of a context before it.
        since = max(self._last, self.reported_to - longest)
        self.open_from = max(self.open_from, int(since) - longest)
        oldest = since - self._context - 2 * longest
        is_kept = self._peaks >= oldest
        n_gone = max(0, (int(np.argmax(is_kept)) if is_kept.any() else len(self._peaks)) - 2)
        self._peaks, self._valleys = self._peaks[n_gone:], self._valleys[n_gone:]
        self._heights = self._heights[n_gone:]
        n_samples = int(oldest) - longest - self.first
        if n_samples > self._context:
            self._gyr, self._acc, self._norm = (
                values[n_samples:].copy() for values in (self._gyr, self._acc, self._norm)
            )
            self.first += n_samples
        n_cells = max(0, self._n_searched // self._cell - self._n_cells - 1 - self._first_cell)
        self._grid, self._first_cell = self._grid[n_cells:], self._first_cell + n_cells


def centered_mean_at(
    values: NDArray[np.float64], first: int, n_total: int, samples: NDArray[np.int64], half: int
) -> NDArray[np.float64]:
    """Means around some samples."""
    return np.array([centered_mean(values, first, n_total, int(i), int(i) + 1, half)[0] for i in samples], dtype=float)


def no_swings() -> Swings:
    """Return an empty table."""
    integers, floats, flags = np.empty(0, np.int64), np.empty(0), np.empty(0, bool)
    return Swings(
        start=integers,
        end=integers,
        peak=floats,
        begins=flags,
        stops=flags,
        is_rest=flags,
        path=np.empty((0, 2)),
        turned=floats,
        residual=np.empty((0, 3)),
        lever=np.empty((0, 3, 3)),
        stride_time=floats,
        movement=np.empty((0, 2)),
        level=floats,
    )
