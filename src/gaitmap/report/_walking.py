"""What the report says of the comparison of the feet, of walking bouts, turns and days."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.base import BILATERAL_TERMS, FOOT_TERMS, PARAMETER_TERMS, parameter_term
from gaitmap.report._figures import COLOURS, Figure, axis_layout, base_layout, rounded
from gaitmap.report._text import duration, number
from gaitmap.results import Results

_FEET = ("left", "right")
_GROUPS = (("Steps and support", BILATERAL_TERMS), ("Movement of the foot", FOOT_TERMS))
# Panels of the comparison of the feet; those without values are left out.
_COMPARED = (
    "step_time",
    "single_support",
    "double_support_percent",
    "stride_length",
    "foot_strike_angle",
    "toe_off_angle",
)
_VARYING = ("stride_time", "stance_time", "swing_time", "step_time", "double_support", "stride_length", "gait_velocity")
_SYMMETRY_LABELS = {"step_time": "Step time", "swing_time": "Swing time", "stance_time": "Stance time"}
_MAX_ROWS = 40
_REASONS = {
    "missing_event": "an event of one of the feet is missing (always so at the ends of a walk)",
    "no_double_support": "both feet are off the ground (running)",
    "multiple_events": "more than one contact where one is expected",
    "event_order": "the events are not in the order of walking",
    "clocks_not_aligned": "the clocks of the sensors do not agree",
}


def is_further_parameter(name: str) -> bool:
    """Tell whether a parameter belongs to the sections of this module."""
    return name not in PARAMETER_TERMS and (name in BILATERAL_TERMS or name in FOOT_TERMS or name.endswith("_percent"))


def build_walking(results: Results) -> dict[str, Any]:
    """Collect texts and tables; the values are empty where the steps did not run."""
    walking = results.summary.get("walking") or {}
    tables, counts = results.tables, results.summary.get("strides", {}).get("both", {})
    level_reason = (walking.get("bouts") or {}).get("level_share_reason") or ""
    # Heights that are no measurements are no result either.
    hidden = {"height_change"} if level_reason else set()
    return {
        "both_feet": _both_feet(walking.get("both_feet") or {}, results.summary),
        "groups": [(title, [name for name in terms if name not in hidden]) for title, terms in _GROUPS],
        "bout_cards": _bout_cards(walking.get("bouts") or {}),
        "bouts": _rows(tables.get("bouts"), _bout_row),
        "turns": _rows(tables.get("turns"), _turn_row),
        "days": _rows(tables.get("days"), _day_row) if len(tables.get("days", ())) > 1 else {"rows": [], "n_more": 0},
        "level_reason": level_reason,
        "n_outside": counts.get("n_analysed", 0) - counts.get("n_in_bouts", 0),
        "spread": _spread_rows({k: v for k, v in results.summary.get("parameters", {}).items() if k not in hidden}),
    }


def walking_figures(results: Results) -> dict[str, Figure | None]:
    """Draw left against right, variability, and the bouts."""
    strides: pd.DataFrame = results.strides  # type: ignore[assignment]
    return {
        "feet-plot": _feet_figure(strides[strides["status"] == "analysed"]),
        "variability-plot": _variability_figure(results.summary),
        "bouts-plot": _bouts_figure(results.tables.get("bouts")),
    }


def _both_feet(content: Mapping[str, Any], summary: Mapping[str, Any]) -> dict[str, Any]:
    if not content:
        return {}
    clocks = content.get("clocks", {})
    cadence = summary.get("parameters", {}).get("cadence", {}).get("both", {}).get("mean")
    facts = [
        ("Cadence", number(cadence, 1) + " steps/min"),
        ("Phase coordination index", number(content.get("phase_coordination_index"), 2) + " %"),
        ("Confidence that the clocks agree", number(clocks.get("agreement"), 3)),
    ]
    rows = [
        (
            _SYMMETRY_LABELS.get(name, parameter_term(name).label),
            [
                number(entry["left"], 3),
                number(entry["right"], 3),
                number(entry["asymmetry_abs"], 3),
                number(entry["symmetry_ratio"], 3),
                number(entry["symmetry_index"], 1),
                number(entry["gait_asymmetry"], 1),
            ],
        )
        for name, entry in content.get("symmetry", {}).items()
        if entry["left"] is not None and entry["right"] is not None
    ]
    left_out = [(_REASONS.get(reason, reason), count) for reason, count in content.get("left_out", {}).items()]
    return {"facts": facts, "rows": rows, "refused": content.get("refused") or "", "left_out": left_out}


def _bout_cards(bouts: Mapping[str, Any]) -> list[dict[str, str]]:
    if not bouts:
        return []
    cards = [
        ("Walking bouts", str(bouts["n_bouts"]), ""),
        ("Time in bouts", duration(bouts["duration_s"]), ""),
        ("Distance in strides", number(bouts["distance_m"], 0), "m"),
        ("Gait speed", number(bouts["gait_speed"], 2), "m/s"),
        ("Cadence", number(bouts["cadence"], 0), "steps/min"),
        ("Steps", str(bouts["n_steps"]), ""),
        ("Turns", str(bouts["n_turns"]), ""),
    ]
    if bouts.get("coverage") is not None:
        cards.append(("Bouts in strides", number(100 * bouts["coverage"], 0), "%"))
    if bouts.get("straight_share") is not None:
        cards.append(("Straight strides", number(100 * bouts["straight_share"], 0), "%"))
    if bouts.get("level_share") is not None:
        cards.append(("Level strides", number(100 * bouts["level_share"], 0), "%"))
    return [{"label": label, "value": value, "unit": unit} for label, value, unit in cards]


def _rows(table: pd.DataFrame | None, describe: Any) -> dict[str, Any]:
    """Describe the first rows of a table."""
    if table is None:
        return {"rows": [], "n_more": 0}
    shown = table.head(_MAX_ROWS)
    return {"rows": [describe(row) for _, row in shown.iterrows()], "n_more": len(table) - len(shown)}


def _bout_row(row: pd.Series) -> list[str]:
    return [
        str(row["bout_id"]),
        _clock(row["start_s"]),
        duration(row["duration_s"]),
        str(row["n_strides"]),
        _number(100 * row["coverage"], 0),
        str(row["n_turns"]),
        _number(row["distance_m"], 1),
        _number(row["gait_speed"], 2),
        _number(row["cadence"], 0),
    ]


def _turn_row(row: pd.Series) -> list[str]:
    return [
        str(row["turn_id"]),
        "" if pd.isna(row["bout_id"]) else str(row["bout_id"]),
        _clock(row["start_s"]),
        duration(row["duration_s"]),
        str(row["direction"]),
        _number(abs(row["turn_angle"]), 0),
        _number(row["mean_velocity"], 0),
        _number(row["peak_velocity"], 0),
    ]


def _day_row(row: pd.Series) -> list[str]:
    date = row["date"] if isinstance(row["date"], str) else ""
    return [
        f"{row['day']}" + (f" ({date})" if date else ""),
        _number(row["recorded_h"], 1),
        str(row["n_bouts"]),
        duration(row["duration_s"]),
        str(row["n_steps"]),
        str(row["n_turns"]),
        _number(row["wb_all__duration_s__avg"], 1),
        _number(row["wb_all__walking_speed_mps__p50"], 2),
        _number(row["wb_30__walking_speed_mps__p90"], 2),
    ]


def _spread_rows(statistics: Mapping[str, Any]) -> list[tuple[str, str, list[str]]]:
    rows = []
    for name in (*PARAMETER_TERMS, *BILATERAL_TERMS, *FOOT_TERMS):
        entry = (statistics.get(name) or {}).get("straight")
        if entry is None or not entry["n"]:
            continue
        term = parameter_term(name)
        values = [number(entry[key], term.decimals) for key in ("median", "p10", "p90", "sd")]
        cells = [*values, number(entry["cv"], 1), number(entry["robust_cv"], 1), str(entry["n"])]
        rows.append((term.label, term.unit, cells))
    return rows


def _number(value: float, decimals: int) -> str:
    return number(None if pd.isna(value) else float(value), decimals)


def _clock(seconds: float) -> str:
    hours, rest = divmod(seconds, 3600)
    return f"{int(hours)}:{int(rest // 60):02d}:{rest % 60:04.1f}"


def _feet_figure(strides: pd.DataFrame) -> Figure | None:
    """Draw the distribution of both feet side by side, one panel per parameter."""
    both = [
        name
        for name in _COMPARED
        if name in strides and all(strides.loc[strides["foot"] == foot, name].notna().sum() > 1 for foot in _FEET)
    ]
    if not both or strides["step_time"].isna().all():
        return None
    n_columns = min(2, len(both))
    n_rows = -(-len(both) // n_columns)
    layout = base_layout(190 * n_rows + 30) | {"showlegend": False, "margin": {"l": 64, "r": 20, "t": 24, "b": 48}}
    traces = []
    for i, name in enumerate(both):
        row, column = divmod(i, n_columns)
        suffix = "" if i == 0 else str(i + 1)
        term = parameter_term(name)
        left, top = column / n_columns, 1 - row / n_rows
        layout[f"xaxis{suffix}"] = axis_layout(f"{term.label} ({term.unit})") | {
            "domain": [left + 0.012, left + 1 / n_columns - 0.03],
            "anchor": f"y{suffix}",
            "zeroline": False,
            "nticks": 6,
        }
        layout[f"yaxis{suffix}"] = axis_layout("") | {
            "domain": [top - 1 / n_rows + 0.3 / n_rows, top],
            "anchor": f"x{suffix}",
            "autorange": "reversed",
            "showticklabels": column == 0,
            "ticks": "",
        }
        for foot in _FEET:
            values = strides.loc[strides["foot"] == foot, name].dropna().to_numpy(dtype=float)
            traces.append(
                {
                    "type": "box",
                    "orientation": "h",
                    "name": foot.capitalize(),
                    "x": rounded(_thinned(values), 4),
                    "y": [foot.capitalize()] * len(_thinned(values)),
                    "xaxis": f"x{suffix}",
                    "yaxis": f"y{suffix}",
                    "boxpoints": "all" if len(values) <= 200 else "outliers",
                    "jitter": 0.5,
                    "pointpos": 0,
                    "marker": {"color": COLOURS[foot], "size": 4, "opacity": 0.45},
                    "line": {"color": COLOURS[foot], "width": 1.5},
                    "fillcolor": "rgba(255,255,255,0)",
                    "hoverinfo": "x",
                }
            )
    return {"data": traces, "layout": layout}


def _variability_figure(summary: Mapping[str, Any]) -> Figure | None:
    """Draw the coefficient of variation of each foot, and the robust one of both without turning strides."""
    parameters = summary.get("parameters", {})
    names = [name for name in _VARYING if any((parameters.get(name, {}).get(foot) or {}).get("cv") for foot in _FEET)]
    if not names:
        return None
    labels = [parameter_term(name).label for name in names]
    traces: list[Figure] = []
    for foot, symbol in (("left", "circle"), ("right", "diamond")):
        values = [parameters[name][foot]["cv"] for name in names]
        if any(value is not None for value in values):
            traces.append(_dots(f"{foot.capitalize()} foot", labels, values, COLOURS[foot], symbol))
    robust = [parameters[name]["straight"]["robust_cv"] for name in names]
    if any(value is not None for value in robust):
        traces.append(_dots("Robust, without turning strides", labels, robust, "#5b6773", "line-ns-open"))
    layout = base_layout(60 + 34 * len(names) + 60)
    layout["xaxis"] = axis_layout("Coefficient of variation (%)") | {"rangemode": "tozero"}
    layout["yaxis"] = axis_layout("") | {"autorange": "reversed", "ticks": ""}
    return {"data": traces, "layout": layout}


def _dots(name: str, labels: list[str], values: list[float | None], colour: str, symbol: str) -> Figure:
    marker: Figure = {"size": 10, "color": colour, "symbol": symbol}
    if symbol.endswith("open"):
        marker |= {"size": 14, "line": {"width": 2, "color": colour}}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": [None if value is None else round(value, 3) for value in values],
        "y": labels,
        "marker": marker,
        "hovertemplate": f"%{{x:.2f}} %<extra>{name}</extra>",
    }


def _bouts_figure(bouts: pd.DataFrame | None) -> Figure | None:
    """Draw gait speed over the duration of the bouts."""
    if bouts is None or bouts["gait_speed"].notna().sum() < 2:
        return None
    known = bouts[bouts["gait_speed"].notna()]
    layout = base_layout(300)
    layout["xaxis"] = axis_layout("Duration of the bout (s)") | {"type": "log"}
    layout["yaxis"] = axis_layout("Gait speed (m/s)") | {"rangemode": "tozero"}
    trace = {
        "type": "scatter",
        "mode": "markers",
        "x": rounded(known["duration_s"].to_numpy(dtype=float), 2),
        "y": rounded(known["gait_speed"].to_numpy(dtype=float), 3),
        "marker": {"size": 7, "color": "#2b4c66", "opacity": 0.55},
        "showlegend": False,
        "hovertemplate": "%{x:.1f} s, %{y:.2f} m/s<extra></extra>",
    }
    return {"data": [trace], "layout": layout}


def _thinned(values: np.ndarray, most: int = 2000) -> np.ndarray:
    """Keep quantiles of very many values: the box stays the same."""
    return values if len(values) <= most else np.quantile(values, np.linspace(0, 1, most))
