"""Swings of a foot in the norm of its angular rate, and the moments of least movement between them.

Signals of a part of a recording start at the sample ``first`` of the recording; positions count from its start. Missing
values (NaN) are left out of every mean; where a window holds nothing else, its value is missing.
"""

import numpy as np

from gaitmap._kernels._jit import kernel
from gaitmap._kernels.quaternion import multiply_xyzw, quat_from_rotvec_xyzw, rotate_vector_xyzw

_UNIT = np.eye(3)


@kernel
def centered_mean(values, first, n_total, start, end, half):
    """Mean of the values at most ``half`` samples away, for the samples from ``start`` to ``end``.

    Windows end with the recording of ``n_total`` samples. Every mean is a sum of its own: it does not depend on how the
    recording is cut.
    """
    means = np.empty(max(0, end - start))
    for i in range(start, end):
        total = 0.0
        n = 0
        for k in range(max(0, i - half), min(n_total, i + half + 1)):
            value = values[k - first]
            if not np.isnan(value):
                total += value
                n += 1
        means[i - start] = total / n if n > 0 else np.nan
    return means


@kernel
def running_quantile(values, first, n_total, start, end, half, share):
    """Value below which ``share`` of those at most ``half`` places away lie (nearest rank); NaN if there are none."""
    quantiles = np.empty(max(0, end - start))
    window = np.empty(2 * half + 1)
    for i in range(start, end):
        n = 0
        for k in range(max(0, i - half), min(n_total, i + half + 1)):
            if not np.isnan(values[k - first]):
                window[n] = values[k - first]
                n += 1
        if n == 0:
            quantiles[i - start] = np.nan
        else:
            rank = max(0, int(np.ceil(share * n)) - 1)
            quantiles[i - start] = np.partition(window[:n], rank)[rank]
    return quantiles


@kernel
def peaks_and_valleys(values, first, step, state, position):
    """Highest values that are followed by a fall, and lowest ones that are followed by a rise, by more than a step.

    ``step`` is the size of rise and fall that counts at each sample. Carried from part to part, and changed in place:
    ``state``, [1 while a fall is waited for, lowest, highest value so far], and ``position``, [sample of the lowest,
    of the highest one]. Begin with ``[0, inf, -inf]`` and ``[0, 0]``. Returns the peaks and the valleys that the part
    completes; valleys and peaks take turns, beginning with a valley.
    """
    peaks = np.empty(len(values), np.int64)
    valleys = np.empty(len(values), np.int64)
    n_peaks = 0
    n_valleys = 0
    for i in range(len(values)):
        value = values[i]
        if np.isnan(value):
            continue
        if state[0] == 0.0:
            if value < state[1]:
                state[1] = value
                position[0] = first + i
            if value - state[1] > step[i]:
                valleys[n_valleys] = position[0]
                n_valleys += 1
                state[0] = 1.0
                state[2] = value
                position[1] = first + i
        else:
            if value > state[2]:
                state[2] = value
                position[1] = first + i
            if state[2] - value > step[i]:
                peaks[n_peaks] = position[1]
                n_peaks += 1
                state[0] = 0.0
                state[1] = value
                position[0] = first + i
    return peaks[:n_peaks], valleys[:n_valleys]


@kernel
def quietest_samples(gyr, first, n_total, starts, ends, half):
    """Sample of least movement in each interval ``[start, end)``, and the movement there.

    Movement is the norm of the mean plus the standard deviation (of the vector) of the angular rate at most ``half``
    samples away: a foot that turns evenly moves, and so does one that trembles. -1 and NaN where all is missing.
    """
    samples = np.empty(len(starts), np.int64)
    movements = np.empty(len(starts))
    for j in range(len(starts)):
        best = np.nan
        at = -1
        for i in range(max(0, starts[j]), min(n_total, ends[j])):
            if np.isnan(gyr[i - first, 0] + gyr[i - first, 1] + gyr[i - first, 2]):
                continue
            n = 0
            x = y = z = squares = 0.0
            for k in range(max(0, i - half), min(n_total, i + half + 1)):
                a, b, c = gyr[k - first, 0], gyr[k - first, 1], gyr[k - first, 2]
                if not np.isnan(a + b + c):
                    x += a
                    y += b
                    z += c
                    n += 1
            x /= n
            y /= n
            z /= n
            for k in range(max(0, i - half), min(n_total, i + half + 1)):
                a, b, c = gyr[k - first, 0], gyr[k - first, 1], gyr[k - first, 2]
                if not np.isnan(a + b + c):
                    squares += (a - x) ** 2 + (b - y) ** 2 + (c - z) ** 2
            movement = np.sqrt(x * x + y * y + z * z) + np.sqrt(squares / n)
            if not movement >= best:
                best = movement
                at = i
        samples[j] = at
        movements[j] = best
    return samples, movements


@kernel
def stride_closures(acc, gyr, first, n_total, starts, ends, half, rate):
    """Path, tilt and drift of a sensor between two moments of least movement each, without any axes.

    Each stride is integrated in the frame of the sensor at its start (midpoint rule); gravity is the mean acceleration
    at most ``half`` samples around both ends, the tilt between them is spread evenly over the stride, and so is the
    velocity that is left at its end. Returns for each stride

    - ``path``: displacement across gravity, and along it (upwards), in m,
    - ``turned``: angle between the directions of gravity in the sensor at both ends, in rad,
    - ``residual``: rotation vector that brings gravity at the end, as integrated, to gravity at the start, in rad,
    - ``lever``: integral over time of the rotation into the frame of the start, across gravity, in s: the residual that
      an offset of the angular rate leaves is ``-lever @ offset``,
    - ``pull``: size of the mean acceleration at both ends, in m/s^2: gravity alone, if the sensor rests.

    All but ``pull`` are NaN for strides with missing samples.
    """
    n = len(starts)
    path = np.full((n, 2), np.nan)
    turned = np.full(n, np.nan)
    residual = np.full((n, 3), np.nan)
    lever = np.full((n, 3, 3), np.nan)
    pull = np.full((n, 2), np.nan)
    for j in range(n):
        start, end = starts[j], ends[j]
        if start < 0 or end <= start or end >= n_total:
            continue
        down = _mean_around(acc, first, n_total, start, half)
        down_at_end = _mean_around(acc, first, n_total, end, half)
        pull[j, 0], pull[j, 1] = _norm(down), _norm(down_at_end)
        if not (pull[j, 0] > 0.0 and pull[j, 1] > 0.0):
            continue
        down /= pull[j, 0]
        down_at_end /= pull[j, 1]
        rows = slice(start - first, end - first + 1)
        turned_acc, integral, at_end = _in_frame_of_start(acc[rows], gyr[rows], down_at_end, 1.0 / rate)
        if np.isnan(at_end[0]) or np.isnan(turned_acc).any():
            continue
        axis = _cross(at_end, down)
        sine = _norm(axis)
        angle = np.arctan2(sine, np.dot(at_end, down))
        correction = axis * (angle / sine if sine > 0.0 else 0.0)
        position = _displacement(turned_acc, correction, down, 1.0 / rate)
        upwards = np.dot(position, down)
        path[j, 0] = np.sqrt(max(0.0, np.dot(position, position) - upwards * upwards))
        path[j, 1] = upwards
        turned[j] = np.arccos(min(1.0, max(-1.0, np.dot(down, down_at_end))))
        residual[j] = correction
        lever[j] = integral - np.outer(down, np.dot(down, integral))
    return path, turned, residual, lever, pull


@kernel
def _norm(vector):
    return np.sqrt(vector[0] ** 2 + vector[1] ** 2 + vector[2] ** 2)


@kernel
def _cross(a, b):
    product = np.empty(3)
    product[0] = a[1] * b[2] - a[2] * b[1]
    product[1] = a[2] * b[0] - a[0] * b[2]
    product[2] = a[0] * b[1] - a[1] * b[0]
    return product


@kernel
def _mean_around(values, first, n_total, at, half):
    """Mean of the vectors at most ``half`` samples away; NaN if one is missing."""
    mean = np.zeros(3)
    begin, end = max(0, at - half), min(n_total, at + half + 1)
    for k in range(begin, end):
        mean += values[k - first]
    return mean / (end - begin)


@kernel
def _in_frame_of_start(acc, gyr, direction, dt):
    """Acceleration in the frame of the first sample, integral of the rotation into it, a direction of the last one."""
    n = len(acc)
    turned = np.empty((n, 3))
    integral = np.zeros((3, 3))
    half_step = 0.5 * dt * np.pi / 180.0
    x, y, z, w = 0.0, 0.0, 0.0, 1.0
    for i in range(n):
        if i > 0:
            sx, sy, sz, sw = quat_from_rotvec_xyzw(
                (gyr[i, 0] + gyr[i - 1, 0]) * half_step,
                (gyr[i, 1] + gyr[i - 1, 1]) * half_step,
                (gyr[i, 2] + gyr[i - 1, 2]) * half_step,
            )
            x, y, z, w = multiply_xyzw(x, y, z, w, sx, sy, sz, sw)
        turned[i, 0], turned[i, 1], turned[i, 2] = rotate_vector_xyzw(x, y, z, w, acc[i, 0], acc[i, 1], acc[i, 2])
        for axis in range(3):
            a, b, c = rotate_vector_xyzw(x, y, z, w, _UNIT[axis, 0], _UNIT[axis, 1], _UNIT[axis, 2])
            integral[0, axis] += a * dt
            integral[1, axis] += b * dt
            integral[2, axis] += c * dt
    last = np.empty(3)
    last[0], last[1], last[2] = rotate_vector_xyzw(x, y, z, w, direction[0], direction[1], direction[2])
    return turned, integral, last


@kernel
def _displacement(acc, correction, down, dt):
    """Integrate twice; the small rotation ``correction`` grows evenly to the end, where the velocity is zero."""
    n = len(acc)
    velocity = np.zeros(3)
    position = np.zeros(3)
    previous = np.zeros(3)
    for i in range(n):
        share = i / (n - 1)
        moved = acc[i] + share * _cross(correction, acc[i]) - 9.81 * down
        if i > 0:
            before = velocity.copy()
            velocity += 0.5 * dt * (moved + previous)
            position += 0.5 * dt * (before + velocity)
        previous = moved
    return position - 0.5 * (n - 1) * dt * velocity


@kernel
def median_in_time(times, values, reach, default):
    """Lower median of the values at most ``reach`` away in time, for each (ascending) time; NaN are left out."""
    medians = np.full(len(times), default)
    low = 0
    high = 0
    for j in range(len(times)):
        while times[low] < times[j] - reach:
            low += 1
        while high < len(times) and times[high] <= times[j] + reach:
            high += 1
        window = values[low:high]
        window = np.sort(window[~np.isnan(window)])
        if len(window) > 0:
            medians[j] = window[(len(window) - 1) // 2]
    return medians
