"""Checks of parameters, made by the action methods before any work starts."""

from collections.abc import Collection
from numbers import Real
from typing import Any

import numpy as np


def _owner_name(owner: Any) -> str:
    return owner if isinstance(owner, str) else type(owner).__name__


def parameter_error(owner: Any, name: str, expected: str, found: Any) -> ValueError:
    """Build the error for a bad parameter; ``owner`` is the algorithm, or the name of the function."""
    return ValueError(f"The '{name}' parameter of {_owner_name(owner)} must be {expected}. Got {found!r} instead.")


def check_option(owner: Any, name: str, value: Any, allowed: Collection) -> None:
    """Require ``value`` to be one of ``allowed``."""
    if value not in allowed:
        raise parameter_error(owner, name, "one of " + ", ".join(repr(a) for a in allowed), value)


def check_number(
    owner: Any, name: str, value: Any, *, above: float | None = None, at_least: float | None = None
) -> None:
    """Require ``value`` to be a finite real number, larger than ``above`` / not smaller than ``at_least``."""
    expected = "a finite number"
    if above is not None:
        expected += f" > {above}"
    if at_least is not None:
        expected += f" >= {at_least}"
    is_number = isinstance(value, Real) and not isinstance(value, bool) and np.isfinite(float(value))
    if not is_number or (above is not None and value <= above) or (at_least is not None and value < at_least):
        raise parameter_error(owner, name, expected, value)


def check_sampling_rate(owner: Any, value: Any) -> None:
    """Require a positive sampling rate in Hz."""
    check_number(owner, "sampling_rate_hz", value, above=0)
