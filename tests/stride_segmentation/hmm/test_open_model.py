"""The trained model that is part of the package."""

import json
from importlib import resources
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest

import gaitmap.stride_segmentation.hmm
from gaitmap.base import BaseAlgorithm
from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_borders
from gaitmap.stride_segmentation.hmm import (
    HmmStrideSegmentation,
    PreTrainedOpenSegmentationModel,
    RothSegmentationHmm,
)
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from tests.contract._walk import N_STRIDES, make_walk

FOLDER = resources.files(gaitmap.stride_segmentation.hmm).joinpath("_data")


def _segment(data, rate):
    return HmmStrideSegmentation(PreTrainedOpenSegmentationModel()).segment(data, rate)


def test_it_is_a_trained_model_like_any_other():
    model = PreTrainedOpenSegmentationModel()
    assert type(model) is RothSegmentationHmm
    assert model.model.n_states == model.n_states == 25
    assert not model.model.is_finite
    np.testing.assert_allclose(model.model.dense_transition_matrix()[:26].sum(axis=1), 1, atol=1e-12)
    assert joblib.hash(BaseAlgorithm.from_json(model.to_json())) == joblib.hash(model)


def test_every_call_returns_an_independent_model():
    first, second = PreTrainedOpenSegmentationModel(), PreTrainedOpenSegmentationModel()
    assert joblib.hash(first) == joblib.hash(second)
    first.model.means[:] = 0
    assert joblib.hash(PreTrainedOpenSegmentationModel()) == joblib.hash(second)


def test_parameters_can_be_changed():
    assert PreTrainedOpenSegmentationModel(algo_predict="map").algo_predict == "map"
    assert PreTrainedOpenSegmentationModel().algo_predict == "viterbi"
    with pytest.raises(ValueError, match="nonsense"):
        PreTrainedOpenSegmentationModel(nonsense=1)


def test_the_provenance_beside_the_numbers_names_licence_and_recordings():
    provenance = json.loads(FOLDER.joinpath("open_model_provenance.json").read_text(encoding="utf-8"))
    assert "MIT" in provenance["licence"]
    assert len(provenance["recordings"]) == 6
    strides = [n for recording in provenance["recordings"].values() for n in recording["strides"].values()]
    assert (len(strides), sum(strides)) == (11, 524)
    for name, standardization in provenance["training"]["standardization"].items():
        assert len(FOLDER.joinpath(name).read_bytes()) < 100_000
        model = PreTrainedOpenSegmentationModel(small_strides="small_strides" in name)
        assert model.feature_transform.standardization == standardization


def test_the_strides_of_the_synthetic_walk_are_found_at_any_amplitude():
    walk = make_walk()
    found = _segment(walk.body_frame, walk.rate).stride_list_
    larger = _segment({sensor: 1.7 * data for sensor, data in walk.body_frame.items()}, walk.rate).stride_list_
    for sensor in walk.body_frame:
        assert len(found[sensor]) >= N_STRIDES - 1
        pd.testing.assert_frame_equal(found[sensor], larger[sensor])


@pytest.mark.recordings
def test_the_labelled_strides_are_found_with_and_without_an_hour_of_rest():
    data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")["left_sensor"]
    labels = get_healthy_example_stride_borders()["left_sensor"][["start", "end"]].to_numpy()
    rest = np.random.default_rng(0).normal(0, 0.5, 3600 * 205)
    longer = pd.DataFrame({"gyr_ml": np.concatenate([data["gyr_ml"], rest])})
    for signal in (data, longer):
        found = _segment(signal, 204.8).matches_start_end_
        is_found = (np.abs(labels[:, np.newaxis] - found).max(axis=2) <= 6).any(axis=1)
        assert is_found[1:-1].all()  # where rest and walking meet, the border is less sharp
        assert len(found) == len(labels)


@pytest.mark.recordings
@pytest.mark.slow
def test_the_stored_models_are_what_the_tool_makes(monkeypatch):
    tools = Path(__file__).parents[3] / "tools"
    if not tools.is_dir():
        pytest.skip("the tools are part of the repository only")
    monkeypatch.syspath_prepend(tools)
    from train_open_hmm import load_feet, train

    for standardization in ("active", "local"):
        trained = train(load_feet(), standardization=standardization).model
        stored = PreTrainedOpenSegmentationModel(small_strides=standardization == "local").model
        np.testing.assert_allclose(trained.transitions, stored.transitions, atol=1e-4)
        np.testing.assert_allclose(trained.means, stored.means, atol=1e-3)
        np.testing.assert_allclose(trained.covariances, stored.covariances, atol=1e-3)


@pytest.mark.recordings
def test_the_model_for_small_strides_finds_strides_of_less_than_half_the_usual_size():
    data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")["left_sensor"]
    labels = get_healthy_example_stride_borders()["left_sensor"][["start", "end"]].to_numpy()
    both = pd.concat([data, 0.4 * data], ignore_index=True)
    expected = np.concatenate([labels, labels + len(data)])
    recall = {}
    for small_strides in (False, True):
        model = PreTrainedOpenSegmentationModel(small_strides=small_strides)
        found = HmmStrideSegmentation(model).segment(both, 204.8).matches_start_end_
        recall[small_strides] = (np.abs(expected[:, np.newaxis] - found).max(axis=2) <= 20).any(axis=1).mean()
        assert len(found) <= len(expected) + 2
    assert recall[False] < 0.9
    assert recall[True] > 0.95
