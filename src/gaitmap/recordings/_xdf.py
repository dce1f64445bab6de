"""XDF files of the Lab Streaming Layer."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.recordings._channel_names import Quantity, group_channels
from gaitmap.recordings._device import ArrivalTimes, DeviceFile, SensorSignal, Told
from gaitmap.recordings._errors import recording_error
from gaitmap.utils._imports import require

_KINDS: dict[str, Quantity] = {"acc": "acc", "accel": "acc", "gyro": "gyr", "gyr": "gyr", "mag": "mag", "magn": "mag"}


class Xdf:
    """Streams of sensors, stamped when they arrived at the recorder.

    Stamps are taken as they are: the straightening of the reader draws one line through dropouts of less than 500
    samples and so moves every sample of the stream.
    """

    name = "XDF"
    extra = "xdf"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the signature."""
        del path
        return head.startswith(b"XDF:")

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        pyxdf = require("pyxdf", "Reading XDF files", "xdf")
        try:
            streams, header = pyxdf.load_xdf(str(path), dejitter_timestamps=False, verbose=False)
        except Exception as error:  # the package lets errors of any kind through
            raise recording_error(
                path, "the file is damaged", f"{type(error).__name__}: {error}", "a whole XDF file", "Copy it again"
            ) from error
        found = [_sensors(stream) for stream in streams]
        sensors = tuple(sensor for some in found for sensor in some)
        if not sensors:
            raise recording_error(
                path,
                "no stream is one of an inertial sensor",
                "; ".join(map(_describe, streams)) or "no stream",
                "streams whose description names their channels (three of acceleration, three of angular rate)",
                "Record with an application that describes its channels; channels without a name could be anything, "
                "orientation angles or acceleration without gravity included",
            )
        return DeviceFile(
            path,
            self.name,
            sensors,
            device="Lab Streaming Layer",
            # The recorder writes when it began; streams count from the start of its machine.
            wall_clock=_begin(header),
            unused=tuple(_describe(stream) for stream, some in zip(streams, found, strict=True) if not some),
        )


def _first(node: Any, name: str) -> str:
    """Text of a field of a description, where every field is a list."""
    values = node.get(name) if hasattr(node, "get") else None
    return str(values[0]) if isinstance(values, list) and values and values[0] is not None else ""


def _children(node: Any, *names: str) -> list[Any]:
    for name in names[:-1]:
        values = node.get(name) if hasattr(node, "get") else None
        node = values[0] if isinstance(values, list) and values else None
    values = node.get(names[-1]) if hasattr(node, "get") else None
    return values if isinstance(values, list) else []


def _describe(stream: Any) -> str:
    info = stream["info"]
    return f"'{_first(info, 'name')}' ({_first(info, 'type')}, {_first(info, 'channel_count')} channels)"


def _sensors(stream: Any) -> list[SensorSignal]:
    """Take the inertial sensors of a stream; none if its channels are not described as such."""
    info = stream["info"]
    channels = _children(info, "desc", "channels", "channel")
    values: np.ndarray = np.asarray(stream["time_series"]) if len(stream["time_series"]) else np.empty(0)
    if values.ndim != 2 or values.dtype.kind not in "fiu" or len(channels) != values.shape[-1]:
        return []
    grouped = group_channels(
        [_first(channel, "label") for channel in channels],
        units=[_first(channel, "unit") for channel in channels],
        quantities=[_KINDS.get(_first(channel, "type").lower()) for channel in channels],
    )
    nominal = float(_first(info, "nominal_srate") or 0)
    clock = ArrivalTimes(np.asarray(stream["time_stamps"], dtype=float), nominal or None, shared="LSL clock")
    name = _first(info, "name")
    sensors = []
    for label, sensor in grouped.items():
        acc, gyr, mag = (_three(values, sensor.columns(quantity)) for quantity in ("acc", "gyr", "mag"))
        if acc is not None or gyr is not None:
            full = " ".join(part for part in (name, label) if part)
            units = sensor.units.get("acc"), sensor.units.get("gyr")
            sensors.append(SensorSignal(full, clock, acc, gyr, mag, acc_unit=units[0], gyr_unit=units[1], site=full))
    return sensors


def _three(values: np.ndarray, columns: Sequence[int] | None) -> np.ndarray | None:
    return None if columns is None else values[:, list(columns)].astype(float)


def _begin(header: Any) -> pd.Timestamp | None:
    try:
        begin = pd.Timestamp(_first(header.get("info", {}), "datetime"))
    except ValueError:
        return None
    # The zone in the header is the one of the recorder's clock, which need not be the right one: a wall clock.
    return None if pd.isna(begin) else begin.tz_localize(None)
