"""What describes how somebody walks."""

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np

from gaitmap.utils._checks import check_number, parameter_error

Foot = Literal["left", "right"]
#: +1 where "lateral" is the direction of y (to the left), -1 where it is opposite.
SIDE: dict[Foot, int] = {"left": 1, "right": -1}
_AT_LEAST_0 = {
    "step_width_m",
    "impact_m_s2",
    "stride_time_cv",
    "stride_length_cv",
    "clearance_cv",
    "angle_sd_deg",
}
_ASYMMETRIES = {
    "step_time_asymmetry",
    "step_length_asymmetry",
    "stance_asymmetry",
    "clearance_asymmetry",
    "angle_asymmetry",
}


def check_seed(owner: Any, seed: Any) -> None:
    """Require a number that random numbers can be made from."""
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer) or seed < 0:
        raise parameter_error(owner, "seed", "an integer >= 0", seed)


@dataclass(frozen=True)
class GaitParameters:
    """Parameters of a way of walking.

    Parameters
    ----------
    stride_time_s
        Mean time from initial contact to the next initial contact of the same foot, in s.
    stride_length_m
        Mean stride length in m.
    stance_share
        Share of the stride in which the foot is on the floor, between 0.5 and 0.85. Both feet are on the floor during
        ``double_support_share = 2 * stance_share - 1`` of the stride.
    clearance_m
        Height of the toe above the floor (on stairs: above the higher one of both steps) in the middle of swing, in m.
    ic_angle_deg
        Sole angle at initial contact in deg; positive: toes up. Negative: the toes land first.
    tc_angle_deg
        Sole angle at terminal contact in deg; negative: heel up. Here the sole turns around, from heel rise to swing.
    step_width_m
        Distance between the lines on which the feet are placed, in m.
    toe_out_deg
        How far the toes point outwards, in deg.
    circumduction_m
        How far the foot swings outwards, in m.
    inversion_deg
        Inversion in the middle of swing, in deg.
    internal_rotation_deg
        Internal rotation at push-off, in deg.
    impact_m_s2
        Peak of acceleration of the shock at initial contact in m/s^2.
    step_time_asymmetry, step_length_asymmetry, stance_asymmetry, clearance_asymmetry, angle_asymmetry
        Difference between the feet, (left - right) / mean: of the time and length of the steps that end with the
        contact of the foot, of its stance time, toe clearance and of both sole angles. Between -1 and 1.
    stride_time_cv, stride_length_cv, clearance_cv
        Coefficient of variation from stride to stride.
    angle_sd_deg
        Standard deviation of both sole angles from stride to stride, in deg.

    Attributes
    ----------
    double_support_share
        Share of the stride in which both feet are on the floor (with equal stance of both feet).

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    The defaults are rounded from a healthy person who walks 20 m with sensors at both feet.

    Examples
    --------
    >>> round(GaitParameters(stance_share=0.62).double_support_share, 2)
    0.24
    """

    stride_time_s: float = 1.08
    stride_length_m: float = 1.35
    stance_share: float = 0.63
    clearance_m: float = 0.02
    ic_angle_deg: float = 20.0
    tc_angle_deg: float = -66.0
    step_width_m: float = 0.12
    toe_out_deg: float = 5.0
    circumduction_m: float = 0.02
    inversion_deg: float = 6.0
    internal_rotation_deg: float = 6.0
    impact_m_s2: float = 25.0
    step_time_asymmetry: float = 0.0
    step_length_asymmetry: float = 0.0
    stance_asymmetry: float = 0.0
    clearance_asymmetry: float = 0.0
    angle_asymmetry: float = 0.0
    stride_time_cv: float = 0.02
    stride_length_cv: float = 0.03
    clearance_cv: float = 0.1
    angle_sd_deg: float = 1.5

    def __post_init__(self) -> None:
        for field in fields(self):
            name, value = field.name, getattr(self, field.name)
            check_number(self, name, value, at_least=0 if name in _AT_LEAST_0 else None)
            if name in _ASYMMETRIES and not -1 < value < 1:
                raise parameter_error(self, name, "between -1 and 1", value)
        for name, low, high in (
            ("stride_time_s", 0.4, 5.0),
            ("stride_length_m", 0.0, 4.0),
            ("stance_share", 0.5, 0.85),
            ("ic_angle_deg", -60.0, 60.0),
            ("tc_angle_deg", -85.0, 0.0),
            ("clearance_m", 0.0, 0.5),
            ("stride_time_cv", 0.0, 0.2),
            ("stride_length_cv", 0.0, 0.5),
        ):
            if not low <= getattr(self, name) <= high:
                raise parameter_error(self, name, f"between {low} and {high}", getattr(self, name))
        for foot in SIDE:
            if not 0.45 <= self.of_foot("stance", foot) <= 0.9:
                raise parameter_error(
                    self, "stance_asymmetry", "so small that both feet have a stance", self.stance_asymmetry
                )

    @property
    def double_support_share(self) -> float:
        """Share of the stride in which both feet are on the floor (with equal stance of both feet)."""
        return 2 * self.stance_share - 1

    def of_foot(self, quantity: str, foot: Foot) -> float:
        """Mean of a quantity for one foot: ``step_time``, ``step_length``, ``stance``, ``clearance``, an angle.

        Parameters
        ----------
        quantity
            ``"step_time"`` (s), ``"step_length"`` (m), ``"stance"`` (share of the stride), ``"clearance"`` (m),
            ``"ic_angle"`` or ``"tc_angle"`` (deg).
        foot
            ``"left"`` or ``"right"``.

        Returns
        -------
        float
            The mean around which the strides of this foot vary.
        """
        mean, asymmetry = {
            "step_time": (self.stride_time_s / 2, self.step_time_asymmetry),
            "step_length": (self.stride_length_m / 2, self.step_length_asymmetry),
            "stance": (self.stance_share, self.stance_asymmetry),
            "clearance": (self.clearance_m, self.clearance_asymmetry),
            "ic_angle": (self.ic_angle_deg, self.angle_asymmetry),
            "tc_angle": (self.tc_angle_deg, self.angle_asymmetry),
        }[quantity]
        return mean * (1 + SIDE[foot] * asymmetry / 2)
