"""Low-pass filter and resampling of a long signal, block by block."""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from gaitmap._kernels.resampling import resample_windowed_sinc

FloatArray = NDArray[np.float64]

# What a block sees of its neighbours (s): zero-phase filters of 1 Hz and above have settled well before.
_CONTEXT_S = 10.0
# Kaiser-windowed sinc: the transition from pass band to stop band is 8 Hz wide at a new rate of 51.2 Hz.
_HALF_WIDTH = 24  # new samples
_KAISER_BETA = 12.0  # -118 dB in the stop band
_TABLE_PER_SAMPLE = 1024


def filter_and_resample_in_blocks(
    signal: FloatArray,
    low_pass: Callable[[FloatArray], FloatArray] | None,
    sampling_rate_hz: float,
    n_out: int,
    block_length_s: float,
) -> FloatArray:
    """Filter and resample to ``n_out`` samples without a copy of the whole signal.

    Parameters
    ----------
    signal
        The signal (one dimension).
    low_pass
        The filter, or None.
    sampling_rate_hz
        Rate of the signal.
    n_out
        New number of samples, not more than the old one. Equal: filter only.
    block_length_s
        Length of the blocks.

    Returns
    -------
    resampled
        Values at the positions ``i * len(signal) / n_out``.
    """
    n = len(signal)
    step = n / n_out
    per_block = max(1, round(block_length_s * sampling_rate_hz / step))
    context = round(_CONTEXT_S * sampling_rate_hz)
    table = _filter_table()
    resampled = np.empty(n_out)
    for first_out in range(0, n_out, per_block):
        last_out = min(n_out, first_out + per_block)
        first = max(0, int(first_out * step) - context)
        last = min(n, int(np.ceil(last_out * step)) + context)
        block = np.array(signal[first:last], dtype=float)
        if low_pass is not None:
            block = np.array(low_pass(block), dtype=float, order="C")
        if n_out == n:
            resampled[first_out:last_out] = block[first_out - first : last_out - first]
            continue
        resampled[first_out:last_out] = resample_windowed_sinc(
            block, first_out * step - first, step, last_out - first_out, table, float(_HALF_WIDTH)
        )
    return resampled


def _filter_table() -> FloatArray:
    distance = np.arange(_HALF_WIDTH * _TABLE_PER_SAMPLE + 1) / _TABLE_PER_SAMPLE
    window = np.i0(_KAISER_BETA * np.sqrt(1 - (distance / _HALF_WIDTH) ** 2)) / np.i0(_KAISER_BETA)
    return np.append(np.sinc(distance) * window, 0.0)
