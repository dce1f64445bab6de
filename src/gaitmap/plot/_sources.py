"""What a plot takes from the results that it is given: those of a pipeline, or of a folder."""

from collections.abc import Hashable
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.pipelines import GaitPipeline
from gaitmap.results import Results, build_trajectory, foot_of
from gaitmap.utils.datatype_helper import to_dict_multi_sensor_data

Result = GaitPipeline | Results


def table_of(result: Result | pd.DataFrame, name: str) -> pd.DataFrame | None:
    """Take a table by its name ("strides", "bouts" ...); None where there is none."""
    if isinstance(result, pd.DataFrame):
        return result
    if isinstance(result, GaitPipeline):
        _check_has_run(result)
        return getattr(result, f"{name}_")
    if name == "strides":
        return _whole(result.strides)
    return result.tables.get(name)


def analysed_strides(result: Result | pd.DataFrame) -> pd.DataFrame:
    """Take the strides that have parameters."""
    strides = table_of(result, "strides")
    assert strides is not None
    return strides[strides["status"] == "analysed"]


def trajectory_of(result: Result) -> pd.DataFrame | None:
    """Take the foot paths, one row per sample of a stride; None where they were not kept."""
    if isinstance(result, GaitPipeline):
        _check_has_run(result)
        path = result.trajectory_
        return build_trajectory(path, path, path, recording="") if path else None
    return None if result.trajectory is None else _whole(result.trajectory)


def signals_of(
    result: Result, data: Any = None, sampling_rate_hz: float | None = None
) -> tuple[dict[str, pd.DataFrame], float]:
    """Take the signals by foot, and their sampling rate.

    Raises
    ------
    ValueError
        If results of a folder come without the recording, which is not in it.
    """
    if isinstance(result, GaitPipeline):
        _check_has_run(result)
        data = result.datapoint.data if data is None else data
        sampling_rate_hz = result.datapoint.sampling_rate_hz if sampling_rate_hz is None else sampling_rate_hz
    elif sampling_rate_hz is None:
        sampling_rate_hz = float(result.summary["sampling_rate_hz"])
    if data is None:
        raise ValueError(
            "The 'data' parameter must be the recording: a results folder does not hold the signals. Read it with "
            "gaitmap.recordings.read_recording(...) and hand over its `data`."
        )
    sensors: dict[Hashable, pd.DataFrame] = to_dict_multi_sensor_data(data)
    return {foot_of(sensor): frame for sensor, frame in sensors.items()}, sampling_rate_hz


def in_range(table: pd.DataFrame, start_s: float | None, end_s: float | None) -> pd.DataFrame:
    """Take the strides that reach into a time range."""
    start, end = -np.inf if start_s is None else start_s, np.inf if end_s is None else end_s
    return table[(table["end_s"] >= start) & (table["start_s"] <= end)]


def _whole(table: Any) -> pd.DataFrame:
    return table if isinstance(table, pd.DataFrame) else pd.concat(table, ignore_index=True)


def _check_has_run(pipeline: GaitPipeline) -> None:
    if not hasattr(pipeline, "strides_"):
        raise ValueError(
            "The pipeline has no results yet. Call its `run` or `analyze` first and plot what that returns."
        )
