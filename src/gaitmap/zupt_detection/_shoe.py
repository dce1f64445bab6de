"""ZUPT detection by the stance hypothesis."""

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from gaitmap.base import BaseZuptDetector
from gaitmap.utils._checks import check_number, check_option
from gaitmap.utils.datatype_helper import SingleSensorData, is_single_sensor_data
from gaitmap.utils.static_moment_detection import find_static_samples_shoe
from gaitmap.zupt_detection._base import PerSampleZuptDetectorMixin
from gaitmap.zupt_detection._windows import signal_of, window_in_samples


class ShoeZuptDetector(BaseZuptDetector, PerSampleZuptDetectorMixin):
    """Find static moments by the stance hypothesis optimal detector (SHOE).

    The acceleration is compared with gravity and the angular rate with zero, each weighted by its noise.

    Data requirements: one sensor with acc in m/s^2 and gyr in deg/s, in the sensor or the body frame. Any sampling rate
    at which the window has at least 3 samples. The threshold depends on the sensor and must be adapted to it.

    Parameters
    ----------
    acc_noise_variance
        Variance of the noise of the accelerometer [2]_.
    gyr_noise_variance
        Variance of the noise of the gyroscope [2]_.
    window_length_s
        Length of a window in s.
    window_overlap
        Share of a window that neighbouring windows have in common, at least 0 and less than 1. Exactly one of
        ``window_overlap`` and ``window_overlap_samples`` must be given, the other one be None.
    window_overlap_samples
        Number of samples that neighbouring windows have in common. Negative values count from the length of the window:
        -1 is the largest possible overlap.
    inactive_signal_threshold
        A window is static if the mean of the test statistic in it is not above this.
    gravity_direction
        Where the direction of gravity is taken from: the mean acceleration of the whole "recording", or of each
        "window", as in the paper.

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
        Middle of the first window with the smallest test statistic, whether it is static or not (sample number).
    min_vel_value_
        The test statistic of this window; NaN if it is above the threshold.

    Other Parameters
    ----------------
    data
        The data passed to the ``detect`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    The test statistic is ``|acc - g u|^2 / acc_noise_variance + |gyr|^2 / gyr_noise_variance`` with g = 9.81 m/s^2 and
    the direction of gravity u. Only the ratio of the variances and the product of a variance with the threshold matter.

    Deviations from the paper [1]_: u is by default one direction for the whole recording instead of one per window, so
    that the result depends on all samples; and the angular rate enters in deg/s, which makes the threshold so large.

    References
    ----------
    .. [1] Skog, I., Haendel, P., Nilsson, J.-O. & Rantakokko, J. (2010). Zero-velocity detection - an algorithm
       evaluation. IEEE Transactions on Biomedical Engineering, 57(11), 2657-2666.
       https://doi.org/10.1109/TBME.2010.2060723
    .. [2] Wagstaff, B., Peretroukhin, V. & Kelly, J. (2020). Robust data-driven zero-velocity detection for
       foot-mounted inertial navigation. IEEE Sensors Journal. https://doi.org/10.1109/JSEN.2019.2944412

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.utils.consts import SF_COLS
    >>> data = pd.DataFrame([[0, 0, 9.81, 0, 0, 0]] * 50 + [[5, 0, 9.81, 90, 0, 0]] * 50, columns=SF_COLS)
    >>> ShoeZuptDetector(gravity_direction="window").detect(data, sampling_rate_hz=100.0).zupts_
       start  end
    0      0   50
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
        acc_noise_variance: float = 3.5e-9,
        gyr_noise_variance: float = 1.3e-7,
        window_length_s: float = 0.15,
        window_overlap: float | None = 0.5,
        window_overlap_samples: int | None = None,
        inactive_signal_threshold: float = 2310129700,
        gravity_direction: Literal["recording", "window"] = "recording",
    ) -> None:
        self.acc_noise_variance = acc_noise_variance
        self.gyr_noise_variance = gyr_noise_variance
        self.window_length_s = window_length_s
        self.window_overlap = window_overlap
        self.window_overlap_samples = window_overlap_samples
        self.inactive_signal_threshold = inactive_signal_threshold
        self.gravity_direction = gravity_direction

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
            If acc or gyr columns are missing, or the window parameters do not fit.
        ValueError
            If a variance or the direction of gravity is not valid, or the data are shorter than a window.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        is_single_sensor_data(data, frame="any", raise_exception=True)
        check_number(self, "acc_noise_variance", self.acc_noise_variance, above=0)
        check_number(self, "gyr_noise_variance", self.gyr_noise_variance, above=0)
        check_option(self, "gravity_direction", self.gravity_direction, ("recording", "window"))
        window_length, overlap = window_in_samples(self, sampling_rate_hz)
        self.per_sample_zupts_, self.min_vel_index_, min_value = find_static_samples_shoe(
            signal_of(data, "acc"),
            signal_of(data, "gyr"),
            self.acc_noise_variance,
            self.gyr_noise_variance,
            window_length,
            self.inactive_signal_threshold,
            overlap,
            gravity_direction=self.gravity_direction,
        )
        self.window_length_samples_ = window_length
        self.window_overlap_samples_ = overlap
        self.min_vel_value_ = min_value if min_value <= self.inactive_signal_threshold else np.nan
        return self
