"""``gaitmap demo``: the analysis of a public recording, beside optical motion capture."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gaitmap.cli._console import input_errors, progress
from gaitmap.cli._show import show_results

if TYPE_CHECKING:
    import pandas as pd

    from gaitmap.recordings import Recording
    from gaitmap.simulation import Truth

_RATE_HZ = 204.8
_MOCAP_RATE_HZ = 100.0


def demo(
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for tables and report.")] = Path("gaitmap_demo"),
) -> None:
    """Analyse 2 x 20 m of a healthy person walking and compare it with optical motion capture.

    The recording is public (MIT licence); it is downloaded on first use. Where it cannot be had, a simulated walk whose
    strides are exactly known takes its place.
    """
    with input_errors():
        from gaitmap.cohort import analyze_recording
        from gaitmap.pipelines import GaitPipeline
        from gaitmap.results import read_results

        pipeline = GaitPipeline()
        with progress("demo") as show:
            show("fetching the recording")
            recording, compare, substitute = _recording()
            remarks = [substitute] if substitute else []
            results = analyze_recording(recording, pipeline, out_dir, overwrite=True, remarks=remarks, on_step=show)
            strides: pd.DataFrame = read_results(out_dir).strides  # type: ignore[assignment] # read as one table
            strides = strides[strides["stride_length"].notna() & strides["tc"].notna()]
    reference = "the truth of the simulation" if substitute else "motion capture"
    comparison = [
        f"Stride length against {reference}, {foot}: error {100 * errors['error'].mean():+.1f} ± "
        f"{100 * errors['error'].std():.1f} cm, absolute error {100 * errors['error'].abs().mean():.1f} cm "
        f"({len(errors)} strides)"
        for foot, errors in compare(strides).groupby("foot")
    ]
    show_results(results, out_dir, more=comparison)


def _recording() -> tuple["Recording", Callable[["pd.DataFrame"], "pd.DataFrame"], str]:
    """Get the recording, the function that compares its strides with their reference, and what has to be told."""
    from gaitmap.example_data import get_example_data_path, get_healthy_example_mocap_data
    from gaitmap.recordings import Recording, read_recording

    try:
        recording = read_recording(get_example_data_path("imu_sample.csv"), sampling_rate_hz=_RATE_HZ)
        mocap = get_healthy_example_mocap_data()
    except FileNotFoundError:
        from gaitmap.simulation import Rest, Turn, Walk, simulate

        activities = [Rest(2), Walk(distance_m=20), Turn(180), Walk(distance_m=20), Rest(2)]
        walk = simulate(activities, _RATE_HZ, seed=1)
        recording = Recording(walk.data, _RATE_HZ, name="simulated_walk")
        told = (
            "The real recording could not be had (no network?): this is a simulated walk, its figures say nothing "
            "about the accuracy with people."
        )
        return recording, lambda strides: _errors_to_truth(strides, walk.truth), told
    return recording, lambda strides: stride_length_errors(strides, mocap), ""


def _errors_to_truth(strides: "pd.DataFrame", truth: "Truth") -> "pd.DataFrame":
    """Compare stride lengths with those of the simulated strides whose terminal contact is nearest."""
    import numpy as np

    table = strides[["foot", "s_id", "tc", "stride_length"]].copy()
    table["reference"] = np.nan
    for foot, rows in table.groupby("foot"):
        sensor = f"{foot}_sensor"
        distance = np.abs(truth.strides[sensor]["tc"].to_numpy() - rows["tc"].to_numpy(dtype=float)[:, None])
        nearest = truth.strides[sensor].index[distance.argmin(axis=1)]
        table.loc[rows.index, "reference"] = truth.parameters[sensor].loc[nearest, "stride_length"].to_numpy()
    table["error"] = table["stride_length"] - table["reference"]
    return table.dropna(subset="error")[["foot", "s_id", "reference", "error"]]


def stride_length_errors(strides: "pd.DataFrame", mocap: "pd.DataFrame") -> "pd.DataFrame":
    """Compare stride lengths with the horizontal displacement of the heel marker between start and end of the stride.

    Parameters
    ----------
    strides
        Strides table; samples at 204.8 Hz.
    mocap
        Marker positions in mm at 100 Hz, two column levels (marker, axis).

    Returns
    -------
    DataFrame
        Columns ``foot``, ``s_id``, ``reference`` and ``error`` (m), for all strides inside of the marker recording.
    """
    import numpy as np

    table = strides[["foot", "s_id", "start", "end", "stride_length"]].copy()
    rows = (table[["start", "end"]] * _MOCAP_RATE_HZ / _RATE_HZ).round().astype(int)
    table = table[rows["end"] < len(mocap)]
    rows = rows.loc[table.index]
    reference = np.full(len(table), np.nan)
    for foot, marker in (("left", "L_FCC"), ("right", "R_FCC")):
        own = (table["foot"] == foot).to_numpy()
        heel = mocap[marker][["x", "y"]].to_numpy() / 1000
        reference[own] = np.linalg.norm(heel[rows["end"][own]] - heel[rows["start"][own]], axis=1)
    table["reference"] = reference
    table["error"] = table["stride_length"] - reference
    return table.dropna(subset="error")[["foot", "s_id", "reference", "error"]]
