"""What the report of a cohort says: texts, tables and figures for the template."""

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.base import parameter_term
from gaitmap.report._figures import Figure, axis_layout, base_layout, rounded
from gaitmap.report._text import DASH, duration, number
from gaitmap.utils._text_out import to_html

# The first four of these that there are make the columns of the tables and the panels of the figure.
_OUTCOMES = (
    "gait_velocity",
    "stride_length",
    "stride_time",
    "double_support_percent",
    "cadence",
    "stance_time_percent",
)
_N_OUTCOMES = 4
# A column of the manifest with that many different values at most makes groups.
_MAX_GROUPS = 12
_MAX_GROUPINGS = 8
# A box says more than its points from here on.
_MIN_BOX = 5
_MAX_METADATA_COLUMNS = 8
_MAX_NAMED = 12
_POINT, _BOX, _BOX_FILL = "#0072B2", "#2b4c66", "rgba(43, 76, 102, 0.10)"
_ALL = "All recordings"
# The feet of a recording in which nothing is missing.
_BOTH = "left and right"


def build_cohort_content(
    recordings: pd.DataFrame, summary: pd.DataFrame, provenance: Mapping[str, Any], title: str
) -> dict[str, Any]:
    """Collect the texts and figures of the report.

    Parameters
    ----------
    recordings
        The table of recordings of a cohort.
    summary
        Its summary. The rows of both feet count; where no recording has both feet, those of the one foot.
    provenance
        Its provenance.
    title
        Name of the cohort.

    Returns
    -------
    dict
        The names that the template uses.
    """
    metadata = recordings.columns.to_list()[1 : recordings.columns.get_loc("status")]
    finished = recordings[recordings["status"] == "finished"]
    both = _values_per_recording(finished, summary)
    outcomes = [name for name in _OUTCOMES if f"{name}_mean" in both and both[f"{name}_mean"].notna().any()]
    outcomes = outcomes[:_N_OUTCOMES]
    groupings = _find_groupings(finished, metadata) if outcomes else {}
    return {
        "kind": "Cohort report",
        "title": title,
        "facts": _facts(recordings, finished, provenance),
        "cards": _cards(recordings, finished, both, outcomes),
        "attention": _attention(recordings, finished),
        "groupings": [
            {"name": name, "heads": _heads(outcomes), "rows": _group_rows(groups, both, outcomes)}
            for name, groups in groupings.items()
        ],
        "heads": [
            *(_label(name) for name in metadata[:_MAX_METADATA_COLUMNS]),
            "Duration",
            "Strides",
            *_heads(outcomes),
        ],
        "n_metadata": min(len(metadata), _MAX_METADATA_COLUMNS),
        "rows": _recording_rows(finished, both, metadata[:_MAX_METADATA_COLUMNS], outcomes),
        "failed": [
            (row["recording"], row["reason"], f"{row['folder']}/failure.log" if row["status"] == "failed" else "")
            for row in recordings[recordings["status"] != "finished"].to_dict("records")
        ],
        "findings": _count_sentences(finished, "findings"),
        "warnings": _count_sentences(finished, "warnings"),
        "settings": [
            ("Alignment of the sensors", provenance.get("alignment") or DASH),
            ("Stride template", provenance.get("template") or DASH),
        ],
        "parameters": json.dumps(provenance.get("parameters"), indent=2, ensure_ascii=False),
        "versions": [
            ("gaitmap", provenance.get("gaitmap_version", "")),
            *(provenance.get("dependencies") or {}).items(),
        ],
        "steps": [],
        "payload": {"figures": [_figure(groups, both, outcomes) for groups in groupings.values()]},
    }


def _values_per_recording(finished: pd.DataFrame, summary: pd.DataFrame) -> pd.DataFrame:
    """One row of the summary per recording: both feet, or if no recording has both, the foot that there is."""
    if not len(summary):
        return pd.DataFrame().reindex(finished["recording"])
    rows = summary[summary["foot"] == "both"].set_index("recording").reindex(finished["recording"])
    if (finished["feet"] == _BOTH).any():
        return rows
    keys = pd.MultiIndex.from_arrays([finished["recording"], finished["feet"]])
    return summary.set_index(["recording", "foot"]).reindex(keys).droplevel(1)


def _facts(recordings: pd.DataFrame, finished: pd.DataFrame, provenance: Mapping[str, Any]) -> list[tuple[str, str]]:
    facts = [("Recordings", str(len(recordings))), ("Recorded", duration(float(finished["duration_s"].sum())))]
    times = finished["start_time"].dropna()
    if len(times):
        facts.append(("From", f"{times.min():%d %B %Y}"))
        facts.append(("To", f"{times.max():%d %B %Y}"))
    facts.append(("Merged", f"{pd.Timestamp(provenance['created']):%d %B %Y}" if "created" in provenance else DASH))
    return facts


def _cards(
    recordings: pd.DataFrame, finished: pd.DataFrame, both: pd.DataFrame, outcomes: Sequence[str]
) -> list[dict[str, str]]:
    n_strides = int(finished[["n_strides_left", "n_strides_right"]].sum().sum())
    cards = [
        {"label": "Analysed", "value": str(len(finished)), "unit": f"of {len(recordings)} recordings", "spread": ""},
        {"label": "Strides", "value": f"{n_strides:,}".replace(",", "\u202f"), "unit": "analysed", "spread": ""},
    ]
    for name in outcomes[:2]:
        term = parameter_term(name)
        values = both[f"{name}_mean"].dropna()
        spread = number(float(values.std()), 2) if len(values) > 1 else ""
        cards.append(
            {"label": term.label, "value": number(float(values.mean()), 2), "unit": term.unit, "spread": spread}
        )
    return cards


def _attention(recordings: pd.DataFrame, finished: pd.DataFrame) -> list[str]:
    texts = []
    for status, what in (("failed", "could not be analysed"), ("missing", "have no results yet")):
        count = int((recordings["status"] == status).sum())
        if count:
            texts.append(f'{count} of {len(recordings)} recordings {what}: see "Not analysed, and why".')
    strideless = finished[(finished["n_strides_left"] + finished["n_strides_right"]) == 0]
    if len(strideless):
        texts.append(f"No strides were found in {_name_some(strideless['recording'].to_list())}.")
    one_foot = finished[finished["feet"].isin(["left", "right"])]
    if len(one_foot) and len(one_foot) < len(finished):
        texts.append(
            f"Only one foot has strides in {_name_some(one_foot['recording'].to_list())}: "
            + (
                "they do not enter the means over both feet."
                if (finished["feet"] == _BOTH).any()
                else "their values are those of that foot."
            )
        )
    for column, what in (
        ("parameters_sha256", "with different parameters"),
        ("gaitmap_version", "by different versions"),
    ):
        if len(finished[column].unique()) > 1:
            texts.append(f"The recordings were analysed {what}: their results cannot be compared.")
    return texts


def _find_groupings(finished: pd.DataFrame, metadata: Sequence[str]) -> dict[str, dict[str, list[str]]]:
    """``{column: {value: recordings}}``, few groups first; at the end, all recordings as one group."""
    groupings = {}
    for column in metadata:
        values = finished[column]
        if 2 <= values.nunique() <= _MAX_GROUPS and values.nunique() < values.notna().sum():
            groups = finished.groupby(column, observed=True)["recording"].agg(list)
            missing = finished.loc[values.isna(), "recording"].to_list()
            groupings[_label(column)] = {_text(value): names for value, names in groups.items()} | (
                {"not given": missing} if missing else {}
            )
    groupings = dict(sorted(groupings.items(), key=lambda item: len(item[1]))[:_MAX_GROUPINGS])
    return {**groupings, _ALL: {_ALL: finished["recording"].to_list()}}


def _heads(outcomes: Sequence[str]) -> list[str]:
    terms = [parameter_term(name) for name in outcomes]
    return [f"{term.label} ({term.unit})" if term.unit else term.label for term in terms]


def _group_rows(groups: Mapping[str, list[str]], both: pd.DataFrame, outcomes: Sequence[str]) -> list[list[str]]:
    rows = []
    for label, names in groups.items():
        values = both.loc[names]
        cells = [_mean_and_sd(values[f"{name}_mean"].mean(), values[f"{name}_mean"].std(), name) for name in outcomes]
        rows.append([label, str(len(names)), *cells])
    return rows


def _recording_rows(
    finished: pd.DataFrame, both: pd.DataFrame, metadata: Sequence[str], outcomes: Sequence[str]
) -> list[dict[str, Any]]:
    rows = []
    for row, (_, values) in zip(finished.to_dict("records"), both.iterrows(), strict=True):
        n_strides = int(row["n_strides_left"] + row["n_strides_right"])
        cells = [(_text(row[name]), _sort_key(row[name])) for name in metadata]
        cells += [(duration(row["duration_s"]), row["duration_s"]), (str(n_strides), n_strides)]
        for name in outcomes:
            mean = values[f"{name}_mean"]
            cells.append((_mean_and_sd(mean, values[f"{name}_sd"], name), None if pd.isna(mean) else float(mean)))
        rows.append(
            {
                "name": row["recording"],
                "link": f"{row['folder']}/report.html",
                "cells": cells,
                "n_findings": len(row["findings"]) + len(row["warnings"]),
            }
        )
    return rows


def _mean_and_sd(mean: float, sd: float, name: str) -> str:
    decimals = parameter_term(name).decimals
    if pd.isna(mean):
        return DASH
    return number(float(mean), decimals) + (f" \u00b1 {number(float(sd), decimals)}" if pd.notna(sd) else "")


def _count_sentences(finished: pd.DataFrame, column: str) -> list[dict[str, Any]]:
    """Count in how many recordings a sentence is found, whatever its numbers are; the most frequent first."""
    where: dict[str, list[tuple[str, str]]] = {}
    for name, folder, texts in zip(finished["recording"], finished["folder"], finished[column], strict=True):
        for kind in dict.fromkeys(_kind_of(text) for text in texts):
            where.setdefault(kind, []).append((name, f"{folder}/report.html"))
    ordered = sorted(where.items(), key=lambda item: -len(item[1]))
    return [
        {"kind": kind, "count": len(places), "places": places[:_MAX_NAMED], "n_more": max(0, len(places) - _MAX_NAMED)}
        for kind, places in ordered
    ]


def _kind_of(text: str) -> str:
    """Cut a sentence to what it has in common with others of its kind: no sensor, no numbers, no explanation."""
    text = re.sub(r"^\w*sensor: ", "", text)
    text = re.sub(r"\b(acc|gyr)_[xyz]\b", "a channel", text)
    text = re.sub(r"(?<![\w^])[+-]?(\d[\d.,]*\d|\d)", "\u2026", text)
    text = re.sub(r" \([^()]*\)", "", text)
    text = re.sub(r", in \u2026 gaps?\b", "", text)
    text = re.split(r"[.:;](?=\s|$)", text, maxsplit=1)[0]
    return text[:1].upper() + text[1:]


def _name_some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_MAX_NAMED])
    return shown if len(names) <= _MAX_NAMED else f"{shown} and {len(names) - _MAX_NAMED} more"


def _label(column: str) -> str:
    return column.removeprefix("meta_")


def _text(value: Any) -> str:
    if pd.isna(value):
        return DASH
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def _sort_key(value: Any) -> Any:
    if pd.isna(value):
        return None
    return float(value) if isinstance(value, int | float | np.number) else str(value)


def _figure(groups: Mapping[str, list[str]], both: pd.DataFrame, outcomes: Sequence[str]) -> Figure:
    """Draw the means of the recordings per group, one panel per parameter."""
    n_columns = 2 if len(outcomes) > 1 else 1
    n_rows = -(-len(outcomes) // n_columns)
    layout = base_layout(300 * n_rows + 20) | {"showlegend": False}
    labels = [_plotly_text(label) for label in groups]
    traces: list[Figure] = []
    for i, name in enumerate(outcomes):
        row, column = divmod(i, n_columns)
        suffix = "" if i == 0 else str(i + 1)
        top, left = 1 - row / n_rows, column / n_columns
        term = parameter_term(name)
        layout[f"xaxis{suffix}"] = axis_layout("") | {
            "type": "category",
            "categoryarray": labels,
            "domain": [left + (0.06 if column else 0), left + 1 / n_columns - (0.02 if column == 0 else 0)],
            "anchor": f"y{suffix}",
            "fixedrange": True,
        }
        layout[f"yaxis{suffix}"] = axis_layout(f"{term.label} ({term.unit})" if term.unit else term.label) | {
            "domain": [top - 1 / n_rows + (0.14 if row < n_rows - 1 else 0), top],
            "anchor": f"x{suffix}",
            "zeroline": False,
        }
        for label, names in zip(labels, groups.values(), strict=True):
            values = both.loc[names, f"{name}_mean"]
            values = values[values.notna()]
            traces.append(_box(label, values, f"x{suffix}", f"y{suffix}", term.unit))
    return {"data": traces, "layout": layout}


def _box(label: str, values: pd.Series, xaxis: str, yaxis: str, unit: str) -> Figure:
    has_box = len(values) >= _MIN_BOX
    return {
        "type": "box",
        "name": label,
        "x": [label] * len(values),
        "y": rounded(values.to_numpy(dtype=float), 5),
        "text": [_plotly_text(name) for name in values.index],
        "xaxis": xaxis,
        "yaxis": yaxis,
        "boxpoints": "all",
        "pointpos": 0,
        "jitter": 0.5,
        "width": 0.4,
        "line": {"width": 1.2 if has_box else 0, "color": _BOX},
        "fillcolor": _BOX_FILL if has_box else "rgba(0,0,0,0)",
        "marker": {"size": 6, "color": _POINT, "opacity": 0.75},
        "hoveron": "points",
        "hovertemplate": f"%{{text}}<br>%{{y:.3f}} {unit}<extra></extra>",
    }


def _plotly_text(text: str) -> str:
    """Text as it is: plotly takes tags for formats."""
    return to_html(text)
