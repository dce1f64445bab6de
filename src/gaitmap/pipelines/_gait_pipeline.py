"""The whole chain, from a two-foot recording to gait parameters, as one object."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Self

import pandas as pd
from tpcp import Dataset, Pipeline, cf

from gaitmap.base import (
    BaseEventDetection,
    BaseGaitDetection,
    BaseSensorAlignment,
    BaseSpatialParameterCalculation,
    BaseStrideSegmentation,
    BaseTemporalParameterCalculation,
    BaseTrajectoryReconstructionWrapper,
)
from gaitmap.base._json import _BaseSerializable
from gaitmap.event_detection import RamppEventDetection
from gaitmap.parameters import (
    BilateralParameterCalculation,
    FootParameterCalculation,
    SpatialParameterCalculation,
    TemporalParameterCalculation,
    WalkingBoutAnalysis,
)
from gaitmap.pipelines._calibration import needs_gait_sequences
from gaitmap.pipelines._feet import feet_of, run_isolated
from gaitmap.pipelines._steps import StepRunner, Steps
from gaitmap.pipelines.blocks._region_strides import restricted_to_sensor
from gaitmap.pipelines.outcome._conclusion import Evidence, conclude
from gaitmap.pipelines.outcome._stride_tables import analyze_strides
from gaitmap.preprocessing.sensor_alignment import AutoAlignment, GravityAlignment
from gaitmap.quality import assess_quality
from gaitmap.stride_segmentation import BarthDtw
from gaitmap.trajectory_reconstruction import StrideLevelTrajectory
from gaitmap.utils._checks import check_sampling_rate, parameter_error
from gaitmap.utils.datatype_helper import MultiSensorData, is_multi_sensor_data, to_dict_multi_sensor_data
from gaitmap.utils.exceptions import ValidationError

#: Below this rate the search window of 100 ms for mid-stance holds a single sample.
LOWEST_RATE_HZ = 20.0
#: No sensor on a foot has a higher rate; templates resampled to it would need all memory.
HIGHEST_RATE_HZ = 10_000.0

_BASE_CLASSES: dict[str, type] = {
    "alignment": BaseSensorAlignment,
    "gait_detection": BaseGaitDetection,
    "segmentation": BaseStrideSegmentation,
    "events": BaseEventDetection,
    "trajectory": BaseTrajectoryReconstructionWrapper,
    "temporal": BaseTemporalParameterCalculation,
    "spatial": BaseSpatialParameterCalculation,
    "bilateral": BilateralParameterCalculation,
    "bouts": WalkingBoutAnalysis,
    "foot": FootParameterCalculation,
}


@dataclass(frozen=True)
class PlainRecording:
    """Plain data in the form that :meth:`GaitPipeline.run` takes."""

    data: MultiSensorData
    sampling_rate_hz: float
    start_time: pd.Timestamp | None = None
    name: str = "recording"


class GaitPipeline(Pipeline, _BaseSerializable):
    """Find strides, events, foot paths and gait parameters in the recording of one or two feet.

    Needs acceleration (m/s^2) and angular rate (deg/s) of one sensor per foot in the sensor frame (x to the toes, y to
    the left, z up; small misalignments are corrected), at 50 Hz or more, 100 to 400 Hz recommended. The names of the
    sensors tell the foot (``left_sensor``, ``right_sensor``).

    Parameters
    ----------
    alignment
        Aligns the z axis with gravity before anything else.
        :class:`~gaitmap.preprocessing.sensor_alignment.AutoAlignment` takes sensors that are mounted in any way; None
        takes the data as they are.
    gait_detection
        Finds the parts of the recording in which strides are looked for; None searches the whole recording.
    segmentation
        Finds the strides. A hidden Markov model whose features are standardised over the whole recording
        (``standardization=True``) gets ``standardization="active"`` for feet that rest for more than 80 % of the
        recording, where it would lose strides; ``quality_`` tells so. Regions of a ``gait_detection`` are taken as they
        are, and the parameter itself is never changed.
    events
        Finds initial contact, terminal contact and mid-stance of each stride. None stops after the segmentation.
    trajectory
        Reconstructs the path of the foot in each stride: stride by stride, or for whole regions (the gait sequences, or
        the recording) from which the strides are cut. None leaves out paths and spatial parameters.
    temporal
        Calculates stride, stance and swing times; or None.
    spatial
        Calculates stride length, gait speed, foot angles, clearance; or None.
    bilateral
        Calculates steps, double support, symmetry, from the events of both feet; or None. Recordings of one foot go on
        without. The names of the feet are filled in.
    bouts
        Finds walking bouts and turns, and summarises the strides per bout and per day; or None.
    foot
        Calculates foot strike and toe-off angle, circumduction, smoothness and more of each stride; or None.

    Other Parameters
    ----------------
    datapoint
        The recording handed to ``run``: an object with ``data``, ``sampling_rate_hz`` and, where known, ``start_time``
        and ``name``.

    Attributes
    ----------
    strides_
        One row per stride and foot with borders, events (samples and s) and all parameters, as written to
        ``strides.parquet``; ``used`` and ``reason`` tell which strides do not enter the averages.
    stride_list_
        ``{sensor: stride list}`` as found by the segmentation: index ``s_id``, columns ``start``, ``end`` (samples).
    events_
        ``{sensor: stride list}`` from mid-stance to mid-stance, with ``pre_ic``, ``ic``, ``min_vel``, ``tc`` (samples).
    trajectory_
        ``{sensor: frame}`` with index (``s_id``, ``sample``) and the columns ``pos_x..z`` (m), ``vel_x..z`` (m/s),
        ``q_x..q_w``; n + 1 rows per stride.
    parameters_
        ``{sensor: frame}`` with one row per stride: times in s, lengths in m, speeds in m/s, angles in deg.
    bilateral_
        The calculation of what needs both feet, with its results (symmetry, clocks); None where it did not run.
    bouts_
        One row per walking bout: ``recording``, ``bout_id`` and the columns of
        :class:`~gaitmap.parameters.ParameterAggregation`; None without this step.
    turns_
        One row per turn: ``recording``, ``turn_id``, ``bout_id`` and the columns of
        :class:`~gaitmap.parameters.TurnDetection`; None without bouts.
    days_
        One row per day, also without gait: ``recording``, ``day`` and the columns of
        :class:`~gaitmap.parameters.ParameterAggregation`; None without bouts.
    walking_
        The recording as a whole in plain numbers: bouts, daily outcomes, statistics, symmetry, clocks, as written to
        the summary.
    left_out_
        One row for every stride that was found but has no parameters, with the reason.
    quality_
        ``{sensor: dict}``: what :func:`gaitmap.quality.assess_quality` measures, the number of strides found and
        analysed, ``alignment`` (method, rotation as a quaternion, and where the method tells them, confidence and
        evidence), and ``findings``, sentences about everything that deserves attention.

    Raises
    ------
    ValidationError
        If the data are not those of one or two feet in the sensor frame.
    ValueError
        If a parameter of the pipeline or of one of its steps is wrong.

    Notes
    -----
    The default chain is the one of gaitmap 2.6: gravity alignment, stride segmentation by subsequence DTW [1]_,
    events [2]_, gyroscope integration and direct-and-reverse integration with zero velocity at mid-stance [3]_.
    If the data of one foot do not allow a step, the reason is kept in ``quality_`` and the other foot goes on.

    References
    ----------
    .. [1] Barth et al. 2013, EMBC, doi:10.1109/EMBC.2013.6611104
    .. [2] Rampp et al. 2015, IEEE TBME 62(4):1089-1097, doi:10.1109/TBME.2014.2368211
    .. [3] Hannink et al. 2017, Sensors 17(9):1940, doi:10.3390/s17091940

    Examples
    --------
    >>> from gaitmap.example_data import get_healthy_example_imu_data
    >>> from gaitmap.pipelines import GaitPipeline
    >>> data = get_healthy_example_imu_data()
    >>> result = GaitPipeline().analyze(data, sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> result.strides_.groupby("foot")["stride_length"].mean()  # doctest: +SKIP
    """

    _composite_params = ()

    datapoint: Any
    strides_: pd.DataFrame
    stride_list_: dict[Hashable, pd.DataFrame]
    events_: dict[Hashable, pd.DataFrame]
    trajectory_: dict[Hashable, pd.DataFrame]
    parameters_: dict[Hashable, pd.DataFrame]
    bilateral_: BilateralParameterCalculation | None
    bouts_: pd.DataFrame | None
    turns_: pd.DataFrame | None
    days_: pd.DataFrame | None
    walking_: dict[str, Any]
    left_out_: pd.DataFrame
    quality_: dict[Hashable, dict[str, Any]]

    def __init__(
        self,
        alignment: BaseSensorAlignment | None = cf(GravityAlignment()),
        gait_detection: BaseGaitDetection | None = None,
        segmentation: BaseStrideSegmentation = cf(BarthDtw()),
        events: BaseEventDetection | None = cf(RamppEventDetection()),
        trajectory: BaseTrajectoryReconstructionWrapper | None = cf(StrideLevelTrajectory()),
        temporal: BaseTemporalParameterCalculation | None = cf(TemporalParameterCalculation()),
        spatial: BaseSpatialParameterCalculation | None = cf(SpatialParameterCalculation()),
        bilateral: BilateralParameterCalculation | None = cf(BilateralParameterCalculation()),
        bouts: WalkingBoutAnalysis | None = cf(WalkingBoutAnalysis()),
        foot: FootParameterCalculation | None = cf(FootParameterCalculation()),
    ) -> None:
        self.alignment = alignment
        self.gait_detection = gait_detection
        self.segmentation = segmentation
        self.events = events
        self.trajectory = trajectory
        self.temporal = temporal
        self.spatial = spatial
        self.bilateral = bilateral
        self.bouts = bouts
        self.foot = foot

    def run(self, datapoint: Dataset) -> Self:
        """Analyse one recording.

        Parameters
        ----------
        datapoint
            A single recording: an object with ``data`` (dict of sensor-frame DataFrames keyed by sensor, or a DataFrame
            with two column levels) and ``sampling_rate_hz``; optionally ``start_time`` and ``name``.

        Returns
        -------
        self
            The pipeline with all results set.
        """
        return self._run(datapoint, None)

    def analyze(
        self,
        data: MultiSensorData,
        sampling_rate_hz: float,
        *,
        start_time: pd.Timestamp | None = None,
        name: str = "recording",
        on_step: Callable[[str], None] | None = None,
    ) -> Self:
        """Analyse plain data; the same as :meth:`run` without a dataset.

        Parameters
        ----------
        data
            Dict of sensor-frame DataFrames, or a DataFrame with two column levels.
        sampling_rate_hz
            Sampling rate in Hz.
        start_time
            Clock time of the first sample, with time zone.
        name
            Name of the recording, as written to the tables.
        on_step
            Called with the name of each step before it starts (for progress bars).

        Returns
        -------
        self
            The pipeline with all results set.
        """
        return self._run(PlainRecording(data, sampling_rate_hz, start_time, name), on_step)

    def _run(self, datapoint: Any, on_step: Callable[[str], None] | None) -> Self:
        self.datapoint = datapoint
        rate = datapoint.sampling_rate_hz
        self._check(rate)
        is_multi_sensor_data(datapoint.data, frame="sensor", raise_exception=True)
        data = to_dict_multi_sensor_data(datapoint.data)
        steps = Steps(self, feet_of(data), rate)
        run = StepRunner(self, data, on_step)
        quality = dict(assess_quality(data, rate))

        # A foot that cannot be aligned goes on as it is: the path of each stride finds its own vertical.
        aligned = run("alignment", lambda some: steps.align({s: data[s] for s in some}), data)
        data = data | {sensor: frame for sensor, (frame, _, _) in aligned.items()}
        body = steps.to_body_frame(data)
        regions = None
        if self.gait_detection is not None:
            regions = run("gait_detection", lambda some: steps.detect_gait({s: body[s] for s in some}), body)
            body = {sensor: body[sensor] for sensor in regions}
        segmented = run("segmentation", lambda some: steps.segment({s: body[s] for s in some}, regions), body)
        strides = {sensor: found for sensor, (found, _) in segmented.items()}

        def find_mounting(sensor: Hashable) -> tuple[Any, Any]:
            found = AutoAlignment().align({sensor: data[sensor]}, sampling_rate_hz=rate)
            return found.rotation_[sensor], found.confidence_[sensor]  # type: ignore[index]

        def count_strides(sensor: Hashable, foot: str) -> int:
            turned = steps.to_body_frame({sensor: data[sensor]}, {sensor: foot})
            segmentation = restricted_to_sensor(self.segmentation, sensor)
            alone = Steps(self.clone().set_params(segmentation=segmentation), steps.feet, rate)
            regions = None
            if self.gait_detection is not None and needs_gait_sequences(segmentation, rate, sensor):
                regions, _ = run_isolated(lambda some: alone.detect_gait({s: turned[s] for s in some}), [sensor])
                turned = {s: turned[s] for s in regions}
            found, _ = run_isolated(lambda some: alone.segment({s: turned[s] for s in some}, regions), list(turned))
            return len(found[sensor][0]) if sensor in found else 0

        evidence = Evidence(
            name=getattr(datapoint, "name", "recording"),
            start_time=getattr(datapoint, "start_time", None),
            n_samples={sensor: len(frame) for sensor, frame in data.items()},
            quality=quality,
            find_mounting=find_mounting,
            count_strides=count_strides,
            alignment={sensor: (description, doubts) for sensor, (_, description, doubts) in aligned.items()},
            segmentation={sensor: findings for sensor, (_, findings) in segmented.items()},
        )
        tables = analyze_strides(steps, run, data, body, strides, regions)
        return self._set_results(conclude(steps, run, tables, evidence))

    def _set_results(self, results: dict[str, Any]) -> Self:
        for name, value in results.items():
            setattr(self, name, value)
        return self

    def _check(self, sampling_rate_hz: float) -> None:
        """Check parameters and rate before any work is done."""
        self._check_parameters()
        check_sampling_rate(self, sampling_rate_hz)
        if sampling_rate_hz < LOWEST_RATE_HZ:
            raise ValidationError(
                "gait pipeline: the sampling rate is too low to see the events of a stride. Found "
                f"{sampling_rate_hz:g} Hz. Expected 100 to 400 Hz, at least 50 Hz. Check the rate that was given, or "
                "record at a higher one."
            )
        if sampling_rate_hz > HIGHEST_RATE_HZ:
            raise ValidationError(
                f"gait pipeline: no sensor has such a sampling rate. Found {sampling_rate_hz:g} Hz. Expected 100 to "
                f"400 Hz, at most {HIGHEST_RATE_HZ:g} Hz. Check the rate that was given: it is samples per second."
            )

    def _check_parameters(self) -> None:
        for name, base in _BASE_CLASSES.items():
            value = getattr(self, name)
            if value is None and name != "segmentation":
                continue
            if not isinstance(value, base):
                raise parameter_error(self, name, f"an instance of a subclass of {base.__name__}", value)
