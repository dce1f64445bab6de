"""Quick access to the parameters of algorithms: what every call does several times with each nested object."""

import inspect
import types
from typing import Any

from tpcp import BaseTpcpObject

_IMMUTABLE = frozenset({type(None), bool, int, float, complex, str, bytes})


class QuickParameters(BaseTpcpObject):
    """Object whose construction, cloning and ``get_params`` take microseconds.

    tpcp looks at the signature of the constructor on each of these occasions, and makes a deep copy of each parameter,
    also of plain numbers. Both are right, and dominate the run time of an algorithm on a short recording.
    """

    def __init_subclass__(cls, **kwargs: Any) -> None:
        init = cls.__dict__.get("__init__")
        if isinstance(init, types.FunctionType):
            # `inspect.signature` returns this as it is; the wrapper that tpcp puts around the constructor inherits it.
            init.__signature__ = inspect.signature(init)  # type: ignore[attr-defined]
        super().__init_subclass__(**kwargs)

    @classmethod
    def __clone_param__(cls, param_name: str, value: Any) -> Any:
        return value if _is_immutable(value) else super().__clone_param__(param_name, value)


def _is_immutable(value: Any) -> bool:
    """Tell whether a value cannot change, so that a copy of it would be of no use."""
    if type(value) is tuple:
        return all(_is_immutable(item) for item in value)
    return type(value) in _IMMUTABLE
