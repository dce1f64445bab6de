"""``gaitmap cohort``: from a table of recordings to results folders, merged tables and a report."""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, ProgressColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from gaitmap.cli._analyze import AccUnit, Alignment, GyrUnit, check_rate
from gaitmap.cli._config import Chain, build_pipeline
from gaitmap.cli._console import emit, err, input_errors, say, warn, warnings_as_notes
from gaitmap.utils._text_out import to_shell

if TYPE_CHECKING:
    from gaitmap.cohort import CohortProgress, CohortResult

#: Exit status if the work came to its end, but not all recordings have strides of both feet.
SOME_FAILED = 3

_READING = "Reading (for recordings for which the manifest has no such column)"
_WORK = "How the work is done"
# More failures than these are told by their number.
_MAX_TOLD = 10


def cohort(
    manifest: Annotated[
        list[str],
        typer.Argument(
            help="A CSV or Parquet table with the column path; or a folder, a pattern such as 'study/**/*.csv', or "
            "several recordings.",
            show_default=False,
        ),
    ],
    out_dir: Annotated[Path, typer.Option("--out", help="Folder for all results; made if it does not exist.")],
    jobs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Recordings analysed at the same time, each in its own process. Default: number of cores.",
            show_default=False,
            rich_help_panel=_WORK,
        ),
    ] = None,
    dask: Annotated[
        str | None,
        typer.Option(
            metavar="ADDRESS",
            help="Scheduler of a Dask cluster that does the work, e.g. tcp://127.0.0.1:8786. All its machines must see "
            "recordings and results under the same paths; workers should have one thread each.",
            rich_help_panel=_WORK,
        ),
    ] = None,
    print_commands: Annotated[
        bool,
        typer.Option(
            "--print-commands",
            help="Only print one command per recording, for job arrays; afterwards run this again with --merge-only.",
            rich_help_panel=_WORK,
        ),
    ] = False,
    merge_only: Annotated[
        bool, typer.Option("--merge-only", help="Only merge the results that are there.", rich_help_panel=_WORK)
    ] = False,
    retry_failed: Annotated[
        bool,
        typer.Option(
            "--retry-failed/--no-retry-failed",
            help="Try recordings again that failed before with the same file and parameters.",
            rich_help_panel=_WORK,
        ),
    ] = True,
    overwrite: Annotated[
        bool,
        typer.Option(
            "--overwrite", help="Replace results that were made with other parameters.", rich_help_panel=_WORK
        ),
    ] = False,
    sampling_rate: Annotated[
        float | None, typer.Option(help="Samples per second (Hz).", callback=check_rate, rich_help_panel=_READING)
    ] = None,
    left: Annotated[
        str | None, typer.Option(help="Name of the left foot's sensor in the files.", rich_help_panel=_READING)
    ] = None,
    right: Annotated[
        str | None, typer.Option(help="Name of the right foot's sensor in the files.", rich_help_panel=_READING)
    ] = None,
    acc_unit: Annotated[
        AccUnit | None, typer.Option(help="Unit of the acceleration.", show_default=False, rich_help_panel=_READING)
    ] = None,
    gyr_unit: Annotated[
        GyrUnit | None, typer.Option(help="Unit of the angular rate.", show_default=False, rich_help_panel=_READING)
    ] = None,
    chain: Annotated[
        Chain | None,
        typer.Option(
            help="Steps: [bold]3[/] (any mounting, slow and impaired gait) or [bold]2.6[/] (strides, events and "
            "parameters of gaitmap 2.6; x to the toes, y to the left, z up). Default: 3, or what --config says.",
            show_default=False,
        ),
    ] = None,
    align: Annotated[
        Alignment | None,
        typer.Option(help="How the sensors sit on the feet, as in [bold]gaitmap analyze[/].", show_default=False),
    ] = None,
    template: Annotated[
        str | None, typer.Option(help="Stride template, as in [bold]gaitmap analyze[/].", show_default=False)
    ] = None,
    gait_detection: Annotated[
        bool, typer.Option("--gait-detection", help="Look for strides only where the signal shows gait.")
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(help="Folder in which expensive steps are kept, so that a second run is faster.")
    ] = None,
    config: Annotated[
        Path | None, typer.Option(help="Parameters: the JSON of `gaitmap config`, or an earlier provenance.json.")
    ] = None,
) -> None:
    """Analyse many recordings and merge their results.

    The manifest has one row per recording: its [bold]path[/], where needed how it is read
    (sampling_rate_hz, left, right, acc_unit, gyr_unit, start_time), and whatever describes it
    (participant, visit, condition ...), which is joined to the merged tables.
    Writes recordings/NAME/ as [bold]gaitmap analyze[/] does, strides, bouts, turns, days, summary and
    recordings as Parquet tables of all, and [bold]report.html[/].
    What is finished is not done again: the same command goes on after any interruption.

    Exit status: 0 if all recordings have strides of both feet, 3 if some failed, hold no strides or lack
    those of one foot, 2 if the work could not begin.

    gaitmap cohort study.csv --out results --jobs 4
    """
    reading = {
        "sampling_rate_hz": sampling_rate,
        "left": left,
        "right": right,
        "acc_unit": None if acc_unit is None else acc_unit.value,
        "gyr_unit": None if gyr_unit is None else gyr_unit.value,
    }
    with input_errors():
        from gaitmap.cohort import analyze_cohort, cohort_commands, merge_results, read_manifest

        source = manifest[0] if len(manifest) == 1 else manifest
        table = read_manifest(source, defaults=reading, exclude=out_dir)
        if merge_only:
            _show(merge_results(out_dir, table), merged_only=True)
            return
        named_align = None if align is None else align.value
        pipeline, remarks = build_pipeline(
            config, align=named_align, template=template, gait_detection=gait_detection, cache=cache, chain=chain
        )
        if print_commands:
            paths = {"--config": config, "--cache": cache}
            options = [
                word for name, path in paths.items() if path is not None for word in (name, str(path.absolute()))
            ]
            options += [
                w
                for name, v in (("--chain", chain), ("--align", named_align), ("--template", template))
                if v
                for w in (name, v)
            ]
            options += ["--gait-detection"] * gait_detection + ["--overwrite"] * overwrite
            for command in cohort_commands(table, out_dir, options=options):
                emit(command)
            merge = to_shell(["gaitmap", "cohort", *manifest, "--out", str(out_dir), "--merge-only"])
            warn(f"When all of these have run: {merge}")
            return
        for remark in remarks:
            warn(remark)
        try:
            with _progress() as show, warnings_as_notes():
                result = analyze_cohort(
                    table,
                    out_dir,
                    pipeline,
                    n_jobs=jobs,
                    dask=dask,
                    overwrite=overwrite,
                    retry_failed=retry_failed,
                    remarks=remarks,
                    on_progress=show,
                )
        except KeyboardInterrupt:
            warn("Stopped. Finished recordings are kept; the same command goes on from here.")
            raise typer.Exit(130) from None
    _show(result)


class _CohortBar(Progress):
    """A bar, and below it the recordings that are analysed now, each with the time since it began."""

    def __init__(self, *columns: ProgressColumn, **options: Any) -> None:
        self.began: dict[str, float] = {}
        super().__init__(*columns, **options)

    def get_renderables(self) -> Iterable[RenderableType]:
        yield from super().get_renderables()
        now = time.monotonic()
        running = [f"{name} {_duration(int(now - since))}" for name, since in self.began.items()]
        if running:
            yield Text(", ".join(running), style="dim", no_wrap=True, overflow="ellipsis")


@contextmanager
def _progress() -> Iterator[Callable[["CohortProgress"], None]]:
    """Show how many recordings are done, how long the rest will take, and what is being done."""
    columns = (
        TextColumn("Recordings"),
        BarColumn(bar_width=30),
        MofNCompleteColumn(),
        TextColumn("{task.fields[counts]}"),
        TimeElapsedColumn(),
        TextColumn("{task.fields[left]}"),
    )
    n_told = 0
    with _CohortBar(*columns, console=err, transient=True, disable=not err.is_interactive) as bar:
        task = bar.add_task("", total=None, counts="", left="")

        def show(state: "CohortProgress") -> None:
            nonlocal n_told
            # A new one, since the bar is drawn by a thread of its own.
            bar.began = {name: bar.began.get(name, time.monotonic()) for name in state.running}
            counts = [(state.n_skipped, "done before"), (state.n_failed, "failed")]
            bar.update(
                task,
                total=state.n_recordings,
                completed=state.n_done,
                counts=", ".join(f"{count} {what}" for count, what in counts if count),
                left=_what_is_left(state),
            )
            if state.last is not None and state.last.status == "failed":
                n_told += 1
                if n_told <= _MAX_TOLD:
                    warn(f"{state.last.recording} failed: {state.last.reason}")
            if state.last is not None and state.last.status != "skipped" and not err.is_interactive:
                # A log has no bar.
                done = f"{state.n_done} of {state.n_recordings} recordings"
                err.print(", ".join(filter(None, [done, _what_is_left(state)])), markup=False)

        yield show


def _show(result: "CohortResult", *, merged_only: bool = False) -> None:
    """Print what became of the recordings; ends with status 3 if not all have strides of both feet."""
    table = result.recordings
    n_before = result.n_finished - result.n_new
    counts = [
        (result.n_finished, "analysed" + (f" ({n_before} of them before)" if n_before and not merged_only else "")),
        (result.n_failed, "failed"),
        (result.n_missing, "without results yet"),
    ]
    say(
        f"{len(table)} recording{'' if len(table) == 1 else 's'}: "
        + ", ".join(f"{count} {what}" for count, what in counts if count)
    )
    n_strides = table[["n_strides_left", "n_strides_right"]].sum().sum()
    say(f"{int(n_strides)} strides in {result.folder / 'strides.parquet'}")
    say(f"Report: {result.folder / 'report.html'}")
    if result.n_failed or result.n_missing:
        warn("Why recordings have no results is in the report and in recordings.parquet (status, reason).")
    if result.n_incomplete:
        recordings = "1 recording has" if result.n_incomplete == 1 else f"{result.n_incomplete} recordings have"
        warn(f"{recordings} no strides of one foot or of both: see the report and recordings.parquet (feet).")
    if result.n_failed or result.n_missing or result.n_incomplete:
        raise typer.Exit(SOME_FAILED)


def _what_is_left(state: "CohortProgress") -> str:
    if state.n_done == state.n_recordings:
        return "merging"
    return "" if state.remaining_s is None else f"{_duration(state.remaining_s)} left"


def _duration(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours}:{rest // 60:02d}:{rest % 60:02d}"
