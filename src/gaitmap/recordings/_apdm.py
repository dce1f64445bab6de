"""APDM Opal files (HDF5), in the layouts of the versions 1 to 3 and of version 5."""

from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.recordings._device import DeviceFile, SampleTimes, SensorSignal, Told
from gaitmap.recordings._errors import recording_error
from gaitmap.utils._imports import require

_MAGIC = b"\x89HDF\r\n\x1a\n"
#: Names of the signals in the older and in the newer layout.
_ACC = ("Calibrated/Accelerometers", "Accelerometer")
_GYR = ("Calibrated/Gyroscopes", "Gyroscope")
_MAG = ("Calibrated/Magnetometers", "Magnetometer")


class ApdmH5:
    """HDF5 files of APDM Opal sensors: m/s^2, rad/s, and for each sample its time in us since 1970."""

    name = "APDM Opal HDF5"
    extra = "h5"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the names that both layouts have at the top; without h5py, by their bytes in the head."""
        if not head.startswith(_MAGIC):
            return False
        try:
            import h5py
        except ImportError:
            return b"FileFormatVersion" in head or b"MonitorLabelList" in head
        try:
            with h5py.File(path, "r") as file:
                return "FileFormatVersion" in file.attrs
        except OSError:
            return b"FileFormatVersion" in head

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        h5py = require("h5py", "Reading files of APDM Opals", "h5")
        try:
            file = h5py.File(path, "r")
        except OSError as error:
            raise recording_error(
                path, "the file is damaged", str(error), "a whole HDF5 file", "Copy or export the file again"
            ) from error
        with file:
            version = int(np.ravel(file.attrs.get("FileFormatVersion", 0))[0])
            groups = _newer_groups(file["Sensors"]) if "Sensors" in file else _older_groups(file)
            sensors = tuple(_read_sensor(group, label) for label, group, _ in groups)
            zones = {zone for _, _, zone in groups if zone is not None}
            unused = {
                name for _, group, _ in groups for name in ("Barometer", "Temperature", "Orientation") if name in group
            }
        begins = [float(np.nanmin(sensor.clock.seconds)) for sensor in sensors if sensor.n_rows]  # type: ignore[union-attr]
        if not begins:
            raise recording_error(
                path,
                "no sensor has calibrated samples",
                f"{len(sensors)} sensors in an APDM file of version {version}",
                "acceleration, angular rate and time of a sensor on each foot",
                "Export the recording again with its calibrated signals",
            )
        start = pd.Timestamp(min(begins), unit="s", tz="UTC").round("us")
        if len(zones) == 1:
            start = start.tz_convert(timezone(timedelta(hours=zones.pop())))
        return DeviceFile(
            path,
            self.name,
            sensors,
            device=f"APDM Opal, file version {version}",
            start_time=start,
            unused=tuple(sorted(unused)),
        )


def _older_groups(file: Any) -> list[tuple[str, Any, float | None]]:
    """Name, group and zone of each sensor: the labels stand at the top, in the order of the cases."""
    cases = [_text(case) for case in np.ravel(file.attrs.get("CaseIdList", []))]
    labels = [_text(label) for label in np.ravel(file.attrs.get("MonitorLabelList", []))]
    if len(cases) != len(labels):
        cases = labels = [name for name in file if isinstance(name, str) and "Time" in file[name]]
    return [(label or case, file[case], None) for case, label in zip(cases, labels, strict=True) if case in file]


def _newer_groups(sensors: Any) -> list[tuple[str, Any, float | None]]:
    found = []
    for serial in sensors:
        attributes = sensors[serial]["Configuration"].attrs if "Configuration" in sensors[serial] else {}
        label = _text(attributes.get("Label 0", "")) or _text(serial)
        zone = attributes.get("Timezone Offset")
        found.append((label, sensors[serial], None if zone is None else float(np.ravel(zone)[0])))
    return found


def _read_sensor(group: Any, label: str) -> SensorSignal:
    acc, acc_unit = _signal(group, _ACC)
    gyr, gyr_unit = _signal(group, _GYR)
    mag, _ = _signal(group, _MAG)
    return SensorSignal(
        label,
        # The clock of the access point: all sensors of a session are synchronised to it.
        SampleTimes(np.asarray(group["Time"], dtype=np.int64) / 1e6, shared="utc"),
        acc,
        gyr,
        mag,
        acc_unit=acc_unit or "m/s^2",
        gyr_unit=gyr_unit or "rad/s",
        site=label,
    )


def _signal(group: Any, names: tuple[str, ...]) -> tuple[np.ndarray | None, str | None]:
    for name in names:
        if name in group:
            unit = group[name].attrs.get("Units")
            return np.asarray(group[name], dtype=float), None if unit is None else _text(unit).replace("²", "^2")
    return None, None


def _text(value: Any) -> str:
    """Text of an attribute: bytes or text, in an array or not, padded or not."""
    value = np.ravel(np.asarray(value))[0] if np.size(value) else ""
    return (value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)).strip(" \x00")
