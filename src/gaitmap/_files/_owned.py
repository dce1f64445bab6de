"""What is ours to replace: names and hashes of all files that gaitmap wrote to a folder, kept in ``written.json``.

Only what is in this list, with the same content, is ever replaced or removed; everything else in a folder belongs to
somebody else. Symbolic links are somebody else's always, and never followed. The list comes first: it names a file
before the file takes its place, so that a stop at any point leaves nothing that it does not name.
"""

import contextlib
import hashlib
import json
import os
import re
import shutil
import stat
import uuid
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from gaitmap._files._write import flush, write_file

#: The list, in the folder that it is about.
LEDGER = "written.json"
#: Written last; a folder without it is not finished.
COMPLETE = "COMPLETE"
_WHAT = "Files that gaitmap wrote to this folder, with their SHA-256. Only these are ever replaced or removed."
_STAGING = re.compile(r"\.unfinished-[0-9a-f]{32}")
_NEW_LEDGER = re.compile(rf"\.{re.escape(LEDGER)}\.[0-9a-f]{{32}}")
# No larger list is read: one has a line of 100 bytes per file.
_MOST_BYTES = 100_000_000


class NotOursError(Exception):
    """Something stands in the way that gaitmap has not written, or that was changed since.

    Attributes
    ----------
    path
        Where it is.
    why
        What is known about it.
    """

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"'{path}' is not replaced or removed: {why}.")
        self.path = path
        self.why = why


@dataclass
class _Ledger:
    """The list of a folder. Each kind of results has its own part, and answers for no other."""

    folder: Path
    #: kind -> name of the file (relative, with "/") -> SHA-256 of what it may hold.
    files: dict[str, dict[str, list[str]]] = field(default_factory=dict)
    #: Folders that were being filled, and files that were being written.
    unfinished: list[str] = field(default_factory=list)

    @classmethod
    def read(cls, folder: Path) -> "_Ledger":
        path = folder / LEDGER
        if not os.path.lexists(path):
            return cls(folder)
        try:
            found = path.lstat()
            if not stat.S_ISREG(found.st_mode) or found.st_size > _MOST_BYTES:
                raise ValueError
            content = json.loads(path.read_text(encoding="utf-8"))
            if content["what"] != _WHAT:
                raise ValueError
            files = {
                str(kind): {str(name): [str(digest) for digest in digests] for name, digests in names.items()}
                for kind, names in content["files"].items()
            }
            # Names from elsewhere lead nowhere else.
            unfinished = [name for name in content["unfinished"] if _STAGING.fullmatch(name)]
        except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
            raise NotOursError(path, "it is no list of files that this gaitmap wrote") from None
        return cls(folder, files, unfinished)

    def write(self) -> None:
        write_file(self.folder / LEDGER, _text(self.files, self.unfinished))

    def check(self, kind: str, names: Collection[str]) -> list[str]:
        """Give the files below ``names`` that are there; raises if one of them is not ours."""
        present = []
        own = self.files.get(kind, {})
        for name in sorted(names):
            if not os.path.lexists(self.folder / name):
                continue
            for file in _walk(self.folder / name):
                relative = file.relative_to(self.folder).as_posix()
                if file.is_dir() and not file.is_symlink():  # empty; ours if there were files of ours in it
                    if any(known.startswith(f"{relative}/") for known in own):
                        continue
                    raise NotOursError(file, "gaitmap has not written it")
                if relative not in own:
                    other = next((k for k, files in self.files.items() if relative in files), None)
                    why = f"it belongs to the results of a {other}" if other else "gaitmap has not written it"
                    raise NotOursError(file, why)
                if _sha256(file) not in own[relative]:
                    raise NotOursError(file, "it was changed since gaitmap wrote it")
                present.append(relative)
        return present

    def remove(self, kind: str, names: Collection[str]) -> None:
        for relative in self.check(kind, names):
            (self.folder / relative).unlink()
        for name in names:
            _remove_empty_folders(self.folder / name)


def check_own(folder: Path, names: Collection[str], *, kind: str) -> None:
    """Check that all that has one of some names in a folder is ours, before work starts.

    Parameters
    ----------
    folder
        The folder; need not exist.
    names
        Names of files and folders directly in it that will be written.
    kind
        What the files are results of: "recording", "cohort" or "simulation".

    Raises
    ------
    NotOursError
        About the first file that is not.
    """
    _Ledger.read(folder).check(kind, names)


def is_own(folder: Path, name: str, *, kind: str) -> bool:
    """Tell whether a file or folder is there and all in it is ours."""
    try:
        return bool(_Ledger.read(folder).check(kind, [name]))
    except NotOursError:
        return False


@contextlib.contextmanager
def staged(folder: Path, names: Collection[str], *, kind: str, last: str = COMPLETE) -> Iterator[Path]:
    """Give an empty folder to write to; its entries take their places in ``folder`` when the block ends well.

    What has one of ``names`` in ``folder`` is replaced or removed, if it is ours; everything else there is left alone.
    The file ``last`` is taken away first and takes its place last, when everything else is on the disk, so that a stop
    at any point leaves an unfinished folder, never a mixed one that looks finished. If the block does not write it, it
    is empty. If the block raises, ``folder`` stays as it was. One writer per folder at a time.

    Raises
    ------
    NotOursError
        If something that is not ours has one of the names; nothing is changed then.
    """
    names = {*names, last}
    folder.mkdir(parents=True, exist_ok=True)
    ledger = _Ledger.read(folder)
    ledger.check(kind, names)
    _remove_leftovers(ledger)
    staging = _announce(ledger)
    staging.mkdir()
    try:
        yield staging
        _take_places(ledger, staging, names, kind, last)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
        if ledger.unfinished:
            ledger.unfinished = []
            with contextlib.suppress(OSError):
                ledger.write()


def _announce(ledger: _Ledger) -> Path:
    """Enter a new name for something unfinished in the list, and give its path."""
    unfinished = ledger.folder / f".unfinished-{uuid.uuid4().hex}"
    ledger.unfinished = [unfinished.name]
    ledger.write()
    return unfinished


def _take_places(ledger: _Ledger, staging: Path, names: set[str], kind: str, last: str) -> None:
    folder = ledger.folder
    (staging / last).touch()
    new = {file.relative_to(staging).as_posix(): [digest] for file in _flushed(staging) if (digest := _sha256(file))}
    strangers = {name.split("/")[0] for name in new} - names
    if strangers:
        raise ValueError(f"Files that were not announced: {sorted(strangers)}.")
    old = ledger.files.get(kind, {})
    ledger.files[kind] = {n: [*old.get(n, []), *new.get(n, [])] for n in {**old, **new}}
    ledger.write()
    # The last word goes first: from here on the folder is not finished.
    ledger.remove(kind, [last])
    flush(folder)
    ledger.remove(kind, names)
    for entry in sorted(staging.iterdir()):
        if entry.name != last:
            entry.replace(folder / entry.name)
    flush(folder)
    (staging / last).replace(folder / last)
    flush(folder)
    kept = {n: digests for n, digests in old.items() if n.split("/")[0] not in names}
    ledger.files[kind] = kept | new
    ledger.unfinished = []
    shutil.rmtree(staging, ignore_errors=True)
    ledger.write()


def write_own(folder: Path, name: str, content: str, *, kind: str) -> None:
    """Write a file, and enter it in the list; raises NotOursError where something else has its name."""
    folder.mkdir(parents=True, exist_ok=True)
    ledger = _Ledger.read(folder)
    ledger.check(kind, [name])
    own = ledger.files.setdefault(kind, {})
    _remove_leftovers(ledger)
    own[name] = [*own.get(name, []), hashlib.sha256(content.encode()).hexdigest()]
    unfinished = _announce(ledger)
    unfinished.write_text(content, encoding="utf-8", newline="")
    flush(unfinished)
    unfinished.replace(folder / name)
    flush(folder)
    own[name] = own[name][-1:]
    ledger.unfinished = []
    ledger.write()


def remove_own(folder: Path, names: Collection[str], *, kind: str) -> None:
    """Remove files and folders if all in them is ours; what is not there is no concern.

    Raises
    ------
    NotOursError
        If anything is not ours; then nothing is removed.
    """
    if not any(os.path.lexists(folder / name) for name in names):
        return
    ledger = _Ledger.read(folder)
    ledger.remove(kind, names)
    _remove_leftovers(ledger)
    ledger.unfinished = []
    ledger.files[kind] = {
        n: digests for n, digests in ledger.files.get(kind, {}).items() if n.split("/")[0] not in names
    }
    ledger.write()


def _walk(entry: Path) -> Iterator[Path]:
    """Give a file, or all files and empty folders in a folder; links are given as they are."""
    inner = sorted(entry.iterdir()) if stat.S_ISDIR(entry.lstat().st_mode) else []
    if not inner:
        yield entry
    for path in inner:
        yield from _walk(path)


def _sha256(file: Path) -> str | None:
    """SHA-256 of a regular file; None for links, devices and pipes."""
    if not stat.S_ISREG(file.lstat().st_mode):
        return None
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _flushed(folder: Path) -> Iterable[Path]:
    """All files in a folder, after they have come to the disk with their names."""
    files = [path for path in _walk(folder) if not path.is_dir()]
    for path in [*files, *{file.parent for file in files}]:
        flush(path)
    return files


def _remove_empty_folders(entry: Path) -> None:
    if entry.is_symlink() or not entry.is_dir():
        return
    for inner in entry.iterdir():
        _remove_empty_folders(inner)
    entry.rmdir()


def _remove_leftovers(ledger: _Ledger) -> None:
    """Remove what a process that was killed had not finished."""
    for name in ledger.unfinished:
        leftover = ledger.folder / name
        if leftover.is_symlink():
            continue
        if leftover.is_dir():
            shutil.rmtree(leftover, ignore_errors=True)
        else:
            leftover.unlink(missing_ok=True)
    for entry in ledger.folder.iterdir():
        if _NEW_LEDGER.fullmatch(entry.name) and _begins_as_ledger(entry):
            entry.unlink(missing_ok=True)


def _begins_as_ledger(path: Path) -> bool:
    if not stat.S_ISREG(path.lstat().st_mode):
        return False
    start = _text({}, [])[: len(_WHAT)].encode()
    with path.open("rb") as file:
        found = file.read(len(start))
    return found == start[: len(found)]


def _text(files: dict[str, dict[str, list[str]]], unfinished: list[str]) -> str:
    content = {"what": _WHAT, "files": {k: v for k, v in files.items() if v}, "unfinished": unfinished}
    return json.dumps(content, indent=1, ensure_ascii=False) + "\n"
