"""Whether a recording can have the units that this package expects (m/s^2 and deg/s)."""

import warnings
from collections.abc import Hashable
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from gaitmap.utils.consts import BF_ACC, BF_GYR, GRAV, SF_ACC, SF_GYR
from gaitmap.utils.datatype_helper import SensorData, is_sensor_data, to_dict_multi_sensor_data
from gaitmap.utils.exceptions import UnitSuspectWarning

# The quietest fifth of the samples (by angular rate) are mid-stances and rest: their median acceleration is gravity, in
# whatever unit. These are the bounds, when it is read as m/s^2.
_QUIET_SHARE = 0.2
_ACC_LIKE_GRAVITY = (7.0, 14.0)
_ACC_LIKE_G = (0.6, 1.7)
_ACC_LIKE_MILLI_G = (600.0, 1700.0)
_ACC_CONVERTED_TWICE = (68.0, 137.0)
# A foot that moves as if it walked: 99th percentile of the acceleration this many times above its median.
_MOVING = 1.5
# 99th percentile of the angular rate of a walking foot: 300 to 600 deg/s, that is 5 to 10 rad/s.
_GYR_TOO_SMALL = 20.0
_GYR_TOO_LARGE = 4000.0
# The range of a sensor (2000 deg/s), taken for rad/s. What is larger is no angular rate at all.
_GYR_LARGEST = 120_000.0
#: Percentiles need no more samples than these: of longer recordings every second, fourth, eighth ... is taken.
MAX_JUDGED_SAMPLES = 200_000


@dataclass(frozen=True)
class UnitFinding:
    """A signal that does not look like it has the expected unit.

    Attributes
    ----------
    sensor
        Name of the sensor; None for the data of a single sensor.
    quantity
        ``"acc"`` or ``"gyr"``.
    value
        What was looked at: for ``"acc"`` the median norm at quiet moments, for ``"gyr"`` the 99th percentile of it.
    looks_like
        The unit that the signal seems to have: ``"g"``, ``"mg"``, ``"rad/s"``; ``"m/s^2 converted from g"`` or
        ``"deg/s converted from rad/s"`` if the signal seems to have been converted without need; ``"unknown"`` if the
        value fits no unit.
    message
        All of this as a sentence.
    """

    sensor: Hashable | None
    quantity: Literal["acc", "gyr"]
    value: float
    looks_like: str
    message: str


def check_units(data: SensorData, *, warn: bool = False) -> list[UnitFinding]:
    """Look for signs that a recording is not in m/s^2 and deg/s.

    Parameters
    ----------
    data
        Single- or multi-sensor data in the sensor or the body frame, with all acc and gyr columns.
    warn
        Also warn of the findings, in one ``UnitSuspectWarning``.

    Returns
    -------
    list of UnitFinding
        Empty, if all signals are plausible.

    Raises
    ------
    ValidationError
        If the data is not sensor data with these columns.

    Notes
    -----
    The acceleration is judged by its median norm at the quiet moments of the recording, which should be near 9.81. The
    angular rate is judged by the 99th percentile of its norm; as a resting sensor says nothing about its unit, small
    values are reported only where the acceleration shows movement.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame([[0.0, 0.0, 1.0, 0.1, 0.2, 0.1]] * 50, columns=[*SF_ACC, *SF_GYR])
    >>> [(finding.quantity, finding.looks_like) for finding in check_units(data)]
    [('acc', 'g')]
    """
    is_single = is_sensor_data(data) == "single"
    sensors = {None: data} if is_single else to_dict_multi_sensor_data(data)
    findings: list[UnitFinding] = []
    for sensor, frame in sensors.items():
        acc, gyr = (_norm(frame, sf, bf) for sf, bf in ((SF_ACC, BF_ACC), (SF_GYR, BF_GYR)))
        findings += [*_check_acc(sensor, acc, gyr), *_check_gyr(sensor, acc, gyr)]
    if warn and findings:
        text = " ".join(finding.message for finding in findings)
        warnings.warn(f"The units of the recording are doubtful. {text}", UnitSuspectWarning, stacklevel=2)
    return findings


def _check_acc(sensor: Hashable | None, acc: np.ndarray, gyr: np.ndarray) -> list[UnitFinding]:
    value = _quantile(acc[gyr <= _quantile(gyr, _QUIET_SHARE)], 0.5)
    if np.isnan(value) or _within(value, _ACC_LIKE_GRAVITY):
        return []
    if _within(value, _ACC_LIKE_G):
        looks_like = "g"
    elif _within(value, _ACC_LIKE_MILLI_G):
        looks_like = "mg"
    elif _within(value, _ACC_CONVERTED_TWICE):
        looks_like = "m/s^2 converted from g"
    else:
        looks_like = "unknown"
    found = f"The median acceleration{_of(sensor)} at quiet moments is {value:.3g}. Expected about {GRAV} m/s^2"
    return [UnitFinding(sensor, "acc", value, looks_like, _sentence(found, looks_like))]


def _check_gyr(sensor: Hashable | None, acc: np.ndarray, gyr: np.ndarray) -> list[UnitFinding]:
    value = _quantile(gyr, 0.99)
    if value > _GYR_TOO_LARGE:
        looks_like = "deg/s converted from rad/s" if value <= _GYR_LARGEST else "unknown"
    elif 0 < value < _GYR_TOO_SMALL and _quantile(acc, 0.99) > _MOVING * _quantile(acc, 0.5):
        looks_like = "rad/s"
    else:
        return []
    found = f"The 99th percentile of the angular rate{_of(sensor)} is {value:.3g}. Expected 200 to 1000 deg/s"
    return [UnitFinding(sensor, "gyr", value, looks_like, _sentence(found, looks_like))]


def _of(sensor: Hashable | None) -> str:
    return "" if sensor is None else f" of '{sensor}'"


def _sentence(found: str, looks_like: str) -> str:
    if looks_like == "unknown":
        return f"{found}; its calibration or its unit is off, and all lengths with it."
    return f"{found}; it looks like {looks_like}."


def _norm(frame: pd.DataFrame, sensor_columns: list[str], body_columns: list[str]) -> np.ndarray:
    columns = sensor_columns if set(sensor_columns) <= set(frame.columns) else body_columns
    step = 1
    while len(frame) > step * MAX_JUDGED_SAMPLES:
        step *= 2
    values = frame[columns].iloc[::step].to_numpy(dtype=float)
    with np.errstate(over="ignore", invalid="ignore"):
        return np.sqrt((values**2).sum(axis=1))


def _quantile(values: np.ndarray, q: float) -> float:
    finite = values[np.isfinite(values)]
    return float(np.quantile(finite, q)) if len(finite) else np.nan


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
