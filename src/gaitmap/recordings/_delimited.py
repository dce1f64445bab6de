"""Tables of sensors in plain text, whatever their columns are called."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.recordings._channel_names import NamedSensor, group_channels, parse_channel
from gaitmap.recordings._device import Clock, Counter, DeviceFile, SampleTimes, SensorSignal, Told
from gaitmap.recordings._errors import recording_error
from gaitmap.recordings._text_devices import head_of, load_table
from gaitmap.recordings._text_table import TextTable, plain_name
from gaitmap.utils._feet import foot_in_name

#: Rates that a sensor on a foot may have (Hz); they tell the unit of a time column that does not name it.
_RATES = (15.0, 5000.0)
_TIME_UNITS = {"s": 1.0, "sec": 1.0, "seconds": 1.0, "ms": 1e-3, "msec": 1e-3, "us": 1e-6, "microsec": 1e-6, "ns": 1e-9}
_TIME_NAMES = re.compile(r"time|zeit|stamp|epoch|tempo|temps|^t$|elapsed", re.IGNORECASE)
_COUNTER_NAMES = re.compile(r"count|packet|frame|sample|seq|index|number|^n$|^no$|nummer", re.IGNORECASE)
_GROUP_NAMES = re.compile(
    r"participant|subject|patient|person|trial|session|device|sensor|canal|channel|recording|side|foot|body|segment|condition|"
    r"(^|_)id$",
    re.IGNORECASE,
)
_MOST_GROUPS = 50
_EXAMPLE = (
    '{"left": {"acc_x": "LF Beschl X", "gyr_x": "-LF Dreh Y"}, "acc_unit": "g", "gyr_unit": "rad/s", "time": "Zeit", '
    '"time_unit": "ms"}'
)
_FOOT_KEYS = ("left", "right")


class DelimitedText:
    """CSV and other delimited text, with any usual spelling of names, units and time."""

    name = "delimited text"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by a row of numbers below names; Parquet is a table of the same kind."""
        del path
        return head.startswith(b"PAR1") or head_of(head) is not None

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        table = load_table(path)
        columns = _Columns.of(table, told)
        if not columns.sensors:
            raise recording_error(
                path,
                "no column is the one of an inertial sensor",
                ", ".join(name for name in table.names if name)[:300],
                "acceleration and angular rate along x, y and z, such as 'left_acc_x' or 'Gyroscope Z (deg/s)'",
                f"Name them with --columns MAP.json, for example {_EXAMPLE}",
            )
        clock, start, wall, clock_remarks = _find_clock(table, columns, told)
        group = _find_group(table, columns)
        rows_of: dict[str, np.ndarray] = {"": np.ones(len(table.frame), dtype=bool)}
        if group is not None:
            rows_of = _rows_by_foot(table, group)
        sensors = [
            signal
            for value, rows in rows_of.items()
            for label, sensor in columns.sensors.items()
            for signal in _signals_of(table, label, sensor, clock, rows, value, told)
        ]
        clock_remarks += _text_among_numbers(table, columns)
        x_io = any(name.startswith("Gyroscope X (deg/s)") for name in table.names)
        return DeviceFile(
            path,
            "x-io csv" if x_io else self.name,
            tuple(sensors),
            device="x-io" if x_io else "",
            start_time=start,
            wall_clock=wall,
            rate_configured_hz=_rate_above(table),
            unused=tuple(table.names[k] for k in columns.unused if table.names[k] and k != group),
            remarks=tuple(clock_remarks),
        )


@dataclass
class _Columns:
    """Which column is what."""

    sensors: dict[str, NamedSensor]
    unused: list[int] = field(default_factory=list)
    signs: dict[int, float] = field(default_factory=dict)

    @classmethod
    def of(cls, table: TextTable, told: Told) -> "_Columns":
        if any(key in told.columns for key in _FOOT_KEYS):
            return cls._told(table, told)
        sensors = group_channels(table.names, units=table.units)
        sensors = {label: s for label, s in sensors.items() if s.columns("acc") or s.columns("gyr")}
        used = {k for s in sensors.values() for axes in s.axes.values() for k in axes.values()}
        return cls(sensors, [k for k in range(len(table.names)) if k not in used])

    @classmethod
    def _told(cls, table: TextTable, told: Told) -> "_Columns":
        sensors, signs, used = {}, {}, set()
        for foot in _FOOT_KEYS:
            names = told.columns.get(foot)
            if names is None:
                continue
            sensor = NamedSensor({}, {})
            for channel, given in names.items():
                parsed = parse_channel(channel)
                text = str(given)
                column = table.find(text) if table.find(text) is not None else table.find(text.removeprefix("-"))
                if parsed is None or column is None:
                    raise recording_error(
                        table.path,
                        f"--columns names what is not there: {foot} {channel}",
                        f"'{given}' among {', '.join(n for n in table.names if n)[:200]}",
                        "acc_x ... gyr_z, each with the name of a column",
                        "Correct the map",
                    )
                is_negative = text.startswith("-") and plain_name(table.names[column]) == plain_name(text[1:])
                signs[column] = -1.0 if is_negative else 1.0
                sensor.axes.setdefault(parsed.quantity, {})[parsed.axis] = column
                used.add(column)
            for kind in ("acc", "gyr"):
                if unit := told.columns.get(f"{kind}_unit"):
                    sensor.units[kind] = unit  # type: ignore[index]
            sensors[foot] = sensor
        return cls(sensors, [k for k in range(len(table.names)) if k not in used], signs)


def _signals_of(
    table: TextTable, label: str, sensor: NamedSensor, clock: Clock, rows: np.ndarray, value: str, told: Told
) -> list[SensorSignal]:
    """Take one sensor; two signals with clocks of their own where acceleration and angular rate stand in other rows."""
    columns = _Columns.of(table, told).signs if told.columns else {}
    name = " ".join(part for part in (label, value) if part) or "sensor"
    values: dict[str, np.ndarray] = {}
    for kind in ("acc", "gyr", "mag"):
        three = sensor.columns(kind)  # type: ignore[arg-type]
        if three is not None:
            values[kind] = np.column_stack([table.number(k) * columns.get(k, 1.0) for k in three])
    foot = foot_in_name(name)
    shared = {"label": name, "foot": foot, "site": label or None}
    units = {"acc_unit": sensor.units.get("acc"), "gyr_unit": sensor.units.get("gyr")}
    has_own_rows = {kind: _own_rows(array[rows]) for kind, array in values.items() if kind != "mag"}
    if any(own is not None for own in has_own_rows.values()):
        signals = []
        for kind in ("acc", "gyr"):
            if kind in values:
                own = np.isfinite(values[kind]).all(axis=1) & rows
                signals.append(
                    SensorSignal(**shared, **units, clock=_clock_of_rows(clock, own), **{kind: values[kind][own]})  # type: ignore[arg-type]
                )
        return signals
    is_all = bool(rows.all())
    taken = {kind: array if is_all else array[rows] for kind, array in values.items()}
    return [SensorSignal(**shared, **units, clock=clock if is_all else _clock_of_rows(clock, rows), **taken)]  # type: ignore[arg-type]


def _own_rows(values: np.ndarray) -> int | None:
    """Tell whether values stand in every second (third ...) row alone; the step if so."""
    there = np.flatnonzero(np.isfinite(values).all(axis=1))
    if len(there) < 20 or len(there) > 0.7 * len(values):
        return None
    steps = np.diff(there)
    step = int(np.median(steps))
    return step if step > 1 and np.mean(steps == step) > 0.8 else None


def _clock_of_rows(clock: Clock, rows: np.ndarray) -> Clock:
    if isinstance(clock, SampleTimes):
        return SampleTimes(clock.seconds[rows], clock.shared, clock.wraps_after_s)
    assert isinstance(clock, Counter)
    numbers = np.arange(len(rows), dtype=float) if clock.numbers is None else clock.numbers
    if clock.rate_hz is None:
        return Counter(None, numbers[rows], clock.bits, clock.shared)
    return SampleTimes(numbers[rows] / clock.rate_hz, shared=clock.shared)


def _rate_above(table: TextTable) -> float | None:
    """Take a rate from the lines above the header."""
    text = table.said(
        r"(?:rate|frequency|frequenz|abtastrate|sampling)[^\n0-9]{0,20}[;:,=\t ]\s*\"?([0-9]+(?:[.,][0-9]+)?)\s*(?:hz)?"
    )
    rate = float(text.replace(",", ".")) if text else None
    return rate if rate is not None and _RATES[0] <= rate <= _RATES[1] else None


def _find_clock(
    table: TextTable, columns: _Columns, told: Told
) -> tuple[Clock, pd.Timestamp | None, pd.Timestamp | None, list[str]]:
    """Find the column that tells the time, or counts; by what the user said, by name, by content."""
    shared = str(table.path)
    configured = _rate_above(table)
    rate = told.sampling_rate_hz or configured
    if "time" in told.columns:
        column = table.find(str(told.columns["time"]))
        if column is None:
            raise recording_error(
                table.path, f"there is no column '{told.columns['time']}'", ", ".join(table.names), "a time column",
                "Correct the map of --columns",
            )  # fmt: skip
        unit = _TIME_UNITS.get(str(told.columns.get("time_unit", "s")), 1.0)
        columns.unused = [k for k in columns.unused if k != column]
        return SampleTimes(table.number(column) * unit, shared=shared), None, None, []
    counter = None
    for column in sorted(columns.unused, key=lambda k: not _TIME_NAMES.search(table.names[k])):
        found = _as_times(table, column)
        if found is not None:
            seconds, start, wall, wraps = found
            columns.unused.remove(column)
            name = "utc" if start is not None else shared
            return SampleTimes(seconds, shared=name, wraps_after_s=wraps), start, wall, []
    for column in columns.unused:
        numbers = table.number(column)
        if _counts(numbers) and (counter is None or _COUNTER_NAMES.search(table.names[column])):
            counter = column
    if counter is not None:
        columns.unused.remove(counter)
        name = f"the column '{table.names[counter]}'" if table.names[counter] else "the first column"
        remark = [f"{name} counts the samples and tells which are lost"]
        return Counter(rate, table.number(counter), shared=shared), None, None, remark
    return Counter(rate, shared=shared), None, None, []


def _counts(numbers: np.ndarray) -> bool:
    """Tell whether whole numbers rise by small steps, but for when they begin anew."""
    known = numbers[np.isfinite(numbers)]
    if len(known) < 20 or len(known) < 0.9 * len(numbers) or np.any(known != np.round(known)):
        return False
    steps = np.diff(known)
    rising = steps > 0
    return bool(np.mean(rising) > 0.98 and np.median(steps) <= 10)


def _as_times(
    table: TextTable, column: int
) -> tuple[np.ndarray, pd.Timestamp | None, pd.Timestamp | None, float | None] | None:
    """Read a column as times in s; None if it is none."""
    name = table.names[column]
    values = table.frame[column]
    if not pd.api.types.is_numeric_dtype(values.dtype):
        return _text_times(values) if _TIME_NAMES.search(name) else None
    numbers = table.number(column)
    known = numbers[np.isfinite(numbers)]
    if len(known) < 20:
        return None
    steps = np.diff(known)
    step = float(np.median(steps[steps > 0])) if (steps > 0).any() else 0.0
    if step <= 0 or np.mean(steps >= 0) < 0.98:
        return None
    unit = _unit_in(name) or (_unit_in(f"({table.units[column]})") if table.units else None)
    if not _TIME_NAMES.search(name) and unit is None and (_counts(numbers) or _COUNTER_NAMES.search(name)):
        return None
    if unit is None:
        unit = next((u for u in (1.0, 1e-3, 1e-6, 1e-9) if _RATES[0] <= 1 / (step * u) <= _RATES[1]), None)
        if unit is None or (not _TIME_NAMES.search(name) and not _is_even(steps, step)):
            return None
    seconds = numbers * unit
    wraps = 2**32 * unit if unit in (1e-6, 1e-3) and np.any(steps < 0) and known.max() > 0.98 * 2**32 else None
    middle = float(np.nanmedian(seconds))
    is_epoch = 5e8 < middle < 5e9
    start = pd.Timestamp(float(known[0] * unit), unit="s", tz="UTC").round("us") if is_epoch else None
    return seconds, start, None, wraps


def _is_even(steps: np.ndarray, step: float) -> bool:
    return bool(np.mean(np.abs(steps - step) < 0.5 * step) > 0.9)


def _unit_in(name: str) -> float | None:
    """Read the unit of time in a name: "(ms)", "[s]", "time_us"."""
    found = re.search(r"[\[(_ ](s|sec|seconds|ms|msec|us|microsec|ns)[\])]?$", name.strip().lower())
    return _TIME_UNITS[found[1]] if found else None


def _text_times(values: pd.Series) -> tuple[np.ndarray, pd.Timestamp | None, pd.Timestamp | None, float | None] | None:
    """Clock times in words."""
    texts = values.astype("string").str.strip()
    try:
        times = pd.to_datetime(texts, errors="coerce", format="ISO8601", utc=False)
    except (ValueError, TypeError):
        return None
    if not isinstance(times.dtype, pd.DatetimeTZDtype) and times.dtype.kind != "M":
        return None
    if times.notna().mean() < 0.9:
        try:
            spans = pd.to_timedelta(texts, errors="coerce")
        except (ValueError, TypeError):
            return None
        if spans.notna().mean() < 0.9:
            return None
        return spans.dt.total_seconds().to_numpy(dtype=float, na_value=np.nan), None, None, None
    first = times.dropna().iloc[0]
    seconds = (times - first).dt.total_seconds().to_numpy(dtype=float, na_value=np.nan)
    is_aware = first.tzinfo is not None
    base = first.timestamp() if is_aware else 0.0
    return seconds + base, first if is_aware else None, None if is_aware else first, None


def _text_among_numbers(table: TextTable, columns: _Columns) -> list[str]:
    """Tell of cells in the channels that hold text instead of numbers."""
    remarks = []
    for sensor in columns.sensors.values():
        for axes in sensor.axes.values():
            for column in axes.values():
                values = table.frame[column]
                if pd.api.types.is_numeric_dtype(values.dtype):
                    continue
                is_text = values.notna().to_numpy() & np.isnan(table.number(column))
                if is_text.any():
                    first = int(np.flatnonzero(is_text)[0])
                    remarks.append(
                        f"{int(is_text.sum())} cells of '{table.names[column]}' hold something else than numbers, the "
                        f"first {str(values.iloc[first])[:40]!r} in row {first + 1} of the data; they are missing"
                    )
    return remarks


def _find_group(table: TextTable, columns: _Columns) -> int | None:
    """Find a column that tells which rows belong together."""
    for column in columns.unused:
        values = table.frame[column]
        name = table.names[column]
        is_text = not pd.api.types.is_numeric_dtype(values.dtype)
        if not (is_text or (_GROUP_NAMES.search(name) and not _COUNTER_NAMES.search(name))):
            continue
        n_values = values.nunique()
        if 2 <= n_values <= _MOST_GROUPS and values.notna().mean() > 0.9 and (is_text or n_values < 0.01 * len(values)):
            return column
    return None


def _rows_by_foot(table: TextTable, group: int) -> dict[str, np.ndarray]:
    """Rows of each sensor of a long table; several recordings in one table are refused."""
    values = table.frame[group].astype(str)
    names = list(values.unique())
    feet = [foot_in_name(name) for name in names]
    if len(names) <= 2 and set(feet) <= {"left", "right"} and len(set(feet)) == len(names):
        return {name: (values == name).to_numpy() for name in names}
    raise recording_error(
        table.path,
        f"the column '{table.names[group]}' tells that rows belong to several recordings or devices",
        f"{len(names)} values: {', '.join(map(repr, names[:6]))}",
        "one recording per file, with one row per sample",
        f"Write a file for each value of '{table.names[group]}', or leave the column out if it means nothing",
    )


def plain_map(columns: Any) -> dict[str, Any]:
    """Check the content of ``--columns``.

    Raises
    ------
    ValueError
        If it is no map of this form.
    """
    if not isinstance(columns, dict) or not any(key in columns for key in _FOOT_KEYS):
        raise ValueError(
            "The 'columns' parameter must be a map with 'left' and/or 'right'. Got something else instead."
        )
    known = {*_FOOT_KEYS, "acc_unit", "gyr_unit", "time", "time_unit"}
    unknown = [key for key in columns if key not in known]
    if unknown:
        raise ValueError(
            f"The 'columns' parameter must have the keys {', '.join(sorted(known))}. Got {unknown} as well."
        )
    unit = columns.get("time_unit", "s")
    if unit not in _TIME_UNITS:
        raise ValueError(f"The 'time_unit' of columns must be one of {', '.join(_TIME_UNITS)}. Got {unit!r} instead.")
    return columns
