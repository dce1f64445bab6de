"""Caching of one inner step of an algorithm, as its ``memory`` parameter does."""

import gc
import io
import pickle
import shutil
import warnings
import weakref
from pathlib import Path

import joblib
import numpy as np
import pytest
from joblib import Memory, register_store_backend
from joblib._store_backends import StoreBackendBase, StoreBackendMixin

from gaitmap.caching._store import describe_entry
from gaitmap.utils.caching import (
    BoundedMemory,
    CacheStoreWarning,
    cache_function,
    cache_stats,
    cached_call_action,
    inspect_cache,
)
from tests.caching._toys import RAN, Scaler, multiply, multiply_and_warn, same_array, sample_data, two_arrays


@pytest.mark.parametrize("memory", [None, Memory(None)])
def test_no_memory_gives_the_function_itself(memory):
    assert cache_function(memory, multiply) is multiply


def test_first_call_computes_and_later_calls_load(memory, counts):
    values = np.arange(4.0)
    for expected in ((1, 0), (0, 1), (0, 1)):
        np.testing.assert_array_equal(cache_function(memory, multiply)(values, 2.0), [0, 2, 4, 6])
        assert counts() == expected
    assert RAN == ["multiply"]


def test_later_stages_reuse_the_inner_result(memory, counts):
    """R5: what a parameter of a later stage changes is computed anew, the inner step is loaded."""
    full = Scaler(memory=memory).scale(sample_data())
    assert counts() == (1, 0)
    limited = Scaler(limit=0.5, memory=memory).scale(sample_data())
    assert counts() == (0, 1)
    np.testing.assert_array_equal(limited.scaled_, np.minimum(full.scaled_, 0.5))


def test_output_lines_follow_the_verbosity_of_the_memory(tmp_path, capsys):
    for verbose, calling, loading in ((0, 0, 0), (1, 1, 0), (2, 1, 1)):
        memory = Memory(str(tmp_path / str(verbose)), verbose=verbose)
        for _ in range(2):
            cache_function(memory, multiply)(np.ones(2), 1.0)
        out = capsys.readouterr().out
        assert out.count("[Memory] Calling tests.caching._toys.multiply...") == calling
        assert out.count(": Loading multiply") == loading


def test_spelling_and_layout_of_the_arguments_do_not_matter(memory, counts):
    values = np.random.default_rng(0).normal(size=(4, 3))
    cache_function(memory, multiply)(values, 2.0)
    cache_function(memory, multiply)(factor=np.float64(2), values=np.asfortranarray(values))
    read_only = values.copy()
    read_only.setflags(write=False)
    cache_function(memory, multiply)(read_only, factor=2.0)

    assert counts() == (1, 2)


@pytest.mark.parametrize("compress", [False, True, ("zlib", 5), ("gzip", 1), ("xz", 1)])
def test_compression_of_the_memory_is_honoured(tmp_path, compress):
    memory = Memory(str(tmp_path), verbose=0, compress=compress)
    for _ in range(2):
        np.testing.assert_array_equal(cache_function(memory, multiply)(np.ones(10_000), 2.0), np.full(10_000, 2.0))
    (entry,) = tmp_path.rglob("output.pkl")

    assert RAN == ["multiply"]
    assert (entry.stat().st_size < 10_000) == bool(compress)


@pytest.mark.parametrize("mmap_mode", ["r", "c"])
def test_arrays_are_mapped_on_the_first_and_on_later_calls(tmp_path, mmap_mode):
    memory = Memory(str(tmp_path), verbose=0, mmap_mode=mmap_mode)
    for _ in range(2):
        result = cache_function(memory, multiply)(np.ones(10_000), 2.0)
        assert isinstance(result, np.memmap)
        assert result.flags.writeable == (mmap_mode == "c")
        np.testing.assert_array_equal(result, 2.0)


def test_clear_and_reduce_size_of_joblib_work(memory, counts):
    cached = cache_function(memory, multiply)
    for remove in (lambda: memory.clear(warn=False), lambda: memory.reduce_size(items_limit=0), cached.clear):
        cached(np.ones(2), 1.0)
        assert counts() == (1, 0)
        remove()
    assert list(Path(memory.location).rglob("output.pkl")) == []


def test_shelving_and_looking_up(memory):
    cached = cache_function(memory, multiply)
    assert not cached.check_call_in_cache(np.ones(2), 1.0)
    for _ in range(2):
        np.testing.assert_array_equal(cached.call_and_shelve(np.ones(2), 1.0).get(), 1.0)
    assert cached.check_call_in_cache(np.ones(2), 1.0)
    assert RAN == ["multiply"]


def test_result_is_writeable_and_independent_on_the_first_and_on_later_calls(memory):
    values = np.ones(3)
    for _ in range(3):
        result = cache_function(memory, same_array)(values)
        result += 1
        np.testing.assert_array_equal(values, 1.0)
        np.testing.assert_array_equal(result, 2.0)


def test_warnings_of_the_computation_are_raised_again_on_hits(memory):
    for _ in range(3):
        with pytest.warns(RuntimeWarning, match="suspicious") as caught:
            cache_function(memory, multiply_and_warn)(np.ones(2), 1.0)
        assert [Path(warning.filename).name for warning in caught] == ["_toys.py"]
    assert RAN == ["multiply_and_warn"]


def test_warnings_silenced_on_the_first_call_are_raised_on_hits(memory):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("ignore")
        cache_function(memory, multiply_and_warn)(np.ones(2), 1.0)
    assert caught == []
    with pytest.warns(RuntimeWarning, match="suspicious"):
        cache_function(memory, multiply_and_warn)(np.ones(2), 1.0)


def test_warnings_of_an_inner_cache_are_not_stored_with_an_outer_result(memory, tmp_path):
    inner = BoundedMemory(str(tmp_path / "inner"), bytes_limit=10, verbose=0)
    with pytest.warns(CacheStoreWarning):
        cached_call_action(Scaler(memory=inner), memory, sample_data())
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cached_call_action(Scaler(memory=inner), memory, sample_data())


def test_warnings_turned_into_errors_stop_the_computation_and_store_nothing(memory):
    for _ in range(2):
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with pytest.raises(RuntimeWarning):
                cache_function(memory, multiply_and_warn)(np.ones(2), 1.0)
    assert list(Path(memory.location).rglob("output.pkl")) == []


def test_filters_are_as_before_after_a_call(memory):
    with warnings.catch_warnings(record=True):
        warnings.simplefilter("always")
        before = list(warnings.filters), warnings.showwarning
        cache_function(memory, multiply_and_warn)(np.ones(2), 1.0)
        assert (list(warnings.filters), warnings.showwarning) == before


def test_wrong_arguments_raise_the_error_of_the_function(memory):
    with pytest.raises(TypeError, match=r"multiply\(\) missing 1 required positional argument: 'factor'"):
        cache_function(memory, multiply)(np.ones(2))


def test_arguments_are_described_but_not_written(memory):
    cache_function(memory, multiply)(np.full(3, 12345.678), 2.0)
    (entry,) = inspect_cache(memory)

    assert b"12345" not in entry.path.joinpath("output.pkl").read_bytes()
    assert describe_entry(entry)["arguments"] == {"values": "ndarray (3,)", "factor": "2.0"}


def test_entries_are_named_by_exactly_32_digits(memory):
    cache_function(memory, multiply)(np.ones(2), 2.0)
    (entry,) = Path(memory.location).rglob("output.pkl")

    assert len(entry.parent.name) == 32
    assert int(entry.parent.name, 16) >= 0


def test_statistics_count_what_happened(memory, tmp_path):
    other = Memory(str(tmp_path / "other"), verbose=0)
    for _ in range(3):
        cache_function(memory, multiply)(np.ones(1000), 2.0)
    cache_function(other, multiply)(np.ones(1000), 2.0)
    stats = cache_stats(memory).loc["tests.caching._toys.multiply"]

    assert stats[["hits", "misses", "corrupt", "not_stored"]].tolist() == [2, 1, 0, 0]
    assert stats["bytes_read"] == 2 * stats["bytes_written"] > 16_000
    assert stats["seconds_computing"] > 0
    assert stats["seconds_loading"] > 0
    assert cache_stats().loc["tests.caching._toys.multiply", "misses"] >= 2


def test_statistics_can_be_reset(memory):
    cache_function(memory, multiply)(np.ones(2), 2.0)

    assert len(cache_stats(memory, reset=True)) == 1
    assert len(cache_stats(memory)) == 0
    assert len(cache_stats(Memory(None))) == 0


def test_argument_that_cannot_be_hashed_is_computed_with_a_warning(memory):
    class Odd:
        def __reduce__(self):
            raise RuntimeError("no")

        def __mul__(self, other):
            return other

    with pytest.warns(CacheStoreWarning, match="cannot be hashed"):
        assert cache_function(memory, multiply)(Odd(), 3.0) == 3.0


class OtherStore(StoreBackendBase, StoreBackendMixin):
    """A store that turns around the bits of what it writes, as one that encrypts would."""

    def configure(self, location, verbose=0, backend_options=None):
        self.location = location
        self.verbose = verbose
        self.compress = False

    def _open_item(self, name, mode):
        def turned(content):
            return bytes(255 - byte for byte in content)

        if mode == "rb":
            return io.BytesIO(turned(Path(name).read_bytes()))

        class Writer(io.BytesIO):
            def close(self):
                Path(name).write_bytes(turned(self.getvalue()))
                super().close()

        return Writer()

    def _item_exists(self, location):
        return Path(location).exists()

    def _move_item(self, src, dst):
        Path(src).replace(dst)

    def create_location(self, location):
        Path(location).mkdir(parents=True, exist_ok=True)

    def clear_location(self, location):
        shutil.rmtree(location, ignore_errors=True)

    def get_items(self):
        return []


def test_stores_of_other_kinds_work(tmp_path, counts):
    register_store_backend("turned", OtherStore)
    memory = Memory(str(tmp_path), backend="turned", verbose=2)
    for expected in ((1, 0), (0, 1), (0, 1)):
        with pytest.warns(RuntimeWarning, match="suspicious"):
            result = cache_function(memory, multiply_and_warn)(np.ones(3), 2.0)
        np.testing.assert_array_equal(result, 2.0)
        assert counts() == expected
    assert RAN == ["multiply_and_warn"]
    assert not list(tmp_path.rglob("gaitmap.*"))


def test_memorised_function_can_be_sent_to_another_process(memory, counts):
    for _ in range(2):
        cached = pickle.loads(pickle.dumps(cache_function(memory, multiply)))
        np.testing.assert_array_equal(cached(np.ones(2), 3.0), 3.0)
    assert counts() == (1, 1)


def test_memorised_function_is_called_what_the_function_is_called(memory):
    cached = cache_function(memory, multiply)

    assert (cached.__name__, cached.__module__, cached.func) == ("multiply", multiply.__module__, multiply)


def test_small_arrays_are_read_by_joblib_too(memory):
    result = cache_function(memory, two_arrays)(5)
    (payload,) = Path(memory.location).rglob("output.pkl")

    for array, loaded in zip(result, joblib.load(payload), strict=True):
        np.testing.assert_array_equal(array, loaded)


@pytest.mark.parametrize("n", [0, 5, 100_000])
@pytest.mark.parametrize("verbose", [0, 2])
def test_arrays_are_the_same_on_the_first_and_on_later_calls(tmp_path, n, verbose):
    memory = Memory(str(tmp_path), verbose=verbose)
    first, second, third = (cache_function(memory, two_arrays)(n) for _ in range(3))
    second[0][...] = 99
    for array, loaded in zip(first, third, strict=True):
        np.testing.assert_array_equal(array, loaded)
        assert array.dtype == loaded.dtype
        for flag in ("WRITEABLE", "ALIGNED", "C_CONTIGUOUS", "F_CONTIGUOUS"):
            assert array.flags[flag] == loaded.flags[flag]
    assert RAN == ["two_arrays"]


def test_function_is_not_kept_alive_by_the_cache(memory):
    def local(x):
        return x

    cached = cache_function(memory, local)
    assert cached(3) == 3
    reference = weakref.ref(local)
    del cached, local
    gc.collect()
    assert reference() is None
