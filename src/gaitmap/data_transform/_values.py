"""Between labelled data and plain float arrays."""

from collections.abc import Iterable
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.utils.datatype_helper import is_single_sensor_data
from gaitmap.utils.exceptions import ValidationError

_KEPT = (np.dtype(np.float32), np.dtype(np.float64))


def float_values(owner: Any, data: Any) -> NDArray:
    """Values of a frame, series or array: float32 and float64 as they are (not copied if possible), else float64."""
    if isinstance(data, np.ndarray):
        values = data
    elif isinstance(data, pd.DataFrame | pd.Series):
        values = data.to_numpy()
        if values.dtype.kind not in "fiub":  # missing values in masked columns, or no numbers at all
            values = data.to_numpy(dtype=float, na_value=np.nan)
    else:
        raise ValidationError(
            f"{type(owner).__name__}: the data has the wrong type. Found {type(data).__name__}. Expected a DataFrame, "
            "a Series or an array."
        )
    return values if values.dtype in _KEPT else values.astype(float)


def like(data: Any, values: NDArray) -> Any:
    """Give values the type and labels of the data they were calculated from."""
    if isinstance(data, pd.DataFrame):
        return pd.DataFrame(values, index=data.index, columns=data.columns, copy=False)
    if isinstance(data, pd.Series):
        return pd.Series(values, index=data.index, name=data.name, copy=False)
    return values


def check_has_one_column_level(data: Any) -> None:
    """Require a DataFrame with one column level; the names of the columns are free."""
    is_single_sensor_data(data, check_acc=False, check_gyr=False, raise_exception=True)


def training_values(owner: Any, data: Iterable[pd.DataFrame]) -> Iterable[NDArray]:
    """Values of the training data sets that are not empty, one by one."""
    for part in data:
        check_has_one_column_level(part)
        values = float_values(owner, part)
        if values.size:
            yield values


def not_enough_training_data(owner: Any, expected: str) -> ValueError:
    """Build the error for training data without content."""
    return ValueError(
        f"{type(owner).__name__}: there is not enough training data. Expected data sets with {expected} in total."
    )
