"""BIDS-Motion: ``*_motion.tsv`` without header, with its channels and sampling rate beside it."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.recordings._channel_names import Quantity
from gaitmap.recordings._device import Counter, DeviceFile, SampleTimes, SensorSignal, Told
from gaitmap.recordings._errors import recording_error

_KINDS: dict[str, Quantity] = {"ACCEL": "acc", "GYRO": "gyr", "MAGN": "mag"}


class BidsMotion:
    """Motion data of the Brain Imaging Data Structure."""

    name = "BIDS-Motion"
    extra = None

    def recognises(self, head: bytes, path: Path) -> bool:
        """Tell by the two files that belong to it."""
        del head
        return path.name.endswith("_motion.tsv") and _beside(path, "channels.tsv").exists()

    def read(self, path: Path, told: Told) -> DeviceFile:
        """Read the file with those beside it."""
        channels = pd.read_csv(_beside(path, "channels.tsv"), sep="\t", dtype=str, keep_default_na=False)
        sidecar = _beside(path, "motion.json")
        said: dict[str, Any] = json.loads(sidecar.read_text(encoding="utf-8")) if sidecar.exists() else {}
        try:
            values = pd.read_csv(path, sep="\t", header=None, na_values=["n/a"]).to_numpy(dtype=float)
        except (ValueError, pd.errors.ParserError) as error:
            raise recording_error(
                path, "the table is damaged", str(error), "numbers, a column per channel", "Export it again"
            ) from error
        if values.shape[1] != len(channels) or not {"component", "type", "tracked_point"} <= set(channels):
            raise recording_error(
                path,
                "signals and channels do not fit",
                f"{values.shape[1]} columns and {len(channels)} channels",
                "as many columns as rows in *_channels.tsv",
                "Export both again",
            )
        rate = said.get("SamplingFrequencyEffective") or said.get("SamplingFrequency") or told.sampling_rate_hz
        latency = channels.index[channels["type"].str.upper() == "LATENCY"]
        clock: Counter | SampleTimes = Counter(float(rate) if rate else None, shared=str(path))
        if len(latency):
            clock = SampleTimes(values[:, latency[0]], shared=str(path))
        sensors = []
        for point, own in channels.groupby("tracked_point", sort=False):
            parts: dict[str, Any] = {}
            for kind, quantity in _KINDS.items():
                axes = own[own["type"].str.upper() == kind]
                at = [axes.index[axes["component"].str.lower() == axis] for axis in "xyz"]
                if all(len(k) == 1 for k in at):
                    parts[quantity] = np.column_stack([values[:, k[0]] for k in at])
                    if quantity != "mag" and "units" in axes:
                        parts[f"{quantity}_unit"] = str(axes["units"].iloc[0])
            if "acc" in parts or "gyr" in parts:
                sensors.append(SensorSignal(label=str(point), clock=clock, site=str(point), **parts))
        if not sensors:
            raise recording_error(
                path,
                "no channel is the one of an inertial sensor",
                ", ".join(sorted(set(channels["type"])))[:200],
                "channels of the types ACCEL and GYRO",
                "Give the file of the inertial tracking system (tracksys-...)",
            )
        return DeviceFile(
            path,
            self.name,
            tuple(sensors),
            device=" ".join(filter(None, (said.get("Manufacturer"), said.get("ManufacturersModelName")))),
            rate_configured_hz=float(said["SamplingFrequency"]) if said.get("SamplingFrequency") else None,
        )


def _beside(path: Path, name: str) -> Path:
    return path.with_name(f"{path.name.removesuffix('motion.tsv')}{name}")
