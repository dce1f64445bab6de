"""Text from files stays text in a shell, a terminal, HTML and the cells of a spreadsheet; there is no other way out."""

import ast
import subprocess
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import gaitmap
from gaitmap.cohort import cohort_commands
from gaitmap.results import Results, build_provenance, read_results, write_results
from gaitmap.utils._text_out import from_csv_texts, to_csv_texts, to_html, to_shell, to_terminal, write_csv

ROOT = Path(gaitmap.__path__[0])
FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "''-1", "plain", "", "'plain", "a=1"]
COMMANDS = [
    "$(touch ran)",
    "`touch ran`",
    "a; touch ran",
    "a' ; touch ran; '",
    '" touch ran "',
    "a && touch ran",
    "~",
    "*",
]


@pytest.mark.parametrize("text", COMMANDS)
def test_a_shell_gets_words(tmp_path, text):
    line = to_shell(["printf", "%s", text])
    run = subprocess.run(["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert run.stdout == text
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("sign", ["\n", "\r", "\x00", "\x1b", "\x85", "\u2028"])
def test_a_job_array_has_one_line_per_command(sign):
    study = pd.DataFrame({"path": ["/study/a.csv"], "sampling_rate_hz": [100.0], "recording": [f"a{sign}touch ran"]})
    with pytest.raises(ValueError, match="line break"):
        cohort_commands(study, "/out")


def test_a_terminal_shows_control_characters():
    hostile = "a\x1b[2J\x1b]0;title\x07b\x9b31m\u202ec\rd\x7f"
    shown = to_terminal(hostile)
    assert shown == r"a\x1b[2J\x1b]0;title\x07b\x9b31m\u202ec\rd\x7f"
    assert to_terminal("Größe 3.5 m\u00b2 ± 1\n\u6b69") == "Größe 3.5 m\u00b2 ± 1\n\u6b69"


def test_everything_on_the_terminal_goes_through_it(capsys):
    pytest.importorskip("rich")
    from rich.table import Table

    from gaitmap.cli import _console

    hostile = "a\x1b[2J\x07"
    table = Table(hostile)
    table.add_row(hostile)
    _console.say(hostile)
    _console.warn(hostile)
    _console.out.print(table)
    _console.err.print(hostile, markup=False)
    with _console.progress(hostile) as show:
        show(hostile)
    told = "".join(capsys.readouterr())
    assert "\x1b[2J" not in told
    assert "\x07" not in told
    assert told.count(r"a\x1b[2J") == 3  # the bell is left out, and the cells of the table are too narrow for it


def test_html_shows_tags():
    assert to_html("<b>&</b>") == "&lt;b&gt;&amp;&lt;/b&gt;"


def test_cells_are_no_formulas(tmp_path):
    table = pd.DataFrame({"=name": FORMULAS, "value": -1.0, "kind": pd.Categorical(FORMULAS)})
    write_csv(table, tmp_path / "a.csv")
    cells = pd.read_csv(tmp_path / "a.csv", dtype=str, keep_default_na=False)
    for column in cells.columns.difference(["value"]):
        assert not any(cell.startswith(("=", "+", "-", "@", "\t", "\r")) for cell in [column, *cells[column]])
    assert set(cells["value"]) == {"-1.0"}


@given(st.lists(st.one_of(st.text(), st.sampled_from(FORMULAS)), min_size=1))
def test_texts_come_back(texts):
    table = pd.DataFrame({"text": pd.Series(texts, dtype="str")})
    assert from_csv_texts(to_csv_texts(table))["text"].to_list() == texts


def test_a_results_folder_in_csv_gives_the_same_names_again(tmp_path):
    from tests.results.test_results import results

    for name in FORMULAS[:8]:
        one = results()
        strides = one.strides.assign(recording=name).astype({"recording": "str"})
        write_results(
            tmp_path / str(FORMULAS.index(name)),
            Results(strides, one.summary, build_provenance(), tables={}),
            file_format="csv",
        )
        again = read_results(tmp_path / str(FORMULAS.index(name))).strides
        assert set(again["recording"]) == {name}
        text = (tmp_path / str(FORMULAS.index(name)) / "strides.csv").read_text()
        assert f"\n{name}," not in text


#: Where each way out of the package stands, by the last part of its name.
WAYS_OUT = {
    "to_csv": {"utils/_text_out.py"},
    "quote": {"utils/_text_out.py"},
    "join@shlex": {"utils/_text_out.py"},
    "escape@html": {"utils/_text_out.py"},
    "Markup": {"report/_render.py"},
    "echo": {"cli/_console.py", "cli/_app.py"},
    "secho": set(),
    "Console": {"cli/_console.py"},
    # Of training and of `joblib.Memory(verbose=...)`, on request, with names of code.
    "print": {"stride_segmentation/hmm/_training.py", "caching/_function.py"},
    "system@os": set(),
    "to_html": {"utils/_text_out.py", "report/_cohort_content.py"},
    "to_excel": set(),
}


def test_there_is_no_other_way_out():
    found: dict[str, set[str]] = {name: set() for name in WAYS_OUT}
    for path in ROOT.rglob("*.py"):
        place = path.relative_to(ROOT).as_posix()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            function = node.func
            name = function.attr if isinstance(function, ast.Attribute) else getattr(function, "id", "")
            owner = (
                function.value.id
                if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name)
                else ""
            )
            if name == "print" and owner in ("out", "err", "console"):
                continue  # the consoles of the command line
            for key in (name, f"{name}@{owner}"):
                if key in found:
                    found[key].add(place)
    for name, places in found.items():
        assert places <= WAYS_OUT[name], name
