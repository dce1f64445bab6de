"""Several processes on one folder, and another that clears it meanwhile."""

import contextlib
import multiprocessing
import os
import time
import traceback
import warnings
from pathlib import Path

import numpy as np
import pytest
from joblib import Memory

from gaitmap.utils.caching import (
    BoundedMemory,
    CacheCorruptionWarning,
    cache_function,
    cached_call_action,
    inspect_cache,
)
from tests.caching._toys import Scaler, multiply, sample_data

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="the processes are forks of this one")

N_PROCESSES = 8
SECONDS = 1.5


def _work(memory: Memory, start, answers, allowed: type[Warning] | None = None) -> None:
    """Compute the same few things again and again; a wrong number, an exception or a warning is a failure."""
    values = np.arange(20_000.0)
    data = sample_data(1000)
    n_calls = 0
    start.wait()
    end = time.monotonic() + SECONDS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            if allowed is not None:
                warnings.simplefilter("ignore", allowed)
            while time.monotonic() < end or n_calls < 10:
                factor = n_calls % 3
                assert np.array_equal(cache_function(memory, multiply)(values, factor), factor * values)
                result = cached_call_action(Scaler(factor), memory, data)
                assert np.array_equal(result.scaled_, factor * data)
                n_calls += 1
        answers.put("")
    except BaseException:  # noqa: BLE001 - also a failed assertion
        answers.put(traceback.format_exc())


def _start_workers(memories: list[Memory], *options: type[Warning]) -> tuple[list, "multiprocessing.Queue"]:
    context = multiprocessing.get_context("fork")
    start = context.Barrier(len(memories))
    answers = context.Queue()
    workers = [
        context.Process(target=_work, args=(memory, start, answers, *options), daemon=True) for memory in memories
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # forks of a process with threads
        for worker in workers:
            worker.start()
    return workers, answers


def _assert_all_went_well(workers: list, answers: "multiprocessing.Queue") -> None:
    errors = [answers.get(timeout=60) for _ in workers]
    assert not any(errors), "\n".join(errors)
    for worker in workers:
        worker.join()


def test_eight_processes_share_a_folder_while_it_is_cleared(tmp_path):
    memory = Memory(str(tmp_path / "cache"), verbose=0)
    bounded = BoundedMemory(memory.location, verbose=0)
    workers, answers = _start_workers([memory] * N_PROCESSES)
    n_clears = 0
    while answers.empty():
        with contextlib.suppress(OSError):  # joblib gives up when a folder is filled again while it deletes it
            memory.clear(warn=False)
        time.sleep(0.01)
        bounded.clear(warn=False)
        n_clears += 1
        time.sleep(0.01)

    _assert_all_went_well(workers, answers)
    assert n_clears > 0
    # Whatever is left is whole.
    assert {entry.checksum for entry in inspect_cache(memory)} <= {"ok"}
    np.testing.assert_array_equal(cache_function(memory, multiply)(np.ones(2), 3), [3, 3])


def test_processes_with_limits_and_without_share_a_folder(tmp_path):
    folder = str(Path(tmp_path / "cache"))
    bounded = BoundedMemory(folder, items_limit=2, verbose=0)
    workers, answers = _start_workers([bounded, Memory(folder, verbose=0), bounded])
    _assert_all_went_well(workers, answers)
    cache_function(bounded, multiply)(np.ones(2), 77)

    entries = inspect_cache(bounded)
    assert len(entries) <= 2
    assert {entry.checksum for entry in entries} == {"ok"}


def test_six_processes_share_a_folder_while_its_files_are_damaged_deleted_and_exchanged(tmp_path):
    memory = Memory(str(tmp_path / "cache"), verbose=0)
    workers, answers = _start_workers([memory] * 6, CacheCorruptionWarning)
    random = np.random.default_rng(0)
    n_damages = 0
    while answers.empty():
        time.sleep(0.005)
        with contextlib.suppress(OSError, ValueError):  # deleted meanwhile, or empty
            files = [path for path in Path(memory.location).rglob("*") if path.is_file()]
            path, other = random.choice(files, 2)
            content = bytearray(path.read_bytes())
            content[random.integers(len(content))] ^= 1 << random.integers(8)
            if random.random() < 0.3:
                path.unlink()
            else:
                path.write_bytes(content if random.random() < 0.5 else other.read_bytes())
            n_damages += 1

    _assert_all_went_well(workers, answers)
    assert n_damages > 0
