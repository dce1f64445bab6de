"""Recordings that stay in their file and are read block by block."""

import hashlib
import time
from collections.abc import Collection, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pandas as pd

from gaitmap.recordings._clock import parse_start_time
from gaitmap.recordings._columns import ColumnLayout, find_columns
from gaitmap.recordings._contents import Contents, read_contents
from gaitmap.recordings._csv import CsvTable, read_csv_header
from gaitmap.recordings._errors import RecordingError, recording_error
from gaitmap.recordings._options import given_options
from gaitmap.recordings._parquet import open_parquet
from gaitmap.recordings._sensor_choice import choose_sensors
from gaitmap.recordings._signals import Signals, Table, file_has_changed
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate, parameter_error
from gaitmap.utils.consts import GRAV, SF_COLS_WITH_MAG
from gaitmap.utils.unit_check import UnitFinding

#: Unit of the file -> factor to the unit of this package.
ACC_UNITS = {"m/s^2": 1.0, "g": GRAV}
GYR_UNITS = {"deg/s": 1.0, "rad/s": float(np.rad2deg(1.0))}
_BLOCK_LENGTH = 2**18
#: So often a file that changes is read before it is refused.
_MOST_CHANGES = 4
#: File systems note the time of a change with this resolution.
_TICK_S, _COARSE_TICK_S = 0.02, 2.0
_MOST_WAITS = 10


@dataclass(frozen=True, eq=False)
class RecordingFile:
    """A recording of one or two foot-worn sensors that stays in its file, and what is known about it.

    The content was checked when it was opened (:func:`open_recording`). Objects can be pickled; they hold no samples.

    Attributes
    ----------
    sampling_rate_hz
        Sampling rate in Hz.
    n_samples
        Number of samples.
    sensors
        ``{sensor name: columns}``. Sensors are called ``left_sensor`` and ``right_sensor`` where the side is known,
        else as in the file.
    start_time
        Clock time of the first sample with its time zone; None where it is not known.
    name
        Name of the recording: the file name without its ending.
    sha256
        SHA-256 of the file.
    source
        The file.
    units
        Units found in the file, ``{"acc": "m/s^2" | "g", "gyr": "deg/s" | "rad/s"}``.
    notes
        What was done or noticed on reading, in sentences.
    options
        What the reader was told: the arguments of :func:`open_recording` that differ from their defaults.
    unit_findings
        Signs that the signals have other units, as :func:`gaitmap.utils.unit_check.check_units` finds them.
    """

    sampling_rate_hz: float
    n_samples: int
    sensors: dict[str, list[str]]
    start_time: pd.Timestamp | None
    name: str
    sha256: str
    source: Path
    units: dict[str, str]
    notes: list[str]
    options: dict[str, float | str]
    unit_findings: tuple[UnitFinding, ...]
    _signals: Signals = field(repr=False)
    _stamp: "Stamp" = field(repr=False)

    @property
    def feet(self) -> list[str]:
        """Feet that have a sensor: "left", "right"."""
        return [side for side in ("left", "right") if f"{side}_sensor" in self.sensors]

    @property
    def duration_s(self) -> float:
        """Duration in s."""
        return self.n_samples / self.sampling_rate_hz

    def blocks(
        self, columns: Collection[str] | None = None, *, block_length: int = _BLOCK_LENGTH, start: int = 0
    ) -> Iterator[dict[str, pd.DataFrame]]:
        """Read the signals in consecutive blocks.

        Parameters
        ----------
        columns
            Columns to read of every sensor, in the order of the file; None reads all. Few columns are read faster.
        block_length
            Number of samples of each block; the last one may be shorter.
        start
            The sample that the first block begins with.

        Returns
        -------
        iterator
            ``{sensor name: DataFrame}``: acceleration in m/s^2, angular rate in deg/s, float64, as
            :func:`read_recording` has them. The index counts the samples of the recording.

        Raises
        ------
        RecordingError
            If the file is gone, damaged, or not the one that was opened any longer.
        ValueError
            If a parameter is out of its range, or no sensor has one of the columns.

        Notes
        -----
        A Parquet file is read from the row group on that holds ``start``; a text file is parsed from its first row
        each time.
        """
        check_number("blocks", "block_length", block_length, at_least=1)
        check_number("blocks", "start", start, at_least=0)
        signals = self._signals
        if columns is not None:
            known = {column for names in self.sensors.values() for column in names}
            unknown = [column for column in columns if column not in known]
            if unknown or not columns or isinstance(columns, str):
                expected = "a list of " + ", ".join(axis for axis in SF_COLS_WITH_MAG if axis in known)
                raise parameter_error("blocks", "columns", expected, columns)
            signals = signals.restrict_to(columns)
        return self._read(signals, int(start), int(block_length))

    def _read(self, signals: Signals, start: int, block_length: int) -> Iterator[dict[str, pd.DataFrame]]:
        if check_file(self.source)[1] != self._stamp:
            raise file_has_changed(self.source)
        for block in signals.blocks(start, self.n_samples, block_length):
            # What was read so far is from the file that was opened.
            if check_file(self.source)[1] != self._stamp:
                raise file_has_changed(self.source)
            yield block


def open_file(
    caller: str,
    path: str | Path,
    *,
    sampling_rate_hz: float | None,
    left: str | None,
    right: str | None,
    acc_unit: str,
    gyr_unit: str,
    start_time: str | pd.Timestamp | None,
    keep: bool,
) -> tuple[RecordingFile, dict[str, pd.DataFrame]]:
    """Open a recording; the signals, too, if they are to be kept.

    A file that changes while it is read is read again, so that data and hash are those of one and the same content.
    """
    check_option(caller, "acc_unit", acc_unit, ACC_UNITS)
    check_option(caller, "gyr_unit", gyr_unit, GYR_UNITS)
    if sampling_rate_hz is not None:
        check_sampling_rate(caller, sampling_rate_hz)
    given_start = None if start_time is None else parse_start_time(start_time)
    path = Path(path)
    for n_changes in range(_MOST_CHANGES):
        stamp = _stamp_at_rest(path)
        if stamp is None:
            continue
        try:
            file, data = _open_once(
                path, stamp, sampling_rate_hz, left, right, acc_unit, gyr_unit, start_time, given_start, keep=keep
            )
        except (RecordingError, ValueError, OSError):
            if check_file(path)[1] == stamp:
                raise
            continue
        if check_file(path)[1] == stamp:
            if n_changes:
                file.notes.append("the file was changed while it was read, and was read again")
            return file, data
    raise recording_error(
        path,
        "the file is being changed",
        f"other content each of the {_MOST_CHANGES} times that it was read",
        "a file that stays as it is while it is read",
        "Wait until it has been copied or recorded completely, and try again",
    )


def _open_once(
    path: Path,
    stamp: "Stamp",
    sampling_rate_hz: float | None,
    left: str | None,
    right: str | None,
    acc_unit: str,
    gyr_unit: str,
    start_time: str | pd.Timestamp | None,
    given_start: pd.Timestamp | None,
    *,
    keep: bool,
) -> tuple[RecordingFile, dict[str, pd.DataFrame]]:
    is_parquet = check_file(path)[0]
    notes: list[str] = []

    table: Table = open_parquet(path) if is_parquet else CsvTable(path, read_csv_header(path))
    layout = find_columns(table.labels, path)
    chosen = choose_sensors(layout, left, right, path, notes)
    if isinstance(table, CsvTable) and table.header.last_row_is_cut:
        notes.append("the last row of the file is incomplete and was left out")
    if layout.ignored:
        notes.append("columns not used: " + ", ".join(layout.ignored))
    signals = Signals(
        table,
        axes={name: layout.sensors[sensor] for sensor, name in chosen.items()},
        factors={"acc": ACC_UNITS[acc_unit], "gyr": GYR_UNITS[gyr_unit]},
        names_in_file={name: sensor for sensor, name in chosen.items()},
    )
    contents, sha256 = _read_and_hash(signals, layout, sampling_rate_hz, keep=keep)
    time_base = contents.time_base
    notes.extend(time_base.notes)
    if given_start is not None and time_base.start_time is not None and given_start != time_base.start_time:
        notes.append(f"the given start time {given_start.isoformat()} replaces the one of the file")
    notes.extend(contents.notes)
    if acc_unit != "m/s^2":
        notes.append(f"acceleration converted from {acc_unit} to m/s^2 (times {ACC_UNITS[acc_unit]:g})")
    if gyr_unit != "deg/s":
        notes.append(f"angular rate converted from {gyr_unit} to deg/s")
    file = RecordingFile(
        sampling_rate_hz=float(time_base.sampling_rate_hz),  # type: ignore[arg-type]
        n_samples=contents.n_samples,
        sensors={name: list(axes) for name, axes in signals.axes.items()},
        start_time=given_start if given_start is not None else time_base.start_time,
        name=path.stem,
        sha256=sha256,
        source=path,
        units={"acc": acc_unit, "gyr": gyr_unit},
        notes=notes,
        options=given_options(
            sampling_rate_hz=sampling_rate_hz,
            left=left,
            right=right,
            acc_unit=acc_unit,
            gyr_unit=gyr_unit,
            start_time=start_time,
        ),
        unit_findings=contents.unit_findings,
        _signals=signals,
        _stamp=stamp,
    )
    return file, contents.data or {}


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file, as text."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def content_sha256(path: str | Path) -> str:
    """SHA-256 of the content of a recording: of its file, or of the names and contents of all files in its folder.

    Empty for devices and pipes, which may have no end.
    """
    path = Path(path)
    if path.is_file():
        return file_sha256(path)
    files = sorted(file for file in path.rglob("*") if file.is_file()) if path.is_dir() else []
    lines = [f"{file.relative_to(path).as_posix()}\n{file_sha256(file)}\n" for file in files]
    return hashlib.sha256("".join(lines).encode()).hexdigest() if lines else ""


def _read_and_hash(
    signals: Signals, layout: ColumnLayout, sampling_rate_hz: float | None, *, keep: bool
) -> tuple[Contents, str]:
    """Do both at a time, on two cores."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        sha256 = executor.submit(file_sha256, signals.table.path)
        return read_contents(signals, layout, sampling_rate_hz, keep=keep), sha256.result()


def _stamp_at_rest(path: Path) -> "Stamp | None":
    """Wait until the time of the last change tells it from any later one; None if the file goes on changing."""
    for _ in range(_MOST_WAITS):
        stamp = check_file(path)[1]
        # Some file systems count whole seconds, or two.
        tick_s = _TICK_S if stamp.changed_ns % 10**9 else _COARSE_TICK_S
        left_s = tick_s - (time.time_ns() - stamp.changed_ns) / 1e9
        if not 0 < left_s <= tick_s:
            return stamp
        time.sleep(left_s)
    return None


class Stamp(NamedTuple):
    """What tells a file from one that took its place, and from itself after a change."""

    n_bytes: int
    changed_ns: int
    identity: tuple[int, int]


def check_file(path: Path) -> tuple[bool, Stamp]:
    """Check that the file is there and readable: whether it is a Parquet file, and its stamp."""
    expected = "a CSV or Parquet file"
    if path.is_dir():
        raise recording_error(path, "this is a folder", "a folder", expected, "Give the name of a file in it")
    if not path.exists():
        hint = f"only these files in {path.parent}: {_list_folder(path.parent)}" if path.parent.is_dir() else "nothing"
        raise recording_error(path, "there is no such file", hint, expected, "Check the name and the folder")
    if not path.is_file():  # these may have no end
        raise recording_error(path, "this is no file", "a device or a pipe", expected, "Save the recording as a file")
    try:
        with path.open("rb") as file:
            start = file.read(4)
        stat = path.stat()
    except OSError as error:
        raise recording_error(
            path, "the file cannot be opened", str(error.strerror), expected, "Check the permissions"
        ) from None
    if path.suffix.lower() in (".parquet", ".pq") and start != b"PAR1":
        raise recording_error(
            path,
            "this is no Parquet file, although its name says so",
            f"the first bytes {start!r}" if start else "no content",
            "a complete Parquet file",
            "Export or copy the recording again",
        )
    return start == b"PAR1", Stamp(stat.st_size, stat.st_mtime_ns, (stat.st_dev, stat.st_ino))


def _list_folder(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") if names else "none"
