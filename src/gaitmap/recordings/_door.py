"""One door for all recordings: plain tables go the straight way, everything else by the reader of its format."""

import atexit
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pandas as pd

from gaitmap.recordings._assemble import Assembled, as_paths, assemble
from gaitmap.recordings._clock import parse_start_time
from gaitmap.recordings._delimited import plain_map
from gaitmap.recordings._device import Told
from gaitmap.recordings._errors import RecordingError, recording_error
from gaitmap.recordings._formats import find_format
from gaitmap.recordings._options import given_options
from gaitmap.recordings._placeholders import clear_placeholders, copies_of_rows
from gaitmap.recordings._recording_file import ACC_UNITS, GYR_UNITS, RecordingFile, check_file, open_file
from gaitmap.utils._checks import check_option, check_sampling_rate
from gaitmap.utils._imports import require
from gaitmap.utils.consts import SF_COLS


def is_plain(paths: Sequence[Path], columns: Mapping[str, Any] | None) -> bool:
    """Tell whether these are one plain table, whose signals can stay in their file."""
    if len(paths) != 1 or columns is not None:
        return False
    is_parquet, _ = check_file(paths[0])
    if is_parquet:
        return True
    one = find_format(paths[0])
    # What is neither is told by the reader of plain tables, which knows best what is missing.
    return one is None or one.name == "delimited text"


def read_any(caller: str, path: Any, *, columns: Mapping[str, Any] | None, keep: bool, **options: Any) -> Any:
    """Read files into ``(RecordingFile, data)`` or :class:`Assembled`, whatever they are.

    A plain table goes the straight way if it holds nothing but signals and time; if there is more, the columns are
    recognised by content. What only the straight way understands is told by it.
    """
    _check_options(caller, options)
    paths = as_paths(path)
    if not paths:
        raise recording_error(
            str(path), "this is a folder without recordings", "no file in it", "files of sensors", "Check the folder"
        )
    for one in paths:
        check_file(one)
    told_columns = None if columns is None else plain_map(dict(columns))
    refusal: Exception | None = None
    if is_plain(paths, columns):
        try:
            file, data = open_file(caller, paths[0], keep=keep, **options)
        except RecordingError as error:
            if not _may_be_foreign(error):
                raise
            refusal = error
        else:
            if not any(note.startswith("columns not used") for note in file.notes):
                return file, data
    try:
        return _assembled(paths, told_columns or {}, options)
    except RecordingError as error:
        if refusal is not None and (_knows_nothing(error) or not _is_about_names(refusal)):
            raise refusal from None
        raise


#: What a plain table is refused for and the reader of foreign tables may understand.
_ABOUT_NAMES = (
    *("no column of a sensor", "there is no sensor", "is incomplete", "more cells than the header", "not separated"),
    "there is no header row",
)
_ABOUT_TIME = (
    *("has empty cells", "time runs backwards", "repeats times", "is uneven", "changes on the way"),
    *("jumps. Found", "the sampling rate is not known"),
)


def _is_about_names(refusal: Exception) -> bool:
    return any(phrase in str(refusal) for phrase in _ABOUT_NAMES)


def _may_be_foreign(refusal: Exception) -> bool:
    text = str(refusal)
    is_known = any(phrase in text for phrase in (*_ABOUT_NAMES, *_ABOUT_TIME))
    return is_known or ("time" in text and "cannot be read" in text and "rows cannot be read" not in text)


def _knows_nothing(error: Exception) -> bool:
    """Tell whether the reader of foreign tables has less to say than the one of plain tables."""
    return any(
        phrase in str(error) for phrase in ("no column is the one", "its format is not known", "has no angular rate")
    )


def _check_options(caller: str, options: Mapping[str, Any]) -> None:
    """Check what the user said before any file is touched."""
    check_option(caller, "acc_unit", options.get("acc_unit", "m/s^2"), ACC_UNITS)
    check_option(caller, "gyr_unit", options.get("gyr_unit", "deg/s"), GYR_UNITS)
    if options.get("sampling_rate_hz") is not None:
        check_sampling_rate(caller, options["sampling_rate_hz"])
    if options.get("start_time") is not None:
        parse_start_time(options["start_time"])


def _assembled(paths: list[Path], columns: Mapping[str, Any], options: Mapping[str, Any]) -> Assembled:
    told = Told(options.get("sampling_rate_hz"), columns)
    found = assemble(paths, told, left=options.get("left"), right=options.get("right"))
    start = options.get("start_time")
    return found if start is None else replace(found, start_time=parse_start_time(start))


def converted_units(found: Assembled, options: Mapping[str, Any]) -> Assembled:
    """Convert units that the user named and the file does not."""
    said = {report.label: report.channels for report in found.reports}
    has_said = {kind: any(units.get(kind) for units in said.values()) for kind in ("acc", "gyr")}
    factors = {
        "acc": 1.0 if has_said["acc"] else ACC_UNITS[options.get("acc_unit", "m/s^2")],
        "gyr": 1.0 if has_said["gyr"] else GYR_UNITS[options.get("gyr_unit", "deg/s")],
    }
    if factors == {"acc": 1.0, "gyr": 1.0}:
        return found
    data = {
        name: frame.assign(**{column: frame[column] * factors.get(column[:3], 1.0) for column in frame})
        for name, frame in found.data.items()
    }
    return replace(found, data=data)


def clean(data: dict[str, pd.DataFrame], sampling_rate_hz: float) -> tuple[dict[str, pd.DataFrame], float, list[str]]:
    """Clear placeholders of a recording in memory, and samples that were written several times."""
    notes: list[str] = []
    known = {name: frame for name, frame in data.items() if set(SF_COLS) <= set(frame)}
    copies = {copies_of_rows(frame[SF_COLS]) for frame in known.values()}
    if len(copies) == 1 and (every := copies.pop()) > 1:
        data = {name: frame.iloc[::every].reset_index(drop=True) for name, frame in data.items()}
        sampling_rate_hz /= every
        notes.append(
            f"every sample was written {every} times; one of each was kept, the rate is {sampling_rate_hz:g} Hz"
        )
    out = {}
    for name, frame in data.items():
        cleaned = clear_placeholders(frame, sampling_rate_hz) if name in known else None
        out[name] = frame if cleaned is None else cleaned.data
        notes += [] if cleaned is None else [f"{name.removesuffix('_sensor')}: {note}" for note in cleaned.notes]
    return out, sampling_rate_hz, notes


def as_file(found: Assembled, paths: Sequence[Path], options: Mapping[str, Any], name: str) -> RecordingFile:
    """Convert a recording to Parquet once, so that it can be read block by block."""
    require("pyarrow", "Analysing recordings of more than an hour", extra="app")
    folder = Path(tempfile.mkdtemp(prefix="gaitmap-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    table = pd.concat({sensor.removesuffix("_sensor"): frame for sensor, frame in found.data.items()}, axis=1)
    table.columns = pd.Index([f"{sensor}_{column}" for sensor, column in table.columns])
    target = folder / f"{name}.parquet"
    table.to_parquet(target, index=False, row_group_size=2**17)
    file, _ = open_file(
        "open_recording",
        target,
        sampling_rate_hz=found.sampling_rate_hz,
        left=None,
        right=None,
        acc_unit="m/s^2",
        gyr_unit="deg/s",
        start_time=None,
        keep=False,
    )
    return replace(
        file,
        start_time=found.start_time,
        name=name,
        sha256=found.sha256,
        units=found.units,
        notes=[*found.notes, "the recording was converted once, to be read block by block"],
        options=given_options(**{key: value for key, value in options.items() if value is not None}),
    )


def name_of(paths: Sequence[Path]) -> str:
    """Name a recording after its file, or after what the names of its files share."""
    if len(paths) == 1:
        return paths[0].stem
    stems = [path.stem for path in paths]
    shared = "".join(a for a, *others in zip(*stems, strict=False) if all(a == b for b in others)).strip(" _-.")
    return shared if len(shared) > 2 else paths[0].parent.name or "recording"
