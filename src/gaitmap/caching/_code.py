"""What identifies code in a cache key: versions of packages, and texts and values that the user's code refers to.

Code of installed packages is told apart by version. Code of the user is told apart by the text of each function that is
reached, and by the *values* of everything that these functions name: constants, lists, arrays and instances of their
modules, attributes of their classes, variables of enclosing functions, default arguments. A value counts, however it
came about: an edit, a computation at import, a file that was read at import.
"""

import contextlib
import dataclasses
import functools
import importlib
import importlib.metadata
import inspect
import platform
import sys
import sysconfig
import threading
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import xxhash
from tpcp import BaseTpcpObject

import gaitmap
from gaitmap.caching._source import local_imports, source_of, warn_once

#: Raised whenever the meaning of keys or the layout of entries changes.
SCHEMA = 2

_VERSIONED_PACKAGES = ("numpy", "scipy", "pandas", "numba", "scikit-learn", "tpcp", "vqf")
# What is neither in keys by itself nor told apart by text: the versions of these are part of every key.
_COVERED_ROOTS = frozenset({"gaitmap", "tpcp", "builtins"})
_FOLDERS_WITHOUT_NUMBERS = ("cli", "report", "plot", "view")
_STDLIB = sysconfig.get_path("stdlib")
_PLAIN = (int, float, complex, str, bytes, bool)
# Attributes of classes that say nothing of what they compute.
_SILENT = frozenset({"__module__", "__dict__", "__weakref__", "__doc__", "__firstlineno__", "__static_attributes__"})


def environment_key() -> tuple:
    """Return what must be equal for a stored result to be valid, apart from the call itself."""
    return (SCHEMA, gaitmap.__version__, _digest_of_package(), *_versions())


@functools.cache
def _versions() -> tuple[str, ...]:
    return tuple(f"{name} {version}" for name, version in _numeric_versions().items())


def _numeric_versions() -> dict[str, str]:
    python = ".".join(platform.python_version_tuple()[:2])
    return {"python": python} | {name: _version_of(name) for name in _VERSIONED_PACKAGES}


def versions_of_numbers() -> dict[str, str]:
    """Return ``{package: version}`` of everything that shapes numbers; of gaitmap also a hash of its source.

    Returns
    -------
    dict
        Equal on equal installations; another one on any change that may change a result.
    """
    own = {"gaitmap": gaitmap.__version__, "gaitmap source": _digest_of_package()}
    return own | _numeric_versions() | {"gaitmap-mad": _version_of("gaitmap-mad")}


def _version_of(package: str) -> str:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # not installed, or without its metadata
        return str(getattr(sys.modules.get(package), "__version__", "none"))


@functools.cache
def _digest_of_package() -> str:
    """Digest the source of gaitmap: the number of a version says nothing about what was edited since."""
    hasher = xxhash.xxh3_64()
    root = Path(gaitmap.__file__).parent
    for path in sorted(root.rglob("*.py")):
        if path.relative_to(root).parts[0] not in _FOLDERS_WITHOUT_NUMBERS:
            content = path.read_bytes()
            hasher.update(f"{path.relative_to(root).as_posix()} {len(content)};".encode() + content)
    return hasher.hexdigest()


def is_function_like(obj: Any) -> bool:
    """Tell whether an object is a function, a compiled function, or a builtin."""
    return isinstance(_without_wrapping(obj), types.FunctionType | types.BuiltinFunctionType)


def _without_wrapping(obj: Any) -> Any:
    """Return the Python function behind one that numba compiled or that keeps its results (``lru_cache``)."""
    for name in ("py_func", "__wrapped__"):
        inner = getattr(obj, name, None)
        if isinstance(inner, types.FunctionType) and not isinstance(obj, types.FunctionType | type):
            return inner
    return obj


# Where code is from ---------------------------------------------------------------------------------------------------


def _root_of(obj: Any) -> str:
    name = obj.__name__ if isinstance(obj, types.ModuleType) else str(getattr(obj, "__module__", None) or "")
    return name.partition(".")[0]


@functools.cache
def _origin(root: str) -> str:
    """Return "covered", "installed" or "user" for the name of a top-level package."""
    if root in _COVERED_ROOTS:
        return "covered"
    file = getattr(sys.modules.get(root), "__file__", None) or ""
    if {"site-packages", "dist-packages"} & set(Path(file).parts):
        return "installed"
    # A script of the user may carry the name of a standard module.
    is_standard = root in sys.stdlib_module_names and (not file or file.startswith(_STDLIB))
    return "covered" if is_standard else "user"


# Fingerprints ---------------------------------------------------------------------------------------------------------

Slot = tuple[str, str]


class _ThreadState(threading.local):
    walk: "_Walk | None" = None
    watch: "Watch | None" = None


_STATE = _ThreadState()
# Variables that a cached computation changes itself (counters, logs) -> their digest before the first such computation.
_CHANGED_BY_COMPUTING: dict[Slot, bytes] = {}


class Watch:
    """The variables that a key depends on, so that a change by the computation itself can be told from an edit."""

    def __init__(self) -> None:
        self._objects: list[Any] = []
        self._digests: dict[Slot, bytes] = {}

    @contextlib.contextmanager
    def over_key(self) -> Iterator[None]:
        """Note what is reached while a key is computed inside the ``with`` block."""
        before, _STATE.watch = _STATE.watch, self
        try:
            yield
        finally:
            _STATE.watch = before

    def note(self, obj: Any, digests: dict[Slot, bytes]) -> None:
        """Note the variables that one class or function refers to."""
        if digests:
            self._objects.append(obj)
            self._digests.update(digests)

    def after_computing(self) -> None:
        """Let variables that changed meanwhile count with the value that they had before, from now on."""
        after = Watch()
        with after.over_key():
            for obj in self._objects:
                fingerprint(obj)
        for slot, digest in self._digests.items():
            if after._digests.get(slot, digest) != digest:
                _CHANGED_BY_COMPUTING.setdefault(slot, digest)


def fingerprint(obj: Any) -> str:
    """Identify a class or a function: its name, and the code and values of the user that it refers to."""
    obj = _without_wrapping(obj)
    name = _name_of(obj)
    if _STATE.walk is not None:
        _STATE.walk.add(obj)
        return f"{name}{_variables_of(obj)}"
    root = _root_of(obj)
    is_algorithm = isinstance(obj, type) and issubclass(obj, BaseTpcpObject)
    origin = _origin(root)
    if origin == "installed" and not is_algorithm:
        return f"{name} {_version_of_root(root)}"
    classes = obj.__mro__ if isinstance(obj, type) else (obj,)
    if not getattr(obj, "__closure__", None) and all(_origin(_root_of(cls)) == "covered" for cls in classes):
        return name
    walk = _Walk(root)
    _STATE.walk = walk
    try:
        walk.add(obj)
        digest = walk.run()
    finally:
        _STATE.walk = None
    if _STATE.watch is not None:
        _STATE.watch.note(obj, walk.variables)
    return f"{name}@{digest}"


def _name_of(obj: Any) -> str:
    version = f"#{getattr(obj, '_cache_version', 0)}" if isinstance(obj, type) else ""
    return f"{obj.__module__}.{getattr(obj, '__qualname__', type(obj).__qualname__)}{version}"


def _variables_of(obj: Any) -> str:
    """Tell functions of one name apart by the plain values of their enclosing function."""
    if not isinstance(obj, types.FunctionType):
        return ""
    found = []
    for variable, cell in zip(obj.__code__.co_freevars, obj.__closure__ or (), strict=True):
        with contextlib.suppress(ValueError):  # not filled yet
            if isinstance(value := cell.cell_contents, _PLAIN):
                kept = _CHANGED_BY_COMPUTING.get((_name_of(obj), variable))
                found.append(_digest_of_parts([repr(value).encode()]) if kept is None else kept)
    return b"".join(found).hex()


@functools.cache
def _version_of_root(root: str) -> str:
    version = _version_of(root)
    if version == "none":  # a package whose name differs from that of its distribution; the list of all takes long
        names = importlib.metadata.packages_distributions().get(root, ())
        version = " ".join(map(_version_of, names))
    return f"{root} {version}"


class _Walk:
    """All classes and functions of the user that can be reached by name from one of them, each once."""

    def __init__(self, root: str) -> None:
        self.variables: dict[Slot, bytes] = {}
        self._root = root if _origin(root) == "installed" else None
        self._queue: list[Any] = []
        self._seen: dict[int, Any] = {}
        self._pieces: set[bytes] = set()

    def run(self) -> str:
        while self._queue:
            obj = self._queue.pop()
            parts = list(self._of_class(obj) if isinstance(obj, type) else self._of_function(obj))
            self._pieces.add(_digest_of_parts((_name_of(obj).encode(), *parts)))
        return _digest_of_parts(sorted(self._pieces)).hex()

    def add(self, obj: Any) -> None:
        obj = _without_wrapping(obj)
        if id(obj) in self._seen:
            return
        self._seen[id(obj)] = obj
        if isinstance(obj, type):
            # Wrappers of covered packages matter for what they wrap, covered classes do not.
            if any(self._is_own(base) for base in obj.__mro__):
                self._queue.append(obj)
            else:
                self._add_version(obj)
        elif isinstance(obj, types.FunctionType) and (self._is_own(obj) or obj.__closure__):
            self._queue.append(obj)
        else:
            self._add_version(obj)

    def _is_own(self, obj: Any) -> bool:
        root = _root_of(obj)
        return _origin(root) == "user" or root == self._root

    def _add_version(self, obj: Any) -> None:
        if _origin(root := _root_of(obj)) == "installed":
            self._pieces.add(_version_of_root(root).encode())

    def _of_class(self, cls: type) -> Iterator[bytes]:
        for base in cls.__mro__[1:]:
            self.add(base)
        if not self._is_own(cls):
            return
        is_generated = dataclasses.is_dataclass(cls) or hasattr(cls, "_fields")
        for name, member in sorted(vars(cls).items(), key=lambda item: str(item[0])):
            functions = _functions_behind(member)
            for function in functions:
                is_text = not inspect.unwrap(function).__code__.co_filename.startswith("<")
                if is_text or not (is_generated and name.startswith("__")):
                    yield name.encode()
                    self.add(function)
            if name == "__annotations__":
                yield repr(member).encode()
            elif not functions and name not in _SILENT and not (name.startswith(("__", "_abc_"))):
                yield self._of_variable(_name_of(cls), name, member)

    def _of_function(self, function: types.FunctionType) -> Iterator[bytes]:
        name = _name_of(function)
        for variable, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            with contextlib.suppress(ValueError):  # not filled yet
                yield self._of_variable(name, variable, cell.cell_contents)
        if not self._is_own(function):
            return
        source = source_of(function, _name_of(function))
        yield source.text.encode("utf-8", "surrogatepass")
        for number, default in enumerate(function.__defaults__ or ()):
            yield self._of_variable(name, f"default {number}", default)
        for key, default in (function.__kwdefaults__ or {}).items():
            yield self._of_variable(name, f"default {key}", default)
        local = {*function.__code__.co_varnames, *function.__code__.co_cellvars, *function.__code__.co_freevars}
        imported = local_imports(source, function)
        for chain in sorted(source.names):
            if chain[0] in imported:
                yield from self._of_chain("", chain, imported)
            elif chain[0] not in local and chain[0] in function.__globals__:
                yield from self._of_chain(function.__module__, chain, function.__globals__)

    def _of_chain(self, owner: str, chain: tuple[str, ...], names: dict[str, Any]) -> Iterator[bytes]:
        """Follow a dotted name through modules of the user to what it stands for."""
        value = names[chain[0]]
        name = chain[0]
        for attribute in chain[1:]:
            if not (isinstance(value, types.ModuleType) and self._is_own(value) and hasattr(value, attribute)):
                break
            owner, name, value = value.__name__, attribute, getattr(value, attribute)
        yield ".".join(chain).encode()
        if not isinstance(value, types.ModuleType):
            yield self._of_variable(owner, name, value)
        elif self._is_own(value):  # handed on as a whole
            with contextlib.suppress(OSError, TypeError):
                yield inspect.getsource(value).encode("utf-8", "surrogatepass")
        else:
            self._add_version(value)

    def _of_variable(self, owner: str, name: str, value: Any) -> bytes:
        from gaitmap.caching._hashing import digest

        if isinstance(value, type) or is_function_like(value):
            self.add(value)
            return f"{_name_of(_without_wrapping(value))}{_variables_of(value)}".encode()
        slot = (owner, name)
        if slot in _CHANGED_BY_COMPUTING:
            return _CHANGED_BY_COMPUTING[slot]
        try:
            found = digest(value)
        except Exception:  # noqa: BLE001 - whatever a variable of the user raises when it is pickled
            warn_once(
                slot,
                f"{owner}.{name} ({type(value).__name__}) cannot be made part of the key of stored results. Raise the "
                "class attribute '_cache_version' of the algorithm when it changes.",
            )
            return type(value).__qualname__.encode()
        self.variables[slot] = found
        return found


def _digest_of_parts(parts: Any) -> bytes:
    hasher = xxhash.xxh3_128()
    for part in parts:
        hasher.update(b"%d;" % len(part) + part)
    return hasher.digest()


def _functions_behind(member: Any) -> list[types.FunctionType]:
    """Return the functions of a class member: a method, a property, a class or static method, a cached property."""
    found = [member, *(getattr(member, name, None) for name in ("fget", "fset", "__func__", "func", "py_func"))]
    return [function for function in found if isinstance(function, types.FunctionType)]
