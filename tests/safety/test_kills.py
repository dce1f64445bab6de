"""Killed at many moments, an analysis leaves nothing half-written, and the next one gives the same results."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time

import pytest

pytest.importorskip("pyarrow")

from gaitmap.results import ResultsError, read_results
from gaitmap.simulation import Rest, Walk, simulate, write_simulation

_CODE = """
import sys, warnings
warnings.simplefilter("ignore")
from gaitmap.cohort import analyze_recording, load_recording
from gaitmap.pipelines import GaitPipeline
from gaitmap.recordings import open_recording
recording = (open_recording if sys.argv[3] == "blocks" else load_recording)(sys.argv[1])
print("ready", flush=True)
analyze_recording(recording, GaitPipeline(bilateral=None, foot=None), sys.argv[2], overwrite=True)
"""
#: A hundred in `make test-slow`.
N_KILLS = int(os.environ.get("GAITMAP_TEST_KILLS", "10"))
_OF_THE_RUN = ("provenance.json", "written.json", "report.html")


def _start(walk, out, how):
    command = [sys.executable, "-c", _CODE, str(walk), str(out), how]
    run = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, start_new_session=True)
    assert run.stdout is not None
    assert run.stdout.readline() == b"ready\n"
    return run


def _hashes(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in _OF_THE_RUN
    }


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("how", ["memory", "blocks"])
def test_many_kills(tmp_path, how):
    walk = write_simulation(simulate([Rest(2), Walk(n_steps=20), Rest(2)], 102.4, seed=1), tmp_path / "walk")
    whole, out = tmp_path / "whole", tmp_path / "out"
    out.mkdir()
    (out / "thesis.txt").write_text("mine")
    start = time.perf_counter()
    assert _start(walk, whole, how).wait(timeout=300) == 0
    longest = time.perf_counter() - start
    moments = random.Random(how)
    n_killed = 0
    for _ in range(N_KILLS):
        run = _start(walk, out, how)
        try:
            # Most of the writing is at the end.
            run.wait(timeout=longest * moments.triangular(0, 1.0, 0.6))
        except subprocess.TimeoutExpired:
            os.killpg(run.pid, signal.SIGKILL)
            run.wait()
            n_killed += 1
        try:
            found = read_results(out)
        except ResultsError as error:
            assert "no finished results" in str(error)  # noqa: PT017 - unfinished is right, damaged is not
        else:
            assert found.strides.equals(read_results(whole).strides)
        assert (out / "thesis.txt").read_text() == "mine"
    assert n_killed > N_KILLS // 2
    assert _start(walk, out, how).wait(timeout=300) == 0
    assert _hashes(out) == _hashes(whole) | {"thesis.txt": hashlib.sha256(b"mine").hexdigest()}
    assert not [path.name for path in out.iterdir() if path.name.startswith(".") and path.name != ".lock"]
