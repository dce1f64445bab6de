"""C3D files of motion capture systems, with inertial sensors among their analog channels."""

from pathlib import Path
from typing import Any

import numpy as np

from gaitmap.recordings._channel_names import group_channels
from gaitmap.recordings._device import Counter, DeviceFile, SensorSignal, Told
from gaitmap.recordings._errors import recording_error
from gaitmap.utils._imports import require

#: More frames than this read back cut short, whatever the file says of their number.
_MOST_FRAMES = 65535


class C3d:
    """C3D files whose analog channels are named after sensors ("LF acc X")."""

    name = "C3D"
    extra = "c3d"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the mark in the second byte and at the start of the parameters."""
        del path
        at = (head[0] - 1) * 512 if head else 0
        return len(head) >= 512 and head[1] == 0x50 and at > 0 and (at + 4 > len(head) or 84 <= head[at + 3] <= 86)

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        ezc3d = require("ezc3d", "Reading C3D files", "c3d")
        try:
            content = ezc3d.c3d(str(path))
        except Exception as error:  # the package lets errors of any kind through
            raise recording_error(
                path, "the file is damaged", f"{type(error).__name__}: {error}", "a whole C3D file", "Export it again"
            ) from error
        parameters = content["parameters"]
        names = [_text(name) for name in _values(parameters, "ANALOG", "LABELS")]
        units = [_text(unit) for unit in _values(parameters, "ANALOG", "UNITS")]
        data = np.asarray(content["data"]["analogs"], dtype=float)[0]
        if any(_text(word).upper() == "UNSIGNED" for word in _values(parameters, "ANALOG", "FORMAT")):
            raise recording_error(
                path,
                "its analog samples are unsigned integers, which are not read right",
                "ANALOG:FORMAT = UNSIGNED",
                "signed integers or floating-point numbers",
                "Export the file with floating-point numbers",
            )
        if data.shape[1] and content["data"]["points"].shape[-1] >= _MOST_FRAMES:
            raise recording_error(
                path,
                "it may have more frames than can be read",
                f"{_MOST_FRAMES} frames, at which reading stops",
                "a shorter file",
                "Export the recording in parts, or as CSV",
            )
        rate = float(next(iter(_values(parameters, "ANALOG", "RATE")), 0.0))
        clock = Counter(rate or None, shared=str(path))
        sensors, off = [], []
        for label, sensor in group_channels(names, units=units if len(units) == len(names) else ()).items():
            columns = {quantity: sensor.columns(quantity) for quantity in ("acc", "gyr", "mag")}  # type: ignore[arg-type]
            acc, gyr, mag = (None if some is None else data[some].T for some in columns.values())
            if acc is None and gyr is None:
                continue
            if not any(np.any(values) for values in (acc, gyr) if values is not None):
                off.append(label or "without name")
                continue
            sensors.append(
                SensorSignal(
                    label or "sensor",
                    clock,
                    acc,
                    gyr,
                    mag,
                    acc_unit=sensor.units.get("acc"),
                    gyr_unit=sensor.units.get("gyr"),
                    site=label or None,
                )
            )
        if not sensors:
            zero = f"; sensors that were off (all zero): {', '.join(off)}" if off else ""
            raise recording_error(
                path,
                "no analog channels are those of an inertial sensor",
                f"{len(names)} analog channels ({', '.join(names[:12]) or 'none'}){zero}",
                "channels named after a sensor with acc x, y, z and gyr x, y, z",
                "Export the inertial sensors with the file, or give their own files",
            )
        remarks = (f"sensors that were off (all zero) are left out: {', '.join(off)}",) if off else ()
        return DeviceFile(path, self.name, tuple(sensors), rate_configured_hz=rate or None, remarks=remarks)


def _values(parameters: Any, group: str, name: str) -> list[Any]:
    """Values of a parameter; long lists go on in LABELS2, UNITS2 and so on."""
    values: list[Any] = []
    for key in (name, *(f"{name}{k}" for k in range(2, 10))):
        if group in parameters and key in parameters[group]:
            values += list(parameters[group][key]["value"])
    return values


def _text(value: Any) -> str:
    """Text of a parameter, which may hold bytes of Latin-1 (a raised two, a degree sign)."""
    return str(value).encode("utf-8", "surrogateescape").decode("latin-1").strip()
