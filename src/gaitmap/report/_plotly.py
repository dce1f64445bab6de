"""The drawing library: in a report of its own, or once beside many of them."""

from functools import lru_cache
from pathlib import Path

from gaitmap._files import write_file
from gaitmap.utils._imports import require

_PURPOSE = "Writing a report"


@lru_cache(maxsize=1)
def plotly_source() -> str:
    """Source of the drawing library (5 MB)."""
    return require("plotly.offline", _PURPOSE, extra="app").get_plotlyjs()


def plotly_file(folder: Path) -> Path:
    """Give the drawing library as a file of a folder, which is written if it is not there.

    Its name holds its version: reports go on with the one that they were written for.
    """
    version = require("plotly.offline", _PURPOSE, extra="app").get_plotlyjs_version()
    path = folder / f"plotly-{version}.min.js"
    if not path.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        write_file(path, plotly_source())
    return path
