"""Signs in the results that a recording is not what the pipeline was told."""

import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.preprocessing.sensor_alignment import AutoAlignment
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning

# Above this angle between the z axis of a resting sensor and the vertical, the shortest rotation that levels the sensor
# no longer tells where the toes are. A sensor on the instep is tilted by 20 to 40 deg.
_MAX_TILT_DEG = 60.0
# Strides are not found any more if the axes are turned by much less; swapped names of the feet make up to 40 deg.
_MAX_TURN_DEG = 50.0
# The longest strides of healthy walking are about 2 m.
_MAX_STRIDE_LENGTH_M = 2.5
# Below this rate the windows of the event detection hold fewer than five samples.
_MIN_RATE_HZ = 50.0


def rate_finding(sampling_rate_hz: float) -> list[str]:
    """Tell of a sampling rate that is too low for exact events."""
    if sampling_rate_hz >= _MIN_RATE_HZ:
        return []
    return [
        f"The sampling rate of {sampling_rate_hz:g} Hz is low: events and foot paths are coarse. At least "
        f"{_MIN_RATE_HZ:g} Hz are needed, 100 to 400 Hz recommended."
    ]


def tilt_finding(to_level: Rotation) -> list[str]:
    """Tell of a sensor that is not mounted as expected, by the rotation that levelled it."""
    tilt_deg = float(np.rad2deg(np.arccos(np.clip(to_level.as_matrix()[2, 2], -1, 1))))
    if tilt_deg <= _MAX_TILT_DEG:
        return []
    return [
        f"At rest the z axis of the sensor points {tilt_deg:.0f} deg away from up. Expected x to the toes, y to the "
        "left, z up: the strides and parameters of this foot cannot be trusted. Try --align auto "
        "(AutoAlignment), or turn the axes of the recording first."
    ]


def no_strides_finding(foot: str, count_as_foot: Callable[[str], int]) -> str:
    """Say why a foot may have no strides; ``count_as_foot`` looks for strides as if it were another foot."""
    other = {"left": "right", "right": "left"}[foot]
    n_strides = count_as_foot(other)
    if n_strides == 0:
        return "No strides were found: the recording holds no gait, or gait of another kind."
    return (
        f"No strides were found, but {n_strides} if the sensor is taken as the one of the {other} foot: left and right "
        "are probably swapped, or the sensor is mounted the wrong way round."
    )


def mounting_finding(find_mounting: Callable[[], tuple[Rotation, float]]) -> list[str]:
    """Tell of a foot that walks, but with other axes than those of the foot; for feet without strides.

    ``find_mounting`` gives rotation and confidence that ``AutoAlignment`` finds.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UncertainAlignmentWarning)
            rotation, confidence = find_mounting()
    except DataQualityError:
        return []
    angle_deg = float(np.rad2deg(rotation.magnitude()))
    if angle_deg <= _MAX_TURN_DEG or confidence < AutoAlignment.MIN_CONFIDENCE:
        return []
    return [
        "No strides were found, but the foot walks, with axes that are turned by "
        f"{angle_deg:.0f} deg against x to the toes, y to the left, z up: the sensor may be mounted differently. "
        "Try --align auto (AutoAlignment)."
    ]


def length_finding(parameters: pd.DataFrame, sampling_rate_hz: float) -> list[str]:
    """Tell of strides that are too long for walking."""
    median = parameters["stride_length"].median() if "stride_length" in parameters else np.nan
    if not median > _MAX_STRIDE_LENGTH_M:
        return []
    return [
        f"The median stride length is {median:.2f} m, too long for walking: check the sampling rate "
        f"({sampling_rate_hz:g} Hz was used) and the units."
    ]
