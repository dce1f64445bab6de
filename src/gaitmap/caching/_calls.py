"""Caching of whole method calls of an algorithm."""

import contextlib
import functools
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from joblib import Memory
from tpcp import Algorithm, BaseTpcpObject, get_action_methods_names

from gaitmap.caching._fingerprint import environment_key
from gaitmap.caching._hashing import Recipe, hash_object, state_of
from gaitmap.caching._memorized import BindingError, CachedFunction, bound_arguments, describe
from gaitmap.caching._memory_slots import put_memories_in, take_memories_out


def cached_call_method(_algo: Any, _method_name: str, _memory: Memory | None, *args: Any, **kwargs: Any) -> Any:
    """Call a method of a copy of an algorithm, or load what it returned the last time.

    The passed instance is never changed, and results that it holds do not matter: what counts are its class and
    parameters (not its ``memory`` parameters), the name of the method and the content of the arguments. The code of
    classes that are not part of gaitmap counts as well, so edited algorithms are computed anew.

    Parameters
    ----------
    _algo
        Any tpcp object (algorithm, pipeline, dataset).
    _method_name
        The method to call.
    _memory
        Where results are kept. ``None`` and ``Memory(None)`` mean that the method is called each time.
    *args, **kwargs
        Handed to the method.

    Returns
    -------
    Any
        What the method returns; for action methods a new instance with parameters, inputs and results, which carries
        the ``memory`` parameters of ``_algo``. Each call gives an independent object.

    Raises
    ------
    AttributeError
        If there is no such method.

    Warns
    -----
    CacheStoreWarning
        If the result could not be stored. It is returned all the same.

    See Also
    --------
    cached_call_action : stores the results only, not the inputs.

    Examples
    --------
    >>> from tpcp import Algorithm
    >>> from gaitmap.caching import cached_call_method
    >>> class Offset(Algorithm):
    ...     _action_methods = "add"
    ...
    ...     def __init__(self, offset=1):
    ...         self.offset = offset
    ...
    ...     def add(self, data):
    ...         self.data = data
    ...         self.sum_ = data + self.offset
    ...         return self
    >>> algorithm = Offset()
    >>> result = cached_call_method(algorithm, "add", None, 4)
    >>> result.sum_, result is algorithm
    (5, False)
    """
    clone = _algo.clone()
    method = getattr(clone, _method_name)
    if _memory is None or _memory.store_backend is None:
        return method(*args, **kwargs)
    return _CachedMethod(_memory, _algo, _method_name, method)(*args, **kwargs)


def cached_call_action(
    _algo: Algorithm,
    _memory: Memory | None,
    *args: Any,
    _action_name: str | None = None,
    _result_names: str | Sequence[str] | None = None,
    **kwargs: Any,
) -> Any:
    """Run the action method of a copy of an algorithm, or load the results that it had the last time.

    Like `cached_call_method`, but only results are stored: neither the input data nor the parameters.

    Parameters
    ----------
    _algo
        The algorithm (or pipeline) to run.
    _memory
        Where results are kept. ``None`` and ``Memory(None)`` mean that the action runs each time.
    *args
        Handed to the action method.
    _action_name
        The action method. ``None`` means the first one of the class.
    _result_names
        The results wanted, with their trailing underscore (properties are allowed): only these are stored.
        ``None`` means all.
    **kwargs
        Handed to the action method.

    Returns
    -------
    Algorithm or dict
        Without ``_result_names`` a new instance with the parameters of ``_algo``, all results, and as inputs the very
        objects that were passed. With ``_result_names`` a dictionary ``{name: value}`` in the order asked for.

    Raises
    ------
    ValueError
        If ``_action_name`` is no action method, or the algorithm has no such result.
    TypeError
        If the action method returns something else than the instance.

    Warns
    -----
    CacheStoreWarning
        If the results could not be stored. They are returned all the same.

    Examples
    --------
    >>> from tpcp import Algorithm
    >>> from gaitmap.caching import cached_call_action
    >>> class Offset(Algorithm):
    ...     _action_methods = "add"
    ...
    ...     def __init__(self, offset=1):
    ...         self.offset = offset
    ...
    ...     def add(self, data):
    ...         self.data = data
    ...         self.sum_ = data + self.offset
    ...         return self
    >>> cached_call_action(Offset(), None, 4, _result_names="sum_")
    {'sum_': 5}
    """
    valid = get_action_methods_names(_algo)
    action_name = valid[0] if _action_name is None else _action_name
    if action_name not in valid:
        raise ValueError(
            f"'{action_name}' is no action method of {type(_algo).__name__}. "
            f"Choose one of {list(valid)} as '_action_name'."
        )
    names = _as_names(_result_names)
    run = functools.partial(_run_action, _algo.clone(), action_name)
    if _memory is None or _memory.store_backend is None:
        instance = run(*args, **kwargs)
        return instance if names is None else _pick(instance, names)
    key = _CallKey(_algo, action_name)
    everything = _CachedAction(_memory, _algo, action_name, run, key)
    if names is None:
        return everything(*args, **kwargs)
    selected = _CachedResults(_memory, _algo, action_name, lambda *a, **k: _pick(run(*a, **k), sorted(names)), key)
    selected.names = sorted(names)
    has_everything = False
    with contextlib.suppress(BindingError, TypeError):
        has_everything = not selected.check_call_in_cache(*args, **kwargs) and everything.check_call_in_cache(
            *args, **kwargs
        )
    if has_everything:
        return _pick(everything(*args, **kwargs), names)
    values = selected(*args, **kwargs)
    return {name: values[name] for name in names}


def _as_names(result_names: str | Sequence[str] | None) -> list[str] | None:
    if result_names is None:
        return None
    return list(dict.fromkeys([result_names] if isinstance(result_names, str) else result_names))


def _run_action(instance: Algorithm, action_name: str, *args: Any, **kwargs: Any) -> Algorithm:
    result = getattr(instance, action_name)(*args, **kwargs)
    if result is not instance:
        raise TypeError(
            f"{type(instance).__name__}.{action_name} returned an object of type {type(result).__name__}. Expected the "
            "instance itself: action methods return self. Use cached_call_method for other methods."
        )
    return instance


def _pick(instance: Algorithm, names: Sequence[str]) -> dict[str, Any]:
    values = {}
    for name in names:
        try:
            if not name.endswith("_") or name.startswith("__"):
                raise AttributeError(name)
            values[name] = getattr(instance, name)
        except AttributeError as error:
            existing = [
                other
                for other in dir(instance)
                if other.endswith("_")
                and not other.startswith("_")
                and not callable(getattr(type(instance), other, None))
            ]
            raise ValueError(
                f"{type(instance).__name__} has no result '{name}'. Found {existing}. Ask for some of these in "
                "'_result_names'."
            ) from error
    return values


class _CallKey:
    """Digest of an algorithm, the name of a method and its arguments, computed once for several entries."""

    def __init__(self, algorithm: BaseTpcpObject, method_name: str) -> None:
        self._algorithm = algorithm
        self._method = getattr(algorithm, method_name)
        self._method_name = method_name
        self._digest: str | None = None

    def digest(self, args: tuple, kwargs: dict) -> str:
        if self._digest is None:
            arguments = bound_arguments(self._method, args, kwargs)
            self._digest = hash_object((environment_key(), Recipe(self._algorithm), self._method_name, arguments))
        return self._digest


class _CachedCall(CachedFunction):
    """What the caching of methods and of actions have in common: keys, names, no memory in what is stored."""

    kind = ""
    names: Sequence[str] | None = None

    def __init__(
        self,
        memory: Memory,
        algorithm: BaseTpcpObject,
        method_name: str,
        compute: Callable[..., Any],
        key: _CallKey | None = None,
    ) -> None:
        cls = type(algorithm)

        def function(*args: Any, **kwargs: Any) -> Any:
            return compute(*args, **kwargs)

        function.__module__ = cls.__module__
        function.__name__ = method_name
        function.__qualname__ = f"{cls.__qualname__}.{method_name}"
        super().__init__(memory, function)
        parts = [*cls.__module__.split("."), *cls.__qualname__.split("."), method_name]
        self.func_id = str(Path(*(re.sub(r"[^\w-]", "", part) for part in parts)))
        self._algorithm = algorithm
        self._method = getattr(algorithm, method_name)
        self._key = key or _CallKey(algorithm, method_name)

    def _get_args_id(self, *args: Any, **kwargs: Any) -> str:
        return hash_object((self.kind, self._key.digest(args, kwargs), self.names))

    def _describe_arguments(self, args: tuple, kwargs: dict) -> dict[str, str]:
        return describe(bound_arguments(self._method, args, kwargs))

    def _code_text(self) -> str:
        return f"# Results of {self.label}; the digest of its code is part of the name of each entry.\n"

    def _before_call(self, args: tuple, kwargs: dict) -> None:
        if self._verbose > 0:
            arguments = ", ".join(f"{name}={text}" for name, text in self._describe_arguments(args, kwargs).items())
            print(f"{'_' * 80}\n[Memory] Calling {self.label}...\n{self.func.__name__}({arguments})")  # noqa: T201

    @contextlib.contextmanager
    def _as_payload(self, output: Any) -> Iterator[Any]:
        slots = take_memories_out(output, self._algorithm)
        try:
            yield output
        finally:
            for slot in slots:
                slot.replace(slot.value)

    def _from_payload(self, payload: Any) -> Any:
        put_memories_in(payload, self._algorithm.clone())
        return payload


class _CachedMethod(_CachedCall):
    """A method whose return value is stored."""

    kind = "method"


class _CachedResults(_CachedCall):
    """An action of which some results are stored, by value."""

    kind = "results"


class _StandIn(NamedTuple):
    """What is stored in place of an input or a parameter."""

    source: str
    name: str


class _CachedAction(_CachedCall):
    """An action of which all that it left on the instance is stored, apart from its inputs."""

    kind = "action"

    def _cached_call(self, args: tuple, kwargs: dict, shelving: bool = False) -> tuple[Any, dict]:
        with contextlib.suppress(BindingError):
            self._arguments = bound_arguments(self._method, args, kwargs)
        return super()._cached_call(args, kwargs, shelving)

    @contextlib.contextmanager
    def _as_payload(self, output: Any) -> Iterator[Any]:
        parameters = output.get_params(deep=False)
        sources = {"parameter": parameters, "argument": self._arguments}
        state = {
            name: _stand_in_for(name, value, sources)
            for name, value in state_of(output).items()
            if name not in parameters
        }
        with super()._as_payload(state):
            yield state

    def _from_payload(self, payload: Any) -> Any:
        instance = self._algorithm.clone()
        put_memories_in(payload, instance)
        sources = {"parameter": instance.get_params(deep=False), "argument": self._arguments}
        for name, value in payload.items():
            instance.__dict__[name] = sources[value.source][value.name] if isinstance(value, _StandIn) else value
        return instance


def _stand_in_for(name: str, value: Any, sources: dict[str, dict[str, Any]]) -> Any:
    is_input = not name.endswith("_") and not name.startswith("_")
    if is_input and name in sources["argument"] and value is sources["argument"][name]:
        return _StandIn("argument", name)
    if isinstance(value, bool | int | float | complex | str | bytes | type(None)) and not is_input:
        return value
    for source, candidates in reversed(sources.items()):
        for other_name, other in candidates.items():
            if value is other:
                return _StandIn(source, other_name)
    return value
