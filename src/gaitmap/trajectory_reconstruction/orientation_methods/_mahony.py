"""Mahony's explicit complementary filter."""

import numpy as np
from joblib import Memory
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap._kernels import orientation as kernels
from gaitmap.caching import cache_function
from gaitmap.trajectory_reconstruction._signals import Signals
from gaitmap.trajectory_reconstruction.orientation_methods._recursion import RecursiveOrientationMethod
from gaitmap.utils._checks import check_number


class MahonyAHRS(RecursiveOrientationMethod):
    """Orientation by integrating the angular rate, with proportional and integral feedback of the direction error.

    Requires accelerometer and gyroscope in the sensor frame, on request the magnetometer, at any rate.

    Parameters
    ----------
    kp
        Proportional gain in 1/s: how fast the orientation follows gravity (and magnetic north).
    ki
        Integral gain in 1/s^2: how fast the bias of the gyroscope is learned. 0 (or less): no bias feedback. The
        integral runs over time, so that the same gain means the same at every sampling rate.
    initial_orientation
        Orientation before the first sample (sensor to global frame): a single ``Rotation`` or a quaternion of shape
        (4,), scalar last. The wrappers overwrite it.
    use_magnetometer
        Whether the heading is corrected by the magnetometer. The global x axis then points to magnetic north.
    memory
        ``joblib.Memory`` that keeps the result of the recursion.

    Attributes
    ----------
    orientation_object_
        n + 1 rotations (sensor to global frame) for n samples; the first is the initial orientation.
    orientation_
        The same as DataFrame with the columns ``q_x, q_y, q_z, q_w`` and the index ``sample``.
    rotated_data_
        The data in the global frame, sample i rotated by orientation i (the one before it).

    Other Parameters
    ----------------
    data
        The data passed to ``estimate``.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Raises
    ------
    gaitmap.utils.exceptions.ValidationError
        If columns are missing.
    ValueError
        If a parameter is not usable, or a sample is NaN.

    Notes
    -----
    The angular rate is corrected by ``kp e + ki integral(e)`` with ``e = a x R^T e_z + m x R^T b`` [1]_, then
    integrated with the step of :class:`SimpleGyroIntegration`. There is no factor 2 in the gains. A sample whose
    acceleration is exactly zero has no error; one whose magnetic field is exactly zero is corrected by gravity alone.

    References
    ----------
    .. [1] Mahony, Hamel, Pflimlin (2008). Nonlinear complementary filters on the special orthogonal group. IEEE
       Transactions on Automatic Control 53(5). doi:10.1109/TAC.2008.923738

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.trajectory_reconstruction import MahonyAHRS
    >>> data = pd.DataFrame(0.0, index=range(100), columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> data["acc_z"] = 9.81
    >>> MahonyAHRS().estimate(data, sampling_rate_hz=100.0).orientation_.iloc[-1].tolist()
    [0.0, 0.0, 0.0, 1.0]
    """

    _batch_replaces = RecursiveOrientationMethod.estimate

    def __init__(
        self,
        kp: float = 1.0,
        ki: float = 0.0,
        initial_orientation: np.ndarray | Rotation = cf(np.array([0, 0, 0, 1.0])),
        use_magnetometer: bool = False,
        memory: Memory | None = None,
    ) -> None:
        self.kp = kp
        self.ki = ki
        self.initial_orientation = initial_orientation
        self.use_magnetometer = use_magnetometer
        self.memory = memory

    def _check_parameters(self) -> None:
        check_number(self, "kp", self.kp)
        check_number(self, "ki", self.ki)

    def _integrate(
        self, signals: Signals, sections: np.ndarray, initial: np.ndarray, sampling_rate_hz: float
    ) -> np.ndarray:
        acc, gyr, mag = signals
        gains = float(self.kp), float(self.ki)
        if self.use_magnetometer:
            return cache_function(self.memory, mahony_9d)(gyr, acc, mag, sections, initial, sampling_rate_hz, *gains)
        return cache_function(self.memory, mahony_6d)(gyr, acc, sections, initial, sampling_rate_hz, *gains)


def mahony_6d(
    gyr: np.ndarray,
    acc: np.ndarray,
    sections: np.ndarray,
    initial: np.ndarray,
    sampling_rate_hz: float,
    kp: float,
    ki: float,
) -> np.ndarray:
    """Run the filter over all sections, gyr in rad/s; the cached step."""
    return kernels.mahony_6d(gyr, acc, sections, initial, sampling_rate_hz, kp, ki)


def mahony_9d(
    gyr: np.ndarray,
    acc: np.ndarray,
    mag: np.ndarray,
    sections: np.ndarray,
    initial: np.ndarray,
    sampling_rate_hz: float,
    kp: float,
    ki: float,
) -> np.ndarray:
    """Run the filter with magnetometer over all sections, gyr in rad/s; the cached step."""
    return kernels.mahony_9d(gyr, acc, mag, sections, initial, sampling_rate_hz, kp, ki)
