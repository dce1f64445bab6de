"""The hash belongs to the data: a file that is replaced or grows while it is read is read again, or refused."""

import collections
import hashlib
import os
import shutil
import threading
import time

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pyarrow")

from gaitmap.recordings import RecordingError, open_recording, read_recording
from gaitmap.recordings import _recording_file as module
from gaitmap.utils.consts import SF_COLS


def write(path, n_samples, value=1.0):
    table = pd.DataFrame(np.full((n_samples, 6), value) + np.arange(n_samples)[:, None] * 1e-3, columns=SF_COLS)
    table.to_csv(path, index=False) if path.suffix == ".csv" else table.to_parquet(path, index=False)
    return path


def sha256(path):
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(path):
    return read_recording(path, sampling_rate_hz=100.0, left="sensor")


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_a_file_that_is_replaced_all_the_time(tmp_path, ending):
    files = [write(tmp_path / f"{i}.{ending}", 2000 * i) for i in (1, 2)]
    truth = {sha256(file): 2000 * i for i, file in enumerate(files, 1)}
    target, stop = tmp_path / f"walk.{ending}", threading.Event()
    shutil.copy(files[0], target)

    def flip():
        k = 0
        while not stop.is_set():
            k += 1
            shutil.copy(files[k % 2], tmp_path / "new")
            (tmp_path / "new").replace(target)
            time.sleep(0.1 if k % 5 == 0 else 0.004)

    thread = threading.Thread(target=flip)
    thread.start()
    seen = collections.Counter()
    try:
        for _ in range(40):
            try:
                recording = read(target)
            except RecordingError as error:
                seen["refused" if "being changed" in str(error) else str(error)] += 1
            else:
                seen["right" if truth[recording.sha256] == recording.n_samples else "wrong"] += 1
    finally:
        stop.set()
        thread.join()
    assert set(seen) <= {"right", "refused"}
    assert seen["right"]


def test_a_file_that_grows(tmp_path):
    whole = write(tmp_path / "whole.csv", 4000)
    content, target = whole.read_bytes(), tmp_path / "walk.csv"
    n_whole = 0
    for i in range(40):
        target.write_bytes(content[: len(content) // 2])

        def grow(delay=0.001 * i):
            time.sleep(delay)
            with target.open("ab") as file:
                file.write(content[len(content) // 2 :])

        thread = threading.Thread(target=grow)
        thread.start()
        recording = read(target)
        thread.join()
        assert (recording.sha256 == sha256(whole)) == (recording.n_samples == 4000)
        n_whole += recording.n_samples == 4000
    assert n_whole


def test_a_change_is_told(tmp_path, monkeypatch):
    path = write(tmp_path / "walk.csv", 1000)
    real, calls = module._read_and_hash, []

    def once(*arguments, **keywords):
        result = real(*arguments, **keywords)
        calls.append(1)
        if len(calls) == 1:
            write(path, 2000)
        return result

    monkeypatch.setattr(module, "_read_and_hash", once)
    recording = read(path)
    assert recording.n_samples == 2000
    assert recording.sha256 == sha256(path)
    assert "read again" in recording.notes[-1]


def test_a_change_of_a_few_bytes_right_after_opening_is_seen(tmp_path, monkeypatch):
    """The clock of the file system ticks every few ms: a change in the tick in which it was opened has its time."""
    path = write(tmp_path / "walk.csv", 1000)
    real, calls = module._read_and_hash, []

    def once(*arguments, **keywords):
        result = real(*arguments, **keywords)
        calls.append(1)
        if len(calls) == 1:
            content = path.read_bytes()
            path.write_bytes(content[:-3] + b"9" + content[-2:])
        return result

    monkeypatch.setattr(module, "_read_and_hash", once)
    path.write_bytes(path.read_bytes())
    recording = read(path)
    assert len(calls) == 2
    assert recording.sha256 == sha256(path)


def test_a_file_that_never_rests_is_refused(tmp_path, monkeypatch):
    path = write(tmp_path / "walk.csv", 1000)
    real = module._read_and_hash

    def always(*arguments, **keywords):
        result = real(*arguments, **keywords)
        os.utime(path)
        return result

    monkeypatch.setattr(module, "_read_and_hash", always)
    with pytest.raises(RecordingError, match="being changed"):
        read(path)


def test_blocks_of_a_file_that_changes_meanwhile(tmp_path):
    path = write(tmp_path / "walk.csv", 5000)
    recording = open_recording(path, sampling_rate_hz=100.0, left="sensor")
    blocks = recording.blocks(block_length=1000)
    next(blocks)
    write(tmp_path / "new.csv", 5000, value=2.0).replace(path)
    with pytest.raises(RecordingError, match="changed"):
        list(blocks)
