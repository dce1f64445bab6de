import pytest

from gaitmap.pipelines._feet import feet_of, run_isolated
from gaitmap.utils.exceptions import DataQualityError, ValidationError


def test_the_foot_comes_from_the_name():
    assert feet_of(["left_sensor", "RIGHT foot"]) == {"left_sensor": "left", "RIGHT foot": "right"}


@pytest.mark.parametrize("name", ["sensor", "left_right", 3])
def test_a_name_without_one_foot_is_refused(name):
    with pytest.raises(ValidationError, match="foot of the sensor"):
        feet_of([name])


def test_two_sensors_on_one_foot_are_refused():
    with pytest.raises(ValidationError, match="more than one sensor per foot"):
        feet_of(["left_heel", "left_toe"])


def _work(bad):
    def call(sensors):
        calls.append(list(sensors))
        for sensor in sensors:
            if sensor in bad:
                raise bad[sensor]
        return {sensor: sensor.upper() for sensor in sensors}

    calls = []
    return call, calls


def test_all_sensors_run_together_when_nothing_is_wrong():
    call, calls = _work({})
    assert run_isolated(call, ["left", "right"]) == ({"left": "LEFT", "right": "RIGHT"}, {})
    assert calls == [["left", "right"]]


def test_bad_data_of_one_foot_leave_the_other():
    call, _ = _work({"left": DataQualityError("never at rest")})
    assert run_isolated(call, ["left", "right"]) == ({"right": "RIGHT"}, {"left": "never at rest"})


def test_bad_data_of_both_feet_are_both_named():
    call, _ = _work({"left": ValidationError("a"), "right": ValidationError("b")})
    assert run_isolated(call, ["left", "right"]) == ({}, {"left": "a", "right": "b"})


def test_a_wrong_parameter_stops_the_run():
    call, _ = _work({"left": ValueError("max_cost")})
    with pytest.raises(ValueError, match="max_cost"):
        run_isolated(call, ["left", "right"])


def test_no_sensor_gives_no_work():
    assert run_isolated(None, []) == ({}, {})
