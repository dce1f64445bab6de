"""NilsPod sessions: the header has no signature, so that it must be told from other binary files."""

import os
from pathlib import Path

import numpy as np
import pytest

from gaitmap.recordings import RecordingError
from gaitmap.recordings._device import Told
from gaitmap.recordings._nilspod import NilsPod


def _files():
    folder = os.environ.get("GAITMAP_DEVICE_FILES")
    return sorted((Path(folder) / "nilspod").glob("*.bin")) if folder else []


@pytest.mark.parametrize("path", _files() or [None], ids=lambda path: getattr(path, "stem", "none"))
def test_sessions_of_all_firmware_versions(path):
    pytest.importorskip("nilspodlib")
    if path is None:
        pytest.skip("GAITMAP_DEVICE_FILES names no folder with files of devices")
    assert NilsPod().recognises(path.read_bytes()[:65536], path)
    file = NilsPod().read(path, Told())
    (sensor,) = file.sensors
    assert file.rate_configured_hz in (102.4, 204.8)
    assert file.start_time.year in (2019, 2021)
    assert str(file.start_time.tz) == "UTC"
    assert sensor.acc.shape == sensor.gyr.shape == (sensor.n_rows, 3)
    assert len(sensor.clock.numbers) == sensor.n_rows
    assert (sensor.acc_unit, sensor.gyr_unit) == ("m/s^2", "deg/s")
    assert 9.0 < np.median(np.linalg.norm(sensor.acc, axis=1)) < 11.0


def _header(*, length=52, bytes_per_sample=16, start=1_600_000_000, end=1_600_000_100):
    head = bytearray(512)
    head[0], head[1] = length, bytes_per_sample
    head[15:19], head[19:23] = start.to_bytes(4, "little"), end.to_bytes(4, "little")
    return bytes(head)


def test_a_header_is_told_from_other_content(tmp_path):
    recognises = NilsPod().recognises
    assert recognises(_header(), tmp_path)
    assert not recognises(_header(length=20), tmp_path)
    assert not recognises(_header(bytes_per_sample=3), tmp_path)
    assert not recognises(_header(end=1_500_000_000), tmp_path)
    assert not recognises(_header(start=100, end=200), tmp_path)
    for text in (
        b"time,acc_x,acc_y\n0,1,2\n" * 40,
        b"4.5;1.0;2.0\r\n" * 100,
        b"\x00" * 512,
        b"1" * 512,
        b"48 \t1\n" * 99,
    ):
        assert not recognises(text, tmp_path)


def test_a_session_that_was_cut_is_refused(tmp_path):
    pytest.importorskip("nilspodlib")
    (path := tmp_path / "left.bin").write_bytes(_header()[:60])
    with pytest.raises(RecordingError, match="cannot be read as a NilsPod session"):
        NilsPod().read(path, Told())
