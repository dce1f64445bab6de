"""Orientation recursions over sections of a recording.

All of them share one layout: ``sections`` holds one ``[start, end)`` per row, ``initial`` one quaternion per section,
and the output the n + 1 states of every section, one section below the other. The common step is first-order Euler with
renormalisation (q scalar last, w in rad/s, ``*`` the Hamilton product):

    q_{i+1} = normalise(q_i + (1/2 q_i * (w_i, 0) + correction) dt)
"""

import numpy as np

from gaitmap._kernels._jit import kernel
from gaitmap._kernels.quaternion import multiply_xyzw, quat_from_rotvec_xyzw, rotate_vector_xyzw

_NO_GRADIENT = 1e-12  # four times the sine of the angle to gravity


@kernel
def n_states(sections):
    """Count the rows of the output: one state more than samples per section."""
    total = sections.shape[0]
    for k in range(sections.shape[0]):
        total += sections[k, 1] - sections[k, 0]
    return total


@kernel
def _euler_step(x, y, z, w, wx, wy, wz, cx, cy, cz, cw, dt):
    dx, dy, dz, dw = multiply_xyzw(x, y, z, w, 0.5 * wx, 0.5 * wy, 0.5 * wz, 0.0)
    x += (dx + cx) * dt
    y += (dy + cy) * dt
    z += (dz + cz) * dt
    w += (dw + cw) * dt
    norm = np.sqrt(x * x + y * y + z * z + w * w)
    return x / norm, y / norm, z / norm, w / norm


@kernel
def integrate_gyro(gyr, sections, initial, sampling_rate_hz):
    """Euler integration of the angular rate, no correction."""
    out = np.empty((n_states(sections), 4))
    dt = 1.0 / sampling_rate_hz
    row = 0
    for k in range(sections.shape[0]):
        x, y, z, w = initial[k, 0], initial[k, 1], initial[k, 2], initial[k, 3]
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
        row += 1
        for i in range(sections[k, 0], sections[k, 1]):
            x, y, z, w = _euler_step(x, y, z, w, gyr[i, 0], gyr[i, 1], gyr[i, 2], 0.0, 0.0, 0.0, 0.0, dt)
            out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
            row += 1
    return out


@kernel
def integrate_gyro_exponential(gyr, sections, initial, sampling_rate_hz):
    """q_{i+1} = q_i * exp(w_i dt): exact for a rate that is constant within a sample; not renormalised."""
    out = np.empty((n_states(sections), 4))
    dt = 1.0 / sampling_rate_hz
    row = 0
    for k in range(sections.shape[0]):
        x, y, z, w = initial[k, 0], initial[k, 1], initial[k, 2], initial[k, 3]
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
        row += 1
        for i in range(sections[k, 0], sections[k, 1]):
            ex, ey, ez, ew = quat_from_rotvec_xyzw(gyr[i, 0] * dt, gyr[i, 1] * dt, gyr[i, 2] * dt)
            x, y, z, w = multiply_xyzw(x, y, z, w, ex, ey, ez, ew)
            out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
            row += 1
    return out


@kernel
def integrate_gyro_trapezoidal(gyr, sections, initial, sampling_rate_hz):
    """q_{i+1} = q_i * exp((w_i + w_{i+1}) / 2 dt): state i is the orientation at the time of sample i.

    Where no rate follows (last sample of a section, gap) the rate of the sample is held.
    """
    out = np.empty((n_states(sections), 4))
    half = 0.5 / sampling_rate_hz
    row = 0
    for k in range(sections.shape[0]):
        x, y, z, w = initial[k, 0], initial[k, 1], initial[k, 2], initial[k, 3]
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
        row += 1
        for i in range(sections[k, 0], sections[k, 1]):
            j = i + 1 if i + 1 < sections[k, 1] and np.isfinite(gyr[i + 1]).all() else i
            ex, ey, ez, ew = quat_from_rotvec_xyzw(
                (gyr[i, 0] + gyr[j, 0]) * half, (gyr[i, 1] + gyr[j, 1]) * half, (gyr[i, 2] + gyr[j, 2]) * half
            )
            x, y, z, w = multiply_xyzw(x, y, z, w, ex, ey, ez, ew)
            norm = np.sqrt(x * x + y * y + z * z + w * w)
            x, y, z, w = x / norm, y / norm, z / norm, w / norm
            out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
            row += 1
    return out


@kernel
def _gravity_gradient(x, y, z, w, ax, ay, az):
    """Gradient J^T f of 1/2 |R(q)^T e_z - a|^2, with R[2, 2] = 1 - 2x^2 - 2y^2."""
    fx = 2.0 * (x * z - y * w) - ax
    fy = 2.0 * (y * z + x * w) - ay
    fz = 1.0 - 2.0 * (x * x + y * y) - az
    return (
        2.0 * (z * fx + w * fy) - 4.0 * x * fz,
        2.0 * (z * fy - w * fx) - 4.0 * y * fz,
        2.0 * (x * fx + y * fy),
        2.0 * (x * fy - y * fx),
    )


@kernel
def _field_gradient(x, y, z, w, mx, my, mz):
    """Gradient J^T f of 1/2 |R(q)^T b - m|^2; b = 1/2 (|h_xy|, 0, h_z), h = R m, is held constant.

    The factor 1/2 is not in Madgwick's paper: it is that of his widely used C code.
    """
    hx, hy, hz = rotate_vector_xyzw(x, y, z, w, mx, my, mz)
    bx = 0.5 * np.sqrt(hx * hx + hy * hy)
    bz = 0.5 * hz
    fx = bx * (1.0 - 2.0 * (y * y + z * z)) + 2.0 * bz * (x * z - y * w) - mx
    fy = 2.0 * (bx * (x * y - z * w) + bz * (y * z + x * w)) - my
    fz = 2.0 * bx * (x * z + y * w) + bz * (1.0 - 2.0 * (x * x + y * y)) - mz
    return (
        2.0 * (bz * z * fx + (bx * y + bz * w) * fy + (bx * z - 2.0 * bz * x) * fz),
        2.0 * ((-2.0 * bx * y - bz * w) * fx + (bx * x + bz * z) * fy + (bx * w - 2.0 * bz * y) * fz),
        2.0 * ((-2.0 * bx * z + bz * x) * fx + (-bx * w + bz * y) * fy + bx * x * fz),
        2.0 * (-bz * y * fx + (-bx * z + bz * x) * fy + bx * y * fz),
    )


@kernel
def _madgwick(gyr, acc, mag, use_mag, sections, initial, sampling_rate_hz, beta):
    out = np.empty((n_states(sections), 4))
    dt = 1.0 / sampling_rate_hz
    row = 0
    for k in range(sections.shape[0]):
        x, y, z, w = initial[k, 0], initial[k, 1], initial[k, 2], initial[k, 3]
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
        row += 1
        for i in range(sections[k, 0], sections[k, 1]):
            cx, cy, cz, cw = 0.0, 0.0, 0.0, 0.0
            acc_norm = np.sqrt(acc[i, 0] * acc[i, 0] + acc[i, 1] * acc[i, 1] + acc[i, 2] * acc[i, 2])
            if beta > 0.0 and acc_norm != 0.0:
                cx, cy, cz, cw = _gravity_gradient(
                    x, y, z, w, acc[i, 0] / acc_norm, acc[i, 1] / acc_norm, acc[i, 2] / acc_norm
                )
                if use_mag:
                    mag_norm = np.sqrt(mag[i, 0] * mag[i, 0] + mag[i, 1] * mag[i, 1] + mag[i, 2] * mag[i, 2])
                    if mag_norm != 0.0:
                        mx, my, mz, mw = _field_gradient(
                            x, y, z, w, mag[i, 0] / mag_norm, mag[i, 1] / mag_norm, mag[i, 2] / mag_norm
                        )
                        cx, cy, cz, cw = cx + mx, cy + my, cz + mz, cw + mw
                norm = np.sqrt(cx * cx + cy * cy + cz * cz + cw * cw)
                # below this only rounding is left of the gradient, and its direction means nothing
                scale = -beta / norm if norm > _NO_GRADIENT else 0.0
                cx, cy, cz, cw = cx * scale, cy * scale, cz * scale, cw * scale
            x, y, z, w = _euler_step(x, y, z, w, gyr[i, 0], gyr[i, 1], gyr[i, 2], cx, cy, cz, cw, dt)
            out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
            row += 1
    return out


@kernel
def madgwick_6d(gyr, acc, sections, initial, sampling_rate_hz, beta):
    """Gradient descent towards gravity (Madgwick 2011, eqs. 25 and 44)."""
    return _madgwick(gyr, acc, acc, False, sections, initial, sampling_rate_hz, beta)


@kernel
def madgwick_9d(gyr, acc, mag, sections, initial, sampling_rate_hz, beta):
    """Gradient descent towards gravity and the magnetic field; a sample without field is treated as in 6D."""
    return _madgwick(gyr, acc, mag, True, sections, initial, sampling_rate_hz, beta)


@kernel
def _mahony(gyr, acc, mag, use_mag, sections, initial, sampling_rate_hz, kp, ki):
    out = np.empty((n_states(sections), 4))
    dt = 1.0 / sampling_rate_hz
    row = 0
    for k in range(sections.shape[0]):
        x, y, z, w = initial[k, 0], initial[k, 1], initial[k, 2], initial[k, 3]
        ix, iy, iz = 0.0, 0.0, 0.0
        out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
        row += 1
        for i in range(sections[k, 0], sections[k, 1]):
            ex, ey, ez = 0.0, 0.0, 0.0
            acc_norm = np.sqrt(acc[i, 0] * acc[i, 0] + acc[i, 1] * acc[i, 1] + acc[i, 2] * acc[i, 2])
            if acc_norm != 0.0:
                ax, ay, az = acc[i, 0] / acc_norm, acc[i, 1] / acc_norm, acc[i, 2] / acc_norm
                vx, vy, vz = 2.0 * (x * z - y * w), 2.0 * (y * z + x * w), w * w - x * x - y * y + z * z
                ex, ey, ez = ay * vz - az * vy, az * vx - ax * vz, ax * vy - ay * vx
                mag_norm = 0.0
                if use_mag:
                    mag_norm = np.sqrt(mag[i, 0] * mag[i, 0] + mag[i, 1] * mag[i, 1] + mag[i, 2] * mag[i, 2])
                if mag_norm != 0.0:
                    mx, my, mz = mag[i, 0] / mag_norm, mag[i, 1] / mag_norm, mag[i, 2] / mag_norm
                    hx, hy, hz = rotate_vector_xyzw(x, y, z, w, mx, my, mz)
                    # the reference field has no y component; seen from the sensor it is R^T b
                    bx, by, bz = rotate_vector_xyzw(-x, -y, -z, w, np.sqrt(hx * hx + hy * hy), 0.0, hz)
                    ex, ey, ez = ex + my * bz - mz * by, ey + mz * bx - mx * bz, ez + mx * by - my * bx
            if ki > 0.0:
                ix, iy, iz = ix + ex * dt, iy + ey * dt, iz + ez * dt
            x, y, z, w = _euler_step(
                x,
                y,
                z,
                w,
                gyr[i, 0] + kp * ex + ki * ix,
                gyr[i, 1] + kp * ey + ki * iy,
                gyr[i, 2] + kp * ez + ki * iz,
                0.0,
                0.0,
                0.0,
                0.0,
                dt,
            )
            out[row, 0], out[row, 1], out[row, 2], out[row, 3] = x, y, z, w
            row += 1
    return out


@kernel
def mahony_6d(gyr, acc, sections, initial, sampling_rate_hz, kp, ki):
    """Explicit complementary filter with bias feedback (Mahony 2008, eq. 32) towards gravity."""
    return _mahony(gyr, acc, acc, False, sections, initial, sampling_rate_hz, kp, ki)


@kernel
def mahony_9d(gyr, acc, mag, sections, initial, sampling_rate_hz, kp, ki):
    """Run the same filter towards gravity and the magnetic field; a sample without field is treated as in 6D."""
    return _mahony(gyr, acc, mag, True, sections, initial, sampling_rate_hz, kp, ki)


@kernel
def _nan_median(values, n_values):
    """Median of the first ``n_values`` entries, NaN left out; sorts ``values`` in place."""
    n_valid = 0
    for i in range(n_values):
        value = values[i]
        if np.isnan(value):
            continue
        j = n_valid
        while j > 0 and values[j - 1] > value:
            values[j] = values[j - 1]
            j -= 1
        values[j] = value
        n_valid += 1
    if n_valid == 0:
        return np.nan
    return 0.5 * (values[(n_valid - 1) // 2] + values[n_valid // 2])


@kernel
def gravity_orientations(acc, starts, half_width):
    """Shortest rotation that takes the median acceleration around each start to +z, as a quaternion.

    The window is ``[start - half_width, start + half_width]``, cut at the ends of the recording. With v the direction
    of the median: q = normalise(v x e_z, 1 + v.e_z); 180 degrees about v x e_x where v points down. A median without a
    direction (zero or NaN) gives NaN.
    """
    out = np.empty((starts.shape[0], 4))
    window = np.empty(2 * half_width + 1)
    median = np.empty(3)
    for k in range(starts.shape[0]):
        first = max(starts[k] - half_width, 0)
        last = min(starts[k] + half_width + 1, acc.shape[0])
        for axis in range(3):
            n_values = 0
            for i in range(first, last):
                window[n_values] = acc[i, axis]
                n_values += 1
            median[axis] = _nan_median(window, n_values)
        norm = np.sqrt(median[0] * median[0] + median[1] * median[1] + median[2] * median[2])
        vx, vy, vz = median[0] / norm, median[1] / norm, median[2] / norm
        if 1.0 + vz < 1e-12:
            x, y, z, w = 0.0, vz, -vy, 0.0
        else:
            x, y, z, w = vy, -vx, 0.0, 1.0 + vz
        length = np.sqrt(x * x + y * y + z * z + w * w)
        out[k, 0], out[k, 1], out[k, 2], out[k, 3] = x / length, y / length, z / length, w / length
    return out
