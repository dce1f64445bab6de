"""Forward-backward sums against the enumeration of all paths."""

import numpy as np
import pytest

from gaitmap._kernels import hmm_training
from tests.stride_segmentation.hmm._models import TOPOLOGIES, random_model
from tests.twins import hmm as twin

LONG = 1000


def _samples(n=6, seed=0):
    return np.random.default_rng(seed).normal(size=(n, 2)) * 2


def _expected(model, samples, block_length=LONG):
    borders = np.array([0, len(samples)])
    return hmm_training.expected_sums(samples, borders, model.emission(), model.transition(), block_length, True)


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_sums_are_the_expectation_over_all_paths(topology):
    model, samples = random_model(topology), _samples()
    posterior, steps = twin.expected_visits(model, samples)
    total, one, two = twin.expected_moments(model, samples, posterior)
    _, (edges, starts, ends, weights, first, second) = _expected(model, samples)
    np.testing.assert_allclose(edges, steps[model.edges()], atol=1e-12)
    np.testing.assert_allclose(starts, posterior[0], atol=1e-12)
    np.testing.assert_allclose(ends, posterior[-1], atol=1e-12)
    np.testing.assert_allclose(weights, total, atol=1e-12)
    np.testing.assert_allclose(first.T, one, atol=1e-12)
    np.testing.assert_allclose(np.moveaxis(second, -1, 0), two, atol=1e-12)


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_the_posterior_path_has_the_most_probable_state_of_each_sample(topology):
    model, samples = random_model(topology), _samples()
    found, states = model.most_probable_states(samples)
    np.testing.assert_array_equal(states, twin.expected_visits(model, samples)[0].argmax(axis=1))
    assert found == pytest.approx(model.log_probability(samples), rel=1e-12)


@pytest.mark.parametrize("block_length", [1, 7, 99, 100, 101])
def test_the_length_of_the_blocks_changes_nothing(block_length):
    model, samples = random_model("endless"), _samples(100)
    for found, expected in zip(_expected(model, samples, block_length)[1], _expected(model, samples)[1], strict=True):
        np.testing.assert_array_equal(found, expected)
    arguments = (samples, model.emission(), model.transition())
    np.testing.assert_array_equal(
        hmm_training.posterior_path(*arguments, block_length)[0], hmm_training.posterior_path(*arguments, LONG)[0]
    )
    assert hmm_training.log_probability_of(*arguments, block_length) == model.log_probability(samples)


def test_sums_of_sequences_add_up():
    model, samples = random_model("left-right-loose"), _samples(30)
    borders = np.array([0, 12, 30])
    probabilities, together = hmm_training.expected_sums(
        samples, borders, model.emission(), model.transition(), LONG, True
    )
    parts = [_expected(model, samples[:12].copy()), _expected(model, samples[12:].copy())]
    np.testing.assert_allclose(probabilities, [parts[0][0][0], parts[1][0][0]])
    for found, first, second in zip(together, parts[0][1], parts[1][1], strict=True):
        np.testing.assert_allclose(found, first + second, atol=1e-12)


def test_impossible_sequences_add_nothing():
    model = random_model("left-right-strict")
    log_probabilities, sums = _expected(model, _samples(2))  # three states cannot be passed in two samples
    assert log_probabilities[0] == -np.inf
    assert all((part == 0).all() for part in sums)


def test_samples_with_missing_values_do_not_enter_the_moments():
    model, samples = random_model("endless"), _samples(8)
    samples[3, 0] = np.nan
    _, (edges, _, _, weights, _, _) = _expected(model, samples)
    assert edges.sum() == pytest.approx(7)
    assert weights.sum() == pytest.approx(7)


def test_sums_of_known_states_are_counts():
    model, samples = random_model("left-right-loose"), _samples(7)
    states = np.array([0, 0, 1, 2, 0, 2, 2])  # 0 -> 2 is no edge of this model
    borders = np.array([0, 5, 7])
    edges, starts, ends, weights, first, second = hmm_training.sums_of_states(
        samples, states, borders, model.emission(), model.transition(), True
    )
    counted = np.zeros((3, 3))
    counted[model.edges()] = edges
    np.testing.assert_array_equal(counted, [[1, 1, 0], [0, 0, 1], [1, 0, 1]])
    np.testing.assert_array_equal(starts, [1, 0, 1])
    np.testing.assert_array_equal(ends, [1, 0, 1])
    total, one, two = twin.expected_moments(model, samples, np.eye(3)[states])
    np.testing.assert_allclose(weights, total, atol=1e-12)
    np.testing.assert_allclose(first.T, one, atol=1e-12)
    np.testing.assert_allclose(np.moveaxis(second, -1, 0), two, atol=1e-12)
