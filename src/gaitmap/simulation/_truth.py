"""What is exactly known about a simulated recording."""

from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.simulation._foot_motion import FootMotion
from gaitmap.simulation._footsteps import Plan
from gaitmap.simulation._gait_parameters import Foot
from gaitmap.simulation._sensor_model import SensorModel
from gaitmap.utils._checks import check_option
from gaitmap.utils.consts import GF_ORI, GF_POS, GF_VEL

#: Points per stride at which quantities without closed form (maxima, arc length) are taken.
_POINTS = 257
_STRIDES_AT_ONCE = 200
_GAIT_KINDS = ("walk", "shuffle", "turn", "stairs_up", "stairs_down")


class Truth:
    """Strides, events, parameters and paths that a simulated recording was made from.

    Parameters
    ----------
    plan
        All steps.
    motion
        ``{foot: motion}``.
    models
        ``{foot: sensor}``, whose clocks turn times into samples.
    sampling_rate_hz
        Nominal sampling rate in Hz.

    Attributes
    ----------
    strides
        ``{sensor: stride list}`` from rest to rest (type ``min_vel``), one row per stride with all events, that is
        without the first swing of a bout, which has no contact before: index ``s_id``, columns ``start``, ``end``,
        ``ic``, ``tc``, ``min_vel``, ``pre_ic`` (nearest samples), ``kind`` (``walk``, ``shuffle``, ``turn``,
        ``stairs_up``, ``stairs_down``), ``bout``.
    segmented_strides
        ``{sensor: stride list}`` from the push-off (the most negative ``gyr_ml``) to the next one (type
        ``segmented``), that is without the last swing of a bout: index ``s_id``, columns ``start``, ``end``, ``ic``,
        ``tc``, ``min_vel`` (samples), ``kind``, ``bout``.
    event_times
        ``{sensor: frame}``: exact true times in s of all swings, the first and the last ones of each bout included:
        index ``s_id``, columns as in ``strides``; ``pre_ic`` is NaN in the first swing of a bout.
    parameters
        ``{sensor: frame}`` of all swings, index ``s_id``, with the names of the parameter classes. In closed form:
        ``stride_time``, ``swing_time``, ``stance_time`` (s), ``stride_length`` (m), ``gait_velocity`` (m/s),
        ``ic_angle``, ``tc_angle``, ``turning_angle`` (deg), ``height_change`` and ``clearance`` (of the toe in the
        middle of swing; m). From 257 points of the exact path per stride, better than 0.1 mm and 0.01 deg:
        ``arc_length``, ``max_sensor_lift``, ``max_lateral_excursion`` (m) and ``max_orientation_change`` (deg).
    activities
        One row per activity: ``kind``, ``start_s``, ``end_s``, ``bout`` (-1 where it is no gait).
    """

    def __init__(
        self, plan: Plan, motion: dict[Foot, FootMotion], models: dict[Foot, SensorModel], sampling_rate_hz: float
    ) -> None:
        self._plan = plan
        self._motion = motion
        self._models = models
        self.sampling_rate_hz = sampling_rate_hz

    @cached_property
    def activities(self) -> pd.DataFrame:
        """One row per activity."""
        return pd.DataFrame(self._plan.activities, columns=["kind", "start_s", "end_s", "bout"]).astype(
            {"kind": "str", "start_s": "float64", "end_s": "float64", "bout": "int64"}
        )

    @cached_property
    def event_times(self) -> dict[str, pd.DataFrame]:
        """Events as true times in s."""
        result = {}
        for foot in self._plan.steps:
            steps = self._gait_steps(foot)
            names = ["start", "end", "ic", "tc", "min_vel", "pre_ic", "kind", "bout"]
            table = pd.DataFrame({name: steps["start" if name == "min_vel" else name] for name in names})
            dtypes = dict.fromkeys(names[:6], "float64") | {"kind": "str", "bout": "int64"}
            result[f"{foot}_sensor"] = table.rename_axis("s_id").astype(dtypes)
        return result

    @cached_property
    def strides(self) -> dict[str, pd.DataFrame]:
        """Strides from rest to rest."""
        names = ["start", "end", "ic", "tc", "min_vel", "pre_ic"]
        return {
            f"{foot}_sensor": self._in_samples(foot, self.event_times[f"{foot}_sensor"].dropna(), names)
            for foot in self._models
        }

    @cached_property
    def segmented_strides(self) -> dict[str, pd.DataFrame]:
        """Strides from push-off to push-off."""
        result = {}
        for foot in self._models:
            times = self.event_times[f"{foot}_sensor"].drop(columns="pre_ic")
            parts = range(0, len(times), _STRIDES_AT_ONCE)
            push_off = np.concatenate(
                [np.empty(0), *(self._push_off(foot, times[i : i + _STRIDES_AT_ONCE]) for i in parts)]
            )
            times["min_vel"] = times["end"]
            times["start"], times["end"] = push_off, np.append(push_off[1:], np.nan)
            complete = times["bout"].eq(times["bout"].shift(-1))
            names = ["start", "end", "ic", "tc", "min_vel"]
            result[f"{foot}_sensor"] = self._in_samples(foot, times[complete], names)
        return result

    @cached_property
    def parameters(self) -> dict[str, pd.DataFrame]:
        """Parameters of all strides."""
        return {f"{foot}_sensor": self._parameters(foot) for foot in self._plan.steps}

    def trajectory(self, sensor: str, frame: Literal["world", "stride"] = "world") -> pd.DataFrame:
        """Calculate the path of a sensor at the samples of each swing of gait, from rest to rest.

        Parameters
        ----------
        sensor
            ``"left_sensor"`` or ``"right_sensor"``.
        frame
            ``"world"``: one frame for both feet and the whole recording, x in the direction of the first steps, z up.
            ``"stride"``: origin and heading of the sensor at the start of each stride, as trajectory reconstruction
            returns it.

        Returns
        -------
        pandas.DataFrame
            Index (``s_id``, ``sample``), columns ``pos_x..z`` (m), ``vel_x..z`` (m/s), ``q_x..q_w``; n + 1 rows per
            stride.
        """
        return self.part_of_trajectory(sensor, 0, len(self.event_times[sensor]), frame)

    def part_of_trajectory(
        self, sensor: str, first: int, last: int, frame: Literal["world", "stride"] = "world"
    ) -> pd.DataFrame:
        """Calculate :meth:`trajectory` for the swings from number ``first`` up to but without ``last``."""
        check_option("Truth.trajectory", "frame", frame, ("world", "stride"))
        foot: Foot = "left" if sensor == "left_sensor" else "right"
        strides = self._in_samples(foot, self.event_times[sensor].iloc[first:last], ["start", "end"])
        start, lengths = strides["start"].to_numpy(), (strides["end"] - strides["start"]).to_numpy() + 1
        number = np.repeat(np.arange(len(strides)), lengths)
        sample = np.arange(len(number)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        # The last sample of a stride is the first of the next one: times do not go back.
        time = self._models[foot].time_of(start[number] + sample, self.sampling_rate_hz)
        state = self._motion[foot].state(time)
        position, velocity, orientation = state.position, state.velocity, state.orientation
        if frame == "stride" and len(number):
            begin = np.cumsum(lengths) - lengths
            turn = Rotation.from_euler("Z", -state.yaw[begin, None])[number]
            position = turn.apply(position - position[begin][number])
            velocity = turn.apply(velocity)
            orientation = (turn * Rotation.from_quat(orientation)).as_quat()
        index = pd.MultiIndex.from_arrays([strides.index.to_numpy()[number], sample], names=["s_id", "sample"])
        values = np.hstack([position, velocity, orientation])
        return pd.DataFrame(values, index=index, columns=[*GF_POS, *GF_VEL, *GF_ORI])

    def _gait_steps(self, foot: Foot) -> dict[str, np.ndarray]:
        steps = self._plan.steps[foot]
        is_gait = np.isin(steps["kind"], _GAIT_KINDS)
        return {name: column[is_gait] for name, column in steps.items()}

    def _in_samples(self, foot: Foot, times: pd.DataFrame, names: list[str]) -> pd.DataFrame:
        table = times.copy()
        for name in names:
            samples = self._models[foot].sample_at(table[name].to_numpy(), self.sampling_rate_hz)
            table[name] = np.round(samples).astype(np.int64)
        return table

    def _push_off(self, foot: Foot, times: pd.DataFrame) -> np.ndarray:
        """Time of the fastest plantarflexion before each terminal contact."""
        start, tc = times["start"].to_numpy(), times["tc"].to_numpy()
        grid = start[:, None] + (tc - start)[:, None] * np.linspace(0, 1, _POINTS)
        rate = self._motion[foot].state(grid.ravel()).angular_rate[:, 1].reshape(grid.shape)
        return grid[np.arange(len(grid)), rate.argmax(axis=1)]

    def _parameters(self, foot: Foot) -> pd.DataFrame:
        times = self.event_times[f"{foot}_sensor"]
        steps = self._gait_steps(foot)
        table = pd.DataFrame(index=times.index)
        table["stride_time"] = times["ic"] - times["pre_ic"]
        table["swing_time"] = times["ic"] - times["tc"]
        table["stance_time"] = times["tc"] - times["pre_ic"]
        way = steps["pose_to"] - steps["pose_from"]
        table["stride_length"] = np.hypot(way[:, 0], way[:, 1])
        table["gait_velocity"] = table["stride_length"] / table["stride_time"]
        table["ic_angle"] = steps["ic_angle"]
        table["tc_angle"] = steps["tc_angle"]
        table["turning_angle"] = way[:, 3]
        table["height_change"] = way[:, 2]
        table["clearance"] = steps["clearance"]
        shape = [self._shape(foot, times[i : i + _STRIDES_AT_ONCE]) for i in range(0, len(times), _STRIDES_AT_ONCE)]
        names = ["arc_length", "max_sensor_lift", "max_lateral_excursion", "max_orientation_change"]
        table[names] = np.concatenate(shape) if shape else np.empty((0, 4))
        return table.astype("float64")

    def _shape(self, foot: Foot, times: pd.DataFrame) -> np.ndarray:
        """Arc length, lift, excursion and range of the sole angle of some strides."""
        start, end = times["start"].to_numpy(), times["end"].to_numpy()
        grid = start[:, None] + (end - start)[:, None] * np.linspace(0, 1, _POINTS)
        # The last point of a stride is the first of the next one: times stay ascending.
        state = self._motion[foot].state(grid.ravel())
        position = state.position.reshape(len(times), _POINTS, 3)
        speed = np.linalg.norm(state.velocity, axis=1).reshape(len(times), _POINTS)
        angle = state.sole_angle_deg.reshape(len(times), _POINTS)
        arc = (speed.sum(axis=1) - (speed[:, 0] + speed[:, -1]) / 2) * (end - start) / (_POINTS - 1)
        way = position - position[:, :1]
        total = way[:, -1]
        length = np.hypot(total[:, 0], total[:, 1])
        across = np.abs(total[:, :1] * way[..., 1] - total[:, 1:2] * way[..., 0])
        with np.errstate(divide="ignore", invalid="ignore"):
            excursion = np.where(length > 0, _peak(across) / length, np.nan)
        return np.column_stack([arc, _peak(way[..., 2]), excursion, _peak(angle) + _peak(-angle)])


def _peak(values: np.ndarray) -> np.ndarray:
    """Maximum of each row, refined by the parabola through the largest value and its neighbours."""
    at = np.clip(values.argmax(axis=1), 1, values.shape[1] - 2)
    row = np.arange(len(values))
    low, top, high = values[row, at - 1], values[row, at], values[row, at + 1]
    bend = 2 * top - low - high
    with np.errstate(divide="ignore", invalid="ignore"):
        refined = top + np.where(bend > 0, (high - low) ** 2 / (8 * bend), 0.0)
    return np.where((top >= low) & (top >= high), refined, values.max(axis=1))
