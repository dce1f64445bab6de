"""Which column of a file is which axis of which sensor."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from gaitmap.recordings._errors import recording_error
from gaitmap.utils.consts import SF_COLS, SF_COLS_WITH_MAG

#: Name of the only sensor of a file whose columns name none.
UNNAMED_SENSOR = "sensor"

_AXIS = re.compile(r"(?<![a-z0-9])(acc|gyr|mag)_([xyz])(?![a-z0-9])", re.IGNORECASE)
_BODY_AXIS = re.compile(r"(?<![a-z0-9])(acc|gyr|mag)_(pa|ml|si)(?![a-z0-9])", re.IGNORECASE)
_TIME = re.compile(
    r"(?:unix|epoch|utc|local|sensor)?[ _]?"
    r"(?:time|t|time[ _]?stamp|date[ _]?time|seconds|epoch|utc)"
    r"(?:[ _]*[\[(]?(?P<unit>s|sec|seconds|ms|us|µs|ns)[\])]?)?",
    re.IGNORECASE,
)
# "axis" and "sensor" stand over the index column when a frame with two named column levels is written.
_COUNTER = re.compile(
    r"unnamed: 0(_level_\d)?|__index_level_0__|index|samples?|sample[ _]?(nr|no|number|id)|counter|frame|"
    r"sensor|axis|sensor axis",
    re.IGNORECASE,
)
_TIME_UNITS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "us": 1e-6, "µs": 1e-6, "ns": 1e-9}


@dataclass(frozen=True)
class ColumnLayout:
    """Positions of the columns of a file.

    Attributes
    ----------
    sensors
        ``{sensor name: {axis name: position}}`` in the order of the file, axes in the order of spec (acc, gyr, mag).
    time
        Position of the time column, or None.
    time_unit_s
        Seconds per unit of a numeric time column, or None where its name does not say.
    counter
        Position of a column that counts the samples (or is unnamed), or None.
    ignored
        Names of the columns that are not used.
    """

    sensors: dict[str, dict[str, int]]
    time: int | None
    time_unit_s: float | None
    counter: int | None
    ignored: tuple[str, ...]


def count_axes(label: str) -> int:
    """Count the axes such as ``acc_x`` (or ``acc_pa``, which are refused later) in a text."""
    return len(_AXIS.findall(label)) + len(_BODY_AXIS.findall(label))


def has_axis(label: str) -> bool:
    """Tell whether a column label names an axis."""
    return count_axes(label) > 0


def find_columns(labels: Sequence[str], path: str | Path) -> ColumnLayout:
    """Sort the columns of a file by sensor and axis.

    Parameters
    ----------
    labels
        One text per column. For files with two header rows: sensor and axis, separated by a blank.
    path
        The file, for error messages.

    Raises
    ------
    RecordingError
        No column of a sensor, one column twice, or no sensor with all six axes.
    """
    sensors: dict[str, dict[str, int]] = {}
    time = time_unit = counter = None
    ignored = []
    for position, label in enumerate(labels):
        match = _AXIS.search(label)
        if match is not None:
            axis = f"{match[1]}_{match[2]}".lower()
            sensor = _sensor_name(label[: match.start()], label[match.end() :])
            axes = sensors.setdefault(sensor, {})
            if axis in axes:
                raise recording_error(
                    path,
                    f"the column '{axis}' of the sensor '{sensor}' is there twice",
                    f"it as column {axes[axis] + 1} and as column {position + 1}",
                    "each axis of each sensor once",
                    "Give the sensors different names, or remove one of the two columns",
                )
            axes[axis] = position
            continue
        name = label.strip().strip("'\"(), ")
        time_match = _TIME.fullmatch(name)
        if time_match is not None and time is None:
            time = position
            time_unit = _TIME_UNITS[time_match["unit"].lower()] if time_match["unit"] else None
        elif counter is None and (_COUNTER.fullmatch(name) or (position == 0 and not name)):
            counter = position
        else:
            ignored.append(label.strip())
    if not sensors:
        raise _no_sensor_error(labels, path)
    ordered = {
        sensor: {axis: axes[axis] for axis in SF_COLS_WITH_MAG if axis in axes} for sensor, axes in sensors.items()
    }
    return ColumnLayout(ordered, time, time_unit, counter, tuple(ignored))


def missing_axes(axes: dict[str, int]) -> list[str]:
    """Name the acceleration and angular rate axes that a sensor lacks."""
    return [axis for axis in SF_COLS if axis not in axes]


def _sensor_name(before: str, after: str) -> str:
    parts = [re.sub(r"^[\W_]+|[\W_]+$", "", part) for part in (before, after)]
    return "_".join(part for part in parts if part) or UNNAMED_SENSOR


def _no_sensor_error(labels: Sequence[str], path: str | Path) -> Exception:
    shown = ", ".join(f"'{label.strip()}'" for label in labels[:12]) + (", ..." if len(labels) > 12 else "")
    expected = (
        "acc_x, acc_y, acc_z (m/s^2), gyr_x, gyr_y, gyr_z (deg/s), for several sensors with the sensor's name in a "
        "header row above or as part of the column name (left_sensor_acc_x)"
    )
    if any(_BODY_AXIS.search(label) for label in labels):
        return recording_error(
            path,
            "the columns are in the body frame",
            f"the columns {shown}",
            "the sensor frame (x to the toes, y to the left, z up): " + expected,
            "Give the recording as it came from the sensor",
        )
    if labels and all(_is_number(label) for label in labels):
        return recording_error(
            path, "there is no header row", f"numbers only, in {len(labels)} columns", expected, "Add the column names"
        )
    return recording_error(
        path, "no column of a sensor was recognised", f"the columns {shown}", expected, "Rename the columns"
    )


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True
