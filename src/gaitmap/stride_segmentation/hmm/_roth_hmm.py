"""The model of Roth et al.: strides and transitions as two parts of one hidden Markov model."""

from collections.abc import Sequence
from typing import Any, Literal, Self

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tpcp import OptiPara, cf

from gaitmap.caching import cache_function
from gaitmap.stride_segmentation.hmm._base import BaseSegmentationHmm
from gaitmap.stride_segmentation.hmm._feature_transform import BaseHmmFeatureTransformer, RothHmmFeatureTransformer
from gaitmap.stride_segmentation.hmm._hidden_markov_model import HiddenMarkovModel
from gaitmap.stride_segmentation.hmm._roth_training import FeatureRecording, train_parts_and_whole
from gaitmap.stride_segmentation.hmm._simple_hmm import SimpleHmm, predict_states
from gaitmap.stride_segmentation.hmm._training import History
from gaitmap.utils.datatype_helper import SingleSensorData, SingleSensorStrideList

_INITIALIZATIONS = ("labels", "fully-connected")


class RothSegmentationHmm(BaseSegmentationHmm):
    """Hidden Markov model of strides and the transitions between them [1]_.

    Requires data of one foot in the body frame (column ``gyr_ml`` for the default features) at 51.2 Hz or above.

    Parameters
    ----------
    stride_model
        Model of a stride. Trained with this model.
    transition_model
        Model of everything between strides. Trained with this model.
    feature_transform
        Calculates the features. Rest in a recording changes the default features: see
        :class:`~gaitmap.stride_segmentation.hmm.RothHmmFeatureTransformer`.
    algo_predict
        ``"viterbi"``: the most probable sequence of states. ``"map"``: the most probable state of each sample. Also
        labels the training data.
    algo_train
        How transitions of the whole model are trained: ``"baum-welch"``, ``"viterbi"``, or ``"labeled"`` (counted in
        the labels that the two parts give).
    stop_threshold
        The training ends when the log-likelihood gains no more than this in an iteration.
    max_iterations
        Largest number of iterations for the whole model. When they end the training, one more step is done.
    initialization
        Transitions before the training of the whole model. ``"labels"``: those of the two parts, and between them those
        that occur. ``"fully-connected"``: all, with the same probability.
    verbose
        Print the progress of the training.
    n_jobs
        Number of threads for the training; -1: as many as there are cores.
    name
        Name of the model.
    model
        The trained model. Set by the training.
    data_columns
        Names of the feature columns. Set by the training.
    keep_last_state
        gaitmap 2.6 loses the state of the last feature sample with ``"viterbi"``, and stretches the others over the
        whole recording: borders shift towards its end, by up to one feature sample. False: the same here. True: all
        states are kept.

    Attributes
    ----------
    hidden_state_sequence_
        State of each sample of the data.
    hidden_state_sequence_feature_space_
        State of each feature sample (without the last one, see ``keep_last_state``).
    feature_space_data_
        The features.

    Other Parameters
    ----------------
    data
        The data passed to the ``predict`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    The states of the transition model come first, then those of the stride model. Training: both parts are trained on
    their sections of the recordings, then label the recordings; a whole model with their emissions is built from these
    labels, and its transition probabilities are trained on the complete recordings.

    Two samples between strides that do not follow each other directly are treated as in gaitmap 2.6: a transition
    starts one sample after the end of the stride, and that sample gets the first transition state.

    References
    ----------
    .. [1] N. Roth et al., "Hidden Markov Model based stride segmentation on unsupervised free-living gait data in
           Parkinson's disease patients," Journal of NeuroEngineering and Rehabilitation, vol. 18, 93, 2021,
           doi:10.1186/s12984-021-00883-7.

    See Also
    --------
    gaitmap.stride_segmentation.hmm.HmmStrideSegmentation : Find strides with such a model.
    gaitmap.stride_segmentation.hmm.PreTrainedRothSegmentationModel : A trained model.

    Examples
    --------
    >>> model = RothSegmentationHmm(verbose=False)
    >>> model = model.self_optimize([data], [stride_list], sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> model.predict(data, sampling_rate_hz=204.8).hidden_state_sequence_  # doctest: +SKIP
    """

    _json_omits_defaults = ("keep_last_state",)

    stride_model: SimpleHmm
    transition_model: SimpleHmm
    stride_model__model: OptiPara
    stride_model__data_columns: OptiPara
    transition_model__model: OptiPara
    transition_model__data_columns: OptiPara
    model: OptiPara[HiddenMarkovModel | None]
    data_columns: OptiPara[tuple[str, ...] | None]

    feature_space_data_: pd.DataFrame
    hidden_state_sequence_: NDArray[np.int64]
    hidden_state_sequence_feature_space_: NDArray[np.int64]

    def __init__(
        self,
        stride_model: SimpleHmm = cf(
            SimpleHmm(
                n_states=20,
                n_gmm_components=6,
                algo_train="baum-welch",
                stop_threshold=1e-9,
                max_iterations=10,
                architecture="left-right-strict",
                name="stride_model",
            )
        ),
        transition_model: SimpleHmm = cf(
            SimpleHmm(
                n_states=5,
                n_gmm_components=3,
                algo_train="baum-welch",
                stop_threshold=1e-9,
                max_iterations=10,
                architecture="left-right-loose",
                name="transition_model",
            )
        ),
        feature_transform: BaseHmmFeatureTransformer = cf(RothHmmFeatureTransformer()),
        *,
        algo_predict: Literal["viterbi", "map"] = "viterbi",
        algo_train: Literal["viterbi", "baum-welch", "labeled"] = "baum-welch",
        stop_threshold: float = 1e-9,
        max_iterations: float = 1,
        initialization: Literal["labels", "fully-connected"] = "labels",
        verbose: bool = True,
        n_jobs: int = 1,
        name: str = "segmentation_model",
        model: HiddenMarkovModel | None = None,
        data_columns: tuple[str, ...] | None = None,
        keep_last_state: bool = False,
    ) -> None:
        self.stride_model = stride_model
        self.transition_model = transition_model
        self.feature_transform = feature_transform
        self.algo_predict = algo_predict
        self.algo_train = algo_train
        self.stop_threshold = stop_threshold
        self.max_iterations = max_iterations
        self.initialization = initialization
        self.verbose = verbose
        self.n_jobs = n_jobs
        self.name = name
        self.model = model
        self.data_columns = data_columns
        self.keep_last_state = keep_last_state

    @property
    def n_states(self) -> int:
        """Number of states of both parts together."""
        return self.transition_model.n_states + self.stride_model.n_states

    @property
    def transition_states(self) -> list[int]:
        """States of the transition model in the whole model."""
        return list(range(self.transition_model.n_states))

    @property
    def stride_states(self) -> list[int]:
        """States of the stride model in the whole model."""
        return list(range(self.transition_model.n_states, self.n_states))

    def predict(self, data: SingleSensorData, sampling_rate_hz: float) -> Self:
        """Find the state of each sample.

        Parameters
        ----------
        data
            Data of one sensor.
        sampling_rate_hz
            Sampling rate of the data in Hz.

        Returns
        -------
        self
            The instance with the results attached.

        Raises
        ------
        ValueError
            If the model is not trained, or the data are too short, do not have the features of the model, or are
            impossible for it.
        """
        return self._predict(data, sampling_rate_hz, None)

    def self_optimize(
        self,
        data_sequence: Sequence[SingleSensorData],
        stride_list_sequence: Sequence[SingleSensorStrideList],
        sampling_rate_hz: float,
    ) -> Self:
        """Train the model with recordings and their strides.

        Parameters
        ----------
        data_sequence
            Recordings of single sensors.
        stride_list_sequence
            For each recording all its strides.
        sampling_rate_hz
            Sampling rate of the recordings in Hz.

        Returns
        -------
        self
            The instance with the trained models.
        """
        return self.self_optimize_with_info(data_sequence, stride_list_sequence, sampling_rate_hz=sampling_rate_hz)[0]

    def self_optimize_with_info(
        self,
        data_sequence: Sequence[SingleSensorData],
        stride_list_sequence: Sequence[SingleSensorStrideList],
        sampling_rate_hz: float,
    ) -> tuple[Self, dict[str, History]]:
        """Train the model with recordings and their strides, and tell how the training went.

        Parameters
        ----------
        data_sequence
            Recordings of single sensors.
        stride_list_sequence
            For each recording all its strides.
        sampling_rate_hz
            Sampling rate of the recordings in Hz.

        Returns
        -------
        self
            The instance with the trained models.
        histories
            Course of the three trainings: ``"self"``, ``"transition_model"``, ``"stride_model"``.

        Raises
        ------
        ValueError
            If data, strides or parameters do not allow a training; the message says why.
        """
        if self.initialization not in _INITIALIZATIONS:
            raise ValueError(
                f"Invalid value for initialization! Must be one of {_INITIALIZATIONS}. Got {self.initialization!r}."
            )
        data_sequence, stride_list_sequence = list(data_sequence), list(stride_list_sequence)
        if len(data_sequence) != len(stride_list_sequence):
            raise ValueError(
                "Every recording needs its stride list. "
                f"Found {len(data_sequence)} recordings and {len(stride_list_sequence)} stride lists."
            )
        recordings = [
            self._to_feature_space(data, strides, sampling_rate_hz)
            for data, strides in zip(data_sequence, stride_list_sequence, strict=True)
        ]
        histories = train_parts_and_whole(self, recordings)
        return self, histories

    # Steps -------------------------------------------------------------------------------------------------------
    def _predict(self, data: SingleSensorData, sampling_rate_hz: float, memory: joblib.Memory | None) -> Self:
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        if self.model is None:
            raise ValueError(
                "No trained model for prediction available! Train it with `self_optimize`, or use a trained one such "
                "as PreTrainedRothSegmentationModel()."
            )
        transform = self.feature_transform.clone()
        features = transform.transform(data, sampling_rate_hz=sampling_rate_hz).transformed_data_
        states = cache_function(memory, most_probable_states)(
            features, tuple(self.data_columns or features.columns), _numbers(self.model), self.algo_predict
        ).astype(np.int64)
        if self.algo_predict == "viterbi" and not self.model.is_finite and not self.keep_last_state:
            states = states[:-1].copy()
        self.feature_space_data_ = features
        self.hidden_state_sequence_feature_space_ = states
        self.hidden_state_sequence_ = transform.inverse_transform_state_sequence(states, data=data)
        return self

    def _predict_with_memory(
        self, data: SingleSensorData, sampling_rate_hz: float, memory: joblib.Memory | None
    ) -> Self:
        if type(self).predict is not RothSegmentationHmm.predict:
            return super()._predict_with_memory(data, sampling_rate_hz, memory)
        return self._predict(data, sampling_rate_hz, memory)

    def _to_feature_space(
        self, data: SingleSensorData, strides: SingleSensorStrideList, sampling_rate_hz: float
    ) -> FeatureRecording:
        transform = self.feature_transform.clone().transform(data, roi_list=strides, sampling_rate_hz=sampling_rate_hz)
        borders = transform.transformed_roi_list_[["start", "end"]].to_numpy(dtype=float)
        return FeatureRecording(transform.transformed_data_, borders.astype(np.int64))


def most_probable_states(
    features: pd.DataFrame, data_columns: tuple[str, ...], model: dict[str, Any], algorithm: str
) -> NDArray[np.integer]:
    """Find the states of all samples, in the smallest type that holds them. Its name is part of joblib's output."""
    states = predict_states(HiddenMarkovModel("", **model), data_columns, features, algorithm)
    n_states = len(model["start"])
    return states.astype(np.min_scalar_type(n_states - 1))


def _numbers(model: HiddenMarkovModel) -> dict[str, Any]:
    """All that a prediction depends on."""
    return {name: value for name, value in vars(model).items() if name not in ("name", "state_names")}
