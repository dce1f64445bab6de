"""Processes and threads that want the same entry at the same time compute it once."""

import multiprocessing
import os
import signal
import threading
import time
import warnings
from datetime import timedelta
from pathlib import Path

import filelock
import numpy as np
import pytest
from joblib import Memory

from gaitmap.caching import BoundedMemory, cache_function, enforce_limits, inspect_cache
from gaitmap.caching._entry import EntryFolder
from gaitmap.caching._function import lock_of_entry
from tests.caching._toys import RAN, multiply, slow_multiply

CONTEXT = multiprocessing.get_context("fork" if hasattr(os, "fork") else "spawn")


def _compute_and_tell(memory, start, log: Path) -> None:
    start.wait()
    result = cache_function(memory, slow_multiply)(np.ones(3), 2.0, str(log))
    assert result.tolist() == [2.0, 2.0, 2.0]


def _start(target, *args):
    process = CONTEXT.Process(target=target, args=args, daemon=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forks of a process with threads
        process.start()
    return process


def test_entry_that_several_processes_want_is_computed_once(tmp_path):
    memory = Memory(str(tmp_path / "cache"), verbose=0)
    log = tmp_path / "log"
    start = CONTEXT.Barrier(4)
    workers = [_start(_compute_and_tell, memory, start, log) for _ in range(4)]
    for worker in workers:
        worker.join(60)

    assert [worker.exitcode for worker in workers] == [0] * 4
    assert log.read_text() == "x"
    assert not list(tmp_path.rglob("*.lock"))


def test_entry_that_several_threads_want_is_computed_once(tmp_path):
    memory = Memory(str(tmp_path / "cache"), verbose=0)
    log = tmp_path / "log"
    start = threading.Barrier(4)
    threads = [threading.Thread(target=_compute_and_tell, args=(memory, start, log)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)

    assert log.read_text() == "x"


def _hold(path: str, is_held) -> None:
    with lock_of_entry(EntryFolder(path)):
        is_held.set()
        time.sleep(60)


def test_lock_of_a_killed_process_does_not_stop_others(memory):
    path = str(Path(memory.location) / "joblib" / "gaitmap-cache" / "function" / ("a" * 32))
    is_held = CONTEXT.Event()
    holder = _start(_hold, path, is_held)
    assert is_held.wait(60)
    os.kill(holder.pid, signal.SIGKILL)
    holder.join()
    start = time.monotonic()
    with lock_of_entry(EntryFolder(path)):
        assert time.monotonic() - start < 30


def test_waiting_ends_after_some_time(tmp_path):
    path = str(tmp_path / "gaitmap-cache" / "function" / ("a" * 32))
    with lock_of_entry(EntryFolder(path)), lock_of_entry(EntryFolder(path), longest_wait_seconds=0.05):
        pass


def test_failed_computation_releases_the_lock(memory):
    for _ in range(2):
        with pytest.raises(TypeError, match="multiply sequence"):
            cache_function(memory, multiply)("text", 1.5)

    assert RAN == ["multiply", "multiply"]
    assert not list(Path(memory.location).rglob("*.lock"))


def test_function_may_use_the_same_cache_inside(memory):
    def outer(values):
        return cache_function(memory, multiply)(values, 2.0) + 1

    for _ in range(2):
        np.testing.assert_array_equal(cache_function(memory, outer)(np.ones(2)), [3, 3])
    assert RAN == ["multiply"]


def test_without_locks_everything_works(memory, monkeypatch):
    def refuse(*_args, **_kwargs):
        raise NotImplementedError("no locks here")

    monkeypatch.setattr(filelock.FileLock, "_acquire", refuse)
    for _ in range(2):
        np.testing.assert_array_equal(cache_function(memory, multiply)(np.ones(2), 2.0), [2, 2])
    assert RAN == ["multiply"]


def test_locks_that_killed_processes_left_are_no_entries_and_removed_after_an_hour(memory):
    cache_function(memory, multiply)(np.ones(2), 2.0)
    (payload,) = Path(memory.location).rglob("output.pkl")
    old, fresh = (payload.parent.with_name(digit * 32 + ".lock") for digit in ("a", "b"))
    for path in (old, fresh):
        path.write_bytes(b"")
    os.utime(old, (time.time() - 7200,) * 2)
    assert len(inspect_cache(memory)) == len(inspect_cache(Path(memory.location))) == 1
    enforce_limits(memory, age_limit=timedelta(days=1))

    assert not old.exists()
    assert fresh.exists()


# Results that are not worth a file ------------------------------------------------------------------------------------


def test_only_what_takes_longer_than_a_hit_is_stored(tmp_path):
    memory = BoundedMemory(str(tmp_path), min_benefit=3, verbose=0)
    log = tmp_path / "log"
    for _ in range(2):
        np.testing.assert_array_equal(cache_function(memory, multiply)(np.ones(2), 2.0), [2, 2])
        cache_function(memory, slow_multiply)(np.ones(3), 2.0, str(log))

    assert RAN == ["multiply", "multiply"]
    assert log.read_text() == "x"
    assert [entry.function.rsplit(".", 1)[1] for entry in inspect_cache(memory)] == ["slow_multiply"]


def test_everything_is_stored_by_default(tmp_path):
    memory = BoundedMemory(str(tmp_path), verbose=0)
    for _ in range(2):
        cache_function(memory, multiply)(np.ones(2), 2.0)
    assert RAN == ["multiply"]


@pytest.mark.parametrize("value", [-1, float("nan")])
def test_benefit_must_be_a_factor(tmp_path, value):
    with pytest.raises(ValueError, match="'min_benefit' of a cache must be at least 0"):
        BoundedMemory(str(tmp_path), min_benefit=value)
