"""One stored result on disk: a folder named by its key, with one file that proves what it is.

``output.pkl`` holds the pickled result, a note (JSON: key, function, versions, warnings, ...), a signature and a
checksum over all of it. Being one file, it is replaced in one step: readers see nothing, the old or the new result.
``used`` grows by one byte per hit: its size counts the hits, its time of change is the last use.

Results made of plain arrays, numbers and text are loaded by an unpickler that knows nothing else, so they can come from
anybody. Everything else is loaded only if it carries the signature of this user.
"""

import contextlib
import contextvars
import io
import json
import os
import pickle
import re
import stat
import struct
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

import joblib
import numpy as np
import xxhash
from joblib import Memory

from gaitmap._files import replacing, signer

State = Literal["ok", "corrupt", "foreign", "gone"]

PAYLOAD = "output.pkl"
USED = "used"
ENTRY_NAME = re.compile(r"[0-9a-f]{32}")
_TEMPORARY_NAME = re.compile(rf"\.{re.escape(PAYLOAD)}\.[0-9a-f]{{32}}")

_MAGIC = b"\ngaitmap entry 2"
_TAIL = struct.Struct(f"<{len(_MAGIC)}sQ32s16s")  # magic, bytes of the note, signature, checksum of all before
_SIGNED_PART = len(_MAGIC) + 8
_PURPOSE = "entry of a cache"
_CHUNK_BYTES = 1 << 22
# Up to this size what was checked is also what is loaded; larger payloads are read twice, but held in memory once.
_MOST_BYTES_AT_ONCE = 1 << 24
_NO_FOLLOW = getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_DATA_TYPES = (type(None), bool, int, float, complex, str, bytes)
_DATA_NAMES = frozenset(
    {("builtins", name) for name in ("bytearray", "complex", "set", "frozenset")}
    | {(module, name) for module in ("numpy", "numpy._core.multiarray") for name in ("ndarray", "dtype")}
    | {("numpy._core.multiarray", "_reconstruct"), ("numpy._core.multiarray", "scalar")}
    | {("numpy._core.numeric", "_frombuffer")}
)


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
        memories: Mapping[Any, str] | None = None,
    ) -> int:
        """Store a value with its note; return the bytes of the file.

        ``mapped`` says that arrays are to be mapped from the file. ``memories`` names the memories that may occur in
        the value: their names are stored in their place.
        """
        self._refuse_links()
        is_data = is_plain_data(value)
        kind = "compressed" if compress else "mapped" if mapped and is_data else "data" if is_data else "objects"
        text = json.dumps({**note, "key": self.path.name, "kind": kind}).encode()
        self.path.mkdir(parents=True, exist_ok=True)
        with replacing(self.payload, durable=False) as path, path.open("xb+") as file:
            if kind == "mapped":
                joblib.dump(value, file)
            elif kind == "compressed":
                pickled = io.BytesIO()
                _Pickler(pickled, memories or {}).dump(value)
                joblib.dump(pickled.getvalue(), file, compress=compress)
            else:
                _Pickler(file, memories or {}).dump(value)
            if bytes_limit is not None and file.tell() > bytes_limit:
                raise EntryTooLargeError(file.tell())
            file.write(text)
            file.seek(0)
            _finish(file, len(text), signed=kind != "data")
            return file.tell()

    def _refuse_links(self) -> None:
        for folder in (self.path, *self.path.parents[:2]):
            if folder.is_symlink():
                raise NotADirectoryError(f"'{folder}' is a link, which is not followed")

    def check(self) -> tuple[State, dict[str, Any]]:
        """Tell whether the entry is whole and belongs to the name of its folder; return the note too."""
        try:
            with self._open() as file:
                return _verify(file, self.path.name, most_bytes=0)[:2]
        except OSError:  # deleted meanwhile, or something else stands in its place
            return "gone", {}

    def read_note(self) -> dict[str, Any]:
        """Return the note without looking at the rest; empty if it cannot be read."""
        try:
            with self._open() as file:
                content = _tail_and_note(file, os.fstat(file.fileno()).st_size)
        except OSError:
            return {}
        return {} if content is None else content[1]

    def load(
        self, mmap_mode: Any = None, memories: Mapping[str, Memory] | None = None
    ) -> tuple[State, dict[str, Any], Any]:
        """Do what `check` does; return the value too if the entry is whole and may be loaded."""
        try:
            with self._open() as file:
                state, note, content = _verify(file, self.path.name, _MOST_BYTES_AT_ONCE)
                if state != "ok":
                    return state, note, None
                if note["kind"] == "mapped":
                    return "ok", note, joblib.load(self.payload, mmap_mode=mmap_mode)
                if note["kind"] == "compressed":
                    compressed = content or file.readall()
                    content = joblib.load(io.BytesIO(compressed[: note["payload_bytes"]]))
                stream = io.BufferedReader(file) if content is None else io.BytesIO(content)
                if note["kind"] == "data":
                    return "ok", note, _DataUnpickler(stream).load()
                token = _MEMORIES.set(memories or {})
                try:
                    return "ok", note, pickle.Unpickler(stream).load()
                finally:
                    _MEMORIES.reset(token)
        except OSError:
            return "gone", {}, None
        except Exception:  # noqa: BLE001 - whatever a pickle that this Python cannot read raises
            return "corrupt", {}, None

    def _open(self) -> io.FileIO:
        file = io.FileIO(os.open(f"{self._folder}{PAYLOAD}", os.O_RDONLY | _NO_FOLLOW))
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            file.close()
            raise FileNotFoundError(self.payload)
        return file

    def sign(self) -> None:
        """Take an entry that somebody else made for one's own."""
        with self._open() as file:
            content = file.readall()
        (_, n_note, _, _) = _TAIL.unpack(content[-_TAIL.size :])
        with replacing(self.payload, durable=False) as path, path.open("xb+") as new:
            new.write(content[: -_TAIL.size])
            new.seek(0)
            _finish(new, n_note, signed=True)

    def touch(self) -> None:
        """Note one more use; also for ``Memory.reduce_size``, which goes by the access time."""
        try:
            used = os.open(f"{self._folder}{USED}", os.O_WRONLY | os.O_APPEND | os.O_CREAT | _NO_FOLLOW, 0o666)
            try:
                os.write(used, b".")
            finally:
                os.close(used)
            payload = f"{self._folder}{PAYLOAD}"
            os.utime(payload, ns=(time.time_ns(), os.stat(payload).st_mtime_ns))  # noqa: PTH116
        except OSError:  # read-only, or removed by another process meanwhile
            pass

    def files(self) -> list[Path]:
        """Return the files that belong to the entry; whatever else lies in the folder is of somebody else.

        A damaged file cannot prove what it is: it is taken for an entry only if nothing else is there.
        """
        with contextlib.suppress(OSError):
            paths = list(self.path.iterdir())
            own = [path for path in paths if path.name in (PAYLOAD, USED) or is_temporary(path)]
            if len(own) == len(paths) or self.read_note():
                return [path for path in own if not stat.S_ISDIR(path.lstat().st_mode)]
        return []

    def remove(self) -> None:
        """Delete the files of the entry, and its folder if nothing else is in it."""
        for path in self.files():
            with contextlib.suppress(OSError):  # another process deletes it at the same time
                path.unlink()
        with contextlib.suppress(OSError):
            self.path.rmdir()


def is_temporary(path: Path) -> bool:
    """Tell whether a file is what a killed process did not finish."""
    return _TEMPORARY_NAME.fullmatch(path.name) is not None


# What is in the file --------------------------------------------------------------------------------------------------


def _finish(file: Any, n_note: int, *, signed: bool) -> None:
    """Append signature and checksum to payload and note, which are read again from the file."""
    hasher, signature = xxhash.xxh3_128(), signer(_PURPOSE) if signed else None
    while chunk := file.read(_CHUNK_BYTES):
        hasher.update(chunk)
        if signature is not None:
            signature.update(chunk)
    head = struct.pack(f"<{len(_MAGIC)}sQ", _MAGIC, n_note)
    if signature is not None:
        signature.update(head)
    tail = head + (bytes(32) if signature is None else signature.digest())
    hasher.update(tail)
    file.write(tail + hasher.digest())


def _tail_and_note(file: Any, n_bytes: int) -> tuple[bytes, dict[str, Any]] | None:
    """Read the end of a file; None if it is not that of an entry."""
    end = n_bytes - _TAIL.size
    if end < 0:
        return None
    file.seek(end)
    tail = file.read(_TAIL.size)
    if len(tail) != _TAIL.size:
        return None
    magic, n_note, _, _ = _TAIL.unpack(tail)
    if magic != _MAGIC or n_note > end:
        return None
    file.seek(end - n_note)
    try:
        note = json.loads(file.read(n_note))
    except ValueError:
        return None
    if not isinstance(note, dict) or "kind" not in note:
        return None
    return tail, {**note, "bytes": n_bytes, "payload_bytes": end - n_note}


def _verify(file: Any, key: str, most_bytes: int) -> tuple[State, dict[str, Any], bytes | None]:
    """Compare a file with its checksum, key and signature; return its note, and its bytes if these are not too many."""
    n_bytes = os.fstat(file.fileno()).st_size
    content = file.readall() if n_bytes <= most_bytes else None
    source = file if content is None else io.BytesIO(content)
    read = _tail_and_note(source, n_bytes if content is None else len(content))
    if read is None:
        return "corrupt", {}, None
    tail, note = read
    hasher, signature = xxhash.xxh3_128(), signer(_PURPOSE) if note["kind"] != "data" else None
    end = n_bytes - _TAIL.size
    file.seek(0)
    for chunk in (memoryview(content)[:end],) if content is not None else _chunks(file, end):
        hasher.update(chunk)
        if signature is not None:
            signature.update(chunk)
    hasher.update(tail[:-16])
    if hasher.digest() != tail[-16:] or note.get("key") != key:
        return "corrupt", {}, None
    if signature is not None:
        signature.update(tail[:_SIGNED_PART])
        if signature.digest() != tail[_SIGNED_PART:-16]:
            return "foreign", note, None
    file.seek(0)
    return "ok", note, content


def _chunks(file: io.FileIO, left: int) -> Any:
    buffer = memoryview(bytearray(_CHUNK_BYTES))
    while left and (n_read := file.readinto(buffer[: min(left, _CHUNK_BYTES)])):
        left -= n_read
        yield buffer[:n_read]


def is_plain_data(value: Any) -> bool:
    """Tell whether a value is made of plain arrays, numbers and text alone."""
    kind = type(value)
    if kind is np.ndarray:
        return not value.dtype.hasobject and value.dtype.kind != "T"
    if kind in _DATA_TYPES or (isinstance(value, np.generic) and not value.dtype.hasobject):
        return True
    if kind is dict:
        return all(is_plain_data(key) and is_plain_data(item) for key, item in value.items())
    return (kind in (tuple, list) or _is_own_tuple(kind)) and all(map(is_plain_data, value))


def _is_own_tuple(kind: Any) -> bool:
    """Tell whether a class is a named tuple of this package."""
    is_tuple = isinstance(kind, type) and issubclass(kind, tuple) and hasattr(kind, "_fields")
    return is_tuple and kind.__module__.startswith("gaitmap.") and "<locals>" not in kind.__qualname__


class _DataUnpickler(pickle.Unpickler):
    """Knows arrays and named tuples of this package alone: whatever is in the file, it runs nobody's code."""

    def find_class(self, module: str, name: str) -> Any:
        if (module, name) in _DATA_NAMES:
            return super().find_class(module, name)
        if module.startswith("gaitmap."):
            found = getattr(sys.modules.get(module), name, None)
            if _is_own_tuple(found):
                return found
        raise pickle.UnpicklingError(f"'{module}.{name}' is no plain data.")


_MEMORIES: contextvars.ContextVar[Mapping[str, Memory]] = contextvars.ContextVar("memories")


class _Pickler(pickle.Pickler):
    """Stores names in place of memories: where results are kept is no part of them."""

    def __init__(self, file: Any, memories: Mapping[Any, str]) -> None:
        super().__init__(file, protocol=5)
        self._memories = memories

    def reducer_override(self, obj: Any) -> Any:
        if isinstance(obj, Memory):
            return _memory_of_caller, (self._memories.get(identity(obj)),)
        return NotImplemented


def _memory_of_caller(name: str | None) -> Memory | None:
    return _MEMORIES.get({}).get(name) if name is not None else None  # type: ignore[arg-type]


def identity(memory: Memory) -> tuple:
    """Return what makes two memories the same."""
    return type(memory), str(memory.location)
