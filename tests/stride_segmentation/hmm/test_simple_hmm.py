"""One hidden Markov model with a fixed topology."""

import joblib
import numpy as np
import pandas as pd
import pytest
import tpcp

from gaitmap.stride_segmentation.hmm import SimpleHmm
from tests.stride_segmentation.hmm._models import sample_sequences
from tests.stride_segmentation.hmm._reference import emissions, read_json

N_CASES = 12


def _hmm(**params):
    return SimpleHmm(**({"n_states": 3, "n_gmm_components": 1, "verbose": False, "max_iterations": 3} | params))


def _trained(**params):
    return _hmm(**params).self_optimize(*sample_sequences())


@pytest.mark.reference
@pytest.mark.parametrize("case", range(N_CASES))
def test_training_is_that_of_the_reference(reference_dir, case):
    reference = read_json(reference_dir, "simple_hmm_synthetic")
    expected = reference["results"][case]
    kind = "left_right" if expected["architecture"] == "left-right-strict" else "loop"
    sequences = reference[f"{kind}_sequences"]
    data = [pd.DataFrame(part["data"], columns=["f1", "f2"]) for part in sequences]
    names = ("architecture", "algo_train", "n_gmm_components", "max_iterations", "stop_threshold")
    hmm, history = _hmm(**{name: expected[name] for name in names}).self_optimize_with_info(
        data, [np.array(part["labels"]) for part in sequences]
    )
    np.testing.assert_allclose(history.improvements, expected["improvements"], rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(history.log_probabilities, expected["log_probabilities"], rtol=1e-8)
    assert history.initial_log_probability == pytest.approx(expected["initial_log_probability"], rel=1e-8)
    trained = expected["trained"]
    np.testing.assert_allclose(hmm.model.dense_transition_matrix(), trained["dense_transition_matrix"], atol=1e-8)
    for found, wanted in zip(
        (hmm.model.weights, hmm.model.means, hmm.model.covariances), emissions(trained), strict=True
    ):
        np.testing.assert_allclose(found, wanted, atol=1e-8)
    assert [state.name for state in hmm.model.states] == trained["state_names"]
    test_data = pd.DataFrame(reference[f"{kind}_test"], columns=["f1", "f2"])
    for algorithm in ("viterbi", "map"):
        found = hmm.predict_hidden_state_sequence(test_data, algorithm)
        np.testing.assert_array_equal(found, expected[algorithm])
    assert hmm.model.log_probability(test_data) == pytest.approx(expected["log_probability_test"], abs=1e-6)


def test_training_sets_model_and_columns_and_nothing_else():
    hmm = _hmm()
    before = hmm.get_params()
    assert hmm.self_optimize(*sample_sequences()) is hmm
    assert hmm.data_columns == ("f1", "f2")
    assert hmm.model.name == "my_model_trained"
    after = hmm.get_params()
    assert {name for name in after if after[name] is not before[name]} == {"model", "data_columns"}


def test_labels_may_be_arrays_series_or_frames():
    data, labels = sample_sequences()
    kinds = [labels[0], pd.Series(labels[1], index=labels[1] + 5), pd.DataFrame({"state": labels[2]}), list(labels[3])]
    assert joblib.hash(_hmm().self_optimize(data, kinds)) == joblib.hash(_trained())


def test_sequences_without_labels_take_part_in_the_training():
    data, labels = sample_sequences()
    mixed = _hmm().self_optimize_with_info(data, [*labels[:3], None])[1]
    without = _hmm().self_optimize_with_info(data[:3], labels[:3])[1]
    assert mixed.initial_log_probability != without.initial_log_probability


def test_columns_are_found_by_name():
    hmm, data = _trained(), sample_sequences()[0][0]
    expected = hmm.predict_hidden_state_sequence(data)
    shuffled = data.assign(other=1.0)[["other", "f2", "f1"]]
    np.testing.assert_array_equal(hmm.predict_hidden_state_sequence(shuffled), expected)
    assert expected.dtype == np.int64
    with pytest.raises(ValueError, match=r"following columns:\n\n\('f1', 'f2'\)"):
        hmm.predict_hidden_state_sequence(data[["f1"]])


def test_predictions_that_cannot_be_made_are_refused():
    data = sample_sequences()[0][0]
    with pytest.raises(ValueError, match="You need to train the HMM before"):
        _hmm().predict_hidden_state_sequence(data)
    hmm = _trained()
    with pytest.raises(ValueError, match=r"at least as many samples as the number of states of the model \(3\)"):
        hmm.predict_hidden_state_sequence(data.iloc[:2])
    with pytest.raises(ValueError, match=r"Prediction failed!.*algorithm"):
        hmm.predict_hidden_state_sequence(data, "best")
    with pytest.raises(ValueError, match=r"Prediction failed!.*infinite"):
        hmm.predict_hidden_state_sequence(data + np.inf)
    broken = hmm.model.replace(covariances=hmm.model.covariances * np.nan)
    with pytest.raises(ValueError, match=r"Prediction failed!.*non-finite/NaN parameters"):
        hmm.clone().set_params(model=broken).predict_hidden_state_sequence(data)


def _call(data=None, labels=None, **params):
    usual_data, usual_labels = sample_sequences()
    return _hmm(**params).self_optimize(
        usual_data if data is None else data, usual_labels if labels is None else labels
    )


def test_training_data_that_do_not_fit_are_refused():
    data, labels = sample_sequences()
    with pytest.raises(ValueError, match="training labels do not match"):
        _call(data[:2])
    with pytest.raises(ValueError, match="Invalid training sequence! At least one training sequence has less samples"):
        _call([part.to_numpy()[:2] for part in data])
    with pytest.raises(ValueError, match=r"Invalid training sequence!.*a different number of samples"):
        _call([part.iloc[:-1] for part in data])
    for bad in (-1, 3):
        with pytest.raises(ValueError, match="Invalid label sequence!"):
            _call(labels=[np.full_like(part, bad) for part in labels])
    with pytest.raises(KeyError):
        _call([data[0], data[1].rename(columns={"f1": "x"}), *data[2:]])
    with pytest.raises(ValueError, match="no training data"):
        _call([], [])


def test_labels_that_do_not_cover_the_states_are_refused():
    _, labels = sample_sequences()
    with pytest.raises(ValueError, match="The training labels did only provide samples for 2 out of 3"):
        _call(labels=[np.minimum(part, 1) for part in labels])
    few = [np.zeros_like(part) for part in labels]
    few[0][-2:] = [1, 2]
    with pytest.raises(ValueError, match=r"small number of samples \(1\)"):
        _call(labels=few, n_gmm_components=2)
    with pytest.raises(ValueError, match="NaN in parameters during distribution fitting!"):
        _call([part + np.nan for part in sample_sequences()[0]])


def test_unusable_parameters_are_refused():
    with pytest.raises(ValueError, match="Invalid architecture given"):
        _call(architecture="round")
    for name, value in {"algo_train": "magic", "max_iterations": 0, "covariance_floor": -1}.items():
        with pytest.raises(ValueError, match=name):
            _call(**{name: value})


def test_training_again_warns():
    hmm = _trained()
    with pytest.warns(UserWarning, match="Model already exists. Overwriting existing model."):
        hmm.self_optimize(*sample_sequences())


def test_a_falling_likelihood_is_told():
    # Viterbi training maximises the probability of the best path, not that of the data.
    data = [pd.DataFrame({"f": part}) for part in np.random.default_rng(6).normal(size=(6, 30))]
    labels = [np.repeat([0, 1, 2], 10)] * 6
    hmm = _hmm(algo_train="viterbi", architecture="fully-connected", max_iterations=50, stop_threshold=-1e9)
    with pytest.warns(UserWarning, match="became NaN/infinite or negative"):
        history = hmm.self_optimize_with_info(data, labels)[1]
    assert min(history.improvements) < 0


@pytest.mark.parametrize("algo_train", ["viterbi", "baum-welch", "labeled"])
def test_all_kinds_of_training_find_the_states(algo_train):
    data, labels = sample_sequences()
    hmm = _hmm(algo_train=algo_train, n_gmm_components=2).self_optimize(data, labels)
    found = np.concatenate([hmm.predict_hidden_state_sequence(part) for part in data])
    assert (found == np.concatenate(labels)).mean() > 0.95


def test_without_floor_the_training_is_that_of_gaitmap_2_6_where_nothing_is_singular():
    assert joblib.hash(_trained(covariance_floor=None).model) == joblib.hash(_trained().model)


def test_trained_models_survive_json_clones_and_hashes():
    hmm = _trained(n_gmm_components=2)
    again = SimpleHmm.from_json(hmm.to_json())
    assert again.data_columns == ("f1", "f2")
    assert joblib.hash(again) == joblib.hash(hmm) == joblib.hash(hmm.clone())
    assert hmm.clone().model is not hmm.model
    assert joblib.hash(hmm) != joblib.hash(_hmm(n_gmm_components=2))
    assert len(repr(hmm)) < 300
    assert "covariance_floor" not in hmm.to_json()
    assert "covariance_floor" in _hmm(covariance_floor=None).to_json()


def test_parameters_are_those_of_tpcp():
    hmm = _hmm()
    assert tpcp.clone(hmm).get_params() == hmm.get_params()
    with pytest.raises(ValueError, match=r"nonsense.*SimpleHmm"):
        hmm.set_params(nonsense=1)
