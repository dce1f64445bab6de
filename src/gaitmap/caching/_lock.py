"""One process at a time computes an entry: the others wait, and load what it stored."""

import contextlib
import os
import time
from collections.abc import Iterator

try:
    import fcntl
except ImportError:  # Windows: the same entry may be computed twice at once there, which does no harm
    fcntl = None  # type: ignore[assignment]

LOCK_SUFFIX = ".lock"
# A process that waited this long computes the entry itself: the other one may be stopped, or on a machine that is gone.
_LONGEST_WAIT_SECONDS = 300.0
_SHORTEST_PAUSE_SECONDS = 0.002
_LONGEST_PAUSE_SECONDS = 0.1


@contextlib.contextmanager
def lock_of_entry(folder: str, longest_wait_seconds: float = _LONGEST_WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock of an entry inside the ``with`` block; without one where there can be none (read-only folders).

    The operating system releases the lock of a process that ends in any way. It only saves work: nothing goes wrong
    where two processes hold it at the same time, which deleted lock files make possible.
    """
    path = folder + LOCK_SUFFIX
    descriptor = _lock(path, longest_wait_seconds)
    try:
        yield
    finally:
        if descriptor is not None:
            with contextlib.suppress(OSError):
                os.unlink(path)  # noqa: PTH108
            with contextlib.suppress(OSError):
                # Closing is not enough: processes that were forked meanwhile have the file open as well.
                fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def _lock(path: str, longest_wait_seconds: float) -> int | None:
    if fcntl is None:
        return None
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)  # noqa: PTH103, PTH120
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o666)
    except OSError:
        return None
    end = time.monotonic() + longest_wait_seconds
    pause = _SHORTEST_PAUSE_SECONDS
    try:
        while True:
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                if time.monotonic() > end:
                    break
                time.sleep(pause)
                pause = min(2 * pause, _LONGEST_PAUSE_SECONDS)
            else:
                return descriptor
    except OSError:  # a file system without locks
        pass
    except BaseException:
        os.close(descriptor)
        raise
    os.close(descriptor)
    return None
