"""Trajectories of regions of interest, and strides cut out of them."""

from collections.abc import Callable, Sequence
from typing import Any, Literal, Self

import pandas as pd
from tpcp import cf

from gaitmap.base import BaseOrientationMethod, BasePositionMethod, BaseTrajectoryMethod
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.trajectory_reconstruction._cut_strides import cut_strides
from gaitmap.trajectory_reconstruction._wrapper_base import TrajectoryWrapper
from gaitmap.trajectory_reconstruction.orientation_methods import SimpleGyroIntegration
from gaitmap.trajectory_reconstruction.position_methods import ForwardBackwardIntegration
from gaitmap.utils.consts import ROI_ID_COLS, SL_INDEX
from gaitmap.utils.datatype_helper import (
    OrientationList,
    PositionList,
    RegionsOfInterestList,
    SensorData,
    StrideList,
    VelocityList,
    get_multi_sensor_names,
    get_single_sensor_regions_of_interest_types,
    is_regions_of_interest_list,
    is_sensor_data,
    is_stride_list,
    set_correct_index,
)
from gaitmap.utils.exceptions import ValidationError
from gaitmap.utils.stride_list_conversion import intersect_stride_list

_STAGE = "RegionLevelTrajectory"
_Result = Literal["orientation", "position", "velocity"]
_RESULTS: tuple[_Result, ...] = ("orientation", "position", "velocity")


class RegionLevelTrajectory(TrajectoryWrapper):
    """Orientation, velocity and position of whole regions (walking bouts), on request cut into strides.

    Requires accelerometer and gyroscope in the sensor frame of one or several sensors, at any rate, and regions whose
    start is a moment of rest. Every region has its own global frame, with the origin and the heading of the sensor at
    its start; all strides of a region share it.

    Parameters
    ----------
    ori_method
        Method that estimates the orientation. Its ``initial_orientation`` is overwritten for every region.
    pos_method
        Method that estimates velocity and position from the data rotated by ``ori_method``.
    trajectory_method
        Method that does both in one go. If given, pass None for the other two.
    align_window_width
        Width of the window around the start of a region, in samples, whose median acceleration is taken for gravity to
        find the initial orientation. ``width // 2`` samples before and after the start are used.

    Attributes
    ----------
    orientation_
        Columns ``q_x, q_y, q_z, q_w``, n + 1 rows for a region of n samples; a dict of such frames for several sensors.
        The index is ``(roi_id, sample)`` or ``(gs_id, sample)`` after ``estimate``, and ``(s_id, sample)`` after
        ``estimate_intersect``.
    velocity_
        The same with ``vel_x, vel_y, vel_z`` in m/s.
    position_
        The same with ``pos_x, pos_y, pos_z`` in m.

    Other Parameters
    ----------------
    data
        The data passed to the action method.
    regions_of_interest
        The regions passed to the action method.
    stride_event_list
        The stride list passed to the action method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Raises
    ------
    gaitmap.utils.exceptions.ValidationError
        If data, regions or stride list do not have the required form, or do not belong together.
    ValueError
        If a parameter is not usable, or if no region of a sensor can be evaluated.

    Notes
    -----
    The initial orientation is the shortest rotation that takes the median acceleration to +z; the heading is that of
    the sensor. Regions that cannot be evaluated (NaN in their signals, no moment of rest) have NaN results and are
    named in an ``UnusableRegionWarning``. Every method is called as ``estimate(data_of_region, sampling_rate_hz=...,
    stride_event_list=...)``, the latter with the strides inside the region, counted from its start; methods of this
    package may be evaluated for all regions in one compiled call instead.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.trajectory_reconstruction import RegionLevelTrajectory
    >>> data = pd.DataFrame(0.0, index=range(300), columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> data["acc_z"] = 9.81
    >>> regions = pd.DataFrame({"roi_id": ["walk"], "start": [50], "end": [250]})
    >>> strides = pd.DataFrame({"s_id": [0, 1], "start": [50, 150], "end": [150, 250]})
    >>> trajectory = RegionLevelTrajectory().estimate(data, regions, sampling_rate_hz=100.0)
    >>> len(trajectory.position_)
    201
    >>> (position,) = trajectory.intersect(strides, return_data=("position",))
    >>> position.groupby("s_id").size().tolist()
    [101, 101]
    """

    _action_methods = ("estimate", "estimate_intersect")  # type: ignore[assignment]

    data: SensorData
    regions_of_interest: RegionsOfInterestList
    stride_event_list: StrideList | None
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

    def estimate(
        self,
        data: SensorData,
        regions_of_interest: RegionsOfInterestList,
        *,
        stride_event_list: StrideList | None = None,
        sampling_rate_hz: float,
    ) -> Self:
        """Estimate orientation, velocity and position of every region.

        Parameters
        ----------
        data
            Recording of one or several sensors in the sensor frame.
        regions_of_interest
            Regions (``roi_id``) or gait sequences (``gs_id``) with ``start`` and ``end``, one list per sensor.
        stride_event_list
            Strides of any type, one list per sensor; handed to the methods, of which only those that use ZUPT
            detectors need it.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with the results attached.
        """
        self.data = data
        self.regions_of_interest = regions_of_interest
        self.stride_event_list = stride_event_list
        self.sampling_rate_hz = sampling_rate_hz

        self._check_parameters(sampling_rate_hz)
        kind = self._check_inputs()
        names = None if kind == "single" else {sensor: sensor for sensor in get_multi_sensor_names(data)}
        results = run_per_sensor(
            self._estimate_sensor, kind, data, regions_of_interest, stride_event_list, names, stage=_STAGE
        )
        set_results(self, results)
        return self

    def estimate_intersect(
        self,
        data: SensorData,
        regions_of_interest: RegionsOfInterestList,
        *,
        stride_event_list: StrideList,
        sampling_rate_hz: float,
    ) -> Self:
        """Estimate every region, then cut the results into strides.

        Parameters
        ----------
        data
            Recording of one or several sensors in the sensor frame.
        regions_of_interest
            Regions (``roi_id``) or gait sequences (``gs_id``) with ``start`` and ``end``, one list per sensor.
        stride_event_list
            Strides of any type, one list per sensor.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with the results (index ``s_id, sample``) attached.
        """
        self.estimate(data, regions_of_interest, stride_event_list=stride_event_list, sampling_rate_hz=sampling_rate_hz)
        results = self.intersect(stride_event_list, return_data=_RESULTS)
        set_results(self, dict(zip(_RESULTS, results, strict=True)))
        return self

    def intersect(
        self,
        stride_event_list: StrideList,
        return_data: Sequence[_Result] = _RESULTS,
    ) -> tuple[Any, ...]:
        """Cut strides out of the results of ``estimate``.

        Parameters
        ----------
        stride_event_list
            Strides of any type, one list per sensor. Strides that do not lie completely inside of a region are left
            out; of several regions that contain a stride the last one counts.
        return_data
            Which results to cut.

        Returns
        -------
        tuple
            The results in the order asked for, with the index ``(s_id, sample)``: n + 1 rows for a stride of n samples,
            the first being the state before its first sample. Positions are not set back to zero.

        Raises
        ------
        ValidationError
            If there are no results of ``estimate``, or the stride list does not belong to them.
        ValueError
            If ``return_data`` is not usable, or the results do not belong to the regions.
        """
        available = [name for name in _RESULTS if hasattr(self, f"{name}_")]
        if not available:
            raise ValidationError(f"{_STAGE}: there are no results to intersect. Call `estimate` first.")
        if not isinstance(return_data, (tuple, list)) or not return_data or not set(return_data) <= set(_RESULTS):
            raise ValueError(f"`return_data` must be {_RESULTS} or a subset of it. Got {return_data!r} instead.")
        missing = [name for name in return_data if name not in available]
        if missing:
            raise ValidationError(f"{_STAGE}: there are no results for {missing}. Call `estimate` first.")
        results = {name: getattr(self, f"{name}_") for name in return_data}
        kind = "multi" if isinstance(results[return_data[0]], dict) else "single"
        strides_kind = is_stride_list(stride_event_list, stride_type="any")
        if kind != strides_kind:
            raise ValidationError(
                f"{_STAGE}: it is not possible to intersect the results from a {kind} sensor dataset with a "
                f"{strides_kind} sensor stride list."
            )
        cut = run_per_sensor(
            _cut_sensor(return_data), kind, self.regions_of_interest, stride_event_list, *results.values(), stage=_STAGE
        )
        return tuple(cut[name] for name in return_data)

    def _check_inputs(self) -> Literal["single", "multi"]:
        roi_kind = is_regions_of_interest_list(self.regions_of_interest)
        if self.stride_event_list is not None:
            list_kind = is_stride_list(self.stride_event_list, stride_type="any")
            if list_kind != roi_kind:
                raise ValidationError(
                    "An invalid combination of ROI list and stride list was provided. "
                    f"The stride list is {list_kind} sensor and the ROI list is {roi_kind} sensor."
                )
        kind = is_sensor_data(self.data, frame="sensor")
        if kind != roi_kind:
            raise ValidationError(
                "An invalid combination of ROI list and dataset was provided. "
                f"The ROI list is {roi_kind} sensor and the dataset is {kind} sensor."
            )
        return kind

    def _estimate_sensor(
        self, data: pd.DataFrame, regions: pd.DataFrame, stride_list: pd.DataFrame | None, sensor: Any
    ) -> dict[str, pd.DataFrame]:
        regions = _indexed_by_region(regions)
        where = _STAGE if sensor is None else f"{_STAGE}, sensor {sensor!r}"
        parts = None if stride_list is None else intersect_stride_list(stride_list, regions)
        return self._estimate_regions(data, regions, lambda i: None if parts is None else parts[i], where)


def _indexed_by_region(regions: pd.DataFrame) -> pd.DataFrame:
    return set_correct_index(regions, [ROI_ID_COLS[get_single_sensor_regions_of_interest_types(regions)]])


def _cut_sensor(names: Sequence[str]) -> Callable[..., dict[str, pd.DataFrame]]:
    def cut(regions: pd.DataFrame, strides: pd.DataFrame, *results: pd.DataFrame) -> dict[str, pd.DataFrame]:
        regions, strides = _indexed_by_region(regions), set_correct_index(strides, SL_INDEX)
        return {name: cut_strides(frame, regions, strides) for name, frame in zip(names, results, strict=True)}

    return cut
