"""Scalers that subtract an offset and divide by a scale: fixed, or mean and standard deviation."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tpcp import OptimizableParameter

from gaitmap.data_transform._base import BaseTransformer, TrainableTransformerMixin

# Published examples of gaitmap 2.6 import the scalers of the range from here.
from gaitmap.data_transform._range_scaler import (  # noqa: F401
    AbsMaxScaler,
    MinMaxScaler,
    TrainableAbsMaxScaler,
    TrainableMinMaxScaler,
)
from gaitmap.data_transform._statistics import Moments
from gaitmap.data_transform._values import float_values, like, not_enough_training_data, training_values
from gaitmap.utils._checks import check_number
from gaitmap.utils.datatype_helper import SingleSensorData


class FixedScaler(BaseTransformer):
    """Scale data by a fixed factor: ``(data - offset) / scale``.

    Parameters
    ----------
    scale
        Value (in the unit of the data) that becomes 1 after the offset is removed.
    offset
        Value (in the unit of the data) that becomes 0.

    Attributes
    ----------
    transformed_data_
        The scaled data, of the type of the data.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    See Also
    --------
    gaitmap.data_transform.GroupedTransformer : To scale columns differently.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import FixedScaler
    >>> FixedScaler(scale=500).transform(pd.DataFrame({"gyr_ml": [100.0, -250.0]})).transformed_data_
       gyr_ml
    0     0.2
    1    -0.5
    """

    def __init__(self, scale: float = 1, offset: float = 0) -> None:
        self.scale = scale
        self.offset = offset

    def transform(self, data: SingleSensorData | pd.Series | NDArray, **_: Any) -> Self:
        """Scale the data.

        Parameters
        ----------
        data
            DataFrame, Series or array.

        Returns
        -------
        self
            The instance with the result attached.
        """
        self.data = data
        values = float_values(self, data)
        scaled = _subtract_and_divide(values, self.offset, self.scale)
        self.transformed_data_ = like(data, scaled)
        return self


class StandardScaler(BaseTransformer):
    """Subtract the mean of all values and divide by their standard deviation.

    Parameters
    ----------
    ddof
        Delta degrees of freedom of the standard deviation: the divisor is the number of values minus ``ddof``.

    Attributes
    ----------
    transformed_data_
        The scaled data. All NaN where the data is constant or contains a NaN.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    See Also
    --------
    gaitmap.data_transform.TrainableStandardScaler : Learns mean and standard deviation from other data.

    Notes
    -----
    Mean and standard deviation are those of all rows and columns together. For one of each per column wrap the scaler
    in :class:`~gaitmap.data_transform.GroupedTransformer`.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import StandardScaler
    >>> StandardScaler().transform(pd.DataFrame({"gyr_ml": [1.0, 2.0, 3.0]})).transformed_data_
       gyr_ml
    0    -1.0
    1     0.0
    2     1.0
    """

    def __init__(self, ddof: int = 1) -> None:
        self.ddof = ddof

    def transform(self, data: SingleSensorData | pd.Series | NDArray, **_: Any) -> Self:
        """Scale the data.

        Parameters
        ----------
        data
            DataFrame, Series or array.

        Returns
        -------
        self
            The instance with the result attached.
        """
        check_number(self, "ddof", self.ddof, at_least=0)
        self.data = data
        values = float_values(self, data)
        moments = Moments.of(values)
        self.transformed_data_ = like(data, _subtract_and_divide(values, moments.mean, moments.std(self.ddof)))
        return self


class TrainableStandardScaler(StandardScaler, TrainableTransformerMixin):
    """Subtract a learned mean and divide by a learned standard deviation.

    Parameters
    ----------
    mean
        Mean of the training data (optimizable).
    std
        Standard deviation of the training data (optimizable).
    ddof
        Delta degrees of freedom of the standard deviation: the divisor is the number of values minus ``ddof``.

    Attributes
    ----------
    transformed_data_
        The scaled data.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    Notes
    -----
    Mean and standard deviation are those of all values of all data sets. They are gathered in one pass over the data
    sets, which may therefore come from a generator.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import TrainableStandardScaler
    >>> training = [pd.DataFrame({"gyr_ml": [1.0, 2.0]}), pd.DataFrame({"gyr_ml": [3.0]})]
    >>> scaler = TrainableStandardScaler().self_optimize(training)
    >>> scaler.mean, scaler.std
    (2.0, 1.0)
    """

    mean: OptimizableParameter[float | None]
    std: OptimizableParameter[float | None]

    def __init__(self, mean: float | None = None, std: float | None = None, ddof: int = 1) -> None:
        self.mean = mean
        self.std = std
        super().__init__(ddof=ddof)

    def self_optimize(self, data: Iterable[SingleSensorData], **_: Any) -> Self:
        """Learn mean and standard deviation.

        Parameters
        ----------
        data
            Data sets (DataFrames with one column level).

        Returns
        -------
        self
            The instance with ``mean`` and ``std`` set.
        """
        check_number(self, "ddof", self.ddof, at_least=0)
        moments = None
        for values in training_values(self, data):
            new = Moments.of(values)
            moments = new if moments is None else moments.merge(new)
        if moments is None or moments.count <= self.ddof:
            raise not_enough_training_data(self, f"more than {self.ddof} values")
        self.mean = moments.mean
        self.std = moments.std(self.ddof)
        return self

    def transform(self, data: SingleSensorData | pd.Series | NDArray, **_: Any) -> Self:
        """Scale the data with the learned parameters.

        Parameters
        ----------
        data
            DataFrame, Series or array.

        Returns
        -------
        self
            The instance with the result attached.
        """
        if self.mean is None or self.std is None:
            raise ValueError(
                f"{type(self).__name__}: the parameters mean and std are not set. Found mean={self.mean!r}, "
                f"std={self.std!r}. Call `self_optimize` first, or set both by hand."
            )
        self.data = data
        values = float_values(self, data)
        self.transformed_data_ = like(data, _subtract_and_divide(values, self.mean, self.std))
        return self


def _subtract_and_divide(values: NDArray, offset: Any, scale: Any) -> NDArray:
    # Parameters take the type of the data: float32 data stays float32, and one new array is all that is allocated.
    result = np.subtract(values, np.asarray(offset, dtype=values.dtype))
    with np.errstate(invalid="ignore"):
        return np.divide(result, np.asarray(scale, dtype=values.dtype), out=result)
