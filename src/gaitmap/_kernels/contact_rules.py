"""Candidates for terminal and initial contact in strides from mid-stance to mid-stance, for one sensor in one pass.

``gyr`` and ``acc`` have the shape (3, n). The angular rate is looked at along its main axis of each stride, so the
frame of the sensor does not matter; a position between two samples comes from the straight line or the parabola through
its neighbours.
"""

import numpy as np

from gaitmap._kernels._jit import kernel
from gaitmap._kernels.events import (
    BAD_BORDERS,
    FOUND,
    MISSING_SAMPLES,
    NO_ZERO_CROSSING,
    OUTSIDE,
    _argmax,
)

N_RULES = 2  # per event: columns 0 and 1 terminal contact, 2 and 3 initial contact
_SWING_IS_OVER = 0.1  # of the greatest rate: a foot that lands flat never turns back
_SWING_IS_LOW = 0.3  # of the greatest rate: a foot that lands on the toes turns on, as its heel comes down
_STRONG = 0.7  # of the greatest change of acceleration: a shock
_N_ITERATIONS = 20  # of the search for the main axis: the other axes have a tenth of its energy


@kernel
def _smooth(signal, first, weights, out):
    """Weighted mean around each sample of [first, first + len(out)); weights cut at the ends of the recording."""
    half = weights.shape[0] // 2
    for i in range(out.shape[0]):
        total, weight = 0.0, 0.0
        for k in range(-half, half + 1):
            j = first + i + k
            if 0 <= j < signal.shape[0]:
                total += weights[k + half] * signal[j]
                weight += weights[k + half]
        out[i] = total / weight


@kernel
def _main_axis_rate(rate, out):
    """Rate about the axis of greatest energy without its mean; positive where the second axis (ml) is."""
    energy = np.zeros((3, 3))
    for a in range(3):
        for b in range(3):
            for i in range(rate.shape[1]):
                energy[a, b] += rate[a, i] * rate[b, i]
    axis = np.array([0.1, 1.0, 0.1])
    for _ in range(_N_ITERATIONS):
        turned = np.zeros(3)
        for a in range(3):
            for b in range(3):
                turned[a] += energy[a, b] * axis[b]
        norm = np.sqrt(turned[0] ** 2 + turned[1] ** 2 + turned[2] ** 2)
        if norm == 0.0:
            break
        axis = turned / norm
    mean = 0.0
    for i in range(out.shape[0]):
        out[i] = axis[0] * rate[0, i] + axis[1] * rate[1, i] + axis[2] * rate[2, i]
        mean += out[i] / out.shape[0]
    for i in range(out.shape[0]):
        out[i] -= mean


@kernel
def _turn_forward(rate, clear):
    """Make the swing positive: a foot points its toes down by more before the swing than up after it.

    Where the two excursions of the angle differ by less than the factor ``clear`` the sign stays. Returns the sample at
    which the toes point down most.
    """
    angle, lowest, highest = 0.0, 0.0, 0.0
    at_lowest, at_highest = 0, 0
    for i in range(rate.shape[0]):
        angle += rate[i]
        if angle < lowest:
            lowest, at_lowest = angle, i
        if angle > highest:
            highest, at_highest = angle, i
    if highest > -clear * lowest:
        for i in range(rate.shape[0]):
            rate[i] = -rate[i]
        return at_highest
    return at_lowest


@kernel
def _peak_between(signal, i):
    """Position of the parabola through a peak and its neighbours."""
    if i < 1 or i > signal.shape[0] - 2:
        return float(i)
    bend = signal[i - 1] - 2.0 * signal[i] + signal[i + 1]
    if bend == 0.0:
        return float(i)
    return i + min(max(0.5 * (signal[i - 1] - signal[i + 1]) / bend, -0.5), 0.5)


@kernel
def _change(signals, out):
    """Length of the central difference of three signals; 0 at both ends."""
    out[:] = 0.0
    for i in range(1, out.shape[0] - 1):
        for axis in range(3):
            out[i] += (signals[axis, i + 1] - signals[axis, i - 1]) ** 2
        out[i] = 0.5 * np.sqrt(out[i])


@kernel
def _first_strong_peak(signal, first, end, share):
    """First local maximum in [first, end) of at least a share of the largest value there."""
    limit = share * signal[_argmax(signal, first, end)]
    for i in range(max(first, 1), min(end, signal.shape[0] - 1)):
        if signal[i] >= limit and signal[i] >= signal[i - 1] and signal[i] > signal[i + 1]:
            return i
    return _argmax(signal, first, end)


@kernel
def _terminal_contact(rate, peak, turning, before, after, found):
    """Zero crossing before the swing, and greatest angular acceleration around it."""
    for i in range(peak, 0, -1):
        if rate[i - 1] <= 0.0 < rate[i]:
            found[0] = i - 1 + rate[i - 1] / (rate[i - 1] - rate[i])
            strongest = _argmax(turning, max(i - before, 0), min(i + after, rate.shape[0]))
            found[1] = _peak_between(turning, strongest)
            return


@kernel
def _initial_contact(rate, peak, shock, before, after, found):
    """End of the swing's rotation, and first shock around it."""
    n_samples = rate.shape[0]
    level = _SWING_IS_OVER * rate[peak]
    for i in range(peak, n_samples - 1):
        crosses = rate[i] > level >= rate[i + 1]
        low = i > peak and rate[i] <= _SWING_IS_LOW * rate[peak]
        if crosses or (low and rate[i] <= rate[i - 1] and rate[i] < rate[i + 1]):
            found[0] = i + (rate[i] - level) / (rate[i] - rate[i + 1]) if crosses else float(i)
            first = _first_strong_peak(shock, max(i - before, peak), min(i + after, n_samples), _STRONG)
            found[1] = _peak_between(shock, first)
            return


@kernel
def contact_rules(gyr, acc, starts, ends, gyr_weights, acc_weights, clear, windows):
    """Find the candidates of all strides.

    gyr_weights, acc_weights: symmetric weights of odd length that smooth the signals; clear: see ``_turn_forward``;
    windows: samples before and after tc, before and after ic, that are looked at.
    Output: positions (n strides, 4), NaN where a rule finds nothing, and the reasons (n strides, 2) for tc and ic.
    """
    n_strides = starts.shape[0]
    found = np.full((n_strides, 2 * N_RULES), np.nan)
    reasons = np.zeros((n_strides, 2), dtype=np.int64)
    for stride in range(n_strides):
        start, end = starts[stride], min(ends[stride], gyr.shape[1])
        if start < 0 or ends[stride] <= start:
            reasons[stride] = BAD_BORDERS
            continue
        if start >= gyr.shape[1]:
            reasons[stride] = OUTSIDE
            continue
        n_samples = end - start
        rates = np.empty((3, n_samples))
        forces = np.empty((3, n_samples))
        for axis in range(3):
            _smooth(gyr[axis], start, gyr_weights, rates[axis])
            _smooth(acc[axis], start, acc_weights, forces[axis])
        if not (np.isfinite(rates).all() and np.isfinite(forces).all()):
            reasons[stride] = MISSING_SAMPLES
            continue
        rate = np.empty(n_samples)
        shock = np.empty(n_samples)
        turning = np.empty(n_samples)
        _main_axis_rate(rates, rate)
        toes_down = _turn_forward(rate, clear)
        _change(rates, turning)
        _change(forces, shock)
        peak = _argmax(rate, toes_down, n_samples)
        _terminal_contact(rate, peak, turning, windows[0], windows[1], found[stride, :N_RULES])
        _initial_contact(rate, peak, shock, windows[2], windows[3], found[stride, N_RULES:])
        for event in range(2):
            reasons[stride, event] = FOUND if np.isfinite(found[stride, event * N_RULES]) else NO_ZERO_CROSSING
        found[stride] += start
    return found, reasons
