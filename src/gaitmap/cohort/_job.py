"""The work on one recording of a cohort, done in a process of its own: finished before, done now, or failed."""

import datetime
import json
import threading
import time
import traceback
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from gaitmap._files import NotOursError, locked, remove_own, write_own
from gaitmap.cohort._recording import analyze_recording, load_recording
from gaitmap.pipelines import GaitPipeline
from gaitmap.quality import check_feet, check_plausible_units
from gaitmap.recordings._recording_file import content_sha256
from gaitmap.results import RunIdentity
from gaitmap.results._staging import COMPLETE, LOCK, RECORDING, check_no_link, only_writer
from gaitmap.utils.exceptions import ValidationError

#: In the folder of a recording that failed; both go away when it succeeds.
FAILURE, FAILURE_LOG = "failure.json", "failure.log"
#: Folders of a cohort.
RECORDINGS, LOCKS = "recordings", ".locks"

Status = Literal["finished", "skipped", "failed"]

# Warnings are collected per process, so a process analyses one recording at a time.
_ONE_AT_A_TIME = threading.Lock()


@dataclass(frozen=True)
class Analysis:
    """What is done with every recording of a cohort.

    Attributes
    ----------
    pipeline
        The pipeline.
    locks
        Folder of the locks.
    remarks
        Sentences that go to the warnings of every recording.
    retry_failed
        Try recordings again that failed before with the same file and parameters.
    since
        When the work began (ISO 8601, UTC): results from then on are counted as new.
    """

    pipeline: GaitPipeline
    locks: Path
    remarks: tuple[str, ...] = ()
    retry_failed: bool = True
    since: str = ""

    def run_of(self, job: "Job") -> RunIdentity:
        """Tell what decides the results of a recording."""
        return RunIdentity.of_run(_content(job.path), job.options, self.pipeline)


@dataclass(frozen=True)
class Job:
    """One recording: its name, its file, its results folder, and how the file is read."""

    recording: str
    path: Path
    folder: Path
    options: Mapping[str, Any]


@dataclass(frozen=True)
class Outcome:
    """What became of a recording.

    Attributes
    ----------
    recording
        Its name.
    status
        "finished"; "skipped": finished before; "failed".
    reason
        Why it failed.
    seconds
        Time spent on it.
    """

    recording: str
    status: Status
    reason: str = ""
    seconds: float = 0.0


def do_job(analysis: Analysis, job: Job) -> Outcome:
    """Analyse a recording, unless that is done already. Nothing that is wrong with it raises an error."""
    start = time.perf_counter()
    # A process that was left behind by a killed run may still be writing to the folder.
    with _ONE_AT_A_TIME, locked(analysis.locks / job.folder.name):
        status, reason = _do(analysis, job)
    return Outcome(job.recording, status, reason, time.perf_counter() - start)


def look_at_job(analysis: Analysis, job: Job) -> Outcome | None:
    """Tell what became of a recording in an earlier run with the same file and parameters; None if it is to be done."""
    start = time.perf_counter()
    with locked(analysis.locks / job.folder.name):
        before = _done_before(analysis, job)
    return None if before is None else Outcome(job.recording, *before, time.perf_counter() - start)


def run_of_results(folder: Path) -> RunIdentity | None:
    """Tell what decided the results in a folder; None if there are no complete ones."""
    provenance = read_provenance(folder)
    return None if provenance is None else RunIdentity.of_provenance(provenance)


def read_provenance(folder: Path) -> dict[str, Any] | None:
    """Read the provenance of complete results in Parquet files; None if there are none."""
    try:
        if not (folder / COMPLETE).is_file() or not any(
            (folder / name).exists() for name in ("strides.parquet", "strides")
        ):
            return None
        provenance = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    return provenance if isinstance(provenance, dict) else None


def write_failure(analysis: Analysis, job: Job, reason: str, log: str = "") -> None:
    """Note why a recording failed; nothing is noted where its folder cannot be written, or is somebody else's."""
    with suppress(OSError, NotOursError):
        _write_failure(analysis, job, reason, log)


def _write_failure(analysis: Analysis, job: Job, reason: str, log: str) -> None:
    if job.folder.is_symlink():
        return
    write_own(job.folder, FAILURE_LOG, log or reason, kind=RECORDING)
    when = datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds")
    content = {"reason": reason, "when": when, "run": analysis.run_of(job).as_dict()}
    write_own(job.folder, FAILURE, json.dumps(content, indent=2, ensure_ascii=False) + "\n", kind=RECORDING)


def read_failure(folder: Path) -> dict[str, Any] | None:
    """Read why a recording failed; None if it did not, or succeeded since."""
    try:
        content = json.loads((folder / FAILURE).read_text(encoding="utf-8"))
        failed = (folder / FAILURE).stat().st_mtime_ns
        succeeded = (folder / COMPLETE).stat().st_mtime_ns if (folder / COMPLETE).exists() else 0
    except (OSError, ValueError):
        return None
    return content if failed >= succeeded else None


def _do(analysis: Analysis, job: Job) -> tuple[Status, str]:
    try:
        before = _done_before(analysis, job)
        if before is not None:
            return before
        check_no_link(job.folder.parent, job.folder)
        recording = load_recording(job.path, **job.options)
        check_feet(recording)
        with only_writer(job.folder, job.folder / LOCK):
            analyze_recording(
                replace(recording, name=job.recording),
                analysis.pipeline,
                job.folder,
                overwrite=True,
                plotly_folder=job.folder.parent.parent,
                remarks=[*check_plausible_units(recording), *analysis.remarks],
            )
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, it must not stop the other recordings
        reason = _reason_of(error)
        write_failure(analysis, job, reason, traceback.format_exc())
        return "failed", reason
    _forget_failure(job.folder)
    return "finished", ""


def _done_before(analysis: Analysis, job: Job) -> tuple[Status, str] | None:
    """Tell what became of the same run before; None if there was none, or it has to be done again."""
    there, failure = run_of_results(job.folder), read_failure(job.folder)
    if there is None and failure is None:
        return None
    run = analysis.run_of(job)
    if there == run:
        _forget_failure(job.folder)
        created = (read_provenance(job.folder) or {}).get("created", "")
        # New, if a process finished it a moment ago and died before it could say so.
        return ("finished" if analysis.since and created >= analysis.since else "skipped"), ""
    if failure is not None and failure.get("run") == run.as_dict() and not analysis.retry_failed:
        return "failed", failure["reason"]
    return None


def _forget_failure(folder: Path) -> None:
    with suppress(NotOursError):  # what the user has changed stays
        remove_own(folder, {FAILURE, FAILURE_LOG}, kind=RECORDING)


def _content(path: Path) -> str:
    """Hash the content of a recording; empty if it cannot be read, which the reader explains better."""
    try:
        return content_sha256(path)
    except OSError:
        return ""


def _reason_of(error: BaseException) -> str:
    """Say what happened to somebody who does not read tracebacks."""
    notes = "".join(f" {note}" for note in getattr(error, "__notes__", []))
    # Subclasses of ValueError come from other packages.
    if (isinstance(error, ValidationError | ImportError) or type(error) is ValueError) and str(error):
        return f"{error}{notes}"
    if isinstance(error, MemoryError):
        return "There was not enough memory. Analyse fewer recordings at once (--jobs), or use a larger machine."
    if isinstance(error, OSError) and error.strerror:
        return f"A file could not be read or written: {error.strerror} ({error.filename or 'unknown file'})."
    return (
        f"The analysis ended with an unexpected error ({type(error).__name__}: {error}){notes}. "
        f"The file {FAILURE_LOG} in the folder of the recording has the details; please report it."
    )
