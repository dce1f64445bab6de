"""The tables of a results folder, built from the results of the single steps."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
import pandas as pd

from gaitmap.base._table_terms import STRIDE_TERMS
from gaitmap.base._terms import ALL_PARAMETER_TERMS, PARAMETER_TERMS
from gaitmap.results._foot_columns import ANALYSED, EVENTS, FootColumns
from gaitmap.utils._checks import check_option, check_sampling_rate
from gaitmap.utils._clock_times import clock_times
from gaitmap.utils._feet import foot_in_name
from gaitmap.utils.consts import GF_ORI, GF_POS, GF_VEL
from gaitmap.utils.datatype_helper import set_correct_index
from gaitmap.utils.exceptions import ValidationError

#: What becomes of a stride: it has parameters, or the kind of reason why not.
STATUSES = (ANALYSED, "no_rest", "gap", "implausible", "not_gait", "failed")
#: dtypes of the strides table but for ``start_time`` and the parameters (float64), which follow.
STRIDE_DTYPES: dict[str, str] = {
    "recording": "str",
    "foot": "str",
    "s_id": "int64",
    "status": "str",
    "reason": "str",
    "kind": "str",
    "movement": "str",
    "bout_id": "Int64",
    "is_turning": "boolean",
    "start": "int64",
    "end": "int64",
    **dict.fromkeys(EVENTS, "Int64"),
    **dict.fromkeys(["start_s", "end_s", *(f"{event}_s" for event in EVENTS)], "float64"),
}
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
    not_analysed: Mapping[Any, pd.DataFrame] | None = None,
    bout_ids: Mapping[Any, Mapping[Any, int]] | None = None,
    is_turning: Mapping[Any, pd.Series] | None = None,
    labels: Mapping[Any, pd.DataFrame] | None = None,
    remarks: Mapping[Any, pd.Series] | None = None,
    further_parameters: Sequence[Mapping[Any, pd.DataFrame]] = (),
    start_time: pd.Timestamp | None = None,
) -> pd.DataFrame:
    """Build the table with one row per stride that was found, of both feet.

    Parameters
    ----------
    stride_list
        ``{sensor: stride list}``: ``s_id`` as index or column, ``start``, ``end`` in samples, and as far as known the
        events ``pre_ic``, ``ic``, ``min_vel``, ``tc`` (missing columns and NaN mean: not found).
    sampling_rate_hz
        Sampling rate of these samples in Hz.
    recording
        Name of the recording.
    parameters
        Tables of gait parameters per sensor, indexed by ``s_id`` (``parameters_`` of the parameter classes). Strides
        without a row get NaN; rows without a stride are ignored.
    not_analysed
        ``{sensor: DataFrame}`` of strides that were found but do not count: index ``s_id``, columns ``start``, ``end``
        (samples), ``status`` (one of :data:`STATUSES` but the first) and ``reason``. They need not be in
        ``stride_list``; their parameters are left empty.
    bout_ids
        ``{sensor: {s_id: bout}}``, where walking bouts were computed.
    is_turning
        ``{sensor: boolean series by s_id}``, where turning strides were found out.
    labels
        ``{sensor: DataFrame}``, index ``s_id``, with what the segmentation tells of a stride: columns ``kind``
        ("walking", "start", "stop", ...) and ``movement`` ("level", "up", "down"), as far as known.
    remarks
        ``{sensor: text by s_id}``, added to the reasons of strides that are analysed.
    further_parameters
        More tables of parameters, for columns that need not exist for every stride: the reason of a stride does not
        name them.
    start_time
        Clock time of the first sample with its time zone, for the column ``start_time``.

    Returns
    -------
    DataFrame
        The columns ``recording, foot, s_id, status, reason, kind, movement, bout_id, is_turning, start, end``, the
        events in samples, all of these times in s (``start_s`` ...), ``start_time`` (empty where it is not known), and
        the parameters (all that gaitmap knows, NaN where they were not computed, others behind them).
        The reason of an analysed stride names what could not be found in it. Sorted by foot (left first) and start.
        Columns and dtypes do not depend on the number of strides.

    Raises
    ------
    ValidationError
        If the foot of a sensor is not known, or ids are there twice.
    ValueError
        If a status is none of :data:`STATUSES`.
    """
    check_sampling_rate("build_strides", sampling_rate_hz)
    named = list(dict.fromkeys([*PARAMETER_TERMS, *_column_names(parameters)]))
    known = [name for name in STRIDE_TERMS if name in ALL_PARAMETER_TERMS]
    parameter_names = list(dict.fromkeys([*known, *named, *_column_names(further_parameters)]))
    others = not_analysed or {}
    for name in {status for table in others.values() for status in table["status"]}:
        check_option("build_strides", "status", name, STATUSES[1:])
    feet = [
        FootColumns(
            foot_of(sensor),
            set_correct_index(stride_list[sensor], ["s_id"]) if sensor in stride_list else None,
            others.get(sensor),
            [set_correct_index(t[sensor], ["s_id"]) for t in (*parameters, *further_parameters) if sensor in t],
        )
        for sensor in sorted({**stride_list, **others}, key=foot_of)
    ]
    sensors = dict(zip((foot.name for foot in feet), sorted({**stride_list, **others}, key=foot_of), strict=True))

    # Column by column, each in its final type: of a week, a second copy of the whole table would be 160 MB.
    def joined(column: Callable[[FootColumns], Any], dtype: str) -> pd.Series:
        parts = [pd.Series(column(foot), dtype=dtype) for foot in feet]
        return pd.concat(parts, ignore_index=True) if parts else pd.Series(dtype=dtype)

    def of_foot(source: Mapping[Any, Any] | None, foot: FootColumns) -> Any:
        return (source or {}).get(sensors[foot.name])

    columns = {
        "foot": joined(lambda foot: np.full(len(foot.ids), foot.name), "str"),
        "s_id": joined(lambda foot: foot.ids, "int64"),
        "status": joined(lambda foot: foot.status, "str"),
        "reason": joined(lambda foot: foot.reasons(named, of_foot(remarks, foot)), "str"),
        "kind": joined(lambda foot: foot.label("kind", of_foot(labels, foot)), "str"),
        "movement": joined(lambda foot: foot.label("movement", of_foot(labels, foot)), "str"),
        "bout_id": joined(lambda foot: foot.bouts(of_foot(bout_ids, foot) or {}), "Int64"),
        "is_turning": joined(lambda foot: foot.marks(of_foot(is_turning, foot)), "boolean"),
        "start": joined(lambda foot: foot.borders("start"), "int64"),
        "end": joined(lambda foot: foot.borders("end"), "int64"),
        **{event: joined(partial(FootColumns.event, name=event), "Int64") for event in EVENTS},
        **{name: joined(partial(FootColumns.parameter, name=name), "float64") for name in parameter_names},
    }
    columns["recording"] = pd.Series(recording, index=columns["s_id"].index, dtype="str")
    for name in ["start", "end", *EVENTS]:
        samples = columns[name].to_numpy(dtype=float, na_value=np.nan)
        columns[f"{name}_s"] = pd.Series(samples / sampling_rate_hz)
    columns["start_time"] = clock_times(start_time, columns["start_s"])
    order = [*STRIDE_DTYPES, "start_time", *parameter_names]
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
