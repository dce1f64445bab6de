"""The columns of a file as the signals of sensors: which they are, and their numbers in the units of this package."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol, TypeVar

import numpy as np
import pandas as pd

from gaitmap.recordings._errors import recording_error

_Item = TypeVar("_Item")
#: Beyond what any sensor measures, in any unit: placeholders for missing values (1e20, largest number of 32 bits), and
#: cells of damaged files.
LARGEST = 1e12


class Table(Protocol):
    """The rows of a file, which are read chunk by chunk."""

    @property
    def path(self) -> Path:
        """The file."""

    @property
    def labels(self) -> tuple[str, ...]:
        """One text per column."""

    @property
    def first_line(self) -> int:
        """Row of the file, counted from 1, in which the first sample is."""

    def chunks(
        self, positions: Sequence[int], *, start: int = 0, check_rows: bool = False
    ) -> Iterator[tuple[int, dict[int, pd.Series]]]:
        """Read some columns, by position."""


@dataclass(frozen=True)
class Signals:
    """Where the signals are in a file.

    Attributes
    ----------
    table
        The rows of the file.
    axes
        ``{sensor: {axis: position of the column}}``.
    factors
        ``{"acc": factor, "gyr": factor}`` from the unit of the file to the one of this package.
    names_in_file
        ``{sensor: its name in the file}``.
    """

    table: Table
    axes: dict[str, dict[str, int]]
    factors: dict[str, float]
    names_in_file: dict[str, str]

    def restrict_to(self, columns: Collection[str]) -> "Signals":
        """Keep the named axes of each sensor."""
        axes = {name: {axis: p for axis, p in axes.items() if axis in columns} for name, axes in self.axes.items()}
        return replace(self, axes=axes)

    @property
    def positions(self) -> list[int]:
        """All columns that are read."""
        return [position for axes in self.axes.values() for position in axes.values()]

    def blocks(self, start: int, stop: int, block_length: int) -> Iterator[dict[str, pd.DataFrame]]:
        """Give the samples from ``start`` to ``stop`` in blocks; see :meth:`RecordingFile.blocks`."""
        begin, block, filled = start, _Block(self.axes, 0), 0
        for first, chunk in read_ahead(self.table.chunks(self.positions, start=start)):
            numbers = {position: self._numbers_only(column) for position, column in chunk.items()}
            n_rows = len(next(iter(numbers.values())))
            done = max(0, start - first)
            while done < n_rows and begin < stop:
                if filled == 0:
                    block = _Block(self.axes, min(block_length, stop - begin))
                taken = min(n_rows - done, block.length - filled)
                block.fill(filled, {p: values[done : done + taken] for p, values in numbers.items()})
                filled, done = filled + taken, done + taken
                if filled == block.length:
                    frames = block.frames(begin, self.factors)
                    begin, filled, block = begin + filled, 0, _Block(self.axes, 0)
                    yield frames
        if begin < stop:
            raise file_has_changed(self.table.path)

    def _numbers_only(self, column: pd.Series) -> np.ndarray:
        numbers, bad = to_numbers(column)
        if len(bad):
            raise file_has_changed(self.table.path)
        return numbers


class _Block:
    """Arrays for one block; one contiguous row per axis, which pandas takes over as columns without a copy."""

    def __init__(self, axes: Mapping[str, Mapping[str, int]], length: int) -> None:
        self.length = length
        self._axes = axes
        self._values = {name: np.empty((len(positions), length)) for name, positions in axes.items()}

    def fill(self, at: int, numbers: Mapping[int, np.ndarray]) -> None:
        for name, positions in self._axes.items():
            for row, position in zip(self._values[name], positions.values(), strict=True):
                values = numbers[position]
                row[at : at + len(values)] = values

    def frames(self, first: int, factors: Mapping[str, float]) -> dict[str, pd.DataFrame]:
        frames = {}
        for name, values in self._values.items():
            axes = list(self._axes[name])
            convert_units(values, axes, factors)
            clear_impossible(values)
            index = pd.RangeIndex(first, first + self.length)
            frames[name] = pd.DataFrame(values.T, columns=axes, index=index, copy=False)
        return frames


def read_ahead(items: Iterator[_Item]) -> Iterator[_Item]:
    """Get the next item already while the one before is worked with: reading leaves the other cores free."""
    with ThreadPoolExecutor(max_workers=1) as executor:
        coming = executor.submit(next, items, None)
        while (item := coming.result()) is not None:
            coming = executor.submit(next, items, None)
            yield item


def convert_units(values: np.ndarray, axes: Sequence[str], factors: Mapping[str, float]) -> None:
    """Convert the rows of ``values``, one per axis, in place."""
    for i, axis in enumerate(axes):
        factor = factors.get(axis[:3], 1.0)
        if factor != 1.0:
            with np.errstate(over="ignore"):
                values[i] *= factor


def clear_impossible(values: np.ndarray) -> int:
    """Make values missing, in place, that are infinite or larger than any sensor measures; returns their number."""
    if values.size == 0 or (values.min() >= -LARGEST and values.max() <= LARGEST):
        return 0
    impossible = np.abs(values) > LARGEST
    values[impossible] = np.nan
    return int(np.count_nonzero(impossible))


def to_numbers(column: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Numbers of a column (missing ones as NaN), and the rows that hold something else."""
    types = pd.api.types
    if types.is_numeric_dtype(column) and not types.is_bool_dtype(column):
        if isinstance(column.dtype, np.dtype):
            return column.to_numpy(), np.zeros(0, dtype=int)
        return column.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(0, dtype=int)
    no_numbers = np.full(len(column), np.nan)
    if types.is_bool_dtype(column) or types.is_datetime64_any_dtype(column) or types.is_timedelta64_dtype(column):
        return no_numbers, np.flatnonzero(column.notna().to_numpy())
    try:
        numbers = pd.to_numeric(column, errors="coerce")
        values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    except (TypeError, ValueError):
        # Lists and the like.
        return no_numbers, np.flatnonzero(column.notna().to_numpy())
    return values, np.flatnonzero(np.isnan(values) & column.notna().to_numpy())


def file_has_changed(path: Path) -> Exception:
    """Build the error about a file that is not as it was."""
    return recording_error(
        path,
        "the file has changed since it was opened",
        "other content",
        "the same file until the analysis has ended",
        "Run the analysis again, and leave the file alone meanwhile",
    )
