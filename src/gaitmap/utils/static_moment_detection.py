"""Search for static moments: samples, sequences and windows in which a sensor does not move.

A window is static if a metric of its samples is not above a threshold; a sample is static if any of the static windows
contains it. Windows start at the first sample and follow each other with a step of ``window_length - overlap``; samples
behind the last complete window are never static. NaN values are left out of the metrics, and a window without any other
value is not static.
"""

from collections.abc import Callable, Sequence
from typing import Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaitmap._kernels.windows import (
    mean_of_windows,
    median_is_at_most,
    median_of_windows,
    stance_statistic_of_windows,
    variance_of_windows,
)
from gaitmap.utils._checks import check_option
from gaitmap.utils.array_handling import bool_array_to_start_end_array, merge_intervals, start_end_array_to_bool_array
from gaitmap.utils.consts import GRAV
from gaitmap.utils.vector_math import normalize

METRIC_FUNCTION_NAMES = Literal["maximum", "variance", "mean", "median", "squared_mean"]
_MULTI_SENSOR_METRICS = ("maximum", "variance", "mean", "median")

# Number of windows that the search for the first static one looks at before it goes on.
_CHUNK_LENGTH = 65536


# ---------------------------------------------------------------------------------------------------------------------
# Public functions
# ---------------------------------------------------------------------------------------------------------------------
def find_static_samples(
    signal: ArrayLike,
    window_length: int,
    inactive_signal_th: float,
    metric: METRIC_FUNCTION_NAMES = "mean",
    overlap: int | None = None,
) -> tuple[NDArray[np.bool_], int, float]:
    """Find the static samples of a signal, by a threshold on a windowed metric of its Euclidean norm.

    Parameters
    ----------
    signal
        Signal of shape ``(n, 3)``, usually of the gyroscope.
    window_length
        Length of a window in samples, at least 2.
    inactive_signal_th
        A window is static if its metric is not above this, in the unit of the metric.
    metric
        Metric of the norm in a window. ``"squared_mean"`` is the mean of the squared norm.
    overlap
        Samples that neighbouring windows share. By default ``window_length - 1``.

    Returns
    -------
    is_static : numpy.ndarray
        Boolean array of shape ``(n,)``.
    min_index : int
        Middle (start + ``window_length // 2``) of the first window with the smallest metric, static or not.
    min_value : float
        The metric of this window.

    Raises
    ------
    ValueError
        If the signal does not have this shape, the metric is unknown, or window and overlap do not fit.

    Examples
    --------
    >>> signal = np.zeros((6, 3))
    >>> signal[:, 0] = [5, 5, 1, 0, 1, 5]
    >>> is_static, min_index, min_value = find_static_samples(signal, window_length=3, inactive_signal_th=1)
    >>> is_static
    array([False, False,  True,  True,  True, False])
    >>> min_index, round(min_value, 3)
    (3, 0.667)
    """
    norm, step = _prepare(signal, window_length, metric, overlap)
    values = _metric_of_windows(norm, window_length, step, metric)
    return _static_samples_and_minimum(values, inactive_signal_th, window_length, step, len(norm))


def find_static_samples_shoe(
    acc: ArrayLike,
    gyr: ArrayLike,
    acc_noise_var: float,
    gyr_noise_var: float,
    window_length: int,
    inactive_signal_th: float,
    overlap: int | None = None,
    *,
    gravity_direction: Literal["recording", "window"] = "recording",
) -> tuple[NDArray[np.bool_], int, float]:
    """Find static samples by the stance hypothesis optimal detection (SHOE) statistic.

    The metric of a window is the mean of
    ``|acc - g u|^2 / acc_noise_var + |gyr|^2 / gyr_noise_var`` with the direction of gravity u.

    Parameters
    ----------
    acc
        Acceleration of shape ``(n, 3)`` in m/s^2.
    gyr
        Angular rate of shape ``(n, 3)`` in deg/s.
    acc_noise_var, gyr_noise_var
        Variances of the noise. Only their ratio, and the product of each with the threshold, matter.
    window_length
        Length of a window in samples, at least 2.
    inactive_signal_th
        A window is static if its metric is not above this.
    overlap
        Samples that neighbouring windows share. By default ``window_length - 1``.
    gravity_direction
        Whether u is the direction of the mean acceleration of the whole ``"recording"``, or, as in the paper, of each
        ``"window"``.

    Returns
    -------
    is_static : numpy.ndarray
        Boolean array of shape ``(n,)``.
    min_index : int
        Middle (start + ``window_length // 2``) of the first window with the smallest metric, static or not.
    min_value : float
        The metric of this window.

    Raises
    ------
    ValueError
        If the signals do not have this shape, or window and overlap do not fit.

    References
    ----------
    Skog, I., Haendel, P., Nilsson, J.-O. & Rantakokko, J. (2010). Zero-velocity detection - an algorithm evaluation.
    IEEE Transactions on Biomedical Engineering, 57(11), 2657-2666. https://doi.org/10.1109/TBME.2010.2060723

    Examples
    --------
    >>> acc, gyr = np.tile([0.0, 0.0, 9.81], (6, 1)), np.zeros((6, 3))
    >>> gyr[4:] = 100
    >>> find_static_samples_shoe(acc, gyr, 1.0, 1.0, window_length=2, inactive_signal_th=1.0)[0]
    array([ True,  True,  True,  True, False, False])
    """
    check_option("find_static_samples_shoe", "gravity_direction", gravity_direction, ("recording", "window"))
    acc, gyr = np.asarray(acc, dtype=float), np.asarray(gyr, dtype=float)
    if acc.shape != gyr.shape:
        raise ValueError(f"Acc and Gyr data must have the same shape! Found {acc.shape} and {gyr.shape}.")
    _check_dimensions(acc)
    step = _check_windows(len(acc), window_length, overlap)
    acc_noise_var, gyr_noise_var = float(acc_noise_var), float(gyr_noise_var)
    if gravity_direction == "window":
        # Fresh contiguous copies: the kernel is compiled for these alone.
        signals = np.array(acc, order="C"), np.array(gyr, order="C")
        values = stance_statistic_of_windows(*signals, GRAV, acc_noise_var, gyr_noise_var, window_length, step)
    else:
        is_missing = np.isnan(acc).any(axis=1)
        mean = acc.sum(axis=0, where=~is_missing[:, None]) / max(1, np.count_nonzero(~is_missing))
        gravity = GRAV * normalize(mean)
        statistic = _squared_norm(acc, gravity) / acc_noise_var + _squared_norm(gyr) / gyr_noise_var
        values = mean_of_windows(statistic, window_length, step)
    return _static_samples_and_minimum(values, inactive_signal_th, window_length, step, len(acc))


def find_static_sequences(
    signal: ArrayLike,
    window_length: int,
    inactive_signal_th: float,
    metric: METRIC_FUNCTION_NAMES = "mean",
    overlap: int | None = None,
) -> NDArray[np.int64]:
    """Find the sequences of static samples.

    Parameters
    ----------
    signal, window_length, inactive_signal_th, metric, overlap
        As for :func:`find_static_samples`.

    Returns
    -------
    numpy.ndarray
        Half-open intervals ``[start, end)`` of shape ``(k, 2)``.

    Raises
    ------
    ValueError
        As for :func:`find_static_samples`.

    Examples
    --------
    >>> signal = np.zeros((6, 3))
    >>> signal[:, 0] = [5, 5, 1, 0, 1, 5]
    >>> find_static_sequences(signal, window_length=3, inactive_signal_th=1)
    array([[2, 5]])
    """
    signal = np.asarray(signal)
    _check_dimensions(signal)
    _check_metric(metric)
    _check_length(len(signal), window_length)
    search = StaticSequenceSearch(window_length, inactive_signal_th, metric, overlap)
    return merge_intervals(np.concatenate([search.push(signal), search.finish()]))


class StaticSequenceSearch:
    """Find the sequences of static samples of a signal that comes in blocks.

    Parameters
    ----------
    window_length, inactive_signal_th, metric, overlap
        As for :func:`find_static_samples`.

    Attributes
    ----------
    n_decided
        Number of samples, from the first one on, of which it is known whether they are static.

    Raises
    ------
    ValueError
        If the metric is unknown, or window and overlap do not fit.

    See Also
    --------
    find_static_sequences : The same for a signal that is all there.

    Notes
    -----
    Exact by carry: for blocks of any lengths, the (merged) sequences are those of the whole signal. What is kept from
    one block to the next is shorter than a window.

    Examples
    --------
    >>> signal = np.zeros((6, 3))
    >>> signal[:, 0] = [5, 5, 1, 0, 1, 5]
    >>> search = StaticSequenceSearch(window_length=3, inactive_signal_th=1)
    >>> parts = [search.push(signal[:5]), search.push(signal[5:]), search.finish()]
    >>> merge_intervals(np.concatenate(parts))
    array([[2, 5]])
    """

    def __init__(
        self,
        window_length: int,
        inactive_signal_th: float,
        metric: METRIC_FUNCTION_NAMES = "mean",
        overlap: int | None = None,
    ) -> None:
        _check_metric(metric)
        self._window_length = window_length
        self._step = _step_of_windows(window_length, overlap)
        self._threshold = inactive_signal_th
        self._metric = metric
        self._norm = np.empty(0)
        self._open = np.empty((0, 2), dtype=np.int64)
        self.n_decided = 0

    def push(self, signal: ArrayLike) -> NDArray[np.int64]:
        """Look at the next samples.

        Parameters
        ----------
        signal
            The next block, of shape ``(n, 3)``.

        Returns
        -------
        numpy.ndarray
            Half-open intervals ``[start, end)`` of shape ``(k, 2)``, counted from the first sample of the first block,
            among the samples that were decided by this block. A sequence that goes on is cut in touching parts.
        """
        signal = np.asarray(signal)
        _check_dimensions(signal)
        norm = _norm(signal)
        if len(self._norm):
            norm = np.concatenate([self._norm, norm])
        n_windows = max(0, (len(norm) - self._window_length) // self._step + 1)
        if n_windows:
            is_static = _static_windows(norm, self._window_length, self._step, self._threshold, self._metric)
            found = _sequences(is_static, self._window_length, self._step) + self.n_decided
            self._open = merge_intervals(np.concatenate([self._open, found]))
        # Windows still to come start here.
        self.n_decided += n_windows * self._step
        self._norm = norm[n_windows * self._step :].copy()
        decided = self._open[self._open[:, 0] < self.n_decided]
        self._open = np.maximum(self._open[self._open[:, 1] > self.n_decided], self.n_decided)
        return np.minimum(decided, self.n_decided)

    def finish(self) -> NDArray[np.int64]:
        """Return the intervals among the samples that the last windows left open."""
        self.n_decided += len(self._norm)
        return self._open


def find_first_static_window_multi_sensor(
    signals: Sequence[NDArray] | NDArray,
    window_length: int,
    inactive_signal_th: float,
    metric: Literal["maximum", "variance", "mean", "median"],
) -> tuple[int, int]:
    """Find the first window in which all sensors are static, by the metric of the norm of their signals.

    Parameters
    ----------
    signals
        Signals of n synchronised sensors: a sequence of n arrays ``(k, m)``, or one array ``(k, n, m)``.
    window_length
        Length of the window in samples, at least 2. A window starts at every sample.
    inactive_signal_th
        A window is static if the metric of every sensor is not above this.
    metric
        Metric of the norm in a window.

    Returns
    -------
    start, end : int
        The window, half-open.

    Raises
    ------
    ValueError
        If the signals do not have this shape, the metric is unknown, or there is no such window.

    Notes
    -----
    gaitmap 2.6 compared each axis by itself instead of the norm, if the signals were given as a list.

    Examples
    --------
    >>> moving, resting = np.full((4, 3), 5.0), np.zeros((4, 3))
    >>> signals = [np.concatenate([moving, resting]), np.concatenate([resting, resting])]
    >>> find_first_static_window_multi_sensor(signals, window_length=3, inactive_signal_th=1.0, metric="mean")
    (4, 7)
    """
    check_option("find_first_static_window_multi_sensor", "metric", metric, _MULTI_SENSOR_METRICS)
    sensors = _split_sensors(signals)
    if window_length < 2:
        raise ValueError(f"Invalid Input, window_length must be larger than 1! Found {window_length}.")
    n_windows = len(sensors[0]) - window_length + 1
    for first in range(0, n_windows, _CHUNK_LENGTH):
        part = slice(first, min(first + _CHUNK_LENGTH, n_windows) + window_length - 1)
        is_static = np.logical_and.reduce(
            [_static_windows(_norm(s[part]), window_length, 1, inactive_signal_th, metric) for s in sensors]
        )
        if is_static.any():
            start = first + int(np.argmax(is_static))
            return start, start + window_length
    raise ValueError(
        f"No static window was found: in none of the windows of {window_length} samples, the {metric} of all "
        f"{len(sensors)} sensors is at most {inactive_signal_th}. Use a higher threshold or a shorter window."
    )


# ---------------------------------------------------------------------------------------------------------------------
# Checks and parts
# ---------------------------------------------------------------------------------------------------------------------
def _prepare(
    signal: ArrayLike, window_length: int, metric: str, overlap: int | None
) -> tuple[NDArray[np.float64], int]:
    """Check everything, and return the norm of the signal and the step between windows."""
    signal = np.asarray(signal)
    _check_dimensions(signal)
    _check_metric(metric)
    return _norm(signal), _check_windows(len(signal), window_length, overlap)


def _check_metric(metric: str) -> None:
    if metric not in get_args(METRIC_FUNCTION_NAMES):
        raise ValueError(
            f"Invalid metric passed! Found {metric!r}. Expected one of {', '.join(get_args(METRIC_FUNCTION_NAMES))}."
        )


def _check_dimensions(signal: NDArray) -> None:
    if signal.ndim != 2 or signal.shape[-1] != 3:
        raise ValueError(f"Invalid signal dimensions, signal must be of shape (n,3). Found the shape {signal.shape}.")


def _check_windows(n_samples: int, window_length: int, overlap: int | None) -> int:
    """Return the step between windows."""
    _check_length(n_samples, window_length)
    return _step_of_windows(window_length, overlap)


def _check_length(n_samples: int, window_length: int) -> None:
    if window_length > n_samples:
        raise ValueError(
            f"Invalid window length, the window must not be longer than the signal. Found a window of {window_length} "
            f"samples for a signal of {n_samples} samples."
        )


def _step_of_windows(window_length: int, overlap: int | None) -> int:
    if window_length < 2:
        raise ValueError(f"Invalid Input, window_length must be larger than 1! Found {window_length}.")
    if overlap is None:
        return 1
    if not 0 <= overlap < window_length:
        raise ValueError(
            "Invalid Input, overlap must be smaller than window length and not negative! "
            f"Found an overlap of {overlap} samples for a window of {window_length} samples."
        )
    return window_length - overlap


def _split_sensors(signals: Sequence[NDArray] | NDArray) -> list[NDArray]:
    if isinstance(signals, np.ndarray):
        if signals.ndim != 3:
            raise ValueError(
                "An array of signals must be 3D (time, sensor, axis). "
                f"Found the shape {signals.shape}. Pass a list of arrays otherwise."
            )
        return [signals[:, i] for i in range(signals.shape[1])]
    sensors = [np.asarray(signal) for signal in signals]
    if len({sensor.shape for sensor in sensors}) > 1:
        raise ValueError(
            f"All provided signals need to have the same shape. Found {[sensor.shape for sensor in sensors]}."
        )
    if not sensors or sensors[0].ndim != 2:
        raise ValueError("At least one signal is needed, and each must be 2D (time, axis).")
    return sensors


def _norm(signal: NDArray) -> NDArray[np.float64]:
    squares = _squared_norm(signal)
    return np.sqrt(squares, out=squares)


def _squared_norm(signal: NDArray, offset: Sequence[float] | NDArray | None = None) -> NDArray[np.float64]:
    """Squared norm of each row, after the offset is subtracted; axis by axis, as they lie in memory."""
    total, part = np.zeros(len(signal)), np.empty(len(signal))
    for number, axis in enumerate(signal.T):
        if offset is None:
            np.square(axis, out=part, dtype=float)
        else:
            np.square(np.subtract(axis, offset[number], out=part, dtype=float), out=part)
        total += part
    return total


def _maximum_of_windows(values: NDArray[np.float64], window_length: int, step: int) -> NDArray[np.float64]:
    """Each window is the end of one block of ``window_length`` samples and the start of the next (van Herk, 1992)."""
    padding = -len(values) % window_length
    blocks = np.append(values, np.full(padding, np.nan)).reshape(-1, window_length)
    from_block_start = np.fmax.accumulate(blocks, axis=1).ravel()
    to_block_end = np.fmax.accumulate(blocks[:, ::-1], axis=1)[:, ::-1].ravel()
    starts = np.arange(0, len(values) - window_length + 1, step)
    return np.fmax(to_block_end[starts], from_block_start[starts + window_length - 1])


_METRICS: dict[str, Callable[[NDArray[np.float64], int, int], NDArray[np.float64]]] = {
    "maximum": _maximum_of_windows,
    "variance": variance_of_windows,
    "mean": mean_of_windows,
    "median": median_of_windows,
    "squared_mean": lambda norm, window_length, step: mean_of_windows(norm * norm, window_length, step),
}


def _metric_of_windows(norm: NDArray[np.float64], window_length: int, step: int, metric: str) -> NDArray[np.float64]:
    return _METRICS[metric](norm, window_length, step)


def _static_windows(
    norm: NDArray[np.float64], window_length: int, step: int, threshold: float, metric: str
) -> NDArray[np.bool_]:
    if metric == "median":
        return median_is_at_most(norm, window_length, step, float(threshold))
    return _metric_of_windows(norm, window_length, step, metric) <= threshold


def _sequences(is_static: NDArray[np.bool_], window_length: int, step: int) -> NDArray[np.int64]:
    """Turn static windows into the intervals of the samples that lie in any of them."""
    intervals = bool_array_to_start_end_array(is_static) * step
    # The run of windows [a, b) reaches from the start of its first to the end of its last window.
    intervals[:, 1] += window_length - step
    return merge_intervals(intervals)


def _static_samples_and_minimum(
    values: NDArray[np.float64], threshold: float, window_length: int, step: int, n_samples: int
) -> tuple[NDArray[np.bool_], int, float]:
    is_static = start_end_array_to_bool_array(_sequences(values <= threshold, window_length, step), n_samples)
    first_minimum = 0 if np.isnan(values).all() else int(np.nanargmin(values))
    return is_static, first_minimum * step + window_length // 2, float(values[first_minimum])
