"""Messages and progress on the terminal."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

#: Results go to standard output, everything else (progress, warnings, errors) to standard error.
out = Console(highlight=False, soft_wrap=True)
err = Console(stderr=True, highlight=False, soft_wrap=True)


def fail(message: str) -> NoReturn:
    """End with exit status 2 and a message that says what to do."""
    err.print(f"[bold red]Not possible:[/] {escape(message)}")
    raise typer.Exit(2)


def warn(message: str) -> None:
    """Show something that deserves attention."""
    err.print(f"[yellow]Note:[/] {escape(message)}")


@contextmanager
def input_errors() -> Iterator[None]:
    """Turn what is wrong with files, data and options into a message and exit status 2."""
    from gaitmap.utils.exceptions import ValidationError

    try:
        yield
    except (ValidationError, ValueError, ImportError, OSError) as error:
        notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", []))
        fail(f"{error}{notes}")


@contextmanager
def progress(title: str) -> Iterator[Callable[[str], None]]:
    """Show the step that is running and the time since the start; yields the function that names the next step."""
    columns = (SpinnerColumn(), TextColumn("[progress.description]{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(title, total=None)
        yield lambda step: bar.update(task, description=f"{title}: {step}")
