"""The template that is part of the package."""

import json
from importlib import resources
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

import gaitmap.stride_segmentation
from gaitmap.base import BaseAlgorithm
from gaitmap.data_transform import FixedScaler
from gaitmap.stride_segmentation import BarthDtw, OpenStrideTemplate
from tests.contract._walk import make_walk


def test_it_is_one_stride_from_minimum_to_minimum():
    template = OpenStrideTemplate(scaling=None).get_data()
    assert list(template.columns) == ["gyr_ml"]
    assert template.index.equals(pd.RangeIndex(len(template)))
    gyr_ml = template["gyr_ml"].to_numpy()
    assert 0.9 < len(gyr_ml) / OpenStrideTemplate.sampling_rate_hz < 1.2
    assert max(gyr_ml[0], gyr_ml[-1]) < 0.6 * gyr_ml.min() < -150
    assert 0.1 < gyr_ml.argmax() / len(gyr_ml) < 0.5


def test_its_interface_is_that_of_the_original_template():
    template = OpenStrideTemplate()
    assert set(template.get_params(deep=False)) == {"smoothing", "scaling", "use_cols"}
    assert list(OpenStrideTemplate(use_cols=("gyr_ml",)).get_data().columns) == ["gyr_ml"]
    with pytest.raises(KeyError, match="gyr_si"):
        OpenStrideTemplate(use_cols=("gyr_si",)).get_data()
    read_again = BaseAlgorithm.from_json(template.to_json())
    assert joblib.hash(read_again) == joblib.hash(template)


def test_the_scaling_is_applied_to_template_and_data():
    template = OpenStrideTemplate(scaling=FixedScaler(2.0), smoothing=None)
    expected = OpenStrideTemplate(scaling=None).get_data() / 2
    pd.testing.assert_frame_equal(template.get_data(), expected)
    data = pd.DataFrame({"gyr_ml": [2.0, 4.0]})
    assert template.transform_data(data, 100)["gyr_ml"].tolist() == [1.0, 2.0]


def test_the_smoothing_is_applied_to_the_data_alone():
    data = make_walk().body_frame["left_sensor"][["gyr_ml"]]
    template = OpenStrideTemplate(scaling=None)
    smooth = template.transform_data(data, 102.4)
    expected = template.smoothing.clone().filter(data, sampling_rate_hz=102.4).filtered_data_
    pd.testing.assert_frame_equal(smooth, expected)
    pd.testing.assert_frame_equal(template.get_data(), OpenStrideTemplate(scaling=None, smoothing=None).get_data())


def test_gaps_stay_where_they_are():
    data = make_walk().body_frame["left_sensor"][["gyr_ml"]].copy()
    data.iloc[200:210] = np.nan
    transformed = OpenStrideTemplate().transform_data(data, 102.4)["gyr_ml"]
    np.testing.assert_array_equal(np.flatnonzero(transformed.isna()), np.arange(200, 210))


def test_changing_what_was_read_does_not_change_the_template():
    template = OpenStrideTemplate(scaling=None, smoothing=None).get_data()
    template.iloc[:] = 0
    assert OpenStrideTemplate(scaling=None).get_data().to_numpy().any()


def test_the_provenance_beside_the_data_tells_the_same():
    folder = resources.files(gaitmap.stride_segmentation).joinpath("_data")
    provenance = json.loads(folder.joinpath("open_template.json").read_text(encoding="utf-8"))
    template = OpenStrideTemplate()
    assert provenance["sampling_rate_hz"] == template.sampling_rate_hz
    assert provenance["smoothing"] == json.loads(template.smoothing.to_json())["params"]
    assert "MIT" in provenance["licence"]
    assert len(provenance["recordings"]) == 6
    assert len(folder.joinpath("open_template.csv").read_bytes()) < 10_000


def test_segmentation_finds_the_strides_of_the_synthetic_walk_at_any_amplitude():
    walk = make_walk()
    expected = BarthDtw(OpenStrideTemplate()).segment(walk.body_frame, walk.rate).stride_list_
    louder = {sensor: 1.7 * data for sensor, data in walk.body_frame.items()}
    found = BarthDtw(OpenStrideTemplate()).segment(louder, walk.rate).stride_list_
    for sensor in walk.body_frame:
        assert len(expected[sensor]) == 5
        pd.testing.assert_frame_equal(found[sensor], expected[sensor])


@pytest.mark.recordings
@pytest.mark.slow
def test_the_stored_template_is_what_the_tool_makes(monkeypatch):
    tools = Path(__file__).parents[2] / "tools"
    if not tools.is_dir():
        pytest.skip("the tools are part of the repository only")
    monkeypatch.syspath_prepend(tools)
    from train_open_template import load_feet, train

    pd.testing.assert_frame_equal(train(load_feet()), OpenStrideTemplate(scaling=None).get_data(), atol=0.02)
