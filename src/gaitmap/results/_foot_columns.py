"""The columns of the strides of one foot."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.utils.exceptions import ValidationError

EVENTS = ["pre_ic", "ic", "min_vel", "tc"]
ANALYSED = "analysed"


class FootColumns:
    """The columns of the strides of one foot, sorted by their starts.

    Parameters
    ----------
    name
        The foot.
    strides
        Strides with their borders and events, indexed by ``s_id``.
    others
        Strides that are not analysed (``start``, ``end``, ``status``, ``reason``), in ``strides`` or not.
    tables
        Parameters, indexed by ``s_id``.
    """

    def __init__(
        self,
        name: str,
        strides: pd.DataFrame | None,
        others: pd.DataFrame | None,
        tables: Sequence[pd.DataFrame],
    ) -> None:
        pieces = [] if strides is None else [strides]
        if others is not None:
            pieces.append(others.loc[~others.index.isin(strides.index) if strides is not None else slice(None)])
            pieces[-1] = pieces[-1][["start", "end"]]
        filled = [piece for piece in pieces if len(piece) > 0]
        found = pd.concat(filled) if len(filled) > 1 else (filled or pieces)[0]
        if not found.index.is_unique:
            twice = found.index[found.index.duplicated()].unique().tolist()[:5]
            raise ValidationError(
                f"Result tables: stride ids must be unique per foot. Found {twice} more than once. Give every stride "
                "of a foot its own s_id."
            )
        self.name = name
        self._strides = found.iloc[np.argsort(found["start"].to_numpy(), kind="stable")]
        self._sources = [(table, table.index.get_indexer(self.ids)) for table in tables]
        self._told = None if others is None else others[["status", "reason"]].reindex(self.ids)

    @property
    def ids(self) -> pd.Index:
        """Return the ids of the strides."""
        return self._strides.index

    @property
    def status(self) -> np.ndarray:
        """Tell what became of each stride."""
        if self._told is None:
            return np.full(len(self.ids), ANALYSED)
        return self._told["status"].fillna(ANALYSED).to_numpy()

    def borders(self, name: str) -> np.ndarray:
        """Return start or end in samples."""
        return self._strides[name].to_numpy()

    def bouts(self, bout_ids: Mapping[Any, int]) -> pd.api.extensions.ExtensionArray:
        """Return the walking bouts of the strides."""
        return pd.array([bout_ids.get(s_id, pd.NA) for s_id in self.ids], dtype="Int64")

    def marks(self, series: pd.Series | None) -> pd.api.extensions.ExtensionArray:
        """Return marks of the strides; missing where they are not known."""
        if series is None:
            return pd.array([pd.NA] * len(self.ids), dtype="boolean")
        return series.astype("boolean").reindex(self.ids).array

    def label(self, name: str, table: pd.DataFrame | None) -> np.ndarray:
        """Return a label of the strides; empty where it is not known."""
        if table is None or name not in table:
            return np.full(len(self.ids), "")
        return table[name].reindex(self.ids).fillna("").to_numpy()

    def event(self, name: str) -> pd.arrays.IntegerArray:
        """Return the samples of an event as nullable integers, half samples rounded."""
        known = np.full(len(self.ids), np.nan)
        if name in self._strides:
            known = self._strides[name].to_numpy(dtype=float, na_value=np.nan)
        missing = np.isnan(known)
        return pd.arrays.IntegerArray(np.where(missing, 0, np.round(known)).astype(np.int64), missing)

    def parameter(self, name: str) -> np.ndarray:
        """Return the values of a parameter; none of strides that are not analysed."""
        values = np.full(len(self.ids), np.nan)
        source = next((source for source in self._sources if name in source[0]), None)
        if source is not None:
            table, rows = source
            values[rows >= 0] = table[name].to_numpy(dtype=float, na_value=np.nan)[rows[rows >= 0]]
        if self._told is not None:
            values[self._told["status"].notna().to_numpy()] = np.nan
        return values

    def reasons(self, parameters: Sequence[str], remarks: pd.Series | None) -> pd.Series:
        """Tell why a stride is not analysed, or which events, or if all are there which parameters, are missing."""
        events = _join_names({name: self.event(name).isna() for name in EVENTS})
        computed = [name for name in parameters if any(name in table for table, _ in self._sources)]
        values = _join_names({name: np.isnan(self.parameter(name)) for name in computed}) if computed else ""
        texts = events.where(events != "", values)
        if remarks is not None:
            more = pd.Series(remarks.reindex(self.ids).fillna("").to_numpy(), dtype="str")
            texts = texts + np.where((texts != "") & (more != ""), "; ", "") + more
        if self._told is None:
            return texts
        given = pd.Series(self._told["reason"].to_numpy(), dtype="str")
        return texts.where(self._told["status"].isna().to_numpy(), given)


def _join_names(missing: Mapping[str, np.ndarray]) -> pd.Series:
    """Name what is missing in each stride."""
    names = np.array(list(missing), dtype=object)
    # Few patterns, many strides: one text per pattern.
    flags = np.column_stack(list(missing.values()))
    patterns, which = np.unique(flags, axis=0, return_inverse=True)
    texts = ["not found: " + ", ".join(names[pattern]) if pattern.any() else "" for pattern in patterns]
    return pd.Series([texts[i] for i in which.ravel()], dtype="str")
