import numpy as np
import pandas as pd
import pytest

from gaitmap.base._sensors import invert_result_dict, run_per_sensor, set_results
from gaitmap.utils.exceptions import MissingSensorError, ValidationError


def _sum(data, factor=None):
    return {"total": float(data.to_numpy().sum()) * (factor or 1)}


def _frame(value):
    return pd.DataFrame({"a": [value, value]})


def test_single_sensor_results_come_back_plain():
    assert run_per_sensor(_sum, "single", _frame(1), 3, stage="adding") == {"total": 6.0}


def test_results_of_many_sensors_keep_the_order_of_the_data():
    data = {"z": _frame(1), "a": _frame(2)}
    found = run_per_sensor(_sum, "multi", data, {"a": 10, "z": 1, "unused": 5}, stage="adding")
    assert list(found["total"].items()) == [("z", 2.0), ("a", 40.0)]


def test_two_level_frames_and_dicts_give_the_same():
    data = {"z": _frame(1), "a": _frame(2)}
    as_frame = pd.concat(data, axis=1)
    assert run_per_sensor(_sum, "multi", as_frame, stage="adding") == run_per_sensor(
        _sum, "multi", data, stage="adding"
    )


def test_a_missing_sensor_is_named_before_any_work():
    def fail(*_):
        raise AssertionError("must not run")

    with pytest.raises(MissingSensorError, match=r"adding: no entry for the sensor\(s\) \['b'\]") as error:
        run_per_sensor(fail, "multi", {"a": _frame(1), "b": _frame(1)}, {"a": 1}, stage="adding")
    assert isinstance(error.value, ValidationError)
    assert isinstance(error.value, KeyError)


def test_an_error_says_in_which_sensor_it_happened():
    def fail(data):
        raise ValueError("too short")

    with pytest.raises(ValueError, match="too short") as error:
        run_per_sensor(fail, "multi", {"left": _frame(1)}, stage="adding")
    assert "sensor 'left'" in error.value.__notes__[0]


def test_inversion_keeps_both_orders():
    assert list(invert_result_dict({"l": {"x": 1, "y": 2}, "r": {"x": 3}}).items()) == [
        ("x", {"l": 1, "r": 3}),
        ("y", {"l": 2}),
    ]


def test_results_get_one_trailing_underscore():
    class Thing:
        pass

    thing = Thing()
    set_results(thing, {"a": 1, "b_": np.pi})
    assert (thing.a_, thing.b_) == (1, np.pi)
