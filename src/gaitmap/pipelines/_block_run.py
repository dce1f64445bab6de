"""The chain for a recording on disk of any length: block by block, in bounded memory."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from gaitmap.base import without_caches
from gaitmap.pipelines._calibration import needs_calibration, with_levels
from gaitmap.pipelines._feet import feet_of
from gaitmap.pipelines._gait_pipeline import GaitPipeline, check_pipeline, set_results
from gaitmap.pipelines._mounting import check_mounting_steps
from gaitmap.pipelines._run import Observer, Run
from gaitmap.pipelines._sources import FileSource
from gaitmap.pipelines._steps import StepRunner, Steps
from gaitmap.pipelines.blocks._checkpoint import Checkpoint
from gaitmap.pipelines.blocks._streamed_strides import StreamedStrides
from gaitmap.recordings import RecordingFile
from gaitmap.results import RunIdentity

#: 11 min at 204.8 Hz: 13 MB for two feet, some 100 MB with all that is computed from it.
BLOCK_LENGTH = 2**17


class BlockRun:
    """Analyse a recording block by block; the results are those of :meth:`GaitPipeline.analyze`.

    Parameters
    ----------
    pipeline
        The chain; a clone of it runs, without caches.
    recording
        The recording, as :func:`gaitmap.recordings.open_recording` gives it.
    folder
        Where to keep what is needed to go on after an interruption; None keeps everything in memory.
    block_length
        Samples per block. Time and memory depend on it, the results do not.
    keep_trajectory
        Keep the paths of all strides (11 values per sample of a stride).
    observers
        ``{name: observer}`` that see each block once, over all interruptions.

    Attributes
    ----------
    observers
        The observers, after they have seen all blocks.

    Raises
    ------
    BlocksNotPossibleError
        If a step of the pipeline needs the whole recording at once (also a ValueError).
    """

    def __init__(
        self,
        pipeline: GaitPipeline,
        recording: RecordingFile,
        *,
        folder: str | Path | None = None,
        block_length: int = BLOCK_LENGTH,
        keep_trajectory: bool = False,
        observers: Mapping[str, Observer] | None = None,
    ) -> None:
        self._pipeline = pipeline.clone()
        self._recording = recording
        self._source = FileSource(recording, block_length)
        self._folder = folder
        self._block_length = block_length
        self._keep_trajectory = keep_trajectory
        self._observers = dict(observers or {})
        check_pipeline(self._pipeline, recording.sampling_rate_hz)
        self._steps = Steps(without_caches(self._pipeline), feet_of(recording.sensors), recording.sampling_rate_hz)
        check_blocks_are_possible(self._steps)
        self._checkpoint: Checkpoint | None = None
        self._run: Run | None = None

    @property
    def observers(self) -> dict[str, Observer]:
        """The observers, after they have seen all blocks."""
        return self._observers if self._run is None else self._run.observers

    def run(
        self,
        *,
        on_step: Callable[[str], None] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
    ) -> GaitPipeline:
        """Run, or go on with a run that was interrupted.

        Parameters
        ----------
        on_step
            Called with the name of each part of the work before it starts.
        on_progress
            Called with the number of samples done and of all samples, before the first and after each block.

        Returns
        -------
        GaitPipeline
            The pipeline with all its results but ``trajectory_``, which is empty: :meth:`trajectory_parts` gives the
            paths, if they were kept.
        """
        if self._folder is not None:
            self._checkpoint = Checkpoint(self._folder, self._key())
        self._run = Run(
            self._steps,
            self._source,
            on_step=on_step,
            on_progress=on_progress,
            checkpoint=self._checkpoint,
            keep_trajectory=self._keep_trajectory,
            observers=self._observers,
        )
        return set_results(self._pipeline, self._run.results())

    def trajectory_parts(self) -> Iterator[dict[Hashable, pd.DataFrame]]:
        """Give the paths of the strides, part by part of the recording, after the run, if they were kept."""
        for part in () if self._run is None else self._run.parts():
            if part.trajectory:
                yield part.trajectory

    def forget_progress(self) -> None:
        """Remove what was kept on disk to go on after an interruption."""
        if self._checkpoint is not None:
            self._checkpoint.remove()

    def _key(self) -> dict[str, Any]:
        recording = self._recording
        return {
            "run": RunIdentity.of_run(recording.sha256, recording.options, self._steps.pipeline).as_dict(),
            "observers": sorted(self._observers),
            "block_length": self._block_length,
            "keep_trajectory": self._keep_trajectory,
        }


def check_blocks_are_possible(steps: Steps) -> None:
    """Tell what is not possible block by block before any work is done.

    Raises
    ------
    BlocksNotPossibleError
        If a step needs the whole recording.
    """
    check_mounting_steps(steps.pipeline)
    segmentation: Any = steps.pipeline.segmentation
    if needs_calibration(segmentation, steps.pipeline.gait_detection):
        segmentation = with_levels(segmentation, dict.fromkeys(steps.feet, 0.0))
    steps = steps.replaced(segmentation=segmentation)
    StreamedStrides(steps, StepRunner(steps.pipeline, steps.feet), steps.feet)
