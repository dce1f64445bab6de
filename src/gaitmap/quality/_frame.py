"""Whether acceleration and angular rate belong to one right-handed frame, as the strides show."""

from dataclasses import dataclass

import numpy as np
from scipy.spatial.transform import Rotation

from gaitmap._kernels.orientation import integrate_gyro_trapezoidal
from gaitmap.utils.consts import GRAV

#: Strides that are looked at; more do not change a median.
_MOST_STRIDES = 40
_FEWEST_STRIDES = 5
#: A frame is called mirrored if turning the rotation round leaves less than this share of the velocity that remains.
_MUCH_BETTER = 0.5


@dataclass(frozen=True)
class FrameEvidence:
    """What the strides of a foot say of its frame.

    Attributes
    ----------
    n_strides
        Strides that were looked at.
    left_over
        Median velocity (m/s) that is left at the end of a stride, where the foot rests again.
    left_over_mirrored
        The same with the angular rate turned round, as a left-handed frame needs it.
    """

    n_strides: int
    left_over: float
    left_over_mirrored: float

    @property
    def is_mirrored(self) -> bool:
        """Whether the frame is left-handed (one axis, or all of the angular rate, has the wrong sign)."""
        return self.n_strides >= _FEWEST_STRIDES and self.left_over_mirrored < _MUCH_BETTER * self.left_over


def judge_frame(acc: np.ndarray, gyr: np.ndarray, strides: np.ndarray, sampling_rate_hz: float) -> FrameEvidence:
    """Integrate some strides as they are and with the rotation turned round.

    Parameters
    ----------
    acc, gyr
        Shape (n, 3), m/s^2 and deg/s, as the sensor was mounted.
    strides
        Shape (n strides, 2): samples from mid-stance to mid-stance.
    sampling_rate_hz
        Sampling rate in Hz.

    Notes
    -----
    Gravity is taken from the acceleration at the start of a stride. The true rotation keeps it out of the acceleration,
    so that hardly any velocity is left when the foot rests again; a mirrored one adds it. The sign of the acceleration
    alone cannot be told so: it turns the walk into its mirror image, a left foot into a right one.
    """
    acc, gyr = np.array(acc, dtype=float), np.array(gyr, dtype=float)
    whole = [(a, b) for a, b in strides if b - a > 4 and np.isfinite(acc[a:b]).all() and np.isfinite(gyr[a:b]).all()]
    chosen = whole[:: max(1, len(whole) // _MOST_STRIDES)]
    if not chosen:
        return FrameEvidence(0, np.nan, np.nan)
    as_it_is, mirrored = (
        float(np.median([_left_over(acc[a:b], sign * gyr[a:b], sampling_rate_hz) for a, b in chosen]))
        for sign in (1, -1)
    )
    return FrameEvidence(len(chosen), as_it_is, mirrored)


def _left_over(acc: np.ndarray, gyr: np.ndarray, sampling_rate_hz: float) -> float:
    """Velocity left at the end of a stride that began at rest."""
    n = max(2, round(0.03 * sampling_rate_hz))
    up = acc[:n].mean(axis=0)
    up /= np.linalg.norm(up)
    section = np.array([[0, len(gyr)]], dtype=np.int64)
    start = np.array([[0.0, 0.0, 0.0, 1.0]])
    orientation = integrate_gyro_trapezoidal(np.deg2rad(gyr), section, start, sampling_rate_hz)[: len(acc)]
    free = Rotation.from_quat(orientation).apply(acc) - GRAV * up
    return float(np.linalg.norm((free[1:] + free[:-1]).sum(axis=0) / 2) / sampling_rate_hz)


def frame_findings(evidence: FrameEvidence) -> list[str]:
    """Say what is wrong with a frame, why it is thought so, and what to do."""
    if not evidence.is_mirrored:
        return []
    return [
        "The axes are mirrored (a left-handed frame): with the angular rate as it is, the foot would still move at "
        f"{evidence.left_over:.1f} m/s when it rests at the end of a stride, with its sign turned round at "
        f"{evidence.left_over_mirrored:.1f} m/s. No rotation can undo this; lengths and angles are wrong. Turn round "
        "the sign of one axis of acceleration and angular rate, or of the whole angular rate, as its maker defines it."
    ]
