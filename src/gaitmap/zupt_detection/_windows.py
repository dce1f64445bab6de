"""Window parameters shared by the detectors with a windowed metric."""

from numbers import Integral
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.consts import BF_ACC, BF_GYR, SF_ACC, SF_GYR
from gaitmap.utils.datatype_helper import SingleSensorData
from gaitmap.utils.exceptions import ValidationError


class HasWindow(Protocol):
    """Parameters of a detector with windows."""

    window_length_s: float
    window_overlap: float | None
    window_overlap_samples: int | None


def window_in_samples(detector: HasWindow, sampling_rate_hz: float) -> tuple[int, int]:
    """Check the window parameters of a detector, and return length and overlap in samples."""
    check_sampling_rate(detector, sampling_rate_hz)
    check_number(detector, "window_length_s", detector.window_length_s)
    length = round(sampling_rate_hz * detector.window_length_s)
    if length < 3:
        raise ValidationError(
            f"The effective window size is smaller than 3 samples (sampling_rate_hz={sampling_rate_hz}, "
            f"window_length_s={detector.window_length_s}). Use a larger window length."
        )
    if (detector.window_overlap is None) == (detector.window_overlap_samples is None):
        raise ValidationError(
            "Specify either `window_overlap` or `window_overlap_samples`, not both. Found "
            f"{detector.window_overlap} and {detector.window_overlap_samples}. Set the other one to None."
        )
    if detector.window_overlap is not None:
        return length, _overlap_from_fraction(length, detector.window_overlap)
    return length, _overlap_from_samples(length, detector.window_overlap_samples)


def _overlap_from_fraction(length: int, fraction: float) -> int:
    if not 0 <= fraction < 1:
        raise ValidationError(f"`window_overlap` must be >= 0 and < 1. Found {fraction}.")
    overlap = round(length * fraction)
    if overlap == length:
        raise ValidationError(
            f"The effective window overlap after rounding is 1: {fraction} of {length} samples are all of them. Use a "
            "smaller `window_overlap`, or `window_overlap_samples=-1` for the largest possible one."
        )
    return overlap


def _overlap_from_samples(length: int, samples: Any) -> int:
    if not isinstance(samples, Integral) or isinstance(samples, bool):
        raise ValidationError(f"`window_overlap_samples` must be an integer. Found {samples!r}.")
    overlap = int(samples) + (length if samples < 0 else 0)
    if not 0 <= overlap < length:
        raise ValidationError(
            f"`window_overlap_samples` must lie between -{length} and {length - 1} for a window of {length} samples. "
            f"Found {samples}."
        )
    return overlap


def signal_of(data: SingleSensorData, sensor: str) -> NDArray[np.float64]:
    """Return the three columns of the "acc" or "gyr", of the sensor frame or else of the body frame."""
    sensor_columns, body_columns = {"acc": (SF_ACC, BF_ACC), "gyr": (SF_GYR, BF_GYR)}[sensor]
    columns = sensor_columns if set(sensor_columns) <= set(data.columns) else body_columns
    return data[columns].to_numpy(dtype=float)
