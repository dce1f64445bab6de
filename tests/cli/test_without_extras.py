import subprocess
import sys


def test_without_typer_the_command_says_what_to_install():
    code = (
        "import importlib.util as u\n"
        "find = u.find_spec\n"
        "u.find_spec = lambda name, *a: None if name == 'typer' else find(name, *a)\n"
        "from gaitmap.cli import main\n"
        "main()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert run.returncode == 1
    assert "needs typer" in run.stderr
    assert "pip install 'gaitmap[app]'" in run.stderr
