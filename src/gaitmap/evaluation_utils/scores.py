"""Precision, recall and F1 score of matched stride lists."""

import warnings
from collections.abc import Hashable
from typing import Literal, TypeAlias

import pandas as pd

from gaitmap.evaluation_utils.stride_segmentation import Matches
from gaitmap.utils._checks import check_option
from gaitmap.utils.exceptions import ValidationError

ZeroDivision: TypeAlias = Literal["warn", 0, 1]
Score: TypeAlias = float | dict[Hashable, float]

_KINDS = ["tp", "fp", "fn"]


def precision_score(matches_df: Matches, *, zero_division: ZeroDivision = "warn") -> Score:
    """Calculate which share of the found strides is right: tp / (tp + fp).

    Parameters
    ----------
    matches_df
        Table with the column ``match_type`` as returned by the ``evaluate_...`` functions, or a dict of them.
    zero_division
        Result if nothing was found. ``"warn"`` is 0 and a warning.

    Returns
    -------
    precision
        A number between 0 and 1; a dict of numbers for a dict.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import precision_score
    >>> precision_score(pd.DataFrame({"match_type": ["tp", "tp", "tp", "fp", "fn"]}))
    0.75
    """
    return _per_sensor("precision", matches_df, zero_division)


def recall_score(matches_df: Matches, *, zero_division: ZeroDivision = "warn") -> Score:
    """Calculate which share of the true strides was found: tp / (tp + fn).

    Parameters
    ----------
    matches_df
        Table with the column ``match_type`` as returned by the ``evaluate_...`` functions, or a dict of them.
    zero_division
        Result if there are no true strides. ``"warn"`` is 0 and a warning.

    Returns
    -------
    recall
        A number between 0 and 1; a dict of numbers for a dict.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import recall_score
    >>> recall_score(pd.DataFrame({"match_type": ["tp", "tp", "tp", "fp", "fn"]}))
    0.75
    """
    return _per_sensor("recall", matches_df, zero_division)


def f1_score(matches_df: Matches, *, zero_division: ZeroDivision = "warn") -> Score:
    """Calculate the harmonic mean of precision and recall.

    Parameters
    ----------
    matches_df
        Table with the column ``match_type`` as returned by the ``evaluate_...`` functions, or a dict of them.
    zero_division
        Result if there is no match at all (precision and recall, where defined, are both 0). ``"warn"`` is 0 and a
        warning.

    Returns
    -------
    f1
        A number between 0 and 1; a dict of numbers for a dict.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import f1_score
    >>> f1_score(pd.DataFrame({"match_type": ["tp", "tp", "tp", "fp", "fn"]}))
    0.75
    """
    return _per_sensor("f1", matches_df, zero_division)


def precision_recall_f1_score(
    matches_df: Matches, *, zero_division: ZeroDivision = "warn"
) -> dict[str, float] | dict[Hashable, dict[str, float]]:
    """Calculate precision, recall and F1 score.

    Parameters
    ----------
    matches_df
        Table with the column ``match_type`` as returned by the ``evaluate_...`` functions, or a dict of them.
    zero_division
        Result of a score whose denominator is 0. ``"warn"`` is 0 and a warning per score.

    Returns
    -------
    scores
        ``{"precision": ..., "recall": ..., "f1_score": ...}``; a dict of such dicts for a dict.

    See Also
    --------
    gaitmap.evaluation_utils.precision_score, gaitmap.evaluation_utils.recall_score, gaitmap.evaluation_utils.f1_score

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import precision_recall_f1_score
    >>> precision_recall_f1_score(pd.DataFrame({"match_type": ["tp", "tp", "tp", "fp", "fn"]}))
    {'precision': 0.75, 'recall': 0.75, 'f1_score': 0.75}
    """
    _check_zero_division(zero_division)
    if isinstance(matches_df, dict):
        return {sensor: _all_scores(of_sensor, zero_division) for sensor, of_sensor in matches_df.items()}
    return _all_scores(matches_df, zero_division)


def count_matches(matches_df: Matches) -> pd.Series | pd.DataFrame:
    """Count the right, wrong and missing strides.

    Parameters
    ----------
    matches_df
        Table with the column ``match_type`` as returned by the ``evaluate_...`` functions, or a dict of them.

    Returns
    -------
    counts
        ``tp``, ``fp`` and ``fn``; a table with one row per sensor for a dict.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import count_matches
    >>> count_matches(pd.DataFrame({"match_type": ["tp", "tp", "tp", "fp", "fn"]})).to_dict()
    {'tp': 3, 'fp': 1, 'fn': 1}
    """
    if isinstance(matches_df, dict):
        rows = [_count(of_sensor) for of_sensor in matches_df.values()]
        return pd.DataFrame(rows, columns=_KINDS, index=pd.Index(list(matches_df), name="sensor"), dtype="int64")
    return pd.Series(_count(matches_df), index=_KINDS, name="count")


def average_scores(
    matches_df: Matches, *, average: Literal["micro", "macro"] = "micro", zero_division: ZeroDivision = "warn"
) -> dict[str, float]:
    """Calculate precision, recall and F1 score over all sensors.

    Parameters
    ----------
    matches_df
        Table with the column ``match_type`` as returned by the ``evaluate_...`` functions, or a dict of them.
    average
        ``"micro"``: the strides of all sensors count the same. ``"macro"``: the sensors count the same (mean of their
        scores).
    zero_division
        Result of a score whose denominator is 0. ``"warn"`` is 0 and a warning per score.

    Returns
    -------
    scores
        ``{"precision": ..., "recall": ..., "f1_score": ...}``.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import average_scores
    >>> matches = {
    ...     "left": pd.DataFrame({"match_type": ["tp", "tp", "tp", "tp"]}),
    ...     "right": pd.DataFrame({"match_type": ["tp", "fp"]}),
    ... }
    >>> average_scores(matches, average="macro")["precision"]
    0.75
    """
    check_option("average_scores", "average", average, ("micro", "macro"))
    _check_zero_division(zero_division)
    if not isinstance(matches_df, dict):
        return _all_scores(matches_df, zero_division)
    if average == "micro":
        return _all_scores(pd.concat(matches_df.values(), ignore_index=True), zero_division)
    scores = [_all_scores(of_sensor, zero_division) for of_sensor in matches_df.values()]
    return {name: float(value) for name, value in pd.DataFrame(scores).mean().items()}


def _per_sensor(score: str, matches: Matches, zero_division: ZeroDivision) -> Score:
    _check_zero_division(zero_division)
    if isinstance(matches, dict):
        return {sensor: _score(score, of_sensor, zero_division) for sensor, of_sensor in matches.items()}
    return _score(score, matches, zero_division)


def _all_scores(matches: pd.DataFrame, zero_division: ZeroDivision) -> dict[str, float]:
    names = {"precision": "precision", "recall": "recall", "f1_score": "f1"}
    return {name: _score(score, matches, zero_division) for name, score in names.items()}


def _check_zero_division(zero_division: ZeroDivision) -> None:
    if zero_division not in ("warn", 0, 1):
        raise ValueError('"zero_division" must be set to "warn", 0 or 1!')


def _score(score: str, matches: pd.DataFrame, zero_division: ZeroDivision) -> float:
    tp, fp, fn = _count(matches)
    if score == "f1" and tp:
        precision, recall = tp / (tp + fp), tp / (tp + fn)
        return 2 * precision * recall / (precision + recall)
    # Without a match precision and recall are 0 or undefined, and then their harmonic mean is undefined, too.
    denominator = {"precision": tp + fp, "recall": tp + fn, "f1": 0}[score]
    if denominator:
        return tp / denominator
    if zero_division == "warn":
        warnings.warn(
            f"Zero division happened while calculating the {score} score. Returning 0", UserWarning, stacklevel=4
        )
        return 0.0
    return float(zero_division)


def _count(matches: pd.DataFrame) -> tuple[int, int, int]:
    if "match_type" not in matches:
        raise ValidationError(
            f"scores: the matches have no column 'match_type'. Found {list(matches.columns)}. Pass the result of "
            "evaluate_segmented_stride_list or evaluate_stride_event_list."
        )
    counts = matches["match_type"].value_counts()
    tp, fp, fn = (int(counts.get(kind, 0)) for kind in _KINDS)
    return tp, fp, fn
