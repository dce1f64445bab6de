"""The whole chain, from a two-foot recording to gait parameters, as one object."""

from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any, Literal, Self

import pandas as pd
from tpcp import Dataset, Pipeline, cf

from gaitmap.base import (
    BaseEventDetection,
    BaseGaitDetection,
    BaseGyroscopeOffset,
    BaseSensorAlignment,
    BaseSpatialParameterCalculation,
    BaseStrideSegmentation,
    BaseTemporalParameterCalculation,
    BaseTrajectoryReconstructionWrapper,
)
from gaitmap.base._json import _BaseSerializable
from gaitmap.parameters import (
    BilateralParameterCalculation,
    FootParameterCalculation,
    SpatialParameterCalculation,
    TemporalParameterCalculation,
    WalkingBoutAnalysis,
)
from gaitmap.pipelines._chains import path_of_rolling_foot, steps_of_2_6
from gaitmap.pipelines._feet import feet_of
from gaitmap.pipelines._run import Run
from gaitmap.pipelines._sources import MemorySource
from gaitmap.pipelines._steps import Steps, check_steps
from gaitmap.preprocessing import GyroscopeOffsetEstimation
from gaitmap.preprocessing.sensor_alignment import AutoAlignment
from gaitmap.stride_segmentation import SwingStrideSegmentation
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils.datatype_helper import MultiSensorData, is_multi_sensor_data, to_dict_multi_sensor_data
from gaitmap.utils.exceptions import ValidationError

#: Below this rate the search window of 100 ms for mid-stance holds a single sample.
LOWEST_RATE_HZ = 20.0
#: No sensor on a foot has a higher rate; templates resampled to it would need all memory.
HIGHEST_RATE_HZ = 10_000.0


@dataclass(frozen=True)
class PlainRecording:
    """Plain data in the form that :meth:`GaitPipeline.run` takes."""

    data: MultiSensorData
    sampling_rate_hz: float
    start_time: pd.Timestamp | None = None
    name: str = "recording"


class GaitPipeline(Pipeline, _BaseSerializable):
    """Find strides, events, foot paths and gait parameters in the recording of one or two feet.

    Needs acceleration (m/s^2) and angular rate (deg/s) of one sensor per foot, mounted in any way, at 50 Hz or more,
    100 to 400 Hz recommended. The names of the sensors tell the foot (``left_sensor``, ``right_sensor``).

    Parameters
    ----------
    offset
        Finds the constant part of the angular rate that is no movement, for each foot, which is subtracted before
        anything else; None takes the angular rate as it is.
    alignment
        Finds how the sensors sit on the feet.
        :class:`~gaitmap.preprocessing.sensor_alignment.GravityAlignment` takes sensors with x to the toes, y to the
        left, z up, and corrects small tilts; None takes the data as they are.
    gait_detection
        Finds the parts of the recording in which strides are looked for; None searches the whole recording.
    segmentation
        Finds the strides. A hidden Markov model whose features are standardised over the whole recording
        (``standardization=True``) gets ``standardization="active"`` for feet that rest for more than 80 % of the
        recording, where it would lose strides; ``quality_`` tells so. Regions of a ``gait_detection`` are taken as they
        are, and the parameter itself is never changed.
    events
        Finds initial contact, terminal contact and mid-stance of each stride. "auto":
        :class:`~gaitmap.event_detection.MidStanceEventDetection` for strides from mid-stance to mid-stance, as
        :class:`~gaitmap.stride_segmentation.SwingStrideSegmentation` finds them, else
        :class:`~gaitmap.event_detection.RamppEventDetection`. None stops after the segmentation.
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
        One row per stride that was found, with borders, events (samples and s) and all parameters, as written to
        ``strides.parquet``. ``status`` is "analysed" where it has parameters, which enter all averages; else "no_rest",
        "gap", "implausible", "not_gait" or "failed", and ``reason`` says it in words.
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
        :class:`~gaitmap.parameters.ParameterAggregation`; empty without this step.
    turns_
        One row per turn: ``recording``, ``turn_id``, ``bout_id`` and the columns of
        :class:`~gaitmap.parameters.TurnDetection`; empty without bouts.
    days_
        One row per day, also without gait: ``recording``, ``day`` and the columns of
        :class:`~gaitmap.parameters.ParameterAggregation`; empty without bouts.
    statistics_
        One row per bout, day and recording, parameter, foot, and choice of strides; see
        :func:`gaitmap.results.build_statistics`.
    walking_
        The recording as a whole in plain numbers: bouts, daily outcomes, statistics, symmetry, clocks, as written to
        the summary.
    quality_
        ``{sensor: dict}``: what :func:`gaitmap.quality.assess_quality` measures, the number of strides found and
        analysed, ``offset`` (method, size, source; where this step is set), ``alignment`` (method, rotation as a
        quaternion, and where the method tells them, confidence and evidence), and ``findings``, sentences about
        everything that deserves attention.

    Raises
    ------
    ValidationError
        If the data are not those of one or two feet in the sensor frame.
    ValueError
        If a parameter of the pipeline or of one of its steps is wrong.

    Notes
    -----
    The default chain is made for anyone's feet and any mounting: offset of the gyroscopes, automatic alignment, strides
    from mid-stance to mid-stance by the swings of the foot, contacts by two rules each, and direct-and-reverse
    integration [3]_ from the velocity that the sensor has on the rolling foot (a sensor 8 cm above the floor). The
    guide "Any foot" tells what it reaches. :meth:`like_2_6` is the chain of gaitmap 2.6: gravity alignment, stride
    segmentation by subsequence DTW [1]_, events [2]_, zero velocity at mid-stance [3]_.
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
    bouts_: pd.DataFrame
    turns_: pd.DataFrame
    days_: pd.DataFrame
    statistics_: pd.DataFrame
    walking_: dict[str, Any]
    quality_: dict[Hashable, dict[str, Any]]

    def __init__(
        self,
        offset: BaseGyroscopeOffset | None = cf(GyroscopeOffsetEstimation()),
        alignment: BaseSensorAlignment | None = cf(AutoAlignment()),
        gait_detection: BaseGaitDetection | None = None,
        segmentation: BaseStrideSegmentation = cf(SwingStrideSegmentation()),
        events: BaseEventDetection | Literal["auto"] | None = "auto",
        trajectory: BaseTrajectoryReconstructionWrapper | None = cf(path_of_rolling_foot()),
        temporal: BaseTemporalParameterCalculation | None = cf(
            TemporalParameterCalculation(missing_contacts="borders")
        ),
        spatial: BaseSpatialParameterCalculation | None = cf(SpatialParameterCalculation(missing_contacts="borders")),
        bilateral: BilateralParameterCalculation | None = cf(BilateralParameterCalculation()),
        bouts: WalkingBoutAnalysis | None = cf(WalkingBoutAnalysis()),
        foot: FootParameterCalculation | None = cf(FootParameterCalculation()),
    ) -> None:
        self.offset = offset
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

    @classmethod
    def like_2_6(cls, **steps: Any) -> Self:
        """Create the chain of gaitmap 2.6, with its strides, events and parameters.

        Parameters
        ----------
        steps
            Parameters of the pipeline that are to be others.

        Returns
        -------
        GaitPipeline
            Alignment with gravity, :class:`~gaitmap.stride_segmentation.BarthDtw` (whose template comes with
            gaitmap-mad), :class:`~gaitmap.event_detection.RamppEventDetection`, and the defaults of 2.6 in all steps.
            The sensors must be mounted with x to the toes, y to the left and z up.
        """
        return cls(**steps_of_2_6() | steps)

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
        check_pipeline(self, rate)
        is_multi_sensor_data(datapoint.data, frame="sensor", raise_exception=True)
        source = MemorySource(
            to_dict_multi_sensor_data(datapoint.data),
            getattr(datapoint, "name", "recording"),
            getattr(datapoint, "start_time", None),
        )
        steps = Steps(self, feet_of(source.n_samples), rate)
        return set_results(self, Run(steps, source, on_step=on_step).results())


def set_results(pipeline: Any, results: dict[str, Any]) -> Any:
    """Store results as attributes of a pipeline."""
    for name, value in results.items():
        setattr(pipeline, name, value)
    return pipeline


def check_pipeline(pipeline: GaitPipeline, sampling_rate_hz: float) -> None:
    """Check parameters and rate before any work is done."""
    check_steps(pipeline)
    check_sampling_rate(pipeline, sampling_rate_hz)
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
