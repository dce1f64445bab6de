"""The tables of a results folder, built from the results of the single steps."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from gaitmap.base._terms import PARAMETER_TERMS
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils._feet import foot_in_name
from gaitmap.utils.consts import GF_ORI, GF_POS, GF_VEL
from gaitmap.utils.datatype_helper import set_correct_index
from gaitmap.utils.exceptions import ValidationError

EVENTS = ["pre_ic", "ic", "min_vel", "tc"]
#: dtypes of the strides table but for parameters (float64) and ``start_time``.
STRIDE_DTYPES: dict[str, str] = {
    "recording": "str",
    "foot": "str",
    "s_id": "int64",
    "bout_id": "Int64",
    "start": "int64",
    "end": "int64",
    **dict.fromkeys(EVENTS, "Int64"),
    **dict.fromkeys(["start_s", "end_s", *(f"{event}_s" for event in EVENTS)], "float64"),
}
#: Last columns of the strides table.
USE_DTYPES: dict[str, str] = {"used": "bool", "reason": "str"}
#: dtypes of the trajectory table.
TRAJECTORY_DTYPES: dict[str, str] = {
    "recording": "str",
    "foot": "str",
    "s_id": "int64",
    "sample": "int64",
    **dict.fromkeys([*GF_POS, *GF_VEL, *GF_ORI], "float64"),
}


def foot_of(sensor: Any) -> Literal["left", "right"]:
    """Tell the foot from the name of a sensor.

    Raises
    ------
    ValidationError
        If neither or both of "left" and "right" are in the name.
    """
    foot = foot_in_name(sensor)
    if foot is None:
        raise ValidationError(
            f"Result tables: the foot of the sensor {sensor!r} is not known. Expected 'left' or 'right' in its name. "
            "Rename the sensor, for example to left_sensor."
        )
    return foot


def build_strides(
    stride_list: Mapping[Any, pd.DataFrame],
    sampling_rate_hz: float,
    *,
    recording: str,
    parameters: Sequence[Mapping[Any, pd.DataFrame]] = (),
    not_used: Mapping[Any, Mapping[Any, str]] | None = None,
    bout_ids: Mapping[Any, Mapping[Any, int]] | None = None,
    further_parameters: Sequence[Mapping[Any, pd.DataFrame]] = (),
    start_time: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Build the table with one row per stride and foot.

    Parameters
    ----------
    stride_list
        ``{sensor: stride list}``: ``s_id`` as index or column, ``start``, ``end`` in samples, and as far as known the
        events ``pre_ic``, ``ic``, ``min_vel``, ``tc`` (missing columns and NaN mean: not found). Strides that are kept
        for the record only belong here, too; name them in ``not_used``.
    sampling_rate_hz
        Sampling rate of these samples in Hz.
    recording
        Name of the recording.
    parameters
        Tables of gait parameters per sensor, indexed by ``s_id`` (``parameters_`` of the parameter classes). Strides
        without a row get NaN; rows without a stride are ignored.
    not_used
        ``{sensor: {s_id: reason}}`` of the strides that are left out of aggregates.
    bout_ids
        ``{sensor: {s_id: bout}}``, where walking bouts were computed.
    further_parameters
        More such tables, for columns that need not exist for every stride: the reason of a stride does not name them.
    start_time
        Clock time of the first sample with its time zone; adds the column ``start_time``.

    Returns
    -------
    DataFrame
        The columns ``recording, foot, s_id, bout_id, start, end``, the events in samples, all of these times in s
        (``start_s`` ...), ``start_time`` where it is known, the parameters (those of the parameter classes always, NaN
        where they were not computed, others behind them), ``used`` and ``reason``. The reason of a stride that is used
        names what could not be found in it. Sorted by foot (left first) and start. Columns and dtypes do not depend on
        the number of strides.

    Raises
    ------
    ValidationError
        If the foot of a sensor is not known, or ids are there twice.
    """
    check_sampling_rate("build_strides", sampling_rate_hz)
    named = list(dict.fromkeys([*PARAMETER_TERMS, *_column_names(parameters)]))
    further = [name for name in dict.fromkeys(_column_names(further_parameters)) if name not in named]
    parameter_names = [*named, *further]
    feet = [
        _FootColumns(
            foot_of(sensor),
            set_correct_index(stride_list[sensor], ["s_id"]),
            [set_correct_index(t[sensor], ["s_id"]) for t in (*parameters, *further_parameters) if sensor in t],
            (not_used or {}).get(sensor, {}),
            (bout_ids or {}).get(sensor, {}),
        )
        for sensor in sorted(stride_list, key=foot_of)
    ]

    # Column by column, each in its final type: of a week, a second copy of the whole table would be 160 MB.
    def joined(column: Callable[[_FootColumns], Any], dtype: str) -> pd.Series:
        parts = [pd.Series(column(foot), dtype=dtype) for foot in feet]
        return pd.concat(parts, ignore_index=True) if parts else pd.Series(dtype=dtype)

    columns = {
        "foot": joined(lambda foot: foot.names(), "str"),
        "s_id": joined(lambda foot: foot.ids, "int64"),
        "bout_id": joined(lambda foot: foot.bouts(), "Int64"),
        "start": joined(lambda foot: foot.borders("start"), "int64"),
        "end": joined(lambda foot: foot.borders("end"), "int64"),
        **{event: joined(partial(_FootColumns.event, name=event), "Int64") for event in EVENTS},
        **{name: joined(partial(_FootColumns.parameter, name=name), "float64") for name in parameter_names},
        "used": joined(lambda foot: foot.used(), "bool"),
        "reason": joined(lambda foot: foot.reasons(named), "str"),
    }
    columns["recording"] = pd.Series(recording, index=columns["s_id"].index, dtype="str")
    for name in ["start", "end", *EVENTS]:
        samples = columns[name].to_numpy(dtype=float, na_value=np.nan)
        columns[f"{name}_s"] = pd.Series(samples / sampling_rate_hz)
    order = [*STRIDE_DTYPES, *parameter_names, *USE_DTYPES]
    if start_time is not None:
        offset = pd.to_timedelta(np.round(columns["start_s"] * 1e9).astype("int64"), unit="ns")
        columns["start_time"] = pd.Timestamp(start_time).as_unit("ns") + offset
        order.insert(len(STRIDE_DTYPES), "start_time")
    return pd.DataFrame({name: columns.pop(name) for name in order}, copy=False)


def build_trajectory(
    position: Mapping[Any, pd.DataFrame],
    velocity: Mapping[Any, pd.DataFrame] | None = None,
    orientation: Mapping[Any, pd.DataFrame] | None = None,
    *,
    recording: str,
) -> pd.DataFrame:
    """Build the table of the foot paths: one row per sample of each stride.

    Parameters
    ----------
    position, velocity, orientation
        ``{sensor: DataFrame}`` with ``s_id`` and ``sample`` as index or columns, as the trajectory classes return
        them: m, m/s, quaternions (x, y, z, w). What is None comes out as NaN.
    recording
        Name of the recording.

    Returns
    -------
    DataFrame
        ``recording, foot, s_id, sample, pos_x..z, vel_x..z, q_x..q_w``; left foot first.

    Raises
    ------
    ValidationError
        If the foot of a sensor is not known.
    """
    pieces = []
    for sensor in sorted(position, key=foot_of):
        piece = set_correct_index(position[sensor], ["s_id", "sample"])[GF_POS]
        for lists, columns in ((velocity, GF_VEL), (orientation, GF_ORI)):
            if lists is None or sensor not in lists:
                continue
            other = set_correct_index(lists[sensor], ["s_id", "sample"])[columns]
            same_rows = len(other) == len(piece) and other.index.equals(piece.index)
            piece = pd.concat([piece, other], axis=1) if same_rows else piece.join(other)
        piece = piece.reset_index()
        piece["foot"] = foot_of(sensor)
        pieces.append(piece)
    table = pd.concat(pieces, ignore_index=True) if pieces else pd.DataFrame()
    table["recording"] = recording
    return table.reindex(columns=list(TRAJECTORY_DTYPES)).astype(TRAJECTORY_DTYPES)


def _column_names(parameters: Sequence[Mapping[Any, pd.DataFrame]]) -> list[str]:
    return [
        name
        for tables in parameters
        for table in tables.values()
        for name in set_correct_index(table, ["s_id"]).columns
    ]


class _FootColumns:
    """The columns of the strides of one foot, sorted by their starts."""

    def __init__(
        self,
        foot: str,
        strides: pd.DataFrame,
        tables: Sequence[pd.DataFrame],
        not_used: Mapping[Any, str],
        bout_ids: Mapping[Any, int],
    ) -> None:
        if not strides.index.is_unique:
            twice = strides.index[strides.index.duplicated()].unique().tolist()[:5]
            raise ValidationError(
                f"Result tables: stride ids must be unique per foot. Found {twice} more than once. Give every stride "
                "of a foot its own s_id."
            )
        order = np.argsort(strides["start"].to_numpy(), kind="stable")
        self._foot = foot
        self._strides = strides.iloc[order]
        self._sources = [(table, table.index.get_indexer(self.ids)) for table in tables]
        self._not_used = not_used
        self._bout_ids = bout_ids

    @property
    def ids(self) -> pd.Index:
        return self._strides.index

    def names(self) -> np.ndarray:
        return np.full(len(self.ids), self._foot)

    def borders(self, name: str) -> np.ndarray:
        return self._strides[name].to_numpy()

    def bouts(self) -> pd.api.extensions.ExtensionArray:
        return pd.array([self._bout_ids.get(s_id, pd.NA) for s_id in self.ids], dtype="Int64")

    def event(self, name: str) -> pd.arrays.IntegerArray:
        """Return the samples of an event as nullable integers, half samples rounded."""
        known = np.full(len(self.ids), np.nan)
        if name in self._strides:
            known = self._strides[name].to_numpy(dtype=float, na_value=np.nan)
        missing = np.isnan(known)
        return pd.arrays.IntegerArray(np.where(missing, 0, np.round(known)).astype(np.int64), missing)

    def parameter(self, name: str) -> np.ndarray:
        values = np.full(len(self.ids), np.nan)
        source = next((source for source in self._sources if name in source[0]), None)
        if source is not None:
            table, rows = source
            values[rows >= 0] = table[name].to_numpy(dtype=float, na_value=np.nan)[rows[rows >= 0]]
        return values

    def used(self) -> np.ndarray:
        return np.array([not self._not_used.get(s_id, "") for s_id in self.ids], dtype=bool)

    def reasons(self, parameters: Sequence[str]) -> pd.Series:
        """Tell why a stride is not used, or which events, or if all are there which parameters, are missing."""
        given = pd.Series([self._not_used.get(s_id, "") for s_id in self.ids], dtype="str")
        events = _join_names({name: self.event(name).isna() for name in EVENTS})
        computed = [name for name in parameters if any(name in table for table, _ in self._sources)]
        values = _join_names({name: np.isnan(self.parameter(name)) for name in computed}) if computed else ""
        return given.where(given != "", events.where(events != "", values))


def _join_names(missing: Mapping[str, np.ndarray]) -> pd.Series:
    """Name what is missing in each stride."""
    names = np.array(list(missing), dtype=object)
    # Few patterns, many strides: one text per pattern.
    flags = np.column_stack(list(missing.values()))
    patterns, which = np.unique(flags, axis=0, return_inverse=True)
    texts = ["not found: " + ", ".join(names[pattern]) if pattern.any() else "" for pattern in patterns]
    return pd.Series([texts[i] for i in which.ravel()], dtype="str")
