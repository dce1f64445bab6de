"""What all event detections of given strides share: checks, one search per sensor, consistency, min_vel strides."""

import warnings
from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from joblib import Memory

from gaitmap.base import BaseEventDetection, BoundToStrides
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.caching import cache_function
from gaitmap.event_detection._reasons import (
    MIN_VEL_NOT_FOUND,
    NO_NEXT_STRIDE,
    OUT_OF_ORDER,
    LeftOut,
    failure_warning,
)
from gaitmap.utils._checks import check_sampling_rate, parameter_error
from gaitmap.utils._column_blocks import as_numeric_array
from gaitmap.utils.consts import BF_GYR, SL_COLS, SL_EVENT_ORDER, SL_INDEX
from gaitmap.utils.datatype_helper import (
    SensorData,
    SingleSensorData,
    SingleSensorStrideList,
    StrideList,
    is_sensor_data,
    is_stride_list,
    set_correct_index,
)
from gaitmap.utils.exceptions import MissingEventWarning, ValidationError
from gaitmap.utils.stride_list_conversion import (
    enforce_stride_list_consistency,
    is_followed_directly,
    join_with_next_stride,
)

EVENTS = ("ic", "tc", "min_vel")
_STAGE = "event detection"
_NO_BORDER = -1  # a negative start makes a stride one with bad borders


class BaseStrideEventDetection(BaseEventDetection, BoundToStrides):
    """Event detection inside given strides; a subclass adds the search.

    A subclass provides two hooks, both called in ``detect`` after ``sampling_rate_hz`` was stored:

    ``_event_search()``
        Returns the search, a pure function at the top level of a module (so that it can be cached)::

            events, reasons = search(gyr, acc_pa, starts, ends, wanted, sampling_rate_hz, **parameters)

        with ``gyr`` (3, n) in deg/s and ``acc_pa`` (n,) in m/s^2 (body frame, float64), ``starts`` and ``ends`` of all
        strides (int64, possibly outside of the recording), and ``wanted``: three times 0 or 1, for ic, tc and min_vel.
        Both results have one row per stride and the columns ic, tc, min_vel: the positions in samples (float64, NaN
        where not found) and 0 where nothing is missing, else the code of the reason (int64; 1 = "not found", so
        ``np.isnan(events).astype("int64")`` will do).
    ``_event_search_parameters()``
        Returns the further keyword arguments of the search as dict.

    ``_check_parameters()`` and ``_check_stride_lengths(lengths)`` may be extended. Everything else (data checks,
    sensors, caching, results) is inherited.
    """

    memory: Memory | None
    enforce_consistency: bool
    detect_only: tuple[str, ...] | None
    input_stride_type: Literal["segmented", "ic"]

    data: SensorData
    stride_list: StrideList
    sampling_rate_hz: float

    #: Seconds of signal beside a segmented stride on which its events depend; for runs in blocks.
    context_s: float = 0.5

    annotated_original_event_list_: StrideList
    min_vel_event_list_: StrideList
    left_out_: Any

    @property
    def segmented_event_list_(self) -> StrideList:
        """Old name of ``annotated_original_event_list_``."""
        events = self.annotated_original_event_list_
        warnings.warn(
            "`segmented_event_list_` is deprecated. Use `annotated_original_event_list_` instead.",
            DeprecationWarning,
            stacklevel=2,
        )
        return events

    def detect(  # type: ignore[override] # the strides come first, as in gaitmap 2.6
        self, data: SensorData, stride_list: StrideList, *, sampling_rate_hz: float
    ) -> Self:
        """Find the events of all strides.

        Parameters
        ----------
        data
            Sensor data in the body frame, of one or several sensors.
        stride_list
            Stride list(s) with the columns ``start`` and ``end`` for the same sensor(s), in any order. Further columns
            are ignored. The min_vel strides are returned in the order of time.
        sampling_rate_hz
            Sampling rate of the data in Hz.

        Returns
        -------
        self
            The instance with its results.
        """
        self.data = data
        self.stride_list = stride_list
        self.sampling_rate_hz = sampling_rate_hz
        for result in ("annotated_original_event_list_", "min_vel_event_list_", "left_out_"):
            self.__dict__.pop(result, None)  # results of an earlier call

        kind = _check_data(data, stride_list)
        self._check_parameters()
        prepared = run_per_sensor(_stride_borders, kind, data, stride_list, stage=_STAGE)
        lengths = prepared["lengths"].values() if kind == "multi" else [prepared["lengths"]]
        self._check_stride_lengths(np.concatenate(list(lengths)))
        results = run_per_sensor(
            self._detect_one_sensor, kind, data, prepared["stride_list"], prepared["borders"], stage=_STAGE
        )
        set_results(self, results)
        self._warn_about_failures(kind)
        return self

    def _event_search(self) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
        raise NotImplementedError

    def _event_search_parameters(self) -> dict[str, Any]:
        raise NotImplementedError

    def _check_parameters(self) -> None:
        """Raise a ``ValueError`` for bad parameters; runs before any other work."""
        check_sampling_rate(self, self.sampling_rate_hz)
        self._wanted()

    def _check_stride_lengths(self, lengths: np.ndarray) -> None:
        """Raise a ``ValueError`` if the parameters suit none of the strides of all sensors (lengths in samples)."""

    def _wanted(self) -> np.ndarray:
        """0 or 1 for each of ``EVENTS``."""
        names = (self.detect_only,) if isinstance(self.detect_only, str) else tuple(self.detect_only or ())
        unknown = [name for name in names if name not in EVENTS]
        if unknown:
            error = parameter_error(self, "detect_only", f"None or a selection of {EVENTS}", self.detect_only)
            if len(unknown) == len(names):
                raise ValueError(f"No valid events found in the stride list. {error}")
            raise error
        return np.array([int(not names or event in names) for event in EVENTS], dtype="int64")

    def _detect_one_sensor(
        self, data: SingleSensorData, stride_list: SingleSensorStrideList, borders: np.ndarray
    ) -> dict[str, pd.DataFrame]:
        wanted = self._wanted()
        search = cache_function(self.memory, self._event_search())
        found = search(
            _signals(data, BF_GYR),
            _signals(data, ["acc_pa"])[0],
            borders[0],
            borders[1],
            wanted,
            self.sampling_rate_hz,
            **self._event_search_parameters(),
        )
        positions, reason_codes = map(np.array, found)  # plain arrays, also where a cache hands out maps of its files
        names = tuple(name for name, is_wanted in zip(EVENTS, wanted, strict=True) if is_wanted)
        columns = np.flatnonzero(wanted)
        events = stride_list.assign(**{name: positions[:, column] for name, column in zip(names, columns, strict=True)})
        left_out = LeftOut(events.index)
        left_out.add_events(events.index, names, reason_codes[:, columns])
        if not self.enforce_consistency:
            return {"annotated_original_event_list": events, "left_out": left_out.table()}

        events = _keep_ordered(events, self.input_stride_type, "stride", left_out)
        results = {"annotated_original_event_list": events}
        if "min_vel" in names:
            results["min_vel_event_list"] = _to_min_vel_strides(events, self.input_stride_type, left_out)
        return {**results, "left_out": left_out.table()}

    def _warn_about_failures(self, kind: Literal["single", "multi"]) -> None:
        left_out, strides = self.left_out_, self.stride_list
        if kind == "single":
            left_out, strides = {None: left_out}, {None: strides}
        message = failure_warning(left_out, {sensor: len(strides[sensor]) for sensor in left_out})
        if message:
            warnings.warn(message, MissingEventWarning, stacklevel=3)


def milliseconds_to_samples(duration_ms: float, sampling_rate_hz: float) -> int:
    """Whole samples of a duration (cut off, not rounded)."""
    return int((duration_ms / 1000) * sampling_rate_hz)


def _check_data(data: Any, stride_list: Any) -> Literal["single", "multi"]:
    kind = is_sensor_data(data, frame="body")
    stride_kind = is_stride_list(stride_list, stride_type="any")
    if kind != stride_kind:
        raise ValidationError(
            "An invalid combination of stride list and dataset was provided. "
            f"Found {kind}-sensor data and a {stride_kind}-sensor stride list. Expected both of the same kind: one "
            "frame of data with one stride list, or several sensors with a dict of stride lists."
        )
    return kind


def _stride_borders(data: SingleSensorData, stride_list: SingleSensorStrideList) -> dict[str, Any]:
    """Stride list with the columns start and end, its borders as int64, and the lengths inside the recording."""
    strides = set_correct_index(stride_list, SL_INDEX)[SL_COLS]
    if len(strides) == 0:  # an empty frame has columns of any dtype
        strides = strides.astype("int64")
        if pd.api.types.is_object_dtype(strides.index):
            strides.index = strides.index.astype("int64")
    borders = strides.to_numpy(dtype="float64", na_value=np.nan).T
    known = np.isfinite(borders)
    broken = (known & (borders != np.trunc(borders))).any(axis=0)
    if broken.any():
        raise ValidationError(
            f"{_STAGE}: start and end of the strides must be whole samples. Found fractions in {broken.sum()} of "
            f"{len(strides)} strides, first in the stride {strides.index[broken][0]!r}. Convert times to samples."
        )
    borders = np.where(known, borders, _NO_BORDER).astype("int64")
    lengths = np.minimum(borders[1], len(data)) - borders[0]
    return {
        "stride_list": strides,
        "borders": np.ascontiguousarray(borders),
        "lengths": np.where(borders[0] < 0, 0, lengths),
    }


def _signals(data: SingleSensorData, columns: list[str]) -> np.ndarray:
    """Fresh, writeable copy with one signal per row: other layouts would compile another version of the kernel."""
    signals = np.empty((len(columns), len(data)))
    for row, column in zip(signals, columns, strict=True):
        row[:] = as_numeric_array(data[column])
    return signals


def _keep_ordered(events: pd.DataFrame, stride_type: str, missing: str, left_out: LeftOut) -> pd.DataFrame:
    kept, removed = enforce_stride_list_consistency(events, stride_type, check_stride_list=False)  # type: ignore[arg-type]
    order = " < ".join(event for event in SL_EVENT_ORDER[stride_type] if event in events)
    left_out.add(removed.index, missing, OUT_OF_ORDER.format(order=order))
    return kept


def _to_min_vel_strides(events: pd.DataFrame, stride_type: str, left_out: LeftOut) -> pd.DataFrame:
    events = events.sort_values("start", kind="stable")  # the next stride is the next one in time, not the next row
    strides = join_with_next_stride(events, "min_vel", stride_type).astype("float64")
    followed = is_followed_directly(events)
    left_out.add(events.index[~followed], "min_vel stride", NO_NEXT_STRIDE)
    left_out.add(events.index[followed].difference(strides.index, sort=False), "min_vel stride", MIN_VEL_NOT_FOUND)
    return _keep_ordered(strides, "min_vel", "min_vel stride", left_out)
