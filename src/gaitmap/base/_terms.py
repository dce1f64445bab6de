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


#: Further columns, there only where their step ran: what needs both feet.
BILATERAL_TERMS: dict[str, ParameterTerm] = {
    "step_time": ParameterTerm("Step time", "s", 3, "From the contact of the other foot to that of this foot."),
    "contralateral_step_time": ParameterTerm("Step time of the other foot", "s", 3, "The other step of the stride."),
    "double_support": ParameterTerm("Double support", "s", 3, "Both feet on the ground, per stride."),
    "double_support_percent": ParameterTerm("Double support", "%", 1, "Both feet on the ground, per stride time."),
    "initial_double_support": ParameterTerm(
        "Initial double support", "s", 3, "From the contact of this foot to the toe-off of the other one."
    ),
    "terminal_double_support": ParameterTerm(
        "Terminal double support", "s", 3, "From the contact of the other foot to the toe-off of this one."
    ),
    "single_support": ParameterTerm("Single support", "s", 3, "This foot alone on the ground."),
    "single_support_percent": ParameterTerm(
        "Single support", "%", 1, "This foot alone on the ground, per stride time."
    ),
    "stance_time_percent": ParameterTerm("Stance", "%", 1, "Foot on the ground, per stride time."),
    "swing_time_percent": ParameterTerm("Swing", "%", 1, "Foot in the air, per stride time."),
    "stance_swing_ratio": ParameterTerm("Stance to swing", "", 2, "Stance time divided by swing time."),
    "cadence": ParameterTerm("Cadence", "steps/min", 1, "Two steps per stride time."),
}
#: Further columns: how the foot moves.
FOOT_TERMS: dict[str, ParameterTerm] = {
    "foot_strike_angle": ParameterTerm(
        "Foot strike angle",
        "deg",
        1,
        "Angle of the sole at initial contact against the flat foot; toes up positive.",
        False,
    ),
    "toe_off_angle": ParameterTerm(
        "Toe-off angle", "deg", 1, "Angle of the sole at toe-off against the flat foot; heel up negative.", False
    ),
    "foot_progression_angle": ParameterTerm(
        "Foot progression angle",
        "deg",
        1,
        "Direction of the foot against that of the stride; toes out positive.",
        False,
    ),
    "path_corrected_speed": ParameterTerm(
        "Speed along the path", "m/s", 3, "Length of the arc of the stride divided by its duration."
    ),
    "circumduction": ParameterTerm("Circumduction", "m", 3, "Largest outward deviation of the swinging foot."),
    "medial_excursion": ParameterTerm("Inward excursion", "m", 3, "Largest inward deviation of the swinging foot."),
    "min_sensor_clearance": ParameterTerm(
        "Sensor clearance", "m", 3, "Lowest height of the sensor in the middle of swing."
    ),
    "min_toe_clearance": ParameterTerm("Toe clearance", "m", 3, "Lowest height of the toe in the middle of swing."),
    "max_toe_clearance_1": ParameterTerm("Toe height, early swing", "m", 3, "Highest toe before the lowest point."),
    "max_toe_clearance_2": ParameterTerm("Toe height, late swing", "m", 3, "Highest toe after the lowest point."),
    "max_heel_clearance": ParameterTerm("Heel height", "m", 3, "Highest point of the heel in swing."),
    "height_change": ParameterTerm("Height change", "m", 3, "Height at the end minus height at the start.", False),
    "swing_smoothness": ParameterTerm(
        "Smoothness of swing", "", 2, "Negative log dimensionless jerk; closer to 0 is smoother.", False
    ),
}
_FURTHER_TERMS = {
    **BILATERAL_TERMS,
    **FOOT_TERMS,
    **{
        f"{name}_percent": ParameterTerm(label, "%", 1, "Per stride time.")
        for name, label in {
            "initial_double_support": "Initial double support",
            "terminal_double_support": "Terminal double support",
            "step_time": "Step time",
            "contralateral_step_time": "Step time of the other foot",
        }.items()
    },
}


def parameter_term(name: str) -> ParameterTerm:
    """Look up the term of a parameter; an unknown one is called by its column name."""
    known = PARAMETER_TERMS.get(name) or _FURTHER_TERMS.get(name)
    return known or ParameterTerm(name.replace("_", " ").capitalize(), "", 3, "")
