"""``gaitmap cohort`` as a user types it."""

import io
import shlex

import pandas as pd
import pytest

typer_testing = pytest.importorskip("typer.testing")
pytest.importorskip("plotly")
pytest.importorskip("pyarrow")

from rich.console import Console  # noqa: E402
from rich.text import Text  # noqa: E402

from gaitmap.cli import _cohort  # noqa: E402
from gaitmap.cli._app import app  # noqa: E402
from gaitmap.cli._cohort import SOME_FAILED  # noqa: E402
from gaitmap.cohort import CohortProgress  # noqa: E402
from gaitmap.cohort._job import Outcome  # noqa: E402
from gaitmap.results import read_results  # noqa: E402
from tests.cohort._study import analyze_here, assert_same_results, pipeline, run_command, write_study  # noqa: E402


def _run(*arguments):
    result = typer_testing.CliRunner(env={"COLUMNS": "400"}).invoke(app, [str(argument) for argument in arguments])
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return result


@pytest.fixture
def here(monkeypatch):
    analyze_here(monkeypatch)


@pytest.fixture
def study(tmp_path):
    return write_study(tmp_path / "study", n_recordings=2)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "parameters.json"
    path.write_text(pipeline().to_json())
    return path


@pytest.mark.usefixtures("here")
class TestInThisProcess:
    def test_all_fine_is_status_0(self, tmp_path, study, config):
        result = _run("cohort", study, "--out", tmp_path / "out", "--config", config)
        assert result.exit_code == 0, result.output
        assert "2 recordings: 2 analysed" in result.output
        assert "report.html" in result.output
        again = _run("cohort", study, "--out", tmp_path / "out", "--config", config)
        assert again.exit_code == 0

    @pytest.mark.parametrize("feet", [["left"], []])
    def test_recordings_without_strides_of_a_foot_are_status_3(self, tmp_path, study, config, feet):
        path = study.parent / "walk1.parquet"
        table = pd.read_parquet(path)
        if feet:
            table = table[[name for name in table if not name.startswith("right")]]
        else:
            table = pd.concat([table.iloc[[0]]] * len(table), ignore_index=True)  # it lies still
        table.to_parquet(path)
        result = _run("cohort", study, "--out", tmp_path / "out", "--config", config)
        assert result.exit_code == SOME_FAILED, result.output
        assert "2 recordings: 2 analysed" in result.output
        assert "1 recording has no strides of one foot or of both" in result.output
        if feet:
            summary = pd.read_parquet(tmp_path / "out" / "summary.parquet")
            both = summary[summary["foot"] == "both"].set_index("recording")["stride_length_mean"]
            assert both.isna().tolist() == [False, True]
            found = read_results(tmp_path / "out" / "recordings" / "walk1").summary["quality"]
            assert "There is no sensor of the right foot" in str(found)

    def test_a_failed_recording_is_told_with_its_reason_and_status_3(self, tmp_path, study, config):
        (study.parent / "walk1.parquet").unlink()
        result = _run("cohort", study, "--out", tmp_path / "out", "--config", config)
        assert result.exit_code == SOME_FAILED == 3
        assert "walk1 failed: Reading" in result.output
        assert "2 recordings: 1 analysed, 1 failed" in result.output
        assert "Traceback" not in result.output

    def test_patterns_folders_and_lists_are_manifests(self, tmp_path, study, config):
        (study.parent / "study.csv").unlink()
        options = ["--config", config, "--sampling-rate", "102.4"]
        folder = study.parent
        for i, source in enumerate([[folder], [f"{folder}/*.parquet"], sorted(folder.glob("*.parquet"))]):
            result = _run("cohort", *source, "--out", tmp_path / str(i), *options)
            assert result.exit_code == 0, result.output
            assert "2 recordings: 2 analysed" in result.output

    def test_results_inside_of_the_folder_are_no_recordings(self, study, config):
        study.unlink()
        options = ["--out", study.parent / "out", "--config", config, "--sampling-rate", "102.4"]
        for _ in range(2):
            result = _run("cohort", f"{study.parent}/**/*.parquet", *options)
            assert "2 recordings: 2 analysed" in result.output

    def test_options_of_reading_and_alignment_reach_the_recordings(self, tmp_path, study, config):
        walk = pd.read_parquet(study.parent / "walk0.parquet")
        walk[[name for name in walk if "acc" in name]] /= 9.81
        walk.to_parquet(study.parent / "walk0.parquet")
        table = pd.read_csv(study).iloc[:1]
        table.to_csv(study, index=False)
        options = ["--config", config, "--acc-unit", "g", "--align", "none"]
        result = _run("cohort", study, "--out", tmp_path / "out", *options)
        assert result.exit_code == 0, result.output
        assert "none" in (tmp_path / "out" / "provenance.json").read_text()

    @pytest.mark.parametrize(
        ("options", "says"),
        [
            (["--config", "nowhere.json"], "--config: there is no file"),
            (["--template", "magic"], "there is no template"),
            (["--jobs", "0"], "jobs"),
        ],
    )
    def test_what_is_wrong_with_the_options_is_status_2(self, tmp_path, study, options, says):
        result = _run("cohort", study, "--out", tmp_path / "out", *options)
        assert result.exit_code == 2
        assert says in result.output
        assert not (tmp_path / "out").exists()

    def test_problems_of_the_manifest_are_status_2(self, tmp_path, config):
        (tmp_path / "bad.csv").write_text("path,acc_unit\na.csv,lb\n,g\n")
        result = _run("cohort", tmp_path / "bad.csv", "--out", tmp_path / "out", "--config", config)
        assert result.exit_code == 2
        assert "row 2: acc_unit" in result.output

    def test_other_parameters_are_refused_until_asked_for(self, tmp_path, study, config):
        assert _run("cohort", study, "--out", tmp_path / "out", "--config", config).exit_code == 0
        other = ["cohort", study, "--out", tmp_path / "out", "--config", config, "--align", "none"]
        refused = _run(*other)
        assert refused.exit_code == 2
        assert "--overwrite" in refused.output
        assert _run(*other, "--overwrite").exit_code == 0

    def test_ctrl_c_is_status_130_and_says_how_to_go_on(self, tmp_path, study, config, monkeypatch):
        def interrupted(*_, **__):
            raise KeyboardInterrupt

        monkeypatch.setattr("gaitmap.cohort.analyze_cohort", interrupted)
        result = _run("cohort", study, "--out", tmp_path / "out", "--config", config)
        assert result.exit_code == 130
        assert "the same command goes on from here" in " ".join(result.output.split())

    def test_printed_commands_do_the_same_work(self, tmp_path, study, config):
        """Run here, one after the other, in place of a job array."""
        (study.parent / "walk0.parquet").rename(study.parent / "walk 0.parquet")
        study.write_text(study.read_text().replace("walk0", "walk 0"))
        options = ["--config", config, "--align", "none"]
        printed = _run("cohort", study, "--out", tmp_path / "array", *options, "--print-commands")
        assert printed.exit_code == 0
        commands = printed.stdout.splitlines()
        assert len(commands) == 2
        assert not (tmp_path / "array").exists()
        for number, command in enumerate(commands):
            merged = _run("cohort", study, "--out", tmp_path / "array", "--merge-only")
            assert merged.exit_code == SOME_FAILED
            assert f"{2 - number} without results yet" in merged.output
            assert _run(*shlex.split(command)[1:]).exit_code == 0
        merged = _run("cohort", study, "--out", tmp_path / "array", "--merge-only")
        assert merged.exit_code == 0, merged.output
        assert _run("cohort", study, "--out", tmp_path / "cohort", *options).exit_code == 0
        assert_same_results(tmp_path / "cohort", tmp_path / "array")
        # The cohort takes over what the commands have done.
        stamps = {path: path.stat().st_mtime_ns for path in tmp_path.glob("array/recordings/*/COMPLETE")}
        assert _run("cohort", study, "--out", tmp_path / "array", *options).exit_code == 0
        assert {path: path.stat().st_mtime_ns for path in stamps} == stamps


def test_a_terminal_shows_what_is_being_done(monkeypatch):
    screen = Console(file=io.StringIO(), force_terminal=True, width=60)
    monkeypatch.setattr(_cohort, "err", screen)
    with _cohort._progress() as show:
        show(CohortProgress(3, running=("[first]", "second" * 20)))
    shown = screen.file.getvalue()
    assert "[first] 0:00:00, second" in shown
    assert max(len(line) for line in Text.from_ansi(shown).plain.splitlines()) <= 60


def test_a_log_has_a_line_for_each_recording_that_was_analysed(monkeypatch):
    log = Console(file=io.StringIO(), force_terminal=False, width=60)
    monkeypatch.setattr(_cohort, "err", log)
    with _cohort._progress() as show:
        show(CohortProgress(3))
        show(CohortProgress(3, n_skipped=1, last=Outcome("first", "skipped")))
        show(CohortProgress(3, n_skipped=1, running=("[second]",)))
        show(CohortProgress(3, n_skipped=1, n_finished=1, remaining_s=65.0, last=Outcome("[second]", "finished")))
        show(CohortProgress(4, n_skipped=1, n_failed=1, last=Outcome("third", "failed", "no gait")))
    lines = [line for line in log.file.getvalue().splitlines() if "recordings" in line]
    assert lines == ["2 of 3 recordings, 0:01:05 left", "2 of 4 recordings"]


def test_help_says_what_the_exit_status_means():
    assert "3 if some failed, hold no strides or lack those of one foot" in " ".join(
        _run("cohort", "--help").output.split()
    )


@pytest.mark.slow
def test_real_processes_real_shell(tmp_path, study, config):
    (study.parent / "walk1.parquet").write_text("PAR1 broken")
    run = run_command("cohort", study, "--out", tmp_path / "out", "--config", config, "--jobs", 2)
    assert run.returncode == SOME_FAILED
    assert "Traceback" not in run.stderr
    assert "walk1 failed" in run.stderr
    assert "1 analysed, 1 failed" in run.stdout
    assert (tmp_path / "out" / "report.html").stat().st_size > 1e6
