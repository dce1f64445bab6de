"""Trajectories of single strides."""

from typing import Any, Self

import pandas as pd
from tpcp import cf

from gaitmap.base import BaseOrientationMethod, BasePositionMethod, BaseTrajectoryMethod
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.trajectory_reconstruction._moving_foot import warn_about_moving_foot
from gaitmap.trajectory_reconstruction._wrapper_base import TrajectoryWrapper
from gaitmap.trajectory_reconstruction.orientation_methods import SimpleGyroIntegration
from gaitmap.trajectory_reconstruction.position_methods import ForwardBackwardIntegration
from gaitmap.utils.consts import SL_ADDITIONAL_COLS, SL_COLS, SL_INDEX
from gaitmap.utils.datatype_helper import (
    OrientationList,
    PositionList,
    SensorData,
    StrideList,
    VelocityList,
    get_multi_sensor_names,
    is_sensor_data,
    is_stride_list,
    set_correct_index,
)
from gaitmap.utils.exceptions import ValidationError

_STAGE = "StrideLevelTrajectory"
_SAMPLE_COLS = [*SL_COLS, *SL_ADDITIONAL_COLS["min_vel"]]


class StrideLevelTrajectory(TrajectoryWrapper):
    """Orientation, velocity and position of every stride, each evaluated on its own from its first mid-stance.

    Requires accelerometer and gyroscope in the sensor frame of one or several sensors, at any rate, and strides of the
    ``min_vel`` type: the sensor is taken to rest at their start and end. Every stride has its own global frame, with
    the origin and the heading of the sensor at its start.

    Parameters
    ----------
    ori_method
        Method that estimates the orientation. Its ``initial_orientation`` is overwritten for every stride.
    pos_method
        Method that estimates velocity and position from the data rotated by ``ori_method``.
    trajectory_method
        Method that does both in one go. If given, pass None for the other two.
    align_window_width
        Width of the window around the start of a stride, in samples, whose median acceleration is taken for gravity to
        find the initial orientation. ``width // 2`` samples before and after the start are used.

    Attributes
    ----------
    orientation_
        Columns ``q_x, q_y, q_z, q_w``, index ``(s_id, sample)``, n + 1 rows for a stride of n samples; a dict of such
        frames for several sensors.
    velocity_
        The same with ``vel_x, vel_y, vel_z`` in m/s.
    position_
        The same with ``pos_x, pos_y, pos_z`` in m.

    Other Parameters
    ----------------
    data
        The data passed to ``estimate``.
    stride_event_list
        The stride list passed to ``estimate``.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Raises
    ------
    gaitmap.utils.exceptions.ValidationError
        If data or stride list do not have the required form, or do not belong together.
    ValueError
        If a parameter is not usable, or if no stride of a sensor can be evaluated.

    Notes ----- The initial orientation is the shortest rotation that takes the median acceleration to +z; the heading
    is that of the sensor. Strides that cannot be evaluated (NaN in their signals) have NaN results and are named in an
    ``UnusableRegionWarning``. Where the foot turns at most borders of the strides (``min_vel`` is no mid-stance), a
    ``MovingFootWarning`` says so. With the orientation methods of this package and :class:`ForwardBackwardIntegration`
    all strides of a sensor are evaluated in one compiled call, which makes one entry in the ``memory`` of the
    orientation method; all other methods are called stride by stride with ``estimate(data_of_stride,
    sampling_rate_hz=..., stride_event_list=...)``.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.trajectory_reconstruction import StrideLevelTrajectory
    >>> data = pd.DataFrame(0.0, index=range(300), columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> data["acc_z"] = 9.81
    >>> strides = pd.DataFrame({"s_id": [0, 1], "start": [50, 150], "end": [150, 250], "min_vel": [50, 150]})
    >>> trajectory = StrideLevelTrajectory().estimate(data, strides, sampling_rate_hz=100.0)
    >>> trajectory.position_.groupby("s_id").size().tolist()
    [101, 101]
    """

    data: SensorData
    stride_event_list: StrideList
    orientation_: OrientationList
    velocity_: VelocityList
    position_: PositionList

    def __init__(
        self,
        *,
        ori_method: BaseOrientationMethod | None = cf(SimpleGyroIntegration()),
        pos_method: BasePositionMethod | None = cf(ForwardBackwardIntegration()),
        trajectory_method: BaseTrajectoryMethod | None = None,
        align_window_width: int = 8,
    ) -> None:
        self.ori_method = ori_method
        self.pos_method = pos_method
        self.trajectory_method = trajectory_method
        self.align_window_width = align_window_width

    def estimate(self, data: SensorData, stride_event_list: StrideList, *, sampling_rate_hz: float) -> Self:
        """Estimate orientation, velocity and position of every stride.

        Parameters
        ----------
        data
            Recording of one or several sensors in the sensor frame.
        stride_event_list
            Strides of the ``min_vel`` type (``s_id``, ``start``, ``end``, ``min_vel``), one list per sensor.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with the results attached.
        """
        self.data = data
        self.stride_event_list = stride_event_list
        self.sampling_rate_hz = sampling_rate_hz

        self._check_parameters(sampling_rate_hz)
        kind = is_sensor_data(data, frame="sensor")
        list_kind = is_stride_list(stride_event_list, stride_type="min_vel", check_additional_cols=False)
        if kind != list_kind:
            raise ValidationError(
                "An invalid combination of stride list and dataset was provided. "
                f"The dataset is {kind} sensor and the stride list is {list_kind} sensor."
            )

        names = None if kind == "single" else {sensor: sensor for sensor in get_multi_sensor_names(data)}
        set_results(self, run_per_sensor(self._estimate_sensor, kind, data, stride_event_list, names, stage=_STAGE))
        return self

    def _estimate_sensor(self, data: pd.DataFrame, stride_list: pd.DataFrame, sensor: Any) -> dict[str, pd.DataFrame]:
        strides = set_correct_index(stride_list, SL_INDEX)
        where = _STAGE if sensor is None else f"{_STAGE}, sensor {sensor!r}"

        warn_about_moving_foot(data, strides, self.sampling_rate_hz, where)
        columns = [column for column in _SAMPLE_COLS if column in strides.columns]
        shifted = strides.assign(**{column: strides[column] - strides["start"] for column in columns})
        return self._estimate_regions(data, strides, lambda i: shifted.iloc[[i]], where)
