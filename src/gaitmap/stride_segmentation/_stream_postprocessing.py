"""What happens to matches after they were found, for matches that are found one after the other."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaitmap.stride_segmentation._matching import Candidates

# Accumulated costs only grow; the margin covers the rounding of squares and roots.
_ROUNDING = 1e-9


class Matches(NamedTuple):
    """Final matches, ordered by their original ends."""

    start_end: NDArray[np.int64]
    cost: NDArray[np.float64]
    original: NDArray[np.int64]

    @classmethod
    def none(cls) -> "Matches":
        """No match."""
        return cls(np.empty((0, 2), np.int64), np.empty(0), np.empty((0, 2), np.int64))


class Future(NamedTuple):
    """What matches still to come can be."""

    start: NDArray[np.int64]  #: starts of matches that have begun
    cost: NDArray[np.float64]  #: the lowest cost that each can have
    n_samples: int  #: other matches start at this sample or later

    def first_start(self) -> int:
        """Return the first sample at which one may start."""
        return int(min(self.start.min(initial=self.n_samples), self.n_samples))


class Postprocessing:
    """Snapping, limits of the length, and one match per start, as in ``segment``.

    Matches wait until the windows around their borders are complete, then until no match to come can have the same
    start and a lower cost. They leave in the order in which they came.
    """

    def __init__(self, algorithm: Any) -> None:
        self._algorithm = algorithm
        rate = algorithm.sampling_rate_hz
        self._is_snapping = bool(getattr(algorithm, "snap_to_min_win_ms", None))
        self.reach = algorithm._reach_of_borders() if self._is_snapping else 0
        self.one_per_start = bool(getattr(algorithm, "conflict_resolution", False))
        self._shortest = -np.inf if algorithm.min_match_length_s is None else algorithm.min_match_length_s * rate
        self._longest = np.inf if algorithm.max_match_length_s is None else algorithm.max_match_length_s * rate
        self._axis = np.empty(0)
        self._axis_from = 0  # the sample of its first value
        self._to_snap = Candidates.none()
        self._queue: list[tuple[int, int, float, int, int]] = []  # start, end, cost, original start and end
        self._lowest: dict[int, float] = {}  # cost of the best match so far with this start

    def add(self, found: Candidates) -> None:
        """Take in new matches; those that can only be too long or too short are dropped."""
        self._to_snap = self._to_snap.then(self.with_possible_length(found))

    def add_axis(self, values: NDArray[np.float64]) -> None:
        """Take in new samples of the signal whose minima the borders snap to."""
        self._axis = np.concatenate([self._axis, values])

    def with_possible_length(self, matches: Candidates) -> Candidates:
        """Leave out matches that are too long or too short wherever their borders snap to."""
        length = matches.last + 1 - matches.start
        return matches.where((length + 2 * self.reach > self._shortest) & (length - 2 * self.reach < self._longest))

    def first_start_of(self, end: int) -> float:
        """Return what the start of a match with this end must be greater than."""
        return end - 2 * self.reach - self._longest

    def settle(self, future: Future | None) -> Matches:
        """Return the matches that are final; all of them without a future."""
        to_come = Candidates.none()
        if len(self._to_snap.last) > 0:
            is_complete = np.full(len(self._to_snap.last), True)
            if future is not None:
                # In order: one that waits holds up all behind it.
                n_known = self._axis_from + len(self._axis) if self._is_snapping else future.n_samples
                is_complete = np.logical_and.accumulate(self._to_snap.last + 1 + self.reach < n_known)
            ready, to_come = self._to_snap.where(is_complete), self._to_snap.where(~is_complete)
            self._to_snap = to_come
            self._enqueue(ready)
        if not self._queue:
            return Matches.none()
        n_final = len(self._queue)
        if future is not None and self.one_per_start:
            start, cost = np.append(future.start, to_come.start), np.append(future.cost, to_come.cost)
            may_change = (self._may_lose(match, start, cost, future.n_samples) for match in self._queue)
            n_final = next((k for k, open_ in enumerate(may_change) if open_), n_final)
        final, self._queue = self._queue[:n_final], self._queue[n_final:]
        return _as_matches(final)

    def open_from(self, future: Future) -> int:
        """Return the first sample of matches to come and their windows; forget what is only needed before it."""
        first = min(future.first_start(), self._to_snap.start.min(initial=future.n_samples)) - self.reach
        self._lowest = {start: cost for start, cost in self._lowest.items() if start >= first}
        done = max(first, 0) - self._axis_from
        if done > max(1024, len(self._axis) // 2):
            self._axis, self._axis_from = self._axis[done:].copy(), self._axis_from + done
        return max(0, min([int(first), *(match[0] for match in self._queue)]))

    def _enqueue(self, matches: Candidates) -> None:
        original = np.column_stack([matches.start, matches.last + 1])
        borders = self._snap(original)
        for k in np.flatnonzero(self._algorithm._has_allowed_length(borders)):
            (start, end), cost = borders[k].tolist(), float(matches.cost[k])
            if self.one_per_start:
                if self._lowest.get(start, np.inf) <= cost:
                    continue
                self._lowest[start] = cost
                self._queue = [match for match in self._queue if match[0] != start]
            self._queue.append((start, end, cost, *original[k].tolist()))

    def _snap(self, original: NDArray[np.int64]) -> NDArray[np.int64]:
        if not self._is_snapping:
            return original
        return self._algorithm._snap_to(self._axis, original - self._axis_from) + self._axis_from

    def _may_lose(self, match: tuple, start: NDArray[np.int64], cost: NDArray[np.float64], n_samples: int) -> bool:
        """Whether a match to come may have the same start (after snapping) and a lower cost."""
        if match[0] + self.reach >= n_samples:
            return True
        rivals = (np.abs(start - match[0]) <= self.reach) & (cost < match[2] * (1 + _ROUNDING))
        return bool(rivals.any())


def _as_matches(matches: list[tuple[int, int, float, int, int]]) -> Matches:
    borders = np.array([(start, end, *original) for start, end, _, *original in matches], dtype=np.int64).reshape(-1, 4)
    return Matches(borders[:, :2], np.array([match[2] for match in matches], dtype=float), borders[:, 2:])
