"""From a recording to the features that a hidden Markov model sees, and back."""

import warnings
from collections.abc import Sequence
from typing import Any, Literal, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tpcp import cf

from gaitmap.data_transform import (
    BaseFilter,
    BaseTransformer,
    ButterworthFilter,
    IdentityTransformer,
    Resample,
    SlidingWindowGradient,
    SlidingWindowMean,
    SlidingWindowStd,
    SlidingWindowVar,
)
from gaitmap.stride_segmentation.hmm._resample_in_blocks import filter_and_resample_in_blocks
from gaitmap.stride_segmentation.hmm._standardization import WINDOW_S, even_out, find_active_samples, mean_and_std
from gaitmap.utils._checks import check_number, check_sampling_rate, parameter_error
from gaitmap.utils.datatype_helper import (
    SingleSensorData,
    SingleSensorRegionsOfInterestList,
    SingleSensorStrideList,
    is_single_sensor_data,
)
from gaitmap.utils.exceptions import DataQualityError

_FEATURES: dict[str, type[BaseTransformer]] = {
    "raw": IdentityTransformer,
    "gradient": SlidingWindowGradient,
    "mean": SlidingWindowMean,
    "std": SlidingWindowStd,
    "var": SlidingWindowVar,
}
#: With less activity than this part of the recording, the standardisation over all of it moves and loses strides.
MOSTLY_REST = 0.2


class BaseHmmFeatureTransformer(BaseTransformer):
    """Base class of transformations into the features of a hidden Markov model.

    Subclasses implement both methods. A transformation that does not change the rate sets ``transformed_roi_list_`` to
    the ``roi_list`` itself.

    Attributes
    ----------
    transformed_data_
        The features as DataFrame (only if data was passed).
    transformed_roi_list_
        The list with borders in samples of the features (only if a list was passed).

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.
    roi_list
        The list of regions or strides passed to the ``transform`` method.
    sampling_rate_hz
        The sampling rate passed to the ``transform`` method.
    """

    transformed_roi_list_: Any

    roi_list: Any
    sampling_rate_hz: Any

    def transform(
        self,
        data: SingleSensorData | None = None,
        *,
        roi_list: SingleSensorStrideList | SingleSensorRegionsOfInterestList | None = None,
        sampling_rate_hz: float | None = None,
        **kwargs: Any,
    ) -> Self:
        """Calculate the features of data, convert a list of regions or strides, or both."""
        raise NotImplementedError

    def inverse_transform_state_sequence(
        self, state_sequence: NDArray[np.integer], *, data: SingleSensorData
    ) -> NDArray[np.int64]:
        """Give each sample of the data its state."""
        raise NotImplementedError


class RothHmmFeatureTransformer(BaseHmmFeatureTransformer):
    """Features of Roth et al. [1]_: low-pass filtered and down-sampled axes, their slopes, and statistics of windows.

    Requires the columns in ``axes``; for the default the angular rate ``gyr_ml`` of a foot-worn sensor in the body
    frame, at ``sampling_rate_feature_space_hz`` or above.

    Parameters
    ----------
    sampling_rate_feature_space_hz
        Sampling rate of the features in Hz.
    low_pass_filter
        Filter that is applied before the rate is reduced. None: no filter.
    axes
        Columns of the data to use.
    features
        Features to calculate for each of them, in this order: ``"raw"``, ``"gradient"`` (slope of a line fitted to a
        window, per sample), ``"mean"``, ``"std"``, ``"var"`` (of a window).
    window_size_s
        Length of the centred windows in seconds.
    standardization
        How each feature is brought to mean 0 and standard deviation 1. True: over the whole recording. ``"active"``:
        with mean and standard deviation of the active parts of the recording; for recordings with much rest.
        ``"local"``: the same, after the amplitudes of small and large movements were brought closer to each other; for
        recordings with strides of very different size. A pair ``(means, standard deviations)`` with one number per
        feature column: these. False: not at all.
    block_length_s
        Filter and resample in blocks of this length (seconds), which bounds the memory for long recordings. None: all
        at once.

    Attributes
    ----------
    transformed_data_
        The features, named ``raw__<axis>``, ``gradient__gradient__<axis>``, ``mean__mean__<axis>``, ... (only if data
        was passed).
    transformed_roi_list_
        Copy of the list with ``start`` and ``end`` in samples of the features (only if a list was passed).

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.
    roi_list
        The list of regions or strides passed to the ``transform`` method.
    sampling_rate_hz
        The sampling rate passed to the ``transform`` method.

    Notes
    -----
    **Rest changes the features.** With ``standardization=True``, as in [1]_, the scale of the features depends on how
    much of the recording is rest. In a 39 s walk the pre-trained model finds 29 strides; followed by 3 min of rest, a
    quarter of their borders shifts by more than 30 ms; with 30 min 19 strides are left, with 60 min 9. Either cut out
    the sequences of gait first (:class:`~gaitmap.stride_segmentation.RoiStrideSegmentation`), or use
    ``standardization="active"``: windows of 2 s count whose amplitude is at least a quarter of the typical one, where
    windows are weighted with their energy. Then rest has no weight, however long it is: with 0 to 240 min of rest the
    same 29 strides are found. Without rest the difference is small: 124 instead of 126 strides in six short walks
    (level ground and stairs). A warning tells where less than 20 % of a recording is active.

    **Small strides** (shuffling, low stairs) beside usual ones look like rest to a model. With
    ``standardization="local"`` each axis is divided by ``sqrt(r^2 + (0.35 l)^2)`` before features are calculated, r its
    root mean square around each sample (window with a standard deviation of 2 s), l its level in the whole recording
    (:class:`~gaitmap.data_transform.MovementScaler`). Strides of 0.3 times the usual amplitude then have 0.6 times the
    usual one. Meant for angular rates, which have no offset, and for models trained with it.

    **Blocks.** By default the rate is reduced by the Fourier transform of the whole recording. With ``block_length_s``
    each block is filtered together with 10 s on both sides, and resampled with a short filter (Kaiser-windowed sinc of
    24 samples of the new rate to either side). Borders of blocks cannot be told from other samples: everywhere the
    standardised features differ by less than 1e-4 from the default, if the recording starts and ends at rest. If it
    starts or ends in movement, the default continues the end with the start: differences up to 0.6 in the first and
    last 0.1 s, and up to 0.005 elsewhere in a recording of 20 s.

    **Missing values.** NaN in the used axes is bridged by a line for the filter. Features whose window contains such
    samples are NaN, which a model takes as "nothing is known".

    References
    ----------
    .. [1] N. Roth et al., "Hidden Markov Model based stride segmentation on unsupervised free-living gait data in
           Parkinson's disease patients," Journal of NeuroEngineering and Rehabilitation, vol. 18, 93, 2021,
           doi:10.1186/s12984-021-00883-7.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.stride_segmentation.hmm import RothHmmFeatureTransformer
    >>> data = pd.DataFrame({"gyr_ml": 100 * np.sin(np.arange(1024) / 20)})
    >>> features = RothHmmFeatureTransformer().transform(data, sampling_rate_hz=204.8).transformed_data_
    >>> features.shape
    (256, 2)
    >>> list(features.columns)
    ['raw__gyr_ml', 'gradient__gradient__gyr_ml']
    """

    _json_omits_defaults = ("block_length_s",)

    def __init__(
        self,
        sampling_rate_feature_space_hz: float = 51.2,
        low_pass_filter: BaseFilter | None = cf(ButterworthFilter(cutoff_freq_hz=10.0, order=4)),
        axes: list[str] = cf(["gyr_ml"]),
        features: list[str] = cf(["raw", "gradient"]),
        window_size_s: float = 0.2,
        standardization: bool | Literal["active", "local"] | tuple[Sequence[float], Sequence[float]] = True,
        *,
        block_length_s: float | None = None,
    ) -> None:
        self.sampling_rate_feature_space_hz = sampling_rate_feature_space_hz
        self.low_pass_filter = low_pass_filter
        self.axes = axes
        self.features = features
        self.window_size_s = window_size_s
        self.standardization = standardization
        self.block_length_s = block_length_s

    @property
    def n_features(self) -> int:
        """Number of feature columns."""
        return len(self.axes) * len(self.features)

    def transform(
        self,
        data: SingleSensorData | None = None,
        *,
        roi_list: SingleSensorStrideList | SingleSensorRegionsOfInterestList | None = None,
        sampling_rate_hz: float | None = None,
        **_: Any,
    ) -> Self:
        """Calculate the features of data, convert a list of regions or strides, or both.

        Parameters
        ----------
        data
            Data of one sensor.
        roi_list
            Regions or strides with the columns ``start`` and ``end``.
        sampling_rate_hz
            Sampling rate of both in Hz.

        Returns
        -------
        self
            The instance with the results attached.

        Raises
        ------
        ValueError
            If the rate is missing or too low, a parameter has a value that cannot be used, or the data are too short
            for the filter.
        TypeError
            If ``low_pass_filter`` is no filter.
        KeyError
            If one of the ``axes`` is not in the data.
        """
        self.data = data
        self.roi_list = roi_list
        self.sampling_rate_hz = sampling_rate_hz
        self._check(data)
        resample = Resample(self.sampling_rate_feature_space_hz)
        if roi_list is not None:
            resample.transform(roi_list=roi_list, sampling_rate_hz=sampling_rate_hz)
            self.transformed_roi_list_ = resample.transformed_roi_list_
        if data is not None:
            self.transformed_data_ = self._calculate(data)
        return self

    def inverse_transform_state_sequence(
        self, state_sequence: NDArray[np.integer], *, data: SingleSensorData
    ) -> NDArray[np.int64]:
        """Stretch a sequence of states to the length of the data: each sample gets the nearest state.

        Parameters
        ----------
        state_sequence
            States in feature space.
        data
            The data they belong to (only its length is used).

        Returns
        -------
        states
            One per sample of the data.

        Raises
        ------
        ValueError
            If there are more states than samples.
        """
        states = np.asarray(state_sequence)
        m, n = len(states), len(data)
        if m > n or m == 0:
            raise ValueError(
                f"x and y arrays must be equal in length along interpolation axis. Found {m} states for {n} samples. "
                "Expected at least one state, and not more states than samples."
            )
        # State j belongs to the samples k with (2 j - 1) n < 2 k m <= (2 j + 1) n.
        first = ((2 * np.arange(1, m, dtype=np.int64) - 1) * n) // (2 * m) + 1
        return np.repeat(states.astype(np.int64), np.diff(first, prepend=0, append=n))

    # Steps -------------------------------------------------------------------------------------------------------
    def _check(self, data: Any) -> None:
        check_sampling_rate(self, self.sampling_rate_hz)
        if self.sampling_rate_hz < self.sampling_rate_feature_space_hz:
            raise ValueError(
                f"The sampling rate of the data ({self.sampling_rate_hz} Hz) can not be lower than the feature space "
                f"sampling rate ({self.sampling_rate_feature_space_hz} Hz). Use data of a higher rate, or a model that "
                "was trained with a lower `sampling_rate_feature_space_hz`."
            )
        if data is not None and not (self.low_pass_filter is None or isinstance(self.low_pass_filter, BaseFilter)):
            raise TypeError(
                "The 'low_pass_filter' parameter must be a filter (such as ButterworthFilter) or None. "
                f"Got {self.low_pass_filter!r} instead."
            )
        unknown = [name for name in self.features if name not in _FEATURES]
        if unknown:
            raise ValueError(
                f"One of the selected features is invalid/not available. Found {unknown}. "
                f"Expected names out of {list(_FEATURES)}."
            )
        if data is None:
            return
        is_single_sensor_data(data, check_acc=False, check_gyr=False, raise_exception=True)
        missing = [axis for axis in self.axes if axis not in data.columns]
        if missing:
            raise KeyError(
                f"Some of the `axes` are not in the data. Missing are {missing}, found {list(data.columns)}. Usually "
                "the data are not in the body frame (see gaitmap.utils.coordinate_conversion.convert_to_fbf)."
            )
        if self.block_length_s is not None:
            check_number(self, "block_length_s", self.block_length_s, above=0)
        if not isinstance(self.standardization, bool):
            self._check_standardization()

    def _check_standardization(self) -> None:
        if isinstance(self.standardization, str) and self.standardization in ("active", "local"):
            return
        expected = (
            f"True, False, 'active', 'local', or a pair (means, deviations > 0) of {self.n_features} numbers each"
        )
        try:
            mean, std = (np.asarray(values, dtype=float) for values in self.standardization)  # type: ignore[union-attr]
        except (TypeError, ValueError) as error:
            raise parameter_error(self, "standardization", expected, self.standardization) from error
        if not (mean.shape == std.shape == (self.n_features,) and (std > 0).all() and np.isfinite(mean).all()):
            raise parameter_error(self, "standardization", expected, self.standardization)

    def _calculate(self, data: pd.DataFrame) -> pd.DataFrame:
        n_out = round(len(data) * self.sampling_rate_feature_space_hz / self.sampling_rate_hz)
        if n_out == 0:
            raise DataQualityError(
                f"The data are too short. Found {len(data)} samples at {self.sampling_rate_hz} Hz. Expected at least "
                f"one sample at {self.sampling_rate_feature_space_hz} Hz; the filter may need more."
            )
        signals = np.empty((n_out, len(self.axes)), order="F")
        is_missing = np.zeros(signals.shape, dtype=bool)
        gaps = {}
        for column, axis in enumerate(self.axes):
            values = data[axis].to_numpy(dtype=float, na_value=np.nan)
            missing = np.isnan(values)
            if missing.any():
                gaps[axis] = int(missing.sum())
                is_missing[:, column] = self._reaches_into_a_gap(missing, n_out)
                values = _bridge_gaps(values, missing)
            signals[:, column] = self._resample(values, n_out)
        if gaps:
            _warn_of_gaps(gaps, len(data))
        if isinstance(self.standardization, str) and self.standardization == "local":
            even_out(signals, self.sampling_rate_feature_space_hz)
        features = self._features(signals)
        if gaps:
            signals[is_missing] = np.nan
            features[np.tile(is_missing, len(self.features))] = np.nan
        self._standardize(features, signals)
        return pd.DataFrame(features, columns=self._column_names(), copy=False)

    def _reaches_into_a_gap(self, missing: NDArray[np.bool_], n_out: int) -> NDArray[np.bool_]:
        """Tell of which feature samples the window contains a missing value."""
        step = len(missing) / n_out
        centres = np.arange(n_out) * step
        radius = 0.5 * self.window_size_s * self.sampling_rate_hz
        n_missing_before = np.concatenate([[0], np.cumsum(missing)])
        first = np.clip(np.ceil(centres - radius), 0, len(missing)).astype(np.int64)
        last = np.clip(np.floor(centres + radius) + 1, 0, len(missing)).astype(np.int64)
        return n_missing_before[last] > n_missing_before[first]

    def _resample(self, values: NDArray[np.float64], n_out: int) -> NDArray[np.float64]:
        if self.block_length_s is not None:
            low_pass = self._low_pass if self.low_pass_filter is not None else None
            return filter_and_resample_in_blocks(values, low_pass, self.sampling_rate_hz, n_out, self.block_length_s)
        if self.low_pass_filter is not None:
            values = self._low_pass(values)
        resample = Resample(self.sampling_rate_feature_space_hz)
        return resample.transform(values, sampling_rate_hz=self.sampling_rate_hz).transformed_data_

    def _low_pass(self, values: NDArray[np.float64]) -> NDArray[np.float64]:
        assert self.low_pass_filter is not None
        frame = pd.DataFrame(values[:, np.newaxis], columns=["signal"], copy=False)
        low_pass = self.low_pass_filter.clone().filter(frame, sampling_rate_hz=self.sampling_rate_hz)
        return low_pass.filtered_data_["signal"].to_numpy()

    def _features(self, signals: NDArray[np.float64]) -> NDArray[np.float64]:
        features = np.empty((len(signals), self.n_features), order="C")
        frame = pd.DataFrame(signals, columns=range(len(self.axes)), copy=False)
        for place, name in enumerate(self.features):
            transformer = _FEATURES[name]()
            if name != "raw":
                transformer.set_params(window_size_s=self.window_size_s)
            of_all_axes = transformer.transform(frame, sampling_rate_hz=self.sampling_rate_feature_space_hz)
            columns = slice(place * len(self.axes), (place + 1) * len(self.axes))
            features[:, columns] = of_all_axes.transformed_data_.to_numpy()
        return features

    def _column_names(self) -> list[str]:
        prefix = {name: name if name == "raw" else f"{name}__{name}" for name in _FEATURES}
        return [f"{prefix[feature]}__{axis}" for feature in self.features for axis in self.axes]

    def _standardize(self, features: NDArray[np.float64], signals: NDArray[np.float64]) -> None:
        """Standardise in place."""
        if self.standardization is False:
            return
        if isinstance(self.standardization, bool | str):
            is_active = _find_activity(signals, self.sampling_rate_feature_space_hz)
            if self.standardization is True:
                _warn_of_rest(is_active)
                mean, std = mean_and_std(features)
            else:
                mean, std = mean_and_std(features, is_active)
        else:
            mean, std = (np.asarray(values, dtype=float) for values in self.standardization)
        features -= mean
        features /= std


def share_of_activity(transform: RothHmmFeatureTransformer, data: pd.DataFrame, sampling_rate_hz: float) -> float:
    """Measure which part of a recording is active, as the standardisation of this transformation sees it; 0 to 1."""
    plain = transform.clone().set_params(features=["raw"], standardization=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # gaps are told when the features are calculated
        signals = plain.transform(data, sampling_rate_hz=sampling_rate_hz).transformed_data_.to_numpy()
    return float(_find_activity(signals, transform.sampling_rate_feature_space_hz).mean())


def _find_activity(signals: NDArray[np.float64], rate: float) -> NDArray[np.bool_]:
    return find_active_samples(signals, max(1, round(WINDOW_S * rate)))


def _bridge_gaps(values: NDArray[np.float64], missing: NDArray[np.bool_]) -> NDArray[np.float64]:
    known = np.flatnonzero(~missing)
    if known.size == 0:
        return np.zeros_like(values)
    bridged = values.copy()
    bridged[missing] = np.interp(np.flatnonzero(missing), known, values[known])
    return bridged


def _warn_of_gaps(gaps: dict[str, int], n_samples: int) -> None:
    found = ", ".join(f"{count} in {axis!r}" for axis, count in gaps.items())
    warnings.warn(
        f"Of {n_samples} samples some are missing (NaN): {found}. Their features are NaN, and the states there are "
        "guessed from the samples around.",
        UserWarning,
        stacklevel=5,
    )


def _warn_of_rest(is_active: NDArray[np.bool_]) -> None:
    if is_active.size and is_active.mean() < MOSTLY_REST:
        warnings.warn(
            f"Only {is_active.mean():.1%} of the recording is active. Standardised over all of it, strides shift or "
            "get lost. Cut out sequences of gait first (RoiStrideSegmentation), or use `standardization='active'`.",
            UserWarning,
            stacklevel=5,
        )
