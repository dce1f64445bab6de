import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal

from gaitmap.utils.consts import BF_COLS, BF_COLS_WITH_MAG, SF_COLS, SF_COLS_WITH_MAG, SF_GYR
from gaitmap.utils.coordinate_conversion import (
    convert_fbf_to_fsf,
    convert_foot_to_fbf,
    convert_foot_to_fsf,
    convert_left_foot_to_fbf,
    convert_right_foot_to_fbf,
    convert_to_fbf,
)
from gaitmap.utils.exceptions import ValidationError

SIGNS = {"left": [1, 1, -1, -1, -1, -1], "right": [1, -1, -1, 1, -1, 1]}
CONVERT = {"left": convert_left_foot_to_fbf, "right": convert_right_foot_to_fbf}
feet = pytest.mark.parametrize("foot", ["left", "right"])


def foot_data(columns=SF_COLS_WITH_MAG, dtype=float, n=5):
    values = np.random.default_rng(0).normal(size=(n, len(columns))) * 100
    return pd.DataFrame(values.astype(dtype), columns=columns, index=np.arange(n) / 3)


def recording(as_dict=False, **options):
    data = {f"{side}_sensor": foot_data(**options) for side in ("left", "right")}
    return data if as_dict else pd.concat(data, axis=1, names=["sensor", "axis"])


class TestOneFoot:
    @feet
    @pytest.mark.parametrize("dtype", [float, np.float32, np.int64])
    def test_columns_get_their_sign_and_keep_their_type(self, foot, dtype):
        data = foot_data(columns=SF_COLS_WITH_MAG[::-1], dtype=dtype).assign(label="a")
        expected = pd.DataFrame(
            data[SF_COLS].to_numpy() * np.array(SIGNS[foot], dtype), columns=BF_COLS, index=data.index
        )
        assert_frame_equal(CONVERT[foot](data), expected)

    @feet
    def test_magnetometer_is_mapped_like_the_accelerometer(self, foot):
        data = foot_data()
        converted = convert_foot_to_fbf(data, foot, include_mag=True)
        assert_array_equal(converted.columns, BF_COLS_WITH_MAG)
        assert_array_equal(converted.iloc[:, 6:], data.iloc[:, 6:] * SIGNS[foot][:3])

    @feet
    @pytest.mark.parametrize("include_mag", [True, False])
    def test_conversion_there_and_back_is_exact(self, foot, include_mag):
        data = foot_data()
        there = convert_foot_to_fbf(data, foot, include_mag=include_mag)
        back = convert_foot_to_fsf(there, foot, include_mag=include_mag)
        assert_frame_equal(back, data[SF_COLS_WITH_MAG if include_mag else SF_COLS], check_exact=True)

    @feet
    @pytest.mark.parametrize("columns", [SF_GYR, BF_COLS, SF_COLS[:-1]])
    def test_only_complete_sensor_frame_data(self, foot, columns):
        with pytest.raises(ValidationError):
            CONVERT[foot](foot_data(columns=columns))

    def test_magnetometer_must_be_there_when_asked_for(self):
        with pytest.raises(ValidationError, match="mag_x"):
            convert_foot_to_fbf(foot_data(columns=SF_COLS), "left", include_mag=True)

    @pytest.mark.parametrize("function", [convert_foot_to_fbf, convert_foot_to_fsf])
    def test_unknown_foot(self, function):
        with pytest.raises(ValueError, match="'foot'"):
            function(foot_data(), "both")

    def test_input_is_not_modified(self):
        data = foot_data()
        converted = convert_left_foot_to_fbf(data)
        converted.iloc[:] = 0
        assert_frame_equal(data, foot_data())


class TestRecording:
    @pytest.mark.parametrize("as_dict", [True, False])
    @pytest.mark.parametrize(
        "choice",
        [
            {"left": ["left_sensor"], "right": ["right_sensor"]},
            {"left_like": "left", "right_like": "right"},
            {"left": ["left_sensor"], "right_like": "right"},
        ],
    )
    def test_each_foot_is_converted_by_its_table(self, as_dict, choice):
        data = recording(as_dict)
        converted = convert_to_fbf(data, **choice)
        assert isinstance(converted, dict) is as_dict
        for foot, convert in CONVERT.items():
            assert_frame_equal(converted[f"{foot}_sensor"], convert(data[f"{foot}_sensor"]), check_names=False)

    @pytest.mark.parametrize("as_dict", [True, False])
    def test_other_sensors_stay_as_they_are(self, as_dict):
        data = recording(as_dict)
        converted = convert_to_fbf(data, right_like="right", left=[])
        assert_frame_equal(converted["left_sensor"], data["left_sensor"], check_names=False)
        assert list(converted["right_sensor"].columns) == BF_COLS

    @pytest.mark.parametrize("as_dict", [True, False])
    @pytest.mark.parametrize("include_mag", [True, False])
    def test_conversion_there_and_back_is_exact(self, as_dict, include_mag):
        data, choice = recording(as_dict), {"left_like": "left", "right_like": "right", "include_mag": include_mag}
        back = convert_fbf_to_fsf(convert_to_fbf(data, **choice), **choice)
        for sensor in ("left_sensor", "right_sensor"):
            expected = data[sensor][SF_COLS_WITH_MAG if include_mag else SF_COLS]
            assert_frame_equal(back[sensor], expected, check_exact=True, check_names=False)

    def test_sensor_order_is_kept_and_level_names_are_dropped(self):
        data = recording()[["right_sensor", "left_sensor"]]
        converted = convert_to_fbf(data, left_like="left", right_like="right")
        assert list(converted.columns) == [(s, c) for s in ("right_sensor", "left_sensor") for c in BF_COLS]
        assert list(converted.columns.names) == [None, None]
        assert converted.index.equals(data.index)

    def test_sensor_of_both_feet_is_a_right_one(self):
        data = recording(as_dict=True)
        converted = convert_to_fbf(data, left=["left_sensor"], right=["left_sensor"])
        assert_frame_equal(converted["left_sensor"], convert_right_foot_to_fbf(data["left_sensor"]))

    def test_names_need_not_be_text(self):
        data = {1: foot_data(), 2: foot_data()}
        assert list(convert_to_fbf(data, left=[1])[1].columns) == BF_COLS
        assert list(convert_to_fbf(data, left_like="1")[1].columns) == BF_COLS

    def test_substring_without_a_match_warns(self):
        with pytest.warns(UserWarning, match="wrist"):
            converted = convert_to_fbf(recording(), left_like="wrist")
        assert_frame_equal(converted, recording(), check_names=False)

    @pytest.mark.parametrize(
        "choice",
        [{}, {"left": []}, {"left": ["left_sensor"], "left_like": "left"}, {"right": ["a"], "right_like": "a"}],
    )
    def test_choice_must_be_clear(self, choice):
        with pytest.raises(ValueError, match=r"left|right"):
            convert_to_fbf(recording(), **choice)

    def test_unknown_sensor_is_named(self):
        with pytest.raises(KeyError, match="wrist"):
            convert_to_fbf(recording(), left=["wrist"])

    @pytest.mark.parametrize("data", [foot_data(), {"left": foot_data(columns=BF_COLS)}, {"left": foot_data(SF_GYR)}])
    def test_only_sensor_frame_data_of_several_sensors(self, data):
        with pytest.raises(ValueError, match="MultiSensorDataset"):
            convert_to_fbf(data, left=["left"])

    def test_way_back_needs_body_frame_data(self):
        with pytest.raises(ValidationError):
            convert_fbf_to_fsf(recording(), left_like="left")


@pytest.mark.reference
@pytest.mark.recordings
def test_reference(reference_dir):
    from gaitmap.example_data import get_healthy_example_imu_data

    index = json.loads((reference_dir / "foundation" / "transforms_index.json").read_text())["entries"]
    assert any("fbf_head" in str(entry) for entry in index)
    expected = np.load(reference_dir / "foundation" / "transforms.npz")
    converted = convert_to_fbf(get_healthy_example_imu_data(), left_like="left", right_like="right")
    head = expected["fbf_head"]
    assert_allclose(converted.to_numpy()[: len(head)], head, rtol=1e-9, atol=1e-9)
    assert_allclose(converted.sum().to_numpy(), expected["fbf_sum"], rtol=1e-9, atol=1e-9)
