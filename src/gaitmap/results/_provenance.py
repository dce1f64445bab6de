"""Where results come from: versions, parameters, input, time spent."""

import datetime
import json
import os
import platform
from collections.abc import Mapping, Sequence
from importlib import metadata
from typing import Any

import gaitmap
from gaitmap.recordings._read_recording import Recording
from gaitmap.recordings._recording_file import RecordingFile
from gaitmap.results._identity import RunIdentity
from gaitmap.results._plain import to_plain
from gaitmap.results._summary import SCHEMA_VERSION

_DEPENDENCIES = (
    "numpy", "scipy", "pandas", "numba", "tpcp", "joblib", "scikit-learn", "pyarrow", "plotly", "gaitmap-mad",
)  # fmt: skip


def build_provenance(
    recording: Recording | RecordingFile | None = None,
    *,
    parameters: str | Mapping[str, Any] | None = None,
    alignment: str = "",
    template: str = "",
    warnings: Sequence[str] = (),
    wall_time_s: Mapping[str, float] | None = None,
    extra: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """Record how results were made.

    Parameters
    ----------
    recording
        What was analysed; of its path only the file name is kept.
    parameters
        All parameters as JSON text (``to_json()`` of the pipeline) or the object in it. Kept as it is, so that it can
        be loaded again.
    alignment, template
        The alignment that was applied to the sensors and the template that strides were searched with, in words.
    warnings
        Warnings of the run.
    wall_time_s
        ``{step: seconds}``.
    extra
        Further entries.

    Returns
    -------
    dict
        ``schema, gaitmap_version, created`` (UTC), ``platform`` (no name of the machine or the user),
        ``dependencies`` (``{package: version}``), ``input`` (``file, name, sha256, sampling_rate_hz, n_samples,
        duration_s, sensors, units, start_time, time_zone, notes, options``), ``alignment, template, warnings,
        wall_time_s, parameters, run`` (:class:`RunIdentity`: what decides the results) and the entries of ``extra``.
    """
    content, options = ("", {}) if recording is None else (recording.sha256, recording.options)
    return {
        "schema": SCHEMA_VERSION,
        "gaitmap_version": gaitmap.__version__,
        "created": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
        "platform": {
            "python": platform.python_version(),
            "implementation": platform.python_implementation(),
            "system": platform.system(),
            "release": platform.release(),
            "machine": platform.machine(),
            "n_cpus": os.cpu_count(),
        },
        "dependencies": _find_versions(),
        "run": RunIdentity.of_run(content, options, parameters).as_dict(),
        "input": {} if recording is None else _describe_input(recording),
        "alignment": alignment,
        "template": template,
        "warnings": list(warnings),
        "wall_time_s": to_plain(wall_time_s or {}),
        **to_plain(extra or {}),
        "parameters": json.loads(parameters) if isinstance(parameters, str) else parameters,
    }


def _describe_input(recording: Recording | RecordingFile) -> dict[str, Any]:
    start_time = recording.start_time
    data = recording.data if isinstance(recording, Recording) else {}
    return to_plain(
        {
            "file": recording.source,
            "name": recording.name,
            "sha256": recording.sha256,
            "sampling_rate_hz": recording.sampling_rate_hz,
            "n_samples": {s: len(data[s]) if s in data else recording.n_samples for s in recording.sensors},
            "duration_s": recording.duration_s,
            "sensors": list(recording.sensors),
            "units": recording.units,
            "start_time": start_time,
            "time_zone": None if start_time is None else str(start_time.tz),
            "notes": recording.notes,
            "options": recording.options,
        }
    )


def _count_samples(recording: Recording | RecordingFile) -> dict[str, int]:
    if isinstance(recording, RecordingFile):
        return dict.fromkeys(recording.sensors, recording.n_samples)
    return {sensor: len(frame) for sensor, frame in recording.data.items()}


def _find_versions() -> dict[str, str]:
    versions = {}
    for package in _DEPENDENCIES:
        try:
            versions[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return versions
