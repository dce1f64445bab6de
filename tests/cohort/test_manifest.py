"""The manifest: everything that is wrong with it is told at once, and nothing in it is changed in silence."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.cohort import ManifestError, read_manifest
from gaitmap.cohort._manifest import reader_options
from gaitmap.cohort._names import folder_names


def write(path, text):
    path.write_text(text, encoding="utf-8")
    return path


def problems_of(source, **options) -> str:
    with pytest.raises(ManifestError) as caught:
        read_manifest(source, **options)
    return str(caught.value)


def test_paths_are_relative_to_the_manifest_and_name_the_recordings(tmp_path):
    path = write(tmp_path / "study.csv", "path,visit\np1/walk.csv,1\n/data/p 2/Gang.parquet,2\n")
    table = read_manifest(path)
    assert table["path"].to_list() == [str(tmp_path / "p1" / "walk.csv"), "/data/p 2/Gang.parquet"]
    assert table["recording"].to_list() == ["p1_walk", "data_p_2_Gang"]
    assert table["visit"].to_list() == [1, 2]


def test_what_was_read_can_be_read_again(tmp_path):
    path = write(tmp_path / "study.csv", "path,sampling_rate_hz,left,age\na.csv,102.4,1,40\nb.csv,,,\n")
    table = read_manifest(path)
    pd.testing.assert_frame_equal(read_manifest(table), table)


def test_texts_stay_texts_and_numbers_become_numbers(tmp_path):
    text = "path;participant;age;score;note\na.csv;007;61;1,5;NA\nb.csv;012;;2;\n"
    table = read_manifest(write(tmp_path / "study.csv", text))
    assert table["participant"].to_list() == ["007", "012"]
    assert table["age"].to_list() == [61, pd.NA]
    assert table["score"].to_list() == [1.5, 2.0]
    assert table["note"].iloc[0] == "NA"
    assert pd.isna(table["note"].iloc[1])


def test_parquet_manifests_keep_their_types(tmp_path):
    days = pd.to_datetime(["2026-01-01", "2026-01-02"])
    table = pd.DataFrame({"path": ["a.csv", "b.csv"], "day": days, "id": pd.array([1, None], dtype="Int64")})
    table.to_parquet(tmp_path / "study.parquet")
    read = read_manifest(tmp_path / "study.parquet")
    pd.testing.assert_series_equal(read["day"], table["day"])
    pd.testing.assert_series_equal(read["id"], table["id"])


def test_reader_options_of_a_row_count_before_the_defaults(tmp_path):
    path = write(tmp_path / "study.csv", "path,sampling_rate_hz,acc_unit\na.csv,102.4,\nb.csv,,g\n")
    table = read_manifest(path, defaults={"sampling_rate_hz": 204.8, "gyr_unit": "rad/s", "left": None})
    assert [reader_options(row) for row in table.to_dict("records")] == [
        {"sampling_rate_hz": 102.4, "gyr_unit": "rad/s"},
        {"sampling_rate_hz": 204.8, "acc_unit": "g", "gyr_unit": "rad/s"},
    ]


def test_all_problems_are_told_at_once_with_their_rows(tmp_path):
    text = (
        "path,recording,sampling_rate_hz,acc_unit,gyr_unit,start_time,left,right\n"
        "a.csv,one,fast,m/s^2,deg/s,,x,x\n"
        "b.csv,one,100,mg,rpm,yesterday,,\n"
        ",three,-1,,,2026-05-04T09:30:00,,\n"
        "d.csv,four,0,,,2026-05-04T09:30:00+02:00,,\n"
    )
    told = problems_of(write(tmp_path / "study.csv", text))
    assert told.count("\n- ") == 10
    for part in [
        "row 2: sampling_rate_hz must be a number above 0. Got 'fast'",
        "row 2: left and right name the same sensor, 'x'",
        "row 3: the recording 'one' is there twice, first in row 2",
        "row 3: acc_unit must be m/s^2 or g. Got 'mg'",
        "row 3: gyr_unit must be deg/s or rad/s. Got 'rpm'",
        "row 3: start_time:",
        "row 4: there is no path",
        "row 4: sampling_rate_hz",
        "row 4: start_time:",
        "row 5: sampling_rate_hz",
    ]:
        assert part in told


@pytest.mark.parametrize(
    ("header", "says"),
    [
        ("file,visit", "no column 'path'"),
        ("path,path", "'path' is there twice"),
        ("path,visit,visit", "'visit' is there twice"),
        ("path,,visit", "column 2 has no name"),
        ("path,sampling_rate", "Call it 'sampling_rate_hz'"),
        ("path,acc_units", "Call it 'acc_unit'"),
    ],
)
def test_columns_that_cannot_be_meant_are_refused(tmp_path, header, says):
    row = ",".join("x" * (header.count(",") + 1))
    assert says in problems_of(write(tmp_path / "study.csv", f"{header}\n{row}\n"))


def test_columns_of_mixed_kinds_are_refused():
    table = pd.DataFrame({"path": ["a.csv", "b.csv"], "mixed": [1, "x"], "lists": [[1], [2]]})
    told = problems_of(table)
    assert "'mixed' holds values of different kinds" in told
    assert "'lists'" in told


def test_an_index_that_was_written_with_the_table_is_left_out(tmp_path):
    pd.DataFrame({"path": ["a.csv", "b.csv"]}).to_csv(tmp_path / "study.csv")
    assert list(read_manifest(tmp_path / "study.csv").columns) == ["recording", "path"]


def test_an_index_that_has_a_name_is_kept(tmp_path):
    index = pd.Index(["P01", "P02"], name="participant")
    table = pd.DataFrame({"path": ["a.csv", "b.csv"]}, index=index)
    table.to_parquet(tmp_path / "study.parquet")
    for source in (table, tmp_path / "study.parquet"):
        assert read_manifest(source)["participant"].to_list() == ["P01", "P02"]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_manifests_of_spreadsheet_programs_are_read(tmp_path, encoding, separator):
    lines = ["", "path,name,,", "Müller/ä ö.csv,Jörg,,", ",,,", "b.csv,,,", ",,,", ",,,", ""]
    text = "\r\n".join(lines).replace(",", separator)
    (tmp_path / "study.csv").write_bytes(text.encode(encoding))
    table = read_manifest(tmp_path / "study.csv")
    assert list(table.columns) == ["recording", "path", "name"]
    assert table["path"].to_list() == [str(tmp_path / "Müller" / "ä ö.csv"), str(tmp_path / "b.csv")]
    assert table["name"].iloc[0] == "Jörg"


def test_problems_name_the_rows_of_the_file_empty_ones_included(tmp_path):
    text = "\npath,sampling_rate_hz\n\na.csv,x\n,\nb.csv,100\nb.csv,100\n"
    told = problems_of(write(tmp_path / "study.csv", text))
    assert "row 4: sampling_rate_hz" in told
    assert "row 7: the file" in told
    assert "first in row 6" in told


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("none.csv", None, "There is no manifest"),
        ("empty.csv", b"", "cannot be read"),
        ("header.csv", b"path\n", "no recordings"),
        ("binary.csv", bytes(range(256)), "cannot be read"),
        ("broken.parquet", b"PAR1xxxxPAR1", "cannot be read"),
        ("study.xlsx", b"PK", "Save it as CSV"),
        ("latin.csv", "path\nä.csv\n".encode("latin-1"), "not UTF-8 text"),
        ("ragged.csv", b"path,a\nx.csv,1,2,3\n", "cannot be read"),
    ],
)
def test_unusable_manifests_are_a_message(tmp_path, name, content, says):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    assert says in problems_of(tmp_path / name)


def test_a_file_that_is_there_twice_needs_names(tmp_path):
    told = problems_of(write(tmp_path / "study.csv", "path\na.csv\nb.csv\n./a.csv\n"))
    assert "row 4: the file" in told
    named = read_manifest(write(tmp_path / "study.csv", "path,recording\na.csv,left\na.csv,right\n"))
    assert named["recording"].to_list() == ["left", "right"]


class TestFoldersAndPatterns:
    @pytest.fixture
    def folder(self, tmp_path):
        for name in ("b.csv", "a.parquet", "notes.txt", "p1/a.csv", "p2/a.CSV", "out/strides.parquet"):
            (tmp_path / name).parent.mkdir(exist_ok=True)
            (tmp_path / name).touch()
        return tmp_path

    def test_a_folder_is_the_recordings_in_it(self, folder):
        assert read_manifest(folder)["recording"].to_list() == ["a", "b"]

    def test_a_pattern_finds_them_below_but_no_results(self, folder):
        table = read_manifest(f"{folder}/**/*", exclude=folder / "out")
        assert sorted(table["recording"]) == ["a", "b", "p1_a", "p2_a"]

    def test_a_list_of_files(self, folder):
        table = read_manifest([folder / "p1" / "a.csv", folder / "p2" / "a.CSV"])
        assert table["recording"].to_list() == ["p1_a", "p2_a"]

    def test_nothing_found_is_told(self, folder):
        assert "no CSV or Parquet files" in problems_of(f"{folder}/*.edf")
        (folder / "empty").mkdir()
        assert "/**/*.csv" in problems_of(folder / "empty")


class TestNames:
    def test_equal_names_are_made_different_without_changing_the_first(self, tmp_path):
        alone = read_manifest(write(tmp_path / "study.csv", "path\na/b.csv\n"))["recording"].to_list()
        both = read_manifest(write(tmp_path / "study.csv", "path\na/b.csv\na_b.csv\nA/B.csv\n"))["recording"].to_list()
        assert both[0] == alone[0] == "a_b"
        assert len({name.casefold() for name in both}) == 3

    @settings(max_examples=60, deadline=None)
    @given(st.lists(st.text(min_size=1, max_size=90), min_size=1, max_size=6, unique=True))
    def test_folders_are_safe_and_different_whatever_the_names(self, names):
        folders = folder_names(names)
        assert len({folder.casefold() for folder in folders}) == len(names)
        for folder in folders:
            assert not set(folder) & set('/\\:*?"<>| \n\t\0')
            assert not folder.startswith(".")
            assert len(folder.encode("utf-8", "surrogatepass")) <= 255

    def test_plain_names_are_kept(self):
        assert folder_names(["P01_v1", "con", "P01 v1"])[0] == "P01_v1"
        assert folder_names(["con"]) != ["con"]


@settings(max_examples=30, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1, max_size=8), min_size=1, max_size=5),
    st.lists(st.floats(allow_nan=False, allow_infinity=False, width=32), min_size=5, max_size=5),
)
def test_csv_gives_back_what_was_written(tmp_path_factory, texts, numbers):
    folder = tmp_path_factory.mktemp("manifest")
    written = pd.DataFrame(
        {
            "path": [f"{i}.csv" for i in range(len(texts))],
            "text": [f"t{text}" for text in texts],
            "number": numbers[: len(texts)],
        }
    )
    written.to_csv(folder / "study.csv", index=False)
    read = read_manifest(folder / "study.csv")
    assert read["text"].to_list() == written["text"].to_list()
    np.testing.assert_array_equal(read["number"].astype(float), written["number"])


def test_columns_and_rows_are_told_together_and_one_cause_once(tmp_path):
    rows = "".join(f"walk{i}.csv,mg,{'yesterday' if i == 3 else ''}\n" for i in range(40))
    told = problems_of(write(tmp_path / "study.csv", f"path,acc_unit,start_tme,\n{rows}x,m/s^2,,7\n"))
    assert "column 4 has no name" in told
    assert "Call it 'start_time' if that is meant" in told
    assert "rows 2, 3, 4, 5, 6 and 35 more: acc_unit must be" in told
    assert told.count("acc_unit must be") == 1
