"""Filling of the templates of this package."""

from collections.abc import Mapping
from typing import Any

from gaitmap.utils._imports import require

_PURPOSE = "Writing a report"


def render(template: str, *, script: str, plotly: str, content: Mapping[str, Any]) -> str:
    """Fill a template; everything in ``content`` is escaped by it.

    Parameters
    ----------
    template
        Name of the template.
    script
        Name of the file with its script.
    plotly
        Source of the drawing library.
    content
        The names that the template uses.
    """
    jinja2 = require("jinja2", _PURPOSE, extra="app")
    markupsafe = require("markupsafe", _PURPOSE, extra="app")
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("gaitmap.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )

    def own_file(name: str) -> str:
        """Text of a file of this package, taken as it is."""
        return markupsafe.Markup(environment.loader.get_source(environment, name)[0])

    return environment.get_template(template).render(
        **content,
        style=own_file("report.css"),
        script=own_file(script),
        plotly=markupsafe.Markup(plotly),
    )
