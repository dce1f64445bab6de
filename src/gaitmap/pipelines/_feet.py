"""Which sensor belongs to which foot, and steps in which one foot must not take the other with it."""

from collections.abc import Callable, Hashable, Iterable
from typing import Any

from gaitmap.results import foot_of
from gaitmap.utils._feet import Foot
from gaitmap.utils.exceptions import UnusableSignalError, ValidationError


def feet_of(sensors: Iterable[Hashable]) -> dict[Hashable, Foot]:
    """Map each sensor to its foot, as its name says; one sensor per foot."""
    feet: dict[Hashable, Foot] = {sensor: foot_of(sensor) for sensor in sensors}
    if len(set(feet.values())) < len(feet):
        raise ValidationError(
            f"gait pipeline: there is more than one sensor per foot. Found {feet}. Expected at most one left and one "
            "right sensor. Leave the others out."
        )
    return feet


def run_isolated(
    call: Callable[[list[Hashable]], dict[Hashable, Any]], sensors: list[Hashable]
) -> tuple[dict[Hashable, Any], dict[Hashable, str]]:
    """Run a step for all sensors; if the data of one do not allow it, run it for each sensor alone.

    Parameters
    ----------
    call
        Runs the step for the given sensors and returns ``{sensor: result}``. Wrong parameters (``ValueError``) stop the
        run, since they concern every recording; only ``ValidationError`` and ``UnusableSignalError`` are the fault of
        the data.
    sensors
        The sensors.

    Returns
    -------
    results, failures
        ``{sensor: result}`` and ``{sensor: reason}``; every sensor is in one of them.
    """
    if not sensors:
        return {}, {}
    try:
        return call(sensors), {}
    except (ValidationError, UnusableSignalError) as error:
        if len(sensors) == 1:
            return {}, {sensors[0]: str(error)}
    results: dict[Hashable, Any] = {}
    failures: dict[Hashable, str] = {}
    for sensor in sensors:
        own_result, own_failure = run_isolated(call, [sensor])
        results.update(own_result)
        failures.update(own_failure)
    return results, failures
