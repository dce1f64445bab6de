"""Caching of whole method calls of an algorithm."""

import contextlib
import functools
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

from joblib import Memory
from tpcp import Algorithm, BaseTpcpObject, get_action_methods_names

from gaitmap.caching._code import Watch, environment_key
from gaitmap.caching._entry import identity
from gaitmap.caching._function import BindingError, CachedFunction, bound_arguments
from gaitmap.caching._hashing import Recipe, hash_object, state_of


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
    return _CachedCall(_memory, _algo, _method_name, method)(*args, **kwargs)


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
    selected = _CachedCall(
        _memory, _algo, action_name, lambda *a, **k: _pick(run(*a, **k), sorted(names)), key, names=sorted(names)
    )
    with contextlib.suppress(BindingError, TypeError):
        if not selected.check_call_in_cache(*args, **kwargs) and everything.check_call_in_cache(*args, **kwargs):
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
        self.watch = Watch()
        self._call = (Recipe(algorithm), method_name)
        self._digest: str | None = None

    def digest(self, arguments: dict[str, Any]) -> str:
        if self._digest is None:
            with self.watch.over_key():
                self._digest = hash_object((environment_key(), *self._call, arguments))
        return self._digest


class _CachedCall(CachedFunction):
    """A method whose return value is stored, or an action of which some results (``names``) are stored."""

    kind = "method"

    def __init__(
        self,
        memory: Memory,
        algorithm: BaseTpcpObject,
        method_name: str,
        compute: Callable[..., Any],
        key: _CallKey | None = None,
        names: Sequence[str] | None = None,
    ) -> None:
        cls = type(algorithm)

        def function(*args: Any, **kwargs: Any) -> Any:
            return compute(*args, **kwargs)

        label = f"{cls.__module__}.{cls.__qualname__}.{method_name}".replace(".<locals>", "")
        super().__init__(memory, function, label=label)
        self._algorithm = algorithm
        self._method = getattr(algorithm, method_name)
        self._call_key = key or _CallKey(algorithm, method_name)
        self._names = names

    def _key(self, arguments: dict[str, Any]) -> str:
        return hash_object((self.kind, self._call_key.digest(arguments), self._names))

    def _watch(self) -> Watch:
        return self._call_key.watch

    def _bound(self, args: tuple, kwargs: dict) -> dict[str, Any]:
        return bound_arguments(self._method, args, kwargs)

    def _to_payload(self, output: Any, arguments: dict[str, Any]) -> tuple[Any, dict[Any, str]]:
        return output, {identity(memory): name for name, memory in _memories_of(self._algorithm).items()}

    def _from_payload(self, payload: Any, arguments: dict[str, Any]) -> Any:
        if type(payload) is type(self._algorithm):  # stored by a call whose algorithm had other memories, or none
            payload.set_params(**self._memories())
        return payload

    def _memories(self) -> dict[str, Memory]:
        return _memories_of(self._algorithm.clone())


def _memories_of(algorithm: BaseTpcpObject) -> dict[str, Memory]:
    return {name: value for name, value in algorithm.get_params(deep=True).items() if isinstance(value, Memory)}


class _StandIn(NamedTuple):
    """What is stored in place of an input or a parameter."""

    source: str
    name: str


class _CachedAction(_CachedCall):
    """An action of which all that it left on the instance is stored, apart from its inputs."""

    kind = "action"

    def _to_payload(self, output: Any, arguments: dict[str, Any]) -> tuple[Any, dict[Any, str]]:
        parameters = output.get_params(deep=False)
        sources = {"parameter": parameters, "argument": arguments}
        state = {name: value for name, value in state_of(output).items() if name not in parameters}
        state = {name: _stand_in_for(name, value, sources) for name, value in state.items()}
        return super()._to_payload(state, arguments)

    def _from_payload(self, payload: Any, arguments: dict[str, Any]) -> Any:
        instance = self._algorithm.clone()
        sources = {"parameter": instance.get_params(deep=False), "argument": arguments}
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
