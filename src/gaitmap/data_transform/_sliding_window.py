"""Features of a window centred on every sample."""

from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap._kernels.sliding_window import sliding_mean_and_variance, sliding_slope
from gaitmap.data_transform._base import BaseTransformer
from gaitmap.data_transform._values import check_has_one_column_level, float_values
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate
from gaitmap.utils.datatype_helper import SingleSensorData


class BaseSlidingWindowFeatureTransform(BaseTransformer):
    """Base class of features that are calculated in a window around every sample.

    Subclasses set ``_prefix`` and calculate the feature of one column in ``_calculate``.

    Parameters
    ----------
    window_size_s
        Length of the window in seconds.

    Attributes
    ----------
    transformed_data_
        The feature for every sample.
    effective_window_size_samples_
        Length of the window in samples: always odd, so that it has a centre.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.
    sampling_rate_hz
        The sampling rate passed to the ``transform`` method.
    """

    _prefix: str = "feature"

    data: Any
    sampling_rate_hz: Any

    def __init__(self, window_size_s: float | None = None) -> None:
        self.window_size_s = window_size_s

    @property
    def effective_window_size_samples_(self) -> int:
        """Length of the window in samples (after ``transform`` was called)."""
        n_samples = round(self.sampling_rate_hz * self.window_size_s)
        return n_samples + 1 if n_samples % 2 == 0 else n_samples

    def transform(self, data: SingleSensorData | pd.Series, *, sampling_rate_hz: float | None = None, **_: Any) -> Self:
        """Calculate the feature for every sample of every column.

        Parameters
        ----------
        data
            DataFrame with one column level, or Series.
        sampling_rate_hz
            Sampling rate of the data in Hz.

        Returns
        -------
        self
            The instance with the result attached.
        """
        check_sampling_rate(self, sampling_rate_hz)
        check_number(self, "window_size_s", self.window_size_s, above=0)
        if not isinstance(data, pd.Series):
            check_has_one_column_level(data)
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        self._check_parameters()
        half_window = self.effective_window_size_samples_ // 2
        values = float_values(self, data)
        if isinstance(data, pd.Series):
            feature = self._calculate(_writeable(values), half_window)
            self.transformed_data_ = pd.Series(feature, index=data.index, name=f"{self._prefix}__{data.name}")
            return self
        features = np.empty(values.shape, order="F")
        for column in range(values.shape[1]):
            features[:, column] = self._calculate(_writeable(values[:, column]), half_window)
        names = pd.Index([f"{self._prefix}__{name}" for name in data.columns], name=data.columns.name)
        self.transformed_data_ = pd.DataFrame(features, index=data.index, columns=names, copy=False)
        return self

    def _check_parameters(self) -> None:
        """Check parameters of the subclass."""

    def _calculate(self, signal: NDArray, half_window: int) -> NDArray:
        """Calculate the feature of one signal (float64) for windows of ``2 * half_window + 1`` samples."""
        raise NotImplementedError


class SlidingWindowMean(BaseSlidingWindowFeatureTransform):
    """Mean of a window centred on every sample.

    Parameters
    ----------
    window_size_s
        Length of the window in seconds.

    Attributes
    ----------
    transformed_data_
        The means, index as in the data, column names with the prefix ``mean__``.
    effective_window_size_samples_
        Length of the window in samples: ``window_size_s`` times the sampling rate, rounded, plus 1 where that is even.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.
    sampling_rate_hz
        The sampling rate passed to the ``transform`` method.

    Notes
    -----
    The window shrinks at both ends of the data. Values that are not finite are left out; NaN where nothing is left.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import SlidingWindowMean
    >>> data = pd.DataFrame({"gyr_ml": [1.0, 2.0, 6.0]})
    >>> SlidingWindowMean(window_size_s=0.03).transform(data, sampling_rate_hz=100).transformed_data_
       mean__gyr_ml
    0           1.5
    1           3.0
    2           4.0
    """

    _prefix = "mean"

    def _calculate(self, signal: NDArray, half_window: int) -> NDArray:
        return sliding_mean_and_variance(signal, half_window, 1)[0]


class SlidingWindowVar(BaseSlidingWindowFeatureTransform):
    """Variance of a window centred on every sample (divisor: number of values minus 1).

    Parameters
    ----------
    window_size_s
        Length of the window in seconds.

    Attributes
    ----------
    transformed_data_
        The variances, index as in the data, column names with the prefix ``var__``.
    effective_window_size_samples_
        Length of the window in samples: ``window_size_s`` times the sampling rate, rounded, plus 1 where that is even.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.
    sampling_rate_hz
        The sampling rate passed to the ``transform`` method.

    Notes
    -----
    The window shrinks at both ends of the data. Values that are not finite are left out; NaN where less than two are
    left. No running sum is kept, so the result does not drift over long recordings.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import SlidingWindowVar
    >>> data = pd.DataFrame({"gyr_ml": [1.0, 2.0, 6.0]})
    >>> SlidingWindowVar(window_size_s=0.03).transform(data, sampling_rate_hz=100).transformed_data_
       var__gyr_ml
    0          0.5
    1          7.0
    2          8.0
    """

    _prefix = "var"

    def _calculate(self, signal: NDArray, half_window: int) -> NDArray:
        return sliding_mean_and_variance(signal, half_window, 1)[1]


class SlidingWindowStd(BaseSlidingWindowFeatureTransform):
    """Standard deviation of a window centred on every sample (divisor: number of values minus 1).

    Parameters
    ----------
    window_size_s
        Length of the window in seconds.

    Attributes
    ----------
    transformed_data_
        The standard deviations, index as in the data, column names with the prefix ``std__``.
    effective_window_size_samples_
        Length of the window in samples: ``window_size_s`` times the sampling rate, rounded, plus 1 where that is even.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.
    sampling_rate_hz
        The sampling rate passed to the ``transform`` method.

    Notes
    -----
    The window shrinks at both ends of the data. Values that are not finite are left out; NaN where less than two are
    left.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import SlidingWindowStd
    >>> data = pd.DataFrame({"gyr_ml": [1.0, 3.0, 5.0]})
    >>> SlidingWindowStd(window_size_s=0.03).transform(data, sampling_rate_hz=100).transformed_data_.round(2)
       std__gyr_ml
    0         1.41
    1         2.00
    2         1.41
    """

    _prefix = "std"

    def _calculate(self, signal: NDArray, half_window: int) -> NDArray:
        return np.sqrt(sliding_mean_and_variance(signal, half_window, 1)[1])


class SlidingWindowGradient(BaseSlidingWindowFeatureTransform):
    """Slope of a line fitted to a window centred on every sample.

    Parameters
    ----------
    window_size_s
        Length of the window in seconds. At least two samples.
    padding
        What the data is continued with at both ends: "zeros"; "nearest" (the first and last value); "nan" (no result
        where the window reaches beyond the data).

    Attributes
    ----------
    transformed_data_
        The slopes in units of the data per sample (not per second), index as in the data, column names with the prefix
        ``gradient__``.
    effective_window_size_samples_
        Length of the window in samples: ``window_size_s`` times the sampling rate, rounded, plus 1 where that is even.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.
    sampling_rate_hz
        The sampling rate passed to the ``transform`` method.

    Notes
    -----
    Line of least squares. With ``padding="zeros"`` (the behaviour of gaitmap 2.6) the slopes within half a window of
    both ends are wrong wherever the signal is not near 0 there. A NaN makes all windows NaN that contain it.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import SlidingWindowGradient
    >>> data = pd.DataFrame({"gyr_ml": [0.0, 2.0, 4.0, 6.0]})
    >>> gradient = SlidingWindowGradient(window_size_s=0.03, padding="nan")
    >>> gradient.transform(data, sampling_rate_hz=100).transformed_data_
       gradient__gyr_ml
    0               NaN
    1               2.0
    2               2.0
    3               NaN
    """

    _prefix = "gradient"

    def __init__(
        self, window_size_s: float | None = None, padding: Literal["zeros", "nearest", "nan"] = "zeros"
    ) -> None:
        self.padding = padding
        super().__init__(window_size_s=window_size_s)

    def _check_parameters(self) -> None:
        check_option(self, "padding", self.padding, ("zeros", "nearest", "nan"))
        if self.effective_window_size_samples_ == 1:
            raise ValueError(
                f"{type(self).__name__}: a line cannot be fitted to a window of one sample. Found window_size_s="
                f"{self.window_size_s} at {self.sampling_rate_hz} Hz. Expected a window of at least two samples."
            )

    def _calculate(self, signal: NDArray, half_window: int) -> NDArray:
        ends = (0.0, 0.0)
        if self.padding == "nan":
            ends = (np.nan, np.nan)
        elif self.padding == "nearest" and signal.size:
            ends = (signal[0], signal[-1])
        padded = np.empty(signal.size + 2 * half_window)
        padded[:half_window] = ends[0]
        padded[half_window : half_window + signal.size] = signal
        padded[half_window + signal.size :] = ends[1]
        return sliding_slope(padded, half_window)


def _writeable(values: NDArray) -> NDArray:
    """Copy for the kernels, which are compiled for writeable contiguous float64 alone."""
    return np.array(values, dtype=float, order="C")
