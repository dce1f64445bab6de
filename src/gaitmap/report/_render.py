"""Filling of the templates of this package."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from gaitmap.utils._imports import require

_PURPOSE = "Writing a report"


def render(
    template: str, *, script: str, plotly: str, content: Mapping[str, Any], plotly_url: str | None = None
) -> str:
    """Fill a template; everything in ``content`` is escaped by it.

    Parameters
    ----------
    template
        Name of the template.
    script
        Name of the file with its script.
    plotly
        Source of the drawing library; not used with ``plotly_url``.
    content
        The names that the template uses.
    plotly_url
        Where the page finds the drawing library, if it is not to be in it.
    """
    environment = _environment()
    return environment.get_template(template).render(
        **content,
        style=_own_file(environment, "report.css"),
        script=_own_file(environment, script),
        plotly=_as_it_is(plotly),
        plotly_url=plotly_url,
    )


@lru_cache(maxsize=1)
def _environment() -> Any:
    """Keep the templates compiled, which takes longer than to fill them."""
    jinja2 = require("jinja2", _PURPOSE, extra="app")
    return jinja2.Environment(
        loader=jinja2.PackageLoader("gaitmap.report"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )


def _own_file(environment: Any, name: str) -> str:
    """Text of a file of this package, taken as it is."""
    return _as_it_is(environment.loader.get_source(environment, name)[0])


def _as_it_is(text: str) -> str:
    return require("markupsafe", _PURPOSE, extra="app").Markup(text)
