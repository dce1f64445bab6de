"""Parameters that need both feet: steps, double and single support, symmetry, coordination."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, Self

import numpy as np
import pandas as pd

from gaitmap.base import BaseAlgorithm
from gaitmap.base._sensors import check_sensors_present
from gaitmap.parameters._contralateral import FootEvents, find_contralateral_events, pool_events
from gaitmap.parameters._strides import CYCLE_EVENTS, event_samples, make_pretty
from gaitmap.parameters._symmetry import phase_coordination_index, symmetry_indices
from gaitmap.parameters._time_offset import TimeOffset, fit_clocks
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate, parameter_error
from gaitmap.utils.consts import SL_INDEX
from gaitmap.utils.datatype_helper import MultiSensorStrideList, is_multi_sensor_stride_list, set_correct_index
from gaitmap.utils.exceptions import ValidationError

_TIMES = [
    "stride_time",
    "stance_time",
    "swing_time",
    "initial_double_support",
    "single_support",
    "terminal_double_support",
    "double_support",
    "step_time",
    "contralateral_step_time",
]
_PERCENTAGES = [f"{name}_percent" for name in _TIMES[1:]]
# What the check of the clocks looks for; wider than any double support.
_MAX_OFFSET_S = 0.5
_MAX_DRIFT_PPM = 200.0
_MIN_CYCLES_CHECKED = 10
_COMPARED = ["step_time", "swing_time", "stance_time", "single_support"]


class BilateralParameterCalculation(BaseAlgorithm):
    """Calculate step times, support times, symmetry and coordination from the gait events of both feet.

    Needs the stride lists of a left and a right foot sensor in one time base: an offset between the two clocks enters
    each support and step time with its full size (10 ms are 5 to 10 % of one double support).

    Parameters
    ----------
    left
        Name of the sensor on the left foot.
    right
        Name of the sensor on the right foot.
    expected_stride_type
        What kind of stride list is passed: strides between two moments of minimal velocity (``"min_vel"``, with the
        columns ``start, end, pre_ic, ic, min_vel, tc``) or between two initial contacts (``"ic"``, with the columns
        ``start, end, ic, min_vel, tc``).
    time_offset_s
        Seconds to add to the events of a sensor to bring it into the common time base, by sensor name. Sensors that are
        not named, and None, mean 0.
    clock_correction
        What of the difference between the two clocks is taken out before anything else, as
        :func:`~gaitmap.parameters.estimate_time_offset` finds it in the alternation of the feet: ``"none"``,
        ``"drift"`` (the clocks agree at time 0 and drift apart) or ``"offset_and_drift"`` (takes a symmetric walk for
        granted: part of a real asymmetry is lost).
    min_clock_confidence
        Without a confidence of at least this that the two clocks agree, there are no bilateral parameters. It goes from
        1 (the feet alternate perfectly) over 0 (no relation) to -1; 0.5 is reached with an offset of 1/6 of a stride,
        about a double support. See ``refusal_reason_``.
    average
        How the values of all valid cycles become the one value per foot of ``symmetry_``: ``"mean"`` or ``"median"``.
    max_break_s
        Two initial contacts (of either foot) that are further apart are not one step: they do not count for
        ``cadence_``.

    Attributes
    ----------
    parameters_
        Dict of tables, one per foot, one row per stride of the stride list, indexed by ``s_id``. Times in s:
        ``stride_time``, ``stance_time``, ``swing_time``, ``initial_double_support``, ``single_support``,
        ``terminal_double_support``, ``double_support``, ``step_time``, ``contralateral_step_time``; the same, without
        the stride time, in % of it (``..._percent``); ``stance_swing_ratio``; ``cadence`` in steps/min.
    parameters_pretty_
        The same values with readable names that carry the unit.
    cycle_events_
        Dict of tables with the events of each cycle in s: ``ic_start``, ``opposite_tc``, ``opposite_ic``, ``tc``,
        ``ic_end``.
    time_offset_
        What the alternation of the feet tells about the clocks, before ``clock_correction``: a
        :class:`~gaitmap.parameters.TimeOffset`.
    refusal_reason_
        Why there are no bilateral parameters at all; empty where there are.
    invalid_cycles_
        Cycles without bilateral parameters: a table with the columns ``sensor``, ``s_id`` and ``reason``:
        ``"missing_event"`` (of either foot), ``"no_double_support"`` (running), ``"multiple_events"`` (more than one
        contact of the other foot during stance, or of this foot during the cycle), ``"event_order"``,
        ``"clocks_not_aligned"`` (all cycles, see ``refusal_reason_``).
    symmetry_
        Table with one row per parameter (step, swing, stance time and single support), and the columns ``left``,
        ``right`` (s), ``asymmetry_abs`` (s), ``symmetry_ratio`` (larger by smaller), ``symmetry_index`` (%, positive if
        right is larger), ``gait_asymmetry`` (%), ``symmetry_angle`` (%, positive if right is larger).
    phase_coordination_index_
        Accuracy and consistency of the alternation of the feet in %; 0 is perfect. NaN with fewer than two cycles.
    cadence_
        Steps per minute: 120 divided by the mean stride time of both feet.

    Other Parameters
    ----------------
    stride_event_list
        The stride lists passed to ``calculate``.
    sampling_rate_hz
        The sampling rate of the events in Hz.

    Notes
    -----
    Each stride stands for one gait cycle of its foot, from the initial contact IC (``pre_ic``, or ``start`` of ``ic``
    strides) over the terminal contact TC to the next initial contact IC' (``ic``, or ``end``). The other foot
    contributes its terminal contact OTO and its initial contact OFS during the stance of this foot [1]_. In walking
    there is exactly one of each, and IC < OTO < OFS < TC < IC'; all other cycles are invalid and their bilateral
    parameters NaN (stride, stance and swing time, their ratio and cadence need one foot only). Strides of the two feet
    are thus matched by their events and never further apart than one cycle.

    - initial double support ``OTO - IC``, single support ``OFS - OTO``, terminal double support ``TC - OFS``
    - step time ``IC' - OFS`` (the step that ends with this foot), contralateral step time ``OFS - IC``
    - cadence of a cycle ``120 / stride_time``

    The check of the clocks needs ten cycles with a partner; with fewer nothing is refused, and the order of the
    events of each cycle is the only check.

    Asymmetry is given as absolute difference, ratio of the larger to the smaller value [2]_, symmetry index [3]_, gait
    asymmetry [4]_ and symmetry angle [5]_; a division by 0 gives NaN. The phase coordination index [6]_ uses the phase
    ``360 (OFS - IC) / (IC' - IC)`` of the foot with the longer mean swing.

    References
    ----------
    .. [1] Kluge, F., Del Din, S., Cereatti, A., et al. (2021). Consensus based framework for digital mobility
       monitoring. PLoS ONE, 16(8), e0256541. https://doi.org/10.1371/journal.pone.0256541
    .. [2] Patterson, K. K., Gage, W. H., Brooks, D., Black, S. E., & McIlroy, W. E. (2010). Evaluation of gait symmetry
       after stroke. Gait & Posture, 31, 241-246. https://doi.org/10.1016/j.gaitpost.2009.10.014
    .. [3] Robinson, R. O., Herzog, W., & Nigg, B. M. (1987). Use of force platform variables to quantify the effects of
       chiropractic manipulation on gait symmetry. Journal of Manipulative and Physiological Therapeutics, 10, 172-176.
    .. [4] Plotnik, M., Giladi, N., Balash, Y., Peretz, C., & Hausdorff, J. M. (2005). Is freezing of gait in
       Parkinson's disease related to asymmetric motor function? Annals of Neurology, 57, 656-663.
       https://doi.org/10.1002/ana.20452
    .. [5] Zifchock, R. A., Davis, I., Higginson, J., & Royer, T. (2008). The symmetry angle: a novel, robust method of
       quantifying asymmetry. Gait & Posture, 27, 622-627. https://doi.org/10.1016/j.gaitpost.2007.08.006
    .. [6] Plotnik, M., Giladi, N., & Hausdorff, J. M. (2007). A new measure for quantifying the bilateral coordination
       of human gait. Experimental Brain Research, 181, 561-570. https://doi.org/10.1007/s00221-007-0955-7

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.parameters import BilateralParameterCalculation
    >>> ic = np.array([0, 100, 200, 300])  # of the left foot; the right foot follows half a stride later
    >>> left = pd.DataFrame({"start": ic[:-1], "end": ic[1:], "ic": ic[:-1]}).rename_axis("s_id")
    >>> left = left.assign(min_vel=left["ic"] + 30, tc=left["ic"] + 60)
    >>> both = {"left_sensor": left, "right_sensor": left + 50}
    >>> calculation = BilateralParameterCalculation(expected_stride_type="ic").calculate(both, sampling_rate_hz=100)
    >>> calculation.parameters_["left_sensor"][["step_time", "double_support", "single_support"]]
          step_time  double_support  single_support
    s_id
    0           NaN             NaN             NaN
    1           0.5             0.2             0.4
    2           0.5             0.2             0.4
    >>> calculation.cadence_
    120.0
    """

    _action_methods = ("calculate",)

    parameters_: dict[str, pd.DataFrame]
    cycle_events_: dict[str, pd.DataFrame]
    invalid_cycles_: pd.DataFrame
    time_offset_: TimeOffset
    refusal_reason_: str
    symmetry_: pd.DataFrame
    phase_coordination_index_: float
    cadence_: float

    stride_event_list: MultiSensorStrideList
    sampling_rate_hz: float

    def __init__(
        self,
        left: str = "left_sensor",
        right: str = "right_sensor",
        expected_stride_type: Literal["min_vel", "ic"] = "min_vel",
        time_offset_s: Mapping[str, float] | None = None,
        average: Literal["mean", "median"] = "mean",
        max_break_s: float = 3.0,
        clock_correction: Literal["none", "drift", "offset_and_drift"] = "none",
        min_clock_confidence: float = 0.5,
    ) -> None:
        self.left = left
        self.right = right
        self.expected_stride_type = expected_stride_type
        self.time_offset_s = time_offset_s
        self.average = average
        self.max_break_s = max_break_s
        self.clock_correction = clock_correction
        self.min_clock_confidence = min_clock_confidence

    @property
    def parameters_pretty_(self) -> dict[str, pd.DataFrame]:
        """Parameters with readable names."""
        return make_pretty(self.parameters_)  # type: ignore[return-value] # a dict of a dict

    def calculate(self, stride_event_list: MultiSensorStrideList, sampling_rate_hz: float) -> Self:
        """Calculate the parameters of all cycles of both feet.

        Parameters
        ----------
        stride_event_list
            Dict with a stride list of the expected type for the left and for the right sensor. Other sensors are
            ignored.
        sampling_rate_hz
            The sampling rate of the events in Hz.

        Returns
        -------
        self
            The instance with the results as attributes.

        Raises
        ------
        ValidationError
            If these are not two stride lists of the expected type, or one of the feet is missing.
        ValueError
            If a parameter of this class or the sampling rate is not valid.
        """
        self.stride_event_list = stride_event_list
        self.sampling_rate_hz = sampling_rate_hz
        self._check(stride_event_list, sampling_rate_hz)
        strides = {sensor: set_correct_index(stride_event_list[sensor], SL_INDEX) for sensor in (self.left, self.right)}
        events = self._align_clocks({sensor: self._events(sensor, table) for sensor, table in strides.items()})

        self.cycle_events_, self.parameters_, invalid = {}, {}, []
        for sensor, other in ((self.left, self.right), (self.right, self.left)):
            opposite_tc, opposite_ic, reason = find_contralateral_events(events[sensor], events[other])
            if self.refusal_reason_:
                opposite_tc, opposite_ic = np.full((2, len(opposite_tc)), np.nan)
                reason = np.full(len(reason), "clocks_not_aligned", dtype=object)
            ids = strides[sensor].index
            self.cycle_events_[sensor] = pd.DataFrame(
                {
                    "ic_start": events[sensor].ic_start,
                    "opposite_tc": opposite_tc,
                    "opposite_ic": opposite_ic,
                    "tc": events[sensor].tc,
                    "ic_end": events[sensor].ic_end,
                },
                index=ids,
            )
            self.parameters_[sensor] = _cycle_parameters(self.cycle_events_[sensor])
            excluded = pd.DataFrame({"sensor": sensor, "s_id": ids, "reason": pd.Series(reason, dtype="str")})
            invalid.append(excluded[reason != ""])
        self.invalid_cycles_ = pd.concat(invalid, ignore_index=True)
        self.symmetry_ = self._symmetry()
        self.phase_coordination_index_ = self._phase_coordination()
        self.cadence_ = float(120 / pd.concat([table["stride_time"] for table in self.parameters_.values()]).mean())
        return self

    def _check(self, stride_event_list: MultiSensorStrideList, sampling_rate_hz: float) -> None:
        check_option(self, "expected_stride_type", self.expected_stride_type, ("min_vel", "ic"))
        check_option(self, "average", self.average, ("mean", "median"))
        check_option(self, "clock_correction", self.clock_correction, ("none", "drift", "offset_and_drift"))
        check_number(self, "max_break_s", self.max_break_s, above=0)
        check_number(self, "min_clock_confidence", self.min_clock_confidence)
        check_sampling_rate(self, sampling_rate_hz)
        for sensor, offset in (self.time_offset_s or {}).items():
            if sensor not in (self.left, self.right):
                raise parameter_error(self, "time_offset_s", f"given for {self.left!r} and {self.right!r} only", sensor)
            check_number(self, "time_offset_s", offset)
        if isinstance(stride_event_list, pd.DataFrame) or self.left == self.right:
            raise ValidationError(
                "bilateral parameters: one stride list for the left and one for the right foot are needed. Found only "
                f"one. Pass a dict with the sensors that `left` and `right` name ({self.left!r}, {self.right!r})."
            )
        is_multi_sensor_stride_list(stride_event_list, stride_type=self.expected_stride_type, raise_exception=True)
        check_sensors_present([self.left, self.right], stride_event_list, "bilateral parameters")

    def _events(self, sensor: str, stride_list: pd.DataFrame) -> FootEvents:
        begin, end = CYCLE_EVENTS[self.expected_stride_type]
        offset = (self.time_offset_s or {}).get(sensor, 0.0)
        times = (event_samples(stride_list, event) / self.sampling_rate_hz + offset for event in (begin, "tc", end))
        return pool_events(*times)

    def _align_clocks(self, events: dict[str, FootEvents]) -> dict[str, FootEvents]:
        """Check that the clocks agree, after the correction that was asked for."""

        def fit() -> TimeOffset:
            return fit_clocks(
                events[self.left], events[self.right], max_offset_s=_MAX_OFFSET_S, max_drift_ppm=_MAX_DRIFT_PPM
            )

        self.time_offset_ = found = fit()
        if self.clock_correction != "none" and found.n_cycles >= _MIN_CYCLES_CHECKED:
            used = found if self.clock_correction == "offset_and_drift" else replace(found, offset_s=0.0)
            events = events | {self.right: FootEvents(*(used.correct(times) for times in events[self.right]))}
            found = fit()
        self.refusal_reason_ = ""
        if found.n_cycles >= _MIN_CYCLES_CHECKED and not found.agreement >= self.min_clock_confidence:
            self.refusal_reason_ = (
                "the clocks of the two sensors do not agree: left and right foot alternate with a confidence of "
                f"{found.agreement:.2f} only, expected at least {self.min_clock_confidence:g}. What should be added to "
                f"the right clock seems to be {found.offset_s:+.3f} s and {found.drift_ppm:+.1f} ppm (confidence "
                f"{found.confidence:.2f}). "
                "Synchronise the recordings, or pass `time_offset_s`"
            )
        return events

    def _valid(self, sensor: str) -> pd.DataFrame:
        return self.parameters_[sensor].dropna(subset="single_support")

    def _symmetry(self) -> pd.DataFrame:
        left, right = (self._valid(sensor)[_COMPARED].agg(self.average) for sensor in (self.left, self.right))
        return symmetry_indices(left, right)

    def _phase_coordination(self) -> float:
        left, right = self._valid(self.left), self._valid(self.right)
        longer_swing = left if left["swing_time"].mean() >= right["swing_time"].mean() else right
        return phase_coordination_index(3.6 * longer_swing["contralateral_step_time_percent"].to_numpy())


def _cycle_parameters(events: pd.DataFrame) -> pd.DataFrame:
    times = pd.DataFrame(
        {
            "stride_time": events["ic_end"] - events["ic_start"],
            "stance_time": events["tc"] - events["ic_start"],
            "swing_time": events["ic_end"] - events["tc"],
            "initial_double_support": events["opposite_tc"] - events["ic_start"],
            "single_support": events["opposite_ic"] - events["opposite_tc"],
            "terminal_double_support": events["tc"] - events["opposite_ic"],
            "step_time": events["ic_end"] - events["opposite_ic"],
            "contralateral_step_time": events["opposite_ic"] - events["ic_start"],
        }
    )
    times["double_support"] = times["initial_double_support"] + times["terminal_double_support"]
    percentages = 100 * times[_TIMES[1:]].div(times["stride_time"], axis=0)
    return pd.concat(
        [
            times[_TIMES],
            percentages.set_axis(_PERCENTAGES, axis=1),
            (times["stance_time"] / times["swing_time"]).rename("stance_swing_ratio"),
            (120 / times["stride_time"]).rename("cadence"),
        ],
        axis=1,
    )
