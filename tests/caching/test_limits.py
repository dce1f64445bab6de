"""Limits of a cache, and the list of what is in it."""

import os
import pickle
import warnings
from datetime import UTC, datetime, timedelta
from pathlib import Path

import joblib
import numpy as np
import pytest
from joblib import Memory

import gaitmap
from gaitmap.caching import (
    BoundedMemory,
    CacheStoreWarning,
    NotACacheError,
    _limits,
    cache_function,
    cached_call_action,
    enforce_limits,
    inspect_cache,
)
from tests.caching._toys import RAN, Scaler, multiply, sample_data

NAME = "tests.caching._toys.multiply"


def _fill(memory, n, size=1000):
    for factor in range(n):
        cache_function(memory, multiply)(np.ones(size), float(factor))


def _factors(memory):
    """Return which of the entries of `_fill` are there, by loading the stored arrays."""
    return sorted(int(joblib.load(entry.path / "output.pkl")[0]) for entry in inspect_cache(memory))


def _set_last_use(entry, age: timedelta) -> None:
    seconds = (datetime.now(tz=UTC) - age).timestamp()
    for path in entry.path.iterdir():
        os.utime(path, (seconds, seconds))


# What is in a cache ---------------------------------------------------------------------------------------------------


def test_entries_are_listed_with_all_that_is_known(memory):
    before = datetime.now(tz=UTC) - timedelta(seconds=1)
    for _ in range(3):
        cache_function(memory, multiply)(np.ones(1000), 1.0)
    (entry,) = inspect_cache(memory)

    assert (entry.function, entry.hits, entry.stale, entry.checksum) == (NAME, 2, False, "ok")
    assert entry.package_version == gaitmap.__version__
    assert len(entry.digest) == 32
    assert 8000 < entry.size < 11_000
    assert before <= entry.created <= entry.last_used <= datetime.now(tz=UTC) + timedelta(seconds=1)


@pytest.mark.parametrize("as_path", [True, False])
@pytest.mark.parametrize("filled", [True, False])
def test_a_cache_is_recognised_by_memory_by_folder_and_by_its_store(tmp_path, as_path, filled):
    memory = Memory(tmp_path if as_path else str(tmp_path), verbose=0)
    _fill(memory, 2 * filled)
    if not filled and not (tmp_path / ".gitignore").exists():
        pytest.skip("this version of joblib does not mark empty folders")

    for location in (memory, tmp_path, str(tmp_path), memory.store_backend.location):
        assert len(inspect_cache(location)) == 2 * filled


def test_store_without_marker_is_recognised_by_its_files(tmp_path):
    _fill(Memory(str(tmp_path), verbose=0), 2)
    (tmp_path / ".gitignore").unlink(missing_ok=True)

    assert len(inspect_cache(tmp_path)) == 2


def test_other_folders_are_refused(tmp_path):
    project = tmp_path / "project"
    _fill(Memory(str(project / "results" / "cache"), verbose=0), 1)
    (project / "notes.txt").write_text("precious")
    (tmp_path / "empty").mkdir()
    (tmp_path / "joblib").mkdir()
    (tmp_path / "joblib" / "memory.py").write_text("the source of joblib")

    for folder in (project, tmp_path / "empty", tmp_path / "missing", tmp_path / "joblib", tmp_path):
        with pytest.raises(NotACacheError, match="is not a cache"):
            inspect_cache(folder)
    with pytest.raises(NotACacheError, match="no location"):
        inspect_cache(Memory(None))
    assert issubclass(NotACacheError, ValueError)


def test_entries_of_other_versions_are_stale(memory, monkeypatch):
    this_version = gaitmap.__version__
    _fill(memory, 1)
    monkeypatch.setattr(gaitmap, "__version__", "4.0.0")
    _fill(memory, 1)

    assert [(entry.stale, entry.package_version) for entry in sorted(inspect_cache(memory), key=lambda e: e.stale)] == [
        (False, "4.0.0"),
        (True, this_version),
    ]


def test_damaged_entries_are_found_and_unchecked_ones_are_not_called_whole(memory):
    _fill(memory, 2)
    entry = inspect_cache(memory)[0]
    (entry.path / "output.pkl").write_bytes(b"x" * 100)

    assert [each.checksum for each in inspect_cache(memory)] == ["corrupt", "ok"]
    assert {each.checksum for each in inspect_cache(memory, check=False)} == {"unchecked"}


def test_entries_of_plain_joblib_are_listed_without_checksum(memory):
    memory.cache(multiply)(np.ones(3), 1.0)
    (entry,) = inspect_cache(memory)

    assert (entry.function, entry.checksum, entry.package_version, entry.stale) == (NAME, "none", None, False)


def test_links_are_not_followed(memory, tmp_path):
    _fill(memory, 1)
    other = tmp_path / "other" / ("a" * 32)
    other.mkdir(parents=True)
    (other / "output.pkl").write_bytes(b"precious")
    link = Path(memory.location) / "joblib" / "link"
    link.symlink_to(tmp_path / "other", target_is_directory=True)

    assert len(inspect_cache(memory)) == 1
    enforce_limits(memory, items_limit=0)
    assert (other / "output.pkl").exists()


class Foreign:
    """A folder of a user with all that could be taken for an entry."""

    def __init__(self, root: Path) -> None:
        self.contents = {}
        for name in ("experiment7", "a" * 32, f"gaitmap-cache/{'b' * 32}", f"gaitmap-cache/thesis/{'c' * 32}"):
            for file in ("output.pkl", "used", "metadata.json", "thesis.txt"):
                path = root / name / file
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(b"x" * 100_000)
                self.contents[path] = 100_000

    def is_whole(self) -> bool:
        return all(path.exists() and path.stat().st_size == size for path, size in self.contents.items())


@pytest.mark.parametrize("as_path", [True, False])
@pytest.mark.parametrize("is_first", [True, False])
def test_only_what_is_ours_is_deleted(tmp_path, as_path, is_first):
    root = tmp_path if as_path else tmp_path / "joblib"
    location = tmp_path if as_path else str(tmp_path)
    memory = BoundedMemory(location, bytes_limit=30_000, verbose=0)
    if not is_first:
        _fill(memory, 2)
    foreign = Foreign(root)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CacheStoreWarning)
        _fill(memory, 6)
    memory.reduce_size(items_limit=1)
    enforce_limits(memory, age_limit=timedelta(0))
    memory.clear()

    assert foreign.is_whole()
    assert [entry for entry in inspect_cache(memory) if entry.checksum not in ("none", "corrupt")] == []


@pytest.mark.parametrize("as_path", [True, False])
def test_folder_with_other_things_is_not_hidden_from_git(tmp_path, as_path):
    project, cache = tmp_path / "project", tmp_path / "cache"
    project.mkdir()
    (project / "analysis.py").touch()
    for folder in (project, cache):
        _fill(BoundedMemory(folder if as_path else str(folder), verbose=0), 1)
    (store,) = project.rglob("gaitmap-cache")

    assert not (project / ".gitignore").exists()
    assert (store / ".gitignore").read_text() == "*\n"
    own = project / ".gitignore"
    own.write_text("*.pyc\n")
    BoundedMemory(str(project), verbose=0)
    assert own.read_text() == "*.pyc\n"


# Limits ---------------------------------------------------------------------------------------------------------------


def test_least_recently_used_entries_go_first(memory):
    _fill(memory, 6)
    for age, entry in enumerate(sorted(inspect_cache(memory), key=lambda entry: entry.created)):
        _set_last_use(entry, timedelta(minutes=10 - age))
    cache_function(memory, multiply)(np.ones(1000), 0.0)
    removed = enforce_limits(memory, items_limit=3)

    assert len(removed) == 3
    assert _factors(memory) == [0, 4, 5]


@pytest.mark.parametrize("limit", [50_000, "50K"])
def test_size_is_cut_back_to_nine_tenths_of_the_limit(memory, limit):
    _fill(memory, 10)
    enforce_limits(memory, bytes_limit=limit)
    n_bytes = sum(entry.size for entry in inspect_cache(memory))

    assert 0.6 * 50_000 < n_bytes <= 0.9 * 51_200


def test_limits_that_hold_delete_nothing(memory):
    _fill(memory, 5)

    assert enforce_limits(memory, bytes_limit="1M", items_limit=5, age_limit=timedelta(minutes=1)) == []
    assert enforce_limits(memory) == []
    assert enforce_limits(Memory(None), items_limit=0) == []


def test_entries_not_used_for_too_long_are_deleted(memory):
    _fill(memory, 4)
    for entry in inspect_cache(memory)[:3]:
        _set_last_use(entry, timedelta(days=31))

    assert len(enforce_limits(memory, age_limit=timedelta(days=30))) == 3


@pytest.mark.parametrize(
    "limits", [{"bytes_limit": -1}, {"items_limit": -1}, {"age_limit": timedelta(seconds=-1)}, {"bytes_limit": "a lot"}]
)
def test_senseless_limits_are_refused(memory, tmp_path, limits):
    with pytest.raises(ValueError):
        enforce_limits(memory, **limits)
    with pytest.raises(ValueError):
        BoundedMemory(str(tmp_path), **limits)


# BoundedMemory --------------------------------------------------------------------------------------------------------


def test_bounded_memory_never_holds_more_than_its_limits(tmp_path):
    memory = BoundedMemory(str(tmp_path), bytes_limit=100_000, items_limit=8, verbose=0)
    for size in (100, 3000, 1000):
        for factor in range(12):
            cache_function(memory, multiply)(np.ones(size), float(factor))
            entries = inspect_cache(memory, check=False)
            assert len(entries) <= 8
            assert sum(entry.size for entry in entries) <= 100_000


def test_entry_just_written_survives(tmp_path):
    memory = BoundedMemory(str(tmp_path), items_limit=1, verbose=0)
    for factor in range(4):
        cache_function(memory, multiply)(np.ones(10), float(factor))
        assert _factors(memory) == [factor]


def test_entry_larger_than_the_limit_is_not_stored_with_one_warning(tmp_path):
    memory = BoundedMemory(str(tmp_path), bytes_limit="20K", verbose=0)
    _fill(memory, 1)
    with pytest.warns(CacheStoreWarning, match="larger than the limit") as caught:
        _fill(memory, 3, size=10_000)

    assert len(caught) == 1
    assert len(inspect_cache(memory)) == 1


def test_entries_of_a_crowded_folder_are_noticed_on_the_first_write(tmp_path, monkeypatch):
    _fill(Memory(str(tmp_path), verbose=0), 10)
    _limits._KNOWN.clear()
    cache_function(BoundedMemory(str(tmp_path), items_limit=4, verbose=0), multiply)(np.ones(10), 99.0)

    assert len(inspect_cache(tmp_path)) == 4


def test_age_limit_is_kept(tmp_path):
    _fill(Memory(str(tmp_path), verbose=0), 3)
    for entry in inspect_cache(tmp_path):
        _set_last_use(entry, timedelta(days=3))
    cache_function(BoundedMemory(str(tmp_path), age_limit=timedelta(days=1), verbose=0), multiply)(np.ones(10), 99.0)

    assert len(inspect_cache(tmp_path)) == 1


def test_bounded_memory_without_arguments_is_reduced_to_its_limits(tmp_path):
    _fill(Memory(str(tmp_path), verbose=0), 6)
    memory = BoundedMemory(str(tmp_path), items_limit=2, verbose=0)
    memory.reduce_size(items_limit=4)
    assert len(inspect_cache(memory)) == 4
    memory.reduce_size()
    assert len(inspect_cache(memory)) == 2


def test_bounded_memory_is_a_memory_everywhere(tmp_path, counts):
    memory = BoundedMemory(str(tmp_path), items_limit=20, verbose=2)
    scaler = Scaler(memory=memory)
    for expected in ((1, 0), (0, 1)):
        scaler.clone().scale(sample_data())
        assert counts() == expected
    cached_call_action(scaler, memory, sample_data())
    assert counts() == (1, 1)
    assert isinstance(memory, Memory)


def test_copies_of_a_bounded_memory_are_equal(tmp_path):
    memory = BoundedMemory(str(tmp_path), bytes_limit="1M", items_limit=3, age_limit=timedelta(days=1), verbose=0)
    clone = Scaler(memory=memory).clone().memory
    pickled = pickle.loads(pickle.dumps(memory))

    for copy in (clone, pickled):
        assert type(copy) is BoundedMemory
        assert copy.limits == memory.limits
        assert joblib.hash(copy) == joblib.hash(memory)
    _fill(pickled, 5)
    assert len(inspect_cache(memory)) == 3


def test_functions_of_the_user_are_bounded_too(tmp_path):
    memory = BoundedMemory(str(tmp_path), items_limit=2, verbose=0)
    cached = memory.cache(ignore=["factor"])(multiply)
    for size in (1, 2, 3, 3):
        np.testing.assert_array_equal(cached(np.ones(size), 1.0), 1.0)
    np.testing.assert_array_equal(cached(np.ones(3), 5.0), 1.0)

    assert len(RAN) == 3
    assert len(inspect_cache(memory)) == 2


def test_validation_by_the_user_is_asked(tmp_path):
    memory = BoundedMemory(str(tmp_path), verbose=0)
    answers = [True, False]
    cached = memory.cache(multiply, cache_validation_callback=lambda metadata: answers.pop(0) and "time" in metadata)
    for _ in range(3):
        cached(np.ones(1), 1.0)

    assert len(RAN) == 2


@pytest.mark.parametrize("location", [None])
def test_no_location_means_no_caching(location):
    memory = BoundedMemory(location, items_limit=1)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert cache_function(memory, multiply) is multiply
        assert memory.cache(multiply)(np.ones(1), 2.0) == 2.0
        memory.reduce_size()
