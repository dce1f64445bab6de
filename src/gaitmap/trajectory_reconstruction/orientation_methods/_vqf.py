"""The versatile quaternion-based filter of the package vqf."""

import warnings

import numpy as np
from joblib import Memory
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap.caching import cache_function
from gaitmap.trajectory_reconstruction._signals import Signals
from gaitmap.trajectory_reconstruction.orientation_methods._recursion import RecursiveOrientationMethod
from gaitmap.utils._checks import check_number
from gaitmap.utils._imports import require
from gaitmap.utils.exceptions import VqfWarning

#: Spread of a signal within a window of rest; VQF itself allows 2 deg/s and 0.5 m/s^2 from the low-passed signal.
_REST_GYR_DEG_S = 2.0
_REST_ACC_M_S2 = 0.5
#: Shorter regions [s] have little time for a drift of the heading.
_LONG_S = 60.0


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
    bias_clip_deg_s
        Largest bias about any axis that the filter takes for one, in deg/s; beyond it, rest is not recognised. 2 is the
        value of the paper. A larger bias that shows at rest is warned about.
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

    The bias about the vertical, on which the heading depends, is only measured at rest. A ``VqfWarning`` says where a
    region of a minute and more has no rest of ``rest_min_duration_s``, and where the bias at rest exceeds
    ``bias_clip_deg_s``: the heading is then off by the bias times the duration.

    The inclination follows gravity within seconds, not at each step. For paths integrated between moments of rest
    (:class:`~gaitmap.trajectory_reconstruction.PieceWiseLinearDedriftedIntegration`), the errors that remain add up
    over a walk; use :class:`~gaitmap.trajectory_reconstruction.RtsKalman` where a path matters.

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
        bias_clip_deg_s: float = 2.0,
        initial_orientation: np.ndarray | Rotation = cf(np.array([0, 0, 0, 1.0])),
        memory: Memory | None = None,
    ) -> None:
        self.offline = offline
        self.use_magnetometer = use_magnetometer
        self.tau_acc_s = tau_acc_s
        self.tau_mag_s = tau_mag_s
        self.bias_forgetting_time_s = bias_forgetting_time_s
        self.rest_min_duration_s = rest_min_duration_s
        self.bias_clip_deg_s = bias_clip_deg_s
        self.initial_orientation = initial_orientation
        self.memory = memory

    def _check_parameters(self) -> None:
        for name in ("tau_acc_s", "tau_mag_s", "bias_forgetting_time_s", "rest_min_duration_s", "bias_clip_deg_s"):
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
            "biasClip": float(self.bias_clip_deg_s),
        }
        acc, gyr, mag = signals
        for start, end in sections:
            self._warn_about_heading(acc[start:end], gyr[start:end], sampling_rate_hz)
        step = cache_function(self.memory, run_vqf)
        return step(gyr, acc, mag, sections, initial, sampling_rate_hz, bool(self.offline), parameters)

    def _warn_about_heading(self, acc: np.ndarray, gyr: np.ndarray, sampling_rate_hz: float) -> None:
        """Warn where the bias about the vertical stays unknown."""
        bias = _bias_at_rest(acc, gyr, max(round(self.rest_min_duration_s * sampling_rate_hz), 2))
        duration_s = len(gyr) / sampling_rate_hz
        if bias is not None and np.abs(bias).max() > self.bias_clip_deg_s:
            warnings.warn(
                f"VqfOrientation: the gyroscope's bias is not corrected. Found {np.abs(bias).max():.1f} deg/s at rest. "
                f"Expected at most bias_clip_deg_s={self.bias_clip_deg_s}. The heading is off by up to this times the "
                f"{duration_s:.0f} s of the region. Set a larger bias_clip_deg_s, or subtract the bias before.",
                VqfWarning,
                stacklevel=4,
            )
        elif bias is None and duration_s >= _LONG_S and not self.use_magnetometer:
            warnings.warn(
                f"VqfOrientation: the gyroscope's bias about the vertical is unknown, and the heading drifts. Found no "
                f"rest of {self.rest_min_duration_s} s in a region of {duration_s:.0f} s. Use regions with rest, or "
                "another method where the heading counts.",
                VqfWarning,
                stacklevel=4,
            )


def _bias_at_rest(acc: np.ndarray, gyr: np.ndarray, window: int) -> np.ndarray | None:
    """Mean angular rate about each axis in deg/s, the median over windows of rest; None where there is none."""
    n_windows = len(gyr) // window
    if n_windows == 0:
        return None
    parts = [values[: n_windows * window].reshape(n_windows, window, 3) for values in (np.rad2deg(gyr), acc)]
    spread = [part.std(axis=1).max(axis=1) for part in parts]
    is_rest = (spread[0] < _REST_GYR_DEG_S) & (spread[1] < _REST_ACC_M_S2)
    return np.median(parts[0][is_rest].mean(axis=1), axis=0) if is_rest.any() else None


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
