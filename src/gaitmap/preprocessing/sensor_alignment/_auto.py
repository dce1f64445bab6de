"""Alignment of foot sensors whose mounting is not known at all."""

import warnings
from collections.abc import Hashable
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap.base import BaseSensorAlignment
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.preprocessing.sensor_alignment._auto_evidence import (
    MIN_CONFIDENCE,
    Evidence,
    compare_feet,
    confidence_of,
    describe_doubts,
)
from gaitmap.preprocessing.sensor_alignment._forward_direction import ForwardDirectionSignAlignment
from gaitmap.preprocessing.sensor_alignment._gravity import GravityAlignment
from gaitmap.preprocessing.sensor_alignment._pca import PcaAlignment
from gaitmap.preprocessing.sensor_alignment._rest_to_rest import (
    RestToRestStrides,
    StridePaths,
    estimate_paths,
    find_rest_to_rest_strides,
    mean_acc_at,
    take_strides,
)
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate, parameter_error
from gaitmap.utils._feet import Foot, foot_in_name
from gaitmap.utils.array_handling import start_end_array_to_bool_array
from gaitmap.utils.consts import SF_ACC, SF_GYR
from gaitmap.utils.datatype_helper import SensorData, SingleSensorData, get_multi_sensor_names, is_sensor_data
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning
from gaitmap.utils.rotations import find_unsigned_3d_angle, get_gravity_rotation, rotate_dataset, rotation_from_angle
from gaitmap.utils.static_moment_detection import find_static_sequences

_UP = np.array([0.0, 0.0, 1.0])
# Rests whose directions of gravity differ by more than this are different mountings (a sensor on the table, feet up).
_SAME_DIRECTION_DEG = 15.0
_MIN_SHARE_OF_REST = 0.1
# Standard deviation of the acceleration in m/s^2 up to which a sensor is still.
_MAX_REST_SCATTER = 0.5
# Gravity while standing must not differ more than this from gravity in mid-stance, else the sensor was not worn then.
_MAX_TO_MID_STANCE_DEG = 20.0
# Strides in other directions than this are made in turns, or with a sensor that has slipped.
_MAX_TURN_DEG = 45.0
_MIN_STRIDES = 3
# Part of the recording, from the first stride on, on which a `sign` method decides.
_SIGN_DURATION_S = 120.0


class AutoAlignment(BaseSensorAlignment):
    """Rotate the data of foot sensors into the foot sensor frame, however they are mounted.

    Finds the vertical (gravity), the medio-lateral axis (main axis of rotation) and the direction of the toes from the
    walking in the recording, and tells how sure it is of the result.

    Data requirements: one or several foot sensors in any orientation, acc in m/s^2 and gyr in deg/s, 50 Hz or more. The
    sensor must not move on the foot. The recording must hold walking, mainly forwards: three strides in a row at least,
    10 or more recommended. Other things (standing, a sensor that lies on a table before it is put on) may be in it.

    Parameters
    ----------
    gravity
        Finds the moments of rest and the direction of gravity in them. If the sensor rests in several orientations, the
        one closest to mid-stance is taken; if it never rests, mid-stance itself.
    pca
        Finds the main axis of rotation, with ``target_axis="y"``. It is given the strides only.
    sign
        Decides which direction is forward. None: the direction in which most strides go.
    main_axis_offset_deg
        Angle in deg in the horizontal plane between the main axis of rotation and the medio-lateral axis of the foot:
        the toes point outwards by this angle from the direction in which the foot swings. Applied to sensors of which
        the foot is known. 0 puts the main axis itself on y.

    Attributes
    ----------
    aligned_data_
        The rotated data, with the same index and columns; a dict with the data of each sensor for several sensors.
    rotation_
        The rotation from the original to the aligned data (a dict for several sensors, like all further results). It
        can be applied to other recordings with the same mounting by :func:`gaitmap.utils.rotations.rotate_dataset`.
    confidence_
        From 0 to 1. Below 0.5, an ``UncertainAlignmentWarning`` is given: look at ``findings_``.
    findings_
        List of sentences about everything that makes the result doubtful or deserves a look; usually empty.
    evidence_
        What the decisions rest on, a dict of plain values:

        ``foot``, ``n_strides``
            The foot, and the number of strides used.
        ``rest_threshold_dps``
            Angular rate below which the foot was taken to rest, in deg/s.
        ``gravity_from``, ``n_rest_directions``
            "rest" or "mid-stance", and the number of orientations in which the sensor rests.
        ``gravity_spread_deg``, ``tilted_share``
            Median deviation of gravity in single mid-stances, and the share of those with more than 20 deg.
        ``gravity_to_mid_stance_deg``
            Angle between the gravity used and the one of the mid-stances.
        ``main_axis_ratio``
            Variance of the angular rate along the main axis, divided by the one across it.
        ``travel_angle_deg``
            Direction of the strides before the offset is applied: 0 is straight ahead, positive is outwards.
        ``forward_share``, ``turned_share``
            Share of the strides that go forwards, and of those that go more than 45 deg away from straight ahead.
        ``heel_lift_share``
            Share of the strides in which the heel is lifted more than the toes.
        ``stride_length_m``
            Median length from rest to rest.
        ``lateral_turn_deg``
            Median turn about the x-axis while the heel is lifted.
        ``is_flipped``
            Whether the last step turned the sensor by 180 deg about the vertical.
        ``confidence``
            Grades of the single decisions; ``confidence_`` is the smallest.
    consistency_
        Comparison of the two feet, which walk the same way: ``stride_length_ratio``, ``travel_angle_difference_deg``,
        ``feet_may_be_swapped``, ``is_consistent``. None if there is not one sensor of each foot.

    Other Parameters
    ----------------
    data
        The data passed to the ``align`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.
    foot
        The foot passed to the ``align`` method.

    Notes
    -----
    1. Strides from rest to rest are looked for in the norms of the signals, which do not depend on the mounting.
    2. Gravity: median acceleration of all moments of rest, as in :class:`GravityAlignment`; but moments with another
       orientation than mid-stance are left out.
    3. Heading: principal component analysis of the horizontal angular rate of the strides [1]_.
    4. Forward: each stride is integrated on its own; the direction of the majority is forward. That it is the heel that
       is lifted, and not the toes, is an independent proof.
    5. The main axis of rotation is not quite medio-lateral: feet point outwards, and push off over the oblique row of
       their metatarsal heads. In the public recording whose sensors were aligned with the shoe by hand, it is off by 16
       deg (left) and 20 deg (right), in the stride template of [2]_ by 20 deg. The default of
       ``main_axis_offset_deg`` lies between them; the template finds the more strides, the closer the data come to it.
    6. One foot by itself cannot tell whether it is a left or a right one: ``lateral_turn_deg`` is just a hint. Names of
       sensors (or ``foot``) are believed, and the offset is left out without them.

    What it cannot do: a recording of walking backwards is told from one with the sensor turned around only by the
    lifting of the heel; the two proofs then contradict each other, and the confidence is 0.

    References
    ----------
    .. [1] Kong, W., Sessa, S., Zecca, M. & Takanishi, A. (2016). Anatomical calibration through post-processing of
       standard motion tests data. Sensors, 16(12), 2011. https://doi.org/10.3390/s16122011
    .. [2] Barth, J., et al. (2013). Subsequence dynamic time warping as a method for robust step segmentation using
       gyroscope signals of daily life activities. EMBC, 6744-6747. https://doi.org/10.1109/EMBC.2013.6611104

    See Also
    --------
    GravityAlignment, PcaAlignment, ForwardDirectionSignAlignment : The single steps.

    Examples
    --------
    >>> from gaitmap.example_data import get_healthy_example_imu_data_not_rotated
    >>> data = get_healthy_example_imu_data_not_rotated()  # doctest: +SKIP
    >>> alignment = AutoAlignment().align(data, sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> alignment.confidence_  # doctest: +SKIP
    {'left_sensor': 1.0, 'right_sensor': 1.0}
    """

    #: Below this, an alignment is uncertain.
    MIN_CONFIDENCE: ClassVar[float] = MIN_CONFIDENCE

    rotation_: Rotation | dict[Hashable, Rotation]
    confidence_: float | dict[Hashable, float]
    findings_: list[str] | dict[Hashable, list[str]]
    evidence_: Evidence | dict[Hashable, Evidence]
    consistency_: dict[str, Any] | None

    data: SensorData
    sampling_rate_hz: float
    foot: Foot | None

    def __init__(
        self,
        gravity: GravityAlignment = cf(GravityAlignment()),
        pca: PcaAlignment = cf(PcaAlignment()),
        sign: ForwardDirectionSignAlignment | None = None,
        main_axis_offset_deg: float = 18.0,
    ) -> None:
        self.gravity = gravity
        self.pca = pca
        self.sign = sign
        self.main_axis_offset_deg = main_axis_offset_deg

    def align(  # type: ignore[override]
        self, data: SensorData, *, sampling_rate_hz: float, foot: Literal["left", "right"] | None = None, **_: Any
    ) -> Self:
        """Align the data with the feet.

        Parameters
        ----------
        data
            Single- or multi-sensor data in the frame of the sensor, in any orientation.
        sampling_rate_hz
            Sampling rate in Hz.
        foot
            The foot of single-sensor data. The names of several sensors tell theirs (``left_sensor``).

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValidationError
            If the data is not sensor-frame data with all acc and gyr columns.
        ValueError
            If a parameter is not valid.
        DataQualityError
            If there are no three strides in a row (also a ValueError).

        Warns
        -----
        UncertainAlignmentWarning
            If the confidence is below 0.5.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        self.foot = foot
        self._check_parameters()
        kind = is_sensor_data(data, frame="sensor")
        check_sampling_rate(self, sampling_rate_hz)
        check_option(self, "foot", foot, ("left", "right", None))
        names = None if kind == "single" else list(get_multi_sensor_names(data))
        feet: Any = foot if names is None else {name: foot_in_name(name) for name in names}

        def find(sensor_data: SingleSensorData, sensor_foot: Foot | None) -> dict[str, Any]:
            return self._find_rotation(sensor_data, sensor_foot, sampling_rate_hz)

        found = run_per_sensor(find, kind, data, feet, stage="automatic alignment")
        as_dict: dict[str, dict[Hashable, Any]] = (
            found if names is not None else {name: {None: value} for name, value in found.items()}
        )
        consistency = compare_feet(as_dict["evidence"], as_dict["findings"])
        confidence = {sensor: confidence_of(evidence) for sensor, evidence in as_dict["evidence"].items()}
        for sensor, value in confidence.items():
            if value < MIN_CONFIDENCE:
                _warn(sensor, value, as_dict["findings"][sensor])

        def rotate(sensor_data: SingleSensorData, rotation: Rotation) -> dict[str, Any]:
            return {"aligned_data": rotate_dataset(sensor_data, rotation)}

        set_results(self, run_per_sensor(rotate, kind, data, found["rotation"], stage="automatic alignment"))
        set_results(self, found)
        self.confidence_ = confidence if names is not None else confidence[None]
        self.consistency_ = consistency
        return self

    def _check_parameters(self) -> None:
        for name, base in (("gravity", GravityAlignment), ("pca", PcaAlignment), ("sign", BaseSensorAlignment)):
            value = getattr(self, name)
            if not isinstance(value, base) and not (name == "sign" and value is None):
                raise parameter_error(self, name, f"an instance of {base.__name__}", value)
        if str(self.pca.target_axis).lower() != "y":
            raise parameter_error(self, "pca", "one with target_axis='y'", self.pca)
        check_number(self, "main_axis_offset_deg", self.main_axis_offset_deg)

    def _find_rotation(self, data: SingleSensorData, foot: Foot | None, rate: float) -> dict[str, Any]:
        strides = find_rest_to_rest_strides(data, rate)
        if len(strides) < _MIN_STRIDES:
            raise DataQualityError(
                "No walking was found, from which the mounting of the sensor could be told. Found "
                f"{len(strides)} strides in {len(data) / rate:.3g} s. Expected {_MIN_STRIDES} in a row at least. Use "
                "a recording with walking, apply the rotation_ of such a one, or align the sensor by hand."
            )
        gravity, gravity_evidence = self._find_gravity(data, strides, rate)
        level = get_gravity_rotation(_median(gravity), self.gravity.gravity)
        turn, ratio = self._turn_main_axis_to_y(data, strides, level)
        paths = estimate_paths(data, strides, turn * level, rate)
        is_flipped = self._is_backward(data, strides, paths, turn * level, rate)
        if is_flipped:
            turn = rotation_from_angle(_UP, np.pi) * turn
        evidence: Evidence = {
            "foot": foot,
            "n_strides": len(strides),
            "rest_threshold_dps": strides.threshold,
            **gravity_evidence,
            "main_axis_ratio": ratio,
            **_direction_evidence(paths, is_flipped, foot),
            "is_flipped": is_flipped,
        }
        # The toes point outwards, so that the data of the left foot (y to the left) are turned to the right.
        offset = 0.0 if foot is None else float(np.deg2rad(self.main_axis_offset_deg)) * (-1 if foot == "left" else 1)
        rotation = rotation_from_angle(_UP, offset) * turn * level
        # The median of each axis depends on the axes: in those of the foot, it no longer depends on the mounting.
        correction = get_gravity_rotation(_median(rotation.apply(gravity)), self.gravity.gravity)
        return {
            "rotation": correction * rotation,
            "evidence": evidence,
            "findings": describe_doubts(evidence, self.main_axis_offset_deg),
        }

    def _find_gravity(
        self, data: SingleSensorData, strides: RestToRestStrides, rate: float
    ) -> tuple[NDArray[np.float64], dict[str, Any]]:
        """Find accelerations, the median of which is gravity."""
        mid_stances = mean_acc_at(data, np.unique(np.concatenate([strides.start, strides.end])), rate)
        mid_stances = mid_stances[np.isfinite(mid_stances).all(axis=1)]
        mid_stance = np.median(mid_stances, axis=0)
        rests = self._rests(data, rate)
        closest = min(rests, key=lambda acc: _angle_deg(_median(acc), mid_stance), default=None)
        is_worn = closest is not None and _angle_deg(_median(closest), mid_stance) <= _MAX_TO_MID_STANCE_DEG
        used = closest if closest is not None and is_worn else mid_stances
        to_mid_stance = np.rad2deg(find_unsigned_3d_angle(mid_stances, mid_stance))
        return used, {
            "gravity_from": "rest" if is_worn else "mid-stance",
            "n_rest_directions": len(rests),
            "gravity_spread_deg": float(np.median(to_mid_stance)),
            "tilted_share": _share_of_outliers(to_mid_stance, _MAX_TO_MID_STANCE_DEG),
            "gravity_to_mid_stance_deg": _angle_deg(_median(used), mid_stance),
        }

    def _rests(self, data: SingleSensorData, rate: float) -> list[NDArray[np.float64]]:
        """Accelerations at rest, those of each orientation of the sensor by themselves."""
        window = self.gravity._window_length(rate)
        if len(data) < window:
            return []
        gyr, threshold = data[SF_GYR].to_numpy(dtype=float), float(self.gravity.static_signal_th)
        sequences = find_static_sequences(gyr, window, threshold, self.gravity.metric)
        is_static = start_end_array_to_bool_array(sequences, len(data))
        acc = np.column_stack([data[column].to_numpy(dtype=float) for column in SF_ACC])
        samples = np.flatnonzero(is_static & np.isfinite(acc).all(axis=1))
        if len(samples) == 0:
            return []
        acc = acc[samples]
        # A sensor may be turned while its angular rate is low: a direction is that of a short part of a rest.
        rest_start = np.flatnonzero(np.diff(samples, prepend=samples[0] - 2) > 1)
        in_rest = np.arange(len(samples)) - np.repeat(rest_start, np.diff(rest_start, append=len(samples)))
        starts = np.flatnonzero(in_rest % max(2, window // 4) == 0)
        lengths = np.diff(starts, append=len(samples))
        directions = np.add.reduceat(acc, starts) / lengths[:, None]
        scatter = np.add.reduceat(np.sum(acc**2, axis=1), starts) / lengths - np.sum(directions**2, axis=1)
        # At both ends of a rest, the foot moves already.
        still = np.flatnonzero(scatter < _MAX_REST_SCATTER**2)
        group = np.full(len(starts), -1)
        group[still] = _group_directions(directions[still])
        group = np.repeat(group, lengths)
        large = [n for n in range(group.max(initial=-1) + 1) if np.mean(group == n) >= _MIN_SHARE_OF_REST]
        return [acc] if len(large) <= 1 else [acc[group == number] for number in large]

    def _turn_main_axis_to_y(
        self, data: SingleSensorData, strides: RestToRestStrides, level: Rotation
    ) -> tuple[Rotation, float]:
        with warnings.catch_warnings():
            # That there is no main axis is part of the confidence.
            warnings.simplefilter("ignore", UncertainAlignmentWarning)
            pca = self.pca.clone().align(rotate_dataset(take_strides(data, strides), level))
        assert isinstance(pca.rotation_, Rotation)
        assert isinstance(pca.variance_ratio_, float)
        return pca.rotation_, pca.variance_ratio_

    def _is_backward(
        self, data: SingleSensorData, strides: RestToRestStrides, paths: StridePaths, rotation: Rotation, rate: float
    ) -> bool:
        if self.sign is None:
            return bool(np.sum(np.sign(paths.displacement[:, 0])) < 0)
        start = max(0, int(strides.start[0]) - round(2 * rate))
        part = data.iloc[start : start + round(_SIGN_DURATION_S * rate)]
        return bool(self.sign.clone().align(rotate_dataset(part, rotation), sampling_rate_hz=rate).is_flipped_)


def _direction_evidence(paths: StridePaths, is_flipped: bool, foot: Foot | None) -> dict[str, Any]:
    side = -1 if is_flipped else 1
    outwards = -1 if foot == "right" else 1
    forward, sideways = side * paths.displacement[:, 0], side * paths.displacement[:, 1]
    length = np.hypot(forward, sideways)
    angle = np.rad2deg(np.arctan2(sideways, forward))
    return {
        "travel_angle_deg": float(outwards * np.rad2deg(np.arctan2(np.median(sideways), np.median(forward)))),
        "forward_share": float((forward > 0).mean()),
        "turned_share": _share_of_outliers(np.abs(angle), _MAX_TURN_DEG),
        "heel_lift_share": float((side * paths.turn[:, 1] > 0).mean()),
        "stride_length_m": float(np.median(length)),
        "lateral_turn_deg": float(np.rad2deg(np.median(side * paths.turn[:, 0]))),
    }


def _group_directions(directions: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give each direction the number of its group, whose members are close to the middle one."""
    group = np.full(len(directions), -1)
    number = 0
    while (left := np.flatnonzero(group < 0)).size:
        middle = np.median(directions[left], axis=0)
        leader = directions[left[np.argmin(np.linalg.norm(directions[left] - middle, axis=1))]]
        group[left[np.rad2deg(find_unsigned_3d_angle(directions[left], leader)) <= _SAME_DIRECTION_DEG]] = number
        number += 1
    return group


def _share_of_outliers(angles_deg: NDArray[np.float64], limit_deg: float) -> float:
    """Share of the angles above the limit; one of them is chance."""
    return max(0, int((angles_deg > limit_deg).sum()) - 1) / len(angles_deg)


def _median(acc: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.median(acc, axis=0)


def _angle_deg(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float(np.rad2deg(find_unsigned_3d_angle(first, second)))


def _warn(sensor: Hashable | None, confidence: float, findings: list[str]) -> None:
    where = "" if sensor is None else f", sensor {sensor!r}"
    warnings.warn(
        f"automatic alignment{where}: the mounting is uncertain (confidence {confidence:.2f} of 1). "
        + " ".join(findings),
        UncertainAlignmentWarning,
        stacklevel=3,
    )
