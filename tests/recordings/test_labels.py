"""Labels in the project's own table and from programs for annotation."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.recordings import RecordingError, read_labels, stride_lists_of, write_labels
from gaitmap.recordings._labels import LABEL_DTYPES
from gaitmap.recordings._labels_foreign import meaning_of

RATE = 200.0
TABLE = pd.DataFrame(
    {
        "foot": ["left", "left", "right", ""],
        "kind": ["stride", "stride", "stride", "artefact"],
        "start": [200, 420, 310, 900],
        "end": [420, 640, 530, 1000],
        "ic": [370, 590, None, None],
    }
)


@pytest.mark.parametrize("ending", ["csv", "parquet"])
def test_what_is_written_is_read(tmp_path, ending):
    path = write_labels(TABLE.assign(rater='A, "B"\n', comment="=1+1"), tmp_path / f"labels.{ending}", RATE)
    labels = read_labels(path, RATE)
    assert labels.dtypes.astype(str).to_dict() == LABEL_DTYPES
    assert labels["start"].tolist() == [200, 310, 420, 900]
    np.testing.assert_allclose(labels["start_s"], labels["start"].astype(float) / RATE)
    assert labels["ic"].isna().tolist() == [False, True, False, True]
    assert set(labels["rater"]) == {'A, "B"\n'}
    pd.testing.assert_frame_equal(read_labels(write_labels(labels, path, RATE), RATE), labels)


def test_seconds_and_samples_stand_for_each_other(tmp_path):
    (path := tmp_path / "labels.csv").write_text("foot;start_s;end_s\nleft;1.0;2.105\nright;1.5;2.6\n")
    labels = read_labels(path, RATE, rater="me")
    assert labels[["start", "end"]].to_numpy().tolist() == [[200, 421], [300, 520]]
    assert labels["kind"].tolist() == ["stride", "stride"]
    assert labels["rater"].tolist() == ["me", "me"]


def test_strides_become_stride_lists():
    lists = stride_lists_of(_complete())
    assert list(lists) == ["left", "right"]
    assert lists["left"].columns.tolist() == ["start", "end", "ic"]
    assert lists["right"].columns.tolist() == ["start", "end"]
    assert lists["left"]["ic"].tolist() == [370, 590]


def _complete():
    from gaitmap.recordings._labels import _complete

    return _complete(TABLE, RATE)


@pytest.mark.parametrize(
    ("change", "match"),
    [
        ({"foot": "both"}, r"'foot'. Found 'both' in label 1"),
        ({"kind": "jump"}, r"'kind'. Found 'jump'"),
        ({"end": [100, 640, 530, 1000]}, r"'end_s'. Found 0.5 in label 1"),
    ],
)
def test_wrong_labels_are_named(tmp_path, change, match):
    TABLE.assign(**change).to_csv(path := tmp_path / "labels.csv", index=False)
    with pytest.raises(RecordingError, match=match):
        read_labels(path, RATE)


def test_other_files_are_refused(tmp_path):
    (path := tmp_path / "labels.csv").write_bytes(bytes(range(256)) * 4)
    with pytest.raises(RecordingError):
        read_labels(path, RATE)
    with pytest.raises(FileNotFoundError):
        read_labels(tmp_path / "nothing.csv", RATE)


def _assert_marks(labels):
    strides = labels[labels["kind"] == "stride"]
    assert strides["foot"].tolist() == ["left", "right"]
    np.testing.assert_allclose(strides[["start_s", "end_s"]], [[1.0, 2.1], [1.5, 2.6]])
    events = labels[labels["kind"] == "event"]
    assert events["ic_s"].dropna().tolist() == [1.85]
    assert events["tc_s"].dropna().tolist() == [1.25]


def test_boris_aggregated_events(tmp_path):
    (path := tmp_path / "walk.tsv").write_text(
        "Observation id\tSubject\tObserver\tBehavior\tBehavior type\tStart (s)\tStop (s)\tComment start\n"
        "w1\tLeft foot\tKim\tstride\tSTATE\t1.0\t2.1\t\n"
        "w1\tRight foot\tKim\tstride\tSTATE\t1.5\t2.6\t\n"
        "w1\tLeft foot\tKim\tinitial contact\tPOINT\t1.85\tNA\t\n"
        "w1\tLeft foot\tKim\ttoe-off\tPOINT\t1.25\t1.25\tunsure\n"
    )
    labels = read_labels(path, RATE)
    _assert_marks(labels)
    assert set(labels["rater"]) == {"Kim"}
    assert "unsure" in set(labels["comment"])


def test_boris_tabular_events(tmp_path):
    (path := tmp_path / "walk.csv").write_text(
        "Observation id,w1\nMedia file(s),walk.mp4\n\nTime,Subject,Behavior,Behavioral category,Comment,Status\n"
        "1.0,L,stride,,,START\n1.25,L,TO,,,POINT\n1.5,R,stride,,,START\n1.85,L,HS,,,POINT\n2.1,L,stride,,,STOP\n2.6,R,stride,,,STOP\n"
    )
    _assert_marks(read_labels(path, RATE))


def test_a_state_without_end_is_told(tmp_path):
    (path := tmp_path / "walk.csv").write_text("Time,Subject,Behavior,Status\n1.0,L,stride,START\n")
    with pytest.raises(RecordingError, match="begins at 1 s and has no end"):
        read_labels(path, RATE)


@pytest.mark.parametrize(
    "times", [("1.000", "2.100", "1.500", "2.600", "1.850", "1.250"),
              ("00:00:01.000", "00:00:02.100", "00:00:01.500", "00:00:02.600", "00:00:01.850", "00:00:01.250")]
)  # fmt: skip
def test_elan(tmp_path, times):
    a, b, c, d, e, f = times
    (path := tmp_path / "walk.txt").write_text(
        f"left foot\tKim\t{a}\t{b}\tstride\nright foot\tKim\t{c}\t{d}\tstride\n"
        f"left foot\tKim\t{e}\t{e}\tIC\nleft foot\tKim\t{f}\t{f}\tTC\n"
    )
    _assert_marks(read_labels(path, RATE))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_text_grids(tmp_path, encoding):
    def interval(k, start, end, text):
        return f'    intervals [{k}]:\n        xmin = {start}\n        xmax = {end}\n        text = "{text}"\n'

    def point(k, time, text):
        return f'        points [{k}]:\n            number = {time}\n            mark = "{text}"\n'

    def tier(k, kind, name, content):
        return f'  item [{k}]:\n    class = "{kind}"\n    name = "{name}"\n    xmin = 0\n    xmax = 9\n{content}'

    text = (
        'File type = "ooTextFile"\nObject class = "TextGrid"\n\nxmin = 0\nxmax = 9\ntiers? <exists>\nitem []:\n'
        + tier(1, "IntervalTier", "left", interval(1, 0, 1.0, "") + interval(2, 1.0, 2.1, "stride"))
        + tier(2, "IntervalTier", "right", interval(1, 1.5, 2.6, "stride"))
        + tier(3, "TextTier", "left events", point(1, 1.25, "toe off") + point(2, 1.85, "IC"))
    )
    (path := tmp_path / "walk.TextGrid").write_text(text, encoding=encoding)
    _assert_marks(read_labels(path, RATE))


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (("Left", "Heel-Strike"), ("left", "event", "ic")),
        (("RF", "toe off"), ("right", "event", "tc")),
        (("rechts", "Schritt"), ("right", "stride", "")),
        (("", "artefact"), ("", "artefact", "")),
        (("brightness", "lamp"), ("", "event", "")),
    ],
)
def test_words_are_taken_whole(texts, expected):
    assert tuple(meaning_of(*texts).values()) == expected
