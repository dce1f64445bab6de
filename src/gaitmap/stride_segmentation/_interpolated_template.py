"""A template that is the mean of strides of different length."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np
import pandas as pd
from tpcp import HyperParameter, OptimizableParameter

from gaitmap.data_transform import BaseTransformer, TrainableTransformerMixin
from gaitmap.stride_segmentation._templates import DtwTemplate, TrainableTemplateMixin
from gaitmap.utils.array_handling import multi_array_interpolation
from gaitmap.utils.datatype_helper import SingleSensorData, is_single_sensor_data


class InterpolatedDtwTemplate(DtwTemplate, TrainableTemplateMixin):
    """A template learned from strides: all are interpolated to one length and averaged.

    Parameters
    ----------
    data
        The template before scaling; set by ``self_optimize``.
    sampling_rate_hz
        Effective sampling rate of the template in Hz; set by ``self_optimize``.
    scaling
        Transformer that is applied to the template and, with the same parameters, to the recording. A trainable one
        is trained with the finished, unscaled template. None: no scaling.
    interpolation_method
        ``"linear"``, or another kind of :class:`scipy.interpolate.interp1d`.
    n_samples
        Length of the template in samples. None: the mean length of the strides.
    use_cols
        Names of the columns of the template to use, in this order. None: all.

    Notes
    -----
    First and last sample of each stride are kept. A template of N samples from strides with the mean length L has the
    effective rate ``N / (L / sampling_rate_hz)``.

    See Also
    --------
    gaitmap.stride_segmentation.DtwTemplate : Use given data as they are.
    gaitmap.utils.array_handling.iterate_region_data : Cut the strides of a stride list out of recordings.

    Examples
    --------
    >>> import pandas as pd
    >>> strides = [pd.DataFrame({"gyr_ml": [0.0, 2.0, 4.0]}), pd.DataFrame({"gyr_ml": [0.0, 1.0, 2.0, 3.0, 4.0]})]
    >>> template = InterpolatedDtwTemplate().self_optimize(strides, sampling_rate_hz=100)
    >>> template.get_data()["gyr_ml"].round(2).tolist()
    [0.0, 1.33, 2.67, 4.0]
    >>> template.sampling_rate_hz
    100.0
    """

    data: OptimizableParameter[pd.DataFrame | None]
    sampling_rate_hz: OptimizableParameter[float | None]
    scaling: OptimizableParameter[BaseTransformer | None]
    interpolation_method: HyperParameter[str]
    n_samples: HyperParameter[int | None]

    def __init__(
        self,
        *,
        data: pd.DataFrame | None = None,
        sampling_rate_hz: float | None = None,
        scaling: BaseTransformer | None = None,
        interpolation_method: str = "linear",
        n_samples: int | None = None,
        use_cols: Sequence[str] | None = None,
    ) -> None:
        self.interpolation_method = interpolation_method
        self.n_samples = n_samples
        super().__init__(data=data, sampling_rate_hz=sampling_rate_hz, scaling=scaling, use_cols=use_cols)

    def self_optimize(
        self,
        data_sequences: Iterable[SingleSensorData],
        sampling_rate_hz: float | None = None,
        *,
        columns: Sequence[str] | None = None,
        **_: Any,
    ) -> Self:
        """Make the template from strides.

        Parameters
        ----------
        data_sequences
            The data of single strides (single-sensor DataFrames), from any number of recordings and sensors. Any
            iterable; a generator is used up.
        sampling_rate_hz
            Sampling rate of all of them in Hz. None: unknown, the template cannot be resampled.
        columns
            Columns of the template. None: those of the first stride.

        Returns
        -------
        self
            The instance with ``data`` and ``sampling_rate_hz`` set, and ``scaling`` trained.

        Raises
        ------
        ValidationError
            If one of the strides is not single-sensor data.
        KeyError
            If a stride lacks one of the columns.
        ValueError
            If there are no strides.
        """
        strides: list[np.ndarray] = []
        names = None if columns is None else list(columns)
        for stride in data_sequences:
            is_single_sensor_data(stride, check_acc=False, check_gyr=False, raise_exception=True)
            names = list(stride.columns) if names is None else names
            strides.append(stride[names].to_numpy(dtype=float))
        if not strides or names is None:
            raise ValueError("There is no stride to make the template from. Pass at least one in `data_sequences`.")

        mean_length = int(np.rint(np.mean([len(stride) for stride in strides])))
        n_samples = self.n_samples or mean_length
        interpolated = multi_array_interpolation(strides, n_samples, kind=self.interpolation_method)
        template = pd.DataFrame(interpolated.mean(axis=0).T, columns=names)
        effective_rate = n_samples / (mean_length / sampling_rate_hz) if sampling_rate_hz else None

        if isinstance(self.scaling, TrainableTransformerMixin):
            self.scaling = self.scaling.self_optimize([template], sampling_rate_hz=effective_rate)
        self.data = template
        self.sampling_rate_hz = effective_rate
        return self
