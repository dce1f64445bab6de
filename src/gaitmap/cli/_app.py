"""The command line application: what commands there are."""

from typing import Annotated

import typer

from gaitmap import __version__
from gaitmap.cli._analyze import analyze
from gaitmap.cli._cache import app as cache
from gaitmap.cli._cohort import cohort
from gaitmap.cli._config import config
from gaitmap.cli._demo import demo
from gaitmap.cli._simulate import simulate

app = typer.Typer(
    name="gaitmap",
    help="Gait analysis with foot-worn inertial sensors: strides, gait events, foot paths and gait parameters.",
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_show_locals=False,
    add_completion=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"gaitmap {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    _version: Annotated[
        bool, typer.Option("--version", help="Show the version and exit.", callback=_show_version, is_eager=True)
    ] = False,
) -> None:
    pass


app.command()(analyze)
app.command()(cohort)
app.command()(config)
app.command()(demo)
app.command()(simulate)
app.add_typer(cache)
