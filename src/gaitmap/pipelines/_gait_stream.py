"""The chain for a recording that arrives in blocks of samples: as it is recorded, or read from a long file."""

from collections.abc import Hashable, Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gaitmap.base import without_caches
from gaitmap.pipelines._calibration import check_calibration
from gaitmap.pipelines._feet import feet_of
from gaitmap.pipelines._gait_pipeline import GaitPipeline, check_pipeline
from gaitmap.pipelines._mounting import Mounting, find_mounting
from gaitmap.pipelines._run import calibrated
from gaitmap.pipelines._sources import MemorySource
from gaitmap.pipelines._steps import StepRunner, Steps, StrictRunner
from gaitmap.pipelines.blocks._streamed_strides import StreamedStrides
from gaitmap.pipelines.outcome._not_analysed import joined, labelled_as_no_gait, not_analysed_strides
from gaitmap.pipelines.outcome._stride_tables import StrideTables
from gaitmap.results import build_strides
from gaitmap.utils.datatype_helper import MultiSensorData, is_multi_sensor_data, to_dict_multi_sensor_data
from gaitmap.utils.exceptions import ValidationError


class GaitStream:
    """Analyse the recording of one or two feet while it arrives.

    Needs what :class:`GaitPipeline` needs. Blocks of any length, in the order of time, without gaps (missing samples as
    NaN). All that the pipeline finds out about single strides is found out here, by the same code and with equal
    results; parameters of both feet, bouts and days need the whole recording.

    Parameters
    ----------
    pipeline
        The chain. Offset and alignment are not run: see ``rotation`` and ``offset``. Caches (``memory``) are not used.
    sampling_rate_hz
        Sampling rate in Hz.
    sensors
        Names of the sensors, which tell the foot (``left_sensor``, ``right_sensor``).
    rotation
        ``{sensor: rotation}`` from the sensor as it is mounted to the sensor frame; sensors that are not named are
        taken as they are. :meth:`calibrated` finds it out.
    offset
        ``{sensor: offset}`` of the gyroscope in deg/s that is subtracted before, shape (3,). :meth:`calibrated` finds
        it out, if the pipeline has the step.
    name, start_time
        Name of the recording and clock time of its first sample, for the tables.

    Attributes
    ----------
    rotation
        ``{sensor: rotation}`` that every block is turned by.
    offset
        ``{sensor: offset}`` in deg/s that is subtracted from every block.
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
    >>> pipeline = GaitPipeline.like_2_6(segmentation=CalibratedBarthDtw(OpenStrideTemplate()))
    >>> stream = GaitStream.calibrated(pipeline, calibration, 100)
    >>> strides = [stride for block in walk.blocks(50) for stride in stream.push(block).itertuples()]
    >>> len(strides) + len(stream.finish())
    21
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
        offset: Mapping[Hashable, NDArray] | None = None,
        name: str = "recording",
        start_time: pd.Timestamp | None = None,
    ) -> None:
        check_pipeline(pipeline, sampling_rate_hz)
        self._name = name
        self._start_time = start_time
        self._steps = Steps(without_caches(pipeline), feet_of(sensors), sampling_rate_hz)
        self._run = StepRunner(self._steps.pipeline, sensors)
        self._mounting = Mounting(offset=dict(offset or {}), rotation=dict(rotation or {}))
        self._strides = StreamedStrides(self._steps, self._run, sensors)
        self._not_told: dict[Hashable, pd.DataFrame] = {}

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
        source = MemorySource(to_dict_multi_sensor_data(calibration))
        steps = Steps(pipeline, feet_of(source.n_samples), sampling_rate_hz)
        mounting = find_mounting(steps, StrictRunner(pipeline, source.n_samples), source)
        segmentation = calibrated(steps, source, mounting)
        check_calibration(pipeline.segmentation, segmentation)
        return cls(
            steps.replaced(segmentation=segmentation).pipeline,
            sampling_rate_hz,
            sensors=tuple(source.n_samples),
            rotation=mounting.rotation,
            offset=mounting.offset,
            **kwargs,
        )

    @property
    def rotation(self) -> dict[Hashable, Rotation]:
        """Rotation from each sensor as it is mounted to the sensor frame."""
        return self._mounting.rotation

    @property
    def offset(self) -> dict[Hashable, NDArray]:
        """Offset of each gyroscope in deg/s."""
        return self._mounting.offset

    @property
    def n_samples(self) -> dict[Hashable, int]:
        """Samples so far."""
        return self._strides.n_samples

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
        return self._strides.max_delay_s

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
            (those of both feet and bouts are left out or empty, and what only bouts find implausible is analysed);
            left foot first.

        Raises
        ------
        ValidationError
            If the block is not one of the sensors with all columns.
        """
        return self._as_table(self.push_tables(block), at_end=False)

    def finish(self) -> pd.DataFrame:
        """Report the last strides: no samples follow. In the form of :meth:`push`."""
        return self._as_table(self.finish_tables(), at_end=True)

    def push_tables(self, block: MultiSensorData) -> StrideTables:
        """Like :meth:`push`, with all that was found out, in the form of the steps."""
        is_multi_sensor_data(block, frame="sensor", raise_exception=True)
        raw = to_dict_multi_sensor_data(block)
        if set(raw) != set(self._steps.feet):
            raise ValidationError(
                f"GaitStream: a block has other sensors than the recording. Found {sorted(map(str, raw))}. Expected "
                f"{sorted(map(str, self._steps.feet))}. Give all of them in every block, missing samples as NaN."
            )
        return self._strides.push(self._mounting.apply(raw))

    def finish_tables(self) -> StrideTables:
        """Like :meth:`finish`, with all that was found out, in the form of the steps."""
        return self._strides.finish()

    def _as_table(self, tables: StrideTables, *, at_end: bool) -> pd.DataFrame:
        found = {sensor: self._final_strides(sensor, tables, at_end=at_end) for sensor in self._steps.feet}
        found = {sensor: strides for sensor, strides in found.items() if strides is not None}
        return build_strides(
            tables.events,
            self._steps.rate,
            recording=self._name,
            parameters=(tables.temporal, tables.spatial),
            not_analysed=joined(
                labelled_as_no_gait(found),
                not_analysed_strides(found, tables.events, tables.reasons),
            ),
            labels=found,
            further_parameters=(tables.foot,),
            start_time=self._start_time,
        )

    def _final_strides(self, sensor: Hashable, tables: StrideTables, *, at_end: bool) -> pd.DataFrame | None:
        """Strides of which is known by now what becomes of them: all but the last one, which may still have a next."""
        parts = [part for part in (self._not_told.pop(sensor, None), tables.strides.get(sensor)) if part is not None]
        filled = [part for part in parts if len(part) > 0]
        if not filled or (sensor not in tables.strides and not at_end):
            self._not_told |= {sensor: filled[0]} if filled else {}
            return parts[0].iloc[:0] if parts else None
        strides = pd.concat(filled)
        told = [table.index for known in (tables.events, tables.reasons) if (table := known.get(sensor)) is not None]
        is_told = strides.index.isin(np.concatenate(told)) if told else np.zeros(len(strides), dtype=bool)
        n_final = len(strides) if at_end or is_told[-1] else len(strides) - 1
        self._not_told[sensor] = strides.iloc[n_final:]
        return strides.iloc[:n_final]
