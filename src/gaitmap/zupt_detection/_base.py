"""The two forms of a ZUPT result, each derived from the other."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.utils.array_handling import bool_array_to_start_end_array, start_end_array_to_bool_array
from gaitmap.utils.datatype_helper import SingleSensorData


class PerSampleZuptDetectorMixin:
    """For detectors that set ``per_sample_zupts_``: derives ``zupts_``.

    Attributes
    ----------
    zupts_
        Frame with the columns ``start`` and ``end`` (samples, end exclusive), one row per sequence of static samples.

    Examples
    --------
    >>> from gaitmap.base import BaseZuptDetector
    >>> class FirstSamplesZuptDetector(BaseZuptDetector, PerSampleZuptDetectorMixin):
    ...     def detect(self, data, *, sampling_rate_hz, **_):
    ...         self.per_sample_zupts_ = np.arange(len(data)) < sampling_rate_hz
    ...         return self
    >>> FirstSamplesZuptDetector().detect(pd.DataFrame({"acc_x": np.zeros(5)}), sampling_rate_hz=2).zupts_
       start  end
    0      0    2
    """

    per_sample_zupts_: NDArray[np.bool_]

    @property
    def zupts_(self) -> pd.DataFrame:
        """Start and end of each sequence of static samples."""
        return as_zupts(bool_array_to_start_end_array(self.per_sample_zupts_))


class RegionZuptDetectorMixin:
    """For detectors that set ``zupts_`` (and ``data``): derives ``per_sample_zupts_``.

    Attributes
    ----------
    per_sample_zupts_
        Bool array with one value per sample of the data; parts of regions beyond the data are cut off.

    Examples
    --------
    >>> from gaitmap.base import BaseZuptDetector
    >>> class FirstSamplesZuptDetector(BaseZuptDetector, RegionZuptDetectorMixin):
    ...     def detect(self, data, *, sampling_rate_hz, **_):
    ...         self.data = data
    ...         self.zupts_ = pd.DataFrame({"start": [0], "end": [sampling_rate_hz]})
    ...         return self
    >>> data = pd.DataFrame({"acc_x": np.zeros(5)})
    >>> FirstSamplesZuptDetector().detect(data, sampling_rate_hz=2).per_sample_zupts_
    array([ True,  True, False, False, False])
    """

    data: SingleSensorData
    zupts_: pd.DataFrame

    @property
    def per_sample_zupts_(self) -> NDArray[np.bool_]:
        """Whether each sample is static."""
        return start_end_array_to_bool_array(self.zupts_[["start", "end"]].to_numpy(dtype=np.int64), len(self.data))


def as_zupts(intervals: NDArray) -> pd.DataFrame:
    """Lay out intervals (n, 2) as all detectors do."""
    return pd.DataFrame(np.reshape(intervals, (-1, 2)), columns=["start", "end"], dtype="Int64")
