"""A memorised function on top of a user's ``joblib.Memory``: canonical keys, checked entries, warnings kept."""

import contextlib
import functools
import inspect
import io
import os
import pickle
import time
import types
import warnings
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from joblib import Memory
from joblib._store_backends import FileSystemStoreBackend, StoreBackendMixin
from joblib.memory import MemorizedFunc, NotMemorizedResult

from gaitmap.caching._entry import EntryFolder, EntryTooLargeError
from gaitmap.caching._fingerprint import SCHEMA, environment_key, function_fingerprint
from gaitmap.caching._hashing import hash_object
from gaitmap.caching._lock import lock_of_entry
from gaitmap.caching._stats import count, location_of
from gaitmap.caching._warnings import CacheCorruptionWarning, CacheStoreWarning, WarningRecorder, raise_again

# Folders that could not be written to: nothing more is tried there in this process.
_SWITCHED_OFF: set[str] = set()
# (folder, function, cause) of what was warned about already.
_WARNED: set[tuple[str, str, str]] = set()
_WRITE_ATTEMPTS = 5
# What loading takes, roughly: to open and check the files, and to read what is in them.
_SECONDS_TO_LOAD_NOTHING = 3e-4
_BYTES_LOADED_PER_SECOND = 1e9
# A store that replaces one of these (encrypted, remote) does all the work itself, without checksums.
_WRITING_AND_READING = ("_open_item", "_move_item", "load_item", "dump_item")


class CachedFunction(MemorizedFunc):
    """A function whose results are kept in a ``joblib.Memory``.

    It differs from what ``Memory.cache`` returns in the key (`hash_object` of the arguments, versions of the packages
    and the code of the function: nothing is wiped when the code changes), in checking each entry before it is used,
    in raising the warnings of the computation again on a hit, and in never failing because of the store.
    """

    def __init__(
        self,
        memory: Memory,
        function: Callable[..., Any],
        *,
        ignore: list[str] | None = None,
        verbose: int | None = None,
        mmap_mode: Any = False,
        cache_validation_callback: Callable[[dict], bool] | None = None,
    ) -> None:
        # Not joblib's constructor: it would create folders, fail where it must not, and write a docstring each time.
        self.__dict__.update(_made_by_joblib(function))
        self.func = function
        self.__wrapped__ = function
        self.ignore = ignore or []
        self.mmap_mode = memory.mmap_mode if mmap_mode is False else mmap_mode
        self.compress = memory.compress
        self._verbose = memory._verbose if verbose is None else verbose
        self.timestamp = memory.timestamp
        self.cache_validation_callback = cache_validation_callback
        self.store_backend = memory.store_backend
        self._memory = memory
        self._location = location_of(memory)

    # What a subclass may change ---------------------------------------------------------------------------------------

    def _get_args_id(self, *args: Any, **kwargs: Any) -> str:
        arguments = bound_arguments(self.func, args, kwargs)
        kept = {name: value for name, value in arguments.items() if name not in self.ignore}
        return hash_object((_digest_of_code(environment_key(), function_fingerprint(self.func)), kept))

    @contextlib.contextmanager
    def _as_payload(self, output: Any) -> Iterator[Any]:
        """Give what is written to disk for an output."""
        yield output

    def _from_payload(self, payload: Any) -> Any:
        """Give the output for what was read from disk."""
        return payload

    def _describe_arguments(self, args: tuple, kwargs: dict) -> dict[str, str]:
        return describe(bound_arguments(self.func, args, kwargs))

    def _code_text(self) -> str:
        code, _, first_line = self.func_code_info
        return f"# first line: {first_line}\n{code}"

    # The call ---------------------------------------------------------------------------------------------------------

    def _cached_call(self, args: tuple, kwargs: dict, shelving: bool = False) -> tuple[Any, dict]:
        start = time.perf_counter()
        try:
            call_id = (self.func_id, self._get_args_id(*args, **kwargs))
        except BindingError:
            # The call itself raises the error that belongs to wrong arguments.
            return self.func(*args, **kwargs), {}
        except TypeError as error:
            self._warn_once("arguments", f"Not cached, because an argument cannot be hashed: {error}")
            self._count(misses=1, not_stored=1)
            return self.func(*args, **kwargs), {}
        seconds_hashing = time.perf_counter() - start
        self._count(seconds_hashing=seconds_hashing)
        found, output = self._find(call_id, shelving)
        if found:
            return output, {}
        with self._lock(call_id):
            # Another process may have computed it in the meantime.
            found, output = self._find(call_id, shelving)
            if found:
                return output, {}
            return self._call(call_id, args, kwargs, shelving, seconds_hashing)

    def _find(self, call_id: tuple[str, str], shelving: bool) -> tuple[bool, Any]:
        if not self._is_in_cache_and_valid(call_id):
            return False, None
        if shelving:
            return True, self._get_memorized_result(call_id)
        return self._load(call_id)

    def _lock(self, call_id: tuple[str, str]) -> contextlib.AbstractContextManager:
        folder = self._folder(call_id)
        if folder is None or self._location in _SWITCHED_OFF:
            return contextlib.nullcontext()
        return lock_of_entry(str(folder.path))

    def check_call_in_cache(self, *args: Any, **kwargs: Any) -> bool:
        """Tell whether a valid result for these arguments is stored."""
        return self._is_in_cache_and_valid((self.func_id, self._get_args_id(*args, **kwargs)))

    def _is_in_cache_and_valid(self, call_id: tuple[str, str]) -> bool:
        if not self.store_backend.contains_item(call_id):
            return False
        if self.cache_validation_callback is None or self.cache_validation_callback(
            self.store_backend.get_metadata(call_id)
        ):
            return True
        self.store_backend.clear_item(call_id)
        return False

    def _load(self, call_id: tuple[str, str]) -> tuple[bool, Any]:
        start = time.perf_counter()
        folder = self._folder(call_id)
        content = None
        if folder is None:
            note = self.store_backend.get_metadata(call_id)
        else:
            state, note, content = folder.read() if self.mmap_mode is None else (*folder.check(), None)
            if state != "ok":
                if state == "corrupt":
                    self._discard(call_id)
                return False, None
        try:
            output = self._from_payload(
                self._load_item(call_id) if content is None else self._parse(call_id, content, note)
            )
        except (FileNotFoundError, KeyError):  # deleted by another process since the check
            return False, None
        except Exception:  # noqa: BLE001 - whatever a pickle that this Python cannot read raises
            self._discard(call_id)
            return False, None
        seconds = time.perf_counter() - start
        self._count(hits=1, bytes_read=note.get("bytes", 0), seconds_loading=seconds)
        if self._verbose > 4:
            self._print_duration(seconds, context="cache loaded ")
        if folder is not None:
            folder.touch()
        raise_again(note.get("warnings", ()))
        return True, output

    def _parse(self, call_id: tuple[str, str], content: bytes, note: dict[str, Any]) -> Any:
        """Do what ``_load_item`` does with the bytes that were just checked, in place of reading them again."""
        if note.get("plain") and self._verbose <= 1:  # otherwise joblib prints a line while it loads
            return pickle.loads(content)
        item = _ItemInMemory(self.store_backend.location, content)
        return item.load_item(call_id, timestamp=self.timestamp, verbose=self._verbose)

    def _discard(self, call_id: tuple[str, str]) -> None:
        self._count(corrupt=1)
        self.store_backend.clear_item(call_id)
        warnings.warn(
            f"Cache: the stored result {call_id[1]} of {self.label} is damaged and is computed anew.",
            CacheCorruptionWarning,
            stacklevel=2,
        )

    def _call(
        self,
        call_id: tuple[str, str],
        args: tuple,
        kwargs: dict,
        shelving: bool = False,
        seconds_hashing: float = 0.0,
    ) -> tuple[Any, dict]:
        self._before_call(args, kwargs)
        start = time.perf_counter()
        recorder = WarningRecorder()
        try:
            with recorder:
                output = self.func(*args, **kwargs)
        except BaseException:
            self._count(misses=1)
            raise_again(recorder.records)
            raise
        seconds = time.perf_counter() - start
        self._count(misses=1, seconds_computing=seconds)
        if self._verbose > 0:
            self._print_duration(seconds)
        output = _independent(output, (*args, *kwargs.values()))
        metadata = {
            "duration": seconds,
            "input_args": self._describe_arguments(args, kwargs),
            "time": time.time(),
            "warnings": recorder.records,
        }
        stored = self._is_worth_storing(output, seconds, seconds_hashing) and self._store(call_id, output, metadata)
        raise_again(recorder.records)
        if shelving:
            return (self._get_memorized_result(call_id, metadata) if stored else NotMemorizedResult(output)), metadata
        if stored and self.mmap_mode is not None:
            # Arrays are mapped on the first call as on later ones.
            with contextlib.suppress(Exception):
                output = self._from_payload(self._load_item(call_id, metadata))
        return output, metadata

    # The store --------------------------------------------------------------------------------------------------------

    @property
    def label(self) -> str:
        return self.func_id.replace(os.sep, ".")

    def _count(self, **increments: Any) -> None:
        count(self._location, self.label, **increments)

    def _folder(self, call_id: tuple[str, str]) -> EntryFolder | None:
        """Return the folder of an entry, None where the store is not the plain folder of joblib."""
        backend: Any = type(self.store_backend)
        if not _is_plain_folder(backend):
            return None
        return EntryFolder(os.path.join(self.store_backend.location, *call_id))  # noqa: PTH118

    def _is_worth_storing(self, output: Any, seconds: float, seconds_hashing: float) -> bool:
        min_benefit = getattr(self._memory, "min_benefit", 0)
        seconds_of_hit = seconds_hashing + _SECONDS_TO_LOAD_NOTHING + _n_bytes(output) / _BYTES_LOADED_PER_SECOND
        if seconds >= min_benefit * seconds_of_hit:
            return True
        self._count(not_stored=1)
        return False

    def _store(self, call_id: tuple[str, str], output: Any, metadata: dict[str, Any]) -> bool:
        if self._location in _SWITCHED_OFF:
            self._count(not_stored=1)
            return False
        try:
            with self._as_payload(output) as payload:
                stored = self._write(call_id, payload, metadata)
        except EntryTooLargeError as error:
            self._warn_once("size", f"Not stored: a result of {error} bytes is larger than the limit of the cache.")
            stored = False
        except OSError as error:
            _SWITCHED_OFF.add(self._location)
            self._warn_once("folder", f"Caching in {self._location} is switched off, it cannot be written to: {error}.")
            stored = False
        except Exception as error:  # noqa: BLE001 - whatever a foreign __reduce__ raises
            self._warn_once("pickle", f"Not stored, because the result cannot be pickled: {error}")
            stored = False
        if not stored:
            self._count(not_stored=1)
        return stored

    def _write(self, call_id: tuple[str, str], payload: Any, metadata: dict[str, Any]) -> bool:
        folder = self._folder(call_id)
        if folder is None:
            self.store_backend.dump_item(call_id, payload, verbose=self._verbose)
            self.store_backend.store_metadata(call_id, metadata)
            return bool(self.store_backend.contains_item(call_id))
        limits = getattr(self._memory, "limits", None)
        note = {
            "schema": SCHEMA,
            "function": self.label,
            "environment": list(environment_key()),
            "created": metadata["time"],
            "seconds_computing": metadata["duration"],
            "warnings": metadata["warnings"],
        }
        for attempt in range(_WRITE_ATTEMPTS):
            try:
                size = folder.write(
                    payload,
                    note,
                    compress=self.compress,
                    mapped=self.mmap_mode is not None,
                    bytes_limit=None if limits is None else limits.bytes_limit,
                )
            except FileNotFoundError:
                # Another process cleared the cache while this one was writing.
                continue
            except (FileExistsError, IsADirectoryError, NotADirectoryError):
                # The same, between finding that the folder exists and looking at it. Or something stands in its place.
                if attempt == _WRITE_ATTEMPTS - 1:
                    raise
                if attempt == _WRITE_ATTEMPTS - 2:
                    folder.remove()
                continue
            break
        else:
            return False
        self._count(bytes_written=size)
        self.store_backend.store_metadata(call_id, {key: metadata[key] for key in ("duration", "input_args", "time")})
        self._write_code_text()
        if limits is not None:
            limits.after_write(self._memory, folder.path)
        return True

    def _write_code_text(self) -> None:
        with contextlib.suppress(OSError):
            if not Path(self.store_backend.location, self.func_id, "func_code.py").exists():
                self.store_backend.store_cached_func_code([self.func_id], self._code_text())

    def _warn_once(self, cause: str, message: str) -> None:
        key = (self._location, "" if cause == "folder" else self.label, cause)
        if key not in _WARNED:
            _WARNED.add(key)
            warnings.warn(f"{self.label}: {message}", CacheStoreWarning, stacklevel=2)


# Function -> attributes of a memorised function that follow from it alone.
_ATTRIBUTES: weakref.WeakKeyDictionary[Callable, dict[str, Any]] = weakref.WeakKeyDictionary()


def _made_by_joblib(function: Callable[..., Any]) -> dict[str, Any]:
    try:
        known = _ATTRIBUTES.get(function)
    except TypeError:  # a callable that cannot be hashed, or not be referred to weakly
        return vars(MemorizedFunc(function, location=None))
    if known is None:
        known = vars(MemorizedFunc(function, location=None))
        # What refers to the function would keep it alive as long as this table.
        known = {name: value for name, value in known.items() if value is not function}
        with contextlib.suppress(TypeError):
            _ATTRIBUTES[function] = known
    return known


class _ItemInMemory(StoreBackendMixin):
    """A store of one item, whose bytes are there already: joblib prints and loads as it always does."""

    def __init__(self, location: str, content: bytes) -> None:
        self.location = location
        self._content = content

    def _item_exists(self, _location: str) -> bool:
        return True

    def _open_item(self, _location: str, _mode: str) -> io.BytesIO:
        return io.BytesIO(self._content)


@functools.cache
def _is_plain_folder(backend: type) -> bool:
    return all(getattr(backend, name) is getattr(FileSystemStoreBackend, name) for name in _WRITING_AND_READING)


class BindingError(Exception):
    """The arguments do not fit the signature."""


@functools.lru_cache(maxsize=256)
def _digest_of_code(environment: tuple, fingerprint: str) -> str:
    return hash_object((environment, fingerprint))


_SIGNATURES: weakref.WeakKeyDictionary[Callable, inspect.Signature] = weakref.WeakKeyDictionary()


def _signature(function: Callable) -> inspect.Signature:
    if not isinstance(function, types.FunctionType):
        return inspect.signature(function)
    signature = _SIGNATURES.get(function)
    if signature is None:
        signature = _SIGNATURES[function] = inspect.signature(function)
    return signature


def bound_arguments(function: Callable, args: tuple, kwargs: dict) -> dict[str, Any]:
    """Return the arguments by name with defaults filled in, so that their spelling does not matter."""
    try:
        bound = _signature(function).bind(*args, **kwargs)
    except TypeError as error:
        raise BindingError from error
    except ValueError:  # a builtin without signature
        return {"*": args, "**": kwargs}
    bound.apply_defaults()
    arguments = dict(bound.arguments)
    for parameter in bound.signature.parameters.values():
        if parameter.kind is parameter.VAR_KEYWORD:
            arguments.update(arguments.pop(parameter.name))
    return arguments


def _n_bytes(value: Any) -> int:
    """Size of the arrays and frames in a result."""
    if isinstance(value, np.ndarray):
        return value.nbytes
    if isinstance(value, pd.DataFrame | pd.Series):
        return int(np.sum(value.memory_usage()))
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, tuple | list):
        return 0
    return sum(_n_bytes(item) for item in value)


def _independent(output: Any, arguments: tuple) -> Any:
    """Copy arrays that are read-only, views, or the arguments themselves, as a stored result would be."""
    if isinstance(output, np.ndarray):
        is_own = output.flags.owndata and output.flags.writeable and not any(output is value for value in arguments)
        return output if is_own else output.copy(order="K")
    if isinstance(output, pd.DataFrame | pd.Series):
        return output.copy() if any(output is value for value in arguments) else output
    if type(output) in (tuple, list):
        return type(output)(_independent(item, arguments) for item in output)
    if type(output) is dict:
        return {key: _independent(item, arguments) for key, item in output.items()}
    return output


def describe(values: dict[str, Any]) -> dict[str, str]:
    """Say in a few words what each value is; data are never spelled out."""
    return {name: _in_short(value) for name, value in values.items()}


def _in_short(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None and shape != ():
        return f"{type(value).__name__} {tuple(shape)}"
    if isinstance(value, bool | int | float | str | np.generic | type(None)):
        return repr(value)[:80]
    return type(value).__name__
