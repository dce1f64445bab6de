"""ZUPTs at the min_vel events of a stride list."""

from typing import Self

import numpy as np
import pandas as pd

from gaitmap.base import BaseZuptDetector
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.array_handling import merge_intervals
from gaitmap.utils.datatype_helper import (
    SingleSensorData,
    SingleSensorStrideList,
    is_single_sensor_data,
    is_single_sensor_stride_list,
)
from gaitmap.utils.exceptions import ValidationError
from gaitmap.zupt_detection._base import RegionZuptDetectorMixin, as_zupts


class StrideEventZuptDetector(BaseZuptDetector, RegionZuptDetectorMixin):
    """Take the samples around the ``min_vel`` events of a stride list as static; the signal is not looked at.

    Data requirements: data of one sensor (only their length matters) and its stride list of the type ``min_vel``.

    Parameters
    ----------
    half_region_size_s
        Time in s before and after each event that is taken as static. With 0, it is one sample per event.

    Attributes
    ----------
    zupts_
        Frame with the columns ``start`` and ``end`` (samples, end exclusive), one row per region of rest.
    per_sample_zupts_
        Bool array, True for each sample that lies in a region.
    half_region_size_samples_
        Number of samples before and after each event.
    min_vel_index_
        Always None: there is no metric.
    min_vel_value_
        Always None: there is no metric.

    Other Parameters
    ----------------
    data
        The data passed to the ``detect`` method.
    stride_event_list
        The stride list passed to the ``detect`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    Events are all starts and all ends of strides: the end of a ``min_vel`` stride is the ``min_vel`` of the next one.
    Regions are cut at the borders of the data; regions that overlap or touch are merged. NaN events are left out.

    Examples
    --------
    >>> strides = pd.DataFrame({"s_id": [0, 1], "start": [10, 60], "end": [60, 90], "min_vel": [10, 60]})
    >>> data = pd.DataFrame({"gyr_x": np.zeros(100)})
    >>> StrideEventZuptDetector().detect(data, stride_event_list=strides, sampling_rate_hz=100.0).zupts_
       start  end
    0      5   16
    1     55   66
    2     85   96
    """

    zupts_: pd.DataFrame
    half_region_size_samples_: int
    min_vel_index_: None
    min_vel_value_: None

    data: SingleSensorData
    stride_event_list: SingleSensorStrideList | None
    sampling_rate_hz: float

    def __init__(self, half_region_size_s: float = 0.05) -> None:
        self.half_region_size_s = half_region_size_s

    def detect(
        self,
        data: SingleSensorData,
        *,
        stride_event_list: SingleSensorStrideList | None = None,
        sampling_rate_hz: float,
    ) -> Self:
        """Find the regions around the events.

        Parameters
        ----------
        data
            Data of one sensor.
        stride_event_list
            Its stride list of the type ``min_vel``.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValueError
            If the size of the region is negative.
        ValidationError
            If the data or the stride list is not valid.
        """
        self.data = data
        self.stride_event_list = stride_event_list
        self.sampling_rate_hz = sampling_rate_hz
        check_number(self, "half_region_size_s", self.half_region_size_s)
        if self.half_region_size_s < 0:
            raise ValueError(f"The half region size must be >= 0. Found half_region_size_s={self.half_region_size_s}.")
        is_single_sensor_data(data, check_acc=False, check_gyr=False, raise_exception=True)
        strides = self._check_strides(stride_event_list)
        check_sampling_rate(self, sampling_rate_hz)

        half = self.half_region_size_samples_ = round(self.half_region_size_s * sampling_rate_hz)
        events = np.unique(strides[["start", "end"]].to_numpy(dtype=float, na_value=np.nan))
        events = events[np.isfinite(events)]
        regions = np.column_stack([events - half, events + half + 1]).astype(np.int64).clip(0, len(data))
        self.zupts_ = as_zupts(merge_intervals(regions[regions[:, 0] < regions[:, 1]]))
        self.min_vel_index_ = None
        self.min_vel_value_ = None
        return self

    def _check_strides(self, stride_event_list: SingleSensorStrideList | None) -> SingleSensorStrideList:
        try:
            is_single_sensor_stride_list(
                stride_event_list, stride_type="min_vel", check_additional_cols=False, raise_exception=True
            )
        except ValidationError as error:
            raise ValidationError(
                "For the `StrideEventZuptDetector` a proper stride_event_list of the `min_vel` type is required. "
                f"Pass the min_vel_event_list_ of an event detection.\n\n{error}"
            ) from error
        return stride_event_list
