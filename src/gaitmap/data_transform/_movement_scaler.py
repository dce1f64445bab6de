"""A scaler that is not affected by how long a recording rests."""

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap._kernels.movement import add_energy
from gaitmap.data_transform._base import BaseTransformer
from gaitmap.data_transform._values import float_values, like
from gaitmap.utils._checks import check_number
from gaitmap.utils.datatype_helper import SingleSensorData

_ROWS_PER_CALL = 2**16  # copied at a time


class MovementScaler(BaseTransformer):
    """Scale data by the level that they have while there is movement.

    Parameters
    ----------
    out_level
        Level of the result.
    min_level
        Data with a smaller level are divided by this one, in the unit of the data: noise and small movements in a
        recording without walking stay small. 0: no limit.
    level
        The level to scale by, in the unit of the data, as measured in other data. None: the level of the data.

    Attributes
    ----------
    transformed_data_
        The scaled data, of the type of the data. NaN stay NaN and are otherwise ignored; data of zeros stay as they
        are.
    level_
        The level of the data (or ``level``, if that is given), in their unit.

    Other Parameters
    ----------------
    data
        The data passed to the ``transform`` method.

    Raises
    ------
    ValueError
        If ``out_level`` is not positive, or ``min_level`` or ``level`` is negative.

    Notes
    -----
    The level is the root mean square in which each sample counts as much as its energy: with the squared norm
    ``e = sum_c x_c^2`` of the samples (all channels together) it is ``sqrt(sum(e^2) / sum(e))``. Samples at rest have
    hardly any energy: appending rest does not change the level, where a standard deviation falls. The strongest
    movement counts most, but a single sample does not decide, as it does for a maximum.

    Of walking at different speeds the level leans towards the faster strides. That suits DTW, which tolerates strides
    that are smaller than the template far better than larger ones. Movement much stronger than walking (for example
    sports) raises the level: restrict the data to walking first (see :mod:`gaitmap.gait_detection`).

    The two sums are gathered sample by sample: two passes over the data are enough, whatever their length, and how the
    data are cut into parts changes nothing (see :class:`~gaitmap.stride_segmentation.CalibratedBarthDtw`).

    See Also
    --------
    gaitmap.data_transform.StandardScaler : Standard deviation over everything, rest included.

    Examples
    --------
    >>> import numpy as np
    >>> from gaitmap.data_transform import MovementScaler
    >>> swing = np.array([0.0, 100, 200, 100, 0, -200, 0])
    >>> round(float(MovementScaler().transform(swing).level_), 1)
    184.4
    >>> round(float(MovementScaler().transform(np.append(swing, np.zeros(10_000))).level_), 1)
    184.4
    """

    level_: float

    def __init__(self, out_level: float = 1.0, min_level: float = 0.0, level: float | None = None) -> None:
        self.out_level = out_level
        self.min_level = min_level
        self.level = level

    def transform(self, data: SingleSensorData | pd.Series | NDArray, **_: Any) -> Self:
        """Scale the data.

        Parameters
        ----------
        data
            DataFrame, Series or array of the shape ``(n,)`` or ``(n, d)``.

        Returns
        -------
        self
            The instance with the result attached.
        """
        check_number(self, "out_level", self.out_level, above=0)
        check_number(self, "min_level", self.min_level, at_least=0)
        if self.level is not None:
            check_number(self, "level", self.level, at_least=0)
        self.data = data
        values = float_values(self, data)
        self.level_ = float(self.level) if self.level is not None else _movement_level(values)
        divisor = max(self.level_, float(self.min_level))
        self.transformed_data_ = like(
            data, values * (float(self.out_level) / divisor) if divisor > 0 else values.copy()
        )
        return self


class MovementLevel:
    """The level of movement of data that arrive in parts.

    Attributes
    ----------
    level
        The level so far; 0 without movement.
    """

    def __init__(self) -> None:
        self._sums = np.zeros(4)

    def add(self, values: NDArray) -> None:
        """Take in the next samples, of the shape ``(n,)`` or ``(n, d)``."""
        rows = values if values.ndim == 2 else values[:, np.newaxis]
        for first in range(0, len(rows), _ROWS_PER_CALL):
            add_energy(np.array(rows[first : first + _ROWS_PER_CALL], dtype=float, order="C"), self._sums)

    @property
    def level(self) -> float:
        """Root mean square in which each sample counts as much as its energy."""
        energy, squared = self._sums[0] + self._sums[1], self._sums[2] + self._sums[3]
        return float(np.sqrt(squared / energy)) if energy > 0 else 0.0


def _movement_level(values: NDArray) -> float:
    level = MovementLevel()
    level.add(values)
    return level.level
