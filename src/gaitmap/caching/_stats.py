"""Counts of what the caches did in this process."""

import dataclasses
import os
import threading
from typing import Any

import pandas as pd
from joblib import Memory


@dataclasses.dataclass
class FunctionStats:
    """What happened to the cache of one function in one folder."""

    hits: int = 0
    misses: int = 0
    corrupt: int = 0
    not_stored: int = 0
    bytes_read: int = 0
    bytes_written: int = 0
    seconds_hashing: float = 0.0
    seconds_computing: float = 0.0
    seconds_loading: float = 0.0


_COLUMNS = [field.name for field in dataclasses.fields(FunctionStats)]
_LOCK = threading.Lock()
_STATS: dict[tuple[str, str], FunctionStats] = {}


def location_of(memory: Memory) -> str:
    """Return the folder of the store, as one fixed spelling."""
    return os.path.realpath(str(memory.store_backend.location))


def count(location: str, function: str, **increments: Any) -> None:
    """Add to the counts of a function."""
    with _LOCK:
        stats = _STATS.setdefault((location, function), FunctionStats())
        for name, value in increments.items():
            setattr(stats, name, getattr(stats, name) + value)


def cache_stats(memory: Memory | None = None, *, reset: bool = False) -> pd.DataFrame:
    """Report what the caches did in this process so far.

    Parameters
    ----------
    memory
        Report on the folder of this memory alone. ``None`` means all folders.
    reset
        Set the reported counts to zero after reading them.

    Returns
    -------
    pandas.DataFrame
        One row per function (index ``function``), summed over the folders, with the columns ``hits``, ``misses``,
        ``corrupt`` (damaged entries that were computed anew), ``not_stored`` (results that could not be stored),
        ``bytes_read``, ``bytes_written``, ``seconds_hashing``, ``seconds_computing`` and ``seconds_loading``.
        Worker processes have their own counts.

    Examples
    --------
    >>> from gaitmap.caching import cache_stats
    >>> stats = cache_stats(reset=True)
    >>> len(cache_stats())
    0
    """
    if memory is not None and memory.store_backend is None:
        chosen: list[tuple[str, str]] = []
    with _LOCK:
        if memory is None:
            chosen = list(_STATS)
        elif memory.store_backend is not None:
            location = location_of(memory)
            chosen = [key for key in _STATS if key[0] == location]
        rows = [
            {"function": function, **dataclasses.asdict(_STATS[location, function])} for location, function in chosen
        ]
        if reset:
            for key in chosen:
                del _STATS[key]
    table = pd.DataFrame(rows, columns=["function", *_COLUMNS])
    return table.groupby("function", sort=True).sum()
