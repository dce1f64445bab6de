"""Jobs in processes: every job gets its result, whatever happens to the process of another."""

import os
import signal
import subprocess
import sys
import textwrap
import time
from concurrent.futures import BrokenExecutor, Future
from contextlib import contextmanager
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap._files import locked
from gaitmap.cohort._workers import TRIES_ALONE, WorkerDiedError, Workers, local_workers, run_jobs
from tests.cohort._study import HERE, InThisProcess


class FallingPool(InThisProcess):
    """A pool that breaks, as loky's does, when a deadly job is running: all that run with it fail."""

    def __init__(self, deadly):
        self.deadly, self.waiting = deadly, []
        self.broken = False

    def submit(self, function, /, job):
        if self.broken:
            raise BrokenExecutor
        future = super().submit(lambda: None)
        if job in self.deadly:
            self.deadly[job] -= 1
            if self.deadly[job] < 0:
                del self.deadly[job]
        if job in self.deadly:
            self.broken = True
            future._result, future._exception = None, BrokenExecutor()
        else:
            future._result = function(job)
        return future


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 12),
    st.dictionaries(st.integers(0, 11), st.integers(1, TRIES_ALONE + 3), max_size=5),
)
def test_only_those_are_given_up_that_die_every_time(n_jobs, n_deaths):
    left = dict(n_deaths)

    @contextmanager
    def open_pool(_):
        yield FallingPool(left)

    results = dict(run_jobs(lambda job: job * 10, list(range(n_jobs)), Workers(open_pool, 3)))
    assert set(results) == set(range(n_jobs))
    for job, result in results.items():
        if n_deaths.get(job, 0) > TRIES_ALONE:
            assert isinstance(result, WorkerDiedError)
        else:
            assert result == job * 10


def test_an_error_of_the_pool_is_the_result_of_its_job():
    class Failing(InThisProcess):
        def submit(self, function, /, job):
            future = super().submit(function, job)
            if job == 1:
                future._exception = TypeError("cannot be pickled")
            return future

    @contextmanager
    def open_pool(_):
        yield Failing()

    results = dict(run_jobs(str, [0, 1, 2], Workers(open_pool, 2)))
    assert results[0] == "0"
    assert results[2] == "2"
    assert isinstance(results[1], TypeError)


def test_a_pool_that_takes_jobs_back_is_a_lost_cluster():
    class Lost(InThisProcess):
        def submit(self, function, /, job):
            future = Future()
            future.cancel()
            future.set_running_or_notify_cancel()
            return future

    @contextmanager
    def open_pool(_):
        yield Lost()

    with pytest.raises(ConnectionError, match="Finished recordings are kept"):
        list(run_jobs(str, [0, 1], Workers(open_pool, 2)))


def test_no_jobs_need_no_pool():
    assert list(run_jobs(str, [], HERE)) == []


def test_a_lock_is_held_until_its_block_ends(tmp_path):
    pytest.importorskip("fcntl")
    path = tmp_path / "locks" / "one"
    with locked(path, wait=False) as first:
        assert first
        with locked(path, wait=False) as second:
            assert not second
        with locked(tmp_path / "locks" / "other", wait=False) as other:
            assert other
    with locked(path, wait=False) as again:
        assert again


_SCRIPT = """
    import os, sys, time
    from gaitmap.cohort._workers import local_workers, run_jobs

    def job(number):
        if number == 2:
            os.kill(os.getpid(), 9)
        if number == 9:
            print(os.getpid(), flush=True)
            time.sleep(60)
        return number, os.environ["OMP_NUM_THREADS"]

    if __name__ == "__main__":
        for job, result in run_jobs(job, [int(word) for word in sys.argv[1:]], local_workers(2)):
            print(job, type(result).__name__ if isinstance(result, Exception) else result, flush=True)
"""


@pytest.fixture
def script(tmp_path):
    path = tmp_path / "jobs.py"
    path.write_text(textwrap.dedent(_SCRIPT))
    return path


@pytest.mark.slow
def test_the_other_jobs_survive_a_process_that_is_killed(script):
    run = subprocess.run(
        [sys.executable, script, "0", "1", "2", "3", "4"], capture_output=True, text=True, check=True, timeout=120
    )
    assert sorted(run.stdout.splitlines()) == [
        "0 (0, '1')",
        "1 (1, '1')",
        "2 WorkerDiedError",
        "3 (3, '1')",
        "4 (4, '1')",
    ]


@pytest.mark.skipif(not hasattr(signal, "pthread_sigmask"), reason="the system has no signal masks")
def test_ctrl_c_reaches_no_process_of_the_pool_not_even_while_it_starts():
    blocked = partial(signal.pthread_sigmask, signal.SIG_BLOCK, [])
    ((_, in_worker),) = run_jobs(lambda _: blocked(), [0], local_workers(1))
    assert signal.SIGINT in in_worker
    assert signal.SIGINT not in blocked()


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="POSIX signals")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_workers_do_not_outlive_their_parent(script, number):
    with subprocess.Popen([sys.executable, script, "9"], stdout=subprocess.PIPE, text=True) as parent:
        worker = int(parent.stdout.readline())
        os.kill(parent.pid, number)
    for _ in range(100):
        try:
            os.kill(worker, 0)
        except ProcessLookupError:
            return
        time.sleep(0.05)
    pytest.fail("the worker is still there")
