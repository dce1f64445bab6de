"""What a foot needs to keep while its recording arrives in blocks."""

from collections.abc import Hashable, Iterable

import numpy as np
import pandas as pd

from gaitmap.pipelines.blocks._sample_buffer import SampleBuffer
from gaitmap.pipelines.outcome._stride_tables import StrideTables
from gaitmap.utils.consts import SL_ADDITIONAL_COLS

_SAMPLES = ("start", "end", *SL_ADDITIONAL_COLS["min_vel"])
_PER_STRIDE = ("events", "trajectory", "temporal", "spatial", "foot")
_NOT_DETECTED = "events were not detected in this part of the recording"


class FootBuffer:
    """The signal of a foot as far as it is needed, and its strides that wait for what comes behind them.

    Strides are analysed in groups. A stride from mid-stance to mid-stance reaches into the next stride, so the last
    stride of a group is the first one of the next group again. All positions count from the start of the recording, but
    for those of :meth:`as_local`.

    Attributes
    ----------
    signal
        The last part of the aligned signal.
    last_events
        The last stride from mid-stance to mid-stance that was found, as a table of one row (or none).
    """

    def __init__(self) -> None:
        self.signal = SampleBuffer()
        self.last_events = pd.DataFrame({"start": [], "end": []}, dtype="float64").rename_axis("s_id")
        self._waiting: pd.DataFrame | None = None
        self._carried: pd.DataFrame | None = None
        self._regions: pd.DataFrame | None = None
        self._group: pd.DataFrame | None = None
        self._is_last_group = False
        self._offset = 0

    def add(self, strides: pd.DataFrame | None, regions: pd.DataFrame | None) -> None:
        """Take strides, and where paths need them gait sequences, that are certain."""
        self._waiting = _join(self._waiting, strides)
        self._regions = _join(self._regions, regions)

    def next_group(self, n_behind: int, open_from: int, *, at_end: bool) -> pd.DataFrame | None:
        """Give the strides that have all their samples, and ``n_behind`` more; None if there are none (but at the end).

        At the end the group may be empty. Strides to come have no samples before ``open_from``.
        """
        if self._waiting is None:
            return None
        n_ready = len(self._waiting)
        if not at_end:
            ends = self._region_ends() if self._regions is not None else self._waiting["end"].to_numpy()
            n_ready = int(np.argmin(np.append(ends + n_behind <= self.signal.end, False)))
        known = 0 if self._carried is None else len(self._carried)
        # A stride that none can follow directly any more is done with; else a long rest would be kept in memory.
        is_last = n_ready == len(self._waiting) and known > 0 and open_from > self._carried["end"].max()  # type: ignore[index]
        if n_ready == 0 and not is_last and not at_end:
            return None
        ready, self._waiting = self._waiting.iloc[:n_ready], self._waiting.iloc[n_ready:]
        self._group = _join(self._carried, ready)
        self._is_last_group = at_end or (is_last and n_ready == 0)
        return self._group

    def regions_of(self, strides: pd.DataFrame) -> pd.DataFrame | None:
        """Give the gait sequences in which the strides are; None if they are not needed."""
        if self._regions is None:
            return None
        return self._regions[self._regions.index.isin(strides["gs_id"])]

    def signal_of(self, strides: pd.DataFrame, n_before: int, n_behind: int) -> pd.DataFrame:
        """Give the signal around the strides; :meth:`as_local` counts from its start."""
        # A stride before these gait sequences may be among them, as the one that others could have followed.
        borders = [part[["start", "end"]] for part in (strides, self.regions_of(strides)) if part is not None]
        around = pd.concat(borders)
        start, end = (self.signal.end,) * 2
        if len(around) > 0:
            start, end = int(around["start"].min()), int(around["end"].max())
        self._offset = max(self.signal.first, start - n_before)
        return self.signal.cut(self._offset, end + n_behind)

    def as_local(self, table: pd.DataFrame | None, columns: Iterable[str]) -> pd.DataFrame | None:
        """Count samples from the start of the last :meth:`signal_of`."""
        return None if table is None else _shifted(table, -self._offset, columns)

    def settle(self, tables: StrideTables, sensor: Hashable) -> None:
        """Count the samples in the tables of a group from the start of the recording, each stride in one table only."""
        group = self._group
        assert group is not None
        n_known = 0 if self._carried is None else len(self._carried)
        tables.strides[sensor] = group.iloc[n_known:]
        final = group.index if self._is_last_group else group.index[:-1]
        if sensor in tables.events:
            # Detectors that need no stride behind have told all about the carried one before.
            for name in _PER_STRIDE:
                _drop_strides(getattr(tables, name), sensor, self.last_events.index)
            events = tables.events[sensor]
            samples = [column for column in _SAMPLES if column in events]
            tables.events[sensor] = _shifted(events, self._offset, samples)
            reasons = tables.reasons[sensor]
            tables.reasons[sensor] = reasons[reasons.index.isin(final)]
            if len(tables.events[sensor]) > 0:
                self.last_events = tables.events[sensor].iloc[-1:].copy()
        else:
            failed = pd.DataFrame({"missing": "stride", "reason": _NOT_DETECTED}, index=final, dtype="str")
            tables.reasons[sensor] = failed
        if sensor in tables.between:
            tables.between[sensor] = _shifted(tables.between[sensor], self._offset, ("start", "end"))
        self._carried = None if self._is_last_group else group.iloc[-1:].copy()
        self._group = None

    def forget(self, open_from: int, n_before: int) -> None:
        """Release the samples that no stride will need."""
        known = [strides for strides in (self._carried, self._waiting) if strides is not None and len(strides) > 0]
        needed = [open_from, *(int(strides["start"].min()) for strides in known)]
        if self._regions is not None:
            waiting = self.regions_of(self._waiting) if self._waiting is not None else self._regions[:0]
            self._regions = waiting
            needed += waiting["start"].tolist()  # type: ignore[index]
        self.signal.forget_before(min(needed) - n_before)

    def _region_ends(self) -> np.ndarray:
        assert self._regions is not None
        assert self._waiting is not None
        return self._regions["end"].reindex(self._waiting["gs_id"]).to_numpy()


def _join(first: pd.DataFrame | None, second: pd.DataFrame | None) -> pd.DataFrame | None:
    """Join tables that may not be there; empty ones must not change the dtypes."""
    parts = [part for part in (first, second) if part is not None]
    filled = [part for part in parts if len(part) > 0]
    if len(filled) > 1:
        return pd.concat(filled)
    return filled[0] if filled else next(iter(parts), None)


def _drop_strides(tables: dict[Hashable, pd.DataFrame], sensor: Hashable, s_ids: pd.Index) -> None:
    if sensor in tables:
        of_row = tables[sensor].index.get_level_values("s_id")
        if (is_known := of_row.isin(s_ids)).any():
            tables[sensor] = tables[sensor][~is_known]


def _shifted(table: pd.DataFrame, offset: int, columns: Iterable[str]) -> pd.DataFrame:
    columns = list(columns)
    return table.assign(**{column: table[column] + offset for column in columns})
