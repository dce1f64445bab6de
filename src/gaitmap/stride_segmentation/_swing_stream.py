"""Strides around the swings of a foot, in a signal that comes in blocks."""

from dataclasses import fields
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.stride_segmentation._swing_search import Settings, Swings, SwingSearch, no_swings
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils.consts import BF_ACC, BF_GYR, SF_ACC, SF_GYR
from gaitmap.utils.datatype_helper import SingleSensorData, is_single_sensor_data
from gaitmap.utils.exceptions import ValidationError

#: Kinds of strides, and of movements that are none.
STRIDE, START, STOP, SINGLE, SMALL = "stride", "start", "stop", "single", "small"
NO_REST, NO_GAIT = "no rest", "no gait"
IS_STRIDE = (STRIDE, START, STOP, SINGLE, SMALL)

# Samples that are processed at once: larger blocks are cut, so that memory does not grow with them.
_PART = 2**16


class GaitRules(NamedTuple):
    """What tells strides from other movements; see :class:`~gaitmap.stride_segmentation.SwingStrideSegmentation`."""

    min_path_m: float
    max_turn_deg: float
    min_gait_share: float
    context_s: float


class SwingStream:
    """Find the strides of one sensor in blocks; made by the method ``stream`` of ``SwingStrideSegmentation``.

    The strides of all calls together are those that ``segment`` finds in the whole signal, with the same numbers,
    however the signal is cut into blocks. The object can be pickled between two blocks.

    Attributes
    ----------
    n_samples
        Number of samples so far.
    open_from
        First sample that strides still to come may contain, or look at to find their borders.
    max_delay_s
        Longest time (s) from the middle of a swing to the end of the block that reports its stride, for short blocks:
        the context in which level, stride time and the share of gait are measured. A movement that does not end (an
        angular rate that never falls) adds its own length.
    movements
        All movements of the last call, strides and others; the columns are those of ``movements_``.
    """

    def __init__(self, settings: Settings, rules: GaitRules, sampling_rate_hz: float) -> None:
        check_sampling_rate("SwingStrideSegmentation", sampling_rate_hz)
        self._search = SwingSearch(settings, sampling_rate_hz)
        self._rules = rules
        self._rate = sampling_rate_hz
        self._context = rules.context_s * sampling_rate_hz
        self._waiting = no_swings()
        self._n_done = 0  # of those that wait: the first ones have been reported, and are context for the others
        self._n_strides = 0
        self._n_samples = 0
        self.movements = self._table(no_swings(), np.empty(0, object))
        self.max_delay_s = self._search.max_delay_s + rules.context_s

    @property
    def n_samples(self) -> int:
        """Number of samples so far."""
        return self._n_samples

    @property
    def open_from(self) -> int:
        """First sample that strides to come may touch."""
        waiting = self._waiting.start[self._n_done :]
        return int(min([self._search.open_from, *waiting[waiting >= 0].tolist()]))

    def push(self, block: SingleSensorData) -> pd.DataFrame:
        """Take in the next samples.

        Parameters
        ----------
        block
            Data of the sensor that follow those of the last call, in the sensor or in the body frame.

        Returns
        -------
        stride_list
            The strides that have become final: index ``s_id``, counted on over all calls, columns ``start``, ``end``
            (samples since the first call) and ``kind``.

        Raises
        ------
        ValidationError
            If the block is not the data of one sensor.
        """
        acc, gyr = signals(block)
        self._n_samples += len(acc)
        starts = range(0, max(1, len(acc)), _PART)
        return self._decide([self._search.push(gyr[k : k + _PART], acc[k : k + _PART]) for k in starts])

    def finish(self) -> pd.DataFrame:
        """End the signal; return the remaining strides."""
        return self._decide([self._search.finish()])

    def _decide(self, parts: list[Swings]) -> pd.DataFrame:
        swings = _join([self._waiting, *parts])
        end = int(np.searchsorted(swings.peak, self._search.reported_to - self._context, side="right"))
        end = max(end, self._n_done)
        kinds = self._kinds(swings)
        new = slice(self._n_done, end)
        self.movements = self._table(swings.take(new), kinds[new])
        first = np.searchsorted(swings.peak, swings.peak[end - 1] - 2 * self._context) if end else 0
        self._waiting = swings.take(slice(int(first), None))
        self._n_done = end - int(first)
        strides = self.movements[self.movements["s_id"] >= 0]
        return strides.set_index("s_id")[["start", "end", "kind"]]

    def _kinds(self, swings: Swings) -> NDArray:
        """Tell strides from other movements."""
        rules = self._rules
        has_borders = (swings.start >= 0) & (swings.end > swings.start) & swings.is_rest
        # Where samples are missing there is no path: the movement around decides.
        is_small = swings.path[:, 0] < rules.min_path_m
        is_like_gait = has_borders & ~is_small & ~(swings.turned > np.deg2rad(rules.max_turn_deg))
        n_before = np.concatenate([[0], np.cumsum(is_like_gait)])
        low = np.searchsorted(swings.peak, swings.peak - self._context, side="left")
        high = np.searchsorted(swings.peak, swings.peak + self._context, side="right")
        is_gait = n_before[high] - n_before[low] >= rules.min_gait_share * (high - low)
        kinds = np.full(len(swings.peak), STRIDE, dtype=object)
        kinds[swings.begins] = START
        kinds[swings.stops] = STOP
        kinds[swings.begins & swings.stops] = SINGLE
        kinds[is_small] = SMALL
        kinds[~is_gait] = NO_GAIT
        kinds[~has_borders] = NO_REST
        return kinds

    def _table(self, swings: Swings, kinds: NDArray) -> pd.DataFrame:
        is_stride = np.isin(kinds, IS_STRIDE)
        number = np.where(is_stride, self._n_strides + np.cumsum(is_stride) - 1, -1)
        self._n_strides += int(is_stride.sum())
        return pd.DataFrame(
            {
                "s_id": number.astype(np.int64),
                "start": swings.start,
                "end": swings.end,
                "kind": pd.Series(kinds, dtype="str"),
                "path_m": swings.path[:, 0],
                "rise_m": swings.path[:, 1],
                "turn_deg": np.rad2deg(swings.turned),
                "stride_time_s": swings.stride_time / self._rate,
                "swing_rate_dps": swings.level,
                "start_movement_dps": swings.movement[:, 0],
                "end_movement_dps": swings.movement[:, 1],
            }
        )


def signals(data: SingleSensorData) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Acceleration and angular rate in one set of axes, which may be turned in any way.

    Raises
    ------
    ValidationError
        If these are not the data of one sensor.
    """
    is_single_sensor_data(data, raise_exception=True)
    if is_single_sensor_data(data, frame="sensor"):
        return tuple(_values(data, names) for names in (SF_ACC, SF_GYR))  # type: ignore[return-value]
    acc, gyr = _values(data, BF_ACC), _values(data, BF_GYR)
    gyr[:, 2] *= -1.0  # in the body frame of either foot, this axis of rotation does not go with its acceleration
    return acc, gyr


def _values(data: SingleSensorData, names: list[str]) -> NDArray[np.float64]:
    columns = [data[name].to_numpy(dtype=float, na_value=np.nan) for name in names]
    values = np.ascontiguousarray(np.stack(columns, axis=1))
    if np.isinf(values).any():
        raise ValidationError(
            f"stride segmentation: the signal holds infinite values. Found some in {names}. Expected finite values, or "
            "NaN where samples are missing. Repair the recording."
        )
    return values


def _join(parts: list[Swings]) -> Swings:
    return Swings(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(Swings)))
