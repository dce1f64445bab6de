"""Whether the foot stands where strides begin and end."""

import warnings

import numpy as np
import pandas as pd

from gaitmap.utils.consts import SF_GYR
from gaitmap.utils.exceptions import MovingFootWarning

#: A foot that turns faster [deg/s] in the mean around a border does not stand: mid-stance has less than half of it.
_STANDING_DEG_S = 100.0
#: Before and after a border [s]: in mid-swing the angular rate is small as well, for a moment only.
_AROUND_S = 0.05


def warn_about_moving_foot(data: pd.DataFrame, strides: pd.DataFrame, sampling_rate_hz: float, where: str) -> None:
    """Warn if the foot turns at most of the borders of the strides: the velocity is not zero there.

    Parameters
    ----------
    data
        One sensor, in the sensor frame.
    strides
        Its strides with start and end.
    sampling_rate_hz
        Sampling rate in Hz.
    where
        Stage and sensor for the message.
    """
    reach = max(int(_AROUND_S * sampling_rate_hz), 1)
    borders = strides[["start", "end"]].to_numpy(dtype=float, na_value=np.nan).ravel()
    borders = np.unique(borders[(borders >= reach) & (borders < len(data) - reach)]).astype(np.int64)
    around = borders[:, np.newaxis] + np.arange(-reach, reach + 1)
    rates = np.linalg.norm(data[SF_GYR].to_numpy(dtype=float, na_value=np.nan)[around], axis=2).mean(axis=1)
    rates = rates[np.isfinite(rates)]
    n_moving = int((rates > _STANDING_DEG_S).sum())
    if 2 * n_moving <= len(rates):
        return
    warnings.warn(
        f"{where}: the foot moves where most strides begin and end, so that lengths and paths are wrong. Found a "
        f"median angular rate of {np.median(rates):.0f} deg/s at {len(rates)} borders, {n_moving} of them above "
        f"{_STANDING_DEG_S:.0f} deg/s. Expected `min_vel` in mid-stance, where the foot stands. Check the events: "
        "`min_vel` as RamppEventDetection finds it, samples of this recording and at its sampling rate.",
        MovingFootWarning,
        stacklevel=2,
    )
