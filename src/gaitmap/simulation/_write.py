"""Simulated recordings as files: the recording, and its truth beside it."""

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from gaitmap import __version__
from gaitmap._files import NotOursError, check_own, staged
from gaitmap.simulation._simulate import SimulatedWalk
from gaitmap.utils._imports import require
from gaitmap.utils.consts import GF_ORI, GF_POS, GF_VEL

#: Above this duration the paths are written on request only.
_TRAJECTORY_LIMIT_S = 3600.0
_BLOCK_SAMPLES = 2**18
_STRIDES_PER_PART = 2000
# A stride that turns by more is a turning stride, as in `TurnDetection`.
_TURNING_DEG = 20.0
_EVENTS = ["pre_ic", "ic", "min_vel", "tc"]


def write_simulation(
    walk: SimulatedWalk,
    folder: str | Path,
    *,
    name: str = "simulated_walk",
    trajectory: bool | None = None,
    description: Mapping[str, Any] | None = None,
    overwrite: bool = False,
    on_progress: Callable[[float], None] | None = None,
) -> Path:
    """Write a simulated recording and its truth, block by block.

    Parameters
    ----------
    walk
        The recording.
    folder
        Where to write; made if it does not exist.
    name
        Name of the recording.
    trajectory
        Whether the exact paths of all strides are written; None writes them for recordings of up to one hour.
    description
        Anything that tells how the recording was made, kept in ``truth/simulation.json``.
    overwrite
        Replace a simulation that is there.
    on_progress
        Called with the share that is done, from 0 to 1.

    Returns
    -------
    pathlib.Path
        The recording, ``<folder>/recording.parquet``: column ``time_s`` (by the clock of the sensors) and
        ``left_sensor_acc_x`` and so on, float32. ``<folder>/truth`` holds ``strides.parquet`` (columns of a results
        folder, and ``kind``), ``segmented_strides.parquet``, ``activities.parquet``, ``trajectory/`` (in the world
        frame) and ``simulation.json``. The recording takes its place last.

    Raises
    ------
    FileExistsError
        If there is a simulation, and ``overwrite`` is False; or if something that gaitmap did not write has one of the
        names, whatever ``overwrite`` is.
    ImportError
        If pyarrow is not installed.

    Notes
    -----
    The first sample is sample 0 of both sensors. Times in the tables of truth are by the clock of the sensor, so that
    ``ic_s * sampling_rate_hz`` is where the event is on the axis of samples, with fractions.
    """
    pyarrow = require("pyarrow", "Writing simulated recordings", extra="app")
    parquet = require("pyarrow.parquet", "Writing simulated recordings", extra="app")
    folder = Path(folder)
    recording, truth = folder / "recording.parquet", folder / "truth"
    if not overwrite and (recording.exists() or truth.exists()):
        raise FileExistsError(
            f"Simulation: there is a recording in '{folder}' already. Choose another folder, or ask to overwrite it."
        )
    try:
        check_own(folder, {recording.name, truth.name}, kind="simulation")
    except NotOursError as error:
        raise FileExistsError(f"Simulation: {error} Choose another folder; nothing was changed.") from None
    with staged(folder, {truth.name}, kind="simulation", last=recording.name) as staging:
        _write_recording(walk, staging / recording.name, pyarrow, parquet, on_progress)
        (staging / truth.name).mkdir()
        _write_truth(walk, staging / truth.name, name, trajectory, description)
    return recording


def _write_recording(
    walk: SimulatedWalk, path: Path, pyarrow: Any, parquet: Any, on_progress: Callable[[float], None] | None
) -> None:
    writer = None
    done = 0
    for block in walk.blocks(_BLOCK_SAMPLES):
        time = next(iter(block.values())).index.to_numpy()
        columns = {"time_s": time} | {
            f"{sensor}_{axis}": frame[axis].to_numpy(dtype=np.float32)
            for sensor, frame in block.items()
            for axis in frame.columns
        }
        table = pyarrow.table(columns)
        if writer is None:
            writer = parquet.ParquetWriter(path, table.schema, compression="zstd")
        writer.write_table(table)
        done += len(time)
        if on_progress is not None:
            on_progress(done / walk.n_samples)
    if writer is not None:
        writer.close()


def _write_truth(
    walk: SimulatedWalk, folder: Path, name: str, trajectory: bool | None, description: Mapping[str, Any] | None
) -> None:
    _write(strides_table(walk, name), folder / "strides.parquet")
    _write(
        _stack({s: t.reset_index() for s, t in walk.truth.segmented_strides.items()}, name),
        folder / "segmented_strides.parquet",
    )
    _write(walk.truth.activities, folder / "activities.parquet")
    if trajectory if trajectory is not None else walk.duration_s <= _TRAJECTORY_LIMIT_S:
        (folder / "trajectory").mkdir()
        parts = [
            (sensor, first)
            for sensor, times in walk.truth.event_times.items()
            for first in range(0, len(times), _STRIDES_PER_PART)
        ]
        for i, (sensor, first) in enumerate(parts):
            path = walk.truth.part_of_trajectory(sensor, first, first + _STRIDES_PER_PART)
            table = _stack({sensor: path.reset_index()}, name)
            table = table[["recording", "foot", "s_id", "sample", *GF_POS, *GF_VEL, *GF_ORI]]
            _write(table, folder / "trajectory" / f"part-{i:05d}.parquet")
    content = {
        "gaitmap": __version__,
        "recording": name,
        "sampling_rate_hz": walk.sampling_rate_hz,
        "n_samples": walk.n_samples,
        "seed": walk.seed,
        "sensors": {sensor: asdict(model) for sensor, model in walk.sensors.items()},
        "drawn_errors": walk.drawn_errors,
        **(description or {}),
    }
    text = json.dumps(content, indent=2, default=str)
    (folder / "simulation.json").write_text(text + "\n", encoding="utf-8")


def strides_table(walk: SimulatedWalk, name: str) -> pd.DataFrame:
    """Build the table of strides with the columns of a results folder, left foot first."""
    pieces = {}
    for sensor, strides in walk.truth.strides.items():
        piece = strides.rename(columns={"bout": "bout_id"})
        piece[["pre_ic", "bout_id"]] = piece[["pre_ic", "bout_id"]].astype(np.int64)
        times = walk.truth.event_times[sensor].loc[piece.index]
        for event in ["start", "end", *_EVENTS]:
            samples = walk.sensors[sensor].sample_at(times[event].to_numpy(), walk.sampling_rate_hz)
            piece[f"{event}_s"] = samples / walk.sampling_rate_hz
        pieces[sensor] = pd.concat([piece, walk.truth.parameters[sensor].loc[piece.index]], axis=1).reset_index()
    table = _stack(pieces, name)
    table["status"], table["reason"], table["movement"] = "analysed", "", ""
    table["is_turning"] = table["turning_angle"].abs() > _TURNING_DEG
    table = table.astype(
        {
            "status": "str",
            "reason": "str",
            "movement": "str",
            "is_turning": "boolean",
            **dict.fromkeys([*_EVENTS, "bout_id"], "Int64"),
        }
    )
    first = [
        "recording",
        "foot",
        "s_id",
        "status",
        "reason",
        "kind",
        "movement",
        "bout_id",
        "is_turning",
        "start",
        "end",
        *_EVENTS,
    ]
    first += [f"{event}_s" for event in ("start", "end", *_EVENTS)]
    return table[[*first, *(c for c in table.columns if c not in first)]]


def _stack(tables: Mapping[str, pd.DataFrame], name: str) -> pd.DataFrame:
    stacked = pd.concat([table.assign(foot=sensor.removesuffix("_sensor")) for sensor, table in tables.items()])
    stacked = stacked.assign(recording=name).reset_index(drop=True).astype({"foot": "str", "recording": "str"})
    return stacked[["recording", "foot", *(c for c in stacked.columns if c not in {"recording", "foot"})]]


def _write(table: pd.DataFrame, path: Path) -> None:
    table.to_parquet(path, index=False, engine="pyarrow")
