"""What the terminal shows: names as they are, and a sentence for every error."""

import errno
import io
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

typer = pytest.importorskip("typer")

from rich.console import Console  # noqa: E402

from gaitmap.cli import _console  # noqa: E402
from gaitmap.utils.exceptions import ValidationError  # noqa: E402


def _status_and_message(error, capsys, **options):
    with pytest.raises(typer.Exit) as ended, _console.input_errors(**options):
        raise error
    return ended.value.exit_code, capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "says"),
    [
        (ValidationError("the [b]file[/] is :cat:"), "Not possible: the [b]file[/] is :cat:"),
        (ValueError("wrong"), "Not possible: wrong"),
        (OSError(errno.ENOSPC, "No space left on device", "a[/]b"), "No space left on device ('a[/]b')"),
        (MemoryError(), "not enough memory"),
    ],
)
def test_what_is_wrong_with_the_input_is_a_message_and_status_2(error, says, capsys):
    status, message = _status_and_message(error, capsys)
    assert status == 2
    assert says in message


def test_a_fault_of_the_package_is_a_message_with_its_details_in_a_file(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    status, message = _status_and_message(KeyError("left"), capsys)
    assert status == 70
    assert "KeyError: 'left'" in message
    (details,) = tmp_path.iterdir()
    assert str(details) in message
    assert "Traceback" not in message
    assert "Traceback" in details.read_text()


def test_ctrl_c_tells_what_it_left_behind(capsys):
    status, message = _status_and_message(KeyboardInterrupt(), capsys, when_stopped=lambda: "Half is done.")
    assert status == 130
    assert message.strip() == "Note: Half is done."


@pytest.mark.parametrize("name", ["walk [bold red]x[/]", "[/]", ":cat:", "100%"])
def test_names_are_shown_as_they_are(name, monkeypatch, capsys):
    _console.say(f"Report: {name}")
    _console.warn(name)
    shown = capsys.readouterr()
    assert shown.out == f"Report: {name}\n"
    assert shown.err == f"Note: {name}\n"
    terminal = _console.Console(file=io.StringIO(), force_terminal=True, width=200)
    monkeypatch.setattr(_console, "err", terminal)
    with _console.progress(name) as show:
        show("step")
        show.advance_to(1, 2)
    assert f"{name}: step" in terminal.file.getvalue()


def test_a_folder_with_brackets_in_its_name_is_told(tmp_path):
    from typer.testing import CliRunner

    from gaitmap.cli._app import app

    out = tmp_path / "a[/red]:cat:"
    result = CliRunner().invoke(app, ["simulate", "--out", str(out), "--duration", "3"])
    assert result.exit_code == 0, result.output
    assert f"Truth: {Path(out) / 'truth'}" in result.output


@pytest.mark.parametrize("rate", ["nan", "-1", "0", "inf"])
def test_a_rate_that_is_none_is_a_message(tmp_path, rate):
    from typer.testing import CliRunner

    from gaitmap.cli._app import app

    result = CliRunner().invoke(app, ["analyze", "x.csv", "--out", str(tmp_path), "--sampling-rate", rate])
    assert result.exit_code == 2
    assert "--sampling-rate" in result.output
    assert "no number of samples per second" in " ".join(result.output.split())


def test_signs_are_written_in_letters_where_the_terminal_does_not_know_them(monkeypatch):
    for encoding, expected in (("ascii", "1.2 +- 0.1 m/s2"), ("utf-8", "1.2 ± 0.1 m/s²")):
        stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
        monkeypatch.setattr(_console, "out", Console(file=stream))
        _console.say("1.2 ± 0.1 m/s²")
        stream.seek(0)
        assert stream.read().strip() == expected


def test_a_terminal_of_ascii_gets_help_and_results_without_a_traceback(tmp_path):
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0", "LC_ALL": "C"}
    for arguments in (["analyze", "--help"], ["cohort", "--help"], ["analyze", str(tmp_path / "Schröder.csv")]):
        command = [sys.executable, "-m", "gaitmap", *arguments, *([] if "--help" in arguments else ["--out", "x"])]
        run = subprocess.run(command, capture_output=True, env=environment, check=False, cwd=tmp_path)
        assert run.returncode == (0 if "--help" in arguments else 2), run.stderr
        assert b"Traceback" not in run.stderr
        (run.stdout + run.stderr).decode("ascii")
