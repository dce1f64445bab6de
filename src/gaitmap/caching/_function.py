"""Caching of one pure function: what the ``memory`` parameter of the algorithms does."""

from collections.abc import Callable
from typing import Any

from joblib import Memory

from gaitmap.caching._memorized import CachedFunction


def cache_function(memory: Memory | None, function: Callable[..., Any]) -> Callable[..., Any]:
    """Memorise a function in the user's ``joblib.Memory``.

    Parameters
    ----------
    memory
        Where results are kept. ``None`` and ``Memory(None)`` mean no caching.
    function
        A pure function defined at the top level of a module, which takes arrays, frames and plain values.

    Returns
    -------
    Callable
        ``function`` itself if there is no memory, otherwise the function with a cache around it.

    Examples
    --------
    >>> from gaitmap.caching import cache_function
    >>> cache_function(None, abs) is abs
    True
    """
    if memory is None or memory.store_backend is None:
        return function
    return CachedFunction(memory, function)
