"""Plain twins of the kernels that find swings, obviously right and slow."""

import itertools

import numpy as np
from scipy.spatial.transform import Rotation


def centered_mean(values, start, end, half):
    windows = [values[max(0, i - half) : i + half + 1] for i in range(start, end)]
    return np.array([np.nanmean(w) if np.isfinite(w).any() else np.nan for w in windows])


def running_quantile(values, start, end, half, share):
    found = []
    for i in range(start, end):
        window = np.sort([v for v in values[max(0, i - half) : i + half + 1] if not np.isnan(v)])
        found.append(window[max(0, int(np.ceil(share * len(window))) - 1)] if len(window) else np.nan)
    return np.array(found)


def peaks_and_valleys(values, step):
    """Each turn: the lowest value up to the first rise by a step, then the highest one up to the first fall."""
    peaks, valleys, begin, looks_for_rise = [], [], 0, True
    while True:
        sign = 1 if looks_for_rise else -1
        for i in range(begin, len(values)):
            so_far = sign * values[begin : i + 1]
            if np.isfinite(values[i]) and sign * values[i] - np.nanmin(so_far) > step[i]:
                (valleys if looks_for_rise else peaks).append(begin + int(np.nanargmin(so_far)))
                begin, looks_for_rise = i, not looks_for_rise
                break
        else:
            return peaks, valleys


def quietest_sample(gyr, start, end, half):
    best, at = np.nan, -1
    for i in range(max(0, start), min(len(gyr), end)):
        if np.isnan(gyr[i]).any():
            continue
        window = gyr[max(0, i - half) : i + half + 1]
        window = window[np.isfinite(window).all(axis=1)]
        movement = np.linalg.norm(window.mean(axis=0)) + np.sqrt(window.var(axis=0).sum())
        if not movement >= best:
            best, at = movement, i
    return at, best


def stride_closure(acc, gyr, start, end, half, rate):
    """Path, turn of the sensor, residual and lever of one complete stride."""
    down = [acc[max(0, at - half) : at + half + 1].sum(axis=0) for at in (start, end)]
    down = [d / np.linalg.norm(d) for d in down]
    rates = np.deg2rad(gyr[start : end + 1])
    rotations = [Rotation.identity()]
    for before, after in itertools.pairwise(rates):
        rotations.append(rotations[-1] * Rotation.from_rotvec((before + after) / 2 / rate))
    lever = sum(rotation.as_matrix() for rotation in rotations) / rate
    lever = (np.eye(3) - np.outer(down[0], down[0])) @ lever
    at_end = rotations[-1].apply(down[1])
    axis = np.cross(at_end, down[0])
    angle = np.arctan2(np.linalg.norm(axis), at_end @ down[0])
    residual = axis / np.linalg.norm(axis) * angle if np.linalg.norm(axis) > 0 else np.zeros(3)
    turned = np.array([r.apply(a) for r, a in zip(rotations, acc[start : end + 1], strict=True)])
    share = np.arange(len(turned))[:, None] / (len(turned) - 1)
    moved = turned + share * np.cross(residual, turned) - 9.81 * down[0]
    velocity = np.vstack([np.zeros(3), np.cumsum((moved[1:] + moved[:-1]) / 2 / rate, axis=0)])
    velocity = velocity - share * velocity[-1]
    position = ((velocity[1:] + velocity[:-1]) / 2 / rate).sum(axis=0)
    up = position @ down[0]
    across = np.sqrt(max(0, position @ position - up**2))
    return (across, up), np.arccos(np.clip(down[0] @ down[1], -1, 1)), residual, lever


def median_in_time(times, values, reach, default):
    found = []
    for time in times:
        window = np.sort([v for t, v in zip(times, values, strict=True) if abs(t - time) <= reach and not np.isnan(v)])
        found.append(window[(len(window) - 1) // 2] if len(window) else default)
    return np.array(found)
