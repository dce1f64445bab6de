"""The parameter of the min_vel search, which is the same in all methods."""

import numpy as np

from gaitmap._kernels.events import MIN_VEL
from gaitmap.event_detection._base import BaseStrideEventDetection, milliseconds_to_samples
from gaitmap.utils._checks import check_number


class BaseMinVelWindowDetection(BaseStrideEventDetection):
    """Event detection whose min_vel is the middle of the window of least gyroscope energy in the stride."""

    min_vel_search_win_size_ms: float

    def _min_vel_window(self) -> int:
        return milliseconds_to_samples(self.min_vel_search_win_size_ms, self.sampling_rate_hz)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        check_number(self, "min_vel_search_win_size_ms", self.min_vel_search_win_size_ms, at_least=0)
        if self._wanted()[MIN_VEL] and self._min_vel_window() < 2:
            raise ValueError(
                f"min_vel_search_win_size_ms is {self.min_vel_search_win_size_ms} ms, which is "
                f"{self._min_vel_window()} sample(s) at {self.sampling_rate_hz} Hz: the window_length must be larger "
                "than 1. Choose a longer window."
            )

    def _check_stride_lengths(self, lengths: np.ndarray) -> None:
        # One short stride is no error; a window that fits into none of them is a mistake in the parameters.
        lengths = lengths[lengths > 0]
        if self._wanted()[MIN_VEL] and len(lengths) and lengths.max() <= self._min_vel_window():
            raise ValueError(
                f"min_vel_search_win_size_ms is {self.min_vel_search_win_size_ms} ms ({self._min_vel_window()} samples "
                f"at {self.sampling_rate_hz} Hz), but the longest stride has only {lengths.max()} samples. The window "
                "must be shorter than the strides: check its size, the sampling rate and the unit of the stride "
                "borders (samples)."
            )
