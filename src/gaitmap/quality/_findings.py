"""What measures of signal quality mean, in sentences for those who use the results."""

from collections.abc import Mapping, Sequence
from typing import Any

from gaitmap.utils.consts import GRAV

#: A channel that repeats one value for this long has stopped measuring.
STUCK_S = 1.0
# Deviation of the acceleration norm at rest from gravity that is worth a remark, in m/s^2.
_REST_ACC_TOLERANCE = 0.5
_UNITS = {"acc": "m/s^2", "gyr": "deg/s"}
# Of sensors on feet: accelerometers up to 200 g, gyroscopes up to 4000 deg/s.
_LARGEST = {"acc": 200 * GRAV, "gyr": 5000.0}


def describe_quality(result: Mapping[str, Any]) -> list[str]:
    """Describe everything that deserves attention in the measures of a sensor; empty for a sound signal."""
    if result["n_samples"] == 0:
        return ["The signal is empty."]
    if result["acc_max"] is None and result["gyr_max"] is None:
        return [f"The sensor recorded nothing: all {result['n_samples']} samples are missing."]
    # What a sensor shows that does not measure says nothing about its calibration.
    is_dead = result["stuck_at_end_s"] > 0.5 * result["duration_s"]
    return [
        *_about_gaps(result),
        *_about_range(result),
        *_about_stuck_channels(result),
        *([] if is_dead else _about_rest(result)),
    ]


def _about_gaps(result: Mapping[str, Any]) -> list[str]:
    findings = []
    if result["empty_channels"]:
        channels = _listed(result["empty_channels"])
        findings.append(f"{channels} {'holds' if len(result['empty_channels']) == 1 else 'hold'} no values at all.")
    if result["missing_samples"]:
        samples, are = ("sample", "is") if result["missing_samples"] == 1 else ("samples", "are")
        gaps = "1 gap" if result["n_gaps"] == 1 else f"{result['n_gaps']} gaps"
        findings.append(
            f"{result['missing_samples']} {samples} ({result['missing_share']:.2%}) {are} missing, in {gaps}; the "
            f"longest lasts {_seconds(result['longest_gap_s'])}, beginning {_seconds(result['longest_gap_start_s'])} "
            "after the start."
        )
    at_end = result["missing_at_end_s"]
    if STUCK_S <= at_end < result["duration_s"]:
        findings.append(
            f"Nothing was recorded in the last {_seconds(at_end)}, from {_seconds(result['duration_s'] - at_end)} "
            "after the start on: the sensor stopped, or was switched off."
        )
    return findings


def _about_range(result: Mapping[str, Any]) -> list[str]:
    findings = []
    for channel, number in result["clipped_samples"].items():
        reached = " and ".join(f"{edge:.6g}" for edge in result["clipping_limits"][channel] if edge is not None)
        findings.append(
            f"{channel} is clipped in {number} samples (at {reached} {_UNITS[channel[:3]]}): the measuring range of "
            "the sensor was too small, and foot paths through these samples are off."
        )
    for kind, name in (("acc", "acceleration"), ("gyr", "angular rate")):
        largest = result[f"{kind}_max"]
        if largest is not None and largest > _LARGEST[kind]:
            findings.append(
                f"The {name} reaches {largest:.3g} {_UNITS[kind]}, more than sensors on a foot measure: these are "
                "errors of the recording, and strides with them cannot be trusted."
            )
    return findings


def _about_stuck_channels(result: Mapping[str, Any]) -> list[str]:
    at_end, duration = result["stuck_at_end_s"], result["duration_s"]
    findings = []
    if at_end >= duration:
        findings.append("All channels repeat one value throughout: the sensor did not measure.")
    elif at_end > 0:
        findings.append(
            f"All channels repeat one value in the last {_seconds(at_end)}, from {_seconds(duration - at_end)} after "
            "the start on: the sensor stopped measuring."
        )
    by_time: dict[str, list[str]] = {}
    for channel, seconds in result["stuck_channels"].items():
        if at_end == 0 or seconds > at_end + STUCK_S:
            by_time.setdefault(_seconds(seconds), []).append(channel)
    return findings + [
        f"{names[0]} repeats one value for up to {seconds}: it has stopped measuring."
        if len(names) == 1
        else f"{_listed(names)} repeat one value for up to {seconds}: they have stopped measuring."
        for seconds, names in by_time.items()
    ]


def _about_rest(result: Mapping[str, Any]) -> list[str]:
    findings = []
    norm = result["acc_norm_at_rest"]
    if norm is not None and abs(norm - GRAV) > _REST_ACC_TOLERANCE:
        findings.append(
            f"The acceleration at rest is {norm:.2f} m/s^2 instead of {GRAV}: the sensor needs a calibration."
        )
    offset = result["gyr_offset_at_rest"]
    if offset is not None and any(value is not None and abs(value) > 3 for value in offset):
        worst = max((value for value in offset if value is not None), key=abs)
        findings.append(f"The angular rate at rest is off by {worst:.1f} deg/s: the sensor needs a calibration.")
    return findings


def _listed(names: Sequence[str]) -> str:
    return " and ".join(([", ".join(names[:-1])] if len(names) > 1 else []) + [names[-1]])


def _seconds(value: float) -> str:
    return f"{value:.3g} s" if value < 1000 else f"{value:.0f} s"
