"""Gait events in strides from mid-stance to mid-stance, each from two rules."""

from typing import Any

import numpy as np
import pandas as pd
from joblib import Memory

from gaitmap._kernels.contact_rules import N_RULES, contact_rules
from gaitmap._kernels.events import RULES_DISAGREE
from gaitmap.caching import cache_function
from gaitmap.event_detection._base import BaseStrideEventDetection, _signals
from gaitmap.event_detection._reasons import LeftOut
from gaitmap.utils._checks import check_number
from gaitmap.utils.consts import BF_ACC, BF_GYR
from gaitmap.utils.datatype_helper import SingleSensorData, SingleSensorStrideList
from gaitmap.utils.stride_list_conversion import is_followed_directly

# Gaussian weights; the rate keeps what is below about 15 Hz, the acceleration what is below about 30 Hz.
_GYR_SIGMA_S = 0.0125
_ACC_SIGMA_S = 0.006
_N_SIGMA = 3
#: Before and after the change of sign at tc, before and after the end of the swing at ic.
_WINDOWS_S = (0.08, 0.04, 0.04, 0.12)
#: Toes that point up this times as far as down show a sensor whose swing is negative.
_CLEAR = 1.5
_EVENTS = ("tc", "ic")


class MidStanceEventDetection(BaseStrideEventDetection):
    """Find initial and terminal contact in strides from mid-stance to mid-stance, each by two rules.

    Needs acceleration and angular rate of a sensor at the foot (instep, top of the shoe, heel, side) in the body
    frame, at 50 Hz or more, and strides that begin and end at mid-stance. The body frame may be wrong by any
    rotation about the vertical: the rules use the main axis of the angular rate and lengths of vectors. **Every
    stride is kept**: where no rule finds an event it is NaN.

    Parameters
    ----------
    max_spread_s
        Contacts whose two rules are further apart than this are taken for not found, in s. None: all are kept.
    memory
        ``joblib.Memory`` that keeps the candidates of each sensor; None: no caching.

    Attributes
    ----------
    min_vel_event_list_
        One row per stride given, index ``s_id``, columns (float64) ``start``, ``end``, ``ic``, ``tc``, ``min_vel``
        (= ``start``), ``pre_ic`` (of the stride that ends where this one starts; else NaN) in whole samples; and

        - ``ic_spread_s``, ``tc_spread_s``: how far the two rules are apart, in s; doubtful beyond 0.08 s.
        - ``ic_offset_s``, ``tc_offset_s``: what is to be added to the sample to get the time between two samples, in
          s, at most half a sample.

        A dict for several sensors.
    annotated_original_event_list_
        The same without ``pre_ic``.
    segmented_event_list_
        Deprecated name of ``annotated_original_event_list_``.
    left_out_
        The events that are NaN and why: one row per event, index ``s_id``, columns ``missing`` and ``reason``.

    Other Parameters
    ----------------
    data
        The data passed to ``detect``.
    stride_list
        The stride list passed to ``detect``.
    sampling_rate_hz
        The sampling rate in Hz passed to ``detect``.

    Raises
    ------
    ValidationError
        If the data are not in the body frame, or data and stride list do not belong together.
    ValueError
        If a parameter is out of its range.

    See Also
    --------
    gaitmap.event_detection.RamppEventDetection : For strides cut at push-off; drops strides without all events.

    Notes
    -----
    The rate about the main axis of each stride, without its mean (which takes out an offset), smoothed with a Gaussian
    of 12.5 ms; its sign is such that the toes point down further before the swing than up after it. A stride has one
    swing: the greatest rate after the moment in which the toes point down most.

    - Terminal contact: the change of sign before the swing [1]_, and the greatest angular acceleration from 80 ms
      before it to 40 ms after it, where push-off turns into swing.
    - Initial contact: the end of the swing, where the foot stops to turn its toes up: a tenth of the greatest rate,
      to which also a foot that lands flat comes down, or the first minimum below 0.3 of it, after which the heel of
      a foot that lands on its toes comes down [2]_; and the first peak of the change of acceleration (of at least
      0.7 of the greatest one) from 40 ms before to 120 ms after it, the shock [3]_.

    The event is the mean of both: they rest on different features, so it errs less than either, and it does not
    jump where one of them is uncertain. On the public walk with motion capture initial contacts are 12 ms late with
    a standard deviation of 8 ms, terminal contacts 16 ms with 4 ms (57 strides without one turn, the same at 51
    Hz). The rules were chosen for being defined on any foot sensor, not fitted to a truth.

    In runs by chunks: exact by carry. The events of a stride depend on its samples and 38 ms on each side.

    References
    ----------
    .. [1] Rampp et al. (2015), IEEE Trans. Biomed. Eng. 62(4), 1089-1097, doi:10.1109/TBME.2014.2368211
    .. [2] Mariani, Rouhani, Crevoisier, Aminian (2013), Quantitative estimation of foot-flat and stance phase of gait
       using foot-worn inertial sensors, Gait & Posture 37(2), 229-234
    .. [3] Jasiewicz et al. (2006), Gait event detection using linear accelerometers or angular velocity transducers in
       able-bodied and spinal-cord injured individuals, Gait & Posture 24(4), 502-509

    Examples
    --------
    >>> from gaitmap.simulation import simulate_walk
    >>> from gaitmap.utils.coordinate_conversion import convert_to_fbf
    >>> walk = simulate_walk(duration_s=10)
    >>> data = convert_to_fbf(walk.data, left_like="left_", right_like="right_")
    >>> events = MidStanceEventDetection().detect(data, walk.truth.strides, sampling_rate_hz=204.8)
    >>> bool(events.min_vel_event_list_["left_sensor"][["ic", "tc"]].notna().all(axis=None))
    True
    """

    # What the base asks for: this detection looks for both contacts and never drops a stride.
    detect_only = None
    enforce_consistency = False

    def __init__(self, max_spread_s: float | None = None, memory: Memory | None = None) -> None:
        self.max_spread_s = max_spread_s
        self.memory = memory

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.max_spread_s is not None:
            check_number(self, "max_spread_s", self.max_spread_s, above=0)

    def _detect_one_sensor(
        self, data: SingleSensorData, stride_list: SingleSensorStrideList, borders: np.ndarray
    ) -> dict[str, pd.DataFrame]:
        rate = float(self.sampling_rate_hz)
        search = cache_function(self.memory, find_contact_candidates)
        found = search(_signals(data, BF_GYR), _signals(data, BF_ACC), borders[0], borders[1], rate)
        candidates, reasons = map(np.array, found)  # plain arrays, also where a cache hands out maps of its files
        if self.max_spread_s is not None:
            for k in range(len(_EVENTS)):
                both = candidates[:, k * N_RULES : (k + 1) * N_RULES]
                doubtful = np.ptp(both, axis=1) > self.max_spread_s * rate
                both[doubtful] = np.nan
                reasons[doubtful, k] = RULES_DISAGREE
        left_out = LeftOut(stride_list.index)
        left_out.add_events(stride_list.index, _EVENTS, reasons)

        events = stride_list.astype("float64")
        exact = {
            name: _mean_and_spread(candidates[:, k * N_RULES : (k + 1) * N_RULES]) for k, name in enumerate(_EVENTS)
        }
        positions = {name: np.floor(position + 0.5) for name, (position, _) in exact.items()}
        events = events.assign(ic=positions["ic"], tc=positions["tc"], min_vel=events["start"])
        extra: dict[str, Any] = {}
        for name in ("ic", "tc"):
            position, spread = exact[name]
            extra[f"{name}_spread_s"] = spread / rate
            extra[f"{name}_offset_s"] = (position - positions[name]) / rate
        strides = events.assign(pre_ic=_of_stride_before(events, "ic"), **extra)
        return {
            "annotated_original_event_list": events.assign(**extra),
            "min_vel_event_list": strides,
            "left_out": left_out.table(),
        }


def find_contact_candidates(
    gyr: np.ndarray, acc: np.ndarray, starts: np.ndarray, ends: np.ndarray, sampling_rate_hz: float
) -> tuple[np.ndarray, np.ndarray]:
    """Find the candidates of all strides of one sensor; the cached step."""
    windows = np.array([max(1, round(window * sampling_rate_hz)) for window in _WINDOWS_S], dtype="int64")
    weights = [_gaussian(sigma * sampling_rate_hz) for sigma in (_GYR_SIGMA_S, _ACC_SIGMA_S)]
    return contact_rules(gyr, acc, starts, ends, *weights, _CLEAR, windows)


def _mean_and_spread(candidates: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return candidates.mean(axis=1), np.ptp(candidates, axis=1)


def _gaussian(sigma: float) -> np.ndarray:
    half = int(np.ceil(_N_SIGMA * sigma))
    return np.exp(-0.5 * (np.arange(-half, half + 1) / sigma) ** 2)


def _of_stride_before(events: pd.DataFrame, name: str) -> np.ndarray:
    """Value of the row before where it ends at the start of this one, else NaN."""
    before = np.full(len(events), np.nan)
    followed = np.flatnonzero(is_followed_directly(events))
    before[followed + 1] = events[name].to_numpy()[followed]
    return before
