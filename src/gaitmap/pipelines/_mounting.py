"""How the sensors sit on the feet: what is taken off their signals, and how these are turned, before anything else."""

from collections.abc import Callable, Collection, Hashable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gaitmap.base import BaseGyroscopeOffset, BaseSensorAlignment, EstimatesFromBlocks
from gaitmap.base._step_results import tables_of
from gaitmap.pipelines._sources import Block, Source
from gaitmap.pipelines._steps import StepRunner, Steps
from gaitmap.pipelines.outcome._findings import tilt_finding
from gaitmap.preprocessing.sensor_alignment import GravityAlignment
from gaitmap.utils.consts import SF_COLS, SF_GYR
from gaitmap.utils.exceptions import BlocksNotPossibleError
from gaitmap.utils.rotations import rotate_dataset

#: Steps that find the mounting, in their order; each sees the signals as those before it leave them.
MOUNTING_STEPS = ("offset", "alignment")


@dataclass
class Mounting:
    """What turns signals as they were recorded into those of an aligned sensor frame (can be pickled).

    Attributes
    ----------
    offset
        ``{sensor: offset}`` of the gyroscope in deg/s that is subtracted, shape (3,).
    rotation
        ``{sensor: rotation}`` from the sensor as it is mounted to the sensor frame.
    aligned
        ``{sensor: signal}`` as an alignment without a rotation gave it, for a recording in memory.
    described
        ``{sensor: {step: description in plain numbers}}``.
    findings
        ``{sensor: sentences}`` about what deserves attention.
    """

    offset: dict[Hashable, NDArray] = field(default_factory=dict)
    rotation: dict[Hashable, Rotation] = field(default_factory=dict)
    aligned: dict[Hashable, pd.DataFrame] = field(default_factory=dict)
    described: dict[Hashable, dict[str, Any]] = field(default_factory=dict)
    findings: dict[Hashable, list[str]] = field(default_factory=dict)

    def apply(self, block: Block) -> dict[Hashable, pd.DataFrame]:
        """Take the offset off a block and turn it; sensors of which nothing is known stay as they are."""
        return {sensor: self._apply_to(sensor, data) for sensor, data in block.items()}

    def _apply_to(self, sensor: Hashable, data: pd.DataFrame) -> pd.DataFrame:
        if sensor in self.aligned:
            return self.aligned[sensor]
        if sensor in self.offset:
            offset = dict(zip(SF_GYR, self.offset[sensor], strict=True))
            data = data.assign(**{axis: data[axis] - offset[axis] for axis in SF_GYR if axis in data})
        return rotate_dataset(data, self.rotation[sensor]) if sensor in self.rotation else data

    def add(self, sensor: Hashable, method: BaseGyroscopeOffset | BaseSensorAlignment) -> None:
        """Take over what a step found out about a sensor."""
        if isinstance(method, BaseGyroscopeOffset):
            self.offset[sensor] = method.offset_[sensor]
            step, (description, findings) = "offset", describe_offset(method, sensor)
        else:
            if (rotation := _of_sensor(method, "rotation_", sensor, None)) is not None:
                self.rotation[sensor] = rotation
            else:
                self.aligned[sensor] = method.aligned_data_[sensor]
            step, (description, findings) = "alignment", describe_alignment(method, sensor)
        self.described.setdefault(sensor, {})[step] = description
        self.findings.setdefault(sensor, []).extend(findings)


def find_mounting(steps: Steps, run: StepRunner, source: Source) -> Mounting:
    """Find offsets and rotations in passes over the recording.

    A foot whose data do not allow it goes on as it is (``run`` keeps the reason): the path of each stride finds its own
    vertical.
    """
    mounting = Mounting()

    def estimate(step: str, sensors: list[Hashable]) -> dict[Hashable, Any]:
        method = steps.new(step)
        blocks = partial(mounted_blocks, source, mounting, only=sensors)
        if isinstance(method, EstimatesFromBlocks):
            method.estimate(blocks, sampling_rate_hz=steps.rate)
        else:
            (whole,) = blocks()
            tables_of(method, method.align(whole, sampling_rate_hz=steps.rate), "aligned_data_", sensors, SF_COLS)
        return dict.fromkeys(sensors, method)

    for step in MOUNTING_STEPS:
        for sensor, method in run(step, partial(estimate, step), source.n_samples).items():
            # Where no sensor allows it, each of them was tried alone, which told its own reason.
            if (reason := _of_sensor(method, "problems_", sensor, None)) is not None:
                run.add_problem(sensor, step, reason)
            else:
                mounting.add(sensor, method)
    return mounting


def mounted_blocks(
    source: Source,
    mounting: Mounting,
    columns: Collection[str] | None = None,
    *,
    only: Collection[Hashable] | None = None,
    then: Callable[[dict], dict] | None = None,
) -> Iterator[dict[Hashable, pd.DataFrame]]:
    """Give the blocks of a recording after offset and alignment, and after what else is to be done to them.

    Parameters
    ----------
    source, mounting
        The recording, and what is known of its sensors.
    columns
        Columns that are needed.
    only
        Sensors that are needed.
    then
        Called with each block.
    """
    # A rotation mixes the channels, and further conversions may need all of them.
    columns = None if mounting.rotation or then is not None else columns
    for block in source.blocks(columns):
        mounted = mounting.apply({sensor: data for sensor, data in block.items() if only is None or sensor in only})
        yield mounted if then is None else then(mounted)


def check_mounting_steps(pipeline: Any) -> None:
    """Refuse an alignment that needs the whole recording, for recordings in blocks.

    Raises
    ------
    BlocksNotPossibleError
        If there is one.
    """
    method = pipeline.alignment
    if method is not None and not isinstance(method, EstimatesFromBlocks):
        raise BlocksNotPossibleError(
            f"The alignment {type(method).__name__} needs the whole signal. GravityAlignment and AutoAlignment do not."
        )


def describe_offset(method: BaseGyroscopeOffset, sensor: Hashable) -> tuple[dict[str, Any], list[str]]:
    """Describe the offset of a gyroscope, and what is to be said of it."""
    description = {
        "method": type(method).__name__,
        "offset_deg_per_s": [float(value) for value in method.offset_[sensor]],
        "source": method.source_[sensor],
    }
    return description, method.findings_.get(sensor, [])


def describe_alignment(alignment: BaseSensorAlignment, sensor: Hashable) -> tuple[dict[str, Any], list[str]]:
    """Describe how a sensor was aligned, and what is to be said of it."""
    rotation = _of_sensor(alignment, "rotation_", sensor, None)
    # Other methods may well turn a sensor by any angle and still know where the toes are.
    by_gravity_alone = isinstance(alignment, GravityAlignment)
    description = {
        "method": type(alignment).__name__,
        "rotation_xyzw": None if rotation is None else rotation.as_quat().tolist(),
        "confidence": _of_sensor(alignment, "confidence_", sensor, None),
        "evidence": _of_sensor(alignment, "evidence_", sensor, None),
    }
    return description, tilt_finding(rotation) if by_gravity_alone else _of_sensor(alignment, "findings_", sensor, [])


def _of_sensor(algorithm: Any, result: str, sensor: Hashable, default: Any) -> Any:
    """Take the result of one sensor; methods of users need not have all that ours have."""
    return getattr(algorithm, result, {}).get(sensor, default)
