"""The sampling rate and the start time that a time column tells, and whether it can be trusted."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.recordings._clock import Clock, InfiniteTimes, UnreadableTimes
from gaitmap.recordings._errors import recording_error
from gaitmap.recordings._even_steps import find_uneven_steps, largest_deviation, median_step

# Rates that foot-worn sensors have, in Hz; outside of them the unit of the time column was misread.
_PLAUSIBLE_RATES_HZ = (10.0, 10_000.0)
# A rate given by the user may differ this much (relative) from the mean rate of the time column: clocks drift, nominal
# rates are rounded.
_RATE_TOLERANCE = 0.01
# Times of up to this many samples are kept on the way; longer columns are read once more where that is needed.
_MAX_KEPT = 2**21
_REMEDY = (
    "If the sensor did sample evenly and only the time stamps are off, remove the time column and give the sampling "
    "rate; otherwise put the samples on an even grid first (missing samples as empty cells)"
)


@dataclass(frozen=True)
class TimeBase:
    """What a time column says: rate in Hz (None if unknown), first time with its zone (None if unknown), remarks."""

    sampling_rate_hz: float | None
    start_time: pd.Timestamp | None
    notes: tuple[str, ...] = ()


class TimeColumn:
    """A time column that is read in chunks: gathers what is needed to judge it.

    Parameters
    ----------
    label
        Name of the column, for messages.
    unit_s
        Seconds per unit of a numeric column; None: seconds, or for times since 1970 the unit that their size tells.
    path
        The file, for messages.
    """

    def __init__(self, *, label: str, unit_s: float | None, path: str | Path) -> None:
        self.n_samples = 0
        self.n_missing = 0
        self._where = f"the time column '{label}'"
        self._path = path
        self._unit_s = unit_s
        self._clock = Clock(unit_s)
        self._first_missing = 0
        self._unreadable: tuple[str, int] | None = None
        self._is_infinite = False
        self._last: np.ndarray = np.zeros(0)
        self._kept: list[np.ndarray] | None = []
        # Decimals to which all times so far are rounded.
        self._digits = list(range(10))
        self._shortest, self._longest = np.inf, -np.inf
        self._n_backwards, self._n_repeated = 0, 0
        self._first_backwards: tuple[int, float, float] = (0, 0.0, 0.0)
        self._first_repeated = 0

    def update(self, times: pd.Series) -> None:
        """Take in the next chunk: numbers (seconds, or ``unit_s``) or timestamps, one per sample."""
        first = self.n_samples
        self.n_samples += len(times)
        missing = np.flatnonzero(times.isna().to_numpy())
        if len(missing):
            if not self.n_missing:
                self._first_missing = first + int(missing[0])
            self.n_missing += len(missing)
        if self.n_missing or self._unreadable is not None or len(times) == 0:
            return
        try:
            seconds = self._clock.seconds(times)
        except InfiniteTimes:
            self._is_infinite = True
        except UnreadableTimes as error:
            self._unreadable = (error.text, first + error.row)
        else:
            if not self._is_infinite:
                self._measure(seconds, first - len(self._last))

    def conclude(self, sampling_rate_hz: float | None, read_again: Callable[[], Iterator[pd.Series]]) -> TimeBase:
        """Derive rate and start time and check that the times are even.

        Parameters
        ----------
        sampling_rate_hz
            The rate that the user gave, or None.
        read_again
            Gives the chunks of the column once more; called for long columns only.

        Raises
        ------
        RecordingError
            Times that are missing, unreadable, running backwards, uneven, or contradict the given rate.
        """
        self._check_readable()
        where, path, start_time = self._where, self._path, self._clock.start_time
        notes: tuple[str, ...] = ()
        if self._clock.has_no_zone:
            notes = (f"{where} has no time zone, so no start time was taken from it",)
        elif start_time is not None:
            since = " (seconds since 1970)" if self._clock.is_epoch else ""
            notes = (f"start time {start_time.isoformat()} taken from {where}{since}",)
        if self.n_samples < 2:
            return TimeBase(sampling_rate_hz, start_time, notes)
        self._check_forward()
        duration = float(self._last[0])
        mean_rate = (self.n_samples - 1) / duration if duration > 0 else np.inf
        if not _PLAUSIBLE_RATES_HZ[0] <= mean_rate <= _PLAUSIBLE_RATES_HZ[1]:
            raise recording_error(
                path,
                f"{where} gives an impossible sampling rate",
                f"{mean_rate:.6g} Hz when read as seconds",
                f"{_PLAUSIBLE_RATES_HZ[0]:g} to {_PLAUSIBLE_RATES_HZ[1]:g} Hz",
                "Name the unit in the column name (time_ms, time_us, time_ns), or remove the column and give the "
                "sampling rate",
            )
        # Step to which the times were rounded when they were written, in s; 0 if none is seen.
        resolution = 10.0 ** -self._digits[0] if self._digits else 0.0
        self._check_even(mean_rate, resolution, read_again)
        period = 1 / mean_rate
        rounding = min(resolution, max(self._longest - period, period - self._shortest))
        derived = _round_rate(float(mean_rate), rounding / duration)
        if sampling_rate_hz is None:
            return TimeBase(derived, start_time, (*notes, f"sampling rate {derived:g} Hz taken from {where}"))
        deviation = abs(mean_rate / sampling_rate_hz - 1)
        if deviation > _RATE_TOLERANCE:
            raise recording_error(
                path,
                f"the given sampling rate contradicts {where}",
                f"{sampling_rate_hz:g} Hz given, {derived:g} Hz in the file",
                f"a difference of at most {_RATE_TOLERANCE:.0%}",
                "Leave the sampling rate out to use the time column, or remove the column if it is wrong",
            )
        if deviation > 1e-4:
            notes = (*notes, f"{where} tells {derived:g} Hz; the given {sampling_rate_hz:g} Hz are used")
        return TimeBase(sampling_rate_hz, start_time, notes)

    def _measure(self, seconds: np.ndarray, first: int) -> None:
        """Gather what the steps are like; ``first`` is the sample before the first step."""
        times = np.concatenate([self._last, seconds])
        steps = np.diff(times)
        self._last = times[-1:]
        if self._kept is not None:
            self._kept.append(seconds)
            if self.n_samples > _MAX_KEPT:
                self._kept = None
        for digits in self._digits.copy():
            with np.errstate(over="ignore", invalid="ignore"):
                scaled = seconds * 10.0**digits
                is_round = np.abs(scaled - np.round(scaled)).max() < 1e-3
            if not is_round:
                self._digits.remove(digits)
        if len(steps) == 0:
            return
        self._shortest = min(self._shortest, float(steps.min()))
        self._longest = max(self._longest, float(steps.max()))
        if self._shortest > 0:
            return
        backwards, repeated = np.flatnonzero(steps < 0), np.flatnonzero(steps == 0)
        if len(backwards) and not self._n_backwards:
            at = int(backwards[0])
            self._first_backwards = (first + at, float(times[at]), float(times[at + 1]))
        if len(repeated) and not self._n_repeated:
            self._first_repeated = first + int(repeated[0])
        self._n_backwards += len(backwards)
        self._n_repeated += len(repeated)

    def _check_readable(self) -> None:
        where, path = self._where, self._path
        if self.n_missing:
            raise recording_error(
                path,
                f"{where} has empty cells",
                f"{self.n_missing} of {self.n_samples}, the first in sample {self._first_missing}",
                "a time for every sample",
                _REMEDY,
            )
        if self._unreadable is not None:
            text, sample = self._unreadable
            raise recording_error(
                path,
                f"{where} cannot be read",
                f"'{text}' in " + (f"sample {sample}" if sample else "its first row"),
                "seconds as numbers, or dates and times such as 2024-05-01T09:30:00.000+02:00 in every row",
                "Convert the column, or remove it and give the sampling rate",
            )
        if self._is_infinite:
            raise recording_error(path, f"{where} has infinite values", "inf", "finite times", _REMEDY)

    def _check_forward(self) -> None:
        if not self._n_backwards:
            return
        at, before, after = self._first_backwards
        raise recording_error(
            self._path,
            f"time runs backwards in {self._where}",
            f"{self._n_backwards} such places, the first after sample {at} (from {before:.6g} s to {after:.6g} s "
            "after the start)",
            "times that go up",
            "Sort the rows, or analyse the parts between these places one by one",
        )

    def _check_even(self, mean_rate: float, resolution: float, read_again: Callable[[], Iterator[pd.Series]]) -> None:
        where, path = self._where, self._path
        period = 1 / mean_rate
        # Rounded to (about) the distance of two samples: exact times of an even grid. Above: several share a time.
        if resolution > 1.05 * period:
            raise recording_error(
                path,
                f"{where} is too coarse",
                f"times rounded to {resolution:g} s, {mean_rate:.6g} samples per second",
                "times finer than the distance of two samples",
                "Remove the column and give the sampling rate",
            )
        if self._n_repeated:
            raise recording_error(
                path,
                f"{where} repeats times",
                f"{self._n_repeated} samples with the time of the sample before, the first after sample "
                f"{self._first_repeated}",
                "one time per sample",
                _REMEDY,
            )

        def seconds() -> Iterator[np.ndarray]:
            clock = Clock(self._unit_s)
            return iter(self._kept) if self._kept is not None else (clock.seconds(chunk) for chunk in read_again())

        # Steps so alike that none is far from their median, whatever that is.
        if self._longest - self._shortest > 0.49 * self._shortest:
            median = median_step(seconds, self.n_samples - 1)
            reference = period if abs(median - period) < resolution else median
            tolerance = 0.5 * reference + (resolution if resolution < 0.99 * period else 0.0)
            n_uneven, worst_at, worst_time, worst = find_uneven_steps(seconds, reference, tolerance)
            if n_uneven:
                raise recording_error(
                    path,
                    f"{where} is uneven",
                    f"{n_uneven} steps that are not {reference:.6g} s, the longest {worst:.6g} s after sample "
                    f"{worst_at} ({worst_time:.6g} s after the start)",
                    "samples at equal distances",
                    _REMEDY,
                )
        drift = largest_deviation(seconds, period)
        if drift > max(2 * period, 2 * resolution, 1e-4 * float(self._last[0])):
            raise recording_error(
                path,
                f"the rate of {where} changes on the way",
                f"samples up to {drift:.3g} s away from even steps of {period:.6g} s",
                "one sampling rate throughout",
                _REMEDY,
            )


def read_time_base(
    times: pd.Series, *, label: str, unit_s: float | None, sampling_rate_hz: float | None, path: str | Path
) -> TimeBase:
    """Derive rate and start time from a whole time column: :class:`TimeColumn` in one chunk."""
    column = TimeColumn(label=label, unit_s=unit_s, path=path)
    column.update(times)
    return column.conclude(sampling_rate_hz, lambda: iter([times]))


def _round_rate(rate: float, uncertainty: float) -> float:
    """Shorten ``rate`` to the fewest decimals that the times cannot tell from it."""
    for digits in range(9):
        rounded = round(rate, digits)
        if abs(rounded / rate - 1) <= max(uncertainty, 1e-12):
            return rounded
    return rate
