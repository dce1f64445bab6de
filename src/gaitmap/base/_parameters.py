"""Quick access to the parameters of algorithms: what every call does several times with each nested object."""

import inspect
import types
import weakref
from typing import Any

import joblib
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

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        """Get the parameters by name.

        Parameters
        ----------
        deep
            Also return the parameters of nested objects, as ``<parameter>__<nested parameter>``.

        Returns
        -------
        params
            Parameter names mapped to their values.
        """
        names = _NAMES.get(type(self))
        if names is not None and not deep:
            return {name: getattr(self, name) for name in names}
        params = super().get_params(deep)
        if not deep:
            _NAMES[type(self)] = tuple(params)
        return params

    @classmethod
    def __clone_param__(cls, param_name: str, value: Any) -> Any:
        if _is_immutable(value) or isinstance(value, joblib.Memory):
            # A memory is the handle of a folder: its copy would stand for the same one.
            return value
        return super().__clone_param__(param_name, value)


# Class -> names of its parameters, in the order of `get_params`.
_NAMES: weakref.WeakKeyDictionary[type, tuple[str, ...]] = weakref.WeakKeyDictionary()


def _is_immutable(value: Any) -> bool:
    """Tell whether a value cannot change, so that a copy of it would be of no use."""
    if type(value) is tuple:
        return all(_is_immutable(item) for item in value)
    return type(value) in _IMMUTABLE


def without_caches(algorithm: Any) -> Any:
    """Copy an algorithm or a pipeline without its caches (``memory``), also those of nested objects."""
    copy = algorithm.clone()
    return copy.set_params(**{name: None for name in copy.get_params(deep=True) if name.split("__")[-1] == "memory"})
