"""A ``joblib.Memory`` that keeps its limits by itself."""

import functools
import inspect
import os
import warnings
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from joblib import Memory
from joblib.memory import MemorizedFunc

from gaitmap.caching._function import CachedFunction
from gaitmap.caching._limits import Limits, enforce_limits, remove_entries, remove_leftovers
from gaitmap.caching._store import inspect_cache, remove_empty_folders, store_of, without_gitignore
from gaitmap.caching._warnings import CacheStoreWarning


class BoundedMemory(Memory):
    """A ``joblib.Memory`` with limits, usable wherever a memory is expected.

    The limits are checked when an entry is written. A cache that exceeds one is cut back to 90 % of it, least recently
    used entries first; the entry just written survives. A result that is larger than the whole limit is not stored.
    Where the folder cannot be made, nothing is cached, and a warning says so.
    Several processes may share the folder: each sees what the others wrote at the latest after 50 writes and a minute.
    Only what gaitmap stored there counts and is ever deleted, also by ``clear``: the folder may hold other things.

    Parameters
    ----------
    location
        Folder of the cache, None for no caching.
    bytes_limit
        Most bytes of all entries together; a number, or text such as ``"500M"`` or ``"5G"``. None means no limit.
    items_limit
        Most entries. None means no limit.
    age_limit
        Entries that were not used for longer than this are deleted. None means no limit.
    min_benefit
        Store a result only if computing it took at least this many times as long as a hit does (the time to hash the
        arguments and to load the result, of which the latter is estimated). 0: store everything; 3 is a sensible value
        where steps of very different length share a memory.
    **joblib_kwargs
        Further parameters of ``joblib.Memory`` (``verbose``, ``mmap_mode``, ``compress``, ...).

    Examples
    --------
    >>> import tempfile
    >>> from gaitmap.caching import BoundedMemory
    >>> memory = BoundedMemory(tempfile.mkdtemp(), bytes_limit="5G", verbose=0)
    >>> memory.limits.bytes_limit
    5368709120
    """

    def __init__(
        self,
        location: str | os.PathLike | None = None,
        bytes_limit: int | str | None = None,
        items_limit: int | None = None,
        age_limit: timedelta | None = None,
        *,
        min_benefit: float = 0,
        **joblib_kwargs: Any,
    ) -> None:
        self.limits = Limits.of(bytes_limit, items_limit, age_limit)
        if not min_benefit >= 0:
            raise ValueError(f"The 'min_benefit' of a cache must be at least 0. Got {min_benefit!r} instead.")
        self.min_benefit = min_benefit
        try:
            with without_gitignore(location):
                super().__init__(location, **joblib_kwargs)
        except OSError as error:
            warnings.warn(
                f"Nothing is cached, the folder '{location}' cannot be made: {error}.", CacheStoreWarning, stacklevel=2
            )
            super().__init__(None, **joblib_kwargs)

    def cache(
        self,
        func: Callable | None = None,
        ignore: list[str] | None = None,
        verbose: int | None = None,
        mmap_mode: Any = False,
        cache_validation_callback: Callable[[dict], bool] | None = None,
    ) -> Any:
        options = {
            "ignore": ignore,
            "verbose": verbose,
            "mmap_mode": mmap_mode,
            "cache_validation_callback": cache_validation_callback,
        }
        if func is None:
            return functools.partial(self.cache, **options)
        func = getattr(func, "func", func) if isinstance(func, CachedFunction | MemorizedFunc) else func
        if self.store_backend is None or self.backend != "local" or inspect.iscoroutinefunction(func):
            return super().cache(func, **options)
        return CachedFunction(self, func, **options)

    def clear(self, warn: bool = True) -> None:
        """Delete all that gaitmap stored; other processes may store new entries meanwhile."""
        if self.store_backend is not None:
            remove_entries(inspect_cache(self, check=False))
            remove_leftovers(store_of(self))
            remove_empty_folders(store_of(self))

    def reduce_size(
        self,
        bytes_limit: int | str | None = None,
        items_limit: int | None = None,
        age_limit: timedelta | None = None,
    ) -> None:
        """Delete the least recently used entries; without arguments, to the limits of this memory."""
        if bytes_limit is None and items_limit is None and age_limit is None:
            limits = self.limits
        else:
            limits = Limits.of(bytes_limit, items_limit, age_limit)
        enforce_limits(self, limits.bytes_limit, limits.items_limit, limits.age_limit)
