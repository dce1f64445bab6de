"""What a model must offer to be used for stride segmentation."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import joblib

from gaitmap.base import BaseAlgorithm
from gaitmap.caching import cached_call_action
from gaitmap.utils.datatype_helper import SingleSensorData, SingleSensorStrideList


class BaseSegmentationHmm(BaseAlgorithm):
    """Base class of models that find the hidden states of a recording of one sensor.

    Subclasses implement everything below; ``predict`` sets ``hidden_state_sequence_`` with one state per sample.

    Attributes
    ----------
    hidden_state_sequence_
        One state per sample of the data.

    Other Parameters
    ----------------
    data
        The data passed to the ``predict`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.
    """

    _action_methods: ClassVar[tuple[str, ...]] = ("predict",)

    hidden_state_sequence_: Any

    data: Any
    sampling_rate_hz: Any

    @property
    def stride_states(self) -> list[int]:
        """States that belong to strides, in their order."""
        raise NotImplementedError

    def predict(self, data: SingleSensorData, sampling_rate_hz: float) -> Self:
        """Find the hidden states."""
        raise NotImplementedError

    def self_optimize(
        self,
        data_sequence: Sequence[SingleSensorData],
        stride_list_sequence: Sequence[SingleSensorStrideList],
        sampling_rate_hz: float,
    ) -> Self:
        """Train the model with recordings and their strides."""
        raise NotImplementedError

    def self_optimize_with_info(
        self,
        data_sequence: Sequence[SingleSensorData],
        stride_list_sequence: Sequence[SingleSensorStrideList],
        sampling_rate_hz: float,
    ) -> tuple[Self, Any]:
        """Train the model, and tell how the training went."""
        raise NotImplementedError

    def _predict_with_memory(
        self, data: SingleSensorData, sampling_rate_hz: float, memory: joblib.Memory | None
    ) -> Self:
        """Instance with results; this one may stay as it is. Without knowledge of the model all results are cached."""
        if memory is None or memory.store_backend is None:
            return self.predict(data, sampling_rate_hz)
        return cached_call_action(self, memory, data, sampling_rate_hz, _action_name="predict")
