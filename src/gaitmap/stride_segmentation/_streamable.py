"""Templates whose scaling treats each sample by itself: the only ones that a stream can apply to its blocks."""

import copy
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.data_transform import (
    ChainedTransformer,
    FixedScaler,
    GroupedTransformer,
    IdentityTransformer,
    MovementScaler,
    ParallelTransformer,
    TrainableAbsMaxScaler,
    TrainableMinMaxScaler,
    TrainableStandardScaler,
)
from gaitmap.stride_segmentation._open_template import OpenStrideTemplate
from gaitmap.stride_segmentation._templates import BaseDtwTemplate
from gaitmap.utils.datatype_helper import SingleSensorData
from gaitmap.utils.exceptions import BlocksNotPossibleError

# Exact types: the subclass of a scaler may well look at the data again.
_POINTWISE_ON_ARRAYS = (FixedScaler, TrainableStandardScaler, IdentityTransformer)
_POINTWISE = (*_POINTWISE_ON_ARRAYS, TrainableAbsMaxScaler, TrainableMinMaxScaler)
_MEMBERS = {ChainedTransformer: "chain", GroupedTransformer: "transformer_mapping", ParallelTransformer: "transformers"}


def check_is_pointwise(owner: Any, template: Any) -> None:
    """Refuse a template that scales a sample in view of other samples.

    Raises
    ------
    BlocksNotPossibleError
        With the transformer, the reason, and what to do.
    """
    problem = _what_is_not_pointwise(template)
    if problem is not None:
        raise BlocksNotPossibleError(
            f"{type(owner).__name__}.stream: the template cannot be used on data that arrive in blocks. Found "
            f"{problem}. Expected a scaling with fixed parameters: None, FixedScaler, or a trained "
            "TrainableAbsMaxScaler, TrainableMinMaxScaler or TrainableStandardScaler. Train one with a recording of "
            "the same kind; for a MovementScaler use CalibratedBarthDtw.calibrate. Or use `segment`, which has the "
            "whole signal."
        )


def _what_is_not_pointwise(template: Any) -> str | None:
    name = type(template).__name__
    if isinstance(template, OpenStrideTemplate) and template.smoothing is not None:
        return f"the smoothing of {name} ({type(template.smoothing).__name__}), which needs the samples to come"
    own = getattr(type(template), "transform_data", None)
    if own not in (BaseDtwTemplate.transform_data, OpenStrideTemplate.transform_data, FixedTemplate.transform_data):
        return f"the class {name} with a `transform_data` of its own, which may look at more than one sample"
    unknown = _not_pointwise(getattr(template, "scaling", None))
    return None if unknown is None else f"the scaling {unknown}, whose parameters depend on the whole signal"


def values_of_columns(data: pd.DataFrame, columns: list) -> NDArray | None:
    """Return the columns as array; None if they are not all there as floats of one type."""
    if any(name not in data.columns for name in columns):
        return None
    parts = [data[name].to_numpy() for name in columns]
    if any(part.ndim != 1 or part.dtype != parts[0].dtype for part in parts) or parts[0].dtype.kind != "f":
        return None
    return np.stack(parts, axis=1)


def can_scale_arrays(template: Any) -> bool:
    """Whether ``scale_array`` can replace ``transform_data`` of a template that is pointwise."""
    scaling = getattr(template, "scaling", None)
    return scaling is None or type(scaling) in _POINTWISE_ON_ARRAYS or _has_fixed_level(scaling)


def scale_array(template: Any, values: NDArray) -> NDArray:
    """Scale values without the labels of a DataFrame, which cost more than the values of a short block."""
    scaling = getattr(template, "scaling", None)
    # A shallow copy: the scaler must not keep the data.
    return values if scaling is None else copy.copy(scaling).transform(values).transformed_data_


def is_pointwise(transformer: Any) -> bool:
    """Whether a transformer is known to treat each sample by itself."""
    return _not_pointwise(transformer) is None


def _not_pointwise(transformer: Any) -> str | None:
    """Name of the transformer, or of the one inside, that is not known to treat each sample by itself."""
    if transformer is None or type(transformer) in _POINTWISE or _has_fixed_level(transformer):
        return None
    if type(transformer) in _MEMBERS:
        members = getattr(transformer, _MEMBERS[type(transformer)])
        return next((name for _, member in members if (name := _not_pointwise(member)) is not None), None)
    return type(transformer).__name__


def _has_fixed_level(transformer: Any) -> bool:
    return type(transformer) is MovementScaler and transformer.level is not None


class FixedTemplate(BaseDtwTemplate):
    """A template after scaling and resampling, with the scaling for the data.

    Parameters
    ----------
    samples
        The scaled template at the rate of the data: array, or DataFrame.
    sampling_rate_hz
        Its sampling rate in Hz.
    template
        The template that scales the data.
    """

    def __init__(self, samples: NDArray | pd.DataFrame, sampling_rate_hz: float, template: Any) -> None:
        self.samples = samples
        self.sampling_rate_hz = sampling_rate_hz
        self.template = template
        super().__init__()

    @classmethod
    def like(cls, pattern: NDArray | pd.DataFrame, samples: NDArray, sampling_rate_hz: float, template: Any) -> Self:
        """Give samples, of the shape (m, channels), the form of a pattern."""
        if isinstance(pattern, pd.DataFrame):
            return cls(pd.DataFrame(samples, columns=pattern.columns), sampling_rate_hz, template)
        return cls(samples[:, 0] if np.squeeze(pattern).ndim == 1 else samples, sampling_rate_hz, template)

    def get_data(self) -> NDArray | pd.DataFrame:
        """Return the template.

        Returns
        -------
        template
            ``samples``.
        """
        return self.samples

    def transform_data(self, data: SingleSensorData, sampling_rate_hz: float | None) -> SingleSensorData:
        """Scale recorded data.

        Parameters
        ----------
        data
            Recorded data.
        sampling_rate_hz
            Sampling rate of these data in Hz.

        Returns
        -------
        scaled_data
            What ``template`` makes of them.
        """
        return self.template.transform_data(data, sampling_rate_hz)


def no_samples_of(template_samples: Any) -> Any:
    """Make data without samples that fit to the template."""
    if isinstance(template_samples, pd.DataFrame):
        return pd.DataFrame({name: np.empty(0) for name in template_samples.columns})
    return np.empty((0, *np.squeeze(template_samples).shape[1:]))
