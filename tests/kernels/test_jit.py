"""The decorator of the kernels, and the folder of their machine code."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import gaitmap._kernels
from gaitmap._kernels._jit import kernel


@kernel
def _halve(values):
    return values / 0.0


def test_division_by_zero_gives_infinity_as_in_numpy():
    np.testing.assert_array_equal(_halve(np.array([1.0, -1.0])), [np.inf, -np.inf])


def test_a_kernel_compiles_where_no_cache_folder_can_be_found(tmp_path):
    """Code without a file has no place for a cache beside it: the compiled function must still work."""
    code = (
        "from gaitmap._kernels._jit import kernel\n"
        "names = {}\n"
        "exec('def double(x):\\n    return 2 * x', names)\n"
        "print(kernel(names['double'])(21))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path, check=False)
    assert run.stdout.strip() == "42", run.stderr


SCRIPT = """
import sys
from pathlib import Path
import numpy as np
import gaitmap._kernels.toy as toy
assert toy.__file__.startswith(sys.argv[1]), toy.__file__
result = toy.of_caller(1.0)
print(result, "loaded" if toy.of_caller.stats.cache_hits else "compiled")
"""
HELPER = "from gaitmap._kernels._jit import kernel\n\n\n@kernel\ndef helper(x):\n    return x + {}\n"
CALLER = (
    "from gaitmap._kernels._jit import kernel\nfrom gaitmap._kernels.toy_helper import helper\n\n\n"
    "@kernel\ndef of_caller(x):\n    return 2.0 * helper(x)\n"
)


class Installed:
    """A copy of the kernels with a toy kernel whose helper is in another file."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.kernels = root / "gaitmap" / "_kernels"
        self.kernels.mkdir(parents=True)
        (root / "gaitmap" / "__init__.py").write_text("")
        for name in ("__init__.py", "_jit.py"):
            shutil.copy(Path(gaitmap._kernels.__path__[0]) / name, self.kernels)
        (self.kernels / "toy.py").write_text(CALLER)
        self.edit_helper("1.0")
        self.environment = {**os.environ, "PYTHONPATH": str(root), "XDG_CACHE_HOME": str(root / "home")}
        self.environment.pop("NUMBA_CACHE_DIR", None)

    def edit_helper(self, number: str) -> None:
        (self.kernels / "toy_helper.py").write_text(HELPER.format(number))

    def run(self, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-B", "-c", SCRIPT, str(self.root)],
            capture_output=True, text=True, cwd=self.root, check=False, env={**self.environment, **environment},
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert done.stderr == ""
        return done.stdout.strip()

    def folders(self, base: Path | None = None) -> list[Path]:
        return sorted((base or self.kernels / "__pycache__").glob("gaitmap-kernels-*"))


@pytest.fixture
def installed(tmp_path):
    return Installed(tmp_path / "site")


def test_edited_helper_of_another_file_is_compiled_into_its_callers(installed):
    assert [installed.run(), installed.run()] == ["4.0 compiled", "4.0 loaded"]
    installed.edit_helper("3.0")
    assert [installed.run(), installed.run()] == ["8.0 compiled", "8.0 loaded"]
    installed.edit_helper("1.0")
    assert installed.run() == "4.0 loaded"


def test_cache_folder_of_the_user_is_bound_to_the_content_too(installed, tmp_path):
    for number, expected in (("1.0", "4.0 compiled"), ("3.0", "8.0 compiled"), ("3.0", "8.0 loaded")):
        installed.edit_helper(number)
        assert installed.run(NUMBA_CACHE_DIR=str(tmp_path / "mine")) == expected
    assert len(installed.folders(tmp_path / "mine")) == 2
    assert installed.folders() == []


def test_folder_that_cannot_be_written_falls_back_quietly(installed):
    (installed.kernels / "__pycache__").write_text("no folder")
    assert [installed.run(), installed.run()] == ["4.0 compiled", "4.0 loaded"]
    shutil.rmtree(installed.root / "home")
    (installed.root / "home").write_text("no folder either")
    assert [installed.run(), installed.run()] == ["4.0 compiled", "4.0 compiled"]


def test_machine_code_that_nobody_uses_is_deleted_and_nothing_else(installed):
    installed.run()
    installed.edit_helper("3.0")
    installed.run()
    installed.edit_helper("5.0")
    first, second = installed.folders()
    notes = next(second.iterdir()) / "notes.txt"
    notes.write_text("precious")
    link = first.with_name("gaitmap-kernels-" + "0" * 16)
    target = installed.root / "elsewhere"
    target.mkdir()
    link.symlink_to(target)
    two_months_ago = time.time() - 60 * 86400
    for folder in (first, second, target):
        os.utime(folder, (two_months_ago, two_months_ago))
    installed.run()

    assert not first.exists()
    assert notes.read_text() == "precious"
    assert list(second.rglob("*.nb?")) == []
    assert target.exists()
    assert link.is_symlink()
    assert len(installed.folders()) == 3
