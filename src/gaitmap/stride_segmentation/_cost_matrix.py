"""The expensive step of the DTW, as functions that can be cached, and what is computed on request from the same input.

The cached functions keep the names that they have in the output of ``joblib.Memory``. They return the last row of the
accumulated cost matrix and the start of the best match that ends at each sample: 12 bytes per sample, where the matrix
has 8 bytes per sample and sample of the template.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from gaitmap._kernels import dtw

CostAndStart = tuple[NDArray[np.float64], NDArray[np.integer]]


class DtwInput(NamedTuple):
    """One template and one signal, ready for the kernels."""

    template: NDArray[np.float64]  #: (m, channels)
    signal: NDArray[np.float64]  #: (n, channels)
    max_template_run: float  #: steps in a row along the template for one sample of the signal; inf: no limit
    max_signal_run: float  #: steps in a row along the signal for one sample of the template; inf: no limit

    @property
    def is_constrained(self) -> bool:
        """Whether one of the two limits is set."""
        return not (np.isinf(self.max_template_run) and np.isinf(self.max_signal_run))

    def for_kernel(self) -> tuple[NDArray[np.float64], NDArray[np.float64], int, int]:
        """Arguments of the kernels."""
        return self.template, self.signal, _as_limit(self.max_template_run), _as_limit(self.max_signal_run)


def subsequence_cost_matrix(template: NDArray[np.float64], signal: NDArray[np.float64]) -> CostAndStart:
    """Last row of the accumulated cost matrix and starts of the matches."""
    return _compact(*dtw.cost_and_start(template, signal, dtw.NO_LIMIT, dtw.NO_LIMIT))


def subsequence_cost_matrix_with_constrains(
    template: NDArray[np.float64],
    signal: NDArray[np.float64],
    max_subseq_steps: float,
    max_longseq_steps: float,
    return_only_cost: bool = True,
) -> CostAndStart:
    """Last row of the accumulated cost matrix and starts of the matches, with limited local stretching."""
    # The step counters of the cells are never kept: `return_only_cost` is part of the interface of this step alone.
    return _compact(*dtw.cost_and_start(template, signal, _as_limit(max_subseq_steps), _as_limit(max_longseq_steps)))


def full_cost_matrix(problem: DtwInput) -> NDArray[np.float64]:
    """Return the whole accumulated cost matrix (template x signal)."""
    return dtw.cost_matrix(*problem.for_kernel())


def cost_function(problem: DtwInput) -> NDArray[np.float64]:
    """Return the square root of the last row of the accumulated cost matrix."""
    return np.sqrt(dtw.cost_and_start(*problem.for_kernel())[0])


def paths(problem: DtwInput, matches_start_end: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the path of each match (ordered by their ends) as (template index, signal index) pairs."""
    if len(matches_start_end) == 0:
        return []
    starts, ends = matches_start_end[:, 0].copy(), matches_start_end[:, 1] - 1
    cells, first = dtw.warping_paths(*problem.for_kernel(), starts, ends)
    return [path.copy() for path in np.split(cells, first[1:-1])]


def _compact(cost: NDArray[np.float64], starts: NDArray[np.int64]) -> CostAndStart:
    return cost, starts.astype(np.int32 if len(starts) < np.iinfo(np.int32).max else np.int64)


def _as_limit(steps: float) -> int:
    return dtw.NO_LIMIT if np.isinf(steps) else int(steps)
