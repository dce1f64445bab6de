"""Strides cut out of the results of regions, by index arithmetic alone."""

import numpy as np
import pandas as pd

from gaitmap.trajectory_reconstruction._regions import ranges, region_index
from gaitmap.utils.datatype_helper import set_correct_index
from gaitmap.utils.exceptions import ValidationError


def cut_strides(result: pd.DataFrame, regions: pd.DataFrame, strides: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of all strides that lie inside of a region, with the index (s_id, sample).

    ``regions`` and ``strides`` have their ids as index, ``result`` the index (id of the region, sample).
    """
    result = _indexed_by_region(result, regions.index.name)
    first_rows, n_rows = _blocks(result.index.get_level_values(0), regions.index)
    picked, region_of = _find_regions(regions, strides)
    starts, ends = (strides[name].to_numpy(dtype=float, na_value=np.nan)[picked] for name in ("start", "end"))
    region_starts = regions["start"].to_numpy(dtype=float)[region_of].astype(np.int64)
    first = starts.astype(np.int64) - region_starts
    last = ends.astype(np.int64) - region_starts
    if (last >= n_rows[region_of]).any():
        raise _damaged("a region has fewer rows than the strides inside of it need")
    rows = ranges(first_rows[region_of] + first, last - first + 1)
    cut = result.iloc[rows]
    cut.index = region_index(last - first + 1, strides.index[picked])
    return cut


def _find_regions(regions: pd.DataFrame, strides: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Find the last region that contains each stride; strides come in the order of their first region."""
    starts, ends = (strides[name].to_numpy(dtype=float, na_value=np.nan) for name in ("start", "end"))
    region_of = np.full(len(strides), -1)
    picked: list[int] = []
    borders = regions[["start", "end"]].to_numpy(dtype=float)
    for k, (region_start, region_end) in enumerate(borders):
        inside = np.flatnonzero((starts >= region_start) & (ends <= region_end))
        picked.extend(inside[region_of[inside] < 0])
        region_of[inside] = k
    order = np.array(picked, dtype=np.int64)
    return order, region_of[order]


def _indexed_by_region(result: pd.DataFrame, id_name: str) -> pd.DataFrame:
    names = [*result.index.names, *result.columns]
    if "s_id" in names:
        raise ValidationError(
            "The results are those of strides already (of `estimate_intersect`). Expected results of regions: call "
            "`estimate` before `intersect`."
        )
    if id_name not in names or "sample" not in names:
        raise _damaged(f"expected the index levels {[id_name, 'sample']}, found {list(result.index.names)}")
    return set_correct_index(result, [id_name, "sample"])


def _blocks(row_ids: pd.Index, ids: pd.Index) -> tuple[np.ndarray, np.ndarray]:
    """Find the first row and the number of rows of every region."""
    codes, found = pd.factorize(row_ids)
    first_rows = np.flatnonzero(np.diff(codes, prepend=-1))
    if len(first_rows) != len(found):
        raise _damaged("the rows of a region do not follow one another")
    n_rows = np.diff(first_rows, append=len(codes))
    position = pd.Index(found).get_indexer(ids)
    if (position < 0).any():
        raise _damaged(f"there are no rows for {ids.name} {ids[position < 0].tolist()}")
    return first_rows[position], n_rows[position]


def _damaged(problem: str) -> ValueError:
    return ValueError(f"The results do not belong to the regions of interest: {problem}. Call `estimate` again.")
