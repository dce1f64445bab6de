"""Filters in the frequency domain."""

import functools
from typing import Any, ClassVar, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap._kernels.zero_phase import filter_zero_phase
from gaitmap.data_transform._base import BaseTransformer
from gaitmap.data_transform._values import float_values, like
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils.array_handling import split_array_at_nan
from gaitmap.utils.datatype_helper import SingleSensorData


class BaseFilter(BaseTransformer):
    """Base class of filters: transformers that can also be called by ``filter``.

    Attributes
    ----------
    transformed_data_
        The filtered data.
    filtered_data_
        The same object.

    Other Parameters
    ----------------
    data
        The data passed to the ``filter`` or ``transform`` method.
    """

    _action_methods: ClassVar[tuple[str, ...]] = ("transform", "filter")

    @property
    def filtered_data_(self) -> Any:
        """The filtered data."""
        return self.transformed_data_

    def filter(self, data: SingleSensorData, *, sampling_rate_hz: float | None = None, **kwargs: Any) -> Self:
        """Filter the data; the same as ``transform``.

        Parameters
        ----------
        data
            The data to filter.
        sampling_rate_hz
            Sampling rate of the data in Hz.
        kwargs
            Further arguments of ``transform``.

        Returns
        -------
        self
            The instance with the result attached.
        """
        return self.transform(data, sampling_rate_hz=sampling_rate_hz, **kwargs)


class ButterworthFilter(BaseFilter):
    """Butterworth filter without phase shift.

    Parameters
    ----------
    order
        Order of the filter. It is applied twice (forwards and backwards), which doubles the effective order.
    cutoff_freq_hz
        Cut-off frequency in Hz; a pair of them for "bandpass" and "bandstop".
    filter_type
        "lowpass", "highpass", "bandpass" or "bandstop".

    Attributes
    ----------
    transformed_data_
        The filtered data, of the type of the data.
    filtered_data_
        The same object.

    Other Parameters
    ----------------
    data
        The data passed to the ``filter`` or ``transform`` method.
    sampling_rate_hz
        The sampling rate passed to the ``filter`` or ``transform`` method.

    Raises
    ------
    ValueError
        If the sampling rate is missing, the cut-off frequency is not below half of it, or the data is too short.

    Notes
    -----
    Second-order sections run forwards and backwards, with the result of :func:`scipy.signal.sosfiltfilt`. At the
    cut-off frequency the amplitude falls to 1/2 instead of 1/sqrt(2), because the filter is applied twice. A NaN makes
    its whole column NaN.

    Examples
    --------
    >>> import numpy as np
    >>> from gaitmap.data_transform import ButterworthFilter
    >>> signal = np.sin(2 * np.pi * 30 * np.arange(0, 5, 0.01))
    >>> filtered = ButterworthFilter(4, 5).filter(signal, sampling_rate_hz=100).filtered_data_
    >>> bool(np.abs(filtered[100:-100]).max() < 1e-3)
    True
    """

    def __init__(
        self,
        order: int,
        cutoff_freq_hz: float | tuple[float, float],
        filter_type: Literal["lowpass", "highpass", "bandpass", "bandstop"] = "lowpass",
    ) -> None:
        self.order = order
        self.cutoff_freq_hz = cutoff_freq_hz
        self.filter_type = filter_type

    def transform(
        self, data: SingleSensorData | pd.Series | NDArray, *, sampling_rate_hz: float | None = None, **_: Any
    ) -> Self:
        """Filter the data.

        Parameters
        ----------
        data
            DataFrame, Series or array; filtered along the first axis.
        sampling_rate_hz
            Sampling rate of the data in Hz.

        Returns
        -------
        self
            The instance with the result attached.
        """
        check_sampling_rate(self, sampling_rate_hz)
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        values = float_values(self, data)
        self.transformed_data_ = like(data, self._filter_columns(values))
        return self

    def _filter_columns(self, values: NDArray) -> NDArray[np.float64]:
        cutoff = self.cutoff_freq_hz
        cutoffs = tuple(np.ravel(cutoff).tolist()) if np.ndim(cutoff) else cutoff
        sections, steady_states, edge = _design(self.order, cutoffs, self.filter_type, self.sampling_rate_hz)
        if len(values) <= edge:
            raise ValueError(
                f"{type(self).__name__}: the signal is too short, the length of the input is {len(values)} samples. "
                f"Expected more than {edge}, as the signal is extended by so many at both ends. Use a longer signal, "
                "or a filter of lower order."
            )
        rows = np.array(values.reshape(len(values), -1).T, dtype=float, order="C")
        filter_zero_phase(sections, steady_states, rows, edge)
        return rows.T.reshape(values.shape)


@functools.lru_cache(maxsize=64)
def _design(order: Any, cutoff: Any, kind: str, sampling_rate_hz: float) -> tuple[NDArray, NDArray, int]:
    """Sections of the filter (never to be changed), their steady states, and by how much a signal is extended."""
    from scipy.signal import butter, sosfilt_zi

    sections = butter(order, cutoff, btype=kind, output="sos", fs=sampling_rate_hz)
    # As SciPy extends a signal: by three times the length of the filter as a single section.
    edge = 3 * (2 * len(sections) + 1 - int(min((sections[:, 2] == 0).sum(), (sections[:, 5] == 0).sum())))
    return sections, sosfilt_zi(sections), edge


def filter_between_gaps(
    signal: NDArray, signal_filter: BaseFilter, sampling_rate_hz: float, min_samples: int = 1
) -> NDArray[np.float64]:
    """Filter each part of a 1-D signal without NaN by itself; parts too short for it become NaN.

    Too short are parts of less than ``min_samples``, and those that the filter refuses. Raises the error of the filter
    if it refuses all others.
    """
    if len(signal) >= max(1, min_samples) and np.isfinite(signal).all():
        return signal_filter.clone().filter(signal, sampling_rate_hz=sampling_rate_hz).filtered_data_
    filtered = np.full(len(signal), np.nan)
    error, any_filtered = None, False
    for first, part in split_array_at_nan(signal):
        if len(part) < min_samples:
            continue
        try:
            result = signal_filter.clone().filter(part, sampling_rate_hz=sampling_rate_hz)
        except ValueError as filter_error:
            error = filter_error
        else:
            filtered[first : first + len(part)] = result.filtered_data_
            any_filtered = True
    if error is not None and not any_filtered:
        raise error
    return filtered
