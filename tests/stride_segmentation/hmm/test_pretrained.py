"""The pre-trained model, and what happens without its file."""

import importlib.metadata
import inspect

import joblib
import numpy as np
import pytest

from gaitmap.stride_segmentation.hmm import (
    HmmStrideSegmentation,
    PreTrainedRothSegmentationModel,
    RothSegmentationHmm,
    _pretrained,
)
from tests.stride_segmentation.hmm._walks import trained_model


@pytest.mark.mad_data
def test_the_model_is_the_published_one():
    model = PreTrainedRothSegmentationModel()
    assert type(model) is RothSegmentationHmm
    hmm = model.model
    assert hmm.n_components.tolist() == [3] * 5 + [6] * 20
    assert np.count_nonzero(hmm.transitions) + np.count_nonzero(hmm.start) == 58
    assert not hmm.is_finite
    assert np.flatnonzero(hmm.start).max() == 4
    assert hmm.transitions[0, 5] > 0
    assert hmm.transitions[24, 0] > 0
    assert hmm.transitions[24, 5] > 0
    np.testing.assert_allclose(hmm.dense_transition_matrix()[:26].sum(axis=1), 1, atol=1e-15)
    assert (hmm.weights == 0).sum() == 5
    assert np.linalg.eigvalsh(hmm.covariances).min() == pytest.approx(1e-8, rel=0.1)
    stride, transition = model.stride_model.model, model.transition_model.model
    assert np.count_nonzero(stride.dense_transition_matrix()) == 41
    assert np.count_nonzero(transition.dense_transition_matrix()) == 20
    assert (stride.name, transition.name) == ("stride_model-trained", "transition_model-trained")
    assert model.feature_transform.sampling_rate_feature_space_hz == 51.2
    assert list(model.data_columns) == ["raw__gyr_ml", "gradient__gradient__gyr_ml"]


@pytest.mark.mad_data
def test_every_call_returns_an_independent_model():
    first, second = PreTrainedRothSegmentationModel(), PreTrainedRothSegmentationModel()
    assert joblib.hash(first) == joblib.hash(second)
    assert first.model is not second.model
    first.model.means[:] = 0
    assert joblib.hash(PreTrainedRothSegmentationModel()) == joblib.hash(second)


@pytest.mark.mad_data
def test_parameters_can_be_changed():
    model = PreTrainedRothSegmentationModel(algo_predict="map", feature_transform__standardization="active")
    assert model.algo_predict == "map"
    assert PreTrainedRothSegmentationModel().algo_predict == "viterbi"
    with pytest.raises(ValueError, match="nonsense"):
        PreTrainedRothSegmentationModel(nonsense=1)


@pytest.mark.mad_data
def test_it_is_the_default_of_the_segmentation():
    assert joblib.hash(HmmStrideSegmentation().model) == joblib.hash(PreTrainedRothSegmentationModel())
    assert joblib.hash(HmmStrideSegmentation()) == joblib.hash(HmmStrideSegmentation().clone())
    assert HmmStrideSegmentation().model is not HmmStrideSegmentation().model


def test_the_default_is_shown_in_short():
    default = inspect.signature(HmmStrideSegmentation).parameters["model"].default
    assert repr(default) == "cf(PreTrainedRothSegmentationModel())"


@pytest.mark.parametrize("situation", ["no package", "no file"])
def test_without_the_file_the_error_says_what_to_do(monkeypatch, tmp_path, situation):
    def missing(name):
        raise importlib.metadata.PackageNotFoundError(name)

    class Editable:
        files = None

        def locate_file(self, name):
            return tmp_path / name

    monkeypatch.setattr(
        importlib.metadata, "distribution", missing if situation == "no package" else lambda _: Editable()
    )
    with pytest.raises(ImportError, match=r"AGPL.*gaitmap\[mad-data\]"):
        HmmStrideSegmentation()
    HmmStrideSegmentation(trained_model())  # needs no file


def test_a_file_of_a_user_is_read(tmp_path):
    path = tmp_path / "model.json"
    path.write_text(trained_model().to_json())
    assert joblib.hash(PreTrainedRothSegmentationModel(path)) == joblib.hash(trained_model())


@pytest.mark.parametrize("content", ["{}", "no json", '{"_gaitmap_obj": "RothSegmentationHmm", "params": {}}'])
def test_files_of_another_content_are_refused(tmp_path, content):
    path = tmp_path / "model.json"
    path.write_text(content)
    with pytest.raises(ValueError, match="does not hold a"):
        PreTrainedRothSegmentationModel(path)


def test_another_version_of_the_file_is_told(tmp_path):
    path = tmp_path / "model.json"
    path.write_text(trained_model().to_json())
    with pytest.warns(UserWarning, match="not the one that gaitmap is tested with"):
        _pretrained._read_model(path, True)
