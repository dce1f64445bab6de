"""Comparison of detected gait events with the true ones."""

from collections.abc import Sequence
from typing import Literal

from gaitmap.evaluation_utils.stride_segmentation import Matches, add_match_type, match_stride_lists
from gaitmap.utils.datatype_helper import StrideList


def evaluate_stride_event_list(
    *,
    ground_truth: StrideList,
    stride_event_list: StrideList,
    match_cols: str | Sequence[str],
    tolerance: float = 0,
    one_to_one: bool = True,
    stride_list_postfix: str = "",
    ground_truth_postfix: str = "_ground_truth",
    matching: Literal["nearest", "optimal"] = "nearest",
    nan_policy: Literal["unmatched", "raise"] = "unmatched",
    distances: bool = False,
) -> Matches:
    """Find the strides whose gait events are right, wrong or missing.

    Parameters
    ----------
    ground_truth
        The true events: a stride list with event columns, or a dict of them.
    stride_event_list
        The events to judge, of the same kind.
    match_cols
        The event to compare (``"pre_ic"``, ``"ic"``, ``"min_vel"``, ``"tc"``), or several columns.
    tolerance
        Largest accepted difference in each of the columns, in the unit of the lists (usually samples).
    one_to_one
        If True, each stride is part of at most one match. If False, all pairs within the tolerance are matches; the
        scores of such a table are not well defined.
    stride_list_postfix, ground_truth_postfix
        What is appended to ``s_id`` in the column names of the result. Must differ.
    matching
        How one-to-one matches are chosen, see :func:`~gaitmap.evaluation_utils.match_stride_lists`.
    nan_policy
        What happens to strides without one of the events: ``"unmatched"`` leaves them without partner (they count as
        wrong or missing), ``"raise"`` refuses them.
    distances
        If True, a column ``dist_{event}`` for each of the compared events tells how much later than the true one it is.

    Returns
    -------
    matches
        Table with the columns ``s_id{stride_list_postfix}``, ``s_id{ground_truth_postfix}`` and ``match_type``:
        ``"tp"`` (both ids), ``"fp"`` (only in the judged list) or ``"fn"`` (only in the ground truth). A dict of such
        tables, with the sensors that both inputs have, for dicts.

    See Also
    --------
    gaitmap.evaluation_utils.match_stride_lists : The matching alone, and the errors it raises.
    gaitmap.evaluation_utils.precision_recall_f1_score : Scores of such a table.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import evaluate_stride_event_list
    >>> truth = pd.DataFrame({"s_id": [0, 1], "start": [0, 100], "end": [100, 200], "tc": [40, 140]})
    >>> found = pd.DataFrame({"s_id": [0, 1], "start": [0, 100], "end": [100, 200], "tc": [42, 150]})
    >>> evaluate_stride_event_list(ground_truth=truth, stride_event_list=found, match_cols="tc", tolerance=5)
      s_id s_id_ground_truth match_type
    0    0                 0         tp
    1    1               NaN         fp
    2  NaN                 1         fn
    """
    matches = match_stride_lists(
        stride_list_a=stride_event_list,
        stride_list_b=ground_truth,
        match_cols=match_cols,
        tolerance=tolerance,
        one_to_one=one_to_one,
        postfix_a=stride_list_postfix,
        postfix_b=ground_truth_postfix,
        matching=matching,
        nan_policy=nan_policy,
        distances=distances,
    )
    return add_match_type(matches)
