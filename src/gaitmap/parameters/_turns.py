"""Turns: runs of strides of both feet that change the heading in the same direction."""

from typing import NamedTuple, Self

import numpy as np
import pandas as pd

from gaitmap.base import BaseAlgorithm
from gaitmap.base._sensors import check_sensors_present
from gaitmap.parameters._silent_foot import lies_in_hole, silent_parts
from gaitmap.parameters._strides import event_samples
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.consts import SL_INDEX
from gaitmap.utils.datatype_helper import MultiSensorStrideList, is_multi_sensor_stride_list, set_correct_index
from gaitmap.utils.exceptions import ValidationError

_COLUMNS = {
    "start": "int64",
    "end": "int64",
    "start_s": "float64",
    "duration_s": "float64",
    "turn_angle": "float64",
    "direction": "str",
    "n_strides": "int64",
    "n_steps": "int64",
    "mean_velocity": "float64",
    "peak_velocity": "float64",
}


class TurnDetection(BaseAlgorithm):
    """Find turns from the turning angles of the strides of both feet.

    Needs the stride lists of a left and a right foot sensor (or of one of them) in one time base, and the turning angle
    of each stride, as :class:`~gaitmap.parameters.SpatialParameterCalculation` calculates it.

    Parameters
    ----------
    min_stride_angle_deg
        A stride that turns by more is a turning stride.
    min_turn_angle_deg
        Runs of turning strides that change the heading by less are no turns.
    min_duration_s
        Shorter runs are no turns.
    max_duration_s
        Longer runs are no turns.
    left
        Name of the sensor on the left foot.
    right
        Name of the sensor on the right foot.

    Attributes
    ----------
    turns_
        One row per turn, indexed by ``turn_id`` (1, 2, ...): ``start``, ``end`` (samples), ``start_s``, ``duration_s``,
        ``turn_angle`` (change of heading in deg, positive to the left), ``direction`` (``"left"`` or ``"right"``),
        ``n_strides`` (turning strides of both feet), ``n_steps`` (strides of both feet that begin in the turn, gaps
        between strides counted by their duration, those of a foot twice where the other one is silent),
        ``mean_velocity`` and ``peak_velocity`` (deg/s, in the direction of the turn).
    excluded_turns_
        Runs of turning strides that are no turns: the same columns and the ``reason``: ``"angle_too_small"``,
        ``"too_short"``, ``"too_long"``.
    turning_strides_
        Whether each stride is a turning stride: dict of boolean series, indexed by ``s_id``, by sensor.

    Other Parameters
    ----------------
    stride_list
        The stride lists passed to ``detect``.
    parameters
        The tables with turning angles passed to ``detect``.
    sampling_rate_hz
        The sampling rate of the stride lists in Hz.
    between_strides
        The changes of heading between strides passed to ``detect``.

    Notes
    -----
    Sharp turns often hold no complete stride, and strides in them are not found. Where the change of heading between
    two strides is known (``between_strides``), it counts like that of a stride of this duration.

    Turning strides of either foot that turn in the same direction, with gaps shorter than one stride, form a turn. A
    person's heading is the mean of the headings of the feet, each of which turns in its own swing only; here every foot
    turns evenly during its stride, and stands where it has none. Where the other foot makes a complete stride in the
    meantime, it did not stand but is silent (its sensor lies still, began late, stopped, or a stride was not found):
    there the heading is that of the other foot alone. The angle of a turn is the change of that mean from the first
    start to the last end of its strides, the velocities are its derivative. The limits for angle and duration are those
    used with a sensor at the lower back [1]_, the one for strides is of the size used with sensors on the feet [2]_.
    Only changes within strides count: a slow drift of the heading adds nothing.

    References
    ----------
    .. [1] El-Gohary, M., Pearson, S., McNames, J., et al. (2014). Continuous monitoring of turning in patients with
       movement disability. Sensors, 14(1), 356-369. https://doi.org/10.3390/s140100356
    .. [2] Mariani, B., Hoskovec, C., Rochat, S., Büla, C., Penders, J., & Aminian, K. (2010). 3D gait assessment in
       young and elderly subjects using foot-worn inertial sensors. Journal of Biomechanics, 43, 2999-3006.
       https://doi.org/10.1016/j.jbiomech.2010.07.003

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.parameters import TurnDetection
    >>> left = pd.DataFrame({"start": np.arange(0, 600, 100)}).rename_axis("s_id")
    >>> left["end"] = left["start"] + 100
    >>> angles = pd.DataFrame({"turning_angle": [0.0, 0.0, 90.0, 90.0, 0.0, 0.0]}, index=left.index)
    >>> feet = {"left_sensor": left, "right_sensor": left + 50}
    >>> turns = TurnDetection().detect(feet, {sensor: angles for sensor in feet}, sampling_rate_hz=100)
    >>> turns.turns_[["start", "end", "turn_angle", "direction", "mean_velocity"]]
             start  end  turn_angle direction  mean_velocity
    turn_id
    1          200  450       180.0      left           72.0
    """

    _action_methods = ("detect",)

    turns_: pd.DataFrame
    excluded_turns_: pd.DataFrame
    turning_strides_: dict[str, pd.Series]

    stride_list: MultiSensorStrideList
    parameters: dict[str, pd.DataFrame]
    sampling_rate_hz: float
    between_strides: dict[str, pd.DataFrame] | None

    def __init__(
        self,
        min_stride_angle_deg: float = 20.0,
        min_turn_angle_deg: float = 45.0,
        min_duration_s: float = 0.5,
        max_duration_s: float = 10.0,
        left: str = "left_sensor",
        right: str = "right_sensor",
    ) -> None:
        self.min_stride_angle_deg = min_stride_angle_deg
        self.min_turn_angle_deg = min_turn_angle_deg
        self.min_duration_s = min_duration_s
        self.max_duration_s = max_duration_s
        self.left = left
        self.right = right

    def detect(
        self,
        stride_list: MultiSensorStrideList,
        parameters: dict[str, pd.DataFrame],
        sampling_rate_hz: float,
        *,
        between_strides: dict[str, pd.DataFrame] | None = None,
    ) -> Self:
        """Find the turns of a recording.

        Parameters
        ----------
        stride_list
            Dict with a stride list for the left and the right sensor, or for one of them. Other sensors are ignored.
        parameters
            Dict of tables with a column ``turning_angle`` (deg), indexed by ``s_id``. A stride without angle does not
            turn.
        sampling_rate_hz
            The sampling rate of the stride lists in Hz.
        between_strides
            Dict of tables with the changes of heading in gaps between strides, by sensor: ``start``, ``end`` (samples)
            and ``turning_angle`` (deg, may exceed 180). None: heading does not change there.

        Returns
        -------
        self
            The instance with the results as attributes.

        Raises
        ------
        ValidationError
            If this is not a dict of stride lists, neither foot is in it, or there are no turning angles.
        ValueError
            If a parameter of this class or the sampling rate is not valid.
        """
        self.stride_list = stride_list
        self.parameters = parameters
        self.sampling_rate_hz = sampling_rate_hz
        self.between_strides = between_strides
        sensors = self._check(stride_list, parameters, sampling_rate_hz)
        strides = {sensor: _foot(stride_list[sensor], parameters[sensor]) for sensor in sensors}
        self.turning_strides_ = {
            sensor: pd.Series(np.abs(foot.angle) > self.min_stride_angle_deg, index=foot.ids, name="turning")
            for sensor, foot in strides.items()
        }
        feet = {sensor: _with_gaps(foot, (between_strides or {}).get(sensor)) for sensor, foot in strides.items()}
        start, end, angle, n_steps = (np.concatenate(part) for part in list(zip(*feet.values(), strict=True))[1:])
        order = np.lexsort([end, start])
        start, end, angle = start[order], end[order], angle[order]
        is_stride = n_steps[order] == 0
        runs = [_runs(start, end, is_stride, sign * angle > self.min_stride_angle_deg) for sign in (1, -1)]
        table = self._describe(pd.concat(runs), list(feet.values()))
        reason = np.select(
            [
                table["turn_angle"].abs() < self.min_turn_angle_deg,
                table["duration_s"] < self.min_duration_s,
                table["duration_s"] > self.max_duration_s,
            ],
            ["angle_too_small", "too_short", "too_long"],
            default="",
        )
        kept = table[reason == ""]
        self.turns_ = kept.set_index(pd.RangeIndex(1, len(kept) + 1, name="turn_id"))
        excluded = table.assign(reason=pd.Series(reason, index=table.index, dtype="str"))
        self.excluded_turns_ = excluded[reason != ""].reset_index(drop=True)
        return self

    def _check(
        self, stride_list: MultiSensorStrideList, parameters: dict[str, pd.DataFrame], sampling_rate_hz: float
    ) -> list[str]:
        for name in ("min_stride_angle_deg", "min_turn_angle_deg", "min_duration_s"):
            check_number(self, name, getattr(self, name), at_least=0)
        check_number(self, "max_duration_s", self.max_duration_s, above=self.min_duration_s)
        check_sampling_rate(self, sampling_rate_hz)
        is_multi_sensor_stride_list(stride_list, raise_exception=True)
        sensors = [sensor for sensor in (self.left, self.right) if sensor in stride_list]
        if not sensors or self.left == self.right:
            raise ValidationError(
                f"turns: no stride list of the left or right foot. Found the sensors {list(stride_list)}. Expected "
                f"{self.left!r} and {self.right!r}. Set `left` and `right` to the names of the sensors."
            )
        check_sensors_present(sensors, parameters, "turns")
        for sensor in sensors:
            if "turning_angle" not in parameters[sensor]:
                raise ValidationError(
                    f"turns: the parameters of the sensor {sensor!r} have no column 'turning_angle'. Found "
                    f"{list(parameters[sensor].columns)}. Calculate the spatial parameters with orientations."
                )
        return sensors

    def _describe(self, runs: pd.DataFrame, feet: list["_Foot"]) -> pd.DataFrame:
        """Describe runs of turning strides (first start, last end, number of strides), sorted by start."""
        runs = runs.sort_values(["start", "end"], ignore_index=True)
        start, end = runs["start"].to_numpy(), runs["end"].to_numpy()
        times = np.unique(np.concatenate([np.concatenate([foot.start, foot.end]) for foot in feet]))
        heading = _common_heading(feet, times)
        first, last = np.searchsorted(times, start), np.searchsorted(times, end)
        turned = np.append(heading, np.nan)[last] - np.append(heading, np.nan)[first]
        rate = np.append(np.diff(heading) / np.diff(times), [0.0, 0.0]) * self.sampling_rate_hz
        if len(runs):
            borders = np.column_stack([first, last]).ravel()
            fastest = [np.maximum.reduceat(sign * rate, borders)[::2] for sign in (1, -1)]
        else:
            fastest = [np.zeros(0)] * 2
        all_starts = np.concatenate([foot.start for foot in feet])
        by_start = np.argsort(all_starts, kind="stable")
        all_starts = all_starts[by_start]
        steps = np.append(0, np.cumsum(np.concatenate(_count_steps(feet))[by_start]))
        duration = (end - start) / self.sampling_rate_hz
        table = {
            "start": np.round(start),
            "end": np.round(end),
            "start_s": start / self.sampling_rate_hz,
            "duration_s": duration,
            "turn_angle": turned,
            "direction": pd.Series(np.where(turned > 0, "left", "right"), dtype="str"),
            "n_strides": runs["n_strides"],
            "n_steps": steps[np.searchsorted(all_starts, end)] - steps[np.searchsorted(all_starts, start)],
            "mean_velocity": np.abs(turned) / duration,
            "peak_velocity": np.where(turned > 0, *fastest),
        }
        return pd.DataFrame(table).astype(_COLUMNS)


class _Foot(NamedTuple):
    """Strides, and gaps between them whose change of heading is known (``n_steps`` > 0), sorted by start."""

    ids: pd.Index
    start: np.ndarray
    end: np.ndarray
    angle: np.ndarray
    n_steps: np.ndarray


def _foot(strides: pd.DataFrame, parameters: pd.DataFrame) -> _Foot:
    """Collect the strides with start and end, sorted by start; a stride without angle does not turn."""
    strides = set_correct_index(strides, SL_INDEX)
    angle = set_correct_index(parameters, SL_INDEX)["turning_angle"].reindex(strides.index)
    start, end = event_samples(strides, "start"), event_samples(strides, "end")
    order = np.argsort(start, kind="stable")
    order = order[start[order] < end[order]]
    angles = np.nan_to_num(angle.to_numpy(dtype=float, na_value=np.nan))
    return _Foot(strides.index[order], start[order], end[order], angles[order], np.zeros(len(order), dtype=np.int64))


def _with_gaps(foot: _Foot, gaps: pd.DataFrame | None) -> _Foot:
    """Add the gaps between strides whose change of heading is known."""
    if gaps is None or len(gaps) == 0:
        return foot
    start, end, angle = (gaps[name].to_numpy(dtype=float) for name in ("start", "end", "turning_angle"))
    stride = np.median(foot.end - foot.start) if len(foot.start) else np.inf
    n_steps = np.maximum(np.round((end - start) / stride), 1).astype(np.int64)
    parts = ((foot.start, start), (foot.end, end), (foot.angle, np.nan_to_num(angle)), (foot.n_steps, n_steps))
    joined = [np.concatenate(part) for part in parts]
    order = np.argsort(joined[0], kind="stable")
    return _Foot(foot.ids, *(part[order] for part in joined))


def _runs(start: np.ndarray, end: np.ndarray, is_stride: np.ndarray, turning: np.ndarray) -> pd.DataFrame:
    """Join turning strides with gaps shorter than one stride."""
    start, end, is_stride = start[turning], end[turning], is_stride[turning].astype(np.int64)
    if len(start) == 0:
        return pd.DataFrame({"start": start, "end": end, "n_strides": np.zeros(0, dtype=np.int64)})
    reached = np.maximum.accumulate(end)
    is_new = np.append(True, start[1:] - reached[:-1] >= end[1:] - start[1:])
    first = np.flatnonzero(is_new)
    return pd.DataFrame(
        {
            "start": start[first],
            "end": np.maximum.reduceat(end, first),
            "n_strides": np.add.reduceat(is_stride, first),
        }
    )


def _common_heading(feet: list[_Foot], times: np.ndarray) -> np.ndarray:
    """Heading of the person: its changes are the mean of those of the feet that are not silent."""
    turned = np.array([np.diff(_heading(foot, times)) for foot in feet])
    is_there = np.ones(turned.shape, dtype=bool)
    if len(feet) == 2:
        for own, foot, other in ((0, feet[0], feet[1]), (1, feet[1], feet[0])):
            begin, stop = silent_parts(foot.start, foot.end, other.start, other.end)
            part = np.searchsorted(begin, times[:-1], side="right")
            is_there[own] = times[:-1] >= np.append(-np.inf, stop)[part]
    change = (turned * is_there).sum(axis=0) / np.maximum(is_there.sum(axis=0), 1)
    return np.append(0.0, np.cumsum(change))[: len(times)]


def _count_steps(feet: list[_Foot]) -> list[np.ndarray]:
    """Count the steps that begin with each stride or gap: those of the other foot as well where that is silent."""
    if len(feet) == 1:
        return [2 * np.maximum(feet[0].n_steps, 1)]
    return [
        np.maximum(foot.n_steps, 1) * (1 + lies_in_hole(other.start, other.end, foot.start, foot.end))
        for foot, other in ((feet[0], feet[1]), (feet[1], feet[0]))
    ]


def _heading(foot: _Foot, times: np.ndarray) -> np.ndarray:
    """Sum of the turning angles so far: even turning within a stride, none outside of strides."""
    if len(foot.start) == 0:
        return np.zeros(len(times))
    turned = np.cumsum(foot.angle)
    borders = np.maximum.accumulate(np.column_stack([foot.start, foot.end]).ravel())
    return np.interp(times, borders, np.column_stack([turned - foot.angle, turned]).ravel())
