"""Change of the sampling rate."""

from fractions import Fraction
from functools import partial
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.data_transform._base import BaseTransformer
from gaitmap.data_transform._fourier_resampling import resample_fourier
from gaitmap.data_transform._values import float_values
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate
from gaitmap.utils.datatype_helper import SingleSensorData, SingleSensorRegionsOfInterestList
from gaitmap.utils.exceptions import ValidationError

# Longest polyphase filter: 20 times this number of coefficients.
_LARGEST_FACTOR = 10_000


class Resample(BaseTransformer):
    """Resample data, and convert the borders of regions or strides, to another sampling rate.

    Parameters
    ----------
    target_sampling_rate_hz
        Sampling rate of the result in Hz.
    method
        "fourier": exact for periodic signals; uses the whole recording at once, so its end shines into its start, and
        one NaN makes the whole column NaN.
        "polyphase": a short low-pass filter at every sample; for long recordings and for data with gaps.
    time_index
        Give the result an index in seconds from the start of the data, instead of sample numbers.

    Attributes
    ----------
    transformed_data_
        The resampled data (only if data was passed). Column names are kept; the index is new. At equal rates a copy of
        the data with its own index.
    transformed_roi_list_
        The list with ``start`` and ``end`` at the new rate, rounded to samples, in their own dtype (only if a list was
        passed). All other columns are copied as they are.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.
    roi_list
        The list passed to the ``transform`` method.
    sampling_rate_hz
        The sampling rate passed to the ``transform`` method.

    Notes
    -----
    The number of samples is the old one times the ratio of the rates, rounded half to even. Event columns of a stride
    list (such as ``ic``) are not converted.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import Resample
    >>> data = pd.DataFrame({"gyr_ml": [0.0, 1.0, 0.0, -1.0]})
    >>> Resample(100).transform(data, sampling_rate_hz=50).transformed_data_.shape
    (8, 1)
    """

    def __init__(
        self,
        target_sampling_rate_hz: float | None = None,
        method: Literal["fourier", "polyphase"] = "fourier",
        time_index: bool = False,
    ) -> None:
        self.target_sampling_rate_hz = target_sampling_rate_hz
        self.method = method
        self.time_index = time_index

    def transform(
        self,
        data: SingleSensorData | pd.Series | NDArray | None = None,
        *,
        roi_list: SingleSensorRegionsOfInterestList | None = None,
        sampling_rate_hz: float | None = None,
        **_: Any,
    ) -> Self:
        """Resample data, a list of regions or strides, or both.

        Parameters
        ----------
        data
            DataFrame, Series or array; resampled along the first axis.
        roi_list
            Regions or strides of one sensor, with the columns ``start`` and ``end``.
        sampling_rate_hz
            Sampling rate of ``data`` and ``roi_list`` in Hz.

        Returns
        -------
        self
            The instance with the results attached.
        """
        check_sampling_rate(self, sampling_rate_hz)
        check_number(self, "target_sampling_rate_hz", self.target_sampling_rate_hz, above=0)
        check_option(self, "method", self.method, ("fourier", "polyphase"))
        if data is None and roi_list is None:
            raise ValueError(f"{type(self).__name__}: nothing to resample. Expected data, roi_list, or both.")
        if roi_list is not None:
            _check_has_borders(self, roi_list)
        self.sampling_rate_hz = sampling_rate_hz
        rates = (float(sampling_rate_hz), float(self.target_sampling_rate_hz))  # type: ignore[arg-type]
        if data is not None:
            self.data = data
            self.transformed_data_ = self._resample_data(data, *rates)
        if roi_list is not None:
            self.roi_list = roi_list
            self.transformed_roi_list_ = _convert_borders(roi_list, *rates)
        return self

    def _resample_data(self, data: Any, old_rate: float, new_rate: float) -> Any:
        if new_rate == old_rate:
            resampled = data.copy() if isinstance(data, np.ndarray) else data.copy(deep=False)
        else:
            resampled = _with_new_rows(data, self._resample_values(float_values(self, data), old_rate, new_rate))
        if self.time_index and not isinstance(resampled, np.ndarray):
            resampled.index = pd.Index(np.arange(len(resampled)) / new_rate)
        return resampled

    def _resample_values(self, values: NDArray, old_rate: float, new_rate: float) -> NDArray:
        n_samples = round(len(values) * new_rate / old_rate)
        if n_samples == 0:
            raise ValueError(
                f"{type(self).__name__}: nothing is left of {len(values)} samples at {old_rate} Hz when resampled to "
                f"{new_rate} Hz. Expected data of at least one sample at the new rate."
            )
        if self.method == "fourier":
            resample = partial(resample_fourier, n_samples=n_samples)
        else:
            up, down = self._up_and_down(old_rate, new_rate)
            resample = partial(_resample_polyphase, n_samples=n_samples, up=up, down=down)
        if values.ndim == 1:
            return resample(values)
        # Column by column: the copies made on the way are those of one column only.
        resampled = np.empty((n_samples, *values.shape[1:]), dtype=values.dtype, order="F")
        for column in np.ndindex(*values.shape[1:]):
            resampled[:, *column] = resample(values[:, *column])
        return resampled

    def _up_and_down(self, old_rate: float, new_rate: float) -> tuple[int, int]:
        # Decimal text gives the ratio that was meant: 204.8 Hz is 1024 / 5, not the nearest binary fraction.
        ratio = Fraction(str(new_rate)) / Fraction(str(old_rate))
        if max(ratio.numerator, ratio.denominator) > _LARGEST_FACTOR:
            raise ValueError(
                f"{type(self).__name__}: the rates {old_rate} Hz and {new_rate} Hz have the ratio {ratio.denominator}:"
                f"{ratio.numerator}. Expected numbers up to {_LARGEST_FACTOR} for method='polyphase'. Round the rates, "
                "or use method='fourier'."
            )
        return ratio.numerator, ratio.denominator


def _resample_polyphase(signal: NDArray, n_samples: int, up: int, down: int) -> NDArray:
    from scipy.signal import resample_poly

    # Both ends are continued along the line between first and last sample, which keeps them free of ringing.
    return resample_poly(signal, up, down, padtype="line")[:n_samples]


def _convert_borders(roi_list: pd.DataFrame, old_rate: float, new_rate: float) -> pd.DataFrame:
    converted = roi_list.copy(deep=False)
    if new_rate != old_rate:
        for column in ("start", "end"):
            borders = roi_list[column]
            exact = borders.astype("Float64" if pd.api.types.is_extension_array_dtype(borders.dtype) else "float64")
            converted[column] = (exact * new_rate / old_rate).round().astype(borders.dtype)
    return converted


def _with_new_rows(data: Any, values: NDArray) -> Any:
    if isinstance(data, pd.DataFrame):
        return pd.DataFrame(values, columns=data.columns, copy=False)
    if isinstance(data, pd.Series):
        return pd.Series(values, name=data.name, copy=False)
    return values


def _check_has_borders(owner: Resample, roi_list: Any) -> None:
    columns = list(roi_list.columns) if isinstance(roi_list, pd.DataFrame) else []
    if not {"start", "end"} <= set(columns):
        raise ValidationError(
            f"{type(owner).__name__}: the roi_list has no borders. Found {type(roi_list).__name__} with the columns "
            f"{columns}. Expected a DataFrame with the columns ['start', 'end']."
        )
