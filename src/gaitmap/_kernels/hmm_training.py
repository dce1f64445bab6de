"""Forward-backward algorithm of a hidden Markov model, and the sums that its training needs.

The arguments are those of ``viterbi.py``. The forward probabilities are kept at the first sample of each block only and
calculated again, block by block, on the way back: the memory does not grow with n times the number of states.

"Sums" is a tuple: visits of each edge, of each first and each last state (edges; S; S); for each component the weight
and the weighted first and second moments of the deviation from its present mean (K; d, K; d, d, K).
"""

import numpy as np

from gaitmap._kernels._jit import kernel
from gaitmap._kernels.viterbi import log_components, log_states, log_sum


@kernel
def _forward_block(x, first, last, before, emission, transition, scratch, emitted, forward):
    """Log forward probabilities of the samples ``first`` to ``last``; ``before``: those of the sample before."""
    log_start, first_edge, source, log_edge, _ = transition
    components, work, terms = scratch
    for t in range(first, last):
        row = t - first
        log_components(x, t, emission, work, components)
        log_states(emission[0], components, emitted[row])
        for s in range(log_start.size):
            if t == 0:
                forward[row, s] = log_start[s] + emitted[row, s]
                continue
            for e in range(first_edge[s], first_edge[s + 1]):
                origin = before[source[e]] if row == 0 else forward[row - 1, source[e]]
                terms[e] = origin + log_edge[e]
            forward[row, s] = log_sum(terms, first_edge[s], first_edge[s + 1]) + emitted[row, s]


@kernel
def _backward_step(next_emitted, next_backward, transition, terms, largest, backward):
    """Log backward probabilities of a sample from those of the next one; ``terms`` gets one summand per edge."""
    log_start, first_edge, source, log_edge, _ = transition
    largest[:] = -np.inf
    backward[:] = 0.0
    for s in range(log_start.size):
        for e in range(first_edge[s], first_edge[s + 1]):
            terms[e] = log_edge[e] + next_emitted[s] + next_backward[s]
            largest[source[e]] = max(largest[source[e]], terms[e])
    for e in range(source.size):
        if terms[e] > -np.inf:
            backward[source[e]] += np.exp(terms[e] - largest[source[e]])
    for s in range(log_start.size):
        backward[s] = largest[s] + np.log(backward[s]) if largest[s] > -np.inf else -np.inf


@kernel
def _add_emissions(x, t, posterior, emission, scratch, sums):
    """Add a sample to the moments of all components; samples with missing values are left out."""
    first_component, _, means, _, _, _ = emission
    components, work, _ = scratch
    _, _, _, weights, first_moments, second_moments = sums
    d = x.shape[1]
    for i in range(d):
        if np.isnan(x[t, i]):
            return
    log_components(x, t, emission, work, components)
    for s in range(posterior.size):
        first, last = first_component[s], first_component[s + 1]
        total = log_sum(components, first, last)
        if posterior[s] == 0.0 or total == -np.inf:
            continue
        for k in range(first, last):
            share = posterior[s] * np.exp(components[k] - total)
            weights[k] += share
            for i in range(d):
                deviation = share * (x[t, i] - means[i, k])
                first_moments[i, k] += deviation
                for j in range(d):
                    second_moments[i, j, k] += deviation * (x[t, j] - means[j, k])


@kernel
def _backward(x, emission, transition, block_length, log_probability, checkpoints, scratch, path, with_emissions, sums):
    """Backward pass over one sequence: fills ``path`` (if it is not empty) and adds to the sums."""
    edge_sums, start_sums, end_sums, _, _, _ = sums
    source, log_end = transition[2], transition[4]
    n, n_states = x.shape[0], log_end.size
    emitted = np.empty((min(n, block_length), n_states))
    forward = np.empty((min(n, block_length), n_states))
    backward, largest, posterior = log_end.copy(), np.empty(n_states), np.empty(n_states)
    next_backward, next_emitted = np.empty(n_states), np.empty(n_states)
    terms = np.empty(source.size)
    for block in range(checkpoints.shape[0] - 1, -1, -1):
        first, last = block * block_length, min(n, (block + 1) * block_length)
        _forward_block(x, first, last, checkpoints[block], emission, transition, scratch, emitted, forward)
        for t in range(last - 1, first - 1, -1):
            row = t - first
            if t < n - 1:
                _backward_step(next_emitted, next_backward, transition, terms, largest, backward)
                for e in range(source.size):
                    edge_sums[e] += np.exp(forward[row, source[e]] + terms[e] - log_probability)
            for s in range(n_states):
                posterior[s] = np.exp(forward[row, s] + backward[s] - log_probability)
                next_backward[s] = backward[s]
                next_emitted[s] = emitted[row, s]
            if path.size:
                path[t] = np.argmax(posterior)
            if with_emissions:
                _add_emissions(x, t, posterior, emission, scratch, sums)
            if t == n - 1:
                end_sums += posterior
            if t == 0:
                start_sums += posterior


@kernel
def _smooth(x, emission, transition, block_length, path, with_emissions, sums):
    """One sequence: its log probability; the posterior-best states and the sums, where it is possible at all."""
    log_end = transition[4]
    n, n_states, n_components = x.shape[0], log_end.size, emission[1].size
    scratch = (np.empty(n_components), np.empty(n_components), np.empty(transition[2].size))
    n_blocks = (n + block_length - 1) // block_length
    emitted = np.empty((min(n, block_length), n_states))
    forward = np.empty((min(n, block_length), n_states))
    checkpoints = np.zeros((n_blocks, n_states))
    final = np.empty(n_states)
    for block in range(n_blocks):
        first, last = block * block_length, min(n, (block + 1) * block_length)
        _forward_block(x, first, last, checkpoints[block], emission, transition, scratch, emitted, forward)
        if block + 1 < n_blocks:
            checkpoints[block + 1] = forward[last - first - 1]
        else:
            final[:] = forward[last - first - 1] + log_end
    log_probability = log_sum(final, 0, n_states)
    if np.isfinite(log_probability) and (path.size or sums[0].size):
        _backward(
            x, emission, transition, block_length, log_probability, checkpoints, scratch, path, with_emissions, sums
        )
    return log_probability


@kernel
def _no_sums(n_edges, n_states, n_components, n_features):
    return (
        np.zeros(n_edges),
        np.zeros(n_states),
        np.zeros(n_states),
        np.zeros(n_components),
        np.zeros((n_features, n_components)),
        np.zeros((n_features, n_features, n_components)),
    )


@kernel
def posterior_path(x, emission, transition, block_length):
    """State with the highest posterior probability at each sample, and the log probability of the sequence."""
    path = np.zeros(x.shape[0], dtype=np.int64)
    sums = _no_sums(transition[2].size, transition[0].size, 0, 0)
    return path, _smooth(x, emission, transition, block_length, path, False, sums)


@kernel
def log_probability_of(x, emission, transition, block_length):
    """Log probability of a sequence, summed over all paths."""
    no_path = np.empty(0, dtype=np.int64)
    return _smooth(x, emission, transition, block_length, no_path, False, _no_sums(0, 0, 0, 0))


@kernel
def expected_sums(x, first_sample, emission, transition, block_length, with_emissions):
    """Log probability of each sequence (rows ``first_sample[i]`` to ``first_sample[i + 1]``), and the sums of all."""
    sums = _no_sums(transition[2].size, transition[0].size, emission[1].size, x.shape[1])
    no_path = np.empty(0, dtype=np.int64)
    log_probabilities = np.empty(first_sample.size - 1)
    for i in range(first_sample.size - 1):
        sequence = x[first_sample[i] : first_sample[i + 1]]
        log_probabilities[i] = _smooth(sequence, emission, transition, block_length, no_path, with_emissions, sums)
    return log_probabilities, sums


@kernel
def sums_of_states(x, states, first_sample, emission, transition, with_emissions):
    """Add up sequences whose states are known. Steps between states that have no edge are not counted."""
    sums = _no_sums(transition[2].size, transition[0].size, emission[1].size, x.shape[1])
    edge_sums, start_sums, end_sums, _, _, _ = sums
    first_edge, source = transition[1], transition[2]
    scratch = (np.empty(emission[1].size), np.empty(emission[1].size), np.empty(source.size))
    posterior = np.zeros(transition[0].size)
    for i in range(first_sample.size - 1):
        first, last = first_sample[i], first_sample[i + 1]
        start_sums[states[first]] += 1.0
        end_sums[states[last - 1]] += 1.0
        for t in range(first, last):
            s = states[t]
            if with_emissions:
                posterior[s] = 1.0
                _add_emissions(x, t, posterior, emission, scratch, sums)
                posterior[s] = 0.0
            if t > first:
                for e in range(first_edge[s], first_edge[s + 1]):
                    if source[e] == states[t - 1]:
                        edge_sums[e] += 1.0
    return sums
