"""One recording: run the pipeline and write its results folder."""

import dataclasses
import os
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from gaitmap.pipelines import BlockRun, GaitPipeline
from gaitmap.pipelines._chains import name_of_chain
from gaitmap.recordings import Recording, RecordingFile, open_recording, read_recording
from gaitmap.recordings._assemble import as_paths
from gaitmap.recordings._door import is_plain
from gaitmap.recordings._parquet import open_parquet
from gaitmap.recordings._recording_file import check_file
from gaitmap.results import (
    FileFormat,
    Results,
    build_provenance,
    build_summary,
    build_trajectory,
    check_results_folder,
    parameters_as_json,
    write_results,
)
from gaitmap.utils.exceptions import (
    BlocksNotPossibleError,
    MissingEventWarning,
    UncertainAlignmentWarning,
    UnusableRegionWarning,
    ValidationError,
)

#: Recordings up to this duration are analysed in memory, and their trajectory files are written unless not wanted (24 h
#: of two feet are several GB).
IN_MEMORY_LIMIT_S = 3600.0

# Smaller files are shorter than that, or fit into memory in any case. Parquet files are judged by their samples, too:
# those of a sensor that hardly moved are small.
_LARGE_FILE_BYTES = 20_000_000
_LARGE_FILE_SAMPLES = 2**19
_PROGRESS_FOLDER = ".progress"
# These are among the findings of a foot, or of the strides that are left out.
_TOLD_ELSEWHERE = (MissingEventWarning, UncertainAlignmentWarning, UnusableRegionWarning)
# Values of the signal that a report can draw.
_SIGNAL_POINTS = 500_000


def load_recording(path: str | Path | Sequence[str | Path], **options: Any) -> Recording | RecordingFile:
    """Read a recording into memory, or if it is longer than an hour, leave it in its file.

    Parameters
    ----------
    path
        The file, several (a list, or a text with ``;`` between them), or their folder.
    options
        Keyword arguments of :func:`gaitmap.recordings.read_recording`.

    Returns
    -------
    Recording or RecordingFile
        What :func:`analyze_recording` takes.
    """
    paths = as_paths(path)
    if len(paths) > 1 or options.get("columns") is not None or not is_plain(paths, None):
        read = read_recording(path, **options)
        return read if read.duration_s <= IN_MEMORY_LIMIT_S else open_recording(path, **options)
    path = paths[0] if paths else Path(str(path))
    if _is_large(path):
        recording = open_recording(path, **options)
        if recording.duration_s > IN_MEMORY_LIMIT_S:
            return recording
    return read_recording(path, **options)


def _is_large(path: Path) -> bool:
    """Whether a file may hold more than an hour."""
    is_parquet, stamp = check_file(path)
    if stamp.n_bytes > _LARGE_FILE_BYTES:
        return True
    ends = open_parquet(path).row_group_ends if is_parquet else ()
    return len(ends) > 0 and ends[-1] > _LARGE_FILE_SAMPLES


def can_go_on(folder: str | Path) -> bool:
    """Tell whether an analysis that wrote to a folder was interrupted, and goes on from there when it is called again.

    Parameters
    ----------
    folder
        The results folder.
    """
    return any(path.is_dir() for path in Path(folder).glob(f"{_PROGRESS_FOLDER}*"))


def analyze_recording(
    recording: Recording | RecordingFile,
    pipeline: GaitPipeline,
    folder: str | Path,
    *,
    file_format: FileFormat = "parquet",
    write_trajectory: bool | None = None,
    overwrite: bool = False,
    remarks: Sequence[str] = (),
    on_step: Callable[[str], None] | None = None,
    on_progress: Callable[[int, int], None] | None = None,
    plotly_folder: Path | None = None,
) -> Results:
    """Analyse a recording and write its results folder with the report.

    Parameters
    ----------
    recording
        The recording. A :class:`~gaitmap.recordings.RecordingFile` is analysed block by block, in bounded memory; if
        that is interrupted, a second call with the same arguments goes on (what it needs is kept in the folder
        ``.progress``).
    pipeline
        The pipeline; a clone of it runs.
    folder
        Where to write; made if it does not exist.
    file_format
        ``"parquet"`` or ``"csv"``.
    write_trajectory
        Whether the foot paths are written; None writes them for recordings of up to one hour.
    overwrite
        Replace complete results of another recording or other parameters that are in the folder.
    remarks
        Sentences about the input, added to the warnings in summary and report.
    on_step
        Called with the name of each step before it starts.
    on_progress
        Called with the number of samples that are done and of all samples, where a recording is analysed in blocks.

    plotly_folder
        Folder that holds the drawing library once for many reports; None puts it into the report.

    Returns
    -------
    Results
        What was written.
    """
    from gaitmap.report import plotly_file, write_report

    provenance = build_provenance(
        recording,
        parameters=parameters_as_json(pipeline),
        alignment=_name(pipeline.alignment),
        template=_name(pipeline.get_params(deep=True).get("segmentation__template")),
        extra={"chain": name_of_chain(pipeline)},
    )
    folder = Path(folder)
    check_results_folder(folder, provenance, overwrite=overwrite)
    if write_trajectory is None:
        write_trajectory = recording.duration_s <= IN_MEMORY_LIMIT_S
    clock = _StepClock(on_step)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        finished = _run(recording, pipeline, Path(folder), clock.start, on_progress, keep_trajectory=write_trajectory)
    run = finished.pipeline
    told = [
        str(w.message)
        for w in caught
        if issubclass(w.category, UserWarning) and not issubclass(w.category, _TOLD_ELSEWHERE)
    ]
    notes = [*remarks, *finished.remarks, *dict.fromkeys(told)]
    clock.start("writing tables and report")
    results = Results(
        strides=run.strides_,
        trajectory=finished.trajectory,
        summary=build_summary(
            run.strides_,
            recording=recording.name,
            sampling_rate_hz=recording.sampling_rate_hz,
            duration_s=recording.duration_s,
            start_time=recording.start_time,
            quality=run.quality_,  # type: ignore[arg-type] # sensors have names as text here
            warnings=notes,
            walking=run.walking_,
            statistics=run.statistics_,
        ),
        provenance=provenance | {"warnings": notes, "wall_time_s": clock.elapsed()},
        tables={name: getattr(run, f"{name}_") for name in ("bouts", "turns", "days", "statistics")},
    )
    # Paths that come in parts are too long to be drawn.
    drawn = results if isinstance(results.trajectory, pd.DataFrame) else dataclasses.replace(results, trajectory=None)
    plotly_url = None
    if plotly_folder is not None:
        plotly_url = Path(os.path.relpath(plotly_file(plotly_folder), folder)).as_posix()
    write_results(
        folder,
        results,
        file_format=file_format,
        report=lambda target: write_report(target, drawn, data=finished.signal, plotly_url=plotly_url),
        overwrite=overwrite,
    )
    finished.clean_up()
    return results


@dataclasses.dataclass
class _Finished:
    """A pipeline after its run, and what else the results folder needs."""

    pipeline: GaitPipeline
    trajectory: pd.DataFrame | Iterator[pd.DataFrame] | None
    signal: Any
    remarks: list[str] = dataclasses.field(default_factory=list)
    clean_up: Callable[[], None] = lambda: None


def _run(
    recording: Recording | RecordingFile,
    pipeline: GaitPipeline,
    folder: Path,
    on_step: Callable[[str], None],
    on_progress: Callable[[int, int], None] | None,
    *,
    keep_trajectory: bool,
) -> _Finished:
    """Run the pipeline, in memory or in blocks."""
    remarks = []
    if isinstance(recording, RecordingFile):
        try:
            finished = _run_in_blocks(
                recording, pipeline, folder, on_step, on_progress, keep_trajectory=keep_trajectory
            )
            return dataclasses.replace(finished, remarks=_remarks_on_cache(pipeline))
        except BlocksNotPossibleError as error:
            remarks = [f"The recording was analysed as a whole, in memory. {error}"]
            on_step("reading the file")
            recording = read_recording(recording.source, **recording.options)  # type: ignore[arg-type]
    run = pipeline.clone().analyze(
        recording.data,
        recording.sampling_rate_hz,
        start_time=recording.start_time,
        name=recording.name,
        on_step=on_step,
    )
    path = run.trajectory_
    trajectory = build_trajectory(path, path, path, recording=recording.name) if keep_trajectory else None
    return _Finished(run, trajectory, recording.data, remarks)


def _remarks_on_cache(pipeline: GaitPipeline) -> list[str]:
    """Say that a cache, if there is one, was of no use."""
    parameters = pipeline.get_params(deep=True).items()
    if all(value is None for name, value in parameters if name.split("__")[-1] == "memory"):
        return []
    return [
        "The cache (--cache) was not used: recordings of more than an hour are analysed block by block, which keeps "
        "its own progress."
    ]


def _run_in_blocks(
    recording: RecordingFile,
    pipeline: GaitPipeline,
    folder: Path,
    on_step: Callable[[str], None],
    on_progress: Callable[[int, int], None] | None,
    *,
    keep_trajectory: bool,
) -> _Finished:
    from gaitmap.report import SignalOverview

    overview = SignalOverview(dict.fromkeys(recording.sensors, recording.n_samples), _SIGNAL_POINTS)
    blocks = BlockRun(
        pipeline,
        recording,
        folder=folder / _PROGRESS_FOLDER,
        keep_trajectory=keep_trajectory,
        observers={"signal": overview},
    )
    try:
        run = blocks.run(on_step=on_step, on_progress=on_progress)
    except (ValidationError, ValueError):
        # What is wrong now would be wrong again.
        blocks.forget_progress()
        raise
    paths = (build_trajectory(path, path, path, recording=recording.name) for path in blocks.trajectory_parts())
    return _Finished(
        run, paths if keep_trajectory else None, blocks.observers["signal"], clean_up=blocks.forget_progress
    )


def _name(part: Any) -> str:
    return "none" if part is None else type(part).__name__


class _StepClock:
    """Measures the wall time of each step and passes its name on."""

    def __init__(self, on_step: Callable[[str], None] | None) -> None:
        self._on_step = on_step
        self._started: tuple[str, float] | None = None
        self._seconds: dict[str, float] = {}

    def start(self, step: str) -> None:
        self._close()
        self._started = (step, time.perf_counter())
        if self._on_step is not None:
            self._on_step(step)

    def elapsed(self) -> dict[str, float]:
        """Seconds per step, the one that is running included so far."""
        self._close()
        return dict(self._seconds)

    def _close(self) -> None:
        if self._started is not None:
            step, since = self._started
            self._seconds[step] = time.perf_counter() - since
            self._started = None
