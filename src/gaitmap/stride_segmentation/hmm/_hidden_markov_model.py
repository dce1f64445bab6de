"""The trained model: a hidden Markov model whose states emit mixtures of Gaussians."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike, NDArray

from gaitmap._kernels import hmm_training
from gaitmap._kernels.viterbi import viterbi_path
from gaitmap.stride_segmentation.hmm._emissions import kernel_arguments

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

ALGORITHMS = ("viterbi", "map")
# Forward probabilities are kept for this many samples at a time (0.8 MB for 25 states).
BLOCK_LENGTH = 4096
_SILENT = ("None-start", "None-end")


class Gaussian(NamedTuple):
    """A multivariate Gaussian distribution; ``parameters`` are the mean and the covariance as nested lists."""

    parameters: list
    name: str = "MultivariateGaussianDistribution"


class GaussianMixture(NamedTuple):
    """A weighted sum of Gaussian distributions."""

    distributions: list[Gaussian]
    weights: list[float]
    name: str = "GeneralMixtureModel"


class State(NamedTuple):
    """A state; ``distribution`` is None for the silent start and end state."""

    name: str
    distribution: Gaussian | GaussianMixture | None


class HiddenMarkovModel:
    """Hidden Markov model with one mixture of Gaussians per state. Not to be changed once it is made.

    Parameters
    ----------
    name
        Name of the model.
    transitions
        Probability to go from state to state, shape (n_states, n_states). No edge where it is 0.
    start
        Probability to start in each state.
    end
        Probability to end after each state. All 0: a sequence may end in any state.
    n_components
        Number of components of each state. The components of all states follow each other in the next three arrays.
    weights
        Weights of the components, which add up to 1 for each state.
    means
        Means of the components, shape (number of all components, n_features).
    covariances
        Their covariances, shape (number of all components, n_features, n_features).
    state_names
        Names of the states; by default ``s0`` to ``s9``, ``sa``, ``sb``, ...
    """

    def __init__(
        self,
        name: str,
        *,
        transitions: ArrayLike,
        start: ArrayLike,
        end: ArrayLike,
        n_components: ArrayLike,
        weights: ArrayLike,
        means: ArrayLike,
        covariances: ArrayLike,
        state_names: Sequence[str] | None = None,
    ) -> None:
        self.name = name
        self.transitions = np.array(transitions, dtype=float, order="C")
        self.start = np.array(start, dtype=float, order="C")
        self.end = np.array(end, dtype=float, order="C")
        self.n_components = np.array(n_components, dtype=np.int64)
        self.weights = np.array(weights, dtype=float, order="C")
        self.means = np.array(means, dtype=float, order="C")
        self.covariances = np.array(covariances, dtype=float, order="C")
        self.state_names = list(state_names) if state_names is not None else default_state_names(len(self.start))
        self._normalize()

    @property
    def n_states(self) -> int:
        """Number of states, without the silent ones."""
        return len(self.start)

    @property
    def n_features(self) -> int:
        """Number of values per sample."""
        return self.means.shape[1]

    @property
    def is_finite(self) -> bool:
        """Whether sequences end in certain states only."""
        return bool((self.end > 0).any())

    @property
    def states(self) -> list[State]:
        """All states with their distributions; the last two are the silent start and end state."""
        emitting = [State(name, self._distribution(state)) for state, name in enumerate(self.state_names)]
        return [*emitting, *(State(name, None) for name in _SILENT)]

    def dense_transition_matrix(self) -> FloatArray:
        """Return all transition probabilities, shape (n_states + 2, n_states + 2).

        The row before the last one is the start state, the last column the end state.
        """
        n = self.n_states
        dense = np.zeros((n + 2, n + 2))
        dense[:n, :n] = self.transitions
        dense[n, :n] = self.start
        dense[:n, n + 1] = self.end
        return dense

    def viterbi(self, samples: ArrayLike) -> tuple[float, IntArray]:
        """Find the most probable sequence of states.

        Parameters
        ----------
        samples
            Shape (n, n_features). NaN marks missing values.

        Returns
        -------
        log_probability
            Of the samples and this path; -inf if no path is possible.
        states
            One per sample.
        """
        x = self._as_samples(samples)
        dtype = np.uint8 if self.n_states <= np.iinfo(np.uint8).max + 1 else np.int32
        best_source = np.empty((len(x), self.n_states), dtype=dtype)
        states, log_probability = viterbi_path(x, self.emission(), self.transition(), best_source)
        return float(log_probability), states

    def most_probable_states(self, samples: ArrayLike) -> tuple[float, IntArray]:
        """Find the most probable state of each sample (which together need not be a possible sequence).

        Parameters
        ----------
        samples
            Shape (n, n_features). NaN marks missing values.

        Returns
        -------
        log_probability
            Of the samples, summed over all paths; -inf if no path is possible.
        states
            One per sample.
        """
        x = self._as_samples(samples)
        states, log_probability = hmm_training.posterior_path(x, self.emission(), self.transition(), BLOCK_LENGTH)
        return float(log_probability), states

    def predict(self, samples: ArrayLike, algorithm: str = "viterbi") -> IntArray:
        """Find the states by ``"viterbi"`` or ``"map"``.

        Raises
        ------
        ValueError
            If the algorithm is unknown, samples or parameters are not usable, or the model cannot emit the samples.
        """
        if algorithm not in ALGORITHMS:
            raise ValueError(f"The algorithm must be one of {ALGORITHMS}. Got {algorithm!r} instead.")
        if not self._has_finite_parameters():
            raise ValueError("The model contains non-finite/NaN parameters. Train it again with more or other data.")
        if np.isinf(self._as_samples(samples)).any():
            raise ValueError("The data contain infinite values. Repair or remove them.")
        decode = self.viterbi if algorithm == "viterbi" else self.most_probable_states
        log_probability, states = decode(samples)
        if not np.isfinite(log_probability):
            raise ValueError("The model cannot emit these data: every path has the probability 0.")
        return states

    def log_probability(self, samples: ArrayLike) -> float:
        """Logarithm of the probability of the samples, summed over all paths."""
        x = self._as_samples(samples)
        return float(hmm_training.log_probability_of(x, self.emission(), self.transition(), BLOCK_LENGTH))

    # Arguments of the kernels ------------------------------------------------------------------------------------
    def emission(self) -> tuple[NDArray, ...]:
        """Emissions as the kernels take them (see ``_kernels/viterbi.py``)."""
        return kernel_arguments(self.n_components, (self.weights, self.means, self.covariances))

    def transition(self) -> tuple[NDArray, ...]:
        """Transitions as the kernels take them (see ``_kernels/viterbi.py``)."""
        source, target = self.edges()
        first_edge = np.searchsorted(target, np.arange(self.n_states + 1))
        with np.errstate(divide="ignore"):
            log_end = np.log(self.end) if self.is_finite else np.zeros(self.n_states)
            return np.log(self.start), first_edge, source, np.log(self.transitions[source, target]), log_end

    def edges(self) -> tuple[IntArray, IntArray]:
        """Source and target of each edge between two states, in the order of the targets."""
        target, source = np.nonzero(self.transitions.T)
        return source, target

    def replace(self, **changes: Any) -> "HiddenMarkovModel":
        """Return a model in which some of the constructor's arguments differ."""
        return HiddenMarkovModel(**(self.__dict__ | changes))

    # -------------------------------------------------------------------------------------------------------------
    def _as_json(self) -> dict[str, Any]:
        from gaitmap.stride_segmentation.hmm._upstream_json import encode

        return {"_obj_type": "HiddenMarkovModel", "hmm": encode(self)}

    def _normalize(self) -> None:
        """Divide the outgoing probabilities of each state by their sum where that is not 1 (to 8 decimals)."""
        total = self.transitions.sum(axis=1) + self.end
        wrong = (np.round(total, 8) != 1) & (total > 0)
        self.transitions[wrong] /= total[wrong, np.newaxis]
        self.end[wrong] /= total[wrong]
        if np.round(self.start.sum(), 8) != 1 and self.start.sum() > 0:
            self.start /= self.start.sum()

    def _distribution(self, state: int) -> Gaussian | GaussianMixture:
        last = int(self.n_components[: state + 1].sum())
        components = slice(last - int(self.n_components[state]), last)
        gaussians = [
            Gaussian([mean.tolist(), covariance.tolist()])
            for mean, covariance in zip(self.means[components], self.covariances[components], strict=True)
        ]
        return gaussians[0] if len(gaussians) == 1 else GaussianMixture(gaussians, self.weights[components].tolist())

    def _has_finite_parameters(self) -> bool:
        numbers = (self.transitions, self.start, self.end, self.weights, self.means, self.covariances)
        return all(bool(np.isfinite(values).all()) for values in numbers)

    def _as_samples(self, samples: ArrayLike) -> FloatArray:
        x = np.array(samples, dtype=float, order="C")
        if x.ndim != 2 or x.shape[1] != self.n_features or len(x) == 0:
            raise ValueError(
                f"The model {self.name!r} takes samples of {self.n_features} values. Found an array of the shape "
                f"{x.shape}. Expected (n, {self.n_features}) with at least one sample."
            )
        return x

    def __repr__(self) -> str:
        """Short text: the numbers do not belong into the text of a parent."""
        return f"HiddenMarkovModel[name={self.name}](...)"


def default_state_names(n_states: int) -> list[str]:
    """Names that sort like the numbers: s0 to s9, sa, sb, ..."""
    return [f"s{i}" if i < 10 else f"s{chr(87 + i)}" for i in range(n_states)]
