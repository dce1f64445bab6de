"""Integration of the angular rate."""

import numpy as np
from joblib import Memory
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap._kernels import orientation as kernels
from gaitmap.caching import cache_function
from gaitmap.trajectory_reconstruction._signals import Signals
from gaitmap.trajectory_reconstruction.orientation_methods._recursion import RecursiveOrientationMethod


class SimpleGyroIntegration(RecursiveOrientationMethod):
    """Orientation by integrating the angular rate, without any correction.

    Requires the gyroscope in the sensor frame at any rate. The error of the gyroscope accumulates: meant for single
    strides and other short stretches.

    Parameters
    ----------
    initial_orientation
        Orientation before the first sample (sensor to global frame): a single ``Rotation`` or a quaternion of shape
        (4,), scalar last. The wrappers overwrite it.
    memory
        ``joblib.Memory`` that keeps the result of the recursion.

    Attributes
    ----------
    orientation_object_
        n + 1 rotations (sensor to global frame) for n samples; the first is the initial orientation.
    orientation_
        The same as DataFrame with the columns ``q_x, q_y, q_z, q_w`` and the index ``sample``.
    rotated_data_
        The data in the global frame, sample i rotated by orientation i (the one before it). Needs acc and gyr columns.

    Other Parameters
    ----------------
    data
        The data passed to ``estimate``.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Raises
    ------
    gaitmap.utils.exceptions.ValidationError
        If the gyroscope columns are missing.
    ValueError
        If a parameter is not usable, or a sample is NaN.

    Notes
    -----
    First-order Euler step and renormalisation: ``q_{i+1} = normalise(q_i + 1/2 q_i * (w_i, 0) / fs)``.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.trajectory_reconstruction import SimpleGyroIntegration
    >>> data = pd.DataFrame(0.0, index=range(100), columns=["gyr_x", "gyr_y", "gyr_z"])
    >>> data["gyr_z"] = 90.0
    >>> orientation = SimpleGyroIntegration().estimate(data, sampling_rate_hz=100.0).orientation_object_
    >>> float(orientation[-1].as_rotvec(degrees=True)[2].round(1))
    90.0
    """

    _needs_acc = False
    _batch_replaces = RecursiveOrientationMethod.estimate

    def __init__(
        self,
        initial_orientation: np.ndarray | Rotation = cf(np.array([0, 0, 0, 1.0])),
        memory: Memory | None = None,
    ) -> None:
        self.initial_orientation = initial_orientation
        self.memory = memory

    def _integrate(
        self, signals: Signals, sections: np.ndarray, initial: np.ndarray, sampling_rate_hz: float
    ) -> np.ndarray:
        return cache_function(self.memory, integrate_gyro)(signals.gyr, sections, initial, sampling_rate_hz)


def integrate_gyro(gyr: np.ndarray, sections: np.ndarray, initial: np.ndarray, sampling_rate_hz: float) -> np.ndarray:
    """Integrate the angular rate (rad/s) of all sections; the cached step."""
    return kernels.integrate_gyro(gyr, sections, initial, sampling_rate_hz)
