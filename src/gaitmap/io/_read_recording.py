"""Reading of recordings from CSV and Parquet files."""

import hashlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.io._columns import UNNAMED_SENSOR, ColumnLayout, find_columns, missing_axes
from gaitmap.io._csv import read_csv_columns, read_csv_header
from gaitmap.io._errors import recording_error
from gaitmap.io._options import given_options
from gaitmap.io._parquet import PARQUET_INDEX, read_parquet_columns, read_parquet_labels
from gaitmap.io._time_base import TimeBase, check_counter, parse_start_time, read_time_base
from gaitmap.utils._checks import check_option, check_sampling_rate
from gaitmap.utils.consts import GRAV

#: Unit of the file -> factor to the unit of this package.
ACC_UNITS = {"m/s^2": 1.0, "g": GRAV}
GYR_UNITS = {"deg/s": 1.0, "rad/s": float(np.rad2deg(1.0))}


@dataclass(frozen=True, eq=False)
class Recording:
    """The signals of one or two foot-worn sensors and what is known about them.

    Has the attributes that the pipeline asks of a datapoint.

    Attributes
    ----------
    data
        ``{sensor name: DataFrame}`` in the sensor frame: acceleration in m/s^2, angular rate in deg/s, and where the
        file has it the magnetic field as it was. Sensors are called ``left_sensor`` and ``right_sensor`` where the
        side is known, else as in the file. The index counts samples.
    sampling_rate_hz
        Sampling rate in Hz.
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
        What the reader was told: the arguments of :func:`read_recording` that differ from their defaults.
    """

    data: dict[str, pd.DataFrame]
    sampling_rate_hz: float
    start_time: pd.Timestamp | None = None
    name: str = ""
    sha256: str = ""
    source: Path | None = None
    units: dict[str, str] = field(default_factory=lambda: {"acc": "m/s^2", "gyr": "deg/s"})
    notes: list[str] = field(default_factory=list)
    options: dict[str, float | str] = field(default_factory=dict)

    @property
    def feet(self) -> list[str]:
        """Feet that have a sensor: "left", "right"."""
        return [side for side in ("left", "right") if f"{side}_sensor" in self.data]

    @property
    def n_samples(self) -> int:
        """Number of samples of the longest sensor."""
        return max((len(frame) for frame in self.data.values()), default=0)

    @property
    def duration_s(self) -> float:
        """Duration in s."""
        return self.n_samples / self.sampling_rate_hz


def read_recording(
    path: str | Path,
    *,
    sampling_rate_hz: float | None = None,
    left: str | None = None,
    right: str | None = None,
    acc_unit: str = "m/s^2",
    gyr_unit: str = "deg/s",
    start_time: str | pd.Timestamp | None = None,
) -> Recording:
    """Read a recording from a CSV or Parquet file.

    The columns are named as everywhere in this package (sensor frame, ``acc_x`` ... ``gyr_z``, optionally ``mag_x`` ...
    ``mag_z``), with the name of the sensor in a header row above, or before or after the axis (``left_sensor_acc_x``,
    ``acc_x_left``). A time column or index, in seconds or as timestamps, gives the sampling rate and, with a time
    zone, the start time. A file without sensor names holds one sensor; its side is taken from ``left``, ``right`` or
    the file name.

    Parameters
    ----------
    path
        The file.
    sampling_rate_hz
        Sampling rate in Hz; None takes it from the time column.
    left, right
        Names of the sensors of the left and right foot in the file (a file without sensor names has the one sensor
        ``"sensor"``). None looks for "left" and "right" in the names.
    acc_unit
        Unit of the acceleration in the file, "m/s^2" or "g" (converted with 9.81 m/s^2).
    gyr_unit
        Unit of the angular rate in the file, "deg/s" or "rad/s".
    start_time
        Clock time of the first sample with its time zone (ISO 8601, or followed by the name of a zone); None takes it
        from the time column.

    Returns
    -------
    Recording
        The signals in m/s^2 and deg/s. Empty cells are NaN; nothing is filled in.

    Raises
    ------
    RecordingError
        If the file is missing, empty, damaged, or of an unknown kind; if columns are unknown, incomplete, there
        twice, or hold text; if there is no sampling rate, or the time column is uneven, runs backwards or contradicts
        the given rate; if the left and right sensor cannot be told.
    ValueError
        If a parameter is none of the allowed values.

    Examples
    --------
    >>> recording = read_recording("walk.csv", sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> recording.data["left_sensor"].columns.to_list()  # doctest: +SKIP
    ['acc_x', 'acc_y', 'acc_z', 'gyr_x', 'gyr_y', 'gyr_z']
    """
    check_option("read_recording", "acc_unit", acc_unit, ACC_UNITS)
    check_option("read_recording", "gyr_unit", gyr_unit, GYR_UNITS)
    if sampling_rate_hz is not None:
        check_sampling_rate("read_recording", sampling_rate_hz)
    given_start = None if start_time is None else parse_start_time(start_time)
    path = Path(path)
    is_parquet = _check_file(path)
    notes: list[str] = []

    header = None if is_parquet else read_csv_header(path)
    labels = read_parquet_labels(path) if header is None else header.labels
    layout = find_columns(labels, path)
    chosen = _choose_sensors(layout, left, right, path, notes)
    wanted = _wanted_positions(layout, chosen)
    columns = read_parquet_columns(path, labels, wanted) if header is None else read_csv_columns(path, header, wanted)
    if header is not None and header.last_row_is_cut:
        notes.append("the last row of the file is incomplete and was left out")
    if layout.ignored:
        notes.append("columns not used: " + ", ".join(layout.ignored))
    if len(columns[wanted[0]]) == 0:
        raise recording_error(path, "there are no samples", "a header only", "rows of numbers", "Export it again")

    first_line = 1 if header is None else header.n_header_rows + 1
    time_base = _find_time_base(layout, labels, columns, sampling_rate_hz, path)
    notes.extend(time_base.notes)
    if given_start is not None and time_base.start_time is not None and given_start != time_base.start_time:
        notes.append(f"the given start time {given_start.isoformat()} replaces the one of the file")
    data = {}
    for sensor, name in chosen.items():
        axes = layout.sensors[sensor]
        numbers = {
            axis: _to_numbers(columns.pop(position), f"{sensor} {axis}", first_line, path)
            for axis, position in axes.items()
        }
        data[name] = _build_frame(numbers, ACC_UNITS[acc_unit], GYR_UNITS[gyr_unit], name, notes)
    if acc_unit != "m/s^2":
        notes.append(f"acceleration converted from {acc_unit} to m/s^2 (times {ACC_UNITS[acc_unit]:g})")
    if gyr_unit != "deg/s":
        notes.append(f"angular rate converted from {gyr_unit} to deg/s")
    return Recording(
        data=data,
        sampling_rate_hz=float(time_base.sampling_rate_hz),  # type: ignore[arg-type]
        start_time=given_start if given_start is not None else time_base.start_time,
        name=path.stem,
        sha256=file_sha256(path),
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
    )


def file_sha256(path: str | Path) -> str:
    """SHA-256 of a file, as text."""
    with Path(path).open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _check_file(path: Path) -> bool:
    """Check that the file is there and readable; True if it is a Parquet file."""
    expected = "a CSV or Parquet file"
    if path.is_dir():
        raise recording_error(path, "this is a folder", "a folder", expected, "Give the name of a file in it")
    if not path.exists():
        hint = f"only these files in {path.parent}: {_list_folder(path.parent)}" if path.parent.is_dir() else "nothing"
        raise recording_error(path, "there is no such file", hint, expected, "Check the name and the folder")
    try:
        with path.open("rb") as file:
            start = file.read(4)
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
    return start == b"PAR1"


def _list_folder(folder: Path) -> str:
    names = sorted(entry.name for entry in folder.iterdir() if entry.is_file())
    return ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") if names else "none"


def _choose_sensors(
    layout: ColumnLayout, left: str | None, right: str | None, path: Path, notes: list[str]
) -> dict[str, str]:
    """Names in the file -> names in the recording, left before right; sensors of no foot are left out."""
    found = list(layout.sensors)
    sides = {"left": left, "right": right}
    for side, given in sides.items():
        if given is not None and given not in found:
            raise recording_error(
                path,
                f"there is no sensor '{given}'",
                f"the sensors {_quoted(found)}",
                f"the name of the sensor of the {side} foot",
                "Choose one of the names found",
            )
    if left is not None and left == right:
        raise recording_error(
            path, "both feet have the same sensor", f"'{left}' twice", "two sensors", "Choose different names"
        )
    for side, other in (("left", right), ("right", left)):
        if sides[side] is None:
            sides[side] = _guess_side(side, [name for name in found if name != other], path)
    if found == [UNNAMED_SENSOR] and not any(sides.values()):
        sides = _side_from_file_name(path, notes)
    chosen = {name: f"{side}_sensor" for side, name in sides.items() if name is not None} or {n: n for n in found}
    _check_axes(layout, chosen, path)
    notes += [
        f"the sensor '{name}' of the file is called '{new_name}'"
        for name, new_name in chosen.items()
        if name not in (new_name, UNNAMED_SENSOR)
    ]
    left_out = [name for name in found if name not in chosen]
    if left_out:
        notes.append(f"sensors not used: {_quoted(left_out)}")
    return chosen


def _check_axes(layout: ColumnLayout, chosen: dict[str, str], path: Path) -> None:
    for name in chosen:
        missing = missing_axes(layout.sensors[name])
        if missing:
            raise recording_error(
                path,
                f"the sensor '{name}' is incomplete",
                f"no column for {', '.join(missing)}",
                "acceleration and angular rate in three axes each",
                "Add the columns, or choose another sensor with left and right (--left, --right)",
            )


def _guess_side(side: str, names: list[str], path: Path) -> str | None:
    matching = [name for name in names if side in name.lower()]
    if len(matching) > 1:
        raise recording_error(
            path,
            f"more than one sensor may be the one of the {side} foot",
            f"the sensors {_quoted(matching)}",
            f"one sensor with '{side}' in its name",
            f"Name it with {side}='{matching[0]}' (--{side} on the command line)",
        )
    return matching[0] if matching else None


def _side_from_file_name(path: Path, notes: list[str]) -> dict[str, str | None]:
    stem = path.stem.lower()
    sides = [side for side in ("left", "right") if side in stem]
    if len(sides) != 1:
        return {"left": None, "right": None}
    notes.append(f"the file names no sensor; it is taken as the {sides[0]} foot, as the file name says")
    return {"left": None, "right": None, sides[0]: UNNAMED_SENSOR}


def _wanted_positions(layout: ColumnLayout, chosen: dict[str, str]) -> list[int]:
    positions = [position for sensor in chosen for position in layout.sensors[sensor].values()]
    return positions + [position for position in (layout.time, layout.counter) if position is not None]


def _find_time_base(
    layout: ColumnLayout,
    labels: tuple[str, ...],
    columns: dict[int, pd.Series],
    sampling_rate_hz: float | None,
    path: Path,
) -> TimeBase:
    time, unit = layout.time, layout.time_unit_s
    if layout.counter is not None:
        counter = columns[layout.counter]
        counts_samples = check_counter(counter, label=labels[layout.counter], path=path)
        # The index of a frame (in CSV the first column) with other numbers or dates in it is its time.
        is_index = layout.counter == 0 or labels[layout.counter] == PARQUET_INDEX
        if not counts_samples and time is None and is_index and not counter.isna().all():
            time, unit = layout.counter, 1.0 if pd.api.types.is_numeric_dtype(counter) else None
    found = "no time column" if layout.counter is None and time is None else "a column that only counts the samples"
    if time is not None and (time == layout.counter or not _counts_samples(columns[time])):
        if sampling_rate_hz is not None or len(columns[time]) > 1:
            label = labels[time].strip()
            return read_time_base(
                columns[time],
                label={"": "(unnamed first column)", PARQUET_INDEX: "(index)"}.get(label, label),
                unit_s=unit,
                sampling_rate_hz=sampling_rate_hz,
                path=path,
            )
        found = "a single sample"
    if sampling_rate_hz is None:
        raise recording_error(
            path,
            "the sampling rate is not known",
            found,
            "a column 'time' in seconds or with timestamps, or the rate in Hz",
            "Give the rate with sampling_rate_hz (--sampling-rate on the command line)",
        )
    return TimeBase(sampling_rate_hz, None)


def _counts_samples(times: pd.Series) -> bool:
    """Whether a column called "time" holds 0, 1, 2 ..."""
    if not pd.api.types.is_numeric_dtype(times) or len(times) < 2 or times.isna().any():
        return False
    return bool((np.diff(times.to_numpy(dtype=float)) == 1).all())


def _to_numbers(column: pd.Series, label: str, first_line: int, path: Path) -> np.ndarray:
    if pd.api.types.is_numeric_dtype(column) and not pd.api.types.is_bool_dtype(column):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    numbers = pd.to_numeric(column, errors="coerce")
    bad = np.flatnonzero((numbers.isna() & column.notna()).to_numpy())
    if len(bad) or pd.api.types.is_bool_dtype(column) or not pd.api.types.is_numeric_dtype(numbers):
        at = int(bad[0]) if len(bad) else 0
        raise recording_error(
            path,
            f"the column '{label}' holds something else than numbers",
            f"{column.iloc[at]!r} in sample {at} (row {at + first_line} of the file)"
            + (f" and {len(bad) - 1} more" if len(bad) > 1 else ""),
            "numbers, or empty cells where samples are missing",
            "Correct these cells",
        )
    return numbers.to_numpy(dtype=np.float64, na_value=np.nan)


def _build_frame(
    numbers: dict[str, np.ndarray], acc_factor: float, gyr_factor: float, name: str, notes: list[str]
) -> pd.DataFrame:
    # One contiguous row per axis, which pandas takes over as columns without a copy.
    values = np.stack(list(numbers.values()))
    for i, axis in enumerate(numbers):
        factor = {"acc": acc_factor, "gyr": gyr_factor}.get(axis[:3], 1.0)
        if factor != 1.0:
            values[i] *= factor
    infinite = np.isinf(values)
    if infinite.any():
        notes.append(f"{int(infinite.sum())} infinite values of '{name}' are treated as missing")
        values[infinite] = np.nan
    frame = pd.DataFrame(values.T, columns=list(numbers), copy=False)
    n_missing = int(frame.isna().any(axis=1).sum())
    if n_missing:
        notes.append(f"{n_missing} of {len(frame)} samples of '{name}' have missing values")
    return frame


def _quoted(names: list[str]) -> str:
    return ", ".join(f"'{name}'" for name in names)
