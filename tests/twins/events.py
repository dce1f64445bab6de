"""Gait events of one stride at a time, written down as the methods describe them."""

import numpy as np
from scipy.signal import find_peaks


def min_vel(gyr, start, end, window):
    energy = (gyr[:, start : min(end, gyr.shape[1])] ** 2).sum(axis=0)
    if window >= energy.size:
        return None
    sums = [sum(energy[i : i + window]) for i in range(energy.size - window + 1)]
    return start + int(np.argmin(sums)) + window // 2


def _changes_of_sign(signal):
    return np.flatnonzero(np.diff(np.signbit(signal)))


def rampp_tc(gyr_ml, start, end, starts_at_ic):
    stride = gyr_ml[start : min(end, gyr_ml.size)]
    if starts_at_ic:
        changes = _changes_of_sign(stride[: np.argmax(stride) + 1])
        return start + int(changes[-1]) if changes.size else None
    changes = _changes_of_sign(stride)
    return start + int(changes[0]) if changes.size else None


def rampp_ic(gyr_ml, acc_pa, start, end, starts_at_ic, before, after):
    end = min(end, gyr_ml.size)
    length = end - start
    if starts_at_ic:
        first, last, earliest = max(0, start - int(0.1 * length)), start + int(0.2 * length), 0
    else:
        first, last, earliest = start + int(np.argmax(gyr_ml[start:end])), start + int(0.6 * length), start
    if last <= first:
        return None
    gradient = np.gradient(gyr_ml)
    fall = first + int(np.argmin(gradient[first:last]))
    rise = fall + int(np.argmax(gradient[fall:last]))
    if rise <= fall:
        return None
    candidate = fall + int(np.argmin(gyr_ml[fall:rise]))
    region = slice(max(earliest, candidate - before), min(end, candidate + after))
    if region.stop <= region.start:
        return None
    return region.start + int(np.argmax(acc_pa[region]))


def herzer_tc(gyr_ml, start, end):
    quarter = 0.25 * (end - start)
    first, last = max(0, int(start - quarter)), int(start + quarter)
    region = gyr_ml[first:last]
    return first + int(np.argmin(region)) if region.size else None


def herzer_ic(gyr_ml, filtered, start, end, prominence, n_considered):
    """``filtered`` is the low-passed acceleration of this stride alone."""
    stride = gyr_ml[start : min(end, gyr_ml.size)]
    peaks, properties = find_peaks(stride, height=0, prominence=prominence)
    if peaks.size == 0:
        return None
    order = np.argsort(properties["prominences"], kind="stable")
    mid_swing = int(min(peaks[order][-n_considered:]))
    search_end = int(0.7 * stride.size)
    if search_end <= mid_swing:
        return None
    last = min(mid_swing + int(np.argmax(np.gradient(stride)[mid_swing:search_end])) + 1, stride.size)
    first = mid_swing + int(np.argmin(filtered[mid_swing:last]))
    rises = np.diff(filtered)[first:last]
    if rises.size == 0:
        return None
    return start + first + int(np.argmax(rises))
