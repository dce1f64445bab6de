"""Templates: the pattern that the DTW searches for, with the scaling that goes with it."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd

from gaitmap.base import BaseAlgorithm
from gaitmap.data_transform import BaseTransformer, MovementScaler
from gaitmap.utils.datatype_helper import SingleSensorData


class BaseDtwTemplate(BaseAlgorithm):
    """Base class of templates.

    Subclasses return the finished template (columns selected, scaled) from ``get_data``. A class attribute or
    parameter ``sampling_rate_hz`` tells the rate of the template; without it the template cannot be resampled.

    Parameters
    ----------
    scaling
        Transformer that is applied to the template and, with the same parameters, to the recording. None: no scaling.
    use_cols
        Names (template in a DataFrame) or positions (template in an array) of the columns to use, in this order.
        None: all.
    """

    sampling_rate_hz: float | None

    def __init__(
        self, *, scaling: BaseTransformer | None = None, use_cols: Sequence[str] | Sequence[int] | None = None
    ) -> None:
        self.scaling = scaling
        self.use_cols = use_cols

    def get_data(self) -> np.ndarray | pd.DataFrame:
        """Return the template after column selection and scaling."""
        raise NotImplementedError

    def transform_data(self, data: SingleSensorData, sampling_rate_hz: float | None) -> SingleSensorData:
        """Apply the scaling of the template to recorded data.

        Parameters
        ----------
        data
            Recorded data with the columns of the template.
        sampling_rate_hz
            Sampling rate of these data in Hz.

        Returns
        -------
        scaled_data
            The data itself if there is no scaling.

        Raises
        ------
        TypeError
            If there is a scaling, and the data are not in a DataFrame.
        """
        return scale(data, self.scaling, sampling_rate_hz)

    def _select_and_scale(self, data: Any) -> Any:
        """Scale the samples of the template itself."""
        selected, rate = self._select(data), getattr(self, "sampling_rate_hz", None)
        own = self._own_scaling()
        return self.transform_data(selected, rate) if own is self.scaling else scale(selected, own, rate)

    def _own_scaling(self) -> BaseTransformer | None:
        """Scaling of the template itself: a level of movement that is set is the one of recorded data."""
        if isinstance(self.scaling, MovementScaler) and self.scaling.level is not None:
            return self.scaling.clone().set_params(level=None)
        return self.scaling

    def _select(self, data: Any) -> Any:
        if self.use_cols is None:
            return data
        columns: list = [self.use_cols] if isinstance(self.use_cols, str) else list(self.use_cols)
        if isinstance(data, pd.DataFrame):
            return data[columns]
        values = np.asarray(data)
        if values.ndim < 2:
            raise ValueError(
                f"The template is only 1D, `use_cols` ({self.use_cols!r}) cannot be applied. Set it to None."
            )
        return np.squeeze(values[:, columns])


class DtwTemplate(BaseDtwTemplate):
    """A template from given data.

    Parameters
    ----------
    data
        The template before scaling: array of the shape ``(m,)`` or ``(m, d)``, or DataFrame with one column per
        channel, in the units of the recordings.
    sampling_rate_hz
        Sampling rate of the template in Hz. None: unknown, the template cannot be resampled.
    scaling
        Transformer that is applied to the template and, with the same parameters, to the recording. None: no scaling.
    use_cols
        Names (DataFrame) or positions (array) of the columns to use, in this order. None: all.

    See Also
    --------
    gaitmap.stride_segmentation.InterpolatedDtwTemplate : Make a template from strides.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import FixedScaler
    >>> strides = pd.DataFrame({"gyr_ml": [0.0, 250.0, -500.0], "gyr_si": [0.0, 10.0, 0.0]})
    >>> template = DtwTemplate(data=strides, sampling_rate_hz=102.4, scaling=FixedScaler(500), use_cols=["gyr_ml"])
    >>> template.get_data()
       gyr_ml
    0     0.0
    1     0.5
    2    -1.0
    """

    def __init__(
        self,
        *,
        data: np.ndarray | pd.DataFrame | None = None,
        sampling_rate_hz: float | None = None,
        scaling: BaseTransformer | None = None,
        use_cols: Sequence[str] | Sequence[int] | None = None,
    ) -> None:
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        super().__init__(scaling=scaling, use_cols=use_cols)

    def get_data(self) -> np.ndarray | pd.DataFrame:
        """Return the template after column selection and scaling.

        Returns
        -------
        template
            Of the type of ``data``.

        Raises
        ------
        ValueError
            If there are no data, or ``use_cols`` is set for a template with one dimension.
        KeyError
            If the DataFrame lacks one of ``use_cols``.
        TypeError
            If an array is to be scaled.
        """
        if self.data is None:
            raise ValueError("No data was provided for this template. Set `data`.")
        return self._select_and_scale(self.data)


def scale(data: Any, scaling: BaseTransformer | None, sampling_rate_hz: float | None) -> Any:
    """Apply a scaling to a DataFrame."""
    if scaling is None:
        return data
    if not isinstance(data, pd.DataFrame):
        raise TypeError(
            "Data Transformations are only supported for dataframe templates and data. "
            f"Found {type(data).__name__}. Use `scaling=None` and scale arrays yourself, or use a DataFrame."
        )
    # A clone: neither the scaler nor the template may carry results of this call.
    return scaling.clone().transform(data, sampling_rate_hz=sampling_rate_hz).transformed_data_


class TrainableTemplateMixin:
    """Marks templates that can be learned from strides."""

    def self_optimize(
        self,
        data_sequences: Iterable[SingleSensorData],
        sampling_rate_hz: float | None = None,
        *,
        columns: Sequence[str] | None = None,
        **_: Any,
    ) -> Self:
        """Learn the template from the data of several strides."""
        raise NotImplementedError
