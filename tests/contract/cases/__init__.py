"""Registered classes; every module here holds a list ``CASES``."""

import importlib
import pkgutil

from tests.contract._case import Case


def all_cases() -> list[Case]:
    """Collect the cases of all modules in this folder."""
    names = sorted(module.name for module in pkgutil.iter_modules(__path__))
    return [case for name in names for case in importlib.import_module(f"{__name__}.{name}").CASES]
