"""The chain for a recording that arrives in blocks of samples: as it is recorded, or read from a long file."""

import warnings
from collections.abc import Hashable, Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.pipelines._calibration import calibrate_segmentation, check_calibration
from gaitmap.pipelines._feet import feet_of
from gaitmap.pipelines._gait_pipeline import GaitPipeline
from gaitmap.pipelines._steps import StepRunner, Steps
from gaitmap.pipelines.blocks._foot_buffer import FootBuffer
from gaitmap.pipelines.blocks._segment_stream import SegmentationStream
from gaitmap.pipelines.outcome._stride_tables import StrideTables, analyze_strides
from gaitmap.results import build_strides
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory
from gaitmap.utils.datatype_helper import MultiSensorData, is_multi_sensor_data, to_dict_multi_sensor_data
from gaitmap.utils.exceptions import BlocksNotPossibleError, MissingEventWarning, ValidationError
from gaitmap.utils.rotations import rotate_dataset

# Before a stride: the gaps between strides over which the heading is followed (10 s), and some more.
_BEFORE_S = 12.0
# Behind a stride, for detectors that do not say how far they look.
_BEHIND_S = 10.0


class GaitStream:
    """Analyse the recording of one or two feet while it arrives.

    Needs what :class:`GaitPipeline` needs. Blocks of any length, in the order of time, without gaps (missing samples as
    NaN). All that the pipeline finds out about single strides is found out here, by the same code and with equal
    results; parameters of both feet, bouts and days need the whole recording.

    Parameters
    ----------
    pipeline
        The chain. Its alignment is not run: see ``rotation``. Caches (``memory``) are not used.
    sampling_rate_hz
        Sampling rate in Hz.
    sensors
        Names of the sensors, which tell the foot (``left_sensor``, ``right_sensor``).
    rotation
        ``{sensor: rotation}`` from the sensor as it is mounted to the sensor frame; sensors that are not named are
        taken as they are. :meth:`calibrated` finds it out.
    name, start_time
        Name of the recording and clock time of its first sample, for the tables.

    Attributes
    ----------
    rotation
        ``{sensor: rotation}`` that every block is turned by.
    n_samples
        ``{sensor: samples so far}``.
    problems
        ``{sensor: {sentence: number of times}}``: what was not possible in parts of the recording.

    Raises
    ------
    ValueError
        If a parameter of the pipeline is wrong.
    BlocksNotPossibleError
        If a step needs the whole recording at once (also a ValueError): a hidden Markov model without gait detection, a
        trajectory of the whole recording, a template whose scaling looks at all data.

    Notes
    -----
    A stride from mid-stance to mid-stance is reported when the stride behind it is certain. How long this takes at most
    is :attr:`max_delay_s`. Memory does not grow with the recording.

    See Also
    --------
    GaitPipeline : The same for a recording in memory.

    Examples
    --------
    >>> from gaitmap.pipelines import GaitPipeline, GaitStream
    >>> from gaitmap.simulation import simulate_walk
    >>> from gaitmap.stride_segmentation import CalibratedBarthDtw, OpenStrideTemplate
    >>> walk = simulate_walk(duration_s=12, sampling_rate_hz=100)
    >>> calibration = {sensor: data.iloc[:600] for sensor, data in walk.data.items()}
    >>> pipeline = GaitPipeline(segmentation=CalibratedBarthDtw(OpenStrideTemplate()))
    >>> stream = GaitStream.calibrated(pipeline, calibration, 100)
    >>> strides = [stride for block in walk.blocks(50) for stride in stream.push(block).itertuples()]
    >>> len(strides) + len(stream.finish())
    19
    >>> strides[0].foot, round(strides[0].stride_length, 1)
    ('right', 1.4)
    """

    def __init__(
        self,
        pipeline: GaitPipeline,
        sampling_rate_hz: float,
        *,
        sensors: tuple[Hashable, ...] = ("left_sensor", "right_sensor"),
        rotation: Mapping[Hashable, Rotation] | None = None,
        name: str = "recording",
        start_time: pd.Timestamp | None = None,
    ) -> None:
        pipeline = pipeline.clone()
        pipeline.set_params(**{p: None for p in pipeline.get_params(deep=True) if p.split("__")[-1] == "memory"})
        pipeline._check(sampling_rate_hz)
        self._name = name
        self._start_time = start_time
        self._steps = Steps(pipeline, feet_of(sensors), sampling_rate_hz)
        self._run = StepRunner(pipeline, sensors, None)
        self.rotation = dict(rotation or {})
        self._by_region = isinstance(pipeline.trajectory, RegionLevelTrajectory)
        if self._by_region and pipeline.gait_detection is None:
            raise BlocksNotPossibleError(
                "Paths of whole regions (RegionLevelTrajectory) need regions. Without gait detection, the region is "
                "the recording as a whole. Set `gait_detection`, for example "
                "UllrichGaitSequenceDetection(), or reconstruct stride by stride (StrideLevelTrajectory)."
            )
        self._segmentation = SegmentationStream(
            pipeline.segmentation,
            pipeline.gait_detection,
            sampling_rate_hz,
            sensors,
            whole_regions=self._by_region,
        )
        self._behind = self._samples_behind(pipeline, sampling_rate_hz)
        self._feet = {sensor: FootBuffer() for sensor in sensors}

    @classmethod
    def calibrated(
        cls, pipeline: GaitPipeline, calibration: MultiSensorData, sampling_rate_hz: float, **kwargs: Any
    ) -> Self:
        """Create a stream whose statistics are frozen: measured in a calibration recording.

        Parameters
        ----------
        pipeline
            The chain.
        calibration
            Recording in which the alignment of the pipeline finds how the sensors are mounted: for
            ``GravityAlignment`` a moment of rest, for ``AutoAlignment`` some strides. ``CalibratedBarthDtw`` and
            ``OpenStrideTemplate`` measure the level of movement: then it must contain some strides, too. The same
            sensors as later.
        sampling_rate_hz
            Sampling rate in Hz.
        kwargs
            ``name`` and ``start_time``, see above.

        Returns
        -------
        GaitStream
            Ready for the first block.

        Raises
        ------
        DataQualityError
            If the calibration recording does not allow the alignment, or holds no movement to measure the level of.
        """
        is_multi_sensor_data(calibration, frame="sensor", raise_exception=True)
        data = to_dict_multi_sensor_data(calibration)
        rotation = {}
        if pipeline.alignment is not None:
            rotation = pipeline.alignment.clone().align(data, sampling_rate_hz=sampling_rate_hz).rotation_
        aligned = {s: rotate_dataset(data[s], rotation[s]) if s in rotation else data[s] for s in data}
        body = Steps(pipeline, feet_of(data), sampling_rate_hz).to_body_frame(aligned)
        segmentation = calibrate_segmentation(
            pipeline.segmentation, pipeline.gait_detection, lambda **_: iter([body]), sampling_rate_hz, data
        )
        check_calibration(pipeline.segmentation, segmentation)
        pipeline = pipeline.clone().set_params(segmentation=segmentation)
        return cls(pipeline, sampling_rate_hz, sensors=tuple(data), rotation=rotation, **kwargs)

    @property
    def n_samples(self) -> dict[Hashable, int]:
        """Samples so far."""
        return {sensor: foot.signal.end for sensor, foot in self._feet.items()}

    @property
    def problems(self) -> dict[Hashable, dict[str, int]]:
        """What was not possible, and how often."""
        return self._run.problems

    @property
    def max_delay_s(self) -> float:
        """Longest time in s between the end of a stride and its report, if the next stride follows directly.

        The stride must be certain (see ``max_delay_s`` of the stream of the segmentation; a gait sequence must have
        ended), and with it the next one, since the stride ends at its mid-stance.
        """
        longest = getattr(self._steps.pipeline.segmentation, "max_match_length_s", None) or np.inf
        return float(self._segmentation.max_delay_s + longest + self._behind / self._steps.rate)

    def push(self, block: MultiSensorData) -> pd.DataFrame:
        """Take the next samples of all sensors.

        Parameters
        ----------
        block
            Dict of sensor-frame DataFrames, or a DataFrame with two column levels; the index does not matter.

        Returns
        -------
        DataFrame
            One row for each stride that has become certain since, with the columns of ``strides_`` of the pipeline
            (those of both feet and bouts are left out or empty); left foot first.

        Raises
        ------
        ValidationError
            If the block is not one of the sensors with all columns.
        """
        return self._as_table(self.push_tables(block))

    def finish(self) -> pd.DataFrame:
        """Report the last strides: no samples follow. In the form of :meth:`push`."""
        return self._as_table(self.finish_tables())

    def push_tables(self, block: MultiSensorData) -> StrideTables:
        """Like :meth:`push`, with all that was found out, in the form of the steps."""
        is_multi_sensor_data(block, frame="sensor", raise_exception=True)
        raw = to_dict_multi_sensor_data(block)
        if set(raw) != set(self._feet):
            raise ValidationError(
                f"GaitStream: a block has other sensors than the recording. Found {sorted(map(str, raw))}. Expected "
                f"{sorted(map(str, self._feet))}. Give all of them in every block, missing samples as NaN."
            )
        data = {s: rotate_dataset(raw[s], self.rotation[s]) if s in self.rotation else raw[s] for s in self._feet}
        for sensor, foot in self._feet.items():
            foot.signal.append(data[sensor])
        found = self._segmentation.push(self._steps.to_body_frame(data))
        return self._analyze(found, at_end=False)

    def finish_tables(self) -> StrideTables:
        """Like :meth:`finish`, with all that was found out, in the form of the steps."""
        tables = self._analyze(self._segmentation.finish(), at_end=True)
        for sensor, sentences in self._segmentation.problems.items():
            self._run.problems[sensor].update(sentences)
        return tables

    def add_problems(self, problems: Mapping[Hashable, Mapping[str, int]]) -> None:
        """Keep what was not possible elsewhere, as ``{sensor: {sentence: number of times}}``."""
        for sensor, sentences in problems.items():
            self._run.problems[sensor].update(sentences)

    @staticmethod
    def _samples_behind(pipeline: GaitPipeline, rate: float) -> int:
        """Count the samples behind a stride that its events and path may depend on."""
        events = getattr(pipeline.events, "_context_s", 0.0 if pipeline.events is None else _BEHIND_S)
        window = getattr(pipeline.trajectory, "align_window_width", 0) or 0
        return max(int(np.ceil(events * rate)), int(window)) + 1

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

    def _as_table(self, tables: StrideTables) -> pd.DataFrame:
        return build_strides(
            tables.events,
            self._steps.rate,
            recording=self._name,
            parameters=(tables.temporal, tables.spatial),
            further_parameters=(tables.foot,),
            start_time=self._start_time,
        )
