"""Emissions and best paths against the enumeration of all paths."""

import numpy as np
import pytest
from scipy.special import logsumexp

from gaitmap._kernels.viterbi import log_emissions
from tests.stride_segmentation.hmm._models import TOPOLOGIES, random_model
from tests.twins import hmm as twin

N = 6


def _samples(n=N, n_features=2, seed=0):
    return np.random.default_rng(seed).normal(size=(n, n_features)) * 2


@pytest.mark.parametrize("n_features", [1, 2, 3])
def test_emissions_are_those_of_the_mixture(n_features):
    model = random_model("fully-connected", n_features=n_features)
    samples = _samples(n_features=n_features)
    np.testing.assert_allclose(log_emissions(samples, model.emission()), twin.log_emissions(model, samples), rtol=1e-12)


def test_missing_values_are_integrated_out():
    model, samples = random_model("fully-connected", n_features=3), _samples(n_features=3)
    samples[0, 1] = samples[1, [0, 2]] = np.nan
    samples[2] = np.nan
    found = log_emissions(samples, model.emission())
    np.testing.assert_allclose(found, twin.log_emissions(model, samples), rtol=1e-12, atol=1e-15)
    np.testing.assert_allclose(found[2], 0, atol=1e-15)


def test_components_of_weight_0_count_for_nothing():
    model = random_model("fully-connected")
    first = model.n_components[0]
    weights = model.weights.copy()
    weights[:first] = [1.0] + [0.0] * (first - 1)
    single = log_emissions(_samples(), model.replace(weights=weights).emission())[:, 0]
    assert np.isfinite(single).all()
    np.testing.assert_allclose(single, twin.log_emissions(model.replace(weights=weights), _samples())[:, 0])


def test_far_samples_keep_a_finite_density():
    model = random_model("fully-connected")
    assert np.isfinite(log_emissions(np.full((1, 2), 1e6), model.emission())).all()


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_the_path_is_the_best_of_all(topology, seed):
    model, samples = random_model(topology, seed=seed), _samples(seed=seed)
    paths, log_probabilities = twin.all_paths(model, samples)
    found, states = model.viterbi(samples)
    assert found == pytest.approx(log_probabilities.max(), rel=1e-12)
    np.testing.assert_array_equal(states, paths[np.argmax(log_probabilities)])


def test_of_equally_good_predecessors_the_first_counts():
    model = random_model("fully-connected", n_states=3)
    same = model.replace(
        transitions=np.full((3, 3), 1 / 3),
        start=np.full(3, 1 / 3),
        end=np.zeros(3),
        n_components=np.ones(3, dtype=int),
        weights=np.ones(3),
        means=np.zeros((3, 2)),
        covariances=np.tile(np.eye(2), (3, 1, 1)),
    )
    np.testing.assert_array_equal(same.viterbi(_samples())[1], 0)


def test_a_model_of_one_state_stays_in_it():
    model = random_model("fully-connected", n_states=1)
    assert model.viterbi(_samples())[1].tolist() == [0] * N


def test_more_states_than_fit_in_a_byte_are_told_apart():
    n = 300
    chain = np.eye(n, k=1)
    chain[-1, 0] = 1.0
    start = np.zeros(n)
    start[0] = 1.0
    model = random_model("fully-connected", n_states=1).__class__(
        "ring",
        transitions=chain,
        start=start,
        end=np.zeros(n),
        n_components=np.ones(n, dtype=int),
        weights=np.ones(n),
        means=np.zeros((n, 1)),
        covariances=np.ones((n, 1, 1)),
    )
    np.testing.assert_array_equal(model.viterbi(np.zeros((n, 1)))[1], np.arange(n))


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_the_log_probability_is_the_sum_over_all_paths(topology):
    model, samples = random_model(topology), _samples()
    assert model.log_probability(samples) == pytest.approx(logsumexp(twin.all_paths(model, samples)[1]), rel=1e-12)
