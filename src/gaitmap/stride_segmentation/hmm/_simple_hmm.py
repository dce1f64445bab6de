"""One hidden Markov model with a fixed topology."""

import warnings
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tpcp import OptiPara

from gaitmap.base._json import _BaseSerializable
from gaitmap.stride_segmentation.hmm._emissions import fit_mixture
from gaitmap.stride_segmentation.hmm._hidden_markov_model import HiddenMarkovModel
from gaitmap.stride_segmentation.hmm._training import ALGORITHMS, History, train
from gaitmap.utils._checks import check_number, check_option
from gaitmap.utils.datatype_helper import SingleSensorData
from gaitmap.utils.exceptions import DataQualityError

IntArray = NDArray[np.int64]
# Log probabilities of the same model differ by less than this part of their size.
_ROUNDING = 1e-10
_ARCHITECTURES = ("left-right-strict", "left-right-loose", "fully-connected")


class TooFewSamplesError(DataQualityError):
    """A section has less samples than the model has states."""


class SimpleHmm(_BaseSerializable):
    """Hidden Markov model with a fixed topology and mixtures of Gaussians as emissions.

    Two of them are the parts of a :class:`~gaitmap.stride_segmentation.hmm.RothSegmentationHmm`. It can also be used by
    itself, with features as data.

    Parameters
    ----------
    n_states
        Number of states.
    n_gmm_components
        Number of components of the mixture of each state. 1: a single Gaussian.
    architecture
        Which steps are possible. ``"left-right-strict"``: stay or go to the next state, from the first to the last one.
        ``"left-right-loose"``: the same with a step from the last to the first state; start and end anywhere.
        ``"fully-connected"``: all.
    algo_train
        ``"baum-welch"``: expectation maximisation over all paths. ``"viterbi"``: over the best path. ``"labeled"``: the
        labels are the states; they are counted, once.
    stop_threshold
        The training ends when the log-likelihood gains no more than this in an iteration.
    max_iterations
        Largest number of iterations. When they end the training, one more step is done without evaluation.
    verbose
        Print the progress of the training.
    n_jobs
        Number of threads for the training; -1: as many as there are cores. The result does not depend on it.
    name
        Name of the model.
    model
        The trained model. Set by the training.
    data_columns
        Names of the feature columns. Set by the training.
    covariance_floor
        Smallest variance (smallest eigenvalue of a covariance) that a training results in, in units of the features.
        None: as in gaitmap 2.6, covariances are changed only when they are singular; then the result of a training may
        depend on rounding. Loaded models are never changed.

    Notes
    -----
    The training starts from the labels: each state gets a mixture fitted to its samples by a deterministic method
    (clusters around the first samples, then expectation maximisation).

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.stride_segmentation.hmm import SimpleHmm
    >>> labels = np.repeat([0, 1], 20)
    >>> data = pd.DataFrame({"f": labels + np.tile([-0.1, 0.1], 20)})
    >>> hmm = SimpleHmm(2, 1, verbose=False).self_optimize([data], [labels])
    >>> bool((hmm.predict_hidden_state_sequence(data) == labels).all())
    True
    """

    _json_omits_defaults = ("covariance_floor",)

    model: OptiPara[HiddenMarkovModel | None]
    data_columns: OptiPara[tuple[str, ...] | None]

    def __init__(
        self,
        n_states: int,
        n_gmm_components: int,
        *,
        architecture: Literal["left-right-strict", "left-right-loose", "fully-connected"] = "left-right-strict",
        algo_train: Literal["viterbi", "baum-welch", "labeled"] = "viterbi",
        stop_threshold: float = 1e-9,
        max_iterations: float = 1e8,
        verbose: bool = True,
        n_jobs: int = 1,
        name: str = "my_model",
        model: HiddenMarkovModel | None = None,
        data_columns: tuple[str, ...] | None = None,
        covariance_floor: float | None = 1e-7,
    ) -> None:
        self.n_states = n_states
        self.n_gmm_components = n_gmm_components
        self.architecture = architecture
        self.algo_train = algo_train
        self.stop_threshold = stop_threshold
        self.max_iterations = max_iterations
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.name = name
        self.model = model
        self.data_columns = data_columns
        self.covariance_floor = covariance_floor

    def predict_hidden_state_sequence(
        self, feature_data: SingleSensorData, algorithm: Literal["viterbi", "map"] = "viterbi"
    ) -> IntArray:
        """Find the state of each sample.

        Parameters
        ----------
        feature_data
            Features with at least the columns of ``data_columns``, in any order.
        algorithm
            ``"viterbi"``: the most probable sequence. ``"map"``: the most probable state of each sample.

        Returns
        -------
        states
            One per sample.

        Raises
        ------
        ValueError
            If the model is not trained, columns are missing, there are less samples than states, or the samples are
            impossible for the model.
        """
        if self.model is None:
            raise ValueError(
                "You need to train the HMM before calling `predict_hidden_state_sequence`. "
                "Use `self_optimize`, or load a trained model."
            )
        return predict_states(self.model, self.data_columns, feature_data, algorithm)

    def self_optimize(
        self,
        data_sequence: Sequence[SingleSensorData],
        labels_sequence: Sequence[Any],
    ) -> Self:
        """Train the model from scratch.

        Parameters
        ----------
        data_sequence
            Features of several recordings or sections.
        labels_sequence
            For each of them one state per sample (array, Series, or DataFrame with one column), or None. They
            initialise the emissions, and are the states for ``algo_train="labeled"``.

        Returns
        -------
        self
            The instance with the trained ``model``.
        """
        return self.self_optimize_with_info(data_sequence, labels_sequence)[0]

    def self_optimize_with_info(
        self,
        data_sequence: Sequence[SingleSensorData],
        labels_sequence: Sequence[Any],
    ) -> tuple[Self, History]:
        """Train the model from scratch, and tell how the training went.

        Parameters
        ----------
        data_sequence
            Features of several recordings or sections.
        labels_sequence
            For each of them one state per sample, or None (see :meth:`self_optimize`).

        Returns
        -------
        self
            The instance with the trained ``model``.
        history
            Log-likelihood, improvement and duration of each iteration.

        Raises
        ------
        ValueError
            If data, labels or parameters do not allow a training; the message says why.
        """
        labels = [None if part is None else _as_labels(part) for part in labels_sequence]
        self._check_sequences(data_sequence, labels)
        columns = tuple(data_sequence[0].columns)
        samples = [np.array(part[list(columns)], dtype=float, order="C") for part in data_sequence]
        self._check_parameters()
        if self.model is not None:
            warnings.warn("Model already exists. Overwriting existing model.", UserWarning, stacklevel=3)
        untrained = self._initialize(samples, labels)
        trained, history = train(
            untrained,
            samples,
            algorithm=self.algo_train,
            stop_threshold=self.stop_threshold,
            max_iterations=self.max_iterations,
            labels=labels,
            covariance_floor=self.covariance_floor,
            n_jobs=self.n_jobs,
            verbose=self.verbose,
        )
        warn_of_bad_improvements(history)
        self.model = trained.replace(name=f"{self.name}_trained")
        self.data_columns = columns
        return self, history

    # Steps -------------------------------------------------------------------------------------------------------
    def _check_sequences(self, data_sequence: Sequence[Any], labels: Sequence[IntArray | None]) -> None:
        if len(data_sequence) != len(labels):
            raise ValueError(
                "The given training sequence and initial training labels do not match in their number of individual "
                f"sequences. Found {len(data_sequence)} and {len(labels)}."
            )
        for i, (data, states) in enumerate(zip(data_sequence, labels, strict=True)):
            if len(data) < self.n_states:
                raise ValueError(
                    "Invalid training sequence! At least one training sequence has less samples than the specified "
                    f"number of states: sequence {i} with {len(data)} samples for {self.n_states} states."
                )
            if states is None:
                continue
            if len(states) != len(data):
                raise ValueError(
                    f"Invalid training sequence! Sequence {i} has a different number of samples ({len(data)}) than its "
                    f"labels ({len(states)})."
                )
            if states.min() < 0 or states.max() >= self.n_states:
                raise ValueError(
                    f"Invalid label sequence! The labels of sequence {i} must be in 0 to {self.n_states - 1}. "
                    f"Found {states.min()} to {states.max()}."
                )
        if len(data_sequence) == 0:
            raise ValueError("There is no training data. Expected at least one sequence.")

    def _check_parameters(self) -> None:
        if self.architecture not in _ARCHITECTURES:
            raise ValueError(f"Invalid architecture given. Must be one of {_ARCHITECTURES}. Got {self.architecture!r}.")
        check_option(self, "algo_train", self.algo_train, ALGORITHMS)
        check_number(self, "max_iterations", self.max_iterations, at_least=1)
        if self.covariance_floor is not None:
            check_number(self, "covariance_floor", self.covariance_floor, above=0)

    def _initialize(self, samples: Sequence[NDArray], labels: Sequence[IntArray | None]) -> HiddenMarkovModel:
        labelled = [(part, states) for part, states in zip(samples, labels, strict=True) if states is not None]
        states = np.concatenate([np.empty(0, dtype=np.int64), *(pair[1] for pair in labelled)])
        counts = np.bincount(states, minlength=self.n_states)
        if (counts == 0).any():
            raise ValueError(
                f"The training labels did only provide samples for {(counts > 0).sum()} out of {self.n_states} "
                "states. Every state needs samples."
            )
        if self.n_gmm_components > 1 and (counts < self.n_gmm_components).any():
            raise ValueError(
                f"The training labels did only provide a small number of samples ({counts.min()}) for at least one "
                f"state. Expected at least {self.n_gmm_components}, the number of components. Use more data, or fewer "
                "components or states."
            )
        values = np.concatenate([pair[0] for pair in labelled])
        if not np.isfinite(values).all():
            raise ValueError(
                "NaN in parameters during distribution fitting! The labelled data contain NaN or infinite values. "
                "Leave these sequences out, or repair them."
            )
        mixtures = [
            fit_mixture(values[states == state], self.n_gmm_components, self.covariance_floor)
            for state in range(self.n_states)
        ]
        weights, means, covariances = (np.concatenate(parts) for parts in zip(*mixtures, strict=True))
        transitions, start, end = _topology(self.architecture, self.n_states)
        return HiddenMarkovModel(
            f"{self.name}-untrained",
            transitions=transitions,
            start=start,
            end=end,
            n_components=np.full(self.n_states, self.n_gmm_components),
            weights=weights,
            means=means,
            covariances=covariances,
        )


def predict_states(
    model: HiddenMarkovModel,
    data_columns: Sequence[str] | None,
    feature_data: SingleSensorData,
    algorithm: str,
) -> IntArray:
    """Find the state of each sample of a frame, with clear errors."""
    expected = tuple(data_columns) if data_columns is not None else tuple(feature_data.columns)
    if any(column not in feature_data.columns for column in expected):
        raise ValueError(
            f"The provided feature data is expected to have the following columns:\n\n{expected}\n\n"
            f"But it only has the following columns:\n\n{tuple(feature_data.columns)}"
        )
    if len(feature_data) < model.n_states:
        raise TooFewSamplesError(
            "The provided feature data is expected to have at least as many samples as the number of states of the "
            f"model ({model.n_states}). Found {len(feature_data)} samples. Use a longer section."
        )
    try:
        return model.predict(feature_data[list(expected)].to_numpy(dtype=float), algorithm)
    except ValueError as error:  # also NumPy's LinAlgError
        raise ValueError(f"Prediction failed! {error}") from error


def warn_of_bad_improvements(history: History) -> None:
    """Warn if an iteration made the model worse (by more than rounding), or nothing can be said about it."""
    improvements = np.asarray(history.improvements)
    rounding = _ROUNDING * np.abs(history.log_probabilities)
    if not (np.isfinite(improvements) & (improvements >= -rounding)).all():
        warnings.warn(
            "During training the improvement per epoch became NaN/infinite or negative! Run `self_optimize_with_info` "
            "and inspect the history element for more information. The model may still be usable.",
            UserWarning,
            stacklevel=3,
        )


def _as_labels(labels: Any) -> IntArray:
    values = np.asarray(labels.to_numpy() if isinstance(labels, pd.DataFrame | pd.Series) else labels)
    return values.reshape(len(values)).astype(np.int64)


def _topology(architecture: str, n_states: int) -> tuple[NDArray, NDArray, NDArray]:
    """Transition, start and end probabilities before training; the model normalises the rows."""
    if architecture == "fully-connected":
        return np.full((n_states, n_states), 1 / n_states), np.full(n_states, 1 / n_states), np.ones(n_states)
    transitions = np.eye(n_states) + np.eye(n_states, k=1)
    if architecture == "left-right-loose":
        transitions[-1, 0] = 1.0
        return transitions, np.full(n_states, 1 / n_states), np.ones(n_states)
    start, end = np.zeros(n_states), np.zeros(n_states)
    start[0] = end[-1] = 1.0
    return transitions, start, end
