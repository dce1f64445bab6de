"""Strides of a recording in memory: every step sees all of it at once, and its caches work."""

from collections.abc import Hashable, Mapping

import pandas as pd

from gaitmap.pipelines._steps import StepRunner, Steps
from gaitmap.pipelines.blocks._region_strides import searched_everywhere, whole_recording
from gaitmap.pipelines.outcome._stride_tables import StrideTables, analyze_strides


class WholeSegmentation:
    """Find the strides of a recording that comes as one block.

    The counterpart of :class:`~gaitmap.pipelines.blocks._segment_stream.SegmentationStream`.

    Parameters
    ----------
    steps, run
        The algorithms, and what runs them.

    Attributes
    ----------
    regions
        ``{sensor: gait sequences}``; None without gait detection.
    findings
        ``{sensor: sentences}`` about what was done to find the strides.
    """

    def __init__(self, steps: Steps, run: StepRunner) -> None:
        self._steps = steps
        self._run = run
        self.regions: dict[Hashable, pd.DataFrame] | None = None
        self.findings: dict[Hashable, list[str]] = {}

    def push(self, body: Mapping[Hashable, pd.DataFrame]) -> dict[Hashable, pd.DataFrame]:
        """Find the strides in the body-frame data of all sensors."""
        steps, sensors = self._steps, list(body)
        if steps.pipeline.gait_detection is not None:
            found_gait = self._run("gait_detection", lambda some: steps.detect_gait(_of(body, some)), sensors)
            # Gait sequences make a search easier; that there are none is no reason to find no strides.
            without = [sensor for sensor in sensors if sensor not in found_gait]
            self._run.add_problems({sensor: {searched_everywhere(): 1} for sensor in without})
            self.regions = {s: found_gait[s] if s in found_gait else whole_recording(len(body[s])) for s in sensors}
        found = self._run("segmentation", lambda some: steps.segment(_of(body, some), self.regions), sensors)
        self.findings = {sensor: findings for sensor, (_, findings) in found.items()}
        return {sensor: strides for sensor, (strides, _) in found.items()}

    def finish(self) -> dict[Hashable, pd.DataFrame]:
        """Return nothing: all strides were found at once."""
        return {}


class WholeStrides:
    """Find and analyse the strides of a recording that comes as one block.

    The counterpart of :class:`~gaitmap.pipelines.blocks._streamed_strides.StreamedStrides`.
    """

    def __init__(self, steps: Steps, run: StepRunner) -> None:
        self._steps = steps
        self._run = run
        self._segmentation = WholeSegmentation(steps, run)

    @property
    def findings(self) -> dict[Hashable, list[str]]:
        """What was done to find the strides."""
        return self._segmentation.findings

    def push(self, data: Mapping[Hashable, pd.DataFrame]) -> StrideTables:
        """Find out all about the strides in the aligned data of all sensors."""
        body = self._steps.to_body_frame(dict(data))
        strides = self._segmentation.push(body)
        return analyze_strides(self._steps, self._run, data, body, strides, self._segmentation.regions)

    def finish(self) -> StrideTables:
        """Return nothing: all strides were analysed at once."""
        return StrideTables()


def _of(data: Mapping[Hashable, pd.DataFrame], sensors: list) -> dict[Hashable, pd.DataFrame]:
    return {sensor: data[sensor] for sensor in sensors}
