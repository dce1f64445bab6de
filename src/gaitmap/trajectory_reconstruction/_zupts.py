"""Calling a ZUPT detector the way all methods of this package do."""

from typing import Any

import pandas as pd

from gaitmap.base import BaseZuptDetector
from gaitmap.utils._checks import parameter_error
from gaitmap.utils.exceptions import UnusableSignalError

_MIN_WINDOW_SAMPLES = 3


def detect_zupts(
    owner: Any, data: pd.DataFrame, sampling_rate_hz: float, stride_event_list: pd.DataFrame | None
) -> BaseZuptDetector:
    """Run a clone of ``owner.zupt_detector`` on the data of one section.

    A detector raises a ``ValueError`` for data that it cannot evaluate, most often because they are shorter than its
    window: this concerns the section alone. Windows of less than three samples at this rate, which no detector takes,
    are lengthened to three.
    """
    if not isinstance(owner.zupt_detector, BaseZuptDetector):
        raise parameter_error(owner, "zupt_detector", "a BaseZuptDetector", owner.zupt_detector)
    detector = _with_long_windows(owner.zupt_detector.clone(), sampling_rate_hz)
    try:
        return detector.detect(data, sampling_rate_hz=sampling_rate_hz, stride_event_list=stride_event_list)
    except ValueError as error:
        raise UnusableSignalError(str(error)) from error


def _with_long_windows(detector: BaseZuptDetector, sampling_rate_hz: float) -> BaseZuptDetector:
    """Lengthen the windows of a detector (also inside of a combination) to the samples that a metric needs."""
    shortest = _MIN_WINDOW_SAMPLES / sampling_rate_hz
    lengthened = {
        name: shortest
        for name, value in detector.get_params().items()
        if name.rpartition("__")[2] == "window_length_s"
        and isinstance(value, int | float)
        and 0 < round(value * sampling_rate_hz) < _MIN_WINDOW_SAMPLES
    }
    return detector.set_params(**lengthened)
