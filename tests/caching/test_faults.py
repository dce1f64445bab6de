"""Damaged entries, folders that cannot be written, killed writers: the result is right, and a short line says so."""

import contextlib
import errno
import io
import os
import resource
import shutil
import signal
import time
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from joblib import Memory

from gaitmap._kernels.dtw import DtwState
from gaitmap.caching import _entry
from gaitmap.caching._store import describe_entry
from gaitmap.utils.caching import (
    BoundedMemory,
    CacheCorruptionWarning,
    CacheStoreWarning,
    cache_function,
    cache_stats,
    cached_call_action,
    enforce_limits,
    hash_object,
    inspect_cache,
)
from tests.caching import _toys
from tests.caching._toys import RAN, Scaler, multiply, sample_data

VALUES = np.arange(500.0)


def _call(memory):
    return cache_function(memory, multiply)(VALUES, 2.0)


def _files(memory, pattern="*"):
    return [path for path in Path(memory.location).rglob(pattern) if path.is_file()]


def _flip_bit(path: Path, position: int) -> None:
    content = bytearray(path.read_bytes())
    content[position] ^= 1
    path.write_bytes(content)


DAMAGES = {
    "emptied": lambda path: path.write_bytes(b""),
    "truncated": lambda path: path.write_bytes(path.read_bytes()[:-100]),
    "cut to one byte": lambda path: path.write_bytes(path.read_bytes()[:1]),
    "garbage": lambda path: path.write_bytes(b"garbage" * 100),
    "longer": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "bit flipped in the array": lambda path: _flip_bit(path, path.stat().st_size // 2),
    "bit flipped in the pickle": lambda path: _flip_bit(path, 30),
    "first bit flipped": lambda path: _flip_bit(path, 0),
    "bit flipped in the note": lambda path: _flip_bit(path, -150),
    "bit flipped in the signature": lambda path: _flip_bit(path, -40),
    "last bit flipped": lambda path: _flip_bit(path, -1),
}


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("compress", [False, True])
def test_damaged_entry_is_computed_anew_counted_and_mentioned_in_one_line(tmp_path, capsys, damage, compress):
    memory = Memory(str(tmp_path), verbose=0, compress=compress)
    _call(memory)
    (path,) = _files(memory, "output.pkl")
    DAMAGES[damage](path)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        np.testing.assert_array_equal(_call(memory), 2 * VALUES)

    assert [warning.category for warning in caught] == [CacheCorruptionWarning]
    assert len(str(caught[0].message).splitlines()) == 1
    assert "Traceback" not in "".join(capsys.readouterr())
    assert RAN == ["multiply", "multiply"]
    assert cache_stats(memory)["corrupt"].sum() == 1
    np.testing.assert_array_equal(_call(memory), 2 * VALUES)
    assert len(RAN) == 2


def test_every_single_flipped_bit_is_noticed(tmp_path):
    memory = Memory(str(tmp_path), verbose=0)
    _call(memory)
    (path,) = _files(memory, "output.pkl")
    whole = path.read_bytes()
    random = np.random.default_rng(0)
    for position in random.integers(0, len(whole), 40):
        content = bytearray(path.read_bytes())
        content[position] ^= 1 << random.integers(8)
        path.write_bytes(content)
        with pytest.warns(CacheCorruptionWarning):
            np.testing.assert_array_equal(_call(memory), 2 * VALUES)


def test_damaged_entry_of_an_action_is_computed_anew(memory):
    cached_call_action(Scaler(), memory, sample_data())
    (path,) = _files(memory, "output.pkl")
    _flip_bit(path, path.stat().st_size // 2)
    with pytest.warns(CacheCorruptionWarning):
        result = cached_call_action(Scaler(), memory, sample_data())

    np.testing.assert_array_equal(result.scaled_, 2 * sample_data())


def test_entry_whose_class_is_gone_is_computed_anew(memory, monkeypatch):
    """The bytes are right, but this Python cannot read them."""
    _call(memory)
    (entry,) = inspect_cache(memory)
    folder = _entry.EntryFolder(entry.path)
    folder.write(_toys.Pair(1, 2), folder.read_note())
    assert inspect_cache(memory)[0].checksum == "ok"
    monkeypatch.delattr(_toys, "Pair")
    with pytest.warns(CacheCorruptionWarning):
        np.testing.assert_array_equal(_call(memory), 2 * VALUES)


def test_exchanged_entries_are_noticed_and_computed_anew(memory):
    """Each is whole, but not what its name says."""
    for factor in (2.0, 3.0):
        cache_function(memory, multiply)(VALUES, factor)
    one, other = (entry.path for entry in inspect_cache(memory))
    between = one.with_name("between")
    one.rename(between)
    other.rename(one)
    between.rename(other)

    assert [entry.checksum for entry in inspect_cache(memory)] == ["corrupt", "corrupt"]
    for factor in (2.0, 3.0):
        with pytest.warns(CacheCorruptionWarning):
            np.testing.assert_array_equal(cache_function(memory, multiply)(VALUES, factor), factor * VALUES)


@pytest.mark.parametrize("name", ["output.pkl", "used", "CACHEDIR.TAG", ".gitignore"])
def test_deleted_files_do_no_harm(memory, name):
    _call(memory)
    _call(memory)
    for path in _files(memory, name):
        path.unlink()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        np.testing.assert_array_equal(_call(memory), 2 * VALUES)
    assert len(RAN) == (2 if name == "output.pkl" else 1)
    cache_function(memory, multiply)(VALUES, 5.0)
    assert len(inspect_cache(memory)) == 2


def _call_with_factors(memory):
    for factor in range(3):
        np.testing.assert_array_equal(cache_function(memory, multiply)(VALUES, factor), factor * VALUES)


@contextlib.contextmanager
def _largest_file(n_bytes: int):
    """Let writing fail as on a full disk: no file of this process may grow beyond a size."""
    previous = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (n_bytes, previous[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, previous)
        signal.signal(signal.SIGXFSZ, handler)


def test_full_disk_turns_caching_off_with_one_warning(tmp_path):
    memory = Memory(str(tmp_path), verbose=0)
    with pytest.warns(CacheStoreWarning, match="switched off") as caught, _largest_file(2000):
        _call_with_factors(memory)

    assert len(caught) == 1
    assert len(str(caught[0].message).splitlines()) == 1
    assert not [path for path in _files(memory) if "output.pkl" in path.name]
    assert cache_stats(memory)["not_stored"].sum() == 3


def test_folder_that_cannot_be_written_turns_caching_off_with_one_warning(tmp_path, monkeypatch):
    memory = Memory(str(tmp_path), verbose=0)
    _call(memory)

    def refuse(*_args, **_kwargs):
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.warns(CacheStoreWarning, match="Read-only file system") as caught:
        _call_with_factors(memory)

    assert len(caught) == 1
    # What is there can still be read.
    RAN.clear()
    _call(memory)
    assert RAN == []


def test_file_in_place_of_the_folder_turns_caching_off_with_one_warning(tmp_path):
    memory = Memory(str(tmp_path / "cache"), verbose=0)
    (tmp_path / "cache" / "joblib").rmdir()
    (tmp_path / "cache" / "joblib").write_text("")
    with pytest.warns(CacheStoreWarning) as caught:
        results = [cached_call_action(Scaler(memory=memory), memory, sample_data()) for _ in range(3)]

    assert len(caught) == 1
    for result in results:
        np.testing.assert_array_equal(result.scaled_, 2 * sample_data())


def _in_place_of(path: Path, make) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    make(path)


INTRUDERS = {
    "folder": lambda path: path.mkdir(),
    "full folder": lambda path: ((path / "inner").mkdir(parents=True), (path / "inner" / "notes.txt").touch()),
    "file": lambda path: path.write_text("no cache"),
    "dangling link": lambda path: path.symlink_to(path.with_name("nowhere")),
    "link to itself": lambda path: path.symlink_to(path),
}


@pytest.mark.parametrize("intruder", INTRUDERS)
@pytest.mark.parametrize("place", ["output.pkl", "used", "entry", "function", "store"])
def test_what_stands_in_place_of_an_entry_or_its_files_does_no_harm_and_is_not_lost(tmp_path, place, intruder):
    memory = Memory(str(tmp_path), verbose=0)
    for _ in range(2):
        _call(memory)
    (payload,) = _files(memory, "output.pkl")
    above = {"entry": 0, "function": 1, "store": 2}
    path = payload.parents[above[place]] if place in above else payload.with_name(place)
    _in_place_of(path, INTRUDERS[intruder])
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            np.testing.assert_array_equal(_call(memory), 2 * VALUES)
    BoundedMemory(str(tmp_path), verbose=0).clear()

    assert [warning.category for warning in caught] in ([], [CacheStoreWarning], [CacheCorruptionWarning])
    if intruder == "full folder":
        assert (path / "inner" / "notes.txt").exists()
    if intruder == "file" and place not in ("output.pkl", "used"):
        assert path.read_text() == "no cache"


def test_memory_with_limits_in_a_folder_that_cannot_be_made_caches_nothing(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.warns(CacheStoreWarning, match="cannot be made") as caught:
        memory = BoundedMemory(str(tmp_path / "file" / "cache"), bytes_limit="1M", verbose=0)
    for _ in range(2):
        np.testing.assert_array_equal(_call(memory), 2 * VALUES)

    assert len(caught) == 1
    assert memory.location is None


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="permissions do not bind this user")
def test_folder_without_permission_turns_caching_off_with_one_warning(tmp_path):
    memory = Memory(str(tmp_path), verbose=0)
    (tmp_path / "joblib").chmod(0o500)
    try:
        with pytest.warns(CacheStoreWarning) as caught:
            _call_with_factors(memory)
    finally:
        (tmp_path / "joblib").chmod(0o700)

    assert len(caught) == 1


def test_removed_folder_is_made_again(memory):
    _call(memory)
    memory.clear(warn=False)
    (Path(memory.location) / "joblib").rmdir()
    _call(memory)
    _call(memory)

    assert RAN == ["multiply", "multiply"]


def test_leftovers_of_killed_writers_are_removed_after_an_hour(memory):
    _call(memory)
    (payload,) = _files(memory, "output.pkl")
    old, fresh = (payload.with_name(f".output.pkl.{digit * 32}") for digit in ("a", "b"))
    alone = payload.parent.with_name("c" * 32) / f".output.pkl.{'c' * 32}"
    alone.parent.mkdir()
    for path in (old, fresh, alone):
        path.write_bytes(b"unfinished")
    two_hours_ago = time.time() - 7200
    for path in (old, alone):
        os.utime(path, (two_hours_ago, two_hours_ago))
    enforce_limits(memory, items_limit=10)

    assert not old.exists()
    assert not alone.parent.exists()
    assert fresh.exists()
    assert payload.exists()


@pytest.mark.parametrize("compress", [False, True])
def test_failed_write_leaves_nothing_behind(tmp_path, monkeypatch, compress):
    memory = Memory(str(tmp_path), verbose=0, compress=compress)

    def fail(value, file, **_):
        file.write(b"half")
        raise ValueError("no")

    monkeypatch.setattr(joblib, "dump", fail)
    monkeypatch.setattr(_entry._Pickler, "dump", lambda pickler, value: fail(value, io.BytesIO()))
    with pytest.warns(CacheStoreWarning):
        _call(memory)

    assert not [path for path in _files(memory) if "output.pkl" in path.name]


def test_entries_of_plain_joblib_are_left_alone(memory):
    """The same function cached by joblib itself has its own keys in the same folder."""
    _call(memory)
    memory.cache(multiply)(VALUES, 2.0)
    _call(memory)
    memory.cache(multiply)(VALUES, 2.0)

    assert len(RAN) == 2
    assert len(_files(memory, "output.pkl")) == 2


def test_hit_is_noted_for_eviction_by_joblib(memory):
    _call(memory)
    (payload,) = _files(memory, "output.pkl")
    os.utime(payload, (1, payload.stat().st_mtime))
    before = payload.stat().st_mtime_ns
    _call(memory)

    assert payload.stat().st_atime > time.time() - 60
    assert payload.stat().st_mtime_ns == before


def test_threads_share_a_memory(memory):
    results = joblib.Parallel(n_jobs=4, backend="threading")(
        joblib.delayed(cache_function(memory, multiply))(VALUES, factor % 3) for factor in range(30)
    )

    for factor, result in enumerate(results):
        np.testing.assert_array_equal(result, (factor % 3) * VALUES)
    assert len(_files(memory, "output.pkl")) == 3


@pytest.mark.parametrize("error", [FileNotFoundError, FileExistsError])
def test_folder_that_is_deleted_while_it_is_made_is_made_again(memory, monkeypatch, error):
    mkdir = Path.mkdir
    failures = [error("deleted by another process")]

    def mkdir_once_in_vain(path, *args, **kwargs):
        if failures:
            raise failures.pop()
        mkdir(path, *args, **kwargs)

    monkeypatch.setattr(Path, "mkdir", mkdir_once_in_vain)
    _call(memory)
    _call(memory)

    assert RAN == ["multiply"]


# Entries of others ----------------------------------------------------------------------------------------------------


@pytest.fixture
def somebody_else(tmp_path, monkeypatch):
    """Change to the key of another user, and back."""

    @contextlib.contextmanager
    def become():
        with monkeypatch.context() as patch:
            patch.setattr("gaitmap._files._signature._made_here", {})
            patch.setenv("GAITMAP_CONFIG_DIR", str(tmp_path / "somebody else"))
            yield

    return become


@pytest.mark.parametrize("compress", [False, True])
def test_objects_that_somebody_else_stored_are_not_loaded(tmp_path, somebody_else, compress):
    memory = Memory(str(tmp_path / "cache"), verbose=0, compress=compress)
    with somebody_else():
        cache_function(memory, _toys.make_danger)(str(tmp_path / "harm"))
        cache_function(memory, _toys.make_pair)(3)
    (tmp_path / "harm").unlink(missing_ok=True)
    RAN.clear()
    with pytest.warns(CacheStoreWarning, match="gaitmap cache trust") as caught:  # noqa: PT031
        for _ in range(2):
            assert cache_function(memory, _toys.make_pair)(3).other == 6
            cache_function(memory, _toys.make_danger)(str(tmp_path / "harm"))

    assert len(caught) == 1
    assert RAN == ["make_pair", "make_danger"] * 2
    assert not (tmp_path / "harm").exists()
    assert {entry.checksum for entry in inspect_cache(memory)} == {"foreign"}
    with somebody_else():
        assert cache_function(memory, _toys.make_pair)(3).other == 6
    assert RAN == ["make_pair", "make_danger"] * 2


def test_arrays_are_data_whoever_stored_them(memory, somebody_else):
    with somebody_else():
        _call(memory)
    np.testing.assert_array_equal(_call(memory), 2 * VALUES)
    assert RAN == ["multiply"]


def test_entry_that_pretends_to_hold_data_runs_nothing(memory, tmp_path, monkeypatch):
    _call(memory)
    (entry,) = inspect_cache(memory)
    folder = _entry.EntryFolder(entry.path)
    monkeypatch.setattr(_entry, "is_plain_data", lambda _: True)
    folder.write(_toys.Danger(str(tmp_path / "harm")), folder.read_note())
    with pytest.warns(CacheCorruptionWarning):
        np.testing.assert_array_equal(_call(memory), 2 * VALUES)

    assert not (tmp_path / "harm").exists()


@pytest.mark.parametrize(
    "value",
    [
        (np.arange(3.0), np.zeros((2, 3), order="F"), np.array(5), np.zeros(0), np.array(["a", "bc"]), np.float32(3)),
        {"a": [1, 2.5, None, True, "x", b"y", 2j], 3: (np.array([np.datetime64("2026-01-01")]), np.arange(9)[::2])},
        np.array([(1, 2.0)], dtype=[("a", "i4"), ("b", "f8")]),
        DtwState(*[np.arange(3.0)] * len(DtwState._fields)),
    ],
)
def test_plain_data_come_back_without_a_signature(tmp_path, value):
    folder = _entry.EntryFolder(tmp_path / ("a" * 32))
    folder.write(value, {})
    state, note, loaded = folder.load()

    assert (state, note["kind"]) == ("ok", "data")
    assert hash_object(loaded) == hash_object(value)
    assert type(loaded) is type(value)


@pytest.mark.parametrize("value", [pd.DataFrame(), np.array([None]), [np.array([{}])], {"a": _toys.Scaler()}, {1, 2}])
def test_everything_else_is_signed(tmp_path, value):
    folder = _entry.EntryFolder(tmp_path / ("a" * 32))
    folder.write(value, {})

    assert folder.load()[1]["kind"] == "objects"


def test_note_of_somebody_else_has_nothing_imported_and_nothing_sent_to_the_terminal(memory, tmp_path, monkeypatch):
    _call(memory)
    (entry,) = inspect_cache(memory)
    folder = _entry.EntryFolder(entry.path)
    (tmp_path / "harmful.py").write_text(f"open({str(tmp_path / 'harm')!r}, 'w')\nclass Harm(Warning): pass\n")
    monkeypatch.syspath_prepend(tmp_path)
    record = {"category": "harmful:Harm", "message": "\x1b[2J", "filename": "", "lineno": 1}
    note = {"function": "\x1b]0;x\x07name", "environment": 3, "arguments": [], "created": "x", "warnings": [record, 3]}
    folder.write(2 * VALUES, folder.read_note() | note)
    (shown,) = inspect_cache(memory)

    assert shown.function == "?]0;x?name"
    assert describe_entry(shown)["warnings"] == ["?[2J", "None"]
    folder.write(2 * VALUES, folder.read_note() | {"warnings": [record]})
    with pytest.warns(UserWarning, match=r"^\?\[2J$"):
        _call(memory)
    assert not (tmp_path / "harm").exists()
