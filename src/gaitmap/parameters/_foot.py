"""How the foot moves in each stride: angles, clearance, circumduction, smoothness."""

from collections.abc import Mapping, Sequence
from typing import Literal, Self

import numpy as np
import pandas as pd

from gaitmap._kernels.foot_path import clearance_over_floor, swing_path_parameters
from gaitmap._kernels.parameters import (
    sole_angle,
    stride_orientation_parameters,
    stride_path_parameters,
    value_at_sample,
)
from gaitmap.base import BaseAlgorithm
from gaitmap.base._sensors import check_sensors_present
from gaitmap.parameters._strides import (
    StrideRows,
    event_samples,
    find_stride_rows,
    make_pretty,
    sample_numbers,
    trajectory_values,
)
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate, parameter_error
from gaitmap.utils.consts import GF_ORI, GF_POS, SL_INDEX
from gaitmap.utils.datatype_helper import (
    MultiSensorOrientationList,
    MultiSensorPositionList,
    MultiSensorStrideList,
    is_multi_sensor_stride_list,
    is_orientation_list,
    is_position_list,
    set_correct_index,
)
from gaitmap.utils.exceptions import ValidationError

_LANDMARKS = ("toe", "heel")
_OF_LANDMARK = {
    "toe": ["min_toe_clearance", "max_toe_clearance_1", "max_toe_clearance_2"],
    "heel": ["max_heel_clearance"],
}


class FootParameterCalculation(BaseAlgorithm):
    """Calculate foot angles, clearance, circumduction, path-corrected speed and smoothness of each stride.

    Needs stride lists with gait events and the path of the sensor in the global frame (z up) for each stride, of a left
    and a right foot sensor or of one of them. The x axis of the sensor points to the toes.

    Parameters
    ----------
    landmarks
        Where toe and heel are, as seen from the sensor: coordinates in m in the sensor frame (x to the toes, y to the
        left, z up), for example ``{"toe": (0.12, 0, -0.06), "heel": (-0.14, 0, -0.06)}``. Their clearance can only be
        calculated with this geometry; None leaves it out.
    foot_flat
        What counts as sole angle 0 of ``min_vel`` strides: the sole angle at the ``"start"`` of the stride, or the
        straight line between those at start and end (``"linear"``). For ``ic`` strides it is the one at ``min_vel``.
    max_turning_angle_deg
        Strides that turn by more have no circumduction.
    left
        Name of the sensor on the left foot.
    right
        Name of the sensor on the right foot.
    expected_stride_type
        What kind of stride list is passed: ``"min_vel"`` or ``"ic"``.

    Attributes
    ----------
    parameters_
        Dict of tables, one per foot, one row per stride, indexed by ``s_id``, with the columns of the Notes.
    parameters_pretty_
        The same values with readable names that carry the unit.

    Other Parameters
    ----------------
    stride_event_list
        The stride lists passed to ``calculate``.
    positions
        The positions passed to ``calculate``.
    orientations
        The orientations passed to ``calculate``.
    sampling_rate_hz
        The sampling rate of events, positions and orientations in Hz.

    Notes
    -----
    Swing lasts from terminal to initial contact; "above the floor" is above the straight line between the heights at
    start and end of the stride, so that slopes do not count. What a stride does not allow is NaN.

    - ``foot_strike_angle``, ``toe_off_angle`` [deg]: sole angle at initial and terminal contact minus that of the flat
      foot, positive with the toes up: how the sensor is mounted does not matter.
    - ``foot_progression_angle`` [deg]: angle between the x axis of the sensor at the start of the stride and the
      direction of the stride, positive with the toes pointing outwards. Contains the mounting about the vertical.
    - ``path_corrected_speed`` [m/s]: length of the arc over the stride length as chord, ``L (a / 2) / sin(a / 2)``
      with the turning angle a, divided by the duration of the same stride (start to end). ``gait_velocity`` is too low
      in curves, and for ``min_vel`` strides divides by the duration of a period that is somewhat earlier.
    - ``circumduction``, ``medial_excursion`` [m]: largest outward and inward distance of the sensor from the straight
      line between start and end during swing; 0 if it stays on the other side [1]_.
    - ``min_sensor_clearance`` [m]: smallest height of the sensor above the floor in the middle of swing (20 to 80 %).
    - ``height_change`` [m]: height at the end minus height at the start. 0 if the integration assumes level ground.
    - ``swing_smoothness``: negative log dimensionless jerk of the swing, ``-ln(T^3 / v_max^2 * integral of jerk^2)``
      [2]_; smoother movements are closer to 0, the smoothest possible one from rest to rest has -5.32.
    - ``min_toe_clearance`` [m]: the local minimum of the height of the toe in swing, between the two maxima
      ``max_toe_clearance_1`` and ``max_toe_clearance_2`` [3]_ [4]_; NaN without such a minimum. ``max_heel_clearance``
      [m]: largest height of the heel in swing.

    Toe clearance is one to two cm, the size of the vertical drift of an integrated stride: look at medians over many
    strides.

    References
    ----------
    .. [1] Washabaugh, E. P., Kalyanaraman, T., Adamczyk, P. G., Claflin, E. S., & Krishnan, C. (2017). Validity and
       repeatability of inertial measurement units for measuring gait parameters. Gait & Posture, 55, 87-93.
    .. [2] Hogan, N., & Sternad, D. (2009). Sensitivity of smoothness measures to movement duration, amplitude, and
       arrests. Journal of Motor Behavior, 41(6), 529-534.
    .. [3] Winter, D. A. (1992). Foot trajectory in human gait: a precise and multifactorial motor control task.
       Physical Therapy, 72, 45-53. https://doi.org/10.1093/ptj/72.1.45
    .. [4] Mariani, B., Rochat, S., Büla, C. J., & Aminian, K. (2012). Heel and toe clearance estimation for gait
       analysis using wireless inertial sensors. IEEE Transactions on Biomedical Engineering, 59(11), 3162-3168.
       https://doi.org/10.1109/TBME.2012.2216263

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.parameters import FootParameterCalculation
    >>> events = pd.DataFrame({"start": [0], "end": [100], "min_vel": [0], "pre_ic": [-20], "tc": [30], "ic": [80]})
    >>> path = pd.DataFrame({"s_id": 0, "sample": range(101), "pos_x": np.linspace(0, 1.4, 101)})
    >>> path["pos_y"] = 0.03 * np.sin(np.linspace(0, np.pi, 101))  # 3 cm to the left
    >>> path = path.assign(pos_z=0.0, q_x=0.0, q_y=0.0, q_z=0.0, q_w=1.0)
    >>> feet = {"left_sensor": path}
    >>> strides = {"left_sensor": events.rename_axis("s_id")}
    >>> found = FootParameterCalculation().calculate(strides, feet, feet, sampling_rate_hz=100).parameters_
    >>> found["left_sensor"][["path_corrected_speed", "circumduction", "medial_excursion"]]
          path_corrected_speed  circumduction  medial_excursion
    s_id
    0                      1.4           0.03               0.0
    """

    _action_methods = ("calculate",)

    parameters_: dict[str, pd.DataFrame]

    stride_event_list: MultiSensorStrideList
    positions: MultiSensorPositionList
    orientations: MultiSensorOrientationList
    sampling_rate_hz: float

    def __init__(
        self,
        landmarks: Mapping[str, Sequence[float]] | None = None,
        foot_flat: Literal["start", "linear"] = "start",
        max_turning_angle_deg: float = 10.0,
        left: str = "left_sensor",
        right: str = "right_sensor",
        expected_stride_type: Literal["min_vel", "ic"] = "min_vel",
    ) -> None:
        self.landmarks = landmarks
        self.foot_flat = foot_flat
        self.max_turning_angle_deg = max_turning_angle_deg
        self.left = left
        self.right = right
        self.expected_stride_type = expected_stride_type

    @property
    def parameters_pretty_(self) -> dict[str, pd.DataFrame]:
        """Parameters with readable names."""
        return make_pretty(self.parameters_)  # type: ignore[return-value] # a dict of a dict

    def calculate(
        self,
        stride_event_list: MultiSensorStrideList,
        positions: MultiSensorPositionList,
        orientations: MultiSensorOrientationList,
        sampling_rate_hz: float,
    ) -> Self:
        """Calculate the parameters of all strides.

        Parameters
        ----------
        stride_event_list
            Dict with a stride list of the expected type for the left and the right sensor, or for one of them. Other
            sensors are ignored.
        positions
            Dict with the positions (m) of these sensors, per stride: ``s_id`` and ``sample`` (0 at the start of the
            stride) as columns or index.
        orientations
            Dict with the orientations (quaternions) of these sensors in the same form.
        sampling_rate_hz
            The sampling rate of events, positions and orientations in Hz.

        Returns
        -------
        self
            The instance with the results as attributes.

        Raises
        ------
        ValidationError
            If the stride lists are not of the expected type, neither foot is among them, or positions or orientations
            are malformed or lack one of the feet.
        ValueError
            If a parameter of this class or the sampling rate is not valid.
        """
        self.stride_event_list = stride_event_list
        self.positions = positions
        self.orientations = orientations
        self.sampling_rate_hz = sampling_rate_hz
        check_option(self, "expected_stride_type", self.expected_stride_type, ("min_vel", "ic"))
        check_option(self, "foot_flat", self.foot_flat, ("start", "linear"))
        check_number(self, "max_turning_angle_deg", self.max_turning_angle_deg, at_least=0)
        check_sampling_rate(self, sampling_rate_hz)
        landmarks = self._landmark_offsets()
        is_multi_sensor_stride_list(stride_event_list, stride_type=self.expected_stride_type, raise_exception=True)
        outward = {
            sensor: side for sensor, side in ((self.left, 1.0), (self.right, -1.0)) if sensor in stride_event_list
        }
        if not outward or self.left == self.right:
            raise ValidationError(
                f"foot parameters: no stride list of the left or right foot. Found the sensors "
                f"{list(stride_event_list)}. Expected {self.left!r} and {self.right!r}. Set `left` and `right` to the "
                "names of the sensors."
            )
        for paths, check, kind in (
            (positions, is_position_list, "positions"),
            (orientations, is_orientation_list, "orientations"),
        ):
            if isinstance(paths, pd.DataFrame) or paths is None:
                raise ValidationError(
                    f"foot parameters: {kind} must be a dict, like the stride lists. Found one table."
                )
            check_sensors_present(list(outward), paths, "foot parameters")
            for sensor in outward:
                check(paths[sensor], "stride")  # type: ignore[operator]
        self.parameters_ = {
            sensor: self._of_foot(stride_event_list[sensor], positions[sensor], orientations[sensor], side, landmarks)
            for sensor, side in outward.items()
        }
        return self

    def _landmark_offsets(self) -> dict[str, np.ndarray]:
        landmarks = {name: np.asarray(offset, dtype=float) for name, offset in (self.landmarks or {}).items()}
        if not set(landmarks) <= set(_LANDMARKS) or any(
            offset.shape != (3,) or not np.isfinite(offset).all() for offset in landmarks.values()
        ):
            raise parameter_error(
                self, "landmarks", f"None, or a dict with x, y, z in m for {' and '.join(_LANDMARKS)}", self.landmarks
            )
        return landmarks

    def _of_foot(
        self,
        strides: pd.DataFrame,
        positions: pd.DataFrame,
        orientations: pd.DataFrame,
        outward: float,
        landmarks: dict[str, np.ndarray],
    ) -> pd.DataFrame:
        strides = set_correct_index(strides, SL_INDEX)
        rows = find_stride_rows(positions, strides.index)
        turns = find_stride_rows(orientations, strides.index)
        path = trajectory_values(positions, GF_POS, rows.order)
        quaternion = trajectory_values(orientations, GF_ORI, turns.order)
        start = event_samples(strides, "start")
        swing = [
            np.floor(event_samples(strides, event) - start + 0.5)
            for event in ("tc", "ic" if self.expected_stride_type == "min_vel" else "end")
        ]
        sample = sample_numbers(orientations, turns.order)
        # The initial contact of an ic stride is its start, and foot strike the one at its beginning.
        strike = swing[1] if self.expected_stride_type == "min_vel" else np.zeros(len(strides))

        angle = sole_angle(quaternion)
        turning = stride_orientation_parameters(quaternion, angle, turns.first, turns.last)[:, 1]
        at = [value_at_sample(angle, sample, turns.first, turns.last, event) for event in (strike, swing[0])]
        if self.expected_stride_type == "min_vel":
            flat = [self._flat_angle(angle, turns.first, turns.last, event) for event in (strike, swing[0])]
        else:
            stance = np.floor(event_samples(strides, "min_vel") - start + 0.5)
            flat = [value_at_sample(angle, sample, turns.first, turns.last, stance)] * 2
        length = stride_path_parameters(path, rows.first, rows.last)[:, 0]
        swing_rows = _rows_of(swing, path, sample_numbers(positions, rows.order), rows.first, rows.last)
        of_swing = swing_path_parameters(path, rows.first, rows.last, *swing_rows, outward)
        straight = ~(np.abs(turning) > self.max_turning_angle_deg)
        duration = (event_samples(strides, "end") - start) / self.sampling_rate_hz
        with np.errstate(divide="ignore", invalid="ignore"):
            half = np.deg2rad(turning) / 2
            values = {
                "foot_strike_angle": at[0] - flat[0],
                "toe_off_angle": at[1] - flat[1],
                "foot_progression_angle": _progression(path, quaternion, rows, turns, outward),
                "path_corrected_speed": length / np.sinc(half / np.pi) / duration,
                "circumduction": np.where(straight, of_swing[:, 0], np.nan),
                "medial_excursion": np.where(straight, of_swing[:, 1], np.nan),
                "min_sensor_clearance": of_swing[:, 2],
                "height_change": of_swing[:, 3],
                "swing_smoothness": of_swing[:, 4],
            }
        same_rows = np.array_equal(rows.first, turns.first) and np.array_equal(rows.last, turns.last)
        for name, offset in landmarks.items():
            clearance = np.full((len(strides), 4), np.nan)
            if same_rows:
                height = path[:, 2] + _raised(quaternion, offset)
                clearance = clearance_over_floor(height, rows.first, rows.last, *swing_rows)
            columns = (0, 1, 2) if name == "toe" else (3,)
            values |= {label: clearance[:, k] for label, k in zip(_OF_LANDMARK[name], columns, strict=True)}
        return pd.DataFrame(values, index=strides.index)

    def _flat_angle(self, angle: np.ndarray, first: np.ndarray, last: np.ndarray, event: np.ndarray) -> np.ndarray:
        """Sole angle of the flat foot at the time of an event (samples from the start of the stride)."""
        padded = np.append(angle, np.nan)
        exists = last > first
        at_start = padded[np.where(exists, first, -1)]
        if self.foot_flat == "start":
            return at_start
        at_end = padded[np.where(exists, last - 1, -1)]
        with np.errstate(divide="ignore", invalid="ignore"):
            return at_start + (at_end - at_start) * event / (last - 1 - first)


def _rows_of(
    events: list[np.ndarray], path: np.ndarray, sample: np.ndarray, first: np.ndarray, last: np.ndarray
) -> list[np.ndarray]:
    """Rows of the trajectory at these samples of each stride; -1 where there is none."""
    numbers = np.arange(len(path), dtype=float)
    rows = (value_at_sample(numbers, sample, first, last, event) for event in events)
    return [np.where(np.isnan(row), -1, row).astype(np.int64) for row in rows]


def _raised(quaternion: np.ndarray, offset: np.ndarray) -> np.ndarray:
    """Height of a point fixed to the sensor above the sensor: last row of the rotation matrix times the offset."""
    x, y, z, w = quaternion.T
    with np.errstate(divide="ignore", invalid="ignore"):
        up = offset[0] * 2 * (x * z - w * y) + offset[1] * 2 * (y * z + w * x) + offset[2] * (w**2 - x**2 - y**2 + z**2)
        return up / (x**2 + y**2 + z**2 + w**2)


def _progression(
    path: np.ndarray, quaternion: np.ndarray, rows: StrideRows, turns: StrideRows, outward: float
) -> np.ndarray:
    """Outward angle of the foot at the start of each stride against the direction of the stride in deg."""
    result = np.full(len(rows.first), np.nan)
    known = (rows.last - rows.first > 1) & (turns.last > turns.first)
    x, y, z, w = quaternion[turns.first[known]].T
    heading = np.arctan2(2 * (x * y + z * w), w**2 + x**2 - y**2 - z**2)
    way = path[rows.last[known] - 1] - path[rows.first[known]]
    moved = np.hypot(way[:, 0], way[:, 1]) > 0
    difference = np.rad2deg(heading - np.arctan2(way[:, 1], way[:, 0]))
    result[known] = np.where(moved, outward * ((difference + 180) % 360 - 180), np.nan)
    return result
