"""Calling a ZUPT detector the way all methods of this package do."""

from typing import Any

import pandas as pd

from gaitmap.base import BaseZuptDetector
from gaitmap.utils._checks import parameter_error
from gaitmap.utils.exceptions import UnusableSignalError


def detect_zupts(
    owner: Any, data: pd.DataFrame, sampling_rate_hz: float, stride_event_list: pd.DataFrame | None
) -> BaseZuptDetector:
    """Run a clone of ``owner.zupt_detector`` on the data of one section.

    A detector raises a ``ValueError`` for data that it cannot evaluate, most often because they are shorter than its
    window: this concerns the section alone.
    """
    if not isinstance(owner.zupt_detector, BaseZuptDetector):
        raise parameter_error(owner, "zupt_detector", "a BaseZuptDetector", owner.zupt_detector)
    detector = owner.zupt_detector.clone()
    try:
        return detector.detect(data, sampling_rate_hz=sampling_rate_hz, stride_event_list=stride_event_list)
    except ValueError as error:
        raise UnusableSignalError(str(error)) from error
