"""Parameters are read and copied without looking at signatures and copying numbers again and again."""

import copy
import inspect

import joblib
import numpy as np
import pytest
from tpcp import cf

from gaitmap.base import BaseAlgorithm


class _Inner(BaseAlgorithm):
    _action_methods = ("run",)

    def __init__(self, scale: float = 2.0, names=("a", ("b", 1))):
        self.scale = scale
        self.names = names


class _Outer(BaseAlgorithm):
    _action_methods = ("run",)

    def __init__(self, inner=cf(_Inner()), values=cf(np.arange(3.0)), tags=cf(["x", {"y": 1}]), *, limit=None):  # noqa: B008
        self.inner = inner
        self.values = values
        self.tags = tags
        self.limit = limit


class _Child(_Outer):
    def __init__(self, inner=cf(_Inner(3.0)), values=None, tags=None, *, limit=None, extra="e"):  # noqa: B008
        self.extra = extra
        super().__init__(inner, values, tags, limit=limit)


class _Grandchild(_Child):
    """Inherits its constructor."""


def test_signature_is_the_one_of_the_constructor_as_written():
    assert list(inspect.signature(_Outer).parameters) == ["inner", "values", "tags", "limit"]
    assert list(inspect.signature(_Grandchild.__init__).parameters) == [
        "self",
        "inner",
        "values",
        "tags",
        "limit",
        "extra",
    ]
    assert inspect.signature(_Outer.__init__).parameters["limit"].kind is inspect.Parameter.KEYWORD_ONLY


@pytest.mark.parametrize("cls", [_Outer, _Child, _Grandchild])
def test_clone_has_equal_parameters_that_are_independent_where_they_can_change(cls):
    original = cls(values=np.arange(4.0), tags=["x", {"y": [1]}])
    before = joblib.hash(original)
    clone = original.clone()
    assert type(clone) is cls
    assert joblib.hash(clone) == before
    clone.inner.scale = 99
    clone.values[0] = 99
    clone.tags[1]["y"].append(2)
    assert joblib.hash(original) == before


def test_tuple_with_something_that_can_change_is_copied():
    original = _Inner(names=("a", [1]))
    original.clone().names[1].append(2)
    assert original.names == ("a", [1])


def test_defaults_are_independent_between_instances():
    first, second = _Outer(), _Outer()
    first.inner.scale = 5
    first.tags.append("z")
    assert second.inner.scale == 2.0
    assert second.tags == ["x", {"y": 1}]
    assert _Child().inner.scale == 3.0


def test_constructor_that_changes_a_parameter_is_still_refused():
    class Changes(BaseAlgorithm):
        _action_methods = ("run",)

        def __init__(self, scale=1):
            self.scale = scale + 0.5

    with pytest.raises(RuntimeError, match="modified the parameter"):
        Changes()


def test_parameters_survive_a_copy_of_the_instance():
    original = _Outer(limit=3)
    assert copy.deepcopy(original).get_params()["limit"] == 3
    assert original.set_params(inner__scale=7).clone().inner.scale == 7
