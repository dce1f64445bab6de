"""How far the clocks of two foot sensors are apart, told by the alternation of the feet."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd

from gaitmap.parameters._contralateral import FootEvents, pool_events
from gaitmap.parameters._strides import CYCLE_EVENTS, event_samples
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate
from gaitmap.utils.datatype_helper import is_single_sensor_stride_list

#: With fewer pairs of cycles nothing can be said about the clocks.
MIN_CYCLES = 3
# Cycles that the coarse search looks at; the final fit uses all.
_N_SEARCHED = 2000
# Steps of the coarse search, in cycles: so close the fit finds the best solution by itself.
_SEARCH_STEP = 1 / 6
_FIT_ROUNDS = 8
_OUTLIER = 3.0  # robust standard deviations
_MAD_TO_SD = 1.4826
# A drift below so many standard errors is not told from none.
_SIGNIFICANT = 3.0
# Timing errors below this do not tell two solutions apart [s].
_RESOLUTION_S = 1e-3
_CONVERGED_S = 1e-9


@dataclass(frozen=True)
class TimeOffset:
    """Offset and drift between the clocks of a left and a right foot sensor.

    Attributes
    ----------
    offset_s
        Seconds to add to the times of the right sensor to bring them into the time base of the left one, at time 0.
    drift_ppm
        How much this grows, in microseconds per second; 0 where it is not told from none.
    offset_sd_s
        Standard error of the offset in the middle of the walk. It does not contain the error made for an asymmetric
        walk (see Notes of :func:`estimate_time_offset`).
    drift_sd_ppm
        Standard error of the drift.
    residual_s
        Standard deviation of the single cycles from the fit in s (robust).
    confidence
        From 0 to 1: how regularly the feet alternate after the correction, times how much better it is than the next
        best correction in the searched range that is more than half a stride away. NaN without enough cycles.
    agreement
        The regularity of the alternation before the correction: 1 for perfect alternation with the clocks as they are,
        0 for no relation, negative if both feet seem to swing at once.
    n_cycles
        Number of cycles in the fit, of both feet together.
    """

    offset_s: float
    drift_ppm: float
    offset_sd_s: float
    drift_sd_ppm: float
    residual_s: float
    confidence: float
    agreement: float
    n_cycles: int

    def correct(self, right_times_s: np.ndarray) -> np.ndarray:
        """Bring times of the right sensor (s) into the time base of the left one."""
        return right_times_s + self.offset_s + 1e-6 * self.drift_ppm * right_times_s


def estimate_time_offset(
    left: pd.DataFrame,
    right: pd.DataFrame,
    sampling_rate_hz: float,
    *,
    expected_stride_type: Literal["min_vel", "ic"] = "min_vel",
    max_offset_s: float = 0.5,
    max_drift_ppm: float = 200.0,
) -> TimeOffset:
    """Estimate constant offset and linear drift between the clocks of two foot sensors from their gait events.

    Parameters
    ----------
    left
        Stride list with gait events of the left foot.
    right
        Stride list with gait events of the right foot.
    sampling_rate_hz
        Sampling rate of the events in Hz.
    expected_stride_type
        ``"min_vel"`` (with ``pre_ic``, ``tc``, ``ic``) or ``"ic"`` (with ``start``, ``tc``, ``end``).
    max_offset_s
        Largest offset at the first stride to look for. Up to half a stride the answer is unique; above, walks of many
        equal strides fit several times and the confidence tells so.
    max_drift_ppm
        Largest drift to look for, in microseconds per second.

    Returns
    -------
    TimeOffset
        Offset, drift, their standard errors, the residual and the confidence. All NaN, and ``n_cycles`` below 3, where
        the strides of the feet do not overlap in time.

    Raises
    ------
    ValidationError
        If these are not stride lists of the expected type.
    ValueError
        If a parameter is not valid.

    Notes
    -----
    While one foot swings the other one stands, and in even gait the middle of the swing falls on the middle of the
    stance. The distance of the two, over all cycles of both feet, is fitted by a straight line over time: first a
    search over offsets and drifts for the largest mean of ``cos(2 pi distance / stride time)``, then least squares
    without outliers.

    Alternation cannot tell a constant offset from an asymmetric walk: if the initial double support of the left foot is
    really longer than its terminal one by x, x / 2 of it is taken for an offset. The drift is free of that, as long as
    the asymmetry does not change. Correct the drift, but correct the offset only where a difference of the clocks is
    more likely than a difference of the legs, and rather by a common movement (jumps, both sensors shaken together).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.parameters import estimate_time_offset
    >>> ic = 100 * np.arange(20)
    >>> left = pd.DataFrame({"start": ic, "end": ic + 100, "ic": ic, "min_vel": ic + 30, "tc": ic + 60})
    >>> left = left.rename_axis("s_id")
    >>> offset = estimate_time_offset(left, left + 50 + 7, sampling_rate_hz=100, expected_stride_type="ic")
    >>> round(offset.offset_s, 6), round(offset.confidence, 6)
    (-0.07, 1.0)
    """
    owner = "estimate_time_offset"
    check_option(owner, "expected_stride_type", expected_stride_type, ("min_vel", "ic"))
    check_sampling_rate(owner, sampling_rate_hz)
    check_number(owner, "max_offset_s", max_offset_s, at_least=0)
    check_number(owner, "max_drift_ppm", max_drift_ppm, at_least=0)
    begin, end = CYCLE_EVENTS[expected_stride_type]
    feet = []
    for strides in (left, right):
        is_single_sensor_stride_list(strides, stride_type=expected_stride_type, raise_exception=True)
        feet.append(pool_events(*(event_samples(strides, event) / sampling_rate_hz for event in (begin, "tc", end))))
    return fit_clocks(*feet, max_offset_s=max_offset_s, max_drift_ppm=max_drift_ppm)


def fit_clocks(left: FootEvents, right: FootEvents, *, max_offset_s: float, max_drift_ppm: float) -> TimeOffset:
    """Fit offset and drift to the cycles of both feet."""
    cycles, origin = _Cycles.of(left, right)
    agreement = cycles.regularity(0.0, 0.0)
    best, rival = cycles.search(max_offset_s, 1e-6 * max_drift_ppm)
    fit = _fit_line(cycles, *best, 1e-6 * max_drift_ppm)
    if fit.n < MIN_CYCLES:
        return TimeOffset(np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, np.nan, fit.n)
    confidence = max(cycles.regularity(fit.offset, fit.drift), 0.0)
    if rival is not None:
        other = _fit_line(cycles, *rival, 1e-6 * max_drift_ppm)
        # The fit may lead out of the searched range, or back to the best solution.
        if abs(other.offset) <= max_offset_s and abs(other.offset - fit.offset) > cycles.median_cycle() / 2:
            confidence *= 1 - _likeness(cycles, fit, other)
    return TimeOffset(
        offset_s=float(fit.offset - fit.drift * origin),
        drift_ppm=float(1e6 * fit.drift),
        offset_sd_s=float(fit.offset_sd),
        drift_sd_ppm=float(1e6 * fit.drift_sd),
        residual_s=float(fit.residual),
        confidence=float(confidence),
        agreement=float(agreement),
        n_cycles=fit.n,
    )


@dataclass(frozen=True)
class _Cycles:
    """Middles of stance and swing of both feet (s from the first one), and the durations of the cycles."""

    stance: tuple[np.ndarray, np.ndarray]
    cycle: tuple[np.ndarray, np.ndarray]
    swing: tuple[np.ndarray, np.ndarray]

    @classmethod
    def of(cls, left: FootEvents, right: FootEvents) -> tuple["_Cycles", float]:
        """Take the cycles from the events; also return the time of the first one."""
        stance, cycle, swing = [], [], []
        for foot in (left, right):
            ordered = (foot.ic_start < foot.tc) & (foot.tc < foot.ic_end)  # False for a missing event
            order = np.argsort(foot.ic_start[ordered], kind="stable")
            ic, tc, ic_end = (values[ordered][order] for values in (foot.ic_start, foot.tc, foot.ic_end))
            stance.append((ic + tc) / 2)
            cycle.append(ic_end - ic)
            swing.append(np.sort((tc + ic_end) / 2))
        # From the first stance on: rest before the walk must not change what is searched.
        origin = float(min((values[0] for values in stance if len(values)), default=0.0))
        stance, swing = ([values - origin for values in part] for part in (stance, swing))
        return cls(tuple(stance), tuple(cycle), tuple(swing)), origin  # type: ignore[arg-type]

    def lags(self, offset: float, drift: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return how late the right foot is per cycle of either foot that has a partner, cycle duration, and time."""
        moved_stance, moved_swing = (part[1] + offset + drift * part[1] for part in (self.stance, self.swing))
        late_right, is_left = _nearest_lag(self.stance[0], moved_swing, self.cycle[0])
        late_left, is_right = _nearest_lag(moved_stance, self.swing[0], self.cycle[1])
        time = np.concatenate([self.stance[0][is_left], self.stance[1][is_right]])
        cycle = np.concatenate([self.cycle[0][is_left], self.cycle[1][is_right]])
        return np.concatenate([late_right, -late_left]), cycle, time

    def regularity(self, offset: float, drift: float) -> float:
        """Mean cosine of the phase between the feet over the cycles with a partner."""
        lag, cycle, _ = self.lags(offset, drift)
        return float(np.cos(2 * np.pi * lag / cycle).mean()) if len(lag) else np.nan

    def median_cycle(self) -> float:
        """Usual duration of a cycle in s."""
        return float(np.median(np.concatenate(self.cycle)))

    def search(self, max_offset_s: float, max_drift: float) -> tuple[tuple[float, float], tuple[float, float] | None]:
        """Find the best offset and drift on a grid, and the best one more than half a cycle away."""
        some = self._thinned()
        if not all(map(len, self.cycle)):
            return (0.0, 0.0), None
        step = _SEARCH_STEP * self.median_cycle()
        span = max(float(np.ptp(stance)) for stance in self.stance)
        offsets = _grid(max_offset_s, step)
        drifts = _grid(max_drift, step / span) if span > 0 else np.zeros(1)
        n_cycles = sum(map(len, some.stance))
        score = np.empty((len(offsets), len(drifts)))
        for i, offset in enumerate(offsets):
            for j, drift in enumerate(drifts):
                lag, cycle, _ = some.lags(offset, drift)
                score[i, j] = np.cos(2 * np.pi * lag / cycle).sum() / n_cycles
        # Of equally good ones the smallest correction.
        cost = np.abs(offsets)[:, None] + span * np.abs(drifts)
        best = np.unravel_index(np.lexsort([cost.ravel(), -np.round(score, 9).ravel()])[0], score.shape)
        far = np.abs(offsets - offsets[best[0]]) > self.median_cycle() / 2
        if not far.any():
            return (float(offsets[best[0]]), float(drifts[best[1]])), None
        rival = np.unravel_index(np.where(far[:, None], score, -np.inf).argmax(), score.shape)
        return tuple((float(offsets[i]), float(drifts[j])) for i, j in (best, rival))  # type: ignore[return-value]

    def _thinned(self) -> "_Cycles":
        every = max(1, sum(map(len, self.stance)) // _N_SEARCHED)
        stance, cycle = (tuple(values[::every] for values in part) for part in (self.stance, self.cycle))
        return _Cycles(stance, cycle, self.swing)  # type: ignore[arg-type]


@dataclass(frozen=True)
class _Fit:
    offset: float
    drift: float
    offset_sd: float
    drift_sd: float
    residual: float
    n: int


def _nearest_lag(stance: np.ndarray, swing: np.ndarray, cycle: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Signed distance of each stance to the nearest swing, where it is at most half a cycle away, and where it is."""
    padded = np.concatenate([[-np.inf], swing, [np.inf]])
    position = np.searchsorted(swing, stance)
    before, after = padded[position] - stance, padded[position + 1] - stance
    lag = np.where(-before <= after, before, after)
    near = np.abs(lag) <= cycle / 2 * (1 + 1e-9)  # the rounding of exact halves must not decide
    return lag[near], near


def _grid(largest: float, step: float) -> np.ndarray:
    n = int(np.ceil(largest / step))
    return np.linspace(-largest, largest, 2 * n + 1)


def _fit_line(cycles: _Cycles, offset: float, drift: float, max_drift: float) -> _Fit:
    """Improve a correction by least squares without outliers; a drift that is not told from none becomes 0."""
    fit = _least_squares(cycles, offset, drift, with_drift=True)
    if abs(fit.drift) > _SIGNIFICANT * fit.drift_sd and abs(fit.drift) <= 1.5 * max_drift:
        return fit
    constant = _least_squares(cycles, offset, 0.0, with_drift=False)
    return replace(constant, drift_sd=fit.drift_sd)


def _least_squares(cycles: _Cycles, offset: float, drift: float, *, with_drift: bool) -> _Fit:
    for _ in range(_FIT_ROUNDS):
        lag, _, time = cycles.lags(offset, drift)
        if len(lag) == 0:
            return _Fit(offset, drift, np.nan, np.nan, np.nan, 0)
        distance = np.abs(lag - np.median(lag))
        kept = distance <= np.maximum(_OUTLIER * _MAD_TO_SD * np.median(distance), _RESOLUTION_S)
        lag, centre = lag[kept], float(time[kept].mean())
        time = time[kept] - centre
        spread = float(np.sum(time**2))
        slope = float(np.sum(time * lag)) / spread if with_drift and spread > 0 else 0.0
        residual = float(np.sqrt(np.mean((lag - lag.mean() - slope * time) ** 2)))
        # The right foot is late: its times must become smaller.
        change = -float(lag.mean() - slope * centre)
        offset, drift = offset + change, drift - slope
        if abs(change) < _CONVERGED_S and abs(slope) * np.ptp(time) < _CONVERGED_S:
            break
    drift_sd = np.hypot(residual, _CONVERGED_S) / np.sqrt(spread) if spread > 0 else np.inf
    return _Fit(offset, drift, residual / np.sqrt(len(lag)), float(drift_sd), residual, len(lag))


def _likeness(cycles: _Cycles, best: _Fit, other: _Fit) -> float:
    """How nearly another solution is as good: product of the ratios of what is explained and of the residuals."""
    if other.n == 0:
        return 0.0
    explained = [max(cycles.regularity(fit.offset, fit.drift), 0) * fit.n for fit in (best, other)]
    if explained[0] == 0:
        return 1.0
    residuals = [np.hypot(fit.residual, _RESOLUTION_S) for fit in (best, other)]
    return float(np.clip(explained[1] / explained[0] * residuals[0] / residuals[1], 0, 1))
