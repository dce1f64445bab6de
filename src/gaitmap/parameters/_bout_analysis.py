"""Walking bouts, turns and their parameters in one go."""

from typing import Self

import pandas as pd
from tpcp import cf

from gaitmap.base import BaseAlgorithm
from gaitmap.parameters._aggregation import ParameterAggregation
from gaitmap.parameters._turns import TurnDetection
from gaitmap.parameters._walking_bouts import OUTSIDE, WalkingBoutDetection
from gaitmap.utils.datatype_helper import MultiSensorStrideList


class WalkingBoutAnalysis(BaseAlgorithm):
    """Find walking bouts and turns, and summarise the strides per bout, per day and per recording.

    Needs the stride lists of a left and a right foot sensor (or of one of them) in one time base, and tables of stride
    parameters.

    Parameters
    ----------
    detection
        Finds the walking bouts.
    turns
        Finds the turns.
    aggregation
        Describes bouts and days.
    left
        Name of the sensor on the left foot; handed on to the three steps.
    right
        Name of the sensor on the right foot; handed on to the three steps.

    Attributes
    ----------
    bouts_
        One row per bout with its parameters, see :class:`~gaitmap.parameters.ParameterAggregation`.
    days_
        One row per day.
    recording_
        One row for the recording.
    turns_
        One row per turn, see :class:`~gaitmap.parameters.TurnDetection`, with the ``wb_id`` of its bout (NA: outside of
        bouts). Empty without turning angles.
    stride_bouts_
        ``{sensor: {s_id: wb_id}}`` of all strides in bouts.
    turning_strides_
        Whether each stride is a turning stride: ``{sensor: boolean series by s_id}``; empty without turning angles.
    excluded_strides_
        Strides outside of bouts with the reason, see :class:`~gaitmap.parameters.WalkingBoutDetection`.
    excluded_turns_
        Runs of turning strides that are no turns with the reason, see :class:`~gaitmap.parameters.TurnDetection`.

    Other Parameters
    ----------------
    stride_list
        The stride lists passed to ``analyze``.
    parameters
        The tables of stride parameters passed to ``analyze``.
    sampling_rate_hz
        The sampling rate of the stride lists in Hz.
    between_strides
        The changes of heading between strides passed to ``analyze``.
    duration_s
        The duration of the recording in s.
    start_time
        The clock time of the first sample.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.parameters import WalkingBoutAnalysis
    >>> left = pd.DataFrame({"start": np.arange(0, 600, 100)}).rename_axis("s_id")
    >>> left["end"] = left["start"] + 100
    >>> feet = {"left_sensor": left, "right_sensor": left + 50}
    >>> table = pd.DataFrame({"stride_length": 1.2, "turning_angle": 0.0}, index=left.index)
    >>> result = WalkingBoutAnalysis().analyze(feet, {sensor: table for sensor in feet}, sampling_rate_hz=100)
    >>> result.bouts_[["n_steps", "distance_m", "straight_share"]]
           n_steps  distance_m  straight_share
    wb_id
    1           13         7.2             1.0
    """

    _action_methods = ("analyze",)

    bouts_: pd.DataFrame
    days_: pd.DataFrame
    recording_: pd.DataFrame
    turns_: pd.DataFrame
    stride_bouts_: dict[str, dict[int, int]]
    turning_strides_: dict[str, pd.Series]
    excluded_strides_: pd.DataFrame
    excluded_turns_: pd.DataFrame

    stride_list: MultiSensorStrideList
    parameters: dict[str, pd.DataFrame]
    sampling_rate_hz: float
    between_strides: dict[str, pd.DataFrame] | None
    duration_s: float | None
    start_time: pd.Timestamp | None

    def __init__(
        self,
        detection: WalkingBoutDetection = cf(WalkingBoutDetection()),
        turns: TurnDetection = cf(TurnDetection()),
        aggregation: ParameterAggregation = cf(ParameterAggregation()),
        left: str = "left_sensor",
        right: str = "right_sensor",
    ) -> None:
        self.detection = detection
        self.turns = turns
        self.aggregation = aggregation
        self.left = left
        self.right = right

    def analyze(
        self,
        stride_list: MultiSensorStrideList,
        parameters: dict[str, pd.DataFrame],
        sampling_rate_hz: float,
        *,
        between_strides: dict[str, pd.DataFrame] | None = None,
        duration_s: float | None = None,
        start_time: pd.Timestamp | None = None,
    ) -> Self:
        """Find bouts and turns and summarise the strides.

        Parameters
        ----------
        stride_list
            Dict with a stride list for the left and the right sensor, or for one of them.
        parameters
            Dict of tables with numbers per stride, indexed by ``s_id``: ``stride_length`` (m) is used for the selection
            of strides, ``turning_angle`` (deg) for turns, where they are there.
        sampling_rate_hz
            The sampling rate of the stride lists in Hz.
        between_strides
            Changes of heading in gaps between strides, see :meth:`gaitmap.parameters.TurnDetection.detect`.
        duration_s
            Duration of the recording in s; None takes the end of the last bout.
        start_time
            Clock time of the first sample with its time zone.

        Returns
        -------
        self
            The instance with the results as attributes.

        Raises
        ------
        ValidationError
            If this is not a dict of stride lists, or neither foot is in it.
        ValueError
            If a parameter of this class, of one of its steps, or the sampling rate is not valid.
        """
        self.stride_list = stride_list
        self.parameters = parameters
        self.sampling_rate_hz = sampling_rate_hz
        self.between_strides = between_strides
        self.duration_s = duration_s
        self.start_time = start_time
        names = {"left": self.left, "right": self.right}
        with_length = {s: table for s, table in parameters.items() if "stride_length" in table}
        found = self.detection.clone().set_params(**names)
        found.detect(stride_list, sampling_rate_hz, parameters=with_length or None)
        sensors = [sensor for sensor in names.values() if sensor in stride_list]
        turns = None
        self.excluded_turns_ = _no_turns().excluded_turns_
        if all(sensor in parameters and "turning_angle" in parameters[sensor] for sensor in sensors):
            turns = self.turns.clone().set_params(**names)
            turns.detect(stride_list, parameters, sampling_rate_hz, between_strides=between_strides)
            self.excluded_turns_ = turns.excluded_turns_
        summary = self.aggregation.clone().set_params(**names)
        summary.aggregate(
            found.bouts_,
            found.annotated_stride_list_,
            parameters,
            sampling_rate_hz,
            strides_outside=found.excluded_strides_[found.excluded_strides_["reason"].isin(OUTSIDE)],
            turns=None if turns is None else turns.turns_,
            turning_strides=None if turns is None else turns.turning_strides_,
            duration_s=duration_s,
            start_time=start_time,
        )
        self.turning_strides_ = {} if turns is None else turns.turning_strides_
        self.bouts_ = summary.bout_parameters_
        self.days_ = summary.day_parameters_
        self.recording_ = summary.recording_parameters_
        self.excluded_strides_ = found.excluded_strides_
        strides = found.annotated_stride_list_.reset_index()
        self.stride_bouts_ = {
            names[foot]: dict(zip(own["s_id"], own["wb_id"], strict=True)) for foot, own in strides.groupby("foot")
        }
        self.turns_ = _with_bout((turns or _no_turns()).turns_, found.bouts_)
        return self


def _no_turns() -> TurnDetection:
    """Detect turns where there is nothing, for the empty tables."""
    nothing = pd.DataFrame({"start": [], "end": []}, dtype="int64").rename_axis("s_id")
    angles = {"left_sensor": pd.DataFrame({"turning_angle": []}, dtype=float).rename_axis("s_id")}
    return TurnDetection().detect({"left_sensor": nothing}, angles, 1.0)


def _with_bout(turns: pd.DataFrame, bouts: pd.DataFrame) -> pd.DataFrame:
    """Add the bout in which a turn begins."""
    table = turns.copy()
    bout = pd.array([pd.NA] * len(turns), dtype="Int64")
    if len(bouts):
        position = bouts["start"].searchsorted(turns["start"], side="right") - 1
        inside = (position >= 0) & (turns["start"].to_numpy() < bouts["end"].to_numpy()[position])
        bout[inside] = bouts.index.to_numpy()[position[inside]]
    table.insert(0, "wb_id", bout)
    return table
