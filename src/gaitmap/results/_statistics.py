"""The table of statistics: every parameter per bout, day and recording, one row each."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd

from gaitmap._kernels.group_statistics import group_statistics
from gaitmap.base import parameter_term
from gaitmap.results._foot_columns import ANALYSED
from gaitmap.results._tables import STRIDE_DTYPES

FEET = ("left", "right", "both")
UNITS = ("bout", "day", "recording")
CHOICES = ("all", "straight")
#: Columns with numbers, behind those that name the row.
STATISTICS = ("mean", "sd", "cv", "median", "robust_cv", "p10", "p90", "asymmetry", "symmetry_index")
#: dtypes of the table of statistics. Few texts, many rows: categories.
STATISTICS_DTYPES: dict[str, str] = {
    "recording": "category",
    "unit": "category",
    "id": "Int64",
    "foot": "category",
    "parameter": "category",
    "unit_of_measure": "category",
    "strides": "category",
    "n": "int64",
    **dict.fromkeys(STATISTICS, "float64"),
}
#: A foot needs so many strides for its variability (Galna, Lord, Rochester 2013).
MIN_STRIDES = 10
# The strides of a week have 150 MB; copies are made of a few columns at a time.
_COLUMNS_AT_ONCE = 8


class _Groups(NamedTuple):
    """Strides in the order of their groups: rows ``order[first[g]:last[g]]`` of the table."""

    unit: str
    ids: np.ndarray
    order: np.ndarray
    group: np.ndarray
    keeps_empty: bool


def parameter_names(strides: pd.DataFrame) -> list[str]:
    """Names of the gait parameters in a table of strides."""
    return [name for name in strides.columns if name not in STRIDE_DTYPES and name != "start_time"]


def build_statistics(
    strides: pd.DataFrame,
    *,
    recording: str,
    bouts: pd.DataFrame | None = None,
    days: pd.DataFrame | None = None,
    min_strides_for_variability: int = MIN_STRIDES,
) -> pd.DataFrame:
    """Describe all parameters of the analysed strides per bout, per day and for the recording.

    Parameters
    ----------
    strides
        Table of :func:`build_strides`.
    recording
        Name of the recording.
    bouts, days
        Tables of bouts (``bout_id``, ``start_s``) and days (``day``, ``start_s``); None: there are no such rows.
    min_strides_for_variability
        A foot needs so many strides for ``cv`` and ``robust_cv``.

    Returns
    -------
    DataFrame
        One row per ``unit`` ("bout", "day", "recording"), ``id`` (``bout_id``, ``day``, empty for the recording),
        ``parameter``, ``strides`` ("all", or "straight": without turning strides) and ``foot`` ("left", "right",
        "both"): ``unit_of_measure``, ``n`` (strides with a value), ``mean``, ``sd``, ``cv`` (%), ``median``,
        ``robust_cv`` (%), ``p10``, ``p90``, and for both feet ``asymmetry`` (absolute difference of the means of the
        feet) and ``symmetry_index`` (%, positive if right is larger) of parameters in which feet are compared. Rows of
        bouts are there where ``n`` is not 0; those of days and of the recording always.

    Notes
    -----
    A stride belongs to the day on which its bout, or without bout itself, starts. The mean of a rate is weighted with
    the time: the mean speed is the sum of the lengths by the sum of the times of the same strides, the mean cadence 120
    divided by the mean stride time. SD with ``n - 1``, ``cv`` is 100 SD / mean, ``robust_cv`` 100 * 1.4826 * median
    absolute deviation / median; parameters whose zero is a convention have neither. SD and both kinds of ``cv`` of both
    feet combine those of the feet, ``sqrt((SD_left^2 + SD_right^2) / 2)``: pooling the values would count a difference
    between the feet as variability (Galna, Lord, Rochester 2013, Gait Posture 37:580-585,
    doi:10.1016/j.gaitpost.2012.09.025).
    """
    names = parameter_names(strides)
    analysed = np.flatnonzero((strides["status"] == ANALYSED).to_numpy())
    straight = analysed[(strides["is_turning"].iloc[analysed] == False).fillna(False).to_numpy(dtype=bool)]  # noqa: E712
    parts = []
    for choice, rows in zip(CHOICES, (analysed, straight), strict=True):
        groups = [_of_recording(rows)]
        if days is not None:
            groups.append(_of_days(strides, rows, bouts, days))
        if bouts is not None:
            groups.append(_of_bouts(strides, rows, bouts))
        parts += [_describe(strides, names, each, choice, min_strides_for_variability) for each in groups[::-1]]
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    del parts
    columns["recording"] = np.zeros(len(columns["n"]), dtype=np.int8)
    categories = {
        "recording": [recording],
        "unit": UNITS,
        "foot": FEET,
        "parameter": names,
        "unit_of_measure": dict.fromkeys(parameter_term(name).unit for name in names),
        "strides": CHOICES,
    }
    of_recording = columns["unit"] == UNITS.index("recording")
    table = {
        name: pd.Categorical.from_codes(columns[name], categories=pd.Index(list(texts), dtype="str"))
        for name, texts in categories.items()
    }
    table["id"] = pd.arrays.IntegerArray(columns["id"], of_recording)
    return pd.DataFrame({name: table.get(name, columns.get(name)) for name in STATISTICS_DTYPES}, copy=False)


def _of_recording(rows: np.ndarray) -> _Groups:
    return _Groups("recording", np.zeros(1), rows, np.zeros(len(rows), dtype=np.int64), True)


def _of_bouts(strides: pd.DataFrame, rows: np.ndarray, bouts: pd.DataFrame) -> _Groups:
    ids = bouts["bout_id"].to_numpy(dtype=np.int64)
    group = pd.Index(ids).get_indexer(strides["bout_id"].to_numpy(dtype=float, na_value=np.nan)[rows])
    return _sorted(_Groups("bout", ids, rows[group >= 0], group[group >= 0], False))


def _of_days(strides: pd.DataFrame, rows: np.ndarray, bouts: pd.DataFrame | None, days: pd.DataFrame) -> _Groups:
    group = days_of_strides(strides.iloc[rows], bouts, days)
    return _sorted(_Groups("day", days["day"].to_numpy(dtype=np.int64), rows, group, True))


def days_of_strides(strides: pd.DataFrame, bouts: pd.DataFrame | None, days: pd.DataFrame) -> np.ndarray:
    """Position of the day of each stride: that of its bout, or without bout its own."""
    start = strides["start_s"].to_numpy(dtype=float).copy()
    if bouts is not None and len(bouts):
        at = pd.Index(bouts["bout_id"]).get_indexer(strides["bout_id"].to_numpy(dtype=float, na_value=np.nan))
        start[at >= 0] = bouts["start_s"].to_numpy(dtype=float)[at[at >= 0]]
    return np.clip(np.searchsorted(days["start_s"].to_numpy(dtype=float), start, side="right") - 1, 0, len(days) - 1)


def _sorted(groups: _Groups) -> _Groups:
    order = np.argsort(groups.group, kind="stable")
    return groups._replace(order=groups.order[order], group=groups.group[order])


def _describe(
    strides: pd.DataFrame, names: Sequence[str], groups: _Groups, choice: str, min_strides: int
) -> dict[str, np.ndarray]:
    """Rows of one unit, as arrays: group by group, parameter by parameter, foot by foot."""
    numbers = np.arange(len(groups.ids))
    first, last = (np.searchsorted(groups.group, numbers, side=side).astype(np.int64) for side in ("left", "right"))
    values = _statistics_of(strides, names, groups.order, first, last)
    n, mean, sd, median, robust_sd, p10, p90 = np.moveaxis(values, 3, 0)
    terms = [parameter_term(name) for name in names]
    # Variability needs enough strides of a foot; with one foot that has them, it is that of this foot.
    enough = n[..., :2] >= min_strides
    with np.errstate(divide="ignore", invalid="ignore"):
        spreads = {}
        for name, spread, middle in (("cv", sd, mean), ("robust_cv", robust_sd, median)):
            of_feet = np.where(enough, spread[..., :2], np.nan)
            known = (~np.isnan(of_feet)).sum(axis=2)
            both = np.sqrt(np.nansum(of_feet**2, axis=2) / known)
            ratio = np.array([term.has_natural_zero for term in terms], dtype=bool)[None, :, None] & (middle > 0)
            spreads[name] = np.where(ratio, 100 * np.concatenate([of_feet, both[..., None]], axis=2) / middle, np.nan)
        left, right = mean[..., 0], mean[..., 1]
        index = 100 * (right - left) / (0.5 * (right + left))
    compared = np.array([term.compares_feet for term in terms], dtype=bool)
    nothing = np.full(mean.shape[:2], np.nan)

    def of_both(values: np.ndarray) -> np.ndarray:
        return np.stack([nothing, nothing, np.where(compared & np.isfinite(values), values, np.nan)], axis=2)

    shape = mean.shape
    units = list(dict.fromkeys(term.unit for term in terms))
    unit_codes = np.array([units.index(term.unit) for term in terms], dtype=np.int8)
    parameter_type = np.int8 if len(names) < 128 else np.int16
    table = {
        "unit": np.full(shape, UNITS.index(groups.unit), dtype=np.int8),
        "id": np.broadcast_to(groups.ids[:, None, None], shape),
        "foot": np.broadcast_to(np.arange(3, dtype=np.int8), shape),
        "parameter": np.broadcast_to(np.arange(len(names), dtype=parameter_type)[None, :, None], shape),
        "unit_of_measure": np.broadcast_to(unit_codes[None, :, None], shape),
        "strides": np.full(shape, CHOICES.index(choice), dtype=np.int8),
        "n": n.astype(np.int64),
        "mean": mean,
        "sd": sd,
        "cv": spreads["cv"],
        "median": median,
        "robust_cv": spreads["robust_cv"],
        "p10": p10,
        "p90": p90,
        "asymmetry": of_both(np.abs(left - right)),
        "symmetry_index": of_both(index),
    }
    rows = np.flatnonzero(n.ravel() > 0) if not groups.keeps_empty else slice(None)
    flat = {name: column.ravel()[rows] for name, column in table.items()}
    return flat | {"id": flat["id"].astype(np.int64)}


def _statistics_of(
    strides: pd.DataFrame, names: Sequence[str], order: np.ndarray, first: np.ndarray, last: np.ndarray
) -> np.ndarray:
    """Run the kernel over a few columns at a time: (groups, parameters, feet, statistics)."""
    foot = (strides["foot"].to_numpy()[order] == "right").astype(np.int64)

    def column(name: str) -> np.ndarray:
        if name == "duration":
            return (strides["end_s"] - strides["start_s"]).to_numpy(dtype=float)[order]
        return strides[name].to_numpy(dtype=float)[order]

    weight_names = ["", *dict.fromkeys(w for name in names if (w := parameter_term(name).mean_over))]
    weights = np.ones((len(weight_names), len(order)))
    for k, name in enumerate(weight_names[1:], start=1):
        if name == "duration" or name in strides:
            weights[k] = column(name)
    described = []
    for k in range(0, len(names), _COLUMNS_AT_ONCE):
        some = names[k : k + _COLUMNS_AT_ONCE]
        block = np.array([column(name) for name in some], dtype=float).reshape(len(some), len(order))
        weight_of = np.array([weight_names.index(parameter_term(name).mean_over) for name in some], dtype=np.int64)
        described.append(group_statistics(block, weights, weight_of, foot, first, last))
    return np.concatenate(described, axis=1)
