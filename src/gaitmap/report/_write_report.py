"""The report of a recording: one HTML file."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gaitmap.report._content import build_content
from gaitmap.report._figures import COLOURS, path_figure, strides_figure, time_axis
from gaitmap.report._plotly import plotly_source as _plotly_source
from gaitmap.report._render import render
from gaitmap.report._signal import SignalOverview, build_signal
from gaitmap.report._walking import walking_figures
from gaitmap.results import Results, read_results

#: Largest size of a report in bytes.
MAX_BYTES = 10_000_000
# Values of the signal to keep, tried in turn until the report is small enough.
_SIGNAL_POINTS = (1_100_000, 500_000, 200_000, 50_000)
_PURPOSE = "Writing a report"


def write_report(
    path: str | Path,
    results: Results | str | Path,
    *,
    data: Mapping[Any, pd.DataFrame] | SignalOverview | None = None,
    sampling_rate_hz: float | None = None,
    plotly_url: str | None = None,
) -> Path:
    """Write the report of a recording as one HTML file that needs nothing else to be opened.

    Parameters
    ----------
    path
        The file.
    results
        Results, or the folder that they were written to.
    data
        The signals, ``{"left_sensor" | "right_sensor": DataFrame}`` in the sensor frame (m/s^2, deg/s), for the plot of
        the signal with strides and events, or an overview of them that was gathered block by block. None leaves that
        plot out: results folders do not hold the signal.
    sampling_rate_hz
        Sampling rate of ``data`` in Hz; None takes the one of the results.
    plotly_url
        Where the report finds the drawing library, relative to its place; None puts it into the report (5 MB).

    Returns
    -------
    Path
        The file, of at most 10 MB.

    Raises
    ------
    ResultsError
        If the results cannot be read.
    ImportError
        If jinja2 or plotly are not installed.
    """
    if not isinstance(results, Results):
        results = read_results(results)
    rate = sampling_rate_hz or results.summary["sampling_rate_hz"]
    figures = _build_figures(results)
    content = build_content(results)
    path = Path(path)
    html = ""
    for max_points in _SIGNAL_POINTS:
        signal = None if data is None else build_signal(data, rate, results.strides, max_points)  # type: ignore[arg-type]
        html = render_report(content, figures, signal, plotly_url)
        if len(html.encode()) <= MAX_BYTES:
            break
    path.write_text(html, encoding="utf-8")
    return path


def render_report(
    content: Mapping[str, Any],
    figures: Mapping[str, Any],
    signal: Mapping[str, Any] | None,
    plotly_url: str | None = None,
) -> str:
    """Fill the template.

    Parameters
    ----------
    content
        Texts and tables, from :func:`build_content`; everything is escaped by the template.
    figures
        Plotly figures by the id of their place.
    signal
        The signal, or None.
    plotly_url
        Where the page finds the drawing library; None: in itself.
    """
    axis = time_axis(signal["duration_s"] if signal else 0.0)
    payload = {
        "figures": figures,
        "signal": signal,
        "time": {"axis": axis.layout, "per_second": axis.per_second, "origin": axis.origin},
        "colours": COLOURS,
    }
    texts = {
        **content,
        "payload": payload,
        "has_signal": signal is not None and bool(signal["feet"]),
        "signal_reduced": bool(signal and signal["reduced"]),
    }
    plotly = "" if plotly_url else _plotly_source()
    return render("report.html", script="report.js", plotly=plotly, content=texts, plotly_url=plotly_url)


def _build_figures(results: Results) -> dict[str, Any]:
    strides: pd.DataFrame = results.strides  # type: ignore[assignment]
    trajectory: pd.DataFrame | None = results.trajectory  # type: ignore[assignment]
    figures = {
        "path-plot": None if trajectory is None else path_figure(trajectory, strides),
        "strides-plot": strides_figure(strides, results.summary["duration_s"]),
        **walking_figures(results),
    }
    return {place: figure for place, figure in figures.items() if figure is not None}
