"""Long recordings stay in their files, however small these are."""

import os

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pyarrow")

from joblib import Memory

from gaitmap.cohort import _recording, analyze_recording, load_recording
from gaitmap.recordings import Recording, RecordingError, RecordingFile, open_recording, read_recording
from gaitmap.utils.consts import SF_COLS
from tests.cohort._study import pipeline, write_study


def _write(path, n_samples):
    table = pd.DataFrame(np.ones((n_samples, 6)), columns=[f"left_sensor_{axis}" for axis in SF_COLS])
    if path.suffix == ".csv":
        table.to_csv(path, index=False)
    else:
        table.to_parquet(path, index=False)
    return path


@pytest.mark.parametrize(("rate", "kind"), [(10.0, RecordingFile), (100.0, Recording)])
def test_a_small_file_with_many_samples_stays_in_its_file_if_it_is_long(tmp_path, monkeypatch, rate, kind):
    monkeypatch.setattr(_recording, "_LARGE_FILE_SAMPLES", 30_000)
    path = _write(tmp_path / "still.parquet", 40_000)
    assert path.stat().st_size < 50_000
    assert isinstance(load_recording(path, sampling_rate_hz=rate), kind)


@pytest.mark.parametrize("name", ["still.csv", "still.parquet"])
def test_short_recordings_are_read(tmp_path, name):
    assert isinstance(load_recording(_write(tmp_path / name, 100), sampling_rate_hz=100), Recording)


@pytest.mark.parametrize("content", [None, b"", b"PAR1 and no more"])
def test_files_that_cannot_be_read_are_refused_in_words(tmp_path, content):
    path = tmp_path / "walk.parquet"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(RecordingError, match="Reading"):
        load_recording(path, sampling_rate_hz=100)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_what_may_have_no_end_is_refused(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    for path in (tmp_path / "pipe.csv", "/dev/zero"):
        with pytest.raises(RecordingError, match="this is no file"):
            load_recording(path, sampling_rate_hz=100)


@pytest.mark.parametrize("memory", ["cache", None])
def test_a_cache_that_was_not_used_is_told(tmp_path, memory):
    manifest = write_study(tmp_path, 1)
    rate = float(pd.read_csv(manifest)["sampling_rate_hz"][0])
    chain = pipeline()
    parameters = {name for name in chain.get_params(deep=True) if name.split("__")[-1] == "memory"}
    chain.set_params(**dict.fromkeys(parameters, memory and Memory(tmp_path / memory, verbose=0)))
    told = {}
    for kind, read in (("blocks", open_recording), ("memory", read_recording)):
        recording = read(tmp_path / "walk0.parquet", sampling_rate_hz=rate)
        results = analyze_recording(recording, chain, tmp_path / kind)
        told[kind] = sum("cache (--cache) was not used" in text for text in results.summary["warnings"])

    assert told == {"blocks": int(memory is not None), "memory": 0}
