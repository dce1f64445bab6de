"""From the choices of a user to a pipeline that is ready to run."""

from pathlib import Path

import joblib

from gaitmap.caching._store import without_gitignore
from gaitmap.pipelines import GaitPipeline
from gaitmap.preprocessing.sensor_alignment import AutoAlignment, GravityAlignment
from gaitmap.stride_segmentation import BarthDtw, BarthOriginalTemplate, OpenStrideTemplate, SwingStrideSegmentation

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
    if template is not None:
        _set_template(pipeline, template)
    parameters = pipeline.get_params(deep=True)
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
        with without_gitignore(cache):
            memory = joblib.Memory(cache, verbose=0)
        pipeline.set_params(**{name: memory for name in parameters if name.split("__")[-1] == "memory"})
    return pipeline


def _set_template(pipeline: GaitPipeline, template: str) -> None:
    if template not in TEMPLATES:
        raise ValueError(
            f"--template: there is no template '{template}'. Expected one of {', '.join(TEMPLATES)}. A template of "
            "your own goes into the parameters (--config)."
        )
    if isinstance(pipeline.segmentation, SwingStrideSegmentation):
        # The segmentation of the default chain has none; who names one wants it to be used.
        pipeline.set_params(segmentation=BarthDtw(template=None))
    if "segmentation__template" not in pipeline.get_params(deep=True):
        raise ValueError(
            f"--template: the segmentation {type(pipeline.segmentation).__name__} has no template. "
            "Leave the option out, or use a DTW segmentation in --config."
        )
    pipeline.set_params(segmentation__template=TEMPLATES[template]())
