"""The summary of a recording: strides and parameters per foot, quality, and what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from gaitmap.base import parameter_term
from gaitmap.results._foot_columns import ANALYSED
from gaitmap.results._plain import to_plain
from gaitmap.results._statistics import FEET, STATISTICS, build_statistics
from gaitmap.results._tables import STATUSES

#: Version of the layout of the results folder.
SCHEMA_VERSION = 2
_OF_EACH = ["n", *STATISTICS[:-2]]


def build_summary(
    strides: pd.DataFrame,
    *,
    recording: str,
    sampling_rate_hz: float,
    duration_s: float,
    start_time: pd.Timestamp | None = None,
    quality: Mapping[str, Any] | None = None,
    warnings: Sequence[str] = (),
    walking: Mapping[str, Any] | None = None,
    statistics: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Summarise the strides of a recording.

    Parameters
    ----------
    strides
        Table of :func:`build_strides`.
    recording
        Name of the recording.
    sampling_rate_hz, duration_s, start_time
        Rate in Hz, length in s, clock time of the first sample.
    quality
        Result of :func:`gaitmap.quality.assess_quality`, taken over as it is.
    warnings
        Sentences for the reader.
    walking
        What is known of bouts, turns, days and of the comparison of the feet; taken over as it is.
    statistics
        Table of :func:`build_statistics`; None makes it from the strides.

    Returns
    -------
    dict
        Plain numbers, texts, lists and dicts (None where a number does not exist):

        ``schema, recording, sampling_rate_hz, duration_s, start_time``
            What was analysed.
        ``strides``
            ``{"left" | "right" | "both": {"n_found", "n_analysed", "n_in_bouts", "by_status": {status: number}}}``,
            counted from ``strides``.
        ``parameters``
            ``{parameter: {"unit", "left" | "right" | "both" | "straight": {"n", "mean", "sd", "cv", "median",
            "robust_cv", "p10", "p90"}}}`` of the analysed strides in which the parameter could be computed; "straight"
            is of both feet without turning strides. The rows of the recording in the table of statistics.
        ``left_out``
            ``{"left" | "right": {reason: number}}`` of the strides that are not analysed.
        ``quality, warnings, walking``
            As given.
    """
    if statistics is None:
        statistics = build_statistics(strides, recording=recording)
    return to_plain(
        {
            "schema": SCHEMA_VERSION,
            "recording": recording,
            "sampling_rate_hz": sampling_rate_hz,
            "duration_s": duration_s,
            "start_time": start_time,
            "strides": count_strides(strides),
            "parameters": _parameters(statistics),
            "left_out": _left_out(strides),
            "quality": quality or {},
            "warnings": list(warnings),
            "walking": walking or {},
        }
    )


def count_strides(strides: pd.DataFrame) -> dict[str, dict[str, Any]]:
    """Count the strides of each foot and of both: found, analysed, in walking bouts, and by status.

    Parameters
    ----------
    strides
        Table of :func:`build_strides`.
    """
    counts = {}
    for foot in FEET:
        own = strides if foot == "both" else strides[strides["foot"] == foot]
        is_analysed = own["status"] == ANALYSED
        of_status = own["status"].value_counts()
        counts[foot] = {
            "n_found": len(own),
            "n_analysed": int(is_analysed.sum()),
            "n_in_bouts": int((is_analysed & own["bout_id"].notna()).sum()),
            "by_status": {status: int(of_status.get(status, 0)) for status in STATUSES},
        }
    return counts


def describe_findings(quality: Mapping[str, Any]) -> list[str]:
    """Tell what deserves attention in the signals, each sentence with its foot.

    Parameters
    ----------
    quality
        ``quality`` of a summary: ``{sensor: {"findings": sentences, ...}}``.

    Returns
    -------
    list of str
        What all of several sensors have in common comes once, at the end.
    """
    findings = {
        sensor: list(entry.get("findings", [])) for sensor, entry in quality.items() if isinstance(entry, Mapping)
    }
    several = list(findings.values())
    common = [text for text in several[0] if all(text in texts for texts in several)] if len(several) > 1 else []
    told = [f"{sensor_label(s)}: {text}" for s, texts in findings.items() for text in texts if text not in common]
    return told + [f"Both feet: {text}" for text in dict.fromkeys(common)]


def sensor_label(sensor: str) -> str:
    """Call a sensor by its foot, where its name tells it."""
    return {"left_sensor": "Left foot", "right_sensor": "Right foot"}.get(sensor, sensor)


def _parameters(statistics: pd.DataFrame) -> dict[str, dict[str, Any]]:
    of_recording = statistics[statistics["unit"] == "recording"]
    is_wanted = (of_recording["strides"] == "all") | (of_recording["foot"] == "both")
    parameters: dict[str, dict[str, Any]] = {}
    for row in of_recording[is_wanted].to_dict("records"):
        entry = parameters.setdefault(row["parameter"], {"unit": parameter_term(row["parameter"]).unit})
        place = row["foot"] if row["strides"] == "all" else "straight"
        entry[place] = {name: row[name] for name in _OF_EACH}
    return parameters


def _left_out(strides: pd.DataFrame) -> dict[str, dict[str, int]]:
    others = strides.loc[strides["status"] != ANALYSED, ["foot", "reason"]]
    return {foot: others.loc[others["foot"] == foot, "reason"].value_counts().to_dict() for foot in FEET[:2]}
