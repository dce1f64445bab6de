"""Stride segmentation by the swings of the angular rate."""

from typing import Any, Self

import pandas as pd

from gaitmap.base import BaseStrideSegmentation, StreamsStrides
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.stride_segmentation._swing_search import Settings
from gaitmap.stride_segmentation._swing_stream import GaitRules, SwingStream
from gaitmap.utils._checks import check_number, check_sampling_rate, parameter_error
from gaitmap.utils.datatype_helper import SensorData, is_sensor_data

_STAGE = "stride segmentation"


class SwingStrideSegmentation(BaseStrideSegmentation, StreamsStrides):
    """Segment strides by the swings of the foot, without a template, and without knowing the axes of the sensor.

    Data requirements: a sensor on the foot or on the shank in any orientation (sensor or body frame), acc in m/s^2 and
    gyr in deg/s, 50 Hz or more. Offsets of the gyroscope of a few deg/s do not matter to the strides that are found.

    Parameters
    ----------
    smoothing_s
        Width (s) of the moving mean of the angular rate, in which a stride has one swing: longer than the moment in
        which the foot turns around in the middle of a swing, shorter than a fast stride.
    min_fall
        How far the smoothed rate must rise before a swing and fall after it, as a share of the walker's own level.
    min_level_dps
        Smallest level (deg/s): what moves less is no swing.
    context_s
        Time (s) before and after a swing in which the walker's own level, stride time, and the share of gait are
        measured.
    max_stride_time_s
        Longest time (s) between two swings that counts as a stride time.
    max_gap
        Two swings that are farther apart than this many of the walker's own stride times have standing between them.
    min_path_m
        A movement that ends nearer than this (m) to where it began is small.
    max_turn_deg
        Largest angle (deg) between the tilts of the foot before and after a stride.
    max_rest_movement
        Largest movement at both ends of a stride, as a share of the rate in its swing.
    min_gait_share
        Smallest share of strides among the movements around; where there are fewer, none of them is gait.

    Attributes
    ----------
    stride_list_
        Strides from one moment of least movement to the next: index ``s_id``, columns ``start``, ``end`` (samples, end
        exclusive) and ``kind``: "stride"; "start" and "stop" (from or to standing), "single" (both); "small" (a step on
        the spot). For several sensors a dict with one entry per sensor, like all results.
    movements_
        One row for every movement that was looked at, also those that are no strides: ``s_id`` (-1 for no stride),
        ``start``, ``end``, ``kind`` (as above; "no rest": not between two moments of rest, as at the ends of a
        recording or in cycling; "no gait": too few strides around), ``path_m`` and ``rise_m`` (displacement across and
        along gravity), ``turn_deg``, ``stride_time_s`` (the walker's own at this moment), ``swing_rate_dps`` (level of
        the swing), ``start_movement_dps``, ``end_movement_dps``.

    Other Parameters
    ----------------
    data
        The data passed to the ``segment`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    The norm of the angular rate does not depend on the axes, and rests at every mid-stance [1]_ [2]_.

    1. The norm is smoothed by a moving mean. The walker's own level at a moment is the value that 90 % of the smoothed
       norm around it (``context_s``) do not exceed.
    2. Peaks: the smoothed norm must rise and fall by ``min_fall`` of the level around them. Two peaks of a slow swing
       (push-off and swing) are one: they are much closer to each other than to their neighbours, and the foot moves
       more between them than in the stances around.
    3. Borders: the moment of least movement (mean plus standard deviation of the angular rate in 0.1 s) around the
       lowest value between two swings. Where the foot stands between two swings (``max_gap``), each has a border of its
       own, within two stride times after, and one stride time before it.
    4. Movements whose ends are no rest are left out. Each of the others is integrated from rest to rest, without any
       axes: gravity is the acceleration at the ends. It looks like gait if the foot is somewhere else afterwards
       (``min_path_m``) and tilted as before (``max_turn_deg``). Where few movements do (``min_gait_share``), as for
       jumps, cycling, a foot that is lifted and put back, or a sensor in the hand, none is a stride.

    All levels are measured around each swing, so the strides of a recording in memory, in blocks and on a stream are
    the same; a stream reports them with the delay of the context (``SwingStream.max_delay_s``).

    Strides over missing samples (NaN) are kept if the foot rests before and after: their time is known, their path is
    not. Own method; the values were chosen on the 31 walks of two public collections of shoe sensors, and lie in the
    middle of ranges in which the strides that are found hardly change (``docs/guides/any_foot.md``).

    References
    ----------
    .. [1] Skog, I., Haendel, P., Nilsson, J.-O. & Rantakokko, J. (2010). Zero-velocity detection - an algorithm
           evaluation. IEEE Transactions on Biomedical Engineering, 57(11), 2657-2666.
           https://doi.org/10.1109/TBME.2010.2060723
    .. [2] Sabatini, A. M., Martelloni, C., Scapellato, S. & Cavallo, F. (2005). Assessment of walking features from
           foot inertial sensing. IEEE Transactions on Biomedical Engineering, 52(3), 486-494.
           https://doi.org/10.1109/TBME.2004.840727

    See Also
    --------
    gaitmap.stride_segmentation.BarthDtw : Segmentation with a template.
    gaitmap.stride_segmentation.hmm.HmmStrideSegmentation : Segmentation with a hidden Markov model.

    Examples
    --------
    >>> from gaitmap.simulation import simulate_walk
    >>> from gaitmap.stride_segmentation import SwingStrideSegmentation
    >>> walk = simulate_walk(10)
    >>> found = SwingStrideSegmentation().segment(walk.data, sampling_rate_hz=walk.sampling_rate_hz)
    >>> found.stride_list_["left_sensor"]["kind"].iloc[0]
    'start'
    """

    movements_: Any

    def __init__(
        self,
        smoothing_s: float = 0.4,
        min_fall: float = 0.3,
        min_level_dps: float = 40.0,
        context_s: float = 5.0,
        max_stride_time_s: float = 4.0,
        max_gap: float = 2.0,
        min_path_m: float = 0.1,
        max_turn_deg: float = 30.0,
        max_rest_movement: float = 0.5,
        min_gait_share: float = 0.3,
    ) -> None:
        self.smoothing_s = smoothing_s
        self.min_fall = min_fall
        self.min_level_dps = min_level_dps
        self.context_s = context_s
        self.max_stride_time_s = max_stride_time_s
        self.max_gap = max_gap
        self.min_path_m = min_path_m
        self.max_turn_deg = max_turn_deg
        self.max_rest_movement = max_rest_movement
        self.min_gait_share = min_gait_share

    def segment(self, data: SensorData, sampling_rate_hz: float, **_: Any) -> Self:
        """Find strides.

        Parameters
        ----------
        data
            Single- or multi-sensor data in the sensor or the body frame.
        sampling_rate_hz
            Sampling rate of the data in Hz.

        Returns
        -------
        self
            The instance with the results attached.

        Raises
        ------
        ValidationError
            If the data are no sensor data, or hold infinite values.
        ValueError
            If a parameter has a value that cannot be used.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        kind = is_sensor_data(data)
        self._check_parameters()
        check_sampling_rate(self, sampling_rate_hz)
        set_results(self, run_per_sensor(self._segment_sensor, kind, data, stage=_STAGE))
        return self

    def stream(self, sampling_rate_hz: float, sensor: Any = None) -> SwingStream:
        """Make a stream, which finds the strides of one sensor in data that come in blocks.

        Parameters
        ----------
        sampling_rate_hz
            Sampling rate in Hz.
        sensor
            Name of the sensor; it does not matter here.

        Returns
        -------
        stream
            With the methods ``push`` and ``finish``.

        Raises
        ------
        ValueError
            If a parameter has a value that cannot be used.
        """
        del sensor
        self._check_parameters()
        rules = GaitRules(*(float(getattr(self, name)) for name in GaitRules._fields))
        return SwingStream(self._settings(), rules, sampling_rate_hz)

    def _settings(self) -> Settings:
        return Settings(*(float(getattr(self, name)) for name in Settings._fields))

    def _segment_sensor(self, data: pd.DataFrame) -> dict[str, Any]:
        stream = self.stream(self.sampling_rate_hz)
        strides, movements = [stream.push(data)], [stream.movements]
        strides.append(stream.finish())
        movements.append(stream.movements)
        return {
            "stride_list": _put_together(strides),
            "movements": _put_together(movements).reset_index(drop=True),
        }

    def _check_parameters(self) -> None:
        for name in ("smoothing_s", "min_level_dps", "context_s", "max_stride_time_s"):
            check_number(self, name, getattr(self, name), above=0)
        for name in ("min_path_m", "max_turn_deg", "max_rest_movement"):
            check_number(self, name, getattr(self, name), at_least=0)
        check_number(self, "max_gap", self.max_gap, at_least=1)
        for name in ("min_fall", "min_gait_share"):
            check_number(self, name, getattr(self, name), at_least=0)
            if getattr(self, name) > 1:
                raise parameter_error(self, name, "a share between 0 and 1", getattr(self, name))


def _put_together(parts: list[pd.DataFrame]) -> pd.DataFrame:
    filled = [part for part in parts if len(part)]
    return pd.concat(filled) if filled else parts[0]
