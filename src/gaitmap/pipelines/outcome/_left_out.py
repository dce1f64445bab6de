"""Which strides were found but have no parameters, and why."""

from collections.abc import Hashable, Mapping

import pandas as pd

from gaitmap.utils.datatype_helper import set_correct_index

_DTYPES = {"foot": "str", "s_id": "object", "start": "int64", "end": "int64", "reason": "str"}

_NOT_TOLD = "its events do not make a complete stride"
_NO_EVENT_STEP = "events were not detected for this foot"


def left_out_strides(
    feet: Mapping[Hashable, str],
    found: Mapping[Hashable, pd.DataFrame],
    analyzed: Mapping[Hashable, pd.DataFrame],
    reasons: Mapping[Hashable, pd.DataFrame],
) -> pd.DataFrame:
    """List the strides of the segmentation that are not among the analysed ones.

    Parameters
    ----------
    feet
        ``{sensor: foot}``.
    found
        ``{sensor: stride list}`` of the segmentation.
    analyzed
        ``{sensor: stride list}`` from mid-stance to mid-stance.
    reasons
        ``{sensor: frame}`` of the event detection: index ``s_id``, columns ``missing`` (an event, or a stride) and
        ``reason``. Sensors may be absent.

    Returns
    -------
    DataFrame
        Columns ``foot``, ``s_id``, ``start``, ``end`` (samples), ``reason``.
    """
    parts = []
    for sensor, stride_list in found.items():
        strides = set_correct_index(stride_list, ["s_id"])
        if sensor in analyzed:
            strides = strides[~strides.index.isin(analyzed[sensor].index)]
            told = _one_text_per_stride(reasons[sensor]) if sensor in reasons else {}
            texts = [told.get(s_id, _NOT_TOLD) for s_id in strides.index]
        else:
            texts = [_NO_EVENT_STEP] * len(strides)
        part = strides[["start", "end"]].rename_axis("s_id").reset_index()
        parts.append(part.assign(foot=feet[sensor], reason=texts)[list(_DTYPES)])
    parts = [part for part in parts if len(part) > 0]
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in _DTYPES.items()})
    return pd.concat(parts, ignore_index=True).astype(_DTYPES)


def _one_text_per_stride(reasons: pd.DataFrame) -> dict[Hashable, str]:
    """Join the reasons of a stride; that an event is missing explains why the stride is."""
    is_event = reasons["missing"].isin(["ic", "tc", "min_vel"])
    texts = reasons["reason"].where(~is_event, reasons["missing"] + ": " + reasons["reason"])
    texts = texts[is_event | ~reasons.index.isin(reasons.index[is_event])]
    return {s_id: "; ".join(dict.fromkeys(group)) for s_id, group in texts.groupby(level=0, sort=False)}
