"""Conversion of stride lists between the stride types, their consistency, and their cut to regions of interest."""

from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from gaitmap.utils._checks import check_number, check_option
from gaitmap.utils.consts import ROI_ID_COLS, SL_ADDITIONAL_COLS, SL_COLS, SL_EVENT_ORDER, SL_INDEX
from gaitmap.utils.datatype_helper import (
    SingleSensorRegionsOfInterestList,
    SingleSensorStrideList,
    StrideList,
    get_single_sensor_regions_of_interest_types,
    is_single_sensor_regions_of_interest_list,
    is_single_sensor_stride_list,
    is_stride_list,
    set_correct_index,
)

__all__ = ["convert_stride_list", "enforce_stride_list_consistency", "intersect_stride_list"]

_TARGET_TYPES = ("min_vel", "ic")
_SOURCE_TYPES = ("segmented", "ic")
_SAMPLE_COLS = [*SL_COLS, *SL_ADDITIONAL_COLS["min_vel"]]


def convert_stride_list(
    stride_list: StrideList,
    target_stride_type: Literal["min_vel", "ic"],
    source_stride_type: Literal["segmented", "ic"] = "segmented",
    *,
    tolerance: float = 0,
    require_all_events: bool = True,
    return_removed: bool = False,
) -> StrideList | tuple[StrideList, StrideList]:
    """Cut strides anew, so that they start and end at another event.

    Each stride is joined with the next one in time if that one starts where it ends; the new stride runs from the
    target event of the first to the target event of the second. Hence m strides in a row give m - 1 new ones, and the
    id of the last stride of each sequence is missing in the result.

    Parameters
    ----------
    stride_list
        Stride list(s) with the events ``ic``, ``tc`` and ``min_vel``; one DataFrame, or a dict with one per sensor.
        The rows may have any order.
    target_stride_type
        The event at which the new strides start and end: ``"min_vel"`` or ``"ic"``.
    source_stride_type
        How the given strides are cut: ``"segmented"`` (shortly before ``tc``) or ``"ic"``.
    tolerance
        Largest gap or overlap between two strides that still counts as adjacent, in samples.
    require_all_events
        If False, only the target event is needed: columns of other events may be absent, and a stride is kept where
        they are NaN.
    return_removed
        If True, the strides that gave no new stride are returned as well.

    Returns
    -------
    converted
        The new stride list(s) in the order of time, with the index ``s_id`` (of the first of the two strides).
        ``start`` and ``end`` are the target event of the two. ``min_vel`` strides have the additional column
        ``pre_ic``. Further columns come from the first of the two strides, and a NaN in any column drops the stride.
    removed
        Only with ``return_removed``: the rows of the input (index ``s_id``) that have no counterpart in ``converted``.

    Raises
    ------
    ValidationError
        If the stride list is none, or lacks an event.
    ValueError
        If a stride type is unknown or the tolerance negative.

    Examples
    --------
    >>> import pandas as pd
    >>> strides = pd.DataFrame(
    ...     {"s_id": [0, 1], "start": [0, 99], "end": [99, 198], "tc": [5, 105], "ic": [40, 140], "min_vel": [70, 170]}
    ... )
    >>> convert_stride_list(strides, "min_vel").reset_index()
       s_id  start    end     tc     ic  min_vel  pre_ic
    0     0     70  170.0  105.0  140.0       70      40
    """
    check_option("convert_stride_list", "target_stride_type", target_stride_type, _TARGET_TYPES)
    check_option("convert_stride_list", "source_stride_type", source_stride_type, _SOURCE_TYPES)
    check_number("convert_stride_list", "tolerance", tolerance, at_least=0)
    if require_all_events:
        kind = is_stride_list(stride_list, stride_type="segmented")
    else:
        kind = is_stride_list(stride_list, stride_type="any", check_additional_cols=(target_stride_type,))

    def convert(strides: SingleSensorStrideList) -> tuple[SingleSensorStrideList, SingleSensorStrideList]:
        strides = set_correct_index(strides, SL_INDEX)
        needed = None if require_all_events else SL_COLS
        in_time = strides.sort_values("start", kind="stable")
        converted = join_with_next_stride(in_time, target_stride_type, source_stride_type, tolerance, needed)
        return converted, strides[~strides.index.isin(converted.index)]

    if kind == "single":
        converted, removed = convert(stride_list)
    else:
        parts = {sensor: convert(strides) for sensor, strides in stride_list.items()}
        converted = {sensor: part[0] for sensor, part in parts.items()}
        removed = {sensor: part[1] for sensor, part in parts.items()}
    return (converted, removed) if return_removed else converted


def join_with_next_stride(
    stride_list: SingleSensorStrideList,
    target_stride_type: str,
    source_stride_type: str,
    tolerance: float = 0,
    needed: list[str] | None = None,
) -> SingleSensorStrideList:
    """Convert a stride list with the index ``s_id``, sorted by start, without any check.

    All events but the target may be absent.

    Strides with a NaN in one of the columns ``needed`` (default: all) are dropped.
    """
    rows = np.flatnonzero(is_followed_directly(stride_list, tolerance))
    columns = {column: stride_list[column].array.take(rows) for column in stride_list.columns}

    def of_next_stride(event: str) -> np.ndarray:
        return _as_float(stride_list[event])[rows + 1]

    if target_stride_type == "min_vel" and "ic" in columns:
        columns["pre_ic"] = columns["ic"]
        columns["ic"] = of_next_stride("ic")
    if source_stride_type == "segmented" and "tc" in columns:  # "ic" strides hold the right tc already
        columns["tc"] = of_next_stride("tc")
    columns["start"] = columns[target_stride_type]
    columns["end"] = of_next_stride(target_stride_type)
    complete = np.ones(len(rows), dtype=bool)
    for column in columns if needed is None else needed:
        complete &= ~pd.isna(columns[column])
    index = stride_list.index[rows[complete]]
    return pd.DataFrame({name: values[complete] for name, values in columns.items()}, index=index)


def is_followed_directly(stride_list: SingleSensorStrideList, tolerance: float = 0) -> np.ndarray:
    """Tell for each row of a list that is sorted by start whether the next one starts where it ends."""
    gap = _as_float(stride_list["start"])[1:] - _as_float(stride_list["end"])[:-1]
    followed = np.zeros(len(stride_list), dtype=bool)
    followed[:-1] = np.abs(gap) <= tolerance
    return followed


def enforce_stride_list_consistency(
    stride_list: SingleSensorStrideList,
    input_stride_type: Literal["segmented", "min_vel", "ic"],
    check_stride_list: bool = True,
) -> tuple[SingleSensorStrideList, SingleSensorStrideList]:
    """Separate strides whose events are in the order of their stride type from those whose are not.

    The orders are ``tc < ic < min_vel`` (segmented), ``pre_ic < min_vel < tc < ic`` (min_vel) and
    ``ic < min_vel < tc`` (ic). Only the events that exist as columns are compared; a NaN is never in order. ``start``
    and ``end`` are not looked at.

    Parameters
    ----------
    stride_list
        Stride list of one sensor with at least one event.
    input_stride_type
        How the strides are cut.
    check_stride_list
        If True, the list must have all columns of its type. If False, any subset of the events will do.

    Returns
    -------
    kept, removed
        The strides in order and the others; columns, index and row order as in the input. A list with a single event
        cannot be out of order: it is returned as it is.

    Raises
    ------
    ValidationError
        If ``check_stride_list`` and the list is no stride list of one sensor of this type.
    ValueError
        If the stride type is unknown or the list has no event.

    Examples
    --------
    >>> import pandas as pd
    >>> strides = pd.DataFrame(
    ...     {"s_id": [0, 1], "start": [0, 99], "end": [99, 198], "tc": [5, 150], "ic": [40, 140], "min_vel": [70, 170]}
    ... )
    >>> kept, removed = enforce_stride_list_consistency(strides, "segmented")
    >>> list(kept["s_id"]), list(removed["s_id"])
    ([0], [1])
    """
    check_option("enforce_stride_list_consistency", "input_stride_type", input_stride_type, tuple(SL_EVENT_ORDER))
    if check_stride_list:
        is_single_sensor_stride_list(stride_list, stride_type=input_stride_type, raise_exception=True)
    events = [event for event in SL_EVENT_ORDER[input_stride_type] if event in stride_list.columns]
    if not events:
        raise ValueError(
            "No valid events found in the stride list. "
            f"Found the columns {list(stride_list.columns)}. "
            f"Expected at least one of {SL_EVENT_ORDER[input_stride_type]}."
        )
    if len(events) == 1:
        return stride_list, stride_list.iloc[:0]
    in_order = np.ones(len(stride_list), dtype=bool)
    for earlier, later in pairwise(events):
        in_order &= _as_float(stride_list[earlier]) < _as_float(stride_list[later])
    return stride_list[in_order], stride_list[~in_order]


def intersect_stride_list(
    stride_event_list: SingleSensorStrideList, regions_of_interest: SingleSensorRegionsOfInterestList
) -> list[SingleSensorStrideList]:
    """Cut a stride list to regions of interest.

    Parameters
    ----------
    stride_event_list
        Stride list of one sensor, of any type.
    regions_of_interest
        Regions (``roi_id``) or gait sequences (``gs_id``) of the same sensor. They may overlap.

    Returns
    -------
    list of DataFrame
        One stride list (index ``s_id``) per region, in the order of the regions: the strides that lie completely
        inside, with ``start``, ``end`` and the events counted from the start of the region. Other columns are left as
        they are. Events outside of the region are kept: the ``pre_ic`` of a first stride can be negative.

    Raises
    ------
    ValidationError
        If one of the two lists is none, or belongs to several sensors.

    Examples
    --------
    >>> import pandas as pd
    >>> strides = pd.DataFrame({"s_id": [0, 1, 2], "start": [0, 100, 200], "end": [100, 200, 300]})
    >>> regions = pd.DataFrame({"roi_id": [0], "start": [90], "end": [300]})
    >>> intersect_stride_list(strides, regions)[0].reset_index()
       s_id  start  end
    0     1     10  110
    1     2    110  210
    """
    is_single_sensor_stride_list(stride_event_list, stride_type="any", raise_exception=True)
    is_single_sensor_regions_of_interest_list(regions_of_interest, region_type="any", raise_exception=True)
    strides = set_correct_index(stride_event_list, SL_INDEX)
    regions = set_correct_index(
        regions_of_interest, [ROI_ID_COLS[get_single_sensor_regions_of_interest_types(regions_of_interest)]]
    )
    starts, ends = _as_float(strides["start"]), _as_float(strides["end"])
    by_start = np.argsort(starts, kind="stable")
    sorted_starts = starts[by_start]
    sample_columns = [column for column in _SAMPLE_COLS if column in strides.columns]

    cut = []
    for region_start, region_end in zip(regions["start"].to_numpy(), regions["end"].to_numpy(), strict=True):
        first = np.searchsorted(sorted_starts, region_start, side="left")
        last = np.searchsorted(sorted_starts, region_end, side="right")
        rows = by_start[first:last]
        rows = np.sort(rows[ends[rows] <= region_end])
        inside = strides.iloc[rows]
        cut.append(inside.assign(**{column: inside[column] - region_start for column in sample_columns}))
    return cut


def _as_float(column: pd.Series) -> np.ndarray[Any, np.dtype[np.float64]]:
    return column.to_numpy(dtype="float64", na_value=np.nan)
