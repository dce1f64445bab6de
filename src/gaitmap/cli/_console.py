"""Messages and progress on the terminal."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer
from rich.console import Console, ConsoleOptions, RenderableType
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
from rich.segment import Segment
from rich.text import Text

from gaitmap.utils._text_out import to_terminal


class _Terminal(Console):
    """A console that follows no control characters in the texts that it shows, wherever they are from."""

    def render(self, renderable: RenderableType, options: ConsoleOptions | None = None) -> Iterable[Segment]:
        for segment in super().render(renderable, options):
            yield segment if segment.control else Segment(to_terminal(segment.text), segment.style)


#: Results go to standard output, everything else (progress, warnings, errors) to standard error.
out = _Terminal(highlight=False, soft_wrap=True, emoji=False)
err = _Terminal(stderr=True, highlight=False, soft_wrap=True, emoji=False)


#: Exit status after a fault of this package, and after Ctrl-C.
FAULT, STOPPED = 70, 130
_NO_MEMORY = "There is not enough memory. Use a machine with more of it, or analyse the recording in parts."


def fail(message: str, status: int = 2) -> NoReturn:
    """End with a message that says what to do; exit status 2: something is wrong with files, data or options."""
    err.print(f"[bold red]Not possible:[/] {escape(message)}")
    raise typer.Exit(status)


#: Signs of results, for terminals that do not know them.
_PLAIN = str.maketrans({"±": "+-", "²": "2", "°": " deg", "\u2013": "-", "→": "->"})


def plain(text: str) -> str:
    """Write signs in letters where the terminal does not know them."""
    try:
        text.encode(out.encoding)
    except (UnicodeEncodeError, LookupError):
        return text.translate(_PLAIN)
    return text


def say(message: str) -> None:
    """Print a result, whatever names are in it."""
    out.print(plain(message), markup=False)


def emit(text: str) -> None:
    """Write text for programs (JSON, commands), in which everything is quoted already, to standard output as it is."""
    typer.echo(text)


def warn(message: str) -> None:
    """Show something that deserves attention."""
    err.print(f"[yellow]Note:[/] {escape(message)}")


@contextmanager
def warnings_as_notes() -> Iterator[None]:
    """Show warnings of Python without the line of code that they come from."""
    with warnings.catch_warnings():
        warnings.showwarning = lambda message, *_, **__: warn(str(message))
        yield


@contextmanager
def input_errors(*, when_stopped: Callable[[], str] | None = None) -> Iterator[None]:
    """Turn what is wrong with files, data and options into a message and exit status 2, and never show a traceback.

    ``when_stopped`` tells what Ctrl-C has left behind.
    """
    from gaitmap.utils.exceptions import ValidationError

    try:
        yield
    except KeyboardInterrupt:
        if when_stopped is not None:
            warn(when_stopped())
        raise typer.Exit(STOPPED) from None
    except (typer.Exit, typer.Abort, typer.BadParameter):
        raise
    except OSError as error:
        fail(_describe_os_error(error))
    except (ValidationError, ValueError, ImportError) as error:
        notes = "".join(f"\n{note}" for note in getattr(error, "__notes__", []))
        fail(f"{error}{notes}")
    except MemoryError:
        fail(_NO_MEMORY)
    except Exception as error:  # noqa: BLE001 - whatever it is, who uses a command line need not read tracebacks
        if _is_lack_of_memory(error):
            fail(_NO_MEMORY)
        fail(
            f"An unexpected error ({type(error).__name__}: {error}). This is a fault of gaitmap; please report it, "
            f"with the details in {_write_details()}",
            FAULT,
        )


def _is_lack_of_memory(error: Exception) -> bool:
    """Tell whether an error of the interpreter or of a compiled package means that there was too little memory."""
    words = ("can't start new thread", "cannot allocate memory", "unable to allocate", "out of memory", "bad_alloc")
    return isinstance(error, RuntimeError | SystemError) and any(word in str(error).lower() for word in words)


def _describe_os_error(error: OSError) -> str:
    if not error.strerror:
        return str(error)
    where = f" ('{error.filename}')" if error.filename else ""
    return f"A file could not be read or written: {error.strerror}{where}."


def _write_details() -> str:
    """Write the traceback of the error that is being handled to a file; returns its name."""
    import os
    import tempfile
    import traceback

    number, name = tempfile.mkstemp(prefix="gaitmap-error-", suffix=".txt")
    with os.fdopen(number, "w", encoding="utf-8", errors="replace") as file:
        file.write(traceback.format_exc())
    return name


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
        TextColumn("{task.description}", style="progress.description", markup=False),
        _Share(bar_width=30),
        TimeElapsedColumn(),
        _TimeLeft(),
    )
    with Progress(*columns, console=err, transient=True, disable=not err.is_interactive) as bar:
        yield StepDisplay(bar, title)
