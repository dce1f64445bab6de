"""Templates from given data."""

import joblib
import numpy as np
import pandas as pd
import pytest

from gaitmap.base import BaseAlgorithm
from gaitmap.data_transform import AbsMaxScaler, FixedScaler, TrainableAbsMaxScaler
from gaitmap.stride_segmentation import BaseDtwTemplate, DtwTemplate, TrainableTemplateMixin

FRAME = pd.DataFrame({"a": [1.0, 2.0, -4.0], "b": [0.0, 1.0, 2.0]})


def test_base_class_has_no_data():
    with pytest.raises(NotImplementedError):
        BaseDtwTemplate().get_data()


def test_mixin_cannot_be_trained():
    with pytest.raises(NotImplementedError):
        TrainableTemplateMixin().self_optimize([FRAME])


def test_a_template_without_data_says_so():
    with pytest.raises(ValueError, match="No data was provided"):
        DtwTemplate().get_data()


@pytest.mark.parametrize("data", [np.arange(3), np.eye(3), FRAME, [1, 2, 3]])
def test_without_scaling_and_selection_the_data_are_passed_on(data):
    assert DtwTemplate(data=data).get_data() is data


def test_columns_of_frames_are_selected_in_the_given_order_and_then_scaled():
    template = DtwTemplate(data=FRAME, use_cols=("b", "a"), scaling=AbsMaxScaler())
    pd.testing.assert_frame_equal(template.get_data(), FRAME[["b", "a"]] / 4)


def test_a_single_name_is_one_column():
    assert list(DtwTemplate(data=FRAME, use_cols="b").get_data().columns) == ["b"]


def test_columns_of_arrays_are_selected_by_position():
    data = np.arange(6.0).reshape(3, 2)
    np.testing.assert_array_equal(DtwTemplate(data=data, use_cols=[1]).get_data(), [1, 3, 5])
    np.testing.assert_array_equal(DtwTemplate(data=data, use_cols=(1, 0)).get_data(), data[:, ::-1])


def test_arrays_with_one_dimension_have_no_columns():
    with pytest.raises(ValueError, match="only 1D"):
        DtwTemplate(data=np.arange(3), use_cols=[0]).get_data()


def test_unknown_columns_are_named():
    with pytest.raises(KeyError, match="nope"):
        DtwTemplate(data=FRAME, use_cols=["nope"]).get_data()


@pytest.mark.parametrize("use_cols", [None, [0]])
def test_arrays_cannot_be_scaled(use_cols):
    template = DtwTemplate(data=np.eye(3), scaling=FixedScaler(2), use_cols=use_cols)
    with pytest.raises(TypeError, match="Data Transformations are only supported for dataframe"):
        template.get_data()


def test_a_scaler_without_training_takes_its_statistics_from_what_it_scales():
    template = DtwTemplate(data=FRAME, scaling=AbsMaxScaler())
    assert template.get_data().abs().max(axis=None) == 1
    assert template.transform_data(FRAME * 3, 100).abs().max(axis=None) == 1


def test_a_trained_scaler_treats_template_and_data_alike():
    template = DtwTemplate(data=FRAME, scaling=TrainableAbsMaxScaler(data_max=4.0))
    assert template.transform_data(FRAME * 3, 100).abs().max(axis=None) == 3


def test_data_are_returned_as_they_are_without_scaling():
    assert DtwTemplate(data=FRAME).transform_data(FRAME, 100) is FRAME


def test_reading_the_template_leaves_no_trace():
    template = DtwTemplate(data=FRAME, scaling=AbsMaxScaler())
    before = joblib.hash(template)
    template.get_data()
    template.transform_data(FRAME, 100)
    assert joblib.hash(template) == before


@pytest.mark.parametrize(
    "data",
    [
        [1, 2, 3],
        np.arange(24.0).reshape(12, 2),
        pd.Series(np.arange(15.0)),
        pd.DataFrame({0: np.arange(14), 1: np.arange(14) / 3}),
        pd.DataFrame({"gyr_ml": np.arange(14) / 7}),
    ],
    ids=["list", "array", "series", "frame with numbers as labels", "frame"],
)
def test_json_keeps_the_data(data):
    template = DtwTemplate(data=data, sampling_rate_hz=102.4, scaling=FixedScaler(3.0), use_cols=None)
    again = BaseAlgorithm.from_json(template.to_json())
    assert type(again) is DtwTemplate
    assert type(again.data) is type(data)
    if isinstance(data, pd.DataFrame | pd.Series):
        assert again.data.equals(data)
        assert again.data.index.equals(data.index)
    else:
        np.testing.assert_array_equal(again.data, data)
    assert (again.sampling_rate_hz, again.scaling.scale, again.use_cols) == (102.4, 3.0, None)
