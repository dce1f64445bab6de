"""Error-state Kalman filter with zero-velocity updates, smoothed backwards."""

from collections.abc import Callable
from itertools import product
from typing import Any, Self

import numpy as np
import pandas as pd
from joblib import Memory
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap._kernels.kalman import rts_covariance, rts_smoother
from gaitmap._kernels.orientation import integrate_gyro_exponential
from gaitmap._kernels.quaternion import rotate_samples
from gaitmap.base import BaseTrajectoryMethod, BaseZuptDetector
from gaitmap.caching import cache_function
from gaitmap.trajectory_reconstruction._signals import Signals, initial_quaternion, read_signals, sample_frame, whole
from gaitmap.trajectory_reconstruction._zupts import detect_zupts
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.consts import GF_POS, GF_VEL, GRAV_VEC
from gaitmap.utils.datatype_helper import (
    SingleSensorData,
    SingleSensorRegionsOfInterestList,
    SingleSensorStrideList,
    is_single_sensor_data,
)
from gaitmap.utils.exceptions import UnusableSignalError
from gaitmap.zupt_detection import NormZuptDetector

_ERRORS = [f"{axis}_{quantity}_cov" for quantity in ("pos", "vel", "ori") for axis in "xyz"]


class RtsKalman(BaseTrajectoryMethod):
    """Orientation, velocity and position of a whole region: strapdown integration, corrected at every moment of rest.

    Requires accelerometer and gyroscope in the sensor frame, at any rate (where the window of the detector of rest has
    less than three samples, it is lengthened to three: the default one below 50 Hz and at it). Meant for regions with
    many moments of rest (walking bouts), not for single strides.

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
    Open-loop ZUPT-aided smoothing [1]_ with the orientation error in the global frame [2]_: the nominal states are
    integrated without any feedback; a Kalman filter estimates their error, for which velocity (and height) at rest are
    direct measurements; a Rauch-Tung-Striebel smoother carries the estimate backwards [3]_; all errors are subtracted.

    The noise is given per sample. In practice, only the ratio of ``velocity_error_variance`` to
    ``orientation_error_variance`` counts, so that it needs no scaling with the sampling rate. The default is that of
    gaitmap 2, so large that the accelerometer hardly counts between moments of rest and the inclination is hardly
    corrected. A ratio of 1000 (1.0 and 1e-3) corrects it and leaves stride lengths as they are, but closes loops worse
    on some recordings (see the page "Accuracy" of the documentation): no better default is known. gaitmap 2 added the
    orientation error instead of subtracting it.

    To make sure of one moment of rest per stride, combine a detector with the events of the strides::

        rest = NormZuptDetector(sensor="gyr", window_length_s=0.05, metric="maximum", inactive_signal_threshold=34.0)
        ComboZuptDetector([("rest", rest), ("stride", StrideEventZuptDetector(half_region_size_s=0.05))])

    Subclasses may replace the motion model by overriding ``nominal_orientation``.

    References
    ----------
    .. [1] Simon Colomar, Nilsson, Haendel (2012). Smoothing for ZUPT-aided INSs. International Conference on Indoor
       Positioning and Indoor Navigation (IPIN).
    .. [2] Sola (2017). Quaternion kinematics for the error-state Kalman filter. arXiv:1711.02508
    .. [3] Rauch, Tung, Striebel (1965). Maximum likelihood estimates of linear dynamic systems. AIAA Journal 3(8).
       doi:10.2514/3.3166

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.trajectory_reconstruction import RtsKalman
    >>> data = pd.DataFrame(0.0, index=range(15), columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> data["acc_z"] = 9.81
    >>> RtsKalman().estimate(data, sampling_rate_hz=100.0).position_.abs().max().tolist()
    [0.0, 0.0, 0.0]
    """

    _json_omits_memory_none = True
    use_magnetometer: bool = False

    data: SingleSensorData
    stride_event_list: SingleSensorStrideList | None
    sampling_rate_hz: float
    zupts_: SingleSensorRegionsOfInterestList

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
        memory: Memory | None = None,
    ) -> None:
        self.initial_orientation = initial_orientation
        self.zupt_variance = zupt_variance
        self.velocity_error_variance = velocity_error_variance
        self.orientation_error_variance = orientation_error_variance
        self.level_walking = level_walking
        self.level_walking_variance = level_walking_variance
        self.zupt_detector = zupt_detector
        self.memory = memory

    @property
    def covariance_(self) -> pd.DataFrame:
        """Smoothed covariance of the errors, n + 1 rows, 81 columns."""
        columns = pd.MultiIndex.from_tuples(product(_ERRORS, _ERRORS))
        return pd.DataFrame(rts_covariance(*self._covariance_input), columns=columns, copy=False)

    def estimate(
        self,
        data: SingleSensorData,
        *,
        stride_event_list: SingleSensorStrideList | None = None,
        sampling_rate_hz: float,
    ) -> Self:
        """Estimate orientation, velocity and position of the sensor.

        Parameters
        ----------
        data
            Recording of one sensor in the sensor frame.
        stride_event_list
            Strides of the recording, handed to the ZUPT detector.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with the results attached.
        """
        self.data = data
        self.stride_event_list = stride_event_list
        self.sampling_rate_hz = sampling_rate_hz

        self._check_data(data)
        self._check_parameters()
        check_sampling_rate(self, sampling_rate_hz)
        initial = initial_quaternion(self, self.initial_orientation)

        detector = detect_zupts(self, data, sampling_rate_hz, stride_event_list)
        signals = read_signals(data, mag=self.use_magnetometer)
        self._check_finite(signals)
        quaternions = self.nominal_orientation(*signals, initial, float(sampling_rate_hz))
        lengths = np.array([len(data)], dtype=np.int64)
        at_rest = np.array(detector.per_sample_zupts_, dtype=bool)
        orientation, velocity, position = self._smooth(quaternions, signals.acc, lengths, at_rest, sampling_rate_hz)

        self.orientation_object_ = Rotation.from_quat(orientation)
        self.velocity_ = sample_frame(velocity, GF_VEL)
        self.position_ = sample_frame(position, GF_POS)
        self.zupts_ = detector.zupts_
        global_acc = rotate_samples(quaternions, signals.acc, whole(len(data)), 1)
        self._covariance_input = (global_acc, at_rest, float(sampling_rate_hz), *self._noise())
        return self

    _batch_replaces = estimate

    def nominal_orientation(
        self, acc: np.ndarray, gyr: np.ndarray, mag: np.ndarray, initial: np.ndarray, sampling_rate_hz: float
    ) -> np.ndarray:
        """Integrate the orientation without any correction at moments of rest (the motion model).

        Parameters
        ----------
        acc, gyr, mag
            Samples in the sensor frame in m/s^2, rad/s and the unit of the data, shape (n, 3); ``mag`` has no rows
            where the magnetometer is not used.
        initial
            Orientation before the first sample, quaternion of shape (4,), scalar last.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        numpy.ndarray
            Quaternions of shape (n + 1, 4), scalar last; the first row is ``initial``.
        """
        return integrate_gyro_exponential(gyr, whole(len(gyr)), initial[np.newaxis], sampling_rate_hz)

    def _check_data(self, data: SingleSensorData) -> None:
        is_single_sensor_data(data, check_mag=self.use_magnetometer, frame="sensor", raise_exception=True)

    def _check_parameters(self) -> None:
        check_number(self, "zupt_variance", self.zupt_variance, at_least=0)
        check_number(self, "velocity_error_variance", self.velocity_error_variance, above=0)
        check_number(self, "orientation_error_variance", self.orientation_error_variance, above=0)
        check_number(self, "level_walking_variance", self.level_walking_variance, at_least=0)

    def _check_finite(self, signals: Signals) -> None:
        finite = np.isfinite(np.hstack([values for values in signals if len(values)])).all(axis=1)
        if not finite.all():
            raise UnusableSignalError(
                f"{type(self).__name__}: found a value that is NaN or infinite in sample {int(np.argmin(finite))}. "
                "Expected finite values in all samples. Interpolate the gap, or estimate the parts before and after it "
                "on their own."
            )

    def _noise(self) -> tuple[float, float, float, bool, float]:
        return (
            float(self.velocity_error_variance),
            float(self.orientation_error_variance),
            float(self.zupt_variance),
            self.level_walking is True,
            float(self.level_walking_variance),
        )

    def _smooth(
        self,
        quaternions: np.ndarray,
        acc: np.ndarray,
        lengths: np.ndarray,
        at_rest: np.ndarray,
        sampling_rate_hz: float,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        step = cache_function(self.memory, smooth)
        return step(quaternions, acc, lengths, at_rest, float(sampling_rate_hz), *self._noise())

    def _integrate_sections(
        self,
        data: SingleSensorData,
        signals: Signals,
        sections: np.ndarray,
        initial: np.ndarray,
        stride_list_of: Callable[[int], SingleSensorStrideList | None],
        sampling_rate_hz: float,
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray, dict[int, UnusableSignalError]]:
        """Evaluate all sections in one compiled call; the detector sees them one by one.

        Returns the rows of orientation, velocity and position of all sections, one section below the other, and the
        reasons of those that could not be evaluated.
        """
        problems: dict[int, UnusableSignalError] = {}
        nominal, at_rest = [], []
        for i, (start, end) in enumerate(sections):
            part = Signals(*(values[start:end] for values in signals))
            rest = np.zeros(end - start, dtype=bool)
            try:
                detector = detect_zupts(self, data.iloc[start:end], sampling_rate_hz, stride_list_of(i))
                rest[:] = detector.per_sample_zupts_
                self._check_finite(part)
            except UnusableSignalError as error:
                problems[i] = error
            nominal.append(self.nominal_orientation(*part, initial[i], float(sampling_rate_hz)))
            at_rest.append(rest)
        acc = np.concatenate([signals.acc[start:end] for start, end in sections])
        lengths = sections[:, 1] - sections[:, 0]
        states = self._smooth(np.concatenate(nominal), acc, lengths, np.concatenate(at_rest), sampling_rate_hz)
        return *states, problems


def smooth(
    quaternions: np.ndarray,
    acc: np.ndarray,
    lengths: np.ndarray,
    at_rest: np.ndarray,
    sampling_rate_hz: float,
    *noise: Any,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Filter and smooth sections that lie one below the other; the cached step."""
    ends = np.cumsum(lengths)
    sections = np.column_stack([ends - lengths, ends])
    global_acc = rotate_samples(quaternions, acc, sections, 1)
    return rts_smoother(quaternions, global_acc, lengths, at_rest, GRAV_VEC.copy(), sampling_rate_hz, *noise)
