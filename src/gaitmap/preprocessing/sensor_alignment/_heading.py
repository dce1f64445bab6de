"""Heading between two sensors on the same rigid segment."""

from typing import Literal, overload

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gaitmap._kernels.windows import median_of_windows
from gaitmap.utils._checks import check_number, check_option, parameter_error
from gaitmap.utils.rotations import angle_diff, find_signed_3d_angle, rotation_from_angle

_UP = np.array([0.0, 0.0, 1.0])


@overload
def align_heading_of_sensors(
    gyro_signal_sensor: NDArray,
    gyro_signal_ref: NDArray,
    movement_threshold: float = ...,
    smoothing_window_size: int | None = ...,
    *,
    method: Literal["median", "least_squares"] = ...,
    return_residual: Literal[False] = ...,
) -> Rotation: ...
@overload
def align_heading_of_sensors(
    gyro_signal_sensor: NDArray,
    gyro_signal_ref: NDArray,
    movement_threshold: float = ...,
    smoothing_window_size: int | None = ...,
    *,
    method: Literal["median", "least_squares"] = ...,
    return_residual: Literal[True],
) -> tuple[Rotation, float]: ...
def align_heading_of_sensors(
    gyro_signal_sensor: NDArray,
    gyro_signal_ref: NDArray,
    movement_threshold: float = 150,
    smoothing_window_size: int | None = None,
    *,
    method: Literal["median", "least_squares"] = "median",
    return_residual: bool = False,
) -> Rotation | tuple[Rotation, float]:
    """Find the heading between two sensors on the same rigid segment from their angular rates.

    Both sensors must be aligned with gravity and synchronised, so that their signals differ by a turn about the
    z-axis only.

    Parameters
    ----------
    gyro_signal_sensor
        Angular rate of the sensor in deg/s, shape ``(n, 3)``.
    gyro_signal_ref
        Angular rate of the reference sensor in deg/s, shape ``(n, 3)``.
    movement_threshold
        Only samples are used, for which the horizontal angular rate of at least one of the sensors is above this, in
        deg/s.
    smoothing_window_size
        Length in samples of a moving median over the angles of the used samples. None for no smoothing.
    method
        ``"median"`` (of the angles of all used samples) is robust against outliers. ``"least_squares"`` is more precise
        where there are none; it does not smooth.
    return_residual
        Whether to return the residual, too.

    Returns
    -------
    rotation : Rotation
        Rotation about the z-axis that turns the signal of the **reference** into that of the **sensor**. Apply its
        inverse to the data of the sensor to align it with the reference.
    residual_deg : float
        Only with ``return_residual``: median angle in deg between the sensor signal and the turned reference signal,
        over the used samples. More than a few degrees say that the sensors are not synchronised, not aligned with
        gravity, or not on the same rigid segment.

    Raises
    ------
    ValueError
        If the signals do not have this shape, there is no movement, or the smoothing window is longer than the
        movement.

    Notes
    -----
    For every used sample, the signed angle from the horizontal part of the reference signal to that of the sensor
    signal is calculated. The result is their circular median: the median of the angles relative to their circular mean.
    Outliers therefore cannot wind the angle up by full turns, as they can in gaitmap 2.6, which took the median of the
    unwrapped angles.

    Examples
    --------
    >>> reference = np.random.default_rng(0).normal(size=(100, 3)) * 500
    >>> sensor = rotation_from_angle([0, 0, 1], np.deg2rad(30)).apply(reference)
    >>> align_heading_of_sensors(sensor, reference).as_euler("zyx", degrees=True).round(6)[0]
    np.float64(30.0)
    """
    sensor, reference = (np.asarray(signal, dtype=float) for signal in (gyro_signal_sensor, gyro_signal_ref))
    if sensor.ndim != 2 or sensor.shape[-1] != 3 or sensor.shape != reference.shape:
        raise ValueError(
            "align_heading_of_sensors: both signals must have the same shape (n, 3). "
            f"Found {sensor.shape} and {reference.shape}."
        )
    check_number("align_heading_of_sensors", "movement_threshold", movement_threshold)
    check_option("align_heading_of_sensors", "method", method, ("median", "least_squares"))
    sensor, reference = sensor[:, :2], reference[:, :2]
    speed = np.fmax(np.hypot(*sensor.T), np.hypot(*reference.T))
    angles = np.atleast_1d(find_signed_3d_angle(reference, sensor, _UP))
    used = (speed > movement_threshold) & np.isfinite(angles)
    if not used.any():
        raise ValueError(
            "align_heading_of_sensors: there is no movement from which the heading could be found. Found a largest "
            f"horizontal angular rate of {np.nanmax(speed, initial=0):.3g} deg/s. Expected samples above "
            f"movement_threshold={movement_threshold}. Reduce it, or use data with more movement."
        )
    angles = angles[used]
    if method == "least_squares":
        angle = _least_squares_angle(reference[used], sensor[used])
    else:
        angle = _circular_median(angles, smoothing_window_size)
    rotation = rotation_from_angle(_UP, angle)
    if not return_residual:
        return rotation
    return rotation, float(np.rad2deg(np.median(np.abs(angle_diff(angles, angle)))))


def _least_squares_angle(reference: NDArray, sensor: NDArray) -> float:
    """Solve for the turn that minimises the squared distances; fast samples weigh more."""
    sine = np.sum(reference[:, 0] * sensor[:, 1] - reference[:, 1] * sensor[:, 0])
    cosine = np.sum(reference * sensor)
    return float(np.arctan2(sine, cosine))


def _circular_median(angles: NDArray[np.float64], smoothing_window_size: int | None) -> float:
    center = np.arctan2(np.sin(angles).mean(), np.cos(angles).mean())
    deviations = angle_diff(angles, center)
    if smoothing_window_size is not None:
        if not 1 <= smoothing_window_size <= len(angles):
            raise parameter_error(
                "align_heading_of_sensors",
                "smoothing_window_size",
                f"None, or from 1 to {len(angles)} (number of samples with movement)",
                smoothing_window_size,
            )
        deviations = median_of_windows(deviations, int(smoothing_window_size), 1)
    return float(center + np.median(deviations))
