"""Combination of several ZUPT detectors."""

from typing import Any, Literal, Self

import numpy as np
from numpy.typing import NDArray

from gaitmap.base import BaseZuptDetector
from gaitmap.utils.datatype_helper import SingleSensorData, SingleSensorStrideList
from gaitmap.zupt_detection._base import PerSampleZuptDetectorMixin


class ComboZuptDetector(BaseZuptDetector, PerSampleZuptDetectorMixin):
    """Combine the results of several detectors sample by sample.

    Data requirements: those of the detectors.

    Parameters
    ----------
    detectors
        List of ``(name, detector)``. The parameters of a detector can be set as ``detectors__<name>__<parameter>``.
    operation
        Whether a sample is static if any detector ("or"), or if all detectors ("and") say so.

    Attributes
    ----------
    zupts_
        Frame with the columns ``start`` and ``end`` (samples, end exclusive), one row per sequence of static samples.
    per_sample_zupts_
        Bool array, True for each static sample.
    min_vel_index_
        Always None: there is no common metric.
    min_vel_value_
        Always None: there is no common metric.

    Other Parameters
    ----------------
    data
        The data passed to the ``detect`` method.
    stride_event_list
        The stride list passed to the ``detect`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.zupt_detection import NormZuptDetector
    >>> data = pd.DataFrame({"gyr_x": [0.0] * 20 + [90.0] * 20 + [0.0] * 20, "gyr_y": 0.0, "gyr_z": 0.0})
    >>> detectors = [("calm", NormZuptDetector(metric="maximum")), ("steady", NormZuptDetector(metric="variance"))]
    >>> ComboZuptDetector(detectors, operation="and").detect(data, sampling_rate_hz=100.0).zupts_
       start  end
    0      0   15
    1     42   57
    """

    _composite_params = ("detectors",)

    per_sample_zupts_: NDArray[np.bool_]
    min_vel_index_: None
    min_vel_value_: None

    data: SingleSensorData
    stride_event_list: SingleSensorStrideList | None
    sampling_rate_hz: float

    def __init__(
        self,
        detectors: list[tuple[str, BaseZuptDetector]] | None = None,
        operation: Literal["or", "and"] = "or",
    ) -> None:
        self.detectors = detectors
        self.operation = operation

    def detect(  # type: ignore[override]
        self,
        data: SingleSensorData,
        *,
        sampling_rate_hz: float,
        stride_event_list: SingleSensorStrideList | None = None,
        **kwargs: Any,
    ) -> Self:
        """Run all detectors and combine their results.

        Parameters
        ----------
        data
            Data of one sensor.
        sampling_rate_hz
            Sampling rate in Hz.
        stride_event_list
            Stride list for detectors that need one.
        kwargs
            Further arguments for the ``detect`` methods of all detectors.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValueError
            If there are no detectors, or the operation is unknown.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        self.stride_event_list = stride_event_list
        if not self.detectors:
            raise ValueError(
                "No detectors have been set. Expected a list of (name, detector), for example "
                "ComboZuptDetector([('norm', NormZuptDetector()), ('events', StrideEventZuptDetector())])."
            )
        operations = {"or": np.logical_or, "and": np.logical_and}
        if self.operation not in operations:
            raise ValueError(f"Unknown operation {self.operation!r} to combine detectors. Must be one of 'or', 'and'.")
        arguments = {"sampling_rate_hz": sampling_rate_hz, "stride_event_list": stride_event_list, **kwargs}
        found = [detector.clone().detect(data, **arguments).per_sample_zupts_ for _, detector in self.detectors]
        self.per_sample_zupts_ = operations[self.operation].reduce(np.asarray(found, dtype=bool), axis=0)
        self.min_vel_index_ = None
        self.min_vel_value_ = None
        return self
