"""Emissions of a hidden Markov model with Gaussian mixtures, and its best path.

Arguments of all functions, for S states, K mixture components of all states together, and d features:

* ``x`` (n, d): one sample per row; NaN marks missing values.
* ``emission``: tuple of ``first_component`` (S + 1; the components of state s are ``first_component[s]`` up to
  ``first_component[s + 1]``), ``log_scale`` (K; logarithm of weight and normalisation, -inf for a weight of 0),
  ``means`` (d, K), ``whitening`` (d, d, K; inverse of the lower Cholesky factor of the covariance), ``log_weights`` (K)
  and ``covariances`` (d, d, K). The components come last, so that one instruction handles several of them.
* ``transition``: tuple of ``log_start`` (S), ``first_edge`` (S + 1; the edges into state s), ``source`` (one per edge;
  ascending for each state), ``log_edge`` (one per edge) and ``log_end`` (S; zeros where every state may be the last).
"""

import numpy as np

from gaitmap._kernels._jit import kernel

_LOG_2_PI = np.log(2.0 * np.pi)
# Summands below exp(-40) of the largest one do not change a sum of float64.
_NEGLIGIBLE = -40.0


@kernel
def _log_gaussian_of_present(x, k, means, covariances, log_weight):
    """Log density of the values that are not NaN: the others are integrated out. 0 where all are missing."""
    present = np.flatnonzero(~np.isnan(x))
    # Row by row: Cholesky factor of the covariance of the present values, and the whitened deviation.
    factor = np.zeros((present.size, present.size))
    white = np.zeros(present.size)
    log_density = log_weight - 0.5 * present.size * _LOG_2_PI
    for i in range(present.size):
        for j in range(i + 1):
            rest = covariances[present[i], present[j], k]
            for m in range(j):
                rest -= factor[i, m] * factor[j, m]
            if i == j:
                factor[i, i] = np.sqrt(rest)
            else:
                factor[i, j] = rest / factor[j, j]
        rest = x[present[i]] - means[present[i], k]
        for m in range(i):
            rest -= factor[i, m] * white[m]
        white[i] = rest / factor[i, i]
        log_density -= np.log(factor[i, i]) + 0.5 * white[i] * white[i]
    return log_density


@kernel
def _log_components_of_present(x, means, log_weights, covariances, out):
    for k in range(out.size):
        out[k] = -np.inf
        if log_weights[k] > -np.inf:
            out[k] = _log_gaussian_of_present(x, k, means, covariances, log_weights[k])


@kernel
def log_components(x, t, emission, work, out):
    """Write the log density (with weight) of every component at sample ``t`` into ``out``; ``work`` (K): scratch."""
    _, log_scale, means, whitening, log_weights, covariances = emission
    d = x.shape[1]
    for i in range(d):
        if np.isnan(x[t, i]):
            _log_components_of_present(x[t], means, log_weights, covariances, out)
            return
    for k in range(out.size):
        out[k] = log_scale[k]
    for i in range(d):
        for k in range(out.size):
            work[k] = whitening[i, 0, k] * (x[t, 0] - means[0, k])
        for j in range(1, i + 1):
            for k in range(out.size):
                work[k] += whitening[i, j, k] * (x[t, j] - means[j, k])
        for k in range(out.size):
            out[k] -= 0.5 * work[k] * work[k]


@kernel
def log_sum(values, first, last):
    """Logarithm of the sum of the exponentials of ``values[first:last]``."""
    largest = -np.inf
    for k in range(first, last):
        largest = max(largest, values[k])
    if largest == -np.inf:
        return largest
    total = 0.0
    for k in range(first, last):
        below = values[k] - largest
        if below == 0.0:
            total += 1.0
        elif below > _NEGLIGIBLE:
            total += np.exp(below)
    return largest if total == 1.0 else largest + np.log(total)


@kernel
def log_states(first_component, components, out):
    """Write the log density of every state into ``out``, given those of the components."""
    for s in range(out.size):
        out[s] = log_sum(components, first_component[s], first_component[s + 1])


@kernel
def log_emissions(x, emission):
    """Log density of every state at every sample, shape (n, S)."""
    first_component = emission[0]
    components, work = np.empty(emission[1].size), np.empty(emission[1].size)
    emitted = np.empty(first_component.size - 1)
    out = np.empty((x.shape[0], emitted.size))
    for t in range(x.shape[0]):
        log_components(x, t, emission, work, components)
        log_states(first_component, components, emitted)
        out[t] = emitted
    return out


@kernel
def viterbi_path(x, emission, transition, best_source):
    """Most probable sequence of states and its log probability.

    ``best_source`` (n, S) of an integer type that holds S is overwritten: the best predecessor of each state at each
    sample. v_t(s) = log b_s(x_t) + max_r (v_{t-1}(r) + log a_rs); of equal ones the lowest r.
    """
    log_start, first_edge, source, log_edge, log_end = transition
    n, n_states = x.shape[0], log_start.size
    first_component = emission[0]
    components, work = np.empty(emission[1].size), np.empty(emission[1].size)
    emitted = np.empty(n_states)
    value = np.empty(n_states)
    previous = np.empty(n_states)
    for t in range(n):
        log_components(x, t, emission, work, components)
        log_states(first_component, components, emitted)
        for s in range(n_states):
            if t == 0:
                value[s] = log_start[s] + emitted[s]
                continue
            best, origin = -np.inf, 0
            for e in range(first_edge[s], first_edge[s + 1]):
                candidate = previous[source[e]] + log_edge[e]
                if candidate > best:
                    best, origin = candidate, source[e]
            value[s] = best + emitted[s]
            best_source[t, s] = origin
        value, previous = previous, value
    states = np.empty(n, dtype=np.int64)
    best, state = -np.inf, 0
    for s in range(n_states):
        if previous[s] + log_end[s] > best:
            best, state = previous[s] + log_end[s], s
    for t in range(n - 1, -1, -1):
        states[t] = state
        if t > 0:
            state = int(best_source[t, state])
    return states, best
