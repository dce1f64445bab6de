import copy

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import KFold, train_test_split

from gaitmap.pipelines import RecordingFolder


class _Study(RecordingFolder):
    """The folder names the person."""

    def create_index(self):
        index = super().create_index()
        return index.assign(person=index["recording"].str.split("/").str[0])


@pytest.fixture
def folder(tmp_path):
    for person in "abcd":
        (tmp_path / person).mkdir()
        for walk in range(2):
            (tmp_path / person / f"{walk}.csv").touch()
    return tmp_path


@pytest.mark.parametrize("groups", [None, "person", ["person", "recording"]])
def test_scikit_learn_splits_recordings_by_file_and_by_person(folder, groups):
    study = _Study(folder, "**/*.csv")
    study = study if groups is None else study.groupby(groups)
    train, test = train_test_split(study, test_size=0.25, random_state=0)
    together = pd.concat([train.index, test.index]).sort_values("recording", ignore_index=True)
    pd.testing.assert_frame_equal(together, study.index)
    if groups == "person":
        assert set(train.index["person"]).isdisjoint(test.index["person"])
    for train_numbers, test_numbers in KFold(2).split(study):
        assert len(study[train_numbers]) + len(study[test_numbers]) == len(study)


def test_other_ways_to_take_recordings_stay(folder):
    study = RecordingFolder(folder, "**/*.csv")
    assert study[1].index["recording"].tolist() == ["a/1.csv"]
    assert len(study[2:4]) == 2
    assert len(study[[0, 5]]) == 2


def test_what_one_reader_changes_in_place_the_next_one_does_not_see(tmp_path):
    n = np.arange(400)
    columns = {
        name: np.sin(n / 50 + k) for k, name in enumerate(["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    }
    columns["acc_z"] += 9.81
    pd.DataFrame(columns).to_csv(tmp_path / "walk.csv", index=False)
    walk = RecordingFolder(tmp_path, read_options={"sampling_rate_hz": 100.0})[0]
    (sensor,) = walk.data
    for change in (
        lambda recording: recording.data[sensor].__setitem__("gyr_y", -recording.data[sensor]["gyr_y"]),
        lambda recording: recording.data[sensor].mul(-1, axis=0).pipe(recording.data[sensor].update),
        lambda recording: recording.data[sensor].iloc.__setitem__((slice(0, 9), 0), 77.0),
        lambda recording: recording.data.clear(),
        lambda recording: recording.notes.append("changed"),
        lambda recording: recording.units.update(acc="g"),
    ):
        before = copy.deepcopy(walk.recording)
        change(walk.recording)
        after = walk.recording
        pd.testing.assert_frame_equal(after.data[sensor], before.data[sensor])
        assert (after.notes, after.units, after.options) == (before.notes, before.units, before.options)
