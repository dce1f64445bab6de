"""The report of a cohort: one HTML file that links to those of the single recordings."""

import json
from pathlib import Path

import pandas as pd

from gaitmap.report._cohort_content import build_cohort_content
from gaitmap.report._plotly import plotly_source as _plotly_source
from gaitmap.report._render import render
from gaitmap.utils._imports import require

_PURPOSE = "Writing a report"


def write_cohort_report(
    path: str | Path, folder: str | Path, *, title: str | None = None, plotly_url: str | None = None
) -> Path:
    """Write the report of a cohort as one HTML file, which needs nothing else but for the reports it links to.

    Parameters
    ----------
    path
        The file. Its links are relative to the folder of the cohort.
    folder
        Folder with ``recordings.parquet``, ``provenance.json`` and, where there are results, ``summary.parquet``.
    title
        Name of the cohort; None takes that of the folder.
    plotly_url
        Where the report finds the drawing library, relative to its place; None puts it into the report (5 MB).

    Returns
    -------
    Path
        The file.

    Raises
    ------
    ImportError
        If jinja2, plotly or pyarrow are not installed.
    """
    require("pyarrow", _PURPOSE, extra="app")
    folder, path = Path(folder), Path(path)
    has_summary = (folder / "summary.parquet").is_file()  # not if no recording was analysed
    content = build_cohort_content(
        pd.read_parquet(folder / "recordings.parquet", engine="pyarrow"),
        pd.read_parquet(folder / "summary.parquet", engine="pyarrow") if has_summary else pd.DataFrame(),
        json.loads((folder / "provenance.json").read_text(encoding="utf-8")),
        folder.absolute().name if title is None else title,
    )
    plotly = "" if plotly_url else _plotly_source()
    html = render("cohort.html", script="cohort.js", plotly=plotly, content=content, plotly_url=plotly_url)
    path.write_text(html, encoding="utf-8")
    return path
