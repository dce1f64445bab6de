"""Writing a folder so that a reader never meets a half-written file."""

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gaitmap.results._errors import results_error

#: Written last; a folder without it is not finished.
COMPLETE = "COMPLETE"
_STAGING_PREFIX = ".unfinished-"


@contextmanager
def staged(folder: Path, owned: set[str]) -> Iterator[Path]:
    """Give an empty folder to write to; its entries take their places in ``folder`` when the block ends well.

    Entries of ``folder`` named in ``owned`` are replaced or removed, everything else there is left alone. ``COMPLETE``
    is taken away first and written last, so that a stop at any point leaves an unfinished folder, never a mixed one
    that looks finished. If the block raises, ``folder`` stays as it was. One writer per folder at a time.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for leftover in folder.glob(f"{_STAGING_PREFIX}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        staging = Path(tempfile.mkdtemp(prefix=_STAGING_PREFIX, dir=folder))
    except OSError as error:
        raise results_error(
            folder,
            "it cannot be written",
            str(error.strerror or error),
            "a folder that may be written to",
            "Choose another folder, or correct the permissions",
        ) from None
    try:
        yield staging
        (folder / COMPLETE).unlink(missing_ok=True)
        for entry in [entry for entry in folder.iterdir() if entry.name in owned]:
            _remove(entry)
        for entry in sorted(staging.iterdir()):
            entry.replace(folder / entry.name)
        marker = staging / COMPLETE
        marker.touch()
        marker.replace(folder / COMPLETE)
    finally:
        shutil.rmtree(staging, ignore_errors=True)


def _remove(entry: Path) -> None:
    if entry.is_dir() and not entry.is_symlink():
        shutil.rmtree(entry)
    else:
        entry.unlink()
