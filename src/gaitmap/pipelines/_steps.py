"""The steps of the chain: each takes and returns ``{sensor: ...}``."""

from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from gaitmap.base import (
    BaseEventDetection,
    BaseGaitDetection,
    BaseGyroscopeOffset,
    BaseSensorAlignment,
    BaseSpatialParameterCalculation,
    BaseStrideSegmentation,
    BaseTemporalParameterCalculation,
    BaseTrajectoryReconstructionWrapper,
)
from gaitmap.base._step_results import detect_events_of, tables_of
from gaitmap.parameters import BilateralParameterCalculation, FootParameterCalculation, WalkingBoutAnalysis
from gaitmap.pipelines._chains import AUTO, with_fitting_events
from gaitmap.pipelines._feet import run_isolated
from gaitmap.pipelines._rest import segment_despite_rest
from gaitmap.pipelines.blocks._region_strides import (
    can_carry,
    count_cuts,
    cut_long_regions,
    note_about_cut,
    regions_with_strides,
    segment_regions,
    takes_sensor,
)
from gaitmap.pipelines.outcome._both_feet import with_names_of_feet
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory
from gaitmap.utils._checks import parameter_error
from gaitmap.utils._feet import Foot
from gaitmap.utils.consts import GF_ORI, GF_POS, GF_VEL
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from gaitmap.utils.exceptions import DataQualityError, ValidationError

_BORDERS = ("s_id", "gs_id", "start", "end")


@dataclass(frozen=True)
class Step:
    """One step of the chain: the parameter of the pipeline that holds its algorithm.

    Attributes
    ----------
    base
        Class that the algorithm must be an instance of.
    label
        Name in words, as handed to ``on_step`` and as errors begin with.
    is_plural
        Whether the label is a plural.
    is_needed
        Whether None is refused.
    """

    base: type
    label: str
    is_plural: bool = False
    is_needed: bool = False


#: All steps of the chain in their order: ``{parameter of the pipeline: step}``.
STEPS = {
    "offset": Step(BaseGyroscopeOffset, "offset of the gyroscopes"),
    "alignment": Step(BaseSensorAlignment, "alignment of the sensors"),
    "gait_detection": Step(BaseGaitDetection, "gait detection"),
    "segmentation": Step(BaseStrideSegmentation, "stride segmentation", is_needed=True),
    "events": Step(BaseEventDetection, "event detection"),
    "trajectory": Step(BaseTrajectoryReconstructionWrapper, "foot paths", is_plural=True),
    "temporal": Step(BaseTemporalParameterCalculation, "temporal parameters", is_plural=True),
    "spatial": Step(BaseSpatialParameterCalculation, "spatial parameters", is_plural=True),
    "foot": Step(FootParameterCalculation, "movement of the foot"),
    "bilateral": Step(BilateralParameterCalculation, "parameters of both feet", is_plural=True),
    "bouts": Step(WalkingBoutAnalysis, "walking bouts", is_plural=True),
}


def check_steps(pipeline: Any) -> None:
    """Require algorithms of the right kind, before any work is done."""
    for name, step in STEPS.items():
        value = getattr(pipeline, name)
        if name == "events" and value == AUTO:
            continue
        if not isinstance(value, step.base) and (value is not None or step.is_needed):
            raise parameter_error(pipeline, name, f"an instance of a subclass of {step.base.__name__}", value)


class StepRunner:
    """Runs steps that are set, each foot on its own where it must be, and keeps what was not possible.

    Attributes
    ----------
    problems
        ``{sensor: {sentence: number of times}}``.
    on_step
        Called with the name of each step before it starts.
    """

    def __init__(
        self, pipeline: Any, sensors: Iterable[Hashable], on_step: Callable[[str], None] | None = None
    ) -> None:
        self.problems: dict[Hashable, dict[str, int]] = {sensor: {} for sensor in sensors}
        self.on_step = on_step
        self._pipeline = pipeline

    def __getstate__(self) -> dict[str, Any]:
        # Whoever is told of the steps is another one after an interruption.
        return self.__dict__ | {"on_step": None}

    def __call__(self, name: str, call: Callable[[list], dict], sensors: Iterable[Hashable]) -> dict[Hashable, Any]:
        """Run the step ``name`` for the sensors; those whose data do not allow it are not in the result."""
        if getattr(self._pipeline, name) is None:
            return {}
        if self.on_step is not None:
            self.on_step(STEPS[name].label)
        results, failures = self._try(call, list(sensors))
        for sensor, reason in failures.items():
            self.add_problem(sensor, name, reason)
        return results

    def _try(
        self, call: Callable[[list], dict], sensors: list[Hashable]
    ) -> tuple[dict[Hashable, Any], dict[Hashable, str]]:
        """Run a step: results, and reasons why there are none. What steps return enters the run here, and here only."""
        return run_isolated(call, sensors)

    def add_problem(self, sensor: Hashable, name: str, reason: str, n_times: int = 1) -> None:
        """Keep that a step was not possible for a sensor (in one of the parts of the recording)."""
        sentence = not_possible(name, reason)
        self.problems[sensor][sentence] = self.problems[sensor].get(sentence, 0) + n_times

    def forget(self, sensor: Hashable, name: str) -> None:
        """Forget that a step was not possible for a sensor."""
        beginning = not_possible(name, "")
        kept = {sentence: n for sentence, n in self.problems[sensor].items() if not sentence.startswith(beginning)}
        self.problems[sensor] = kept

    def add_problems(self, problems: Mapping[Hashable, Mapping[str, int]]) -> None:
        """Keep what was not possible, as ``{sensor: {sentence: number of times}}``."""
        for sensor, sentences in problems.items():
            self.problems[sensor].update(sentences)

    def sentences(self, sensor: Hashable) -> list[str]:
        """Tell the problems of a sensor."""
        return as_sentences(self.problems[sensor])


class StrictRunner(StepRunner):
    """Runs steps that must be possible for every sensor."""

    def _try(
        self, call: Callable[[list], dict], sensors: list[Hashable]
    ) -> tuple[dict[Hashable, Any], dict[Hashable, str]]:
        return call(sensors), {}

    def add_problem(self, sensor: Hashable, name: str, reason: str, n_times: int = 1) -> None:
        """Stop."""
        error = DataQualityError(reason)
        error.add_note(f"{STEPS[name].label}: this happened for the sensor {sensor!r}.")
        raise error


def not_possible(name: str, reason: str) -> str:
    """Tell that a step was not possible."""
    reason = reason.removeprefix(
        "v1 and v2 must be normalized: "
    )  # the words of gaitmap 2.6, which some code looks for
    step = STEPS[name]
    return f"{step.label} {'were' if step.is_plural else 'was'} not possible: {reason}"


def as_sentences(problems: Mapping[str, int]) -> list[str]:
    """Tell problems, and how often each was met."""
    return [
        sentence if n_times == 1 else f"{sentence} (in {n_times} parts of the recording)"
        for sentence, n_times in problems.items()
    ]


class Steps:
    """The algorithms of a pipeline, ready for data of a rate and two feet; parameters are never changed by a run."""

    def __init__(self, pipeline: Any, feet: dict[Hashable, Foot], rate: float) -> None:
        self.pipeline = with_fitting_events(pipeline)
        self.feet = feet
        self.rate = rate

    def replaced(self, **steps: Any) -> "Steps":
        """Copy with other algorithms."""
        return Steps(self.pipeline.clone().set_params(**steps), self.feet, self.rate)

    def new(self, name: str) -> Any:
        """Fresh instance of a step."""
        return getattr(self.pipeline, name).clone()

    def to_body_frame(self, data: dict, feet: dict | None = None) -> dict:
        """Convert aligned data; ``feet`` other than the true ones on request."""
        feet = feet or self.feet
        return convert_to_fbf(
            data,
            left=[sensor for sensor in data if feet[sensor] == "left"],
            right=[sensor for sensor in data if feet[sensor] == "right"],
        )

    def detect_gait(self, body: dict) -> dict:
        """Find gait sequences."""
        detection = self.new("gait_detection")
        together = getattr(detection, "merge_gait_sequences_from_sensors", False) and len(body) > 1
        # The feet of a pipeline are recorded together, which a dict does not tell.
        returned = detection.detect(_side_by_side(body) if together else body, sampling_rate_hz=self.rate)
        found = tables_of(detection, returned, "gait_sequences_", body, ["start", "end"])
        if together:
            found = {sensor: _inside(found[sensor], len(data)) for sensor, data in body.items()}
        needs_whole = isinstance(self.pipeline.trajectory, RegionLevelTrajectory)
        if not needs_whole and can_carry(self.pipeline.segmentation, self.rate, body):
            return found
        return {s: cut_long_regions(regions, self.rate) for s, regions in found.items()}

    def segment(self, body: dict, regions: dict | None) -> dict:
        """Find strides: ``(stride list, findings)`` of each sensor."""
        algorithm = self.new("segmentation")
        if regions is None:
            return segment_despite_rest(algorithm, body, self.rate)
        found = {}
        for sensor in (sensor for sensor in body if takes_sensor(algorithm, sensor)):
            strides, reasons = segment_regions(algorithm, body[sensor], regions[sensor], self.rate, sensor)
            problems = {not_possible("segmentation", reason): n for reason, n in reasons.items()}
            if n_cuts := count_cuts(regions[sensor]):
                problems[note_about_cut()] = n_cuts
            found[sensor] = strides, as_sentences(problems)
        return found

    def detect_events(self, body: dict, strides: dict) -> dict:
        """Find events: ``(min_vel stride list, what is left out)`` of each sensor."""
        # What a segmentation tells of a stride beside its borders is no matter of events.
        borders = {s: of_foot[[c for c in _BORDERS if c in of_foot]] for s, of_foot in strides.items()}
        detection = self.new("events")
        found = detect_events_of(detection, body, borders, self.rate)
        if isinstance(found, BaseEventDetection) and not hasattr(found, "min_vel_event_list_"):
            raise parameter_error(
                self.pipeline,
                "events",
                "set up so that it finds `min_vel` and enforces consistency",
                self.pipeline.events,
            )
        # Detectors of users need not tell reasons.
        reasons = getattr(found, "left_out_", {})
        nothing = pd.DataFrame(columns=["missing", "reason"])
        lists = tables_of(detection, found, "min_vel_event_list_", body, ["start", "end", "min_vel"])
        return {s: (lists[s], reasons.get(s, nothing)) for s in body}

    def reconstruct(self, data: dict, events: dict, regions: dict | None) -> dict:
        """Reconstruct the path of each stride: position, velocity and orientation side by side."""
        method = self.new("trajectory")
        if isinstance(method, RegionLevelTrajectory):
            whole = {s: pd.DataFrame({"roi_id": [0], "start": [0], "end": [len(data[s])]}) for s in data}
            path = method.estimate_intersect(
                data,
                {s: regions_with_strides((regions or whole)[s], events[s]) for s in data},
                stride_event_list=events,
                sampling_rate_hz=self.rate,
            )
        else:
            path = method.estimate(data, events, sampling_rate_hz=self.rate)
        results = {"position_": GF_POS, "velocity_": GF_VEL, "orientation_": GF_ORI}
        parts = [tables_of(method, path, result, data, columns) for result, columns in results.items()]
        return {s: pd.concat([part[s] for part in parts], axis=1) for s in data}

    def temporal(self, events: dict) -> dict:
        """Calculate times."""
        calculation = self.new("temporal")
        returned = calculation.calculate(events, sampling_rate_hz=self.rate)
        return tables_of(calculation, returned, "parameters_", events)

    def spatial(self, events: dict, path: dict) -> dict:
        """Calculate lengths, speeds, angles."""
        calculation = self.new("spatial")
        return tables_of(calculation, calculation.calculate(events, path, path, self.rate), "parameters_", events)

    def foot(self, events: dict, path: dict) -> dict:
        """Calculate the movement of each foot."""
        calculation = with_names_of_feet(self.new("foot"), self.feet)
        return calculation.calculate(events, path, path, self.rate).parameters_

    def bilateral(self, events: dict) -> dict:
        """Compare the feet: ``(parameters, calculation)`` of each sensor."""
        if len(events) < 2:
            raise ValidationError("it needs both feet")
        found = with_names_of_feet(self.new("bilateral"), self.feet).calculate(events, self.rate)
        return {s: (found.parameters_[s], found) for s in events}


def _side_by_side(body: Mapping[Hashable, pd.DataFrame]) -> pd.DataFrame:
    """Join feet that were recorded together; one that ends earlier stands still from there on."""
    index = pd.RangeIndex(max(len(data) for data in body.values()))
    same_length = {
        sensor: data.reset_index(drop=True).reindex(index, method="ffill") if len(data) < len(index) else data
        for sensor, data in body.items()
    }
    return pd.concat({sensor: data.set_axis(index) for sensor, data in same_length.items()}, axis=1)


def _inside(regions: pd.DataFrame, n_samples: int) -> pd.DataFrame:
    """Cut regions to the samples of a sensor."""
    return regions.assign(end=regions["end"].clip(upper=n_samples))[regions["start"] < n_samples]
