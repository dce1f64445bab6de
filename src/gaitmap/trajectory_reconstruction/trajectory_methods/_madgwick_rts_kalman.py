"""The smoother with Madgwick's filter as motion model."""

import numpy as np
from joblib import Memory
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap._kernels.orientation import madgwick_6d, madgwick_9d
from gaitmap.base import BaseZuptDetector
from gaitmap.trajectory_reconstruction._signals import whole
from gaitmap.trajectory_reconstruction.trajectory_methods._rts_kalman import RtsKalman
from gaitmap.utils._checks import check_number
from gaitmap.zupt_detection import NormZuptDetector


class MadgwickRtsKalman(RtsKalman):
    """Orientation, velocity and position of a whole region: :class:`RtsKalman` with Madgwick's orientation filter.

    Requires accelerometer and gyroscope in the sensor frame, on request the magnetometer, at any rate. Meant for
    regions with many moments of rest (walking bouts).

    Parameters
    ----------
    initial_orientation
        Orientation before the first sample (sensor to global frame): a single ``Rotation`` or a quaternion of shape
        (4,), scalar last. The wrappers overwrite it.
    zupt_variance
        Variance of the measurement "the velocity is zero" in (m/s)^2.
    velocity_error_variance
        How much the variance of the velocity error grows per sample, in (m/s)^2.
    orientation_error_variance
        How much the variance of the orientation error grows per sample, in rad^2.
    level_walking
        Whether the height is zero at every moment of rest. Only the literal True switches it on.
    level_walking_variance
        Variance of the measurement "the height is zero" in m^2.
    zupt_detector
        Finds the moments of rest. It is called as ``detect(data, sampling_rate_hz=..., stride_event_list=...)`` on the
        data in the sensor frame.
    madgwick_beta
        Speed of the correction towards gravity (and magnetic north), see :class:`MadgwickAHRS`.
    use_magnetometer
        Whether the heading is corrected by the magnetometer.
    memory
        ``joblib.Memory`` that keeps the smoothed states (not the covariance).

    Attributes
    ----------
    orientation_object_
        n + 1 rotations (sensor to global frame) for n samples.
    orientation_
        The same as DataFrame with the columns ``q_x, q_y, q_z, q_w`` and the index ``sample``.
    velocity_
        n + 1 rows, columns ``vel_x, vel_y, vel_z`` (m/s), index ``sample``.
    position_
        n + 1 rows, columns ``pos_x, pos_y, pos_z`` (m), index ``sample``.
    covariance_
        Covariance of the errors of position (m), velocity (m/s) and orientation (rad) after smoothing: n + 1 rows, each
        a 9 x 9 matrix row by row. Computed anew whenever it is read.
    zupts_
        The moments of rest: frame with ``start`` and ``end`` (samples, end exclusive).
    rotated_data_
        The data in the global frame, sample i rotated by orientation i (the one before it).

    Other Parameters
    ----------------
    data
        The data passed to ``estimate``.
    stride_event_list
        The stride list passed to ``estimate``.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Raises
    ------
    gaitmap.utils.exceptions.ValidationError
        If columns are missing.
    ValueError
        If a parameter is not usable, a sample is NaN, or the data are shorter than the window of the detector.

    Notes
    -----
    Only the nominal orientation differs from :class:`RtsKalman`: it is that of :class:`MadgwickAHRS`. With
    ``madgwick_beta=0`` the two still differ, because one takes Euler steps and the other the exponential map.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.trajectory_reconstruction import MadgwickRtsKalman
    >>> data = pd.DataFrame(0.0, index=range(15), columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> data["acc_z"] = 9.81
    >>> MadgwickRtsKalman().estimate(data, sampling_rate_hz=100.0).position_.abs().max().tolist()
    [0.0, 0.0, 0.0]
    """

    _batch_replaces = RtsKalman.estimate

    def __init__(
        self,
        *,
        initial_orientation: np.ndarray | Rotation = cf(np.array([0, 0, 0, 1.0])),
        zupt_variance: float = 10e-8,
        velocity_error_variance: float = 10e5,
        orientation_error_variance: float = 10e-2,
        level_walking: bool = True,
        level_walking_variance: float = 10e-8,
        zupt_detector: BaseZuptDetector = cf(
            NormZuptDetector(
                sensor="gyr",
                window_length_s=0.05,
                window_overlap=0.5,
                metric="maximum",
                inactive_signal_threshold=34.0,
            )
        ),
        madgwick_beta: float = 0.2,
        use_magnetometer: bool = False,
        memory: Memory | None = None,
    ) -> None:
        super().__init__(
            initial_orientation=initial_orientation,
            zupt_variance=zupt_variance,
            velocity_error_variance=velocity_error_variance,
            orientation_error_variance=orientation_error_variance,
            level_walking=level_walking,
            level_walking_variance=level_walking_variance,
            zupt_detector=zupt_detector,
            memory=memory,
        )
        self.madgwick_beta = madgwick_beta
        self.use_magnetometer = use_magnetometer

    def nominal_orientation(
        self, acc: np.ndarray, gyr: np.ndarray, mag: np.ndarray, initial: np.ndarray, sampling_rate_hz: float
    ) -> np.ndarray:
        """Run Madgwick's filter; see :meth:`RtsKalman.nominal_orientation`."""
        beta, start = float(self.madgwick_beta), initial[np.newaxis]
        if self.use_magnetometer:
            return madgwick_9d(gyr, acc, mag, whole(len(gyr)), start, sampling_rate_hz, beta)
        return madgwick_6d(gyr, acc, whole(len(gyr)), start, sampling_rate_hz, beta)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number(self, "madgwick_beta", self.madgwick_beta)
