"""Gait sequences around strides."""

import pandas as pd
import pytest

from gaitmap.pipelines.blocks._region_strides import regions_with_strides


@pytest.mark.parametrize(
    ("strides", "expected"),
    [
        ([], []),
        ([(0, 10), (10, 20)], ["a"]),
        ([(90, 110)], []),  # only a part of it is in the first one
        ([(150, 160), (320, 330)], ["c"]),
        ([(0, 100), (200, 300), (300, 400)], ["a", "b", "c"]),
        ([(350, 401), (-5, 5)], []),
    ],
)
def test_only_regions_that_hold_a_complete_stride_are_kept(strides, expected):
    index = pd.Index(["a", "b", "c"], name="gs_id")
    regions = pd.DataFrame({"start": [0, 200, 300], "end": [100, 300, 400]}, index=index)
    kept = regions_with_strides(regions, pd.DataFrame(strides, columns=["start", "end"]))
    assert kept.index.tolist() == expected


def test_without_regions_there_is_none_to_keep():
    regions = pd.DataFrame({"start": [], "end": []}, dtype="int64")
    assert len(regions_with_strides(regions, pd.DataFrame({"start": [3], "end": [8]}))) == 0
