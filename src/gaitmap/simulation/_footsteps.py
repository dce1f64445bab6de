"""From activities to footsteps: when and where each foot leaves the floor and comes down again."""

from array import array
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from gaitmap.simulation._activities import Activity, Fidget, Rest, Stairs, Turn, Walk
from gaitmap.simulation._foot_motion import Swings
from gaitmap.simulation._gait_parameters import SIDE, Foot, GaitParameters
from gaitmap.utils._checks import parameter_error

#: Share of the stance after which the foot is at rest.
_REST_SHARE = 0.42
#: Time from the moment of rest to the next activity, in s.
_PAUSE_S = 0.1
_FEET: tuple[Foot, Foot] = ("left", "right")


class Step(NamedTuple):
    """One swing of one foot; the fields of :class:`Swings` and where it belongs to."""

    start: float
    tc: float
    ic: float
    end: float
    pose_from: tuple[float, float, float, float]
    pose_to: tuple[float, float, float, float]
    tc_angle: float
    ic_angle: float
    clearance: float
    circumduction: float
    inversion: float
    internal_rotation: float
    impact: float
    kind: str
    bout: int
    pre_ic: float


class Steps:
    """All steps of one foot, 180 bytes each: a week has several 100,000."""

    def __init__(self) -> None:
        self._numbers = array("d")
        self._kinds: dict[str, int] = {}

    def append(self, step: Step) -> None:
        """Add a step behind all others."""
        kind = self._kinds.setdefault(step.kind, len(self._kinds))
        plain = step._asdict() | {"kind": kind, "pose_from": 0.0, "pose_to": 0.0}
        self._numbers.extend((*step.pose_from, *step.pose_to, *plain.values()))

    def __len__(self) -> int:
        return len(self._numbers) // (8 + len(Step._fields))

    def columns(self) -> dict[str, np.ndarray]:
        """Fields of all steps as arrays."""
        table = np.array(self._numbers).reshape(len(self), -1)
        columns = {name: table[:, 8 + i] for i, name in enumerate(Step._fields)}
        kinds = np.array(list(self._kinds), dtype="U16")[columns["kind"].astype(int)]
        return columns | {"pose_from": table[:, :4], "pose_to": table[:, 4:8], "kind": kinds}


@dataclass(frozen=True)
class Plan:
    """All steps of a recording.

    ``activities``: (kind, start in s, end in s, number of the bout or -1) of all activities, in their order.
    """

    steps: dict[Foot, dict[str, np.ndarray]]
    activities: list[tuple[str, float, float, int]]
    duration_s: float

    def swings(self, foot: Foot) -> Swings:
        """Swings of one foot."""
        return Swings(*(self.steps[foot][name] for name in Swings._fields))


class _Way(NamedTuple):
    """What one step of a bout does: advance (m) and turn (deg) of the body, climb (m)."""

    advance: float
    turn: float
    climb: float
    gait: GaitParameters
    kind: str
    activity: int


def plan_footsteps(activities: Sequence[Activity], rng: np.random.Generator) -> Plan:
    """Plan all steps of both feet.

    Parameters
    ----------
    activities
        What is done, one after the other.
    rng
        Source of the variability.

    Returns
    -------
    Plan
        Steps of both feet with the times of all activities.
    """
    if not activities:
        raise parameter_error("simulate", "activities", "at least one activity", activities)
    for given in activities:
        if not isinstance(given, Activity) or not given.kind:
            raise parameter_error("simulate", "activities", "a list of Walk, Turn, Stairs, Rest, ...", given)
    planner = _Planner(rng)
    bout: list[Activity] = []
    ends: list[Activity | None] = [*activities, None]
    for activity in ends:
        if activity is not None and activity.is_gait:
            bout.append(activity)
            continue
        if bout:
            planner.walk(bout)
            bout = []
        if isinstance(activity, Rest):
            planner.rest(activity)
        elif isinstance(activity, Fidget):
            planner.fidget(activity)
    return planner.plan()


class _Planner:
    def __init__(self, rng: np.random.Generator) -> None:
        self._rng = rng
        self._now = 0.0
        self._n_bouts = 0
        # The middle between the feet: x, y, z (m), heading (deg); the sensors are the origin of the height.
        self._body = np.zeros(4)
        self._feet = {foot: _beside(self._body, foot, GaitParameters()) for foot in _FEET}
        self._steps: dict[Foot, Steps] = {"left": Steps(), "right": Steps()}
        self._activities: list[tuple[str, float, float, int]] = []

    def plan(self) -> Plan:
        for foot, steps in self._steps.items():
            if not len(steps):  # a foot that never moves
                pose = self._feet[foot]
                steps.append(Step(0, 0.4, 0.8, 1.2, pose, pose, 0, 0, 0, 0, 0, 0, 0, "rest", -1, np.nan))
        return Plan({foot: steps.columns() for foot, steps in self._steps.items()}, self._activities, self._now)

    def rest(self, activity: Rest) -> None:
        self._activities.append((activity.name, self._now, self._now + activity.duration_s, -1))
        self._now += activity.duration_s

    def fidget(self, activity: Fidget) -> None:
        begin, end = self._now, self._now + activity.duration_s
        rng = self._rng
        for foot in _FEET:
            time = begin + rng.exponential(60.0 / activity.movements_per_minute)
            while True:
                half = rng.uniform(0.25, 0.5)
                swing = rng.uniform(0.3, 0.7)
                if time + 2 * half + swing > end:
                    break
                pose = np.array(self._feet[foot])
                target = pose.copy()
                if rng.random() < 0.4:
                    target += [*rng.normal(0.0, 0.06, 2), 0.0, rng.normal(0.0, 8.0)]
                step = Step(
                    start=time,
                    tc=time + half,
                    ic=time + half + swing,
                    end=time + 2 * half + swing,
                    pose_from=tuple(pose),
                    pose_to=tuple(target),
                    tc_angle=-rng.uniform(2.0, 25.0),
                    ic_angle=rng.uniform(-3.0, 8.0),
                    clearance=rng.uniform(0.002, 0.04),
                    circumduction=rng.normal(0.0, 0.03),
                    inversion=rng.normal(0.0, 5.0),
                    internal_rotation=rng.normal(0.0, 5.0),
                    impact=rng.uniform(0.0, 8.0),
                    kind=activity.kind,
                    bout=-1,
                    pre_ic=np.nan,
                )
                self._steps[foot].append(step)
                self._feet[foot] = step.pose_to
                time = step.end + rng.exponential(60.0 / activity.movements_per_minute)
        self._activities.append((activity.name, begin, end, -1))
        self._now = end

    def walk(self, activities: Sequence[Activity]) -> None:
        """Plan a bout; it begins and ends with both feet beside each other."""
        ways = [way for number, activity in enumerate(activities) for way in _ways(activity, number)]
        ways.append(_closing_step(ways[-1]))
        first = int(self._rng.integers(2))
        feet = [_FEET[(first + k) % 2] for k in range(len(ways))]
        rng = self._rng
        step_times, lengths = np.empty(len(ways)), np.empty(len(ways))
        for k, (way, foot) in enumerate(zip(ways, feet, strict=True)):
            # Two independent steps make up a stride.
            gait = way.gait
            time_noise, length_noise = rng.standard_normal(2) * np.sqrt(2)
            step_times[k] = gait.of_foot("step_time", foot) * max(0.5, 1 + gait.stride_time_cv * time_noise)
            length_noise = 0.0 if way.climb else length_noise
            share = gait.of_foot("step_length", foot) / max(gait.stride_length_m / 2, 1e-9)
            lengths[k] = way.advance * share * max(0.2, 1 + gait.stride_length_cv * length_noise)
        contacts = np.cumsum(step_times)
        strides = [contacts[k] - contacts[k - 2] if k >= 2 else 2 * step_times[k] for k in range(len(ways))]
        swing_times = np.array(
            [(1 - way.gait.of_foot("stance", foot)) * s for way, foot, s in zip(ways, feet, strides, strict=True)]
        )
        # The first two steps of a bout have no stance before them.
        before = (1 - _REST_SHARE) * np.array([s - w for s, w in zip(strides, swing_times, strict=True)])
        lead = max(swing_times[k] + before[k] - contacts[k] for k in range(min(2, len(ways))))
        contacts += self._now + lead + _PAUSE_S
        self._add_steps(ways, feet, contacts, swing_times, before, lengths)
        starts = [contacts[way_start] for way_start in range(len(ways))]
        for number, activity in enumerate(activities):
            own = [k for k, way in enumerate(ways) if way.activity == number]
            begin = self._activities[-1][2] if number else self._now
            end = starts[own[-1]] if number < len(activities) - 1 else self._bout_end
            self._activities.append((activity.name, begin, end, self._n_bouts))
        self._now = self._bout_end
        self._n_bouts += 1

    def _add_steps(
        self,
        ways: list[_Way],
        feet: list[Foot],
        contacts: np.ndarray,
        swing_times: np.ndarray,
        before: np.ndarray,
        lengths: np.ndarray,
    ) -> None:
        rng = self._rng
        rest: dict[Foot, float] = {}
        last_contact: dict[Foot, float] = {}
        body = self._body
        self._bout_end = self._now
        for k, (way, foot) in enumerate(zip(ways, feet, strict=True)):
            gait = way.gait
            half_turn = np.deg2rad(body[3] + way.turn / 2)
            body = body + np.array(
                [lengths[k] * np.cos(half_turn), lengths[k] * np.sin(half_turn), way.climb, way.turn]
            )
            tc, ic = contacts[k] - swing_times[k], contacts[k]
            # The stance that follows ends with the next tc of this foot; behind the last one it is as long as usual.
            following = (
                contacts[k + 2] - swing_times[k + 2] if k + 2 < len(ways) else ic + before[k] / (1 - _REST_SHARE)
            )
            end = ic + _REST_SHARE * (following - ic)
            clearance = gait.of_foot("clearance", foot) * max(0.2, 1 + gait.clearance_cv * rng.standard_normal())
            tc_noise, ic_noise = gait.angle_sd_deg * rng.standard_normal(2)
            small = min(1.0, abs(gait.tc_angle_deg) / 20)
            ic_angle = gait.of_foot("ic_angle", foot)
            step = Step(
                start=rest.get(foot, tc - before[k]),
                tc=tc,
                ic=ic,
                end=end,
                pose_from=self._feet[foot],
                pose_to=_beside(body, foot, gait),
                tc_angle=min(0.0, gait.of_foot("tc_angle", foot) + small * tc_noise),
                # A noise that changes heel landing to toe landing would be another way of walking.
                ic_angle=ic_angle + np.clip(ic_noise, -abs(ic_angle), abs(ic_angle)),
                clearance=clearance,
                circumduction=gait.circumduction_m * (1 + 0.2 * rng.standard_normal()),
                inversion=gait.inversion_deg * (1 + 0.1 * rng.standard_normal()),
                internal_rotation=gait.internal_rotation_deg * (1 + 0.1 * rng.standard_normal()),
                impact=gait.impact_m_s2 * (1 + 0.1 * rng.standard_normal()),
                kind=way.kind,
                bout=self._n_bouts,
                pre_ic=last_contact.get(foot, np.nan),
            )
            self._steps[foot].append(step)
            self._feet[foot] = step.pose_to
            rest[foot], last_contact[foot] = end, ic
            self._bout_end = max(self._bout_end, end + _PAUSE_S)
        self._body = body


def _closing_step(way: _Way) -> _Way:
    """Last step of a bout: it closes up with the other foot."""
    return way._replace(advance=0.0, turn=0.0, climb=0.0)


def _ways(activity: Activity, number: int) -> list[_Way]:
    if isinstance(activity, Walk):
        advance = activity.gait.stride_length_m / 2
        return [_Way(advance, 0.0, 0.0, activity.gait, activity.name, number)] * activity.count_steps()
    if isinstance(activity, Turn):
        n_steps = max(1, int(np.ceil(abs(activity.angle_deg) / activity.max_step_angle_deg - 1e-9)))
        arc = np.deg2rad(abs(activity.angle_deg)) * activity.radius_m
        n_steps = max(n_steps, int(np.ceil(2 * arc / max(activity.gait.stride_length_m, 0.05) - 1e-9)))
        # Short steps need less push-off and less lift.
        share = min(1.0, 0.4 + 0.6 * 2 * (arc / n_steps) / max(activity.gait.stride_length_m, 0.05))
        gait = replace(
            activity.gait,
            ic_angle_deg=share * activity.gait.ic_angle_deg,
            tc_angle_deg=share * activity.gait.tc_angle_deg,
            step_length_asymmetry=0.0,
        )
        way = _Way(arc / n_steps, activity.angle_deg / n_steps, 0.0, gait, activity.name, number)
        return [way] * n_steps
    if isinstance(activity, Stairs):
        climb = activity.rise_m if activity.up else -activity.rise_m
        gait = activity.way_of_walking()
        return [_Way(activity.tread_m, 0.0, climb, gait, activity.name, number)] * activity.n_steps
    raise parameter_error("simulate", "activities", "a list of Walk, Turn, Stairs, Rest, ...", activity)


def _beside(body: np.ndarray, foot: Foot, gait: GaitParameters) -> tuple[float, float, float, float]:
    """Pose of a foot that stands beside the middle of the body."""
    side = SIDE[foot]
    heading = np.deg2rad(body[3])
    half = side * gait.step_width_m / 2
    return (
        float(body[0] - half * np.sin(heading)),
        float(body[1] + half * np.cos(heading)),
        float(body[2]),
        float(body[3] + side * gait.toe_out_deg),
    )
