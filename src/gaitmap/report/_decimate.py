"""Reducing signals for drawing without losing their peaks."""

import base64
from dataclasses import dataclass

import numpy as np

# int16, with the lowest value for "missing".
_MISSING = -32768
_LARGEST = 32000


def decimate_min_max(values: np.ndarray, max_points: int) -> tuple[np.ndarray, float]:
    """Reduce a signal to the minimum and maximum of each of equally long pieces.

    Parameters
    ----------
    values
        The signal; NaN where samples are missing.
    max_points
        Largest number of values to keep, at least 2.

    Returns
    -------
    values, step
        Two values per piece, in the order in which they occur, and the distance of two values in samples; the signal
        itself and 1 where it is short enough.
    """
    n_samples = len(values)
    if n_samples <= max_points:
        return values, 1.0
    piece = -(-n_samples // max(max_points // 2, 1))
    n_pieces = -(-n_samples // piece)
    padded = np.full(n_pieces * piece, np.nan)
    padded[:n_samples] = values
    pieces = padded.reshape(n_pieces, piece)
    known = ~np.isnan(pieces)
    lowest = np.where(known, pieces, np.inf).argmin(axis=1)
    highest = np.where(known, pieces, -np.inf).argmax(axis=1)
    order = np.sort(np.column_stack([lowest, highest]), axis=1)
    return np.take_along_axis(pieces, order, axis=1).ravel(), piece / 2


@dataclass(frozen=True)
class EncodedSignal:
    """A signal as text: 16-bit integers in base64, ``value = integer * scale``, NaN as -32768."""

    text: str
    scale: float
    n_values: int


def encode_signal(values: np.ndarray) -> EncodedSignal:
    """Round a signal to 1/32000 of its largest value and write it as text."""
    known = np.isfinite(values)
    largest = float(np.abs(values[known]).max(initial=0))
    scale = largest / _LARGEST or 1.0
    integers = np.full(len(values), _MISSING, dtype="<i2")
    integers[known] = np.round(values[known] / scale)
    return EncodedSignal(base64.b64encode(integers.tobytes()).decode("ascii"), scale, len(values))


def encode_integers(values: np.ndarray) -> str:
    """Write 32-bit integers as text."""
    return base64.b64encode(np.asarray(values, dtype="<i4").tobytes()).decode("ascii")
