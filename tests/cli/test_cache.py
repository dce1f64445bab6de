"""``gaitmap cache``: look into a cache, check it, delete from it."""

import json
import os
import subprocess
import sys
import time
from datetime import timedelta
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from joblib import Memory
from typer.testing import CliRunner

import gaitmap
from gaitmap.cli._cache import _parse_age, _parse_size, app, readable_size
from gaitmap.utils.caching import cache_function, inspect_cache

NAME = f"{__name__}.double"


def double(values: np.ndarray) -> np.ndarray:
    return values * 2


def triple(values: np.ndarray, name: str = "") -> np.ndarray:
    return values * 3


def make_fraction(number: int) -> Fraction:
    return Fraction(1, number)


@pytest.fixture
def folder(tmp_path) -> Path:
    """Three entries of one function, with 0, 1 and 2 hits, and a larger one of another."""
    memory = Memory(str(tmp_path / "cache"), verbose=0)
    for n in range(3):
        for _ in range(n + 1):
            cache_function(memory, double)(np.full(100, float(n)))
    cache_function(memory, triple)(np.ones(5000), name="[red]")
    return tmp_path / "cache"


def _run(*arguments, status: int = 0, answer: str | None = None) -> str:
    result = CliRunner().invoke(app, [str(argument) for argument in arguments], input=answer)
    assert result.exit_code == status, result.output
    return result.output


def _damage_one(folder: Path) -> str:
    entry = inspect_cache(folder)[0]
    (entry.path / "output.pkl").write_bytes(b"damaged")
    return entry.digest


def _add_leftover(folder: Path) -> Path:
    path = inspect_cache(folder)[0].path / f".output.pkl.{'a' * 32}"
    path.write_bytes(b"x" * 1000)
    os.utime(path, (time.time() - 7200, time.time() - 7200))
    return path


def test_stats_adds_up_entries_sizes_and_hits(folder):
    content = json.loads(_run("stats", folder, "--json"))

    assert [(row["function"], row["entries"], row["hits"]) for row in content["functions"]] == [
        (NAME, 3, 3),
        (NAME.replace("double", "triple"), 1, 0),
    ]
    assert content["total"]["bytes"] == sum(entry.size for entry in inspect_cache(folder))


def test_stats_for_people(folder):
    _add_leftover(folder)
    text = _run("stats", folder)

    assert "kB" in text
    assert "just now" in text
    assert "1 unfinished files (1.0 kB)" in text


@pytest.mark.parametrize("sort", ["size", "age", "hits"])
def test_entries_are_listed_in_the_order_asked_for(folder, sort):
    rows = json.loads(_run("ls", folder, "--sort", sort, "--json"))
    values = {
        "size": [-row["size"] for row in rows],
        "age": [-time.mktime(time.strptime(row["last_used"][:19], "%Y-%m-%dT%H:%M:%S")) for row in rows],
        "hits": [-row["hits"] for row in rows],
    }[sort]

    assert len(rows) == 4
    assert values == sorted(values)


@pytest.mark.parametrize(("function", "n"), [("double", 3), (NAME, 3), (__name__, 4), ("doub", 0), ("triple", 1)])
def test_entries_can_be_chosen_by_function(folder, function, n):
    assert len(json.loads(_run("ls", folder, "--function", function, "--json"))) == n


def test_list_for_people(folder):
    text = _run("ls", folder)

    assert all(entry.digest[:12] in text for entry in inspect_cache(folder))
    assert gaitmap.__version__ in text


def test_one_entry_is_shown_with_its_arguments(folder):
    entry = next(entry for entry in inspect_cache(folder) if entry.function.endswith("triple"))
    text = _run("show", folder, entry.digest[:10])

    assert entry.digest in text
    assert "values=ndarray (5000,), name='[red]'" in text
    assert "numpy" in text
    assert "checksum: ok" in text
    assert json.loads(_run("show", folder, entry.digest, "--json"))["digest"] == entry.digest


def test_unknown_id_is_refused(folder):
    assert "0 entries" in _run("show", folder, "x", status=2)


def test_verify_tells_damaged_entries_and_ends_with_status_1(folder):
    assert "4 whole, 0 damaged" in _run("verify", folder)
    digest = _damage_one(folder)

    assert digest in _run("verify", folder, status=1)
    assert json.loads(_run("verify", folder, "--json", status=1))["damaged"][0]["digest"] == digest


@pytest.mark.parametrize(
    ("options", "left"),
    [
        (["--items", "2"], 2),
        (["--bytes", "10k"], 1),
        (["--age", "1d"], 4),
        (["--age", "0s"], 0),
        (["--stale"], 4),
        (["--corrupt"], 3),
        (["--corrupt", "--items", "3"], 3),
        (["--tmp"], 4),
    ],
)
def test_prune_deletes_what_is_asked_for_and_tells_the_bytes(folder, options, left):
    _damage_one(folder)
    before = sum(entry.size for entry in inspect_cache(folder))
    plan = json.loads(_run("prune", folder, *options, "--dry-run", "--json"))
    assert len(inspect_cache(folder)) == 4
    done = json.loads(_run("prune", folder, *options, "--json"))
    entries = inspect_cache(folder)

    assert len(entries) == left
    assert len(done["deleted"]) == 4 - left
    assert done["bytes_freed"] == before - sum(entry.size for entry in entries)
    assert {**plan, "dry_run": False} == done


def test_stale_entries_are_pruned(folder, monkeypatch):
    monkeypatch.setattr(gaitmap, "__version__", "99.0")
    assert "(stale)" in _run("ls", folder)
    assert "Deleted 4 entries" in _run("prune", folder, "--stale")
    assert inspect_cache(folder) == []


def test_unfinished_files_are_pruned(folder):
    leftover = _add_leftover(folder)
    assert "Would delete 0 entries and 1 unfinished files, 1.0 kB freed" in _run("prune", folder, "--tmp", "--dry-run")
    assert leftover.exists()
    assert "Deleted 0 entries and 1 unfinished files, 1.0 kB freed" in _run("prune", folder, "--tmp")
    assert not leftover.exists()


def test_prune_without_a_rule_and_senseless_values_are_refused(folder):
    assert "at least one of" in _run("prune", folder, status=2)
    assert "--bytes" in _run("prune", folder, "--bytes", "lots", status=2)
    assert "--age" in _run("prune", folder, "--age", "30", status=2)
    assert "--sort" in _run("ls", folder, "--sort", "name", status=2)
    assert len(inspect_cache(folder)) == 4


def test_clear_deletes_all_or_one_function_after_asking(folder):
    _run("clear", folder, status=1, answer="n\n")
    assert len(inspect_cache(folder)) == 4
    assert "Would delete 4 entries" in _run("clear", folder, "--dry-run")
    assert len(inspect_cache(folder)) == 4
    assert "Deleted 3 entries" in _run("clear", folder, "--function", "double", "--yes")
    assert len(inspect_cache(folder)) == 1
    assert "Deleted 1 entries" in _run("clear", folder, answer="y\n")
    assert inspect_cache(folder) == []
    assert list((folder / "joblib").rglob("*")) == []


def test_clear_leaves_what_is_not_of_the_cache(folder):
    precious = folder / "joblib" / "tests" / "notes.txt"
    precious.parent.mkdir(exist_ok=True)
    precious.write_text("precious")
    _run("clear", folder, "--yes")

    assert precious.read_text() == "precious"


@pytest.mark.parametrize("command", ["stats", "ls", "show", "verify", "prune", "clear"])
def test_folder_that_is_no_cache_is_refused_with_status_2(tmp_path, command):
    (tmp_path / "results.txt").write_text("precious")
    arguments = {"show": ["abc"], "prune": ["--items", "0"], "clear": ["--yes"]}.get(command, [])

    for folder in (tmp_path, tmp_path / "missing"):
        assert "is not a cache" in _run(command, folder, *arguments, status=2)
    assert (tmp_path / "results.txt").exists()


@pytest.mark.parametrize(
    ("n_bytes", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1.0 kB"),
        (25_370_082, "25.4 MB"),
        (28_311_552_000, "28.3 GB"),
        (5e15, "5000.0 TB"),
    ],
)
def test_sizes_can_be_read(n_bytes, text):
    assert readable_size(n_bytes) == text


def test_sizes_and_ages_are_understood():
    assert [_parse_size(text) for text in ("2000", "500k", "1.5 GB", "5G", "10B")] == [
        2000,
        500_000,
        1_500_000_000,
        5_000_000_000,
        10,
    ]
    assert [_parse_age(text) for text in ("90s", "1.5h", "30d", "2W")] == [
        timedelta(seconds=90),
        timedelta(minutes=90),
        timedelta(days=30),
        timedelta(weeks=2),
    ]


def test_module_imports_nothing_heavy():
    code = "import gaitmap.cli._cache, sys; print({'tpcp', 'numba', 'pandas', 'numpy', 'joblib'} & set(sys.modules))"
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert printed.strip() == "set()"


def test_results_of_others_are_told_and_can_be_trusted(folder, tmp_path, monkeypatch):
    monkeypatch.setattr("gaitmap._files._signature._made_here", {})
    monkeypatch.setenv("GAITMAP_CONFIG_DIR", str(tmp_path / "other"))
    cache_function(Memory(str(folder), verbose=0), make_fraction)(3)
    monkeypatch.undo()

    assert "1 were stored by somebody else and are not loaded" in _run("verify", folder)
    _run("trust", folder, status=1, answer="n\n")
    assert json.loads(_run("verify", folder, "--json"))["foreign"] == 1
    assert "1 results of others are loaded from now on" in _run("trust", folder, "--yes")
    assert json.loads(_run("verify", folder, "--json")) == {
        "ok": 5,
        "corrupt": 0,
        "none": 0,
        "foreign": 0,
        "damaged": [],
    }


def test_entries_of_plain_joblib_are_told_and_stay(folder):
    Memory(str(folder), verbose=0).cache(double)(np.ones(3))
    plain = [entry.path for entry in inspect_cache(folder) if entry.checksum == "none"]

    assert "1 entries are of plain joblib" in _run("stats", folder)
    assert "1 entries are of plain joblib and stay" in _run("clear", folder, "--yes")
    assert "Deleted 0 entries" in _run("prune", folder, "--items", "0", "--age", "0s")
    assert [path.joinpath("output.pkl").exists() for path in plain] == [True]
