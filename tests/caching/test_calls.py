"""Calls of methods and actions of an algorithm through the cache."""

import inspect

import joblib
import numpy as np
import pandas as pd
import pytest
from joblib import Memory
from pandas.testing import assert_frame_equal
from tpcp import get_action_params, get_results, is_action_applied

from gaitmap.utils.caching import CacheStoreWarning, cached_call_action, cached_call_method
from tests.caching._toys import RAN, GivesSomethingElse, Pipeline, Scaler, sample_data

NO_MEMORY = [None, Memory(None)]


def _stored_files(memory):
    from pathlib import Path

    return list(Path(memory.location).rglob("output.pkl"))


# Both -----------------------------------------------------------------------------------------------------------------


def _by_method(algorithm, memory, *args, **kwargs):
    return cached_call_method(algorithm, "scale", memory, *args, **kwargs)


@pytest.mark.parametrize("call", [_by_method, cached_call_action])
class TestBothWays:
    def test_second_call_loads(self, call, memory, counts):
        data = sample_data()
        first = call(Scaler(), memory, data)
        assert counts() == (1, 0)
        second = call(Scaler(), memory, data)
        assert counts() == (0, 1)
        assert RAN.count("scale") == 1
        assert_frame_equal(first.scaled_, second.scaled_)

    def test_a_new_memory_on_the_folder_finds_the_entry(self, call, memory, counts):
        call(Scaler(), memory, sample_data())
        counts()
        call(Scaler(), Memory(memory.location, verbose=2), sample_data())
        assert counts() == (0, 1)

    def test_results_on_the_instance_do_not_matter(self, call, memory, counts):
        call(Scaler(), memory, sample_data())
        counts()
        call(Scaler().scale(sample_data(seed=5)), memory, sample_data())
        assert counts() == (0, 1)

    @pytest.mark.parametrize(
        ("args", "kwargs"),
        [
            ((), {"data": sample_data()}),
            ((sample_data(), 1.0), {}),
            ((sample_data(),), {"sampling_rate_hz": np.float64(1.0)}),
            ((), {"weights": None, "sampling_rate_hz": 1.0, "data": sample_data()}),
        ],
    )
    def test_spelling_of_the_arguments_does_not_matter(self, call, memory, counts, args, kwargs):
        call(Scaler(), memory, sample_data())
        counts()
        call(Scaler(), memory, *args, **kwargs)
        assert counts() == (0, 1)

    def test_order_of_extra_arguments_does_not_matter(self, call, memory, counts):
        call(Scaler(), memory, sample_data(), x=1, y=2)
        counts()
        call(Scaler(), memory, sample_data(), y=2, x=1)
        assert counts() == (0, 1)

    @pytest.mark.parametrize(
        ("algorithm", "data", "kwargs"),
        [
            (Scaler(3.0), sample_data(), {}),
            (Scaler(2), sample_data(), {}),
            (Scaler(), sample_data(seed=1), {}),
            (Scaler(), sample_data(), {"sampling_rate_hz": 2.0}),
            (Scaler(), sample_data(), {"extra": 1}),
        ],
    )
    def test_anything_else_is_computed(self, call, memory, counts, algorithm, data, kwargs):
        call(Scaler(), memory, sample_data())
        counts()
        call(algorithm, memory, data, **kwargs)
        assert counts() == (1, 0)

    def test_the_instance_is_not_modified(self, call, memory):
        scaler = Scaler(memory=memory)
        before = joblib.hash(scaler)
        for _ in range(2):
            result = call(scaler, memory, sample_data())
            assert result is not scaler
            assert joblib.hash(scaler) == before

    def test_joblib_hash_is_the_same_uncached_computed_and_loaded(self, call, memory):
        data = sample_data()
        results = [Scaler().scale(data), call(Scaler(), memory, data), call(Scaler(), memory, data)]
        assert len({joblib.hash(result) for result in results}) == 1

    def test_every_hit_is_independent(self, call, memory):
        for _ in range(3):
            result = call(Scaler(), memory, sample_data())
            assert_frame_equal(result.scaled_, sample_data() * 2)
            result.scaled_.iloc[:] = 0
            result._product[:] = 0
            result.factor = 100

    def test_tpcp_sees_an_algorithm_that_has_run(self, call, memory):
        data = sample_data()
        for _ in range(2):
            result = call(Scaler(), memory, data)
            assert is_action_applied(result)
            assert set(get_results(result)) == {"scaled_", "same_", "sum_"}
            assert set(get_action_params(result)) == {"data", "sampling_rate_hz", "weights", "kwargs"}
            assert result.sum_ == Scaler().scale(data).sum_

    @pytest.mark.parametrize("memory", NO_MEMORY)
    def test_without_memory_the_method_runs_on_a_copy(self, call, memory, counts):
        scaler = Scaler()
        for _ in range(2):
            assert call(scaler, memory, sample_data()) is not scaler
        assert RAN.count("scale") == 2
        assert counts() == (0, 0)
        assert not hasattr(scaler, "scaled_")

    def test_memory_parameters_do_not_enter_the_key(self, call, memory, tmp_path, counts):
        call(Scaler(), memory, sample_data())
        counts()
        for other in (memory, Memory(str(tmp_path / "other"), verbose=0)):
            call(Scaler(memory=other), memory, sample_data())
            assert counts() == (0, 1)

    def test_the_result_carries_the_memory_of_the_caller(self, call, memory, tmp_path):
        other = Memory(str(tmp_path / "other"), verbose=0)
        for own in (memory, other, None, memory):
            result = call(Scaler(memory=own), memory, sample_data())
            assert (result.memory is None) == (own is None)
            assert own is None or result.memory.location == own.location

    def test_memories_of_nested_algorithms_are_those_of_the_caller(self, memory, call):
        if call is _by_method:
            call = lambda algorithm, mem, data: cached_call_method(algorithm, "run", mem, data)  # noqa: E731
        for own in (None, memory, None):
            pipeline = Pipeline(scaler=Scaler(memory=own), steps=[("first", Scaler(memory=own))])
            result = call(pipeline, memory, sample_data())
            for nested in (result.scaler, result.steps[0][1]):
                assert (nested.memory is None) == (own is None)

    def test_no_memory_is_stored(self, call, memory):
        call(Scaler(memory=memory), memory, sample_data())
        folder = memory.location.encode()
        assert all(folder not in path.read_bytes() for path in _stored_files(memory))

    def test_the_inner_cache_is_used_while_computing(self, call, memory, counts):
        call(Scaler(memory=memory), memory, sample_data())
        assert counts() == (2, 0)
        call(Scaler(memory=memory, limit=0.0), memory, sample_data())
        assert counts() == (1, 1)

    def test_errors_pass_unchanged_and_store_nothing(self, call, memory):
        for _ in range(2):
            with pytest.raises(ZeroDivisionError, match="no such rate"):
                call(Scaler(), memory, sample_data(), sampling_rate_hz=-1)
        assert _stored_files(memory) == []

    def test_wrong_arguments_raise_the_error_of_the_method(self, call, memory):
        with pytest.raises(TypeError, match=r"scale\(\) missing 1 required positional argument: 'data'"):
            call(Scaler(), memory)
        with pytest.raises(TypeError, match="multiple values for argument 'data'"):
            call(Scaler(), memory, sample_data(), data=sample_data())

    def test_arguments_that_cannot_be_hashed_are_computed_with_one_warning(self, call, memory):
        generator = (x for x in [1])
        with pytest.warns(CacheStoreWarning, match="cannot be hashed") as caught:
            results = [call(Scaler(), memory, sample_data(), extra=generator) for _ in range(2)]
        assert [result.kwargs["extra"] is generator for result in results] == [True, True]
        assert len(caught) == 1
        assert _stored_files(memory) == []

    def test_leading_names_can_be_keywords_and_do_not_collide(self, call, memory):
        kwargs = {"_method_name": "scale"} if call is _by_method else {"_action_name": "scale"}
        function = cached_call_method if call is _by_method else cached_call_action
        result = function(_algo=Scaler(), _memory=memory, data=sample_data(), algo=1, memory=2, **kwargs)
        assert result.kwargs == {"algo": 1, "memory": 2}


# Methods --------------------------------------------------------------------------------------------------------------


def test_any_return_value_of_a_method_is_kept(memory, counts):
    values = [cached_call_method(Scaler(), "total", memory, sample_data()) for _ in range(2)]

    assert values[0] == values[1] == Scaler().total(sample_data())
    assert counts() == (1, 1)
    assert RAN.count("total") == 2


def test_unknown_method_raises_before_anything_is_stored(memory):
    with pytest.raises(AttributeError, match="segment"):
        cached_call_method(Scaler(), "segment", memory, sample_data())

    assert _stored_files(memory) == []


def test_result_that_cannot_be_pickled_is_returned_with_one_warning(memory):
    with pytest.warns(CacheStoreWarning, match="cannot be pickled") as caught:
        results = [cached_call_method(Scaler(), "give_lock", memory, sample_data()) for _ in range(2)]

    assert all(result["lock"].acquire(blocking=False) for result in results)
    assert len(caught) == 1
    assert issubclass(CacheStoreWarning, UserWarning)
    assert _stored_files(memory) == []


def test_methods_have_their_own_entries(memory, counts):
    cached_call_method(Scaler(), "scale", memory, sample_data())
    cached_call_method(Scaler(), "shrink", memory, sample_data())
    cached_call_action(Scaler(), memory, sample_data())

    assert counts() == (3, 0)


# Actions --------------------------------------------------------------------------------------------------------------


def test_inputs_of_the_result_are_the_objects_of_the_caller(memory):
    for _ in range(2):
        data = sample_data()
        weights = np.ones(3)
        result = cached_call_action(Scaler(), memory, data, weights=weights)

        assert result.data is data
        assert result.same_ is data
        assert result.weights is weights


def test_neither_input_data_nor_parameters_are_stored(memory):
    data = sample_data(100_000)
    cached_call_action(Scaler(), memory, data, _action_name="shrink", _result_names="scaled_")
    cached_call_method(Scaler(), "shrink", memory, data)
    small, large = sorted(path.stat().st_size for path in _stored_files(memory))

    assert small < 1.01 * data.to_numpy().nbytes
    assert large > 1.99 * data.to_numpy().nbytes


def test_property_results_are_computed_from_the_restored_state(memory):
    for _ in range(2):
        result = cached_call_action(Scaler(), memory, sample_data())
        assert "sum_" not in vars(result)
        assert result.sum_ == pytest.approx(2 * sample_data().to_numpy().sum())


def test_all_instance_attributes_are_the_same_on_a_hit(memory):
    results = [cached_call_action(Scaler(), memory, sample_data(), x=3) for _ in range(2)]

    assert list(vars(results[0])) == list(vars(results[1]))


@pytest.mark.parametrize("name", [None, "scale"])
def test_first_action_is_the_default(memory, counts, name):
    cached_call_action(Scaler(), memory, sample_data(), _action_name=name)
    cached_call_action(Scaler(), memory, sample_data())

    assert counts() == (1, 1)


def test_other_actions_can_be_chosen(memory):
    result = cached_call_action(Scaler(), memory, sample_data(), _action_name="shrink")

    assert_frame_equal(result.scaled_, sample_data() / 2)


def test_what_is_no_action_is_refused_with_the_valid_names(memory):
    with pytest.raises(ValueError, match=r"'total'.*'scale', 'shrink'"):
        cached_call_action(Scaler(), memory, sample_data(), _action_name="total")


@pytest.mark.parametrize("memory_or_none", ["memory", None])
def test_action_must_return_the_instance(memory, memory_or_none):
    with pytest.raises(TypeError, match="return self"):
        cached_call_action(GivesSomethingElse(), memory if memory_or_none else None, sample_data())

    assert _stored_files(memory) == []


@pytest.mark.parametrize("memory", [*NO_MEMORY, "real"])
def test_chosen_results_come_as_a_dictionary_in_the_order_asked_for(memory, tmp_path):
    memory = Memory(str(tmp_path), verbose=0) if memory == "real" else memory
    for names in (("sum_", "scaled_"), ["scaled_", "sum_", "scaled_"], ("sum_", "scaled_")):
        values = cached_call_action(Scaler(), memory, sample_data(), _result_names=names)
        assert list(values) == list(dict.fromkeys(names))
        assert_frame_equal(values["scaled_"], sample_data() * 2)


def test_a_single_name_gives_a_dictionary_too(memory):
    assert list(cached_call_action(Scaler(), memory, sample_data(), _result_names="sum_")) == ["sum_"]


def test_order_and_duplicates_of_names_do_not_matter_for_the_key(memory, counts):
    for names in (("sum_", "scaled_"), ("scaled_", "sum_"), ["scaled_", "sum_", "sum_"]):
        cached_call_action(Scaler(), memory, sample_data(), _result_names=names)

    assert counts() == (1, 2)


def test_entry_with_all_results_serves_some_of_them(memory, counts):
    cached_call_action(Scaler(), memory, sample_data())
    counts()
    values = cached_call_action(Scaler(), memory, sample_data(), _result_names="sum_")

    assert counts() == (0, 1)
    assert values == {"sum_": Scaler().scale(sample_data()).sum_}


def test_only_chosen_results_are_stored(memory):
    cached_call_action(Scaler(), memory, sample_data(10_000), _result_names="sum_")

    assert [path.stat().st_size < 1500 for path in _stored_files(memory)] == [True]


@pytest.mark.parametrize("name", ["stride_list_", "scaled", "factor", "__class__", "_x"])
def test_unknown_result_is_refused_with_what_exists(memory, name):
    for mem in (memory, None):
        with pytest.raises(ValueError, match=rf"'{name}'.*'same_', 'scaled_', 'sum_'"):
            cached_call_action(Scaler(), mem, sample_data(), _result_names=["sum_", name])

    assert _stored_files(memory) == []


def test_signatures_are_those_of_the_documentation():
    assert str(inspect.signature(cached_call_method)).startswith("(_algo: Any, _method_name: str, _memory: ")
    assert list(inspect.signature(cached_call_action).parameters) == [
        "_algo",
        "_memory",
        "args",
        "_action_name",
        "_result_names",
        "kwargs",
    ]


def test_layout_of_the_data_does_not_matter(memory, counts):
    data = sample_data()
    other = pd.concat([data[["a"]], data[["b", "c"]]], axis=1)
    other.columns = other.columns.astype(object)
    cached_call_action(Scaler(), memory, data)
    result = cached_call_action(Scaler(), memory, other)

    assert counts() == (1, 1)
    assert result.data is other
