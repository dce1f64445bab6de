"""Simulated recordings from the command line, and the demo without a real one."""

import pandas as pd
import pytest

typer_testing = pytest.importorskip("typer.testing")
pytest.importorskip("plotly")
pytest.importorskip("pyarrow")

from gaitmap.cli._app import app  # noqa: E402
from gaitmap.results import read_results  # noqa: E402


def _run(*arguments):
    result = typer_testing.CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


def test_a_simulated_walk_is_analysed_and_found_again(tmp_path):
    options = ["--duration", 40, "--stride-length", 1.2, "--variability", 0, "--seed", 3]
    result = _run("simulate", "--out", tmp_path / "walk", *options)
    assert result.exit_code == 0, result.output
    truth = pd.read_parquet(tmp_path / "walk" / "truth" / "strides.parquet")
    result = _run("analyze", tmp_path / "walk" / "recording.parquet", "--out", tmp_path / "results")
    assert result.exit_code == 0, result.output
    found = read_results(tmp_path / "results").strides
    for foot, strides in truth.groupby("foot"):
        own = found[found["foot"] == foot]
        # The last swing of the walk has no push-off after it.
        assert len(own) == len(strides) - 1
        assert own["stride_length"].median() == pytest.approx(1.2, abs=0.015)
        assert own["stride_time"].median() == pytest.approx(1.08, abs=0.01)


def test_the_seed_makes_the_files(tmp_path):
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert _run("simulate", "--out", tmp_path / name, "--duration", 10, "--seed", seed).exit_code == 0
    a, b, c = (pd.read_parquet(tmp_path / name / "recording.parquet") for name in "abc")
    pd.testing.assert_frame_equal(a, b)
    assert not a.equals(c)


def test_part_of_a_day(tmp_path):
    result = _run("simulate", "--out", tmp_path / "day", "--days", 0.02, "--walking-hours", 8, "--sampling-rate", 50)
    assert result.exit_code == 0, result.output
    kinds = set(pd.read_parquet(tmp_path / "day" / "truth" / "activities.parquet")["kind"])
    assert {"walk", "rest"} <= kinds


def test_wrong_options_are_a_message(tmp_path):
    result = _run("simulate", "--out", tmp_path / "walk", "--stance-share", 0.2)
    assert result.exit_code == 2
    assert "stance_share" in result.output
    assert _run("simulate", "--out", tmp_path / "walk", "--duration", 10).exit_code == 0
    result = _run("simulate", "--out", tmp_path / "walk", "--duration", 10)
    assert result.exit_code == 2
    assert "already" in result.output
    assert _run("simulate", "--out", tmp_path / "walk", "--duration", 10, "--overwrite").exit_code == 0


def test_the_demo_says_so_when_it_takes_a_simulated_walk(tmp_path, monkeypatch):
    from gaitmap import example_data

    def missing(name):
        raise FileNotFoundError(name)

    monkeypatch.setattr(example_data, "get_example_data_path", missing)
    result = _run("demo", "--out", tmp_path / "demo")
    assert result.exit_code == 0, result.output
    text = " ".join(result.output.split())
    assert text.count("this is a simulated walk") == 1
    assert "against the truth of the simulation" in text
    results = read_results(tmp_path / "demo")
    assert results.strides.groupby("foot").size().min() > 20
    assert any("simulated walk" in note for note in results.summary["warnings"])
