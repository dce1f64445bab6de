"""Mixtures of Gaussians: first estimate from labelled samples, and one step of improvement."""

import numpy as np
from numpy.typing import NDArray

from gaitmap._kernels.hmm_training import sums_of_states
from gaitmap._kernels.viterbi import log_emissions

FloatArray = NDArray[np.float64]
Mixture = tuple[FloatArray, FloatArray, FloatArray]  # weights (K), means (K, d), covariances (K, d, d)

# Stop improving the first estimate once the summed log-likelihood of the samples gains no more than this.
_STOP_INITIAL_EM = 0.1
# A component that accounts for less than this many samples keeps its mean and covariance.
_SMALLEST_WEIGHT = 1e-7

# Repair of a covariance that is not positive definite, where no floor is set.
_DIAGONAL_OF_ZERO = 1e-5
_REPAIRED_EIGENVALUE = 1e-8

# A model of one state: all samples belong to it.
_ONE_STATE = (np.zeros(1), np.array([0, 1]), np.array([0]), np.zeros(1), np.zeros(1))


def kernel_arguments(n_components: NDArray[np.int64], mixture: Mixture) -> tuple[NDArray, ...]:
    """Emissions as the kernels take them (see ``_kernels/viterbi.py``)."""
    weights, means, covariances = mixture
    n_features = means.shape[1]
    factors = np.linalg.cholesky(covariances)
    identity = np.broadcast_to(np.eye(n_features), factors.shape)
    log_normalization = np.log(np.diagonal(factors, axis1=1, axis2=2)).sum(axis=1)
    with np.errstate(divide="ignore"):
        log_weights = np.log(weights)
    return (
        np.concatenate([[0], np.cumsum(n_components)]).astype(np.int64),
        log_weights - log_normalization - 0.5 * n_features * np.log(2 * np.pi),
        _components_last(means),
        _components_last(np.linalg.solve(factors, identity)),
        log_weights,
        _components_last(covariances),
    )


def fit_mixture(samples: FloatArray, n_components: int, covariance_floor: float | None) -> Mixture:
    """Estimate the mixture of one state, without random numbers.

    Clusters around the first samples are the start of an expectation maximisation.
    """
    if n_components == 1:
        mean, covariance = _mean_and_covariance(samples)
        return np.ones(1), mean[np.newaxis], floor_eigenvalues(covariance[np.newaxis], covariance_floor)
    mixture = _mixture_of_clusters(samples, n_components, covariance_floor)
    counts = np.array([n_components])
    log_likelihood = -np.inf
    while True:
        arguments = kernel_arguments(counts, mixture)
        before, log_likelihood = log_likelihood, float(log_emissions(samples, arguments).sum())
        if not log_likelihood - before > _STOP_INITIAL_EM:
            return mixture
        borders, states = np.array([0, len(samples)]), np.zeros(len(samples), dtype=np.int64)
        sums = sums_of_states(samples, states, borders, arguments, _ONE_STATE, True)
        mixture = improve_mixtures(counts, mixture, sums[3:], covariance_floor)


def improve_mixtures(
    n_components: NDArray[np.int64],
    mixture: Mixture,
    sums: tuple[FloatArray, ...],
    covariance_floor: float | None,
) -> Mixture:
    """Maximum-likelihood parameters for the weighted moments that were gathered with the present ones."""
    weights, means, covariances = (values.copy() for values in mixture)
    total, first, second = sums[0], sums[1].T, np.moveaxis(sums[2], -1, 0)
    used = total >= _SMALLEST_WEIGHT
    shift = first[used] / total[used, np.newaxis]
    means[used] += shift
    spread = second[used] / total[used, np.newaxis, np.newaxis] - shift[:, :, np.newaxis] * shift[:, np.newaxis, :]
    covariances[used] = floor_eigenvalues(spread, covariance_floor)
    state = np.repeat(np.arange(len(n_components)), n_components)
    of_state = np.bincount(state, total, minlength=len(n_components))[state]
    np.divide(total, of_state, out=weights, where=of_state > 0)
    return weights, means, covariances


def floor_eigenvalues(covariances: FloatArray, floor: float | None) -> FloatArray:
    """Raise the eigenvalues below ``floor`` to it; with None only make singular covariances usable."""
    repaired = 0.5 * (covariances + np.swapaxes(covariances, -1, -2))
    for k, covariance in enumerate(repaired):
        if floor is None:
            repaired[k] = _repair_if_singular(covariance)
            continue
        values, vectors = np.linalg.eigh(covariance)
        if values[0] < floor:
            raised = (vectors * np.maximum(values, floor)) @ vectors.T
            repaired[k] = 0.5 * (raised + raised.T)
    return repaired


def _repair_if_singular(covariance: FloatArray) -> FloatArray:
    try:
        np.linalg.cholesky(covariance)
    except np.linalg.LinAlgError:
        identity = np.eye(len(covariance))
        if covariance.sum() == 0:
            return covariance + _DIAGONAL_OF_ZERO * identity
        return covariance + (_REPAIRED_EIGENVALUE - np.linalg.eigvalsh(covariance)[0]) * identity
    return covariance


def _mixture_of_clusters(samples: FloatArray, n_components: int, covariance_floor: float | None) -> Mixture:
    n_features = samples.shape[1]
    centroids = samples[:n_components].copy()
    cluster = _nearest(samples, centroids)
    for k in np.unique(cluster):
        centroids[k] = samples[cluster == k].mean(axis=0)
    cluster = _nearest(samples, centroids)
    weights = np.bincount(cluster, minlength=n_components) / len(samples)
    means, covariances = np.zeros((n_components, n_features)), np.tile(np.eye(n_features), (n_components, 1, 1))
    for k in np.unique(cluster):
        means[k], covariance = _mean_and_covariance(samples[cluster == k])
        covariances[k] = floor_eigenvalues(covariance[np.newaxis], covariance_floor)[0]
    return weights, means, covariances


def _nearest(samples: FloatArray, centroids: FloatArray) -> NDArray[np.int64]:
    squares = ((samples[:, np.newaxis, :] - centroids[np.newaxis]) ** 2).sum(axis=-1)
    return squares.argmin(axis=1)


def _mean_and_covariance(samples: FloatArray) -> tuple[FloatArray, FloatArray]:
    mean = samples.mean(axis=0)
    deviation = samples - mean
    return mean, deviation.T @ deviation / len(samples)


def _components_last(values: FloatArray) -> FloatArray:
    return np.array(np.moveaxis(values, 0, -1), order="C")
