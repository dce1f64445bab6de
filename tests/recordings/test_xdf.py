"""XDF files, written here chunk by chunk as the format is published."""

import contextlib
import struct

import numpy as np
import pytest

from gaitmap.recordings import RecordingError
from gaitmap.recordings._device import Told
from gaitmap.recordings._xdf import Xdf

pytest.importorskip("pyxdf")
RATE = 100.0


def _chunk(tag, content):
    return b"\x04" + struct.pack("<I", len(content) + 2) + struct.pack("<H", tag) + content


def _stream(number, name, labels, units, values, times, kind="IMU"):
    channels = "".join(
        f"<channel><label>{label}</label><unit>{unit}</unit></channel>"
        for label, unit in zip(labels, units, strict=True)
    )
    desc = f"<desc><channels>{channels}</channels></desc>" if labels else "<desc/>"
    header = (
        f"<info><name>{name}</name><type>{kind}</type><channel_count>{values.shape[1]}</channel_count>"
        f"<nominal_srate>{RATE}</nominal_srate><channel_format>float32</channel_format>{desc}</info>"
    )
    identity = struct.pack("<I", number)
    samples = b"".join(
        b"\x08" + struct.pack("<d", time) + row.astype("<f4").tobytes() for time, row in zip(times, values, strict=True)
    )
    return (
        _chunk(2, identity + header.encode())
        + _chunk(3, identity + b"\x04" + struct.pack("<I", len(times)) + samples)
        + _chunk(6, identity + b"<info></info>")
    )


def _write(path, *streams):
    path.write_bytes(
        b"XDF:"
        + _chunk(1, b"<info><version>1.0</version><datetime>2025-01-31T10:21:17+0000</datetime></info>")
        + b"".join(streams)
    )
    return path


def _names(quantities=("ACC", "GYRO")):
    return [f"{quantity}_{axis}" for quantity in quantities for axis in "XYZ"]


def test_described_streams_are_sensors(tmp_path):
    values = np.random.default_rng(5).normal(size=(300, 6)).astype("f4")
    # A dropout of 2 s, shorter than what the reader of the format would straighten over.
    times = 1000 + np.r_[np.arange(150), 350 + np.arange(150)] / RATE
    units = ["g"] * 3 + ["rad/s"] * 3
    path = _write(
        tmp_path / "walk.xdf",
        _stream(1, "Left Foot", _names(), units, values, times),
        _stream(2, "Right Foot", _names(), units, values[::-1], times),
        _stream(3, "EEG", ["Cz", "Pz"], ["uV", "uV"], values[:, :2], times, "EEG"),
    )
    assert Xdf().recognises(path.read_bytes()[:65536], path)
    file = Xdf().read(path, Told())
    left, right = file.sensors
    assert (left.label, right.label) == ("Left Foot", "Right Foot")
    assert (left.acc_unit, left.gyr_unit) == ("g", "rad/s")
    np.testing.assert_array_equal(left.gyr, values[:, 3:])
    np.testing.assert_array_equal(right.acc, values[::-1, :3])
    np.testing.assert_allclose(left.clock.seconds, times)
    assert left.clock.rate_hz == RATE
    assert left.clock.shared == right.clock.shared is not None
    assert file.unused == ("'EEG' (EEG, 2 channels)",)
    assert str(file.wall_clock) == "2025-01-31 10:21:17"


def test_channels_without_a_name_are_not_guessed(tmp_path):
    values = np.ones((50, 6), "f4")
    path = _write(tmp_path / "walk.xdf", _stream(1, "DOT", [], [], values, np.arange(50) / RATE))
    with pytest.raises(RecordingError, match="'DOT'"):
        Xdf().read(path, Told())


def test_a_file_that_was_cut_gives_what_is_whole_or_is_refused(tmp_path):
    values, times = np.ones((50, 6), "f4"), np.arange(50) / RATE
    path = _write(tmp_path / "walk.xdf", _stream(1, "Left Foot", _names(), ["g"] * 6, values, times))
    content = path.read_bytes()
    for n_bytes in (4, 60, len(content) // 2, len(content) - 5):
        path.write_bytes(content[:n_bytes])
        with contextlib.suppress(RecordingError):
            assert Xdf().read(path, Told()).sensors[0].n_rows <= 50
