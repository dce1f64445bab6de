import numpy as np
import pandas as pd
import pytest

from gaitmap.base._sensors import data_of_sensor, invert_result_dict, run_per_sensor, set_results
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


_LABELS = [("left", "acc_x"), ("left", "gyr_y"), ("right", "gyr_y"), ("right", "acc_x")]


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [0, 2, 1, 3], [0, 1, 2]])
@pytest.mark.parametrize("dtype", ["str", object, "category"])
@pytest.mark.parametrize("names", [[None, None], ["sensor", "axis"]])
def test_data_of_a_sensor_are_what_pandas_gives(order, dtype, names):
    columns = pd.MultiIndex.from_arrays(
        [pd.Index([_LABELS[i][level] for i in order], dtype=dtype) for level in (0, 1)], names=names
    )
    data = pd.DataFrame(np.arange(2.0 * len(order)).reshape(2, -1), columns=columns, index=[5, 7])
    for _ in range(2):
        for sensor in ("left", "right"):
            pd.testing.assert_frame_equal(
                data_of_sensor(data, sensor), data[sensor], check_names=True, check_column_type="exact"
            )
    with pytest.raises(KeyError):
        data_of_sensor(data, "middle")


def test_data_of_a_sensor_are_independent_in_labels_and_values():
    data = pd.concat({"left": _frame(1.0), "right": _frame(2.0)}, axis=1)
    part = data_of_sensor(data, "left")
    part.columns.name = "changed"
    part.iloc[0, 0] = 99
    assert data_of_sensor(data, "left").columns.name is None
    assert data["left"].to_numpy().tolist() == [[1.0], [1.0]]


def test_labels_that_are_equal_but_not_the_same_stay_apart():
    for labels in ([1, 0], [True, False], [1.0, 0.0], ["1", "0"]):
        columns = pd.MultiIndex.from_arrays([["left", "left"], pd.Index(labels, dtype=object)])
        data = pd.DataFrame(np.zeros((1, 2)), columns=columns)
        assert list(map(type, data_of_sensor(data, "left").columns)) == list(map(type, labels))
