"""C3D files, written here with analog channels of inertial sensors."""

import numpy as np
import pytest

from gaitmap.recordings import RecordingError
from gaitmap.recordings._c3d import C3d
from gaitmap.recordings._device import Told

ezc3d = pytest.importorskip("ezc3d")
NAMES = [f"{foot} {kind} {axis}" for foot in ("LF", "RF") for kind in ("acc", "gyr") for axis in "XYZ"]


def _write(path, values, names, units):
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [100]
    file["parameters"]["ANALOG"]["RATE"]["value"] = [200]
    file["parameters"]["ANALOG"]["LABELS"]["value"] = names
    file["parameters"]["ANALOG"]["UNITS"]["value"] = units
    file["data"]["points"] = np.zeros((4, 0, values.shape[1] // 2))
    file["data"]["analogs"] = values[None]
    file.write(str(path))
    return path


def test_sensors_are_read(tmp_path):
    values = np.random.default_rng(2).normal(size=(12, 60)).astype("f4").astype(float)
    path = _write(tmp_path / "walk.c3d", values, NAMES, (["g"] * 3 + ["rad/s"] * 3) * 2)
    assert C3d().recognises(path.read_bytes()[:65536], path)
    file = C3d().read(path, Told())
    assert [sensor.label for sensor in file.sensors] == ["lf", "rf"]
    np.testing.assert_allclose(file.sensors[1].gyr, values[9:12].T)
    assert file.sensors[0].clock.rate_hz == 200
    assert (file.sensors[0].acc_unit, file.sensors[0].gyr_unit) == ("g", "rad/s")


def test_sensors_that_were_off_are_told(tmp_path):
    values = np.ones((12, 60))
    values[6:] = 0
    file = C3d().read(_write(tmp_path / "walk.c3d", values, NAMES, ["g"] * 12), Told())
    assert [sensor.label for sensor in file.sensors] == ["lf"]
    assert "left out: rf" in file.remarks[0]


def test_a_file_without_sensors_is_refused(tmp_path):
    path = _write(tmp_path / "walk.c3d", np.ones((2, 60)), ["EMG 1", "Force.Fz"], ["V", "N"])
    with pytest.raises(RecordingError, match=r"2 analog channels \(EMG 1, Force.Fz\)"):
        C3d().read(path, Told())


def test_a_file_that_was_cut_or_is_another_one(tmp_path):
    path = _write(tmp_path / "walk.c3d", np.ones((12, 60)), NAMES, ["g"] * 12)
    assert not C3d().recognises(b"time,acc_x\n" * 100, path)
    assert not C3d().recognises(b"", path)
