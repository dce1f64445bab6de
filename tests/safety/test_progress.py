"""Progress from somebody else is neither read nor removed; one's own goes on."""

import pickle
import shutil

import pytest

from gaitmap._files import _signature
from gaitmap._files._signature import key_file
from gaitmap.pipelines.blocks._checkpoint import Checkpoint
from gaitmap.utils.exceptions import ValidationError

KEY = {"sha256": "1"}


@pytest.fixture(autouse=True)
def own_key(tmp_path, monkeypatch):
    monkeypatch.setenv("GAITMAP_CONFIG_DIR", str(tmp_path / "config"))
    _signature._made_here.clear()
    yield
    _signature._made_here.clear()


class Calls:
    """Writes a file when it is read."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return self.path.write_text, ("this ran",)


def written(folder, key=KEY, state="state"):
    checkpoint = Checkpoint(folder, key)
    for i in range(1, 3):
        checkpoint.save([state, i], i, f"part {i - 1}")
    return checkpoint


def somebody_else():
    key_file().unlink()
    _signature._made_here.clear()


def test_own_progress_goes_on(tmp_path):
    written(tmp_path / "p")
    again = Checkpoint(tmp_path / "p", KEY)
    assert again.load() == ["state", 2]
    assert [again.part(i) for i in range(2)] == ["part 0", "part 1"]
    again.remove()
    assert not (tmp_path / "p").exists()


def test_progress_of_another_run_is_replaced(tmp_path):
    written(tmp_path / "p")
    assert Checkpoint(tmp_path / "p", {"sha256": "2"}).load() is None
    assert [path.name for path in (tmp_path / "p").iterdir()] == ["run.json"]


def test_files_of_another_run_do_not_pass_for_those_of_this_one(tmp_path):
    written(tmp_path / "p")
    written(tmp_path / "q", {"sha256": "2"}, "other")
    shutil.copy(tmp_path / "q" / "state.signed", tmp_path / "p" / "state.signed")
    with pytest.warns(UserWarning, match="begins anew"):
        assert Checkpoint(tmp_path / "p", KEY).load() is None


@pytest.mark.parametrize("name", ["state.signed", "part-00000.signed", "run.json", "state.pickle"])
@pytest.mark.parametrize("is_signed", [True, False])
def test_code_of_somebody_else_never_runs(tmp_path, name, is_signed):
    ran = tmp_path / "ran"
    written(tmp_path / "p")
    content = pickle.dumps((2, Calls(ran)))
    (tmp_path / "p" / name).write_bytes(_signature.signed_bytes(content, name) if is_signed else content)
    somebody_else()
    before = {path.name: path.read_bytes() for path in (tmp_path / "p").iterdir()}
    with pytest.warns(UserWarning, match="begins anew"):
        mine = Checkpoint(tmp_path / "p", KEY)
    assert mine.load() is None
    mine.save("mine", 1, "part")
    assert mine.load() == "mine"
    with pytest.warns(UserWarning, match="begins anew"):
        again = Checkpoint(tmp_path / "p", KEY)
    assert again.load() == "mine"
    again.remove()
    assert {path.name: path.read_bytes() for path in (tmp_path / "p").iterdir()} == before
    assert not ran.exists()


@pytest.mark.parametrize("make", ["file", "link", "thesis", "folder"])
def test_things_of_the_user_stay(tmp_path, make):
    place, private = tmp_path / "p", tmp_path / "private"
    written(private)
    if make == "file":
        place.write_text("mine")
    elif make == "link":
        place.symlink_to(private)
    elif make == "thesis":
        written(place)
        (place / "thesis.txt").write_text("mine")
    else:
        (place / "folder").mkdir(parents=True)
    with pytest.warns(UserWarning, match="begins anew"):
        mine = Checkpoint(place, {"sha256": "2"})
    mine.save("mine", 1, "part")
    mine.remove()
    assert place.exists()
    assert len(list(private.iterdir())) == 4
    assert make != "thesis" or (place / "thesis.txt").read_text() == "mine"
    mine.folder.mkdir()
    (mine.folder / "notes.txt").write_text("mine")
    with pytest.warns(UserWarning, match="begins anew"), pytest.raises(ValidationError, match="another folder"):
        Checkpoint(place, {"sha256": "2"})


def test_a_stop_while_removing_or_writing_leaves_what_can_be_removed(tmp_path):
    checkpoint = written(tmp_path / "p")
    (tmp_path / "p" / "part-00000.signed").unlink()
    (tmp_path / "p" / "state.signed").rename(tmp_path / "p" / f"state.signed.{_signature.tag_of('state.signed')[:32]}")
    assert Checkpoint(tmp_path / "p", KEY).load() is None
    checkpoint.remove()
    assert not (tmp_path / "p").exists()
