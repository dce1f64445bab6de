"""A hidden Markov model by enumeration: every possible sequence of states, one by one."""

import itertools

import numpy as np
from scipy.special import logsumexp
from scipy.stats import multivariate_normal


def log_emissions(model, samples):
    """Log density of each state at each sample; missing values are left out of sample, mean and covariance."""
    first = np.concatenate([[0], np.cumsum(model.n_components)])
    out = np.empty((len(samples), model.n_states))
    for t, sample in enumerate(samples):
        present = ~np.isnan(sample)
        for s in range(model.n_states):
            terms = []
            for k in range(first[s], first[s + 1]):
                if model.weights[k] == 0:
                    continue
                density = 0.0
                if present.any():
                    covariance = model.covariances[k][np.ix_(present, present)]
                    density = multivariate_normal(model.means[k][present], covariance).logpdf(sample[present])
                terms.append(np.log(model.weights[k]) + density)
            out[t, s] = logsumexp(terms)
    return out


def all_paths(model, samples):
    """Every sequence of states, and its log probability together with the samples."""
    emitted = log_emissions(model, samples)
    paths = np.array(list(itertools.product(range(model.n_states), repeat=len(samples))))
    log_probabilities = np.empty(len(paths))
    with np.errstate(divide="ignore"):
        for i, path in enumerate(paths):
            value = np.log(model.start[path[0]]) + emitted[np.arange(len(path)), path].sum()
            value += np.log(model.transitions[path[:-1], path[1:]]).sum()
            if model.end.any():
                value += np.log(model.end[path[-1]])
            log_probabilities[i] = value
    return paths, log_probabilities


def expected_visits(model, samples):
    """Posterior of each state at each sample, and expected number of each step."""
    paths, log_probabilities = all_paths(model, samples)
    weights = np.exp(log_probabilities - logsumexp(log_probabilities))
    posterior = np.zeros((len(samples), model.n_states))
    steps = np.zeros((model.n_states, model.n_states))
    for path, weight in zip(paths, weights, strict=True):
        posterior[np.arange(len(path)), path] += weight
        np.add.at(steps, (path[:-1], path[1:]), weight)
    return posterior, steps


def expected_moments(model, samples, posterior):
    """Weight, first and second moments of the deviations from the means, for each component."""
    first = np.concatenate([[0], np.cumsum(model.n_components)])
    n, d = model.means.shape
    total, one, two = np.zeros(n), np.zeros((n, d)), np.zeros((n, d, d))
    for t, sample in enumerate(samples):
        for s in range(model.n_states):
            components = range(first[s], first[s + 1])
            densities = [
                model.weights[k] * multivariate_normal(model.means[k], model.covariances[k]).pdf(sample)
                for k in components
            ]
            for k, density in zip(components, densities, strict=True):
                share = posterior[t, s] * density / sum(densities)
                deviation = sample - model.means[k]
                total[k] += share
                one[k] += share * deviation
                two[k] += share * np.outer(deviation, deviation)
    return total, one, two
