"""Killed at any moment, a cohort goes on to the results of an uninterrupted run."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from gaitmap.cohort import analyze_cohort
from tests.cohort._study import analyze_here, assert_same_results, command, pipeline, run_command, write_study


def _killed_before_change(number: int, manifest: Path, out: Path) -> bool:
    """Analyse in a child that is killed before the n-th change on disk; False if there are not that many."""
    child = os.fork()
    if child:
        return os.WIFSIGNALED(os.waitpid(child, 0)[1])
    left = [number]
    patch = pytest.MonkeyPatch()
    analyze_here(patch)

    def counted(real):
        def change(*args, **kwargs):
            left[0] -= 1
            if left[0] < 0:
                os.kill(os.getpid(), signal.SIGKILL)
            return real(*args, **kwargs)

        return change

    # The methods of Path that change what is on disk.
    for method in ("replace", "unlink", "mkdir", "write_text"):
        patch.setattr(Path, method, counted(getattr(Path, method)))
    try:
        analyze_cohort(manifest, out, pipeline())
    finally:
        os._exit(0)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_killed_between_any_two_changes_on_disk(tmp_path, here):
    manifest = write_study(tmp_path / "study", n_recordings=2)
    (tmp_path / "study" / "walk1.parquet").write_text("PAR1 broken")  # a failure is written, too
    whole = tmp_path / "whole"
    analyze_cohort(manifest, whole, pipeline())
    # Each run is killed a little later than the one before, and goes on from what that one left behind.
    out, number = tmp_path / "parts", 0
    while _killed_before_change(number, manifest, out):
        number += 1 + number // 5
    assert number > 20
    assert_same_results(whole, out)
    for number in (3, 7, 11, 13, 17, 19, 23):
        fresh = tmp_path / f"fresh{number}"
        assert _killed_before_change(number, manifest, fresh)
        analyze_cohort(manifest, fresh, pipeline())
        assert_same_results(whole, fresh)


def _start(*arguments):
    return subprocess.Popen(
        command(*arguments), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )


@pytest.fixture(scope="module")
def six(tmp_path_factory, config):
    """Six recordings, the options of the command, its results without interruption, and how long that took."""
    folder = tmp_path_factory.mktemp("six")
    manifest = write_study(folder / "study", n_recordings=6)
    start = time.perf_counter()
    run = run_command("cohort", manifest, "--out", folder / "whole", "--config", config, "--jobs", 2)
    assert run.returncode == 0, run.stderr
    return manifest, ["--config", config, "--jobs", 2], folder / "whole", time.perf_counter() - start


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("seed", [0, 1])
def test_the_command_killed_at_random_moments_goes_on_to_the_same_results(tmp_path, six, seed):
    manifest, options, whole, duration = six
    out = tmp_path / "out"
    moments = random.Random(seed)
    for _ in range(3):
        run = _start("cohort", manifest, "--out", out, *options)
        time.sleep(moments.uniform(0.1, 0.8) * duration)
        run.kill()  # the command alone; its workers have to notice
        run.wait()
    last = run_command("cohort", manifest, "--out", out, *options)
    assert last.returncode == 0, last.stderr
    assert_same_results(whole, out)


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
def test_ctrl_c_stops_with_a_message_and_keeps_what_is_finished(tmp_path, six):
    manifest, options, whole, _ = six
    out = tmp_path / "out"
    run = subprocess.Popen(
        command("cohort", manifest, "--out", out, *options), stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    while not list(out.glob("recordings/*/COMPLETE")):
        assert run.poll() is None
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGINT)  # as a terminal does: to the workers, too
    _, told = run.communicate(timeout=60)
    assert run.returncode == 130
    assert "Traceback" not in told
    assert "goes on from here" in told
    kept = {path: path.stat().st_mtime_ns for path in out.glob("recordings/*/COMPLETE")}
    assert kept
    assert run_command("cohort", manifest, "--out", out, *options).returncode == 0
    assert {path: path.stat().st_mtime_ns for path in kept} == kept
    assert_same_results(whole, out)
