"""What describes a walking bout, a day and a recording."""

from typing import Self

import numpy as np
import pandas as pd

from gaitmap.base import BaseAlgorithm
from gaitmap.parameters._days import daily_outcomes, day_borders, recorded_hours
from gaitmap.parameters._stride_columns import StrideColumns
from gaitmap.utils._checks import check_number, check_sampling_rate, parameter_error
from gaitmap.utils._clock_times import clock_times
from gaitmap.utils.consts import SL_INDEX
from gaitmap.utils.datatype_helper import set_correct_index
from gaitmap.utils.exceptions import ValidationError

_NO_HEIGHT = "heights of the strides are not known"
_LEVEL_ASSUMED = "the integration takes level ground for granted"


class ParameterAggregation(BaseAlgorithm):
    """Describe walking bouts, days and the recording.

    Needs walking bouts, as :class:`~gaitmap.parameters.WalkingBoutDetection` finds them, and tables of stride
    parameters. The statistics of all parameters are a table of their own, :func:`gaitmap.results.build_statistics`.

    Parameters
    ----------
    max_level_height_change_m
        Strides that change the height by less are level.
    min_wear_h
        Days with less recorded time do not count for the recording.
    min_days
        With fewer days that count there are no daily outcomes of the recording.
    left
        Name of the sensor on the left foot.
    right
        Name of the sensor on the right foot.

    Attributes
    ----------
    bout_parameters_
        One row per bout: the table of bouts (``start``, ``end``, ``duration_s``, ``n_strides``, ``n_steps``, ...), then
        ``end_s``, ``start_time`` (empty without start time), ``day``, ``coverage``, ``coverage_left``,
        ``coverage_right``, ``n_turns`` and ``turn_time_s`` (of the turns that begin in it), ``distance_m``,
        ``gait_speed`` (m/s), ``cadence`` (steps/min), ``mean_stride_time`` (s), ``mean_stride_length`` (m), the last
        four also of each foot (``..._left``, ``..._right``), ``straight_share``, ``turning_share``, ``level_share``,
        ``level_share_reason`` (why it is NaN).
    day_parameters_
        One row per day, indexed by ``day`` (1, 2, ...), also for days without gait: ``date`` (empty without start
        time), ``start_s``, ``end_s``, ``recorded_h``, ``n_strides``, ``n_bouts``, ``n_strides_in_bouts``,
        ``duration_s`` (of bouts), ``distance_m``, ``n_steps``, ``n_turns``, ``turn_time_s``, ``coverage`` (of bouts),
        speed, cadence, means and shares as above over all strides of the day, and the daily outcomes.
    recording_parameters_
        One row with the same columns over the whole recording, and ``n_days`` (that count). Its daily outcomes are the
        means over these days.

    Other Parameters
    ----------------
    bouts
        The bouts passed to ``aggregate``.
    annotated_stride_list
        The strides of the bouts passed to ``aggregate``.
    parameters
        The tables of stride parameters passed to ``aggregate``.
    sampling_rate_hz
        The sampling rate of bouts and strides in Hz.
    strides_outside
        The strides outside of bouts passed to ``aggregate``.
    turns
        The turns passed to ``aggregate``.
    turning_strides
        The marks of turning strides passed to ``aggregate``.
    duration_s
        The duration of the recording in s.
    start_time
        The clock time of the first sample.

    Notes
    -----
    Cadence is 120 divided by the mean stride time of the strides that are there, speed the sum of their lengths divided
    by the sum of the times of the same strides: a stride that was not found changes neither. What it changes is the
    coverage, the share of the duration of a bout (or of all bouts of a day) that lies in strides that were found, mean
    of the feet, and the distance, which is the sum of the stride lengths by the number of feet: the distance covered by
    the strides that were found. A foot begins its first stride while the other one is half through its own, so that
    coverage is below 1 by half a stride even if nothing is missing.

    Shares are those of the summed duration of the strides. ``level_share`` needs ``height_change`` in the parameters,
    and heights that the integration has not forced to be equal.

    A bout belongs to the day on which it starts, a stride to that of its bout, or without bout to that on which it
    starts. Days begin at midnight of the time zone of ``start_time`` and have 23 or 25 hours where the clock changes;
    without start time a day is a block of 24 h from the first sample.

    Daily outcomes [1]_ [2]_ come from values per bout; names, units and definitions are those of mobgap 1.2.0
    (``wb_30__walking_speed_mps__avg``, ``total_walking_duration_min``, ...; see
    :func:`gaitmap.parameters._days.daily_outcomes`). There a value of a bout is the mean over its strides, here it is
    the cadence and speed above; the two are equal up to the spread within a bout.

    References
    ----------
    .. [1] Kluge, F., Del Din, S., Cereatti, A., et al. (2021). Consensus based framework for digital mobility
       monitoring. PLoS ONE, 16(8), e0256541. https://doi.org/10.1371/journal.pone.0256541
    .. [2] Del Din, S., Godfrey, A., Galna, B., Lord, S., & Rochester, L. (2016). Free-living gait characteristics in
       ageing and Parkinson's disease. Journal of NeuroEngineering and Rehabilitation, 13, 46.
       https://doi.org/10.1186/s12984-016-0154-5

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.parameters import ParameterAggregation, WalkingBoutDetection
    >>> left = pd.DataFrame({"start": np.arange(0, 600, 100)}).rename_axis("s_id")
    >>> left["end"] = left["start"] + 100
    >>> feet = {"left_sensor": left, "right_sensor": left + 50}
    >>> lengths = {sensor: pd.DataFrame({"stride_length": 1.2, "stride_time": 1.0}, left.index) for sensor in feet}
    >>> found = WalkingBoutDetection().detect(feet, 100, parameters=lengths)
    >>> result = ParameterAggregation().aggregate(found.bouts_, found.annotated_stride_list_, lengths, 100)
    >>> result.bout_parameters_[["duration_s", "distance_m", "gait_speed", "cadence"]]
           duration_s  distance_m  gait_speed  cadence
    wb_id
    1             6.5         7.2         1.2    120.0
    """

    _action_methods = ("aggregate",)

    bout_parameters_: pd.DataFrame
    day_parameters_: pd.DataFrame
    recording_parameters_: pd.DataFrame

    bouts: pd.DataFrame
    annotated_stride_list: pd.DataFrame
    parameters: dict[str, pd.DataFrame]
    sampling_rate_hz: float
    strides_outside: pd.DataFrame | None
    turns: pd.DataFrame | None
    turning_strides: dict[str, pd.Series] | None
    duration_s: float | None
    start_time: pd.Timestamp | None

    def __init__(
        self,
        max_level_height_change_m: float = 0.15,
        min_wear_h: float = 0.0,
        min_days: int = 1,
        left: str = "left_sensor",
        right: str = "right_sensor",
    ) -> None:
        self.max_level_height_change_m = max_level_height_change_m
        self.min_wear_h = min_wear_h
        self.min_days = min_days
        self.left = left
        self.right = right

    def aggregate(
        self,
        bouts: pd.DataFrame,
        annotated_stride_list: pd.DataFrame,
        parameters: dict[str, pd.DataFrame],
        sampling_rate_hz: float,
        *,
        strides_outside: pd.DataFrame | None = None,
        turns: pd.DataFrame | None = None,
        turning_strides: dict[str, pd.Series] | None = None,
        duration_s: float | None = None,
        start_time: pd.Timestamp | None = None,
    ) -> Self:
        """Summarise the strides.

        Parameters
        ----------
        bouts
            Table of bouts (``bouts_`` of :class:`~gaitmap.parameters.WalkingBoutDetection`).
        annotated_stride_list
            The strides of the bouts (``annotated_stride_list_`` of the same).
        parameters
            Dict of tables with numbers per stride, indexed by ``s_id``, by sensor.
        sampling_rate_hz
            The sampling rate of bouts and strides in Hz.
        strides_outside
            Strides that are in no bout, but count for their day and the recording: columns ``foot`` ("left", "right"),
            ``s_id``, ``start``, ``end``. None: there are none.
        turns
            Turns (``turns_`` of :class:`~gaitmap.parameters.TurnDetection`). None: not known.
        turning_strides
            Which strides turn (``turning_strides_`` of the same). None: not known, shares are NaN.
        duration_s
            Duration of the recording in s; None takes the end of the last bout.
        start_time
            Clock time of the first sample with its time zone.

        Returns
        -------
        self
            The instance with the results as attributes.

        Raises
        ------
        ValidationError
            If bouts and strides are not such tables.
        ValueError
            If a parameter of this class or the sampling rate is not valid.
        """
        self.bouts = bouts
        self.annotated_stride_list = annotated_stride_list
        self.parameters = parameters
        self.sampling_rate_hz = sampling_rate_hz
        self.strides_outside = strides_outside
        self.turns = turns
        self.turning_strides = turning_strides
        self.duration_s = duration_s
        self.start_time = start_time
        self._check()
        strides = self._strides()
        values = self._values(strides)

        bout = pd.Index(bouts.index).get_indexer(strides["wb_id"])
        table = self._describe_bouts(strides, values, bout)
        last_end = float((strides["end"] / sampling_rate_hz).max()) if len(strides) else 0.0
        duration = float(duration_s if duration_s is not None else last_end)
        borders, dates = day_borders(start_time, duration)

        def day_of(start_s: np.ndarray) -> np.ndarray:
            return np.clip(np.searchsorted(borders, start_s, side="right") - 1, 0, len(dates) - 1)

        starts = strides["start"].to_numpy(dtype=float) / sampling_rate_hz
        inside = bout >= 0
        starts[inside] = table["start_s"].to_numpy()[bout[inside]]
        table.insert(table.columns.get_loc("end_s") + 1, "start_time", clock_times(start_time, table["start_s"]))
        table.insert(table.columns.get_loc("start_time") + 1, "day", day_of(table["start_s"].to_numpy()) + 1)
        self.bout_parameters_ = table

        days = self._describe_days(table, strides, values, day_of(starts), table["day"].to_numpy() - 1, len(dates))
        times = {
            "date": pd.Series(dates, dtype="str"),
            "start_s": np.clip(borders[:-1], 0, duration),
            "end_s": np.clip(borders[1:], 0, duration),
            "recorded_h": recorded_hours(borders, duration),
        }
        days = pd.concat([pd.DataFrame(times), days], axis=1)
        self.day_parameters_ = days.set_axis(pd.RangeIndex(1, len(days) + 1, name="day"))
        self.recording_parameters_ = self._describe_recording(table, strides, values, duration)
        return self

    def _check(self) -> None:
        check_number(self, "min_days", self.min_days, at_least=1)
        for name in ("max_level_height_change_m", "min_wear_h"):
            check_number(self, name, getattr(self, name), at_least=0)
        check_sampling_rate(self, self.sampling_rate_hz)
        if self.duration_s is not None:
            check_number(self, "duration_s", self.duration_s, at_least=0)
        if self.start_time is not None and pd.isna(self.start_time):
            raise parameter_error(self, "start_time", "a timestamp or None", self.start_time)
        needed = {"start", "end", "duration_s", "n_strides", "n_steps"}
        if not isinstance(self.bouts, pd.DataFrame) or not needed <= set(self.bouts.columns):
            raise ValidationError(
                f"aggregation: `bouts` is no table of walking bouts. Expected the columns {sorted(needed)}. Pass "
                "`bouts_` of WalkingBoutDetection."
            )
        names = getattr(getattr(self.annotated_stride_list, "index", None), "names", None)
        if names is None or list(names) != ["wb_id", "foot", "s_id"]:
            raise ValidationError(
                "aggregation: `annotated_stride_list` is no table of the strides of bouts. Expected the index levels "
                f"wb_id, foot, s_id. Found {names}. Pass `annotated_stride_list_` of WalkingBoutDetection."
            )

    def _strides(self) -> pd.DataFrame:
        """Strides of bouts and outside of them (bout 0), with duration and whether they turn (NaN: not known)."""
        strides = self.annotated_stride_list.reset_index()
        if self.strides_outside is not None and len(self.strides_outside):
            outside = self.strides_outside[["foot", "s_id", "start", "end"]].assign(wb_id=0)
            strides = pd.concat([strides, outside]) if len(strides) else outside
        strides = strides.sort_values(["wb_id", "start"], ignore_index=True)
        strides["duration"] = (strides["end"] - strides["start"]).astype(float) / self.sampling_rate_hz
        turning = np.full(len(strides), np.nan)
        for sensor, rows in self._rows_of_feet(strides):
            if self.turning_strides is not None and sensor in self.turning_strides:
                marks = self.turning_strides[sensor].astype(float).reindex(strides["s_id"].to_numpy()[rows])
                turning[rows] = marks.to_numpy()
        return strides.assign(turning=turning)

    def _values(self, strides: pd.DataFrame) -> StrideColumns:
        """Parameters of both feet in the order of the strides."""
        parts = []
        for sensor, rows in self._rows_of_feet(strides):
            if sensor in self.parameters:
                table = set_correct_index(self.parameters[sensor], SL_INDEX).select_dtypes("number")
                parts.append((rows, table, table.index.get_indexer(strides["s_id"].to_numpy()[rows])))
        return StrideColumns(len(strides), parts)

    def _rows_of_feet(self, strides: pd.DataFrame) -> list[tuple[str, np.ndarray]]:
        return [
            (sensor, np.flatnonzero(strides["foot"] == foot))
            for foot, sensor in (("left", self.left), ("right", self.right))
        ]

    def _shares(self, strides: pd.DataFrame, values: StrideColumns, group: np.ndarray, n: int) -> pd.DataFrame:
        """Shares of straight, turning and level walking in the duration of the strides."""
        rows = group >= 0
        group, strides = group[rows], strides[rows]
        duration = strides["duration"].to_numpy()

        def share(is_so: np.ndarray, known: np.ndarray) -> np.ndarray:
            total = np.bincount(group, duration * known, minlength=n)
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.bincount(group, duration * (is_so & known), minlength=n) / total

        turning = strides["turning"].to_numpy()
        known = ~np.isnan(turning)
        height = values["height_change"][rows] if "height_change" in values else np.full(len(strides), np.nan)
        reason = ""
        if np.isnan(height).all():
            reason = _NO_HEIGHT
        elif np.nanmax(np.abs(height)) < 1e-6:  # measured heights are never all equal
            reason, height = _LEVEL_ASSUMED, np.full(len(strides), np.nan)
        level = share(np.abs(height) < self.max_level_height_change_m, ~np.isnan(height))
        shares = {"straight_share": share(turning == 0, known), "turning_share": share(turning == 1, known)}
        reasons = np.where(np.isnan(level), reason or _NO_HEIGHT, "")
        return pd.DataFrame(shares | {"level_share": level, "level_share_reason": pd.Series(reasons, dtype="str")})

    def _describe_bouts(self, strides: pd.DataFrame, values: StrideColumns, bout: np.ndarray) -> pd.DataFrame:
        n = len(self.bouts)
        table = self.bouts.copy()
        table["start_s"] = table["start"].astype(float) / self.sampling_rate_hz
        table["end_s"] = table["end"].astype(float) / self.sampling_rate_hz
        of_strides = self._describe_strides(strides, values, bout, n)
        duration = table["duration_s"].to_numpy(dtype=float)
        walked = self._time_in_strides(strides, bout, n)
        with np.errstate(invalid="ignore", divide="ignore"):
            shares = {foot: time / duration for foot, time in walked.items()}
        both = np.mean([shares[foot] for foot in shares], axis=0) if shares else np.full(n, np.nan)
        table["coverage"] = both
        for foot in _FEET:
            table[f"coverage_{foot}"] = shares.get(foot, np.full(n, np.nan))
        table["n_turns"], table["turn_time_s"] = self._turns_of(table)
        length = values["stride_length"] if "stride_length" in values else np.full(len(strides), np.nan)
        n_feet, distance = np.zeros(n), np.zeros(n)
        for _, rows in self._rows_of_feet(strides):
            known = rows[(bout[rows] >= 0) & ~np.isnan(length[rows])]
            n_feet += np.bincount(bout[known], minlength=n) > 0
            distance += np.bincount(bout[known], length[known], minlength=n)
        with np.errstate(invalid="ignore", divide="ignore"):
            table["distance_m"] = distance / n_feet
        return pd.concat([table, of_strides.set_axis(table.index)], axis=1)

    def _time_in_strides(self, strides: pd.DataFrame, group: np.ndarray, n: int) -> dict[str, np.ndarray]:
        """Sum up the duration of the strides of each foot that has a sensor, per group."""
        duration = strides["duration"].to_numpy()
        times = {}
        for (sensor, rows), foot in zip(self._rows_of_feet(strides), _FEET, strict=True):
            if len(rows) or sensor in self.parameters:
                known = rows[group[rows] >= 0]
                times[foot] = np.bincount(group[known], duration[known], minlength=n)
        return times

    def _describe_strides(
        self, strides: pd.DataFrame, values: StrideColumns, group: np.ndarray, n: int
    ) -> pd.DataFrame:
        """Speed, cadence, mean stride time and length of both feet and of each, and shares, per group."""
        length = values["stride_length"] if "stride_length" in values else np.full(len(strides), np.nan)
        time = values["stride_time"] if "stride_time" in values else strides["duration"].to_numpy()
        feet = strides["foot"].to_numpy()
        columns: dict[str, np.ndarray] = {}
        for foot, of_foot in (("", group >= 0), *((f"_{foot}", (group >= 0) & (feet == foot)) for foot in _FEET)):

            def mean(of: np.ndarray, where: np.ndarray, by: np.ndarray | None = None) -> np.ndarray:
                total = np.bincount(group[where], of[where], minlength=n)
                return total / np.bincount(group[where], None if by is None else by[where], minlength=n)

            with np.errstate(invalid="ignore", divide="ignore"):
                columns[f"gait_speed{foot}"] = mean(length, of_foot & ~np.isnan(length + time), time)
                stride_time = mean(time, of_foot & ~np.isnan(time))
                columns[f"cadence{foot}"] = 120 / stride_time
                columns[f"mean_stride_time{foot}"] = stride_time
                columns[f"mean_stride_length{foot}"] = mean(length, of_foot & ~np.isnan(length))
        names = [f"{name}{foot}" for name in _MEANS for foot in ("", *(f"_{foot}" for foot in _FEET))]
        return pd.concat([pd.DataFrame(columns)[names], self._shares(strides, values, group, n)], axis=1)

    def _turns_of(self, bouts: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Count the turns that begin in each bout, and sum up their durations."""
        if self.turns is None:
            return np.zeros(len(bouts), dtype=np.int64), np.full(len(bouts), np.nan)
        turns = self.turns.sort_values("start")
        limits = (bouts[name].to_numpy(dtype=float) for name in ("start", "end"))
        first, last = (np.searchsorted(turns["start"].to_numpy(dtype=float), limit) for limit in limits)
        until = np.append(0.0, np.cumsum(turns["duration_s"].to_numpy(dtype=float)))
        return last - first, until[last] - until[first]

    def _describe_days(
        self,
        bouts: pd.DataFrame,
        strides: pd.DataFrame,
        values: StrideColumns,
        day_of_stride: np.ndarray,
        day_of_bout: np.ndarray,
        n_days: int,
    ) -> pd.DataFrame:
        of_day = bouts.groupby(day_of_bout)
        sums = {"n_bouts": of_day.size(), **{name: of_day[name].sum() for name in _SUMS}}
        counts = pd.DataFrame(sums).reindex(range(n_days), fill_value=0).astype(_SUM_DTYPES)
        counts = counts.rename(columns={"n_strides": "n_strides_in_bouts"})
        counts.insert(0, "n_strides", np.bincount(day_of_stride, minlength=n_days))
        time = bouts[["coverage"]].mul(bouts["duration_s"], axis=0).groupby(day_of_bout)["coverage"].sum(min_count=1)
        counts["coverage"] = time.reindex(range(n_days)) / counts["duration_s"]
        outcomes = pd.DataFrame([daily_outcomes(bouts[day_of_bout == number]) for number in range(n_days)])
        return pd.concat([counts, self._describe_strides(strides, values, day_of_stride, n_days), outcomes], axis=1)

    def _describe_recording(
        self, bouts: pd.DataFrame, strides: pd.DataFrame, values: StrideColumns, duration: float
    ) -> pd.DataFrame:
        of_strides, of_bouts = (np.zeros(len(table), dtype=np.int64) for table in (strides, bouts))
        whole = self._describe_days(bouts, strides, values, of_strides, of_bouts, 1)
        days = self.day_parameters_[self.day_parameters_["recorded_h"] >= self.min_wear_h]
        outcomes = list(daily_outcomes(bouts.iloc[:0]))
        whole[outcomes] = days[outcomes].mean().to_numpy() if len(days) >= self.min_days else np.nan
        return pd.concat([pd.DataFrame({"recorded_h": [duration / 3600], "n_days": [len(days)]}), whole], axis=1)


_FEET = ("left", "right")
_MEANS = ("gait_speed", "cadence", "mean_stride_time", "mean_stride_length")
_SUMS = ["n_strides", "duration_s", "distance_m", "n_steps", "n_turns", "turn_time_s"]
_SUM_DTYPES = {
    "n_bouts": "int64",
    "n_strides": "int64",
    "duration_s": "float64",
    "distance_m": "float64",
    "n_steps": "int64",
    "n_turns": "int64",
    "turn_time_s": "float64",
}
