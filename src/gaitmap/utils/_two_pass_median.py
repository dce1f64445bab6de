"""Exact median of more values than should be held in memory."""

import numpy as np
from numpy.typing import NDArray

# Values per level of the summary. A larger number leaves fewer values to the second pass.
_CHUNK_LENGTH = 16384


class TwoPassMedian:
    """Find the exact median of values that come in blocks, in two passes over them and in bounded memory.

    Call :meth:`add` with all values, then (in the second pass) :meth:`select` with all values again, then
    :meth:`median`. NaN are left out.

    Notes
    -----
    Pass one keeps a summary of levels [1]_: a chunk at level k is sorted, and each of its values stands for ``2**k``
    values. Two chunks of a level are merged, and every second value goes on to the next level. By this, the number of
    values up to a given one is known up to a sum of weights, and so are two limits between which the median must lie.
    Pass two counts the values below, and holds those in between: for 10^8 values about 1 in 1000. As long as no chunks
    were merged, the limits are the median already, and pass two does nothing.

    References
    ----------
    .. [1] Manku, G. S., Rajagopalan, S. & Lindsay, B. G. (1998). Approximate medians and other quantiles in one pass
       and with limited memory. ACM SIGMOD Record, 27(2), 426-435.
    """

    def __init__(self) -> None:
        self.n_values = 0
        self._buffer = np.empty(_CHUNK_LENGTH)
        self._n_buffered = 0
        self._levels: list[NDArray[np.float64] | None] = []
        # Which values of merged chunks go on: alternately those at odd and at even positions.
        self._take_odd: list[bool] = []
        # By how much the number of values up to a given one is too small, or too large, at most.
        self._under = self._over = 0
        self._limits: tuple[float, float] | None = None
        self._n_below = self._n_at_lower = 0
        self._between: list[NDArray[np.float64]] = []

    def add(self, values: NDArray[np.float64]) -> None:
        """Take in the next values of pass one."""
        values = values[~np.isnan(values)]
        self.n_values += len(values)
        position = 0
        while position < len(values):
            part = values[position : position + _CHUNK_LENGTH - self._n_buffered]
            self._buffer[self._n_buffered : self._n_buffered + len(part)] = part
            self._n_buffered += len(part)
            position += len(part)
            if self._n_buffered == _CHUNK_LENGTH:
                self._carry(np.sort(self._buffer))
                self._n_buffered = 0

    def _carry(self, chunk: NDArray[np.float64]) -> None:
        """Put a sorted chunk into the lowest level that is free, like the carry of a binary number."""
        for level, other in enumerate(self._levels):
            if other is None:
                self._levels[level] = chunk
                return
            take_odd = self._take_odd[level]
            # Of an odd number of values up to some value, one half counts the last one not at all, the other one twice.
            self._under += take_odd << level
            self._over += (not take_odd) << level
            self._take_odd[level] = not take_odd
            chunk = np.sort(np.concatenate([other, chunk]))[int(take_odd) :: 2].copy()
            self._levels[level] = None
        self._levels.append(chunk)
        self._take_odd.append(True)

    def limits(self) -> tuple[float, float]:
        """Return two values, with the values in the middle between them; NaN if there are no values.

        Their mean is the median up to about 0.1 % of the ranks, and depends on the sequence of all values alone.
        """
        if self._limits is None:
            self._limits = self._find_limits()
        return self._limits

    def _find_limits(self) -> tuple[float, float]:
        if self.n_values == 0:
            return np.nan, np.nan
        chunks = [(self._buffer[: self._n_buffered], 1)]
        chunks += [(chunk, 1 << level) for level, chunk in enumerate(self._levels) if chunk is not None]
        weights = np.concatenate([np.full(len(chunk), weight) for chunk, weight in chunks])
        values, position = np.unique(np.concatenate([chunk for chunk, _ in chunks]), return_inverse=True)
        at_value = np.bincount(position, weights).astype(np.int64)
        up_to = np.cumsum(at_value)
        lower = values[up_to - at_value + self._under <= (self.n_values - 1) // 2][-1]
        upper = values[up_to - self._over > self.n_values // 2][0]
        return float(lower), float(upper)

    def _is_known(self) -> bool:
        return self._under + self._over == 0

    def select(self, values: NDArray[np.float64]) -> None:
        """Take in the next values of pass two."""
        if self._is_known():
            return
        lower, upper = self.limits()
        self._n_below += int(np.count_nonzero(values < lower))
        self._n_at_lower += int(np.count_nonzero(values == lower))
        self._between.append(values[(values > lower) & (values < upper)])

    def median(self) -> float:
        """Return the median; the mean of the two values in the middle for an even number of them."""
        lower, upper = self.limits()
        if self._is_known():
            return lower if lower == upper else (lower + upper) / 2
        between = np.sort(np.concatenate(self._between))
        ends = np.cumsum([self._n_below + self._n_at_lower, len(between)])

        def value_at(rank: int) -> float:
            if rank < ends[0]:
                return lower
            return float(between[rank - ends[0]]) if rank < ends[1] else upper

        first, second = value_at((self.n_values - 1) // 2), value_at(self.n_values // 2)
        return first if first == second else (first + second) / 2
