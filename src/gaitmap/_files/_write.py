"""A file takes its place in one step, after its content has come to rest on the disk."""

import contextlib
import os
import uuid
from collections.abc import Iterator
from pathlib import Path


def flush(path: str | os.PathLike) -> None:
    """Wait until a file, or the names in a folder, are on the disk, so that they survive a power cut."""
    is_folder = os.path.isdir(path)  # noqa: PTH112 - called for many files
    if is_folder and os.name == "nt":  # folders cannot be opened there, and need not be
        return
    # A file is opened for writing since Windows flushes no other.
    descriptor = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError:
        if not is_folder:  # some network file systems flush files only
            raise
    finally:
        os.close(descriptor)


@contextlib.contextmanager
def replacing(path: Path, *, durable: bool = True) -> Iterator[Path]:
    """Give a path to write a file to; it takes the place of ``path`` if the block ends well, and is gone otherwise.

    Parameters
    ----------
    path
        The file; its folder exists.
    durable
        Whether to wait until the file is on the disk.
    """
    unfinished = path.with_name(f".{path.name}.{uuid.uuid4().hex}")
    try:
        yield unfinished
        if durable:
            flush(unfinished)
        unfinished.replace(path)
        if durable:
            flush(path.parent)
    finally:
        unfinished.unlink(missing_ok=True)


def write_file(path: Path, content: bytes | str, *, durable: bool = True) -> None:
    """Write a whole file; a stop at any point leaves the old one or the new one. Text becomes UTF-8."""
    with replacing(path, durable=durable) as unfinished:
        unfinished.write_bytes(content.encode() if isinstance(content, str) else content)
