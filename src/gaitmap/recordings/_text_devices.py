"""Text files of makers whose layout is known: what each says of sensor, units and clock."""

import re
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.recordings._channel_names import group_channels
from gaitmap.recordings._device import Counter, DeviceFile, SampleTimes, SensorSignal, Told
from gaitmap.recordings._errors import recording_error
from gaitmap.recordings._no_gyroscope import without_angular_rate
from gaitmap.recordings._text_table import TextHead, TextTable, find_head, parquet_table, read_text_table

_HEAD_BYTES = 65536
_US_32_BITS_S = 2**32 / 1e6


@lru_cache(maxsize=8)
def head_of(head: bytes) -> TextHead | None:
    """Find the layout of a text, once for all formats that look at it."""
    return find_head(head)


def load_table(path: Path) -> TextTable:
    """Read the table of a file that was recognised."""
    with path.open("rb") as file:
        start = file.read(_HEAD_BYTES)
    if start.startswith(b"PAR1"):
        return parquet_table(path)
    head = head_of(start)
    if head is None:
        raise recording_error(
            path, "it holds no table of numbers", "no row of numbers", "a header and rows of numbers", "Export it again"
        )
    return read_text_table(path, head)


def _names(head: bytes) -> set[str]:
    found = head_of(head)
    return set() if found is None else set(found.names)


def _axes(table: TextTable, *columns: str) -> np.ndarray | None:
    at = [table.find(column) for column in columns]
    return None if any(k is None for k in at) else np.column_stack([table.number(k) for k in at])  # type: ignore[arg-type]


class XsensMtw:
    """Text export of MT Manager (Xsens MTw Awinda): m/s^2, rad/s, and a counter that all sensors share."""

    name = "Xsens MTw text"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by its columns."""
        del path
        names = _names(head)
        return {"PacketCounter", "Acc_X"} <= names and "Status" not in names and b"\t" in head

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        table = load_table(path)
        acc, gyr, mag = (_axes(table, *(f"{kind}_{axis}" for axis in "XYZ")) for kind in ("Acc", "Gyr", "Mag"))
        if gyr is None or not np.isfinite(gyr).any():
            raise without_angular_rate(
                path, self.name, "In the export settings of MT Manager, tick the calibrated rate of turn as well"
            )
        rate, measured = self._rate(table, acc, told)
        serial = table.said(r"DeviceId:\s*(\w+)") or _serial_in(path.stem)
        counter = table.find("PacketCounter")
        assert counter is not None
        session = re.sub(r"_[0-9A-Fa-f]{8}$", "", path.stem)
        signal = SensorSignal(
            serial,
            Counter(rate, table.number(counter), bits=16, shared=f"Xsens {session}", measured=measured),
            acc,
            gyr,
            mag,
            acc_unit="m/s^2",
            gyr_unit="rad/s",
        )
        product = table.said(r"ProductCode:\s*(\S+)") or "MTw"
        return DeviceFile(
            path,
            self.name,
            (signal,),
            device=f"Xsens {product} {serial}",
            rate_configured_hz=rate,
            unused=tuple(name for name in table.names if name.startswith(("FreeAcc", "Quat", "Roll", "Pitch", "Yaw"))),
        )

    @staticmethod
    def _rate(table: TextTable, acc: np.ndarray | None, told: Told) -> tuple[float | None, bool]:
        """Take the rate of the preamble, or the one that follows from acceleration and velocity increments."""
        if (text := table.said(r"Update Rate:\s*([0-9.,]+)")) is not None:
            return float(text.replace(",", ".")), False
        step = _axes(table, *(f"VelInc_{axis}" for axis in "XYZ"))
        if step is not None and acc is not None:
            length, change = np.linalg.norm(acc, axis=1), np.linalg.norm(step, axis=1)
            is_known = np.isfinite(length) & np.isfinite(change) & (change > 0)
            if is_known.sum() > 20:
                # The increment is acceleration times one step.
                return float(np.round(np.median(length[is_known] / change[is_known]), 1)), True
        return told.sampling_rate_hz, False


def _serial_in(stem: str) -> str:
    found = re.search(r"([0-9A-Fa-f]{8})$", stem)
    return found[1] if found else stem


class XsensDot:
    """CSV of Xsens (Movella) DOT: m/s^2, deg/s, a counter and a clock of 32 bits in us."""

    name = "Xsens DOT csv"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by its columns and its preamble."""
        del path
        names = _names(head)
        is_dot = {"PacketCounter", "SampleTimeFine"} <= names and b"\t" not in head
        return is_dot and (b"DeviceTag" in head or b"Measurement Mode" in head or bool({"Status", "Quat_W"} & names))

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        table = load_table(path)
        mode = table.said(r"Measurement Mode:\s*,?\s*([^\n]+)") or "a mode without angular rate"
        acc, gyr, mag = (_axes(table, *(f"{kind}_{axis}" for axis in "XYZ")) for kind in ("Acc", "Gyr", "Mag"))
        if gyr is None or acc is None:
            raise recording_error(
                path,
                f"this {self.name} recording holds no angular rate" if gyr is None else "it holds no acceleration",
                f"the mode '{mode}' with {', '.join(name for name in table.names if name)}",
                "Acc_X ... Gyr_Z",
                "Record in a mode that stores Acc_X to Acc_Z (with gravity) and Gyr_X to Gyr_Z; quaternions and free "
                "acceleration are no substitute",
            )
        times = table.find("SampleTimeFine")
        assert times is not None
        text = table.said(r"OutputRate:\s*,?\s*([0-9.]+)")
        tag = table.said(r"DeviceTag:\s*,?\s*([^\n,]+)") or path.stem
        signal = SensorSignal(
            tag,
            SampleTimes(table.number(times) / 1e6, shared="Xsens DOT synchronised", wraps_after_s=_US_32_BITS_S)
            if (table.said(r"SyncStatus:\s*,?\s*(\w+)") or "").lower() == "synced"
            else SampleTimes(table.number(times) / 1e6, wraps_after_s=_US_32_BITS_S),
            acc,
            gyr,
            mag,
            acc_unit="m/s^2",
            gyr_unit="deg/s",
            site=tag,
        )
        return DeviceFile(
            path,
            self.name,
            (signal,),
            device=f"Xsens DOT {tag}",
            wall_clock=_clock_time(table.said(r"StartTime:\s*,?\s*(\d{4}-\d\d-\d\d_\d\d:\d\d:\d\d)")),
            rate_configured_hz=float(text) if text else None,
            unused=tuple(name for name in table.names if name.startswith(("Quat", "Euler", "FreeAcc"))),
        )


def _clock_time(text: str | None) -> pd.Timestamp | None:
    if text is None:
        return None
    try:
        return pd.Timestamp(text.replace("_", " "))
    except ValueError:
        return None


class Physilog:
    """CSV of Gait Up Physilog: g, deg/s, time in s; the foot stands in the name of the file alone."""

    name = "Physilog csv"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by its first line."""
        del path
        return head.lstrip(b"\xef\xbb\xbf").startswith(b"Gait Up")

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        table = load_table(path)
        time = table.find("Time")
        acc, gyr = (_axes(table, *(f"{kind} {axis}" for axis in "XYZ")) for kind in ("Accel", "Gyro"))
        if time is None or acc is None or gyr is None:
            raise recording_error(
                path,
                f"this {self.name} file lacks signals",
                ", ".join(name for name in table.names if name),
                "Time, Gyro X ... Accel Z",
                "Export it with acceleration and angular rate",
            )
        rate = table.said(r"Gyro \[([0-9.]+) *hz\]")
        signal = SensorSignal(
            path.stem,
            SampleTimes(table.number(time), shared="Physilog session"),
            acc,
            gyr,
            acc_unit="g",
            gyr_unit="deg/s",
        )
        return DeviceFile(
            path,
            self.name,
            (signal,),
            device="Gait Up Physilog",
            rate_configured_hz=float(rate) if rate else None,
            unused=tuple(name for name in table.names if name.startswith(("Pressure", "Temperature", "Quat"))),
        )


class Shimmer:
    """CSV of Shimmer Consensys: a row of names and one of units, ms since 1970; two accelerometers."""

    name = "Shimmer Consensys csv"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by its columns."""
        del path
        return any(re.match(r"Shimmer_\w+_(Accel|Gyro|Timestamp)", name, re.IGNORECASE) for name in _names(head))

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        table = load_table(path)
        time = next((k for k, name in enumerate(table.names) if "timestamp" in name.lower()), None)
        names = [re.sub(r"_(WR|Wide_?Range)(?=_|$)", "", name) for name in table.names]
        has_wide = names != list(table.names)
        # The low-noise accelerometer has a range of 2 g, which a foot leaves in each step.
        names = [f"other {k}" if has_wide and re.search(r"_LN(_|$)", name) else name for k, name in enumerate(names)]
        names = [re.sub(r"_LN(?=_|$)", "", name) for name in names]
        grouped = group_channels(names, units=table.units)
        if time is None or not grouped:
            raise recording_error(
                path,
                "it lacks signals",
                ", ".join(table.names),
                "Timestamp, Accel and Gyro",
                "Export it with all of them",
            )
        unit = table.units[time].lower() if table.units else "ms"
        seconds = table.number(time) / (1000.0 if unit != "s" else 1.0)
        is_utc = bool(np.nanmedian(seconds) > 1e8)
        sensors = tuple(
            SensorSignal(
                label,
                SampleTimes(seconds, shared="utc" if is_utc else None),
                _three(table, sensor.columns("acc")),
                _three(table, sensor.columns("gyr")),
                _three(table, sensor.columns("mag")),
                acc_unit=sensor.units.get("acc", "m/s^2"),
                gyr_unit=sensor.units.get("gyr", "deg/s"),
            )
            for label, sensor in grouped.items()
        )
        start = pd.Timestamp(float(np.nanmin(seconds)), unit="s", tz="UTC").round("us") if is_utc else None
        return DeviceFile(path, self.name, sensors, device="Shimmer", start_time=start)


def _three(table: TextTable, columns: list[int] | None) -> np.ndarray | None:
    return None if columns is None else np.column_stack([table.number(k) for k in columns])


class MetaWear:
    """CSV of MetaWear: one file per sensor and signal, each with a clock of its own."""

    name = "MetaWear csv"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by its columns."""
        del path
        names = {name.lower() for name in _names(head)}
        return any(name.startswith(("epoc", "epoch")) for name in names) and any("x-axis" in name for name in names)

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        table = load_table(path)
        epoch = next(k for k, name in enumerate(table.names) if name.lower().startswith(("epoc", "epoch")))
        axes = [next((k for k, n in enumerate(table.names) if f"{axis}-axis" in n.lower()), None) for axis in "xyz"]
        units = {re.sub(r".*\((.*)\).*", r"\1", table.names[k]).strip() for k in axes if k is not None}
        if None in axes or units not in ({"g"}, {"deg/s"}):
            raise recording_error(
                path,
                "it is no file of acceleration or angular rate",
                ", ".join(table.names),
                "x-axis (g) or x-axis (deg/s)",
                "Give the files of accelerometer and gyroscope of each sensor",
            )
        values = np.column_stack([table.number(k) for k in axes if k is not None])
        seconds = table.number(epoch) / 1000.0
        # A sensor's files share the first parts of their names.
        label = re.split(r"_(Accelerometer|Gyroscope)", path.stem, flags=re.IGNORECASE)[0]
        is_acc = units == {"g"}
        signal = SensorSignal(
            label,
            SampleTimes(seconds, shared="utc"),
            acc=values if is_acc else None,
            gyr=None if is_acc else values,
            acc_unit="g",
            gyr_unit="deg/s",
        )
        start = pd.Timestamp(float(np.nanmin(seconds)), unit="s", tz="UTC").round("us")
        return DeviceFile(path, self.name, (signal,), device="MetaWear", start_time=start)


class IMeasureU:
    """CSV of IMeasureU (Vicon Blue Trident): units in the names, us since 1970."""

    name = "IMeasureU csv"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by its columns."""
        del path
        return "unix_timestamp_microsec" in _names(head)

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        table = load_table(path)
        grouped = group_channels(table.names)
        time = table.find("unix_timestamp_microsec")
        sensor = grouped.get("") or next(iter(grouped.values()), None)
        if sensor is None or time is None:
            raise recording_error(
                path, "it lacks signals", ", ".join(table.names), "ax_m/s/s ... gz_deg/s", "Export it with both"
            )
        seconds = table.number(time) / 1e6
        signal = SensorSignal(
            path.stem,
            SampleTimes(seconds, shared="utc"),
            _three(table, sensor.columns("acc")),
            _three(table, sensor.columns("gyr")),
            _three(table, sensor.columns("mag")),
            acc_unit=sensor.units.get("acc", "m/s^2"),
            gyr_unit=sensor.units.get("gyr", "deg/s"),
        )
        start = pd.Timestamp(float(np.nanmin(seconds)), unit="s", tz="UTC").round("us")
        return DeviceFile(path, self.name, (signal,), device="IMeasureU", start_time=start)
