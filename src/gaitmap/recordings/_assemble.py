"""From the files of devices to one recording: feet chosen, clocks brought together, units converted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gaitmap._kernels.grid import interpolate_uneven
from gaitmap.recordings._device import DeviceFile, SensorSignal, Told
from gaitmap.recordings._errors import recording_error
from gaitmap.recordings._feet_in_files import foot_of_signal
from gaitmap.recordings._formats import find_format
from gaitmap.recordings._grid import ClockError, Grid, to_grid
from gaitmap.recordings._placeholders import clear_placeholders, copies_of_rows
from gaitmap.recordings._units import factor_of
from gaitmap.utils.consts import SF_ACC, SF_COLS, SF_GYR, SF_MAG

#: Two rates of sensors on one clock that differ by less are the same rate.
_SAME_RATE = 1e-4


@dataclass(frozen=True, eq=False)
class SensorReport:
    """What is told of one sensor.

    Attributes
    ----------
    label, foot, device, format, site
        Who it is.
    data
        The signals in m/s^2 and deg/s, as they were mounted.
    rate_hz, rate_configured_hz
        Measured and configured rate.
    start
        Time of its first sample on its clock (s), and the name of that clock.
    n_lost, gaps, n_bridged
        Samples lost, the gaps (start and length in samples), and how many samples were closed.
    notes
        What was done, in sentences without full stop.
    """

    label: str
    foot: str | None
    device: str
    format: str
    site: str | None
    data: pd.DataFrame
    rate_hz: float
    rate_configured_hz: float | None
    start: float
    shared: str | None
    n_lost: int
    gaps: np.ndarray
    n_bridged: int
    start_time: pd.Timestamp | None = None
    wall_clock: pd.Timestamp | None = None
    notes: tuple[str, ...] = ()
    channels: dict[str, str | None] = field(default_factory=dict)


@dataclass(frozen=True, eq=False)
class Assembled:
    """The sensors of one recording on one grid."""

    data: dict[str, pd.DataFrame]
    sampling_rate_hz: float
    start_time: pd.Timestamp | None
    sha256: str
    notes: list[str]
    reports: list[SensorReport]
    units: dict[str, str]


def read_device_file(path: Path, told: Told) -> DeviceFile:
    """Read a file of a device, whatever its format."""
    one = find_format(path)
    if one is None:
        with path.open("rb") as file:
            start = file.read(12)
        raise recording_error(
            path,
            "its format is not known",
            f"a file that begins with {start!r}",
            "CSV, Parquet, or a file of a device in the documentation's list",
            "Export it as CSV with the names of its columns",
        )
    return one.read(path, told)


def sensors_of(file: DeviceFile, told: Told) -> list[SensorReport]:
    """Put the sensors of a file on even grids; acceleration and angular rate of one label are brought together."""
    by_label: dict[str, list[SensorSignal]] = {}
    for signal in file.sensors:
        by_label.setdefault(signal.label, []).append(signal)
    return [_report(file, signals, told) for signals in by_label.values()]


def _report(file: DeviceFile, signals: Sequence[SensorSignal], told: Told) -> SensorReport:
    grids = [_grid_of(file, signal, told) for signal in signals]
    first = signals[0]
    # The angular rate carries the strides: its grid is the one of the sensor.
    main = next((k for k, signal in enumerate(signals) if signal.gyr is not None), 0)
    grid = grids[main]
    frame = _frame_of(signals[main], grid)
    notes = list(grid.remarks)
    for k, (signal, other) in enumerate(zip(signals, grids, strict=True)):
        if k != main:
            moved = _moved(other, grid)
            names = [name for name in _names_of(signal) if name not in frame]
            values = dict(zip(_names_of(signal), moved, strict=True))
            for name in names:
                frame[name] = values[name] * _factor(signal, name)
            notes.append("acceleration and angular rate have rows of their own; they were brought onto one grid")
    frame = frame[[name for name in (*SF_COLS, *SF_MAG) if name in frame]]
    every = 1
    if set(SF_COLS) <= set(frame):
        every = copies_of_rows(frame[SF_COLS])
        if every > 1:
            frame = frame.iloc[::every].reset_index(drop=True)
            notes.append(f"every sample was written {every} times (a lower rate than told); one of each was kept")
        cleaned = clear_placeholders(frame, grid.rate_hz / every)
        frame = cleaned.data
        notes += cleaned.notes
    return SensorReport(
        label=first.label,
        foot=foot_of_signal(first, file.path),
        device=file.device,
        format=file.format,
        site=first.site,
        data=frame,
        rate_hz=grid.rate_hz / every,
        rate_configured_hz=file.rate_configured_hz,
        start=grid.start,
        shared=first.clock.shared,
        n_lost=grid.n_lost,
        gaps=grid.gaps,
        n_bridged=grid.n_bridged,
        start_time=file.start_time,
        wall_clock=file.wall_clock,
        notes=tuple(dict.fromkeys((*notes, *first.remarks, *file.remarks))),
        channels={"acc": first.acc_unit, "gyr": signals[main].gyr_unit},
    )


def _names_of(signal: SensorSignal) -> list[str]:
    return [
        name
        for values, names in ((signal.acc, SF_ACC), (signal.gyr, SF_GYR), (signal.mag, SF_MAG))
        if values is not None
        for name in names
    ]


def _factor(signal: SensorSignal, name: str) -> float:
    if name.startswith("mag"):
        return 1.0
    return factor_of(signal.acc_unit if name.startswith("acc") else signal.gyr_unit)


def _grid_of(file: DeviceFile, signal: SensorSignal, told: Told) -> Grid:
    parts = [values.T for values in (signal.acc, signal.gyr, signal.mag) if values is not None]
    try:
        return to_grid(signal.clock, np.vstack(parts), told.sampling_rate_hz)
    except ClockError as error:
        wrong, found, expected, advice = error.parts
        raise recording_error(file.path, wrong, found, expected, advice) from None


def _frame_of(signal: SensorSignal, grid: Grid) -> pd.DataFrame:
    names = _names_of(signal)
    return pd.DataFrame(
        {name: values * _factor(signal, name) for name, values in zip(names, grid.values, strict=True)}, copy=False
    )


def _moved(other: Grid, onto: Grid) -> np.ndarray:
    """Interpolate a grid at the times of another one of the same clock."""
    times = other.start + np.arange(other.n_samples) / other.rate_hz
    return interpolate_uneven(times, other.values, onto.start, 1.0 / onto.rate_hz, onto.n_samples, 2.5 / other.rate_hz)


def assemble(
    paths: Sequence[Path],
    told: Told,
    *,
    left: str | None = None,
    right: str | None = None,
) -> Assembled:
    """Read files and bring the sensors of the feet onto one grid."""
    files = [read_device_file(path, told) for path in paths]
    reports = [report for file in files for report in sensors_of(file, told)]
    feet, notes = _choose_feet(reports, left, right, paths)
    one_sided = {name: report for name, report in feet.items() if not set(SF_COLS) <= set(report.data)}
    if one_sided:
        report = next(iter(one_sided.values()))
        has = "acceleration" if SF_ACC[0] in report.data else "angular rate"
        raise recording_error(
            paths[0],
            f"the sensor '{report.label}' has no {'angular rate' if has == 'acceleration' else 'acceleration'}",
            f"{has} alone",
            "acceleration and angular rate of a sensor on each foot",
            f"Switch both on when recording{_of_remarks(report)}",
        )
    data, rate, together = _together(feet)
    notes += together
    unused = list(dict.fromkeys(name for file in files for name in file.unused))
    if unused:
        notes.append("columns not used: " + ", ".join(unused))
    for name, report in feet.items():
        notes += [f"{name.removesuffix('_sensor')}: {note}" for note in (*report.notes, *_about_losses(report))]
    first = next(iter(feet.values()))
    starts = [report.start_time for report in feet.values() if report.start_time is not None]
    return Assembled(
        data,
        rate,
        min(starts) if starts else None,
        _sha256_of(paths),
        list(dict.fromkeys(notes)),
        reports,
        {
            kind: unit or default
            for (kind, unit), default in zip(first.channels.items(), ("m/s^2", "deg/s"), strict=True)
        },
    )


def _of_remarks(report: SensorReport) -> str:
    return f": {report.notes[0]}" if report.notes else ""


def _about_losses(report: SensorReport) -> list[str]:
    """Say how many samples were lost, where, and what was closed."""
    notes = []
    rate = report.rate_hz
    if report.n_lost:
        n = len(report.data)
        longest = report.gaps[np.argmax(report.gaps[:, 1])]
        notes.append(
            f"{report.n_lost} of {n} samples ({report.n_lost / n:.1%}) were lost in {len(report.gaps)} gaps; the "
            f"longest has {longest[1]} samples ({longest[1] / rate:.2f} s, at {longest[0] / rate:.1f} s)"
        )
    if report.n_bridged:
        notes.append(f"{report.n_bridged} missing samples in gaps of up to 0.1 s were bridged")
    configured = report.rate_configured_hz
    if configured and abs(report.rate_hz / configured - 1) > 2e-3:
        notes.append(
            f"the measured rate of {report.rate_hz:.3f} Hz is used instead of the configured {configured:g} Hz"
        )
    return notes


def _choose_feet(
    reports: list[SensorReport], left: str | None, right: str | None, paths: Sequence[Path]
) -> tuple[dict[str, SensorReport], list[str]]:
    """Find the sensors of the feet among all."""
    chosen: dict[str, SensorReport] = {}
    for side, given in (("left", left), ("right", right)):
        if given is not None:
            found = [report for report in reports if given in (report.label, report.site)]
            if len(found) != 1:
                raise recording_error(
                    paths[0], f"the {side} sensor '{given}' is not there" if not found else f"'{given}' is there twice",
                    f"the sensors {_labels(reports)}", "the name of one of them", f"Give another name for --{side}",
                )  # fmt: skip
            chosen[f"{side}_sensor"] = found[0]
    taken = list(chosen.values())
    for side in ("left", "right"):
        if f"{side}_sensor" in chosen or ((left is not None or right is not None) and len(reports) > 2):
            continue
        found = [report for report in reports if report.foot == side and report not in taken]
        if len(found) > 1:
            raise recording_error(
                paths[0],
                f"several sensors may be the one of the {side} foot",
                f"the sensors {_labels(found)}",
                "one sensor per foot",
                f"Say which one it is, for example --{side} '{found[0].label}'",
            )
        if found:
            chosen[f"{side}_sensor"] = found[0]
    if not chosen:
        if len(reports) == 1:
            return {reports[0].label: reports[0]}, []
        raise recording_error(
            paths[0],
            "it is not known on which foot the sensors are",
            f"the sensors {_labels(reports)}",
            "'left' and 'right' in their names, in the names of the files, or the choice made by hand",
            f"Say which is which, for example --left '{reports[0].label}' --right '{reports[-1].label}'",
        )
    others = [report.label for report in reports if report not in list(chosen.values())]
    return chosen, [f"sensors not used: {', '.join(others)}"] if others else []


def _labels(reports: Sequence[SensorReport]) -> str:
    return ", ".join(repr(report.label) for report in reports[:8])


def _together(feet: dict[str, SensorReport]) -> tuple[dict[str, pd.DataFrame], float, list[str]]:
    """Bring two sensors onto one grid."""
    names = list(feet)
    first = feet[names[0]]
    if len(names) == 1:
        return {names[0]: first.data}, first.rate_hz, []
    second = feet[names[1]]
    notes: list[str] = []
    offset_s = _offset_s(first, second, notes)
    same_rate = abs(first.rate_hz / second.rate_hz - 1) < _SAME_RATE
    rate = first.rate_hz
    begin = min(0.0, offset_s)
    end = max(len(first.data) / rate, offset_s + len(second.data) / second.rate_hz)
    n = round((end - begin) * rate)
    data = {
        names[0]: _placed(first, -begin, rate, n, exact=True),
        names[1]: _placed(second, offset_s - begin, rate, n, exact=same_rate and _is_whole(offset_s * rate)),
    }
    if not same_rate:
        notes.append(
            f"the sensors have the rates {first.rate_hz:.3f} and {second.rate_hz:.3f} Hz; the second was resampled"
        )
    return data, rate, notes


def _is_whole(value: float) -> bool:
    return abs(value - round(value)) < 0.02


def _offset_s(first: SensorReport, second: SensorReport, notes: list[str]) -> float:
    """Time from the first sample of one sensor to the first one of the other."""
    if first.shared is not None and first.shared == second.shared:
        is_count = first.shared.startswith(("Xsens ", "NilsPod")) and "synchronised" not in first.shared
        return (second.start - first.start) / (first.rate_hz if is_count else 1.0)
    for name in ("start_time", "wall_clock"):
        a, b = getattr(first, name), getattr(second, name)
        if a is not None and b is not None:
            offset = (b - a).total_seconds()
            if abs(offset) < max(len(first.data) / first.rate_hz, len(second.data) / second.rate_hz):
                notes.append(
                    f"the sensors share no clock; they were set side by side by their start times ({offset:+.2f} s), "
                    "so that parameters of both feet are as good as these"
                )
                return offset
    notes.append(
        "the sensors share no clock and no start time; both are taken to begin together, so that parameters of both "
        "feet (double support, step time) must not be relied on"
    )
    return 0.0


def _placed(report: SensorReport, delay_s: float, rate: float, n: int, *, exact: bool) -> pd.DataFrame:
    """Put a sensor on the common grid."""
    values = report.data.to_numpy(dtype=float).T
    if exact:
        at = round(delay_s * rate)
        out = np.full((len(values), n), np.nan)
        length = min(values.shape[1], n - at)
        out[:, at : at + length] = values[:, :length]
    else:
        times = delay_s + np.arange(values.shape[1]) / report.rate_hz
        out = interpolate_uneven(times, np.ascontiguousarray(values), 0.0, 1.0 / rate, n, 1.5 / report.rate_hz)
    return pd.DataFrame(dict(zip(report.data.columns, out, strict=True)), copy=False)


def _sha256_of(paths: Sequence[Path]) -> str:
    """SHA-256 of a file; of several, of their sums."""
    sums = []
    for path in paths:
        with path.open("rb") as file:
            sums.append(hashlib.file_digest(file, "sha256").hexdigest())
    return sums[0] if len(sums) == 1 else hashlib.sha256("\n".join(sums).encode()).hexdigest()


def as_paths(path: Any) -> list[Path]:
    """Take a path, several (a list, or a text with ``;`` between them), or all files of a folder."""
    if isinstance(path, str | Path):
        text = str(path)
        paths = (
            [Path(part.strip()) for part in text.split(";")]
            if ";" in text and not Path(text).exists()
            else [Path(text)]
        )
    else:
        paths = [Path(part) for part in path]
    found: list[Path] = []
    for one in paths:
        if one.is_dir():
            files = sorted(p for p in one.iterdir() if p.is_file() and not p.name.startswith("."))
            found += [p for p in files if p.suffix.lower() not in (".json", ".md", ".pdf", ".xml", ".yaml", ".log")]
        else:
            found.append(one)
    return found
