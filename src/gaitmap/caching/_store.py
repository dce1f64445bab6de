"""Where a memory keeps the results of gaitmap, and what is there: only what proves itself is looked into."""

import contextlib
import dataclasses
import os
import re
import stat
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

from joblib import Memory

from gaitmap.caching._code import environment_key
from gaitmap.caching._entry import ENTRY_NAME, PAYLOAD, USED, EntryFolder, is_temporary

#: All that gaitmap stores lies in a folder of this name inside the folder of the memory, and nowhere else.
STORE = "gaitmap-cache"
_TAG = "CACHEDIR.TAG"
_TAG_TEXT = (
    "Signature: 8a477f597d28d172789f06886806bc55\n"
    "# Results stored by gaitmap ('gaitmap cache' looks into them). This folder can be deleted at any time.\n"
)
#: Unfinished files are left alone for this long: their writer may still be at work.
LEFTOVER_SECONDS = 3600
LOCK_NAME = re.compile(rf"{ENTRY_NAME.pattern}\.lock")


class NotACacheError(ValueError):
    """The folder holds no results stored by gaitmap."""


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
        Version of gaitmap that wrote the entry, None for entries of plain joblib and damaged ones.
    stale
        Whether the entry was made with other versions of gaitmap or of the packages that it computes with, so that it
        will not be loaded.
    checksum
        ``"ok"``, ``"corrupt"`` (damaged, or exchanged with another entry), ``"foreign"`` (Python objects that somebody
        else stored, which are not loaded), ``"none"`` (an entry of plain joblib) or ``"unchecked"``.
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
    checksum: Literal["ok", "corrupt", "foreign", "none", "unchecked"]
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
        Sorted by function and digest. Entries of plain joblib in the same folder are listed, but never deleted by
        gaitmap.

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
    store = find_store(location)
    entries = [entry for path in entry_folders(store) if (entry := _read_entry(path, check)) is not None]
    entries += [entry for path in _folders_of_joblib(store.parent) if (entry := _read_foreign(store, path)) is not None]
    return sorted(entries, key=lambda entry: (entry.function, entry.digest))


def store_of(memory: Memory) -> Path:
    """Return the folder of a memory that holds what gaitmap stores; it need not exist."""
    if memory.store_backend is None:
        raise NotACacheError("This memory has no location, so nothing is stored. Pass one with a folder.")
    return Path(memory.store_backend.location) / STORE


def find_store(location: str | os.PathLike | Memory) -> Path:
    """Return the folder that holds the entries, or raise if there is none."""
    if isinstance(location, Memory):
        return store_of(location)
    folder = Path(location).expanduser()
    # joblib stores in a sub-folder if it was given a string, in the folder itself if it was given a Path.
    inner = folder / "joblib"
    for store in (inner / STORE, folder / STORE, folder):
        if is_store(store):
            return store
    for marked, root in ((folder, inner if inner.is_dir() else folder), (folder.parent, folder)):
        if root.is_dir() and _is_marked_by_joblib(marked) and (root is not folder or folder.name == "joblib"):
            return root / STORE  # nothing is stored yet
    if folder.is_dir() and _is_marked_by_joblib(folder):
        return folder / STORE
    found = "nothing that gaitmap stored in it" if folder.is_dir() else "no such folder"
    raise NotACacheError(
        f"'{folder}' is not a cache. Found {found}. Expected the folder that was given to joblib.Memory."
    )


def is_store(folder: Path) -> bool:
    """Tell whether a folder carries the tag of gaitmap; links are not followed."""
    try:
        return not folder.is_symlink() and (folder / _TAG).read_text(encoding="utf-8", errors="replace") == _TAG_TEXT
    except OSError:
        return False


def make_store(store: Path) -> None:
    """Make the folder of a store with its tag; refuse a folder of that name that is somebody else's."""
    if is_store(store):
        return
    if store.is_symlink() or (store.exists() and any(map(_is_of_others, store.iterdir()))):
        raise NotADirectoryError(f"'{store}' exists and was not made by gaitmap")
    store.mkdir(parents=True, exist_ok=True)
    for name, text in ((".gitignore", "*\n"), (_TAG, _TAG_TEXT)):
        (store / name).write_text(text, encoding="utf-8")


def _is_of_others(path: Path) -> bool:
    """Tell what else is in a store without a tag from what one process stored while another cleared the cache."""
    try:
        is_folder = stat.S_ISDIR(path.lstat().st_mode)
    except OSError:  # deleted meanwhile
        return False
    names = [ENTRY_NAME.fullmatch(inner.name) or LOCK_NAME.fullmatch(inner.name) for inner in _children(path)]
    return path.name not in (_TAG, ".gitignore") and not (is_folder and all(names))


def _is_marked_by_joblib(folder: Path) -> bool:
    try:
        return "Created by joblib" in (folder / ".gitignore").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False


@contextlib.contextmanager
def without_gitignore(location: str | os.PathLike | None) -> Iterator[None]:
    """Keep joblib from hiding a folder that holds other things from git.

    ``joblib.Memory`` puts a ``.gitignore`` that names everything into its folder when it is made.
    """
    folder = Path(location or "")
    file = folder / ".gitignore"
    holds_others = any(path.name not in ("joblib", STORE) for path in _children(folder)) and not file.exists()
    yield
    if location is not None and holds_others and _is_marked_by_joblib(folder):
        file.unlink(missing_ok=True)


def entry_folders(store: Path) -> Iterator[Path]:
    """Find the folders of all entries: ``store/function/key``, none of them a link."""
    for function in _function_folders(store):
        for path in _children(function):
            if ENTRY_NAME.fullmatch(path.name) and _is_folder(path):
                yield path


def leftovers(store: Path, older_than_seconds: float = LEFTOVER_SECONDS) -> Iterator[Path]:
    """Find the unfinished files and locks of processes that were killed."""
    deadline = time.time() - older_than_seconds
    for function in _function_folders(store):
        for path in _children(function):
            is_entry = ENTRY_NAME.fullmatch(path.name) and _is_folder(path)
            for file in filter(is_temporary, _children(path)) if is_entry else [path]:
                try:
                    status = file.lstat()
                except OSError:  # deleted meanwhile
                    continue
                is_ours = (is_entry or LOCK_NAME.fullmatch(file.name)) and stat.S_ISREG(status.st_mode)
                if is_ours and status.st_mtime <= deadline:
                    yield file


def _function_folders(store: Path) -> list[Path]:
    return [path for path in _children(store) if _is_folder(path)] if is_store(store) else []


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _is_folder(path: Path) -> bool:
    return path.is_dir() and not path.is_symlink()


def remove_empty_folders(store: Path) -> None:
    """Delete the folders of functions that have no entries any more, and the store if nothing else is in it."""
    with contextlib.suppress(OSError):  # another process stores something there
        for function in _function_folders(store):
            with contextlib.suppress(OSError):
                function.rmdir()
        if is_store(store) and {path.name for path in store.iterdir()} <= {_TAG, ".gitignore"}:
            for name in (_TAG, ".gitignore"):
                (store / name).unlink(missing_ok=True)
            store.rmdir()


def check_entry(entry: CacheEntry) -> Literal["ok", "corrupt", "foreign", "none"]:
    """Compare one entry with its checksum, its key and the signature of this user."""
    if entry.checksum == "none":
        return "none"
    state, _ = EntryFolder(entry.path).check()
    return "corrupt" if state == "gone" else state


def describe_entry(entry: CacheEntry) -> dict[str, Any]:
    """Return what an entry says beyond the `CacheEntry`: versions, time to compute, arguments, warnings."""
    note = EntryFolder(entry.path).read_note() if entry.checksum != "none" else {}
    arguments, records = _of_kind(dict, note.get("arguments")), _of_kind(list, note.get("warnings"))
    return {
        "versions": ", ".join(_printable(text) for text in _of_kind(list, note.get("environment"))[3:]),
        "seconds_computing": note.get("seconds_computing"),
        "arguments": {_printable(name): _printable(text) for name, text in arguments.items()},
        "warnings": [_printable(_of_kind(dict, record).get("message")) for record in records],
    }


def _of_kind(kind: type, value: Any) -> Any:
    """Give a value of a note, which may be of anybody, or an empty one if it is not as it should be."""
    return value if isinstance(value, kind) else kind()


def _printable(value: Any) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in str(value))


def _read_entry(path: Path, check: bool) -> CacheEntry | None:
    folder = EntryFolder(path)
    try:
        files = {file.name: file.lstat() for file in folder.files()}
        state = files.get(PAYLOAD) or path.lstat()
    except OSError:  # another process is deleting it
        return None
    if not files:
        return None
    note = folder.read_note()
    used = files.get(USED)
    environment = _of_kind(list, note.get("environment"))
    created = note.get("created")
    entry = CacheEntry(
        function=_printable(note.get("function", path.parent.name)),
        digest=path.name,
        size=sum(file.st_size for file in files.values()),
        created=_as_time(created if isinstance(created, float) else state.st_mtime),
        last_used=_as_time(max(state.st_mtime, used.st_mtime if used else 0)),
        hits=used.st_size if used else 0,
        package_version=_printable(environment[1]) if len(environment) > 1 else None,
        stale=bool(note) and environment != list(environment_key()),
        checksum="unchecked",
        path=path,
    )
    return dataclasses.replace(entry, checksum=check_entry(entry)) if check else entry


# Entries of plain joblib: told, never touched -------------------------------------------------------------------------


def _folders_of_joblib(root: Path) -> Iterator[Path]:
    for folder, subfolders, names in os.walk(root, followlinks=False):
        subfolders[:] = [name for name in subfolders if name != STORE]
        if ENTRY_NAME.fullmatch(Path(folder).name) and {PAYLOAD, "metadata.json"} <= set(names):
            subfolders.clear()
            yield Path(folder)


def _read_foreign(store: Path, path: Path) -> CacheEntry | None:
    try:
        state = (path / PAYLOAD).lstat()
        size = sum(file.lstat().st_size for file in path.iterdir())
    except OSError:
        return None
    return CacheEntry(
        function=".".join(path.relative_to(store.parent).parts[:-1]),
        digest=path.name,
        size=size,
        created=_as_time(state.st_mtime),
        last_used=_as_time(max(state.st_atime, state.st_mtime)),
        hits=0,
        package_version=None,
        stale=False,
        checksum="none",
        path=path,
    )


def _as_time(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, tz=UTC)
