"""The analysis of many recordings."""

import datetime
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import joblib
import pandas as pd

from gaitmap.cohort._job import (
    LOCKS,
    RECORDINGS,
    Analysis,
    Job,
    Outcome,
    do_job,
    look_at_job,
    read_provenance,
    run_of_results,
    write_failure,
)
from gaitmap.cohort._manifest import read_manifest, reader_options
from gaitmap.cohort._merge import CohortResult, merge, only_writer
from gaitmap.cohort._names import folder_names
from gaitmap.cohort._workers import (
    TRIES_ALONE,
    WorkerDiedError,
    Workers,
    dask_workers,
    local_workers,
    run_jobs,
    thread_workers,
)
from gaitmap.pipelines import GaitPipeline
from gaitmap.results import check_results_folder, parameters_digest
from gaitmap.results._errors import results_error
from gaitmap.results._staging import check_no_link
from gaitmap.utils._checks import check_number

_DIED = (
    f"The process that analysed it was ended from outside or crashed, {TRIES_ALONE + 1} times, most likely for lack of "
    "memory. Use a machine with more memory, or cut the recording into shorter ones."
)
_NOT_HERE = (
    "The worker wrote results that are not here. The folder of the results must be the same one, under the same path, "
    "on all machines."
)

#: What each recording takes beside its size (start, tables, report), as bytes of a file.
_BYTES_OF_ANY = 1_000_000


@dataclass(frozen=True)
class CohortProgress:
    """How far the analysis of a cohort is.

    Attributes
    ----------
    n_recordings
        Number of recordings.
    n_finished, n_skipped, n_failed
        Recordings analysed now, finished before, and failed.
    remaining_s
        Estimate of the time left in s, from the size of the files; None until the first recording is done.
    last
        The recording that has just been done, with its status and reason; None at the start, and when one begins.
    running
        Names of the recordings that are analysed now, those first that began first. A Dask cluster does not tell.
    """

    n_recordings: int
    n_finished: int = 0
    n_skipped: int = 0
    n_failed: int = 0
    remaining_s: float | None = None
    last: Outcome | None = None
    running: tuple[str, ...] = ()

    @property
    def n_done(self) -> int:
        """Number of recordings that are not waiting any more."""
        return self.n_finished + self.n_skipped + self.n_failed


def analyze_cohort(
    manifest: Any,
    out: str | Path,
    pipeline: GaitPipeline | None = None,
    *,
    n_jobs: int | None = None,
    dask: str | None = None,
    overwrite: bool = False,
    retry_failed: bool = True,
    remarks: Sequence[str] = (),
    on_progress: Callable[[CohortProgress], None] | None = None,
) -> CohortResult:
    """Analyse many recordings and merge their results.

    What is finished is not done again: results whose file (by its content), reader options, parameters and gaitmap
    version are the same. It may be stopped at any time, the same call goes on from there. A recording that cannot be
    analysed is noted with the reason and does not stop the others.

    Parameters
    ----------
    manifest
        The recordings, as :func:`read_manifest` takes them.
    out
        Folder of the results: ``recordings/<name>/`` with tables and report of each recording, and the merged tables
        and the report of the cohort (:func:`merge_results`).
    pipeline
        The pipeline; None takes the default one.
    n_jobs
        Recordings that are analysed at the same time on this machine, each in a process of its own; None takes the
        number of cores.
    dask
        Address of the scheduler of a Dask cluster, such as "tcp://127.0.0.1:8786", which does the work instead. All its
        machines must see the recordings and ``out`` under the same paths. Workers analyse one recording at a time:
        give each one thread.
    overwrite
        Replace results that were made with other parameters.
    retry_failed
        Try recordings again that failed before with the same file and parameters.
    remarks
        Sentences that are added to the warnings of every recording.
    on_progress
        Called at the start, and when a recording begins or is done.

    Returns
    -------
    CohortResult
        Where the results are, and what became of each recording.

    Raises
    ------
    ManifestError
        If the manifest has problems.
    ResultsError
        If ``out`` cannot be written, is written to by another run, or holds results with other parameters and
        ``overwrite`` is False.
    ValueError
        If a parameter is wrong, or the cluster cannot be reached.
    ConnectionError
        If the connection to the cluster is lost; finished recordings are kept.
    """
    if n_jobs is not None:
        check_number("analyze_cohort", "n_jobs", n_jobs, at_least=1)
    out = Path(out).absolute()
    table = read_manifest(manifest, exclude=out)
    n_jobs = int(n_jobs or joblib.cpu_count())
    workers = local_workers(n_jobs) if dask is None else dask_workers(dask)
    analysis = Analysis(
        pipeline=GaitPipeline() if pipeline is None else pipeline.clone(),
        locks=out / LOCKS,
        remarks=tuple(remarks),
        retry_failed=retry_failed,
        since=datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    )
    jobs = list_jobs(table, out)
    _check_folders(out, jobs, analysis, overwrite=overwrite)
    with only_writer(out):
        failed = {}
        tracker = _Tracker(jobs, on_progress)
        on_start = tracker.start if dask is None else lambda _: None
        for job, result in _work(analysis, jobs, workers, on_start, n_threads=n_jobs if dask is None else 0):
            outcome = result if isinstance(result, Outcome) else _not_done(analysis, job, result)
            if outcome.status != "failed" and read_provenance(job.folder) is None:
                outcome = replace(outcome, status="failed", reason=_NOT_HERE)
            if outcome.status == "failed":
                failed[job.recording] = outcome.reason
            tracker.update(job, outcome)
        merged = merge(out, table, failed)
    return replace(merged, n_new=tracker.progress.n_finished)


def _work(
    analysis: Analysis, jobs: Sequence[Job], workers: Workers, on_start: Callable[[Job], None], *, n_threads: int
) -> Iterator[tuple[Job, Outcome | Exception]]:
    """Do the jobs; with threads, those first that need no process, since they are finished."""
    done = set()
    for job, before in run_jobs(partial(look_at_job, analysis), jobs if n_threads else [], thread_workers(n_threads)):
        if isinstance(before, Outcome):
            done.add(job.recording)
            yield job, before
    left = [job for job in jobs if job.recording not in done]
    yield from run_jobs(partial(do_job, analysis), left, workers, on_start)


def list_jobs(table: pd.DataFrame, out: Path) -> list[Job]:
    """List the recordings of a manifest with their results folders."""
    rows = table.to_dict("records")
    return [
        Job(str(row["recording"]), Path(row["path"]), out / RECORDINGS / folder, reader_options(row))
        for row, folder in zip(rows, folder_names(table["recording"]), strict=True)
    ]


def _check_folders(out: Path, jobs: Sequence[Job], analysis: Analysis, *, overwrite: bool) -> None:
    """Refuse to replace results that were made with other parameters, and whatever gaitmap did not write."""
    wanted = parameters_digest(analysis.pipeline)
    others = []
    for job in jobs:
        check_no_link(out, job.folder)
        there = run_of_results(job.folder)
        if job.folder.is_dir() and (there is None or there.parameters != wanted):
            check_results_folder(job.folder, {}, overwrite=True)
        if there is not None and there.parameters != wanted and not overwrite:
            others.append(job)
    if others:
        names = ", ".join(repr(job.recording) for job in others[:3]) + (" ..." if len(others) > 3 else "")
        raise results_error(
            out,
            "it holds results that were made with other parameters",
            f"{len(others)} of them ({names})",
            "an empty folder, or results of an analysis with the same parameters",
            "Choose another folder, or have these results replaced (overwrite=True, --overwrite on the command line)",
        )


def _not_done(analysis: Analysis, job: Job, error: Exception) -> Outcome:
    """Note a recording whose analysis could not be run to its end."""
    reason = (
        _DIED
        if isinstance(error, WorkerDiedError)
        else f"The analysis could not be run ({type(error).__name__}: {error})."
    )
    write_failure(analysis, job, reason)
    return Outcome(job.recording, "failed", reason)


class _Tracker:
    """Counts what is done and estimates how long the rest takes."""

    def __init__(self, jobs: Sequence[Job], on_progress: Callable[[CohortProgress], None] | None) -> None:
        self.progress = CohortProgress(len(jobs))
        self._on_progress = on_progress
        self._sizes = {job.recording: _work_of(job.path) for job in jobs}
        self._waiting = sum(self._sizes.values())
        self._worked = 0
        self._start = time.perf_counter()
        self._tell()

    def start(self, job: Job) -> None:
        if not self._worked and not self.progress.running:
            self._start = time.perf_counter()  # looking at what was done before tells nothing of the rest
        running = tuple(name for name in self.progress.running if name != job.recording)
        self.progress = replace(self.progress, running=(*running, job.recording), last=None)
        self._tell()

    def update(self, job: Job, outcome: Outcome) -> None:
        counts = {f"n_{outcome.status}": getattr(self.progress, f"n_{outcome.status}") + 1}
        size = self._sizes[job.recording]
        self._waiting -= size
        if outcome.status == "skipped" and not self._worked:
            self._start = time.perf_counter()
        # A recording that failed may have done so at once.
        self._worked += size if outcome.status == "finished" else 0
        elapsed = time.perf_counter() - self._start
        remaining = elapsed * self._waiting / self._worked if self._worked else None
        running = tuple(name for name in self.progress.running if name != job.recording)
        self.progress = replace(self.progress, **counts, remaining_s=remaining, last=outcome, running=running)
        self._tell()

    def _tell(self) -> None:
        if self._on_progress is not None:
            self._on_progress(self.progress)


def _work_of(path: Path) -> int:
    """Estimate how much there is to do, in bytes; each file needs some time beside its size, a missing one none."""
    try:
        return _BYTES_OF_ANY + path.stat().st_size
    except OSError:
        return 0
