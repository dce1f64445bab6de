"""Decision which of two opposite directions is forward."""

from collections.abc import Hashable
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap.base import BaseOrientationMethod, BasePositionMethod, BaseSensorAlignment, BaseZuptDetector
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.trajectory_reconstruction import MadgwickAHRS, PieceWiseLinearDedriftedIntegration
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.consts import GRAV_VEC, SF_ACC
from gaitmap.utils.datatype_helper import SensorData, SingleSensorData, is_sensor_data
from gaitmap.utils.exceptions import DataQualityError
from gaitmap.utils.rotations import (
    find_rotation_around_axis,
    get_gravity_rotation,
    rotate_dataset,
    rotate_dataset_series,
    rotation_from_angle,
)
from gaitmap.zupt_detection import NormZuptDetector

_AXES = {"x": np.array([1.0, 0.0, 0.0]), "y": np.array([0.0, 1.0, 0.0]), "z": np.array([0.0, 0.0, 1.0])}


class ForwardDirectionSignAlignment(BaseSensorAlignment):
    """Turn the data of each foot by 180 deg, if it walks backwards otherwise.

    The velocity of the foot in its own heading is integrated over the whole recording. If its mean is negative, the
    sensor was mounted the other way around.

    Data requirements: one or several foot sensors in the sensor frame, aligned up to a turn by 180 deg (see
    :class:`GravityAlignment`, :class:`PcaAlignment`), acc in m/s^2, gyr in deg/s, 50 Hz or more. The recording must
    hold a moment of rest and, after it, walking mainly forwards.

    Parameters
    ----------
    forward_direction
        Axis that should point forwards: "x", "y" or "z".
    rotation_axis
        Axis of the turn by 180 deg, usually the vertical one; another one than ``forward_direction``.
    baseline_velocity_threshold
        Velocities below this, in m/s, are left out of the mean.
    ori_method
        Orientation method. Its ``initial_orientation`` is replaced.
    zupt_detector_orientation_init
        ZUPT detector that finds the first moment of rest, from which the initial orientation is taken.
    pos_method
        Position method, for acc and gyr in the global frame.

    Attributes
    ----------
    aligned_data_
        The data, turned or not; a dict with the data of each sensor for several sensors.
    rotation_
        The rotation by 0 or 180 deg (a dict for several sensors, like all further results).
    is_flipped_
        Whether the data were turned.
    ori_method_
        The orientation method with its results for the data from the first moment of rest on.
    pos_method_
        The position method with its results for the same data.
    mean_forward_velocity_
        Mean of the velocities above the threshold in the heading of the foot before the turn, in m/s; NaN if there are
        none. Values near 0 say that the decision is doubtful.
    forward_velocity_share_
        Share of these velocities that are positive; NaN if there are none. Values near 0.5 say that the decision is
        doubtful.

    Other Parameters
    ----------------
    data
        The data passed to the ``align`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    1. The first moment of rest gives the initial orientation (shortest rotation of its median acceleration onto
       gravity). Everything before it is not used for the decision.
    2. Acceleration and angular rate are rotated into the global frame and integrated to velocities.
    3. The heading (twist of the orientation around ``rotation_axis``) is taken out of each velocity.
    4. The sign of the mean of all velocities in ``forward_direction`` above the threshold decides.

    Deviation from gaitmap 2.6: there, the heading is the first angle of an Euler sequence, which is no heading while
    the foot is far from flat.

    See Also
    --------
    GravityAlignment, PcaAlignment : The steps before.

    Examples
    --------
    >>> from gaitmap.example_data import get_healthy_example_imu_data
    >>> data = get_healthy_example_imu_data()  # doctest: +SKIP
    >>> ForwardDirectionSignAlignment().align(data, sampling_rate_hz=204.8).is_flipped_  # doctest: +SKIP
    {'left_sensor': False, 'right_sensor': False}
    """

    rotation_: Rotation | dict[Hashable, Rotation]
    is_flipped_: bool | dict[Hashable, bool]
    ori_method_: BaseOrientationMethod | dict[Hashable, BaseOrientationMethod]
    pos_method_: BasePositionMethod | dict[Hashable, BasePositionMethod]
    mean_forward_velocity_: float | dict[Hashable, float]
    forward_velocity_share_: float | dict[Hashable, float]

    data: SensorData
    sampling_rate_hz: float

    def __init__(
        self,
        forward_direction: Literal["x", "y", "z"] = "x",
        rotation_axis: Literal["x", "y", "z"] = "z",
        baseline_velocity_threshold: float = 0.2,
        ori_method: BaseOrientationMethod = cf(MadgwickAHRS(beta=0.1)),
        zupt_detector_orientation_init: BaseZuptDetector = cf(
            NormZuptDetector(sensor="acc", window_length_s=0.15, inactive_signal_threshold=0.01, metric="variance")
        ),
        pos_method: BasePositionMethod = cf(
            PieceWiseLinearDedriftedIntegration(
                NormZuptDetector(sensor="gyr", window_length_s=0.15, inactive_signal_threshold=15.0, metric="mean"),
                level_assumption=False,
                gravity=GRAV_VEC,
            )
        ),
    ) -> None:
        self.forward_direction = forward_direction
        self.rotation_axis = rotation_axis
        self.baseline_velocity_threshold = baseline_velocity_threshold
        self.ori_method = ori_method
        self.zupt_detector_orientation_init = zupt_detector_orientation_init
        self.pos_method = pos_method

    def align(  # type: ignore[override]
        self, data: SensorData, *, sampling_rate_hz: float, **_: Any
    ) -> Self:
        """Turn the data where necessary.

        Parameters
        ----------
        data
            Single- or multi-sensor data in the sensor frame.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValueError
            If a parameter is not valid.
        ValidationError
            If the data is not sensor-frame data with all acc and gyr columns.
        DataQualityError
            If there is no moment of rest (also a ValueError).
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        forward, vertical = self._check_parameters()
        kind = is_sensor_data(data, frame="sensor")
        check_sampling_rate(self, sampling_rate_hz)

        def align_sensor(sensor_data: SingleSensorData) -> dict[str, Any]:
            return self._align_sensor(sensor_data, sampling_rate_hz, forward, vertical)

        set_results(self, run_per_sensor(align_sensor, kind, data, stage="forward direction alignment"))
        return self

    def _check_parameters(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        for name, base in (("ori_method", BaseOrientationMethod), ("pos_method", BasePositionMethod)):
            method = getattr(self, name)
            if not isinstance(method, base):
                raise ValueError(
                    f"The provided `{name}` must be an instance of {base.__name__}. Found {type(method).__name__}."
                )
        rotation_axis, forward = (
            axis.lower() if isinstance(axis, str) else axis for axis in (self.rotation_axis, self.forward_direction)
        )
        if rotation_axis not in _AXES:
            raise ValueError(f"Invalid rotation axis! Found {self.rotation_axis!r}. Expected 'x', 'y' or 'z'.")
        if forward not in _AXES:
            raise ValueError(
                f"Invalid forward direction axis! Found {self.forward_direction!r}. Expected 'x', 'y' or 'z'."
            )
        if forward == rotation_axis:
            raise ValueError(
                "Invalid combination of rotation and forward direction axis! "
                f"Both are {forward!r}. Expected two different axes."
            )
        check_number(self, "baseline_velocity_threshold", self.baseline_velocity_threshold, at_least=0)
        return _AXES[forward], _AXES[rotation_axis]

    def _align_sensor(
        self, data: SingleSensorData, sampling_rate_hz: float, forward: NDArray, vertical: NDArray
    ) -> dict[str, Any]:
        start, initial_orientation = self._find_initial_orientation(data, sampling_rate_hz)
        used = data.iloc[start:]
        ori_method = self.ori_method.clone().set_params(initial_orientation=initial_orientation)
        ori_method.estimate(used, sampling_rate_hz=sampling_rate_hz)
        orientations = ori_method.orientation_object_
        global_data = rotate_dataset_series(used, orientations[:-1])
        pos_method = self.pos_method.clone().estimate(global_data, sampling_rate_hz=sampling_rate_hz)

        heading = find_rotation_around_axis(orientations, vertical)
        velocity = heading.inv().apply(pos_method.velocity_.to_numpy(copy=True)) @ forward
        velocity = velocity[np.abs(velocity) >= self.baseline_velocity_threshold]
        mean = float(velocity.mean()) if len(velocity) else np.nan
        is_flipped = mean < 0
        rotation = rotation_from_angle(vertical, np.pi if is_flipped else 0.0)
        return {
            "aligned_data": rotate_dataset(data, rotation),
            "rotation": rotation,
            "is_flipped": is_flipped,
            "ori_method": ori_method,
            "pos_method": pos_method,
            "mean_forward_velocity": mean,
            "forward_velocity_share": float((velocity > 0).mean()) if len(velocity) else np.nan,
        }

    def _find_initial_orientation(self, data: SingleSensorData, sampling_rate_hz: float) -> tuple[int, Rotation]:
        """Find the start of the first moment of rest and the orientation in it."""
        detector = self.zupt_detector_orientation_init.clone().detect(data, sampling_rate_hz=sampling_rate_hz)
        if len(detector.zupts_) == 0:
            raise DataQualityError(
                "No initial zupt was found: the sensor never rests in the sense of zupt_detector_orientation_init. "
                "Use a higher threshold there, or a recording with a moment of rest."
            )
        start, end = (int(sample) for sample in detector.zupts_[["start", "end"]].iloc[0])
        gravity = np.nanmedian(data[SF_ACC].iloc[start:end].to_numpy(), axis=0)
        return start, get_gravity_rotation(gravity, GRAV_VEC)
