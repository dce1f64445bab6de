"""One writer at a time, also after a process has been left behind."""

import contextlib
import stat
from collections.abc import Iterator
from pathlib import Path

import filelock

from gaitmap._files._owned import NotOursError


@contextlib.contextmanager
def locked(path: Path, *, wait: bool | float = True) -> Iterator[bool]:
    """Hold the lock of a file while the block runs; yields whether it is held.

    The system gives the lock back when its holder ends, however it ends. Where the file system has no locks, there is
    none, and the block runs. The file is empty and stays; one that is not empty, or no file, is somebody else's.

    Parameters
    ----------
    path
        The file; made with its folder.
    wait
        True waits without end, False does not wait, a number waits for so many seconds.

    Raises
    ------
    NotOursError
        If something else has that name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    _check_empty(path)
    lock = filelock.FileLock(path, timeout=-1 if wait is True else float(wait))
    try:
        lock.acquire()
        held = True
    except filelock.Timeout:
        held = False
    except (NotImplementedError, OSError) as error:
        if isinstance(error, PermissionError | FileNotFoundError | IsADirectoryError | NotADirectoryError):
            raise
        held = True  # a file system without locks
    try:
        yield held
    finally:
        lock.release()


def _check_empty(path: Path) -> None:
    """Refuse anything but an empty file: opening the lock makes the file empty, and would follow a link."""
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISREG(found.st_mode) or found.st_size:
        raise NotOursError(path, "it stands where gaitmap keeps a lock")
