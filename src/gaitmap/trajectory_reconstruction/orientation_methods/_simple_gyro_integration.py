"""Integration of the angular rate."""

from typing import Literal

import numpy as np
from joblib import Memory
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap._kernels import orientation as kernels
from gaitmap.caching import cache_function
from gaitmap.trajectory_reconstruction._signals import Signals
from gaitmap.trajectory_reconstruction.orientation_methods._recursion import RecursiveOrientationMethod
from gaitmap.utils._checks import check_option


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
    rule
        How the rate between two samples is taken: ``"rectangle"``, that of the earlier one, as in gaitmap 2.6, or
        ``"trapezoid"``, the mean of the two. The rectangle is half a sample late, which costs 0.7 cm of stride length
        at 200 Hz and 3 cm at 50 Hz; the trapezoid gives the same lengths at all rates.

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
    Rectangle: first-order Euler step and renormalisation, ``q_{i+1} = normalise(q_i + 1/2 q_i * (w_i, 0) / fs)``.

    Trapezoid: ``q_{i+1} = q_i * exp((w_i + w_{i+1}) / (2 fs))``, so that state i is the orientation at the time of
    sample i, by which it is rotated. The last sample has no next one; its rate is held, which concerns the last state
    alone. The differences of length were measured on 23 walks with motion capture.

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
        rule: Literal["rectangle", "trapezoid"] = "rectangle",
    ) -> None:
        self.initial_orientation = initial_orientation
        self.memory = memory
        self.rule = rule

    def _check_parameters(self) -> None:
        check_option(self, "rule", self.rule, ("rectangle", "trapezoid"))

    def _integrate(
        self, signals: Signals, sections: np.ndarray, initial: np.ndarray, sampling_rate_hz: float
    ) -> np.ndarray:
        integrate = integrate_gyro if self.rule == "rectangle" else integrate_gyro_trapezoidal
        return cache_function(self.memory, integrate)(signals.gyr, sections, initial, sampling_rate_hz)


def integrate_gyro(gyr: np.ndarray, sections: np.ndarray, initial: np.ndarray, sampling_rate_hz: float) -> np.ndarray:
    """Integrate the angular rate (rad/s) of all sections; the cached step."""
    return kernels.integrate_gyro(gyr, sections, initial, sampling_rate_hz)


def integrate_gyro_trapezoidal(
    gyr: np.ndarray, sections: np.ndarray, initial: np.ndarray, sampling_rate_hz: float
) -> np.ndarray:
    """Integrate the mean rate between samples (rad/s) of all sections; the cached step."""
    return kernels.integrate_gyro_trapezoidal(gyr, sections, initial, sampling_rate_hz)
