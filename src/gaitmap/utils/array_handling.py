"""Windows, intervals, local extrema and resampling of plain arrays."""

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import zip_longest
from numbers import Integral
from typing import Any, Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from gaitmap._kernels.windows import extrema_in_windows
from gaitmap.utils._checks import check_option
from gaitmap.utils.datatype_helper import (
    RegionsOfInterestList,
    SingleSensorData,
    StrideList,
    is_single_sensor_data,
    is_single_sensor_regions_of_interest_list,
    is_single_sensor_stride_list,
)
from gaitmap.utils.exceptions import ValidationError


# ---------------------------------------------------------------------------------------------------------------------
# Windows and intervals
# ---------------------------------------------------------------------------------------------------------------------
def sliding_window_view(arr: NDArray, window_length: int, overlap: int, nan_padding: bool = False) -> NDArray:
    """Cut an array into windows along its first axis.

    Parameters
    ----------
    arr
        Array of shape ``(n,)`` or ``(n, m)``.
    window_length
        Length of a window in samples, at least 2.
    overlap
        Samples that neighbouring windows share, less than ``window_length``.
    nan_padding
        Complete the last window with NaN. Without it, the samples after the last complete window are left out.

    Returns
    -------
    numpy.ndarray
        Windows of shape ``(n_windows, window_length)`` or ``(n_windows, window_length, m)``, without the dimensions of
        length 1. Without padding it is a writeable view of the data, with padding a float copy.

    Raises
    ------
    ValueError
        If the window is too short, the overlap too large, or (without padding) the array shorter than a window.

    Examples
    --------
    >>> sliding_window_view(np.arange(6), window_length=3, overlap=1)
    array([[0, 1, 2],
           [2, 3, 4]])
    """
    if overlap >= window_length:
        raise ValueError(
            f"sliding_window_view: the overlap must be smaller than the window. Found overlap {overlap} and "
            f"window_length {window_length}. Reduce the overlap ."
        )
    if window_length < 2:
        raise ValueError(f"sliding_window_view: a window_length of at least 2 is needed. Found {window_length}.")
    step = window_length - overlap
    n_samples = len(arr)
    if nan_padding:
        n_windows = max(0, math.ceil((n_samples - window_length) / step)) + 1
        padding = np.full((window_length + (n_windows - 1) * step - n_samples, *arr.shape[1:]), np.nan)
        arr = np.concatenate([arr, padding], dtype=float)
    elif n_samples < window_length:
        raise ValueError(
            f"sliding_window_view: the array of {n_samples} samples is shorter than the window of {window_length} "
            "(negative dimensions are not allowed). Use nan_padding=True or shorter windows."
        )
    windows = np.lib.stride_tricks.sliding_window_view(arr, window_length, axis=0, writeable=arr.flags.writeable)
    # The window is the last dimension there, and the second here.
    return np.squeeze(np.moveaxis(windows[::step], -1, 1))


def bool_array_to_start_end_array(bool_array: NDArray) -> NDArray[np.int64]:
    """Find the runs of true values.

    Parameters
    ----------
    bool_array
        Array of True and False, or of 0 and 1.

    Returns
    -------
    numpy.ndarray
        Half-open intervals ``[start, end)``, shape ``(n_runs, 2)``.

    Raises
    ------
    TypeError
        If it is no NumPy array.
    ValueError
        If there are other values than 0 and 1.

    Examples
    --------
    >>> bool_array_to_start_end_array(np.array([0, 1, 1, 0, 1]))
    array([[1, 3],
           [4, 5]])
    """
    if not isinstance(bool_array, np.ndarray):
        raise TypeError(f"bool_array_to_start_end_array: expected a numpy array. Found {type(bool_array).__name__}.")
    is_true = bool_array.astype(bool)
    if not np.array_equal(bool_array, is_true):
        raise ValueError("bool_array_to_start_end_array: a boolean array is expected: only True, False, 0 and 1.")
    # Steps up and down take turns, beginning with a step up.
    steps = np.flatnonzero(np.diff(is_true, prepend=False, append=False))
    return steps.reshape(-1, 2)


def start_end_array_to_bool_array(start_end_array: ArrayLike, pad_to_length: int | None = None) -> NDArray[np.bool_]:
    """Mark the samples that lie in at least one of the intervals.

    Parameters
    ----------
    start_end_array
        Half-open intervals ``[start, end)`` of shape ``(n, 2)`` or a single one of shape ``(2,)``, in any order.
    pad_to_length
        Length of the result; what is beyond is cut off. By default the largest number among the intervals.

    Returns
    -------
    numpy.ndarray
        Boolean array.

    Raises
    ------
    ValueError
        If ``pad_to_length`` is negative, or there is neither an interval nor a length.

    Examples
    --------
    >>> start_end_array_to_bool_array([[1, 3]], pad_to_length=4)
    array([False,  True,  True, False])
    """
    intervals = np.atleast_2d(np.asarray(start_end_array, dtype=np.int64))
    if pad_to_length is not None and pad_to_length < 0:
        raise ValueError(f"start_end_array_to_bool_array: pad_to_length must be positive. Found {pad_to_length}.")
    if intervals.size == 0:
        if pad_to_length is None:
            raise ValueError("start_end_array_to_bool_array: without any interval, pad_to_length is needed.")
        return np.zeros(pad_to_length, dtype=bool)
    length = int(intervals.max()) if pad_to_length is None else pad_to_length
    # +1 at every start and -1 at every end: the sum up to a sample counts the intervals it lies in.
    borders = np.clip(intervals, 0, length)
    opened = np.bincount(borders[:, 0], minlength=length + 1)
    closed = np.bincount(borders[:, 1], minlength=length + 1)
    return np.cumsum(opened - closed)[:length] > 0


def split_array_at_nan(a: NDArray) -> list[tuple[int, NDArray]]:
    """Split a 1-D array into its parts without NaN or infinite values.

    Returns
    -------
    list of (int, numpy.ndarray)
        Position of the first sample of each part, and the part itself.

    Examples
    --------
    >>> split_array_at_nan(np.array([1.0, np.nan, 2.0, 3.0]))
    [(0, array([1.])), (2, array([2., 3.]))]
    """
    runs = bool_array_to_start_end_array(np.isfinite(a))
    return [(int(start), a[start:end]) for start, end in runs]


def merge_intervals(input_array: ArrayLike, gap_size: int = 0) -> NDArray:
    """Merge intervals that overlap, touch, or are separated by a small gap.

    Parameters
    ----------
    input_array
        Intervals of shape ``(n, 2)`` in any order.
    gap_size
        Intervals with a gap of at most this size are merged.

    Returns
    -------
    numpy.ndarray
        Merged intervals sorted by their start, of the same dtype.

    Examples
    --------
    >>> merge_intervals([[5, 7], [1, 3], [2, 4]])
    array([[1, 4],
           [5, 7]])
    """
    intervals = np.asarray(input_array)
    if intervals.size == 0:
        return intervals
    intervals = intervals[np.argsort(intervals[:, 0], kind="stable")]
    ends_so_far = np.maximum.accumulate(intervals[:, 1])
    is_first = np.append(True, intervals[1:, 0] > ends_so_far[:-1] + gap_size)
    is_last = np.append(is_first[1:], True)
    return np.column_stack([intervals[is_first, 0], ends_so_far[is_last]])


# ---------------------------------------------------------------------------------------------------------------------
# Local extrema
# ---------------------------------------------------------------------------------------------------------------------
def find_local_minima_below_threshold(data: ArrayLike, threshold: float) -> NDArray[np.int64]:
    """Find the smallest value of each section of the data that is not above the threshold.

    Parameters
    ----------
    data
        Array of shape ``(n,)``.
    threshold
        The data is cut where it is larger than this (and where it is NaN).

    Returns
    -------
    numpy.ndarray
        Position of the (first) minimum of each section. It may lie at the edge of the data.

    Examples
    --------
    >>> find_local_minima_below_threshold([5, 1, 2, 7, 0], threshold=3)
    array([1, 4])
    """
    values = np.asarray(data)
    sections = bool_array_to_start_end_array(values <= threshold)
    starts, ends = sections.T.copy()
    return extrema_in_windows(_read_only(values), starts, ends, 1)


def find_local_minima_with_distance(
    data: ArrayLike, threshold: float | None = None, **kwargs: Any
) -> NDArray[np.int64]:
    """Find local minima with the peak search of SciPy.

    Parameters
    ----------
    data
        Array of shape ``(n,)``.
    threshold
        Only minima of this value or below it. None for no limit.
    kwargs
        Further conditions, as understood by :func:`scipy.signal.find_peaks`, for example ``distance`` in samples.

    Returns
    -------
    numpy.ndarray
        Positions of the minima. The first and the last sample never count.

    Examples
    --------
    >>> find_local_minima_with_distance([5, 1, 5, 0, 5, 2, 5], threshold=1)
    array([1, 3])
    """
    from scipy.signal import find_peaks

    if "height" in kwargs:
        raise TypeError("find_local_minima_with_distance: use 'threshold' in place of 'height'.")
    return find_peaks(-np.asarray(data), height=None if threshold is None else -threshold, **kwargs)[0]


def find_extrema_in_radius(
    data: ArrayLike,
    indices: ArrayLike,
    radius: int | tuple[int, int],
    extrema_type: Literal["min", "max"] = "min",
) -> NDArray:
    """Find the smallest or largest value in a window around each position.

    Parameters
    ----------
    data
        Array of shape ``(n,)``.
    indices
        Positions in the data, shape ``(k,)``; fractions are cut off.
    radius
        Samples before and after a position that belong to its window: one number, or ``(before, after)``.
    extrema_type
        ``"min"`` or ``"max"``.

    Returns
    -------
    numpy.ndarray
        Position of the (first) extremum of each window; NaN values are left out. With a radius of 0, the ``indices``.

    Raises
    ------
    TypeError
        If the radius is neither an integer nor a tuple.
    ValueError
        If ``extrema_type`` is unknown, or a window has no value that is not NaN.

    Examples
    --------
    >>> find_extrema_in_radius([3, 2, 4, 1, 5, 0], [1, 4], radius=1)
    array([1, 5])
    """
    check_option("find_extrema_in_radius", "extrema_type", extrema_type, ("min", "max"))
    if isinstance(radius, Integral):
        before = after = int(radius)
    elif isinstance(radius, tuple) and len(radius) == 2 and all(isinstance(r, Integral) for r in radius):
        before, after = (int(r) for r in radius)
    else:
        raise TypeError(f"find_extrema_in_radius: 'radius' must be an int or a tuple of two ints. Got {radius!r}.")
    if before == after == 0:
        return np.asarray(indices)
    values = _read_only(data)
    centers = np.asarray(indices).astype(np.int64)
    starts = np.clip(centers - before, 0, len(values))
    ends = np.clip(centers + after + 1, 0, len(values))
    extrema = extrema_in_windows(values, starts, ends, 1 if extrema_type == "min" else -1)
    if (extrema < 0).any():
        raise ValueError(
            f"find_extrema_in_radius: no value around the position(s) {centers[extrema < 0][:5].tolist()}. "
            f"All are NaN or outside of the {len(values)} samples."
        )
    return extrema


def _read_only(data: ArrayLike) -> NDArray[np.float64]:
    """View data as the kernel wants it, without a copy where possible; always read-only, so that it compiles once."""
    values = np.ascontiguousarray(data, dtype=float).view()
    values.flags.writeable = False
    return values


# ---------------------------------------------------------------------------------------------------------------------
# Resampling and regions
# ---------------------------------------------------------------------------------------------------------------------
def multi_array_interpolation(arrays: Sequence[ArrayLike], n_samples: int, kind: Any = "linear") -> NDArray[np.float64]:
    """Resample arrays of different lengths to the same number of samples.

    Parameters
    ----------
    arrays
        Arrays of shape ``(n_i, m)``.
    n_samples
        Number of samples of the result. The first and last sample of each array stay the first and last one.
    kind
        Kind of interpolation, as understood by :class:`scipy.interpolate.interp1d`.

    Returns
    -------
    numpy.ndarray
        Shape ``(number of arrays, m, n_samples)``.

    Examples
    --------
    >>> multi_array_interpolation([[[0.0], [1.0]], [[3.0], [2.0], [1.0]]], n_samples=3)
    array([[[0. , 0.5, 1. ]],
    <BLANKLINE>
           [[3. , 2. , 1. ]]])
    """
    return np.stack([_resample(np.asarray(array, dtype=float), n_samples, kind) for array in arrays])


def _resample(array: NDArray[np.float64], n_samples: int, kind: Any) -> NDArray[np.float64]:
    n_old = len(array)
    if kind == "linear" and n_old == 1:
        return np.repeat(array.T, n_samples, axis=1)
    old_positions = np.linspace(0, n_old, n_old)
    new_positions = np.linspace(0, n_old, n_samples)
    if kind == "linear":
        return np.stack([np.interp(new_positions, old_positions, column) for column in array.T])
    from scipy.interpolate import interp1d

    return np.asarray(interp1d(old_positions, array, kind=kind, axis=0)(new_positions).T, dtype=float)


def iterate_region_data(
    signal_sequence: Iterable[SingleSensorData],
    label_sequences: Iterable[StrideList | RegionsOfInterestList],
    expected_col_order: Sequence[str] | None = None,
) -> Iterator[pd.DataFrame]:
    """Go through the data of all strides or regions of several recordings.

    Parameters
    ----------
    signal_sequence
        Recordings of single sensors. They are taken one at a time, when they are needed.
    label_sequences
        For each recording a stride list or a list of regions of interest.
    expected_col_order
        Columns of the results. By default those of the first recording.

    Yields
    ------
    pandas.DataFrame
        Data of one stride or region, in the order of the lists.

    Raises
    ------
    ValidationError
        If the data or a list is not valid, or there are not as many lists as recordings.

    Examples
    --------
    >>> signal = pd.DataFrame({"acc_x": [0.0, 1.0, 2.0, 3.0]})
    >>> regions = pd.DataFrame({"start": [0, 2], "end": [2, 4]}, index=pd.Index([0, 1], name="roi_id"))
    >>> [len(part) for part in iterate_region_data([signal], [regions])]
    [2, 2]
    """
    missing: Any = object()
    for number, (signal, labels) in enumerate(zip_longest(signal_sequence, label_sequences, fillvalue=missing)):
        if signal is missing or labels is missing:
            raise ValidationError(
                f"iterate_region_data: there are not as many label lists as signals. The {number + 1}. "
                f"{'signal' if signal is missing else 'label list'} is missing. Provide one label list for each signal."
            )
        is_single_sensor_data(signal, check_acc=False, check_gyr=False, raise_exception=True)
        _check_is_region_list(labels)
        if expected_col_order is None:
            expected_col_order = list(signal.columns)
        ordered = signal.reindex(columns=list(expected_col_order))
        for start, end in zip(labels["start"].astype(int), labels["end"].astype(int), strict=True):
            yield ordered.iloc[start:end]


def _check_is_region_list(labels: Any) -> None:
    reasons = []
    for check in (is_single_sensor_stride_list, is_single_sensor_regions_of_interest_list):
        try:
            check(labels, raise_exception=True)
        except ValidationError as error:
            reasons.append(str(error))
        else:
            return
    raise ValidationError(
        "iterate_region_data: the labels are neither a stride list nor a list of regions of interest.\n\n"
        "As a stride list:\n\n" + reasons[0] + "\n\nAs a list of regions of interest:\n\n" + reasons[1]
    )
