"""What all methods of this package share: signals as arrays, the initial orientation, result frames."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.utils._checks import parameter_error
from gaitmap.utils.consts import SF_ACC, SF_GYR, SF_MAG


class Signals(NamedTuple):
    """Contiguous, writeable float64 copies of the signals of one sensor, shape (n, 3) each; empty where not read."""

    acc: np.ndarray
    gyr: np.ndarray  # rad/s
    mag: np.ndarray


def read_signals(data: pd.DataFrame, *, acc: bool = True, gyr: bool = True, mag: bool = False) -> Signals:
    """Copy the wanted signals out of sensor-frame data."""
    return Signals(
        acc=signal_array(data, SF_ACC) if acc else np.empty((0, 3)),
        gyr=np.deg2rad(signal_array(data, SF_GYR)) if gyr else np.empty((0, 3)),
        mag=signal_array(data, SF_MAG) if mag else np.empty((0, 3)),
    )


def signal_array(data: pd.DataFrame, columns: Sequence[str]) -> np.ndarray:
    """Copy columns to a C-contiguous, writeable float64 array: the one kind of array the kernels are compiled for."""
    out = np.empty((len(data), len(columns)))
    for i, column in enumerate(columns):
        out[:, i] = data[column].to_numpy(dtype=float, na_value=np.nan)
    return out


def whole(n_samples: int) -> np.ndarray:
    """One section that covers everything."""
    return np.array([[0, n_samples]], dtype=np.int64)


def initial_quaternion(owner: Any, value: Any) -> np.ndarray:
    """Check the parameter ``initial_orientation`` and return it as float64 array of shape (4,), scalar last."""
    expected = "a single Rotation or a quaternion (x, y, z, w) that is finite and not zero (zero norm)"
    try:
        quaternion = value.as_quat() if isinstance(value, Rotation) else np.array(value, dtype=float)
    except (TypeError, ValueError):
        raise parameter_error(owner, "initial_orientation", expected, value) from None
    if quaternion.shape != (4,) or not np.all(np.isfinite(quaternion)) or not np.any(quaternion):
        raise parameter_error(owner, "initial_orientation", expected, value)
    return np.array(quaternion, dtype=float, order="C")


def sample_frame(values: np.ndarray, columns: Sequence[str]) -> pd.DataFrame:
    """Lay out the states of one section: index ``sample``."""
    return pd.DataFrame(values, columns=list(columns), index=pd.RangeIndex(len(values), name="sample"), copy=False)
