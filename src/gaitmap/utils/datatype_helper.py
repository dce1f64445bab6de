"""Data types of recordings and results, and the checks that every algorithm makes of its input.

``is_single_*`` and ``is_multi_*`` tell whether an object has a format, or raise with the reason. ``is_<thing>`` tells
whether it is the single- or the multi-sensor form. All checks look at labels only, never at the samples, except that
ids must be unique and that a stride must start at the event that its type demands.
"""

from collections.abc import Hashable, KeysView, Sequence
from typing import Any, Literal, TypeAlias

import pandas as pd

from gaitmap.utils._datatype_checks import (
    assert_has_columns,
    assert_has_id,
    assert_has_one_frame,
    assert_has_sensors,
    assert_is_frame_with_levels,
    assert_is_instance,
    assert_unique_ids,
    check_choice,
    is_multi_sensor_dict,
    run_check,
    run_sensor_checks,
    single_or_multi,
    type_by_id,
)
from gaitmap.utils.consts import (
    GF_ORI,
    GF_POS,
    GF_VEL,
    ROI_ID_COLS,
    SL_ADDITIONAL_COLS,
    SL_COLS,
    SL_INDEX,
    SL_MINIMAL_COLS,
    TRAJ_TYPE_COLS,
)
from gaitmap.utils.exceptions import ValidationError

SingleSensorData: TypeAlias = pd.DataFrame
MultiSensorData: TypeAlias = pd.DataFrame | dict[Hashable, pd.DataFrame]
SensorData: TypeAlias = SingleSensorData | MultiSensorData

SingleSensorStrideList: TypeAlias = pd.DataFrame
MultiSensorStrideList: TypeAlias = dict[Hashable, pd.DataFrame]
StrideList: TypeAlias = SingleSensorStrideList | MultiSensorStrideList

SingleSensorRegionsOfInterestList: TypeAlias = pd.DataFrame
MultiSensorRegionsOfInterestList: TypeAlias = dict[Hashable, pd.DataFrame]
RegionsOfInterestList: TypeAlias = SingleSensorRegionsOfInterestList | MultiSensorRegionsOfInterestList

SingleSensorPositionList: TypeAlias = pd.DataFrame
MultiSensorPositionList: TypeAlias = dict[Hashable, pd.DataFrame]
PositionList: TypeAlias = SingleSensorPositionList | MultiSensorPositionList

SingleSensorVelocityList: TypeAlias = pd.DataFrame
MultiSensorVelocityList: TypeAlias = dict[Hashable, pd.DataFrame]
VelocityList: TypeAlias = SingleSensorVelocityList | MultiSensorVelocityList

SingleSensorOrientationList: TypeAlias = pd.DataFrame
MultiSensorOrientationList: TypeAlias = dict[Hashable, pd.DataFrame]
OrientationList: TypeAlias = SingleSensorOrientationList | MultiSensorOrientationList

_Kind = Literal["single", "multi"]
_NOT_SINGLE_SENSOR_DATA = "The passed object does not seem to be SingleSensorData."
_FRAMES = ("any", "body", "sensor")
_STRIDE_TYPES = ("any", "min_vel", "segmented", "ic")
_REGION_TYPES = ("any", *ROI_ID_COLS)
_TRAJECTORY_TYPES = ("stride", "any_roi", *ROI_ID_COLS)


# ---------------------------------------------------------------------------------------------------------------------
# Sensor data
# ---------------------------------------------------------------------------------------------------------------------
def is_single_sensor_data(
    data: SingleSensorData,
    check_acc: bool = True,
    check_gyr: bool = True,
    check_mag: bool = False,
    frame: Literal["any", "body", "sensor"] = "any",
    raise_exception: bool = False,
) -> bool:
    """Check that an object is the recording of one sensor.

    Parameters
    ----------
    data
        Object to check.
    check_acc, check_gyr, check_mag
        Whether the columns of the accelerometer, gyroscope, magnetometer must be there.
    frame
        Coordinate frame the column names must belong to.
    raise_exception
        Raise a ``ValidationError`` with the reason instead of returning False.

    Returns
    -------
    bool
        Whether the object is valid.

    Raises
    ------
    ValueError
        If ``frame`` is none of the allowed values.
    """
    check_choice("frame", frame, _FRAMES)

    def check() -> None:
        assert_is_frame_with_levels(data, 1)
        assert_has_one_frame(data.columns, check_acc, check_gyr, check_mag, frame)

    return run_check(check, _NOT_SINGLE_SENSOR_DATA, raise_exception)


def is_multi_sensor_data(
    data: MultiSensorData,
    check_acc: bool = True,
    check_gyr: bool = True,
    check_mag: bool = False,
    frame: Literal["any", "body", "sensor"] = "any",
    raise_exception: bool = False,
) -> bool:
    """Check that an object is the recording of several sensors.

    Parameters are those of :func:`is_single_sensor_data`, applied to every sensor. With ``frame="any"`` the sensors may
    have different frames.

    Returns
    -------
    bool
        Whether the object is valid.
    """

    def check_container() -> None:
        assert_is_instance(data, (pd.DataFrame, dict))
        if isinstance(data, pd.DataFrame):
            assert_is_frame_with_levels(data, 2)
        assert_has_sensors(data)

    if not run_check(check_container, "The passed object does not seem to be MultiSensorData.", raise_exception):
        return False
    options: dict[str, Any] = {"check_acc": check_acc, "check_gyr": check_gyr, "check_mag": check_mag, "frame": frame}

    def check_labels(labels: list) -> None:
        check_choice("frame", frame, _FRAMES)
        run_check(lambda: assert_has_one_frame(labels, **options), _NOT_SINGLE_SENSOR_DATA, raise_exception=True)

    def check_data(part: Any) -> None:
        is_single_sensor_data(part, **options, raise_exception=True)

    if isinstance(data, dict):
        return run_sensor_checks(data, check_data, "MultiSensorData", raise_exception)
    # Looking at the labels alone avoids one copy of the recording per sensor.
    labels_of_sensors: dict[Hashable, list] = {}
    for sensor, label in data.columns.tolist():
        labels_of_sensors.setdefault(sensor, []).append(label)
    return run_sensor_checks(labels_of_sensors, check_labels, "MultiSensorData", raise_exception)


def is_sensor_data(
    data: SensorData,
    check_acc: bool = True,
    check_gyr: bool = True,
    check_mag: bool = False,
    frame: Literal["any", "body", "sensor"] = "any",
) -> _Kind:
    """Tell whether an object is the recording of one sensor (``"single"``) or of several (``"multi"``).

    Parameters are those of :func:`is_single_sensor_data`.

    Raises
    ------
    ValidationError
        If it is neither; the message holds the reasons of both checks.
    """
    options: dict[str, Any] = {"check_acc": check_acc, "check_gyr": check_gyr, "check_mag": check_mag, "frame": frame}
    return single_or_multi(
        lambda: is_single_sensor_data(data, **options, raise_exception=True),
        lambda: is_multi_sensor_data(data, **options, raise_exception=True),
        "single- or multi-sensor data",
    )


def to_dict_multi_sensor_data(sensordata: MultiSensorData) -> dict[Hashable, SingleSensorData]:
    """Turn multi-sensor data into a dict of frames, one per sensor; a dict is returned as it is."""
    is_multi_sensor_data(sensordata, check_acc=False, check_gyr=False, check_mag=False, raise_exception=True)
    if isinstance(sensordata, dict):
        return sensordata
    return {name: sensordata[name] for name in get_multi_sensor_names(sensordata)}


def get_multi_sensor_names(dataset: MultiSensorData) -> pd.Index | KeysView:
    """Names of the sensors in their order (of a two-level frame, or of a dict)."""
    if isinstance(dataset, pd.DataFrame):
        return dataset.columns.get_level_values(0).unique()
    return dataset.keys()


# ---------------------------------------------------------------------------------------------------------------------
# Stride lists
# ---------------------------------------------------------------------------------------------------------------------
def is_single_sensor_stride_list(
    stride_list: SingleSensorStrideList,
    stride_type: Literal["any", "min_vel", "segmented", "ic"] = "any",
    check_additional_cols: bool | tuple[str, ...] = True,
    raise_exception: bool = False,
) -> bool:
    """Check that an object is the stride list of one sensor.

    Parameters
    ----------
    stride_list
        Object to check.
    stride_type
        What the strides start and end with; decides which event columns are needed.
    check_additional_cols
        True: all events of the type must be there. False: only those without which the type makes no sense. A tuple of
        names: exactly these in addition.
    raise_exception
        Raise a ``ValidationError`` with the reason instead of returning False.

    Returns
    -------
    bool
        Whether the object is valid.
    """
    check_choice("stride_type", stride_type, _STRIDE_TYPES)

    def check() -> None:
        assert_is_frame_with_levels(stride_list, 1)
        strides = set_correct_index(stride_list, SL_INDEX)
        if isinstance(check_additional_cols, tuple | list):
            additional = list(check_additional_cols)
        else:
            additional = SL_ADDITIONAL_COLS.get(stride_type, []) if check_additional_cols else []
        minimal = SL_MINIMAL_COLS.get(stride_type, [])
        assert_has_columns(strides, [*SL_COLS, *minimal, *(c for c in additional if c not in minimal)])
        if minimal and len(strides) > 0:
            differs = ~(strides["start"].to_numpy(dtype=float) == strides[minimal[0]].to_numpy(dtype=float))
            if differs.any():
                raise ValidationError(
                    f"For a stride list of the type {stride_type!r} the start column is expected to be identical to "
                    f"the column {minimal[0]!r}. They differ in {differs.sum()} of {len(strides)} strides, first in "
                    f"the stride {strides.index[differs][0]!r}."
                )
        assert_unique_ids(strides.index)

    return run_check(check, "The passed object does not seem to be a SingleSensorStrideList.", raise_exception)


def is_multi_sensor_stride_list(
    stride_list: MultiSensorStrideList,
    stride_type: Literal["any", "min_vel", "segmented", "ic"] = "any",
    check_additional_cols: bool | tuple[str, ...] = True,
    raise_exception: bool = False,
) -> bool:
    """Check that an object is a dict of stride lists; parameters as in :func:`is_single_sensor_stride_list`."""
    return is_multi_sensor_dict(
        stride_list,
        lambda part: is_single_sensor_stride_list(part, stride_type, check_additional_cols, raise_exception=True),
        "MultiSensorStrideList",
        raise_exception,
    )


def is_stride_list(
    stride_list: StrideList,
    stride_type: Literal["any", "min_vel", "segmented", "ic"] = "any",
    check_additional_cols: bool | tuple[str, ...] = True,
) -> _Kind:
    """Tell whether an object is a single- or a multi-sensor stride list, or raise a ``ValidationError``."""
    return single_or_multi(
        lambda: is_single_sensor_stride_list(stride_list, stride_type, check_additional_cols, raise_exception=True),
        lambda: is_multi_sensor_stride_list(stride_list, stride_type, check_additional_cols, raise_exception=True),
        "a single- or a multi-sensor stride list",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Regions of interest
# ---------------------------------------------------------------------------------------------------------------------
def get_single_sensor_regions_of_interest_types(roi_list: SingleSensorRegionsOfInterestList) -> Literal["roi", "gs"]:
    """Tell by its id whether a list holds regions of interest (``"roi"``) or gait sequences (``"gs"``)."""
    return type_by_id(roi_list, ROI_ID_COLS)  # type: ignore[return-value]


def is_single_sensor_regions_of_interest_list(
    roi_list: SingleSensorRegionsOfInterestList,
    region_type: Literal["any", "roi", "gs"] = "any",
    raise_exception: bool = False,
) -> bool:
    """Check that an object is the list of regions of interest (or of gait sequences) of one sensor.

    Parameters
    ----------
    roi_list
        Object to check.
    region_type
        Kind of region that its id must belong to.
    raise_exception
        Raise a ``ValidationError`` with the reason instead of returning False.
    """
    check_choice("region_type", region_type, _REGION_TYPES)

    def check() -> None:
        assert_is_frame_with_levels(roi_list, 1)
        found = get_single_sensor_regions_of_interest_types(roi_list)
        if region_type not in ("any", found):
            raise ValidationError(f"A list of the region type {region_type!r} is expected. Found the type {found!r}.")
        regions = set_correct_index(roi_list, [ROI_ID_COLS[found]])
        assert_has_columns(regions, SL_COLS)
        assert_unique_ids(regions.index)

    return run_check(
        check, "The passed object does not seem to be a SingleSensorRegionsOfInterestList.", raise_exception
    )


def is_multi_sensor_regions_of_interest_list(
    roi_list: MultiSensorRegionsOfInterestList,
    region_type: Literal["any", "roi", "gs"] = "any",
    raise_exception: bool = False,
) -> bool:
    """Check that an object is a dict of region lists."""
    return is_multi_sensor_dict(
        roi_list,
        lambda part: is_single_sensor_regions_of_interest_list(part, region_type, raise_exception=True),
        "MultiSensorRegionsOfInterestList",
        raise_exception,
    )


def is_regions_of_interest_list(
    roi_list: RegionsOfInterestList, region_type: Literal["any", "roi", "gs"] = "any"
) -> _Kind:
    """Tell whether an object is a single- or a multi-sensor list of regions, or raise a ``ValidationError``."""
    return single_or_multi(
        lambda: is_single_sensor_regions_of_interest_list(roi_list, region_type, raise_exception=True),
        lambda: is_multi_sensor_regions_of_interest_list(roi_list, region_type, raise_exception=True),
        "a single- or a multi-sensor regions of interest list",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Positions, velocities, orientations
# ---------------------------------------------------------------------------------------------------------------------
_TrajectoryType = Literal["stride", "roi", "gs", "any_roi"] | None


def get_single_sensor_trajectory_list_types(traj_list: pd.DataFrame) -> Literal["roi", "gs", "stride"]:
    """Tell by its id whether a trajectory list belongs to strides, regions of interest or gait sequences."""
    return type_by_id(traj_list, TRAJ_TYPE_COLS)  # type: ignore[return-value]


def is_single_sensor_position_list(
    position_list: SingleSensorPositionList,
    position_list_type: _TrajectoryType = None,
    raise_exception: bool = False,
) -> bool:
    """Check that an object is a position list: ``sample``, ``pos_x``, ``pos_y``, ``pos_z`` and the id of its type."""
    return _is_single_trajectory(position_list, GF_POS, position_list_type, "position", raise_exception)


def is_multi_sensor_position_list(
    position_list: MultiSensorPositionList,
    position_list_type: _TrajectoryType = None,
    raise_exception: bool = False,
) -> bool:
    """Check that an object is a dict of position lists."""
    return _is_multi_trajectory(position_list, GF_POS, position_list_type, "position", raise_exception)


def is_position_list(position_list: PositionList, position_list_type: _TrajectoryType = None) -> _Kind:
    """Tell whether an object is a single- or a multi-sensor position list, or raise a ``ValidationError``."""
    return _is_trajectory(position_list, GF_POS, position_list_type, "position")


def is_single_sensor_velocity_list(
    velocity_list: SingleSensorVelocityList,
    velocity_list_type: _TrajectoryType = None,
    raise_exception: bool = False,
) -> bool:
    """Check that an object is a velocity list: ``sample``, ``vel_x``, ``vel_y``, ``vel_z`` and the id of its type."""
    return _is_single_trajectory(velocity_list, GF_VEL, velocity_list_type, "velocity", raise_exception)


def is_multi_sensor_velocity_list(
    velocity_list: MultiSensorVelocityList,
    velocity_list_type: _TrajectoryType = None,
    raise_exception: bool = False,
) -> bool:
    """Check that an object is a dict of velocity lists."""
    return _is_multi_trajectory(velocity_list, GF_VEL, velocity_list_type, "velocity", raise_exception)


def is_velocity_list(velocity_list: VelocityList, velocity_list_type: _TrajectoryType = None) -> _Kind:
    """Tell whether an object is a single- or a multi-sensor velocity list, or raise a ``ValidationError``."""
    return _is_trajectory(velocity_list, GF_VEL, velocity_list_type, "velocity")


def is_single_sensor_orientation_list(
    orientation_list: SingleSensorOrientationList,
    orientation_list_type: _TrajectoryType = None,
    raise_exception: bool = False,
) -> bool:
    """Check that an object is an orientation list: ``sample``, ``q_x``, ``q_y``, ``q_z``, ``q_w`` and its id."""
    return _is_single_trajectory(orientation_list, GF_ORI, orientation_list_type, "orientation", raise_exception)


def is_multi_sensor_orientation_list(
    orientation_list: MultiSensorOrientationList,
    orientation_list_type: _TrajectoryType = None,
    raise_exception: bool = False,
) -> bool:
    """Check that an object is a dict of orientation lists."""
    return _is_multi_trajectory(orientation_list, GF_ORI, orientation_list_type, "orientation", raise_exception)


def is_orientation_list(orientation_list: OrientationList, orientation_list_type: _TrajectoryType = None) -> _Kind:
    """Tell whether an object is a single- or a multi-sensor orientation list, or raise a ``ValidationError``."""
    return _is_trajectory(orientation_list, GF_ORI, orientation_list_type, "orientation")


def _is_single_trajectory(
    traj_list: Any, columns: list[str], list_type: _TrajectoryType, quantity: str, raise_exception: bool
) -> bool:
    if list_type is not None:
        check_choice(f"{quantity}_list_type", list_type, _TRAJECTORY_TYPES)

    def check() -> None:
        assert_is_frame_with_levels(traj_list, 1)
        assert_has_id(traj_list, ["sample"])
        if list_type == "any_roi":
            assert_has_id(traj_list, list(ROI_ID_COLS.values()))
        elif list_type is not None:
            assert_has_id(traj_list, [TRAJ_TYPE_COLS[list_type]])
        assert_has_columns(traj_list, columns)

    name = f"SingleSensor{quantity.capitalize()}List"
    return run_check(check, f"The passed object does not seem to be a {name}.", raise_exception)


def _is_multi_trajectory(
    traj_list: Any, columns: list[str], list_type: _TrajectoryType, quantity: str, raise_exception: bool
) -> bool:
    return is_multi_sensor_dict(
        traj_list,
        lambda part: _is_single_trajectory(part, columns, list_type, quantity, raise_exception=True),
        f"MultiSensor{quantity.capitalize()}List",
        raise_exception,
    )


def _is_trajectory(traj_list: Any, columns: list[str], list_type: _TrajectoryType, quantity: str) -> _Kind:
    return single_or_multi(
        lambda: _is_single_trajectory(traj_list, columns, list_type, quantity, raise_exception=True),
        lambda: _is_multi_trajectory(traj_list, columns, list_type, quantity, raise_exception=True),
        f"a single- or a multi-sensor {quantity} list",
    )


# ---------------------------------------------------------------------------------------------------------------------
# Index handling
# ---------------------------------------------------------------------------------------------------------------------
def set_correct_index(df: pd.DataFrame, index_cols: Sequence[str], drop_false_index_cols: bool = True) -> pd.DataFrame:
    """Return the frame with exactly ``index_cols`` as index levels, in this order.

    Parameters
    ----------
    df
        Frame that has the names as index levels or as columns.
    index_cols
        Names of the wanted index levels.
    drop_false_index_cols
        Drop other index levels (True), or turn them into columns (False).

    Returns
    -------
    DataFrame
        The same object if its index already is right, else a new one.

    Raises
    ------
    ValidationError
        If a name is missing, or is both an index level and a column.
    """
    index_cols = list(index_cols)
    present = list(df.index.names)
    if present == index_cols:
        return df
    missing = [name for name in index_cols if name not in present and name not in df.columns]
    if missing:
        raise ValidationError(
            f"The frame is expected to have {index_cols} as index levels or as columns. Missing are {missing}; found "
            f"the index levels {present} and the columns {list(df.columns)}."
        )
    twice = [name for name in index_cols if name in present and name in df.columns]
    if twice:
        raise ValidationError(f"{twice} exist both as index level and as column. Remove or rename one of the two.")
    unwanted = [level for level, name in enumerate(present) if name not in index_cols]
    if unwanted:
        df = df.reset_index(level=unwanted, drop=drop_false_index_cols)
    kept = [name for name in present if name in index_cols]
    if kept:
        df = df.reset_index(level=kept)
    return df.set_index(index_cols)
