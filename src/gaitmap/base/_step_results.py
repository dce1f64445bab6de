"""What a chain asks of its steps: how they are called, and that their results are what their base class promises."""

import inspect
from collections.abc import Hashable, Iterable, Mapping, Sequence
from typing import Any

import pandas as pd

from gaitmap.base._algorithms import BaseEventDetection


def detect_events_of(
    detection: BaseEventDetection, data: Any, stride_list: Any, sampling_rate_hz: float
) -> BaseEventDetection:
    """Call an event detection with strides.

    They are passed as ``stride_event_list`` where ``detect`` has a parameter of that name, as
    :class:`BaseEventDetection` has, and otherwise in second place, as in all event detections of this package.
    """
    if "stride_event_list" in inspect.signature(detection.detect).parameters:
        return detection.detect(data, stride_event_list=stride_list, sampling_rate_hz=sampling_rate_hz)
    return detection.detect(data, stride_list, sampling_rate_hz=sampling_rate_hz)  # type: ignore[misc]


def tables_of(
    algorithm: Any,
    returned: Any,
    result: str,
    sensors: Iterable[Hashable],
    columns: Sequence[str] = (),
    *,
    may_leave_out: bool = False,
) -> Any:
    """Take a result with one table per sensor from what an action method returned.

    Parameters
    ----------
    algorithm
        The step, for the message.
    returned
        What its action method returned.
    result
        Name of the result.
    sensors
        The sensors whose data were passed.
    columns
        Columns (or index levels) that each table must have.
    may_leave_out
        Whether sensors may be missing in the result.

    Returns
    -------
    tables
        The result as it is: tables by sensor.

    Raises
    ------
    ValueError
        If it is of another kind: the step does not do what its base class promises, whatever the data.
    """
    owner, method = type(algorithm).__name__, type(algorithm)._action_methods[0]
    tables = getattr(returned, result, None)
    if tables is None:
        is_own = isinstance(returned, type(algorithm))
        found = f"no result {result!r}" if is_own else f"{_kind(returned)} returned by {method}()"
        raise ValueError(
            f"{owner}: {method}() must return the instance itself with the result {result!r}. Found {found}. Set "
            f"`self.{result}` and end {method}() with `return self`."
        )
    expected = "a dict with one DataFrame per sensor" + (f" with the columns {list(columns)}" if columns else "")
    advice = f"Expected {expected}, as for the data that {method}() was called with. Mend {owner}.{method}()."
    is_frame_of_sensors = isinstance(tables, pd.DataFrame) and tables.columns.nlevels == 2
    if not isinstance(tables, Mapping) and not is_frame_of_sensors:
        raise ValueError(f"{owner}: the result {result!r} is of the wrong type. Found {_kind(tables)}. {advice}")
    for sensor in sensors:
        if sensor not in tables:
            if may_leave_out:
                continue
            raise ValueError(
                f"{owner}: the result {result!r} lacks the sensor {sensor!r}. Found {list(tables)}. {advice}"
            )
        table = tables[sensor]
        if not isinstance(table, pd.DataFrame):
            raise ValueError(
                f"{owner}: the result {result!r} of the sensor {sensor!r} is of the wrong type. Found {_kind(table)}. "
                f"{advice}"
            )
        missing = [column for column in columns if column not in [*table.columns, *table.index.names]]
        if missing:
            raise ValueError(
                f"{owner}: the result {result!r} of the sensor {sensor!r} lacks the columns {missing}. Found "
                f"{list(table.columns)}. {advice}"
            )
    return tables


def _kind(value: Any) -> str:
    return "None" if value is None else f"a {type(value).__name__}"
