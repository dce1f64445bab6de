"""Decision which of two opposite directions is forward."""

from collections.abc import Hashable, Mapping
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap.base import (
    BaseOrientationMethod,
    BasePositionMethod,
    BaseSensorAlignment,
    BaseZuptDetector,
    BlockSource,
    EstimatesFromBlocks,
)
from gaitmap.base._sensors import check_sensors_present, set_results
from gaitmap.preprocessing.sensor_alignment._blocks import (
    check_gait_sequences,
    keep_usable,
    of_sensor,
    one_block,
    raise_first_problem,
    read_sensor_frame_blocks,
    rotate_each,
)
from gaitmap.preprocessing.sensor_alignment._excerpt import Excerpt
from gaitmap.trajectory_reconstruction import MadgwickAHRS, PieceWiseLinearDedriftedIntegration
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.consts import GRAV_VEC, SF_ACC, SF_COLS, SF_GYR
from gaitmap.utils.datatype_helper import (
    RegionsOfInterestList,
    SensorData,
    SingleSensorData,
    is_sensor_data,
)
from gaitmap.utils.exceptions import DataQualityError
from gaitmap.utils.rotations import (
    find_rotation_around_axis,
    get_gravity_rotation,
    rotate_dataset_series,
    rotation_from_angle,
)
from gaitmap.zupt_detection import NormZuptDetector

_STAGE = "forward direction alignment"
# Where the foot is faster than this share of its high velocities, it is in mid-swing.
_SWING_SHARE = 0.5
_HIGH_VELOCITY_QUANTILE = 0.95
_AXES = {"x": np.array([1.0, 0.0, 0.0]), "y": np.array([0.0, 1.0, 0.0]), "z": np.array([0.0, 0.0, 1.0])}


class ForwardDirectionSignAlignment(BaseSensorAlignment, EstimatesFromBlocks):
    """Turn the data of each foot by 180 deg, if it walks backwards otherwise.

    The velocity of the foot in its own heading is integrated over the recording. If its mean is negative, the sensor
    was mounted the other way around.

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
    max_duration_s
        Only the first so many seconds of the recording (of the gait sequences, where there are any) are integrated. A
        few strides are enough. None: all of it.

    Attributes
    ----------
    aligned_data_
        The data, turned or not; a dict with the data of each sensor for several sensors.
    aligned_data_as_frame_
        The same as one frame, with two column levels for several sensors; made when it is read.
    rotation_
        The rotation by 0 or 180 deg (a dict for several sensors, like all further results).
    is_flipped_
        Whether the data were turned.
    ori_method_
        The orientation method with its results for the data from the first moment of rest on (of the first gait
        sequence that has one).
    pos_method_
        The position method with its results for the same data.
    mean_forward_velocity_
        Mean of the velocities above the threshold in the heading of the foot before the turn, in m/s; NaN if there are
        none. Values near 0 say that the decision is doubtful.
    forward_velocity_share_
        Share of these velocities that are positive; NaN if there are none. Values near 0.5 say that the decision is
        doubtful.
    n_forward_velocities_
        Number of these velocities.
    swing_rotation_dps_
        Mean angular rate about the medio-lateral axis (``rotation_axis`` x ``forward_direction``) in mid-swing, after
        the turn, in deg/s; NaN without velocities. The toes of a foot that swings forwards rise: a value that is not
        clearly negative contradicts the decision.
    problems_
        Why sensors were left out by ``estimate``, as a dict with the reason for each of them; empty after ``align``.

    Other Parameters
    ----------------
    data
        The data passed to the ``align`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.
    gait_sequences
        The gait sequences passed to the ``align`` method.

    Notes
    -----
    1. The first moment of rest gives the initial orientation (shortest rotation of its median acceleration onto
       gravity). Everything before it is not used for the decision.
    2. Acceleration and angular rate are rotated into the global frame and integrated to velocities.
    3. The heading (twist of the orientation around ``rotation_axis``) is taken out of each velocity.
    4. The sign of the mean of all velocities in ``forward_direction`` above the threshold decides.

    With gait sequences, steps 1 to 3 are done for each of them. Those without a moment of rest (or with NaN) are left
    out, as long as there are others.

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
    n_forward_velocities_: int | dict[Hashable, int]
    swing_rotation_dps_: float | dict[Hashable, float]
    problems_: dict[Hashable, str]

    data: SensorData
    sampling_rate_hz: float
    gait_sequences: RegionsOfInterestList | None

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
        max_duration_s: float | None = None,
    ) -> None:
        self.forward_direction = forward_direction
        self.rotation_axis = rotation_axis
        self.baseline_velocity_threshold = baseline_velocity_threshold
        self.ori_method = ori_method
        self.zupt_detector_orientation_init = zupt_detector_orientation_init
        self.pos_method = pos_method
        self.max_duration_s = max_duration_s

    def align(  # type: ignore[override]
        self,
        data: SensorData,
        *,
        sampling_rate_hz: float,
        gait_sequences: RegionsOfInterestList | None = None,
        **_: Any,
    ) -> Self:
        """Turn the data where necessary.

        Parameters
        ----------
        data
            Single- or multi-sensor data in the sensor frame.
        sampling_rate_hz
            Sampling rate in Hz.
        gait_sequences
            Regions (``gs_id`` or ``roi_id``, ``start``, ``end``) that decide, a dict for several sensors. All data are
            turned. None: the whole recording.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValueError
            If a parameter is not valid.
        ValidationError
            If the data is not sensor-frame data with all acc and gyr columns, or the gait sequences do not fit to it.
        DataQualityError
            If there is no moment of rest (also a ValueError).
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        self.gait_sequences = gait_sequences
        self._check_parameters()
        kind = is_sensor_data(data, frame="sensor")
        check_sampling_rate(self, sampling_rate_hz)
        check_gait_sequences(gait_sequences, kind, _STAGE)
        sensors: dict[Hashable | None, SingleSensorData] = next(
            read_sensor_frame_blocks(one_block(data), SF_COLS, _STAGE)
        )
        parts = {
            sensor: [each.iloc[start:end] for start, end in self._regions(sensor, len(each))]
            for sensor, each in sensors.items()
        }
        outcomes = self._outcomes(parts)
        raise_first_problem(outcomes, _STAGE)
        self._lay_out(outcomes)
        self.aligned_data_ = rotate_each(data, self.rotation_)
        return self

    def estimate(
        self,
        blocks: BlockSource,
        *,
        sampling_rate_hz: float,
        gait_sequences: RegionsOfInterestList | None = None,
        **_: Any,
    ) -> Self:
        """Decide for a recording that comes in blocks, in one pass.

        All results but ``aligned_data_`` are those of ``align`` for data without a magnetometer, whatever the lengths
        of the blocks. What is integrated is held in memory: limit it by ``max_duration_s`` (and ``gait_sequences``). A
        sensor whose data do not allow a decision is left out and named in ``problems_``.

        Parameters
        ----------
        blocks
            Called with the columns needed, gives a fresh iterator over the consecutive blocks of the recording.
        sampling_rate_hz
            Sampling rate in Hz.
        gait_sequences
            As for ``align``; samples count from the start of the recording.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValueError
            If a parameter is not valid.
        ValidationError
            If a block is not sensor-frame data with all acc and gyr columns, or a sensor has no gait sequences.
        DataQualityError
            If there is no sensor for which it can be decided (also a ValueError).
        """
        self.sampling_rate_hz = sampling_rate_hz
        self.gait_sequences = gait_sequences
        self._check_parameters()
        check_sampling_rate(self, sampling_rate_hz)
        excerpts: dict[Hashable | None, Excerpt] = {}
        for block in read_sensor_frame_blocks(blocks, SF_COLS, _STAGE):
            for sensor, data in block.items():
                if sensor not in excerpts:
                    regions = self._regions(sensor, np.iinfo(np.int64).max)
                    excerpts[sensor] = Excerpt(regions, sampling_rate_hz)
                excerpts[sensor].push(data)
        self._lay_out(self._outcomes({sensor: excerpt.parts() for sensor, excerpt in excerpts.items()}))
        return self

    def _regions(self, sensor: Hashable | None, n_samples: int) -> NDArray[np.int64]:
        """Return the part of the recording to integrate, as half-open intervals."""
        regions = np.array([[0, n_samples]])
        if self.gait_sequences is not None:
            if sensor is not None:
                check_sensors_present([sensor], self.gait_sequences, _STAGE)
            regions = of_sensor(self.gait_sequences, sensor)[["start", "end"]].to_numpy(dtype=np.int64)
            regions = regions[np.argsort(regions[:, 0], kind="stable")].clip(0, n_samples)
        if self.max_duration_s is None:
            return regions
        left = round(self.max_duration_s * self.sampling_rate_hz)
        lengths = regions[:, 1] - regions[:, 0]
        before = np.cumsum(lengths) - lengths
        ends = regions[:, 0] + np.clip(left - before, 0, lengths)
        return np.column_stack([regions[:, 0], ends])[before < left]

    def _check_parameters(self) -> None:
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
        if self.max_duration_s is not None:
            check_number(self, "max_duration_s", self.max_duration_s, above=0)

    def _outcomes(
        self, parts: Mapping[Hashable | None, list[SingleSensorData]]
    ) -> dict[Hashable | None, dict[str, Any] | DataQualityError]:
        outcomes: dict[Hashable | None, dict[str, Any] | DataQualityError] = {}
        for sensor, each in parts.items():
            try:
                outcomes[sensor] = self._decide(each)
            except DataQualityError as error:
                outcomes[sensor] = error
            except Exception as error:
                if sensor is not None:
                    error.add_note(f"{_STAGE}: this happened for the sensor {sensor!r}.")
                raise
        return outcomes

    def _lay_out(self, outcomes: Mapping[Hashable | None, dict[str, Any] | DataQualityError]) -> None:
        results, self.problems_ = keep_usable(outcomes, _STAGE)
        set_results(self, results)

    def _decide(self, parts: list[SingleSensorData]) -> dict[str, Any]:
        """Integrate each part, and decide by all of them."""
        integrated = []
        error: ValueError = DataQualityError("There are no gait sequences. Pass some, or None for the whole recording.")
        for part in parts:
            try:
                integrated.append(self._integrate(part))
            except ValueError as reason:
                error = reason
        if not integrated:
            raise error
        velocity = np.concatenate([velocity for velocity, *_ in integrated])
        pitch_rate = np.concatenate([rate for _, rate, *_ in integrated])
        is_used = np.abs(velocity) >= self.baseline_velocity_threshold
        velocity, pitch_rate = velocity[is_used], pitch_rate[is_used]
        mean, share, swing_rotation = np.nan, np.nan, np.nan
        if len(velocity):
            mean, share = float(velocity.mean()), float((velocity > 0).mean())
            high = np.quantile(np.abs(velocity), _HIGH_VELOCITY_QUANTILE)
            swing_rotation = float(np.mean(pitch_rate[np.abs(velocity) >= _SWING_SHARE * high]))
        is_flipped = mean < 0
        return {
            "rotation": rotation_from_angle(self._axes[1], np.pi if is_flipped else 0.0),
            "is_flipped": is_flipped,
            "ori_method": integrated[0][2],
            "pos_method": integrated[0][3],
            "mean_forward_velocity": mean,
            "forward_velocity_share": share,
            "n_forward_velocities": len(velocity),
            "swing_rotation_dps": -swing_rotation if is_flipped else swing_rotation,
        }

    @property
    def _axes(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Directions that are forward and up."""
        return _AXES[self.forward_direction.lower()], _AXES[self.rotation_axis.lower()]

    def _integrate(
        self, data: SingleSensorData
    ) -> tuple[NDArray[np.float64], NDArray[np.float64], BaseOrientationMethod, BasePositionMethod]:
        """Return forward velocity, angular rate about the medio-lateral axis, and the methods with their results."""
        forward, vertical = self._axes
        start, initial_orientation = self._find_initial_orientation(data, self.sampling_rate_hz)
        used = data.iloc[start:]
        ori_method = self.ori_method.clone().set_params(initial_orientation=initial_orientation)
        ori_method.estimate(used, sampling_rate_hz=self.sampling_rate_hz)
        orientations = ori_method.orientation_object_
        global_data = rotate_dataset_series(used, orientations[:-1])
        pos_method = self.pos_method.clone().estimate(global_data, sampling_rate_hz=self.sampling_rate_hz)
        heading = find_rotation_around_axis(orientations, vertical)
        velocity = heading.inv().apply(pos_method.velocity_.to_numpy(copy=True)) @ forward
        pitch_rate = used[SF_GYR].to_numpy(dtype=float) @ np.cross(vertical, forward)
        # A velocity belongs to the end of a sample; there is one more than samples, at the start.
        return velocity, np.append(pitch_rate[:1], pitch_rate), ori_method, pos_method

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
