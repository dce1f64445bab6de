"""Training of a hidden Markov model: Baum-Welch, Viterbi training, and counting of given labels."""

import itertools
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import cpu_count

import numpy as np
from numpy.typing import NDArray

from gaitmap._kernels import hmm_training
from gaitmap.stride_segmentation.hmm._emissions import improve_mixtures
from gaitmap.stride_segmentation.hmm._hidden_markov_model import BLOCK_LENGTH, HiddenMarkovModel

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]
Sums = tuple[FloatArray, ...]

ALGORITHMS = ("viterbi", "baum-welch", "labeled")
# Sequences that are handled together. Sums are added in the order of these batches, whatever the number of threads.
_SEQUENCES_PER_BATCH = 16


@dataclass
class History:
    """Course of a training: one entry per iteration in each list.

    Attributes
    ----------
    initial_log_probability
        Log probability of the training data under the model before training.
    log_probabilities
        The same after each iteration.
    improvements
        Gain of each iteration.
    total_improvement
        Gain since the start of the training.
    epochs
        Numbers of the iterations, from 1.
    epoch_durations, epoch_start_times, epoch_end_times
        Times in seconds.
    """

    initial_log_probability: float = np.nan
    log_probabilities: list[float] = field(default_factory=list)
    improvements: list[float] = field(default_factory=list)
    total_improvement: list[float] = field(default_factory=list)
    epochs: list[int] = field(default_factory=list)
    epoch_durations: list[float] = field(default_factory=list)
    epoch_start_times: list[float] = field(default_factory=list)
    epoch_end_times: list[float] = field(default_factory=list)

    def add(self, log_probability: float, started: float) -> float:
        """Add an iteration and return its improvement."""
        before = self.log_probabilities[-1] if self.log_probabilities else self.initial_log_probability
        # -inf - -inf is NaN on purpose: no improvement can be told.
        with np.errstate(invalid="ignore"):
            improvement = float(np.float64(log_probability) - np.float64(before))
            total = float(np.float64(log_probability) - np.float64(self.initial_log_probability))
        self.log_probabilities.append(log_probability)
        self.improvements.append(improvement)
        self.total_improvement.append(total)
        self.epochs.append(len(self.epochs) + 1)
        self.epoch_start_times.append(started)
        self.epoch_end_times.append(time.time())
        self.epoch_durations.append(self.epoch_end_times[-1] - started)
        return improvement


def train(
    model: HiddenMarkovModel,
    sequences: Sequence[FloatArray],
    *,
    algorithm: str,
    stop_threshold: float,
    max_iterations: float,
    labels: Sequence[IntArray | None] | None = None,
    with_emissions: bool = True,
    covariance_floor: float | None = None,
    n_jobs: int = 1,
    verbose: bool = False,
) -> tuple[HiddenMarkovModel, History]:
    """Return the trained model (the given one stays as it is) and the course of the training.

    As in gaitmap 2.6 the parameters of the last iteration are kept even if it made the likelihood worse; and if
    ``max_iterations`` ends the training, one more step is done, whose result is not evaluated.
    """
    batches = _make_batches(sequences)

    def expect(model: HiddenMarkovModel) -> tuple[float, Sums]:
        return _expected_sums(model, batches, algorithm == "viterbi", with_emissions, n_jobs)

    def maximize(model: HiddenMarkovModel, sums: Sums) -> HiddenMarkovModel:
        return _maximize(model, sums, with_emissions, covariance_floor)

    if algorithm == "labeled":
        return _train_once(model, _sums_of_labels(model, sequences, labels, with_emissions), expect, maximize, verbose)
    history = History()
    history.initial_log_probability, sums = expect(model)
    while True:
        started = time.time()
        model = maximize(model, sums)
        log_probability, sums = expect(model)
        improvement = history.add(log_probability, started)
        _print_epoch(history, verbose)
        if not improvement > stop_threshold:
            break
        if history.epochs[-1] >= max_iterations:
            model = maximize(model, sums)
            break
    _print_total(history, verbose)
    return model, history


def _train_once(
    model: HiddenMarkovModel, sums: Sums, expect: Callable, maximize: Callable, verbose: bool
) -> tuple[HiddenMarkovModel, History]:
    """With known states nothing is left to iterate."""
    history = History(initial_log_probability=expect(model)[0])
    started = time.time()
    model = maximize(model, sums)
    history.add(expect(model)[0], started)
    _print_epoch(history, verbose)
    _print_total(history, verbose)
    return model, history


def _make_batches(sequences: Sequence[FloatArray]) -> list[tuple[FloatArray, IntArray]]:
    """Join several sequences, one after the other, and tell where each starts (and the last ends)."""
    batches = []
    for first in range(0, len(sequences), _SEQUENCES_PER_BATCH):
        part = sequences[first : first + _SEQUENCES_PER_BATCH]
        borders = np.concatenate([[0], np.cumsum([len(sequence) for sequence in part])]).astype(np.int64)
        batches.append((np.array(np.concatenate(part), dtype=float, order="C"), borders))
    return batches


def _expected_sums(
    model: HiddenMarkovModel,
    batches: list[tuple[FloatArray, IntArray]],
    best_path_only: bool,
    with_emissions: bool,
    n_jobs: int,
) -> tuple[float, Sums]:
    emission, transition = model.emission(), model.transition()

    def of_batch(batch: tuple[FloatArray, IntArray]) -> tuple[FloatArray, Sums]:
        samples, borders = batch
        if not best_path_only:
            return hmm_training.expected_sums(samples, borders, emission, transition, BLOCK_LENGTH, with_emissions)
        parts = [samples[first:last].copy() for first, last in itertools.pairwise(borders)]
        log_probabilities = np.array([model.log_probability(part) for part in parts])
        possible = np.isfinite(log_probabilities)
        states = [model.viterbi(part)[1] for part, usable in zip(parts, possible, strict=True) if usable]
        return log_probabilities, _sums_of_paths(
            model, [part for part, usable in zip(parts, possible, strict=True) if usable], states, with_emissions
        )

    n_threads = (cpu_count() or 1) if n_jobs == -1 else max(1, n_jobs)
    with ThreadPoolExecutor(n_threads) as threads:  # the kernels release the interpreter's lock
        results = list(threads.map(of_batch, batches))
    log_probability = float(sum(part[0].sum() for part in results))
    return log_probability, tuple(sum(arrays) for arrays in zip(*(part[1] for part in results), strict=True))


def _sums_of_paths(
    model: HiddenMarkovModel, sequences: Sequence[FloatArray], states: Sequence[IntArray], with_emissions: bool
) -> Sums:
    borders = np.concatenate([[0], np.cumsum([len(path) for path in states])]).astype(np.int64)
    samples = np.concatenate([np.empty((0, model.n_features)), *sequences])
    path = np.concatenate([np.empty(0, dtype=np.int64), *states])
    return hmm_training.sums_of_states(samples, path, borders, model.emission(), model.transition(), with_emissions)


def _sums_of_labels(
    model: HiddenMarkovModel,
    sequences: Sequence[FloatArray],
    labels: Sequence[IntArray | None] | None,
    with_emissions: bool,
) -> Sums:
    """Add up sequences with given states; those without labels are left out."""
    pairs = [(sequence, path) for sequence, path in zip(sequences, labels or [], strict=True) if path is not None]
    return _sums_of_paths(model, [pair[0] for pair in pairs], [pair[1] for pair in pairs], with_emissions)


def _maximize(
    model: HiddenMarkovModel, sums: Sums, with_emissions: bool, covariance_floor: float | None
) -> HiddenMarkovModel:
    edge_sums, start_sums, end_sums = sums[:3]
    source, target = model.edges()
    visits = np.zeros_like(model.transitions)
    visits[source, target] = edge_sums
    # Where every state may be the last one, the end is no step of its own; where only some may, others never are.
    ends = np.where(model.end > 0, end_sums, 0.0)
    starts = np.where(model.start > 0, start_sums, 0.0)
    total = visits.sum(axis=1) + ends
    was_left = total > 0
    transitions, end = model.transitions.copy(), model.end.copy()
    transitions[was_left] = visits[was_left] / total[was_left, np.newaxis]
    end[was_left] = ends[was_left] / total[was_left]
    start = starts / starts.sum() if starts.sum() > 0 else model.start
    mixture = (model.weights, model.means, model.covariances)
    if with_emissions:
        mixture = improve_mixtures(model.n_components, mixture, sums[3:], covariance_floor)
    weights, means, covariances = mixture
    return model.replace(
        transitions=transitions, start=start, end=end, weights=weights, means=means, covariances=covariances
    )


def _print_epoch(history: History, verbose: bool) -> None:
    if verbose:
        gain, duration = history.improvements[-1], history.epoch_durations[-1]
        print(f"[{history.epochs[-1]}] Improvement: {gain}\tTime (s): {duration:.4f}")  # noqa: T201 - asked for


def _print_total(history: History, verbose: bool) -> None:
    if verbose:
        print(f"Total Training Improvement: {history.total_improvement[-1]}")  # noqa: T201
        print(f"Total Training Time (s): {sum(history.epoch_durations):.4f}")  # noqa: T201
