"""Spatial parameters of one stride, written plainly."""

import numpy as np
from scipy.spatial.transform import Rotation


def path_parameters(position):
    """Length in the floor plane, length of the path, lift, lateral excursion of one stride."""
    complete = position[~np.isnan(position).any(axis=1)]
    if len(complete) == 0:
        return [np.nan] * 4
    line = complete[-1, :2] - complete[0, :2]
    length = np.hypot(*line)
    steps = np.linalg.norm(position[1:] - position[:-1], axis=1)
    lift = (complete[:, 2] - complete[0, 2]).max()
    excursion = np.nan
    if length > 0:
        left = np.array([-line[1], line[0]]) / length
        excursion = np.abs((complete[:, :2] - complete[0, :2]) @ left).max()
    return [length, np.nansum(steps), lift, excursion]


def sole_angle(quaternions):
    """Elevation of the rotated x axis in deg."""
    forward = Rotation.from_quat(quaternions).apply([1, 0, 0])
    return 90 - np.rad2deg(np.arccos(np.clip(forward[:, 2], -1, 1)))


def turning_angle(quaternions):
    """Twist about z from the first to the last rotation in deg."""
    change = Rotation.from_quat(quaternions[-1]) * Rotation.from_quat(quaternions[0]).inv()
    _, _, z, w = change.as_quat()
    angle = np.rad2deg(2 * np.arctan2(z, w))
    return angle - 360 if angle > 180 else angle + 360 if angle <= -180 else angle
