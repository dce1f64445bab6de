"""Handling of one or many sensors, written once for all algorithms."""

import functools
from collections.abc import Callable, Hashable, Mapping
from typing import Any, Literal

import pandas as pd

from gaitmap.utils.datatype_helper import get_multi_sensor_names
from gaitmap.utils.exceptions import MissingSensorError


def run_per_sensor(
    function: Callable[..., Mapping[str, Any]],
    kind: Literal["single", "multi"],
    data: Any,
    *others: Any,
    stage: str,
) -> dict[str, Any]:
    """Apply ``function`` to the data of one sensor, or of each sensor in turn.

    Parameters
    ----------
    function
        Called as ``function(data_of_sensor, *others_of_sensor)``; returns ``{result name: value}``.
    kind
        What ``data`` is, as told by ``is_sensor_data`` and its siblings.
    data
        Single- or multi-sensor object. Its sensors, in their order, are the sensors of the result.
    others
        Further objects of the same kind (or None). Sensors that ``data`` does not have are ignored.
    stage
        Name of the step, for error messages.

    Returns
    -------
    dict
        ``{result name: value}`` for a single sensor, ``{result name: {sensor: value}}`` for many.

    Raises
    ------
    MissingSensorError
        If one of ``others`` lacks a sensor of ``data``.
    """
    if kind == "single":
        return dict(function(data, *others))
    sensors = sensor_names(data)
    for other in others:
        if other is not None:
            check_sensors_present(sensors, other, stage)
    per_sensor: dict[Hashable, Mapping[str, Any]] = {}
    for sensor in sensors:
        parts = [None if other is None else other[sensor] for other in others]
        try:
            per_sensor[sensor] = function(data_of_sensor(data, sensor), *parts)
        except Exception as error:
            error.add_note(f"{stage}: this happened for the sensor {sensor!r}.")
            raise
    return invert_result_dict(per_sensor)


def sensor_names(data: Any) -> list:
    """Return the names of the sensors of a dict or of a frame with two column levels."""
    if isinstance(data, pd.DataFrame):
        # From the labels themselves: a new index would take longer than many an algorithm on one stride.
        return list(dict.fromkeys(label[0] for label in data.columns.tolist()))
    return list(get_multi_sensor_names(data))


def data_of_sensor(data: Any, sensor: Hashable) -> Any:
    """Return ``data[sensor]``, without building the labels of the columns anew each time where that is possible."""
    if not isinstance(data, pd.DataFrame):
        return data[sensor]
    columns = data.columns
    labels = columns.tolist()
    own = [position for position, label in enumerate(labels) if label[0] == sensor]
    inner = tuple([label[1] for label in labels if label[0] == sensor])
    is_range = len(own) > 0 and len(own) == own[-1] + 1 - own[0]
    if columns.nlevels != 2 or not is_range or any(type(label) is not str for label in inner):
        return data[sensor]
    part = data.iloc[:, own[0] : own[-1] + 1]
    part.columns = _labels(inner, columns.names[1], columns.levels[1].dtype).view()
    return part


@functools.lru_cache(maxsize=64)
def _labels(labels: tuple[str, ...], name: Hashable, dtype: Any) -> pd.Index:
    return pd.Index(labels, dtype=dtype, name=name)


def check_sensors_present(sensors: list, other: Any, stage: str) -> None:
    """Raise if ``other`` (a dict, or a frame with two column levels) lacks one of ``sensors``."""
    present = sensor_names(other)
    missing = [sensor for sensor in sensors if sensor not in present]
    if missing:
        raise MissingSensorError(
            f"{stage}: no entry for the sensor(s) {missing}. Found entries for {present}. "
            "Expected one for every sensor of the data. Add the missing ones, or leave these sensors out of the data."
        )


def invert_result_dict(per_sensor: Mapping[Hashable, Mapping[str, Any]]) -> dict[str, dict[Hashable, Any]]:
    """Turn ``{sensor: {result: value}}`` into ``{result: {sensor: value}}``; all orders are kept."""
    inverted: dict[str, dict[Hashable, Any]] = {}
    for sensor, results in per_sensor.items():
        for name, value in results.items():
            inverted.setdefault(name, {})[sensor] = value
    return inverted


def set_results(algorithm: Any, results: Mapping[str, Any]) -> None:
    """Store results as attributes of the algorithm; a trailing underscore is added where it is missing."""
    for name, value in results.items():
        setattr(algorithm, name if name.endswith("_") else f"{name}_", value)
