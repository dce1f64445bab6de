"""The tables of a results folder, built from the results of the single steps."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from gaitmap.io._terms import PARAMETER_TERMS
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
    pieces = []
    for sensor in sorted(stride_list, key=foot_of):
        piece = _strides_of_sensor(
            set_correct_index(stride_list[sensor], ["s_id"]),
            [
                set_correct_index(tables[sensor], ["s_id"])
                for tables in (*parameters, *further_parameters)
                if sensor in tables
            ],
            parameter_names,
            further,
            (not_used or {}).get(sensor, {}),
            (bout_ids or {}).get(sensor, {}),
        )
        piece["foot"] = foot_of(sensor)
        pieces.append(piece.sort_values("start", kind="stable"))
    if pieces:
        table = pd.concat(pieces, ignore_index=True)
    else:
        table = _strides_of_sensor(pd.DataFrame(columns=["start", "end"]), [], parameter_names, further, {}, {})
        table["foot"] = ""
    table["recording"] = recording
    for name in ["start", "end", *EVENTS]:
        table[f"{name}_s"] = table[name].to_numpy(dtype=float, na_value=np.nan) / sampling_rate_hz
    dtypes = STRIDE_DTYPES | dict.fromkeys(parameter_names, "float64") | USE_DTYPES
    columns = list(dtypes)
    table = table.astype(dtypes)
    if start_time is not None:
        offset = pd.to_timedelta(np.round(table["start_s"] * 1e9).astype("int64"), unit="ns")
        table["start_time"] = pd.Timestamp(start_time).as_unit("ns") + offset
        columns.insert(len(STRIDE_DTYPES), "start_time")
    return table[columns].reset_index(drop=True)


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


def _strides_of_sensor(
    strides: pd.DataFrame,
    parameter_tables: Sequence[pd.DataFrame],
    parameter_names: Sequence[str],
    may_be_missing: Sequence[str],
    not_used: Mapping[Any, str],
    bout_ids: Mapping[Any, int],
) -> pd.DataFrame:
    ids = strides.index
    if not ids.is_unique:
        raise ValidationError(
            f"Result tables: stride ids must be unique per foot. Found {ids[ids.duplicated()].unique().tolist()[:5]} "
            "more than once. Give every stride of a foot its own s_id."
        )
    piece = pd.DataFrame(
        {"s_id": ids.to_numpy(), "start": strides["start"].to_numpy(), "end": strides["end"].to_numpy()}
    )
    for event in EVENTS:
        piece[event] = _whole_samples(strides[event]) if event in strides.columns else pd.NA
    piece["bout_id"] = pd.array([bout_ids.get(s_id, pd.NA) for s_id in ids], dtype="Int64")
    computed = []
    for name in parameter_names:
        source = next((table[name] for table in parameter_tables if name in table.columns), None)
        if source is None:
            piece[name] = np.nan
        else:
            if name not in may_be_missing:
                computed.append(name)
            piece[name] = source.reindex(ids).to_numpy(dtype=float, na_value=np.nan)
    given = pd.Series([not_used.get(s_id, "") for s_id in ids], dtype="str")
    piece["used"] = (given == "").to_numpy()
    piece["reason"] = given.where(given != "", _name_missing(piece, computed)).to_numpy()
    return piece


def _whole_samples(events: pd.Series) -> pd.arrays.IntegerArray:
    """Events as nullable integers, half samples rounded."""
    values = events.to_numpy(dtype=float, na_value=np.nan)
    missing = np.isnan(values)
    return pd.arrays.IntegerArray(np.where(missing, 0, np.round(values)).astype(np.int64), missing)


def _name_missing(piece: pd.DataFrame, computed: Sequence[str]) -> pd.Series:
    """Name per stride the events, or if all are there the computed parameters, that are missing."""
    events = _join_names(piece[EVENTS].isna())
    values = _join_names(piece[list(computed)].isna())
    return events.where(events != "", values)


def _join_names(missing: pd.DataFrame) -> pd.Series:
    names = missing.columns.to_numpy()
    # Few patterns, many strides: one text per pattern.
    patterns, which = np.unique(missing.to_numpy(dtype=bool), axis=0, return_inverse=True)
    texts = ["not found: " + ", ".join(names[pattern]) if pattern.any() else "" for pattern in patterns]
    return pd.Series([texts[i] for i in which.ravel()], index=missing.index, dtype="str")
