"""Columns of parameters over the strides of both feet, made when they are asked for."""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import pandas as pd


class StrideColumns(Mapping[str, np.ndarray]):
    """Parameters of both feet in a common order of the strides; all columns of a week at once would have 120 MB.

    Parameters
    ----------
    n_strides
        Number of strides of both feet.
    feet
        ``(rows, table, positions)`` of each foot: where its strides are among all, its parameters, and which row of
        the table belongs to each of these strides (-1: none).
    """

    def __init__(self, n_strides: int, feet: Sequence[tuple[np.ndarray, pd.DataFrame, np.ndarray]]) -> None:
        self._n_strides = n_strides
        self._feet = feet
        self._names = dict.fromkeys(name for _, table, _ in feet for name in table.columns)

    def __getitem__(self, name: str) -> np.ndarray:
        if name not in self._names:
            raise KeyError(name)
        values = np.full(self._n_strides, np.nan)
        for rows, table, positions in self._feet:
            if name in table:
                known = positions >= 0
                values[rows[known]] = table[name].to_numpy(dtype=float, na_value=np.nan)[positions[known]]
        return values

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)
