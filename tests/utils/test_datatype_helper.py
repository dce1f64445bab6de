import gc
import json
import weakref

import numpy as np
import pandas as pd
import pytest

from gaitmap.utils import datatype_helper as dh
from gaitmap.utils.consts import BF_ACC, BF_COLS, SF_ACC, SF_COLS, SF_GYR
from gaitmap.utils.exceptions import ValidationError


def _build(obj):
    if isinstance(obj, dict) and "dict" in obj:
        return {name: _build(part) for name, part in obj["dict"].items()}
    if not isinstance(obj, dict) or "columns" not in obj:
        return obj
    columns = obj["columns"]
    if columns and isinstance(columns[0], list):
        columns = pd.MultiIndex.from_tuples([tuple(c) for c in columns])
    data = [[np.nan if v == "nan" else v for v in row] for row in obj["data"]] if obj.get("data") is not None else None
    frame = pd.DataFrame(data, columns=columns)
    return frame.set_index(obj["index"]) if obj.get("index") else frame


def _kwargs(kwargs):
    return {k: tuple(v["tuple"]) if isinstance(v, dict) and "tuple" in v else v for k, v in kwargs.items()}


@pytest.mark.reference
def test_all_outcomes_equal_the_reference(reference_dir):
    cases = json.loads((reference_dir / "foundation" / "datatype_cases.json").read_text())
    failures = []
    for number, case in enumerate(cases):
        function = getattr(dh, case["function"])
        try:
            result = function(_build(case["obj"]), **_kwargs(case["kwargs"]))
        except Exception as error:  # noqa: BLE001 - the class of the exception is what is compared
            found = type(error).__name__
            expected = case.get("raises")
        else:
            found = result
            expected = case.get("result")
            if isinstance(result, pd.DataFrame):
                found = {"columns": list(result.columns), "index_names": list(result.index.names)}
        if found != expected:
            failures.append((number, case["function"], case["kwargs"], found, expected))
    assert not failures
    assert len(cases) == 1326


@pytest.fixture
def body_data():
    return pd.DataFrame(np.zeros((3, 6)), columns=BF_COLS)


def test_message_names_expected_columns_and_the_other_frame(body_data):
    with pytest.raises(ValidationError) as error:
        dh.is_sensor_data(body_data, frame="sensor")
    message = str(error.value)
    assert "neither single- or multi-sensor data." in message
    assert str(SF_COLS) in message
    assert "look like body frame data" in message
    assert "Single-Sensor" in message
    assert "Multi-Sensor" in message


def test_message_of_multi_sensor_data_names_the_sensor(body_data):
    with pytest.raises(ValidationError, match='for the sensor with the name "b"'):
        dh.is_multi_sensor_data({"a": body_data, "b": body_data[["acc_pa"]]}, raise_exception=True)


def test_column_levels_and_type_are_named(body_data):
    with pytest.raises(ValidationError, match="MultiIndex"):
        dh.is_single_sensor_data(pd.concat({"a": body_data}, axis=1), raise_exception=True)
    with pytest.raises(ValidationError, match=r"expected to be one of .*DataFrame"):
        dh.is_single_sensor_data([1, 2], raise_exception=True)
    with pytest.raises(ValidationError, match="does not contain any data"):
        dh.is_multi_sensor_data({}, raise_exception=True)


def test_sensor_names_come_in_order_of_appearance_and_only_those_present(body_data):
    frame = pd.concat({"z": body_data, "a": body_data, "m": body_data}, axis=1)
    assert list(dh.to_dict_multi_sensor_data(frame)) == ["z", "a", "m"]
    assert list(dh.to_dict_multi_sensor_data(frame[["z", "m"]])) == ["z", "m"]
    as_dict = {"a": body_data}
    assert dh.to_dict_multi_sensor_data(as_dict) is as_dict


def test_frames_of_sensors_may_differ_only_with_any_frame(body_data):
    data = {"a": body_data, "b": pd.DataFrame(np.zeros((3, 6)), columns=SF_COLS)}
    assert dh.is_multi_sensor_data(data)
    assert not dh.is_multi_sensor_data(data, frame="body")


def test_stride_must_start_at_the_event_of_its_type():
    strides = pd.DataFrame({"s_id": [4, 5], "start": [1, 10], "end": [9, 20], "min_vel": [1.0, 11.0]})
    with pytest.raises(ValidationError, match=r"(?s)start column is expected to be identical.*'?5'?"):
        dh.is_single_sensor_stride_list(strides, "min_vel", check_additional_cols=False, raise_exception=True)


def test_repeated_ids_are_named():
    strides = pd.DataFrame({"s_id": [4, 4], "start": [1, 10], "end": [9, 20]})
    with pytest.raises(ValidationError, match=r"expected to be unique.*4"):
        dh.is_single_sensor_stride_list(strides, raise_exception=True)


def test_wrong_options_raise_value_error_in_any_case(body_data):
    with pytest.raises(ValueError, match="frame"):
        dh.is_single_sensor_data(body_data, frame="other")
    with pytest.raises(ValueError, match="stride_type"):
        dh.is_single_sensor_stride_list(None, "other")
    with pytest.raises(ValueError, match="region_type"):
        dh.is_single_sensor_regions_of_interest_list(None, "other")
    with pytest.raises(ValueError, match="position_list_type"):
        dh.is_single_sensor_position_list(None, "other")


def test_set_correct_index_returns_the_same_object_when_nothing_is_to_do():
    frame = pd.DataFrame({"s_id": [1], "sample": [0], "x": [2]}).set_index(["s_id", "sample"])
    assert dh.set_correct_index(frame, ["s_id", "sample"]) is frame
    assert dh.set_correct_index(frame, ["sample", "s_id"]).index.names == ["sample", "s_id"]
    with pytest.raises(ValidationError, match="roi_id"):
        dh.set_correct_index(frame, ["roi_id"])


def test_set_correct_index_names_what_is_both_level_and_column():
    frame = pd.DataFrame({"s_id": [1], "x": [2]}, index=pd.MultiIndex.from_tuples([(7, 3)], names=["s_id", "k"]))
    with pytest.raises(ValidationError, match="s_id"):
        dh.set_correct_index(frame, ["s_id"])


def test_checks_do_not_read_the_samples_of_a_two_level_frame():
    columns = pd.MultiIndex.from_product([["left", "right"], BF_ACC])
    frame = pd.DataFrame(np.zeros((2, 6)), columns=columns)
    assert dh.is_sensor_data(frame, check_gyr=False) == "multi"


def test_checked_data_are_not_kept_alive():
    """They may be large; memory must not wait for the garbage collector."""
    data = pd.concat({"left": pd.DataFrame(np.zeros((3, 6)), columns=[*SF_ACC, *SF_GYR])}, axis=1)
    reference = weakref.ref(data)
    gc.disable()
    try:
        assert dh.is_sensor_data(data) == "multi"
        del data
        assert reference() is None
    finally:
        gc.enable()
