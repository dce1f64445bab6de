"""Caching of one function: canonical keys, checked entries, warnings kept, and never a failure because of the store."""

import contextlib
import functools
import inspect
import time
import types
import warnings
import weakref
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from joblib import Memory
from joblib.memory import NotMemorizedResult

from gaitmap._files import NotOursError, locked
from gaitmap.caching._code import SCHEMA, Watch, environment_key, fingerprint
from gaitmap.caching._entry import EntryFolder, EntryTooLargeError
from gaitmap.caching._hashing import hash_object
from gaitmap.caching._stats import count, location_of
from gaitmap.caching._store import is_store, make_store, store_of
from gaitmap.caching._warnings import CacheCorruptionWarning, CacheStoreWarning, WarningRecorder, raise_again

# Folders that could not be written to: nothing more is tried there in this process.
_SWITCHED_OFF: set[str] = set()
# (folder, function, cause) of what was warned about already.
_WARNED: set[tuple[str, str, str]] = set()
_WRITE_ATTEMPTS = 5
# What loading takes, roughly: to open and check the file, and to read what is in it.
_SECONDS_TO_LOAD_NOTHING = 3e-4
_BYTES_LOADED_PER_SECOND = 1e9
_LONGEST_NAME = 150
# A process that waited this long computes the entry itself: the other one may be stopped, or on a machine that is gone.
_LONGEST_WAIT_SECONDS = 300.0


def cache_function(memory: Memory | None, function: Callable[..., Any]) -> Callable[..., Any]:
    """Memorise a function in the user's ``joblib.Memory``.

    Parameters
    ----------
    memory
        Where results are kept. ``None`` and ``Memory(None)`` mean no caching.
    function
        A pure function defined at the top level of a module, which takes arrays, frames and plain values.

    Returns
    -------
    Callable
        ``function`` itself if there is no memory, otherwise the function with a cache around it.

    Examples
    --------
    >>> from gaitmap.caching import cache_function
    >>> cache_function(None, abs) is abs
    True
    """
    if memory is None or memory.store_backend is None:
        return function
    return CachedFunction(memory, function)


class BindingError(Exception):
    """The arguments do not fit the signature."""


class CachedFunction:
    """A function whose results are kept in the folder of a ``joblib.Memory``.

    It differs from what ``Memory.cache`` returns in the key (`hash_object` of the arguments, versions of the packages
    and the code of the function: nothing is wiped when the code changes), in checking each entry before it is used,
    in raising the warnings of the computation again on a hit, and in never failing because of the store. In a store
    that is no folder (encrypted, remote) joblib keeps the results, under the same keys.
    """

    def __init__(
        self,
        memory: Memory,
        function: Callable[..., Any],
        *,
        label: str | None = None,
        ignore: list[str] | None = None,
        verbose: int | None = None,
        mmap_mode: Any = False,
        cache_validation_callback: Callable[[dict], bool] | None = None,
    ) -> None:
        with contextlib.suppress(AttributeError):  # callables that have no name
            functools.update_wrapper(self, function)
        self.func = function
        name = getattr(function, "__qualname__", type(function).__qualname__)
        self.label = label or f"{function.__module__}.{name.replace('.<locals>', '')}"
        self.ignore = ignore or []
        self.mmap_mode = memory.mmap_mode if mmap_mode is False else mmap_mode
        self.cache_validation_callback = cache_validation_callback
        self._memory = memory
        self._verbose = getattr(memory, "_verbose", 0) if verbose is None else verbose
        self._location = location_of(memory)

    # What a subclass may change ---------------------------------------------------------------------------------------

    def _key(self, arguments: dict[str, Any]) -> str:
        kept = {name: value for name, value in arguments.items() if name not in self.ignore}
        return hash_object((_digest_of_code(environment_key(), fingerprint(self.func)), kept))

    def _watch(self) -> Watch:
        """Return what notes the variables that the key of the next call depends on."""
        return Watch()

    def _bound(self, args: tuple, kwargs: dict) -> dict[str, Any]:
        return bound_arguments(self.func, args, kwargs)

    def _to_payload(self, output: Any, arguments: dict[str, Any]) -> tuple[Any, Mapping[Any, str]]:
        """Give what is written to disk for an output, and the names of the memories that may be in it."""
        return output, {}

    def _from_payload(self, payload: Any, arguments: dict[str, Any]) -> Any:
        """Give the output for what was read from disk."""
        return payload

    def _memories(self) -> Mapping[str, Memory]:
        """Return the memories that a stored result may refer to, by name."""
        return {}

    # The call ---------------------------------------------------------------------------------------------------------

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        start = time.perf_counter()
        watch = self._watch()
        try:
            arguments = self._bound(args, kwargs)
            with watch.over_key():
                key = self._key(arguments)
        except BindingError:
            # The call itself raises the error that belongs to wrong arguments.
            return self.func(*args, **kwargs)
        except TypeError as error:
            self._warn_once("arguments", f"Not cached, because an argument cannot be hashed: {error}")
            self._count(misses=1, not_stored=1)
            return self.func(*args, **kwargs)
        seconds_hashing = time.perf_counter() - start
        self._count(seconds_hashing=seconds_hashing)

        def compute() -> tuple[Any, dict[str, Any]]:
            output, note = self._compute(arguments, args, kwargs)
            watch.after_computing()
            return output, note

        if self._memory.backend != "local":
            return self._call_by_joblib(key, compute)
        folder = EntryFolder(f"{self._store_of_function()}/{key}")
        found, output = self._load(folder, arguments)
        if found:
            return output
        with contextlib.nullcontext() if self._location in _SWITCHED_OFF else lock_of_entry(folder):
            # Another process may have computed it in the meantime.
            found, output = self._load(folder, arguments)
            if found:
                return output
            output, note = compute()
            if self._is_worth_storing(output, note["seconds_computing"], seconds_hashing):
                self._store(folder, output, note, arguments)
        raise_again(note["warnings"])
        if self.mmap_mode is not None:  # arrays are mapped on the first call as on later ones
            state, _, payload = folder.load(self.mmap_mode, self._memories())
            output = self._from_payload(payload, arguments) if state == "ok" else output
        return output

    def check_call_in_cache(self, *args: Any, **kwargs: Any) -> bool:
        """Tell whether a whole result for these arguments is stored."""
        key = self._key(self._bound(args, kwargs))
        return EntryFolder(f"{self._store_of_function()}/{key}").check()[0] == "ok"

    def call_and_shelve(self, *args: Any, **kwargs: Any) -> NotMemorizedResult:
        """Compute or load; the result is handed out by ``get()`` of the returned object, as with joblib."""
        return NotMemorizedResult(self(*args, **kwargs))

    def clear(self, warn: bool = True) -> None:
        """Delete the results of this function."""
        from gaitmap.caching._limits import remove_entries
        from gaitmap.caching._store import inspect_cache

        entries = inspect_cache(self._memory, check=False)
        remove_entries(entry for entry in entries if entry.function == self.label)

    def _call_by_joblib(self, key: str, compute: Callable[[], Any]) -> Any:
        cached = self._memory.cache(_computed, ignore=["compute"], verbose=0)
        is_hit = cached.check_call_in_cache(key, compute)
        if is_hit:
            self._print_line("Loading", {})
        output, note = cached(key, compute)
        self._count(**{"hits" if is_hit else "misses": 1})
        raise_again(note["warnings"])
        return output

    def _load(self, folder: EntryFolder, arguments: dict[str, Any]) -> tuple[bool, Any]:
        start = time.perf_counter()
        state, note, payload = folder.load(self.mmap_mode, self._memories())
        if state == "ok" and self.cache_validation_callback is not None:
            metadata = {"duration": note["seconds_computing"], "time": note["created"], "input_args": note["arguments"]}
            if not self.cache_validation_callback(metadata):
                state = "gone"
                folder.remove()
        if state == "corrupt":
            self._count(corrupt=1)
            folder.remove()
            text = f"Cache: the stored result {folder.path.name} of {self.label} is damaged and is computed anew."
            warnings.warn(text, CacheCorruptionWarning, stacklevel=3)
        if state == "foreign":
            self._warn_once(
                "foreign",
                "stored results are not loaded, because they hold Python objects that somebody else stored (or another "
                f"key, see GAITMAP_CONFIG_DIR). Found such results in '{self._location}'. If you trust whoever made "
                "them, say so by 'gaitmap cache trust'.",
            )
        if state != "ok":
            return False, None
        output = self._from_payload(payload, arguments)
        self._count(hits=1, bytes_read=note["bytes"], seconds_loading=time.perf_counter() - start)
        self._print_line("Loading", {})
        folder.touch()
        raise_again(note["warnings"])
        return True, output

    def _compute(self, arguments: dict[str, Any], args: tuple, kwargs: dict) -> tuple[Any, dict[str, Any]]:
        described = describe(arguments)
        self._print_line("Calling", described)
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
        note = {
            "schema": SCHEMA,
            "function": self.label,
            "environment": list(environment_key()),
            "created": time.time(),
            "seconds_computing": seconds,
            "arguments": described,
            "warnings": recorder.records,
        }
        return _independent(output, tuple(arguments.values())), note

    # The store --------------------------------------------------------------------------------------------------------

    def _store_of_function(self) -> str:
        name = "".join(c if c.isalnum() or c in "._-" else "" for c in self.label)
        return f"{store_of(self._memory)}/{name[-_LONGEST_NAME:].lstrip('.')}"

    def _count(self, **increments: Any) -> None:
        count(self._location, self.label, **increments)

    def _print_line(self, what: str, arguments: dict[str, str]) -> None:
        """Print what joblib prints."""
        name = self.label.rpartition(".")[2]
        if what == "Loading" and self._verbose > 1:
            print(f"[Memory] {self.label}: Loading {name}...")  # noqa: T201
        elif what == "Calling" and self._verbose > 0:
            text = ", ".join(f"{key}={value}" for key, value in arguments.items())
            print(f"{'_' * 80}\n[Memory] Calling {self.label}...\n{name}({text})")  # noqa: T201

    def _is_worth_storing(self, output: Any, seconds: float, seconds_hashing: float) -> bool:
        min_benefit = getattr(self._memory, "min_benefit", 0)
        seconds_of_hit = seconds_hashing + _SECONDS_TO_LOAD_NOTHING + _n_bytes(output) / _BYTES_LOADED_PER_SECOND
        if seconds >= min_benefit * seconds_of_hit and self._location not in _SWITCHED_OFF:
            return True
        self._count(not_stored=1)
        return False

    def _store(self, folder: EntryFolder, output: Any, note: dict[str, Any], arguments: dict[str, Any]) -> None:
        try:
            self._write(folder, *self._to_payload(output, arguments), note)
            return
        except EntryTooLargeError as error:
            self._warn_once("size", f"Not stored: a result of {error} bytes is larger than the limit of the cache.")
        except OSError as error:
            in_place = isinstance(error, NotADirectoryError | IsADirectoryError | FileExistsError)
            if in_place and is_store(store_of(self._memory)):
                self._warn_once("place", f"Not stored, because something else stands in its place: {error}.")
            else:
                _SWITCHED_OFF.add(self._location)
                text = f"Caching in {self._location} is switched off, it cannot be written to: {error}."
                self._warn_once("folder", text)
        except Exception as error:  # noqa: BLE001 - whatever a foreign __reduce__ raises
            self._warn_once("pickle", f"Not stored, because the result cannot be pickled: {error}")
        self._count(not_stored=1)

    def _write(self, folder: EntryFolder, payload: Any, memories: Mapping[Any, str], note: dict[str, Any]) -> None:
        if folder.check()[0] == "foreign":
            self._count(not_stored=1)
            return
        limits = getattr(self._memory, "limits", None)
        for attempt in range(_WRITE_ATTEMPTS):
            try:
                make_store(store_of(self._memory))
                size = folder.write(
                    payload,
                    note,
                    compress=self._memory.compress,
                    mapped=self.mmap_mode is not None,
                    bytes_limit=None if limits is None else limits.bytes_limit,
                    memories=memories,
                )
                break
            except (FileNotFoundError, FileExistsError):
                # Another process cleared the cache while this one was writing, or something stands in its place.
                if attempt == _WRITE_ATTEMPTS - 1:
                    raise
        self._count(bytes_written=size)
        if limits is not None:
            limits.after_write(self._memory, folder.path)

    def _warn_once(self, cause: str, message: str) -> None:
        key = (self._location, "" if cause in ("folder", "foreign") else self.label, cause)
        if key not in _WARNED:
            _WARNED.add(key)
            warnings.warn(f"{self.label}: {message}", CacheStoreWarning, stacklevel=4)


@contextlib.contextmanager
def lock_of_entry(folder: EntryFolder, longest_wait_seconds: float = _LONGEST_WAIT_SECONDS) -> Iterator[None]:
    """Hold the lock of an entry inside the ``with`` block; without one where there can be none (read-only folders).

    It only saves work: nothing goes wrong where two processes hold it at the same time.
    """
    path = folder.path.with_name(f"{folder.path.name}.lock")
    with contextlib.ExitStack() as stack:
        with contextlib.suppress(OSError, NotOursError):
            make_store(path.parents[1])
            if not path.parent.is_symlink() and stack.enter_context(locked(path, wait=longest_wait_seconds)):
                stack.callback(lambda: path.unlink(missing_ok=True))
        yield


def _computed(key: str, compute: Callable[[], Any]) -> Any:
    """Stand for all functions in a store that joblib looks after."""
    return compute()


@functools.lru_cache(maxsize=256)
def _digest_of_code(environment: tuple, code: str) -> str:
    return hash_object((environment, code))


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
    items = value.values() if isinstance(value, dict) else value
    return sum(_n_bytes(item) for item in items) if isinstance(value, dict | tuple | list) else 0


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
    return {str(name): _in_short(value) for name, value in values.items()}


def _in_short(value: Any) -> str:
    shape = getattr(value, "shape", None)
    if shape is not None and shape != ():
        return f"{type(value).__name__} {tuple(shape)}"
    if isinstance(value, bool | int | float | str | np.generic | type(None)):
        return repr(value)[:80]
    return type(value).__name__
