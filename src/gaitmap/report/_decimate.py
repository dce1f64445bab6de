"""Reducing signals for drawing without losing their peaks."""

import base64
from dataclasses import dataclass

import numpy as np

# int16, with the lowest value for "missing".
_MISSING = -32768
_LARGEST = 32000


class MinMaxReducer:
    """Reduce a signal that comes in blocks to the minimum and maximum of each of equally long pieces.

    Parameters
    ----------
    n_samples
        Length of the whole signal.
    max_points
        Largest number of values to keep, at least 2.

    Attributes
    ----------
    step
        Distance of two values in samples; 1 where the signal is short enough to be kept as it is.
    """

    def __init__(self, n_samples: int, max_points: int) -> None:
        self._is_short = n_samples <= max_points
        self._piece = 1 if self._is_short else -(-n_samples // max(max_points // 2, 1))
        self.step = 1.0 if self._is_short else self._piece / 2
        self._reduced: list[np.ndarray] = []
        self._rest = np.empty(0)

    def update(self, values: np.ndarray) -> None:
        """Take the next samples; NaN where they are missing."""
        if self._is_short:
            self._reduced.append(np.array(values, dtype=float))
            return
        values = np.concatenate([self._rest, values])
        n_whole = len(values) // self._piece * self._piece
        self._reduced.append(_extremes(values[:n_whole].reshape(-1, self._piece)))
        self._rest = values[n_whole:].copy()

    def result(self) -> np.ndarray:
        """Two values per piece, in the order in which they occur; or the signal."""
        rest = self._rest
        if len(rest) > 0:
            rest = _extremes(np.pad(rest, (0, self._piece - len(rest)), constant_values=np.nan)[np.newaxis])
        return np.concatenate([*self._reduced, rest])


def _extremes(pieces: np.ndarray) -> np.ndarray:
    """Minimum and maximum of each row, in the order in which they occur."""
    known = ~np.isnan(pieces)
    lowest = np.where(known, pieces, np.inf).argmin(axis=1)
    highest = np.where(known, pieces, -np.inf).argmax(axis=1)
    order = np.sort(np.column_stack([lowest, highest]), axis=1)
    return np.take_along_axis(pieces, order, axis=1).ravel()


def decimate_min_max(values: np.ndarray, max_points: int) -> tuple[np.ndarray, float]:
    """Reduce a signal in memory; see :class:`MinMaxReducer`.

    Returns
    -------
    values, step
        The reduced signal, and the distance of two values in samples.
    """
    if len(values) <= max_points:
        return values, 1.0
    reducer = MinMaxReducer(len(values), max_points)
    reducer.update(values)
    return reducer.result(), reducer.step


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
