"""The versatile quaternion-based filter of the package vqf."""

import numpy as np
from joblib import Memory
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap.caching import cache_function
from gaitmap.trajectory_reconstruction._signals import Signals
from gaitmap.trajectory_reconstruction.orientation_methods._recursion import RecursiveOrientationMethod
from gaitmap.utils._checks import check_number
from gaitmap.utils._imports import require


class VqfOrientation(RecursiveOrientationMethod):
    """Orientation by VQF: inclination from low-pass filtered acceleration, with estimation of the gyroscope's bias.

    Requires accelerometer and gyroscope in the sensor frame, on request the magnetometer, at any rate. Meant for
    regions of a minute and more: bias and rest cannot be estimated in a single stride. Needs the package ``vqf``
    (``pip install 'gaitmap[vqf]'``).

    Parameters
    ----------
    offline
        Whether future samples are used as well (forward and backward pass). False gives the causal filter.
    use_magnetometer
        Whether the magnetometer stabilises the heading.
    tau_acc_s
        Time constant of the low-pass filter of the acceleration in s: how fast the inclination follows gravity.
    tau_mag_s
        Time constant of the heading correction in s.
    bias_forgetting_time_s
        Time in s in which the uncertainty of the bias grows from 0 to 0.1 deg/s.
    rest_min_duration_s
        Shortest rest, in s, in which the bias is measured directly.
    initial_orientation
        Orientation before the first sample (sensor to global frame): a single ``Rotation`` or a quaternion of shape
        (4,), scalar last. Only its heading is used for the other samples. The wrappers overwrite it.
    memory
        ``joblib.Memory`` that keeps the result of the filter.

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
    ImportError
        If the package ``vqf`` is not installed.
    ValueError
        If a parameter is not usable, or a sample is NaN.

    Notes
    -----
    The filter [1]_ knows no initial orientation: it finds the inclination by itself, and its whole result is turned
    about the vertical axis such that the heading after the first sample is that of ``initial_orientation``. The
    inclination may therefore jump after the first state. This holds with magnetometer as well: the heading is relative,
    not that of the compass.

    References
    ----------
    .. [1] Laidig, Seel (2023). VQF: Highly accurate IMU orientation estimation with bias estimation and magnetic
       disturbance rejection. Information Fusion 91, 187-204. doi:10.1016/j.inffus.2022.10.014

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.trajectory_reconstruction import VqfOrientation
    >>> data = pd.DataFrame(0.0, index=range(500), columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> data["acc_z"] = 9.81
    >>> data["gyr_z"] = 0.5  # bias
    >>> orientation = VqfOrientation().estimate(data, sampling_rate_hz=100.0).orientation_object_
    >>> bool(orientation[-1].magnitude() < 0.02)  # rad; the bias alone would be 0.04
    True
    """

    _batch_replaces = RecursiveOrientationMethod.estimate

    def __init__(
        self,
        offline: bool = True,
        use_magnetometer: bool = False,
        tau_acc_s: float = 3.0,
        tau_mag_s: float = 9.0,
        bias_forgetting_time_s: float = 100.0,
        rest_min_duration_s: float = 1.5,
        initial_orientation: np.ndarray | Rotation = cf(np.array([0, 0, 0, 1.0])),
        memory: Memory | None = None,
    ) -> None:
        self.offline = offline
        self.use_magnetometer = use_magnetometer
        self.tau_acc_s = tau_acc_s
        self.tau_mag_s = tau_mag_s
        self.bias_forgetting_time_s = bias_forgetting_time_s
        self.rest_min_duration_s = rest_min_duration_s
        self.initial_orientation = initial_orientation
        self.memory = memory

    def _check_parameters(self) -> None:
        for name in ("tau_acc_s", "tau_mag_s", "bias_forgetting_time_s", "rest_min_duration_s"):
            check_number(self, name, getattr(self, name), above=0)
        require("vqf", "VqfOrientation", "vqf")

    def _integrate(
        self, signals: Signals, sections: np.ndarray, initial: np.ndarray, sampling_rate_hz: float
    ) -> np.ndarray:
        parameters = {
            "tauAcc": float(self.tau_acc_s),
            "tauMag": float(self.tau_mag_s),
            "biasForgettingTime": float(self.bias_forgetting_time_s),
            "restMinT": float(self.rest_min_duration_s),
        }
        acc, gyr, mag = signals
        step = cache_function(self.memory, run_vqf)
        return step(gyr, acc, mag, sections, initial, sampling_rate_hz, bool(self.offline), parameters)


def run_vqf(
    gyr: np.ndarray,
    acc: np.ndarray,
    mag: np.ndarray,
    sections: np.ndarray,
    initial: np.ndarray,
    sampling_rate_hz: float,
    offline: bool,
    parameters: dict[str, float],
) -> np.ndarray:
    """Run the filter over each section, gyr in rad/s; the cached step. ``mag`` has no rows where it is not used."""
    states = []
    for (start, end), first in zip(sections, initial, strict=True):
        states.append(first[np.newaxis])
        signals = [values[start:end] for values in ((gyr, acc, mag) if len(mag) else (gyr, acc))]
        finite = np.isfinite(np.hstack(signals)).all(axis=1)
        # the offline filter would spread a gap over everything: only what comes before it is known to be needed
        n_finite = end - start if finite.all() else int(np.argmin(finite))
        rest = np.full((end - start, 4), np.nan)
        if n_finite:
            quaternions = _filter([values[:n_finite] for values in signals], sampling_rate_hz, offline, parameters)
            rest[:n_finite] = _turn_to_heading(quaternions, first)
        states.append(rest)
    return np.concatenate(states) if states else np.empty((0, 4))


def _filter(
    signals: list[np.ndarray], sampling_rate_hz: float, offline: bool, parameters: dict[str, float]
) -> np.ndarray:
    vqf = require("vqf", "VqfOrientation", "vqf")
    gyr, acc, *field = signals
    mag = field[0] if field else None
    if offline:
        result = vqf.offlineVQF(gyr, acc, mag, 1 / sampling_rate_hz, parameters)
    else:
        result = vqf.VQF(1 / sampling_rate_hz, **parameters).updateBatch(gyr, acc, mag)
    return result["quat6D" if mag is None else "quat9D"][:, [1, 2, 3, 0]]


def _turn_to_heading(quaternions: np.ndarray, first: np.ndarray) -> np.ndarray:
    """Turn all states about the vertical axis such that the first one differs from ``first`` in inclination alone."""
    states = Rotation.from_quat(quaternions)
    if not np.isfinite(first).all():
        return np.full_like(quaternions, np.nan)
    difference = (Rotation.from_quat(first) * states[0].inv()).as_quat()
    heading = 2 * np.arctan2(difference[2], difference[3])
    return (Rotation.from_rotvec([0, 0, heading]) * states).as_quat()
