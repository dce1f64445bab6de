"""NilsPod sessions (``.bin``), read by the maker's own package."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from gaitmap.recordings._device import Counter, DeviceFile, SensorSignal, Told
from gaitmap.recordings._errors import recording_error
from gaitmap.utils._imports import require

#: Length of the header in bytes, from the oldest firmware to what may come.
_HEADER_BYTES = (48, 80)
_SAMPLE_BYTES = range(8, 65)
#: Where start and end stand in the header, by firmware (s since 1970, 32 bits each).
_TIMES_AT = (14, 15)
#: No sensor of this kind is older, and no session is longer.
_EARLIEST = pd.Timestamp("2015-01-01").timestamp()
_LONGEST_S = 31 * 86400


class NilsPod:
    """Binary files of NilsPod sensors, all firmware versions that nilspodlib reads.

    The counter is kept: it tells what was lost, and it is shared by the sensors of a synchronised session.
    """

    name = "NilsPod"
    extra = "nilspod"

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the header, which has no signature: its length, the bytes per sample, and two clock times."""
        del path
        if (
            len(head) < _HEADER_BYTES[1]
            or not _HEADER_BYTES[0] <= head[0] <= _HEADER_BYTES[1]
            or head[1] not in _SAMPLE_BYTES
        ):
            return False
        return any(_is_session(head, offset) for offset in _TIMES_AT)

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file."""
        del told
        nilspodlib = require("nilspodlib", "Reading NilsPod files", "nilspod")
        with warnings.catch_warnings():
            # Firmware that had to be converted, and sessions without calibration file: both are told below.
            warnings.simplefilter("ignore")
            try:
                dataset = nilspodlib.Dataset.from_bin_file(path, legacy_support="resolve")
            except Exception as error:  # the package has no common class of its errors
                raise recording_error(
                    path,
                    "the file cannot be read as a NilsPod session",
                    f"{type(error).__name__}: {error}",
                    "a whole session of firmware 0.11 or newer",
                    "Download the session from the sensor again",
                ) from error
        info = dataset.info
        rate = float(info.sampling_rate_hz)
        acc, gyr, mag = (getattr(dataset, name, None) for name in ("acc", "gyro", "mag"))
        group = str(getattr(info, "sync_group", "")) if info.is_synchronised else ""
        position = str(info.sensor_position)
        signal = SensorSignal(
            label=str(info.sensor_id),
            clock=Counter(
                rate,
                np.asarray(dataset.counter, dtype=float),
                bits=32,
                shared=f"NilsPod session {group}" if group else None,
            ),
            acc=None if acc is None else np.asarray(acc.data, dtype=float),
            gyr=None if gyr is None else np.asarray(gyr.data, dtype=float),
            mag=None if mag is None else np.asarray(mag.data, dtype=float),
            acc_unit=None if acc is None else str(acc.unit),
            gyr_unit=None if gyr is None else str(gyr.unit),
            site=None if position == "undefined" else position,
        )
        return DeviceFile(
            path,
            self.name,
            (signal,),
            device=f"NilsPod {info.sensor_id}, firmware {info.version_firmware}",
            start_time=pd.Timestamp(info.utc_datetime_start),
            rate_configured_hz=rate,
            unused=tuple(
                n for n in ("baro", "temperature", "analog", "ecg", "ppg") if getattr(dataset, n, None) is not None
            ),
        )


def _is_session(head: bytes, offset: int) -> bool:
    start, end = (int.from_bytes(head[at : at + 4], "little") for at in (offset, offset + 4))
    return start > _EARLIEST and start <= end <= start + _LONGEST_S
