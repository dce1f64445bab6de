"""Columns that count the samples."""

from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.recordings._errors import recording_error


class Counter:
    """A column that may count the samples, read in chunks.

    Attributes
    ----------
    n_samples
        Rows so far.
    is_numeric
        Whether all of them are numbers (or missing).
    """

    def __init__(self) -> None:
        self.n_samples = 0
        self.is_numeric = True
        self._is_whole = True
        self._has_missing = False
        self._n_jumps = 0
        self._first_jump: tuple[int, float, float] = (0, 0.0, 0.0)
        self._last: np.ndarray = np.zeros(0)

    def update(self, counter: pd.Series) -> None:
        """Take in the next chunk."""
        first = self.n_samples - len(self._last)
        self.n_samples += len(counter)
        self.is_numeric = self.is_numeric and pd.api.types.is_numeric_dtype(counter)
        if not self.is_numeric or self._has_missing or len(counter) == 0:
            return
        values = np.concatenate([self._last, counter.to_numpy(dtype=float, na_value=np.nan)])
        self._has_missing = bool(np.isnan(values).any())
        self._is_whole = self._is_whole and bool((values == np.round(values)).all())
        with np.errstate(invalid="ignore"):
            jumps = np.flatnonzero(np.diff(values) != 1)
        if len(jumps) and not self._n_jumps:
            at = int(jumps[0])
            self._first_jump = (first + at, float(values[at]), float(values[at + 1]))
        self._n_jumps += len(jumps)
        self._last = values[-1:]

    @property
    def goes_up_by_one(self) -> bool:
        """Whether each of at least two numbers is one more than the one before."""
        return self.is_numeric and self.n_samples >= 2 and not self._has_missing and not self._n_jumps

    def check(self, *, label: str, path: str | Path) -> bool:
        """Check that all samples are there; False if the column does not count them.

        Raises
        ------
        RecordingError
            If it counts up by one nearly everywhere, but not everywhere: samples are missing or out of order.
        """
        if not self.is_numeric or self.n_samples < 2 or self._has_missing or not self._is_whole:
            return False
        if not self._n_jumps:
            return True
        if self._n_jumps > 0.5 * (self.n_samples - 1):
            return False
        at, before, after = self._first_jump
        raise recording_error(
            path,
            f"the sample counter '{label or 'first column'}' jumps",
            f"{self._n_jumps} jump{'' if self._n_jumps == 1 else 's'}, the first from {before:g} to {after:g} after "
            f"sample {at}",
            "a counter that goes up by one with every row",
            "Samples are missing, or recordings were joined: fill the gaps with empty cells, analyse the parts one by "
            "one, or remove the column if it means something else",
        )
