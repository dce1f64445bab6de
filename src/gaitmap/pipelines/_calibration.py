"""What a segmentation measures in the whole recording before it looks for strides."""

from collections.abc import Hashable, Iterable
from typing import Any

from gaitmap.base import BaseGaitDetection, BaseStrideSegmentation, BlockSource
from gaitmap.pipelines.blocks._region_strides import can_carry
from gaitmap.stride_segmentation import BaseDtw
from gaitmap.stride_segmentation._level import at_level, measure_levels, needs_level
from gaitmap.utils.exceptions import DataQualityError


def needs_calibration(segmentation: BaseStrideSegmentation, gait_detection: BaseGaitDetection | None) -> bool:
    """Whether templates scale by the level of movement of the whole recording (with gait detection: of each region)."""
    if gait_detection is not None or not isinstance(segmentation, BaseDtw):
        return False
    return getattr(segmentation, "level", None) is None and any(map(needs_level, _templates(segmentation)))


def needs_gait_sequences(segmentation: BaseStrideSegmentation, sampling_rate_hz: float, sensor: Hashable) -> bool:
    """Whether a segmentation, even when it is calibrated, cannot follow a long recording without gait sequences."""
    return not (needs_calibration(segmentation, None) or can_carry(segmentation, sampling_rate_hz, [sensor]))


def calibrate_segmentation(
    segmentation: BaseStrideSegmentation,
    gait_detection: BaseGaitDetection | None,
    blocks: BlockSource,
    sampling_rate_hz: float,
    sensors: Iterable[Hashable],
) -> BaseStrideSegmentation:
    """Measure what a segmentation needs to know of the whole recording; return a copy that knows it.

    Parameters
    ----------
    segmentation, gait_detection
        The steps of the pipeline. Without a need, the segmentation is returned as it is, and no block is read.
    blocks
        Body-frame data: called with ``columns``, returns an iterator over blocks ``{sensor: data}``.
    sampling_rate_hz
        Sampling rate in Hz.
    sensors
        Names of the sensors.
    """
    if not needs_calibration(segmentation, gait_detection):
        return segmentation
    levels = measure_levels(segmentation.template, blocks, sampling_rate_hz)  # type: ignore[attr-defined]
    return with_levels(segmentation, {sensor: levels.get(sensor, 0.0) for sensor in sensors})


def check_calibration(before: BaseStrideSegmentation, after: BaseStrideSegmentation) -> None:
    """Refuse levels of movement that were measured where nothing moved: no stride would ever be found with them.

    Parameters
    ----------
    before, after
        The segmentation before and after :func:`calibrate_segmentation`.
    """
    if before is after:
        return
    fixed: dict[Hashable, Any] = after.template  # type: ignore[attr-defined]
    given: Any = before.template  # type: ignore[attr-defined]
    still = [
        sensor
        for sensor, template in fixed.items()
        if needs_level(given[sensor] if isinstance(given, dict) else given)
        and template.scaling.level <= template.scaling.min_level
    ]
    if still:
        raise DataQualityError(
            f"Calibration of {type(before).__name__}: the template scales the data by their level of movement, and the "
            f"calibration recording of {', '.join(map(repr, still))} holds none. Expected some strides of both feet. "
            "Calibrate with a recording of walking, or use a template of fixed scale, such as BarthOriginalTemplate()."
        )


def with_levels(segmentation: BaseStrideSegmentation, levels: dict[Hashable, float]) -> BaseStrideSegmentation:
    """Copy a segmentation with templates that scale by given levels of movement."""
    given: Any = segmentation.template  # type: ignore[attr-defined]
    templates = given if isinstance(given, dict) else dict.fromkeys(levels, given)
    fixed = {s: at_level(one, levels[s]) if needs_level(one) else one for s, one in templates.items()}
    return segmentation.clone().set_params(template=fixed)


def _templates(segmentation: Any) -> list[Any]:
    given = segmentation.template
    return list(given.values()) if isinstance(given, dict) else [given]
