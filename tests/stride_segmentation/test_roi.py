"""Segmentation of regions."""

import json

import numpy as np
import pandas as pd
import pytest

from gaitmap.base import BaseStrideSegmentation
from gaitmap.stride_segmentation import BarthDtw, DtwTemplate, RoiStrideSegmentation
from gaitmap.utils.exceptions import ValidationError
from tests.stride_segmentation import _data


class EveryTen(BaseStrideSegmentation):
    """Strides of ten samples, for one sensor or many; ``s_id`` as column, with a further column."""

    def __init__(self, as_column: bool = True):
        self.as_column = as_column

    def segment(self, data, sampling_rate_hz, offset=0, **_):
        if isinstance(data, dict) or data.columns.nlevels == 2:
            names = list(data) if isinstance(data, dict) else list(data.columns.unique(0))
            self.stride_list_ = {name: self._strides(len(data[name]), offset) for name in names}
        else:
            self.stride_list_ = self._strides(len(data), offset)
        self.data = data
        return self

    other = segment

    def _strides(self, n, offset):
        start = np.arange(offset, n - 9, 10)
        strides = pd.DataFrame({"s_id": np.arange(len(start)), "start": start, "end": start + 10, "score": 0.5})
        return strides if self.as_column else strides.set_index("s_id")


DATA = pd.DataFrame({"gyr_ml": np.zeros(100)}, index=np.arange(100) / 3)
TWO_FEET = pd.concat({"left": DATA, "right": DATA}, axis=1)
REGIONS = pd.DataFrame({"roi_id": [7, 3], "start": [50, 5], "end": [70, 38]})


def _run(data, regions, algorithm=None, **params):
    roi = RoiStrideSegmentation(algorithm or EveryTen(), **params)
    return roi.segment(data, 10, regions_of_interest=regions)


@pytest.mark.parametrize("as_column", [True, False])
def test_strides_are_numbered_by_start_in_samples_of_the_recording(as_column):
    strides = _run(DATA, REGIONS, EveryTen(as_column)).stride_list_
    expected = pd.DataFrame(
        {"roi_id": [3, 3, 3, 7, 7], "start": [5, 15, 25, 50, 60], "end": [15, 25, 35, 60, 70], "score": 0.5},
        index=pd.RangeIndex(5, name="s_id"),
    )
    pd.testing.assert_frame_equal(strides, expected)


@pytest.mark.parametrize("as_column", [True, False])
def test_ids_may_be_made_of_region_and_inner_id(as_column):
    strides = _run(DATA, REGIONS, EveryTen(as_column), s_id_naming="prefix").stride_list_
    assert strides.index.tolist() == ["3_0", "3_1", "3_2", "7_0", "7_1"]
    assert strides.index.name == "s_id"


@pytest.mark.parametrize(
    "regions",
    [REGIONS.set_index("roi_id"), REGIONS.astype({"start": float, "end": float, "roi_id": float})],
    ids=["index", "float"],
)
def test_regions_may_have_their_id_as_index_and_be_floats(regions):
    strides = _run(DATA, regions).stride_list_
    assert strides["start"].tolist() == [5, 15, 25, 50, 60]
    assert strides[["start", "end"]].dtypes.eq(np.int64).all()


def test_gait_sequences_keep_their_id_name():
    regions = REGIONS.rename(columns={"roi_id": "gs_id"}).astype({"gs_id": str})
    assert _run(DATA, regions).stride_list_["gs_id"].tolist() == ["3"] * 3 + ["7"] * 2


def test_inner_instances_stay_relative_to_their_region():
    roi = _run(DATA, REGIONS)
    assert list(roi.instances_per_roi_) == [7, 3]
    assert roi.instances_per_roi_[7].stride_list_["start"].tolist() == [0, 10]
    assert len(roi.instances_per_roi_[3].data) == 33
    assert not hasattr(roi.segmentation_algorithm, "stride_list_")


def test_one_list_of_regions_serves_all_sensors_of_a_frame():
    roi = _run(TWO_FEET, REGIONS)
    assert list(roi.stride_list_) == ["left", "right"]
    assert roi.stride_list_["left"].equals(_run(DATA, REGIONS).stride_list_)
    assert list(roi.instances_per_roi_) == [7, 3]


@pytest.mark.parametrize("data", [TWO_FEET, {"left": DATA, "right": DATA[:60]}], ids=["frame", "dict"])
def test_each_sensor_may_have_its_own_regions(data):
    roi = _run(data, {"right": REGIONS[1:]})
    assert list(roi.stride_list_) == list(roi.instances_per_roi_) == ["right"]
    assert roi.stride_list_["right"]["start"].tolist() == [5, 15, 25]
    assert list(roi.instances_per_roi_["right"][3].stride_list_) == ["right"]


@pytest.mark.parametrize("name", [0, ""])
def test_any_sensor_name_is_a_name(name):
    assert list(_run({name: DATA}, {name: REGIONS}).stride_list_) == [name]


def test_templates_per_sensor_go_with_regions_per_sensor():
    signal = pd.DataFrame({"gyr_ml": [2.0] * 5 + [0, 1, 0] + [2.0] * 5})
    template = DtwTemplate(data=pd.DataFrame({"gyr_ml": [0.0, 1, 0]}), sampling_rate_hz=100.0)
    dtw = BarthDtw(
        {"left": template, "right": template}, max_cost=0.5, min_match_length_s=0.01, snap_to_min_win_ms=None
    )
    regions = pd.DataFrame({"roi_id": [0], "start": [2], "end": [12]})
    roi = RoiStrideSegmentation(dtw).segment(
        {"left": signal, "right": signal}, 100, regions_of_interest={"left": regions}
    )
    assert roi.stride_list_["left"][["start", "end"]].to_numpy().tolist() == [[5, 8]]


def test_strides_in_two_regions_are_listed_twice():
    regions = pd.DataFrame({"roi_id": [0, 1], "start": [0, 0], "end": [20, 10]})
    assert _run(DATA, regions).stride_list_["start"].tolist() == [0, 0, 10]


def test_regions_without_strides_change_no_dtype():
    regions = pd.DataFrame({"roi_id": [0, 1], "start": [0, 20], "end": [5, 40]})
    strides = _run(DATA, regions).stride_list_
    assert strides["start"].tolist() == [20, 30]
    assert strides["start"].dtype == strides["end"].dtype == np.int64


@pytest.mark.parametrize(
    "regions", [REGIONS[:0], REGIONS.assign(end=REGIONS["start"])], ids=["no region", "no samples"]
)
@pytest.mark.parametrize("naming", ["replace", "prefix"])
def test_no_stride_gives_a_typed_empty_list(regions, naming):
    strides = _run(DATA, regions, s_id_naming=naming).stride_list_
    assert list(strides.columns) == ["roi_id", "start", "end"]
    assert strides.index.name == "s_id"
    assert strides[["start", "end"]].dtypes.eq(np.int64).all()
    both = _run(TWO_FEET, regions, s_id_naming=naming).stride_list_
    assert [len(both[foot]) for foot in ("left", "right")] == [0, 0]


def test_further_arguments_and_another_method_reach_the_algorithm():
    roi = RoiStrideSegmentation(EveryTen(), action_method="segment")
    assert roi.segment(DATA, 10, regions_of_interest=REGIONS, offset=4).stride_list_["start"].tolist() == [
        9, 19, 54,
    ]  # fmt: skip
    with pytest.raises(ValueError, match="action methods"):
        RoiStrideSegmentation(EveryTen(), action_method="other").segment(DATA, 10, regions_of_interest=REGIONS)


def test_errors_of_the_algorithm_name_the_region():
    dtw = BarthDtw(DtwTemplate(data=pd.DataFrame({"nope": [0.0, 1]}), sampling_rate_hz=10.0))
    with pytest.raises(KeyError) as error:
        _run(DATA, REGIONS, dtw)
    assert any("region of interest 7 (samples 50 to 70)" in note for note in error.value.__notes__)


@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"segmentation_algorithm": None}, "`segmentation_algorithm` must be a valid instance"),
        ({"segmentation_algorithm": "x"}, "`segmentation_algorithm` must be a valid instance"),
        ({"s_id_naming": "nope"}, "s_id_naming"),
    ],
)
def test_bad_parameters_are_refused(params, message):
    roi = RoiStrideSegmentation(**{"segmentation_algorithm": EveryTen(), **params})
    with pytest.raises(ValueError, match=message):
        roi.segment(DATA, 10, regions_of_interest=REGIONS)


@pytest.mark.parametrize(
    ("data", "regions", "error", "message"),
    [
        ("x", REGIONS, ValidationError, "neither single- or multi-sensor data"),
        (DATA, None, ValidationError, "neither a single- or a multi-sensor regions of interest list"),
        (DATA, REGIONS[["start", "end"]], ValidationError, "neither a single- or a multi-sensor regions of interest"),
        (DATA, {"a": REGIONS}, ValidationError, "multi-sensor regions of interest list with a single sensor"),
        ({"a": DATA}, REGIONS, ValidationError, "single-sensor regions of interest list with an unsynchronised"),
        ({"a": DATA}, {"b": REGIONS}, KeyError, "The regions of interest list contains information for a sensor"),
        (DATA, REGIONS.assign(start=-1), ValidationError, "whole numbers"),
        (DATA, REGIONS.assign(end=10.5), ValidationError, "whole numbers"),
    ],
)
def test_data_and_regions_that_do_not_fit_are_refused(data, regions, error, message):
    with pytest.raises(error, match=message):
        _run(data, regions)


@pytest.mark.reference
@pytest.mark.recordings
def test_reference_runs(reference_dir):
    folder = reference_dir / "stride_segmentation_dtw"
    algorithm = BarthDtw(_data.trained_template(folder, "linear_absmax"))
    for run in json.loads((folder / "roi_runs.json").read_text()):
        described = run["regions_of_interest"]
        borders = np.array(described["start_end"])
        name = described["id"][:6].strip(" ,(")
        regions = pd.DataFrame({name: described["ids"], "start": borders[:, 0], "end": borders[:, 1]})
        regions = regions.set_index(name) if "index" in described["id"] else regions
        regions = {"left_sensor": regions} if "dict" in described["id"] else regions
        roi = RoiStrideSegmentation(algorithm, **run["params"])
        roi.segment(_data.recording(run["data"]), 204.8, regions_of_interest=regions)
        assert list(roi.instances_per_roi_) == run["instances_per_roi_keys"]
        for sensor, expected in run["expected"].items():
            strides = roi.stride_list_ if sensor == "single" else roi.stride_list_[sensor]
            assert list(strides.columns) == expected["columns"]
            assert strides.index.tolist() == expected["s_id"]
            assert strides.index.name == expected["index_name"]
            for column in expected["columns"]:
                assert strides[column].tolist() == expected[column]
