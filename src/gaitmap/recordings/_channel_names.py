"""What the name of a channel says: which sensor, acceleration or angular rate, which axis, which unit."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from gaitmap.recordings._units import read_unit

Quantity = Literal["acc", "gyr", "mag"]

#: Words that name a quantity, in the languages and shorthands of makers.
_WORDS: dict[Quantity, str] = {
    "acc": "acc accel acceler accelero acceleration accelerations accelerometer accelerometers "
    "beschl beschleunigung beschleunigungssensor accelerazione aceleracion",
    "gyr": "gyr gyro gyros gyroscope gyroscopes gyrometer gyration omega angvel angular angularvelocity angularrate "
    "rateofturn turnrate rotationrate dreh drehrate gyroskop winkelgeschwindigkeit giroscopio",
    "mag": "mag magn magnet magnetic magneticfield magnetometer compass",
}
_QUANTITIES = {word: quantity for quantity, words in _WORDS.items() for word in words.split()}
#: Words that belong to a quantity and say nothing more.
_FILLERS = {"sensor", "data", "imu", "calibrated", "cal", "axis", "rate", "velocity", "channel", "ch", "signal", "raw"}
#: Acceleration without gravity, and orientations: no measurements of an accelerometer or gyroscope.
_DERIVED = {"free", "linear", "lin", "global", "user", "quat", "euler", "orientation", "velinc", "oriinc", "dq", "dv"}
_GLUED = re.compile(
    r"^(?P<quantity>acc|accel|acceleration|accelerometer|gyr|gyro|gyroscope|omega|mag|magn|magnetometer|a|g|m|w)(?P<axis>[xyz])$"
)
_LETTERS: dict[str, Quantity] = {"a": "acc", "g": "gyr", "w": "gyr", "m": "mag"}
_UNIT = re.compile(r"[\[(<{]\s*(?P<unit>[^\])>}]+?)\s*[\])>}]")
_PARTS = re.compile(r"[A-Z]+(?=[A-Z][a-z])|[A-Z]?[a-z]+|[A-Z]+|\d+|[^\W\d_]+")


@dataclass(frozen=True)
class ChannelName:
    """What is read from a name.

    Attributes
    ----------
    sensor
        What is left of the name: the sensor, as written (may be empty).
    quantity
        Acceleration, angular rate or magnetic field.
    axis
        0, 1, 2 for x, y, z.
    unit
        Unit of acceleration or angular rate, if the name has one.
    """

    sensor: str
    quantity: Quantity
    axis: int
    unit: str | None = None


def parse_channel(name: str, *, quantity: Quantity | None = None) -> ChannelName | None:
    """Read the name of a channel; None if it is none of an inertial sensor.

    Parameters
    ----------
    name
        The name, with or without unit, e.g. ``"LF Gyroscope X (deg/s)"``, ``"left_accY"``, ``"RF.gx_rad/s"``.
    quantity
        What the channel measures, where the file says so elsewhere and the name tells the axis alone.
    """
    unit, plain = _take_unit(name)
    words = [word.lower() for word in _PARTS.findall(plain)]
    if any(word in _DERIVED for word in words) or not words:
        return None
    axis: int | None = None
    found = quantity
    rest: list[str] = []
    for word in _joined(words):
        glued = _GLUED.match(word)
        if glued and axis is None:
            letters = glued["quantity"]
            found = _LETTERS.get(letters) or _QUANTITIES[letters]
            axis = "xyz".index(glued["axis"])
        elif word in ("x", "y", "z") and axis is None:
            axis = "xyz".index(word)
        elif word in _QUANTITIES:
            found = _QUANTITIES[word]
        elif word not in _FILLERS:
            rest.append(word)
    if axis is None or found is None:
        return None
    return ChannelName("_".join(rest), found, axis, unit)


@dataclass
class NamedSensor:
    """The channels of one sensor: column numbers of its axes, and units."""

    axes: dict[Quantity, dict[int, int]]
    units: dict[Quantity, str]

    def columns(self, quantity: Quantity) -> list[int] | None:
        """Column numbers of x, y, z; None unless all three are there."""
        axes = self.axes.get(quantity, {})
        return [axes[axis] for axis in range(3)] if len(axes) == 3 else None


def group_channels(
    names: Sequence[str], *, units: Sequence[str] = (), quantities: Sequence[Quantity | None] = ()
) -> dict[str, NamedSensor]:
    """Group channels by their sensors, in the order in which these appear.

    Parameters
    ----------
    names
        Names of all channels.
    units, quantities
        What the file says of each channel beside its name; as many as there are names, or none.
    """
    sensors: dict[str, NamedSensor] = {}
    for column, name in enumerate(names):
        channel = parse_channel(name, quantity=quantities[column] if quantities else None)
        if channel is None:
            continue
        sensor = sensors.setdefault(channel.sensor, NamedSensor({}, {}))
        sensor.axes.setdefault(channel.quantity, {}).setdefault(channel.axis, column)
        unit = channel.unit or (read_unit(units[column]) if units else None)
        if unit is not None:
            sensor.units.setdefault(channel.quantity, unit)
    return sensors


def _take_unit(name: str) -> tuple[str | None, str]:
    """Split a name into its unit and the rest."""
    for match in _UNIT.finditer(name):
        if (unit := read_unit(match["unit"])) is not None:
            return unit, name[: match.start()] + " " + name[match.end() :]
    head, separator, tail = name.rpartition("_")
    if separator and "/" in tail and (unit := read_unit(tail)) is not None:
        return unit, head
    return None, _UNIT.sub(" ", name)


def _joined(words: Iterable[str]) -> list[str]:
    """Put words together that name a quantity or an axis only together: "angular velocity", "acc" + "x"."""
    joined: list[str] = []
    for word in words:
        if (joined and joined[-1] + word in _QUANTITIES) or (
            joined and joined[-1] in _LETTERS and word in ("x", "y", "z")
        ):
            joined[-1] += word
        else:
            joined.append(word)
    return joined
