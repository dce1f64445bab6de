"""Messages and progress on the terminal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console, RenderableType
from rich.markup import escape
from rich.progress import (
    BarColumn,
    Progress,
    SpinnerColumn,
    Task,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)
from rich.text import Text

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


class StepDisplay:
    """Shows the step that is running; for long ones how far it is, and how long it will take."""

    def __init__(self, bar: Progress, title: str) -> None:
        self._bar = bar
        self._title = title
        self._task = bar.add_task(title, total=None)

    def __call__(self, step: str) -> None:
        """Show the next step."""
        # A new task, since the time left is estimated from the speed of the one that is shown.
        self._bar.remove_task(self._task)
        self._task = self._bar.add_task(f"{self._title}: {step}", total=None)

    def advance_to(self, n_done: int, n_all: int) -> None:
        """Show how far the step is."""
        self._bar.update(self._task, completed=n_done, total=n_all)


class _TimeLeft(TimeRemainingColumn):
    """Time left, where it can be told."""

    def render(self, task: Task) -> Text:
        return Text("") if task.total is None else Text.assemble(super().render(task), " left")


class _Share(BarColumn):
    """A bar, where it is known how much there is to do."""

    def render(self, task: Task) -> RenderableType:  # type: ignore[override]
        return Text("") if task.total is None else super().render(task)


@contextmanager
def progress(title: str) -> Iterator[StepDisplay]:
    """Show the step that is running, the time since its start, and for long steps the time left."""
    columns = (
        SpinnerColumn(),
        TextColumn("[progress.description]{task.description}"),
        _Share(bar_width=30),
        TimeElapsedColumn(),
        _TimeLeft(),
    )
    with Progress(*columns, console=err, transient=True) as bar:
        yield StepDisplay(bar, title)
