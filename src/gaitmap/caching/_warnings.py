"""Warnings of the cache itself, and recording of those that a cached computation raises."""

import importlib
import sys
import threading
import warnings
from collections.abc import Iterable
from typing import Any, ClassVar, Self, cast

from joblib.memory import CacheWarning


class CacheStoreWarning(CacheWarning, UserWarning):
    """A result could not be stored; it was computed and returned all the same.

    The message says why: the folder is full or read-only (caching there stays off for this process), the result or an
    argument cannot be pickled, or the entry is larger than the limit of a `BoundedMemory`.
    """


class CacheCorruptionWarning(CacheWarning, UserWarning):
    """A stored result was damaged on disk; it was computed anew and replaced."""


_MOST_WARNINGS = 100
# Python shows a warning once per place; this is where it notes those that the cache raises again.
_SHOWN: dict = {}


class WarningRecorder:
    """Collect the warnings that the code inside the ``with`` block raises in this thread.

    Filters that turn warnings into errors stay in force. Everything else is collected, even what is filtered out at the
    moment, since a later hit may happen under other filters. Warnings of other threads pass through.
    """

    _lock = threading.RLock()
    _depth = 0
    _saved: Any = None
    _recording: ClassVar[dict[int, list["WarningRecorder"]]] = {}

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []

    def __enter__(self) -> Self:
        cls = WarningRecorder
        with cls._lock:
            if cls._depth == 0:
                cls._install()
            cls._depth += 1
            cls._recording.setdefault(threading.get_ident(), []).append(self)
        return self

    def __exit__(self, *_: object) -> None:
        cls = WarningRecorder
        with cls._lock:
            thread = threading.get_ident()
            cls._recording[thread].remove(self)
            if not cls._recording[thread]:
                del cls._recording[thread]
            cls._depth -= 1
            if cls._depth == 0:
                cls._saved.__exit__(None, None, None)

    @classmethod
    def _install(cls) -> None:
        cls._saved = warnings.catch_warnings()
        cls._saved.__enter__()
        user_filters = list(warnings.filters)
        user_show = warnings.showwarning
        cast("list", warnings.filters)[:] = [
            (action if action == "error" else "always", *rest) for action, *rest in user_filters
        ]
        warnings.simplefilter("always", append=True)

        def show(message: Any, category: Any, filename: str, lineno: int, file: Any = None, line: Any = None) -> None:
            recorders = cls._recording.get(threading.get_ident())
            # What an inner cache says of itself does not belong to the result.
            if recorders and not issubclass(category, CacheWarning):
                recorders[-1]._add(message, category, filename, lineno)
            elif not _is_ignored(user_filters, message, category, lineno):
                user_show(message, category, filename, lineno, file, line)

        warnings.showwarning = show

    def _add(self, message: Any, category: type[Warning], filename: str, lineno: int) -> None:
        record = {
            "category": f"{category.__module__}:{category.__qualname__}",
            "message": str(message),
            "filename": filename,
            "lineno": lineno,
        }
        if record not in self.records and len(self.records) < _MOST_WARNINGS:
            self.records.append(record)


def _is_ignored(filters: list, message: Any, category: type[Warning], lineno: int) -> bool:
    for action, text, filter_category, module, line in filters:
        matches_text = text is None or text.match(str(message))
        if matches_text and issubclass(category, filter_category) and module is None and line in (0, lineno):
            return action == "ignore"
    return False


def raise_again(records: Iterable[dict[str, Any]]) -> None:
    """Raise recorded warnings under the filters that hold now."""
    for record in records:
        category = _find_category(record["category"])
        text = "".join(letter if letter.isprintable() or letter == "\n" else "?" for letter in record["message"])
        try:
            message: Warning = category(text)
        except Exception:  # noqa: BLE001 - a category that wants more than a text
            message, category = UserWarning(text), UserWarning
        warnings.warn_explicit(message, category, record["filename"], record["lineno"], registry=_SHOWN)


def _find_category(name: str) -> type[Warning]:
    """Return a category by its name; what is read from a cache has no module imported but those of this package."""
    module, _, qualname = name.partition(":")
    try:
        is_own = module.startswith("gaitmap.") and not module.endswith("__main__")
        found: Any = importlib.import_module(module) if is_own else sys.modules[module]
        for part in qualname.split("."):
            found = getattr(found, part)
    except (ImportError, AttributeError, KeyError):
        return UserWarning
    return found if isinstance(found, type) and issubclass(found, Warning) else UserWarning
