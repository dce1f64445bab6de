"""One pass over all rows of a file: checks everything that only the rows can tell."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from gaitmap.recordings._columns import ColumnLayout
from gaitmap.recordings._counter import Counter
from gaitmap.recordings._errors import recording_error
from gaitmap.recordings._parquet import PARQUET_INDEX
from gaitmap.recordings._signals import LARGEST, Signals, Table, clear_impossible, convert_units, read_ahead, to_numbers
from gaitmap.recordings._time_base import TimeBase, TimeColumn
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.unit_check import MAX_JUDGED_SAMPLES, UnitFinding, check_units


@dataclass(frozen=True)
class Contents:
    """What the rows tell.

    Attributes
    ----------
    n_samples
        Number of rows.
    time_base
        Rate and start time.
    notes
        Remarks about missing and impossible values.
    unit_findings
        Signs of wrong units; not looked for if the signals are kept, from which they can be told any time.
    data
        The signals; None if they were not to be kept.
    """

    n_samples: int
    time_base: TimeBase
    notes: tuple[str, ...]
    unit_findings: tuple[UnitFinding, ...]
    data: dict[str, pd.DataFrame] | None


def read_contents(
    signals: Signals, layout: ColumnLayout, sampling_rate_hz: float | None, *, keep: bool = False
) -> Contents:
    """Read all rows of a file once, and check them.

    Parameters
    ----------
    signals, layout
        Which columns are the signals, and which the time and the counter.
    sampling_rate_hz
        The rate that the user gave, or None.
    keep
        Whether the signals are kept; else memory does not grow with the file.

    Raises
    ------
    RecordingError
        If there are no rows, or any of them cannot be used.
    """
    table = signals.table
    times = _Times(layout, table)
    sensors = [_Sensor(name, axes, signals, keep=keep) for name, axes in signals.axes.items()]
    n_samples = 0
    for first, chunk in read_ahead(table.chunks([*signals.positions, *times.positions], check_rows=True)):
        n_rows = len(next(iter(chunk.values())))
        times.update(chunk)
        for sensor in sensors:
            sensor.update(chunk, first)
        n_samples = first + n_rows
    if n_samples == 0:
        raise recording_error(table.path, "there are no samples", "a header only", "rows of numbers", "Export it again")
    time_base = times.conclude(sampling_rate_hz)
    for sensor in sensors:
        sensor.check()
    return Contents(
        n_samples=n_samples,
        time_base=time_base,
        notes=tuple(note for sensor in sensors for note in sensor.notes(n_samples)),
        unit_findings=() if keep else tuple(check_units({sensor.name: sensor.preview() for sensor in sensors})),
        data={sensor.name: sensor.frame() for sensor in sensors} if keep else None,
    )


class _Times:
    """The columns that may tell the time."""

    def __init__(self, layout: ColumnLayout, table: Table) -> None:
        self._layout = layout
        self._table = table
        # The index of a frame (in CSV the first column) with other numbers or dates than a count in it is its time.
        self._may_be_index = layout.time is None and (
            layout.counter == 0 or (layout.counter is not None and table.labels[layout.counter] == PARQUET_INDEX)
        )
        self._position = layout.counter if self._may_be_index else layout.time
        self._time: TimeColumn | None = None
        if self._position is not None:
            label = table.labels[self._position].strip()
            self._time = TimeColumn(
                label={"": "(unnamed first column)", PARQUET_INDEX: "(index)"}.get(label, label),
                unit_s=None if self._may_be_index else layout.time_unit_s,
                path=table.path,
            )
        self._counters = {position: Counter() for position in self.positions}

    @property
    def positions(self) -> list[int]:
        return [position for position in (self._layout.time, self._layout.counter) if position is not None]

    def update(self, chunk: dict[int, pd.Series]) -> None:
        for position, counter in self._counters.items():
            counter.update(chunk[position])
        if self._time is not None and self._position is not None:
            self._time.update(chunk[self._position])

    def conclude(self, sampling_rate_hz: float | None) -> TimeBase:
        layout, path = self._layout, self._table.path
        counts_samples = False
        if layout.counter is not None:
            label = self._table.labels[layout.counter]
            counts_samples = self._counters[layout.counter].check(label=label, path=path)
        time = self._time
        if time is not None and self._may_be_index:
            if counts_samples or time.n_missing == time.n_samples:
                time = None
        elif layout.time is not None and self._counters[layout.time].goes_up_by_one:
            time = None
        found = "a column that only counts the samples"
        if layout.counter is None and layout.time is None:
            found = "no time column"
        if time is not None:
            if sampling_rate_hz is not None or time.n_samples > 1:
                return time.conclude(sampling_rate_hz, self._read_again)
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

    def _read_again(self) -> Iterator[pd.Series]:
        if self._position is not None:
            for _, chunk in self._table.chunks([self._position]):
                yield chunk[self._position]


class _Sensor:
    """The signals of one sensor, chunk by chunk: text in them, values that are missing, a sample of the rest."""

    def __init__(self, name: str, axes: dict[str, int], signals: Signals, *, keep: bool) -> None:
        self.name = name
        self._axes = axes
        self._signals = signals
        self._n_missing = 0
        self._n_impossible = 0
        self._kept: list[np.ndarray] | None = [] if keep else None
        # {axis: [first cell that is no number, its sample, how many such cells]}
        self._bad: dict[str, list] = {}
        self._judged = [i for i, axis in enumerate(axes) if axis in SF_COLS]
        self._preview = _Thinned(len(self._judged))

    def update(self, chunk: dict[int, pd.Series], first: int) -> None:
        columns = []
        for axis, position in self._axes.items():
            numbers, bad = to_numbers(chunk[position])
            columns.append(numbers)
            if len(bad):
                cell = chunk[position].iloc[int(bad[0])]
                shown = repr(cell.item() if isinstance(cell, np.generic) else cell)
                self._bad.setdefault(axis, [shown, first + int(bad[0]), 0])[2] += len(bad)
        if self._bad:
            self._kept = None
        elif self._kept is not None:
            values = self._convert(columns)
            self._look_for_gaps(values)
            self._kept.append(values)
        else:
            # Most samples are ordinary, and only a few of these are looked at again.
            if not all(_is_ordinary(numbers) for numbers in columns):
                self._look_for_gaps(self._convert(columns))
            chosen = self._preview.choose(first)
            self._preview.update(self._convert([numbers[chosen] for numbers in columns])[self._judged])

    def _convert(self, columns: list[np.ndarray]) -> np.ndarray:
        """Convert to the units of this package, one row per axis; impossible values remain."""
        values = np.empty((len(columns), len(columns[0])))
        for i, numbers in enumerate(columns):
            values[i] = numbers
        convert_units(values, list(self._axes), self._signals.factors)
        return values

    def _look_for_gaps(self, values: np.ndarray) -> None:
        """Count what is missing; impossible values become missing."""
        self._n_impossible += clear_impossible(values)
        self._n_missing += int(np.isnan(values).any(axis=0).sum())

    def check(self) -> None:
        """Raise if there are cells that are no numbers."""
        table = self._signals.table
        for axis in self._axes:
            if axis not in self._bad:
                continue
            cell, sample, number = self._bad[axis]
            raise recording_error(
                table.path,
                f"the column '{self._signals.names_in_file[self.name]} {axis}' holds something else than numbers",
                f"{cell} in sample {sample} (row {sample + table.first_line} of the file)"
                + (f" and {number - 1} more" if number > 1 else ""),
                "numbers, or empty cells where samples are missing",
                "Correct these cells",
            )

    def notes(self, n_samples: int) -> Iterator[str]:
        if self._n_impossible:
            yield (
                f"impossible values of '{self.name}' (infinite, or beyond {LARGEST:g}) are treated as missing: "
                f"{self._n_impossible}"
            )
        if self._n_missing:
            yield f"{self._n_missing} of {n_samples} samples of '{self.name}' have missing values"

    def preview(self) -> pd.DataFrame:
        axes = list(self._axes)
        return pd.DataFrame(self._preview.values().T, columns=[axes[i] for i in self._judged])

    def frame(self) -> pd.DataFrame:
        """All samples; they are not kept any longer."""
        kept, self._kept = self._kept or [], None
        values = kept[0] if len(kept) == 1 else np.concatenate(kept, axis=1)
        return pd.DataFrame(values.T, columns=list(self._axes), copy=False)


class _Thinned:
    """Every second, fourth, eighth ... sample, so that there are never too many; the ones that judge the units."""

    def __init__(self, n_rows: int) -> None:
        self._step = 1
        self._n_kept = 0
        self._kept: list[np.ndarray] = [np.zeros((n_rows, 0))]

    def choose(self, first: int) -> slice:
        """Choose the samples of a chunk that begins with sample ``first``."""
        return slice(-first % self._step, None, self._step)

    def update(self, chosen: np.ndarray) -> None:
        """Take in the chosen samples of the next chunk, one row per channel."""
        clear_impossible(chosen)
        self._kept.append(chosen)
        self._n_kept += chosen.shape[1]
        while self._n_kept > MAX_JUDGED_SAMPLES:
            self._kept = [self.values()[:, ::2].copy()]
            self._n_kept = self._kept[0].shape[1]
            self._step *= 2

    def values(self) -> np.ndarray:
        return np.concatenate(self._kept, axis=1)


def _is_ordinary(numbers: np.ndarray) -> bool:
    """Whether no number is missing, or so large that it may be impossible in other units."""
    largest = LARGEST / 100
    return len(numbers) > 0 and float(numbers.min()) >= -largest and float(numbers.max()) <= largest
