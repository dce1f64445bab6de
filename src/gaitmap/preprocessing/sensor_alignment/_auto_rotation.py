"""From the walking of one sensor to the rotation into the frame of the foot."""

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gaitmap.base import BaseSensorAlignment
from gaitmap.preprocessing.sensor_alignment._auto_evidence import Evidence, describe_doubts
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
from gaitmap.utils._feet import Foot
from gaitmap.utils.array_handling import start_end_array_to_bool_array
from gaitmap.utils.consts import SF_ACC, SF_GYR
from gaitmap.utils.datatype_helper import SingleSensorData
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning
from gaitmap.utils.rotations import (
    angle_diff,
    find_unsigned_3d_angle,
    get_gravity_rotation,
    rotate_dataset,
    rotation_from_angle,
)
from gaitmap.utils.static_moment_detection import find_static_sequences

_UP = np.array([0.0, 0.0, 1.0])
# Rests whose directions of gravity differ by more than this are different mountings (a sensor on the table, feet up).
_SAME_DIRECTION_DEG = 15.0
_MIN_SHARE_OF_REST = 0.1
# Standard deviation of the acceleration in m/s^2 up to which a sensor is still.
_MAX_REST_SCATTER = 0.5
# Gravity while standing must not differ more than this from gravity in mid-stance, else the sensor was not worn then.
_MAX_TO_MID_STANCE_DEG = 20.0
_MIN_STRIDES = 3
# A stride with a larger turn is no straight walking, and a much shorter one than usual has no clear direction.
_MAX_STRAIGHT_TURN_DEG = 20.0
_MIN_SHARE_OF_LENGTH = 0.5
# Straight strides in other directions than this are made with a sensor that has slipped.
_MAX_OTHERWISE_DEG = 45.0
# Part of the walking, from the first stride on, on which a `sign` method decides.
_SIGN_DURATION_S = 120.0


class RotationFinder:
    """Find the rotation into the frame of the foot from data of one sensor; parameters as in ``AutoAlignment``."""

    def __init__(
        self,
        gravity: GravityAlignment,
        pca: PcaAlignment,
        sign: BaseSensorAlignment | None,
        toe_out_deg: float,
        sampling_rate_hz: float,
    ) -> None:
        self._gravity = gravity
        self._pca = pca
        self._sign = sign
        self._toe_out_deg = toe_out_deg
        self._rate = sampling_rate_hz

    def find(self, data: SingleSensorData, foot: Foot | None) -> dict[str, Any]:
        """Find the rotation, what it rests on, and what is doubtful about it."""
        strides = find_rest_to_rest_strides(data, self._rate)
        if len(strides) < _MIN_STRIDES:
            raise DataQualityError(
                "No walking was found, from which the mounting of the sensor could be told. Found "
                f"{len(strides)} strides in {len(data) / self._rate:.3g} s. Expected {_MIN_STRIDES} in a row at least. "
                "Use a recording with walking, apply the rotation_ of such a one, or align the sensor by hand."
            )
        gravity, gravity_evidence = self._find_gravity(data, strides)
        # The toes point outwards of the direction of travel, so that the data of the left foot (y to the left) are
        # turned to the right.
        toe_out = 0.0 if foot is None else float(np.deg2rad(self._toe_out_deg)) * (-1 if foot == "left" else 1)
        rotation = get_gravity_rotation(_median(gravity), self._gravity.gravity)
        # The median of each axis depends on the axes: in those of the foot, it does not depend on the mounting.
        for is_last in (False, True):
            paths = estimate_paths(data, strides, rotation, self._rate)
            if len(paths) < _MIN_STRIDES:
                raise DataQualityError(
                    f"The paths of {len(paths)} of {len(strides)} strides could be followed. Expected {_MIN_STRIDES} "
                    "at least: elsewhere the acceleration is zero or missing at the start of the stride, so that its "
                    "orientation is unknown. Check the accelerometer, or align the sensor by hand."
                )
            straight = paths.take(_is_straight(paths))
            travel = _main_direction(straight.direction)
            if is_last and self._sign is not None:
                travel += np.pi * self._is_backward(data, strides, rotation_from_angle(_UP, -travel) * rotation)
            along_travel = rotation_from_angle(_UP, -travel) * rotation
            rotation = rotation_from_angle(_UP, toe_out) * along_travel
            rotation = get_gravity_rotation(_median(rotation.apply(gravity)), self._gravity.gravity) * rotation
        evidence: Evidence = {
            "foot": foot,
            "n_strides": len(strides),
            "n_straight_strides": len(straight.direction),
            "rest_threshold_dps": strides.threshold,
            **gravity_evidence,
            **self._main_axis_evidence(data, strides, along_travel, foot, straight.turned(-travel)),
            **_direction_evidence(straight.turned(-travel)),
        }
        return {
            "rotation": rotation,
            "evidence": evidence,
            "findings": describe_doubts(evidence, self._toe_out_deg),
        }

    def _find_gravity(
        self, data: SingleSensorData, strides: RestToRestStrides
    ) -> tuple[NDArray[np.float64], dict[str, Any]]:
        """Find accelerations, the median of which is gravity."""
        mid_stances = mean_acc_at(data, np.unique(np.concatenate([strides.start, strides.end])), self._rate)
        mid_stances = mid_stances[np.isfinite(mid_stances).all(axis=1) & (mid_stances != 0).any(axis=1)]
        if len(mid_stances) == 0:
            raise DataQualityError(
                f"The acceleration is zero or missing at the start of all {len(strides)} strides, so gravity cannot be "
                "told. Check the accelerometer, or align the sensor by hand."
            )
        mid_stance = np.median(mid_stances, axis=0)
        rests = self._rests(data)
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

    def _rests(self, data: SingleSensorData) -> list[NDArray[np.float64]]:
        """Accelerations at rest, those of each orientation of the sensor by themselves."""
        window = self._gravity._window_length(self._rate)
        if len(data) < window:
            return []
        gyr, threshold = data[SF_GYR].to_numpy(dtype=float), float(self._gravity.static_signal_th)
        sequences = find_static_sequences(gyr, window, threshold, self._gravity.metric)
        is_static = start_end_array_to_bool_array(sequences, len(data))
        acc = np.column_stack([data[column].to_numpy(dtype=float) for column in SF_ACC])
        # Zeros have no direction (a channel that has stopped measuring).
        samples = np.flatnonzero(is_static & np.isfinite(acc).all(axis=1) & (acc != 0).any(axis=1))
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
        has_direction = (directions != 0).any(axis=1)
        still = np.flatnonzero((scatter < _MAX_REST_SCATTER**2) & has_direction)
        group = np.full(len(starts), -1)
        group[still] = _group_directions(directions[still])
        group = np.repeat(group, lengths)
        large = [n for n in range(group.max(initial=-1) + 1) if np.mean(group == n) >= _MIN_SHARE_OF_REST]
        return [acc] if len(large) <= 1 else [acc[group == number] for number in large]

    def _is_backward(self, data: SingleSensorData, strides: RestToRestStrides, rotation: Rotation) -> bool:
        assert self._sign is not None
        start = max(0, int(strides.start[0]) - round(2 * self._rate))
        part = data.iloc[start : start + round(_SIGN_DURATION_S * self._rate)]
        is_missing = ~np.isfinite(part.to_numpy()).all(axis=1)
        # Up to the first gap after the first stride.
        n_samples = int(np.argmax(is_missing)) if is_missing.any() else len(part)
        part = rotate_dataset(part.iloc[:n_samples], rotation)
        return bool(self._sign.clone().align(part, sampling_rate_hz=self._rate).is_flipped_)  # type: ignore[attr-defined]

    def _main_axis_evidence(
        self,
        data: SingleSensorData,
        strides: RestToRestStrides,
        rotation: Rotation,
        foot: Foot | None,
        paths: StridePaths,
    ) -> dict[str, float]:
        """Compare the main axis of rotation with the direction of travel, and with the axis about which heels lift."""
        with warnings.catch_warnings():
            # That there is no main axis is part of the confidence.
            warnings.simplefilter("ignore", UncertainAlignmentWarning)
            pca = self._pca.clone().align(rotate_dataset(take_strides(data, strides), rotation))
        assert isinstance(pca.rotation_, Rotation)
        assert isinstance(pca.variance_ratio_, float)
        # The sign of the main axis is arbitrary.
        angle = (pca.rotation_.as_rotvec(degrees=True)[2] + 90) % 180 - 90
        return {
            "main_axis_ratio": pca.variance_ratio_,
            "travel_angle_deg": float(-angle if foot == "right" else angle),
            "lateral_turn_deg": float(np.rad2deg(np.median(paths.turned(np.deg2rad(angle)).turn[:, 0]))),
        }


def _is_straight(paths: StridePaths) -> NDArray[np.bool_]:
    """Tell which strides show the direction of travel; all, if hardly any is straight."""
    turn_deg = np.rad2deg(np.abs(paths.heading_change))
    is_straight = (turn_deg <= _MAX_STRAIGHT_TURN_DEG) & (
        paths.length >= _MIN_SHARE_OF_LENGTH * np.median(paths.length)
    )
    return is_straight if is_straight.sum() >= _MIN_STRIDES else np.ones(len(is_straight), bool)


def _main_direction(directions: NDArray[np.float64]) -> float:
    """Find the median direction of the majority; some may go the opposite way."""
    axis = float(np.angle(np.exp(2j * directions).mean()) / 2)
    if np.sum(np.sign(np.cos(directions - axis))) < 0:
        axis += np.pi
    deviations = angle_diff(directions, axis)
    return axis + float(np.median(deviations[np.cos(deviations) > 0]))


def _direction_evidence(paths: StridePaths) -> dict[str, Any]:
    """Tell how far strides go in the direction of x, and how the foot turns in them."""
    deviation_deg = np.abs(np.rad2deg(paths.direction))
    is_forward = deviation_deg < 90
    return {
        "heading_spread_deg": float(np.median(deviation_deg[is_forward])) if is_forward.any() else 180.0,
        "forward_share": float(is_forward.mean()),
        "turned_share": _share_of_outliers(deviation_deg, _MAX_OTHERWISE_DEG),
        "heel_lift_share": float((paths.turn[:, 1] > 0).mean()),
        "stride_length_m": float(np.median(paths.length)),
    }


def _group_directions(directions: NDArray[np.float64]) -> NDArray[np.int64]:
    """Give each direction the number of its group, whose members are close to the middle one."""
    group = np.full(len(directions), -1)
    number = 0
    while (left := np.flatnonzero(group < 0)).size:
        middle = np.median(directions[left], axis=0)
        leader = left[np.argmin(np.linalg.norm(directions[left] - middle, axis=1))]
        angles_deg = np.rad2deg(find_unsigned_3d_angle(directions[left], directions[leader]))
        group[left[angles_deg <= _SAME_DIRECTION_DEG]] = number
        group[leader] = number  # in any case: the loop must end
        number += 1
    return group


def _share_of_outliers(angles_deg: NDArray[np.float64], limit_deg: float) -> float:
    """Share of the angles above the limit; one of them is chance."""
    return max(0, int((angles_deg > limit_deg).sum()) - 1) / len(angles_deg)


def _median(acc: NDArray[np.float64]) -> NDArray[np.float64]:
    return np.median(acc, axis=0)


def _angle_deg(first: NDArray[np.float64], second: NDArray[np.float64]) -> float:
    return float(np.rad2deg(find_unsigned_3d_angle(first, second)))
