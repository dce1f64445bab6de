"""What the report says in words and tables: plain texts and lists for the template."""

import json
from collections.abc import Mapping
from typing import Any

import pandas as pd

from gaitmap.base import PARAMETER_TERMS, parameter_term
from gaitmap.report._text import DASH, duration, number
from gaitmap.report._walking import build_walking, is_further_parameter
from gaitmap.results import Results, describe_findings, sensor_label

_FEET = ("left", "right")
_STATUS_LABELS = {
    "analysed": "Analysed",
    "no_rest": "Without a moment of rest",
    "gap": "In a gap of the data",
    "implausible": "Not plausible as walking",
    "not_gait": "No gait",
    "failed": "Failed",
}
_CARDS = ("gait_velocity", "stride_length", "stride_time")


def build_content(results: Results) -> dict[str, Any]:
    """Collect the texts of the report.

    Parameters
    ----------
    results
        Tables, summary and provenance of one recording.

    Returns
    -------
    dict
        The names that the template uses.
    """
    summary, provenance = results.summary, results.provenance
    feet = _feet(summary)
    walking = build_walking(results)
    rows = _parameter_rows(summary, feet)
    by_name = {row["name"]: row for row in rows}
    walking["groups"] = [(title, [by_name[n] for n in names if n in by_name]) for title, names in walking["groups"]]
    return {
        "kind": "Gait report",
        "title": summary.get("recording") or "recording",
        "facts": _facts(summary, provenance),
        "feet": feet,
        "cards": _cards(summary, feet),
        "rows": [row for row in rows if not is_further_parameter(row["name"])],
        "walking": walking,
        "not_computed": _not_computed(summary),
        "attention": _attention(summary),
        "quality": _quality_rows(summary),
        "findings": describe_findings(summary.get("quality", {})),
        "notes": provenance.get("input", {}).get("notes") or [],
        "left_out": _left_out(summary),
        "statuses": _status_rows(summary, feet),
        "remarked": _remarked_strides(results.strides),  # type: ignore[arg-type]
        "settings": _settings(provenance),
        "parameters": json.dumps(provenance.get("parameters"), indent=2, ensure_ascii=False),
        "steps": [(name, f"{seconds:.2f} s") for name, seconds in (provenance.get("wall_time_s") or {}).items()],
        "versions": [
            ("gaitmap", provenance.get("gaitmap_version", "")),
            *(provenance.get("dependencies") or {}).items(),
        ],
    }


def _feet(summary: Mapping[str, Any]) -> list[str]:
    """Feet with strides or with a sensor, left first."""
    counts, quality = summary.get("strides", {}), summary.get("quality", {})
    return [
        foot
        for foot in _FEET
        if counts.get(foot, {}).get("n_found") or any(foot in str(sensor).lower() for sensor in quality)
    ] or list(_FEET)


def _facts(summary: Mapping[str, Any], provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    source = provenance.get("input", {})
    facts = [("Duration", duration(summary.get("duration_s")))]
    if summary.get("start_time"):
        start = pd.Timestamp(summary["start_time"])
        zone = source.get("time_zone")
        facts.insert(0, ("Recorded", f"{start:%d %B %Y, %H:%M:%S} ({zone or start.tz})"))
    rate = summary.get("sampling_rate_hz")
    facts.append(("Sampling rate", f"{rate:g} Hz" if rate else DASH))
    facts += [("File", source["file"])] if source.get("file") else []
    facts.append(("Analysed", f"{pd.Timestamp(provenance['created']):%d %B %Y}" if "created" in provenance else DASH))
    return facts


def _cards(summary: Mapping[str, Any], feet: list[str]) -> list[dict[str, Any]]:
    counts = summary.get("strides", {})
    cards = [
        {
            "label": "Strides",
            "value": str(counts.get("both", {}).get("n_analysed", 0)),
            "unit": f"of {counts.get('both', {}).get('n_found', 0)} found",
            "spread": "",
            "feet": [(foot, str(counts.get(foot, {}).get("n_analysed", 0))) for foot in feet],
        }
    ]
    for name in _CARDS:
        entry = summary.get("parameters", {}).get(name)
        if entry is None or not entry["both"]["n"]:
            continue
        term = parameter_term(name)
        cards.append(
            {
                "label": term.label,
                "value": number(entry["both"]["mean"], 2),
                "unit": term.unit,
                "spread": number(entry["both"]["sd"], 2),
                "feet": [(foot, number(entry[foot]["mean"], 2)) for foot in feet],
            }
        )
    return cards


def _parameter_rows(summary: Mapping[str, Any], feet: list[str]) -> list[dict[str, Any]]:
    rows = []
    for name, entry in summary.get("parameters", {}).items():
        if not entry["both"]["n"]:
            continue
        term = parameter_term(name)
        cells = []
        for foot in [*feet, "both"] if len(feet) > 1 else feet:
            values = entry[foot]
            cells.append(
                {
                    "mean": number(values["mean"], term.decimals),
                    "sd": number(values["sd"], term.decimals),
                    "median": number(values["median"], term.decimals),
                    "cv": number(values["cv"], 1),
                    "count": values["n"],
                }
            )
        rows.append({"name": name, "label": term.label, "unit": term.unit, "meaning": term.meaning, "cells": cells})
    return rows


def _not_computed(summary: Mapping[str, Any]) -> list[str]:
    parameters = summary.get("parameters", {})
    return [
        term.label for name, term in PARAMETER_TERMS.items() if not parameters.get(name, {}).get("both", {}).get("n")
    ]


def _attention(summary: Mapping[str, Any]) -> list[str]:
    texts = [str(warning) for warning in summary.get("warnings", [])]
    texts += describe_findings(summary.get("quality", {}))
    counts = summary.get("strides", {})
    if not counts.get("both", {}).get("n_found"):
        texts.insert(0, "No strides were found in this recording.")
    return texts


def _quality_rows(summary: Mapping[str, Any]) -> dict[str, Any]:
    """One column per sensor, one row per measure."""
    entries = {
        sensor: entry
        for sensor, entry in summary.get("quality", {}).items()
        if isinstance(entry, Mapping) and "n_samples" in entry
    }

    def per_sensor(label: str, show: Any) -> tuple[str, list[str]]:
        return label, [show(entry) for entry in entries.values()]

    def share(value: float | None) -> str:
        return DASH if value is None else f"{100 * value:.3g} %"

    rows = [
        per_sensor("Length", lambda q: f"{duration(q['duration_s'])} ({q['n_samples']} samples)"),
        per_sensor("Missing samples", lambda q: f"{q['missing_samples']} ({share(q['missing_share'])})"),
        per_sensor("Longest gap", lambda q: f"{q['longest_gap_s']:.3g} s" if q["n_gaps"] else "none"),
        per_sensor("Clipped samples", lambda q: _per_channel(q["clipped_samples"], "")),
        per_sensor("Stuck channels", lambda q: _per_channel(q["stuck_channels"], " s")),
        per_sensor("Share at rest", lambda q: share(q["rest_share"])),
        per_sensor("Acceleration at rest", lambda q: number(q["acc_norm_at_rest"], 2) + " m/s\u00b2"),
        per_sensor(
            "Angular rate at rest (x, y, z)",
            lambda q: ", ".join(number(v, 2) for v in q["gyr_offset_at_rest"] or [None]) + " deg/s",
        ),
        per_sensor("Alignment", lambda q: _alignment(q.get("alignment"))),
        per_sensor("Largest values", lambda q: f"{number(q['acc_max'], 0)} m/s\u00b2, {number(q['gyr_max'], 0)} deg/s"),
    ]
    return {"sensors": [sensor_label(sensor) for sensor in entries], "rows": rows if entries else []}


def _alignment(entry: Mapping[str, Any] | None) -> str:
    if not entry:
        return "none"
    confidence = entry.get("confidence")
    return entry["method"] if confidence is None else f"{entry['method']}, confidence {confidence:.2f} of 1"


def _per_channel(values: Mapping[str, float], unit: str) -> str:
    return ", ".join(f"{channel}: {value:.4g}{unit}" for channel, value in values.items()) or "none"


def _left_out(summary: Mapping[str, Any]) -> list[tuple[str, str, int]]:
    return [
        (f"{foot.capitalize()} foot", reason, count)
        for foot in _FEET
        for reason, count in summary.get("left_out", {}).get(foot, {}).items()
    ]


def _status_rows(summary: Mapping[str, Any], feet: list[str]) -> list[tuple[str, list[int]]]:
    """Count what became of the strides that were found: one row per status, one column per foot."""
    counts = summary.get("strides", {})
    rows = [("Found", [counts.get(foot, {}).get("n_found", 0) for foot in feet])]
    for status, label in _STATUS_LABELS.items():
        numbers = [counts.get(foot, {}).get("by_status", {}).get(status, 0) for foot in feet]
        if status == "analysed" or any(numbers):
            rows.append((label, numbers))
    rows.insert(2, ("... of these in walking bouts", [counts.get(foot, {}).get("n_in_bouts", 0) for foot in feet]))
    return rows


def _remarked_strides(strides: pd.DataFrame, limit: int = 50) -> dict[str, Any]:
    """List the strides with a remark: not analysed, or with something missing in them."""
    remarked = strides[strides["reason"] != ""]
    shown = remarked.head(limit)
    rows = [
        (foot, s_id, f"{start:.2f} {DASH} {end:.2f} s", _STATUS_LABELS[status].lower(), reason)
        for foot, s_id, start, end, status, reason in zip(
            *(shown[name] for name in ("foot", "s_id", "start_s", "end_s", "status", "reason")), strict=True
        )
    ]
    return {"rows": rows, "n_more": len(remarked) - len(shown)}


def _settings(provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    source = provenance.get("input", {})
    system = provenance.get("platform", {})
    units = source.get("units") or {}
    settings = [
        ("Alignment of the sensors", provenance.get("alignment") or "none"),
        ("Stride template", provenance.get("template") or DASH),
        ("Units in the file", ", ".join(str(unit) for unit in units.values()) or DASH),
        ("SHA-256 of the file", source.get("sha256") or DASH),
        ("Python", f"{system.get('python', DASH)} on {system.get('system', DASH)} {system.get('machine', '')}"),
    ]
    return [*settings, *(("Warning", str(warning)) for warning in provenance.get("warnings") or [])]
