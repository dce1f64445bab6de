"""Strides of all sensors of a recording that arrives in blocks."""

from collections.abc import Hashable, Iterable, Mapping
from typing import Any

import pandas as pd

from gaitmap.base import BaseGaitDetection, BaseStrideSegmentation, StreamsGait
from gaitmap.base._sensors import check_sensors_present
from gaitmap.pipelines._steps import not_possible
from gaitmap.pipelines.blocks._region_strides import (
    CarriedRegions,
    WholeRegions,
    can_carry,
    note_about_cut,
    searched_everywhere,
    stream_of,
    takes_sensor,
    whole_recording,
)
from gaitmap.utils.exceptions import BlocksNotPossibleError, DataQualityError


class SegmentationStream:
    """Find strides in body-frame data that arrive in blocks.

    The strides are those of a recording in memory, with the same numbers. The object keeps the data that it needs
    itself, and can be pickled between two blocks.

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
    whole_regions
        Process each gait sequence as a whole, as soon as it has ended, also where the segmentation could follow it
        sample by sample; strides come together with their gait sequence, and ``open_from`` stays at its start.
    longest_region_s
        Gait sequences that are processed as a whole are cut into parts of this length (s; None: 1 h). Each part counts
        as a gait sequence of its own, and a stride across the cut is lost. The last part may be 30 s longer.

    Attributes
    ----------
    closed_regions
        ``{sensor: gait sequences}`` that ended in the last block: index ``gs_id``, columns ``start``, ``end``. Empty
        without gait detection.
    open_from
        ``{sensor: sample}``: the first sample that strides still to come may touch.
    problems
        ``{sensor: {sentence: number of times}}``: what was not possible, and in how many gait sequences.
    max_delay_s
        Longest time (s) from the end of a stride to its report, beside the length of the blocks. With gait detection a
        stride must be known to be gait: this adds a window of the gait detection, its margin and break, and the
        shortest duration of a sequence. Where sequences are processed as a whole, it is the longest of them. See
        ``max_delay_s`` of the segmentation for exceptions.

    Raises
    ------
    BlocksNotPossibleError
        If the segmentation needs the whole recording.
    ValueError
        If a parameter has a value that cannot be used.
    """

    def __init__(
        self,
        segmentation: BaseStrideSegmentation,
        gait_detection: BaseGaitDetection | None,
        sampling_rate_hz: float,
        sensors: Iterable[Hashable],
        *,
        whole_regions: bool = False,
        longest_region_s: float | None = None,
    ) -> None:
        self._sensors = list(sensors)
        self._rate = sampling_rate_hz
        self._longest_s = longest_region_s
        self.closed_regions: dict[Hashable, pd.DataFrame] = {}
        self.problems: dict[Hashable, dict[str, int]] = {sensor: {} for sensor in self._sensors}
        self._n_samples = 0
        self._gait: Any = None
        self._streams: dict[Hashable, Any] = {}
        self._regions: dict[Hashable, WholeRegions | CarriedRegions] = {}
        templates = getattr(segmentation, "template", None)
        if isinstance(templates, dict):
            check_sensors_present(list(templates), dict.fromkeys(self._sensors), "stride segmentation")
        taken = [sensor for sensor in self._sensors if takes_sensor(segmentation, sensor)]
        if gait_detection is None:
            self._streams = {sensor: _stream(segmentation, sampling_rate_hz, sensor) for sensor in taken}
            return
        if not isinstance(gait_detection, StreamsGait):
            raise BlocksNotPossibleError(
                f"The gait detection {type(gait_detection).__name__} needs the whole recording. Use one that goes on "
                "from block to block, such as UllrichGaitSequenceDetection()."
            )
        self._gait = gait_detection.stream(sampling_rate_hz, self._sensors)
        self._min_duration_s = getattr(gait_detection, "min_duration_s", None) or 0.0
        for sensor in taken:
            self._regions[sensor] = (
                WholeRegions(segmentation, sampling_rate_hz, sensor, longest_region_s)
                if whole_regions or not can_carry(segmentation, sampling_rate_hz, taken)
                else CarriedRegions(segmentation, sampling_rate_hz, sensor)
            )
        whole = [regions.longest_s for regions in self._regions.values() if isinstance(regions, WholeRegions)]
        carried = [stream_of(segmentation, sampling_rate_hz, s).max_delay_s for s in taken] if not whole else []
        self._delay_in_region_s = max([*whole, *carried], default=0.0)

    @property
    def open_from(self) -> dict[Hashable, int]:
        """First sample that strides still to come may touch."""
        parts = self._regions if self._gait is not None else self._streams
        return {s: parts[s].open_from if s in parts else self._n_samples for s in self._sensors}

    @property
    def max_delay_s(self) -> float:
        """Longest time from the end of a stride to its report."""
        if self._gait is None:
            return max((stream.max_delay_s for stream in self._streams.values()), default=0.0)
        return float(self._delay_in_region_s + self._gait.max_delay_s + self._min_duration_s)

    def push(self, body: Mapping[Hashable, pd.DataFrame]) -> dict[Hashable, pd.DataFrame]:
        """Take the next samples of all sensors.

        Parameters
        ----------
        body
            ``{sensor: body-frame data}`` of equal lengths.

        Returns
        -------
        strides
            ``{sensor: strides that have become final}``: index ``s_id``, columns ``start``, ``end``, with gait
            detection ``gs_id`` before them; and what else the segmentation gives.
        """
        self._n_samples += len(next(iter(body.values()), ()))
        if self._gait is None:
            return {sensor: stream.push(body[sensor]) for sensor, stream in self._streams.items()}
        for sensor, regions in self._regions.items():
            regions.buffer.append(body[sensor])
        return self._follow(self._gait.push({sensor: body[sensor] for sensor in self._sensors}))

    def finish(self) -> dict[Hashable, pd.DataFrame]:
        """End the recording; return the last strides in the form of :meth:`push`.

        Where the recording did not allow gait detection, strides are looked for in all of it; ``problems`` says why.
        """
        if self._gait is None:
            return {sensor: stream.finish() for sensor, stream in self._streams.items()}
        try:
            closed = self._gait.finish()
        except DataQualityError as error:
            everything = dict.fromkeys(self._sensors, whole_recording(self._n_samples))
            found = self._search(
                everything, dict.fromkeys(self._sensors), dict.fromkeys(self._sensors, self._n_samples)
            )
            for sensor in self._sensors:
                first = {not_possible("gait_detection", str(error)): 1, searched_everywhere(): 1}
                self.problems[sensor] = first | self.problems[sensor]
            return found
        return self._follow(closed)

    def _follow(self, closed: Mapping[Hashable, pd.DataFrame]) -> dict[Hashable, pd.DataFrame]:
        return self._search(closed, self._gait.open_sequence, self._gait.open_from)

    def _search(
        self,
        closed: Mapping[Hashable, pd.DataFrame],
        certain: Mapping[Hashable, Any],
        first_open: Mapping[Hashable, int],
    ) -> dict[Hashable, pd.DataFrame]:
        found = {}
        for sensor, regions in self._regions.items():
            lists, self.closed_regions[sensor] = regions.push(closed[sensor], certain[sensor], first_open[sensor])
            filled = [strides for strides in lists if len(strides) > 0]
            found[sensor] = pd.concat(filled) if filled else regions.strides.nothing()
            self.problems[sensor] = {
                not_possible("segmentation", reason): n for reason, n in regions.strides.problems.items()
            }
            if regions.n_cuts > 0:
                self.problems[sensor][note_about_cut(self._longest_s)] = regions.n_cuts
        return found


def _stream(segmentation: BaseStrideSegmentation, sampling_rate_hz: float, sensor: Hashable) -> Any:
    try:
        return stream_of(segmentation, sampling_rate_hz, sensor)
    except BlocksNotPossibleError as error:
        raise BlocksNotPossibleError(
            f"{error} Or set `gait_detection`, for example UllrichGaitSequenceDetection(): then the segmentation gets "
            "one gait sequence after the other."
        ) from error
