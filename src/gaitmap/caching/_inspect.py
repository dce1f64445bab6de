"""What is in a cache folder: its entries, what killed writers left behind, and whether it is a cache at all."""

import dataclasses
import json
import os
import re
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from joblib import Memory

import gaitmap
from gaitmap.caching._entry import NOTE_PATTERN, PAYLOAD, USED, EntryFolder
from gaitmap.caching._fingerprint import SCHEMA
from gaitmap.caching._lock import LOCK_SUFFIX

METADATA = "metadata.json"
CODE = "func_code.py"
#: Unfinished files are left alone for this long: their writer may still be at work.
LEFTOVER_SECONDS = 3600

_ENTRY_NAME = re.compile(r"[0-9a-f]{32}")
_LEFTOVER_NAME = re.compile(
    rf"({re.escape(PAYLOAD)}|gaitmap.json|{METADATA}|{CODE})\.[0-9a-f]{{32}}-\d+-\d+|[0-9a-f]{{32}}{re.escape(LOCK_SUFFIX)}"
)
_CACHE_FILE = re.compile("|".join((*map(re.escape, (PAYLOAD, USED, METADATA, CODE, ".gitignore")), NOTE_PATTERN)))


class NotACacheError(ValueError):
    """The folder holds no store of ``joblib.Memory``."""


@dataclasses.dataclass(frozen=True)
class CacheEntry:
    """One stored result.

    Attributes
    ----------
    function
        Dotted name of the function or method.
    digest
        Name of the entry: the digest of everything the result depends on.
    size
        Bytes on disk.
    created, last_used
        Times with time zone (UTC).
    hits
        How often the entry was loaded, by all processes; 0 for entries that plain joblib wrote.
    package_version
        Version of gaitmap that wrote the entry, None for entries of plain joblib.
    stale
        Whether this version of gaitmap will never load the entry.
    checksum
        ``"ok"``, ``"corrupt"``, ``"none"`` (an entry of plain joblib) or ``"unchecked"``.
    path
        Folder of the entry.
    """

    function: str
    digest: str
    size: int
    created: datetime
    last_used: datetime
    hits: int
    package_version: str | None
    stale: bool
    checksum: Literal["ok", "corrupt", "none", "unchecked"]
    path: Path


def inspect_cache(location: str | os.PathLike | Memory, *, check: bool = True) -> list[CacheEntry]:
    """List the entries of a cache.

    Parameters
    ----------
    location
        A ``joblib.Memory``, or the folder it was given.
    check
        Compare each entry with its checksum. This reads the whole cache.

    Returns
    -------
    list of CacheEntry
        Sorted by function and digest.

    Raises
    ------
    NotACacheError
        If the folder is no cache (a ``ValueError``).

    Examples
    --------
    >>> import tempfile
    >>> from joblib import Memory
    >>> from gaitmap.caching import inspect_cache
    >>> inspect_cache(Memory(tempfile.mkdtemp(), verbose=0))
    []
    """
    root = find_store(location)
    entries = (_read_entry(root, folder, check) for folder in iter_entry_folders(root))
    return sorted((entry for entry in entries if entry is not None), key=lambda entry: (entry.function, entry.digest))


def find_store(location: str | os.PathLike | Memory) -> Path:
    """Return the folder that holds the entries, or raise if there is none."""
    if isinstance(location, Memory):
        if location.store_backend is None:
            raise NotACacheError("This memory has no location, so nothing is stored. Pass one with a folder.")
        return Path(location.store_backend.location)
    folder = Path(location).expanduser()
    # joblib stores in a sub-folder if it was given a string, in the folder itself if it was given a Path.
    inner = folder / "joblib"
    if inner.is_dir() and (_has_marker(folder) or _has_marker(inner) or _holds_entries_only(inner)):
        return inner
    if folder.is_dir() and (_has_marker(folder) or _is_marked_inner(folder) or _holds_entries_only(folder)):
        return folder
    found = "no store of joblib.Memory in it" if folder.is_dir() else "no such folder"
    raise NotACacheError(
        f"'{folder}' is not a cache. Found {found}. Expected the folder that was given to joblib.Memory."
    )


def _has_marker(folder: Path) -> bool:
    try:
        return "Created by joblib" in (folder / ".gitignore").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


def _is_marked_inner(folder: Path) -> bool:
    return folder.name == "joblib" and _has_marker(folder.parent)


def _holds_entries_only(folder: Path) -> bool:
    """Tell a store without marker (older joblib) from any other folder: not one foreign file is in it."""
    found = folder.name == "joblib"
    for _, _, names in os.walk(folder):
        for name in names:
            if not (_CACHE_FILE.fullmatch(name) or _LEFTOVER_NAME.fullmatch(name)):
                return False
            found = found or name == PAYLOAD
    return found


def iter_entry_folders(root: Path) -> Iterator[Path]:
    """Find the folders of all entries; links are not followed."""
    for folder, subfolders, names in os.walk(root, followlinks=False):
        is_named_so = _ENTRY_NAME.match(Path(folder).name) is not None
        if PAYLOAD in names or (is_named_so and any(_CACHE_FILE.fullmatch(name) for name in names)):
            subfolders.clear()
            yield Path(folder)


def iter_leftovers(root: Path, older_than_seconds: float = LEFTOVER_SECONDS) -> Iterator[Path]:
    """Find the unfinished files of writers that were killed."""
    deadline = time.time() - older_than_seconds
    for folder, _, names in os.walk(root, followlinks=False):
        for name in names:
            path = Path(folder, name)
            try:
                if _LEFTOVER_NAME.fullmatch(name) and path.lstat().st_mtime <= deadline:
                    yield path
            except OSError:
                continue


def folder_size(folder: Path) -> int:
    """Add up the files of an entry."""
    return sum(path.lstat().st_size for path in folder.iterdir())


def _read_entry(root: Path, path: Path, check: bool) -> CacheEntry | None:
    folder = EntryFolder(path)
    try:
        note, has_note = folder.read_note(), folder.has_note()
        size = folder_size(path)
        state = folder.payload.stat() if folder.payload.exists() else path.stat()
        used = (path / USED).stat() if (path / USED).exists() else None
    except OSError:  # another process is deleting it
        return None
    last_used = used.st_mtime if used is not None else state.st_mtime if has_note else state.st_atime
    entry = CacheEntry(
        function=".".join(path.relative_to(root).parts[:-1]),
        digest=path.name,
        size=size,
        created=_as_time(state.st_mtime if note is None else note.get("created", state.st_mtime)),
        last_used=_as_time(max(last_used, state.st_mtime)),
        hits=0 if used is None else used.st_size,
        package_version=None if note is None else str(note["environment"][1]),
        stale=note is not None and (note["schema"] != SCHEMA or note["environment"][1] != gaitmap.__version__),
        checksum="unchecked" if has_note else "none",
        path=path,
    )
    return dataclasses.replace(entry, checksum=check_entry(entry)) if check else entry


def check_entry(entry: CacheEntry) -> Literal["ok", "corrupt", "none"]:
    """Compare one entry with its checksum."""
    if entry.checksum == "none":
        return "none"
    return "ok" if EntryFolder(entry.path).check()[0] == "ok" else "corrupt"


def describe_entry(entry: CacheEntry) -> dict[str, Any]:
    """Return what the files of an entry say beyond the `CacheEntry`: versions, time to compute, arguments, warnings."""
    note = EntryFolder(entry.path).read_note() or {}
    try:
        arguments = json.loads((entry.path / METADATA).read_text(encoding="utf-8")).get("input_args", {})
    except (OSError, ValueError):
        arguments = {}
    return {
        "versions": ", ".join(map(str, note.get("environment", [])[3:])),
        "seconds_computing": note.get("seconds_computing"),
        "arguments": arguments,
        "warnings": [record["message"] for record in note.get("warnings", [])],
    }


def _as_time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
