"""ZUPT detection by a threshold on the norm of one sensor."""

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from gaitmap.base import BaseZuptDetector
from gaitmap.utils._checks import check_option
from gaitmap.utils.datatype_helper import SingleSensorData, is_single_sensor_data
from gaitmap.utils.static_moment_detection import METRIC_FUNCTION_NAMES, find_static_samples
from gaitmap.zupt_detection._base import PerSampleZuptDetectorMixin
from gaitmap.zupt_detection._windows import signal_of, window_in_samples


class NormZuptDetector(BaseZuptDetector, PerSampleZuptDetectorMixin):
    """Find static moments by a threshold on a windowed metric of the norm of one sensor.

    Data requirements: one sensor, with the three columns of the chosen sensor in the sensor or the body frame, gyr in
    deg/s, acc in m/s^2. Any sampling rate at which the window has at least 3 samples.

    Parameters
    ----------
    sensor
        Sensor whose norm is used: "gyr" or "acc".
    window_length_s
        Length of a window in s.
    window_overlap
        Share of a window that neighbouring windows have in common, at least 0 and less than 1. Exactly one of
        ``window_overlap`` and ``window_overlap_samples`` must be given, the other one be None.
    window_overlap_samples
        Number of samples that neighbouring windows have in common. Negative values count from the length of the window:
        -1 is the largest possible overlap.
    metric
        Metric of the norm in a window: "mean", "squared_mean" (of the squared norm), "maximum", "median" or "variance".
    inactive_signal_threshold
        A window is static if its metric is not above this, in the unit of the metric.

    Attributes
    ----------
    zupts_
        Frame with the columns ``start`` and ``end`` (samples, end exclusive), one row per sequence of static samples.
    per_sample_zupts_
        Bool array, True for each sample that lies in a static window.
    window_length_samples_
        Length of a window in samples.
    window_overlap_samples_
        Overlap of neighbouring windows in samples.
    min_vel_index_
        Middle of the first window with the smallest metric, whether it is static or not (sample number).
    min_vel_value_
        The metric of this window; NaN if it is above the threshold.

    Other Parameters
    ----------------
    data
        The data passed to the ``detect`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    A sample is static if any window that contains it is. Only complete windows count: up to one step (window without
    overlap) at the end of the data is never static. NaN values are left out of the metrics.

    See Also
    --------
    gaitmap.utils.static_moment_detection.find_static_samples : The calculation.

    Examples
    --------
    >>> import pandas as pd
    >>> gyr = pd.DataFrame({"gyr_x": [90.0] * 50 + [1.0] * 50 + [90.0] * 50, "gyr_y": 0.0, "gyr_z": 0.0})
    >>> NormZuptDetector(window_overlap=None, window_overlap_samples=-1).detect(gyr, sampling_rate_hz=100.0).zupts_
       start  end
    0     48  102
    """

    per_sample_zupts_: NDArray[np.bool_]
    window_length_samples_: int
    window_overlap_samples_: int
    min_vel_index_: int
    min_vel_value_: float

    data: SingleSensorData
    sampling_rate_hz: float

    def __init__(
        self,
        *,
        sensor: Literal["acc", "gyr"] = "gyr",
        window_length_s: float = 0.15,
        window_overlap: float | None = 0.5,
        window_overlap_samples: int | None = None,
        metric: METRIC_FUNCTION_NAMES = "mean",
        inactive_signal_threshold: float = 15,
    ) -> None:
        self.sensor = sensor
        self.window_length_s = window_length_s
        self.window_overlap = window_overlap
        self.window_overlap_samples = window_overlap_samples
        self.metric = metric
        self.inactive_signal_threshold = inactive_signal_threshold

    def detect(self, data: SingleSensorData, *, sampling_rate_hz: float, **_: Any) -> Self:  # type: ignore[override]
        """Find static moments.

        Parameters
        ----------
        data
            Data of one sensor.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValidationError
            If the columns of the sensor are missing, or the window parameters do not fit.
        ValueError
            If the sensor or the metric is unknown, or the data are shorter than a window.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        check_option(self, "sensor", self.sensor, ("acc", "gyr"))
        is_single_sensor_data(
            data, check_acc=self.sensor == "acc", check_gyr=self.sensor == "gyr", frame="any", raise_exception=True
        )
        window_length, overlap = window_in_samples(self, sampling_rate_hz)
        self.per_sample_zupts_, self.min_vel_index_, min_value = find_static_samples(
            signal_of(data, self.sensor), window_length, self.inactive_signal_threshold, self.metric, overlap
        )
        self.window_length_samples_ = window_length
        self.window_overlap_samples_ = overlap
        self.min_vel_value_ = min_value if min_value <= self.inactive_signal_threshold else np.nan
        return self


class AredZuptDetector(NormZuptDetector):
    """Find static moments by the angular rate energy (ARED).

    This is the :class:`NormZuptDetector` with the defaults of the angular rate energy detector: the mean of the squared
    norm of the angular rate in a window around every sample.

    Data requirements: as for the :class:`NormZuptDetector`.

    Parameters
    ----------
    sensor
        Sensor whose norm is used: "gyr" or "acc".
    window_length_s
        Length of a window in s.
    window_overlap
        Share of a window that neighbouring windows have in common, at least 0 and less than 1. To use it, set
        ``window_overlap_samples`` to None.
    window_overlap_samples
        Number of samples that neighbouring windows have in common. Negative values count from the length of the window:
        -1 is the largest possible overlap.
    metric
        Metric of the norm in a window: "mean", "squared_mean" (of the squared norm), "maximum", "median" or "variance".
    inactive_signal_threshold
        A window is static if its metric is not above this, in the unit of the metric, here (deg/s)^2.

    Attributes
    ----------
    zupts_
        Frame with the columns ``start`` and ``end`` (samples, end exclusive), one row per sequence of static samples.
    per_sample_zupts_
        Bool array, True for each sample that lies in a static window.
    window_length_samples_
        Length of a window in samples.
    window_overlap_samples_
        Overlap of neighbouring windows in samples.
    min_vel_index_
        Middle of the first window with the smallest metric, whether it is static or not (sample number).
    min_vel_value_
        The metric of this window; NaN if it is above the threshold.

    Other Parameters
    ----------------
    data
        The data passed to the ``detect`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    References
    ----------
    Skog, I., Haendel, P., Nilsson, J.-O. & Rantakokko, J. (2010). Zero-velocity detection - an algorithm evaluation.
    IEEE Transactions on Biomedical Engineering, 57(11), 2657-2666. https://doi.org/10.1109/TBME.2010.2060723

    Examples
    --------
    >>> import pandas as pd
    >>> gyr = pd.DataFrame({"gyr_x": [90.0] * 50 + [1.0] * 50 + [90.0] * 50, "gyr_y": 0.0, "gyr_z": 0.0})
    >>> AredZuptDetector().detect(gyr, sampling_rate_hz=100.0).zupts_
       start  end
    0     50  100
    """

    def __init__(
        self,
        *,
        sensor: Literal["acc", "gyr"] = "gyr",
        window_length_s: float = 0.15,
        window_overlap: float | None = None,
        window_overlap_samples: int | None = -1,
        metric: METRIC_FUNCTION_NAMES = "squared_mean",
        inactive_signal_threshold: float = 180,
    ) -> None:
        super().__init__(
            sensor=sensor,
            window_length_s=window_length_s,
            window_overlap=window_overlap,
            window_overlap_samples=window_overlap_samples,
            metric=metric,
            inactive_signal_threshold=inactive_signal_threshold,
        )
