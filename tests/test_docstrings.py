"""Public docstrings: every parameter is documented, and every example runs."""

import doctest
import importlib
import inspect
import pkgutil
import re
import warnings

import numpy as np
import pytest
from numpydoc.docscrape import NumpyDocString

import gaitmap

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(gaitmap.__path__, "gaitmap.")
    if not module.name.startswith(("gaitmap.cli", "gaitmap.__main__"))
)
# Modules whose examples need an optional package.
NEEDS = {
    "gaitmap.trajectory_reconstruction.orientation_methods._vqf": "vqf",
    "gaitmap.cohort._manifest": "pyarrow",
    "gaitmap.cohort._commands": "pyarrow",
}
PUBLIC_MODULES = [name for name in MODULES if not any(part.startswith("_") for part in name.split("."))]


def _public_functions():
    for name in PUBLIC_MODULES:
        module = importlib.import_module(name)
        for member in getattr(module, "__all__", [m for m in vars(module) if not m.startswith("_")]):
            value = getattr(module, member)
            home = getattr(value, "__module__", "") or ""
            is_own = home.startswith("gaitmap") and ("__all__" in vars(module) or home == name)
            if is_own and inspect.isfunction(value):
                yield pytest.param(value, id=f"{name}.{member}")


@pytest.mark.parametrize("function", list(_public_functions()))
def test_every_parameter_of_a_public_function_is_documented(function):
    doc = NumpyDocString(inspect.getdoc(function) or "")
    assert doc["Summary"], "no summary line"
    if len(inspect.signature(function).parameters) > 1 and doc["Parameters"]:
        documented = {n.lstrip("*") for entry in doc["Parameters"] for n in re.split(r",\s*", entry.name or entry.type)}
        missing = set(inspect.signature(function).parameters) - documented - {"kwargs", "_"}
        assert not missing


@pytest.mark.parametrize("name", MODULES)
def test_examples_in_docstrings_run(name):
    if name in NEEDS:
        pytest.importorskip(NEEDS[name], reason=f"the package {NEEDS[name]} is not installed")
    module = importlib.import_module(name)
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
    output: list[str] = []
    with warnings.catch_warnings(), np.printoptions(legacy=False):
        warnings.simplefilter("ignore")
        for test in doctest.DocTestFinder(exclude_empty=True).find(module, module.__name__):
            runner.run(test, out=output.append)
    assert runner.failures == 0, "".join(output)
