"""Which foot a sensor is on, as its name says."""

from typing import Any, Literal

Foot = Literal["left", "right"]
_FEET: tuple[Foot, ...] = ("left", "right")


def foot_in_name(sensor: Any) -> Foot | None:
    """Tell the foot from the name of a sensor; None if neither or both of "left" and "right" are in it."""
    feet = [foot for foot in _FEET if foot in str(sensor).lower()]
    return feet[0] if len(feet) == 1 else None
