"""Where an algorithm, and everything inside it, holds a ``joblib.Memory``."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from joblib import Memory
from tpcp import BaseTpcpObject


class MemorySlot(NamedTuple):
    """A place that holds a memory, or the stand-in for one in a stored result."""

    path: tuple
    value: Any
    replace: Callable[[Any], None]


class MemoryStandIn(NamedTuple):
    """What is stored in place of a memory: where the caller's algorithm has its own."""

    path: tuple


def find_memory_slots(obj: Any) -> Iterator[MemorySlot]:
    """Find the memories in the attributes of algorithms, at any depth, through lists, tuples and dictionaries."""
    yield from _walk(obj, (), set())


def _walk(obj: Any, path: tuple, seen: set[int]) -> Iterator[MemorySlot]:
    if id(obj) in seen:
        return
    children: list[tuple[Any, Any, Callable[[Any], None]]]
    if isinstance(obj, BaseTpcpObject):
        children = [(name, value, _setter(obj.__dict__, name)) for name, value in vars(obj).items()]
    elif type(obj) is dict:
        children = [(key, value, _setter(obj, key)) for key, value in obj.items()]
    elif type(obj) is list:
        children = [(position, value, _setter(obj, position)) for position, value in enumerate(obj)]
    elif type(obj) is tuple:
        children = [(position, value, _refuse) for position, value in enumerate(obj)]
    else:
        return
    seen.add(id(obj))
    for name, value, replace in children:
        if isinstance(value, Memory | MemoryStandIn):
            yield MemorySlot((*path, name), value, replace)
        else:
            yield from _walk(value, (*path, name), seen)


def _setter(container: Any, key: Any) -> Callable[[Any], None]:
    return lambda value: container.__setitem__(key, value)


def _refuse(_: Any) -> None:
    """Leave a memory that stands in a tuple where it is."""


def take_memories_out(obj: Any, owner: BaseTpcpObject) -> list[MemorySlot]:
    """Replace the memories in ``obj`` by stand-ins that point to those of ``owner``; return what was replaced."""
    of_owner = [(slot.path, _identity(slot.value)) for slot in find_memory_slots(owner)]
    slots = list(find_memory_slots(obj))
    for slot in slots:
        paths = [path for path, identity in of_owner if identity == _identity(slot.value)]
        # The same place first: then the algorithm that comes back has the memories of the one that was passed.
        path = slot.path if slot.path in paths else (paths[0] if paths else ())
        slot.replace(MemoryStandIn(path))
    return slots


def put_memories_in(obj: Any, owner: BaseTpcpObject) -> None:
    """Replace stand-ins by the memories that ``owner`` has in their place, or by None.

    An object of the same class as ``owner`` gets all its memories, also where the stored one had none.
    """
    of_owner = {slot.path: slot.value for slot in find_memory_slots(owner)}
    for slot in list(find_memory_slots(obj)):
        if isinstance(slot.value, MemoryStandIn):
            slot.replace(of_owner.get(slot.path, of_owner.get(slot.value.path)))
    if type(obj) is type(owner):
        for path, memory in of_owner.items():
            _place(obj, path, memory)


def _place(obj: Any, path: tuple, memory: Any) -> None:
    container = obj
    try:
        for step in path[:-1]:
            container = _attributes_or_items(container)[step]
        _attributes_or_items(container)[path[-1]] = memory
    except (KeyError, IndexError, TypeError):
        return


def _attributes_or_items(obj: Any) -> Any:
    return obj.__dict__ if isinstance(obj, BaseTpcpObject) else obj


def _identity(memory: Any) -> tuple:
    return (type(memory), str(memory.location)) if isinstance(memory, Memory) else (type(memory), "")
