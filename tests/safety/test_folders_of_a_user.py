"""A folder full of a user's things as the place for results: everything is there afterwards, with the same content."""

import json
from pathlib import Path

import pandas as pd
import pytest

pytest.importorskip("pyarrow")
pytest.importorskip("typer")

from typer.testing import CliRunner

from gaitmap.cli._app import app
from gaitmap.simulation import Rest, Walk, simulate, write_simulation

NAMES = ["days", "strides", "trajectory", "bouts", "turns"]
FILES = ["report.html", "summary.json", "strides.csv", "days.csv", "COMPLETE", "provenance.json", "written.json"]


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    folder = tmp_path_factory.mktemp("walk")
    return write_simulation(simulate([Rest(2), Walk(n_steps=14), Rest(2)], 102.4, seed=1), folder)


@pytest.fixture(scope="module")
def study(walk, tmp_path_factory):
    path = tmp_path_factory.mktemp("study") / "study.csv"
    path.write_text(f"path,recording\n{walk},p01\n")
    return path


def run(*arguments):
    return CliRunner().invoke(app, [str(argument) for argument in arguments])


def things(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() if path.is_file() else None
        for path in sorted(folder.rglob("*"))
        if path.name != ".lock"
    }


def full_of_things(folder, name):
    path = folder / name
    folder.mkdir(parents=True, exist_ok=True)
    if name in NAMES:
        path.mkdir()
        path = path / "part-00000.parquet"
    path.write_text("mine")
    (folder / "thesis.txt").write_text("mine")
    return things(folder)


@pytest.mark.parametrize("overwrite", [[], ["--overwrite"]])
@pytest.mark.parametrize("name", [*NAMES, *FILES])
def test_analyze_refuses_and_names_the_file(tmp_path, walk, name, overwrite):
    before = full_of_things(tmp_path, name)
    result = run("analyze", walk, "--out", tmp_path, *overwrite)
    assert result.exit_code == 2
    assert name in result.stderr
    assert "another folder" in result.stderr
    assert things(tmp_path) == before


@pytest.mark.parametrize("name", ["strides.parquet", "report.html", "provenance.json", "COMPLETE", "written.json"])
def test_cohort_refuses_its_root(tmp_path, study, name):
    before = full_of_things(tmp_path, name)
    result = run("cohort", study, "--out", tmp_path, "--jobs", 1, "--overwrite")
    assert result.exit_code == 2
    assert name in result.stderr
    assert {n: c for n, c in things(tmp_path).items() if not n.startswith(".locks")} == before


def test_cohort_refuses_folders_of_recordings(tmp_path, study):
    full_of_things(tmp_path / "recordings" / "p01", "trajectory")
    before = things(tmp_path)
    result = run("cohort", study, "--out", tmp_path, "--jobs", 1, "--overwrite")
    assert result.exit_code == 2
    assert "part-00000.parquet" in result.stderr
    assert {n: c for n, c in things(tmp_path).items() if not n.startswith(".locks")} == before


@pytest.mark.parametrize("name", ["recordings", ".locks", "recordings/p01"])
def test_cohort_follows_no_links(tmp_path, study, name):
    private, out = tmp_path / "private", tmp_path / "out"
    full_of_things(private, "trajectory")
    before = things(private)
    (out / name).parent.mkdir(parents=True)
    (out / name).symlink_to(private)
    result = run("cohort", study, "--out", out, "--jobs", 1, "--overwrite")
    assert result.exit_code == 2
    assert "link" in result.stderr
    assert things(private) == before


def test_results_that_were_edited_or_replaced_by_links_stay(tmp_path, walk):
    out = tmp_path / "out"
    assert run("analyze", walk, "--out", out).exit_code == 0
    report = (out / "report.html").read_text()
    (out / "report.html").write_text(report + "my remarks")
    result = run("analyze", walk, "--out", out, "--overwrite")
    assert result.exit_code == 2
    assert "report.html" in result.stderr
    (out / "report.html").write_text(report)
    private = tmp_path / "private"
    private.mkdir()
    (private / "part-00000.parquet").write_bytes((out / "trajectory" / "part-00000.parquet").read_bytes())
    (out / "trajectory" / "part-00000.parquet").unlink()
    (out / "trajectory").rmdir()
    (out / "trajectory").symlink_to(private)
    assert run("analyze", walk, "--out", out, "--overwrite").exit_code == 2
    assert (private / "part-00000.parquet").exists()
    (out / "trajectory").unlink()
    assert run("analyze", walk, "--out", out, "--overwrite").exit_code == 0


def test_results_of_an_earlier_build_without_a_list_are_not_touched(tmp_path, walk):
    assert run("analyze", walk, "--out", tmp_path).exit_code == 0
    (tmp_path / "written.json").unlink()
    before = things(tmp_path)
    result = run("analyze", walk, "--out", tmp_path, "--overwrite")
    assert result.exit_code == 2
    assert "earlier versions" in result.stderr
    assert things(tmp_path) == before


def test_a_simulation_keeps_its_recording_when_results_go_beside_it(tmp_path):
    path = write_simulation(simulate([Rest(2), Walk(n_steps=14), Rest(2)], 102.4, seed=1), tmp_path)
    before = things(tmp_path)
    for _ in range(2):
        assert run("analyze", path, "--out", tmp_path, "--overwrite").exit_code == 0
    after = things(tmp_path)
    assert all(after[name] == content for name, content in before.items() if name != "written.json")
    written = json.loads((tmp_path / "written.json").read_text())["files"]
    assert set(written) == {"simulation", "recording"}


def test_a_cohort_does_not_replace_results_of_a_recording(tmp_path, walk, study):
    assert run("analyze", walk, "--out", tmp_path).exit_code == 0
    before = things(tmp_path)
    assert run("cohort", study, "--out", tmp_path, "--jobs", 1, "--overwrite").exit_code == 2
    assert things(tmp_path) == before


def test_everything_that_was_written_is_in_the_list(tmp_path, walk):
    assert run("analyze", walk, "--out", tmp_path).exit_code == 0
    written = json.loads((tmp_path / "written.json").read_text())["files"]["recording"]
    there = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert there == {*written, "written.json", ".lock"}
    assert Path(tmp_path / ".lock").stat().st_size == 0
    assert len(pd.read_parquet(tmp_path / "strides.parquet")) > 0
