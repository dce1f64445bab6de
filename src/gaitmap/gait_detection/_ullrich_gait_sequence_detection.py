"""Gait sequences from harmonic frequencies, after Ullrich et al. (2020)."""

from collections.abc import Hashable, Iterable
from typing import Any, Literal, Self, get_args

import numpy as np
import pandas as pd
from joblib import Memory
from numpy.typing import NDArray

from gaitmap.base import BaseGaitDetection, StreamsGait
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.caching import cache_function
from gaitmap.gait_detection._harmonic_windows import (
    HarmonicWindows,
    WindowAnalysis,
    harmonic_windows,
    window_starts,
)
from gaitmap.gait_detection._stream import GaitSequenceStream
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils._column_blocks import as_numeric_array
from gaitmap.utils.array_handling import merge_intervals
from gaitmap.utils.consts import BF_ACC, BF_GYR, GRAV
from gaitmap.utils.datatype_helper import RegionsOfInterestList, SensorData, SingleSensorData, is_sensor_data
from gaitmap.utils.exceptions import DataQualityError

_STAGE = "gait sequence detection"
_Channel = Literal["acc_pa", "acc_ml", "acc_si", "gyr_pa", "gyr_ml", "gyr_si", "acc", "gyr"]
# Mean activity (paper, and 0.2 g) below which a window is rest.
_ACTIVE_GYR_DEG_PER_S = 50
_ACTIVE_ACC_M_PER_S2 = 0.2 * GRAV
# Accelerations are scaled so that one threshold range suits both sensors.
_ACC_AMPLITUDE_SCALE = 100 / GRAV
# Distance that the highest harmonic must keep from the Nyquist frequency.
_NYQUIST_MARGIN_HZ = 5


class UllrichGaitSequenceDetection(BaseGaitDetection, StreamsGait):
    """Find gait in long recordings of foot-worn sensors by its harmonic frequencies.

    Needs data of one or both feet in the body frame, sampled with at least 40 Hz (for the default locomotion band).

    Parameters
    ----------
    sensor_channel_config
        Signal that is analysed: an axis of the body frame (such as "gyr_ml"), or "acc" or "gyr" for the norm of that
        sensor.
    peak_prominence
        Smallest prominence of a harmonic peak in the amplitude spectrum, in deg/s for the gyroscope, in 0.01 g for the
        accelerometer. The paper found 17 for "gyr_ml", 11 for "gyr", 13 for "acc" and 8 for "acc_si".
    window_size_s
        Length of the windows in seconds.
    active_signal_threshold
        Windows with a mean activity up to this are rest (deg/s for the gyroscope, m/s^2 for the accelerometer).
        None: 50 deg/s, or 0.2 g.
    locomotion_band
        Range in Hz in which the dominant frequency (one stride per period for signals of one foot) is searched.
    harmonic_tolerance_hz
        Distance in Hz from a multiple of the dominant frequency at which its peak may be. It is cut down to whole bins
        of the spectrum: the default 0.3 Hz means +- 0.2 Hz with windows of 10 s (+- 2 bins of 0.1 Hz, as 0.3 / 0.1 is
        2.999... in binary arithmetic).
    merge_gait_sequences_from_sensors
        Give all sensors the union of their gait sequences (synchronised sensors only).
    additional_margin_s
        Seconds added before and after each sequence; negative values shorten them. None or 0: no margin.
    overlap
        Part of a window that it shares with the next, from 0 up to, but not including, 1.
    lowpass_cutoff_hz
        Cut-off frequency of the low-pass filter in Hz; also the upper end of the range whose mean amplitude the peaks
        must reach.
    harmonics
        Multiples of the dominant frequency at which peaks are searched.
    min_harmonics
        Number of them that must have a peak.
    include_end
        Analyse one more window that ends with the recording. If False, up to one window step at the end is never
        looked at.
    max_break_s
        Sequences with a break of at most this many seconds are joined (after the margin is added). None: only those
        that overlap or touch.
    min_duration_s
        Sequences shorter than this many seconds are dropped (at last). None: all are kept.
    memory
        ``joblib.Memory`` that keeps the analysis of the windows, one entry per sensor. It is found again after a change
        of ``peak_prominence``, ``min_harmonics``, or of anything that comes after.

    Attributes
    ----------
    gait_sequences_
        Gait sequences with the columns ``gs_id``, ``start`` and ``end`` (samples, end exclusive). For several sensors a
        dict of such frames.
    start_
        Their starts as array, or dict of arrays.
    end_
        Their ends as array, or dict of arrays.
    window_results_
        What each window was found to be: ``start``, ``end``, ``activity`` (NaN: the window has a gap), ``is_active``,
        ``dominant_frequency_hz`` (twice this is the cadence in steps/s), ``n_harmonics`` with a peak, ``is_gait``. For
        several sensors a dict of such frames.

    Other Parameters
    ----------------
    data
        The data passed to the ``detect`` method.
    sampling_rate_hz
        The sampling rate passed to the ``detect`` method.

    Raises
    ------
    ValidationError
        If the data is not sensor data in the body frame.
    DataQualityError
        If the recording is shorter than one window (also a ``ValueError``).
    ValueError
        If a parameter does not suit the data: unknown channel, a locomotion band or tolerance that the sampling rate
        and window length cannot resolve.

    Notes
    -----
    The signal is low-pass filtered (Butterworth, order 4, causal) and cut into windows. A window is active if the mean
    distance of the signal vector from its mean exceeds the threshold. The largest value of the autocorrelation gives
    its dominant frequency. It is gait if the amplitude spectrum has peaks at enough multiples of that frequency.
    Windows of gait that overlap or touch form a sequence, so borders have the resolution of the window step.

    Deviations from the paper: the signal is filtered before it is cut into windows, and the filter is causal.

    Windows that contain a value that is not finite are never gait; the filter starts anew after it.

    The recording is processed in blocks of windows, which carry the state of the filter: a chunked run gives the same
    result.

    References
    ----------
    .. [1] M. Ullrich, A. Kuederle, J. Hannink, S. Del Din, H. Gassner, F. Marxreiter, J. Klucken, B. M. Eskofier,
       F. Kluge, "Detection of gait from continuous inertial sensor data using harmonic frequencies", IEEE Journal of
       Biomedical and Health Informatics 24(7), 1869-1878, 2020, doi:10.1109/JBHI.2020.2975361
    .. [2] T. Iluz et al., "Automated detection of missteps during community ambulation in patients with Parkinson's
       disease", Journal of NeuroEngineering and Rehabilitation 11:48, 2014, doi:10.1186/1743-0003-11-48 (locomotion
       band)

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.gait_detection import UllrichGaitSequenceDetection
    >>> from gaitmap.utils.consts import BF_COLS
    >>> t = np.arange(0, 60, 0.01)
    >>> swing = np.where((t > 20) & (t < 45) & (t % 1 < 0.3), 400.0, 0.0)
    >>> data = pd.DataFrame(0.0, index=range(len(t)), columns=BF_COLS).assign(gyr_ml=swing)
    >>> UllrichGaitSequenceDetection().detect(data, sampling_rate_hz=100).gait_sequences_
       gs_id  start   end
    0      0   2000  4500
    """

    _json_omits_memory_none = True

    gait_sequences_: RegionsOfInterestList
    window_results_: Any

    data: SensorData
    sampling_rate_hz: float

    def __init__(
        self,
        sensor_channel_config: _Channel = "gyr_ml",
        peak_prominence: float = 17.0,
        window_size_s: float = 10,
        active_signal_threshold: float | None = None,
        locomotion_band: tuple[float, float] = (0.5, 3),
        harmonic_tolerance_hz: float = 0.3,
        merge_gait_sequences_from_sensors: bool = False,
        additional_margin_s: float | None = None,
        *,
        overlap: float = 0.5,
        lowpass_cutoff_hz: float = 6,
        harmonics: tuple[int, ...] = (2, 3, 4, 5),
        min_harmonics: int = 2,
        include_end: bool = False,
        max_break_s: float | None = None,
        min_duration_s: float | None = None,
        memory: Memory | None = None,
    ) -> None:
        self.sensor_channel_config = sensor_channel_config
        self.peak_prominence = peak_prominence
        self.window_size_s = window_size_s
        self.active_signal_threshold = active_signal_threshold
        self.locomotion_band = locomotion_band
        self.harmonic_tolerance_hz = harmonic_tolerance_hz
        self.merge_gait_sequences_from_sensors = merge_gait_sequences_from_sensors
        self.additional_margin_s = additional_margin_s
        self.overlap = overlap
        self.lowpass_cutoff_hz = lowpass_cutoff_hz
        self.harmonics = harmonics
        self.min_harmonics = min_harmonics
        self.include_end = include_end
        self.max_break_s = max_break_s
        self.min_duration_s = min_duration_s
        self.memory = memory

    @property
    def start_(self) -> NDArray[np.int64] | dict[Hashable, NDArray[np.int64]]:
        """First samples of the gait sequences."""
        return self._column("start")

    @property
    def end_(self) -> NDArray[np.int64] | dict[Hashable, NDArray[np.int64]]:
        """Ends (exclusive) of the gait sequences."""
        return self._column("end")

    def detect(self, data: SensorData, sampling_rate_hz: float) -> Self:
        """Find gait sequences.

        Parameters
        ----------
        data
            Data of one or several sensors in the body frame.
        sampling_rate_hz
            Sampling rate of the data in Hz.

        Returns
        -------
        self
            The instance with the results attached.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        self._check_parameters()
        kind = is_sensor_data(data)
        is_sensor_data(data, frame="body")
        results = run_per_sensor(self._detect_one_sensor, kind, data, stage=_STAGE)
        found = results["gait_sequences"]
        if kind == "single":
            results["gait_sequences"] = self._finish(found)
        else:
            union = np.concatenate(list(found.values()))
            merge = self.merge_gait_sequences_from_sensors
            results["gait_sequences"] = {sensor: self._finish(union if merge else found[sensor]) for sensor in found}
        set_results(self, results)
        return self

    def stream(self, sampling_rate_hz: float, sensors: Iterable[Hashable] | None = None) -> GaitSequenceStream:
        """Find gait sequences in data that arrive in blocks.

        Parameters
        ----------
        sampling_rate_hz
            Sampling rate of the data in Hz.
        sensors
            Names of the synchronised sensors. None: the data of one sensor, without a name.

        Returns
        -------
        stream
            Object with the methods ``push(block)`` and ``finish()``, which return the sequences that have become final.
            All together they are those of ``detect``.

        Raises
        ------
        ValueError
            If a parameter has a value that cannot be used.
        """
        return GaitSequenceStream(self, sampling_rate_hz, sensors)

    def _detect_one_sensor(self, data: SingleSensorData) -> dict[str, Any]:
        length, step = self._window_samples()
        self._check_is_long_enough(len(data))
        windows = self._analyse(data, length, step)
        n_harmonics = self._count_harmonics(windows)
        is_gait = n_harmonics >= self.min_harmonics
        gait_starts = windows.start[is_gait]
        sequences = self._add_margin(np.column_stack([gait_starts, gait_starts + length]), len(data))
        table = pd.DataFrame(
            {
                "start": windows.start,
                "end": windows.start + length,
                "activity": windows.activity,
                "is_active": windows.activity > self._active_threshold(),
                "dominant_frequency_hz": windows.dominant_frequency_hz,
                "n_harmonics": n_harmonics,
                "is_gait": is_gait,
            }
        )
        return {"gait_sequences": sequences, "window_results": table}

    def _analyse(self, data: SingleSensorData, length: int, step: int) -> HarmonicWindows:
        columns, channel = self._signals()
        step_with_cache = cache_function(self.memory, harmonic_windows)
        return step_with_cache(
            [as_numeric_array(data[column]) for column in columns],
            channel,
            window_starts(len(data), length, step, self.include_end),
            length,
            **self._settings_of_analysis(),
        )

    def _new_analysis(self, channel: int | None, length: int) -> WindowAnalysis:
        return WindowAnalysis(channel, length, **self._settings_of_analysis())

    def _signals(self) -> tuple[list[str], int | None]:
        """Columns of the sensor, and which of them is analysed; None for their norm."""
        columns = BF_ACC if self._uses_acc() else BF_GYR
        return columns, columns.index(self.sensor_channel_config) if self.sensor_channel_config in columns else None

    def _settings_of_analysis(self) -> dict[str, Any]:
        return {
            "active_threshold": float(self._active_threshold()),
            "amplitude_scale": _ACC_AMPLITUDE_SCALE if self._uses_acc() else 1.0,
            "band": (float(self.locomotion_band[0]), float(self.locomotion_band[1])),
            "harmonics": tuple(self.harmonics),
            "tolerance_hz": float(self.harmonic_tolerance_hz),
            "cutoff_hz": float(self.lowpass_cutoff_hz),
            "sampling_rate_hz": float(self.sampling_rate_hz),
        }

    def _count_harmonics(self, windows: HarmonicWindows) -> NDArray[np.int64]:
        is_high = windows.peak_height >= windows.mean_spectrum[:, np.newaxis]
        return (is_high & (windows.peak_prominence >= self.peak_prominence)).sum(axis=1)

    def _add_margin(self, sequences: NDArray[np.int64], n_samples: int) -> NDArray[np.int64]:
        sequences = merge_intervals(sequences)
        margin = self._margin_samples()
        if margin == 0:
            return sequences
        wider = np.clip(sequences + np.array([-margin, margin]), 0, n_samples)
        return wider[wider[:, 0] < wider[:, 1]]

    def _margin_samples(self) -> int:
        return round((self.additional_margin_s or 0) * self.sampling_rate_hz)

    def _finish(self, sequences: NDArray[np.int64], first_id: int = 0) -> pd.DataFrame:
        """Merge what overlaps, touches or is separated by a short break; drop what is short; number the rest."""
        joined = merge_intervals(sequences, round((self.max_break_s or 0) * self.sampling_rate_hz))
        duration = joined[:, 1] - joined[:, 0]
        kept = joined[duration >= (self.min_duration_s or 0) * self.sampling_rate_hz]
        ids = pd.RangeIndex(first_id, first_id + len(kept))
        return pd.DataFrame({"gs_id": np.asarray(ids), "start": kept[:, 0], "end": kept[:, 1]}, index=ids)

    def _column(self, name: str) -> Any:
        if isinstance(self.gait_sequences_, dict):
            return {sensor: sequences[name].to_numpy() for sensor, sequences in self.gait_sequences_.items()}
        return self.gait_sequences_[name].to_numpy()

    def _uses_acc(self) -> bool:
        return self.sensor_channel_config.startswith("acc")

    def _active_threshold(self) -> float:
        if self.active_signal_threshold is not None:
            return self.active_signal_threshold
        return _ACTIVE_ACC_M_PER_S2 if self._uses_acc() else _ACTIVE_GYR_DEG_PER_S

    def _window_samples(self) -> tuple[int, int]:
        length = int(self.window_size_s * self.sampling_rate_hz)
        return length, length - int(length * self.overlap)

    def _check_parameters(self) -> None:
        name = type(self).__name__
        check_sampling_rate(self, self.sampling_rate_hz)
        if self.merge_gait_sequences_from_sensors and isinstance(self.data, dict) and len(self.data) > 1:
            raise ValueError(
                f"{name}: the sensors of a dict may have different clocks. Merging gait sequences is possible only for "
                "synchronized data sets."
            )
        self._check_channel()
        self._check_band()
        for parameter in ("window_size_s", "lowpass_cutoff_hz"):
            check_number(self, parameter, getattr(self, parameter), above=0)
        check_number(self, "overlap", self.overlap, at_least=0)
        for parameter in ("max_break_s", "min_duration_s"):
            if getattr(self, parameter) is not None:
                check_number(self, parameter, getattr(self, parameter), at_least=0)
        self._check_window()

    def _check_is_long_enough(self, n_samples: int) -> None:
        length, _ = self._window_samples()
        if length > n_samples:
            raise DataQualityError(
                f"{type(self).__name__}: the window size of {self.window_size_s} s ({length} samples) is larger than "
                f"the recording. Found {n_samples} samples at {self.sampling_rate_hz} Hz. Choose a shorter window, or "
                "leave the recording out."
            )

    def _check_channel(self) -> None:
        channel = self.sensor_channel_config
        if not isinstance(channel, str):
            raise TypeError(
                f"Found the type {type(channel).__name__}: the sensor_channel_config of {type(self).__name__} "
                "must be a str."
            )
        if channel not in get_args(_Channel):
            raise ValueError(
                f"{type(self).__name__}: the sensor_channel_config you have passed is invalid. Found {channel!r}. "
                f"Expected one of {get_args(_Channel)}."
            )

    def _check_band(self) -> None:
        band, name = self.locomotion_band, type(self).__name__
        if len(band) != 2:
            raise ValueError(
                f"{name}: found locomotion_band={band!r}. The locomotion_band must contain exactly two values."
            )
        if band[0] >= band[1]:
            raise ValueError(
                f"{name}: found locomotion_band={band!r}. The first value of the locomotion_band must be "
                "smaller than the second value."
            )
        if band[0] <= 0:
            raise ValueError(f"{name}: found locomotion_band={band!r}. The first value must be larger than 0.")
        highest = max(self.harmonics, default=0) * band[1]
        if self.sampling_rate_hz / 2 - highest < _NYQUIST_MARGIN_HZ:
            raise ValueError(
                f"{name}: the highest harmonic of the locomotion_band ({highest} Hz) is too close to the Nyquist "
                f"frequency of {self.sampling_rate_hz / 2} Hz. Expected a distance of at least {_NYQUIST_MARGIN_HZ} "
                "Hz. Use a lower band, or data with a higher sampling rate."
            )

    def _check_window(self) -> None:
        name = type(self).__name__
        length, step = self._window_samples()
        if step < 1:
            raise ValueError(f"The 'overlap' parameter of {name} must be smaller than 1. Got {self.overlap!r} instead.")
        longest_lag = np.ceil(self.sampling_rate_hz / self.locomotion_band[0])
        if longest_lag >= length:
            raise ValueError(
                f"{name}: the window_size_s must be longer than the longest period, 1 / locomotion_band[0]. Found "
                f"window_size_s={self.window_size_s} and a period of {1 / self.locomotion_band[0]} s."
            )
        resolution = self.sampling_rate_hz / 2 / (length // 2)
        if self.harmonic_tolerance_hz < resolution:
            raise ValueError(
                f"Value for harmonic_tolerance_hz too small. Found {self.harmonic_tolerance_hz} Hz, but the spectrum "
                f"of a window of {self.window_size_s} s has a resolution of {resolution} Hz. Expected at least that."
            )
