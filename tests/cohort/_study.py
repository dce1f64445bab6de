"""A small study: short recordings that differ, their manifest, and a pipeline that needs no file."""

import os
import subprocess
import sys
from concurrent.futures import Executor, Future
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from gaitmap.cohort._workers import Workers
from gaitmap.pipelines import GaitPipeline
from gaitmap.results import read_results
from tests.contract._walk import RATE, make_walk
from tests.pipelines.test_gait_pipeline import _synthetic_pipeline

#: What may differ between two runs of the same study.
OF_THE_RUN = ["analysed", "wall_time_s", "path"]


def write_study(folder: Path, n_recordings: int = 3) -> Path:
    """Write recordings of which each is a little shorter than the one before, and their manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    walk = pd.concat(make_walk().sensor_frame, axis=1)
    walk.columns = [f"{sensor}_{axis}" for sensor, axis in walk.columns]
    rows = []
    for i in range(n_recordings):
        walk.iloc[: len(walk) - 30 * i].to_parquet(folder / f"walk{i}.parquet", index=False)
        rows.append({"path": f"walk{i}.parquet", "participant": f"00{i // 2}", "condition": "ab"[i % 2], "age": 40 + i})
    pd.DataFrame(rows).assign(sampling_rate_hz=RATE).to_csv(folder / "study.csv", index=False)
    return folder / "study.csv"


def pipeline(*, short: bool = True) -> GaitPipeline:
    """Parameters with a template cut from the walk itself; ``short``: without what takes most of the time."""
    return _synthetic_pipeline(**(dict.fromkeys(["bilateral", "foot", "bouts"]) if short else {}))


def command(*arguments: object) -> list[str]:
    return [sys.executable, "-m", "gaitmap", *map(str, arguments)]


def run_command(*arguments: object) -> subprocess.CompletedProcess:
    environment = os.environ | {"COLUMNS": "400", "NO_COLOR": "1"}
    return subprocess.run(command(*arguments), capture_output=True, text=True, check=False, env=environment)


def merged(out: Path) -> dict[str, pd.DataFrame]:
    """All merged tables, without what belongs to the run."""
    tables = {path.stem: pd.read_parquet(path) for path in sorted(out.glob("*.parquet"))}
    tables["recordings"] = tables["recordings"].drop(columns=OF_THE_RUN)
    return tables


def assert_same_results(one: Path, other: Path) -> None:
    """Merged tables, and tables and summaries of the single recordings, are the same to the last digit."""
    tables, others = merged(one), merged(other)
    assert list(tables) == list(others)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, others[name], check_exact=True)
    for folder in (other / "recordings").iterdir():
        assert contents(one / "recordings" / folder.name) == contents(folder)
        if (folder / "COMPLETE").exists():
            mine, theirs = read_results(one / "recordings" / folder.name), read_results(folder)
            pd.testing.assert_frame_equal(mine.strides, theirs.strides, check_exact=True)
            assert mine.summary == theirs.summary


def contents(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*"))


class InThisProcess(Executor):
    """Does jobs at once, here."""

    def submit(self, function, /, *arguments, **keywords):
        future = Future()
        future.set_result(function(*arguments, **keywords))
        return future


@contextmanager
def _open(_n_jobs):
    yield InThisProcess()


HERE = Workers(_open, 1)


def analyze_here(patch) -> None:
    """Analyse in this process, and leave the drawing library out of the reports: it is 5 MB each."""
    patch.setattr("gaitmap.cohort._cohort.local_workers", lambda _: HERE)
    for module in ("_write_report", "_write_cohort_report"):
        patch.setattr(f"gaitmap.report.{module}._plotly_source", lambda: "/* plotly */")
