"""One table of the gait parameters: name, label, unit, decimals, natural zero, definition, reference.

Parameters, results, report, codebook and documentation are made from it; the columns of the tables that are no gait
parameters stand in :mod:`gaitmap.base._table_terms`.
"""

from dataclasses import dataclass

_RAMPP = "Rampp et al. 2015, doi:10.1109/TBME.2014.2368211"
_KANZLER = "Kanzler et al. 2015, doi:10.1109/EMBC.2015.7319618"

_MARIANI = "Mariani et al. 2012, doi:10.1109/TBME.2012.2216263"
_HUXHAM = "Huxham et al. 2006, Gait Posture 23:159-163"
_HOGAN = "Hogan, Sternad 2009, J Mot Behav 41(6):529-534"


@dataclass(frozen=True)
class Term:
    """What a column is called, and what it means.

    Attributes
    ----------
    name
        Name of the column.
    label
        Field term, for a reader.
    unit
        Unit of the column; empty for texts, counts and numbers without unit.
    decimals
        Decimals worth printing.
    meaning
        Definition in one sentence.
    has_natural_zero
        Whether 0 means "none"; a coefficient of variation exists only then.
    reference
        Where the definition is from; empty where it is plain.
    mean_over
        For a rate ("per time"): the column that its mean is weighted with, so that the mean of speeds is the sum of the
        lengths by the sum of the times.
    compares_feet
        Whether the feet are compared (asymmetry, symmetry index).
    """

    name: str
    label: str
    unit: str
    decimals: int
    meaning: str
    has_natural_zero: bool = True
    reference: str = ""
    mean_over: str = ""
    compares_feet: bool = False

    @property
    def pretty_name(self) -> str:
        """Name with unit, as in ``parameters_pretty_``."""
        words = self.name.removesuffix("_percent") if self.unit == "%" else self.name
        words = words.replace("_", " ").replace("max ", "max. ").replace("min ", "min. ")
        return f"{words} [{self.unit}]" if self.unit else words


def by_name(*terms: Term) -> dict[str, Term]:
    """Index terms by their names, in their order."""
    return {term.name: term for term in terms}


#: Column of the strides table -> term, in the order of tables: times and path of one foot.
PARAMETER_TERMS: dict[str, Term] = by_name(
    Term("stride_time", "Stride time", "s", 3, "From one initial contact to the next of the same foot.", True, _RAMPP),
    Term(
        "stance_time",
        "Stance time",
        "s",
        3,
        "Foot on the ground: initial contact to toe-off.",
        reference=_RAMPP,
        compares_feet=True,
    ),
    Term(
        "swing_time",
        "Swing time",
        "s",
        3,
        "Foot in the air: toe-off to initial contact.",
        reference=_RAMPP,
        compares_feet=True,
    ),
    Term(
        "stride_length",
        "Stride length",
        "m",
        3,
        "Distance of the foot over ground from mid-stance to mid-stance.",
        reference=_RAMPP,
        compares_feet=True,
    ),
    Term(
        "gait_velocity",
        "Gait speed",
        "m/s",
        3,
        "Stride length divided by stride time; its mean is the sum of the lengths by the sum of the times.",
        reference=_RAMPP,
        mean_over="stride_time",
    ),
    Term("arc_length", "Path length", "m", 3, "Length of the path of the sensor through the air.", True, _KANZLER),
    Term(
        "max_sensor_lift",
        "Foot lift",
        "m",
        3,
        "Highest point of the sensor above its place in stance.",
        reference=_KANZLER,
    ),
    Term(
        "max_lateral_excursion",
        "Lateral excursion",
        "m",
        3,
        "Largest sideways distance of the sensor from the straight line of the stride.",
        reference=_KANZLER,
    ),
    Term(
        "ic_angle",
        "Foot angle at initial contact",
        "deg",
        1,
        "Angle of the sole to the ground; positive with the toes up.",
        False,
        _KANZLER,
    ),
    Term(
        "tc_angle",
        "Foot angle at toe-off",
        "deg",
        1,
        "Angle of the sole to the ground; negative with the heel up.",
        False,
        _KANZLER,
    ),
    Term(
        "max_orientation_change",
        "Range of the foot angle",
        "deg",
        1,
        "Largest minus smallest angle of the sole during the stride.",
        reference=_KANZLER,
    ),
    Term(
        "turning_angle",
        "Turning angle",
        "deg",
        1,
        "Change of heading during the stride; positive to the left.",
        False,
        _RAMPP,
    ),
)

#: Further columns, there only where their step ran: what needs both feet.
BILATERAL_TERMS: dict[str, Term] = by_name(
    Term(
        "step_time",
        "Step time",
        "s",
        3,
        "From the contact of the other foot to that of this foot.",
        compares_feet=True,
    ),
    Term("contralateral_step_time", "Step time of the other foot", "s", 3, "The other step of the stride."),
    Term("double_support", "Double support", "s", 3, "Both feet on the ground, per stride."),
    Term("double_support_percent", "Double support", "%", 1, "Both feet on the ground, per stride time."),
    Term(
        "initial_double_support",
        "Initial double support",
        "s",
        3,
        "From the contact of this foot to the toe-off of the other one.",
    ),
    Term(
        "terminal_double_support",
        "Terminal double support",
        "s",
        3,
        "From the contact of the other foot to the toe-off of this one.",
    ),
    Term(
        "single_support",
        "Single support",
        "s",
        3,
        "This foot alone on the ground.",
        compares_feet=True,
    ),
    Term("single_support_percent", "Single support", "%", 1, "This foot alone on the ground, per stride time."),
    Term("stance_time_percent", "Stance", "%", 1, "Foot on the ground, per stride time."),
    Term("swing_time_percent", "Swing", "%", 1, "Foot in the air, per stride time."),
    Term("stance_swing_ratio", "Stance to swing", "", 2, "Stance time divided by swing time."),
    Term(
        "cadence",
        "Cadence",
        "steps/min",
        1,
        "Two steps per stride time; its mean is 120 divided by the mean stride time.",
        mean_over="stride_time",
    ),
)

#: Further columns: how the foot moves.
FOOT_TERMS: dict[str, Term] = by_name(
    Term(
        "foot_strike_angle",
        "Foot strike angle",
        "deg",
        1,
        "Angle of the sole at initial contact against the flat foot; toes up positive.",
        False,
    ),
    Term(
        "toe_off_angle",
        "Toe-off angle",
        "deg",
        1,
        "Angle of the sole at toe-off against the flat foot; heel up negative.",
        False,
    ),
    Term(
        "foot_progression_angle",
        "Foot progression angle",
        "deg",
        1,
        "Direction of the foot against that of the stride; toes out positive.",
        False,
    ),
    Term(
        "path_corrected_speed",
        "Speed along the path",
        "m/s",
        3,
        "Length of the arc of the stride divided by its duration; its mean is the sum of the arcs by that of the "
        "durations.",
        mean_over="duration",
    ),
    Term("circumduction", "Circumduction", "m", 3, "Largest outward deviation of the swinging foot."),
    Term("medial_excursion", "Inward excursion", "m", 3, "Largest inward deviation of the swinging foot."),
    Term(
        "min_sensor_clearance",
        "Sensor clearance",
        "m",
        3,
        "Lowest height of the sensor in the middle of swing.",
        reference=_MARIANI,
    ),
    Term(
        "min_toe_clearance",
        "Toe clearance",
        "m",
        3,
        "Lowest height of the toe in the middle of swing.",
        reference=_MARIANI,
    ),
    Term(
        "max_toe_clearance_1", "Toe height, early swing", "m", 3, "Highest toe before the lowest point.", True, _MARIANI
    ),
    Term(
        "max_toe_clearance_2", "Toe height, late swing", "m", 3, "Highest toe after the lowest point.", True, _MARIANI
    ),
    Term("max_heel_clearance", "Heel height", "m", 3, "Highest point of the heel in swing.", True, _MARIANI),
    Term("height_change", "Height change", "m", 3, "Height at the end minus height at the start.", False),
    Term(
        "swing_smoothness",
        "Smoothness of swing",
        "",
        2,
        "Negative log dimensionless jerk; closer to 0 is smoother.",
        False,
        _HOGAN,
    ),
)

_SHARE_TERMS: dict[str, Term] = by_name(
    *(
        Term(f"{name}_percent", BILATERAL_TERMS[name].label, "%", 1, f"{BILATERAL_TERMS[name].label} per stride time.")
        for name in ("initial_double_support", "terminal_double_support", "step_time", "contralateral_step_time")
    )
)
#: Where both feet are known in one frame.
STEP_GEOMETRY_TERMS: dict[str, Term] = by_name(
    Term("step_length", "Step length", "m", 3, "Distance of the feet along the direction of walking.", True, _HUXHAM),
    Term("contralateral_step_length", "Step length of the other foot", "m", 3, "The other step of the stride."),
    Term("step_width", "Step width", "m", 3, "Distance of the feet across the direction of walking.", True, _HUXHAM),
    Term("signed_step_width", "Signed step width", "m", 3, "Step width; negative where the feet cross.", False),
)
#: All gait parameters.
ALL_PARAMETER_TERMS: dict[str, Term] = {
    **PARAMETER_TERMS,
    **BILATERAL_TERMS,
    **_SHARE_TERMS,
    **FOOT_TERMS,
    **STEP_GEOMETRY_TERMS,
}


def parameter_term(name: str) -> Term:
    """Look up the term of a parameter; an unknown one is called by its column name."""
    known = ALL_PARAMETER_TERMS.get(name)
    # Angles of users count from a zero by convention, too.
    return known or Term(name, name.replace("_", " ").capitalize(), "", 3, "", not name.endswith("_angle"))
