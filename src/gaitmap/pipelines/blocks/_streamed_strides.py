"""Strides of a recording that comes in blocks, each analysed as soon as the samples around it are there."""

import warnings
from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.base import BoundToStrides
from gaitmap.pipelines._steps import StepRunner, Steps
from gaitmap.pipelines.blocks._foot_buffer import FootBuffer
from gaitmap.pipelines.blocks._segment_stream import SegmentationStream
from gaitmap.pipelines.outcome._stride_tables import StrideTables, analyze_strides
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory
from gaitmap.utils.exceptions import BlocksNotPossibleError, MissingEventWarning

# Before a stride: the gaps between strides over which the heading is followed (10 s), and some more.
_BEFORE_S = 12.0
# Behind a stride, for detectors that do not say how far they look.
_BEHIND_S = 10.0


class StreamedStrides:
    """Find and analyse strides in aligned data that come in blocks (can be pickled between two of them).

    The results are those of the recording as a whole, by the same code.

    Parameters
    ----------
    steps, run
        The algorithms, and what runs them. What was not possible is kept in ``run``.
    sensors
        Names of the sensors.

    Attributes
    ----------
    findings
        ``{sensor: sentences}``: none.

    Raises
    ------
    BlocksNotPossibleError
        If a step needs the whole recording.
    """

    def __init__(self, steps: Steps, run: StepRunner, sensors: Iterable[Hashable]) -> None:
        pipeline = steps.pipeline
        self._steps = steps
        self._run = run
        self.findings: dict[Hashable, list[str]] = {}
        self._by_region = isinstance(pipeline.trajectory, RegionLevelTrajectory)
        if self._by_region and pipeline.gait_detection is None:
            raise BlocksNotPossibleError(
                "Paths of whole regions (RegionLevelTrajectory) need regions. Without gait detection, the region is "
                "the recording as a whole. Set `gait_detection`, for example "
                "UllrichGaitSequenceDetection(), or reconstruct stride by stride (StrideLevelTrajectory)."
            )
        self._feet = {sensor: FootBuffer() for sensor in sensors}
        self._segmentation = SegmentationStream(
            pipeline.segmentation, pipeline.gait_detection, steps.rate, self._feet, whole_regions=self._by_region
        )
        self._behind = _samples_behind(pipeline, steps.rate)

    @property
    def n_samples(self) -> dict[Hashable, int]:
        """Samples so far."""
        return {sensor: foot.signal.end for sensor, foot in self._feet.items()}

    @property
    def max_delay_s(self) -> float:
        """Longest time in s between the end of a stride and its report, if the next stride follows directly."""
        longest = getattr(self._steps.pipeline.segmentation, "max_match_length_s", None) or np.inf
        return float(self._segmentation.max_delay_s + longest + self._behind / self._steps.rate)

    def push(self, data: Mapping[Hashable, pd.DataFrame]) -> StrideTables:
        """Take the next samples of all sensors; return what has become certain of strides since."""
        for sensor, foot in self._feet.items():
            foot.signal.append(data[sensor])
        found = self._segmentation.push(self._steps.to_body_frame(dict(data)))
        return self._analyze(found, at_end=False)

    def finish(self) -> StrideTables:
        """Return the last strides: no samples follow."""
        tables = self._analyze(self._segmentation.finish(), at_end=True)
        self._run.add_problems(self._segmentation.problems)
        return tables

    def _analyze(self, found: Mapping[Hashable, pd.DataFrame], *, at_end: bool) -> StrideTables:
        """Analyse the strides around which all samples are there."""
        strides, data, regions, previous = {}, {}, {}, {}
        before = int(_BEFORE_S * self._steps.rate)
        for sensor, foot in self._feet.items():
            foot.add(found.get(sensor), self._segmentation.closed_regions.get(sensor) if self._by_region else None)
            group = foot.next_group(self._behind, self._segmentation.open_from[sensor], at_end=at_end)
            if group is not None:
                data[sensor] = foot.signal_of(group, before, self._behind)
                strides[sensor] = foot.as_local(group, ("start", "end"))
                previous[sensor] = foot.as_local(foot.last_events, ("start", "end"))
                regions[sensor] = foot.as_local(foot.regions_of(group), ("start", "end"))
        with warnings.catch_warnings():
            # Strides that fail are among the reasons, each once; a warning would come with every block.
            warnings.simplefilter("ignore", MissingEventWarning)
            tables = StrideTables()
            if strides:
                body = self._steps.to_body_frame(data)
                known = regions if self._by_region else None
                tables = analyze_strides(self._steps, self._run, data, body, strides, known, previous)
        for sensor, foot in self._feet.items():
            if sensor in strides:
                foot.settle(tables, sensor)
            foot.forget(self._segmentation.open_from[sensor], before)
        return tables


def _samples_behind(pipeline: Any, rate: float) -> int:
    """Count the samples behind a stride that its events and path may depend on."""
    events = 0.0 if pipeline.events is None else _BEHIND_S
    if isinstance(pipeline.events, BoundToStrides):
        events = pipeline.events.context_s
    window = getattr(pipeline.trajectory, "align_window_width", 0) or 0
    return max(int(np.ceil(events * rate)), int(window)) + 1
