"""Recordings that come in blocks: reading them, and leaving out single sensors whose data do not allow a step."""

from collections.abc import Collection, Hashable, Iterator, Mapping
from typing import Any

import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.base import BlockSource
from gaitmap.utils.datatype_helper import (
    RegionsOfInterestList,
    SensorData,
    SingleSensorRegionsOfInterestList,
    get_multi_sensor_names,
    is_regions_of_interest_list,
    is_sensor_data,
)
from gaitmap.utils.exceptions import DataQualityError, ValidationError
from gaitmap.utils.rotations import rotate_dataset

#: The data of each sensor; the name of a single one without a name is None.
Block = dict[Hashable | None, pd.DataFrame]


def one_block(data: SensorData) -> BlockSource:
    """Make a block source of a recording that is all there."""
    return lambda columns: iter((data,))


def read_blocks(blocks: BlockSource, columns: Collection[str], stage: str) -> Iterator[Block]:
    """Read the given columns of a recording block by block, and check that all blocks hold the same sensors."""
    sensors: list[Hashable | None] | None = None
    for data in blocks(columns):
        is_single = isinstance(data, pd.DataFrame) and data.columns.nlevels == 1
        names: list[Hashable | None] = [None] if is_single else list(get_multi_sensor_names(data))
        if sensors is not None and names != sensors:
            raise ValidationError(
                f"{stage}: the blocks of a recording must hold the same sensors in the same order. Found {names} after "
                f"{sensors}."
            )
        sensors = names
        block: Block = {name: data if name is None else data[name] for name in names}  # type: ignore[index]
        for name, frame in block.items():
            if missing := [column for column in columns if column not in frame.columns]:
                raise ValidationError(
                    f"{stage}: columns are missing. Found no {', '.join(missing)}"
                    f"{'' if name is None else f' for the sensor {name!r}'}."
                )
        yield block
    if sensors is None:
        raise DataQualityError(f"{stage}: the recording is empty. Found no block of data.")


def read_sensor_frame_blocks(blocks: BlockSource, columns: Collection[str], stage: str) -> Iterator[Block]:
    """Read blocks as :func:`read_blocks`, and check that each is valid data in the sensor frame."""

    def checked(needed: Collection[str] | None) -> Iterator[SensorData]:
        for data in blocks(needed):
            is_sensor_data(data, frame="sensor")
            yield data

    return read_blocks(checked, columns, stage)


def check_gait_sequences(gait_sequences: RegionsOfInterestList | None, kind: str, stage: str) -> None:
    """Check that gait sequences (if there are any) are for one sensor, or for many, like the data."""
    if gait_sequences is not None and is_regions_of_interest_list(gait_sequences) != kind:
        raise ValidationError(
            f"{stage}: data and gait sequences do not belong together. Expected a frame of gait sequences for the data "
            "of one sensor, or a dict of frames for the data of several."
        )


def of_sensor(gait_sequences: RegionsOfInterestList, sensor: Hashable | None) -> SingleSensorRegionsOfInterestList:
    """Return the gait sequences of one sensor."""
    return gait_sequences if sensor is None else gait_sequences[sensor]  # type: ignore[call-overload, index, return-value]


def rotate_each(data: SensorData, rotation: Rotation | Mapping[Hashable, Rotation]) -> SensorData:
    """Rotate the data of each sensor; those of several sensors become a dict."""
    if isinstance(rotation, Rotation):
        return rotate_dataset(data, rotation)
    return {sensor: rotate_dataset(data[sensor], each) for sensor, each in rotation.items()}  # type: ignore[index]


def keep_usable(
    outcomes: Mapping[Hashable | None, Mapping[str, Any] | DataQualityError], stage: str
) -> tuple[dict[str, Any], dict[Hashable, str]]:
    """Lay out the results of the sensors whose data allow the step.

    Parameters
    ----------
    outcomes
        For each sensor ``{result: value}``, or the reason why there is none.
    stage
        Name of the step, for error messages.

    Returns
    -------
    results, problems
        ``{result: {sensor: value}}`` (``{result: value}`` for a single sensor), and ``{sensor: reason}``.

    Raises
    ------
    DataQualityError
        If no sensor is left.
    """
    usable = {sensor: outcome for sensor, outcome in outcomes.items() if not isinstance(outcome, DataQualityError)}
    if not usable:
        raise_first_problem(outcomes, stage)
    problems = {sensor: str(outcome) for sensor, outcome in outcomes.items() if sensor not in usable}
    if None in usable:
        return dict(usable[None]), problems
    names = list(dict.fromkeys(name for results in usable.values() for name in results))
    return {name: {sensor: results[name] for sensor, results in usable.items()} for name in names}, problems


def raise_first_problem(outcomes: Mapping[Hashable | None, Mapping[str, Any] | DataQualityError], stage: str) -> None:
    """Raise the reason why the data of a sensor do not allow the step, if there is such a sensor."""
    for sensor, outcome in outcomes.items():
        if isinstance(outcome, DataQualityError):
            if sensor is not None:
                outcome.add_note(f"{stage}: this happened for the sensor {sensor!r}.")
            raise outcome
