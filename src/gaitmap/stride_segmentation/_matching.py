"""Finding the ends of matches in the last row of an accumulated cost matrix, at once or part by part."""

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaitmap._kernels.local_minima import choose_with_distance, minima_between_slopes, minima_of_sections
from gaitmap.utils._checks import parameter_error


def find_matches_find_peaks(
    acc_cost_mat: NDArray[np.floating], max_cost: float | None, min_distance: float | None
) -> NDArray[np.integer]:
    """Find the local minima of the cost function that are some distance apart.

    Parameters
    ----------
    acc_cost_mat
        Accumulated cost matrix (template x signal); only its last row is used. The cost function is its square root.
    max_cost
        Largest cost of a match (inclusive). None: no limit.
    min_distance
        Smallest distance between two matches in samples (>= 1); of two minima that are closer, the one with the lower
        cost stays, and the later one of two with equal costs. None: no limit.

    Returns
    -------
    ends
        Last sample of each match, ascending. The first and the last sample of the signal never end a match.
    """
    return _find(PeakSearch(max_cost, min_distance), acc_cost_mat)


def find_matches_min_under_threshold(
    acc_cost_mat: NDArray[np.floating], max_cost: float, **_: Any
) -> NDArray[np.integer]:
    """Find the minimum of each section in which the cost function is not above a threshold.

    Parameters
    ----------
    acc_cost_mat
        Accumulated cost matrix (template x signal); only its last row is used. The cost function is its square root.
    max_cost
        The threshold. A cost above it, NaN and infinity end a section.

    Returns
    -------
    ends
        Last sample of each match, ascending: the (first) minimum of each section.

    Raises
    ------
    ValueError
        If there is no threshold.
    """
    return _find(SectionSearch(max_cost), acc_cost_mat)


def _find(search: "PeakSearch | SectionSearch", acc_cost_mat: NDArray[np.floating]) -> NDArray[np.int64]:
    cost = np.sqrt(np.asarray(acc_cost_mat, dtype=float)[-1])
    starts = np.broadcast_to(np.int64(0), len(cost))  # of no interest here
    return np.concatenate([search.push(cost, starts, 0).last, search.finish().last])


class Candidates(NamedTuple):
    """Matches, ordered by their ends."""

    last: NDArray[np.int64]  #: last sample
    cost: NDArray[np.float64]
    start: NDArray[np.int64]

    @classmethod
    def none(cls) -> "Candidates":
        """No match."""
        return cls(np.empty(0, np.int64), np.empty(0), np.empty(0, np.int64))

    def where(self, chosen: NDArray[np.bool_]) -> "Candidates":
        """Select some of the matches."""
        return Candidates(self.last[chosen], self.cost[chosen], self.start[chosen])

    def then(self, *others: "Candidates") -> "Candidates":
        """Join these matches and later ones."""
        return Candidates(*(np.concatenate(parts) for parts in zip(self, *others, strict=True)))


class PeakSearch:
    """Local minima of a cost function that are some distance apart, part by part.

    ``push`` takes the next costs and returns the matches about which no later cost can change anything. Kept are the
    minima that are not decided (a chain of lower and lower ones that are all too close to the next), and the starts in
    the run of equal costs at the end.
    """

    def __init__(self, max_cost: float | None, min_distance: float | None) -> None:
        if min_distance is not None and min_distance < 1:
            raise ValueError(
                f"The `distance` between two matches must be greater or equal to 1 sample. Found {min_distance}. "
                "Use a larger `min_match_length_s`, or None."
            )
        self._max_cost = np.inf if max_cost is None else float(max_cost)
        self.distance = 1 if min_distance is None else int(np.ceil(min_distance))
        self._previous = np.array([np.nan])
        self._plateau = np.array([-1])
        self._plateau_starts: list[tuple[int, NDArray[np.int64]]] = []  # with the sample of the first
        self._undecided = Candidates.none()

    def push(self, cost: NDArray[np.float64], starts: NDArray[np.int64], first: int) -> Candidates:
        """Take in the costs, and the starts of the matches, that end at ``first`` and the samples after it."""
        if len(cost) == 0:
            return Candidates.none()
        level = float(self._previous[0])
        last = minima_between_slopes(cost, first, self._max_cost, self._previous, self._plateau)
        if len(last) > 0:
            in_part = np.maximum(last - first, 0)
            found = Candidates(last, cost[in_part], starts[in_part])
            if last[0] < first:
                found.cost[0], found.start[0] = level, self._start_in_plateau(int(last[0]))
            self._undecided = self._undecided.then(found)
        n_costs = first + len(cost)
        self._keep_plateau(starts, first, n_costs)
        complete_up_to = self._middle_of_plateau(n_costs) if self._plateau_starts else n_costs
        return self._decide(complete_up_to) if len(self._undecided.last) > 0 else self._undecided

    def finish(self) -> Candidates:
        """Decide about the rest: no cost follows. Equal costs up to the end are no minimum."""
        self._plateau_starts = []
        return self._decide(2**62)

    def open(self) -> Candidates:
        """Return all that may become matches, without those that end at later costs."""
        last = [np.arange(first, first + len(starts)) for first, starts in self._plateau_starts]
        level = [np.full(len(starts), self._previous[0]) for _, starts in self._plateau_starts]
        plateau = [
            Candidates(*parts)
            for parts in zip(last, level, (starts for _, starts in self._plateau_starts), strict=True)
        ]
        return self._undecided.then(*plateau)

    def _decide(self, complete_up_to: int) -> Candidates:
        decision = choose_with_distance(self._undecided.last, self._undecided.cost, self.distance, complete_up_to)
        chosen = self._undecided.where(decision == 1)
        self._undecided = self._undecided.where(decision == 0)
        return chosen

    def _keep_plateau(self, starts: NDArray[np.int64], first: int, n_costs: int) -> None:
        """Keep the starts that belong to what may be the middle of the plateau."""
        left = int(self._plateau[0])
        if left < 0 or self._previous[0] > self._max_cost:
            self._plateau_starts = []
            return
        if left >= first:
            self._plateau_starts = []
        in_part = max(left - first, 0)
        self._plateau_starts.append((first + in_part, starts[in_part:].copy()))
        middle = self._middle_of_plateau(n_costs)
        while middle >= self._plateau_starts[0][0] + len(self._plateau_starts[0][1]):
            self._plateau_starts.pop(0)

    def _middle_of_plateau(self, n_costs: int) -> int:
        return (int(self._plateau[0]) + n_costs - 1) // 2

    def _start_in_plateau(self, last: int) -> int:
        first, starts = next(part for part in self._plateau_starts if last < part[0] + len(part[1]))
        return int(starts[last - first])


class SectionSearch:
    """Minimum of each section in which a cost function is not above a threshold, part by part.

    ``push`` takes the next costs and returns the matches of the sections that they end.
    """

    def __init__(self, max_cost: float | None) -> None:
        if max_cost is None:
            raise parameter_error("find_matches_min_under_threshold", "max_cost", "a number", max_cost)
        self._max_cost = float(max_cost)
        self._cost = np.array([np.nan])
        self._last = np.array([-1])
        self._start = -1

    def push(self, cost: NDArray[np.float64], starts: NDArray[np.int64], first: int) -> Candidates:
        """Take in the costs, and the starts of the matches, that end at ``first`` and the samples after it."""
        before = self.open()
        last = minima_of_sections(cost, first, self._max_cost, self._cost, self._last)
        in_part = np.maximum(last - first, 0)
        found = Candidates(last, cost[in_part], starts[in_part]) if len(last) > 0 else Candidates.none()
        if len(last) > 0 and last[0] < first:
            found.cost[0], found.start[0] = before.cost[0], before.start[0]
        if self._last[0] >= first:
            self._start = int(starts[self._last[0] - first])
        return found

    def finish(self) -> Candidates:
        """End the section that is open."""
        rest = self.open()
        self._last[0] = -1
        return rest

    def open(self) -> Candidates:
        """Return all that may become matches, without those that end at later costs."""
        if self._last[0] < 0:
            return Candidates.none()
        return Candidates(self._last.copy(), self._cost.copy(), np.array([self._start]))
