"""Texts of functions, as they were when the code that is running was made from them."""

import ast
import contextlib
import dataclasses
import functools
import importlib
import importlib.util
import linecache
import sys
import types
import uuid
import warnings
import weakref
from collections.abc import Iterator
from typing import Any

from gaitmap.caching._warnings import CacheStoreWarning


@dataclasses.dataclass(frozen=True)
class Source:
    """Text of a function, the (dotted) names that it mentions, and the imports inside it."""

    text: str
    names: frozenset[tuple[str, ...]] = frozenset()
    imports: tuple[ast.Import | ast.ImportFrom, ...] = ()


_SOURCES: weakref.WeakKeyDictionary[types.FunctionType, tuple[types.CodeType, Source]] = weakref.WeakKeyDictionary()
_WARNED: set[Any] = set()


def warn_once(cause: Any, message: str) -> None:
    """Warn of what cannot be part of keys, once per cause."""
    if cause not in _WARNED:
        _WARNED.add(cause)
        warnings.warn(f"Cache: {message}", CacheStoreWarning, stacklevel=2)


def source_of(function: types.FunctionType, name: str) -> Source:
    """Return the text of a function; one that no other function has if it cannot be read."""
    known = _SOURCES.get(function)
    if known is None or known[0] is not function.__code__:
        known = _SOURCES[function] = (function.__code__, _read_source(function) or _unknown_source(function, name))
    return known[1]


def _unknown_source(function: types.FunctionType, name: str) -> Source:
    """Make up a text that no other function has, so that results are found again by this process alone."""
    warn_once(
        function.__code__.co_filename,
        f"the text of {name} cannot be read, or was edited since it was imported. Results that depend on "
        f"it are found again by this process only. Found no such text in '{function.__code__.co_filename}'. Expected a "
        "file that does not change while it is used.",
    )
    return Source(f"no text, {uuid.uuid4().hex}", frozenset((name,) for name in function.__code__.co_names))


def _read_source(function: types.FunctionType) -> Source | None:
    """Find the text of the code that is running; None if the file holds another text by now."""
    code = function.__code__
    linecache.checkcache(code.co_filename)
    lines = linecache.getlines(code.co_filename, function.__globals__)
    parsed = _parse("".join(lines), code.co_filename)
    if parsed is None:
        return None
    nodes, codes = (found.get((code.co_name, code.co_firstlineno), []) for found in parsed)
    # Of several lambdas in one line, all texts count, and the place among them.
    if code not in codes or not nodes:
        return None
    text = "".join(line for node in nodes for line in lines[_first_line(node) - 1 : node.end_lineno])
    parts = [part for node in nodes for part in ast.walk(node)]
    return Source(
        f"{codes.index(code)}\n{text}",
        frozenset(chain for node in nodes for chain in _dotted_names(node)),
        tuple(part for part in parts if isinstance(part, ast.Import | ast.ImportFrom)),
    )


@functools.lru_cache(maxsize=64)
def _parse(text: str, file: str) -> tuple[dict, dict] | None:
    """Return the functions of a file by name and first line: as parts of its text, and compiled."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
            top = compile(tree, file, "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT, dont_inherit=True)
    except (SyntaxError, ValueError):
        return None
    nodes: dict[tuple[str, int], list] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            nodes.setdefault((getattr(node, "name", "<lambda>"), _first_line(node)), []).append(node)
    codes: dict[tuple[str, int], list] = {}
    waiting = [top]
    while waiting:
        code = waiting.pop()
        codes.setdefault((code.co_name, code.co_firstlineno), []).append(code)
        waiting += [constant for constant in code.co_consts if isinstance(constant, types.CodeType)]
    return nodes, codes


def _first_line(node: Any) -> int:
    return min([node.lineno, *(decorator.lineno for decorator in getattr(node, "decorator_list", ()))])


def _dotted_names(node: ast.AST) -> Iterator[tuple[str, ...]]:
    if isinstance(node, ast.Name):
        yield (node.id,)
        return
    if isinstance(node, ast.Attribute):
        chain = [node.attr]
        inner = node.value
        while isinstance(inner, ast.Attribute):
            chain.append(inner.attr)
            inner = inner.value
        if isinstance(inner, ast.Name):
            yield (inner.id, *reversed(chain))
            return
    for child in ast.iter_child_nodes(node):
        yield from _dotted_names(child)


def local_imports(source: Source, function: types.FunctionType) -> dict[str, Any]:
    """Return what the imports inside a function bind, as far as it is of the user."""
    bound: dict[str, Any] = {}
    package = function.__globals__.get("__package__") or ""
    for statement in source.imports:
        from_name = "." * getattr(statement, "level", 0) + (getattr(statement, "module", None) or "")
        for alias in statement.names:
            name = from_name if isinstance(statement, ast.ImportFrom) else alias.name
            with contextlib.suppress(Exception):  # the call itself tells what is wrong with an import
                absolute = importlib.util.resolve_name(name, package)
                root = absolute.partition(".")[0]
                spec = importlib.util.find_spec(root)
                if spec is None or "site-packages" in (spec.origin or "") or root in sys.stdlib_module_names:
                    continue
                module = importlib.import_module(absolute)
                if isinstance(statement, ast.ImportFrom):
                    value = getattr(module, alias.name, None) or importlib.import_module(f"{absolute}.{alias.name}")
                    bound[alias.asname or alias.name] = value
                else:
                    bound[alias.asname or root] = module if alias.asname else sys.modules[root]
    return bound
