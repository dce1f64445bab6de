"""Comparison of two stride lists: which strides belong together, and which were found, missed or made up."""

from collections.abc import Hashable, Sequence
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from gaitmap.evaluation_utils._matching import Pairs, all_pairs, mutual_nearest_pairs, optimal_pairs
from gaitmap.utils._checks import check_option, parameter_error
from gaitmap.utils.consts import SL_INDEX
from gaitmap.utils.datatype_helper import StrideList, is_stride_list, set_correct_index
from gaitmap.utils.exceptions import ValidationError

#: Matches of one sensor, or of many.
Matches: TypeAlias = pd.DataFrame | dict[Hashable, pd.DataFrame]

_ONE_SENSOR = None  # name of the sensor where there are no names


def evaluate_segmented_stride_list(
    *,
    ground_truth: StrideList,
    segmented_stride_list: StrideList,
    tolerance: float = 0,
    one_to_one: bool = True,
    stride_list_postfix: str = "",
    ground_truth_postfix: str = "_ground_truth",
    matching: Literal["nearest", "optimal"] = "nearest",
    nan_policy: Literal["unmatched", "raise"] = "unmatched",
    distances: bool = False,
) -> Matches:
    """Find the strides of a segmentation that are right, wrong or missing, by their start and end.

    Parameters
    ----------
    ground_truth
        The true strides: a stride list, or a dict of them.
    segmented_stride_list
        The strides to judge, of the same kind.
    tolerance
        Largest accepted difference of start and of end, in the unit of the lists (usually samples).
    one_to_one
        If True, each stride is part of at most one match. If False, all pairs within the tolerance are matches; the
        scores of such a table are not well defined.
    stride_list_postfix, ground_truth_postfix
        What is appended to ``s_id`` in the column names of the result. Must differ.
    matching
        How one-to-one matches are chosen, see :func:`match_stride_lists`.
    nan_policy
        What happens to strides without start or end, see :func:`match_stride_lists`.
    distances
        If True, the columns ``dist_start`` and ``dist_end`` tell how far the segmentation is from the ground truth.

    Returns
    -------
    matches
        Table with the columns ``s_id{stride_list_postfix}``, ``s_id{ground_truth_postfix}`` and ``match_type``:
        ``"tp"`` (both ids), ``"fp"`` (only in the segmentation) or ``"fn"`` (only in the ground truth). A dict of such
        tables, with the sensors that both inputs have, for dicts.

    See Also
    --------
    gaitmap.evaluation_utils.match_stride_lists : The matching alone, and the errors it raises.
    gaitmap.evaluation_utils.precision_recall_f1_score : Scores of such a table.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import evaluate_segmented_stride_list
    >>> truth = pd.DataFrame({"s_id": [0, 1, 2], "start": [10, 20, 31], "end": [21, 34, 40]})
    >>> found = pd.DataFrame({"s_id": [0, 1, 2, 3], "start": [10, 21, 31, 50], "end": [20, 30, 40, 60]})
    >>> evaluate_segmented_stride_list(ground_truth=truth, segmented_stride_list=found, tolerance=2)
      s_id s_id_ground_truth match_type
    0    0                 0         tp
    1    1               NaN         fp
    2    2                 2         tp
    3    3               NaN         fp
    4  NaN                 1         fn
    """
    matches = match_stride_lists(
        stride_list_a=segmented_stride_list,
        stride_list_b=ground_truth,
        match_cols=("start", "end"),
        tolerance=tolerance,
        one_to_one=one_to_one,
        postfix_a=stride_list_postfix,
        postfix_b=ground_truth_postfix,
        matching=matching,
        nan_policy=nan_policy,
        distances=distances,
    )
    return add_match_type(matches)


def match_stride_lists(
    *,
    stride_list_a: StrideList,
    stride_list_b: StrideList,
    match_cols: str | Sequence[str] = ("start", "end"),
    tolerance: float = 0,
    one_to_one: bool = True,
    postfix_a: str = "_a",
    postfix_b: str = "_b",
    matching: Literal["nearest", "optimal"] = "nearest",
    nan_policy: Literal["unmatched", "raise"] = "unmatched",
    distances: bool = False,
) -> Matches:
    """Find the strides of two lists that belong together.

    Parameters
    ----------
    stride_list_a, stride_list_b
        Stride lists, or dicts of them. Both with unique ids of any sortable type, as column ``s_id`` or as index.
    match_cols
        The column or columns to compare, for example ``("start", "end")`` or ``"tc"``.
    tolerance
        Largest accepted difference in each of the columns, in the unit of the lists (usually samples).
    one_to_one
        If True, each stride is part of at most one match. If False, all pairs within the tolerance are matches.
    postfix_a, postfix_b
        What is appended to ``s_id`` in the column names of the result. Must differ.
    matching
        How one-to-one matches are chosen. ``"nearest"``: two strides match if each is the nearest one of the other and
        they are within the tolerance. ``"optimal"``: as many matches as possible within the tolerance, of these
        solutions the one with the smallest total distance, without two matches that cross each other in time.
    nan_policy
        ``"unmatched"``: strides with a missing or infinite value in one of the columns stay without partner.
        ``"raise"``: they are an error.
    distances
        If True, one more column ``dist_{column}`` for each of the compared columns follows: the value of the first list
        minus that of the second one, NaN without partner.

    Returns
    -------
    matches
        Table with the columns ``s_id{postfix_a}`` and ``s_id{postfix_b}``: one row per match, and one per stride
        without partner, whose other id is NaN. Sorted by the first, then by the second column, NaN last. A dict of such
        tables for dicts, with the sensors that both have, sorted.

    Raises
    ------
    ValidationError
        If one input is not a stride list, only one is a dict, or the dicts have no sensor in common.
    ValueError
        If a parameter is not valid, a column is missing, or (``nan_policy="raise"``) a value is.

    Notes
    -----
    Distances between strides are summed over the columns (Manhattan). With ``"nearest"`` the nearest stride is found
    first and the tolerance looked at afterwards; there is no second choice. Of two equally near strides the one that
    comes first in its list is taken. gaitmap 2.6 lost correct matches after a stride without partner, and some pairs of
    ``one_to_one=False``; neither happens here.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils import match_stride_lists
    >>> list_a = pd.DataFrame({"s_id": [0, 1, 2], "start": [0, 1, 20], "end": [10, 11, 30]})
    >>> list_b = pd.DataFrame({"s_id": [0, 1, 2], "start": [0, 20, 20], "end": [10, 30, 31]})
    >>> match_stride_lists(stride_list_a=list_a, stride_list_b=list_b, tolerance=2)
      s_id_a s_id_b
    0      0      0
    1      1    NaN
    2      2      1
    3    NaN      2
    """
    owner = "match_stride_lists"
    if postfix_a == postfix_b:
        raise ValueError(f"The postfix of the two stride lists must differ. Found {postfix_a!r} for both.")
    if not tolerance >= 0:
        raise ValueError(f"The tolerance must be larger 0, or 0. Found {tolerance!r}.")
    check_option(owner, "matching", matching, ("nearest", "optimal"))
    check_option(owner, "nan_policy", nan_policy, ("unmatched", "raise"))
    if matching == "optimal" and not one_to_one:
        raise parameter_error(owner, "matching", "'nearest' with one_to_one=False (all pairs are matches)", matching)
    kinds = [is_stride_list(stride_list) for stride_list in (stride_list_a, stride_list_b)]
    if kinds[0] != kinds[1]:
        raise ValidationError(
            f"The two stride lists are not of same type. Found {kinds[0]} sensor and {kinds[1]} sensor. Pass two "
            "stride lists, or two dicts of stride lists."
        )
    columns = [match_cols] if isinstance(match_cols, str) else list(match_cols)
    if not columns:
        raise parameter_error(owner, "match_cols", "one or more column names", match_cols)

    def match(list_a: pd.DataFrame, list_b: pd.DataFrame) -> pd.DataFrame:
        list_a, list_b = (set_correct_index(stride_list, SL_INDEX) for stride_list in (list_a, list_b))
        values_a, values_b = (_values(stride_list, columns) for stride_list in (list_a, list_b))
        rows_a, rows_b = (_finite_rows(*side, columns, nan_policy) for side in ((list_a, values_a), (list_b, values_b)))
        method = {"optimal": optimal_pairs, "nearest": mutual_nearest_pairs}[matching] if one_to_one else all_pairs
        first, second = method(values_a[rows_a], values_b[rows_b], tolerance)
        first, second = _sorted_rows(list_a.index, list_b.index, rows_a[first], rows_b[second])
        table = {
            f"s_id{postfix_a}": _ids_at(list_a.index, first),
            f"s_id{postfix_b}": _ids_at(list_b.index, second),
        }
        if distances:
            difference = _values_at(values_a, first) - _values_at(values_b, second)
            table |= {f"dist_{column}": pd.Series(difference[:, k]) for k, column in enumerate(columns)}
        return pd.DataFrame(table)

    lists_a, lists_b = _as_dict(stride_list_a), _as_dict(stride_list_b)
    sensors = sorted(set(lists_a) & set(lists_b))  # type: ignore[type-var]
    if not sensors:
        raise ValidationError(
            "The passed MultiSensorStrideLists do not have any common sensors. Found "
            f"{list(lists_a)} and {list(lists_b)}. Rename the sensors of one of them."
        )
    for sensor in sensors:
        _check_columns(columns, lists_a[sensor], lists_b[sensor])
    matches = {sensor: match(lists_a[sensor], lists_b[sensor]) for sensor in sensors}
    return matches if kinds[0] == "multi" else matches[_ONE_SENSOR]


def add_match_type(matches: Matches) -> Matches:
    """Add the column ``match_type`` to matches of a prediction (first column) with a ground truth (second column)."""
    if isinstance(matches, dict):
        return {sensor: _add_match_type(of_sensor) for sensor, of_sensor in matches.items()}
    return _add_match_type(matches)


def _add_match_type(matches: pd.DataFrame) -> pd.DataFrame:
    only_predicted = matches.iloc[:, 1].isna()
    only_true = matches.iloc[:, 0].isna()
    match_type = np.where(only_predicted, "fp", np.where(only_true, "fn", "tp")).astype(object)
    return matches.assign(match_type=pd.Series(match_type, index=matches.index, dtype=object))


def _as_dict(stride_list: StrideList) -> dict[Hashable, pd.DataFrame]:
    return {_ONE_SENSOR: stride_list} if isinstance(stride_list, pd.DataFrame) else stride_list


def _check_columns(columns: list[str], *stride_lists: pd.DataFrame) -> None:
    for stride_list in stride_lists:
        if not set(columns) <= set(stride_list.columns):
            raise ValueError(
                f"One or more selected columns ({columns}) are missing in at least one of the provided stride lists. "
                f"Found the columns {list(stride_list.columns)}."
            )


def _values(stride_list: pd.DataFrame, columns: list[str]) -> np.ndarray:
    """Columns as float64, (strides, columns)."""
    values = [stride_list[column].to_numpy(dtype=float, na_value=np.nan) for column in columns]
    return np.array(np.transpose(values), order="C")


def _finite_rows(stride_list: pd.DataFrame, values: np.ndarray, columns: list[str], nan_policy: str) -> np.ndarray:
    """Positions of the strides with a value in all columns."""
    finite = np.isfinite(values).all(axis=1)
    if nan_policy == "raise" and not finite.all():
        raise ValueError(
            f"All values of the columns {columns} must be finite. Found missing or infinite values in the strides "
            f"{list(stride_list.index[~finite])[:10]}. Remove these strides, or use nan_policy='unmatched'."
        )
    return np.flatnonzero(finite)


def _sorted_rows(ids_a: pd.Index, ids_b: pd.Index, first: np.ndarray, second: np.ndarray) -> Pairs:
    """Add the strides without partner (-1) to the matched positions and sort all by their ids."""
    alone_a = np.setdiff1d(np.arange(len(ids_a)), first)
    alone_b = np.setdiff1d(np.arange(len(ids_b)), second)
    first = np.concatenate([first, alone_a, np.full(len(alone_b), -1)])
    second = np.concatenate([second, np.full(len(alone_a), -1), alone_b])
    sorting = np.lexsort([_ranks(ids_b)[second], _ranks(ids_a)[first]])
    return first[sorting], second[sorting]


def _ranks(ids: pd.Index) -> np.ndarray:
    """Rank of each id; the last entry is that of a stride that is not there."""
    ranks = np.empty(len(ids) + 1, dtype=np.int64)
    ranks[ids.argsort()] = np.arange(len(ids))
    ranks[-1] = len(ids)
    return ranks


def _ids_at(ids: pd.Index, rows: np.ndarray) -> pd.Series:
    return pd.Series(np.append(ids.to_numpy(dtype=object), np.nan)[rows], dtype=object)


def _values_at(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    return np.append(values, np.full((1, values.shape[1]), np.nan), axis=0)[rows]
