"""Building blocks of the data type checks: each asserts one rule and says what was found."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any, Literal

import numpy as np
import pandas as pd

from gaitmap.utils.consts import BF_ACC, BF_GYR, BF_MAG, SF_ACC, SF_GYR, SF_MAG
from gaitmap.utils.exceptions import ValidationError


def check_choice(name: str, value: Any, allowed: Iterable[str]) -> None:
    if value not in allowed:
        raise ValueError(f"The argument '{name}' must be one of {list(allowed)}. Got {value!r} instead.")


def run_check(check: Callable[[], None], message: str, raise_exception: bool) -> bool:
    try:
        check()
    except ValidationError as error:
        if raise_exception:
            raise ValidationError(f"{message}\nThe validation failed with the following error:\n\n{error}") from error
        return False
    return True


def run_sensor_checks(
    parts: dict[Hashable, Any], check: Callable[[Any], Any], type_name: str, raise_exception: bool
) -> bool:
    for sensor, part in parts.items():
        try:
            check(part)
        except ValidationError as error:
            if raise_exception:
                raise ValidationError(
                    f"The passed object appears to be {type_name}, but the validation failed "
                    f'for the sensor with the name "{sensor}":\n\n{error}'
                ) from error
            return False
    return True


def is_multi_sensor_dict(obj: Any, check: Callable[[Any], Any], type_name: str, raise_exception: bool) -> bool:
    def check_container() -> None:
        assert_is_instance(obj, (dict,))
        assert_has_sensors(obj)

    if not run_check(check_container, f"The passed object does not seem to be a {type_name}.", raise_exception):
        return False
    return run_sensor_checks(obj, check, f"a {type_name}", raise_exception)


def single_or_multi(
    check_single: Callable[[], Any], check_multi: Callable[[], Any], expected: str
) -> Literal["single", "multi"]:
    try:
        check_single()
    except ValidationError as error:
        # The text alone: the error itself would, through its traceback, keep the caller's data alive in a cycle.
        single_error = str(error)
    else:
        return "single"
    try:
        check_multi()
    except ValidationError as multi_error:
        raise ValidationError(
            f"The passed object appears to be neither {expected}. "
            "Below you can find the errors raised for both checks:\n\n"
            f"Single-Sensor\n=============\n{single_error}\n\n"
            f"Multi-Sensor\n============\n{multi_error}"
        ) from multi_error
    return "multi"


def assert_is_instance(obj: Any, classes: tuple[type, ...]) -> None:
    if not isinstance(obj, classes):
        raise ValidationError(f"The object is expected to be one of {classes}. Got a {type(obj)} instead.")


def assert_is_frame_with_levels(obj: Any, n_levels: int) -> None:
    assert_is_instance(obj, (pd.DataFrame,))
    if obj.columns.nlevels != n_levels:
        expected = (
            "a single level of columns, no MultiIndex"
            if n_levels == 1
            else f"a MultiIndex with {n_levels} column levels"
        )
        raise ValidationError(f"The frame is expected to have {expected}. Found {obj.columns.nlevels} column level(s).")


def assert_has_sensors(obj: Any) -> None:
    if len(obj.columns if isinstance(obj, pd.DataFrame) else obj) == 0:
        raise ValidationError("The object does not contain any data/contains no sensors.")


def assert_has_one_frame(
    columns: Iterable, check_acc: bool, check_gyr: bool, check_mag: bool, frame: Literal["any", "body", "sensor"]
) -> None:
    wanted: dict[str, list[str]] = {"sensor": [], "body": []}
    for wanted_by_check, sensor_cols, body_cols in (
        (check_acc, SF_ACC, BF_ACC),
        (check_gyr, SF_GYR, BF_GYR),
        (check_mag, SF_MAG, BF_MAG),
    ):
        if wanted_by_check:
            wanted["sensor"] += sensor_cols
            wanted["body"] += body_cols
    allowed = ["sensor", "body"] if frame == "any" else [frame]
    present = set(columns)
    if any(present.issuperset(wanted[name]) for name in allowed):
        return
    other = {"sensor": "body", "body": "sensor"}
    hint = ""
    if frame != "any" and present.issuperset(wanted[other[frame]]):
        convert = "convert_to_fbf" if frame == "body" else "convert_fbf_to_fsf"
        hint = (
            f" The data look like {other[frame]} frame data, {frame} frame is expected: "
            f"see gaitmap.utils.coordinate_conversion.{convert}."
        )
    expected = " or ".join(str(wanted[name]) for name in allowed)
    missing = " or ".join(str([c for c in wanted[name] if c not in present]) for name in allowed)
    raise ValidationError(
        f"The data are expected to have the columns {expected}. Missing are {missing}. "
        f"Found the columns {list(columns)}.{hint}"
    )


def assert_has_columns(df: pd.DataFrame, columns: list[str]) -> None:
    missing = [c for c in columns if c not in df.columns]
    if missing:
        raise ValidationError(
            f"The frame is expected to have the columns {columns}. Missing are {missing}. "
            f"Found the columns {list(df.columns)}."
        )


def assert_has_id(df: pd.DataFrame, any_of: list[str]) -> None:
    present = [*df.index.names, *df.columns]
    if not any(name in present for name in any_of):
        raise ValidationError(
            f"The frame is expected to have one of {any_of} as index level or as column. "
            f"Found the index levels {list(df.index.names)} and the columns {list(df.columns)}."
        )


def assert_unique_ids(index: pd.Index) -> None:
    has_missing = bool(np.any(pd.isna(index)))
    if not index.is_unique or has_missing:
        offenders = index[index.duplicated(keep=False) | pd.isna(index)].unique().tolist()
        raise ValidationError(f"The ids in {list(index.names)} are expected to be unique. Found repeated: {offenders}.")


def type_by_id(df: pd.DataFrame, id_columns: dict[str, str]) -> str:
    type_of_id = {column: name for name, column in id_columns.items()}
    for name in [*df.index.names, *df.columns]:
        if isinstance(name, str) and name in type_of_id:
            return type_of_id[name]
    raise ValidationError(
        f"The frame is expected to have one of {list(type_of_id)} as index level or as column. "
        f"Found the index levels {list(df.index.names)} and the columns {list(df.columns)}."
    )
