"""From the strides of a recording to its tables: both feet, bouts, what is left out, what deserves attention."""

import warnings
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from scipy.spatial.transform import Rotation

from gaitmap.base import PARAMETER_TERMS
from gaitmap.parameters import WalkingBoutAnalysis
from gaitmap.pipelines._steps import StepRunner, Steps
from gaitmap.pipelines.outcome._both_feet import (
    bout_tables,
    clock_findings,
    describe_walking,
    join_parameters,
    with_names_of_feet,
)
from gaitmap.pipelines.outcome._findings import (
    direction_finding,
    few_analyzed_finding,
    few_strides_finding,
    length_finding,
    missing_path_finding,
    mounting_finding,
    no_strides_finding,
    one_foot_finding,
    rate_finding,
    swapped_feet_finding,
    threshold_finding,
    witness_finding,
)
from gaitmap.pipelines.outcome._not_analysed import (
    implausible_strides,
    joined,
    labelled_as_no_gait,
    not_analysed_strides,
    outside_of_bouts,
    without_parameters,
)
from gaitmap.pipelines.outcome._stride_tables import StrideTables, Tables
from gaitmap.preprocessing.sensor_alignment import AutoAlignment
from gaitmap.results import build_statistics, build_strides, count_strides
from gaitmap.utils._memory import release_free_memory
from gaitmap.utils.datatype_helper import set_correct_index

TEMPORAL = ["stride_time", "stance_time", "swing_time"]
SPATIAL = [name for name in PARAMETER_TERMS if name not in TEMPORAL]


@dataclass
class Evidence:
    """What is known of a recording beside its strides, and what may be asked of its signals again.

    Attributes
    ----------
    name, start_time
        Name of the recording, and clock time of its first sample.
    n_samples
        ``{sensor: number of samples}``.
    quality
        ``{sensor: measures}`` of :func:`gaitmap.quality.assess_quality`; completed here.
    alignment
        ``{sensor: (description, findings)}``.
    segmentation
        ``{sensor: findings}``.
    find_mounting
        Gives rotation and confidence that ``AutoAlignment`` finds in the aligned data of a sensor.
    count_strides
        Counts the strides of a sensor if it is taken as the one of another foot.
    """

    name: str
    start_time: pd.Timestamp | None
    n_samples: dict[Hashable, int]
    quality: dict[Hashable, dict[str, Any]]
    find_mounting: Callable[[Hashable], tuple[Rotation, float]]
    count_strides: Callable[[Hashable, str], int]
    alignment: dict[Hashable, tuple[dict[str, Any] | None, list[str]]] = field(default_factory=dict)
    segmentation: dict[Hashable, list[str]] = field(default_factory=dict)


def conclude(steps: Steps, run: StepRunner, tables: StrideTables, evidence: Evidence) -> dict[str, Any]:
    """Calculate what needs all strides, and lay everything out as the results of a pipeline.

    Returns
    -------
    dict
        ``{name of the result of the pipeline: value}``.
    """
    feet, rate, events = steps.feet, steps.rate, tables.events
    for sensor in tables.spatial:
        # A part of the recording without any path is one of strides without path, which are counted below.
        run.forget(sensor, "trajectory")
    both = run("bilateral", lambda some: steps.bilateral({s: events[s] for s in some}), _sorted_pair(events, feet))
    bilateral = next((calculation for _, calculation in both.values()), None)
    further = ({sensor: table for sensor, (table, _) in both.items()}, tables.foot)
    of_strides = join_parameters(events, (tables.temporal, tables.spatial, *further))
    analysis = _find_bouts(steps, run, tables, of_strides, evidence)
    del of_strides
    release_free_memory()  # the table of strides that comes now is as large as all of the tables so far
    per_stride = {s: [part[s] for part in (tables.temporal, tables.spatial) if s in part] for s in events}
    parameters: Tables = {s: pd.concat(parts, axis=1) for s, parts in per_stride.items() if parts}
    asked = _with_failed_steps(steps, tables)
    strides = build_strides(
        events,
        rate,
        recording=evidence.name,
        parameters=asked,
        not_analysed=_not_analysed(steps, tables, asked, analysis),
        bout_ids=None if analysis is None else analysis.stride_bouts_,
        is_turning=None if analysis is None else analysis.turning_strides_,
        labels={s: set_correct_index(table, ["s_id"]) for s, table in tables.strides.items()},
        remarks=None if analysis is None else outside_of_bouts(analysis.excluded_strides_, feet),
        further_parameters=further,
        start_time=evidence.start_time,
    )
    bouts = bout_tables(analysis, evidence.name, evidence.start_time)
    statistics = build_statistics(strides, recording=evidence.name, bouts=bouts["bouts"], days=bouts["days"])
    results: dict[str, Any] = {
        **{f"{name}_": table for name, table in bouts.items()},
        "statistics_": statistics,
        "walking_": describe_walking(analysis, bilateral),
        "stride_list_": tables.strides,
        "events_": events,
        "trajectory_": tables.trajectory,
        "parameters_": parameters,
        "bilateral_": bilateral,
        "strides_": strides,
        "quality_": evidence.quality,
    }
    duration_s = max(evidence.n_samples.values(), default=0) / rate
    of_both = swapped_feet_finding(tables.foot)
    if bilateral is not None:
        of_both += clock_findings(bilateral, duration_s)
    counts = {sensor: count_strides(strides)[foot] for sensor, foot in feet.items()}
    n_found = {sensor: count["n_found"] for sensor, count in counts.items()}
    of_rate = rate_finding(rate)
    too_strict = threshold_finding(steps.pipeline.segmentation, rate)
    of_both += one_foot_finding(list(feet.values()))
    for sensor in feet:
        description, doubts = evidence.alignment.get(sensor, (None, []))
        entry = evidence.quality[sensor]
        entry["alignment"] = description
        entry["n_strides_found"] = n_found[sensor]
        entry["n_strides_analyzed"] = counts[sensor]["n_analysed"]
        entry["findings"] += of_rate + too_strict + run.sentences(sensor) + doubts
        entry["findings"] += evidence.segmentation.get(sensor, []) + of_both
        entry["findings"] += witness_finding(n_found[sensor], description)
        entry["findings"] += few_strides_finding(feet[sensor], {feet[s]: number for s, number in n_found.items()})
        if sensor in tables.foot:
            entry["findings"] += direction_finding(tables.foot[sensor])
        if sensor in parameters:
            entry["findings"] += missing_path_finding(parameters[sensor])
            entry["findings"] += length_finding(parameters[sensor], rate)
        reasons = strides.loc[(strides["foot"] == feet[sensor]) & (strides["status"] != "analysed"), "reason"]
        if sensor in events:
            entry["findings"] += few_analyzed_finding(n_found[sensor], reasons)
        if n_found[sensor] == 0 or (sensor in events and n_found[sensor] == len(reasons)):
            is_explained = n_found[sensor] > 0 or len(run.problems[sensor]) > 0 or len(too_strict) > 0
            entry["findings"] += _why_no_strides(steps, sensor, evidence, is_explained=is_explained)
    return results


def _not_analysed(
    steps: Steps, tables: StrideTables, asked: tuple[Tables, Tables], analysis: WalkingBoutAnalysis | None
) -> Tables:
    """Strides that were found but do not count, with status and reason."""
    pipeline = steps.pipeline
    is_path_asked = pipeline.spatial is not None and pipeline.trajectory is not None
    return joined(
        labelled_as_no_gait(tables.strides),
        not_analysed_strides(tables.strides, tables.events, tables.reasons),
        without_parameters(tables.events, asked, is_path_asked=is_path_asked),
        {} if analysis is None else implausible_strides(analysis.excluded_strides_, steps.feet),
    )


def _with_failed_steps(steps: Steps, tables: StrideTables) -> tuple[Tables, Tables]:
    """Temporal and spatial parameters; all missing where their step was asked for but not possible."""
    pipeline = steps.pipeline
    asked = (pipeline.temporal is not None, pipeline.spatial is not None and pipeline.trajectory is not None)
    filled: list[Tables] = []
    for is_asked, names, known in zip(asked, (TEMPORAL, SPATIAL), (tables.temporal, tables.spatial), strict=True):
        columns = next((list(table.columns) for table in known.values()), names)
        missing = {s: pd.DataFrame(np.nan, e.index, columns) for s, e in tables.events.items() if s not in known}
        filled.append(known | missing if is_asked else known)
    return filled[0], filled[1]


def _sorted_pair(events: Tables, feet: dict) -> list[Hashable]:
    """Left and right sensor; nothing to compare where there is one."""
    return sorted(events, key=lambda sensor: feet[sensor]) if len(events) == 2 else []


def _why_no_strides(steps: Steps, sensor: Hashable, evidence: Evidence, *, is_explained: bool) -> list[str]:
    found_out = isinstance(steps.pipeline.alignment, AutoAlignment)
    turned = [] if found_out else mounting_finding(lambda: evidence.find_mounting(sensor))
    if turned or is_explained:
        return turned
    if witness_finding(0, evidence.alignment.get(sensor, (None, []))[0]):
        return []  # the alignment has seen movements from rest to rest, which is told: not to be contradicted
    return [no_strides_finding(steps.feet[sensor], lambda foot: evidence.count_strides(sensor, foot), steps.rate)]


def _find_bouts(
    steps: Steps, run: StepRunner, tables: StrideTables, parameters: Tables, evidence: Evidence
) -> WalkingBoutAnalysis | None:
    """Find bouts, turns and days; None where it was not asked for or not possible."""
    events, rate = tables.events, steps.rate
    nothing = pd.DataFrame({"start": [], "end": []}, dtype="int64").rename_axis("s_id")

    def of_bouts(some: list) -> dict:
        analysis = with_names_of_feet(steps.new("bouts"), steps.feet)
        strides = {s: events.get(s, nothing)[["start", "end"]] for s in some}
        with warnings.catch_warnings():
            # That there are no lengths, and why, is told by the step that should have found them.
            warnings.filterwarnings("ignore", "walking bouts: no stride lengths")
            analysis.analyze(
                strides,
                {s: parameters[s] for s in some if s in parameters},
                rate,
                between_strides={s: tables.between[s] for s in some if s in tables.between},
                duration_s=max(evidence.n_samples.values(), default=0) / rate,
                start_time=evidence.start_time,
            )
        return dict.fromkeys(some, analysis)

    return next(iter(run("bouts", of_bouts, steps.feet).values()), None)
