"""Training of models and of their emissions."""

import numpy as np
import pytest
from scipy.stats import multivariate_normal

from gaitmap.stride_segmentation.hmm._emissions import fit_mixture, floor_eigenvalues, improve_mixtures
from gaitmap.stride_segmentation.hmm._training import train
from tests.stride_segmentation.hmm._models import random_model, sample_sequences


def _train(model, sequences, **options):
    options = {
        "algorithm": "baum-welch",
        "stop_threshold": 1e-9,
        "max_iterations": 5,
        "covariance_floor": 1e-7,
    } | options
    return train(model, sequences, **options)


def _sequences():
    return [data.to_numpy() for data in sample_sequences()[0]]


def test_a_single_gaussian_is_mean_and_covariance():
    samples = np.random.default_rng(0).normal(size=(50, 3))
    weights, means, covariances = fit_mixture(samples, 1, 1e-7)
    assert weights.tolist() == [1.0]
    np.testing.assert_allclose(means[0], samples.mean(axis=0))
    np.testing.assert_allclose(covariances[0], np.cov(samples.T, ddof=0))


def test_the_first_mixture_finds_clusters_without_random_numbers():
    rng = np.random.default_rng(1)
    samples = np.vstack([[[0.0], [5.0]], rng.normal(0, 0.1, (100, 1))])
    samples[52:] += 5.0
    weights, means, _ = fit_mixture(samples, 2, 1e-7)
    np.testing.assert_allclose(means[:, 0], [0, 5], atol=0.1)
    np.testing.assert_allclose(weights, 0.5, atol=0.02)


def test_empty_clusters_stay_dead():
    samples = np.concatenate([np.zeros((3, 1)), np.arange(20.0)[:, None]])  # the first three rows are the same
    weights, _, covariances = fit_mixture(samples, 3, 1e-7)
    assert weights[2] == 0
    assert covariances[2] == 1.0


def test_the_floor_raises_small_eigenvalues_only():
    fine = np.diag([1e-3, 2.0])
    np.testing.assert_array_equal(floor_eigenvalues(fine[None], 1e-7)[0], fine)
    collinear = np.array([[1.0, 1.0], [1.0, 1.0]])
    values = np.linalg.eigvalsh(floor_eigenvalues(collinear[None], 1e-3)[0])
    np.testing.assert_allclose(values, [1e-3, 2.0], rtol=1e-9)


def test_without_floor_only_singular_covariances_are_repaired():
    small = np.diag([1e-12, 1.0])
    np.testing.assert_array_equal(floor_eigenvalues(small[None], None)[0], small)
    np.testing.assert_allclose(floor_eigenvalues(np.zeros((1, 2, 2)), None)[0], 1e-5 * np.eye(2))
    collinear = np.array([[1.0, 1.0], [1.0, 1.0]]) - 1e-3 * np.eye(2)
    np.testing.assert_allclose(np.linalg.eigvalsh(floor_eigenvalues(collinear[None], None)[0])[0], 1e-8, rtol=1e-3)


def test_components_without_samples_keep_mean_and_covariance():
    mixture = (np.array([0.5, 0.5]), np.zeros((2, 1)), np.ones((2, 1, 1)))
    sums = (np.array([10.0, 1e-9]), np.array([[20.0, 1.0]]), np.array([[[80.0, 1.0]]]))
    weights, means, covariances = improve_mixtures(np.array([2]), mixture, sums, 1e-7)
    np.testing.assert_allclose(weights, [1, 1e-10], rtol=1e-6)
    np.testing.assert_allclose(means[:, 0], [2, 0])
    np.testing.assert_allclose(covariances[:, 0, 0], [8 - 4, 1])


@pytest.mark.parametrize("algorithm", ["baum-welch", "viterbi"])
def test_the_likelihood_does_not_fall(algorithm):
    _, history = _train(random_model("left-right-loose"), _sequences(), algorithm=algorithm)
    if algorithm == "baum-welch":
        assert min(history.improvements) > 0
    assert history.log_probabilities[-1] > history.initial_log_probability
    np.testing.assert_allclose(
        np.cumsum(history.improvements), np.array(history.log_probabilities) - history.initial_log_probability
    )
    assert history.total_improvement == pytest.approx(np.cumsum(history.improvements))
    lengths = {len(value) for value in vars(history).values() if isinstance(value, list)}
    assert lengths == {5} if algorithm == "baum-welch" else len(lengths) == 1


def test_iterations_end_at_the_threshold():
    _, history = _train(random_model("endless"), _sequences(), stop_threshold=1e6, max_iterations=100)
    assert len(history.improvements) == 1


def test_the_last_iteration_is_followed_by_one_more_step():
    model, sequences = random_model("endless"), _sequences()
    once, _ = _train(model, sequences, max_iterations=1)
    _, history = _train(model, sequences, max_iterations=2)
    assert sum(once.log_probability(s) for s in sequences) == pytest.approx(history.log_probabilities[1])


def test_missing_edges_are_never_learned():
    trained, _ = _train(random_model("left-right-strict"), _sequences())
    assert np.count_nonzero(trained.transitions) == 5
    assert trained.start.tolist() == [1, 0, 0]
    assert np.flatnonzero(trained.end).tolist() == [2]


def test_frozen_emissions_stay():
    model = random_model("endless")
    trained, _ = _train(model, _sequences(), with_emissions=False)
    np.testing.assert_array_equal(trained.means, model.means)
    np.testing.assert_array_equal(trained.covariances, model.covariances)
    assert np.abs(trained.transitions - model.transitions).max() > 0.1


@pytest.mark.parametrize("algorithm", ["baum-welch", "viterbi"])
def test_threads_and_memory_order_change_nothing(algorithm):
    model = random_model("left-right-loose", n_components=3)
    sequences = [data.to_numpy() for data in sample_sequences(40)[0]]
    expected, _ = _train(model, sequences, algorithm=algorithm)
    found, _ = _train(model, [np.asfortranarray(s) for s in sequences], algorithm=algorithm, n_jobs=2)
    for name in ("transitions", "start", "end", "weights", "means", "covariances"):
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_labels_are_counted():
    data, labels = sample_sequences()
    sequences = [part.to_numpy() for part in data]
    model = random_model("left-right-strict", n_components=1)
    trained, history = _train(model, sequences, algorithm="labeled", labels=labels)
    samples, states = np.concatenate(sequences), np.concatenate(labels)
    for state in range(3):
        np.testing.assert_allclose(trained.means[state], samples[states == state].mean(axis=0))
        np.testing.assert_allclose(trained.covariances[state], np.cov(samples[states == state].T, ddof=0))
        n = (states == state).sum()
        assert trained.transitions[state, state] == pytest.approx((n - 4) / n)
    assert len(history.improvements) == 1
    assert history.log_probabilities[0] == pytest.approx(sum(trained.log_probability(s) for s in sequences))


def test_sequences_without_labels_do_not_count_as_labelled():
    data, labels = sample_sequences()
    sequences = [part.to_numpy() for part in data]
    model = random_model("left-right-strict", n_components=1)
    found, _ = _train(model, sequences, algorithm="labeled", labels=[labels[0], None, None, None])
    expected, _ = _train(model, sequences[:1], algorithm="labeled", labels=labels[:1])
    np.testing.assert_array_equal(found.means, expected.means)


def test_progress_is_printed_on_request(capsys):
    _train(random_model("endless"), _sequences(), max_iterations=2)
    assert capsys.readouterr().out == ""
    _train(random_model("endless"), _sequences(), max_iterations=2, verbose=True)
    lines = capsys.readouterr().out.splitlines()
    assert [line[:16] for line in lines[:2]] == ["[1] Improvement:", "[2] Improvement:"]
    assert "\tTime (s): " in lines[0]
    assert len(lines) == 4


def test_one_state_with_one_gaussian_learns_the_density_of_the_data():
    samples = np.random.default_rng(0).normal(3, 2, (200, 2))
    model = random_model("endless", n_states=1, n_components=1)
    trained, history = _train(model, [samples], max_iterations=1)
    density = multivariate_normal(samples.mean(axis=0), np.cov(samples.T, ddof=0))
    assert history.log_probabilities[0] == pytest.approx(density.logpdf(samples).sum())
    np.testing.assert_allclose(trained.means[0], samples.mean(axis=0))
