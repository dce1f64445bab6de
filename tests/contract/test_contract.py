"""The promises that every algorithm class makes."""

import inspect
import json
import subprocess
import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
import tpcp
from numpydoc.docscrape import NumpyDocString
from scipy.spatial.transform import Rotation

from gaitmap.base import BaseAlgorithm
from tests.contract._walk import make_walk
from tests.contract.cases import all_cases

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning", "ignore:`segmented_event_list_`:DeprecationWarning")
ALL_CASES = all_cases()


def _each(cases):
    return pytest.mark.parametrize("case", [pytest.param(case, id=case.label, marks=case.marks) for case in cases])


each_class = _each(ALL_CASES)
each_class_with_parameters = _each([case for case in ALL_CASES if case.make().get_params(deep=False)])
each_class_for_one_or_two_feet = _each([case for case in ALL_CASES if case.sensors == "both"])
SITUATIONS = ("empty", "one_sample", "nan_gap", "no_strides")


def _usual_walk(case):
    return make_walk().single() if case.sensors == "single" else make_walk()


def _results(algorithm):
    return {name: _comparable(value) for name, value in tpcp.get_results(algorithm).items()}


def _comparable(value):
    """Hash-stable form: nested algorithms are compared by their own results, rotations by their quaternions."""
    if isinstance(value, dict):
        return {key: _comparable(entry) for key, entry in value.items()}
    if isinstance(value, Rotation):
        return value.as_quat()
    if isinstance(value, tpcp.BaseTpcpObject):
        return {"type": type(value).__name__, **_results(value)} if hasattr(value, "_action_methods") else None
    return value


def _assert_same(found, expected, where=""):
    if isinstance(expected, dict):
        assert list(found) == list(expected), where
        for key in expected:
            _assert_same(found[key], expected[key], f"{where}[{key!r}]")
    elif isinstance(expected, pd.DataFrame):
        pd.testing.assert_frame_equal(found, expected, check_exact=True, obj=where)
    elif isinstance(expected, pd.Series):
        pd.testing.assert_series_equal(found, expected, check_exact=True, obj=where)
    elif isinstance(expected, np.ndarray):
        np.testing.assert_array_equal(found, expected, err_msg=where)
    else:
        assert joblib.hash(found) == joblib.hash(expected), where


def _fingerprint(case, walk):
    return joblib.hash(
        [joblib.hash(part) for part in (walk.sensor_frame, walk.body_frame, walk.segmented, walk.min_vel)]
    )


@each_class
def test_parameters_are_stored_untouched_and_shown(case):
    algorithm = case.make()
    for name in algorithm.get_params(deep=False):
        marker = object()
        assert getattr(algorithm.clone().set_params(**{name: marker}), name) is marker


@each_class
def test_unknown_parameters_are_refused_by_name(case):
    with pytest.raises((ValueError, TypeError), match="no_such_parameter"):
        case.make().set_params(no_such_parameter=1)


@each_class
def test_clones_and_equal_instances_have_equal_hashes(case):
    assert joblib.hash(case.make()) == joblib.hash(case.make()) == joblib.hash(case.make().clone())


@each_class_with_parameters
def test_a_changed_parameter_changes_the_hash(case):
    algorithm = case.make()
    assert case.changed
    changed = case.make().set_params(**case.changed)
    assert joblib.hash(changed) != joblib.hash(algorithm)


@each_class
def test_instances_share_no_default(case):
    first, second = case.make(), case.make()
    for name, value in first.get_params(deep=False).items():
        if isinstance(value, BaseAlgorithm | np.ndarray | list | dict) and not inspect.isfunction(value):
            assert value is not getattr(second, name)


@each_class
def test_json_brings_back_equal_parameters(case):
    algorithm = case.make()
    again = BaseAlgorithm.from_json(algorithm.to_json())
    assert type(again) is type(algorithm)
    assert again.to_json() == algorithm.to_json()
    assert joblib.hash(again) == joblib.hash(BaseAlgorithm.from_json(again.to_json()))


@each_class
def test_action_returns_the_instance_and_keeps_its_inputs(case):
    algorithm = case.make()
    assert case.call(algorithm, _usual_walk(case)) is algorithm
    assert tpcp.get_action_params(algorithm)


@each_class
def test_neither_parameters_nor_inputs_are_changed(case):
    walk, algorithm = _usual_walk(case), case.make()
    before, data_before = joblib.hash(algorithm.clone()), _fingerprint(case, walk)
    nested = {name: joblib.hash(value) for name, value in algorithm.get_params(deep=False).items()}
    case.call(algorithm, walk)
    assert _fingerprint(case, walk) == data_before
    assert joblib.hash(algorithm.clone()) == before
    assert {name: joblib.hash(value) for name, value in algorithm.get_params(deep=False).items()} == nested


@each_class
def test_a_run_changes_the_hash_and_reading_results_does_not(case):
    algorithm = case.make()
    before = joblib.hash(algorithm)
    case.call(algorithm, _usual_walk(case))
    after = joblib.hash(algorithm)
    assert after != before
    _results(algorithm)
    assert joblib.hash(algorithm) == after


@each_class
def test_a_second_run_gives_the_same_results(case):
    walk, algorithm = _usual_walk(case), case.make()
    first = _results(case.call(algorithm, walk))
    _assert_same(_results(case.call(algorithm, walk)), first)


@each_class
def test_read_only_arrays_give_the_same_results(case):
    walk = _usual_walk(case)
    expected = _results(case.call(case.make(), walk))
    _assert_same(_results(case.call(case.make(), walk.read_only())), expected)


@each_class_for_one_or_two_feet
def test_each_sensor_alone_gives_what_both_together_give(case):
    walk = make_walk()
    together = _results(case.call(case.make(), walk))
    for sensor in walk.sensor_frame:
        alone = _results(case.call(case.make(), walk.single(sensor)))
        for name, value in alone.items():
            if isinstance(together[name], dict) and sensor in together[name]:
                _assert_same(value, together[name][sensor], name)
    assert any(isinstance(value, dict) for value in together.values())


@each_class
def test_documentation_lists_exactly_parameters_results_and_inputs(case):
    algorithm = case.make()
    doc = NumpyDocString(inspect.getdoc(type(algorithm)) or "")
    assert doc["Summary"]
    assert _names(doc["Parameters"]) == set(algorithm.get_params(deep=False))
    case.call(algorithm, _usual_walk(case))
    assert _names(doc["Other Parameters"]) == set(tpcp.get_action_params(algorithm))
    assert _names(doc["Attributes"]) == set(tpcp.get_results(algorithm))


def _names(section):
    # One entry per name: tools that read docstrings (tpcp's own tests among them) do not split entries.
    return {entry.name or entry.type for entry in section}


@each_class
def test_the_action_can_be_repeated_with_its_stored_inputs(case):
    algorithm = case.call(case.make(), _usual_walk(case))
    expected = _results(algorithm)
    method = tpcp.get_action_method(algorithm)
    repeated = method(**tpcp.get_action_params(algorithm))
    assert repeated is algorithm
    _assert_same(_results(algorithm), expected)


@pytest.mark.parametrize(
    ("case", "situation"),
    [
        pytest.param(case, situation, id=f"{case.label}-{situation}", marks=case.marks)
        for case in ALL_CASES
        for situation in SITUATIONS
        if getattr(case, situation) is not None
    ],
)
def test_unusual_input_gives_what_the_specification_says(case, situation):
    walk = getattr(_usual_walk(case), situation)()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        getattr(case, situation).verify(lambda w: case.call(case.make(), w), walk)


def test_only_a_class_without_stride_list_leaves_an_unusual_input_open():
    open_points = [situation for case in ALL_CASES for situation in SITUATIONS if getattr(case, situation) is None]
    assert set(open_points) <= {"no_strides"}


def test_json_is_read_in_a_process_that_has_imported_nothing_else():
    """One process for all classes: each start costs more than all the work in it."""
    instances = [case.make() for case in ALL_CASES]
    texts = [instance.to_json() for instance in instances if type(instance).__module__.startswith("gaitmap")]
    code = (
        "import json, sys\nfrom gaitmap.base import BaseAlgorithm\n"
        "texts = json.load(sys.stdin)\n"
        "print(json.dumps([BaseAlgorithm.from_json(t).to_json() for t in texts]))"
    )
    run = subprocess.run(
        [sys.executable, "-c", code], input=json.dumps(texts), capture_output=True, text=True, check=True
    )
    assert json.loads(run.stdout) == texts
