"""Units of acceleration and angular rate, and how they are written."""

import numpy as np

from gaitmap.utils.consts import GRAV

#: Unit of a file -> factor to the unit of this package (m/s^2, deg/s).
ACC_UNITS = {"m/s^2": 1.0, "g": GRAV, "mg": GRAV / 1000, "mm/s^2": 1e-3}
GYR_UNITS = {"deg/s": 1.0, "rad/s": float(np.rad2deg(1.0)), "mdeg/s": 1e-3, "mrad/s": float(np.rad2deg(1e-3))}

# Written as letters and digits alone: "m/(s^2)", "m/s²" and "m s-2" are all "ms2".
_SPELLINGS = {
    "m/s^2": ("ms2", "mss", "mps2", "mpss", "meterpersecondsquared", "meterspersecondsquared"),
    "g": ("g", "gs", "gravity"),
    "mg": ("mg", "millig"),
    "mm/s^2": ("mms2",),
    "deg/s": ("degs", "dps", "°s", "degsec", "degreess", "degreessec", "degreepersecond", "degreespersecond"),
    "rad/s": ("rads", "radsec", "rps", "radianss", "radianpersecond", "radianspersecond"),
    "mdeg/s": ("mdegs", "mdps"),
    "mrad/s": ("mrads",),
}
_UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings}


def read_unit(text: str) -> str | None:
    """Name the unit that a text means; None if it is none of acceleration or angular rate."""
    plain = "".join(c for c in text.lower().replace("²", "2").replace("º", "°") if c.isalnum() or c == "°")
    return _UNITS.get(plain)


def factor_of(unit: str | None) -> float:
    """Give the factor to m/s^2 or deg/s; 1 for an unknown unit."""
    return ACC_UNITS.get(unit or "", GYR_UNITS.get(unit or "", 1.0))
