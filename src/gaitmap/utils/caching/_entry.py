"""One entry of the store on disk: the files in its folder, and how they are written, checked and touched.

An entry is the folder that ``joblib`` would use, with ``joblib``'s own ``output.pkl`` and ``metadata.json``. Two files
are added: ``gaitmap.json`` says what wrote the entry and holds the checksum; ``used`` grows by one byte per hit: its
size counts the hits, its time of change is the last use.
"""

import json
import os
import shutil
import threading
import time
import uuid
from pathlib import Path
from typing import Any, Literal

import xxhash
from joblib import numpy_pickle

PAYLOAD = "output.pkl"
NOTE = "gaitmap.json"
USED = "used"

_CHUNK_BYTES = 1 << 22
# A reader may meet the note of one writer beside the payload of another; this is how long it looks again.
_LOOK_AGAIN_SECONDS = (0.01, 0.05)
_RECENT_SECONDS = 5.0


class EntryTooLargeError(Exception):
    """The payload is larger than the limit of the whole cache."""


class EntryFolder:
    """The folder of one entry."""

    def __init__(self, path: str | os.PathLike) -> None:
        self.path = Path(path)

    @property
    def payload(self) -> Path:
        return self.path / PAYLOAD

    def write(self, value: Any, note: dict[str, Any], *, compress: Any = False, bytes_limit: int | None = None) -> int:
        """Store a value with its note; other processes see either nothing, the old entry, or the whole new one.

        Returns the number of bytes of the payload.
        """
        self.path.mkdir(parents=True, exist_ok=True)
        new_payload, new_note = (self.path / _temporary_name(name) for name in (PAYLOAD, NOTE))
        try:
            with new_payload.open("wb") as file:
                numpy_pickle.dump(value, file, compress=compress)
            size = new_payload.stat().st_size
            if bytes_limit is not None and size > bytes_limit:
                raise EntryTooLargeError(size)
            note = {**note, "bytes": size, "checksum": checksum_of_file(new_payload)}
            new_note.write_text(_sealed(note), encoding="utf-8")
            new_note.replace(self.path / NOTE)
            new_payload.replace(self.payload)
        finally:
            for leftover in (new_payload, new_note):
                leftover.unlink(missing_ok=True)
        return size

    def read_note(self) -> dict[str, Any] | None:
        """Return the note, or None if it is missing or damaged."""
        try:
            return _unsealed((self.path / NOTE).read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None

    def check(self) -> tuple[Literal["ok", "corrupt", "gone"], dict[str, Any]]:
        """Compare the payload with its checksum; return the state and the note."""
        for pause in (*_LOOK_AGAIN_SECONDS, None):
            note = self.read_note()
            try:
                if note is not None and checksum_of_file(self.payload) == note.get("checksum"):
                    return "ok", note
                age = time.time() - self.payload.stat().st_mtime
                (self.path / NOTE).stat()
            except OSError:  # another process is deleting it, or it is not readable
                return "gone", {}
            if pause is None or age > _RECENT_SECONDS:
                break
            time.sleep(pause)
        return "corrupt", {}

    def touch(self) -> None:
        """Note one more use; also for ``Memory.reduce_size``, which goes by the access time."""
        try:
            with (self.path / USED).open("ab") as file:
                file.write(b".")
            status = self.payload.stat()
            os.utime(self.payload, ns=(time.time_ns(), status.st_mtime_ns))
        except OSError:  # read-only, or removed by another process meanwhile
            pass

    def remove(self) -> None:
        """Delete the entry; what another process deletes at the same time is no concern."""
        shutil.rmtree(self.path, ignore_errors=True)


def _temporary_name(name: str) -> str:
    # The pattern of joblib, so that leftovers of both are found alike.
    return f"{name}.{uuid.uuid4().hex}-{os.getpid()}-{threading.get_ident()}"


def checksum_of_file(path: Path) -> str:
    """Compute the XXH3-64 of a file."""
    hasher = xxhash.xxh3_64()
    with path.open("rb", buffering=0) as file:
        size = os.fstat(file.fileno()).st_size
        buffer = memoryview(bytearray(min(max(size, 1), _CHUNK_BYTES)))
        while n_read := file.readinto(buffer):
            hasher.update(buffer[:n_read])
    return hasher.hexdigest()


def _sealed(note: dict[str, Any]) -> str:
    text = json.dumps(note, sort_keys=True)
    return json.dumps({"seal": xxhash.xxh3_64_hexdigest(text.encode()), "note": note}, sort_keys=True, indent=1)


def _unsealed(text: str) -> dict[str, Any] | None:
    content = json.loads(text)
    if not isinstance(content, dict) or not isinstance(content.get("note"), dict):
        return None
    note = content["note"]
    seal = xxhash.xxh3_64_hexdigest(json.dumps(note, sort_keys=True).encode())
    return note if seal == content.get("seal") else None
