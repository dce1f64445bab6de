"""Strides inside of gait sequences, which come one after the other."""

from collections.abc import Hashable, Iterable
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.base import BaseStrideSegmentation, StreamsStrides
from gaitmap.pipelines.blocks._sample_buffer import SampleBuffer
from gaitmap.stride_segmentation import RoiStrideSegmentation
from gaitmap.utils.exceptions import BlocksNotPossibleError, UnusableSignalError, ValidationError

#: Longest gait sequence that is processed as a whole (s). What is longer is cut.
LONGEST_REGION_S = 3600.0
# The last part of a sequence may be that much longer (s), so that none is too short for any method.
_SLACK_S = 30.0


def can_carry(segmentation: BaseStrideSegmentation, sampling_rate_hz: float, sensors: Iterable[Hashable]) -> bool:
    """Whether a segmentation can go on from block to block; if not, it needs whole regions."""
    try:
        for sensor in sensors:
            if takes_sensor(segmentation, sensor):
                stream_of(segmentation, sampling_rate_hz, sensor)
    except BlocksNotPossibleError:
        return False
    return True


def stream_of(segmentation: Any, sampling_rate_hz: float, sensor: Hashable) -> Any:
    """Make the stream of a segmentation for one sensor.

    Raises
    ------
    BlocksNotPossibleError
        If it needs the whole signal.
    """
    if isinstance(segmentation, StreamsStrides):
        return segmentation.stream(sampling_rate_hz, sensor)
    raise BlocksNotPossibleError(f"{type(segmentation).__name__} needs the whole signal.")


def takes_sensor(segmentation: Any, sensor: Hashable) -> bool:
    """Whether a segmentation has a template for a sensor, if it has one for each."""
    templates = getattr(segmentation, "template", None)
    return not isinstance(templates, dict) or sensor in templates


def restricted_to_sensor(segmentation: Any, sensor: Hashable) -> Any:
    """Take the template of one sensor only, where there is one for each; else the segmentation as it is."""
    templates = getattr(segmentation, "template", None)
    if not isinstance(templates, dict) or sensor not in templates:
        return segmentation
    return segmentation.clone().set_params(template={sensor: templates[sensor]})


def cut_long_regions(regions: pd.DataFrame, sampling_rate_hz: float, longest_s: float | None = None) -> pd.DataFrame:
    """Cut gait sequences that are too long, and number all of them anew.

    Parameters
    ----------
    regions
        Gait sequences: ``gs_id``, ``start``, ``end``.
    sampling_rate_hz
        Sampling rate in Hz.
    longest_s
        Length of the parts in s; None: 1 h. The last part of a sequence may be 30 s longer.

    Returns
    -------
    regions
        In the same form; the same object if nothing was cut.
    """
    parts = [
        part
        for start, end in zip(regions["start"], regions["end"], strict=True)
        for part in _parts(int(start), int(end), sampling_rate_hz, longest_s)
    ]
    if len(parts) == len(regions):
        return regions
    borders = np.array(parts, dtype=np.int64)
    return pd.DataFrame({"gs_id": np.arange(len(parts)), "start": borders[:, 0], "end": borders[:, 1]})


def whole_recording(n_samples: int) -> pd.DataFrame:
    """Take the whole recording as one gait sequence."""
    return pd.DataFrame({"gs_id": [0], "start": [0], "end": [n_samples]})


def searched_everywhere() -> str:
    """Tell that there are no gait sequences to search in."""
    return "Without gait sequences, strides were looked for in the whole recording."


def regions_with_strides(regions: pd.DataFrame, strides: pd.DataFrame) -> pd.DataFrame:
    """Leave out the gait sequences without a complete stride: nobody asks for the path through them."""
    starts, ends = (regions[name].to_numpy(dtype=float) for name in ("start", "end"))
    at = np.searchsorted(starts, strides["start"].to_numpy(dtype=float), side="right") - 1
    is_inside = (at >= 0) & (strides["end"].to_numpy(dtype=float) <= np.append(ends, 0)[at])
    return regions.iloc[np.unique(at[is_inside])]


def count_cuts(regions: pd.DataFrame) -> int:
    """Count the cuts: gait sequences that touch do not come from the detection."""
    return int((regions["start"].to_numpy()[1:] == regions["end"].to_numpy()[:-1]).sum())


def note_about_cut(longest_s: float | None = None) -> str:
    """Tell that a gait sequence was cut."""
    return (
        f"A gait sequence of more than {_or_default(longest_s) / 60:g} min was cut into parts, because it had to be "
        "processed as a whole. A stride across the cut is missing."
    )


def segment_regions(
    segmentation: BaseStrideSegmentation,
    data: pd.DataFrame,
    regions: pd.DataFrame,
    sampling_rate_hz: float,
    sensor: Hashable,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Find the strides of one sensor in gait sequences; one in which it is not possible does not stop the others.

    Parameters
    ----------
    segmentation
        Any segmentation.
    data
        Body-frame data of the sensor.
    regions
        Gait sequences (``gs_id``, ``start``, ``end``) in their order.
    sampling_rate_hz
        Sampling rate in Hz.
    sensor
        Name of the sensor.

    Returns
    -------
    strides, problems
        The stride list with the column ``gs_id`` (the same as of ``RoiStrideSegmentation``), and ``{reason: number of
        gait sequences}``.
    """
    counted = RegionStrides(segmentation, sampling_rate_hz, sensor)
    lists = [
        counted.segment(region.gs_id, region.start, data.iloc[region.start : region.end])
        for region in regions.itertuples()
    ]
    filled = [strides for strides in lists if len(strides) > 0]
    return (pd.concat(filled) if filled else counted.nothing()), counted.problems


class RegionStrides:
    """Runs a segmentation on one region after the other, and counts the strides on.

    Attributes
    ----------
    n_found
        Number of strides so far.
    problems
        ``{reason: number of regions}`` in which it was not possible.
    """

    def __init__(self, segmentation: BaseStrideSegmentation, sampling_rate_hz: float, sensor: Hashable) -> None:
        self._segmentation = segmentation
        self._rate = sampling_rate_hz
        self._sensor = sensor
        self.n_found = 0
        self.problems: dict[str, int] = {}

    def segment(self, gs_id: int, start: int, data: pd.DataFrame) -> pd.DataFrame:
        """Find the strides of the next region, whose data start at the sample ``start``."""
        region = pd.DataFrame({"start": [0], "end": [len(data)]}, index=pd.Index([gs_id], name="gs_id"))
        in_region = RoiStrideSegmentation(self._segmentation)
        try:
            in_region.segment(
                {self._sensor: data}, sampling_rate_hz=self._rate, regions_of_interest={self._sensor: region}
            )
        except (ValidationError, UnusableSignalError) as error:
            self.problems[str(error)] = self.problems.get(str(error), 0) + 1
            return self.nothing()
        return self.count(in_region.stride_list_[self._sensor], start)

    def count(self, strides: pd.DataFrame, offset: int) -> pd.DataFrame:
        """Return the next strides, numbered on and with samples from the start of the recording."""
        index = pd.RangeIndex(self.n_found, self.n_found + len(strides), name="s_id")
        self.n_found = index.stop
        return strides.assign(start=strides["start"] + offset, end=strides["end"] + offset).set_axis(index)

    def nothing(self) -> pd.DataFrame:
        """Return a list without strides."""
        index = pd.RangeIndex(self.n_found, self.n_found, name="s_id")
        return pd.DataFrame({"gs_id": [], "start": [], "end": []}, dtype="int64", index=index)


class WholeRegions:
    """Processes each region when it is complete, or is as long as a part may be.

    Attributes
    ----------
    open_from
        First sample of the region (or part of it) that is open.
    n_cuts
        Number of regions that were cut.
    longest_s
        Length of a part in s.
    """

    def __init__(
        self,
        segmentation: BaseStrideSegmentation,
        sampling_rate_hz: float,
        sensor: Hashable,
        longest_s: float | None = None,
    ) -> None:
        self.strides = RegionStrides(segmentation, sampling_rate_hz, sensor)
        self.buffer = SampleBuffer()
        self.open_from = 0
        self.n_cuts = 0
        self._rate = sampling_rate_hz
        self.longest_s = _or_default(longest_s)
        self._n_regions = 0

    def push(
        self, closed: pd.DataFrame, certain: tuple[int, int] | None, first_open: int
    ) -> tuple[list[pd.DataFrame], pd.DataFrame]:
        """Process the regions that were closed; return lists of strides, and the regions (or parts) as processed.

        ``certain`` is the next region as far as it is known, ``first_open`` the first sample that it may have.
        """
        parts = []
        for start, end in zip(closed["start"].tolist(), closed["end"].tolist(), strict=True):
            own = _parts(max(start, self.open_from), end, self._rate, self.longest_s)
            self.n_cuts += len(own) - 1
            parts += own
            self.open_from = end
        self.open_from = max(self.open_from, first_open)
        if certain is not None:
            *complete, (last_start, _) = _parts(max(certain[0], self.open_from), certain[1], self._rate, self.longest_s)
            self.n_cuts += len(complete)
            parts += complete
            self.open_from = last_start
        lists = [
            self.strides.segment(self._n_regions + k, start, self.buffer.cut(start, end))
            for k, (start, end) in enumerate(parts)
        ]
        regions = _as_regions(parts, self._n_regions)
        self._n_regions += len(parts)
        self.buffer.forget_before(self.open_from)
        return lists, regions


class CarriedRegions:
    """Follows each region sample by sample as it becomes certain.

    Attributes
    ----------
    open_from
        First sample that strides still to come may touch.
    n_cuts
        Number of regions that were cut: none.
    """

    def __init__(self, segmentation: BaseStrideSegmentation, sampling_rate_hz: float, sensor: Hashable) -> None:
        self.strides = RegionStrides(segmentation, sampling_rate_hz, sensor)
        self.buffer = SampleBuffer()
        self.open_from = 0
        self.n_cuts = 0
        self._source = (segmentation, sampling_rate_hz, sensor)
        self._n_regions = 0
        self._stream: Any = None
        self._start = 0
        self._n_fed = 0
        self._waiting: pd.DataFrame | None = None  # strides, before which others may still begin

    def push(
        self, closed: pd.DataFrame, certain: tuple[int, int] | None, first_open: int
    ) -> tuple[list[pd.DataFrame], pd.DataFrame]:
        """Follow the regions that were closed to their ends, and the next one as far as it is certain."""
        lists = []
        for start, end in zip(closed["start"].tolist(), closed["end"].tolist(), strict=True):
            lists.append(self._feed(start, end))
            lists.append(self._number(self._stream.finish(), is_finished=True))
            self._stream = None
            self._n_regions += 1
        if certain is not None:
            lists.append(self._feed(*certain))
        if self._stream is None:
            self.open_from = max(self.open_from, first_open)
            self.buffer.forget_before(first_open)
        else:
            waiting = [] if self._waiting is None else self._waiting["start"].tolist()
            first = min([self._stream.open_from, *waiting])
            self.open_from = max(self.open_from, self._start + first)
            self.buffer.forget_before(self._start + self._n_fed)
        return lists, closed.set_index("gs_id")

    def _feed(self, start: int, end: int) -> pd.DataFrame:
        """Follow a region up to a sample."""
        if self._stream is None:
            self._stream, self._start, self._n_fed = stream_of(*self._source), start, 0
        found = self._stream.push(self.buffer.cut(start + self._n_fed, end))
        self._n_fed = end - start
        return self._number(found, is_finished=False)

    def _number(self, found: pd.DataFrame, *, is_finished: bool) -> pd.DataFrame:
        """Put the strides in the order of their starts, as in memory, as far as no earlier one can come."""
        strides = found if self._waiting is None else pd.concat([self._waiting, found])
        strides = strides.sort_values("start", kind="stable")
        is_certain = (strides["start"] <= self._stream.open_from) | is_finished
        self._waiting = None if is_certain.all() else strides[~is_certain]
        strides = strides[is_certain]
        if len(strides) == 0:
            return self.strides.nothing()
        further = {name: strides[name] for name in strides.columns if name not in ("gs_id", "start", "end")}
        numbered = strides[["start", "end"]].astype("int64").assign(**further)
        numbered.insert(0, "gs_id", self._n_regions)
        return self.strides.count(numbered, self._start)


def _or_default(longest_s: float | None) -> float:
    return LONGEST_REGION_S if longest_s is None else longest_s


def _parts(start: int, end: int, sampling_rate_hz: float, longest_s: float | None) -> list[tuple[int, int]]:
    """Cut a region from its start on; what follows later does not change the parts but the last."""
    longest, slack = int(_or_default(longest_s) * sampling_rate_hz), int(_SLACK_S * sampling_rate_hz)
    parts = []
    while end - start > longest + slack:
        parts.append((start, start + longest))
        start += longest
    return [*parts, (start, end)]


def _as_regions(parts: list[tuple[int, int]], first_id: int) -> pd.DataFrame:
    borders = np.array(parts, dtype=np.int64).reshape(-1, 2)
    index = pd.RangeIndex(first_id, first_id + len(parts), name="gs_id")
    return pd.DataFrame({"start": borders[:, 0], "end": borders[:, 1]}, index=index)
