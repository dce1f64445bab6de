"""The figures of the report but for the signal, as plotly figures in plain dicts."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.base import parameter_term
from gaitmap.report._decimate import decimate_min_max
from gaitmap.utils.consts import GF_POS

#: Blue and vermillion of Okabe and Ito: told apart with every kind of colour vision.
COLOURS = {"left": "#0072B2", "right": "#D55E00"}
_GREY = "#9aa3ad"
_INK = "#1f2933"
_GRID = "#e6eaee"
# So many paths per foot show how much they vary; more hide each other.
_MAX_PATHS = 40
_MAX_PATHS_COMPARED = 400
_PATH_POINTS = 101
# Points of a path at toe-off and initial contact; between them time is stretched.
_TC_POINT, _IC_POINT = 40, 80
_MAX_STRIDES_DRAWN = 4000
# Longer recordings have a time axis in hours and minutes.
_LONGEST_IN_SECONDS = 300.0
# 2000-01-01, a first day of a year. Plotly takes small whole numbers on a date axis for years.
_DATE_ORIGIN_MS = 946_684_800_000.0
_FEET = ("left", "right")

Figure = dict[str, Any]


def path_figure(trajectory: pd.DataFrame, strides: pd.DataFrame) -> Figure | None:
    """Draw the foot paths from the side: single strides thin, the typical one bold; None if there are none."""
    traces: list[Figure] = []
    present = []
    for foot in _FEET:
        own = strides[(strides["foot"] == foot) & (strides["status"] == "analysed")]
        shares, has_events = _event_shares(own.set_index("s_id"))
        paths = _side_paths(trajectory[trajectory["foot"] == foot], shares)
        if len(paths) == 0:
            continue
        present.append(foot)
        axes = {"xaxis": f"x{len(present)}", "yaxis": f"y{len(present)}"}
        axes = {key: value.removesuffix("1") for key, value in axes.items()}
        traces += _path_traces(foot, paths, has_events, axes)
    if not present:
        return None
    layout = base_layout(300)
    width = 1 / len(present)
    for i, foot in enumerate(present):
        suffix = "" if i == 0 else str(i + 1)
        domain = [i * width + (0.04 if i else 0), (i + 1) * width - (0.0 if i == len(present) - 1 else 0.02)]
        layout[f"xaxis{suffix}"] = axis_layout("Forward (m)") | {"domain": domain, "anchor": f"y{suffix}"}
        layout[f"yaxis{suffix}"] = axis_layout("Height (m)" if i == 0 else "") | {"anchor": f"x{suffix}"}
        if i:
            layout[f"yaxis{suffix}"] |= {"matches": "y", "showticklabels": False}
            layout[f"xaxis{suffix}"] |= {"matches": "x"}
        layout["annotations"].append(_panel_title(foot, float(np.mean(domain)), 1.0))
    return {"data": traces, "layout": layout}


def strides_figure(strides: pd.DataFrame, duration_s: float) -> Figure | None:
    """Draw stride length and stride time over the recording; None if there are no strides."""
    names = [name for name in ("stride_length", "stride_time") if strides[name].notna().any()]
    if not names:
        return None
    axis = time_axis(duration_s)
    layout = base_layout(210 * len(names) + 60)
    layout["xaxis"] = axis.layout | {
        "range": [axis.place(0.0), axis.place(duration_s)],
        "anchor": "y" if len(names) == 1 else f"y{len(names)}",
    }
    traces: list[Figure] = []
    height = 1 / len(names)
    for row, name in enumerate(names):
        suffix = "" if row == 0 else str(row + 1)
        term = parameter_term(name)
        top = 1 - row * height
        layout[f"yaxis{suffix}"] = axis_layout(f"{term.label} ({term.unit})") | {
            "domain": [top - height + (0.05 if row < len(names) - 1 else 0), top],
        }
        for foot in _FEET:
            traces += _stride_traces(strides[strides["foot"] == foot], name, foot, suffix, axis, row == 0)
    return {"data": traces, "layout": layout}


@dataclass(frozen=True)
class TimeAxis:
    """Layout of a time axis, and how to get from seconds since the start to its numbers."""

    layout: Figure
    per_second: float
    origin: float

    def place(self, seconds: Any) -> Any:
        """Numbers of the axis for times in s."""
        return seconds * self.per_second + self.origin


def time_axis(duration_s: float) -> TimeAxis:
    """Choose the time axis.

    Seconds for short recordings; clock-like times since the start for longer ones, which stay readable at every zoom.
    """
    if duration_s <= _LONGEST_IN_SECONDS:
        return TimeAxis(axis_layout("Time (s)") | {"zeroline": False}, 1.0, 0.0)
    with_days = duration_s > 86_400
    formats = [
        {"dtickrange": [None, 1000], "value": "%H:%M:%S.%L"},
        {"dtickrange": [1000, 60_000], "value": "%H:%M:%S"},
        {"dtickrange": [60_000, None], "value": "day %-j, %H:%M" if with_days else "%H:%M"},
    ]
    title = "Time since the start (" + ("day, " if with_days else "") + "h:min)"
    layout = axis_layout(title) | {"type": "date", "tickformatstops": formats, "zeroline": False}
    return TimeAxis(layout, 1000.0, _DATE_ORIGIN_MS)


def _stride_traces(
    strides: pd.DataFrame, name: str, foot: str, suffix: str, axis: TimeAxis, legend: bool
) -> list[Figure]:
    known = strides[strides[name].notna()]
    if known.empty:
        return []
    times, values = _thin(axis.place(known["start_s"].to_numpy()), known[name].to_numpy())
    label = f"{foot.capitalize()} foot"
    common = {"type": "scatter", "yaxis": f"y{suffix}", "legendgroup": label}
    mean = round(float(known[name].mean()), 5)
    return [
        common
        | {
            "mode": "markers",
            "name": label,
            "showlegend": legend,
            "x": rounded(times, 4),
            "y": rounded(values, 4),
            "marker": {"size": 6, "color": COLOURS[foot], "symbol": "circle" if foot == "left" else "diamond"},
            "hovertemplate": f"%{{y:.3f}} {parameter_term(name).unit}<extra>{label}</extra>",
        },
        common
        | {
            "mode": "lines",
            "x": rounded(times[[0, -1]], 4),
            "y": [mean, mean],
            "line": {"color": COLOURS[foot], "width": 1, "dash": "dot" if foot == "right" else "dash"},
            "opacity": 0.7,
            "showlegend": False,
            "hoverinfo": "skip",
        },
    ]


def _thin(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if len(values) <= _MAX_STRIDES_DRAWN:
        return times, values
    reduced, step = decimate_min_max(values, _MAX_STRIDES_DRAWN)
    at = np.minimum((np.arange(len(reduced)) * step).astype(int), len(times) - 1)
    return times[at], reduced


def _side_paths(trajectory: pd.DataFrame, shares: pd.DataFrame) -> np.ndarray:
    """Paths as (stride, point, [forward, height]), with toe-off and contact at the same points of every path."""
    ids = trajectory["s_id"].to_numpy()
    starts = np.flatnonzero(np.concatenate([[True], ids[1:] != ids[:-1]])) if len(ids) else np.zeros(0, int)
    ends = np.append(starts[1:], len(ids))
    wanted = np.flatnonzero(np.isin(ids[starts], shares.index) & (ends - starts > 1)) if len(starts) else starts
    if len(wanted) > _MAX_PATHS_COMPARED:
        wanted = wanted[np.linspace(0, len(wanted) - 1, _MAX_PATHS_COMPARED).astype(int)]
    position = trajectory[GF_POS].to_numpy()
    paths = []
    for i, (tc, ic) in zip(wanted, shares.loc[ids[starts[wanted]]].to_numpy(), strict=True):
        path = position[starts[i] : ends[i]]
        path = path - path[0]
        if not np.isfinite(path).all():
            continue
        direction = path[-1, :2] / np.linalg.norm(path[-1, :2]) if path[-1, :2].any() else np.array([1.0, 0.0])
        time = np.interp(np.arange(_PATH_POINTS), [0, _TC_POINT, _IC_POINT, _PATH_POINTS - 1], [0, tc, ic, 1])
        at = time * (len(path) - 1)
        grid = np.arange(len(path))
        paths.append(np.column_stack([np.interp(at, grid, path[:, :2] @ direction), np.interp(at, grid, path[:, 2])]))
    return np.array(paths)


def _event_shares(strides: pd.DataFrame) -> tuple[pd.DataFrame, bool]:
    """Toe-off and contact as shares of the stride, usual ones where they are unknown; and whether any is known."""
    length = (strides["end"] - strides["start"]).astype(float)
    shares = pd.DataFrame({event: (strides[event].astype(float) - strides["start"]) / length for event in ("tc", "ic")})
    sound = (shares["tc"] > 0) & (shares["tc"] < shares["ic"]) & (shares["ic"] < 1)
    usual = shares[sound].median() if sound.any() else pd.Series({"tc": 0.4, "ic": 0.8})
    shares[~sound] = usual.to_numpy()
    return shares, bool(sound.any())


def _path_traces(foot: str, paths: np.ndarray, has_events: bool, axes: Figure) -> list[Figure]:
    shown = paths[np.linspace(0, len(paths) - 1, min(len(paths), _MAX_PATHS)).astype(int)]
    gap = np.full((len(shown), 1, 2), np.nan)
    lines = np.concatenate([shown, gap], axis=1).reshape(-1, 2)
    typical = _trimmed_mean(paths)
    traces: list[Figure] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "Single strides",
            "x": rounded(lines[:, 0], 4),
            "y": rounded(lines[:, 1], 4),
            "line": {"color": COLOURS[foot], "width": 1},
            "opacity": 0.22,
            "showlegend": False,
            "hoverinfo": "skip",
            **axes,
        },
        {
            "type": "scatter",
            "mode": "lines",
            "name": f"Typical, {foot} foot",
            "x": rounded(typical[:, 0], 4),
            "y": rounded(typical[:, 1], 4),
            "line": {"color": COLOURS[foot], "width": 3},
            "showlegend": False,
            "hovertemplate": "forward %{x:.2f} m<br>height %{y:.3f} m<extra></extra>",
            **axes,
        },
    ]
    events = (("tc", _TC_POINT, "Toe-off", "triangle-up"), ("ic", _IC_POINT, "Initial contact", "triangle-down"))
    for event, point, label, symbol in events if has_events else ():
        at = typical[point]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers+text",
                "name": label,
                "x": rounded(at[:1], 4),
                "y": rounded(at[1:], 4),
                "text": [label],
                "textposition": "bottom right" if event == "tc" else "bottom center",
                "textfont": {"size": 11, "color": _INK},
                "marker": {"size": 10, "symbol": symbol, "color": "#ffffff", "line": {"width": 2, "color": _INK}},
                "showlegend": False,
                "hoverinfo": "skip",
                **axes,
            }
        )
    return traces


def _trimmed_mean(paths: np.ndarray) -> np.ndarray:
    """Mean per point without the outer fifth at each side: smooth, and not bent by single turns."""
    n_cut = len(paths) // 5
    return np.sort(paths, axis=0)[n_cut : len(paths) - n_cut].mean(axis=0)


def rounded(values: np.ndarray, decimals: int) -> list[float | None]:
    return [None if np.isnan(value) else value for value in np.round(values, decimals).tolist()]


def base_layout(height: int) -> Figure:
    return {
        "height": height,
        "margin": {"l": 64, "r": 20, "t": 36, "b": 48},
        "paper_bgcolor": "rgba(0,0,0,0)",
        "plot_bgcolor": "#ffffff",
        "font": {"family": "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif", "size": 13, "color": _INK},
        "legend": {"orientation": "h", "x": 0, "y": 1.02, "yanchor": "bottom"},
        "hovermode": "closest",
        "modebar": {"bgcolor": "rgba(255,255,255,0.8)", "color": _GREY, "activecolor": _INK},
        "annotations": [],
    }


def axis_layout(title: str) -> Figure:
    return {
        "title": {"text": title, "font": {"size": 12}},
        "gridcolor": _GRID,
        "linecolor": _GREY,
        "zerolinecolor": "#cdd4da",
        "ticks": "outside",
        "tickcolor": _GREY,
        "automargin": True,
    }


def _panel_title(foot: str, x: float, y: float) -> Figure:
    return {
        "text": f"{foot.capitalize()} foot",
        "x": x,
        "y": y,
        "xref": "paper",
        "yref": "paper",
        "xanchor": "center",
        "yanchor": "bottom",
        "showarrow": False,
        "font": {"size": 13, "color": COLOURS[foot]},
    }
