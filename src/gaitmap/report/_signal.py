"""The signal of the report: channels, strides and events, as the script in the page reads them."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.report._decimate import MinMaxReducer, decimate_min_max, encode_integers, encode_signal
from gaitmap.utils.consts import SF_ACC

# Events of more strides than this cannot be told apart on a page, and would be most of it.
_MAX_STRIDES_WITH_EVENTS = 20_000
# Minimum and maximum of up to four samples look like the samples themselves.
_INVISIBLE_STEP = 2.0
_FEET = ("left", "right")
EVENTS = {"ic": "Initial contact", "tc": "Toe-off", "min_vel": "Mid-stance"}


class SignalOverview:
    """The signals as far as a report draws them; they may come in blocks.

    Parameters
    ----------
    n_samples
        ``{sensor: number of samples}``; sensors with "left" or "right" in their name are drawn.
    max_points
        Values to keep over all channels and feet; longer signals are reduced to minima and maxima.

    Attributes
    ----------
    duration_samples
        Samples of the longest of these sensors.
    """

    def __init__(self, n_samples: Mapping[Any, int], max_points: int) -> None:
        self._foot = {sensor: foot for foot in _FEET for sensor in n_samples if foot in str(sensor).lower()}
        self.duration_samples = max((n_samples[sensor] for sensor in self._foot), default=0)
        # Two thirds for the angular rate, in which strides and events are seen, one third for the acceleration.
        shares = {"gyr": 2 * max_points // 3, "acc": max_points // 3}
        self._reducers = {
            sensor: {key: MinMaxReducer(n_samples[sensor], share // len(self._foot)) for key, share in shares.items()}
            for sensor in self._foot
        }

    def update(self, block: Mapping[Any, pd.DataFrame]) -> None:
        """Take the next samples (sensor frame, m/s^2 and deg/s)."""
        for sensor, reducers in self._reducers.items():
            for key, values in _channels(block[sensor]).items():
                reducers[key].update(values)

    def channels(self) -> dict[str, dict[str, tuple[np.ndarray, float]]]:
        """``{foot: {channel: (values, distance of two values in samples)}}``."""
        return {
            self._foot[sensor]: {key: (reducer.result(), reducer.step) for key, reducer in reducers.items()}
            for sensor, reducers in self._reducers.items()
        }


def build_signal(
    data: Mapping[Any, pd.DataFrame] | SignalOverview, sampling_rate_hz: float, strides: pd.DataFrame, max_points: int
) -> dict[str, Any]:
    """Collect what the signal plot shows.

    Parameters
    ----------
    data
        ``{sensor: DataFrame}`` in the sensor frame, or an overview of it (reduced again if it has more values).
    sampling_rate_hz
        Sampling rate in Hz.
    strides
        Table of strides.
    max_points
        Values to keep over all channels and feet.

    Returns
    -------
    dict
        ``duration_s``, ``reduced`` (whether the finest view shows fewer values than were measured), ``channels`` (list
        of label and unit), ``events`` (labels), and per foot the encoded channels, strides and events.
    """
    overview = data
    if not isinstance(overview, SignalOverview):
        overview = SignalOverview({sensor: len(frame) for sensor, frame in overview.items()}, max_points)
        overview.update(data)  # type: ignore[arg-type]
    content: dict[str, Any] = {
        "duration_s": overview.duration_samples / sampling_rate_hz,
        "channels": [
            {"key": "gyr", "label": "Angular rate (pitch)", "unit": "deg/s"},
            {"key": "acc", "label": "Acceleration (magnitude)", "unit": "m/s\u00b2"},
        ],
        "events": EVENTS,
        "feet": [],
        "reduced": False,
    }
    feet = overview.channels()
    for foot, signals in feet.items():
        channels = {}
        n_values = sum(len(values) for values, _ in signals.values())
        for key, (values, step) in signals.items():
            reduced, further = decimate_min_max(values, max_points * len(values) // max(n_values * len(feet), 1))
            encoded = encode_signal(reduced)
            channels[key] = {
                "data": encoded.text,
                "scale": encoded.scale,
                "step_s": step * further / sampling_rate_hz,
                "range": _axis_range(reduced),
            }
            content["reduced"] |= step * further > _INVISIBLE_STEP
        content["feet"].append(
            {"foot": foot, "channels": channels, **_marks(strides[strides["foot"] == foot], sampling_rate_hz)}
        )
    return content


def _channels(frame: pd.DataFrame) -> dict[str, np.ndarray]:
    total = np.zeros(len(frame))
    for axis in SF_ACC:
        total += frame[axis].to_numpy(dtype=float) ** 2
    return {"gyr": frame["gyr_y"].to_numpy(dtype=float), "acc": np.sqrt(total)}


def _axis_range(values: np.ndarray) -> list[float]:
    known = values[np.isfinite(values)]
    if len(known) == 0:
        return [-1.0, 1.0]
    low, high = float(known.min()), float(known.max())
    margin = 0.06 * (high - low) or 1.0
    return [low - margin, high + margin]


def _marks(strides: pd.DataFrame, rate: float) -> dict[str, Any]:
    """Strides and events in samples; for very many strides the walked stretches instead."""
    marks: dict[str, Any] = {"rate": rate, "merged": len(strides) > _MAX_STRIDES_WITH_EVENTS // 2}
    is_analysed = strides["status"] == "analysed"
    for key, part in (("strides", strides[is_analysed]), ("unused", strides[~is_analysed])):
        spans = part[["start", "end"]].to_numpy()
        marks[key] = encode_integers((_merge(spans) if marks["merged"] else spans).ravel())
    for event in EVENTS:
        samples = strides[event].dropna().to_numpy(dtype=np.int64)
        if event == "ic":  # the first contact of each walk belongs to no stride as its ic
            samples = np.concatenate([samples, strides["pre_ic"].dropna().to_numpy(dtype=np.int64)])
        marks[event] = "" if marks["merged"] else encode_integers(np.unique(samples))
    return marks


def _merge(spans: np.ndarray) -> np.ndarray:
    """Join strides that follow each other."""
    if len(spans) == 0:
        return spans
    spans = spans[np.argsort(spans[:, 0], kind="stable")]
    new = np.concatenate([[True], spans[1:, 0] > np.maximum.accumulate(spans[:, 1])[:-1]])
    starts = np.flatnonzero(new)
    return np.column_stack([spans[starts, 0], np.maximum.reduceat(spans[:, 1], starts)])
