"""What a long run keeps on disk, so that it can go on after an interruption."""

import hashlib
import json
import pickle
import stat
import warnings
from pathlib import Path
from typing import Any

from gaitmap._files import NotSignedHereError, flush, signed_bytes, tag_of, verified_bytes
from gaitmap.utils.exceptions import ValidationError

_KEY = "run.json"
_STATE = "state.signed"
_FOREIGN = (
    "The progress in '{}' was not written by this user on this machine, or was changed since. It is not read, as that "
    "could run programs in it, and stays where it is; the analysis begins anew."
)


class Checkpoint:
    """A folder with the state of a run after its last finished block, and the results of all blocks before.

    The files are pickles, which run code when they are read. Each carries a tag that only this user can make, for this
    run and this file; what carries none is neither read nor removed. The folder is removed at the end of the run.

    Parameters
    ----------
    folder
        The folder; made if it does not exist. If one of that name is not this user's, another name is used.
    key
        What the run depends on, in plain JSON types. The folder of a run with another key is emptied.
    """

    def __init__(self, folder: str | Path, key: dict[str, Any]) -> None:
        self._key = json.dumps(key, sort_keys=True)
        self.folder = self._choose_folder(Path(folder))
        if self._read_key() != self._key:
            self.remove()
            self.folder.mkdir(parents=True)
            self._write(_KEY, self._key.encode(), of_run=False)

    def load(self) -> Any:
        """Read the last state; None if there is none that can be read, with the results of all blocks before."""
        try:
            n_parts, state = pickle.loads(self._read(_STATE))
            for i in range(n_parts):
                self._read(_name(i))
        except Exception:  # noqa: BLE001 (a damaged pickle raises anything; the run then starts at the beginning)
            return None
        return state

    def save(self, state: Any, n_parts: int, part: Any = None) -> None:
        """Keep the results of a block as the last of ``n_parts``, then the state after it."""
        if part is not None:
            self._write(_name(n_parts - 1), _pickled(part))
        self._write(_STATE, _pickled((n_parts, state)))

    def part(self, i: int) -> Any:
        """Read the results of a block."""
        return pickle.loads(self._read(_name(i)))

    def remove(self) -> None:
        """Remove the folder, if everything in it is ours."""
        if not self.folder.exists() or not _is_ours(self.folder):
            return
        # The key goes last: it is what the others are proven with.
        for entry in sorted(self.folder.iterdir(), key=lambda entry: entry.name == _KEY):
            entry.unlink(missing_ok=True)
        self.folder.rmdir()

    def _choose_folder(self, folder: Path) -> Path:
        if _is_ours(folder):
            return folder
        warnings.warn(_FOREIGN.format(folder), UserWarning, stacklevel=4)
        other = folder.with_name(f"{folder.name}-{tag_of('folder of progress')[:16]}")
        if not _is_ours(other):
            raise ValidationError(
                f"Progress of an analysis: '{folder}' and '{other}' are not this user's. Found other files in them. "
                "Expected progress of this user, or nothing. Choose another folder for the results."
            )
        return other

    def _read_key(self) -> str | None:
        try:
            return verified_bytes((self.folder / _KEY).read_bytes(), _KEY).decode()
        except (OSError, NotSignedHereError):
            return None

    def _read(self, name: str) -> bytes:
        return verified_bytes((self.folder / name).read_bytes(), _purpose(self._key, name))

    def _write(self, name: str, content: bytes, *, of_run: bool = True) -> None:
        """Write so that a stop on the way leaves the file as it was."""
        unfinished = self.folder / _unfinished(name)
        unfinished.write_bytes(signed_bytes(content, _purpose(self._key, name) if of_run else name))
        flush(unfinished)
        unfinished.replace(self.folder / name)
        flush(self.folder)


def _pickled(content: Any) -> bytes:
    return pickle.dumps(content, protocol=pickle.HIGHEST_PROTOCOL)


def _name(i: int) -> str:
    return f"part-{i:05d}.signed"


def _unfinished(name: str) -> str:
    """Name of a file that is being written, which nobody else can make."""
    return f"{name}.{tag_of(name)[:32]}"


def _purpose(key: str, name: str) -> str:
    return f"{hashlib.sha256(key.encode()).hexdigest()}/{name}"


def _is_ours(folder: Path) -> bool:
    """Whether a folder is not there, or holds nothing but what this user signed."""
    try:
        if not stat.S_ISDIR(folder.lstat().st_mode):
            return False
        entries = list(folder.iterdir())
    except FileNotFoundError:
        return True
    if any(not stat.S_ISREG(entry.lstat().st_mode) for entry in entries):
        return False
    try:
        key = verified_bytes((folder / _KEY).read_bytes(), _KEY).decode() if (folder / _KEY).exists() else ""
        for entry in entries:
            if entry.name != _KEY and entry.name != _unfinished(entry.name.rpartition(".")[0]):
                verified_bytes(entry.read_bytes(), _purpose(key, entry.name))
    except NotSignedHereError:
        return False
    return True
