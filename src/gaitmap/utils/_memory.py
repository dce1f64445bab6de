"""Memory that is free, but still belongs to the process."""

import ctypes
import sys


def release_free_memory() -> None:
    """Give freed memory back to the system, where the C library can (glibc); does nothing elsewhere.

    Thousands of small tables leave holes between what lives on. Without this, the memory of a long run is that of its
    parts *and* of its end, although they follow each other.
    """
    if sys.platform != "linux":
        return
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)
