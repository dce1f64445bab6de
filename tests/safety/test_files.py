"""Files are written whole, by one writer at a time, and never over what is not gaitmap's own."""

import json
import multiprocessing
import os
import pickle

import pytest

from gaitmap._files import (
    LEDGER,
    NotOursError,
    NotSignedHereError,
    check_own,
    is_own,
    locked,
    remove_own,
    replacing,
    signed_bytes,
    staged,
    verified_bytes,
    write_file,
    write_own,
)
from gaitmap._files._signature import _made_here, key_file

NAMES = {"table.csv", "parts"}


def _write(folder, text="1", *, kind="recording"):
    with staged(folder, NAMES, kind=kind) as staging:
        (staging / "table.csv").write_text(text)
        (staging / "parts").mkdir()
        (staging / "parts" / "part-0.csv").write_text(text)


def _content(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != LEDGER
    }


def test_own_files_are_replaced_and_others_stay(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    _write(tmp_path, "1")
    _write(tmp_path, "2")
    assert _content(tmp_path) == {"COMPLETE": b"", "notes.txt": b"mine", "table.csv": b"2", "parts/part-0.csv": b"2"}
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted(
        ["COMPLETE", "notes.txt", "table.csv", "parts", LEDGER]
    )


@pytest.mark.parametrize("name", ["table.csv", "parts/mine.txt", "parts/part-0.csv", "COMPLETE"])
def test_foreign_files_are_refused_and_nothing_changes(tmp_path, name):
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("mine")
    before = _content(tmp_path)
    with pytest.raises(NotOursError, match="gaitmap has not written it"):
        _write(tmp_path)
    assert _content(tmp_path) == before
    assert not (tmp_path / LEDGER).exists()


@pytest.mark.parametrize("name", ["table.csv", "parts/part-0.csv"])
def test_files_changed_since_are_refused(tmp_path, name):
    _write(tmp_path)
    (tmp_path / name).write_text("my remarks")
    before = _content(tmp_path)
    with pytest.raises(NotOursError, match="changed since"):
        _write(tmp_path, "2")
    assert _content(tmp_path) == before


def test_a_file_put_into_a_folder_of_ours_is_refused(tmp_path):
    _write(tmp_path)
    (tmp_path / "parts" / "mine.txt").write_text("mine")
    with pytest.raises(NotOursError, match=r"mine\.txt"):
        _write(tmp_path, "2")
    assert (tmp_path / "table.csv").read_text() == "1"


def test_an_empty_folder_of_the_user_is_refused(tmp_path):
    (tmp_path / "parts" / "empty").mkdir(parents=True)
    with pytest.raises(NotOursError, match="empty"):
        _write(tmp_path)
    assert (tmp_path / "parts" / "empty").is_dir()


@pytest.mark.parametrize("name", ["table.csv", "parts", "parts/part-0.csv", LEDGER])
def test_links_are_never_followed(tmp_path, name):
    private, out = tmp_path / "private", tmp_path / "out"
    _write(private)
    _write(out)
    target = private / name
    path = out / name
    if path.is_dir():
        (path / "part-0.csv").unlink()
        path.rmdir()
    else:
        path.unlink()
    path.symlink_to(target)
    before = _content(private)
    with pytest.raises(NotOursError):
        _write(out, "2")
    assert _content(private) == before


def test_files_of_another_kind_are_refused(tmp_path):
    _write(tmp_path, kind="cohort")
    with pytest.raises(NotOursError, match="results of a cohort"):
        _write(tmp_path, kind="recording")


@pytest.mark.parametrize(
    "content",
    ["", "[]", "{}", "shopping list", '{"what": 1, "files": {}, "unfinished": []}', "[" * 100_000],
)
def test_a_foreign_list_is_refused(tmp_path, content):
    (tmp_path / LEDGER).write_text(content)
    with pytest.raises(NotOursError, match="no list of files"):
        _write(tmp_path)
    assert (tmp_path / LEDGER).read_text() == content


def test_a_list_from_elsewhere_leads_nowhere_else(tmp_path):
    private, out = tmp_path / "private", tmp_path / "out"
    private.mkdir()
    (private / "thesis.txt").write_text("mine")
    _write(out)
    (out / "own").mkdir()
    (out / "own" / "thesis.txt").write_text("mine")
    ledger = json.loads((out / LEDGER).read_text())
    ledger["unfinished"] = ["own", "../private", str(private), ".unfinished-../../private"]
    ledger["files"]["recording"]["../private/thesis.txt"] = ["0" * 64]
    (out / LEDGER).write_text(json.dumps(ledger))
    _write(out, "2")
    assert (private / "thesis.txt").exists()
    assert (out / "own" / "thesis.txt").exists()


def test_what_a_killed_writer_left_is_removed_and_a_link_in_its_place_is_not_followed(tmp_path):
    private, out = tmp_path / "private", tmp_path / "out"
    private.mkdir()
    (private / "thesis.txt").write_text("mine")
    _write(out)
    ledger = json.loads((out / LEDGER).read_text())
    ledger["unfinished"] = [f".unfinished-{i:032x}" for i in range(2)]
    (out / LEDGER).write_text(json.dumps(ledger))
    (out / ledger["unfinished"][0]).mkdir()
    (out / ledger["unfinished"][1]).symlink_to(private)
    _write(out, "2")
    assert not (out / ledger["unfinished"][0]).exists()
    assert (private / "thesis.txt").exists()


def test_folders_like_unfinished_ones_stay(tmp_path):
    mine = tmp_path / f".unfinished-{0:032x}"
    mine.mkdir()
    (mine / "thesis.txt").write_text("mine")
    _write(tmp_path)
    assert (mine / "thesis.txt").exists()


def test_if_writing_fails_the_folder_stays_as_it_was(tmp_path):
    _write(tmp_path)
    before = _content(tmp_path)
    with pytest.raises(FileNotFoundError), staged(tmp_path, NAMES, kind="recording") as staging:
        (staging / "missing" / "table.csv").write_text("2")
    assert _content(tmp_path) == before
    assert not list(tmp_path.glob(".unfinished*"))


def test_a_stop_at_any_call_to_the_system_leaves_a_folder_that_can_be_written_again(tmp_path, monkeypatch):
    """Every rename, unlink and rmdir may be the last thing that happens."""

    class Stop(BaseException):
        pass

    calls = {"left": 10**9}

    def stopping(function):
        def call(*arguments, **keywords):
            calls["left"] -= 1
            if calls["left"] < 0:
                raise Stop
            return function(*arguments, **keywords)

        return call

    for name in ("rename", "replace", "unlink", "rmdir", "mkdir", "open", "fsync"):
        monkeypatch.setattr(os, name, stopping(getattr(os, name)))
    n_stopped = 0
    for n_calls in range(1, 200):
        folder = tmp_path / str(n_calls)
        calls["left"] = 10**9
        _write(folder, "1")
        calls["left"] = n_calls
        try:
            _write(folder, "2")
        except Stop:
            n_stopped += 1
            calls["left"] = 10**9
            found = {n: c for n, c in _content(folder).items() if not n.startswith(".")}
            if "COMPLETE" in found:
                assert len({c for n, c in found.items() if n != "COMPLETE"}) == 1
                assert len(found) == 3
            _write(folder, "3")
            assert {n: c for n, c in _content(folder).items() if not n.startswith(".")} == {
                "COMPLETE": b"",
                "table.csv": b"3",
                "parts/part-0.csv": b"3",
            }
        else:
            break
    assert n_stopped > 20


def test_single_files_are_entered_in_the_list(tmp_path):
    write_own(tmp_path, "failure.json", "{}", kind="recording")
    write_own(tmp_path, "failure.json", "{1}", kind="recording")
    assert is_own(tmp_path, "failure.json", kind="recording")
    remove_own(tmp_path, {"failure.json"}, kind="recording")
    assert not (tmp_path / "failure.json").exists()
    (tmp_path / "failure.json").write_text("mine")
    for act in (write_own, lambda folder, name, *_, kind: remove_own(folder, {name}, kind=kind)):
        with pytest.raises(NotOursError):
            act(tmp_path, "failure.json", "{}", kind="recording")
    with pytest.raises(NotOursError):
        check_own(tmp_path, {"failure.json"}, kind="recording")


def test_a_file_is_written_whole_or_not(tmp_path):
    write_file(tmp_path / "a.txt", "1")
    with pytest.raises(UnicodeEncodeError), replacing(tmp_path / "a.txt") as unfinished:
        unfinished.write_text("2\ud800")
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]
    assert (tmp_path / "a.txt").read_text() == "1"


def _try_lock(path, answers):
    with locked(path, wait=False) as held:
        answers.put(held)


def test_one_process_holds_a_lock(tmp_path):
    context = multiprocessing.get_context("spawn")
    answers = context.Queue()
    for inside in (True, False):
        process = context.Process(target=_try_lock, args=(tmp_path / "locks" / "a", answers))
        if inside:
            with locked(tmp_path / "locks" / "a") as held:
                assert held
                process.start()
                assert answers.get(timeout=60) is False
        else:
            process.start()
            assert answers.get(timeout=60) is True
        process.join()
    with locked(tmp_path / "locks" / "a", wait=0.1) as held:
        assert held


def test_a_lock_takes_no_file_of_the_user(tmp_path):
    (tmp_path / "mine").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    for name in ("mine", "link"):
        with pytest.raises(NotOursError), locked(tmp_path / name):
            pass
    assert (tmp_path / "mine").read_text() == "mine"
    assert not (tmp_path / "elsewhere").exists()


@pytest.fixture
def own_key(tmp_path, monkeypatch):
    monkeypatch.setenv("GAITMAP_CONFIG_DIR", str(tmp_path / "config"))
    _made_here.clear()
    yield
    _made_here.clear()


@pytest.mark.usefixtures("own_key")
class TestSignature:
    def test_own_bytes_are_verified_in_another_process_too(self):
        signed = signed_bytes(pickle.dumps([1]), "run")
        _made_here.clear()
        assert pickle.loads(verified_bytes(signed, "run")) == [1]

    @pytest.mark.parametrize("change", ["flip", "cut", "purpose", "unsigned", "empty"])
    def test_anything_else_is_refused(self, change):
        signed = signed_bytes(b"content", "run")
        other = {
            "flip": signed[:-1] + b"T",
            "cut": signed[:-1],
            "purpose": signed_bytes(b"content", "other"),
            "unsigned": b"content",
            "empty": b"",
        }[change]
        with pytest.raises(NotSignedHereError):
            verified_bytes(other, "run")

    def test_the_key_of_somebody_else_signs_nothing_here(self):
        signed = signed_bytes(b"content", "run")
        key_file().unlink()
        _made_here.clear()
        with pytest.raises(NotSignedHereError):
            verified_bytes(signed, "run")

    @pytest.mark.skipif(os.name != "posix", reason="modes of files")
    def test_only_the_user_can_read_the_key(self):
        signed_bytes(b"", "run")
        assert key_file().stat().st_mode & 0o777 == 0o600

    @pytest.mark.skipif(os.name != "posix", reason="modes of files")
    def test_a_key_that_others_can_read_is_replaced(self):
        signed = signed_bytes(b"content", "run")
        key_file().chmod(0o644)
        _made_here.clear()
        with pytest.raises(NotSignedHereError):
            verified_bytes(signed, "run")
        assert key_file().stat().st_mode & 0o777 == 0o600

    def test_without_a_place_for_the_key_a_process_trusts_itself_alone(self, tmp_path):
        (tmp_path / "config").write_text("a file")
        signed = signed_bytes(b"content", "run")
        assert verified_bytes(signed, "run") == b"content"
        _made_here.clear()
        with pytest.raises(NotSignedHereError):
            verified_bytes(signed, "run")
