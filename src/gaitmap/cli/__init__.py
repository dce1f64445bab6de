"""The command line: ``gaitmap analyze``, ``gaitmap demo`` and others."""

import importlib.util
import io
import sys


def main() -> None:
    """Run the command line; without the packages it needs, say how to install them."""
    missing = [name for name in ("typer", "rich") if importlib.util.find_spec(name) is None]
    if missing:
        sys.exit(
            f"The command line of gaitmap needs {' and '.join(missing)}. Install it with: pip install 'gaitmap[app]'"
        )
    for stream in (sys.stdout, sys.stderr):
        # A terminal that knows few characters gets a question mark for others, never a traceback.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        from gaitmap.cli._app import app

        app()
    except KeyboardInterrupt:
        # Ctrl-C before a command runs; later on typer ends with the same status.
        sys.exit(130)


__all__ = ["main"]
