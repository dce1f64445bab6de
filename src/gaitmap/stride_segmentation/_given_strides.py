"""Strides that are known already: from labels, or from another system."""

from collections.abc import Hashable, Mapping
from typing import Any, Self

import pandas as pd

from gaitmap.base import BaseStrideSegmentation
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils._feet import foot_in_name
from gaitmap.utils.datatype_helper import (
    SensorData,
    StrideList,
    get_multi_sensor_names,
    is_sensor_data,
    is_stride_list,
    set_correct_index,
)
from gaitmap.utils.exceptions import ValidationError


class GivenStrides(BaseStrideSegmentation):
    """Take strides that are known already, for example those that a person marked.

    Needs nothing of the data but their sensors and length, in any frame and at any rate.

    Parameters
    ----------
    stride_list
        Stride list (``s_id`` as index or column, ``start``, ``end`` in samples), or a dict of them. Its keys are the
        names of the sensors, or the feet: ``"left"`` and ``"right"`` stand for the sensors with that word in their
        names. Columns beside ``start`` and ``end`` are kept.

    Attributes
    ----------
    stride_list_
        The strides of each sensor of the data, in the order of time. A sensor without strides has an empty list.

    Other Parameters
    ----------------
    data
        The data passed to the ``segment`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    See Also
    --------
    gaitmap.recordings.read_labels : Reads labels; ``stride_lists_of`` gives their strides.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.stride_segmentation import GivenStrides
    >>> from gaitmap.utils.consts import SF_COLS
    >>> data = {"left_sensor": pd.DataFrame(0.0, index=range(300), columns=SF_COLS)}
    >>> known = {"left": pd.DataFrame({"s_id": [0, 1], "start": [10, 120], "end": [120, 230]})}
    >>> GivenStrides(known).segment(data, sampling_rate_hz=100.0).stride_list_["left_sensor"]
          start  end
    s_id
    0        10  120
    1       120  230
    """

    stride_list: StrideList | None

    stride_list_: StrideList

    data: SensorData
    sampling_rate_hz: float

    def __init__(self, stride_list: StrideList | None = None) -> None:
        self.stride_list = stride_list

    def segment(self, data: SensorData, sampling_rate_hz: float, **_: Any) -> Self:
        """Hand out the strides of the sensors in the data.

        Parameters
        ----------
        data
            Single- or multi-sensor data.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValidationError
            If there are no strides, or some lie outside the data.
        """
        check_sampling_rate(self, sampling_rate_hz)
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        if self.stride_list is None:
            raise ValidationError(
                "GivenStrides: no strides were given. Found None. Expected a stride list, or one per foot. Hand it "
                "over as `stride_list`."
            )
        is_stride_list(self.stride_list)
        if is_sensor_data(data, check_acc=False, check_gyr=False) == "single":
            self.stride_list_ = self._of_sensor(self._given("the sensor", None), data, "the sensor")
        else:
            self.stride_list_ = {
                sensor: self._of_sensor(self._given(sensor, sensor), data[sensor], sensor)  # type: ignore[index]
                for sensor in get_multi_sensor_names(data)
            }
        return self

    def _given(self, what: Hashable, sensor: Hashable | None) -> pd.DataFrame:
        """Find the list of a sensor by its name or by its foot."""
        given = self.stride_list
        if not isinstance(given, Mapping):
            if sensor is not None:
                raise ValidationError(
                    f"GivenStrides: it is not known whose strides these are. Found one stride list for {what!r} and "
                    "others. Expected a dict with a list per sensor or foot. Hand over {'left': ..., 'right': ...}."
                )
            return given  # type: ignore[return-value]
        if sensor is None:
            if len(given) != 1:
                raise ValidationError(
                    f"GivenStrides: the data are those of one sensor. Found stride lists of {sorted(map(str, given))}. "
                    "Expected one stride list. Hand over the one of this sensor."
                )
            return next(iter(given.values()))
        foot = foot_in_name(sensor)
        for key in (sensor, foot):
            if key in given:
                return given[key]
        return pd.DataFrame({"start": [], "end": []}, dtype="int64").rename_axis("s_id")

    @staticmethod
    def _of_sensor(strides: pd.DataFrame, data: Any, sensor: Hashable) -> pd.DataFrame:
        """Sort the strides, and check that they lie in the data."""
        strides = set_correct_index(strides, ["s_id"]).sort_values("start", kind="stable")
        outside = strides[(strides["start"] < 0) | (strides["end"] > len(data)) | (strides["end"] <= strides["start"])]
        if len(outside):
            first = outside.iloc[0]
            raise ValidationError(
                f"GivenStrides: {len(outside)} of {len(strides)} strides of {sensor!r} are not in the data. Found the "
                f"samples {first['start']} to {first['end']} (stride {outside.index[0]}) in a recording of {len(data)} "
                "samples. Expected start < end within it. Check that labels and recording belong together and have the "
                "same sampling rate."
            )
        return strides.astype({"start": "int64", "end": "int64"})
