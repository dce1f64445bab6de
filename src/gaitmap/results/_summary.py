"""The summary of a recording: parameters per foot, quality, and what was left out."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.base._terms import parameter_term
from gaitmap.results._plain import to_plain
from gaitmap.results._tables import STRIDE_DTYPES, USE_DTYPES

#: Version of the layout of summary.json and provenance.json.
SCHEMA_VERSION = 1
_FEET = ("left", "right")


def build_summary(
    strides: pd.DataFrame,
    *,
    recording: str,
    sampling_rate_hz: float,
    duration_s: float,
    start_time: pd.Timestamp | None = None,
    quality: Mapping[str, Any] | None = None,
    left_out: Mapping[str, Mapping[str, int]] | None = None,
    warnings: Sequence[str] = (),
    walking: Mapping[str, Any] | None = None,
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
        Result of :func:`assess_quality`, taken over as it is.
    left_out
        ``{"left" | "right": {reason: number}}`` of candidates that have no row in ``strides``; the strides there that
        are not used are added by themselves.
    warnings
        Sentences for the reader.
    walking
        What is known of bouts, turns, days and of the comparison of the feet; taken over as it is.

    Returns
    -------
    dict
        Plain numbers, texts, lists and dicts (None where a number does not exist):

        ``schema, recording, sampling_rate_hz, duration_s, start_time``
            What was analysed.
        ``strides``
            ``{"left" | "right" | "both": {"found", "used", "not_used"}}``.
        ``parameters``
            ``{parameter: {"unit", "left" | "right" | "both": {"count", "mean", "sd", "median", "cv_percent"}}}``, of
            the strides that are used and in which the parameter could be computed.
        ``left_out``
            ``{"left" | "right": {reason: number}}``.
        ``quality, warnings, walking``
            As given.

    Notes
    -----
    SD with ``n - 1``; CV is 100 SD / mean and does not exist for angles whose zero is a convention. Mean and median
    over both feet are those of all strides. SD over both feet combines the variances of the feet,
    ``sqrt((SD_left^2 + SD_right^2) / 2)``: pooling the values would count a difference between the feet as variability
    (Galna, Lord, Rochester 2013, Gait Posture 37:580-585, doi:10.1016/j.gaitpost.2012.09.025).
    """
    fixed = {*STRIDE_DTYPES, *USE_DTYPES, "start_time"}
    names = [name for name in strides.columns if name not in fixed]
    used = strides["used"]
    of_foot = {foot: strides["foot"] == foot for foot in _FEET}
    parameters = {}
    for name in names:
        values = strides[name]
        entry: dict[str, Any] = {foot: _describe(values[used & rows], name) for foot, rows in of_foot.items()}
        entry["both"] = _describe_both(values[used], name, [entry[foot]["sd"] for foot in _FEET])
        parameters[name] = {"unit": parameter_term(name).unit, **entry}
    counts = {foot: _count(used[rows]) for foot, rows in of_foot.items()}
    return to_plain(
        {
            "schema": SCHEMA_VERSION,
            "recording": recording,
            "sampling_rate_hz": sampling_rate_hz,
            "duration_s": duration_s,
            "start_time": start_time,
            "strides": {**counts, "both": _count(used)},
            "parameters": parameters,
            "left_out": _count_left_out(strides, left_out or {}),
            "quality": quality or {},
            "warnings": list(warnings),
            "walking": walking or {},
        }
    )


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


def _describe(values: pd.Series, name: str) -> dict[str, float]:
    values = values.dropna()
    mean, sd = values.mean(), values.std()
    return {"count": len(values), "mean": mean, "sd": sd, "median": values.median(), "cv_percent": _cv(name, mean, sd)}


def _describe_both(values: pd.Series, name: str, sds: Sequence[float]) -> dict[str, float]:
    both = _describe(values, name)
    known = np.array([sd for sd in sds if not np.isnan(sd)])
    both["sd"] = float(np.sqrt(np.mean(known**2))) if len(known) else np.nan
    both["cv_percent"] = _cv(name, both["mean"], both["sd"])
    return both


def _cv(name: str, mean: float, sd: float) -> float:
    return 100 * sd / mean if parameter_term(name).has_natural_zero and mean > 0 else np.nan


def _count(used: pd.Series) -> dict[str, int]:
    n_used = int(used.sum())
    return {"found": len(used), "used": n_used, "not_used": len(used) - n_used}


def _count_left_out(strides: pd.DataFrame, others: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    counts: dict[str, dict[str, int]] = {foot: dict(others.get(foot, {})) for foot in _FEET}
    not_used = strides.loc[~strides["used"], ["foot", "reason"]]
    for foot in _FEET:
        for reason, number in not_used.loc[not_used["foot"] == foot, "reason"].value_counts().items():
            counts[foot][str(reason)] = counts[foot].get(str(reason), 0) + int(number)
    return counts
