"""What identifies code in a cache key: package versions, and the text of classes and functions of the user."""

import functools
import importlib
import importlib.metadata
import inspect
import os
import sys
import sysconfig
import types
import weakref
from pathlib import Path
from typing import Any

import xxhash

import gaitmap

#: Raised whenever the meaning of keys or the layout of entries changes.
SCHEMA = 1

_VERSIONED_PACKAGES = ("numpy", "scipy", "pandas", "numba")
# Classes of these (and of the standard library) are told apart by version, not by source text.
_VERSIONED_ROOTS = frozenset({"gaitmap", "tpcp", "builtins"})
_SITE_FOLDERS = tuple({sysconfig.get_path(name) + os.sep for name in ("purelib", "platlib", "stdlib")})
_CONSTANT_TYPES = (int, float, complex, str, bytes, bool, type(None))
_MOST_OBJECTS = 1000


def environment_key() -> tuple:
    """Return what must be equal for a stored result to be valid, apart from the call itself."""
    return (SCHEMA, gaitmap.__version__, _package_digest(gaitmap.__version__), *_library_versions())


@functools.cache
def _library_versions() -> tuple[str, ...]:
    return tuple(f"{name} {_minor_version(name)}" for name in _VERSIONED_PACKAGES)


def _minor_version(package: str) -> str:
    try:
        version = importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:  # installed without its metadata
        version = importlib.import_module(package).__version__
    return ".".join(version.split(".")[:2])


@functools.cache
def _package_digest(version: str) -> str:
    """Digest the package's own source for development versions, whose number says nothing about the code."""
    if "dev" not in version:
        return ""
    hasher = xxhash.xxh3_64()
    root = Path(gaitmap.__file__).parent
    for path in sorted(root.rglob("*.py")):
        folder = path.relative_to(root).parts[0]
        if folder not in ("cli", "report"):
            hasher.update(str(path.relative_to(root)).encode())
            hasher.update(path.read_bytes())
    return hasher.hexdigest()


def is_function_like(obj: Any) -> bool:
    """Tell whether an object is a function, a compiled function, or a builtin."""
    return isinstance(obj, types.FunctionType | types.BuiltinFunctionType) or isinstance(
        getattr(obj, "py_func", None), types.FunctionType
    )


def class_fingerprint(cls: type) -> str:
    """Identify a class: its name, its ``_cache_version``, and the code of all its user-written ancestors."""
    name = f"{cls.__module__}.{cls.__qualname__}#{getattr(cls, '_cache_version', 0)}"
    own = [ancestor for ancestor in cls.__mro__ if not _is_trusted(ancestor)]
    if not own:
        return name
    code = _CodeDigest()
    for ancestor in own:
        code.add_class(ancestor)
    return f"{name}@{code.hexdigest()}"


def function_fingerprint(function: Any) -> str:
    """Identify a function: its name, its code, and the user-written code that it refers to."""
    function = getattr(function, "py_func", function)
    if not isinstance(function, types.FunctionType):
        return f"{function.__module__}.{function.__qualname__}"
    known = _FINGERPRINTS.get(function)
    if known is not None and known[0] is function.__code__:
        return known[1]
    code = _CodeDigest()
    code.add_function(function)
    fingerprint = f"{function.__module__}.{function.__qualname__}@{code.hexdigest()}"
    if _is_trusted(function) and function.__closure__ is None:
        # Nothing that it refers to counts, so only other code would make another fingerprint.
        _FINGERPRINTS[function] = function.__code__, fingerprint
    return fingerprint


_FINGERPRINTS: weakref.WeakKeyDictionary[types.FunctionType, tuple[types.CodeType, str]] = weakref.WeakKeyDictionary()


def _is_trusted(obj: Any) -> bool:
    return _is_trusted_root(str(getattr(obj, "__module__", "")).partition(".")[0])


@functools.cache
def _is_trusted_root(root: str) -> bool:
    if root in _VERSIONED_ROOTS:
        return True
    # A script of the user may carry the name of a standard module.
    file = getattr(sys.modules.get(root), "__file__", None)
    return root in sys.stdlib_module_names and (file is None or file.startswith(_SITE_FOLDERS))


class _CodeDigest:
    """Collect the code of functions and classes, and of the user-written code they mention.

    Both the source text and the compiled code enter: the text catches edited class attributes, the compiled code
    catches a file that was edited while an old version of it is still running.
    Values of mutable globals and class attributes stay out, because they change without an edit (counters, logs).
    """

    def __init__(self) -> None:
        self._hasher = xxhash.xxh3_128()
        self._seen: set[int] = set()
        self._roots: set[str] = set()

    def hexdigest(self) -> str:
        return self._hasher.hexdigest()

    def add_class(self, cls: type) -> None:
        if self._is_done(cls):
            return
        self._roots.add(cls.__module__.partition(".")[0])
        source = _source_text(cls)
        self._put(f"class {cls.__module__}.{cls.__qualname__}\n{source}")
        for name, member in sorted(vars(cls).items(), key=lambda item: str(item[0])):
            for function in _functions_behind(member):
                self._put(name)
                self.add_function(function)
            if not source and not name.startswith("__") and _is_constant(member):
                self._put(f"{name}={member!r}")

    def add_function(self, function: types.FunctionType) -> None:
        if self._is_done(function):
            return
        self._put(f"def {function.__module__}.{function.__qualname__}\n")
        self._add_code(function.__code__)
        if _is_trusted(function) or _is_trusted_root(function.__globals__.get("__name__", "").partition(".")[0]):
            # A wrapper of ours (make_action_safe) around code of the user.
            self._add_cells(function)
            return
        self._roots.add(function.__module__.partition(".")[0] if function.__module__ else "")
        if function.__name__ == "<lambda>" or "<locals>" in function.__qualname__ or "." not in function.__qualname__:
            # The text of methods is part of the text of their class.
            self._put(_source_text(function))
        for default in (*(function.__defaults__ or ()), *(function.__kwdefaults__ or {}).values()):
            self._add_value(default)
        self._add_cells(function)
        self._add_globals(function)

    def _is_done(self, obj: Any) -> bool:
        if id(obj) in self._seen or len(self._seen) > _MOST_OBJECTS:
            return True
        self._seen.add(id(obj))
        return False

    def _put(self, text: str) -> None:
        self._hasher.update(f"{len(text)};{text}".encode("utf-8", "surrogatepass"))

    def _add_code(self, code: types.CodeType) -> None:
        self._put(code.co_code.hex())
        self._put(repr((code.co_names, code.co_varnames, code.co_freevars, code.co_cellvars, code.co_flags)))
        self._put(code.co_exceptiontable.hex())
        for constant in code.co_consts:
            if isinstance(constant, types.CodeType):
                self._add_code(constant)
            else:
                # The order in which a frozenset prints differs between processes.
                self._put(repr(sorted(map(repr, constant))) if isinstance(constant, frozenset) else repr(constant))

    def _add_cells(self, function: types.FunctionType) -> None:
        _, assigned = _names_used(function.__code__)
        for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
            if name in assigned:
                continue
            try:
                self._add_value(cell.cell_contents)
            except ValueError:  # not filled yet
                continue

    def _add_globals(self, function: types.FunctionType) -> None:
        names, assigned = _names_used(function.__code__)
        for name in names:
            if name in assigned or name not in function.__globals__:
                continue
            value = function.__globals__[name]
            if isinstance(value, types.ModuleType):
                if self._is_own_module(value):
                    for attribute in names:
                        if attribute in vars(value):
                            self._put(f"{name}.{attribute}")
                            self._add_value(vars(value)[attribute])
            else:
                self._put(name)
                self._add_value(value)

    def _add_value(self, value: Any) -> None:
        if isinstance(value, type):
            if self._is_own(value):
                self.add_class(value)
        elif is_function_like(value):
            function = getattr(value, "py_func", value)
            if isinstance(function, types.FunctionType) and self._is_own(function):
                self.add_function(function)
        elif _is_constant(value):
            self._put(repr(value))

    def _is_own(self, obj: Any) -> bool:
        module = sys.modules.get(getattr(obj, "__module__", None) or "")
        return not _is_trusted(obj) and (module is None or self._is_own_module(module))

    def _is_own_module(self, module: types.ModuleType) -> bool:
        root = module.__name__.partition(".")[0]
        if _is_trusted_root(root):
            return False
        file = getattr(module, "__file__", None) or ""
        return root in self._roots or not file.startswith(_SITE_FOLDERS)


def _functions_behind(member: Any) -> list[types.FunctionType]:
    """Return the functions of a class member: a method, a property, a class or static method, a cached property."""
    found = [member, *(getattr(member, name, None) for name in ("fget", "fset", "__func__", "func", "py_func"))]
    return [function for function in found if isinstance(function, types.FunctionType)]


def _is_constant(value: Any) -> bool:
    if isinstance(value, tuple):
        return all(_is_constant(item) for item in value)
    return type(value) in _CONSTANT_TYPES


@functools.lru_cache(maxsize=512)
def _names_used(code: types.CodeType) -> tuple[tuple[str, ...], frozenset[str]]:
    """Return the global names and attributes that code mentions, and those of them that it assigns."""
    import dis

    names = dict.fromkeys(code.co_names)
    stores = ("STORE_GLOBAL", "STORE_NAME", "STORE_DEREF")
    assigned = {str(step.argval) for step in dis.get_instructions(code) if step.opname in stores}
    for constant in code.co_consts:
        if isinstance(constant, types.CodeType):
            inner_names, inner_assigned = _names_used(constant)
            names.update(dict.fromkeys(inner_names))
            assigned |= inner_assigned
    return tuple(names), frozenset(assigned)


# Object -> (state of its file, text): reading and parsing the file for every call would cost milliseconds.
_SOURCES: weakref.WeakKeyDictionary[Any, tuple[Any, str]] = weakref.WeakKeyDictionary()


def _source_text(obj: Any) -> str:
    """Return the source text of a class or function, empty if there is none."""
    try:
        file = inspect.getsourcefile(obj)
        stamp = None
        if file is not None and Path(file).exists():
            status = Path(file).stat()
            stamp = (status.st_size, status.st_mtime_ns)
        if stamp is not None and obj in _SOURCES and _SOURCES[obj][0] == stamp:
            return _SOURCES[obj][1]
        text = inspect.getsource(obj)
    except (OSError, TypeError):
        return ""
    if stamp is not None:
        _SOURCES[obj] = (stamp, text)
    return text
