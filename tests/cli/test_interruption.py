"""A long analysis that is killed or stopped goes on where it was, and gives what it would have given."""

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("typer")
pytest.importorskip("plotly")
pytest.importorskip("pyarrow")

from gaitmap.results import read_results
from gaitmap.simulation import Rest, SensorModel, Turn, Walk, simulate, write_simulation
from tests.contract._walk import RATE
from tests.pipelines._recording import long_recording, write_recording
from tests.pipelines.test_gait_pipeline import _synthetic_pipeline

#: `gaitmap`, with short recordings treated as long ones. Arguments: length of a block, then those of the command.
_COMMAND = """
import functools, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # where the tests themselves run in the background, it is off
import gaitmap.cohort._recording as recording
from gaitmap.cli import main
from gaitmap.pipelines import BlockRun
recording.IN_MEMORY_LIMIT_S = recording._LARGE_FILE_BYTES = 0
recording.BlockRun = functools.partial(BlockRun, block_length=int(sys.argv.pop(1)))
main()
"""
# What the tests wait for at most, in s, on a machine that does other things as well.
_PATIENCE_S = 120.0


class Analysis:
    """The same command, again and again."""

    def __init__(self, path: Path, out: Path, block_length: int, *options: object) -> None:
        self.out = out
        self.progress = out / ".progress"
        arguments = (block_length, "analyze", path, "--out", out, *options)
        self._command = [sys.executable, "-c", _COMMAND, *map(str, arguments)]

    def start(self) -> subprocess.Popen:
        environment = os.environ | {"COLUMNS": "500", "NO_COLOR": "1"}
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(self._command, text=True, env=environment, **pipes)

    def stop(self, when: Callable[[], bool], delay_s: float = 0.0, how: signal.Signals = signal.SIGKILL) -> str:
        """Start, stop when it is time, and return what was said; "" if the end came first."""
        process = self.start()
        end = time.monotonic() + _PATIENCE_S
        while not when() and process.poll() is None and time.monotonic() < end:
            time.sleep(0.002)
        time.sleep(delay_s)
        process.send_signal(how)
        said = "".join(process.communicate(timeout=_PATIENCE_S))
        if process.returncode == 0:
            return ""
        assert process.returncode == (-signal.SIGKILL if how == signal.SIGKILL else 130), said
        return said or "killed"

    def finish(self) -> str:
        process = self.start()
        said = "".join(process.communicate(timeout=2 * _PATIENCE_S))
        assert process.returncode == 0, said
        return said

    def n_parts(self) -> int:
        return len(list(self.progress.glob("part-*.signed")))

    def is_writing(self) -> bool:
        return any(self.out.glob(".unfinished-*"))


def _assert_same_results(one: Path, other: Path) -> None:
    """Everything but the time of the run is the same to the last digit."""
    mine, theirs = read_results(one), read_results(other)
    pd.testing.assert_frame_equal(mine.strides, theirs.strides, check_exact=True)
    assert mine.tables.keys() == theirs.tables.keys()
    for name, table in mine.tables.items():
        pd.testing.assert_frame_equal(table, theirs.tables[name], check_exact=True)
    assert mine.summary == theirs.summary
    assert _payload(one) == _payload(other)
    names = {path.name for path in one.iterdir()}
    assert names == {path.name for path in other.iterdir()}
    assert not [name for name in names if name.startswith(".")]


def _payload(folder: Path) -> dict:
    """Signal and figures of the report."""
    page = (folder / "report.html").read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="payload">(.*?)</script>', page, re.DOTALL)
    assert found is not None
    return json.loads(found[1])


@pytest.fixture(scope="module")
def walks(tmp_path_factory):
    """A file, options of the command, and the results of a run without interruption."""
    folder = tmp_path_factory.mktemp("walks")
    path = write_recording(folder, long_recording(n_walks=5))
    (folder / "parameters.json").write_text(_synthetic_pipeline().to_json())
    options = ("--sampling-rate", RATE, "--config", folder / "parameters.json")
    Analysis(path, folder / "whole", 700, *options).finish()
    return path, options, folder / "whole"


def test_killed_in_the_middle_and_while_writing_the_results_are_the_same(walks, tmp_path):
    path, options, whole = walks
    analysis = Analysis(path, tmp_path / "out", 700, *options)
    assert analysis.stop(lambda: analysis.n_parts() >= 4)
    n_parts = analysis.n_parts()
    assert n_parts >= 4
    assert analysis.stop(analysis.is_writing)
    assert analysis.n_parts() > n_parts
    assert not (analysis.out / "COMPLETE").exists()
    analysis.finish()
    _assert_same_results(analysis.out, whole)


def test_ctrl_c_is_one_line_and_the_same_command_goes_on(walks, tmp_path):
    path, options, whole = walks
    analysis = Analysis(path, tmp_path / "out", 700, *options)
    said = analysis.stop(lambda: analysis.n_parts() >= 3, how=signal.SIGINT)
    assert said == "Note: Stopped. The same command goes on from there.\n"
    n_parts = analysis.n_parts()
    assert n_parts >= 3
    (first_part,) = analysis.progress.glob("part-00000.signed")
    written = first_part.stat().st_mtime_ns
    assert analysis.stop(lambda: analysis.n_parts() > n_parts)
    assert first_part.stat().st_mtime_ns == written
    analysis.finish()
    _assert_same_results(analysis.out, whole)


def test_ctrl_c_before_there_is_anything_to_keep_says_so(walks, tmp_path, monkeypatch):
    from typer.testing import CliRunner

    from gaitmap import cohort
    from gaitmap.cli._app import app

    def interrupted(*_args, **_kwargs):
        raise KeyboardInterrupt

    monkeypatch.setattr(cohort, "load_recording", interrupted)
    path, options, _ = walks
    result = CliRunner().invoke(app, [str(word) for word in ("analyze", path, "--out", tmp_path / "out", *options)])
    assert result.exit_code == 130
    assert result.output == "Note: Stopped. The same command begins anew.\n"


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(2))
def test_killed_at_random_points_again_and_again_the_results_are_the_same(tmp_path, seed):
    random = np.random.default_rng(seed)
    activities = [Rest(5)]
    for _ in range(9):
        activities += [Walk(duration_s=70), Turn(float(random.choice([-180, 90, 180]))), Walk(duration_s=20), Rest(40)]
    model = SensorModel(lost_share=0.0005)
    walk = simulate(activities, 102.4, sensor=dict.fromkeys(["left_sensor", "right_sensor"], model), seed=seed)
    path = write_simulation(walk, tmp_path / "simulated", trajectory=False)
    options = ("--template", "open", *(["--gait-detection"] if seed == 1 else []))
    whole = Analysis(path, tmp_path / "whole", 4000, *options)
    whole.finish()

    analysis = Analysis(path, tmp_path / "out", 4000, *options)
    n_killed = 0
    for _ in range(6):
        n_parts = analysis.n_parts() + int(random.integers(1, 6))
        delay_s = float(random.uniform(0, 0.2))
        n_killed += bool(analysis.stop(lambda n=n_parts: analysis.n_parts() >= n or analysis.is_writing(), delay_s))
    for _ in range(3):
        n_killed += bool(analysis.stop(analysis.is_writing, float(random.uniform(0, 1))))
    assert n_killed >= 5
    analysis.finish()
    _assert_same_results(analysis.out, whole.out)
