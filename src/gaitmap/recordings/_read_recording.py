"""Recordings in memory."""

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from gaitmap.recordings._recording_file import open_file


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

    See Also
    --------
    open_recording : The same for recordings that do not fit into memory.

    Examples
    --------
    >>> recording = read_recording("walk.csv", sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> recording.data["left_sensor"].columns.to_list()  # doctest: +SKIP
    ['acc_x', 'acc_y', 'acc_z', 'gyr_x', 'gyr_y', 'gyr_z']
    """
    file, data = open_file(
        "read_recording",
        path,
        sampling_rate_hz=sampling_rate_hz,
        left=left,
        right=right,
        acc_unit=acc_unit,
        gyr_unit=gyr_unit,
        start_time=start_time,
        keep=True,
    )
    return Recording(
        data=data,
        sampling_rate_hz=file.sampling_rate_hz,
        start_time=file.start_time,
        name=file.name,
        sha256=file.sha256,
        source=file.source,
        units=file.units,
        notes=file.notes,
        options=file.options,
    )
