"""The chain for a recording on disk of any length: block by block, in bounded memory."""

from collections.abc import Callable, Collection, Hashable, Iterator, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.base import BaseStrideSegmentation
from gaitmap.pipelines._calibration import calibrate_segmentation, needs_calibration, needs_gait_sequences, with_levels
from gaitmap.pipelines._feet import feet_of
from gaitmap.pipelines._gait_pipeline import GaitPipeline
from gaitmap.pipelines._gait_stream import GaitStream
from gaitmap.pipelines._steps import StepRunner, Steps, describe_alignment
from gaitmap.pipelines.blocks._checkpoint import Checkpoint
from gaitmap.pipelines.blocks._kept_warnings import KeptWarnings
from gaitmap.pipelines.blocks._region_strides import restricted_to_sensor
from gaitmap.pipelines.blocks._segment_stream import SegmentationStream
from gaitmap.pipelines.outcome._conclusion import Evidence, conclude
from gaitmap.pipelines.outcome._stride_tables import StrideTables
from gaitmap.preprocessing.sensor_alignment import AutoAlignment
from gaitmap.quality import QualityAssessment
from gaitmap.recordings import RecordingFile
from gaitmap.utils._memory import release_free_memory
from gaitmap.utils.exceptions import BlocksNotPossibleError, DataQualityError
from gaitmap.utils.rotations import rotate_dataset

#: 11 min at 204.8 Hz: 13 MB for two feet, some 100 MB with all that is computed from it.
BLOCK_LENGTH = 2**17


class Observer(Protocol):
    """Something else that looks at the signals on the way (and can be pickled)."""

    def update(self, block: Mapping[Hashable, pd.DataFrame], /) -> None:
        """Take the next samples as they were recorded."""


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
        self.observers = dict(observers or {})
        self._pipeline = pipeline.clone()
        self._recording = recording
        self._folder = folder
        self._block_length = block_length
        self._keep_trajectory = keep_trajectory
        self._rate = recording.sampling_rate_hz
        self._pipeline._check(self._rate)
        self._steps = Steps(self._pipeline, feet_of(recording.sensors), self._rate)
        if self._pipeline.alignment is not None and not hasattr(self._pipeline.alignment, "estimate"):
            raise BlocksNotPossibleError(
                f"The alignment {type(self._pipeline.alignment).__name__} needs the whole signal. GravityAlignment and "
                "AutoAlignment do not."
            )
        # Tells what is not possible before any work is done.
        segmentation: Any = self._pipeline.segmentation
        if needs_calibration(segmentation, self._pipeline.gait_detection):
            segmentation = with_levels(segmentation, dict.fromkeys(self._steps.feet, 0.0))
        self._new_stream({}, segmentation)
        self._checkpoint: Checkpoint | None = None
        self._in_memory: list[StrideTables] = []
        self._n_parts = 0

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
        announce = on_step or (lambda _: None)
        if self._folder is not None:
            self._checkpoint = Checkpoint(self._folder, self._key())
        state = None if self._checkpoint is None else self._checkpoint.load()
        if state is None:
            kept = KeptWarnings()
            with kept.collect():
                state = self._start(announce)
            state["warnings"] = kept
            self._save(state)
        self._n_parts = state["n_parts"]
        self.observers = state["observers"]
        announce("strides, events and parameters")
        self._analyze_blocks(state, on_progress or (lambda *_: None))
        # Some may come from before an interruption.
        state["warnings"].tell()
        announce("both feet, bouts and days")
        # The stream has done its work, and its buffers are large.
        problems = state.pop("stream").problems
        release_free_memory()
        tables = StrideTables.joined(map(_without_path, self._read_parts()), self._steps.feet)
        release_free_memory()
        return self._conclude(state, problems, tables)

    def trajectory_parts(self) -> Iterator[dict[Hashable, pd.DataFrame]]:
        """Give the paths of the strides, part by part of the recording, after the run, if they were kept."""
        for part in self._read_parts():
            if part.trajectory:
                yield part.trajectory

    def forget_progress(self) -> None:
        """Remove what was kept on disk to go on after an interruption."""
        if self._checkpoint is not None:
            self._checkpoint.remove()

    def _start(self, announce: Callable[[str], None]) -> dict[str, Any]:
        """Gather the statistics that the analysis needs, and set up everything that sees the blocks."""
        run = StepRunner(self._pipeline, self._steps.feet, announce)
        alignment: dict[Hashable, tuple[dict[str, Any], list[str]]] = {}
        rotation: dict[Hashable, Rotation] = {}
        # Where no foot can be aligned, each of them is tried alone, which tells its own reason.
        for sensor, method in run("alignment", self._estimate_alignment, self._steps.feet).items():
            if sensor in method.rotation_:
                rotation[sensor] = method.rotation_[sensor]
                alignment[sensor] = describe_alignment(method, sensor)
            else:
                run.add_problem(sensor, "alignment", method.problems_[sensor])
        blocks = partial(self._body_blocks, rotation)
        sensors = list(self._steps.feet)
        segmentation = calibrate_segmentation(
            self._pipeline.segmentation, self._pipeline.gait_detection, blocks, self._rate, sensors
        )
        stream = self._new_stream(rotation, segmentation)
        stream.add_problems(run.problems)
        return {
            "segmentation": segmentation,
            "alignment": alignment,
            "rotation": rotation,
            "stream": stream,
            "quality": QualityAssessment(self._rate),
            "observers": self.observers,
            "n_done": 0,
            "n_parts": 0,
            "is_finished": False,
        }

    def _estimate_alignment(self, sensors: list[Hashable]) -> dict[Hashable, Any]:
        """Find how sensors are mounted: the alignment after its run, for each of them."""
        method = self._steps.new("alignment")
        method.estimate(partial(self._raw_blocks, only=sensors), sampling_rate_hz=self._rate)
        return dict.fromkeys(sensors, method)

    def _new_stream(self, rotation: dict[Hashable, Rotation], segmentation: BaseStrideSegmentation) -> GaitStream:
        pipeline = self._pipeline.clone().set_params(segmentation=segmentation)
        return GaitStream(pipeline, self._rate, sensors=tuple(self._recording.sensors), rotation=rotation)

    def _analyze_blocks(self, state: dict[str, Any], on_progress: Callable[[int, int], None]) -> None:
        n_samples = self._recording.n_samples
        on_progress(state["n_done"], n_samples)
        if state["n_done"] < n_samples:
            for block in self._recording.blocks(block_length=self._block_length, start=state["n_done"]):
                with state["warnings"].collect():
                    for observer in (state["quality"], *state["observers"].values()):
                        observer.update(block)
                    tables = state["stream"].push_tables(block)
                state["n_done"] += max(map(len, block.values()))
                self._keep(tables, state)
                on_progress(state["n_done"], n_samples)
        if not state["is_finished"]:
            with state["warnings"].collect():
                tables = state["stream"].finish_tables()
            state["is_finished"] = True
            self._keep(tables, state)

    def _keep(self, tables: StrideTables, state: dict[str, Any]) -> None:
        if not self._keep_trajectory:
            tables = _without_path(tables)
        state["n_parts"] += 1
        self._save(state, tables)
        if self._checkpoint is None:
            self._in_memory.append(tables)

    def _save(self, state: dict[str, Any], tables: StrideTables | None = None) -> None:
        self._n_parts = state["n_parts"]
        if self._checkpoint is not None:
            self._checkpoint.save(state, self._n_parts, tables)

    def _read_parts(self) -> Iterator[StrideTables]:
        if self._checkpoint is None:
            yield from self._in_memory
        else:
            yield from map(self._checkpoint.part, range(self._n_parts))

    def _conclude(
        self, state: dict[str, Any], problems: dict[Hashable, dict[str, int]], tables: StrideTables
    ) -> GaitPipeline:
        rotation = state["rotation"]
        run = StepRunner(self._pipeline, self._steps.feet, None)
        run.problems = problems

        def find_mounting(sensor: Hashable) -> tuple[Rotation, float]:
            blocks = partial(self._aligned_blocks, rotation, only=sensor)
            found = AutoAlignment().estimate(blocks, sampling_rate_hz=self._rate)
            if sensor not in found.rotation_:
                raise DataQualityError(found.problems_[sensor])
            return found.rotation_[sensor], found.confidence_[sensor]  # type: ignore[index]

        evidence = Evidence(
            name=self._recording.name,
            start_time=self._recording.start_time,
            n_samples=dict.fromkeys(self._steps.feet, self._recording.n_samples),
            quality=dict(state["quality"].result()),
            find_mounting=find_mounting,
            count_strides=partial(self._count_strides, rotation, state["segmentation"]),
            alignment=state["alignment"],
        )
        return self._pipeline._set_results(conclude(self._steps, run, tables, evidence))

    def _count_strides(
        self, rotation: dict[Hashable, Rotation], segmentation: BaseStrideSegmentation, sensor: Hashable, foot: str
    ) -> int:
        """Count the strides of a sensor that is taken as the one of another foot."""

        def blocks(columns: Collection[str] | None = None) -> Iterator[dict[Hashable, pd.DataFrame]]:
            for block in self._aligned_blocks(rotation, columns, only=sensor):
                yield self._steps.to_body_frame(block, {sensor: foot})

        segmentation = restricted_to_sensor(segmentation, sensor)
        needs_gait = needs_gait_sequences(segmentation, self._rate, sensor)
        segmentation = calibrate_segmentation(segmentation, None, blocks, self._rate, [sensor])
        gait_detection = self._pipeline.gait_detection if needs_gait else None
        stream = SegmentationStream(segmentation, gait_detection, self._rate, [sensor])
        n_strides = 0
        for block in blocks():
            n_strides += len(stream.push(block).get(sensor, ()))
        return n_strides + len(stream.finish().get(sensor, ()))

    def _raw_blocks(
        self, columns: Collection[str] | None = None, *, only: Collection[Hashable] | None = None
    ) -> Iterator[dict[str, pd.DataFrame]]:
        for block in self._recording.blocks(columns, block_length=self._block_length):
            yield {sensor: data for sensor, data in block.items() if only is None or sensor in only}

    def _aligned_blocks(
        self,
        rotation: Mapping[Hashable, Rotation],
        columns: Collection[str] | None = None,
        *,
        only: Hashable | None = None,
    ) -> Iterator[dict[Hashable, pd.DataFrame]]:
        """Blocks in the sensor frame; all channels, since a rotation mixes them."""
        del columns
        for block in self._raw_blocks():
            yield {
                sensor: rotate_dataset(data, rotation[sensor]) if sensor in rotation else data
                for sensor, data in block.items()
                if only is None or sensor == only
            }

    def _body_blocks(
        self, rotation: Mapping[Hashable, Rotation], columns: Collection[str] | None = None
    ) -> Iterator[dict[Hashable, pd.DataFrame]]:
        """Blocks in the body frame."""
        del columns
        for block in self._aligned_blocks(rotation):
            yield self._steps.to_body_frame(block)

    def _key(self) -> dict[str, Any]:
        from gaitmap import __version__

        return {
            "sha256": self._recording.sha256,
            "sampling_rate_hz": self._rate,
            "units": self._recording.units,
            "sensors": [str(sensor) for sensor in self._recording.sensors],
            "parameters": self._pipeline.to_json(),
            "block_length": self._block_length,
            "keep_trajectory": self._keep_trajectory,
            "observers": sorted(self.observers),
            "version": __version__,
        }


def _without_path(tables: StrideTables) -> StrideTables:
    """Without the paths, which are as long as the signals."""
    return replace(tables, trajectory={})
