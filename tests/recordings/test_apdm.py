"""APDM Opal files, written here in both layouts."""

import os
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gaitmap.recordings import RecordingError
from gaitmap.recordings._apdm import ApdmH5
from gaitmap.recordings._device import Told

h5py = pytest.importorskip("h5py")
BEGIN_US = 1_700_000_000_000_000


def _signals(seed):
    random = np.random.default_rng(seed)
    return {name: random.normal(size=(64, 3)) for name in ("acc", "gyr", "mag")}


def _write_older(path, sensors):
    with h5py.File(path, "w") as file:
        file.attrs["FileFormatVersion"] = 3
        file.attrs["CaseIdList"] = [f"SI-{k:06d}".encode() for k in range(len(sensors))]
        file.attrs["MonitorLabelList"] = [label.ljust(16).encode() for label in sensors]
        for k, (_, signals) in enumerate(sensors.items()):
            group = file.create_group(f"SI-{k:06d}")
            group.attrs["SampleRate"] = 128
            group["Calibrated/Accelerometers"] = signals["acc"]
            group["Calibrated/Gyroscopes"] = signals["gyr"]
            group["Calibrated/Magnetometers"] = signals["mag"]
            group["Time"] = BEGIN_US + np.arange(64) * 7812


def _write_newer(path, sensors, zone=-5):
    with h5py.File(path, "w") as file:
        file.attrs["FileFormatVersion"] = 5
        for k, (label, signals) in enumerate(sensors.items()):
            group = file.create_group(f"Sensors/{1200 + k}")
            group["Accelerometer"], group["Gyroscope"] = signals["acc"], signals["gyr"]
            group["Accelerometer"].attrs["Units"] = b"m/s\xc2\xb2"
            group["Gyroscope"].attrs["Units"] = b"rad/s"
            group["Magnetometer"], group["Temperature"] = signals["mag"], np.zeros(64)
            group["Time"] = BEGIN_US + np.arange(64) * 7812
            configuration = group.create_group("Configuration")
            configuration.attrs["Label 0"] = label.encode()
            configuration.attrs["Timezone Offset"] = zone


@pytest.mark.parametrize("write", [_write_older, _write_newer])
def test_both_layouts_give_the_same(tmp_path, write):
    sensors = {label: _signals(k) for k, label in enumerate(["Right Foot", "Left Foot", "Lumbar"])}
    write(path := tmp_path / "walk.h5", sensors)
    assert ApdmH5().recognises(path.read_bytes()[:65536], path)
    file = ApdmH5().read(path, Told())
    assert [sensor.label for sensor in file.sensors] == list(sensors)
    for sensor in file.sensors:
        signals = sensors[sensor.label]
        np.testing.assert_array_equal(sensor.acc, signals["acc"])
        np.testing.assert_array_equal(sensor.gyr, signals["gyr"])
        assert (sensor.acc_unit, sensor.gyr_unit, sensor.site) == ("m/s^2", "rad/s", sensor.label)
        np.testing.assert_allclose(np.diff(sensor.clock.seconds), 0.007812, atol=1e-6)
        assert sensor.clock.shared == "utc"
    assert file.start_time == pd.Timestamp(BEGIN_US, unit="us", tz="UTC")


def test_the_zone_of_the_recording_is_kept(tmp_path):
    _write_newer(path := tmp_path / "walk.h5", {"Left Foot": _signals(0)}, zone=-5)
    assert str(ApdmH5().read(path, Told()).start_time) == "2023-11-14 17:13:20-05:00"


def test_a_file_without_calibrated_samples_is_refused(tmp_path):
    with h5py.File(path := tmp_path / "walk.h5", "w") as file:
        file.attrs["FileFormatVersion"] = 5
        file.create_group("Sensors")
    with pytest.raises(RecordingError, match="no sensor has calibrated samples"):
        ApdmH5().read(path, Told())


def test_other_hdf5_files_are_not_taken(tmp_path):
    with h5py.File(path := tmp_path / "other.h5", "w") as file:
        file["signal"] = np.zeros(10)
    assert not ApdmH5().recognises(path.read_bytes(), path)


def test_a_file_that_was_cut_is_refused(tmp_path):
    _write_newer(path := tmp_path / "walk.h5", {"Left Foot": _signals(0)})
    content = path.read_bytes()
    path.write_bytes(content[: len(content) // 2])
    assert ApdmH5().recognises(content[: len(content) // 2], path)
    with pytest.raises(RecordingError, match="the file is damaged"):
        ApdmH5().read(path, Told())


def test_a_missing_package_names_the_extra(tmp_path, monkeypatch):
    _write_newer(path := tmp_path / "walk.h5", {"Left Foot": _signals(0)})
    monkeypatch.setitem(sys.modules, "h5py", None)
    assert ApdmH5().recognises(path.read_bytes(), path)
    with pytest.raises(ImportError, match=r"gaitmap\[h5\]"):
        ApdmH5().read(path, Told())


@pytest.mark.parametrize("version", [3, 5])
def test_sample_files(version):
    folder = os.environ.get("GAITMAP_DEVICE_FILES")
    if not folder:
        pytest.skip("GAITMAP_DEVICE_FILES names no folder with files of devices")
    file = ApdmH5().read(Path(folder) / "apdm_synthetic" / f"apdm_v{version}.h5", Told())
    assert [sensor.label for sensor in file.sensors] == ["Left Foot", "Right Foot", "Lumbar"]
    largest = max(np.rad2deg(np.abs(sensor.gyr)).max() for sensor in file.sensors)
    assert largest == pytest.approx(344, abs=1)
