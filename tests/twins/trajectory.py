"""Plain versions of the trajectory kernels: matrices, numerical Jacobians, the formulas as they are published."""

import numpy as np
from scipy.spatial.transform import Rotation


def multiply(a, b):
    return np.append(a[3] * b[:3] + b[3] * a[:3] + np.cross(a[:3], b[:3]), a[3] * b[3] - a[:3] @ b[:3])


def rotation_matrix(q):
    """Polynomial rotation matrix (sensor to global)."""
    x, y, z, w = q
    return np.array(
        [
            [1 - 2 * y**2 - 2 * z**2, 2 * (x * y - z * w), 2 * (x * z + y * w)],
            [2 * (x * y + z * w), 1 - 2 * x**2 - 2 * z**2, 2 * (y * z - x * w)],
            [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * x**2 - 2 * y**2],
        ]
    )


def _jacobian(function, q):
    """Exact for polynomials of degree two (central differences of any width)."""
    return np.column_stack([(function(q + e) - function(q - e)) / 2 for e in np.eye(4)])


def madgwick_step(q, gyr, acc, mag, dt, beta):
    """One step; ``mag=None`` without magnetometer."""
    change = 0.5 * multiply(q, np.append(gyr, 0.0))
    if np.any(acc) and beta > 0:
        a = acc / np.linalg.norm(acc)

        def f_g(p):
            return rotation_matrix(p).T @ [0, 0, 1] - a

        s = _jacobian(f_g, q).T @ f_g(q)
        if mag is not None and np.any(mag):
            m = mag / np.linalg.norm(mag)
            h = rotation_matrix(q) @ m
            b = 0.5 * np.array([np.hypot(h[0], h[1]), 0, h[2]])

            def f_m(p):
                return rotation_matrix(p).T @ b - m

            s = s + _jacobian(f_m, q).T @ f_m(q)
        if np.linalg.norm(s) > 1e-12:
            change = change - beta * s / np.linalg.norm(s)
    q = q + change * dt
    return q / np.linalg.norm(q)


def mahony(gyr, acc, mag, initial, rate, kp, ki):
    states, integral = [np.array(initial, dtype=float)], np.zeros(3)
    for i in range(len(gyr)):
        q, error = states[-1], np.zeros(3)
        if np.any(acc[i]):
            to_sensor = rotation_matrix(q).T
            a = acc[i] / np.linalg.norm(acc[i])
            error = np.cross(a, to_sensor @ [0, 0, 1])
            if mag is not None and np.any(mag[i]):
                m = mag[i] / np.linalg.norm(mag[i])
                h = to_sensor.T @ m
                error = error + np.cross(m, to_sensor @ [np.hypot(h[0], h[1]), 0, h[2]])
        if ki > 0:
            integral = integral + error / rate
        q = q + 0.5 * multiply(q, np.append(gyr[i] + kp * error + ki * integral, 0.0)) / rate
        states.append(q / np.linalg.norm(q))
    return np.array(states)


def madgwick(gyr, acc, mag, initial, rate, beta):
    states = [np.array(initial, dtype=float)]
    for i in range(len(gyr)):
        states.append(madgwick_step(states[-1], gyr[i], acc[i], None if mag is None else mag[i], 1 / rate, beta))
    return np.array(states)


def gyro_trapezoidal(gyr, initial, rate):
    states = [Rotation.from_quat(initial)]
    for now, following in zip(gyr, [*gyr[1:], gyr[-1]], strict=True):
        states.append(states[-1] * Rotation.from_rotvec((now + following) / 2 / rate))
    return np.array([state.as_quat() for state in states])


def gravity_orientation(acc, start, half_width):
    window = acc[max(start - half_width, 0) : start + half_width + 1]
    v = np.nanmedian(window, axis=0)
    v = v / np.linalg.norm(v)
    axis, angle = np.cross(v, [0, 0, 1]), np.arctan2(np.hypot(v[0], v[1]), v[2])
    if not np.any(axis):
        axis = np.array([0.0, 1.0, 0.0])
    return Rotation.from_rotvec(axis / np.linalg.norm(axis) * angle)


def _cumulative_trapezoid(values):
    return np.concatenate([[0.0], np.cumsum((values[1:] + values[:-1]) / 2)])


def _blend(values, weights, rate):
    forward = _cumulative_trapezoid(values) / rate
    backward = -_cumulative_trapezoid(values[::-1])[::-1] / rate
    return forward * (1 - weights) + backward * weights


def forward_backward(acc, gravity, rate, turning_point, steepness, level, start=(0, 0, 0), end=(0, 0, 0)):
    n = len(acc) + 1
    padded = np.vstack([np.zeros(3), acc - gravity])
    s = 1 / (1 + np.exp(-(np.linspace(0, 1, n) - turning_point) / steepness))
    weights = (s - s[0]) / (s[-1] - s[0])
    velocity = np.column_stack([_blend(axis, weights, rate) for axis in padded.T])
    velocity += np.outer(1 - weights, start) + np.outer(weights, end)
    position = np.column_stack([_cumulative_trapezoid(axis) / rate for axis in velocity.T])
    if level:
        position[:, 2] = _blend(velocity[:, 2], weights, rate)
    return velocity, position


def turn_upright(acc, gravity, rate, start, end):
    """Turn about the horizontal axis across the excess of velocity, twice."""
    for _ in range(2):
        excess = (acc - gravity).sum(axis=0) / rate - (np.asarray(end) - np.asarray(start))
        excess[2] = 0
        turn = np.cross(excess, [0, 0, 1]) / (np.linalg.norm(gravity) * len(acc) / rate)
        acc = Rotation.from_rotvec(turn).apply(np.array(acc))
    return acc


def _skew(v):
    return np.array([[0, -v[2], v[1]], [v[2], 0, -v[0]], [-v[1], v[0], 0]])


def rts_smoother(quaternions, acc, at_rest, rate, q_v, q_o, r_v, level, r_z):
    """Filter and smoother with explicit matrices; returns orientation, velocity, position, covariance."""
    n, dt = len(acc), 1 / rate
    acc = Rotation.from_quat(quaternions[1:]).apply(acc)
    free = acc - [0, 0, 9.81]
    velocity = np.vstack([np.zeros(3), np.cumsum(free, axis=0) * dt])
    position = np.vstack([np.zeros(3), np.cumsum(velocity[:-1] * dt + free * dt**2 / 2, axis=0)])
    Q = np.diag([0.0] * 3 + [q_v] * 3 + [q_o] * 3)
    H = np.eye(9)[[3, 4, 5, 2]] if level else np.eye(9)[[3, 4, 5]]
    R = np.diag([r_v] * 3 + [r_z])[: len(H), : len(H)]
    steps, x, P = [], [np.zeros(9)], [Q]
    for i in range(n):
        F = np.eye(9)
        F[:3, 3:6] = dt * np.eye(3)
        F[3:6, 6:] = -dt * _skew(acc[i])
        x_prior, P_prior = F @ x[-1], F @ P[-1] @ F.T + Q
        steps.append((F, x_prior, P_prior))
        x_new, P_new = x_prior, P_prior
        if at_rest[i]:
            z = np.append(velocity[i + 1], position[i + 1, 2])[: len(H)]
            K = np.linalg.solve(H @ P_prior @ H.T + R, H @ P_prior).T
            x_new = x_prior + K @ (z - H @ x_prior)
            A = np.eye(9) - K @ H
            P_new = A @ P_prior @ A.T + K @ R @ K.T
        x.append(x_new)
        P.append(P_new)
    for i in range(n - 1, -1, -1):
        F, x_prior, P_prior = steps[i]
        G = np.linalg.solve(P_prior, F @ P[i]).T
        x[i] = x[i] + G @ (x[i + 1] - x_prior)
        P[i] = P[i] + G @ (P[i + 1] - P_prior) @ G.T
    x = np.array(x)
    orientation = Rotation.from_rotvec(-x[:, 6:]) * Rotation.from_quat(quaternions)
    return orientation, velocity - x[:, 3:6], position - x[:, :3], np.array(P).reshape(n + 1, 81)


def drift(values, rests):
    """Straight lines through the regions of rest and between them."""
    n, known = len(values), {0: values[0], len(values) - 1: values[-1]}
    for start, end in rests:
        inside = np.arange(start, end)
        line = np.polyfit(inside, values[start:end], 1) if end - start > 1 else [0, values[start]]
        known.update(zip(inside, np.polyval(line, inside), strict=True))
    support = sorted(known)
    return np.interp(np.arange(n), support, [known[i] for i in support])
