"""Drift-corrected integration of acceleration to velocity and position, over sections of a recording.

``acc`` holds the samples of all sections one below the other, in the global frame, gravity still included; ``lengths``
the number of samples per section. The outputs have one row more than samples per section.
"""

import numpy as np

from gaitmap._kernels._jit import kernel
from gaitmap._kernels.quaternion import quat_from_rotvec_xyzw, rotate_vector_xyzw

_N_TILT_STEPS = 2  # the second one takes what the first leaves, a few per cent


@kernel
def logistic_weights(n_rows, turning_point, steepness):
    """Logistic function over ``linspace(0, 1, n_rows)``, rescaled to run from exactly 0 to exactly 1."""
    weights = np.empty(n_rows)
    for i in range(n_rows):
        offset = i / (n_rows - 1) - turning_point
        # a steepness of zero is the limit case: a step
        exponent = -offset / steepness if offset != 0.0 else 0.0
        weights[i] = 1.0 / (1.0 + np.exp(exponent))
    first, last = weights[0], weights[n_rows - 1]
    for i in range(n_rows):
        # so flat that the logistic is a straight line within rounding
        weights[i] = (weights[i] - first) / (last - first) if last != first else i / (n_rows - 1)
    return weights


@kernel
def forward_backward_integration(
    acc, lengths, border_velocity, gravity, sampling_rate_hz, turning_point, steepness, level
):
    """Direct and reverse integration (Zok 2004), blended by the logistic weight W.

    With CT the cumulative trapezoid of [0; acc - gravity] and T its last value, the forward integral is CT, the
    backward one CT - T, and the blend CT (1 - W) + (CT - T) W = CT - W T. The same holds for the level z position.
    ``border_velocity`` (n sections, 2, 3) holds the velocities v_0 and v_1 at both ends, from which the two integrals
    start: they add v_0 (1 - W) + v_1 W.
    """
    dt = 1.0 / sampling_rate_hz
    n_out = acc.shape[0] + lengths.shape[0]
    velocity = np.empty((n_out, 3))
    position = np.empty((n_out, 3))
    weights = np.empty(0)
    sample = 0
    row = 0
    for k in range(lengths.shape[0]):
        n_rows = lengths[k] + 1
        if n_rows == 1:
            velocity[row] = 0.0
            position[row] = 0.0
            row += 1
            continue
        if weights.shape[0] != n_rows:
            weights = logistic_weights(n_rows, turning_point, steepness)
        for axis in range(3):
            at_start, at_end = border_velocity[k, 0, axis], border_velocity[k, 1, axis]
            integral = 0.0
            previous = 0.0
            velocity[row, axis] = 0.0
            for i in range(lengths[k]):
                value = acc[sample + i, axis] - gravity[axis]
                integral += 0.5 * (previous + value)
                previous = value
                velocity[row + i + 1, axis] = integral
            for i in range(n_rows):
                velocity[row + i, axis] = (velocity[row + i, axis] - weights[i] * integral) * dt
                velocity[row + i, axis] += at_start + weights[i] * (at_end - at_start)
            integral = 0.0
            position[row, axis] = 0.0
            for i in range(1, n_rows):
                integral += 0.5 * (velocity[row + i - 1, axis] + velocity[row + i, axis])
                position[row + i, axis] = integral
            drift = integral if level and axis == 2 else 0.0
            for i in range(n_rows):
                position[row + i, axis] = (position[row + i, axis] - weights[i] * drift) * dt
        sample += lengths[k]
        row += n_rows
    return velocity, position


@kernel
def turn_upright(acc, lengths, border_velocity, gravity, sampling_rate_hz):
    """Turn every section about a horizontal axis so that its horizontal velocity closes.

    A wrong inclination d (rad, constant over a section of duration T) makes gravity drive the horizontal velocity by
    g d T away from the change v_1 - v_0 that ``border_velocity`` gives. With the excess (e_x, e_y) the rotation vector
    (e_y, -e_x, 0) / (g T) takes it out.
    """
    out = acc.copy()
    strength = np.sqrt(gravity[0] ** 2 + gravity[1] ** 2 + gravity[2] ** 2)
    sample = 0
    for k in range(lengths.shape[0]):
        first, end = sample, sample + lengths[k]
        sample = end
        if first == end or strength == 0.0:
            continue
        for _ in range(_N_TILT_STEPS):
            excess_x, excess_y = 0.0, 0.0
            for i in range(first, end):
                excess_x += out[i, 0] - gravity[0]
                excess_y += out[i, 1] - gravity[1]
            excess_x = excess_x / sampling_rate_hz - (border_velocity[k, 1, 0] - border_velocity[k, 0, 0])
            excess_y = excess_y / sampling_rate_hz - (border_velocity[k, 1, 1] - border_velocity[k, 0, 1])
            scale = sampling_rate_hz / (strength * lengths[k])
            x, y, z, w = quat_from_rotvec_xyzw(excess_y * scale, -excess_x * scale, 0.0)
            for i in range(first, end):
                out[i, 0], out[i, 1], out[i, 2] = rotate_vector_xyzw(x, y, z, w, out[i, 0], out[i, 1], out[i, 2])
    return out


@kernel
def cumulative_trapezoid(values, spacing):
    """Integrate one signal; the first value of the result is 0."""
    out = np.empty(values.shape[0])
    integral = 0.0
    out[0] = 0.0
    for i in range(1, values.shape[0]):
        integral += 0.5 * (values[i - 1] + values[i])
        out[i] = integral * spacing
    return out


@kernel
def piece_wise_linear_drift(values, rests):
    """Least-squares line within every region of rest (sorted rows ``[start, end)``), straight lines in between.

    The first and the last value are supports of the model where no region of rest covers them.
    """
    n = values.shape[0]
    drift = np.empty(n)
    support = 0  # last sample whose drift is known
    drift[0] = values[0]
    for k in range(rests.shape[0] + 1):
        if k < rests.shape[0]:
            start, end = rests[k, 0], rests[k, 1]
            n_rest = end - start
            centre = 0.5 * (n_rest - 1)
            mean, slope, spread = 0.0, 0.0, 0.0
            for i in range(n_rest):
                mean += values[start + i] / n_rest
            for i in range(n_rest):
                slope += (i - centre) * (values[start + i] - mean)
                spread += (i - centre) * (i - centre)
            if spread > 0.0:
                slope /= spread
            for i in range(n_rest):
                drift[start + i] = mean + slope * (i - centre)
        elif support == n - 1:
            break
        else:
            start, end = n - 1, n
            drift[start] = values[start]
        for i in range(support + 1, start):
            drift[i] = drift[support] + (drift[start] - drift[support]) * (i - support) / (start - support)
        support = end - 1
    return drift
