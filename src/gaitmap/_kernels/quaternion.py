"""Quaternion algebra, scalar last: ``(x, y, z, w)``.

The functions with plain names take and return arrays; those that end in ``_xyzw`` take and return single numbers, so
that recursions keep the state in registers.
"""

import numpy as np

from gaitmap._kernels._jit import kernel


@kernel
def multiply_xyzw(ax, ay, az, aw, bx, by, bz, bw):
    """Hamilton product ``a * b`` ("first b, then a")."""
    return (
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
        aw * bw - ax * bx - ay * by - az * bz,
    )


@kernel
def rotate_vector_xyzw(x, y, z, w, vx, vy, vz):
    """``2 (u.v) u + 2 w (u x v) + (w^2 - u.u) v`` with ``u`` the vector part of the quaternion."""
    along = 2.0 * (x * vx + y * vy + z * vz)
    scale = w * w - x * x - y * y - z * z
    turn = 2.0 * w
    return (
        along * x + turn * (y * vz - z * vy) + scale * vx,
        along * y + turn * (z * vx - x * vz) + scale * vy,
        along * z + turn * (x * vy - y * vx) + scale * vz,
    )


@kernel
def quat_from_rotvec_xyzw(sx, sy, sz):
    """Exponential map ``(s sin(|s|/2) / |s|, cos(|s|/2))``; the zero vector gives the identity."""
    angle = np.sqrt(sx * sx + sy * sy + sz * sz)
    if angle == 0.0:
        return 0.0, 0.0, 0.0, 1.0
    scale = np.sin(0.5 * angle) / angle
    return sx * scale, sy * scale, sz * scale, np.cos(0.5 * angle)


@kernel
def multiply(a, b):
    """Hamilton product of two quaternions.

    Equals ``(Rotation.from_quat(a) * Rotation.from_quat(b)).as_quat()`` up to the sign, without normalising.

    Parameters
    ----------
    a, b
        Arrays of shape (4,), scalar last.

    Returns
    -------
    numpy.ndarray
        Array of shape (4,).
    """
    out = np.empty(4)
    out[0], out[1], out[2], out[3] = multiply_xyzw(a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3])
    return out


@kernel
def rate_of_change_from_gyro(gyro, current_orientation):
    """Time derivative ``1/2 q * (gyro, 0)`` of an orientation that turns with the angular rate ``gyro``.

    Parameters
    ----------
    gyro
        Angular rate in the sensor frame in rad/s, shape (3,).
    current_orientation
        Quaternion (sensor to global frame) of shape (4,), scalar last.

    Returns
    -------
    numpy.ndarray
        Array of shape (4,), in 1/s.
    """
    q = current_orientation
    out = np.empty(4)
    out[0], out[1], out[2], out[3] = multiply_xyzw(
        q[0], q[1], q[2], q[3], 0.5 * gyro[0], 0.5 * gyro[1], 0.5 * gyro[2], 0.0
    )
    return out


@kernel
def rotate_vector(q, v):
    """Rotate a vector by a quaternion (a quaternion that is not of unit length also scales by its squared norm).

    Parameters
    ----------
    q
        Quaternion of shape (4,), scalar last.
    v
        Vector of shape (3,).

    Returns
    -------
    numpy.ndarray
        Array of shape (3,).
    """
    out = np.empty(3)
    out[0], out[1], out[2] = rotate_vector_xyzw(q[0], q[1], q[2], q[3], v[0], v[1], v[2])
    return out


@kernel
def quat_from_rotvec(sigma):
    """Convert a rotation vector to a quaternion (exponential map).

    Parameters
    ----------
    sigma
        Rotation vector in rad, shape (3,). The zero vector gives the identity.

    Returns
    -------
    numpy.ndarray
        Unit quaternion of shape (4,), scalar last.
    """
    out = np.empty(4)
    out[0], out[1], out[2], out[3] = quat_from_rotvec_xyzw(sigma[0], sigma[1], sigma[2])
    return out


@kernel
def normalize(v):
    """Scale a vector or quaternion to length one.

    Parameters
    ----------
    v
        One-dimensional float array. A zero vector comes back unchanged, unlike in
        :func:`gaitmap.utils.vector_math.normalize`, where it gives NaN.

    Returns
    -------
    numpy.ndarray
        New array of the same shape.
    """
    squared_norm = 0.0
    for i in range(v.shape[0]):
        squared_norm += v[i] * v[i]
    out = np.empty(v.shape[0])
    for i in range(v.shape[0]):
        out[i] = v[i] / np.sqrt(squared_norm) if squared_norm != 0.0 else v[i]
    return out


@kernel
def rotate_samples(quaternions, vectors, sections, first_row):
    """Rotate every sample by the orientation of its own row.

    ``quaternions`` holds the states of all ``sections`` (``[start, end)`` rows of ``vectors``) one below the other, one
    state more than samples each. ``first_row`` = 0 rotates sample i by state i (the one before it), 1 by state i + 1.
    Output: the rotated samples of all sections, one below the other.
    """
    n_samples = 0
    for k in range(sections.shape[0]):
        n_samples += sections[k, 1] - sections[k, 0]
    out = np.empty((n_samples, 3))
    row = 0
    for k in range(sections.shape[0]):
        for i in range(sections[k, 0], sections[k, 1]):
            state = row + k + first_row
            out[row, 0], out[row, 1], out[row, 2] = rotate_vector_xyzw(
                quaternions[state, 0],
                quaternions[state, 1],
                quaternions[state, 2],
                quaternions[state, 3],
                vectors[i, 0],
                vectors[i, 1],
                vectors[i, 2],
            )
            row += 1
    return out
