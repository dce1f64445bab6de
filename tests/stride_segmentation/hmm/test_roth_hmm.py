"""The model of strides and transitions."""

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import tpcp

from gaitmap.stride_segmentation.hmm import BaseSegmentationHmm, RothSegmentationHmm
from gaitmap.stride_segmentation.hmm._sections import strides_of_states
from tests.stride_segmentation.hmm._walks import N_STRIDES, RATE, small_model, strides, trained_model, walk

OPTIMIZED = {
    "model",
    "data_columns",
    "stride_model__model",
    "stride_model__data_columns",
    "transition_model__model",
    "transition_model__data_columns",
}


def _train(model=None, data=None, lists=None):
    model = small_model() if model is None else model
    return model.self_optimize([walk()] if data is None else data, [strides()] if lists is None else lists, RATE)


def test_defaults_are_those_of_the_publication():
    model = RothSegmentationHmm()
    assert (model.n_states, model.transition_states, model.stride_states) == (25, list(range(5)), list(range(5, 25)))
    assert (model.stride_model.n_gmm_components, model.transition_model.n_gmm_components) == (6, 3)
    assert all(type(state) is int for state in model.stride_states)
    assert RothSegmentationHmm().stride_model is not model.stride_model


def test_states_depend_on_the_parameters_of_the_parts():
    model = RothSegmentationHmm().set_params(stride_model__n_states=3, transition_model__n_states=2)
    assert (model.n_states, model.stride_states) == (5, [2, 3, 4])


def test_predictions_have_the_lengths_that_belong_to_the_algorithm():
    data = walk()
    n_features = len(data) // 2
    viterbi = trained_model().predict(data, RATE)
    assert len(viterbi.feature_space_data_) == n_features
    assert viterbi.feature_space_data_.index.equals(pd.RangeIndex(n_features))
    assert len(viterbi.hidden_state_sequence_feature_space_) == n_features - 1
    assert len(trained_model().set_params(algo_predict="map").predict(data, RATE).hidden_state_sequence_) == len(data)
    every = trained_model().set_params(keep_last_state=True).predict(data, RATE)
    assert len(every.hidden_state_sequence_feature_space_) == n_features
    for model in (viterbi, every):
        assert model.hidden_state_sequence_.dtype == model.hidden_state_sequence_feature_space_.dtype == np.int64
        assert len(model.hidden_state_sequence_) == len(data)


@pytest.mark.parametrize("algo_predict", ["viterbi", "map"])
def test_data_at_the_rate_of_the_features_are_segmented_too(algo_predict):
    model = trained_model().set_params(algo_predict=algo_predict).predict(walk().iloc[::2], 51.2)
    assert len(strides_of_states(model.hidden_state_sequence_, 2, 7)) == N_STRIDES


def test_inputs_are_kept_and_the_transform_is_left_alone():
    model, data = trained_model(), walk()
    before = joblib.hash(model.feature_transform)
    assert model.predict(data, RATE) is model
    assert model.data is data
    assert joblib.hash(model.feature_transform) == before
    assert set(tpcp.get_action_params(model)) == {"data", "sampling_rate_hz"}


def test_integers_and_missing_columns_do_not_matter():
    data = walk().round()
    expected = trained_model().predict(data, RATE).hidden_state_sequence_
    found = trained_model().predict(data[["gyr_ml"]].astype(int), RATE).hidden_state_sequence_
    np.testing.assert_array_equal(found, expected)


def test_predictions_that_cannot_be_made_are_refused():
    with pytest.raises(ValueError, match="No trained model for prediction available!"):
        small_model().predict("no data", None)
    with pytest.raises(ValueError, match="at least as many samples as the number of states"):
        trained_model().set_params(feature_transform__low_pass_filter=None).predict(walk().iloc[:14], RATE)
    with pytest.raises(ValueError, match="too short"):
        trained_model().predict(walk().iloc[:10], RATE)
    with pytest.raises(ValueError, match="Prediction failed!"):
        trained_model().set_params(algo_predict="best").predict(walk(), RATE)


def test_training_changes_what_is_optimizable_and_nothing_else():
    model = small_model()
    before = {name: joblib.hash(value) for name, value in model.get_params().items()}
    assert _train(model) is model
    changed = {name for name, value in model.get_params().items() if joblib.hash(value) != before[name]}
    assert changed == OPTIMIZED | {"stride_model", "transition_model"}
    assert set(tpcp.get_params_of_type(model) if hasattr(tpcp, "get_params_of_type") else OPTIMIZED) == OPTIMIZED
    assert model.data_columns == ("raw__gyr_ml", "gradient__gradient__gyr_ml")
    names = (model.model.name, model.stride_model.model.name, model.transition_model.model.name)
    assert names == ("segmentation_model", "stride_model_trained", "transition_model_trained")


def test_the_whole_model_takes_the_emissions_of_its_parts():
    model = _train()
    parts = (model.transition_model.model, model.stride_model.model)
    np.testing.assert_array_equal(model.model.means, np.concatenate([part.means for part in parts]))
    np.testing.assert_array_equal(model.model.n_components, 1)
    assert not model.model.is_finite


@pytest.mark.parametrize("algo_train", ["baum-welch", "viterbi", "labeled"])
@pytest.mark.parametrize("initialization", ["labels", "fully-connected"])
def test_all_kinds_of_training_find_the_strides(algo_train, initialization):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        model = _train(small_model(algo_train=algo_train, initialization=initialization, max_iterations=3))
    found = strides_of_states(model.predict(walk(5), RATE).hidden_state_sequence_, 2, 7)
    assert len(found) == N_STRIDES
    np.testing.assert_allclose(found, strides(), atol=20)


def test_counted_labels_are_the_transition_probabilities():
    model = _train(small_model(algo_train="labeled"))
    steps = model.model.transitions
    assert steps[7, 2] == pytest.approx((N_STRIDES - 1) / N_STRIDES * (1 - steps[7, 7]))


def test_the_course_of_all_trainings_is_told():
    model, info = small_model().self_optimize_with_info([walk()], [strides()], RATE)
    assert set(info) == {"self", "stride_model", "transition_model"}
    assert len(info["stride_model"].improvements) == 3
    assert model.model is not None


def test_labels_of_the_data_and_their_index_do_not_matter():
    data, lists = walk(), strides()
    expected = joblib.hash(_train().model)
    shuffled = data.set_index(data.index[::-1] + 17)
    assert joblib.hash(_train(data=[shuffled], lists=[lists.reset_index().assign(ic=3.0)]).model) == expected


def test_memory_order_and_threads_do_not_matter():
    expected = joblib.hash(_train().model)
    fortran = pd.DataFrame(np.asfortranarray(walk().to_numpy()), columns=walk().columns)
    model = small_model(n_jobs=2, stride_model__n_jobs=2, transition_model__n_jobs=-1)
    assert joblib.hash(_train(model, [fortran]).model) == expected


def test_short_strides_and_transitions_are_left_out_and_counted():
    lists = strides()
    lists.loc[3, "end"] = lists.loc[3, "start"] + 4
    lists.loc[4, "start"] = lists.loc[3, "end"] + 4
    with pytest.warns(UserWarning, match="were ignored") as warned:
        _train(lists=[lists])
    texts = [str(one.message) for one in warned if "were ignored" in str(one.message)]
    assert texts[0].startswith("1 strides (out of 8) were ignored")
    assert texts[1].startswith("1 transitions (out of 3) were ignored")
    assert "number of" not in texts[1]
    assert "(2)" in texts[1]


def test_training_again_warns_for_both_parts():
    with pytest.warns(UserWarning, match="Model already exists") as warned:
        _train(trained_model())
    assert sum("Model already exists" in str(one.message) for one in warned) == 2


def test_training_data_that_cannot_be_used_are_refused():
    with pytest.raises(ValueError, match="Invalid value for initialization!"):
        _train(small_model(initialization="magic"), data=["nothing"], lists=[])
    with pytest.raises(ValueError, match="1 recordings and 2 stride lists"):
        _train(lists=[strides(), strides()])
    with pytest.raises(ValueError, match="no usable strides"):
        _train(lists=[strides().iloc[:0]])
    whole = pd.DataFrame({"s_id": [0], "start": [0], "end": [len(walk())]})
    with pytest.raises(ValueError, match="no usable transitions"):
        _train(lists=[whole])
    with pytest.raises(ValueError, match="algo_train"):
        _train(small_model(algo_train="magic"))
    with pytest.raises(ValueError, match="max_iterations"):
        _train(small_model(max_iterations=0))
    with pytest.raises(ValueError, match="no training data"):
        _train(data=[], lists=[])


def test_trained_models_survive_json_and_predict_the_same():
    model = trained_model()
    again = RothSegmentationHmm.from_json(model.to_json())
    assert joblib.hash(again) == joblib.hash(model) == joblib.hash(model.clone())
    np.testing.assert_array_equal(
        again.predict(walk(3), RATE).hidden_state_sequence_, model.predict(walk(3), RATE).hidden_state_sequence_
    )
    assert "keep_last_state" not in model.to_json()
    assert "hidden_state_sequence" not in model.to_json()


def test_stale_parameters_in_a_file_are_ignored_and_missing_ones_take_their_default():
    text = trained_model().to_json().replace('"n_jobs": 1', '"random_seed": 3')
    assert RothSegmentationHmm.from_json(text).stride_model.n_jobs == 1


def test_the_base_class_is_abstract():
    base = BaseSegmentationHmm()
    for call in (
        lambda: base.stride_states,
        lambda: base.predict(walk(), RATE),
        lambda: base.self_optimize([], [], RATE),
        lambda: base.self_optimize_with_info([], [], RATE),
    ):
        with pytest.raises(NotImplementedError):
            call()
