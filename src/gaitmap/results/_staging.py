"""Writing a results folder so that a reader never meets a half-written one, and nobody loses a file."""

from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from gaitmap import _files
from gaitmap._files import LEDGER, NotOursError, locked
from gaitmap.results._errors import ResultsError, results_error

#: Written last; a folder without it is not finished.
COMPLETE = "COMPLETE"
#: Kinds of folders: of one recording, and of a cohort.
RECORDING, COHORT = "recording", "cohort"
#: In the folder of a recording, empty: who holds its lock is writing to the folder.
LOCK = ".lock"


@contextmanager
def staged(folder: Path, names: Collection[str], kind: str) -> Iterator[Path]:
    """Give an empty folder to write to; its entries take their places in ``folder`` when the block ends well.

    As :func:`gaitmap._files.staged`, with errors about results folders.
    """
    with results_errors(folder), _files.staged(folder, names, kind=kind, last=COMPLETE) as staging:
        yield staging


def check_own(folder: Path, names: Collection[str], kind: str) -> None:
    """Refuse a folder in which something that gaitmap did not write has one of the names of results."""
    with results_errors(folder):
        _files.check_own(folder, {*names, COMPLETE}, kind=kind)


@contextmanager
def only_writer(folder: Path, lock: Path) -> Iterator[None]:
    """Hold the lock of a results folder; refuses where another process holds it."""
    with ExitStack() as stack:
        with results_errors(folder):
            free = stack.enter_context(locked(lock, wait=False))
        if not free:
            raise results_error(
                folder,
                "another run is writing to it",
                "its lock taken by another process",
                "one run at a time",
                "Wait until the other one has ended, or choose another folder",
            )
        yield


def check_no_link(folder: Path, inner: Path) -> None:
    """Refuse a link in the place of a folder in a results folder: it may lead to somebody else's."""
    if inner.is_symlink():
        raise not_ours(folder, NotOursError(inner, "it is a link, and links are not followed"))


@contextmanager
def results_errors(folder: Path) -> Iterator[None]:
    """Turn what the file system says into errors about a results folder."""
    try:
        yield
    except NotOursError as error:
        raise not_ours(folder, error) from None
    except OSError as error:
        raise results_error(
            folder,
            "it cannot be written",
            str(error.strerror or error),
            "a folder that may be written to",
            "Correct that, or choose another folder",
        ) from None


def not_ours(folder: Path, error: NotOursError) -> ResultsError:
    """Build the error about something in the place of results that is not gaitmap's to replace."""
    path = error.path.relative_to(folder) if error.path.is_relative_to(folder) else error.path
    return results_error(
        folder,
        "something that gaitmap would have to replace is not its own",
        f"'{path}': {error.why}",
        f"an empty folder, or results as they were written, with their list '{LEDGER}' (earlier versions wrote none)",
        "Choose another folder (--out on the command line); nothing was changed",
    )
