"""Rotation of whole recordings; public through ``gaitmap.utils.rotations``."""

from collections.abc import Callable, Hashable, Mapping
from typing import Any, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.utils._column_blocks import rotate_columns, take_columns_with_sign
from gaitmap.utils.consts import SF_ACC, SF_GYR, SF_MAG
from gaitmap.utils.datatype_helper import (
    SingleSensorData,
    get_multi_sensor_names,
    is_sensor_data,
    is_single_sensor_data,
)
from gaitmap.utils.exceptions import MissingSensorError

_Data = TypeVar("_Data", bound=pd.DataFrame | dict[Hashable, pd.DataFrame])
_Rotations: TypeAlias = Rotation | Mapping[Hashable, Rotation | None] | None
#: Positions of the x, y, z column of a vector in a frame, and how to rotate it (None: not at all).
_Triplets = list[tuple[list[int], Rotation | None]]

# Entries of a rotation matrix further than this from 0 and +-1 do not belong to a turn by a multiple of 90 deg.
_FLIP_TOLERANCE = 1e-8


def rotate_dataset(dataset: _Data, rotation: _Rotations, *, keep_float32: bool = False) -> _Data:
    """Rotate the accelerometer, gyroscope and (if present) magnetometer of a recording.

    Parameters
    ----------
    dataset
        Single- or multi-sensor data in the sensor frame, with all acc and gyr columns. Any further columns, also an
        incomplete set of mag columns, are passed on as they are.
    rotation
        One rotation for all sensors, or a dict ``{sensor: rotation}``; sensors without an entry are left as they are.
        None stands for no rotation. As in gaitmap 2.6, a stack with one rotation per sample is accepted, too.
    keep_float32
        Return the rotation of float32 columns as float32. By default all rotated columns become float64.

    Returns
    -------
    DataFrame or dict
        New data of the same form, with the same index and the same columns in the same order.

    Raises
    ------
    ValidationError
        If the data is not sensor-frame data.
    ValueError
        If a dict of rotations is given for a single sensor, or the number of rotations does not fit.
    KeyError
        If there is a rotation for a sensor that the data does not have.

    See Also
    --------
    flip_dataset : Exact version for turns by multiples of 90 deg.
    rotate_dataset_series : A rotation for each sample.

    Examples
    --------
    >>> data = pd.DataFrame([[1.0, 0, 0, 0, 2, 0]], columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> rotate_dataset(data, Rotation.from_euler("z", 90, degrees=True)).round(3).iloc[0].tolist()
    [0.0, 1.0, 0.0, -2.0, 0.0, 0.0]
    """

    def rotate(frame: pd.DataFrame, triplets: _Triplets) -> pd.DataFrame:
        checked = [(positions, _fitting(rotation_, len(frame))) for positions, rotation_ in triplets]
        return rotate_columns(frame, checked, keep_float32=keep_float32)

    return _for_all_sensors(rotate, dataset, rotation)


def flip_dataset(dataset: _Data, rotation: _Rotations) -> _Data:
    """Turn a recording by multiples of 90 deg, by renaming and negating its columns.

    The values are exact and the data types are kept. Use it to undo a known mounting of the sensors.

    Parameters
    ----------
    dataset
        Single- or multi-sensor data in the sensor frame, as for :func:`rotate_dataset`.
    rotation
        One rotation for all sensors, or a dict ``{sensor: rotation}``; sensors without an entry are left as they are.
        None stands for no rotation. Each rotation must be composed of turns by 90, 180 or 270 deg about the axes.

    Returns
    -------
    DataFrame or dict
        New data of the same form, with the same index and the same columns in the same order.

    Raises
    ------
    ValidationError
        If the data is not sensor-frame data.
    ValueError
        If a rotation is a stack of rotations or no multiple of 90 deg, or a dict is given for a single sensor.
    KeyError
        If there is a rotation for a sensor that the data does not have.

    Examples
    --------
    >>> data = pd.DataFrame([[1, 0, 0, 0, 2, 0]], columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> flip_dataset(data, Rotation.from_euler("z", 90, degrees=True)).iloc[0].tolist()
    [0, 1, 0, -2, 0, 0]
    """
    for single in rotation.values() if isinstance(rotation, Mapping) else [rotation]:
        _check_is_flip(single)

    def flip(frame: pd.DataFrame, triplets: _Triplets) -> pd.DataFrame:
        sources, signs = list(range(frame.shape[1])), [1] * frame.shape[1]
        for positions, rotation_ in triplets:
            if rotation_ is None:
                continue
            matrix = np.rint(rotation_.as_matrix().reshape(3, 3)).astype(int)
            for target, row in zip(positions, matrix, strict=True):
                source = int(np.flatnonzero(row)[0])
                sources[target], signs[target] = positions[source], int(row[source])
        return take_columns_with_sign(frame, sources, signs, frame.columns)

    return _for_all_sensors(flip, dataset, rotation)


def rotate_dataset_series(dataset: SingleSensorData, rotations: Rotation) -> SingleSensorData:
    """Rotate each sample of the recording of one sensor by its own rotation.

    Parameters
    ----------
    dataset
        Single-sensor data in the sensor frame, with all acc and gyr columns; mag is rotated, if present.
    rotations
        One rotation per sample.

    Returns
    -------
    DataFrame
        New data with the same index and columns; rotated columns are float64.

    Raises
    ------
    ValidationError
        If the data is not sensor-frame data of one sensor.
    ValueError
        If the number of rotations is not the number of samples.

    Examples
    --------
    >>> data = pd.DataFrame([[1.0, 0, 0, 0, 2, 0]] * 2, columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> turned = rotate_dataset_series(data, Rotation.from_rotvec([[0, 0, 0], [0, 0, np.pi / 2]]))
    >>> turned.round(3).to_numpy()[:, :3].tolist()
    [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]
    """
    is_single_sensor_data(dataset, frame="sensor", raise_exception=True)
    n_rotations = 1 if rotations.single else len(rotations)
    if n_rotations != len(dataset):
        raise ValueError(
            f"rotate_dataset_series: the number of rotations must be the number of samples. Found {n_rotations} "
            f"rotation(s) for {len(dataset)} samples. Use rotate_dataset to apply one rotation to all samples."
        )
    return rotate_columns(dataset, _triplets(dataset, {None: rotations}))


def _for_all_sensors(
    function: Callable[[pd.DataFrame, _Triplets], pd.DataFrame], dataset: Any, rotation: _Rotations
) -> Any:
    """Apply ``function(frame, triplets)`` once to a frame of one or many sensors, or once per sensor of a dict."""
    kind = is_sensor_data(dataset, frame="sensor")
    if kind == "single":
        if isinstance(rotation, Mapping):
            raise ValueError(
                "A dict for the `rotation` parameter is only supported for a MultiIndex dataset (named sensors) or a "
                "dict of datasets. The data of a single sensor was found. Pass the rotation itself."
            )
        return function(dataset, _triplets(dataset, {None: rotation}))
    sensors = list(get_multi_sensor_names(dataset))
    per_sensor = dict(rotation) if isinstance(rotation, Mapping) else dict.fromkeys(sensors, rotation)
    unknown = [sensor for sensor in per_sensor if sensor not in sensors]
    if unknown:
        raise MissingSensorError(
            f"There are rotations for {unknown}, but the dataset has no such sensor(s). Found the sensors {sensors}. "
            "Use these names as keys of the rotations."
        )
    if isinstance(dataset, pd.DataFrame):
        return function(dataset, _triplets(dataset, per_sensor))
    return {
        sensor: function(frame, _triplets(frame, {None: per_sensor[sensor]})) if sensor in per_sensor else frame.copy()
        for sensor, frame in dataset.items()
    }


def _triplets(frame: pd.DataFrame, rotations: Mapping[Hashable, Rotation | None]) -> _Triplets:
    """Find the columns of each vector of each sensor; the sensor None stands for a frame with one column level."""
    triplets: _Triplets = []
    for sensor, rotation in rotations.items():
        for names in (SF_ACC, SF_GYR, SF_MAG):
            labels: Any = names if frame.columns.nlevels == 1 else [(sensor, name) for name in names]
            positions = frame.columns.get_indexer(labels)
            if (positions >= 0).all():
                triplets.append((positions.tolist(), rotation))
    return triplets


def _fitting(rotation: Rotation | None, n_samples: int) -> Rotation | None:
    """Turn a stack of one rotation into a single one, and check the length of longer ones."""
    if rotation is None or rotation.single:
        return rotation
    if len(rotation) == 1:
        return rotation[0]
    if len(rotation) != n_samples:
        raise ValueError(
            "rotate_dataset: expected a single rotation, or one per sample. "
            f"Found {len(rotation)} rotations for {n_samples} samples."
        )
    return rotation


def _check_is_flip(rotation: Rotation | None) -> None:
    if rotation is None:
        return
    if not rotation.single and len(rotation) != 1:
        raise ValueError(f"Only single rotations are allowed! Found a stack of {len(rotation)} rotations.")
    size = np.abs(rotation.as_matrix())
    if not np.all((size < _FLIP_TOLERANCE) | (np.abs(size - 1) < _FLIP_TOLERANCE)):
        raise ValueError(
            "Only 90 deg rotations are allowed (and multiples of it: 180 and 270 deg). Found the rotation matrix "
            f"{rotation.as_matrix().round(6).tolist()}. Use rotate_dataset for other angles."
        )
