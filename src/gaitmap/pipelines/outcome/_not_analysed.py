"""What becomes of the strides that were found: which of them are not analysed, and why."""

from collections.abc import Hashable, Mapping, Sequence

import numpy as np
import pandas as pd

from gaitmap.event_detection._reasons import MIN_VEL_NOT_FOUND, NO_NEXT_STRIDE, REASONS
from gaitmap.event_detection._reasons import codes as event_codes
from gaitmap.parameters._walking_bouts import OUTSIDE
from gaitmap.utils.datatype_helper import set_correct_index

Tables = Mapping[Hashable, pd.DataFrame]

_NOT_TOLD = "its events do not make a complete stride"
_NO_EVENT_STEP = "events were not detected for this foot"
_NO_PARAMETERS = "no parameter of it could be calculated"
_NO_PATH = "no foot path: samples in it or just before it are missing, or cannot be used"
_NO_REST = {NO_NEXT_STRIDE, MIN_VEL_NOT_FOUND}
_GAP = {REASONS[code] for code in (event_codes.MISSING_SAMPLES, event_codes.TOO_SHORT_FOR_FILTER)}
_IMPLAUSIBLE = {
    "no_start_or_end": "it has no start or end",
    "stride_time_too_short": "it is too short in time for walking",
    "stride_time_too_long": "it is too long in time for walking",
    "stride_length_too_short": "it is too short in space for walking",
}
_OUTSIDE = dict(
    zip(OUTSIDE, ("in no walking bout: too few strides in a row", "in no walking bout: too short a walk"), strict=True)
)
# Kinds of a segmentation that are no gait.
_NO_GAIT = ("not_gait", "no gait")
_COLUMNS = ["start", "end", "status", "reason"]


def not_analysed_strides(found: Tables, events: Tables, reasons: Tables) -> dict[Hashable, pd.DataFrame]:
    """List the strides of the segmentation that have no events to go on with.

    Parameters
    ----------
    found
        ``{sensor: stride list}`` of the segmentation.
    events
        ``{sensor: stride list}`` from mid-stance to mid-stance.
    reasons
        ``{sensor: frame}`` of the event detection: index ``s_id``, columns ``missing`` (an event, or a stride),
        ``reason``, and if the detection tells it itself ``status``. Sensors may be absent.

    Returns
    -------
    dict
        ``{sensor: DataFrame}``, index ``s_id``, columns ``start``, ``end`` (samples), ``status``, ``reason``.
    """
    others = {}
    for sensor, stride_list in found.items():
        strides = set_correct_index(stride_list, ["s_id"])
        if sensor not in events:
            others[sensor] = _with_reason(strides, "failed", _NO_EVENT_STEP)
            continue
        strides = strides[~strides.index.isin(events[sensor].index)]
        told = reasons[sensor] if sensor in reasons else pd.DataFrame(columns=["missing", "reason"])
        told = told[told.index.isin(strides.index)]
        texts, states = _one_text_per_stride(told), _one_status_per_stride(told)
        table = _with_reason(strides, "failed", _NOT_TOLD)
        if texts:
            table["reason"] = [texts.get(s_id, _NOT_TOLD) for s_id in table.index]
            table["status"] = [states.get(s_id, "failed") for s_id in table.index]
        others[sensor] = table.astype({"status": "str", "reason": "str"})
    return others


def without_parameters(
    events: Tables, asked: Sequence[Mapping[Hashable, pd.DataFrame]], *, is_path_asked: bool
) -> dict[Hashable, pd.DataFrame]:
    """List the strides with events of which none of the parameters that were asked for could be calculated."""
    others = {}
    for sensor, strides in events.items():
        tables = [tables[sensor].reindex(strides.index) for tables in asked if sensor in tables]
        if not tables:
            continue
        has_none = np.all([table.isna().all(axis=1).to_numpy() for table in tables], axis=0)
        others[sensor] = _with_reason(
            strides[has_none],
            "gap" if is_path_asked else "failed",
            _NO_PATH if is_path_asked else _NO_PARAMETERS,
        )
    return others


def implausible_strides(excluded: pd.DataFrame, feet: Mapping[Hashable, str]) -> dict[Hashable, pd.DataFrame]:
    """List the strides that are none of walking, from those that walking bouts leave out."""
    excluded = excluded[excluded["reason"].isin(_IMPLAUSIBLE)]
    return {
        sensor: _with_reason(own.set_index("s_id"), "implausible", own["reason"].map(_IMPLAUSIBLE).to_numpy())
        for sensor, foot in feet.items()
        if len(own := excluded[excluded["foot"] == foot])
    }


def labelled_as_no_gait(found: Tables) -> dict[Hashable, pd.DataFrame]:
    """List the strides that the segmentation itself takes for no gait (their ``kind`` says so)."""
    return {
        sensor: _with_reason(own, "not_gait", "the movement is not gait")
        for sensor, strides in found.items()
        if "kind" in strides
        and len(own := (table := set_correct_index(strides, ["s_id"]))[table["kind"].isin(_NO_GAIT)])
    }


def outside_of_bouts(excluded: pd.DataFrame, feet: Mapping[Hashable, str]) -> dict[Hashable, pd.Series]:
    """Tell of sound strides why they are in no walking bout: ``{sensor: text by s_id}``."""
    excluded = excluded[excluded["reason"].isin(_OUTSIDE)]
    return {
        sensor: excluded[excluded["foot"] == foot].set_index("s_id")["reason"].map(_OUTSIDE)
        for sensor, foot in feet.items()
    }


def joined(*others: Tables) -> dict[Hashable, pd.DataFrame]:
    """Put such tables together; of a stride that is in several of them the first reason stays."""
    tables: dict[Hashable, pd.DataFrame] = {}
    for sensor in dict.fromkeys(sensor for each in others for sensor in each):
        parts = [each[sensor] for each in others if sensor in each]
        filled = [part for part in parts if len(part)] or parts[:1]
        table = pd.concat(filled) if len(filled) > 1 else filled[0]
        tables[sensor] = table[~table.index.duplicated()]
    return tables


def _with_reason(strides: pd.DataFrame, status: str, reason: str | np.ndarray) -> pd.DataFrame:
    table = strides[["start", "end"]].assign(status=status, reason=reason)
    return table.astype({"status": "str", "reason": "str"})[_COLUMNS].rename_axis("s_id")


def _one_text_per_stride(reasons: pd.DataFrame) -> dict[Hashable, str]:
    """Join the reasons of a stride; that an event is missing explains why the stride is."""
    is_event = reasons["missing"].isin(["ic", "tc", "min_vel"])
    texts = reasons["reason"].where(~is_event, reasons["missing"] + ": " + reasons["reason"])
    texts = texts[is_event | ~reasons.index.isin(reasons.index[is_event])]
    return {s_id: "; ".join(dict.fromkeys(group)) for s_id, group in texts.groupby(level=0, sort=False)}


def _one_status_per_stride(reasons: pd.DataFrame) -> dict[Hashable, str]:
    """Sum up the reasons of a stride: missing samples before a missing rest before all others."""
    if "status" in reasons:
        return reasons["status"].groupby(level=0, sort=False).first().to_dict()
    is_rest = (reasons["missing"] == "min_vel") | reasons["reason"].isin(_NO_REST)
    status = pd.Series(np.select([reasons["reason"].isin(_GAP), is_rest], ["gap", "no_rest"], "failed"), reasons.index)
    order = {"gap": 0, "no_rest": 1, "failed": 2}
    return status.iloc[np.argsort(status.map(order).to_numpy(), kind="stable")].groupby(level=0).first().to_dict()
