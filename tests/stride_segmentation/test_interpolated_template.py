"""Templates learned from strides."""

import json

import numpy as np
import pandas as pd
import pytest
from tpcp import make_optimize_safe

from gaitmap.base import BaseAlgorithm
from gaitmap.data_transform import AbsMaxScaler, TrainableAbsMaxScaler
from gaitmap.stride_segmentation import InterpolatedDtwTemplate
from gaitmap.utils.exceptions import ValidationError
from tests.stride_segmentation import _data


def _ramp(n, columns=("a", "b")):
    return pd.DataFrame({name: np.linspace(0, 1 + k, n) for k, name in enumerate(columns)})


def test_equal_shapes_of_different_length_give_that_shape():
    template = InterpolatedDtwTemplate(n_samples=9).self_optimize([_ramp(5), _ramp(50)])
    pd.testing.assert_frame_equal(template.get_data(), _ramp(9))


def test_it_is_the_plain_mean():
    strides = [pd.DataFrame({"a": [0.0, 2.0, 4.0]}), pd.DataFrame({"a": [2.0, 4.0, 0.0]})]
    assert InterpolatedDtwTemplate().self_optimize(strides).get_data()["a"].tolist() == [1, 3, 2]


@pytest.mark.parametrize(("lengths", "expected"), [((5, 4), 4), ((5, 6), 6), ((4, 7), 6)])
def test_its_length_is_the_mean_length_rounded_half_to_even(lengths, expected):
    assert len(InterpolatedDtwTemplate().self_optimize([_ramp(n) for n in lengths]).get_data()) == expected


@pytest.mark.parametrize(
    ("n_samples", "lengths", "rate", "expected"),
    [(5, (4,), 1.0, 1.25), (3, (6,), 1.0, 0.5), (None, (5, 4), 100.0, 100.0), (3, (6,), None, None)],
)
def test_the_rate_follows_from_the_lengths(n_samples, lengths, rate, expected):
    template = InterpolatedDtwTemplate(n_samples=n_samples).self_optimize([_ramp(n) for n in lengths], rate)
    assert template.sampling_rate_hz == expected


def test_columns_follow_the_first_stride_or_the_argument():
    strides = [_ramp(4, ("a", "b")), _ramp(4, ("b", "a"))]
    assert list(InterpolatedDtwTemplate().self_optimize(strides).data.columns) == ["a", "b"]
    assert list(InterpolatedDtwTemplate().self_optimize(strides, columns=["b"]).data.columns) == ["b"]
    with pytest.raises(KeyError, match="nope"):
        InterpolatedDtwTemplate().self_optimize(strides, columns=["nope"])


def test_generators_mixed_dtypes_short_strides_and_further_arguments_are_accepted():
    strides = (frame for frame in [_ramp(1), _ramp(3).astype(int), _ramp(5).set_axis([9, 8, 7, 6, 5])])
    template = InterpolatedDtwTemplate(n_samples=3).self_optimize(strides, 100, something="else")
    assert template.data.shape == (3, 2)
    assert template.data.index.equals(pd.RangeIndex(3))
    assert (template.data.dtypes == np.float64).all()


@pytest.mark.parametrize("sequence", [[np.zeros((3, 2))], {"left": _ramp(3)}, [pd.concat({"x": _ramp(3)}, axis=1)]])
def test_only_single_sensor_data_are_accepted(sequence):
    with pytest.raises(ValidationError, match="SingleSensorData"):
        InterpolatedDtwTemplate().self_optimize(sequence)


def test_no_stride_is_an_error():
    with pytest.raises(ValueError, match="no stride"):
        InterpolatedDtwTemplate().self_optimize([])


def test_an_unknown_interpolation_is_an_error():
    with pytest.raises(NotImplementedError):
        InterpolatedDtwTemplate(interpolation_method="nope").self_optimize([_ramp(4)])


def test_missing_values_spread_to_their_neighbours_only():
    stride = _ramp(9)
    stride.loc[4, "a"] = np.nan
    data = InterpolatedDtwTemplate().self_optimize([stride]).data
    assert data["a"].isna().sum() <= 3
    assert not data["b"].isna().any()


def test_a_trainable_scaling_is_trained_with_the_unscaled_template():
    scaler = TrainableAbsMaxScaler()
    template = InterpolatedDtwTemplate(scaling=scaler).self_optimize([_ramp(5)], 100)
    assert template.scaling is scaler
    assert scaler.data_max == 2
    assert template.data.max(axis=None) == 2
    assert template.get_data().max(axis=None) == 1


def test_training_changes_what_may_change_only():
    template = InterpolatedDtwTemplate(scaling=TrainableAbsMaxScaler(), n_samples=7)
    make_optimize_safe(InterpolatedDtwTemplate.self_optimize)(template, [_ramp(5)], 100)
    assert (template.n_samples, template.interpolation_method) == (7, "linear")


def test_json_keeps_a_trained_template():
    template = InterpolatedDtwTemplate(scaling=AbsMaxScaler()).self_optimize([_ramp(30), _ramp(23)], 102.4)
    again = BaseAlgorithm.from_json(template.to_json())
    pd.testing.assert_frame_equal(again.get_data(), template.get_data(), check_exact=True)
    assert again.sampling_rate_hz == template.sampling_rate_hz


@pytest.mark.reference
@pytest.mark.recordings
def test_templates_of_the_reference(reference_dir):
    folder = reference_dir / "stride_segmentation_dtw"
    expected = json.loads((folder / "interp_templates.json").read_text())
    assert [len(stride) for stride in _data.training_strides()] == expected["lengths"]
    for name, setting in expected["templates"].items():
        template = _data.trained_template(folder, name)
        tolerance = 1e-9 if "cubic" in name else 1e-12
        assert list(template.data.columns) == setting["column_order"]
        assert template.sampling_rate_hz == pytest.approx(setting["sampling_rate_hz"], rel=1e-12)
        for file, found in (("data", template.data), ("get_data", template.get_data())):
            table = pd.read_csv(folder / f"interp_template_{name}_{file}.csv")
            table = table[[c for c in table.columns if not c.startswith("Unnamed")]]
            np.testing.assert_allclose(found.to_numpy(), table[list(found.columns)].to_numpy(), tolerance, tolerance)
        for parameter, value in (setting["scaling_params"] or {}).items():
            assert getattr(template.scaling, parameter) == pytest.approx(value, rel=1e-12)
