"""The sampling rate and the start time that a time column tells, and whether it can be trusted."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.io._errors import recording_error

# Rates that foot-worn sensors have, in Hz; outside of them the unit of the time column was misread.
_PLAUSIBLE_RATES_HZ = (10.0, 10_000.0)
# A rate given by the user may differ this much (relative) from the mean rate of the time column: clocks drift, nominal
# rates are rounded.
_RATE_TOLERANCE = 0.01
# Numbers from here on (in s) are times since 1970, not times since the start of a recording: 1973-03-03.
_FIRST_EPOCH_S = 1e8
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


def read_time_base(
    times: pd.Series, *, label: str, unit_s: float | None, sampling_rate_hz: float | None, path: str | Path
) -> TimeBase:
    """Derive rate and start time from a time column and check that it is even.

    Parameters
    ----------
    times
        Numbers (seconds, or ``unit_s``) or timestamps, one per sample.
    label
        Name of the column, for messages.
    unit_s
        Seconds per unit of a numeric column; None: seconds, or for times since 1970 the unit that their size tells.
    sampling_rate_hz
        The rate that the user gave, or None.
    path
        The file, for messages.

    Raises
    ------
    RecordingError
        Times that are missing, unreadable, running backwards, uneven, or contradict the given rate.
    """
    where = f"the time column '{label}'"
    missing = np.flatnonzero(times.isna().to_numpy())
    if len(missing):
        raise recording_error(
            path,
            f"{where} has empty cells",
            f"{len(missing)} of {len(times)}, the first in sample {missing[0]}",
            "a time for every sample",
            _REMEDY,
        )
    seconds, start_time, notes = _as_seconds(times, where, unit_s, path)
    if len(seconds) < 2:
        return TimeBase(sampling_rate_hz, start_time, notes)
    steps = np.diff(seconds)
    _check_forward(steps, seconds, where, path)
    mean_rate = (len(seconds) - 1) / (seconds[-1] - seconds[0]) if seconds[-1] > seconds[0] else np.inf
    if not _PLAUSIBLE_RATES_HZ[0] <= mean_rate <= _PLAUSIBLE_RATES_HZ[1]:
        raise recording_error(
            path,
            f"{where} gives an impossible sampling rate",
            f"{mean_rate:.6g} Hz when read as seconds",
            f"{_PLAUSIBLE_RATES_HZ[0]:g} to {_PLAUSIBLE_RATES_HZ[1]:g} Hz",
            "Name the unit in the column name (time_ms, time_us, time_ns), or remove the column and give the sampling "
            "rate",
        )
    resolution = _resolution_s(seconds)
    _check_even(seconds, steps, mean_rate, resolution, where, path)
    rounding = min(resolution, float(np.abs(steps - 1 / mean_rate).max()))
    derived = _round_rate(float(mean_rate), rounding / (seconds[-1] - seconds[0]))
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


def check_counter(counter: pd.Series, *, label: str, path: str | Path) -> bool:
    """Check a column that may count the samples; False if it is no such column.

    Raises
    ------
    RecordingError
        If it counts up by one nearly everywhere, but not everywhere: samples are missing or out of order.
    """
    if not pd.api.types.is_numeric_dtype(counter) or len(counter) < 2:
        return False
    values = counter.to_numpy(dtype=float, na_value=np.nan)
    if np.isnan(values).any() or (values != np.round(values)).any():
        return False
    jumps = np.flatnonzero(np.diff(values) != 1)
    if len(jumps) == 0:
        return True
    if len(jumps) > 0.5 * (len(values) - 1):
        return False
    at = int(jumps[0])
    raise recording_error(
        path,
        f"the sample counter '{label or 'first column'}' jumps",
        f"{len(jumps)} jumps, the first from {values[at]:g} to {values[at + 1]:g} after sample {at}",
        "a counter that goes up by one with every row",
        "Samples are missing, or recordings were joined: fill the gaps with empty cells, analyse the parts one by one, "
        "or remove the column if it means something else",
    )


def parse_start_time(value: str | pd.Timestamp) -> pd.Timestamp:
    """Read a time with its zone: ``2024-05-01T09:30:00+02:00`` or ``2024-05-01T09:30:00 Europe/Berlin``.

    Raises
    ------
    ValueError
        If it cannot be read, or has no zone.
    """
    expected = (
        "a date and time with its time zone, for example 2024-05-01T09:30:00+02:00 or 2024-05-01T09:30:00 Europe/Berlin"
    )
    zone = None
    text = value
    if isinstance(value, str):
        head, _, tail = value.strip().replace("[", " ").replace("]", "").rpartition(" ")
        if head and tail[:1].isalpha():
            text, zone = head.strip(), tail
    try:
        time = pd.Timestamp(text)
        if zone is not None:
            time = time.tz_localize(zone) if time.tz is None else time.tz_convert(zone)
    except Exception as error:
        raise ValueError(f"The start time must be {expected}. Got {value!r} instead.") from error
    if time is pd.NaT or time.tz is None:
        raise ValueError(f"The start time must be {expected}. Got {value!r}, which has no time zone, instead.")
    return time.as_unit("ns")


def _as_seconds(
    times: pd.Series, where: str, unit_s: float | None, path: str | Path
) -> tuple[np.ndarray, pd.Timestamp | None, tuple[str, ...]]:
    """Seconds since the first sample, the clock time of the first sample, and remarks."""
    if pd.api.types.is_numeric_dtype(times):
        values = times.to_numpy(dtype=float)
        if not np.isfinite(values).all():
            raise recording_error(path, f"{where} has infinite values", "inf", "finite times", _REMEDY)
        unit = unit_s if unit_s is not None else _epoch_unit(values[0])
        # Subtracting first keeps the digits of times since 1970, also where they are whole nanoseconds.
        seconds = (times - times.iloc[0]).to_numpy(dtype=float) * unit
        if values[0] * unit < _FIRST_EPOCH_S:
            return seconds, None, ()
        start = pd.Timestamp(round(values[0] * unit * 1e9), unit="ns", tz="UTC")
        return seconds, start, (f"start time {start.isoformat()} taken from {where} (seconds since 1970)",)
    if not pd.api.types.is_datetime64_any_dtype(times):
        times = _parse_timestamps(times, where, path)
    start = times.iloc[0]
    seconds = (times - start).to_numpy(dtype="timedelta64[ns]").astype(np.int64) * 1e-9
    if start.tz is None:
        return seconds, None, (f"{where} has no time zone, so no start time was taken from it",)
    return seconds, start.as_unit("ns"), (f"start time {start.isoformat()} taken from {where}",)


def _epoch_unit(first: float) -> float:
    """Seconds per unit of times since 1970, told by their size; 1 for smaller numbers."""
    for unit in (1.0, 1e-3, 1e-6, 1e-9):
        if abs(first) * unit < 1e3 * _FIRST_EPOCH_S:
            return unit if abs(first) >= _FIRST_EPOCH_S else 1.0
    return 1.0


def _parse_timestamps(times: pd.Series, where: str, path: str | Path) -> pd.Series:
    texts = times.astype(str)
    try:
        zone = pd.Timestamp(texts.iloc[0]).tz
        parsed = pd.to_datetime(texts, format="ISO8601", utc=zone is not None)
        return parsed if zone is None else parsed.dt.tz_convert(zone)
    except (ValueError, TypeError, OverflowError):
        raise recording_error(
            path,
            f"{where} cannot be read",
            f"'{texts.iloc[0]}' in its first row",
            "seconds as numbers, or dates and times such as 2024-05-01T09:30:00.000+02:00 in every row",
            "Convert the column, or remove it and give the sampling rate",
        ) from None


def _check_forward(steps: np.ndarray, seconds: np.ndarray, where: str, path: str | Path) -> None:
    backwards = np.flatnonzero(steps < 0)
    if len(backwards) == 0:
        return
    at = int(backwards[0])
    raise recording_error(
        path,
        f"time runs backwards in {where}",
        f"{len(backwards)} such places, the first after sample {at} (from {seconds[at]:.6g} s to "
        f"{seconds[at + 1]:.6g} s after the start)",
        "times that go up",
        "Sort the rows, or analyse the parts between these places one by one",
    )


def _resolution_s(seconds: np.ndarray) -> float:
    """Step to which the times were rounded when they were written, in s; 0 if none is seen."""
    sample = seconds[:: max(1, len(seconds) // 10_000)]
    for digits in range(10):
        scaled = sample * 10.0**digits
        if np.abs(scaled - np.round(scaled)).max() < 1e-3:
            return 10.0**-digits
    return 0.0


def _check_even(
    seconds: np.ndarray, steps: np.ndarray, mean_rate: float, resolution: float, where: str, path: str | Path
) -> None:
    period = 1 / mean_rate
    median_step = float(np.median(steps))
    # Rounded to (about) the distance of two samples: exact times of an even grid. Above: several samples share a time.
    if resolution > 1.05 * period:
        raise recording_error(
            path,
            f"{where} is too coarse",
            f"times rounded to {resolution:g} s, {mean_rate:.6g} samples per second",
            "times finer than the distance of two samples",
            "Remove the column and give the sampling rate",
        )
    repeated = np.flatnonzero(steps == 0)
    if len(repeated):
        raise recording_error(
            path,
            f"{where} repeats times",
            f"{len(repeated)} samples with the time of the sample before, the first after sample {repeated[0]}",
            "one time per sample",
            _REMEDY,
        )
    reference = period if abs(median_step - period) < resolution else median_step
    tolerance = 0.5 * reference + (resolution if resolution < 0.99 * period else 0.0)
    uneven = np.flatnonzero(np.abs(steps - reference) > tolerance)
    if len(uneven):
        worst = int(uneven[np.argmax(steps[uneven])])
        raise recording_error(
            path,
            f"{where} is uneven",
            f"{len(uneven)} steps that are not {reference:.6g} s, the longest {steps[worst]:.6g} s after sample "
            f"{worst} ({seconds[worst]:.6g} s after the start)",
            "samples at equal distances",
            _REMEDY,
        )
    drift = np.abs(seconds - seconds[0] - np.arange(len(seconds)) * period).max()
    if drift > max(2 * period, 2 * resolution, 1e-4 * seconds[-1]):
        raise recording_error(
            path,
            f"the rate of {where} changes on the way",
            f"samples up to {drift:.3g} s away from even steps of {period:.6g} s",
            "one sampling rate throughout",
            _REMEDY,
        )


def _round_rate(rate: float, uncertainty: float) -> float:
    """Shorten ``rate`` to the fewest decimals that the times cannot tell from it."""
    for digits in range(9):
        rounded = round(rate, digits)
        if abs(rounded / rate - 1) <= max(uncertainty, 1e-12):
            return rounded
    return rate
