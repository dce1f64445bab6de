"""``gaitmap analyze``: from a recording to a results folder with a report."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from gaitmap.cli._config import Chain, build_pipeline
from gaitmap.cli._console import input_errors, progress
from gaitmap.cli._show import show_results


class AccUnit(StrEnum):
    """Units of acceleration that files may have."""

    metric = "m/s^2"
    g = "g"


class GyrUnit(StrEnum):
    """Units of angular rate that files may have."""

    degrees = "deg/s"
    radians = "rad/s"


class Alignment(StrEnum):
    """Ways to align sensors with the feet."""

    auto = "auto"
    gravity = "gravity"
    none = "none"


class TableFormat(StrEnum):
    """File formats of the result tables."""

    parquet = "parquet"
    csv = "csv"


def check_rate(value: float | None) -> float | None:
    """Refuse a sampling rate that is none."""
    if value is not None and not 0 < value < float("inf"):
        raise typer.BadParameter(f"{value:g} is no number of samples per second.")
    return value


def read_columns(path: Path | None) -> dict | None:
    """Read the map of ``--columns``."""
    if path is None:
        return None
    import json

    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except ValueError as error:
        raise typer.BadParameter(f"'{path}' is no JSON ({error}).") from None


def analyze(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE...",
            help="The recording: CSV, Parquet, or files of devices (one per foot, or their folder); the format is "
            "found by content.",
        ),
    ],
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for tables and report; made if it does not exist.")],
    sampling_rate: Annotated[
        float | None,
        typer.Option(help="Samples per second (Hz). Default: from the time column of the file.", callback=check_rate),
    ] = None,
    left: Annotated[str | None, typer.Option(help="Name of the left foot's sensor in the file.")] = None,
    right: Annotated[str | None, typer.Option(help="Name of the right foot's sensor in the file.")] = None,
    acc_unit: Annotated[AccUnit, typer.Option(help="Unit of the acceleration in the file.")] = AccUnit.metric,
    gyr_unit: Annotated[GyrUnit, typer.Option(help="Unit of the angular rate in the file.")] = GyrUnit.degrees,
    name: Annotated[
        str | None, typer.Option(help="Name of the recording in tables and report. Default: the name of the file.")
    ] = None,
    start_time: Annotated[
        str | None, typer.Option(help="Clock time of the first sample with time zone, e.g. 2026-05-04T09:30:00+02:00.")
    ] = None,
    chain: Annotated[
        Chain | None,
        typer.Option(
            help="Steps: [bold]3[/] (any mounting, slow and impaired gait) or [bold]2.6[/] (strides, events and "
            "parameters of gaitmap 2.6; x to the toes, y to the left, z up). Default: 3, or what --config says.",
            show_default=False,
        ),
    ] = None,
    columns: Annotated[
        Path | None,
        typer.Option(
            help="JSON that maps the columns of a foreign table: "
            '{"left": {"acc_x": "LF Beschl X", "gyr_x": "-LF Dreh Y"}, "acc_unit": "g", "time": "Zeit"}.'
        ),
    ] = None,
    align: Annotated[
        Alignment | None,
        typer.Option(
            help="How the sensors sit on the feet. [bold]gravity[/]: x points to the toes, y to the left, z up; small "
            "tilts are corrected. [bold]auto[/]: in any way, upside down or sideways; found out from the walking in "
            "the recording, with a warning where that is uncertain. [bold]none[/]: exactly as above, nothing is "
            "corrected. Default: auto, or what --config says.",
            show_default=False,
        ),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            help="Look for strides with a template: [bold]original[/] (Barth et al. 2013; its data come with "
            "gaitmap-mad) or [bold]open[/] (part of gaitmap). Default: no template, strides by the swings of the "
            "foot, or what --config says. One of your own goes into --config.",
            show_default=False,
        ),
    ] = None,
    gait_detection: Annotated[
        bool,
        typer.Option(
            "--gait-detection",
            help="Look for strides only where the signal shows gait (sequences of 10 s and more): for days of life "
            "outside the laboratory, where other movements may look like strides.",
        ),
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(help="Folder in which expensive steps are kept, so that a second run is faster.")
    ] = None,
    table_format: Annotated[TableFormat, typer.Option("--format", help="Format of the tables.")] = TableFormat.parquet,
    config: Annotated[
        Path | None, typer.Option(help="Parameters: the JSON of `gaitmap config`, or an earlier provenance.json.")
    ] = None,
    overwrite: Annotated[bool, typer.Option("--overwrite", help="Replace other results in the folder.")] = False,
) -> None:
    """Find every stride in a recording and write its events, path and gait parameters.

    Needs one sensor on each foot (or on one), worn in any way.
    Writes the tables, a summary and [bold]report.html[/], which any browser opens.
    Recordings of more than an hour are read block by block: days take minutes and little
    memory, and after an interruption the same command goes on where it stopped.

    Exit status: 0 if results were written, 2 if that was not possible (the message says why),
    130 after Ctrl-C.

    gaitmap analyze walk.csv --out results --sampling-rate 204.8
    """

    def when_stopped() -> str:
        from gaitmap.cohort import can_go_on

        return f"Stopped. The same command {'goes on from there' if can_go_on(out_dir) else 'begins anew'}."

    with input_errors(when_stopped=when_stopped):
        from dataclasses import replace

        from gaitmap.cohort import analyze_recording, load_recording
        from gaitmap.quality import check_feet, check_plausible_units
        from gaitmap.recordings._read_recording import notable_notes
        from gaitmap.results._staging import LOCK, only_writer

        pipeline, remarks = build_pipeline(
            config,
            align=None if align is None else align.value,
            template=template,
            gait_detection=gait_detection,
            cache=cache,
            chain=chain,
        )
        with progress(files[0].name) as show:
            show("reading the file")
            recording = load_recording(
                files[0] if len(files) == 1 else files,
                sampling_rate_hz=sampling_rate,
                left=left,
                right=right,
                acc_unit=acc_unit.value,
                gyr_unit=gyr_unit.value,
                start_time=start_time,
                columns=read_columns(columns),
            )
            check_feet(recording)
            if name:
                recording = replace(recording, name=name)
            with only_writer(out_dir, out_dir / LOCK):
                results = analyze_recording(
                    recording,
                    pipeline,
                    out_dir,
                    file_format=table_format.value,
                    overwrite=overwrite,
                    remarks=[*notable_notes(recording.notes), *check_plausible_units(recording), *remarks],
                    on_step=show,
                    on_progress=show.advance_to,
                )
    show_results(results, out_dir)
