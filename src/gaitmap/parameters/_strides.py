"""Helpers shared by the parameter classes: event times as floats, rows of each stride, names with units."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
import pandas as pd

from gaitmap.base import parameter_term

#: What the cycle of a stride lasts where one of its contacts is missing.
MISSING_CONTACTS = ("nan", "borders")

#: Stride type -> events between which the gait cycle of a stride lasts. The cycle of a min_vel stride ends, like its
#: swing phase, with the initial contact inside the stride, so it began with the one before the stride.
CYCLE_EVENTS = {"min_vel": ("pre_ic", "ic"), "ic": ("start", "end")}


class StrideRows(NamedTuple):
    """Where the samples of each stride lie: ``first[i]:last[i]``, after taking the rows in ``order`` (None: as is)."""

    order: np.ndarray | None
    first: np.ndarray
    last: np.ndarray


def event_samples(stride_list: pd.DataFrame, name: str) -> np.ndarray:
    """One column of a stride list as float64, with NaN for missing values."""
    return stride_list[name].to_numpy(dtype=float, na_value=np.nan)


def cycle_time(
    stride_list: pd.DataFrame, stride_type: str, sampling_rate_hz: float, missing_contacts: str = "nan"
) -> np.ndarray:
    """Duration of the gait cycle of each stride in s; where a contact is missing NaN, or that of the stride itself."""
    begin, end = CYCLE_EVENTS[stride_type]
    own = event_samples(stride_list, "end") - event_samples(stride_list, "start")
    if missing_contacts == "borders" and not {begin, end} <= set(stride_list.columns):
        return own / sampling_rate_hz
    cycle = event_samples(stride_list, end) - event_samples(stride_list, begin)
    if missing_contacts == "borders":
        cycle = np.where(np.isnan(cycle), own, cycle)
    return cycle / sampling_rate_hz


def find_stride_rows(trajectory: pd.DataFrame, stride_ids: pd.Index) -> StrideRows:
    """Find the rows of each stride in a per-stride trajectory with ``s_id`` as column or index level.

    Rows keep their order within a stride; the strides of the trajectory may be in any order, even interleaved. A
    stride without rows gets an empty range.
    """
    codes, known_ids = _stride_codes(trajectory)
    order = None
    first, last = _runs(codes)
    if len(first) != len(np.unique(codes[first])):
        order = np.argsort(codes, kind="stable")
        codes = codes[order]
        first, last = _runs(codes)
    run_of_code = np.full(len(known_ids) + 1, -1)  # the last slot is that of "not there", code -1
    run_of_code[codes[first]] = np.arange(len(first))
    run_of_code[-1] = -1
    run = run_of_code[known_ids.get_indexer(stride_ids)]
    bounds = [np.append(bound, 0)[run].astype(np.int64) for bound in (first, last)]
    return StrideRows(order, *bounds)


def trajectory_values(trajectory: pd.DataFrame, columns: list[str], order: np.ndarray | None) -> np.ndarray:
    """Columns of a trajectory as a fresh float64 array, rows in ``order``."""
    values = trajectory[columns].to_numpy(dtype=float)
    return np.array(values if order is None else values[order], order="C")


def sample_numbers(trajectory: pd.DataFrame, order: np.ndarray | None) -> np.ndarray:
    """Sample numbers of a trajectory as a fresh float64 array, rows in ``order``."""
    if "sample" in trajectory.index.names:
        values = trajectory.index.get_level_values("sample").to_numpy(dtype=float)
    else:
        values = trajectory["sample"].to_numpy(dtype=float, na_value=np.nan)
    return np.array(values if order is None else values[order])


def make_pretty(parameters: pd.DataFrame | Mapping[Any, pd.DataFrame]) -> pd.DataFrame | dict[Any, pd.DataFrame]:
    """Rename columns and index for reading; the input stays as it is."""
    if isinstance(parameters, Mapping):
        return {sensor: _pretty_table(frame) for sensor, frame in parameters.items()}
    return _pretty_table(parameters)


def _pretty_table(parameters: pd.DataFrame) -> pd.DataFrame:
    return parameters.rename(columns=lambda name: parameter_term(name).pretty_name).rename_axis("stride id")


def _stride_codes(trajectory: pd.DataFrame) -> tuple[np.ndarray, pd.Index]:
    index = trajectory.index
    if isinstance(index, pd.MultiIndex) and "s_id" in index.names:
        level = index.names.index("s_id")
        return np.asarray(index.codes[level], dtype=np.int64), index.levels[level]
    codes, known_ids = pd.factorize(index if index.name == "s_id" else trajectory["s_id"])
    return codes, pd.Index(known_ids)


def _runs(codes: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Half-open ranges of equal neighbours."""
    if len(codes) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    borders = np.flatnonzero(codes[1:] != codes[:-1]) + 1
    return np.append(0, borders), np.append(borders, len(codes))
