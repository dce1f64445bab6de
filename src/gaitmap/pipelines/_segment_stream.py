"""Strides of all sensors of a recording that arrives in blocks."""

from collections.abc import Hashable, Iterable, Mapping

import pandas as pd

from gaitmap.base import BaseGaitDetection, BaseStrideSegmentation
from gaitmap.utils.exceptions import BlocksNotPossibleError


class SegmentationStream:
    """Find strides in body-frame data that arrive in blocks.

    Parameters
    ----------
    segmentation
        The segmentation: one that can go on from block to block (method ``stream``), or with gait detection any.
    gait_detection
        Finds the parts of the recording in which strides are looked for; None searches the whole recording.
    sampling_rate_hz
        Sampling rate in Hz.
    sensors
        Names of the sensors.

    Attributes
    ----------
    closed_regions
        ``{sensor: gait sequences}`` that ended in the last block: index ``gs_id``, columns ``start``, ``end``.
    open_from
        ``{sensor: sample}``: the first sample that strides still to come may touch.
    problems
        ``{sensor: {reason: number of times}}``: what was not possible.
    max_delay_s
        Longest time from the end of a stride to its report.

    Raises
    ------
    BlocksNotPossibleError
        If the segmentation needs the whole recording.
    """

    def __init__(
        self,
        segmentation: BaseStrideSegmentation,
        gait_detection: BaseGaitDetection | None,
        sampling_rate_hz: float,
        sensors: Iterable[Hashable],
    ) -> None:
        del gait_detection
        if not hasattr(segmentation, "stream"):
            raise BlocksNotPossibleError(
                f"The segmentation {type(segmentation).__name__} needs the whole signal. Set `gait_detection`, for "
                "example UllrichGaitSequenceDetection(): then it gets one gait sequence after the other."
            )
        self._streams = {sensor: segmentation.stream(sampling_rate_hz) for sensor in sensors}
        self.closed_regions: dict[Hashable, pd.DataFrame] = {}
        self.problems: dict[Hashable, dict[str, int]] = {}

    @property
    def open_from(self) -> dict[Hashable, int]:
        """First sample that strides still to come may touch."""
        return {sensor: stream.open_from for sensor, stream in self._streams.items()}

    @property
    def max_delay_s(self) -> float:
        """Longest time from the end of a stride to its report."""
        return max(stream.max_delay_s for stream in self._streams.values())

    def push(self, body: Mapping[Hashable, pd.DataFrame]) -> dict[Hashable, pd.DataFrame]:
        """Take the next samples of all sensors; return the strides that are certain since."""
        return {sensor: stream.push(body[sensor]) for sensor, stream in self._streams.items()}

    def finish(self) -> dict[Hashable, pd.DataFrame]:
        """Return the last strides."""
        return {sensor: stream.finish() for sensor, stream in self._streams.items()}
