"""Madgwick's gradient-descent filter."""

import numpy as np
from joblib import Memory
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap._kernels import orientation as kernels
from gaitmap.caching import cache_function
from gaitmap.trajectory_reconstruction._signals import Signals
from gaitmap.trajectory_reconstruction.orientation_methods._recursion import RecursiveOrientationMethod
from gaitmap.utils._checks import check_number


class MadgwickAHRS(RecursiveOrientationMethod):
    """Orientation by integrating the angular rate, drawn towards gravity (and magnetic north) by gradient descent.

    Requires accelerometer and gyroscope in the sensor frame, on request the magnetometer, at any rate.

    Parameters
    ----------
    beta
        Speed of the correction in rad/s (about twice the angle that is corrected per second). 0: no correction, the
        result is that of :class:`SimpleGyroIntegration`. Sensible values are between 0 and 1. 0.2 is that of gaitmap 2;
        the paper has 0.033 (6D) and 0.041 (9D).
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
    Euler step of [1]_ with the correction ``-beta s / |s|``, ``s`` the gradient of the squared difference between
    measured and expected directions. As in the author's C code, and unlike the paper, the reference direction of the
    field has half its length. A sample whose acceleration is exactly zero is not corrected; one whose magnetic field is
    exactly zero is corrected by gravity alone. No correction is made where the gradient is smaller than 1e-12.

    References
    ----------
    .. [1] Madgwick, Harrison, Vaidyanathan (2011). Estimation of IMU and MARG orientation using a gradient descent
       algorithm. ICORR. doi:10.1109/ICORR.2011.5975346

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.trajectory_reconstruction import MadgwickAHRS
    >>> data = pd.DataFrame(0.0, index=range(100), columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> data["acc_z"] = 9.81
    >>> MadgwickAHRS().estimate(data, sampling_rate_hz=100.0).orientation_.iloc[-1].tolist()
    [0.0, 0.0, 0.0, 1.0]
    """

    _batch_replaces = RecursiveOrientationMethod.estimate

    def __init__(
        self,
        beta: float = 0.2,
        initial_orientation: np.ndarray | Rotation = cf(np.array([0, 0, 0, 1.0])),
        use_magnetometer: bool = False,
        memory: Memory | None = None,
    ) -> None:
        self.beta = beta
        self.initial_orientation = initial_orientation
        self.use_magnetometer = use_magnetometer
        self.memory = memory

    def _check_parameters(self) -> None:
        check_number(self, "beta", self.beta)

    def _integrate(
        self, signals: Signals, sections: np.ndarray, initial: np.ndarray, sampling_rate_hz: float
    ) -> np.ndarray:
        acc, gyr, mag = signals
        beta = float(self.beta)
        if self.use_magnetometer:
            return cache_function(self.memory, madgwick_9d)(gyr, acc, mag, sections, initial, sampling_rate_hz, beta)
        return cache_function(self.memory, madgwick_6d)(gyr, acc, sections, initial, sampling_rate_hz, beta)


def madgwick_6d(
    gyr: np.ndarray,
    acc: np.ndarray,
    sections: np.ndarray,
    initial: np.ndarray,
    sampling_rate_hz: float,
    beta: float,
) -> np.ndarray:
    """Run the filter over all sections, gyr in rad/s; the cached step."""
    return kernels.madgwick_6d(gyr, acc, sections, initial, sampling_rate_hz, beta)


def madgwick_9d(
    gyr: np.ndarray,
    acc: np.ndarray,
    mag: np.ndarray,
    sections: np.ndarray,
    initial: np.ndarray,
    sampling_rate_hz: float,
    beta: float,
) -> np.ndarray:
    """Run the filter with magnetometer over all sections, gyr in rad/s; the cached step."""
    return kernels.madgwick_9d(gyr, acc, mag, sections, initial, sampling_rate_hz, beta)
