"""Times as they are written in files, and the seconds that they mean."""

import numpy as np
import pandas as pd

# Numbers from here on (in s) are times since 1970, not times since the start of a recording: 1973-03-03.
_FIRST_EPOCH_S = 1e8


class UnreadableTimes(Exception):  # noqa: N818 - caught where it is thrown, never shown
    """Neither numbers nor timestamps: the text of the first such cell, and its row in the chunk."""

    def __init__(self, text: str, row: int) -> None:
        super().__init__(text)
        self.text = text
        self.row = row


class InfiniteTimes(Exception):  # noqa: N818
    """Numbers that are not finite."""


class Clock:
    """Turns the chunks of a time column, in order, into seconds since its first sample.

    Parameters
    ----------
    unit_s
        Seconds per unit of a numeric column; None: seconds, or for times since 1970 the unit that their size tells.

    Attributes
    ----------
    start_time
        Clock time of the first sample; None if the times do not tell it.
    has_no_zone
        Whether the times are dates without a time zone.
    is_epoch
        Whether they are numbers since 1970.
    """

    def __init__(self, unit_s: float | None) -> None:
        self.start_time: pd.Timestamp | None = None
        self.has_no_zone = False
        self.is_epoch = False
        self._unit_s = unit_s
        self._first: float | int | pd.Timestamp | None = None

    def seconds(self, times: pd.Series) -> np.ndarray:
        """Seconds of the next chunk, in which no time is missing.

        Raises
        ------
        UnreadableTimes, InfiniteTimes
            If the chunk holds something else than times, or than the chunks before.
        """
        if pd.api.types.is_numeric_dtype(times):
            return self._from_numbers(times)
        if not pd.api.types.is_datetime64_any_dtype(times):
            times = self._parse(times)
        first = times.iloc[0] if self._first is None else self._first
        if not isinstance(first, pd.Timestamp) or (first.tz is None) != (times.dt.tz is None):
            raise UnreadableTimes(str(times.iloc[0]), 0)
        if self._first is None:
            self._first = first
            self.has_no_zone = first.tz is None
            self.start_time = None if first.tz is None else first.as_unit("ns")
        return (times - first).to_numpy(dtype="timedelta64[ns]").astype(np.int64) * 1e-9

    def _from_numbers(self, times: pd.Series) -> np.ndarray:
        if pd.api.types.is_integer_dtype(times):
            # Unsigned numbers cannot be subtracted.
            times = times.astype(np.int64)
        values = times.to_numpy(dtype=float)
        if not np.isfinite(values).all():
            raise InfiniteTimes
        if self._first is None:
            self._first = times.iloc[0]
            self._unit_s = self._unit_s if self._unit_s is not None else _epoch_unit(values[0])
            if values[0] * self._unit_s >= _FIRST_EPOCH_S:
                self.is_epoch = True
                self.start_time = _epoch_time(values[0] * self._unit_s)
        elif isinstance(self._first, pd.Timestamp):
            raise UnreadableTimes(str(times.iloc[0]), 0)
        # Subtracting first keeps the digits of times since 1970, also where they are whole nanoseconds.
        with np.errstate(over="ignore"):
            seconds = (times - self._first).to_numpy(dtype=float) * self._unit_s
        if not np.isfinite(seconds).all():
            raise InfiniteTimes
        return seconds

    def _parse(self, times: pd.Series) -> pd.Series:
        texts = times.astype(str)
        try:
            if self._first is not None and not isinstance(self._first, pd.Timestamp):
                raise ValueError("numbers so far")
            zone = (self._first if self._first is not None else pd.Timestamp(texts.iloc[0])).tz  # type: ignore[union-attr]
            parsed = pd.to_datetime(texts, format="ISO8601", utc=zone is not None)
            return parsed if zone is None else parsed.dt.tz_convert(zone)
        except (ValueError, TypeError, OverflowError, AttributeError):
            row = _first_unreadable(texts)
            raise UnreadableTimes(texts.iloc[row], row) from None


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


def _epoch_unit(first: float) -> float:
    """Seconds per unit of times since 1970, told by their size; 1 for smaller numbers."""
    for unit in (1.0, 1e-3, 1e-6, 1e-9):
        if abs(first) * unit < 1e3 * _FIRST_EPOCH_S:
            return unit if abs(first) >= _FIRST_EPOCH_S else 1.0
    return 1.0


def _epoch_time(seconds: float) -> pd.Timestamp:
    try:
        return pd.Timestamp(round(seconds * 1e9), unit="ns", tz="UTC")
    except (ValueError, OverflowError):
        # Beyond the year 2262: the unit in the name of the column is wrong.
        raise UnreadableTimes(f"{seconds:g} seconds since 1970", 0) from None


def _first_unreadable(texts: pd.Series) -> int:
    """Row of the first cell that is neither a number (if all others are) nor a timestamp."""
    numbers = pd.to_numeric(texts, errors="coerce")
    if numbers.notna().any():
        bad = numbers.isna()
    else:
        bad = pd.to_datetime(texts, format="ISO8601", utc=True, errors="coerce").isna()
    return int(np.argmax(bad.to_numpy()))
