"""The trained model as an object: what users look at, and its text form."""

import copy
import json

import joblib
import numpy as np
import pytest

from gaitmap.base._json import _decode, _encode
from gaitmap.stride_segmentation.hmm._upstream_json import decode, encode
from tests.stride_segmentation.hmm._models import TOPOLOGIES, random_model


def _samples(n=20):
    return np.random.default_rng(0).normal(size=(n, 2))


def test_the_dense_matrix_holds_start_and_end():
    model = random_model("left-right-strict")
    dense = model.dense_transition_matrix()
    assert dense.shape == (5, 5)
    np.testing.assert_allclose(dense[:4].sum(axis=1), 1)
    assert dense[3].tolist() == [1, 0, 0, 0, 0]
    assert dense[2, 4] > 0
    assert not dense[4].any()
    assert not dense[:, 3].any()


def test_states_have_names_that_sort_like_numbers_and_distributions():
    model = random_model("fully-connected", n_states=25)
    names = [state.name for state in model.states]
    assert names[:2] + names[9:11] + names[24:] == ["s0", "s1", "s9", "sa", "so", "None-start", "None-end"]
    assert sorted(names[:25]) == names[:25]
    single, mixture = model.states[0].distribution, model.states[1].distribution
    assert single.name == "MultivariateGaussianDistribution"
    assert single.parameters == [model.means[0].tolist(), model.covariances[0].tolist()]
    assert mixture.distributions[1].parameters[0] == model.means[2].tolist()
    assert sum(mixture.weights) == pytest.approx(1)
    assert model.states[-1].distribution is None


def test_the_text_in_parents_is_short():
    assert repr(random_model("endless")) == "HiddenMarkovModel[name=random](...)"


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_the_text_form_keeps_every_bit(topology):
    model = random_model(topology)
    again = decode(json.loads(json.dumps(encode(model))))
    assert joblib.hash(again) == joblib.hash(model)
    assert joblib.hash(_decode(_encode(model))) == joblib.hash(model)


def test_copies_have_the_same_hash_and_share_nothing():
    model = random_model("endless")
    again = copy.deepcopy(model)
    assert joblib.hash(again) == joblib.hash(model)
    assert not np.shares_memory(again.means, model.means)


def test_rows_are_normalised_when_a_model_is_made():
    model = random_model("left-right-loose")
    doubled = model.replace(transitions=2 * model.transitions, end=2 * model.end, start=3 * model.start)
    np.testing.assert_allclose(doubled.transitions, model.transitions, rtol=1e-14)
    np.testing.assert_allclose(doubled.end, model.end, rtol=1e-14)
    np.testing.assert_allclose(doubled.start, model.start, rtol=1e-14)


def test_rows_that_add_up_to_1_to_8_decimals_stay_as_they_are():
    model = random_model("endless")
    nearly = model.replace(transitions=model.transitions * (1 - 1e-10))
    np.testing.assert_array_equal(nearly.transitions, model.transitions * (1 - 1e-10))


def test_states_may_come_in_any_order_with_other_names():
    text = encode(random_model("left-right-strict"))
    text["states"][0]["name"] = "swing"
    assert decode(text).states[0].name == "swing"


@pytest.mark.parametrize("broken", ["no states", "other distribution", "no list"])
def test_unknown_formats_are_refused(broken):
    text = encode(random_model("endless"))
    if broken == "no states":
        text.pop("states")
    elif broken == "other distribution":
        text["states"][0]["distribution"]["name"] = "PoissonDistribution"
    else:
        text["edges"] = None
    with pytest.raises(ValueError, match="unknown format"):
        decode(text)


@pytest.mark.parametrize(
    ("samples", "algorithm", "message"),
    [
        (_samples(), "best", "must be one of"),
        (np.full((20, 2), np.inf), "viterbi", "infinite"),
        (_samples(2), "viterbi", "probability 0"),
        (_samples(2), "map", "probability 0"),
        (np.zeros((5, 3)), "viterbi", r"\(5, 3\)"),
        (np.zeros((0, 2)), "viterbi", r"\(0, 2\)"),
    ],
)
def test_impossible_predictions_are_refused(samples, algorithm, message):
    with pytest.raises(ValueError, match=message):
        random_model("left-right-strict").predict(samples, algorithm)


def test_parameters_that_are_not_finite_are_named():
    model = random_model("endless")
    with pytest.raises(ValueError, match="non-finite/NaN parameters"):
        model.replace(means=model.means * np.nan).predict(_samples())


def test_memory_order_of_the_samples_does_not_matter():
    model = random_model("endless")
    np.testing.assert_array_equal(model.predict(np.asfortranarray(_samples())), model.predict(_samples()))
