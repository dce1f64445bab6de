"""Names, units and meaning of the gait parameters in tables and reports."""

from dataclasses import dataclass


@dataclass(frozen=True)
class ParameterTerm:
    """How one gait parameter is called in a report.

    Attributes
    ----------
    label
        Field term.
    unit
        Unit of the column; empty for a number without unit.
    decimals
        Decimals worth printing.
    meaning
        One sentence for the reader of a report.
    has_natural_zero
        Whether 0 means "none"; a coefficient of variation exists only then.
    """

    label: str
    unit: str
    decimals: int
    meaning: str
    has_natural_zero: bool = True


#: Column of the strides table -> term, in the order of tables.
PARAMETER_TERMS: dict[str, ParameterTerm] = {
    "stride_time": ParameterTerm("Stride time", "s", 3, "From one initial contact to the next of the same foot."),
    "stance_time": ParameterTerm("Stance time", "s", 3, "Foot on the ground: initial contact to toe-off."),
    "swing_time": ParameterTerm("Swing time", "s", 3, "Foot in the air: toe-off to initial contact."),
    "stride_length": ParameterTerm("Stride length", "m", 3, "Distance of the foot over ground from stance to stance."),
    "gait_velocity": ParameterTerm("Gait speed", "m/s", 3, "Stride length divided by stride time."),
    "arc_length": ParameterTerm("Path length", "m", 3, "Length of the path of the sensor through the air."),
    "max_sensor_lift": ParameterTerm("Foot lift", "m", 3, "Highest point of the sensor above its place in stance."),
    "max_lateral_excursion": ParameterTerm(
        "Lateral excursion", "m", 3, "Largest sideways distance of the sensor from the straight line of the stride."
    ),
    "ic_angle": ParameterTerm(
        "Foot angle at initial contact", "deg", 1, "Angle of the sole to the ground; positive with the toes up.", False
    ),
    "tc_angle": ParameterTerm(
        "Foot angle at toe-off", "deg", 1, "Angle of the sole to the ground; negative with the heel up.", False
    ),
    "max_orientation_change": ParameterTerm(
        "Range of the foot angle", "deg", 1, "Largest minus smallest angle of the sole during the stride."
    ),
    "turning_angle": ParameterTerm(
        "Turning angle", "deg", 1, "Change of heading during the stride; positive to the left.", False
    ),
}


def parameter_term(name: str) -> ParameterTerm:
    """Look up the term of a parameter; an unknown one is called by its column name."""
    return PARAMETER_TERMS.get(name, ParameterTerm(name.replace("_", " ").capitalize(), "", 3, ""))
