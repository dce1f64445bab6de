"""Plain version of the candidates for terminal and initial contact: NumPy, one stride after the other."""

import numpy as np


def _smoothed(signal, weights):
    """Weighted mean of what exists around each sample of the recording."""
    full = np.convolve(signal, weights)
    norm = np.convolve(np.ones(len(signal)), weights)
    half = len(weights) // 2
    return (full / norm)[half : half + len(signal)]


def _parabola(signal, i):
    if not 0 < i < len(signal) - 1:
        return float(i)
    a, b, _ = np.polyfit([-1.0, 0.0, 1.0], signal[i - 1 : i + 2], 2)
    return i if a == 0 else i + np.clip(-b / (2 * a), -0.5, 0.5)


def _sagittal(rates, clear):
    """Rate about the main axis, swing positive, and where the toes point down most."""
    axis = np.linalg.eigh(rates @ rates.T)[1][:, -1]
    axis = axis * np.sign(axis @ [0.1, 1.0, 0.1])
    rate = axis @ rates
    rate = rate - rate.mean()
    angle = np.concatenate([[0.0], np.cumsum(rate)])  # starts at 0
    if angle.max() > -clear * angle.min():
        return -rate, max(int(np.argmax(angle)) - 1, 0)
    return rate, max(int(np.argmin(angle)) - 1, 0)


def _jump(signals):
    change = np.zeros(signals.shape[1])
    change[1:-1] = np.linalg.norm(signals[:, 2:] - signals[:, :-2], axis=0) / 2
    return change


def contact_rules(gyr, acc, start, end, gyr_weights, acc_weights, clear, windows):
    """Four candidates of one stride that lies inside of the recording."""
    rates = np.array([_smoothed(axis, gyr_weights)[start:end] for axis in gyr])
    forces = np.array([_smoothed(axis, acc_weights)[start:end] for axis in acc])
    rate, toes_down = _sagittal(rates, clear)
    turning, shock = _jump(rates), _jump(forces)
    peak = toes_down + int(np.argmax(rate[toes_down:]))
    found = np.full(4, np.nan)

    before = np.flatnonzero((rate[:peak] <= 0) & (rate[1 : peak + 1] > 0))
    if len(before):
        i = before[-1]
        found[0] = np.interp(0.0, rate[i : i + 2], [i, i + 1])
        first = max(i + 1 - windows[0], 0)
        found[1] = _parabola(turning, first + np.argmax(turning[first : i + 1 + windows[1]]))

    level = 0.1 * rate[peak]
    crosses = [i for i in range(peak, len(rate) - 1) if rate[i] > level >= rate[i + 1]]
    low = range(peak + 1, len(rate) - 1)
    troughs = [i for i in low if rate[i] <= 0.3 * rate[peak] and rate[i] <= rate[i - 1] and rate[i] < rate[i + 1]]
    if crosses or troughs:
        i = min(crosses + troughs)
        found[2] = np.interp(-level, -rate[i : i + 2], [i, i + 1]) if i in crosses else i
        first, last = max(i - windows[2], peak), min(i + windows[3], len(rate))
        limit = 0.7 * shock[first:last].max()
        inside = range(max(first, 1), min(last, len(rate) - 1))
        peaks = [k for k in inside if shock[k] >= limit and shock[k] >= shock[k - 1] and shock[k] > shock[k + 1]]
        found[3] = _parabola(shock, peaks[0] if peaks else first + np.argmax(shock[first:last]))
    return start + found
