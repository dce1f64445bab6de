"""Rows that look like measurements and are none: zeros, one value everywhere, rows that are held or written twice."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from gaitmap.utils.consts import SF_ACC, SF_GYR

#: A foot that turns faster than this (deg/s) moves; its signals do not repeat to the last digit.
_MOVING_DEG_S = 20.0
#: Noise alone changes a row in this time; a sensor at rest with coarse steps may hold it longer.
_HELD_S = 0.04
#: Share of rows that must repeat evenly before all are taken as written several times.
_EVENLY_HELD = 0.95
_MOST_COPIES = 10


@dataclass(frozen=True)
class Cleaned:
    """The signals without placeholders.

    Attributes
    ----------
    data
        One sensor, with NaN in place of placeholders.
    notes
        What was found, in sentences without full stop.
    every
        Only every so many rows is a measurement.
    """

    data: pd.DataFrame
    notes: tuple[str, ...]
    every: int = 1


def copies_of_rows(data: pd.DataFrame) -> int:
    """Tell how often each sample was written; 1 if once."""
    values = data.to_numpy(dtype=float)
    if len(values) < 100:
        return 1
    changes = np.flatnonzero((np.diff(values, axis=0) != 0).any(axis=1)) + 1
    steps = np.diff(changes)
    if len(steps) < 20:
        return 1
    copies = int(np.median(steps))
    if not 2 <= copies <= _MOST_COPIES:
        return 1
    is_even = np.mean(steps % copies == 0) >= _EVENLY_HELD and np.mean(steps == copies) >= 0.5
    return copies if is_even else 1


def clear_placeholders(data: pd.DataFrame, sampling_rate_hz: float) -> Cleaned:
    """Replace what is no measurement by missing values.

    Parameters
    ----------
    data
        One sensor in m/s^2 and deg/s.
    sampling_rate_hz
        Sampling rate in Hz.
    """
    acc, gyr = data[SF_ACC].to_numpy(dtype=float), data[SF_GYR].to_numpy(dtype=float)
    both = np.hstack([acc, gyr])
    notes: list[str] = []
    missing_acc = (acc == 0).all(axis=1)
    is_one_value = (both == both[:, :1]).all(axis=1) & (both[:, 0] != 0)
    speed = np.sqrt((gyr**2).sum(axis=1))
    zero_gyr = (gyr == 0).all(axis=1)
    around = _largest_around(np.where(zero_gyr, 0.0, speed))
    missing_gyr = zero_gyr & (missing_acc | (around > _MOVING_DEG_S))
    if (n := int(missing_acc.sum())) and n < len(data):
        notes.append(f"{n} rows have zero acceleration, which gravity forbids; these samples are missing, not zero")
    if n := int((missing_gyr & ~missing_acc).sum()):
        notes.append(
            f"{n} rows have an angular rate of zero in all axes amid movement; these samples are missing, not zero"
        )
    if n := int(is_one_value.sum()):
        notes.append(f"{n} rows have one value in all six channels, a placeholder; these samples are missing")
    held = _held_rows(both, speed, sampling_rate_hz)
    if n := int(held.sum()):
        notes.append(
            f"{n} rows repeat the one before while the foot moves (the last value was held); these samples are missing"
        )
    missing_acc, missing_gyr = missing_acc | is_one_value | held, missing_gyr | is_one_value | held
    if not (missing_acc.any() or missing_gyr.any()) or missing_acc.all():
        return Cleaned(data, ())
    data = data.copy()
    data.loc[missing_acc, SF_ACC] = np.nan
    data.loc[missing_gyr, SF_GYR] = np.nan
    return Cleaned(data, tuple(notes))


def _largest_around(speed: np.ndarray, reach: int = 3) -> np.ndarray:
    """Give the largest value within a few rows."""
    padded = np.pad(np.nan_to_num(speed), reach)
    return np.lib.stride_tricks.sliding_window_view(padded, 2 * reach + 1).max(axis=1) if len(speed) else speed


def _held_rows(values: np.ndarray, speed: np.ndarray, sampling_rate_hz: float) -> np.ndarray:
    """Find rows that repeat the one before for longer than noise allows, while the foot turns."""
    n = len(values)
    held = np.zeros(n, dtype=bool)
    if n < 3:
        return held
    same = np.concatenate([[False], (values[1:] == values[:-1]).all(axis=1)])
    edges = np.flatnonzero(np.diff(np.concatenate([[False], same, [False]]).astype(np.int8)))
    shortest = max(2, round(_HELD_S * sampling_rate_hz))
    for start, end in zip(edges[::2], edges[1::2], strict=True):
        jump = np.abs(values[min(end, n - 1)] - values[end - 1])
        is_moving = speed[start - 1] > _MOVING_DEG_S or jump[3:].max() > _MOVING_DEG_S or jump[:3].max() > 3.0
        if end - start >= shortest and is_moving:
            held[start:end] = True
    return held
