"""What a reader of device files returns: plain channels with their units, and a clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, Protocol, runtime_checkable

import numpy as np
import pandas as pd

Foot = Literal["left", "right"]


@dataclass(frozen=True, eq=False)
class Counter:
    """Every sample has a number; a number that is missing is a lost sample.

    Attributes
    ----------
    rate_hz
        Samples per second of the numbers; None where nobody knows.
    numbers
        One number per row, as in the file (wrapped or not); None: the rows are numbered without gaps.
    bits
        Bits of the counter (8, 16, 32), after which it begins anew; None: found out from the numbers.
    shared
        Name of what counts, if other sensors (also of other files) count with it; None: nothing is shared.
    measured
        Whether the rate was measured (against a clock in the file) rather than configured.
    """

    rate_hz: float | None
    numbers: np.ndarray | None = None
    bits: int | None = None
    shared: str | None = None
    measured: bool = False


@dataclass(frozen=True, eq=False)
class SampleTimes:
    """Every sample was stamped when it was measured.

    Attributes
    ----------
    seconds
        Time of each row in s, from any origin.
    shared
        Name of the clock, if other sensors (also of other files) are stamped by it: ``"utc"`` for seconds since 1970,
        ``"wall clock"`` for the same without a zone. None: the origin is the sensor's own.
    wraps_after_s
        After so many seconds the clock begins anew (4294.967296 for microseconds of 32 bits); None: it does not.
    """

    seconds: np.ndarray
    shared: str | None = None
    wraps_after_s: float | None = None


@dataclass(frozen=True, eq=False)
class BlockTimes:
    """Blocks of samples were stamped; within a block, the samples are even.

    Attributes
    ----------
    seconds
        Time of the first sample of each block in s.
    lengths
        Number of rows of each block; their sum is the number of rows.
    rate_hz
        Configured rate: where blocks are missing, it tells the first guess.
    shared
        As for :class:`SampleTimes`.
    """

    seconds: np.ndarray
    lengths: np.ndarray
    rate_hz: float | None = None
    shared: str | None = None


@dataclass(frozen=True, eq=False)
class ArrivalTimes:
    """Rows were stamped when they arrived (by radio), often several at once; the sensor itself sampled evenly.

    Attributes
    ----------
    seconds
        Time of arrival of each row in s.
    rate_hz
        Configured rate; None where it is not known.
    shared
        As for :class:`SampleTimes`.
    """

    seconds: np.ndarray
    rate_hz: float | None = None
    shared: str | None = None


Clock = Counter | SampleTimes | BlockTimes | ArrivalTimes


@dataclass(frozen=True, eq=False)
class SensorSignal:
    """The channels of one sensor as they stand in the file: nothing is filled in, turned or resampled.

    A sensor whose acceleration and angular rate have clocks of their own is two of these, with the same label.

    Attributes
    ----------
    label
        Name of the sensor in the file, or its serial number; untrusted text.
    clock
        When the rows were measured.
    acc, gyr, mag
        Arrays of shape (n, 3), missing values as NaN; None if the file has no such channel.
    acc_unit, gyr_unit
        Units of the values, keys of :data:`gaitmap.recordings._units.ACC_UNITS` and ``GYR_UNITS``; None: the file does
        not say (m/s^2 and deg/s are assumed, and checked).
    foot
        The foot, if the file itself says so; None leaves it to the label, the site and the file's name.
    site
        Where the sensor was worn, as the maker calls it ("Right Foot", "Lumbar"); None if the file does not say.
    remarks
        What is worth knowing about this sensor, in sentences without full stop.
    """

    label: str
    clock: Clock
    acc: np.ndarray | None = None
    gyr: np.ndarray | None = None
    mag: np.ndarray | None = None
    acc_unit: str | None = None
    gyr_unit: str | None = None
    foot: Foot | None = None
    site: str | None = None
    remarks: tuple[str, ...] = ()

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return next((len(values) for values in (self.acc, self.gyr, self.mag) if values is not None), 0)


@dataclass(frozen=True, eq=False)
class DeviceFile:
    """Everything that a file of a device says.

    Attributes
    ----------
    path
        The file.
    format
        Name of the format, as ``gaitmap check`` shows it.
    sensors
        Its sensors.
    device
        Maker, model, serial number, firmware, as far as they are known; untrusted text.
    start_time
        Clock time of the first sample with its time zone; None where that is not known.
    wall_clock
        The same without zone (a local time of unknown place); None where there is none or ``start_time`` is known.
    rate_configured_hz
        The rate that was set; the one that is used is measured where the clock allows it.
    unused
        Names of channels that are not used.
    remarks
        What was noticed, in sentences without full stop.
    """

    path: Path
    format: str
    sensors: tuple[SensorSignal, ...]
    device: str = ""
    start_time: pd.Timestamp | None = None
    wall_clock: pd.Timestamp | None = None
    rate_configured_hz: float | None = None
    unused: tuple[str, ...] = ()
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True)
class Told:
    """What the user said about a file.

    Attributes
    ----------
    sampling_rate_hz
        Sampling rate in Hz, or None.
    columns
        The content of ``--columns``: names, units and axes of foreign tables; empty if nothing was said.
    """

    sampling_rate_hz: float | None = None
    columns: Mapping[str, Any] = field(default_factory=dict)


@runtime_checkable
class DeviceFormat(Protocol):
    """A file format: one object per format, listed in ``_formats.py`` (or offered by another package).

    Attributes
    ----------
    name
        What ``gaitmap check`` calls it: "Xsens MTw text".
    extra
        The optional dependency that reading needs (``pip install 'gaitmap[h5]'``); None if it needs none.
    """

    name: str
    extra: str | None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the first 64 KiB (never by the ending alone) whether a file has this format. Must be fast."""

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read a file.

        Raises
        ------
        RecordingError
            If it is damaged beyond use, or of a kind that cannot be analysed: with the reason, and which mode to
            record in where the maker documents one.
        ImportError
            If the optional dependency is missing (:func:`gaitmap.utils._imports.require`).
        """
