"""``gaitmap simulate``: recordings whose truth is known."""

from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

from gaitmap.cli._console import err, input_errors, say

_GAIT = "Way of walking"
_DAYS = "Days"
_SENSOR = "Sensors"


def simulate(
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for the recording and its truth.")],
    duration: Annotated[float, typer.Option(help="Length of the walk in s. Not used with --days.")] = 300.0,
    seed: Annotated[int, typer.Option(help="The same number gives the same recording.")] = 0,
    sampling_rate: Annotated[float, typer.Option(help="Samples per second (Hz).")] = 204.8,
    trajectory: Annotated[
        bool | None,
        typer.Option(
            "--trajectory/--no-trajectory", help="Write the exact paths of all strides. Default: up to one hour."
        ),
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace a simulation that is there.")] = False,
    days: Annotated[
        float,
        typer.Option(
            help="Days instead of one walk, e.g. 7 or 0.5: bouts of walking with turns, stairs and shuffling, rest, "
            "fidgeting and sleep.",
            rich_help_panel=_DAYS,
        ),
    ] = 0.0,
    walking_hours: Annotated[float, typer.Option(help="Hours walked per day.", rich_help_panel=_DAYS)] = 1.5,
    sleep_hours: Annotated[float, typer.Option(help="Hours of sleep per day.", rich_help_panel=_DAYS)] = 8.0,
    stride_time: Annotated[float, typer.Option(help="Mean stride time in s.", rich_help_panel=_GAIT)] = 1.08,
    stride_length: Annotated[float, typer.Option(help="Mean stride length in m.", rich_help_panel=_GAIT)] = 1.35,
    stance_share: Annotated[
        float, typer.Option(help="Share of the stride in which the foot is on the floor.", rich_help_panel=_GAIT)
    ] = 0.63,
    clearance: Annotated[
        float, typer.Option(help="Height of the toe in the middle of swing in m.", rich_help_panel=_GAIT)
    ] = 0.02,
    ic_angle: Annotated[
        float, typer.Option(help="Sole angle at initial contact in deg, positive: toes up.", rich_help_panel=_GAIT)
    ] = 20.0,
    tc_angle: Annotated[
        float, typer.Option(help="Sole angle at terminal contact in deg, negative: heel up.", rich_help_panel=_GAIT)
    ] = -66.0,
    asymmetry: Annotated[
        float,
        typer.Option(help="(left - right) / mean of step time and step length.", rich_help_panel=_GAIT),
    ] = 0.0,
    variability: Annotated[
        float, typer.Option(help="Coefficient of variation of stride time and length.", rich_help_panel=_GAIT)
    ] = 0.025,
    ideal: Annotated[bool, typer.Option("--ideal", help="Sensors without any error.", rich_help_panel=_SENSOR)] = False,
    misalignment: Annotated[
        float, typer.Option(help="Spread of wrong mounting in deg.", rich_help_panel=_SENSOR)
    ] = 0.0,
    lost_share: Annotated[float, typer.Option(help="Share of samples that are lost.", rich_help_panel=_SENSOR)] = 0.0,
    clock_offset: Annotated[
        float, typer.Option(help="How much later the right sensor starts, in s.", rich_help_panel=_SENSOR)
    ] = 0.0,
    clock_drift: Annotated[
        float,
        typer.Option(help="How much slower the clock of the right sensor is, in ppm.", rich_help_panel=_SENSOR),
    ] = 0.0,
    magnetometer: Annotated[
        bool, typer.Option("--magnetometer", help="Add the magnetic field.", rich_help_panel=_SENSOR)
    ] = False,
) -> None:
    """Simulate a recording of both feet whose strides, events, paths and parameters are exactly known.

    Writes recording.parquet, which [bold]gaitmap analyze[/] reads, and the truth beside it (folder truth).
    """
    with input_errors():
        from dataclasses import asdict, replace

        from gaitmap.simulation import (
            GaitParameters,
            Rest,
            SensorModel,
            Walk,
            daily_activities,
            write_simulation,
        )
        from gaitmap.simulation import simulate as simulate_activities

        gait = GaitParameters(
            stride_time_s=stride_time,
            stride_length_m=stride_length,
            stance_share=stance_share,
            clearance_m=clearance,
            ic_angle_deg=ic_angle,
            tc_angle_deg=tc_angle,
            step_time_asymmetry=asymmetry,
            step_length_asymmetry=asymmetry,
            stride_time_cv=variability,
            stride_length_cv=variability,
        )
        model = replace(
            SensorModel.ideal() if ideal else SensorModel(), misalignment_deg=misalignment, lost_share=lost_share
        )
        sensors = {
            "left_sensor": model,
            "right_sensor": replace(model, clock_offset_s=clock_offset, clock_drift_ppm=clock_drift),
        }
        columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.percentage:.0f} %"))
        shown = err.is_interactive
        with Progress(*columns, TimeRemainingColumn(), console=err, transient=True, disable=not shown) as bar:
            task = bar.add_task("planning", total=1.0)
            if days:
                activities = daily_activities(days, walking_h=walking_hours, sleep_h=sleep_hours, gait=gait, seed=seed)
            else:
                activities = [Rest(5), Walk(duration_s=duration, gait=gait), Rest(5)]
            walk = simulate_activities(activities, sampling_rate, sensor=sensors, magnetometer=magnetometer, seed=seed)
            bar.update(task, description="writing")
            path = write_simulation(
                walk,
                out_dir,
                name=out_dir.name or "simulated_walk",
                trajectory=trajectory,
                description={"gait": asdict(gait)},
                overwrite=overwrite,
                on_progress=lambda share: bar.update(task, completed=share),
            )
    n_strides = {sensor: len(strides) for sensor, strides in walk.truth.strides.items()}
    say(
        f"{walk.duration_s / 3600:.2f} h at {sampling_rate:g} Hz with {n_strides['left_sensor']} strides of the left "
        f"and {n_strides['right_sensor']} of the right foot"
    )
    say(f"Recording: {path}")
    say(f"Truth: {out_dir / 'truth'}")
