"""Statistics of all parameters over groups of strides, as one wide table."""

from collections.abc import Mapping

import numpy as np
import pandas as pd

from gaitmap._kernels.group_statistics import group_statistics

#: Endings of the columns, in their order.
STATISTICS = ("n", "median", "mean", "sd", "cv", "robust_cv", "p10", "p90", "mean_left", "mean_right")
#: Parameters whose zero is a convention, beside the angles: no coefficient of variation.
_NO_RATIO_SCALE = {"swing_smoothness", "height_change"}
#: Parameters of which the feet are compared.
_COMPARED = ("step_time", "swing_time", "stance_time", "single_support", "stride_length")


def has_ratio_scale(parameter: str) -> bool:
    """Tell whether 0 means "none", so that variability can be given in % of the mean."""
    return not parameter.endswith("_angle") and parameter not in _NO_RATIO_SCALE


# The strides of a week have 150 MB; copies are made of a few columns at a time.
_COLUMNS_AT_ONCE = 8


def describe_strides(
    strides: Mapping[str, np.ndarray],
    is_right: np.ndarray,
    group: np.ndarray,
    n_groups: int,
    min_count: int,
    ending: str = "",
    where: np.ndarray | None = None,
) -> pd.DataFrame:
    """Describe the columns of ``strides`` per group; ``group`` counts up along the rows (equal or larger than before).

    ``where`` tells which strides count; None: all.

    One row per group and the columns ``{parameter}_{statistic}{ending}``; then, for the parameters that are compared,
    ``{parameter}_asymmetry{ending}`` and ``{parameter}_symmetry_index{ending}``.
    """
    numbers = np.arange(n_groups)
    rows = slice(None) if where is None else where
    first, last = (np.searchsorted(group[rows], numbers, side=side).astype(np.int64) for side in ("left", "right"))
    foot = np.array(is_right[rows], dtype=np.int64)
    columns = list(strides)
    described = []
    for k in range(0, max(len(columns), 1), _COLUMNS_AT_ONCE):
        some = [strides[name][rows] for name in columns[k : k + _COLUMNS_AT_ONCE]]
        block = np.array(some, dtype=float).reshape(len(some), len(foot))
        described.append(group_statistics(block, foot, first, last, int(min_count)))
    n, median, mean, sd, robust_sd, p10, p90, left, right = np.moveaxis(np.concatenate(described, axis=1), 2, 0)
    ratio = np.array([has_ratio_scale(name) for name in columns], dtype=bool)
    with np.errstate(divide="ignore", invalid="ignore"):
        cv = np.where(ratio & (mean > 0), 100 * sd / mean, np.nan)
        robust_cv = np.where(ratio & (median > 0), 100 * robust_sd / median, np.nan)
        symmetry_index = 100 * (right - left) / (0.5 * (right + left))
    # (groups, parameters, statistics), laid out parameter by parameter. One table per type: fast for many columns.
    parts = np.stack([median, mean, sd, cv, robust_cv, p10, p90, left, right], axis=2)
    names = [f"{name}_{statistic}{ending}" for name in columns for statistic in STATISTICS[1:]]
    tables = [
        pd.DataFrame(n.astype(np.int64), columns=[f"{name}_n{ending}" for name in columns]),
        pd.DataFrame(parts.reshape(n_groups, len(names)), columns=names),
    ]
    compared = [k for k, name in enumerate(columns) if name in _COMPARED]
    differences = np.stack(
        [np.abs(left - right), np.where(np.isfinite(symmetry_index), symmetry_index, np.nan)], axis=2
    )
    endings = [f"{name}{ending}" for name in ("asymmetry", "symmetry_index")]
    names = [f"{columns[k]}_{end}" for k in compared for end in endings]
    tables.append(pd.DataFrame(differences[:, compared].reshape(n_groups, len(names)), columns=names))
    order = [f"{name}_{statistic}{ending}" for name in columns for statistic in STATISTICS]
    return pd.concat(tables, axis=1)[[*order, *names]]
