"""Axivity CWA: files are written here by the layout that the maker publishes, and read back."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.recordings import RecordingError
from gaitmap.recordings._axivity import _BLOCK, AxivityCwa
from gaitmap.recordings._device import Told

CONFIGURED_HZ = 100.0
START = pd.Timestamp("2024-02-29T23:59:50.25")


def _packed_time(time: pd.Timestamp) -> int:
    return (
        (time.year - 2000) << 26 | time.month << 22 | time.day << 17 | time.hour << 12 | time.minute << 6 | time.second
    )


def _blocks(data: np.ndarray, layout: int, *, rate_hz: float, offset: int, has_fraction: bool = True) -> np.ndarray:
    """Blocks of samples; each tells the time of the sample ``offset`` of its own."""
    n_blocks, per_block = data.shape[:2]
    blocks = np.zeros(n_blocks, _BLOCK)
    blocks["tag"], blocks["length"], blocks["session"] = b"AX", 508, 7
    blocks["sequence"], blocks["count"], blocks["rate"] = np.arange(n_blocks), per_block, 74
    blocks["layout"], blocks["scale"] = layout, 3 << 13 | 3 << 10  # 2048 counts per g, 1000 deg/s
    for k in range(n_blocks):
        time = START + pd.Timedelta(seconds=(k * per_block + offset) / rate_hz)
        fraction = (time.microsecond * 1000 + time.nanosecond) / 1e9
        blocks["time"][k] = _packed_time(time)
        if has_fraction:
            blocks["fraction"][k] = 0x8000 | int(fraction * 32768)
            blocks["offset"][k] = offset - int(int(fraction * 32768) / 32768 * CONFIGURED_HZ)
        else:
            blocks["offset"][k] = offset - round(fraction * rate_hz)
        raw = np.frombuffer(np.ascontiguousarray(data[k]).tobytes().ljust(480, b"\0"), "V480")
        blocks["data"][k] = raw[0]
    _seal(blocks)
    return blocks


def _seal(blocks: np.ndarray) -> None:
    blocks["checksum"] = 0
    words = blocks.view("<u2").reshape(len(blocks), -1)
    blocks["checksum"] = (-words.sum(axis=1, dtype=np.int64)) & 0xFFFF


def _write(path, blocks, *, hardware=0x64, annotation=b"_p=left+foot&_sc=12"):
    header = bytearray(1024)
    header[:2], header[4] = b"MD", hardware
    header[5:7], header[11:13] = (0x1234).to_bytes(2, "little"), b"\xff\xff"
    header[64 : 64 + len(annotation)] = annotation
    path.write_bytes(bytes(header) + blocks.tobytes())
    return path


def _read(path):
    assert AxivityCwa().recognises(path.read_bytes()[:65536], path)
    return AxivityCwa().read(path, Told())


@pytest.fixture
def counts():
    return np.random.default_rng(3).integers(-30000, 30000, (50, 40, 6)).astype("<i2")


def test_values_and_start_are_those_that_were_written(tmp_path, counts):
    file = _read(_write(tmp_path / "a.cwa", _blocks(counts, 0x62, rate_hz=98.7, offset=25)))
    (sensor,) = file.sensors
    expected = counts.reshape(-1, 6)
    np.testing.assert_allclose(sensor.gyr, expected[:, :3] * (1000 / 32768), rtol=1e-6)
    np.testing.assert_allclose(sensor.acc, expected[:, 3:] / 2048, rtol=1e-6)
    assert (sensor.label, sensor.site) == ("left foot", "left foot")
    assert file.device == f"Axivity AX6 {0x1234}"
    assert abs(file.wall_clock - START) < pd.Timedelta(milliseconds=1)


@pytest.mark.parametrize("rate_hz", [98.4, 99.0, 100.0, 101.2])
@pytest.mark.parametrize("offset", [-10, 0, 39, 55])
def test_times_of_blocks_show_the_true_rate(tmp_path, counts, rate_hz, offset):
    file = _read(_write(tmp_path / "a.cwa", _blocks(counts, 0x62, rate_hz=rate_hz, offset=offset)))
    seconds = file.sensors[0].clock.seconds
    np.testing.assert_allclose(seconds - seconds[0], np.arange(50) * 40 / rate_hz, atol=1.5e-4)
    assert file.rate_configured_hz == CONFIGURED_HZ


def test_older_firmware_tells_whole_seconds(tmp_path, counts):
    file = _read(_write(tmp_path / "a.cwa", _blocks(counts, 0x62, rate_hz=99.0, offset=12, has_fraction=False)))
    seconds = file.sensors[0].clock.seconds
    np.testing.assert_allclose(seconds - seconds[0], np.arange(50) * 40 / 99.0, atol=0.02)


def test_packed_values_of_ax3(tmp_path):
    random = np.random.default_rng(1)
    mantissa, exponent = random.integers(-512, 512, (4, 120, 3)), random.integers(0, 4, (4, 120))
    words = exponent << 30
    for axis in range(3):
        words |= (mantissa[..., axis] & 0x3FF) << (10 * axis)
    blocks = _blocks(words.astype("<u4"), 0x30, rate_hz=100.0, offset=0)
    blocks["scale"] = 0
    _seal(blocks)
    (sensor,) = _read(_write(tmp_path / "a.cwa", blocks, hardware=0)).sensors
    np.testing.assert_allclose(sensor.acc, (mantissa << exponent[..., None]).reshape(-1, 3) / 256)
    assert sensor.gyr is None


def test_damaged_blocks_lose_their_samples_and_move_no_others(tmp_path, counts):
    blocks = _blocks(counts, 0x62, rate_hz=99.0, offset=25)
    whole = _read(_write(tmp_path / "whole.cwa", blocks)).sensors[0]
    damaged = blocks.copy()
    raw = damaged.view("u1").reshape(50, 512)
    raw[[0, 13, 14, 49], 100:130] ^= 0x5A
    raw[30, :2] = 0
    file = _read(_write(tmp_path / "damaged.cwa", damaged))
    (sensor,) = file.sensors
    left = np.setdiff1d(np.arange(50), [0, 13, 14, 30, 49])
    np.testing.assert_allclose(sensor.clock.seconds, whole.clock.seconds[left], atol=2e-4)
    np.testing.assert_array_equal(sensor.acc, whole.acc.reshape(50, 40, 3)[left].reshape(-1, 3))
    assert "5 of 50 blocks are damaged" in file.remarks[0]


def test_a_file_cut_anywhere_is_read_up_to_there(tmp_path, counts):
    path = _write(tmp_path / "a.cwa", _blocks(counts, 0x62, rate_hz=99.0, offset=25))
    content = path.read_bytes()
    for n_bytes in (len(content) - 1, len(content) - 512, 1024 + 513, 1024 + 512 * 7 + 300):
        path.write_bytes(content[:n_bytes])
        assert _read(path).sensors[0].n_rows == (n_bytes - 1024) // 512 * 40
    path.write_bytes(content[:1024])
    with pytest.raises(RecordingError, match="a header alone"):
        _read(path)


def test_blocks_of_another_session_are_told(tmp_path, counts):
    blocks = _blocks(counts, 0x62, rate_hz=99.0, offset=25)
    blocks["session"][40:] = 8
    _seal(blocks)
    file = _read(_write(tmp_path / "a.cwa", blocks))
    assert file.sensors[0].n_rows == 40 * 40
    assert "10 blocks were recorded with other settings" in file.remarks[0]
