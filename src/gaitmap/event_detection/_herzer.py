"""Gait events for level walking and stairs after Herzer 2021."""

from collections.abc import Callable
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np
from joblib import Memory
from tpcp import cf

from gaitmap._kernels.events import IC, herzer_events
from gaitmap.data_transform import BaseFilter, ButterworthFilter
from gaitmap.event_detection._min_vel import BaseMinVelWindowDetection
from gaitmap.utils._checks import parameter_error

_ANY = (-np.inf, np.inf)
_MUCH_LONGER_THAN_A_STRIDE = 10_000  # samples


class HerzerEventDetection(BaseMinVelWindowDetection):
    """Find initial contact, terminal contact and min_vel in strides of level walking and stairs (Herzer 2021).

    Needs acceleration and angular rate of a sensor at the foot, in the body frame, and segmented strides found before.

    Parameters
    ----------
    min_vel_search_win_size_ms
        Length of the window of least movement, in ms.
    mid_swing_peak_prominence
        Prominence that a maximum of ``gyr_ml`` needs to count as mid-swing, in deg/s; or its (least, largest) value,
        either of which may be None.
    mid_swing_n_considered_peaks
        Of this many most prominent maxima the earliest is taken as mid-swing. 0: the earliest of all.
    ic_lowpass_filter
        Filter of ``acc_pa`` for the search of the initial contact, applied to each stride alone. It should be
        zero-phase, as any delay moves the events.
    memory
        ``joblib.Memory`` that keeps the events of each sensor; None: no caching.
    enforce_consistency
        Drop strides whose events are missing or out of order. Needed for ``min_vel_event_list_``.
    detect_only
        Names of the events to look for, of ``"ic"``, ``"tc"``, ``"min_vel"``. None or empty: all.
    input_stride_type
        How the strides are cut. Only ``"segmented"`` (at the minimum of ``gyr_ml`` shortly before the terminal contact)
        is supported.

    Attributes
    ----------
    annotated_original_event_list_
        The strides given, unchanged, with their events in samples from the start of the recording (float, NaN where
        not found). Index ``s_id``, columns ``start``, ``end``, ``ic``, ``tc``, ``min_vel``. A dict for several sensors.
        Recommended for stairs, where min_vel was not validated.
    min_vel_event_list_
        Strides from one min_vel to the next, with the columns ``start``, ``end``, ``ic``, ``tc``, ``min_vel``,
        ``pre_ic``. Does not exist if ``enforce_consistency`` is False or ``min_vel`` was not asked for.
    segmented_event_list_
        Deprecated name of ``annotated_original_event_list_``.
    left_out_
        What is missing above and why: one row per event, stride or min_vel stride, index ``s_id``, columns ``missing``
        and ``reason``. ``left_out_["reason"].value_counts()`` counts.

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
    NotImplementedError
        If ``input_stride_type`` is not ``"segmented"``.
    ValueError
        If a parameter is out of its range, the min_vel window is longer than every stride, or the filter does not work
        at this sampling rate.

    See Also
    --------
    gaitmap.event_detection.RamppEventDetection : The usual method for level walking.

    Notes
    -----
    - The terminal contact is the minimum of ``gyr_ml`` within a quarter of a stride around the start of the stride; it
      may lie before it.
    - The initial contact is the steepest rise of the low-passed ``acc_pa`` between its minimum after mid-swing and the
      steepest rise of ``gyr_ml`` in the first 70 % of the stride.
    - min_vel is the middle of the window with the least energy of all three gyroscope axes (Rampp et al. 2014).

    Differences to the thesis: the cut-off of the filter is fixed instead of adaptive; mid-swing is found by prominence
    instead of a threshold that is lowered step by step; the acceleration in walking direction has the opposite sign.

    A stride that cannot be searched (beyond the recording, gap in the data, too short) keeps NaN as its events, and
    one warning sums these up. A stride that reaches beyond the recording is cut at its end.

    In runs by chunks: exact by carry. The events of a stride depend on its samples and the quarter of a stride before.

    References
    ----------
    Herzer, L., Bachelor's thesis, Friedrich-Alexander-Universitaet Erlangen-Nuernberg, 2021

    Rampp, Barth, Schuelein, Gassmann, Klucken, Eskofier, "Inertial Sensor-Based Stride Parameter Calculation From Gait
    Sequences in Geriatric Patients", IEEE Trans. Biomed. Eng. 62(4), 1089-1097, 2015, doi:10.1109/TBME.2014.2368211

    Figueiredo et al., IEEE Trans. Neural Syst. Rehabil. Eng. 26(10), 1945-1956, 2018, doi:10.1109/TNSRE.2018.2868094

    Examples
    --------
    >>> from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_borders
    >>> from gaitmap.utils.coordinate_conversion import convert_to_fbf
    >>> data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
    >>> strides = get_healthy_example_stride_borders()
    >>> events = HerzerEventDetection().detect(data, strides, sampling_rate_hz=204.8)
    >>> events.annotated_original_event_list_["left_sensor"].iloc[0].to_dict()
    {'start': 364.0, 'end': 584.0, 'ic': 444.0, 'tc': 364.0, 'min_vel': 519.0}
    """

    mid_swing_peak_prominence: float | tuple[float | None, float | None]
    mid_swing_n_considered_peaks: int
    ic_lowpass_filter: BaseFilter

    def __init__(
        self,
        min_vel_search_win_size_ms: float = 100,
        mid_swing_peak_prominence: float | tuple[float | None, float | None] = 20,
        mid_swing_n_considered_peaks: int = 3,
        ic_lowpass_filter: BaseFilter = cf(ButterworthFilter(order=1, cutoff_freq_hz=4)),
        memory: Memory | None = None,
        enforce_consistency: bool = True,
        detect_only: tuple[str, ...] | None = None,
        input_stride_type: Literal["segmented"] = "segmented",
    ) -> None:
        self.min_vel_search_win_size_ms = min_vel_search_win_size_ms
        self.mid_swing_peak_prominence = mid_swing_peak_prominence
        self.mid_swing_n_considered_peaks = mid_swing_n_considered_peaks
        self.ic_lowpass_filter = ic_lowpass_filter
        self.memory = memory
        self.enforce_consistency = enforce_consistency
        self.detect_only = detect_only
        self.input_stride_type = input_stride_type

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.input_stride_type != "segmented":
            raise NotImplementedError(
                f"{type(self).__name__} supports only segmented stride type. Got input_stride_type="
                f"{self.input_stride_type!r}. Use RamppEventDetection for strides that start at initial contacts."
            )
        self._prominence_limits()
        n_peaks = self.mid_swing_n_considered_peaks
        if not isinstance(n_peaks, Integral) or isinstance(n_peaks, bool) or n_peaks < 0:
            raise parameter_error(self, "mid_swing_n_considered_peaks", "an integer >= 0", n_peaks)
        if not isinstance(self.ic_lowpass_filter, BaseFilter):
            raise parameter_error(self, "ic_lowpass_filter", "a filter (BaseFilter)", self.ic_lowpass_filter)

    def _prominence_limits(self) -> tuple[float, float]:
        given: Any = self.mid_swing_peak_prominence
        limits = given if np.shape(given) == (2,) else (given, None)
        limits = tuple(default if limit is None else limit for limit, default in zip(limits, _ANY, strict=True))
        if not all(isinstance(limit, Real) for limit in limits) or np.isnan(limits).any():
            raise parameter_error(self, "mid_swing_peak_prominence", "a number or two (least, largest)", given)
        return float(limits[0]), float(limits[1])

    def _event_search(self) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
        return find_herzer_events

    def _event_search_parameters(self) -> dict[str, Any]:
        return {
            "prominence_limits": self._prominence_limits(),
            "n_considered_peaks": int(self.mid_swing_n_considered_peaks),
            "min_vel_window": self._min_vel_window(),
            # A clone is free of the results of earlier calls, which would change the key of the cache.
            "lowpass_filter": self.ic_lowpass_filter.clone(),
        }


def find_herzer_events(
    gyr: np.ndarray,
    acc_pa: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    wanted: np.ndarray,
    sampling_rate_hz: float,
    prominence_limits: tuple[float, float],
    n_considered_peaks: int,
    min_vel_window: int,
    lowpass_filter: BaseFilter,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the events of all strides of one sensor: positions and codes of :mod:`gaitmap._kernels.events`."""
    filtered, offsets = np.empty(0), np.full(len(starts), -1, dtype="int64")
    if wanted[IC]:
        filtered, offsets = _filter_each_stride(acc_pa, starts, ends, lowpass_filter, sampling_rate_hz)
    least, largest = prominence_limits
    return herzer_events(
        gyr, acc_pa, filtered, offsets, starts, ends, least, largest, n_considered_peaks, min_vel_window, wanted
    )


def _filter_each_stride(
    signal: np.ndarray, starts: np.ndarray, ends: np.ndarray, lowpass_filter: BaseFilter, sampling_rate_hz: float
) -> tuple[np.ndarray, np.ndarray]:
    """Filter each stride by itself, strides of equal length together.

    Returns the filtered strides one behind the other and the position at which each of them begins: -1 for strides
    outside of the recording, with gaps, or too short for the filter.
    """
    lengths = np.minimum(ends, len(signal)) - starts
    lengths[(starts < 0) | (lengths < 0)] = 0
    offsets = np.full(len(starts), -1, dtype="int64")
    parts, n_samples = [np.empty(0)], 0
    for length in np.unique(lengths[lengths > 0]):
        strides = np.flatnonzero(lengths == length)
        columns = signal[starts[strides] + np.arange(length)[:, None]]  # one stride per column
        complete = np.isfinite(columns).all(axis=0)
        strides, columns = strides[complete], columns[:, complete]
        if len(strides) == 0:
            continue
        try:
            result = lowpass_filter.clone().filter(columns, sampling_rate_hz=sampling_rate_hz).filtered_data_
        except ValueError:
            _check_filter(lowpass_filter, sampling_rate_hz)
            continue
        parts.append(np.ascontiguousarray(result.T).ravel())
        offsets[strides] = n_samples + length * np.arange(len(strides))
        n_samples += length * len(strides)
    return np.concatenate(parts), offsets


def _check_filter(lowpass_filter: BaseFilter, sampling_rate_hz: float) -> None:
    """Raise the error of a filter that does not work at this rate, however long the signal is."""
    lowpass_filter.clone().filter(np.zeros(_MUCH_LONGER_THAN_A_STRIDE), sampling_rate_hz=sampling_rate_hz)
