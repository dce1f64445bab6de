"""What all transformers have in common."""

from collections.abc import Sequence
from typing import Any, ClassVar, Self

import numpy as np

from gaitmap.base import BaseAlgorithm
from gaitmap.utils.datatype_helper import SingleSensorData


class BaseTransformer(BaseAlgorithm):
    """Base class of methods that turn the data of one sensor into other data or features of that sensor.

    Every transformer accepts and ignores keyword arguments that it does not need, so that one set of arguments can be
    handed to a combination of them.

    Attributes
    ----------
    transformed_data_
        The transformed data.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.
    """

    _action_methods: ClassVar[tuple[str, ...]] = ("transform",)

    transformed_data_: Any

    data: Any

    def transform(self, data: SingleSensorData, **kwargs: Any) -> Self:
        """Transform the data of one sensor."""
        raise NotImplementedError


class TrainableTransformerMixin:
    """Marks transformers that learn some of their parameters from data."""

    def self_optimize(self, data: Sequence[SingleSensorData], **kwargs: Any) -> Self:
        """Learn parameters from several data sets."""
        raise NotImplementedError


class IdentityTransformer(BaseTransformer):
    """Return a copy of the data.

    Attributes
    ----------
    transformed_data_
        Equal to the data, but independent of it.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.data_transform import IdentityTransformer
    >>> IdentityTransformer().transform(pd.DataFrame({"gyr_ml": [1.0, 2.0]})).transformed_data_
       gyr_ml
    0     1.0
    1     2.0
    """

    def transform(self, data: SingleSensorData, **_: Any) -> Self:
        """Copy the data.

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
        # Frames share their values until one of both is written to.
        self.transformed_data_ = data.copy() if isinstance(data, np.ndarray) else data.copy(deep=False)
        return self
