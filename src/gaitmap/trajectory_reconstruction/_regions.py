"""Regions of a recording (strides, regions of interest): their borders in samples, and results laid out per region."""

import warnings
from collections.abc import Hashable, Mapping

import numpy as np
import pandas as pd

from gaitmap.utils.consts import GF_ORI, GF_POS, GF_VEL
from gaitmap.utils.exceptions import UnusableRegionWarning, UnusableSignalError, ValidationError

RESULT_COLUMNS = {"orientation": GF_ORI, "velocity": GF_VEL, "position": GF_POS}


def read_sections(regions: pd.DataFrame, n_samples: int, where: str) -> np.ndarray:
    """Return ``[start, end)`` of every region, truncated to whole samples, as int64 array of shape (k, 2).

    An end beyond the recording is moved to its end, with a warning; other irregular regions are errors.
    """
    borders = np.column_stack([regions[column].to_numpy(dtype=float, na_value=np.nan) for column in ("start", "end")])
    _refuse(np.isnan(borders).any(axis=1), regions, where, "cannot convert float NaN to integer", ValueError)
    sections = borders.astype(np.int64)
    starts, ends = sections.T
    _refuse((starts < 0) | (starts >= n_samples), regions, where, f"start outside of the data (0 to {n_samples - 1})")
    too_long = ends > n_samples
    if too_long.any():
        warnings.warn(
            f"{where}: the end of {_names(regions, too_long)} lies beyond the data ({n_samples} samples). "
            "These are evaluated up to the end of the data.",
            UserWarning,
            stacklevel=2,
        )
        ends[too_long] = n_samples
    _refuse(ends <= starts, regions, where, "no sample between start and end")
    return sections


def _refuse(
    bad: np.ndarray, regions: pd.DataFrame, where: str, problem: str, error: type[Exception] = ValidationError
) -> None:
    if bad.any():
        found = regions.loc[bad, ["start", "end"]].iloc[0].tolist()
        raise error(
            f"{where}: {problem}. Found start, end = {found} for {_names(regions, bad)}. Expected 0 <= start < end, in "
            "samples of the data. Correct or remove these rows."
        )


def _names(regions: pd.DataFrame, selected: np.ndarray) -> str:
    ids = regions.index[selected].tolist()
    shown = ", ".join(repr(name) for name in ids[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
    return f"{regions.index.name} {shown}"


def warn_about_cut_windows(starts: np.ndarray, half_width: int, n_samples: int, where: str) -> None:
    """Warn once per end of each alignment window that reaches beyond the recording."""
    for _ in range(int(np.sum(starts < half_width) + np.sum(starts + half_width >= n_samples))):
        warnings.warn(
            "Could not use complete window length for initializing orientation. "
            f"{where}: a region starts within {half_width} samples of the start or the end of the data.",
            UserWarning,
            stacklevel=2,
        )


def report_unusable(problems: Mapping[Hashable, UnusableSignalError], n_regions: int, where: str) -> None:
    """Name the regions without results in one warning; raise if there is no other."""
    if not problems:
        return
    first = next(iter(problems.values()))
    if len(problems) == n_regions:
        raise first
    # As plain numbers: np.int64(8) is nothing to read.
    names = [repr(name) for name in pd.Index(problems).tolist()[:10]]
    shown = ", ".join(names)
    warnings.warn(
        f"{where}: {len(problems)} of {n_regions} could not be evaluated, their results are NaN: {shown}"
        f"{', ...' if len(problems) > 10 else ''}. Reason for {names[0]}: {first}",
        UnusableRegionWarning,
        stacklevel=2,
    )


def region_frames(n_rows: np.ndarray, ids: pd.Index, *values: np.ndarray) -> dict[str, pd.DataFrame]:
    """Lay out orientation, velocity and position of all regions, ``n_rows`` each, with the index (id, sample)."""
    index = region_index(n_rows, ids)
    arrays = values or tuple(np.empty((0, len(columns))) for columns in RESULT_COLUMNS.values())
    return {
        name: pd.DataFrame(array, columns=columns, index=index, copy=False)
        for (name, columns), array in zip(RESULT_COLUMNS.items(), arrays, strict=True)
    }


def region_index(n_rows: np.ndarray, ids: pd.Index) -> pd.MultiIndex:
    """Index (id, sample) of regions with ``n_rows`` rows each, built from integer codes."""
    codes, levels = pd.factorize(ids, sort=_is_sortable(ids))
    return pd.MultiIndex(
        levels=[levels, pd.RangeIndex(int(n_rows.max(initial=0)))],
        codes=[np.repeat(codes, n_rows), ranges(np.zeros_like(n_rows), n_rows)],
        names=[ids.name, "sample"],
        verify_integrity=False,
    )


def ranges(starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Concatenate ``arange(start, start + length)`` of all pairs."""
    offsets = np.cumsum(lengths) - lengths
    return np.arange(int(lengths.sum())) + np.repeat(starts - offsets, lengths)


def _is_sortable(ids: pd.Index) -> bool:
    try:
        ids.sort_values()
    except TypeError:
        return False
    return True


def nan_frames(n_rows: int) -> dict[str, pd.DataFrame]:
    """Results of a region that cannot be evaluated."""
    return {
        name: pd.DataFrame(np.nan, columns=columns, index=pd.RangeIndex(n_rows, name="sample"))
        for name, columns in RESULT_COLUMNS.items()
    }
