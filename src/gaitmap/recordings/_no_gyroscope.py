"""Loggers that measure acceleration alone: recognised, and refused with the reason."""

import zipfile
from pathlib import Path

from gaitmap.recordings._device import DeviceFile, Told
from gaitmap.recordings._errors import RecordingError


class GeneActiv:
    """GENEActiv ``.bin``: acceleration, light and temperature of the wrist."""

    name = "GENEActiv"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by its first lines."""
        del path
        return head.startswith(b"Device Identity") and b"GENEActiv" in head[:1024]

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Say why it cannot be analysed."""
        del told
        raise without_angular_rate(
            path, self.name, "This device has no gyroscope; foot paths need a sensor that has one"
        )


class ActigraphGt3x:
    """ActiGraph ``.gt3x``: a ZIP archive with the raw acceleration of the hip or wrist."""

    name = "ActiGraph GT3X"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the files in the archive."""
        if not head.startswith(b"PK"):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                names = set(archive.namelist())
        except (zipfile.BadZipFile, OSError):
            return b"info.txt" in head and b"log.bin" in head
        return "info.txt" in names and bool(names & {"log.bin", "activity.bin"})

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Say why it cannot be analysed."""
        del told
        raise without_angular_rate(
            path,
            self.name,
            "Raw acceleration alone is read from this format; foot paths need the angular rate as well. If the device "
            "has a gyroscope and it was switched on, export the IMU data as CSV and give that file",
        )


class Excel:
    """Excel workbooks: recognised, and what to do is said."""

    name = "Excel workbook"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the files in the archive, or the signature of the older format."""
        if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
            return True
        if not head.startswith(b"PK"):
            return False
        try:
            with zipfile.ZipFile(path) as archive:
                return any(name.startswith("xl/") for name in archive.namelist())
        except (zipfile.BadZipFile, OSError):
            return b"xl/" in head

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Say what to do."""
        del told
        raise RecordingError(
            f"Reading '{path}': this is an Excel workbook. Found no plain table. Expected CSV, Parquet or a file of a "
            "device. Give the file that the device wrote; if there is none, save the sheet as CSV with all digits."
        )


def without_angular_rate(path: str | Path, what: str, advice: str) -> RecordingError:
    """Build the refusal of a recording that holds acceleration alone."""
    return RecordingError(
        f"Reading '{path}': this {what} recording holds no angular rate. Found acceleration alone. Expected "
        f"acceleration and angular rate of a sensor on each foot. {advice}."
    )
