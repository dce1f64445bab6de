"""One entry of the store on disk: the files in its folder, and how they are written, checked and touched.

An entry is the folder that ``joblib`` would use, with ``joblib``'s own ``output.pkl`` and ``metadata.json``. Two files
are added: a note, named after the checksum of the payload (``gaitmap.<checksum>.json``), says what wrote it; ``used``
grows by one byte per hit: its size counts the hits, its time of change is the last use.

The name ties the note to the payload: of two processes that write the same entry at once, each leaves its own note, and
whichever payload stays has one that fits.
"""

import contextlib
import json
import os
import pickle
import re
import shutil
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Literal

import numpy as np
import xxhash
from joblib import numpy_pickle

PAYLOAD = "output.pkl"
USED = "used"
NOTE_PATTERN = r"gaitmap\.[0-9a-f]{16}\.json"

_CHUNK_BYTES = 1 << 22
# Up to this size what was checked is also what is loaded; larger payloads are read twice, but held in memory once.
_MOST_BYTES_AT_ONCE = 1 << 24
# Arrays with fewer bytes are plainly pickled.
_FEW_BYTES = 1 << 20
# An entry may be deleted and written anew while it is looked at: only what stays wrong is called damaged.
_LOOK_AGAIN_SECONDS = (0.01, 0.03)


class EntryTooLargeError(Exception):
    """The payload is larger than the limit of the whole cache."""


class EntryFolder:
    """The folder of one entry."""

    def __init__(self, path: str | os.PathLike) -> None:
        self._folder = os.path.join(path, "")  # noqa: PTH118 - text, which is faster on each hit than paths
        self.path = Path(path)

    @property
    def payload(self) -> Path:
        return self.path / PAYLOAD

    def write(
        self,
        value: Any,
        note: dict[str, Any],
        *,
        compress: Any = False,
        mapped: bool = False,
        bytes_limit: int | None = None,
    ) -> int:
        """Store a value with its note; other processes see either nothing, the old entry, or the whole new one.

        A few small arrays are written as a plain pickle, which Python reads ten times faster than the format of joblib
        (and which joblib reads too), unless ``mapped`` says that they are to be mapped from the file.
        Returns the number of bytes of the payload.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        new_payload, new_note = (self.path / _temporary_name(name) for name in (PAYLOAD, "gaitmap.json"))
        try:
            plain = not compress and not mapped and _is_quickly_pickled(value)
            with new_payload.open("wb") as file:
                if plain:
                    pickle.dump(value, file, protocol=5)
                else:
                    numpy_pickle.dump(value, file, compress=compress)
            size = new_payload.stat().st_size
            if bytes_limit is not None and size > bytes_limit:
                raise EntryTooLargeError(size)
            checksum = checksum_of_file(new_payload)
            new_note.write_text(
                _sealed({**note, "bytes": size, "checksum": checksum, "plain": plain}), encoding="utf-8"
            )
            new_note.replace(self._note(checksum))
            new_payload.replace(self.payload)
        finally:
            for leftover in (new_payload, new_note):
                leftover.unlink(missing_ok=True)
        return size

    def _note(self, checksum: str) -> Path:
        return self.path / f"gaitmap.{checksum}.json"

    def has_note(self) -> bool:
        """Tell whether there is any note; entries of plain joblib have none."""
        return any(self._notes())

    def _notes(self) -> list[Path]:
        return [path for path in self.path.iterdir() if re.fullmatch(NOTE_PATTERN, path.name)]

    def read_note(self) -> dict[str, Any] | None:
        """Return the newest note, whether the payload fits or not; None if all are damaged."""
        try:
            for path in sorted(self._notes(), key=lambda path: path.stat().st_mtime, reverse=True):
                if (note := _read_sealed(os.fspath(path))) is not None:
                    return note
        except OSError:
            pass
        return None

    def check(self) -> tuple[Literal["ok", "corrupt", "gone"], dict[str, Any]]:
        """Look for the note that belongs to the payload; return the state and the note."""
        return self.read(most_bytes=0)[:2]

    def read(
        self, most_bytes: int = _MOST_BYTES_AT_ONCE
    ) -> tuple[Literal["ok", "corrupt", "gone"], dict[str, Any], bytes | None]:
        """Do what `check` does; return the payload too if it is not larger than ``most_bytes``."""
        try:
            for pause in (None, *_LOOK_AGAIN_SECONDS):
                if pause is not None:  # even a sleep of no time would give way to other processes
                    time.sleep(pause)
                checksum, payload = _read_payload(f"{self._folder}{PAYLOAD}", most_bytes)
                note = _read_sealed(f"{self._folder}gaitmap.{checksum}.json")
                if note is not None:
                    return "ok", note, payload
            # Without any note another process is deleting the entry.
            return ("corrupt" if self.has_note() else "gone"), {}, None
        except (IsADirectoryError, NotADirectoryError):  # something else stands in place of a file
            return "corrupt", {}, None
        except OSError:  # deleted meanwhile, or not readable
            return "gone", {}, None

    def touch(self) -> None:
        """Note one more use; also for ``Memory.reduce_size``, which goes by the access time."""
        try:
            with open(f"{self._folder}{USED}", "ab", buffering=0) as file:  # noqa: PTH123
                file.write(b".")
            payload = f"{self._folder}{PAYLOAD}"
            os.utime(payload, ns=(time.time_ns(), os.stat(payload).st_mtime_ns))  # noqa: PTH116
        except OSError:  # read-only, or removed by another process meanwhile
            pass

    def remove(self) -> None:
        """Delete the entry; what another process deletes at the same time is no concern."""
        shutil.rmtree(self.path, ignore_errors=True)
        with contextlib.suppress(OSError):  # a file or a link in place of the folder
            self.path.unlink()


def _is_quickly_pickled(value: Any) -> bool:
    arrays = value if type(value) is tuple else (value,)
    return all(type(array) is np.ndarray and not array.dtype.hasobject for array in arrays) and (
        sum(array.nbytes for array in arrays) <= _FEW_BYTES
    )


def _temporary_name(name: str) -> str:
    # The pattern of joblib, so that leftovers of both are found alike.
    return f"{name}.{uuid.uuid4().hex}-{os.getpid()}-{threading.get_ident()}"


def checksum_of_file(path: Path) -> str:
    """Compute the XXH3-64 of a file."""
    return _read_payload(os.fspath(path), most_bytes=0)[0]


def _read_payload(path: str, most_bytes: int) -> tuple[str, bytes | None]:
    """Compute the checksum of a file; return it with the content if that is not too large."""
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123
        size = os.fstat(file.fileno()).st_size
        if size <= most_bytes:
            content = file.readall()
            return xxhash.xxh3_64_hexdigest(content), content
        hasher = xxhash.xxh3_64()
        buffer = memoryview(bytearray(min(max(size, 1), _CHUNK_BYTES)))
        while n_read := file.readinto(buffer):
            hasher.update(buffer[:n_read])
    return hasher.hexdigest(), None


def _sealed(note: dict[str, Any]) -> str:
    # The note has a line of its own, so that its seal can be compared before anything is parsed.
    text = json.dumps(note, sort_keys=True)
    return f'{{"seal": "{xxhash.xxh3_64_hexdigest(text.encode())}", "note":\n{text}\n}}\n'


def _read_sealed(path: str) -> dict[str, Any] | None:
    """Return the content of a note, None if it is damaged or not there."""
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123
            seal, text, end = file.readall().split(b"\n", 2)
    except (ValueError, FileNotFoundError):
        return None
    is_whole = seal == b'{"seal": "%s", "note":' % xxhash.xxh3_64_hexdigest(text).encode() and end == b"}\n"
    return json.loads(text) if is_whole else None
