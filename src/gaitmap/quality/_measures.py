"""Measures of signal quality that are gathered block by block, whatever the blocks are."""

from typing import Any

import numpy as np

from gaitmap.utils.consts import GRAV, SF_ACC, SF_COLS

# Rest: the mean angular rate norm over a block stays below this. A standing foot with a gyroscope offset shows 1 to 5.
_REST_BLOCK_S = 0.5
_REST_GYR_DPS = 10.0
# So many blocks of rest are enough for their median, and their memory does not grow.
_MAX_REST_BLOCKS = 2**16
# A value repeated so often at the edge of the range is a clipped one; smaller amplitudes repeat by quantisation.
_CLIP_MIN_RUN = 3
_CLIP_MIN_COUNT = 4
_CLIP_MIN_AMPLITUDE = {"acc": 1.5 * GRAV, "gyr": 100.0}
_N_ACC = len(SF_ACC)


class Gaps:
    """Runs of missing samples.

    Attributes
    ----------
    n_samples, n_missing, n_gaps
        Numbers so far.
    longest, longest_start
        Length and first sample of the longest gap (the first one of several).
    at_end
        Length of the gap that the samples so far end with.
    """

    def __init__(self) -> None:
        self.n_samples = self.n_missing = self.n_gaps = 0
        self.longest = self.longest_start = 0
        self.at_end = 0

    def update(self, missing: np.ndarray) -> None:
        """Take in which of the next samples are missing."""
        n = len(missing)
        edges = np.flatnonzero(np.diff(missing.astype(np.int8), prepend=0, append=0))
        starts, ends = edges[::2], edges[1::2]
        self.n_missing += int((ends - starts).sum())
        goes_on = len(starts) > 0 and starts[0] == 0 and self.at_end > 0
        self.n_gaps += len(starts) - goes_on
        if len(starts):
            begins = starts.copy()
            if goes_on:
                begins[0] = -self.at_end
            lengths = ends - begins
            worst = int(np.argmax(lengths))
            if lengths[worst] > self.longest:
                self.longest, self.longest_start = int(lengths[worst]), self.n_samples + int(begins[worst])
            self.at_end = int(lengths[-1]) if ends[-1] == n else 0
        elif n:
            self.at_end = 0
        self.n_samples += n


class Channel:
    """Runs of equal values of one channel: at the smallest and the largest value, and elsewhere.

    Attributes
    ----------
    largest
        Largest magnitude so far; None if there is no value.
    run_at_end
        Length of the run of equal values that the samples so far end with.
    """

    def __init__(self) -> None:
        # {value: (samples that have it, longest run of them)} of the smallest and the largest value.
        self._edges: dict[float, tuple[int, int]] = {}
        self._longest_between = 0
        # Value and length of the run at the end; NaN is no run.
        self._last, self._open = np.nan, 0

    @property
    def largest(self) -> float | None:
        """Largest magnitude so far; None if there is no value."""
        return max((abs(value) for value in self._edges), default=None)

    @property
    def run_at_end(self) -> int:
        """Length of the run at the end."""
        return self._open

    def update(self, values: np.ndarray) -> None:
        """Take in the next values."""
        if len(values) == 0:
            return
        run_values, lengths = self._repetitions(values)
        low, high, n_measured = float(values.min()), float(values.max()), len(values)
        if np.isnan(low):
            measured = values[~np.isnan(values)]
            if len(measured) == 0:
                return
            low, high, n_measured = float(measured.min()), float(measured.max()), len(measured)
        block = {}
        for edge in {low, high}:
            n = int(np.count_nonzero(values == edge))
            block[edge] = (n, max(1, int(lengths[run_values == edge].max(initial=0))))
        between = (run_values != low) & (run_values != high)
        longest = int(lengths[between].max(initial=0))
        if longest == 0 and n_measured > sum(n for n, _ in block.values()):
            longest = 1
        self._merge(block, longest)

    def clipping(self, kind: str) -> tuple[list[float | None], int]:
        """Values of the lower and upper edge of the range (None: not reached), and the number of samples there."""
        edges: list[float | None] = [None, None]
        # A channel that shows one value only is stuck, not clipped.
        if len(self._edges) < 2:
            return edges, 0
        number = 0
        for i, edge in enumerate(sorted(self._edges)):
            n, longest = self._edges[edge]
            if abs(edge) > _CLIP_MIN_AMPLITUDE[kind] and (longest >= _CLIP_MIN_RUN or n >= _CLIP_MIN_COUNT):
                edges[i] = edge
                number += n
        return edges, number

    def longest_run(self, edges: list[float | None]) -> int:
        """Length of the longest run of one value that is none of the edges."""
        at_edges = [longest for value, (_, longest) in self._edges.items() if value not in edges]
        return max([self._longest_between, *at_edges])

    def _repetitions(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values and lengths of the runs of two or more, and of the first one if it goes on from the block before."""
        same = np.flatnonzero(values[1:] == values[:-1])
        first = np.flatnonzero(np.diff(same, prepend=-2) > 1)
        starts = same[first]
        lengths = np.diff(first, append=len(same)) + 1
        run_values = values[starts]
        last_start = int(starts[-1]) if len(starts) and starts[-1] + lengths[-1] == len(values) else len(values) - 1
        if self._open and values[0] == self._last:
            if len(starts) and starts[0] == 0:
                lengths[0] += self._open
            else:
                run_values = np.concatenate([values[:1], run_values])
                lengths = np.concatenate([[self._open + 1], lengths])
        if np.isnan(values[-1]):
            self._last, self._open = np.nan, 0
        else:
            goes_on = last_start == 0 and values[0] == self._last
            self._open = len(values) - last_start + (self._open if goes_on else 0)
            self._last = float(values[-1])
        return run_values, lengths

    def _merge(self, block: dict[float, tuple[int, int]], longest_between: int) -> None:
        low, high = min([*self._edges, *block]), max([*self._edges, *block])
        self._longest_between = max(self._longest_between, longest_between)
        merged = {}
        for value in {*self._edges, *block}:
            n, longest = self._edges.get(value, (0, 0))
            n_block, longest_block = block.get(value, (0, 0))
            longest = max(longest, longest_block)
            if value in (low, high):
                merged[value] = (n + n_block, longest)
            else:
                self._longest_between = max(self._longest_between, longest)
        self._edges = merged


class Rest:
    """Moments at rest, in blocks of 0.5 s from the start of the recording."""

    def __init__(self, rate: float) -> None:
        self._length = max(1, round(_REST_BLOCK_S * rate))
        # Samples after the last whole block.
        self._pending = np.zeros((len(SF_COLS), 0))
        self._n_measured = self._n_rest = 0
        # Of every step-th block at rest: mean acceleration norm and angular rates.
        self._step = 1
        self._kept = np.zeros((0, 4))

    def update(self, values: np.ndarray) -> None:
        """Take in the next samples, one row per channel."""
        n_missing = -self._pending.shape[1] % self._length
        self._pending = np.concatenate([self._pending, values[:, :n_missing]], axis=1)
        if self._pending.shape[1] == self._length:
            self._assess(self._pending)
            self._pending = self._pending[:, :0]
        if self._pending.shape[1] == 0:
            end = values.shape[1] - (values.shape[1] - n_missing) % self._length
            self._assess(values[:, n_missing:end])
            self._pending = values[:, end:].copy()

    def _assess(self, values: np.ndarray) -> None:
        """Take in whole blocks."""
        blocks = values.reshape(len(SF_COLS), -1, self._length)
        if blocks.shape[1] == 0:
            return
        acc, gyr = blocks[:_N_ACC], blocks[_N_ACC:]
        gyr_norm = _norm(gyr).mean(axis=1)
        at_rest = np.flatnonzero(gyr_norm < _REST_GYR_DPS)
        self._n_measured += int(np.isfinite(gyr_norm).sum())
        chosen = at_rest[-self._n_rest % self._step :: self._step]
        self._n_rest += len(at_rest)
        means = [_norm(acc[:, chosen]).mean(axis=1), *gyr[:, chosen].mean(axis=2)]
        self._kept = np.concatenate([self._kept, np.stack(means, axis=1)])
        while len(self._kept) > _MAX_REST_BLOCKS:
            self._step *= 2
            self._kept = self._kept[::2].copy()

    @staticmethod
    def result_of(rest: "Rest | None") -> dict[str, Any]:
        """Share, acceleration norm and angular rates at rest; None for what does not exist."""
        nothing = {"rest_share": None, "acc_norm_at_rest": None, "gyr_offset_at_rest": None}
        if rest is None or rest._n_measured == 0:
            return nothing
        if rest._n_rest == 0:
            return {**nothing, "rest_share": 0.0}
        acc_norm = rest._kept[:, 0]
        return {
            "rest_share": rest._n_rest / rest._n_measured,
            "acc_norm_at_rest": None if np.isnan(acc_norm).all() else float(np.nanmedian(acc_norm)),
            "gyr_offset_at_rest": [float(value) for value in np.median(rest._kept[:, 1:], axis=0)],
        }


def _norm(axes: np.ndarray) -> np.ndarray:
    total = axes[0] * axes[0]
    for axis in axes[1:]:
        total += axis * axis
    return np.sqrt(total, out=total)
