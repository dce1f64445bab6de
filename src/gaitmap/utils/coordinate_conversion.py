"""Conversion between the foot sensor frame (FSF) and the anatomical foot body frame (FBF).

Both frames share their axes while the foot is flat; the conversion renames columns and flips signs. The body frame is
mirrored between the feet, so that the same movement has the same sign for both. It is not right-handed: rotate and
integrate data in the sensor frame only.
"""

import warnings
from collections.abc import Hashable, Sequence
from typing import Any, Literal, TypeVar

import pandas as pd

from gaitmap.utils._checks import check_option
from gaitmap.utils._column_blocks import take_columns_with_sign
from gaitmap.utils.consts import (
    BF_MAG,
    FSF_FBF_CONVERSION_LEFT,
    FSF_FBF_CONVERSION_RIGHT,
    SF_ACC,
    SF_COLS,
    SF_COLS_WITH_MAG,
    SF_MAG,
)
from gaitmap.utils.datatype_helper import (
    MultiSensorData,
    SingleSensorData,
    get_multi_sensor_names,
    is_multi_sensor_data,
    is_single_sensor_data,
)
from gaitmap.utils.exceptions import MissingSensorError, ValidationError

_Data = TypeVar("_Data", bound=MultiSensorData)
_Foot = Literal["left", "right"]
_Frame = Literal["sensor", "body"]
_SENSOR_TO_BODY: dict[_Foot, dict[str, tuple[Literal[-1, 1], str]]] = {
    "left": FSF_FBF_CONVERSION_LEFT,
    "right": FSF_FBF_CONVERSION_RIGHT,
}


# ---------------------------------------------------------------------------------------------------------------------
# One foot
# ---------------------------------------------------------------------------------------------------------------------
def convert_foot_to_fbf(data: SingleSensorData, foot: _Foot, *, include_mag: bool = False) -> SingleSensorData:
    """Convert the data of one foot from the sensor frame to the body frame.

    Parameters
    ----------
    data
        Single-sensor data in the sensor frame, with all acc and gyr columns.
    foot
        ``"left"`` or ``"right"``.
    include_mag
        Convert the magnetometer, too. Its axes are mapped like those of the accelerometer.

    Returns
    -------
    DataFrame
        New data with the body-frame columns only; index and data types are kept.

    Raises
    ------
    ValidationError
        If the data is not sensor-frame data with these columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.utils.consts import SF_COLS
    >>> data = pd.DataFrame([[1, 2, 3, 4, 5, 6]], columns=SF_COLS)
    >>> convert_foot_to_fbf(data, "left").iloc[0].to_dict()
    {'acc_pa': 1, 'acc_ml': 2, 'acc_si': -3, 'gyr_pa': -4, 'gyr_ml': -5, 'gyr_si': -6}
    """
    check_option("convert_foot_to_fbf", "foot", foot, ("left", "right"))
    return _convert_foot(data, foot, "body", include_mag)


def convert_foot_to_fsf(data: SingleSensorData, foot: _Foot, *, include_mag: bool = False) -> SingleSensorData:
    """Convert the data of one foot from the body frame back to the sensor frame.

    Parameters
    ----------
    data
        Single-sensor data in the body frame, with all acc and gyr columns.
    foot
        ``"left"`` or ``"right"``.
    include_mag
        Convert the magnetometer, too. Its axes are mapped like those of the accelerometer.

    Returns
    -------
    DataFrame
        New data with the sensor-frame columns only; index and data types are kept.

    Raises
    ------
    ValidationError
        If the data is not body-frame data with these columns.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.utils.consts import BF_COLS
    >>> data = pd.DataFrame([[1, 2, 3, 4, 5, 6]], columns=BF_COLS)
    >>> convert_foot_to_fsf(data, "right").iloc[0].to_dict()
    {'acc_x': 1, 'acc_y': -2, 'acc_z': -3, 'gyr_x': 4, 'gyr_y': -5, 'gyr_z': 6}
    """
    check_option("convert_foot_to_fsf", "foot", foot, ("left", "right"))
    return _convert_foot(data, foot, "sensor", include_mag)


def convert_left_foot_to_fbf(data: SingleSensorData) -> SingleSensorData:
    """Convert the data of the left foot from the sensor frame to the body frame.

    Parameters
    ----------
    data
        Single-sensor data in the sensor frame, with all acc and gyr columns.

    Returns
    -------
    DataFrame
        New data with the body-frame acc and gyr columns.

    See Also
    --------
    convert_foot_to_fbf : The same for both feet, optionally with the magnetometer.
    """
    return convert_foot_to_fbf(data, "left")


def convert_right_foot_to_fbf(data: SingleSensorData) -> SingleSensorData:
    """Convert the data of the right foot from the sensor frame to the body frame.

    Parameters
    ----------
    data
        Single-sensor data in the sensor frame, with all acc and gyr columns.

    Returns
    -------
    DataFrame
        New data with the body-frame acc and gyr columns.

    See Also
    --------
    convert_foot_to_fbf : The same for both feet, optionally with the magnetometer.
    """
    return convert_foot_to_fbf(data, "right")


def _convert_foot(data: SingleSensorData, foot: _Foot, target: _Frame, include_mag: bool) -> SingleSensorData:
    sources, signs, labels = _column_plan(data, foot, target, include_mag)
    return take_columns_with_sign(data, data.columns.get_indexer(pd.Index(sources)), signs, labels)


def _column_plan(
    data: SingleSensorData, foot: _Foot, target: _Frame, include_mag: bool
) -> tuple[list[str], list[int], list[str]]:
    """Check the data, and tell the source, the sign and the name of each converted column."""
    is_single_sensor_data(
        data, check_mag=include_mag, frame="sensor" if target == "body" else "body", raise_exception=True
    )
    table = _SENSOR_TO_BODY[foot]
    mag_signs = [table[column][0] for column in SF_ACC]
    table = {**table, **{sf: (sign, bf) for sf, sign, bf in zip(SF_MAG, mag_signs, BF_MAG, strict=True)}}
    sensor_columns = SF_COLS_WITH_MAG if include_mag else SF_COLS
    signs: list[int] = [table[column][0] for column in sensor_columns]
    body_columns = [table[column][1] for column in sensor_columns]
    return (sensor_columns, signs, body_columns) if target == "body" else (body_columns, signs, sensor_columns)


# ---------------------------------------------------------------------------------------------------------------------
# All sensors of a recording
# ---------------------------------------------------------------------------------------------------------------------
def convert_to_fbf(
    data: _Data,
    left: Sequence[Hashable] | None = None,
    right: Sequence[Hashable] | None = None,
    right_like: str | None = None,
    left_like: str | None = None,
    *,
    include_mag: bool = False,
) -> _Data:
    """Convert the foot sensors of a recording from the sensor frame to the body frame.

    Parameters
    ----------
    data
        Multi-sensor data in the sensor frame, with all acc and gyr columns.
    left, right
        Names of the sensors on the left / right foot.
    right_like, left_like
        In place of the names: part of the name of all sensors on the right / left foot, for example ``"right"``.
    include_mag
        Convert the magnetometer, too; all converted sensors must have one.

    Returns
    -------
    DataFrame or dict
        New data of the same form. Converted sensors have the body-frame columns only, other sensors stay as they are. A
        sensor that is named for both feet is converted as one of the right foot.

    Raises
    ------
    ValueError
        If the data is not multi-sensor data in the sensor frame, no sensors are chosen, or both ways to choose the
        sensors of a foot are used.
    KeyError
        If the data does not have a sensor of this name.

    Warns
    -----
    UserWarning
        If no name contains ``left_like`` or ``right_like``.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.utils.consts import SF_COLS
    >>> foot = pd.DataFrame([[1, 2, 3, 4, 5, 6]], columns=SF_COLS)
    >>> converted = convert_to_fbf({"left_sensor": foot, "right_sensor": foot}, left_like="left", right_like="right")
    >>> converted["right_sensor"].iloc[0].to_dict()
    {'acc_pa': 1, 'acc_ml': -2, 'acc_si': -3, 'gyr_pa': 4, 'gyr_ml': -5, 'gyr_si': 6}
    """
    feet = _choose_feet("convert_to_fbf", data, "sensor", left, right, left_like, right_like)
    return _convert_sensors(data, feet, "body", include_mag)


def convert_fbf_to_fsf(
    data: _Data,
    left: Sequence[Hashable] | None = None,
    right: Sequence[Hashable] | None = None,
    right_like: str | None = None,
    left_like: str | None = None,
    *,
    include_mag: bool = False,
) -> _Data:
    """Convert the foot sensors of a recording from the body frame back to the sensor frame.

    This is the inverse of :func:`convert_to_fbf`, and takes the same arguments.

    Parameters
    ----------
    data
        Multi-sensor data with all acc and gyr columns, in the body frame for the sensors to convert.
    left, right
        Names of the sensors on the left / right foot.
    right_like, left_like
        In place of the names: part of the name of all sensors on the right / left foot, for example ``"right"``.
    include_mag
        Convert the magnetometer, too; all converted sensors must have one.

    Returns
    -------
    DataFrame or dict
        New data of the same form. Converted sensors have the sensor-frame columns only, other sensors stay as they are.

    Raises
    ------
    ValueError
        If the data is not multi-sensor data, no sensors are chosen, or both ways to choose the sensors of a foot are
        used.
    ValidationError
        If a sensor to convert is not in the body frame.
    KeyError
        If the data does not have a sensor of this name.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.utils.consts import BF_COLS
    >>> foot = pd.DataFrame([[1, 2, 3, 4, 5, 6]], columns=BF_COLS)
    >>> convert_fbf_to_fsf({"left_sensor": foot}, left_like="left")["left_sensor"].iloc[0].to_dict()
    {'acc_x': 1, 'acc_y': 2, 'acc_z': -3, 'gyr_x': -4, 'gyr_y': -5, 'gyr_z': -6}
    """
    feet = _choose_feet("convert_fbf_to_fsf", data, "any", left, right, left_like, right_like)
    return _convert_sensors(data, feet, "sensor", include_mag)


def _choose_feet(
    caller: str,
    data: MultiSensorData,
    frame: Literal["sensor", "any"],
    left: Sequence[Hashable] | None,
    right: Sequence[Hashable] | None,
    left_like: str | None,
    right_like: str | None,
) -> dict[Hashable, _Foot]:
    """Tell the foot of each sensor that is to be converted."""
    try:
        is_multi_sensor_data(data, frame=frame, raise_exception=True)
    except ValidationError as error:
        raise ValueError(
            f"{caller}: expected a MultiSensorDataset with the acc and gyr columns of every sensor in the "
            f"{'sensor frame' if frame == 'sensor' else 'sensor or the body frame'}.\n\n{error}"
        ) from error
    sides: list[tuple[_Foot, Sequence[Hashable] | None, str | None]] = [
        ("left", left, left_like),
        ("right", right, right_like),
    ]
    if not any(names or like for _, names, like in sides):
        raise ValueError(f"{caller}: no sensor is chosen. Use left or left_like, and right or right_like.")
    present = list(get_multi_sensor_names(data))
    feet: dict[Hashable, _Foot] = {}
    for foot, names, like in sides:
        if names and like:
            raise ValueError(f"{caller}: use either {foot} or {foot}_like. Got {names!r} and {like!r}.")
        chosen = [name for name in present if like in str(name)] if like else list(names or [])
        if like and not chosen:
            warnings.warn(
                f"{caller}: no sensor name contains '{like}'. Found the sensors {present}. "
                f"No sensor of the {foot} foot is converted. Correct {foot}_like.",
                UserWarning,
                stacklevel=3,
            )
        unknown = [name for name in chosen if name not in present]
        if unknown:
            raise MissingSensorError(
                f"{caller}: the dataset has no sensor(s) {unknown}. Found the sensors {present}. Correct {foot}."
            )
        feet.update(dict.fromkeys(chosen, foot))
    return feet


def _convert_sensors(data: _Data, feet: dict[Hashable, _Foot], target: _Frame, include_mag: bool) -> Any:
    if isinstance(data, dict):
        return {
            name: _convert_foot(frame, feet[name], target, include_mag) if name in feet else frame.copy()
            for name, frame in data.items()
        }
    # A frame of several sensors is written in one pass, without taking it apart.
    without_rows = data.iloc[:0]
    sources: list[tuple[Hashable, Hashable]] = []
    signs: list[int] = []
    labels: list[tuple[Hashable, Hashable]] = []
    for name in get_multi_sensor_names(data):
        old = new = list(without_rows[name].columns)
        sign = [1] * len(old)
        if name in feet:
            old, sign, new = _column_plan(without_rows[name], feet[name], target, include_mag)
        sources += [(name, column) for column in old]
        signs += sign
        labels += [(name, column) for column in new]
    positions = data.columns.get_indexer(pd.MultiIndex.from_tuples(sources))
    return take_columns_with_sign(data, positions, signs, pd.MultiIndex.from_tuples(labels))
