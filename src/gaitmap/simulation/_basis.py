"""Smooth basis functions with their first two derivatives; all motion is a sum of them."""

import numpy as np


def smooth_step(time: np.ndarray, start: np.ndarray, duration: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rise from 0 to 1 over ``duration`` with three continuous derivatives: u^4 (35 - 84 u + 70 u^2 - 20 u^3).

    Returns
    -------
    value, first, second
        Value (1), first (1/s) and second derivative (1/s^2).
    """
    u = np.clip((time - start) / duration, 0.0, 1.0)
    v = u * (1.0 - u)
    value = u**2 * u**2 * (35.0 + u * (-84.0 + u * (70.0 - 20.0 * u)))
    return value, 140.0 * v * v * v / duration, 420.0 * v * v * (1.0 - 2.0 * u) / (duration * duration)


def pulse(time: np.ndarray, start: np.ndarray, duration: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rise from 0 to 1 and back over ``duration`` with four continuous derivatives: 1024 u^5 (1 - u)^5.

    Returns
    -------
    value, first, second
        Value (1), first (1/s) and second derivative (1/s^2).
    """
    u = np.clip((time - start) / duration, 0.0, 1.0)
    v = u * (1.0 - u)
    slope = 1.0 - 2.0 * u
    v3 = v * v * v
    first = 5120.0 * v3 * v * slope / duration
    second = 5120.0 * v3 * (4.0 * slope * slope - 2.0 * v) / (duration * duration)
    return 1024.0 * v3 * v * v, first, second
