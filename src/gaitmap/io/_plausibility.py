"""Whether a recording can be what its reader was told it is: units, and which foot is which."""

import numpy as np
import pandas as pd

from gaitmap.io._errors import RecordingError
from gaitmap.io._read_recording import Recording
from gaitmap.utils.consts import GRAV, SF_ACC, SF_GYR

# The quietest fifth of the samples (by angular rate) are mid-stances and rest: their median acceleration is gravity, in
# whatever unit. These are the bounds when it is read as m/s^2.
_QUIET_SHARE = 0.2
_ACC_LIKE_GRAVITY = (7.0, 14.0)
_ACC_LIKE_G = (0.6, 1.7)
_ACC_CONVERTED_TWICE = (68.0, 137.0)
# A foot that moves like one that walks: 99th percentile of the acceleration norm this far above its median.
_MOVING = 0.5  # in units of the median
# 99th percentile of the angular rate norm of a walking foot: 300 to 600 deg/s, that is 5 to 10 rad/s.
_GYR_TOO_SMALL = 20.0
_GYR_TOO_LARGE = 4000.0
_MAX_SAMPLES = 200_000


def check_plausible_units(recording: Recording, *, raise_error: bool = True) -> list[str]:
    """Check that the signals have the units that they were read with.

    Parameters
    ----------
    recording
        The recording, as :func:`read_recording` returns it.
    raise_error
        Raise when a unit is plainly wrong; else only return what was found.

    Returns
    -------
    list of str
        Findings, one sentence each; empty if all is plausible.

    Raises
    ------
    RecordingError
        If the median acceleration norm of the quiet samples is near 1 (g given as m/s^2) or near 96 (m/s^2 converted
        as if it were g), or if a moving foot turns at most at 20 deg/s (rad/s given as deg/s) or beyond 4000 deg/s
        (deg/s converted as if it were rad/s); the 99th percentile is what counts.

    Notes
    -----
    A foot at rest says nothing about the unit of its angular rate; only recordings with movement are judged.
    """
    wrong, remarks = [], []
    for sensor, frame in recording.data.items():
        acc_wrong, acc_remark = _check_acc(frame, sensor)
        gyr_wrong = _check_gyr(frame, sensor)
        wrong += [text for text in (acc_wrong, gyr_wrong) if text]
        remarks += [acc_remark] if acc_remark else []
    if wrong and raise_error:
        raise RecordingError(f"Units of '{recording.source or recording.name}': " + " ".join(wrong))
    return wrong + remarks


def check_feet(recording: Recording) -> None:
    """Check that it is known which foot each sensor is on.

    Raises
    ------
    RecordingError
        If a sensor is neither ``left_sensor`` nor ``right_sensor``.
    """
    unknown = [name for name in recording.data if name not in ("left_sensor", "right_sensor")]
    if unknown:
        raise RecordingError(
            f"Reading '{recording.source or recording.name}': it is not known on which foot the sensors are. "
            f"Found the sensors {', '.join(repr(name) for name in unknown)}. "
            "Expected names with 'left' and 'right' in them, or the choice made by hand. "
            f"Say which is which, for example left='{unknown[0]}' (on the command line --left {unknown[0]})."
        )


def _check_acc(frame: pd.DataFrame, sensor: str) -> tuple[str, str]:
    """Tell an error and a remark; empty where all is well."""
    gyr = _norm(frame, SF_GYR)
    quiet = gyr <= _quantile(gyr, _QUIET_SHARE)
    median = _quantile(_norm(frame, SF_ACC)[quiet], 0.5)
    if np.isnan(median) or _within(median, _ACC_LIKE_GRAVITY):
        return "", ""
    text = f"The median acceleration of '{sensor}' at quiet moments is {median:.3g}. Expected about {GRAV} m/s^2. "
    if _within(median, _ACC_LIKE_G):
        return text + "It looks like g: say so with acc_unit='g' (--acc-unit g).", ""
    if _within(median, _ACC_CONVERTED_TWICE):
        return text + "It looks like m/s^2 already: leave acc_unit (--acc-unit) out.", ""
    if _within(median / 1000, _ACC_LIKE_G):
        return text + "It looks like mg: convert it to m/s^2 or g first.", ""
    return "", text + "Its calibration or its unit is off, and all lengths with it."


def _check_gyr(frame: pd.DataFrame, sensor: str) -> str:
    acc = _norm(frame, SF_ACC)
    median = _quantile(acc, 0.5)
    fast = _quantile(_norm(frame, SF_GYR), 0.99)
    if np.isnan(fast) or np.isnan(median):
        return ""
    text = f"The 99th percentile of the angular rate of '{sensor}' is {fast:.3g}. Expected 200 to 1000 deg/s. "
    if fast > _GYR_TOO_LARGE:
        return text + "It looks like deg/s already: leave gyr_unit (--gyr-unit) out."
    moving = _quantile(acc, 0.99) > (1 + _MOVING) * median
    if moving and 0 < fast < _GYR_TOO_SMALL:
        return text + "It looks like rad/s: say so with gyr_unit='rad/s' (--gyr-unit rad/s)."
    return ""


def _norm(frame: pd.DataFrame, axes: list[str]) -> np.ndarray:
    step = max(1, len(frame) // _MAX_SAMPLES)
    values = frame[axes].iloc[::step].to_numpy(dtype=float)
    return np.sqrt((values**2).sum(axis=1))


def _quantile(values: np.ndarray, q: float) -> float:
    finite = values[np.isfinite(values)]
    return float(np.quantile(finite, q)) if len(finite) else np.nan


def _within(value: float, bounds: tuple[float, float]) -> bool:
    return bounds[0] <= value <= bounds[1]
