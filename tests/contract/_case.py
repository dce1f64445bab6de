"""How a class joins the contract suite: one ``Case`` in a list ``CASES`` of a module in ``tests/contract/cases``."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from tests.contract._walk import Walk

Check = Callable[[Any, Walk], None]


@dataclass(frozen=True)
class Outcome:
    """What an unusual input gives: an exception, or results that pass a check."""

    raises: type[Exception] | None = None
    match: str | None = None
    check: Check | None = None

    def verify(self, run: Callable[[Walk], Any], walk: Walk) -> None:
        """Run the algorithm and compare."""
        if self.raises is not None:
            with pytest.raises(self.raises, match=self.match):
                run(walk)
        else:
            assert self.check is not None
            self.check(run(walk), walk)


def raises(exception: type[Exception], match: str | None = None) -> Outcome:
    """Expect a named exception."""
    return Outcome(raises=exception, match=match)


def gives(check: Check) -> Outcome:
    """Expect results; ``check(algorithm, walk)`` asserts what they are."""
    return Outcome(check=check)


@dataclass(frozen=True)
class Case:
    """Everything the suite needs to know of one class.

    Attributes
    ----------
    make
        Creates an instance with the parameters to test (usually the class itself).
    call
        ``call(algorithm, walk)`` runs the action method on a :class:`Walk` of one or two feet and returns its result.
    changed
        One valid parameter with another value than ``make`` gives it: must change the hash. Empty: no parameters.
    empty, one_sample, nan_gap, no_strides
        What the specification says of these inputs. None only where the input does not exist for the class (no stride
        list among its arguments: ``no_strides=None``).
    sensors
        ``"both"``: takes one or many sensors. ``"single"``: one sensor only. ``"pair"``: needs both feet at once.
    """

    make: Callable[[], Any]
    call: Callable[[Any, Walk], Any]
    changed: dict[str, Any]
    empty: Outcome
    one_sample: Outcome
    nan_gap: Outcome
    no_strides: Outcome | None = None
    sensors: str = "both"
    marks: tuple = ()
    name: str | None = None

    @property
    def label(self) -> str:
        """Name shown by the test runner."""
        return self.name or type(self.make()).__name__
