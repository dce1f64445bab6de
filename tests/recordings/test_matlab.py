"""MATLAB files of both kinds; variables are named by the user."""

import numpy as np
import pytest
from scipy.io import savemat

from gaitmap.recordings import RecordingError
from gaitmap.recordings._device import Counter, SampleTimes, Told
from gaitmap.recordings._matlab import Matlab

N = 40
ARRAYS = {"t": np.arange(N) * 10.0, "acc": np.random.default_rng(1).normal(size=(N, 3)), "gyr": np.full((N, 3), 2.0)}
COLUMNS = {
    "left": {"acc": "data.left.acc", "gyr": "data.left.gyr"},
    "right": {"acc_x": "-data.x", "acc_y": "data.y", "acc_z": "data.z", "gyr": "data.left.gyr"},
    "acc_unit": "g",
    "gyr_unit": "rad/s",
    "time": "data.t",
    "time_unit": "ms",
}


def _content():
    axes = dict(zip("xyz", ARRAYS["acc"].T, strict=True))
    return {"t": ARRAYS["t"], "left": {"acc": ARRAYS["acc"], "gyr": ARRAYS["gyr"]}} | axes


def _write_v5(path):
    savemat(path, {"data": _content()})


def _write_v73(path):
    h5py = pytest.importorskip("h5py")
    with h5py.File(path, "w", userblock_size=512) as file:
        group = file.create_group("data")
        for name, value in _content().items():
            if isinstance(value, dict):
                for field, array in value.items():
                    group[f"{name}/{field}"] = array.T  # dimensions stand in MATLAB's order
            else:
                group[name] = value[None, :]
    with path.open("r+b") as raw:
        raw.write(b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(124) + b"\x00\x02IM")


@pytest.mark.parametrize("write", [_write_v5, _write_v73])
class TestBothKinds:
    def test_named_variables_are_read(self, tmp_path, write):
        write(path := tmp_path / "walk.mat")
        assert Matlab().recognises(path.read_bytes()[:65536], path)
        left, right = Matlab().read(path, Told(columns=COLUMNS)).sensors
        np.testing.assert_array_equal(left.acc, ARRAYS["acc"])
        np.testing.assert_array_equal(right.acc, ARRAYS["acc"] * [-1, 1, 1])
        np.testing.assert_array_equal(left.gyr, ARRAYS["gyr"])
        assert (left.foot, right.foot, left.acc_unit, left.gyr_unit) == ("left", "right", "g", "rad/s")
        assert isinstance(left.clock, SampleTimes)
        np.testing.assert_allclose(left.clock.seconds, ARRAYS["t"] / 1000)

    def test_without_times_the_rate_is_the_one_told(self, tmp_path, write):
        write(path := tmp_path / "walk.mat")
        columns = {key: value for key, value in COLUMNS.items() if not key.startswith("time")}
        (left, _) = Matlab().read(path, Told(100.0, columns)).sensors
        assert isinstance(left.clock, Counter)
        assert left.clock.rate_hz == 100.0

    def test_without_names_the_refusal_lists_what_is_there(self, tmp_path, write):
        write(path := tmp_path / "walk.mat")
        with pytest.raises(RecordingError, match=r"data\.left\.acc \(40 x 3\).*--columns"):
            Matlab().read(path, Told())

    def test_a_wrong_name_and_a_wrong_shape_are_told(self, tmp_path, write):
        write(path := tmp_path / "walk.mat")
        with pytest.raises(RecordingError, match=r"no variable 'data\.right\.acc'"):
            Matlab().read(path, Told(100.0, {"left": {"acc": "data.right.acc"}}))
        with pytest.raises(RecordingError, match="no three axes"):
            Matlab().read(path, Told(100.0, {"left": {"acc": "data.t"}}))

    def test_a_file_that_was_cut_is_refused(self, tmp_path, write):
        write(path := tmp_path / "walk.mat")
        path.write_bytes(path.read_bytes()[:700])
        with pytest.raises(RecordingError):
            Matlab().read(path, Told(columns=COLUMNS))
