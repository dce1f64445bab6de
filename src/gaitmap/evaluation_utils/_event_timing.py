"""How early or late detected gait events are."""

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from gaitmap.evaluation_utils.stride_segmentation import match_stride_lists
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.datatype_helper import StrideList

_STATISTICS = ["mean_ms", "sd_ms", "mae_ms", "rmse_ms", "median_ms", "q05_ms", "q95_ms"]
_COUNTS = ["n_matched", "n_missed", "n_additional"]


def calculate_event_timing_errors(
    *,
    ground_truth: StrideList,
    stride_event_list: StrideList,
    sampling_rate_hz: float,
    events: Sequence[str] = ("ic", "tc", "min_vel"),
    tolerance_s: float = 0.2,
) -> pd.DataFrame:
    """Calculate the timing errors of detected gait events against the true ones.

    Parameters
    ----------
    ground_truth
        The true events: a stride list with event columns, or a dict of them.
    stride_event_list
        The events to judge, of the same kind.
    sampling_rate_hz
        Sampling rate of both in Hz.
    events
        The columns to compare.
    tolerance_s
        Events that are further apart are not the same one (s).

    Returns
    -------
    timing_errors
        One row per event (for dicts per sensor and event): ``mean_ms`` (positive: detected too late), ``sd_ms``,
        ``mae_ms`` (mean absolute error), ``rmse_ms``, ``median_ms``, ``q05_ms``, ``q95_ms``, and ``n_matched``,
        ``n_missed`` (only in the ground truth), ``n_additional`` (only detected). Events that a stride lacks are
        neither.

    Raises
    ------
    ValidationError
        If one input is not a stride list, only one is a dict, or the dicts have no sensor in common.
    ValueError
        If a column is missing, or tolerance or sampling rate are not valid.

    See Also
    --------
    gaitmap.evaluation_utils.evaluate_stride_event_list : Which strides are right, wrong or missing.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import calculate_event_timing_errors
    >>> truth = pd.DataFrame({"s_id": [0, 1], "start": [0, 100], "end": [100, 200], "tc": [40, 140]})
    >>> found = pd.DataFrame({"s_id": [0, 1], "start": [0, 100], "end": [100, 200], "tc": [42, 140]})
    >>> calculate_event_timing_errors(
    ...     ground_truth=truth, stride_event_list=found, sampling_rate_hz=100, events=["tc"]
    ... )[["mean_ms", "mae_ms", "n_matched"]]
           mean_ms  mae_ms  n_matched
    event
    tc        10.0    10.0          2
    """
    owner = "calculate_event_timing_errors"
    check_sampling_rate(owner, sampling_rate_hz)
    check_number(owner, "tolerance_s", tolerance_s, at_least=0)
    rows: dict[Hashable, dict[str, float]] = {}
    is_dict = isinstance(ground_truth, dict)
    for event in events:
        matches = match_stride_lists(
            stride_list_a=stride_event_list,
            stride_list_b=ground_truth,
            match_cols=event,
            tolerance=tolerance_s * sampling_rate_hz,
            matching="optimal",
            distances=True,
        )
        for sensor, table in (matches if isinstance(matches, dict) else {None: matches}).items():
            own = stride_event_list if sensor is None else stride_event_list[sensor]  # type: ignore[index]
            true = ground_truth if sensor is None else ground_truth[sensor]  # type: ignore[index]
            late = table[f"dist_{event}"].dropna().to_numpy(dtype=float) / sampling_rate_hz
            n_own, n_true = (int(side[event].notna().sum()) for side in (own, true))
            row = _describe(1000 * late) | {
                "n_matched": len(late),
                "n_missed": n_true - len(late),
                "n_additional": n_own - len(late),
            }
            rows[(sensor, event) if is_dict else event] = row
    result = pd.DataFrame.from_dict(rows, orient="index", columns=[*_STATISTICS, *_COUNTS])
    if is_dict:
        result.index = pd.MultiIndex.from_tuples(list(rows), names=["sensor", "event"])
        result = result.sort_index(level="sensor", sort_remaining=False)
    else:
        result.index = pd.Index(list(rows), name="event")
    return result.astype(dict.fromkeys(_COUNTS, "int64"))


def _describe(late_ms: np.ndarray) -> dict[str, float]:
    if len(late_ms) == 0:
        return dict.fromkeys(_STATISTICS, np.nan)
    quantiles = np.quantile(late_ms, [0.5, 0.05, 0.95])
    return {
        "mean_ms": late_ms.mean(),
        "sd_ms": late_ms.std(ddof=1) if len(late_ms) > 1 else np.nan,
        "mae_ms": np.abs(late_ms).mean(),
        "rmse_ms": np.sqrt(np.mean(late_ms**2)),
        **dict(zip(("median_ms", "q05_ms", "q95_ms"), quantiles, strict=True)),
    }
