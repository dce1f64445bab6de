"""Gait events after Rampp et al. 2014, from the raw or a low-pass filtered gyroscope."""

from collections.abc import Callable
from numbers import Real
from typing import Any, Literal

import numpy as np
from joblib import Memory
from tpcp import cf

from gaitmap._kernels.events import IC, TC, rampp_events
from gaitmap.data_transform import BaseFilter, ButterworthFilter
from gaitmap.data_transform._filter import filter_between_gaps
from gaitmap.event_detection._base import milliseconds_to_samples
from gaitmap.event_detection._min_vel import BaseMinVelWindowDetection
from gaitmap.utils._checks import parameter_error

_GYR_ML = 1  # position in BF_GYR


class RamppEventDetection(BaseMinVelWindowDetection):
    """Find initial contact, terminal contact and min_vel in strides of a foot-worn sensor (Rampp et al. 2014).

    Needs acceleration and angular rate of a sensor at the foot, in the body frame, and strides found before (one
    stride per row). The paper used 102.4 Hz; the resolution of the events is one sample.

    Parameters
    ----------
    ic_search_region_ms
        Time before and after the first guess of the initial contact in which the accelerometer is searched, in ms.
    min_vel_search_win_size_ms
        Length of the window of least movement, in ms.
    memory
        ``joblib.Memory`` that keeps the events of each sensor; None: no caching.
    enforce_consistency
        Drop strides whose events are missing or out of order. Needed for ``min_vel_event_list_``.
    detect_only
        Names of the events to look for, of ``"ic"``, ``"tc"``, ``"min_vel"``. None or empty: all.
    input_stride_type
        How the strides are cut: ``"segmented"`` (at the minimum of ``gyr_ml`` shortly before the terminal contact) or
        ``"ic"`` (at initial contacts). Other cuts, such as mid-swing to mid-swing, are not supported.

    Attributes
    ----------
    annotated_original_event_list_
        The strides given, unchanged, with their events in samples from the start of the recording (float, NaN where
        not found). Index ``s_id``, columns ``start``, ``end``, ``ic``, ``tc``, ``min_vel``. A dict for several sensors.
    min_vel_event_list_
        Strides from one min_vel to the next, with the columns ``start``, ``end``, ``ic``, ``tc``, ``min_vel``,
        ``pre_ic``. Does not exist if ``enforce_consistency`` is False or ``min_vel`` was not asked for. Each sequence
        of m adjacent strides gives m - 1 of them; the ``s_id`` is that of the stride which holds the first min_vel.
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
    ValueError
        If a parameter is out of its range, or the min_vel window is longer than every stride.

    See Also
    --------
    gaitmap.event_detection.FilteredRamppEventDetection : The same for noisy data and stairs.
    gaitmap.event_detection.HerzerEventDetection : For level walking and stairs.

    Notes
    -----
    In a segmented stride

    - the terminal contact is the first change of sign of ``gyr_ml``;
    - the first guess of the initial contact is the minimum of ``gyr_ml`` between its steepest fall and the steepest
      rise after it, between the swing peak and 60 % of the stride; the event is the maximum of ``acc_pa`` around it;
    - min_vel is the middle of the window with the least energy of all three gyroscope axes.

    In a stride from initial contact to initial contact, the terminal contact is the last change of sign before the
    swing peak, and the guess is searched from 10 % before the start to 20 % of the stride.

    Differences to the paper: the search ends at 60 % instead of 50 % of the stride; the acceleration in walking
    direction has the opposite sign; the energy windows move by one sample instead of half a window; strides cut at the
    initial contact are an extension.

    A stride that cannot be searched (beyond the recording, gap in the data, too short) keeps NaN as its events, and
    one warning sums these up. A stride that reaches beyond the recording is cut at its end.

    In runs by chunks: exact by carry. The events of a segmented stride depend on its samples and one more on each side;
    those of an ic stride also on 10 % of its length and ``ic_search_region_ms`` before it.

    A subclass can bring its own search and keep everything else: override ``_event_search`` (returns a function at the
    top level of a module) and ``_event_search_parameters`` (returns its further keyword arguments). The search gets
    ``gyr`` (3, n), ``acc_pa`` (n,), ``starts``, ``ends``, ``wanted``, ``sampling_rate_hz`` of one sensor and returns
    two arrays with one row per stride and the columns ic, tc, min_vel: the events in samples (float, NaN = not found)
    and integers that are 1 where an event is not found, else 0.

    References
    ----------
    Rampp, Barth, Schuelein, Gassmann, Klucken, Eskofier, "Inertial Sensor-Based Stride Parameter Calculation From Gait
    Sequences in Geriatric Patients", IEEE Trans. Biomed. Eng. 62(4), 1089-1097, 2015, doi:10.1109/TBME.2014.2368211

    Examples
    --------
    >>> from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_borders
    >>> from gaitmap.utils.coordinate_conversion import convert_to_fbf
    >>> data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
    >>> strides = get_healthy_example_stride_borders()
    >>> events = RamppEventDetection().detect(data, strides, sampling_rate_hz=204.8)
    >>> events.min_vel_event_list_["left_sensor"].iloc[0].to_dict()
    {'start': 519.0, 'end': 710.0, 'ic': 665.0, 'tc': 589.0, 'min_vel': 519.0, 'pre_ic': 447.0}
    """

    ic_search_region_ms: tuple[float, float]

    def __init__(
        self,
        ic_search_region_ms: tuple[float, float] = (80, 50),
        min_vel_search_win_size_ms: float = 100,
        memory: Memory | None = None,
        enforce_consistency: bool = True,
        detect_only: tuple[str, ...] | None = None,
        input_stride_type: Literal["segmented", "ic"] = "segmented",
    ) -> None:
        self.ic_search_region_ms = ic_search_region_ms
        self.min_vel_search_win_size_ms = min_vel_search_win_size_ms
        self.memory = memory
        self.enforce_consistency = enforce_consistency
        self.detect_only = detect_only
        self.input_stride_type = input_stride_type

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.input_stride_type not in ("segmented", "ic"):
            raise ValueError(
                f"input_stride_type must be either 'segmented' or 'ic'. Got {self.input_stride_type!r} instead."
            )
        region = self.ic_search_region_ms
        if np.shape(region) != (2,) or not all(isinstance(limit, Real) and 0 <= limit < np.inf for limit in region):
            raise parameter_error(self, "ic_search_region_ms", "two numbers >= 0 (ms before, ms after)", region)
        if max(self._ic_search_region()) == 0:
            raise ValueError(
                f"ic_search_region_ms is {self.ic_search_region_ms} ms. The chosen values are smaller than the sample "
                f"time ({1000 / self.sampling_rate_hz:.1f} ms). At least one of them must be longer."
            )

    def _ic_search_region(self) -> tuple[int, int]:
        before, after = self.ic_search_region_ms
        rate = self.sampling_rate_hz
        return milliseconds_to_samples(before, rate), milliseconds_to_samples(after, rate)

    def _event_search(self) -> Callable[..., tuple[np.ndarray, np.ndarray]]:
        return find_rampp_events

    def _event_search_parameters(self) -> dict[str, Any]:
        return {
            "starts_at_ic": self.input_stride_type == "ic",
            "ic_search_region": self._ic_search_region(),
            "min_vel_window": self._min_vel_window(),
            "lowpass_filter": None,
        }


class FilteredRamppEventDetection(RamppEventDetection):
    """Find gait events with a low-pass filter on the gyroscope (after Rampp et al. 2014).

    As :class:`RamppEventDetection`, but ``gyr_ml`` is filtered before the search for initial and terminal contact. This
    helps with noise and with the vibrations of hard ground. Needs body-frame data of a sensor at the foot.

    Parameters
    ----------
    ic_search_region_ms
        Time before and after the first guess of the initial contact in which the accelerometer is searched, in ms.
    min_vel_search_win_size_ms
        Length of the window of least movement, in ms.
    ic_lowpass_filter
        Filter of ``gyr_ml`` for the search of ``ic`` and ``tc``. It should be zero-phase, as any delay moves the
        events. None: no filter.
    memory
        ``joblib.Memory`` that keeps the events of each sensor; None: no caching.
    enforce_consistency
        Drop strides whose events are missing or out of order. Needed for ``min_vel_event_list_``.
    detect_only
        Names of the events to look for, of ``"ic"``, ``"tc"``, ``"min_vel"``. None or empty: all.
    input_stride_type
        How the strides are cut: ``"segmented"`` (at the minimum of ``gyr_ml`` shortly before the terminal contact) or
        ``"ic"`` (at initial contacts).

    Attributes
    ----------
    annotated_original_event_list_
        The strides given, unchanged, with their events in samples from the start of the recording (float, NaN where
        not found). Index ``s_id``, columns ``start``, ``end``, ``ic``, ``tc``, ``min_vel``. A dict for several sensors.
    min_vel_event_list_
        Strides from one min_vel to the next, with the columns ``start``, ``end``, ``ic``, ``tc``, ``min_vel``,
        ``pre_ic``. Does not exist if ``enforce_consistency`` is False or ``min_vel`` was not asked for.
    segmented_event_list_
        Deprecated name of ``annotated_original_event_list_``.
    left_out_
        What is missing above and why: one row per event, stride or min_vel stride, index ``s_id``, columns ``missing``
        and ``reason``.

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
        If a parameter is out of its range, the min_vel window is longer than every stride, or the filter can be applied
        nowhere in the recording.

    Notes
    -----
    The whole recording is filtered at once; where it has gaps (NaN), each part between two gaps by itself. The default
    filter (Butterworth, 2nd order, 15 Hz, forwards and backwards) is that of gaitmap 2.6; the paper has none. The
    search itself, and how to replace it, is described at :class:`RamppEventDetection`. In runs by chunks: exact where
    the chunks overlap by enough samples for the filter to settle.

    References
    ----------
    Rampp, Barth, Schuelein, Gassmann, Klucken, Eskofier, "Inertial Sensor-Based Stride Parameter Calculation From Gait
    Sequences in Geriatric Patients", IEEE Trans. Biomed. Eng. 62(4), 1089-1097, 2015, doi:10.1109/TBME.2014.2368211

    Examples
    --------
    >>> from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_borders
    >>> from gaitmap.utils.coordinate_conversion import convert_to_fbf
    >>> data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
    >>> strides = get_healthy_example_stride_borders()
    >>> events = FilteredRamppEventDetection().detect(data, strides, sampling_rate_hz=204.8)
    >>> events.min_vel_event_list_["left_sensor"]["tc"].iloc[0]
    np.float64(590.0)
    """

    ic_lowpass_filter: BaseFilter | None

    # The filter runs over the whole signal in both directions: until its transients are over, whatever its design.
    context_s = 10.0

    def __init__(
        self,
        ic_search_region_ms: tuple[float, float] = (80, 50),
        min_vel_search_win_size_ms: float = 100,
        ic_lowpass_filter: BaseFilter | None = cf(ButterworthFilter(order=2, cutoff_freq_hz=15)),
        memory: Memory | None = None,
        enforce_consistency: bool = True,
        detect_only: tuple[str, ...] | None = None,
        input_stride_type: Literal["segmented", "ic"] = "segmented",
    ) -> None:
        self.ic_lowpass_filter = ic_lowpass_filter
        super().__init__(
            ic_search_region_ms=ic_search_region_ms,
            min_vel_search_win_size_ms=min_vel_search_win_size_ms,
            memory=memory,
            enforce_consistency=enforce_consistency,
            detect_only=detect_only,
            input_stride_type=input_stride_type,
        )

    def _event_search_parameters(self) -> dict[str, Any]:
        # A clone is free of the results of earlier calls, which would change the key of the cache.
        lowpass_filter = None if self.ic_lowpass_filter is None else self.ic_lowpass_filter.clone()
        return {**super()._event_search_parameters(), "lowpass_filter": lowpass_filter}


def find_rampp_events(
    gyr: np.ndarray,
    acc_pa: np.ndarray,
    starts: np.ndarray,
    ends: np.ndarray,
    wanted: np.ndarray,
    sampling_rate_hz: float,
    starts_at_ic: bool,
    ic_search_region: tuple[int, int],
    min_vel_window: int,
    lowpass_filter: BaseFilter | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Find the events of all strides of one sensor: positions and codes of :mod:`gaitmap._kernels.events`."""
    gyr_ml = gyr[_GYR_ML]
    if lowpass_filter is not None and len(starts) and (wanted[IC] or wanted[TC]):
        gyr_ml = filter_between_gaps(gyr_ml, lowpass_filter, sampling_rate_hz)
    before, after = ic_search_region
    return rampp_events(gyr, gyr_ml, acc_pa, starts, ends, int(starts_at_ic), before, after, min_vel_window, wanted)
