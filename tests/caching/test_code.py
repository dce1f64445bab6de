"""Edited code is never served stale: classes of the user, what they call, and new versions of the packages."""

import importlib
import importlib.metadata
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from tpcp import Algorithm

import gaitmap
from gaitmap.caching import (
    CacheStoreWarning,
    _code,
    _source,
    cache_function,
    cache_stats,
    cached_call_action,
    hash_object,
)
from tests.caching import _toys
from tests.caching._toys import Scaler, multiply, sample_data

HELPER = """
THRESHOLD = 1.0

def double(x):
    return 2 * x

def unused(x):
    return x
"""

USER_CODE = """
import functools
from pathlib import Path
from types import SimpleNamespace
import numpy as np
from tpcp import Algorithm, make_action_safe
import helper
from helper import double

OFFSET = 5
LIST = [0]
TABLE = {'a': 0}
ARRAY = np.array([0.0])
SPACE = SimpleNamespace(a=0)
COMPUTED = sorted([0])
FROM_FILE = int((Path(__file__).parent / "table.txt").read_text())
CHOICE = {"first": lambda: 0}

class Setting:
    def __init__(self, a):
        self.a = a

    def value(self):
        return self.a

SETTING = Setting(0)

def decorated(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper

@decorated
def values():
    import late
    own = LIST[0] + TABLE['a'] + ARRAY[0] + SPACE.a + SETTING.value() + COMPUTED[0] + FROM_FILE + CHOICE["first"]()
    return own + late.SHIFT

def add_offset(x):
    return x + OFFSET

class Base(Algorithm):
    _action_methods = "run"
    bias = 100
    weights = [0]

    def _step(self, x):
        return x

class Mine(Base):
    def __init__(self, factor=1.0):
        self.factor = factor

    @make_action_safe
    def run(self, x):
        print("computing")
        self.x = x
        self.value_ = self._step(add_offset(double(x))) * self.factor + self.bias + helper.THRESHOLD
        self.value_ = float(self.value_ + values() + self.weights[0])
        return self

def not_used(x):
    return x
"""

SCRIPT = """
import sys
from joblib import Memory
from gaitmap.caching import cached_call_action, cached_call_method
from mine import Mine

def main(folder):
    memory = Memory(folder, verbose=0)
    print(cached_call_action(Mine(), memory, 1).value_)
    print(cached_call_method(Mine(), "run", memory, 1).value_)

if __name__ == "__main__":
    main(sys.argv[1])
"""


class Project:
    """A folder with user code that uses a cache."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture) -> None:
        self.folder = folder
        self._capsys = capsys
        self.texts = {
            "mine.py": USER_CODE,
            "helper.py": HELPER,
            "late.py": "SHIFT = 0\n",
            "table.txt": "0",
            "script.py": SCRIPT,
        }

    def _write(self) -> None:
        for name, text in self.texts.items():
            (self.folder / name).write_text(text)

    def run(self) -> tuple[list[float], int]:
        """Import the code afresh and run it; return the two values, and how often something was computed."""
        self._write()
        for name in self.texts:
            sys.modules.pop(name.removesuffix(".py"), None)
        self._capsys.readouterr()
        importlib.import_module("script").main(str(self.folder / "cache"))
        return self._summary(self._capsys.readouterr().out)

    def run_in_a_process(self) -> tuple[list[float], int]:
        self._write()
        command = [sys.executable, "script.py", "cache"]
        return self._summary(
            subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=True).stdout
        )

    @staticmethod
    def _summary(text: str) -> tuple[list[float], int]:
        lines = text.split()
        return [float(line) for line in lines if line != "computing"], lines.count("computing")

    def edit(self, name: str, old: str, new: str) -> None:
        assert old in self.texts[name]
        self.texts[name] = self.texts[name].replace(old, new)


@pytest.fixture
def project(tmp_path, monkeypatch, capsys):
    monkeypatch.syspath_prepend(tmp_path)
    # Byte code is told apart by size and second, too coarse for edits that follow each other at once.
    monkeypatch.setattr(sys, "dont_write_bytecode", True)
    project = Project(tmp_path, capsys)
    yield project
    for name in project.texts:
        sys.modules.pop(name.removesuffix(".py"), None)


EDITS = {
    "the action": ("mine.py", "* self.factor +", "* self.factor + 1000 +", 1108.0),
    "an inherited method": ("mine.py", "return x\n\nclass Mine", "return x + 1\n\nclass Mine", 109.0),
    "a class attribute": ("mine.py", "bias = 100", "bias = 0", 8.0),
    "a function of the same module": ("mine.py", "x + OFFSET", "x - OFFSET", 98.0),
    "a constant of the same module": ("mine.py", "OFFSET = 5", "OFFSET = 4", 107.0),
    "a function of another module": ("helper.py", "2 * x", "3 * x", 109.0),
    "a default argument": ("mine.py", "def add_offset(x)", "def add_offset(x, y=1)", 108.0),
    "an inner import": ("late.py", "SHIFT = 0", "SHIFT = 3", 111.0),
    "a list": ("mine.py", "LIST = [0]", "LIST = [3]", 111.0),
    "a dictionary": ("mine.py", "'a': 0", "'a': 3", 111.0),
    "an array": ("mine.py", "np.array([0.0])", "np.array([3.0])", 111.0),
    "an instance": ("mine.py", "SimpleNamespace(a=0)", "SimpleNamespace(a=3)", 111.0),
    "an instance of a class of its own": ("mine.py", "Setting(0)", "Setting(3)", 111.0),
    "a method of an instance": ("mine.py", "return self.a", "return self.a + 3", 111.0),
    "a value computed at import": ("mine.py", "sorted([0])", "sorted([3])", 111.0),
    "a value read from a file at import": ("table.txt", "0", "3", 111.0),
    "a list of a class": ("mine.py", "weights = [0]", "weights = [3]", 111.0),
    "a decorator": ("mine.py", "return function(*args)", "return function(*args) + 3", 111.0),
    "a function kept in a dictionary": ("mine.py", "lambda: 0", "lambda: 3", 111.0),
    "a constant of another module": ("helper.py", "THRESHOLD = 1.0", "THRESHOLD = 2.0", 109.0),
}


@pytest.mark.parametrize("edit", EDITS)
def test_edited_user_code_is_computed_anew(project, edit):
    assert project.run() == ([108.0, 108.0], 2)
    assert project.run() == ([108.0, 108.0], 0)
    name, old, new, expected = EDITS[edit]
    project.edit(name, old, new)

    assert project.run() == ([expected, expected], 2)


def test_another_process_finds_the_entries_of_user_code(project):
    # The digest of a development version is taken once per process; the source may have been edited since.
    _code._digest_of_package.cache_clear()
    assert project.run() == ([108.0, 108.0], 2)
    assert project.run_in_a_process() == ([108.0, 108.0], 0)


def test_file_edited_while_the_old_code_still_runs_is_computed_anew_later(project):
    """What the old code computes after the edit must not be taken for a result of the new code."""
    project.run()
    old_code = sys.modules["script"]
    project.edit("mine.py", "* self.factor +", "* self.factor + 1000 +")
    project._write()
    old_code.main(str(project.folder / "cache"))

    assert project.run() == ([1108.0, 1108.0], 2)


def test_edit_of_code_that_is_not_used_keeps_the_entries(project):
    project.run()
    project.edit("mine.py", "def not_used(x):\n    return x", "def not_used(x):\n    return -x")
    project.edit("helper.py", "def unused(x):\n    return x", "def unused(x):\n    return -x")

    assert project.run() == ([108.0, 108.0], 0)


def test_going_back_to_an_older_text_finds_its_entries(project):
    project.run()
    project.edit("mine.py", "OFFSET = 5", "OFFSET = 6")
    assert project.run()[1] == 2
    project.edit("mine.py", "OFFSET = 6", "OFFSET = 5")

    assert project.run() == ([108.0, 108.0], 0)


def test_replaced_method_is_noticed_within_a_process(memory, monkeypatch, counts):
    cached_call_action(Scaler(), memory, sample_data())

    def scale(self, data):
        self.data = data
        self.scaled_ = -data
        return self

    monkeypatch.setattr(Scaler, "scale", scale)
    result = cached_call_action(Scaler(), memory, sample_data())

    assert result.scaled_.equals(-sample_data())
    assert counts() == (2, 0)


def test_code_without_text_is_found_again_by_its_own_process_alone(memory, monkeypatch):
    monkeypatch.setattr(_source, "_WARNED", set())
    namespaces = []
    for constant in (2, 3):
        namespace = {"Algorithm": Algorithm, "__name__": "nowhere"}
        exec(
            "class Exec(Algorithm):\n    _action_methods = 'run'\n    base = 1\n    def run(self, x):\n"
            f"        self.y_ = x * {constant}\n        return self",
            namespace,
        )
        namespaces.append(namespace)
    with pytest.warns(CacheStoreWarning, match="found again by this process only") as caught:  # noqa: PT031
        for _ in range(2):
            values = [cached_call_action(each["Exec"](), memory, 10, _result_names="y_")["y_"] for each in namespaces]
            assert values == [20, 30]

    assert len(caught) == 1
    assert cache_stats(memory)[["hits", "misses"]].sum().tolist() == [2, 2]


def test_value_that_cannot_be_part_of_the_key_is_told(memory, monkeypatch):
    lock = threading.Lock()

    class Locked(Algorithm):
        _action_methods = "run"

        def run(self, x):
            with lock:
                self.y_ = x
            return self

    text = r"lock \(lock\) cannot be made part of the key.*_cache_version"
    with pytest.warns(CacheStoreWarning, match=text) as caught:  # noqa: PT031
        for _ in range(2):
            cached_call_action(Locked(), memory, 1)
    assert len(caught) == 1


def test_counters_of_a_class_or_module_do_not_enter(memory, counts):
    calls = 0
    seen = []

    class Counting(Algorithm):
        _action_methods = "run"
        n_calls = 0

        def run(self, x):
            nonlocal calls
            calls += 1
            seen.append(x)
            Counting.n_calls += 1
            self.y_ = x
            return self

    for _ in range(3):
        cached_call_action(Counting(), memory, 1, _result_names="y_")

    assert (calls, seen, Counting.n_calls) == (1, [1], 1)


def test_value_changed_by_hand_is_noticed_within_a_process(memory, monkeypatch, counts):
    for factor, expected in ((1.0, (1, 0)), (2.0, (1, 0)), (1.0, (0, 1))):
        monkeypatch.setattr(_toys, "TABLE", {"factor": factor})
        assert cache_function(memory, _toys.look_up)(3.0) == 3.0 * factor
        assert counts() == expected


def test_cache_version_of_a_class_enters_the_key(memory, counts, monkeypatch):
    cached_call_action(Scaler(), memory, sample_data())
    monkeypatch.setattr(Scaler, "_cache_version", 1, raising=False)
    cached_call_action(Scaler(), memory, sample_data())

    assert counts() == (2, 0)


def test_other_versions_of_gaitmap_do_not_share_nor_delete_entries(memory, counts, monkeypatch):
    for version, expected in (("3.0.0", (1, 0)), ("3.0.1", (1, 0)), ("3.0.0", (0, 1)), ("3.0.1", (0, 1))):
        monkeypatch.setattr(gaitmap, "__version__", version)
        cache_function(memory, multiply)(sample_data().to_numpy(), 2.0)
        assert counts() == expected


@pytest.mark.parametrize("package", ["numpy", "scipy", "pandas", "numba", "scikit-learn", "tpcp", "vqf"])
def test_versions_of_the_packages_that_shape_numbers_enter_the_key(memory, counts, monkeypatch, package):
    true_version = importlib.metadata.version
    for other, expected in (("99.1.0", (1, 0)), ("99.1.0", (0, 1)), ("99.1.1", (1, 0))):
        monkeypatch.setattr(
            importlib.metadata, "version", lambda name, other=other: other if name == package else true_version(name)
        )
        _code._versions.cache_clear()
        cache_function(memory, multiply)(sample_data().to_numpy(), 2.0)
        assert counts() == expected
    monkeypatch.undo()
    _code._versions.cache_clear()


def test_version_of_python_enters_the_key():
    assert f"python {sys.version_info.major}.{sys.version_info.minor}" in _code.environment_key()


def test_functions_of_one_name_are_told_apart():
    def make(factor):
        def function(x):
            return x * factor

        return function

    assert hash_object(make(2)) == hash_object(make(2))
    assert hash_object(make(2)) != hash_object(make(3))
    assert hash_object(lambda x: x + 1) != hash_object(lambda x: x + 2)
