"""Training of the model of Roth et al.: first its two parts, then the whole."""

import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.stride_segmentation.hmm._hidden_markov_model import HiddenMarkovModel
from gaitmap.stride_segmentation.hmm._sections import equidistant_labels, transition_regions
from gaitmap.stride_segmentation.hmm._simple_hmm import SimpleHmm, TooFewSamplesError, warn_of_bad_improvements
from gaitmap.stride_segmentation.hmm._training import ALGORITHMS, History, train
from gaitmap.utils._checks import check_number, check_option

if TYPE_CHECKING:
    from gaitmap.stride_segmentation.hmm._roth_hmm import RothSegmentationHmm

IntArray = NDArray[np.int64]
# Weight of a step between states that neither part has, but that occurs in the labels.
_NEW_EDGE = 0.1


class FeatureRecording(NamedTuple):
    """Features of a recording, and its strides in samples of the features."""

    features: pd.DataFrame
    strides: IntArray

    @property
    def transitions(self) -> IntArray:
        """What lies between the strides."""
        return transition_regions(self.strides, len(self.features))


def train_parts_and_whole(hmm: "RothSegmentationHmm", recordings: list[FeatureRecording]) -> dict[str, History]:
    """Train ``hmm`` in place and return the course of the three trainings."""
    check_option(hmm, "algo_train", hmm.algo_train, ALGORITHMS)
    check_number(hmm, "max_iterations", hmm.max_iterations, at_least=1)
    if not recordings:
        raise ValueError("There is no training data. Expected at least one recording.")
    stride_history = _train_part(
        hmm.stride_model, "strides", [(recording.features, recording.strides) for recording in recordings]
    )
    transition_history = _train_part(
        hmm.transition_model, "transitions", [(recording.features, recording.transitions) for recording in recordings]
    )
    labels = [_label(hmm, recording) for recording in recordings]
    untrained = _combine(hmm, labels)
    samples = [np.array(recording.features, dtype=float, order="C") for recording in recordings]
    hmm.model, history = train(
        untrained,
        samples,
        algorithm=hmm.algo_train,
        stop_threshold=hmm.stop_threshold,
        max_iterations=hmm.max_iterations,
        labels=labels,
        with_emissions=False,
        n_jobs=hmm.n_jobs,
        verbose=hmm.verbose,
    )
    warn_of_bad_improvements(history)
    hmm.data_columns = tuple(recordings[0].features.columns)
    return {"self": history, "transition_model": transition_history, "stride_model": stride_history}


def _train_part(model: SimpleHmm, what: str, sections: list[tuple[pd.DataFrame, IntArray]]) -> History:
    cut = [features.iloc[start:end] for features, borders in sections for start, end in borders]
    usable = [section for section in cut if len(section) >= model.n_states]
    if not usable:
        raise ValueError(
            f"The training data contain no usable {what}. Found {len(cut)}, none of them with at least "
            f"{model.n_states} samples (the number of states of {model.name!r}) in feature space."
        )
    if len(usable) < len(cut):
        warnings.warn(
            f"{len(cut) - len(usable)} {what} (out of {len(cut)}) were ignored for the training, because they have "
            f"less samples than the model has states ({model.n_states}).",
            UserWarning,
            stacklevel=5,
        )
    labels = [equidistant_labels(len(section), model.n_states) for section in usable]
    return model.self_optimize_with_info(usable, labels)[1]


def _label(hmm: "RothSegmentationHmm", recording: FeatureRecording) -> IntArray:
    """State of each sample, as both trained parts see their sections."""
    labels = np.zeros(len(recording.features), dtype=np.int64)
    parts = (
        (hmm.transition_model, recording.transitions, 0),
        (hmm.stride_model, recording.strides, hmm.transition_model.n_states),
    )
    for model, sections, first_state in parts:
        for start, end in sections:
            section = recording.features.iloc[start:end]
            try:
                labels[start:end] = first_state + model.predict_hidden_state_sequence(section, hmm.algo_predict)
            except TooFewSamplesError:
                continue
    return labels


def _combine(hmm: "RothSegmentationHmm", labels: list[IntArray]) -> HiddenMarkovModel:
    """Build the whole model before its training: emissions of both parts, and all steps that occur."""
    parts = [hmm.transition_model.model, hmm.stride_model.model]
    assert all(part is not None for part in parts)
    n_transition, n = hmm.transition_model.n_states, hmm.n_states
    transitions, start = np.full((n, n), 1 / n), np.full(n, 1 / n)
    if hmm.initialization == "labels":
        transitions, start = np.zeros((n, n)), np.zeros(n)
        transitions[:n_transition, :n_transition] = parts[0].transitions
        transitions[n_transition:, n_transition:] = parts[1].transitions
        for states in labels:
            before, after = states[:-1], states[1:]
            is_new = (before != after) & (transitions[before, after] == 0)
            transitions[before[is_new], after[is_new]] = _NEW_EDGE
            start[states[0]] = 1.0
    return HiddenMarkovModel(
        hmm.name,
        transitions=transitions,
        start=start,
        end=np.zeros(n),
        n_components=np.concatenate([part.n_components for part in parts]),
        weights=np.concatenate([part.weights for part in parts]),
        means=np.concatenate([part.means for part in parts]),
        covariances=np.concatenate([part.covariances for part in parts]),
    )
