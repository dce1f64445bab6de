"""Stride segmentation with a hidden Markov model."""

from typing import Any, Generic, Self, TypeVar

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.base import BaseStrideSegmentation
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.stride_segmentation._utils import snap_to_min
from gaitmap.stride_segmentation.hmm._base import BaseSegmentationHmm
from gaitmap.stride_segmentation.hmm._pretrained import DefaultModel
from gaitmap.stride_segmentation.hmm._sections import strides_of_states
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.datatype_helper import SensorData, StrideList, is_sensor_data

BaseSegmentationHmmT = TypeVar("BaseSegmentationHmmT", bound=BaseSegmentationHmm)

_STAGE = "stride segmentation"


class HmmStrideSegmentation(BaseStrideSegmentation, Generic[BaseSegmentationHmmT]):
    """Segment strides with a hidden Markov model [1]_.

    Requires data of foot-worn sensors in the body frame (``gyr_ml`` in deg/s for the default model) at 51.2 Hz or
    above. Best applied to sequences of gait: rest in a recording changes the features of the default model (see
    :class:`~gaitmap.stride_segmentation.hmm.RothHmmFeatureTransformer` and
    :class:`~gaitmap.stride_segmentation.RoiStrideSegmentation`).

    Parameters
    ----------
    model
        The trained model. By default the one of Roth et al., whose numbers are read from the package gaitmap-mad (see
        :class:`~gaitmap.stride_segmentation.hmm.PreTrainedRothSegmentationModel`);
        :class:`~gaitmap.stride_segmentation.hmm.PreTrainedOpenSegmentationModel` needs no other package.
    snap_to_min_win_ms
        Full width (ms) of the window around each border, in which the border moves to the smallest value of
        ``snap_to_min_axis``. None or 0: borders stay.
    snap_to_min_axis
        Column of the data that the borders snap to.
    memory
        ``joblib.Memory`` that keeps the states of the features (one entry per sensor). They are used again as long as
        features and model are the same. None: no cache.

    Attributes
    ----------
    stride_list_
        Stride list with the index ``s_id`` and the columns ``start`` and ``end`` (samples, end exclusive). For several
        sensors this and all other results are dicts with one entry per sensor.
    matches_start_end_
        The same borders as array of the shape (n_strides, 2).
    matches_start_end_original_
        Borders of the same strides before they were snapped to minima.
    hidden_state_sequence_
        State of each sample.
    result_model_
        Copy of the model with its results.

    Other Parameters
    ----------------
    data
        The data passed to the ``segment`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    A stride starts where the first stride state begins, and ends where the last one is left. Start and end are then
    moved to the smallest value nearby. Strides that contain missing values (NaN) of ``snap_to_min_axis`` are left out.

    References
    ----------
    .. [1] N. Roth et al., "Hidden Markov Model based stride segmentation on unsupervised free-living gait data in
           Parkinson's disease patients," Journal of NeuroEngineering and Rehabilitation, vol. 18, 93, 2021,
           doi:10.1186/s12984-021-00883-7.

    See Also
    --------
    gaitmap.stride_segmentation.hmm.RothSegmentationHmm : The model, and how to train it.
    gaitmap.stride_segmentation.BarthDtw : Segmentation with a template.

    Examples
    --------
    >>> from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation
    >>> hmm = HmmStrideSegmentation().segment(data, sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> hmm.stride_list_["left_sensor"].head(2)  # doctest: +SKIP
          start  end
    s_id
    0       353  584
    1       584  802
    """

    _json_omits_memory_none = True

    def __init__(
        self,
        model: BaseSegmentationHmmT = DefaultModel(),  # type: ignore[assignment]
        *,
        snap_to_min_win_ms: float | None = 100,
        snap_to_min_axis: str = "gyr_ml",
        memory: joblib.Memory | None = None,
    ) -> None:
        self.model = model
        self.snap_to_min_win_ms = snap_to_min_win_ms
        self.snap_to_min_axis = snap_to_min_axis
        self.memory = memory

    def segment(self, data: SensorData, sampling_rate_hz: float, **_: Any) -> Self:
        """Find strides.

        Parameters
        ----------
        data
            Single- or multi-sensor data.
        sampling_rate_hz
            Sampling rate of the data in Hz.

        Returns
        -------
        self
            The instance with the results attached.

        Raises
        ------
        ValidationError
            If the data are no sensor data.
        ValueError
            If a parameter has a value that cannot be used, the model is not trained, or the data are too short.
        KeyError
            If ``snap_to_min_axis`` is not in the data.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        kind = is_sensor_data(data, check_acc=False, check_gyr=False)
        check_sampling_rate(self, sampling_rate_hz)
        if self.snap_to_min_win_ms is not None:
            check_number(self, "snap_to_min_win_ms", self.snap_to_min_win_ms, at_least=0)
        set_results(self, run_per_sensor(self._segment_sensor, kind, data, stage=_STAGE))
        return self

    @property
    def stride_list_(self) -> StrideList:  # type: ignore[override]
        """Stride list: the borders of ``matches_start_end_``."""
        matches = self._stored("matches_start_end_", "stride_list_")
        if isinstance(matches, dict):
            return {sensor: _as_stride_list(borders) for sensor, borders in matches.items()}
        return _as_stride_list(matches)

    @stride_list_.setter
    def stride_list_(self, value: StrideList) -> None:
        # Caches of results give them back one by one: what already follows from the matches may be assigned.
        self._accept_if_equal("stride_list_", value, pd.DataFrame.equals)

    @property
    def matches_start_end_original_(self) -> Any:
        """Borders before snapping: they follow from the states."""
        states = self._stored("hidden_state_sequence_", "matches_start_end_original_")
        if isinstance(states, dict):
            return {sensor: self._find_strides(of_sensor, self.data[sensor]) for sensor, of_sensor in states.items()}
        return self._find_strides(states, self.__dict__.get("data"))

    @matches_start_end_original_.setter
    def matches_start_end_original_(self, value: Any) -> None:
        self._accept_if_equal("matches_start_end_original_", value, np.array_equal)

    # Steps -------------------------------------------------------------------------------------------------------
    def _segment_sensor(self, data: pd.DataFrame) -> dict[str, Any]:
        model = self.model.clone()._predict_with_memory(data, self.sampling_rate_hz, self.memory)
        matches = self._find_strides(model.hidden_state_sequence_, data)
        return {
            "hidden_state_sequence": model.hidden_state_sequence_,
            "matches_start_end": self._snap(data, matches),
            "result_model": model,
        }

    def _find_strides(self, states: NDArray[np.int64], data: pd.DataFrame | None) -> NDArray[np.int64]:
        stride_states = self.model.stride_states
        strides = strides_of_states(states, stride_states[0], stride_states[-1])
        if data is None or self.snap_to_min_axis not in data.columns or len(strides) == 0:
            return strides
        missing = np.flatnonzero(data[self.snap_to_min_axis].isna().to_numpy())
        n_missing = np.searchsorted(missing, strides[:, 1]) - np.searchsorted(missing, strides[:, 0])
        return strides[n_missing == 0]

    def _snap(self, data: pd.DataFrame, matches: NDArray[np.int64]) -> NDArray[np.int64]:
        if not self.snap_to_min_win_ms or len(matches) == 0:
            return matches.copy()
        if self.snap_to_min_axis not in data.columns:
            raise KeyError(
                f"The column `snap_to_min_axis` ({self.snap_to_min_axis!r}) is not in the data. "
                f"Found {list(data.columns)}. Set another column, or `snap_to_min_win_ms=None`."
            )
        window = int(self.snap_to_min_win_ms / 1000 * self.sampling_rate_hz)
        return snap_to_min(data[self.snap_to_min_axis].to_numpy(dtype=float, na_value=np.nan), matches, window)

    def _stored(self, name: str, asked_for: str) -> Any:
        if name not in self.__dict__:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute '{asked_for}'")
        return self.__dict__[name]

    def _accept_if_equal(self, name: str, value: Any, is_equal: Any) -> None:
        present = getattr(self, name, None)
        if isinstance(present, dict) and isinstance(value, dict) and list(present) == list(value):
            if all(is_equal(present[sensor], value[sensor]) for sensor in present):
                return
        elif present is not None and type(present) is type(value) and is_equal(present, value):
            return
        raise ValueError(f"`{name}` is readonly: it follows from the other results.")


def _as_stride_list(matches_start_end: Any) -> pd.DataFrame:
    borders = np.asarray(matches_start_end, dtype=np.int64).reshape(-1, 2)
    index = pd.RangeIndex(len(borders), name="s_id")
    return pd.DataFrame({"start": borders[:, 0], "end": borders[:, 1]}, index=index)
