"""The one decorator that compiles every kernel of this package, and the folder that keeps their machine code."""

import functools
import hashlib
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numba
from llvmlite.binding import get_host_cpu_name

# Division by zero follows IEEE 754 (inf/nan) as in NumPy; fast-math stays off, results are bit-reproducible.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}
_PREFIX = "gaitmap-kernels-"
# Machine code of other versions of the kernels that nobody used for this long is deleted.
_SECONDS_UNUSED = 30 * 86400.0


def kernel(function: Callable) -> Callable:
    """Compile ``function`` on first use and keep the machine code on disk where that is possible.

    numba ties the code of a kernel to the text of its own file alone, although helpers of other files are compiled into
    it. The folder used here therefore belongs to the content of all kernels, to the version of numba and to the
    processor. It lies beside the kernels, or in the user's cache folder (``NUMBA_CACHE_DIR`` overrides both). Where no
    such folder can be written (containers, clusters), the kernel is compiled anew in every process instead of failing.
    Inline helpers that are called from kernels take the same decorator.
    """
    folder = _cache_folder()
    if folder is None:
        return numba.njit(**_OPTIONS)(function)
    before, numba.config.CACHE_DIR = numba.config.CACHE_DIR, folder  # type: ignore[attr-defined]
    try:
        compiled = numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # code without a file
        return numba.njit(**_OPTIONS)(function)
    finally:
        numba.config.CACHE_DIR = before  # type: ignore[attr-defined]
    # numba may have been told to look elsewhere, or the folder is gone: its own choice would know one file alone.
    is_ours = str(compiled.stats.cache_path).startswith(folder)
    return compiled if is_ours else numba.njit(**_OPTIONS)(function)


@functools.cache
def _cache_folder() -> str | None:
    """Return the first folder that can be written; None if there is none."""
    name = _PREFIX + _digest_of_kernels()
    chosen = numba.config.CACHE_DIR  # type: ignore[attr-defined]
    home = os.environ.get("XDG_CACHE_HOME") or os.environ.get("LOCALAPPDATA") or "~/.cache"
    bases = [chosen] if chosen else [Path(__file__).parent / "__pycache__", Path(home).expanduser() / "gaitmap"]
    for base in bases:
        folder = Path(base, name)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=folder).close()
            os.utime(folder)
        except OSError:
            continue
        _remove_unused(Path(base))
        return str(folder)
    return None


def _digest_of_kernels() -> str:
    hasher = hashlib.sha256(f"{numba.__version__} {get_host_cpu_name()}".encode())
    for path in sorted(Path(__file__).parent.glob("*.py")):
        content = path.read_bytes()
        hasher.update(f"{path.name} {len(content)};".encode() + content)
    return hasher.hexdigest()[:16]


def _remove_unused(base: Path) -> None:
    """Delete what numba stored in folders of ours that no process has opened for a long time, and nothing else."""
    for folder in base.glob(f"{_PREFIX}{'[0-9a-f]' * 16}"):
        try:
            if folder.is_symlink() or time.time() - folder.stat().st_mtime < _SECONDS_UNUSED:
                continue
            for inner in [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()]:
                for path in inner.iterdir():
                    if path.suffix in (".nbi", ".nbc"):
                        path.unlink()
                inner.rmdir()
            folder.rmdir()
        except OSError:  # not empty, in use, or not ours to delete
            continue
