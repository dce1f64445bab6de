"""Copies of a recording at another sampling rate, made in the usual ways, with the true time of every sample.

Each function takes samples (n, d), their rate and the new rate (Hz), and returns the new samples and their times (s).
The true times matter: a Fourier resampling to a whole number of samples has not exactly the rate that was asked for.
"""

from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.interpolate import CubicSpline
from scipy.signal import butter, decimate, resample, resample_poly, sosfiltfilt

Samples = NDArray[np.float64]
Copy = tuple[Samples, NDArray[np.float64]]


def _regular_times(n: int, rate: float, new_rate: float) -> NDArray[np.float64]:
    return np.arange(int((n - 1) * new_rate / rate + 1e-9) + 1) / new_rate


def linear(x: Samples, rate: float, new_rate: float) -> Copy:
    """Interpolate linearly, without a filter."""
    times, own = _regular_times(len(x), rate, new_rate), np.arange(len(x)) / rate
    return np.column_stack([np.interp(times, own, column) for column in x.T]), times


def filtered_linear(x: Samples, rate: float, new_rate: float) -> Copy:
    """Interpolate linearly after a low-pass filter."""
    if new_rate < rate:
        x = sosfiltfilt(butter(4, 0.4 * new_rate, fs=rate, output="sos"), x, axis=0)
    return linear(x, rate, new_rate)


def cubic(x: Samples, rate: float, new_rate: float) -> Copy:
    """Interpolate by a cubic spline."""
    times = _regular_times(len(x), rate, new_rate)
    return CubicSpline(np.arange(len(x)) / rate, x)(times), times


def nearest(x: Samples, rate: float, new_rate: float) -> Copy:
    """Take the nearest sample."""
    times = _regular_times(len(x), rate, new_rate)
    return x[np.rint(times * rate).astype(int)], times


def last_known(x: Samples, rate: float, new_rate: float) -> Copy:
    """Take the last sample before (sample and hold)."""
    times = _regular_times(len(x), rate, new_rate)
    return x[np.floor(times * rate + 1e-9).astype(int)], times


def fourier(x: Samples, rate: float, new_rate: float) -> Copy:
    """Resample in the frequency domain (``scipy.signal.resample``), which rings at the ends."""
    n = round(len(x) * new_rate / rate)
    return resample(x, n), np.arange(n) * len(x) / (n * rate)


def polyphase(x: Samples, rate: float, new_rate: float) -> Copy:
    """Resample by a polyphase filter (``scipy.signal.resample_poly``)."""
    ratio = Fraction(str(new_rate)) / Fraction(str(rate))
    result = resample_poly(x, ratio.numerator, ratio.denominator, axis=0)
    return result, np.arange(len(result)) / new_rate


def decimated(x: Samples, rate: float, new_rate: float) -> Copy | None:
    """Filter and keep every n-th sample (``scipy.signal.decimate``); None where the ratio is not whole."""
    return _every_nth(x, rate, new_rate, lambda step: decimate(x, step, axis=0))


def sliced(x: Samples, rate: float, new_rate: float) -> Copy | None:
    """Keep every n-th sample, without a filter; None where the ratio is not whole."""
    return _every_nth(x, rate, new_rate, lambda step: x[::step])


def _every_nth(x: Samples, rate: float, new_rate: float, take: Callable[[int], Samples]) -> Copy | None:
    step = round(rate / new_rate)
    if step < 2 or abs(step * new_rate - rate) > 1e-9:
        return None
    result = take(step)
    return result, np.arange(len(result)) / new_rate


def pandas_means(x: Samples, rate: float, new_rate: float) -> Copy:
    """Take means of intervals, named by their start (``DataFrame.resample(...).mean()``); empty ones are interpolated.

    The times are those of the names, although the samples belong to the middle of their interval.
    """
    result = _timed(x, rate).resample(_step(new_rate)).mean().interpolate().to_numpy()
    return result, np.arange(len(result)) / new_rate


def pandas_interpolated(x: Samples, rate: float, new_rate: float) -> Copy:
    """Interpolate between times (``DataFrame.interpolate("time")``)."""
    data = _timed(x, rate)
    times: Any = pd.timedelta_range(0, data.index[-1], freq=_step(new_rate))
    result = data.reindex(data.index.union(times)).interpolate("time").reindex(times).to_numpy()
    return result, np.arange(len(result)) / new_rate


def _timed(x: Samples, rate: float) -> pd.DataFrame:
    return pd.DataFrame(x, index=pd.to_timedelta(np.rint(np.arange(len(x)) / rate * 1e9).astype(np.int64), unit="ns"))


def _step(rate: float) -> pd.Timedelta:
    return pd.Timedelta(round(1e9 / rate), unit="ns")


RESAMPLERS: dict[str, Callable[[Samples, float, float], Copy | None]] = {
    "linear": linear,
    "linear, low-pass before": filtered_linear,
    "cubic spline": cubic,
    "nearest sample": nearest,
    "last sample": last_known,
    "Fourier": fourier,
    "polyphase": polyphase,
    "decimate": decimated,
    "every n-th sample": sliced,
    "pandas, means": pandas_means,
    "pandas, interpolated": pandas_interpolated,
}
