"""Error-state Kalman filter with zero-velocity updates and Rauch-Tung-Striebel smoother (Simon Colomar 2012).

The error state is (position, velocity, rotation vector), each "nominal minus true" in the global frame. With the global
acceleration a of a sample, one step of it is

        | I  dt I      0     |
    F = | 0   I   -[a]x dt   |      P- = F P F^T + diag(0, q_v, q_o)      x- = F x
        | 0   0        I     |

F differs from I by dt and three numbers: it is never formed. Only the posterior (x, P) of the forward pass is kept, the
prior is computed again from it on the way back.
"""

import numpy as np

from gaitmap._kernels._jit import kernel
from gaitmap._kernels.quaternion import multiply_xyzw, quat_from_rotvec_xyzw

# The error of the orientation is subtracted like those of position and velocity.
_CORRECTION_SIGN = -1.0


@kernel
def _predict_state(x, ax, ay, az, dt):
    """X <- F x."""
    for i in range(3):
        x[i] += dt * x[3 + i]
    x[3] -= dt * (ay * x[8] - az * x[7])
    x[4] -= dt * (az * x[6] - ax * x[8])
    x[5] -= dt * (ax * x[7] - ay * x[6])


@kernel
def _predict_covariance(P, ax, ay, az, dt, q_v, q_o):
    """P <- F P F^T + Q; first F from the left on the columns, then from the right on the rows."""
    for j in range(9):
        for i in range(3):
            P[i, j] += dt * P[3 + i, j]
        P[3, j] -= dt * (ay * P[8, j] - az * P[7, j])
        P[4, j] -= dt * (az * P[6, j] - ax * P[8, j])
        P[5, j] -= dt * (ax * P[7, j] - ay * P[6, j])
    for i in range(9):
        _predict_state(P[i], ax, ay, az, dt)
    for i in range(9):
        for j in range(i):
            P[i, j] = P[j, i]
    for i in range(3):
        P[3 + i, 3 + i] += q_v
        P[6 + i, 6 + i] += q_o


@kernel
def _update(P, x, j, value, variance):
    """Measure the j-th error as ``value``. Independent measurements may be taken in one by one.

    Joseph form, simplified for one direct measurement: row and column j shrink by r / s without any cancellation.
    """
    s = P[j, j] + variance
    if s == 0.0:
        return
    innovation = value - x[j]
    for i in range(9):
        x[i] += P[i, j] / s * innovation
    for i in range(9):
        if i != j:
            gain = P[i, j] / s
            for k in range(i, 9):
                if k != j:
                    P[i, k] -= gain * P[j, k]
                    P[k, i] = P[i, k]
    shrink = variance / s
    for i in range(9):
        P[i, j] *= shrink
        if i != j:
            P[j, i] = P[i, j]


@kernel
def _measure_rest(P, x, velocity, height, r_v, level, r_z):
    """Zero-velocity update: the nominal velocity (and height) is the error."""
    for i in range(3):
        _update(P, x, 3 + i, velocity[i], r_v)
    if level:
        _update(P, x, 2, height, r_z)


@kernel
def _cholesky(P, L):
    """Lower triangle L of P = L L^T. A direction without variance (measured without error) has an empty column."""
    for j in range(9):
        total = P[j, j]
        for k in range(j):
            total -= L[j, k] * L[j, k]
        pivot = np.sqrt(total) if total > 0.0 else 0.0
        L[j, j] = pivot
        for i in range(j + 1, 9):
            total = P[i, j]
            for k in range(j):
                total -= L[i, k] * L[j, k]
            L[i, j] = total / pivot if pivot > 0.0 else 0.0


@kernel
def _solve(L, b):
    """B <- (L L^T)^-1 b."""
    for i in range(9):
        for k in range(i):
            b[i] -= L[i, k] * b[k]
        b[i] = b[i] / L[i, i] if L[i, i] > 0.0 else 0.0
    for i in range(8, -1, -1):
        for k in range(i + 1, 9):
            b[i] -= L[k, i] * b[k]
        b[i] = b[i] / L[i, i] if L[i, i] > 0.0 else 0.0


@kernel
def _transposed_step(b, ax, ay, az, dt):
    """B <- F^T b."""
    b[6] += dt * (ay * b[5] - az * b[4])
    b[7] += dt * (az * b[3] - ax * b[5])
    b[8] += dt * (ax * b[4] - ay * b[3])
    for i in range(3):
        b[3 + i] += dt * b[i]


@kernel
def _pack(P, packed):
    n = 0
    for i in range(9):
        for j in range(i, 9):
            packed[n] = P[i, j]
            n += 1


@kernel
def _unpack(packed, P):
    n = 0
    for i in range(9):
        for j in range(i, 9):
            P[i, j] = packed[n]
            P[j, i] = packed[n]
            n += 1


@kernel
def _forward(acc, at_rest, velocity, position, dt, q_v, q_o, r_v, level, r_z, states, covariances):
    """Filter one section; ``states`` and packed ``covariances`` receive the posterior of every row."""
    x = np.zeros(9)
    P = np.zeros((9, 9))
    for i in range(3):
        P[3 + i, 3 + i] = q_v
        P[6 + i, 6 + i] = q_o
    states[0] = x
    _pack(P, covariances[0])
    for i in range(acc.shape[0]):
        _predict_state(x, acc[i, 0], acc[i, 1], acc[i, 2], dt)
        _predict_covariance(P, acc[i, 0], acc[i, 1], acc[i, 2], dt, q_v, q_o)
        if at_rest[i]:
            _measure_rest(P, x, velocity[i + 1], position[i + 1, 2], r_v, level, r_z)
        states[i + 1] = x
        _pack(P, covariances[i + 1])


@kernel
def _smooth_states(acc, dt, q_v, q_o, states, covariances):
    """x_i <- x_i + P_i F^T (P-)^-1 (x_{i+1} - x-), backwards and in place."""
    P = np.empty((9, 9))
    L = np.zeros((9, 9))
    prior = np.empty(9)
    change = np.empty(9)
    for i in range(acc.shape[0] - 1, -1, -1):
        prior[:] = states[i]
        _predict_state(prior, acc[i, 0], acc[i, 1], acc[i, 2], dt)
        any_change = False
        for k in range(9):
            change[k] = states[i + 1, k] - prior[k]
            any_change = any_change or change[k] != 0.0
        if not any_change:
            continue
        _unpack(covariances[i], P)
        _predict_covariance(P, acc[i, 0], acc[i, 1], acc[i, 2], dt, q_v, q_o)
        _cholesky(P, L)
        _solve(L, change)
        _transposed_step(change, acc[i, 0], acc[i, 1], acc[i, 2], dt)
        _unpack(covariances[i], P)
        for k in range(9):
            total = 0.0
            for m in range(9):
                total += P[k, m] * change[m]
            states[i, k] += total


@kernel
def rts_smoother(quaternions, acc, lengths, at_rest, gravity, sampling_rate_hz, q_v, q_o, r_v, level, r_z):
    """Correct the nominal trajectories of sections that lie one below the other.

    ``quaternions`` are the nominal orientations (one state more than samples per section), ``acc`` the acceleration of
    every sample in the global frame (turned by the orientation after it), ``at_rest`` tells for every sample whether
    the velocity is zero. Output: corrected quaternions, velocity, position.
    """
    dt = 1.0 / sampling_rate_hz
    n_out = acc.shape[0] + lengths.shape[0]
    orientation = np.empty((n_out, 4))
    velocity = np.empty((n_out, 3))
    position = np.empty((n_out, 3))
    longest = 0
    for k in range(lengths.shape[0]):
        longest = max(longest, lengths[k])
    states = np.empty((longest + 1, 9))
    covariances = np.empty((longest + 1, 45))
    sample = 0
    for k in range(lengths.shape[0]):
        n = lengths[k]
        row = sample + k
        velocity[row] = 0.0
        position[row] = 0.0
        for i in range(n):
            for axis in range(3):
                a = acc[sample + i, axis] - gravity[axis]
                position[row + i + 1, axis] = position[row + i, axis] + velocity[row + i, axis] * dt + 0.5 * a * dt * dt
                velocity[row + i + 1, axis] = velocity[row + i, axis] + a * dt
        section = acc[sample : sample + n]
        _forward(
            section,
            at_rest[sample : sample + n],
            velocity[row : row + n + 1],
            position[row : row + n + 1],
            dt,
            q_v,
            q_o,
            r_v,
            level,
            r_z,
            states,
            covariances,
        )
        _smooth_states(section, dt, q_v, q_o, states, covariances)
        for i in range(n + 1):
            for axis in range(3):
                position[row + i, axis] -= states[i, axis]
                velocity[row + i, axis] -= states[i, 3 + axis]
            ex, ey, ez, ew = quat_from_rotvec_xyzw(
                _CORRECTION_SIGN * states[i, 6], _CORRECTION_SIGN * states[i, 7], _CORRECTION_SIGN * states[i, 8]
            )
            q = quaternions[row + i]
            orientation[row + i] = multiply_xyzw(ex, ey, ez, ew, q[0], q[1], q[2], q[3])
        sample += n
    return orientation, velocity, position


@kernel
def rts_covariance(acc, at_rest, sampling_rate_hz, q_v, q_o, r_v, level, r_z):
    """Smoothed covariance of the errors of one section, row-major, shape (n + 1, 81).

    P_i <- P_i + G (P_{i+1} - P-) G^T with G = P_i F^T (P-)^-1. It does not depend on the nominal states.
    """
    dt = 1.0 / sampling_rate_hz
    n = acc.shape[0]
    states = np.empty((n + 1, 9))
    covariances = np.empty((n + 1, 45))
    zeros = np.zeros((n + 1, 3))
    _forward(acc, at_rest, zeros, zeros, dt, q_v, q_o, r_v, level, r_z, states, covariances)
    out = np.empty((n + 1, 81))
    P, prior, L = np.empty((9, 9)), np.empty((9, 9)), np.zeros((9, 9))
    smoothed, gain, product = np.empty((9, 9)), np.empty((9, 9)), np.empty((9, 9))
    _unpack(covariances[n], smoothed)
    out[n] = smoothed.reshape(81)
    for i in range(n - 1, -1, -1):
        _unpack(covariances[i], P)
        prior[:] = P
        _predict_covariance(prior, acc[i, 0], acc[i, 1], acc[i, 2], dt, q_v, q_o)
        _cholesky(prior, L)
        # row k of the gain: (P-)^-1 applied to row k of P F^T
        gain[:] = P
        for k in range(9):
            _predict_state(gain[k], acc[i, 0], acc[i, 1], acc[i, 2], dt)
            _solve(L, gain[k])
        for k in range(9):
            for m in range(9):
                total = 0.0
                for j in range(9):
                    total += gain[k, j] * (smoothed[j, m] - prior[j, m])
                product[k, m] = total
        for k in range(9):
            for m in range(k, 9):
                total = P[k, m]
                for j in range(9):
                    total += product[k, j] * gain[m, j]
                smoothed[k, m] = total
                smoothed[m, k] = total
        out[i] = smoothed.reshape(81)
    return out
