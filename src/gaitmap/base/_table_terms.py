"""The columns of the tables of results: name, label, unit, decimals, definition.

Together with the gait parameters (:mod:`gaitmap.base._terms`) they are what reports, codebooks and the page about the
results folder are made from.
"""

from gaitmap.base._terms import ALL_PARAMETER_TERMS, FOOT_TERMS, STEP_GEOMETRY_TERMS, Term, by_name

_MOBGAP = "mobgap 1.2.0 (Mobilise-D)"
_KLUGE = "Kluge et al. 2021, doi:10.1371/journal.pone.0256541"
_EL_GOHARY = "El-Gohary et al. 2014, doi:10.3390/s140100356"

_RECORDING = Term("recording", "Recording", "", 0, "Name of the recording.")
_FOOT = Term("foot", "Foot", "", 0, '"left" or "right".')
_START_TIME = Term(
    "start_time", "Time", "", 0, "Clock time of the start, with time zone; empty where the start is not known.", False
)
_BOUT_ID = Term("bout_id", "Walking bout", "", 0, "Number of the walking bout; empty outside of bouts.", False)

_EVENTS = {
    "start": ("Start", "Start of the stride: mid-stance where it is analysed, else the border that was found."),
    "end": ("End", "End of the stride (exclusive)."),
    "pre_ic": ("Initial contact before", "Initial contact before the stride; empty where it was not found."),
    "ic": ("Initial contact", "Initial contact of the stride; empty where it was not found."),
    "min_vel": ("Mid-stance", "Moment of least motion at the start of the stride; empty where it was not found."),
    "tc": ("Toe-off", "Terminal contact of the stride; empty where it was not found."),
}

STRIDE_TERMS: dict[str, Term] = {
    **by_name(
        _RECORDING,
        _FOOT,
        Term("s_id", "Stride", "", 0, "Number of the stride, unique per foot.", False),
        Term(
            "status",
            "Status",
            "",
            0,
            '"analysed": it has parameters, which enter all averages. Else "no_rest": no mid-stance at its start or '
            'end; "gap": samples are missing; "implausible": too short or too long for walking; "not_gait": no gait; '
            '"failed".',
        ),
        Term(
            "reason",
            "Reason",
            "",
            0,
            "Why the stride is not analysed, or what is missing in an analysed one; or empty.",
        ),
        Term(
            "kind", "Kind", "", 0, 'What the segmentation calls it: "stride", "start", "stop", ...; empty if not told.'
        ),
        Term("movement", "Movement", "", 0, '"level", "up" or "down"; empty if not told.'),
        _BOUT_ID,
        Term("is_turning", "Turning", "", 0, "Whether the stride turns; empty where it is not known."),
    ),
    **{name: Term(name, label, "sample", 0, meaning, False) for name, (label, meaning) in _EVENTS.items()},
    **{f"{name}_s": Term(f"{name}_s", label, "s", 3, meaning, False) for name, (label, meaning) in _EVENTS.items()},
    **by_name(_START_TIME),
    **{name: term for name, term in ALL_PARAMETER_TERMS.items() if name not in FOOT_TERMS | STEP_GEOMETRY_TERMS},
    **FOOT_TERMS,
}

TRAJECTORY_TERMS: dict[str, Term] = by_name(
    _RECORDING,
    _FOOT,
    STRIDE_TERMS["s_id"],
    Term("sample", "Sample", "sample", 0, "Sample from the start of the recording.", False),
    *(Term(f"pos_{a}", f"Position {a}", "m", 3, "Position from the start of the stride.", False) for a in "xyz"),
    *(Term(f"vel_{a}", f"Velocity {a}", "m/s", 3, "Velocity.", False) for a in "xyz"),
    *(Term(f"q_{a}", f"Orientation {a}", "", 4, "Orientation as a quaternion.", False) for a in "xyzw"),
)

_COUNTS = (
    Term(
        "n_steps", "Steps", "", 0, "Steps: intervals between the mid-stances of both feet, or twice those of one foot."
    ),
    Term("n_turns", "Turns", "", 0, "Turns that begin in it."),
    Term("turn_time_s", "Time in turns", "s", 1, "Summed duration of these turns; empty where turns are not known."),
)
_COVERAGE = "Share of the duration of walking bouts in which strides of the foot were found; mean of the feet."
_DISTANCE = Term(
    "distance_m", "Distance", "m", 1, "Distance covered by the strides found: sum of the lengths by the number of feet."
)


def _with_feet(name: str, label: str, unit: str, decimals: int, meaning: str) -> list[Term]:
    """Make the term of both feet and those of each."""
    feet = [
        Term(f"{name}_{f}", f"{label}, {f}", unit, decimals, f"The same of the {f} foot.") for f in ("left", "right")
    ]
    return [Term(name, label, unit, decimals, meaning), *feet]


_MEANS = (
    *_with_feet(
        "gait_speed", "Gait speed", "m/s", 2, "Sum of the stride lengths / sum of the times of the same strides."
    ),
    *_with_feet("cadence", "Cadence", "steps/min", 1, "120 / mean stride time of the strides that are there."),
    *_with_feet("mean_stride_time", "Mean stride time", "s", 3, "Mean of the stride times."),
    *_with_feet("mean_stride_length", "Mean stride length", "m", 3, "Mean of the stride lengths."),
)
_SHARES = (
    Term("straight_share", "Straight", "", 2, "Share of straight strides in the duration of the strides."),
    Term("turning_share", "Turning", "", 2, "Share of turning strides in the duration of the strides."),
    Term(
        "level_share", "Level", "", 2, "Share of strides with a height change below 0.15 m; empty where not measured."
    ),
    Term("level_share_reason", "Level: why not", "", 0, "Why the share of level strides is not known."),
)

BOUT_TERMS: dict[str, Term] = by_name(
    _RECORDING,
    Term("bout_id", "Walking bout", "", 0, "Number of the walking bout.", False, _KLUGE),
    Term("start", "Start", "sample", 0, "First start of its strides.", False),
    Term("end", "End", "sample", 0, "Last end of its strides (exclusive).", False),
    Term("start_s", "Start", "s", 2, "First start of its strides.", False),
    Term("duration_s", "Duration", "s", 1, "First start to last end of its strides."),
    Term("n_strides", "Strides", "", 0, "Strides of both feet."),
    Term("n_strides_left", "Strides, left", "", 0, "Strides of the left foot."),
    Term("n_strides_right", "Strides, right", "", 0, "Strides of the right foot."),
    _COUNTS[0],
    Term(
        "termination_reason",
        "Ends by",
        "",
        0,
        '"break": a long break follows; "last_stride": no usable stride follows.',
    ),
    Term("end_s", "End", "s", 2, "Last end of its strides.", False),
    _START_TIME,
    Term("day", "Day", "", 0, "Number of the day on which it starts.", False),
    *_with_feet("coverage", "Coverage", "", 2, _COVERAGE),
    *_COUNTS[1:],
    _DISTANCE,
    *_MEANS,
    *_SHARES,
)

TURN_TERMS: dict[str, Term] = by_name(
    _RECORDING,
    Term("turn_id", "Turn", "", 0, "Number of the turn.", False, _EL_GOHARY),
    _BOUT_ID,
    Term("start", "Start", "sample", 0, "First start of its strides.", False),
    Term("end", "End", "sample", 0, "Last end of its strides (exclusive).", False),
    Term("start_s", "Start", "s", 2, "First start of its strides.", False),
    Term("duration_s", "Duration", "s", 1, "First start to last end of its strides."),
    Term("turn_angle", "Angle", "deg", 0, "Change of heading; positive to the left.", False),
    Term("direction", "Direction", "", 0, '"left" or "right".'),
    Term("n_strides", "Strides", "", 0, "Turning strides of both feet."),
    Term("n_steps", "Steps", "", 0, "Steps in the turn."),
    Term("mean_velocity", "Mean angular rate", "deg/s", 0, "Angle by duration."),
    Term("peak_velocity", "Peak angular rate", "deg/s", 0, "Largest rate of the mean heading of the feet."),
)

_OF_BOUTS = {
    "wb_all": "all walking bouts",
    "wb_10": "bouts longer than 10 s",
    "wb_30": "bouts longer than 30 s",
    "wb_60": "bouts longer than 60 s",
    "wb_10_30": "bouts of more than 10 to 30 s",
}
_VALUES = {
    "duration_s": ("Duration", "s", 1),
    "cadence_spm": ("Cadence", "steps/min", 1),
    "stride_duration_s": ("Stride time", "s", 3),
    "stride_length_m": ("Stride length", "m", 3),
    "walking_speed_mps": ("Walking speed", "m/s", 2),
}
_STATISTICS = {
    "avg": "mean",
    "p10": "10th percentile",
    "p50": "median",
    "p90": "90th percentile",
    "var": "SD / mean",
}


def daily_outcome_term(name: str) -> Term:
    """Term of an outcome of daily life, from the parts of its name."""
    if name == "total_walking_duration_min":
        return Term(name, "Walking time", "min", 1, "Summed duration of all walking bouts.", True, _MOBGAP)
    bouts, value, *statistic = name.split("__")
    of_bouts = _OF_BOUTS[bouts]
    if value == "count":
        return Term(name, f"Number of {of_bouts}", "", 0, f"Number of {of_bouts}.", True, _MOBGAP)
    if statistic == ["sum"]:
        what = {"n_raw_initial_contacts": "Steps", "n_turns": "Turns"}[value]
        return Term(name, what, "", 0, f"{what} in {of_bouts}.", True, _MOBGAP)
    label, unit, decimals = _VALUES[value]
    how = "median" if (value, statistic[0]) == ("duration_s", "avg") else _STATISTICS[statistic[0]]
    unit, decimals = ("", 3) if statistic[0] == "var" else (unit, decimals)
    meaning = f"{how[0].upper()}{how[1:]} over {of_bouts}: {label.lower()}."
    return Term(name, f"{label}, {how}, {of_bouts}", unit, decimals, meaning, True, _MOBGAP)


def _of(bouts: str, value: str, statistics: str) -> list[str]:
    return [f"{bouts}__{value}__{statistic}" for statistic in statistics.split()]


#: Names of the outcomes of daily life, in their order.
DAILY_OUTCOMES: tuple[str, ...] = (
    *(f"{bouts}__count" for bouts in _OF_BOUTS),
    "total_walking_duration_min",
    "wb_all__n_raw_initial_contacts__sum",
    "wb_all__n_turns__sum",
    *_of("wb_all", "duration_s", "avg p90 var"),
    *_of("wb_all", "cadence_spm", "avg var"),
    *_of("wb_30", "cadence_spm", "avg p90"),
    *_of("wb_all", "stride_duration_s", "avg var"),
    *_of("wb_30", "stride_duration_s", "avg"),
    *_of("wb_10_30", "walking_speed_mps", "avg"),
    *_of("wb_10", "walking_speed_mps", "p90"),
    *_of("wb_30", "walking_speed_mps", "avg p90 var"),
    *_of("wb_10_30", "stride_length_m", "avg"),
    *_of("wb_30", "stride_length_m", "avg var"),
    *_of("wb_all", "duration_s", "p10 p50"),
    *(name for value in list(_VALUES)[1:] for name in _of("wb_all", value, "p10 p50 p90")),
)

DAY_TERMS: dict[str, Term] = by_name(
    _RECORDING,
    Term("day", "Day", "", 0, "Number of the day, from 1.", False),
    Term("date", "Date", "", 0, "Date in the time zone of the recording; empty without start time."),
    Term("start_s", "Start", "s", 0, "Start of the day from the first sample, within the recording.", False),
    Term("end_s", "End", "s", 0, "End of the day from the first sample, within the recording.", False),
    Term("recorded_h", "Recorded", "h", 1, "Hours of the recording in this day."),
    Term("n_strides", "Strides", "", 0, "Analysed strides of both feet."),
    Term("n_bouts", "Walking bouts", "", 0, "Walking bouts that start on this day."),
    Term("n_strides_in_bouts", "Strides in bouts", "", 0, "Strides of these bouts."),
    Term("duration_s", "Time in bouts", "s", 0, "Summed duration of these bouts."),
    _DISTANCE,
    *_COUNTS,
    Term("coverage", "Coverage", "", 2, _COVERAGE),
    *_MEANS,
    *_SHARES,
    *map(daily_outcome_term, DAILY_OUTCOMES),
)

STATISTICS_TERMS: dict[str, Term] = by_name(
    _RECORDING,
    Term("unit", "What is described", "", 0, '"bout", "day" or "recording".'),
    Term("id", "Number", "", 0, "`bout_id` or `day`; empty for the recording.", False),
    Term("foot", "Foot", "", 0, '"left", "right" or "both".'),
    Term("parameter", "Parameter", "", 0, "Name of the gait parameter, a column of `strides`."),
    Term("unit_of_measure", "Unit", "", 0, "Unit of mean, SD, median and percentiles."),
    Term("strides", "Strides", "", 0, '"all" analysed strides, or "straight": without turning strides.'),
    Term("n", "n", "", 0, "Strides with a value."),
    Term("mean", "Mean", "", 3, "Mean; of rates that of the sums (sum of lengths / sum of times, 120 / mean time)."),
    Term("sd", "SD", "", 3, "Standard deviation (n - 1); of both feet sqrt((SD_left^2 + SD_right^2) / 2)."),
    Term("cv", "CV", "%", 1, "100 SD / mean; needs ten strides of a foot and a parameter with a natural zero."),
    Term("median", "Median", "", 3, "Median."),
    Term("robust_cv", "Robust CV", "%", 1, "100 * 1.4826 * median absolute deviation / median; as cv."),
    Term("p10", "P10", "", 3, "10th percentile."),
    Term("p90", "P90", "", 3, "90th percentile."),
    Term("asymmetry", "Difference of the feet", "", 3, "Absolute difference of the means of the feet, where compared."),
    Term(
        "symmetry_index", "Symmetry index", "%", 1, "100 (right - left) / mean of both; positive: right larger.", False
    ),
)

#: Tables of a results folder -> column -> term, in the order of the columns.
TABLE_TERMS: dict[str, dict[str, Term]] = {
    "strides": STRIDE_TERMS,
    "bouts": BOUT_TERMS,
    "turns": TURN_TERMS,
    "days": DAY_TERMS,
    "statistics": STATISTICS_TERMS,
    "trajectory": TRAJECTORY_TERMS,
}
