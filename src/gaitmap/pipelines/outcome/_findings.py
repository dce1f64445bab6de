"""Signs in the results that a recording is not what the pipeline was told."""

import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.preprocessing.sensor_alignment import AutoAlignment
from gaitmap.stride_segmentation import BarthDtw, BarthOriginalTemplate, CalibratedBarthDtw
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning

# Above this angle between the z axis of a resting sensor and the vertical, the shortest rotation that levels the sensor
# no longer tells where the toes are. A sensor on the instep is tilted by 20 to 40 deg.
_MAX_TILT_DEG = 60.0
# Strides are not found any more if the axes are turned by much less; swapped names of the feet make up to 40 deg.
_MAX_TURN_DEG = 50.0
# The longest strides of healthy walking are about 2 m.
_MAX_STRIDE_LENGTH_M = 2.5
# Feet are compared if they have that many strides.
_MIN_STRIDES_TO_COMPARE = 6
_MIN_STRIDES_FOR_DIRECTION = 3
# A count by rests that is larger by a fifth is no chance.
_NEARLY_ALL = 0.8
_MOST_STRIDES_OF_ALIGNMENT = 400
# Share of the strides of the other foot from which on a foot has few.
_FEW = 0.5
# Feet that point outwards and swing outwards, as feet do, show the contrary if left and right are swapped.
_MIN_TOE_IN_DEG = 2.0
_MIN_INWARDS_M = 0.01
# The costs of the original template are sums over its samples: `max_cost` is made for the rate of the template, and
# grows with the root of the rate. Strides are lost if it is smaller than this share of what belongs to the rate.
_MIN_SHARE_OF_COST = 0.9
_ORIGINAL_MAX_COST = 4.0
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


def threshold_finding(segmentation: Any, sampling_rate_hz: float) -> list[str]:
    """Tell of a threshold of the original template that is too strict for the sampling rate."""
    if not isinstance(segmentation, BarthDtw) or isinstance(segmentation, CalibratedBarthDtw):
        return []
    template, max_cost = segmentation.template, segmentation.max_cost
    templates = list(template.values()) if isinstance(template, dict) else [template]
    if max_cost is None or not any(isinstance(each, BarthOriginalTemplate) for each in templates):
        return []
    fitting = _ORIGINAL_MAX_COST * float(np.sqrt(sampling_rate_hz / BarthOriginalTemplate.sampling_rate_hz))
    # Who chose a smaller one than the default wants to be strict.
    if not _ORIGINAL_MAX_COST <= max_cost < _MIN_SHARE_OF_COST * fitting:
        return []
    return [
        f"At {sampling_rate_hz:g} Hz many strides may be missed: the costs of the original template grow with the "
        f"sampling rate, and `max_cost` is {max_cost:g}. Take max_cost={fitting:.1f}, or another template (--template "
        "open)."
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


def no_strides_finding(foot: str, count_as_foot: Callable[[str], int], sampling_rate_hz: float) -> str:
    """Say why a foot may have no strides; ``count_as_foot`` looks for strides as if it were another foot."""
    other = {"left": "right", "right": "left"}[foot]
    n_strides = count_as_foot(other)
    if n_strides == 0:
        return (
            "No strides were found: the recording holds no gait, or gait of another kind, or the sampling rate "
            f"({sampling_rate_hz:g} Hz was used) is wrong."
        )
    return (
        f"No strides were found, but {n_strides} if the sensor is taken as the one of the {other} foot: left and right "
        "are probably swapped, or the sensor is mounted the wrong way round."
    )


def witness_finding(n_found: int, alignment: Mapping[str, Any] | None) -> list[str]:
    """Tell of strides that the alignment saw and the segmentation did not.

    The alignment counts movements between moments of rest, and knows nothing of the segmentation: a second witness.
    """
    seen = ((alignment or {}).get("evidence") or {}).get("n_strides", 0)
    # The alignment looks at no more strides than that; of longer recordings it cannot tell the number.
    if not _MIN_STRIDES_TO_COMPARE <= seen < _MOST_STRIDES_OF_ALIGNMENT or n_found >= _NEARLY_ALL * seen:
        return []
    return [
        f"{n_found} strides were found, but {seen} movements from rest to rest were counted when the mounting was "
        "looked for: strides may be missing. Look at the signals in the report, or try another segmentation."
    ]


def few_strides_finding(foot: str, n_strides: Mapping[str, int]) -> list[str]:
    """Tell of a foot that has far fewer strides than the other one (``n_strides`` has both), but some."""
    other = {"left": "right", "right": "left"}[foot]
    here, there = n_strides[foot], n_strides.get(other, 0)
    if here == 0 or there < _MIN_STRIDES_TO_COMPARE or here > _FEW * there:
        return []
    return [
        f"Only {here} {'stride was' if here == 1 else 'strides were'} found, but {there} of the {other} foot: strides "
        "of this foot were missed. Look for gaps, for a sensor that has moved, and whether the axes are right."
    ]


def few_analyzed_finding(n_found: int, reasons: pd.Series) -> list[str]:
    """Tell of a foot of whose strides most are left out; ``reasons`` says why, one for each of them."""
    n_used = n_found - len(reasons)
    if n_found == 0 or n_used >= _FEW * n_found:
        return []
    why = reasons.mode().iloc[0]
    if n_found == 1:
        return [f"The only stride that was found could not be analysed: {why}."]
    n_told = "none" if n_used == 0 else f"only {n_used}"
    return [f"Of {n_found} strides that were found, {n_told} could be analysed; the most frequent reason: {why}."]


def one_foot_finding(feet: list[str]) -> list[str]:
    """Tell that the recording has one foot only."""
    if len(feet) != 1:
        return []
    other = {"left": "right", "right": "left"}[feet[0]]
    return [
        f"There is no sensor of the {other} foot: no steps, double support and symmetry, and nothing over both feet."
    ]


def swapped_feet_finding(parameters: Mapping[Any, pd.DataFrame]) -> list[str]:
    """Tell of feet that point inwards and swing inwards, both of them: as if each were the other one."""
    angles = []
    for table in parameters.values():
        if not {"foot_progression_angle", "circumduction", "medial_excursion"} <= set(table.columns):
            return []
        known = table[["foot_progression_angle", "circumduction", "medial_excursion"]].dropna()
        angle, outwards, inwards = known.median()
        if len(known) < _MIN_STRIDES_TO_COMPARE or angle > -_MIN_TOE_IN_DEG or inwards < outwards + _MIN_INWARDS_M:
            return []
        angles.append(f"{-angle:.0f}")
    if len(angles) < 2:
        return []
    return [
        f"Both feet point inwards (by {' and '.join(angles)} deg) and swing inwards, which is rare: check that left "
        "and right are not swapped."
    ]


def direction_finding(parameters: pd.DataFrame) -> list[str]:
    """Tell of a foot that does not point to where it walks."""
    angles = parameters["foot_progression_angle"].dropna() if "foot_progression_angle" in parameters else []
    if len(angles) < _MIN_STRIDES_FOR_DIRECTION or not abs(angle := angles.median()) > _MAX_TURN_DEG:  # type: ignore[union-attr]
        return []
    return [
        f"The x axis of the sensor points {abs(angle):.0f} deg away from the direction of walking. Expected x to the "
        "toes, y to the left, z up: the strides and parameters of this foot cannot be trusted. Try --align auto "
        "(AutoAlignment), or turn the axes of the recording first."
    ]


def mounting_finding(find_mounting: Callable[[], tuple[Rotation, float]]) -> list[str]:
    """Tell of a foot that walks, but with other axes than those of the foot; for feet without (usable) strides.

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
        f"The foot walks, but with axes that are turned by {angle_deg:.0f} deg against x to the toes, y to the left, z "
        "up, so that there are no usable strides: the sensor may be mounted differently. Try --align auto "
        "(AutoAlignment)."
    ]


def missing_path_finding(parameters: pd.DataFrame) -> list[str]:
    """Tell of strides whose foot path could not be found."""
    n_missing = int(parameters["stride_length"].isna().sum()) if "stride_length" in parameters else 0
    if n_missing == 0:
        return []
    have = "has" if n_missing == 1 else "have"
    return [
        f"Of {len(parameters)} strides, {n_missing} {have} no foot path, and so no length, speed and angles: samples "
        "in or just before them are missing, or cannot be used."
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
