"""Filtering forwards and backwards by second-order sections, in place.

The arithmetic is that of ``scipy.signal.sosfiltfilt``, operation by operation, so the results have the same bits. What
differs is where values are kept: no copy of the signal is extended, reversed and extended again; the states of a
section stay in registers, and two sections run at once, as each waits for its own last value most of the time.
"""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def _run_one(section, states, values, first, step):
    """Transposed direct form II of one section, over all values from ``first`` on."""
    b0, b1, b2, a1, a2 = section[0], section[1], section[2], section[4], section[5]
    z0, z1 = states[0], states[1]
    at = first
    for _ in range(values.shape[0]):
        x = values[at]
        y = b0 * x + z0
        z0 = b1 * x - a1 * y + z1
        z1 = b2 * x - a2 * y
        values[at] = y
        at += step
    states[0], states[1] = z0, z1


@kernel
def _run_two(sections, states, values, first, step):
    """Two sections after each other, sample by sample."""
    b0, b1, b2, a1, a2 = sections[0, 0], sections[0, 1], sections[0, 2], sections[0, 4], sections[0, 5]
    d0, d1, d2, c1, c2 = sections[1, 0], sections[1, 1], sections[1, 2], sections[1, 4], sections[1, 5]
    z0, z1, w0, w1 = states[0, 0], states[0, 1], states[1, 0], states[1, 1]
    at = first
    for _ in range(values.shape[0]):
        x = values[at]
        y = b0 * x + z0
        z0 = b1 * x - a1 * y + z1
        z1 = b2 * x - a2 * y
        out = d0 * y + w0
        w0 = d1 * y - c1 * out + w1
        w1 = d2 * y - c2 * out
        values[at] = out
        at += step
    states[0, 0], states[0, 1], states[1, 0], states[1, 1] = z0, z1, w0, w1


@kernel
def _run(sections, states, values, backwards):
    first, step = (values.shape[0] - 1, -1) if backwards else (0, 1)
    n_paired = sections.shape[0] // 2 * 2
    for i in range(0, n_paired, 2):
        _run_two(sections[i : i + 2], states[i : i + 2], values, first, step)
    if n_paired < sections.shape[0]:
        _run_one(sections[n_paired], states[n_paired], values, first, step)


@kernel
def filter_zero_phase(sections, steady_states, signals, edge):
    """Replace each row of ``signals`` by the same signal filtered forwards and backwards.

    ``sections`` (n_sections, 6) and their ``steady_states`` (n_sections, 2) for a step of height one. At both ends the
    signal is extended by ``edge`` samples (at least 1, less than it has), turned by 180 degrees about the last value.
    """
    n = signals.shape[1]
    before, behind = np.empty(edge), np.empty(edge)
    for row in range(signals.shape[0]):
        signal = signals[row]
        for i in range(edge):
            before[i] = 2 * signal[0] - signal[edge - i]
            behind[i] = 2 * signal[n - 1] - signal[n - 2 - i]
        states = steady_states * before[0]
        _run(sections, states, before, False)
        _run(sections, states, signal, False)
        _run(sections, states, behind, False)
        states = steady_states * behind[edge - 1]
        _run(sections, states, behind, True)
        _run(sections, states, signal, True)
