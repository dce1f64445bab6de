"""Scalers that map the range of the data to a given one."""

from collections.abc import Iterable
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray
from tpcp import OptimizableParameter

from gaitmap.data_transform._base import BaseTransformer, TrainableTransformerMixin
from gaitmap.data_transform._statistics import Range
from gaitmap.data_transform._values import (
    check_has_one_column_level,
    float_values,
    like,
    not_enough_training_data,
    training_values,
)
from gaitmap.utils._checks import check_number
from gaitmap.utils.datatype_helper import SingleSensorData


class AbsMaxScaler(BaseTransformer):
    """Scale data so that the largest absolute value becomes ``out_max``.

    Parameters
    ----------
    out_max
        Largest absolute value of the result.

    Attributes
    ----------
    transformed_data_
        The scaled data. NaN stay NaN and are otherwise ignored; data of zeros stays as it is.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    See Also
    --------
    gaitmap.data_transform.TrainableAbsMaxScaler : Learns the largest absolute value from other data.

    Notes
    -----
    The maximum is that of all rows and columns together. Where the value of the largest magnitude is negative, it
    becomes ``-out_max``.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import AbsMaxScaler
    >>> AbsMaxScaler().transform(pd.DataFrame({"gyr_ml": [1.0, -4.0]})).transformed_data_
       gyr_ml
    0    0.25
    1   -1.00
    """

    def __init__(self, out_max: float = 1) -> None:
        self.out_max = out_max

    def transform(self, data: SingleSensorData, **_: Any) -> Self:
        """Scale the data.

        Parameters
        ----------
        data
            DataFrame with one column level.

        Returns
        -------
        self
            The instance with the result attached.
        """
        check_number(self, "out_max", self.out_max)
        check_has_one_column_level(data)
        self.data = data
        values = float_values(self, data)
        self.transformed_data_ = like(data, self._scale(values, _range_of_data(self, values).largest_magnitude))
        return self

    def _scale(self, values: NDArray, data_max: float) -> NDArray:
        if data_max == 0:
            return values.copy()
        scaled = values * float(self.out_max)
        scaled /= float(data_max)
        return scaled


class TrainableAbsMaxScaler(AbsMaxScaler, TrainableTransformerMixin):
    """Scale data so that the largest absolute value of the training data becomes ``out_max``.

    Parameters
    ----------
    out_max
        Value that the largest absolute value of the training data is mapped to.
    data_max
        Largest absolute value of the training data (optimizable).

    Attributes
    ----------
    transformed_data_
        The scaled data. With ``data_max = 0`` the data stays as it is.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import TrainableAbsMaxScaler
    >>> training = [pd.DataFrame({"gyr_ml": [1.0, -4.0]}), pd.DataFrame({"gyr_ml": [3.0]})]
    >>> TrainableAbsMaxScaler().self_optimize(training).data_max
    4.0
    """

    data_max: OptimizableParameter[float | None]

    def __init__(self, out_max: float = 1, data_max: float | None = None) -> None:
        self.data_max = data_max
        super().__init__(out_max=out_max)

    def self_optimize(self, data: Iterable[SingleSensorData], **_: Any) -> Self:
        """Learn the largest absolute value.

        Parameters
        ----------
        data
            Data sets (DataFrames with one column level). NaN are ignored.

        Returns
        -------
        self
            The instance with ``data_max`` set.
        """
        self.data_max = _range_of_training_data(self, data).largest_magnitude
        return self

    def transform(self, data: SingleSensorData, **_: Any) -> Self:
        """Scale the data with the learned maximum.

        Parameters
        ----------
        data
            DataFrame with one column level.

        Returns
        -------
        self
            The instance with the result attached.
        """
        if self.data_max is None:
            raise ValueError(
                f"{type(self).__name__}: data_max not set. Call `self_optimize` first, or set `data_max` by hand."
            )
        check_number(self, "out_max", self.out_max)
        check_has_one_column_level(data)
        self.data = data
        self.transformed_data_ = like(data, self._scale(float_values(self, data), self.data_max))
        return self


class MinMaxScaler(BaseTransformer):
    """Scale data so that the smallest and largest value become the ends of ``out_range``.

    Parameters
    ----------
    out_range
        Smallest and largest value of the result.

    Attributes
    ----------
    transformed_data_
        The scaled data. NaN stay NaN and are otherwise ignored; constant data becomes ``out_range[0]``.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    See Also
    --------
    gaitmap.data_transform.TrainableMinMaxScaler : Learns the range from other data.

    Notes
    -----
    Minimum and maximum are those of all rows and columns together.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import MinMaxScaler
    >>> MinMaxScaler().transform(pd.DataFrame({"gyr_ml": [1.0, 2.0, 5.0]})).transformed_data_
       gyr_ml
    0    0.00
    1    0.25
    2    1.00
    """

    def __init__(self, out_range: tuple[float, float] = (0, 1.0)) -> None:
        self.out_range = out_range

    def transform(self, data: SingleSensorData, **_: Any) -> Self:
        """Scale the data.

        Parameters
        ----------
        data
            DataFrame with one column level.

        Returns
        -------
        self
            The instance with the result attached.
        """
        self._check_out_range()
        check_has_one_column_level(data)
        self.data = data
        values = float_values(self, data)
        self.transformed_data_ = like(data, self._scale(values, _range_of_data(self, values)))
        return self

    def _check_out_range(self) -> None:
        if not self.out_range[0] < self.out_range[1]:
            raise ValueError(
                f"{type(self).__name__}: out_range[0] (new min) must be smaller than out_range[1] (new max). "
                f"Found {self.out_range!r}."
            )

    def _scale(self, values: NDArray, data_range: Range) -> NDArray:
        new_min, new_max = (float(value) for value in self.out_range)
        width = data_range.maximum - data_range.minimum
        factor = (new_max - new_min) / (1.0 if width == 0 else width)
        scaled = values * factor
        scaled += new_min - data_range.minimum * factor
        return scaled


class TrainableMinMaxScaler(MinMaxScaler, TrainableTransformerMixin):
    """Scale data so that the range of the training data becomes ``out_range``.

    Parameters
    ----------
    out_range
        Values that the smallest and largest value of the training data are mapped to.
    data_range
        Smallest and largest value of the training data (optimizable).

    Attributes
    ----------
    transformed_data_
        The scaled data.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import TrainableMinMaxScaler
    >>> training = [pd.DataFrame({"gyr_ml": [1.0, -4.0]}), pd.DataFrame({"gyr_ml": [3.0]})]
    >>> TrainableMinMaxScaler().self_optimize(training).data_range
    (-4.0, 3.0)
    """

    data_range: OptimizableParameter[tuple[float, float] | None]

    def __init__(
        self, out_range: tuple[float, float] = (0, 1.0), data_range: tuple[float, float] | None = None
    ) -> None:
        self.data_range = data_range
        super().__init__(out_range=out_range)

    def self_optimize(self, data: Iterable[SingleSensorData], **_: Any) -> Self:
        """Learn the range of the data.

        Parameters
        ----------
        data
            Data sets (DataFrames with one column level). NaN are ignored.

        Returns
        -------
        self
            The instance with ``data_range`` set.
        """
        self.data_range = tuple(_range_of_training_data(self, data))
        return self

    def transform(self, data: SingleSensorData, **_: Any) -> Self:
        """Scale the data with the learned range.

        Parameters
        ----------
        data
            DataFrame with one column level.

        Returns
        -------
        self
            The instance with the result attached.
        """
        if self.data_range is None:
            raise ValueError(
                f"{type(self).__name__}: No data range set. Call `self_optimize` first, or set `data_range` by hand."
            )
        self._check_out_range()
        check_has_one_column_level(data)
        self.data = data
        self.transformed_data_ = like(data, self._scale(float_values(self, data), Range(*map(float, self.data_range))))
        return self


def _range_of_data(scaler: BaseTransformer, values: NDArray) -> Range:
    if values.size == 0:
        raise ValueError(f"{type(scaler).__name__}: the data is empty. Expected at least one value to find its range.")
    return Range.of(values)


def _range_of_training_data(scaler: BaseTransformer, data: Iterable[SingleSensorData]) -> Range:
    found = None
    for values in training_values(scaler, data):
        new = Range.of(values)
        found = new if found is None else found.merge(new)
    if found is None or np.isnan(found.minimum):
        raise not_enough_training_data(scaler, "at least one value that is not NaN")
    return found
