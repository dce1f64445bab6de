"""Days made of bouts."""

from dataclasses import replace

import numpy as np

from gaitmap.simulation._activities import Activity, Fidget, Rest, Shuffle, Stairs, Turn, Walk
from gaitmap.simulation._gait_parameters import GaitParameters, check_seed
from gaitmap.utils._checks import check_number, parameter_error

#: Duration of walks in daily life: median and spread of a log-normal distribution, and limits, in s.
_MEDIAN_WALK_S, _SPREAD, _WALK_LIMITS_S = 20.0, 1.1, (5.0, 1200.0)
#: A walk turns about this often, in s.
_TURN_EVERY_S = 25.0
#: About how long standing still, turning or climbing stairs takes within a bout, in s.
_PAUSE_OF_BOUT_S = 1.5

#: All strides are planned before the first sample is made.
_MAX_DAYS = 366


def daily_activities(
    days: float = 1.0,
    *,
    walking_h: float = 1.5,
    sleep_h: float = 8.0,
    gait: GaitParameters | None = None,
    seed: int = 0,
) -> list[Activity]:
    """Make up days of sleep, rest, fidgeting, and bouts of walking with turns, stairs and shuffling.

    Parameters
    ----------
    days
        Number of days; parts of days are possible. Each begins when somebody gets up and ends with sleep.
    walking_h
        About how many hours of each day are walked.
    sleep_h
        Hours of each day without any movement.
    gait
        Mean way of walking; stride time and length change from bout to bout. None: as a healthy person.
    seed
        Same seed and same parameters: same days.

    Returns
    -------
    list of Activity
        For :func:`simulate`. The recording is about as long as asked for (within a few percent).

    Raises
    ------
    ValueError
        If a parameter is out of its range.

    Examples
    --------
    >>> hour = daily_activities(1 / 24, seed=3)
    >>> sum(isinstance(activity, Walk) for activity in hour) > 3
    True
    """
    check_number("daily_activities", "days", days, above=0)
    if days > _MAX_DAYS:
        raise parameter_error("daily_activities", "days", f"at most {_MAX_DAYS}", days)
    check_seed("daily_activities", seed)
    check_number("daily_activities", "walking_h", walking_h, at_least=0)
    check_number("daily_activities", "sleep_h", sleep_h, at_least=0)
    if walking_h + sleep_h > 22:
        raise parameter_error("daily_activities", "walking_h", "at most 22 - sleep_h", walking_h)
    rng = np.random.default_rng([seed, 7])
    activities: list[Activity] = []
    remaining = days
    while remaining > 1e-9:
        activities += _day(min(1.0, remaining), walking_h, sleep_h, gait or GaitParameters(), rng)
        remaining -= 1.0
    return activities


def _day(
    share: float, walking_h: float, sleep_h: float, gait: GaitParameters, rng: np.random.Generator
) -> list[Activity]:
    to_walk = share * walking_h * 3600
    bouts: list[tuple[list[Activity], float]] = []
    while to_walk > _WALK_LIMITS_S[0]:
        duration = min(
            to_walk, float(np.clip(_MEDIAN_WALK_S * np.exp(_SPREAD * rng.standard_normal()), *_WALK_LIMITS_S))
        )
        bouts.append(_bout(duration, gait, rng))
        to_walk -= duration
    awake = share * (24 - sleep_h) * 3600 - sum(length for _, length in bouts)
    pauses = rng.dirichlet(np.ones(len(bouts) + 1)) * max(awake, 4.0 * (len(bouts) + 1))
    day: list[Activity] = [*_pause(pauses[0], rng)]
    for (bout, _), pause in zip(bouts, pauses[1:], strict=True):
        day += [*bout, *_pause(pause, rng)]
    return [*day, Rest(share * sleep_h * 3600)] if sleep_h else day


def _bout(duration_s: float, mean: GaitParameters, rng: np.random.Generator) -> tuple[list[Activity], float]:
    """Activities of one bout, and about how long it takes; somebody who walks faster takes longer strides."""
    pace = float(np.clip(1 + 0.08 * rng.standard_normal() + 0.03 * np.log(duration_s / _MEDIAN_WALK_S), 0.75, 1.25))
    gait = replace(
        mean,
        stride_time_s=float(np.clip(mean.stride_time_s / pace**0.5, 0.4, 5.0)),
        stride_length_m=float(np.clip(mean.stride_length_m * pace**0.5, 0.0, 4.0)),
    )
    n_turns = rng.poisson(duration_s / _TURN_EVERY_S)
    parts = rng.dirichlet(np.full(n_turns + 1, 2.0)) * duration_s
    bout: list[Activity] = []
    length = 2.0
    if rng.random() < 0.1:
        bout.append(Shuffle(n_steps=int(rng.integers(3, 9)), gait=replace(Shuffle(n_steps=1).gait)))
        length += 3.0
    for i, part in enumerate(parts):
        if i:
            angle = float(rng.choice([-180, -90, -60, 60, 90, 180]))
            bout.append(Turn(angle, radius_m=float(rng.uniform(0.2, 1.0)), gait=gait))
            length += _PAUSE_OF_BOUT_S
        bout.append(Walk(duration_s=max(float(part), 2.0), gait=gait))
        length += max(float(part), 2.0)
    if rng.random() < 0.06:
        n_steps = int(rng.integers(6, 17))
        bout += [Stairs(n_steps=n_steps, up=bool(rng.random() < 0.5)), Walk(n_steps=4, gait=gait)]
        length += 0.6 * n_steps + 2.0
    return bout, length


def _pause(duration_s: float, rng: np.random.Generator) -> list[Activity]:
    """Rest, with fidgeting in between where it is long enough."""
    duration_s = max(float(duration_s), 1.0)
    if duration_s < 60 or rng.random() < 0.4:
        return [Rest(duration_s)]
    fidget = float(rng.uniform(10, min(0.5 * duration_s, 120)))
    before = float(rng.uniform(0.1, 0.9)) * (duration_s - fidget)
    rate = float(rng.uniform(4, 25))
    return [Rest(before), Fidget(fidget, movements_per_minute=rate), Rest(duration_s - fidget - before)]
