"""Parameters per walking bout, per day and per recording."""

from typing import Self

import numpy as np
import pandas as pd

from gaitmap.base import BaseAlgorithm
from gaitmap.parameters._days import daily_outcomes, day_borders, recorded_hours
from gaitmap.parameters._statistics import describe_strides
from gaitmap.parameters._stride_columns import StrideColumns
from gaitmap.utils._checks import check_number, check_sampling_rate, parameter_error
from gaitmap.utils.consts import SL_INDEX
from gaitmap.utils.datatype_helper import set_correct_index
from gaitmap.utils.exceptions import ValidationError

_STRAIGHT = "_straight"
_NO_HEIGHT = "heights of the strides are not known"
_LEVEL_ASSUMED = "the integration takes level ground for granted"


class ParameterAggregation(BaseAlgorithm):
    """Summarise the strides of walking bouts per bout, per day and per recording.

    Needs walking bouts, as :class:`~gaitmap.parameters.WalkingBoutDetection` finds them, and tables of stride
    parameters.

    Parameters
    ----------
    min_strides_for_variability
        A foot needs so many strides in a group to count for its variability [1]_; with fewer in both feet it is NaN.
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
        ``end_s``, ``n_turns`` and ``turn_time_s`` (of the turns that begin in it), ``distance_m``, ``gait_speed``
        (m/s), ``cadence`` (steps/min), ``mean_stride_time`` (s), ``mean_stride_length`` (m), ``straight_share``,
        ``turning_share``, ``level_share``, ``level_share_reason`` (why it is NaN), ``start_time`` (only with a known
        start time), and the statistics of all parameters.
    day_parameters_
        One row per day, indexed by ``day`` (1, 2, ...), also for days without gait: ``date`` (empty without start
        time), ``start_s``, ``end_s``, ``recorded_h``, ``n_bouts``, ``n_strides``, ``duration_s`` (of walking),
        ``distance_m``, ``n_steps``, ``n_turns``, ``turn_time_s``, ``straight_share``, ``turning_share``,
        ``level_share``, ``level_share_reason``, the daily outcomes, and the statistics of all parameters.
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
    Statistics of a parameter over the strides of both feet have the columns ``{parameter}_{statistic}`` for all
    strides, and ``{parameter}_{statistic}_straight`` without turning strides: ``n``, ``median``, ``mean``, ``sd``,
    ``cv`` (%), ``robust_cv`` (%, from the median absolute deviation), ``p10``, ``p90``, ``mean_left``, ``mean_right``;
    for step, swing, stance time, single support and stride length also ``asymmetry`` (absolute difference of the feet)
    and ``symmetry_index`` (%, positive if right is larger). Variability is calculated per foot and combined as
    ``sqrt((SD_left^2 + SD_right^2) / 2)``: a difference between the feet is no variability [1]_. Angles have no CV.

    Gait speed of a bout is the sum of all stride lengths divided by the sum of their stride times, distance the sum of
    the stride lengths by the number of feet, cadence the number of steps by the duration. Shares are those of the
    summed duration of the strides. ``level_share`` needs ``height_change`` in the parameters, and heights that the
    integration has not forced to be equal.

    A bout belongs to the day on which it starts. Days begin at midnight of the time zone of ``start_time`` and have 23
    or 25 hours where the clock changes; without start time a day is a block of 24 h from the first sample.

    Daily outcomes [2]_ [3]_ come from values per bout (``wb``: all bouts, or those longer than 10, 30, 60 s, or from 10
    to 30 s): ``wb_all_sum``, ``wb_10_sum``, ``wb_30_sum``, ``wb_60_sum``, ``walkdur_all_sum`` (h), ``steps_all_sum``,
    ``turns_all_sum``, ``wbdur_all_avg`` (median, s), ``wbdur_all_max`` (P90, s), ``wbdur_all_var``,
    ``cadence_all_avg``, ``cadence_30_avg``, ``cadence_30_max`` (P90), ``cadence_all_var`` (steps/min),
    ``strdur_all_avg``, ``strdur_30_avg``, ``strdur_all_var`` (s), ``ws_1030_avg``, ``ws_30_avg``, ``ws_10_max``,
    ``ws_30_max``, ``ws_30_var`` (m/s), ``strlen_1030_avg``, ``strlen_30_avg``, ``strlen_30_var`` (cm). ``_var`` is SD
    divided by mean, without unit. The 10th, 50th and 90th percentile over bouts are ``{value}_wb_p10`` and so on, of
    ``duration``, ``cadence``, ``stride_time``, ``stride_length`` and ``gait_speed``.

    References
    ----------
    .. [1] Galna, B., Lord, S., & Rochester, L. (2013). Is gait variability reliable in older adults and Parkinson's
       disease? Gait & Posture, 37, 580-585. https://doi.org/10.1016/j.gaitpost.2012.09.025
    .. [2] Kluge, F., Del Din, S., Cereatti, A., et al. (2021). Consensus based framework for digital mobility
       monitoring. PLoS ONE, 16(8), e0256541. https://doi.org/10.1371/journal.pone.0256541
    .. [3] Del Din, S., Godfrey, A., Galna, B., Lord, S., & Rochester, L. (2016). Free-living gait characteristics in
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
    >>> result.bout_parameters_[["duration_s", "distance_m", "gait_speed", "stride_length_median"]]
           duration_s  distance_m  gait_speed  stride_length_median
    wb_id
    1             6.5         7.2         1.2                   1.2
    """

    _action_methods = ("aggregate",)

    bout_parameters_: pd.DataFrame
    day_parameters_: pd.DataFrame
    recording_parameters_: pd.DataFrame

    bouts: pd.DataFrame
    annotated_stride_list: pd.DataFrame
    parameters: dict[str, pd.DataFrame]
    sampling_rate_hz: float
    turns: pd.DataFrame | None
    turning_strides: dict[str, pd.Series] | None
    duration_s: float | None
    start_time: pd.Timestamp | None

    def __init__(
        self,
        min_strides_for_variability: int = 10,
        max_level_height_change_m: float = 0.15,
        min_wear_h: float = 0.0,
        min_days: int = 1,
        left: str = "left_sensor",
        right: str = "right_sensor",
    ) -> None:
        self.min_strides_for_variability = min_strides_for_variability
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
        turns
            Turns (``turns_`` of :class:`~gaitmap.parameters.TurnDetection`). None: not known.
        turning_strides
            Which strides turn (``turning_strides_`` of the same). None: not known, shares are NaN and the statistics
            without turning strides are those of no strides.
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
        self.turns = turns
        self.turning_strides = turning_strides
        self.duration_s = duration_s
        self.start_time = start_time
        self._check()
        strides = self._strides()
        values = self._values(strides)

        bout = pd.Index(bouts.index).get_indexer(strides["wb_id"])
        table = self._describe_bouts(strides, values, bout)
        duration = float(duration_s if duration_s is not None else (table["end_s"].max() if len(table) else 0.0))
        borders, dates = day_borders(start_time, duration)
        day_of_bout = np.clip(np.searchsorted(borders, table["start_s"], side="right") - 1, 0, len(dates) - 1)
        statistics = self._statistics(strides, values, bout, len(bouts))
        if start_time is not None:
            table["start_time"] = pd.Timestamp(start_time).as_unit("ns") + pd.to_timedelta(table["start_s"], unit="s")
        self.bout_parameters_ = pd.concat([table, statistics.set_axis(table.index)], axis=1)

        days = self._describe_days(table, strides, values, bout, day_of_bout, len(dates))
        times = {
            "date": pd.Series(dates, dtype="str"),
            "start_s": np.clip(borders[:-1], 0, duration),
            "end_s": np.clip(borders[1:], 0, duration),
            "recorded_h": recorded_hours(borders, duration),
        }
        days = pd.concat([pd.DataFrame(times), days], axis=1)
        self.day_parameters_ = days.set_axis(pd.RangeIndex(1, len(days) + 1, name="day"))
        self.recording_parameters_ = self._describe_recording(table, strides, values, bout, duration)
        return self

    def _check(self) -> None:
        check_number(self, "min_strides_for_variability", self.min_strides_for_variability, at_least=2)
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
        """Strides in the order of their bouts, with duration and whether they turn (NaN: not known)."""
        strides = self.annotated_stride_list.reset_index().sort_values(["wb_id", "start"], ignore_index=True)
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

    def _statistics(self, strides: pd.DataFrame, values: StrideColumns, group: np.ndarray, n: int) -> pd.DataFrame:
        """Statistics of all strides, and of those that do not turn."""
        is_right = (strides["foot"] == "right").to_numpy()
        straight = (strides["turning"] == 0).to_numpy()
        minimum = self.min_strides_for_variability
        return pd.concat(
            [
                describe_strides(values, is_right, group, n, minimum),
                describe_strides(values, is_right, group, n, minimum, _STRAIGHT, where=straight),
            ],
            axis=1,
        )

    def _shares(self, strides: pd.DataFrame, values: StrideColumns, group: np.ndarray, n: int) -> pd.DataFrame:
        """Shares of straight, turning and level walking in the duration of the strides."""
        duration = strides["duration"].to_numpy()

        def share(is_so: np.ndarray, known: np.ndarray) -> np.ndarray:
            total = np.bincount(group, duration * known, minlength=n)
            with np.errstate(invalid="ignore", divide="ignore"):
                return np.bincount(group, duration * (is_so & known), minlength=n) / total

        turning = strides["turning"].to_numpy()
        known = ~np.isnan(turning)
        height = values["height_change"] if "height_change" in values else np.full(len(strides), np.nan)
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
        table["n_turns"], table["turn_time_s"] = self._turns_of(table)
        length = values["stride_length"] if "stride_length" in values else np.full(len(strides), np.nan)
        time = values["stride_time"] if "stride_time" in values else strides["duration"].to_numpy()
        n_feet = np.zeros(n)
        for _, rows in self._rows_of_feet(strides):
            n_feet += np.bincount(bout[rows], ~np.isnan(length[rows]), minlength=n) > 0
        both = ~np.isnan(length + time)

        def total(of: np.ndarray, where: np.ndarray) -> np.ndarray:
            return np.bincount(bout[where], of[where], minlength=n)

        with np.errstate(invalid="ignore", divide="ignore"):
            table["distance_m"] = total(length, ~np.isnan(length)) / n_feet
            table["gait_speed"] = total(length, both) / total(time, both)
            table["cadence"] = 60 * table["n_steps"] / table["duration_s"]
            table["mean_stride_time"] = total(time, ~np.isnan(time)) / total(np.ones(len(time)), ~np.isnan(time))
            has_length = ~np.isnan(length)
            table["mean_stride_length"] = total(length, has_length) / total(np.ones(len(length)), has_length)
        shares = self._shares(strides, values, bout, n).set_axis(table.index)
        return pd.concat([table, shares], axis=1)

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
        bout: np.ndarray,
        day_of_bout: np.ndarray,
        n_days: int,
    ) -> pd.DataFrame:
        day = day_of_bout[bout] if len(bout) else bout
        of_day = bouts.groupby(day_of_bout)
        sums = {"n_bouts": of_day.size(), **{name: of_day[name].sum() for name in _SUMS}}
        counts = pd.DataFrame(sums).reindex(range(n_days), fill_value=0).astype(_SUM_DTYPES)
        outcomes = pd.DataFrame([daily_outcomes(bouts[day_of_bout == number]) for number in range(n_days)])
        shares = self._shares(strides, values, day, n_days)
        return pd.concat([counts, shares, outcomes, self._statistics(strides, values, day, n_days)], axis=1)

    def _describe_recording(
        self, bouts: pd.DataFrame, strides: pd.DataFrame, values: StrideColumns, bout: np.ndarray, duration: float
    ) -> pd.DataFrame:
        whole = self._describe_days(bouts, strides, values, bout, np.zeros(len(bouts), dtype=np.int64), 1)
        days = self.day_parameters_[self.day_parameters_["recorded_h"] >= self.min_wear_h]
        outcomes = list(daily_outcomes(bouts.iloc[:0]))
        whole[outcomes] = days[outcomes].mean().to_numpy() if len(days) >= self.min_days else np.nan
        return pd.concat([pd.DataFrame({"recorded_h": [duration / 3600], "n_days": [len(days)]}), whole], axis=1)


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
