"""Keeping a cache within limits of size, number and age."""

import dataclasses
import math
import os
import threading
import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from joblib import Memory
from joblib.disk import memstr_to_bytes

from gaitmap.caching._entry import EntryFolder
from gaitmap.caching._store import CacheEntry, find_store, inspect_cache, leftovers

# A cache that is too large is cut back to this part of its limit, so that not every write leads to a clean-up.
_TARGET = 0.9
# Entries of other processes are looked for after this many writes, but not more often than once a minute.
_WRITES_BETWEEN_SCANS = 50
_SECONDS_BETWEEN_SCANS = 60.0


def enforce_limits(
    memory: Memory,
    bytes_limit: int | str | None = None,
    items_limit: int | None = None,
    age_limit: timedelta | None = None,
) -> list[CacheEntry]:
    """Delete the least recently used entries until a cache keeps its limits.

    What exceeds a limit is cut back to 90 % of it. Unfinished files of killed writers, older than one hour, are deleted
    as well. Other processes may use the cache meanwhile. Only what gaitmap stored counts, and only that is deleted.

    Parameters
    ----------
    memory
        The cache.
    bytes_limit
        Most bytes of all entries together; a number, or text such as ``"500M"`` or ``"5G"``.
    items_limit
        Most entries.
    age_limit
        Entries that were not used for longer than this are deleted.

    Returns
    -------
    list of CacheEntry
        What was deleted.

    Examples
    --------
    >>> import tempfile
    >>> from joblib import Memory
    >>> from gaitmap.caching import enforce_limits
    >>> enforce_limits(Memory(tempfile.mkdtemp(), verbose=0), bytes_limit="5G")
    []
    """
    if memory.store_backend is None:
        return []
    limits = Limits.of(bytes_limit, items_limit, age_limit)
    removed = remove_entries(choose_entries(inspect_cache(memory, check=False), limits))
    remove_leftovers(find_store(memory))
    return removed


@dataclasses.dataclass(frozen=True)
class Limits:
    """Limits of a cache."""

    bytes_limit: int | None = None
    items_limit: int | None = None
    age_limit: timedelta | None = None

    @classmethod
    def of(cls, bytes_limit: int | str | None, items_limit: int | None, age_limit: timedelta | None) -> "Limits":
        """Check the values and understand sizes given as text."""
        n_bytes = memstr_to_bytes(bytes_limit) if isinstance(bytes_limit, str) else bytes_limit
        for name, value in (("bytes_limit", n_bytes), ("items_limit", items_limit)):
            if value is not None and value < 0:
                raise ValueError(f"The '{name}' of a cache must be at least 0. Got {value!r} instead.")
        if age_limit is not None and age_limit < timedelta(0):
            raise ValueError(f"The 'age_limit' of a cache must not be negative. Got {age_limit!r} instead.")
        return cls(n_bytes, items_limit, age_limit)

    def after_write(self, memory: Memory, written: Path) -> None:
        """Note a new entry and clean up if the limits may be exceeded; the new entry survives."""
        store = find_store(memory)
        location = os.path.realpath(store)
        try:
            size = sum(file.lstat().st_size for file in EntryFolder(written).files())
        except OSError:  # deleted by another process meanwhile
            return
        with _LOCK:
            known = _KNOWN.setdefault(location, _Known())
            known.n_writes += 1
            is_first = known.seconds_of_scan is None
            known.n_bytes += size
            known.n_items += 1
            too_much = (self.bytes_limit is not None and known.n_bytes > self.bytes_limit) or (
                self.items_limit is not None and known.n_items > self.items_limit
            )
            is_due = known.n_writes % _WRITES_BETWEEN_SCANS == 0 and (
                time.monotonic() - (known.seconds_of_scan or 0) > _SECONDS_BETWEEN_SCANS
            )
            if not (is_first or too_much or is_due):
                return
            entries = inspect_cache(memory, check=False)
            removed = remove_entries(choose_entries(entries, self, keep=written))
            remove_leftovers(store)
            gone = {entry.path for entry in removed}
            left = [entry for entry in entries if entry.path not in gone and entry.checksum != "none"]
            known.n_bytes = sum(entry.size for entry in left)
            known.n_items = len(left)
            known.seconds_of_scan = time.monotonic()


@dataclasses.dataclass
class _Known:
    """What this process believes to be in a folder."""

    n_bytes: int = 0
    n_items: int = 0
    n_writes: int = 0
    seconds_of_scan: float | None = None


_LOCK = threading.Lock()
_KNOWN: dict[str, _Known] = {}


def choose_entries(entries: Sequence[CacheEntry], limits: Limits, keep: Path | None = None) -> list[CacheEntry]:
    """Choose what to delete: entries that are too old, then the least recently used ones."""
    entries = [entry for entry in entries if entry.checksum != "none"]
    by_use = sorted((entry for entry in entries if entry.path != keep), key=lambda entry: entry.last_used)
    chosen: list[CacheEntry] = []
    if limits.age_limit is not None:
        deadline = datetime.now(tz=UTC) - limits.age_limit
        chosen = [entry for entry in by_use if entry.last_used < deadline]
    n_items = len(entries) - len(chosen)
    n_bytes = sum(entry.size for entry in entries) - sum(entry.size for entry in chosen)
    most_items = _target(n_items, limits.items_limit)
    most_bytes = _target(n_bytes, limits.bytes_limit)
    for entry in by_use[len(chosen) :]:
        if n_items <= most_items and n_bytes <= most_bytes:
            break
        chosen.append(entry)
        n_items -= 1
        n_bytes -= entry.size
    return chosen


def _target(present: int, limit: int | None) -> float:
    if limit is None or present <= limit:
        return math.inf
    return math.ceil(_TARGET * limit)


def remove_entries(entries: Iterable[CacheEntry]) -> list[CacheEntry]:
    """Delete entries of gaitmap; return those that are gone. What plain joblib stored stays."""
    removed = []
    for entry in entries:
        folder = EntryFolder(entry.path)
        if entry.checksum != "none":
            folder.remove()
            if not folder.files():
                removed.append(entry)
    return removed


def remove_leftovers(store: Path, **kwargs: Any) -> list[tuple[Path, int]]:
    """Delete unfinished files, and the folders that are empty then; return them with their sizes."""
    removed = []
    for path in list(leftovers(store, **kwargs)):
        try:
            size = path.lstat().st_size
            path.unlink()
            removed.append((path, size))
            path.parent.rmdir()
        except OSError:  # gone already, or the folder is in use
            continue
    return removed
