"""The whole chain, from a two-foot recording to gait parameters, as one object."""

import warnings
from collections.abc import Callable, Hashable, Iterable
from dataclasses import dataclass
from functools import partial
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
from gaitmap.io import assess_quality, build_strides
from gaitmap.parameters import (
    BilateralParameterCalculation,
    FootParameterCalculation,
    SpatialParameterCalculation,
    TemporalParameterCalculation,
    WalkingBoutAnalysis,
)
from gaitmap.pipelines._both_feet import (
    bout_tables,
    clock_findings,
    describe_walking,
    heading_between_strides,
    join_parameters,
    with_names_of_feet,
)
from gaitmap.pipelines._feet import feet_of, run_isolated
from gaitmap.pipelines._findings import length_finding, mounting_finding, no_strides_finding, rate_finding, tilt_finding
from gaitmap.pipelines._left_out import left_out_strides
from gaitmap.pipelines._rest import segment_despite_rest
from gaitmap.preprocessing.sensor_alignment import AutoAlignment, GravityAlignment
from gaitmap.stride_segmentation import BarthDtw, RoiStrideSegmentation
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory, StrideLevelTrajectory
from gaitmap.utils._checks import check_sampling_rate, parameter_error
from gaitmap.utils._feet import Foot
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from gaitmap.utils.datatype_helper import MultiSensorData, is_multi_sensor_data, to_dict_multi_sensor_data
from gaitmap.utils.exceptions import ValidationError

#: Parameter of the pipeline -> name of the step, in their order, as handed to ``on_step``.
STEPS = {
    "alignment": "alignment of the sensors",
    "gait_detection": "gait detection",
    "segmentation": "stride segmentation",
    "events": "event detection",
    "trajectory": "foot paths",
    "temporal": "temporal parameters",
    "spatial": "spatial parameters",
    "bilateral": "parameters of both feet",
    "foot": "movement of the foot",
    "bouts": "walking bouts",
}

#: Below this rate the search window of 100 ms for mid-stance holds a single sample.
LOWEST_RATE_HZ = 20.0

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
        ``{sensor: dict}``: what :func:`gaitmap.io.assess_quality` measures, the number of strides found and analysed,
        ``alignment`` (method, rotation as a quaternion, and where the method tells them, confidence and evidence), and
        ``findings``, sentences about everything that deserves attention.

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
        self._check_parameters()
        check_sampling_rate(self, rate)
        if rate < LOWEST_RATE_HZ:
            raise ValidationError(
                f"gait pipeline: the sampling rate is too low to see the events of a stride. Found {rate:g} Hz. "
                "Expected 100 to 400 Hz, at least 50 Hz. Check the rate that was given, or record at a higher one."
            )
        is_multi_sensor_data(datapoint.data, frame="sensor", raise_exception=True)
        data = to_dict_multi_sensor_data(datapoint.data)
        feet = feet_of(data)
        quality: dict[Hashable, dict[str, Any]] = dict(assess_quality(data, rate))
        problems: dict[Hashable, list[str]] = {sensor: [] for sensor in data}

        def step(name: str, call: Callable[[list[Hashable]], dict], sensors: Iterable[Hashable]) -> dict[Hashable, Any]:
            if getattr(self, name) is None:
                return {}
            if on_step is not None:
                on_step(STEPS[name])
            results, failures = run_isolated(call, list(sensors))
            for sensor, reason in failures.items():
                problems[sensor].append(f"{STEPS[name]} was not possible: {reason}")
            return results

        # A foot that cannot be aligned goes on as it is: the path of each stride finds its own vertical.
        aligned = step("alignment", lambda some: self._align({s: data[s] for s in some}, rate), data)
        data = data | {sensor: frame for sensor, (frame, _, _) in aligned.items()}
        body = self._to_body_frame(data, feet)
        regions = None
        if self.gait_detection is not None:
            regions = step("gait_detection", lambda some: self._detect_gait({s: body[s] for s in some}, rate), body)
            body = {sensor: body[sensor] for sensor in regions}
        segmented = step("segmentation", lambda some: self._segment({s: body[s] for s in some}, rate, regions), body)
        strides = {sensor: found for sensor, (found, _) in segmented.items()}
        found = step("events", lambda some: self._detect_events(body, strides, some, rate), strides)
        events = {sensor: pair[0] for sensor, pair in found.items()}
        trajectory = step("trajectory", lambda some: self._reconstruct(data, events, regions, some, rate), events)
        temporal = step("temporal", lambda some: self._temporal({s: events[s] for s in some}, rate), events)
        spatial = step("spatial", lambda some: self._spatial(events, trajectory, some, rate), trajectory)
        parameters = {s: [part[s] for part in (temporal, spatial) if s in part] for s in events}
        further = self._compare_feet(step, events, trajectory, feet, rate)
        every = join_parameters(events, (temporal, spatial, *further))
        bout_ids = self._find_bouts(step, datapoint, data, events, every, feet)

        self.stride_list_ = strides
        self.events_ = events
        self.trajectory_ = trajectory
        self.parameters_ = {s: pd.concat(parts, axis=1) for s, parts in parameters.items() if parts}
        self.left_out_ = left_out_strides(feet, strides, events, {s: pair[1] for s, pair in found.items()})
        self.strides_ = build_strides(
            events,
            rate,
            recording=getattr(datapoint, "name", "recording"),
            parameters=(temporal, spatial),
            bout_ids=bout_ids,
            further_parameters=further,
            start_time=getattr(datapoint, "start_time", None),
        )
        self.quality_ = quality
        for sensor, foot in feet.items():
            _, quality[sensor]["alignment"], doubts = aligned.get(sensor, (None, None, []))
            quality[sensor]["findings"] += rate_finding(rate) + problems[sensor] + doubts
            quality[sensor]["findings"] += segmented.get(sensor, (None, []))[1]
            if self.bilateral_ is not None:
                quality[sensor]["findings"] += clock_findings(self.bilateral_, len(data[sensor]) / rate)
            self._judge_foot(sensor, foot, data[sensor], rate, has_problem=len(problems[sensor]) > 0)
        return self

    def _judge_foot(self, sensor: Hashable, foot: Foot, data: pd.DataFrame, rate: float, *, has_problem: bool) -> None:
        """Add to the quality what the results say of the recording of one foot."""
        entry = self.quality_[sensor]
        entry["n_strides_found"] = len(self.stride_list_.get(sensor, ()))
        entry["n_strides_analyzed"] = len(self.events_.get(sensor, ()))
        if sensor in self.parameters_:
            entry["findings"] += length_finding(self.parameters_[sensor], rate)
        if entry["n_strides_found"] > 0:
            return
        turned = [] if isinstance(self.alignment, AutoAlignment) else mounting_finding(data, foot, rate)
        entry["findings"] += turned
        if not turned and not has_problem:
            entry["findings"].append(no_strides_finding(foot, partial(self._count_strides, sensor, data, rate)))

    def _new(self, name: str) -> Any:
        """Fresh instance of a step: parameters are never changed by a run."""
        return getattr(self, name).clone()

    # Steps: each takes and returns {sensor: ...}.
    def _align(self, data: dict, rate: float) -> dict:
        alignment = self._new("alignment").align(data, sampling_rate_hz=rate)
        # Other methods may well turn a sensor by any angle and still know where the toes are.
        by_gravity_alone = isinstance(alignment, GravityAlignment)
        findings = {
            s: tilt_finding(alignment.rotation_[s]) if by_gravity_alone else _of_sensor(alignment, "findings_", s, [])
            for s in data
        }
        return {s: (alignment.aligned_data_[s], _describe_alignment(alignment, s), findings[s]) for s in data}

    def _detect_gait(self, body: dict, rate: float) -> dict:
        return self._new("gait_detection").detect(body, sampling_rate_hz=rate).gait_sequences_

    def _segment(self, body: dict, rate: float, regions: dict | None) -> dict:
        algorithm = self._new("segmentation")
        if regions is None:
            return segment_despite_rest(algorithm, body, rate)
        in_regions = RoiStrideSegmentation(algorithm).segment(
            body, sampling_rate_hz=rate, regions_of_interest={sensor: regions[sensor] for sensor in body}
        )
        return {sensor: (strides, []) for sensor, strides in in_regions.stride_list_.items()}

    def _count_strides(self, sensor: Hashable, data: pd.DataFrame, rate: float, foot: str) -> int:
        """Count the strides that the segmentation finds if the sensor is taken as the one of ``foot``."""
        body = self._to_body_frame({sensor: data}, {sensor: foot})
        strides, _ = run_isolated(lambda some: self._segment({s: body[s] for s in some}, rate, None), [sensor])
        return len(strides[sensor][0]) if sensor in strides else 0

    def _detect_events(self, body: dict, strides: dict, sensors: list, rate: float) -> dict:
        found = self._new("events").detect(
            {s: body[s] for s in sensors}, {s: strides[s] for s in sensors}, sampling_rate_hz=rate
        )
        if not hasattr(found, "min_vel_event_list_"):
            raise parameter_error(
                self, "events", "set up so that it finds `min_vel` and enforces consistency", self.events
            )
        # Detectors of users need not tell reasons.
        reasons = getattr(found, "left_out_", {})
        nothing = pd.DataFrame(columns=["missing", "reason"])
        return {s: (found.min_vel_event_list_[s], reasons.get(s, nothing)) for s in sensors}

    def _reconstruct(self, data: dict, events: dict, regions: dict | None, sensors: list, rate: float) -> dict:
        method = self._new("trajectory")
        signals, strides = {s: data[s] for s in sensors}, {s: events[s] for s in sensors}
        if isinstance(method, RegionLevelTrajectory):
            whole = {s: pd.DataFrame({"roi_id": [0], "start": [0], "end": [len(data[s])]}) for s in sensors}
            path = method.estimate_intersect(
                signals,
                {s: (regions or whole)[s] for s in sensors},
                stride_event_list=strides,
                sampling_rate_hz=rate,
            )
        else:
            path = method.estimate(signals, strides, sampling_rate_hz=rate)
        return {s: pd.concat([path.position_[s], path.velocity_[s], path.orientation_[s]], axis=1) for s in sensors}

    def _temporal(self, events: dict, rate: float) -> dict:
        return self._new("temporal").calculate(events, sampling_rate_hz=rate).parameters_

    def _spatial(self, events: dict, trajectory: dict, sensors: list, rate: float) -> dict:
        path = {s: trajectory[s] for s in sensors}
        return self._new("spatial").calculate({s: events[s] for s in sensors}, path, path, rate).parameters_

    def _compare_feet(self, step: Callable, events: dict, trajectory: dict, feet: dict, rate: float) -> tuple:
        """Calculate what needs to know which foot is which, per stride: both feet, movement of each foot."""

        def of_both_feet(some: list) -> dict:
            if len(some) < 2:
                raise ValidationError("it needs both feet")
            found = with_names_of_feet(self._new("bilateral"), feet).calculate({s: events[s] for s in some}, rate)
            return {s: (found.parameters_[s], found) for s in some}

        def of_foot(some: list) -> dict:
            path = {s: trajectory[s] for s in some}
            calculation = with_names_of_feet(self._new("foot"), feet)
            return calculation.calculate({s: events[s] for s in some}, path, path, rate).parameters_

        both = step("bilateral", of_both_feet, sorted(events, key=lambda s: feet[s]) if len(events) == 2 else [])
        self.bilateral_ = next((calculation for _, calculation in both.values()), None)
        return {sensor: table for sensor, (table, _) in both.items()}, step("foot", of_foot, trajectory)

    def _find_bouts(
        self, step: Callable, datapoint: Any, data: dict, events: dict, parameters: dict, feet: dict
    ) -> dict | None:
        """Find bouts, turns and days and store them; return the bouts of the strides."""
        rate = datapoint.sampling_rate_hz
        nothing = pd.DataFrame({"start": [], "end": []}, dtype="int64").rename_axis("s_id")

        def of_bouts(some: list) -> dict:
            analysis = with_names_of_feet(self._new("bouts"), feet)
            strides = {s: events.get(s, nothing)[["start", "end"]] for s in some}
            with warnings.catch_warnings():
                # That there are no lengths, and why, is told by the step that should have found them.
                warnings.filterwarnings("ignore", "walking bouts: no stride lengths")
                analysis.analyze(
                    strides,
                    {s: parameters[s] for s in some if s in parameters},
                    rate,
                    between_strides={s: heading_between_strides(data[s], events[s], rate) for s in some if s in events},
                    duration_s=max(map(len, data.values()), default=0) / rate,
                    start_time=getattr(datapoint, "start_time", None),
                )
            return dict.fromkeys(some, analysis)

        analysis = next(iter(step("bouts", of_bouts, feet).values()), None)
        tables = {} if analysis is None else bout_tables(analysis, getattr(datapoint, "name", "recording"))
        self.bouts_, self.turns_, self.days_ = (tables.get(name) for name in ("bouts", "turns", "days"))
        self.walking_ = describe_walking(analysis, self.bilateral_)
        return None if analysis is None else analysis.stride_bouts_

    @staticmethod
    def _to_body_frame(data: dict, feet: dict) -> dict:
        return convert_to_fbf(
            data,
            left=[sensor for sensor, foot in feet.items() if foot == "left"],
            right=[sensor for sensor, foot in feet.items() if foot == "right"],
        )

    def _check_parameters(self) -> None:
        for name, base in _BASE_CLASSES.items():
            value = getattr(self, name)
            if value is None and name != "segmentation":
                continue
            if not isinstance(value, base):
                raise parameter_error(self, name, f"an instance of a subclass of {base.__name__}", value)


def _of_sensor(algorithm: Any, result: str, sensor: Hashable, default: Any) -> Any:
    """Take the result of one sensor; methods of users need not have all that ours have."""
    return getattr(algorithm, result, {}).get(sensor, default)


def _describe_alignment(alignment: BaseSensorAlignment, sensor: Hashable) -> dict[str, Any]:
    rotation = _of_sensor(alignment, "rotation_", sensor, None)
    return {
        "method": type(alignment).__name__,
        "rotation_xyzw": None if rotation is None else rotation.as_quat().tolist(),
        "confidence": _of_sensor(alignment, "confidence_", sensor, None),
        "evidence": _of_sensor(alignment, "evidence_", sensor, None),
    }
