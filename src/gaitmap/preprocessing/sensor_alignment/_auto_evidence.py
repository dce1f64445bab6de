"""How sure the automatic alignment is, and the words for it."""

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np

Evidence = dict[str, Any]

#: Below this, an alignment is uncertain.
MIN_CONFIDENCE = 0.5

# (value with confidence 1, value with confidence 0); in between it falls linearly.
_STRIDES = (6.0, 0.0)
_SPREAD_DEG = (5.0, 25.0)
_TO_MID_STANCE_DEG = (8.0, 28.0)
_AXIS_RATIO = (3.0, 1.0)
_TRAVEL_DEG = (15.0, 45.0)
_HEADING_SPREAD_DEG = (8.0, 24.0)
_SHARE = (0.8, 0.5)
_OTHERWISE_SHARE = (0.05, 0.3)
# Both feet go the same way: what is more different than this is no matter of gait.
_MIN_LENGTH_RATIO = 0.75
_MAX_TRAVEL_DIFFERENCE_DEG = 30.0
# While the heel is lifted, the left foot turns towards negative x and the right one towards positive x.
_MIN_SWAPPED_DEG = 5.0
_INCONSISTENT = 0.4

_REMEDY = "Check the alignment in the report, or align this sensor by hand."


def _grade(value: float, best_and_worst: tuple[float, float]) -> float:
    best, worst = best_and_worst
    return float(np.clip((value - worst) / (best - worst), 0.0, 1.0))


def confidence_parts(evidence: Evidence) -> dict[str, float]:
    """Grade each decision from 0 to 1."""
    forward = evidence["forward_share"]
    return {
        "strides": _grade(evidence["n_straight_strides"], _STRIDES),
        "gravity": min(
            _grade(evidence["gravity_spread_deg"], _SPREAD_DEG),
            _grade(evidence["gravity_to_mid_stance_deg"], _TO_MID_STANCE_DEG),
        ),
        "main_axis": min(
            _grade(evidence["main_axis_ratio"], _AXIS_RATIO), _grade(abs(evidence["travel_angle_deg"]), _TRAVEL_DEG)
        ),
        "heading": _grade(evidence["heading_spread_deg"], _HEADING_SPREAD_DEG),
        "same_mounting": min(
            _grade(evidence["tilted_share"], _OTHERWISE_SHARE), _grade(evidence["turned_share"], _OTHERWISE_SHARE)
        ),
        "forward": min(_grade(forward, _SHARE), _grade(evidence["heel_lift_share"], _SHARE)),
    }


def confidence_of(evidence: Evidence) -> float:
    """Return the smallest part; an alignment is as good as its worst decision."""
    return min(evidence["confidence"].values())


def describe_doubts(evidence: Evidence, toe_out_deg: float) -> list[str]:
    """Add the parts of the confidence to the evidence, and put doubtful ones into words."""
    parts = evidence["confidence"] = confidence_parts(evidence)
    texts = []
    if parts["strides"] < MIN_CONFIDENCE:
        texts.append(
            f"The mounting of the sensor was found from {evidence['n_straight_strides']} straight strides only."
        )
    if parts["gravity"] < MIN_CONFIDENCE:
        texts.append(
            "The direction of gravity is uncertain: it varies by "
            f"{evidence['gravity_spread_deg']:.0f} deg between strides, and differs by "
            f"{evidence['gravity_to_mid_stance_deg']:.0f} deg between standing and walking."
        )
    if parts["same_mounting"] < MIN_CONFIDENCE:
        texts.append(
            f"The sensor is tilted otherwise in {evidence['tilted_share']:.0%} of the strides and turned otherwise in "
            f"{evidence['turned_share']:.0%}: it may have slipped, or the foot hardly rests in mid-stance."
        )
    if parts["main_axis"] < MIN_CONFIDENCE:
        texts.append(
            "The heading of the sensor is uncertain: the foot turns "
            f"{evidence['main_axis_ratio']:.1f} times more about its main axis than across it (in variance; 3 or more "
            "expected), and goes "
            f"{abs(evidence['travel_angle_deg']):.0f} deg away from the direction at right angles to it (less than 15 "
            "expected)."
        )
    if parts["heading"] < MIN_CONFIDENCE:
        texts.append(
            "The heading of the sensor is uncertain: single strides go "
            f"{evidence['heading_spread_deg']:.0f} deg away from the direction of travel (median; less than 8 "
            "expected)."
        )
    if parts["forward"] < MIN_CONFIDENCE:
        texts.append(
            "Front and back of the sensor are uncertain: "
            f"{evidence['forward_share']:.0%} of the strides go forwards, and the heel is lifted in "
            f"{evidence['heel_lift_share']:.0%}. Was there walking backwards?"
        )
    if texts:
        texts.append(_REMEDY)
    if evidence["n_rest_directions"] > 1:
        texts.append(
            f"The sensor rested in {evidence['n_rest_directions']} different orientations (on a table, feet up?); the "
            f"one of {'standing' if evidence['gravity_from'] == 'rest' else 'mid-stance'} in walking was used."
        )
    if evidence["foot"] is None and toe_out_deg != 0:
        texts.append(
            "It is not known whether this is a left or a right foot: the toes were taken to point in the direction of "
            "travel. Name the sensor left or right."
        )
    return texts


def compare_feet(
    evidence: Mapping[Hashable, Evidence], findings: Mapping[Hashable, list[str]]
) -> dict[str, Any] | None:
    """Compare left and right; disagreement lowers the confidence of both and is added to the findings of both."""
    sensors = [sensor for sensor, each in evidence.items() if each["foot"] is not None]
    if sorted(evidence[sensor]["foot"] for sensor in sensors) != ["left", "right"]:
        return None
    left, right = (evidence[s] for s in sorted(sensors, key=lambda sensor: evidence[sensor]["foot"]))
    lengths = sorted([left["stride_length_m"], right["stride_length_m"]])
    ratio = lengths[0] / lengths[1] if lengths[1] > 0 else 1.0
    difference = abs(left["travel_angle_deg"] - right["travel_angle_deg"])
    swapped = left["lateral_turn_deg"] - right["lateral_turn_deg"] > _MIN_SWAPPED_DEG
    texts = []
    if ratio < _MIN_LENGTH_RATIO:
        texts.append(
            f"The feet do not agree: strides of {left['stride_length_m']:.2f} m (left) and "
            f"{right['stride_length_m']:.2f} m (right). One of the sensors may be aligned wrongly, or was loose."
        )
    if difference > _MAX_TRAVEL_DIFFERENCE_DEG:
        texts.append(
            f"The feet do not agree: the headings of their strides differ by {difference:.0f} deg. One of the sensors "
            "may be aligned wrongly."
        )
    is_consistent = not texts
    if swapped:
        texts.append("The feet turn inwards where feet turn outwards: left and right sensor may be swapped.")
    for sensor in sensors:
        findings[sensor].extend(texts)
        evidence[sensor]["confidence"]["feet"] = 1.0 if is_consistent else _INCONSISTENT
    return {
        "stride_length_ratio": ratio,
        "travel_angle_difference_deg": difference,
        "feet_may_be_swapped": bool(swapped),
        "is_consistent": is_consistent,
    }
