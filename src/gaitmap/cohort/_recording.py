"""One recording: run the pipeline and write its results folder."""

import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import joblib

from gaitmap.io import (
    FileFormat,
    Recording,
    Results,
    build_provenance,
    build_summary,
    build_trajectory,
    check_results_folder,
    write_results,
)
from gaitmap.pipelines import GaitPipeline
from gaitmap.preprocessing.sensor_alignment import AutoAlignment, GravityAlignment
from gaitmap.stride_segmentation import BarthOriginalTemplate, OpenStrideTemplate
from gaitmap.utils.exceptions import UncertainAlignmentWarning

#: Above this duration trajectory files are written on request only (24 h of two feet are several GB).
TRAJECTORY_LIMIT_S = 3600.0

TEMPLATES = {"original": BarthOriginalTemplate, "open": OpenStrideTemplate}
#: Name of an alignment on the command line -> its class; ``type(None)()`` is None.
ALIGNMENTS = {"auto": AutoAlignment, "gravity": GravityAlignment, "none": type(None)}


def choose_template() -> tuple[str, str | None]:
    """Choose the stride template for an analysis that names none.

    Returns
    -------
    name
        ``"original"`` (the default template) if its data are installed, else ``"open"``.
    remark
        A sentence for the user about the choice; None for the original one.
    """
    try:
        BarthOriginalTemplate().get_data()
    except ImportError:
        return "open", (
            "Strides were searched with the open template, because the data of the original one are not installed "
            "(pip install 'gaitmap[mad-data]'). Results differ slightly; --template open or original settles it."
        )
    return "original", None


def prepare_pipeline(
    pipeline: GaitPipeline,
    *,
    align: str | None = None,
    template: str | None = None,
    cache: str | Path | None = None,
) -> GaitPipeline:
    """Apply the choices of the command line to a pipeline.

    Parameters
    ----------
    pipeline
        The pipeline; it is changed in place.
    align
        How the sensors are aligned with the feet (a key of ``ALIGNMENTS``), or None to keep the way of the pipeline. An
        alignment of the same kind that the pipeline has keeps its parameters.
    template
        Name of the stride template (a key of ``TEMPLATES``), or None to keep the one of the pipeline.
    cache
        Folder in which all steps that can cache keep their results, or None.

    Returns
    -------
    GaitPipeline
        The pipeline.

    Raises
    ------
    ValueError
        If the alignment or the template is unknown, the segmentation has no template, or the cache is no folder.
    ImportError
        If the data of the template are not installed.
    """
    if align is not None:
        if align not in ALIGNMENTS:
            raise ValueError(f"--align: there is no alignment '{align}'. Expected one of {', '.join(ALIGNMENTS)}.")
        kind = ALIGNMENTS[align]
        if type(pipeline.alignment) is not kind:
            pipeline.set_params(alignment=kind())
    parameters = pipeline.get_params(deep=True)
    if template is not None:
        if template not in TEMPLATES:
            raise ValueError(
                f"--template: there is no template '{template}'. Expected one of {', '.join(TEMPLATES)}. A template of "
                "your own goes into the parameters (--config)."
            )
        if "segmentation__template" not in parameters:
            raise ValueError(
                f"--template: the segmentation {type(pipeline.segmentation).__name__} has no template. "
                "Leave the option out, or use a DTW segmentation in --config."
            )
        pipeline.set_params(segmentation__template=TEMPLATES[template]())
    # A template whose data are missing is told now, not after minutes of work.
    used_template = pipeline.get_params(deep=True).get("segmentation__template")
    if isinstance(used_template, BarthOriginalTemplate):
        used_template.get_data()
    if cache is not None:
        try:
            Path(cache).mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(
                f"--cache: '{cache}' cannot be used as a folder ({error.strerror}). Choose another one, or leave the "
                "option out."
            ) from None
        memory = joblib.Memory(cache, verbose=0)
        pipeline.set_params(**{name: memory for name in parameters if name.split("__")[-1] == "memory"})
    return pipeline


def analyze_recording(
    recording: Recording,
    pipeline: GaitPipeline,
    folder: str | Path,
    *,
    file_format: FileFormat = "parquet",
    write_trajectory: bool | None = None,
    overwrite: bool = False,
    remarks: Sequence[str] = (),
    on_step: Callable[[str], None] | None = None,
) -> Results:
    """Analyse a recording and write its results folder with the report.

    Parameters
    ----------
    recording
        The recording.
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

    Returns
    -------
    Results
        What was written.
    """
    from gaitmap.report import write_report

    provenance = build_provenance(
        recording,
        parameters=_parameters_as_json(pipeline),
        alignment=_name(pipeline.alignment),
        template=_name(pipeline.get_params(deep=True).get("segmentation__template")),
    )
    check_results_folder(folder, provenance, overwrite=overwrite)
    clock = _StepClock(on_step)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        run = pipeline.clone().analyze(
            recording.data,
            recording.sampling_rate_hz,
            start_time=recording.start_time,
            name=recording.name,
            on_step=clock.start,
        )
    # What makes an alignment uncertain is among the findings of each foot already.
    told = [
        str(w.message)
        for w in caught
        if issubclass(w.category, UserWarning) and not issubclass(w.category, UncertainAlignmentWarning)
    ]
    notes = [*remarks, *dict.fromkeys(told)]
    clock.start("writing tables and report")
    if write_trajectory is None:
        write_trajectory = recording.duration_s <= TRAJECTORY_LIMIT_S
    path = run.trajectory_
    results = Results(
        strides=run.strides_,
        trajectory=build_trajectory(path, path, path, recording=recording.name) if write_trajectory else None,
        summary=build_summary(
            run.strides_,
            recording=recording.name,
            sampling_rate_hz=recording.sampling_rate_hz,
            duration_s=recording.duration_s,
            start_time=recording.start_time,
            quality=run.quality_,
            left_out={foot: part["reason"].value_counts().to_dict() for foot, part in run.left_out_.groupby("foot")},
            warnings=notes,
            walking=run.walking_,
        ),
        provenance=provenance | {"warnings": notes, "wall_time_s": clock.elapsed()},
        tables={name: table for name in ("bouts", "turns", "days") if (table := getattr(run, f"{name}_")) is not None},
    )
    write_results(
        folder,
        results,
        file_format=file_format,
        report=lambda target: write_report(target, results, data=recording.data),
        overwrite=overwrite,
    )
    return results


def _parameters_as_json(pipeline: GaitPipeline) -> str:
    """Parameters without the cache folder, which belongs to the machine and not to the analysis."""
    plain = pipeline.clone()
    plain.set_params(**{n: None for n in plain.get_params(deep=True) if n.split("__")[-1] == "memory"})
    return plain.to_json()


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
