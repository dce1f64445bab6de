"""Ctrl-C: status 130 and no traceback, from the first moment on."""

import subprocess
import sys

import pytest


@pytest.mark.parametrize("where", ["builtins.__import__", "gaitmap.cli._app.app"])
def test_ctrl_c_ends_quietly(where):
    code = (
        "import importlib, sys\n"
        "from gaitmap.cli import main\n"
        f"module, _, name = {where!r}.rpartition('.')\n"
        "module = importlib.import_module(module)\n"
        "original = getattr(module, name)\n"
        "def interrupted(*args, **kwargs):\n"
        "    if name == 'app' or args[0] == 'gaitmap.cli._app':\n"
        "        raise KeyboardInterrupt\n"
        "    return original(*args, **kwargs)\n"
        "setattr(module, name, interrupted)\n"
        "main()\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 130
    assert run.stderr == ""
