"""Scores of a segmentation as the tolerance grows."""

from collections.abc import Sequence
from typing import Literal

import pandas as pd

from gaitmap.evaluation_utils.scores import average_scores, count_matches
from gaitmap.evaluation_utils.stride_segmentation import evaluate_segmented_stride_list
from gaitmap.utils.datatype_helper import StrideList


def scores_over_tolerance(
    *,
    ground_truth: StrideList,
    segmented_stride_list: StrideList,
    tolerances: Sequence[float],
    average: Literal["micro", "macro"] = "micro",
) -> pd.DataFrame:
    """Calculate the scores of a segmentation for several tolerances.

    Parameters
    ----------
    ground_truth
        The true strides: a stride list, or a dict of them.
    segmented_stride_list
        The strides to judge, of the same kind.
    tolerances
        Largest accepted differences of start and of end, in the unit of the lists (usually samples).
    average
        How sensors become one number, see :func:`~gaitmap.evaluation_utils.average_scores`.

    Returns
    -------
    scores
        One row per tolerance with ``precision``, ``recall``, ``f1_score``, ``tp``, ``fp``, ``fn``.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import scores_over_tolerance
    >>> truth = pd.DataFrame({"s_id": [0, 1], "start": [0, 100], "end": [100, 200]})
    >>> found = pd.DataFrame({"s_id": [0, 1], "start": [1, 105], "end": [100, 200]})
    >>> scores_over_tolerance(ground_truth=truth, segmented_stride_list=found, tolerances=[2, 5])["recall"]
    tolerance
    2    0.5
    5    1.0
    Name: recall, dtype: float64
    """
    rows = []
    for tolerance in tolerances:
        matches = evaluate_segmented_stride_list(
            ground_truth=ground_truth, segmented_stride_list=segmented_stride_list, tolerance=tolerance
        )
        counts = count_matches(matches)
        totals = counts.sum() if isinstance(counts, pd.DataFrame) else counts
        rows.append(average_scores(matches, average=average, zero_division=0) | totals.to_dict())
    columns = ["precision", "recall", "f1_score", "tp", "fp", "fn"]
    return pd.DataFrame(rows, columns=columns, index=pd.Index(list(tolerances), name="tolerance"))
