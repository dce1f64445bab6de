"""Recordings in memory."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from gaitmap.recordings._assemble import Assembled, as_paths
from gaitmap.recordings._door import as_file, clean, converted_units, name_of, read_any
from gaitmap.recordings._options import given_options
from gaitmap.recordings._recording_file import RecordingFile


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
    def sensors(self) -> dict[str, list[str]]:
        """Sensors and their columns."""
        return {name: list(frame.columns) for name, frame in self.data.items()}

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


#: Notes that only say how a file was understood; all others deserve attention.
_ORDINARY_NOTES = (
    "columns not used",
    "sensors not used",
    "acceleration converted",
    "angular rate converted",
    "the recording was converted",
    "the sampling rate",
    "the time column",
)


def notable_notes(notes: Sequence[str]) -> list[str]:
    """Choose the notes of a reader that belong on the terminal and into the report, as sentences."""
    return [f"{note[0].upper()}{note[1:]}." for note in notes if not note.startswith(_ORDINARY_NOTES)]


def read_recording(
    path: str | Path | Sequence[str | Path],
    *,
    sampling_rate_hz: float | None = None,
    left: str | None = None,
    right: str | None = None,
    acc_unit: str = "m/s^2",
    gyr_unit: str = "deg/s",
    start_time: str | pd.Timestamp | None = None,
    columns: Mapping[str, Any] | None = None,
) -> Recording:
    """Read a recording from one or several files: CSV, Parquet, or files of devices.

    The format is found by content. Files of devices are put on an even grid by their own clock: lost samples are NaN
    where they were, gaps of up to 0.1 s are bridged, and the measured rate is used; ``notes`` tell all of it.

    The columns are named as everywhere in this package (sensor frame, ``acc_x`` ... ``gyr_z``, optionally ``mag_x`` ...
    ``mag_z``), with the name of the sensor in a header row above, or before or after the axis (``left_sensor_acc_x``,
    ``acc_x_left``). A time column or index, in seconds or as timestamps, gives the sampling rate and, with a time
    zone, the start time. A file without sensor names holds one sensor; its side is taken from ``left``, ``right`` or
    the file name.

    Parameters
    ----------
    path
        The file; several (a list, or a text with ``;`` between them), for example one per foot; or their folder.
    sampling_rate_hz
        Sampling rate in Hz; None takes it from the file: the time column, or what the device wrote.
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
    columns
        Names, units and axes of a foreign table: ``{"left": {"acc_x": "LF Beschl X", "gyr_x": "-LF Dreh Y"},
        "acc_unit": "g", "gyr_unit": "rad/s", "time": "Zeit", "time_unit": "ms"}`` (a minus sign turns an axis round).

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

    See Also
    --------
    open_recording : The same for recordings that do not fit into memory.

    Examples
    --------
    >>> recording = read_recording("walk.csv", sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> recording.data["left_sensor"].columns.to_list()  # doctest: +SKIP
    ['acc_x', 'acc_y', 'acc_z', 'gyr_x', 'gyr_y', 'gyr_z']
    """
    options = {
        "sampling_rate_hz": sampling_rate_hz,
        "left": left,
        "right": right,
        "acc_unit": acc_unit,
        "gyr_unit": gyr_unit,
        "start_time": start_time,
    }
    found = read_any("read_recording", path, columns=columns, keep=True, **options)
    if isinstance(found, Assembled):
        return _recording(converted_units(found, options), path, options)
    file, data = found
    data, rate, notes = clean(data, file.sampling_rate_hz)
    return Recording(
        data=data,
        sampling_rate_hz=rate,
        start_time=file.start_time,
        name=file.name,
        sha256=file.sha256,
        source=file.source,
        units=file.units,
        notes=[*file.notes, *notes],
        options=file.options,
    )


def _recording(found: Assembled, path: Any, options: Mapping[str, Any]) -> Recording:
    paths = as_paths(path)
    return Recording(
        data=found.data,
        sampling_rate_hz=found.sampling_rate_hz,
        start_time=found.start_time,
        name=name_of(paths),
        sha256=found.sha256,
        source=paths[0] if len(paths) == 1 else paths[0].parent,
        units=found.units,
        notes=found.notes,
        options=given_options(**options),  # type: ignore[arg-type]
    )


def open_recording(
    path: str | Path | Sequence[str | Path],
    *,
    sampling_rate_hz: float | None = None,
    left: str | None = None,
    right: str | None = None,
    acc_unit: str = "m/s^2",
    gyr_unit: str = "deg/s",
    start_time: str | pd.Timestamp | None = None,
    columns: Mapping[str, Any] | None = None,
) -> RecordingFile:
    """Open a recording of any length, to read it block by block.

    The file is read once to check it, so that all that :func:`read_recording` would refuse is refused here, too. Memory
    does not grow with the length of plain tables (CSV, Parquet); files of devices are converted once.

    Parameters
    ----------
    path, sampling_rate_hz, left, right, acc_unit, gyr_unit, start_time, columns
        As for :func:`read_recording`.

    Returns
    -------
    RecordingFile
        What is known about the recording, and its signals block by block.

    Raises
    ------
    RecordingError, ValueError
        As :func:`read_recording` does.

    Examples
    --------
    >>> recording = open_recording("week.parquet")  # doctest: +SKIP
    >>> sum(len(block["left_sensor"]) for block in recording.blocks(["acc_x"])) == recording.n_samples  # doctest: +SKIP
    True
    """
    options = {
        "sampling_rate_hz": sampling_rate_hz,
        "left": left,
        "right": right,
        "acc_unit": acc_unit,
        "gyr_unit": gyr_unit,
        "start_time": start_time,
    }
    found = read_any("open_recording", path, columns=columns, keep=False, **options)
    if isinstance(found, Assembled):
        paths = as_paths(path)
        return as_file(converted_units(found, options), paths, options, name_of(paths))
    return found[0]
