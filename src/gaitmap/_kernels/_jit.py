"""The one decorator that compiles every kernel of this package."""

from collections.abc import Callable
from typing import Any

import numba

# Division by zero follows IEEE 754 (inf/nan) as in NumPy; fast-math stays off, results are bit-reproducible.
_OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "fastmath": False}


def kernel(function: Callable) -> Callable:
    """Compile ``function`` on first use and keep the machine code on disk where that is possible.

    The code is cached beside the module, or in the user's cache folder (``NUMBA_CACHE_DIR`` overrides both). Where no
    such folder can be written (containers, clusters), the kernel is compiled anew in every process instead of failing.
    Inline helpers that are called from kernels take the same decorator.
    """
    try:
        return numba.njit(cache=True, **_OPTIONS)(function)
    except RuntimeError:  # numba found no writable cache folder
        return numba.njit(**_OPTIONS)(function)
