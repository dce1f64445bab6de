"""The one conductor of the chain, whatever the source of the signals."""

from collections.abc import Callable, Hashable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, Protocol

import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.base import BaseStrideSegmentation
from gaitmap.pipelines._calibration import calibrate_segmentation, needs_gait_sequences
from gaitmap.pipelines._mounting import Mounting, find_mounting, mounted_blocks
from gaitmap.pipelines._sources import Source
from gaitmap.pipelines._steps import StepRunner, Steps
from gaitmap.pipelines._whole_strides import WholeSegmentation, WholeStrides
from gaitmap.pipelines.blocks._checkpoint import Checkpoint
from gaitmap.pipelines.blocks._kept_warnings import KeptWarnings
from gaitmap.pipelines.blocks._region_strides import restricted_to_sensor
from gaitmap.pipelines.blocks._segment_stream import SegmentationStream
from gaitmap.pipelines.blocks._streamed_strides import StreamedStrides
from gaitmap.pipelines.outcome._conclusion import Evidence, conclude
from gaitmap.pipelines.outcome._stride_tables import StrideTables
from gaitmap.preprocessing.sensor_alignment import AutoAlignment
from gaitmap.quality import QualityAssessment
from gaitmap.utils._memory import release_free_memory
from gaitmap.utils.exceptions import DataQualityError


class Observer(Protocol):
    """Something else that looks at the signals on the way (and can be pickled)."""

    def update(self, block: Mapping[Hashable, pd.DataFrame], /) -> None:
        """Take the next samples as they were recorded."""


@dataclass
class State:
    """All that a run knows between two blocks (can be pickled).

    Attributes
    ----------
    run
        What runs the steps, with what was not possible so far.
    mounting
        Offsets and rotations of the sensors.
    segmentation
        The segmentation, which knows what it needs to know of the whole recording.
    strides
        What finds and analyses the strides.
    quality, observers
        What else sees the signals, as they were recorded.
    warnings
        Warnings so far.
    n_done, n_parts
        Number of samples that were seen, and of tables of strides that came of them.
    is_finished
        Whether the strides at the end are among them.
    """

    run: StepRunner
    mounting: Mounting
    segmentation: BaseStrideSegmentation
    strides: WholeStrides | StreamedStrides | None
    quality: QualityAssessment
    observers: dict[str, Observer]
    warnings: KeptWarnings = field(default_factory=KeptWarnings)
    n_done: int = 0
    n_parts: int = 0
    is_finished: bool = False


def calibrated(steps: Steps, source: Source, mounting: Mounting) -> BaseStrideSegmentation:
    """Let the segmentation measure what it needs to know of the whole recording before it looks for strides."""
    pipeline = steps.pipeline
    body = partial(mounted_blocks, source, mounting, then=steps.to_body_frame)
    return calibrate_segmentation(
        pipeline.segmentation, pipeline.gait_detection, body, steps.rate, list(source.n_samples)
    )


class Run:
    """Conduct the chain: mounting, strides, their parameters, both feet, what deserves attention.

    Parameters
    ----------
    steps
        The algorithms.
    source
        The signals. A source that gives the recording as a whole lets each step see all of it, with its caches; in any
        other case the chain goes from block to block, with equal results.
    on_step
        Called with the name of each part of the work before it starts.
    on_progress
        Called with the number of samples done and of all samples, before the first and after each block.
    checkpoint
        Where to keep what is needed to go on after an interruption; None keeps everything in memory.
    keep_trajectory
        Keep the paths of the strides.
    observers
        ``{name: observer}`` that see each block once, over all interruptions.
    """

    def __init__(
        self,
        steps: Steps,
        source: Source,
        *,
        on_step: Callable[[str], None] | None = None,
        on_progress: Callable[[int, int], None] | None = None,
        checkpoint: Checkpoint | None = None,
        keep_trajectory: bool = True,
        observers: Mapping[str, Observer] | None = None,
    ) -> None:
        self._steps = steps
        self._source = source
        self._announce = on_step or (lambda _: None)
        self._on_progress = on_progress or (lambda *_: None)
        self._checkpoint = checkpoint
        self._keep_trajectory = keep_trajectory
        self._observers = dict(observers or {})
        self._in_memory: list[StrideTables] = []
        self._state: State | None = None

    @property
    def observers(self) -> dict[str, Observer]:
        """The observers; after an interruption those that saw the blocks before it."""
        return self._observers if self._state is None else self._state.observers

    def results(self) -> dict[str, Any]:
        """Run, or go on with a run that was interrupted; give ``{name of the result of the pipeline: value}``."""
        self._state = state = self._load() or self._start()
        if not self._source.is_whole:
            state.run.on_step = None  # the steps take turns, block by block
            self._announce("strides, events and parameters")
        self._analyze_blocks(state)
        state.warnings.tell()
        if self._source.is_whole:
            (tables,) = self._in_memory
        else:
            self._announce("both feet, bouts and days")
            tables = self._join_parts(state)
        return conclude(self._steps, state.run, tables, self._evidence(state))

    def parts(self) -> Iterator[StrideTables]:
        """Give what was found out about the strides, part by part of the recording, after the run."""
        if self._checkpoint is None:
            yield from self._in_memory
        elif self._state is not None:
            yield from map(self._checkpoint.part, range(self._state.n_parts))

    def _load(self) -> State | None:
        return None if self._checkpoint is None else self._checkpoint.load()

    def _start(self) -> State:
        """Find out what has to be known before the first block, and set up everything that sees the blocks."""
        kept = KeptWarnings()
        run = StepRunner(self._steps.pipeline, self._steps.feet, self._announce)
        with self._collecting(kept):
            mounting = find_mounting(self._steps, run, self._source)
            # A segmentation that sees all of the recording measures what it needs itself.
            steps = self._steps
            if not self._source.is_whole:
                steps = steps.replaced(segmentation=calibrated(steps, self._source, mounting))
        state = State(
            run=run,
            mounting=mounting,
            segmentation=steps.pipeline.segmentation,
            strides=WholeStrides(steps, run)
            if self._source.is_whole
            else StreamedStrides(steps, run, self._source.n_samples),
            quality=QualityAssessment(steps.rate),
            observers=self._observers,
            warnings=kept,
        )
        self._save(state)
        return state

    def _analyze_blocks(self, state: State) -> None:
        assert state.strides is not None
        n_samples = max(self._source.n_samples.values(), default=0)
        self._on_progress(state.n_done, n_samples)
        if state.n_done < n_samples or self._source.is_whole:
            for block in self._source.blocks(start=state.n_done):
                with self._collecting(state.warnings):
                    state.quality.update(block)
                    for observer in state.observers.values():
                        observer.update(block)
                    tables = state.strides.push(state.mounting.apply(block))
                state.n_done += max(map(len, block.values()), default=0)
                self._keep(tables, state)
                self._on_progress(state.n_done, n_samples)
        if not state.is_finished and not self._source.is_whole:
            with self._collecting(state.warnings):
                tables = state.strides.finish()
            state.is_finished = True
            self._keep(tables, state)

    def _collecting(self, kept: KeptWarnings) -> AbstractContextManager[None]:
        """Keep warnings where work may be interrupted, so that each is told once."""
        return nullcontext() if self._source.is_whole else kept.collect()

    def _keep(self, tables: StrideTables, state: State) -> None:
        if not self._keep_trajectory:
            tables = _without_path(tables)
        state.n_parts += 1
        self._save(state, tables)
        if self._checkpoint is None:
            self._in_memory.append(tables)

    def _save(self, state: State, tables: StrideTables | None = None) -> None:
        if self._checkpoint is not None:
            self._checkpoint.save(state, state.n_parts, tables)

    def _join_parts(self, state: State) -> StrideTables:
        """Join the tables of all parts, but for the paths, which are as long as the signals."""
        state.strides = None  # has done its work, and its buffers are large
        release_free_memory()
        tables = StrideTables.joined(map(_without_path, self.parts()), self._steps.feet)
        release_free_memory()
        return tables

    def _evidence(self, state: State) -> Evidence:
        """Lay out what is known beside the strides."""
        quality = dict(state.quality.result())
        described = state.mounting.described
        for sensor, entry in quality.items():
            if "offset" in described.get(sensor, {}):
                entry["offset"] = described[sensor]["offset"]
        return Evidence(
            name=self._source.name,
            start_time=self._source.start_time,
            n_samples=self._source.n_samples,
            quality=quality,
            find_mounting=partial(self._find_mounting, state),
            count_strides=partial(self._count_strides, state),
            alignment={
                sensor: (steps.get("alignment"), state.mounting.findings[sensor]) for sensor, steps in described.items()
            },
            segmentation={} if state.strides is None else state.strides.findings,
        )

    def _find_mounting(self, state: State, sensor: Hashable) -> tuple[Rotation, float]:
        """Find what automatic alignment makes of a sensor, after its alignment."""
        blocks = partial(mounted_blocks, self._source, state.mounting, only=[sensor])
        found = AutoAlignment().estimate(blocks, sampling_rate_hz=self._steps.rate)
        if sensor in found.problems_:
            raise DataQualityError(found.problems_[sensor])
        return found.rotation_[sensor], found.confidence_[sensor]  # type: ignore[index]

    def _count_strides(self, state: State, sensor: Hashable, foot: str) -> int:
        """Count the strides of a sensor that is taken as the one of another foot."""
        rate = self._steps.rate
        turned = partial(self._steps.to_body_frame, feet={sensor: foot})
        blocks = partial(mounted_blocks, self._source, state.mounting, only=[sensor], then=turned)
        segmentation = restricted_to_sensor(state.segmentation, sensor)
        needs_gait = needs_gait_sequences(segmentation, rate, sensor)
        gait_detection = self._steps.pipeline.gait_detection if needs_gait else None
        segmenter: WholeSegmentation | SegmentationStream
        if self._source.is_whole:
            steps = self._steps.replaced(segmentation=segmentation, gait_detection=gait_detection)
            segmenter = WholeSegmentation(steps, StepRunner(steps.pipeline, [sensor]))
        else:
            segmentation = calibrate_segmentation(segmentation, None, blocks, rate, [sensor])
            segmenter = SegmentationStream(segmentation, gait_detection, rate, [sensor])
        n_strides = sum(len(segmenter.push(block).get(sensor, ())) for block in blocks())
        return n_strides + len(segmenter.finish().get(sensor, ()))


def _without_path(tables: StrideTables) -> StrideTables:
    """Without the paths, which are as long as the signals."""
    return replace(tables, trajectory={})
