"""Results folders: what is written is read, and nothing is ever half there."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gaitmap.results import (
    Results,
    ResultsError,
    build_provenance,
    build_strides,
    build_summary,
    build_trajectory,
    check_results_folder,
    read_results,
    write_results,
)
from gaitmap.results import _results as results_module
from tests.results.test_tables import ORI, POS, RATE, START, VEL, both, others, path, stride_list


def results(
    parameter: float = 1.0, *, empty: bool = False, name: str = "walk", zone: str | None = "Europe/Berlin"
) -> Results:
    start = None if zone is None else START.tz_convert(zone)
    parameters = {
        "left_sensor": pd.DataFrame({"stride_time": [1 / 3, np.nan, 1.1]}, index=pd.Index(range(3), name="s_id"))
    }
    strides = build_strides(
        {} if empty else both(),
        RATE,
        recording=name,
        parameters=[] if empty else [parameters],
        not_analysed={} if empty else {"right_sensor": others([0], reason='said "no", twice')},
        start_time=start,
    )
    parts = [{} if empty else {"left_sensor": path(columns)} for columns in (POS, VEL, ORI)]
    provenance = build_provenance(parameters={"x": parameter, "limit": float("inf")})
    provenance["input"] = {"name": name, "sha256": "abc", "time_zone": None if start is None else str(start.tz)}
    return Results(
        strides,
        build_summary(strides, recording=name, sampling_rate_hz=RATE, duration_s=10.0, start_time=start),
        provenance,
        build_trajectory(*parts, recording=name),
    )


def content(folder: Path) -> dict[str, bytes]:
    return {str(p.relative_to(folder)): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
@pytest.mark.parametrize("empty", [False, True])
@pytest.mark.parametrize("zone", [None, "Europe/Berlin", "UTC"])
def test_round_trip_is_exact(tmp_path, file_format, empty, zone):
    # "NA" is a name like any other.
    written = results(empty=empty, name="NA", zone=zone)
    read = read_results(write_results(tmp_path / "out", written, file_format=file_format))
    pd.testing.assert_frame_equal(read.strides, written.strides)
    pd.testing.assert_frame_equal(read.trajectory, written.trajectory)
    assert read.summary == written.summary
    assert read.provenance == written.provenance


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_start_times_with_a_fixed_offset(tmp_path, file_format):
    written = results(zone="+02:00")
    read = read_results(write_results(tmp_path, written, file_format=file_format))
    assert (read.strides["start_time"] == written.strides["start_time"]).all()
    assert read.strides["start_time"].dt.hour.tolist() == written.strides["start_time"].dt.hour.tolist()


def test_entries_of_the_folder(tmp_path):
    write_results(tmp_path, results(), report=lambda file: file.write_text("report"))
    assert sorted(content(tmp_path)) == [
        "COMPLETE",
        "provenance.json",
        "report.html",
        "strides.parquet",
        "summary.json",
        "trajectory/part-00000.parquet",
        "written.json",
    ]


@pytest.mark.parametrize("file_format", ["parquet", "csv"])
def test_part_files_read_as_one_table(tmp_path, file_format):
    whole = results()
    parts = Results(
        (whole.strides.iloc[i : i + 2] for i in range(0, 6, 2)),
        whole.summary,
        whole.provenance,
        [whole.trajectory.iloc[:4], whole.trajectory.iloc[4:4], whole.trajectory.iloc[4:]],
    )
    write_results(tmp_path, parts, file_format=file_format)
    read = read_results(tmp_path)
    pd.testing.assert_frame_equal(read.strides, whole.strides)
    pd.testing.assert_frame_equal(read.trajectory, whole.trajectory)
    assert (tmp_path / "strides" / f"part-00002.{file_format}").is_file()


def test_further_tables(tmp_path):
    bouts = pd.DataFrame({"bout_id": [1, 2], "n_strides": [5, 7], "duration_s": [5.5, 7.25]})
    whole = results()
    write_results(tmp_path, Results(whole.strides, whole.summary, whole.provenance, tables={"bouts": bouts}))
    read = read_results(tmp_path)
    pd.testing.assert_frame_equal(read.tables["bouts"], bouts)
    assert read.trajectory is None


def test_json_files_are_standard_json(tmp_path):
    write_results(tmp_path, results())
    text = (tmp_path / "summary.json").read_text(encoding="utf-8")
    json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))


def test_the_same_run_replaces_itself_without_leftovers(tmp_path):
    write_results(tmp_path, results(), report=lambda file: file.write_text("old"))
    write_results(tmp_path, results(), file_format="csv")
    assert sorted(content(tmp_path)) == [
        "COMPLETE", "provenance.json", "strides.csv", "summary.json", "trajectory/part-00000.csv", "written.json",
    ]  # fmt: skip


def test_another_run_is_refused_and_nothing_changes(tmp_path):
    write_results(tmp_path, results(1.0))
    before = content(tmp_path)
    for write in (
        lambda: write_results(tmp_path, results(2.0)),
        lambda: check_results_folder(tmp_path, results(2.0).provenance),
    ):
        with pytest.raises(ResultsError, match=r"results of another run.*'walk'"):
            write()
    assert content(tmp_path) == before


def test_another_run_is_replaced_when_asked_for(tmp_path):
    write_results(tmp_path, results(1.0))
    write_results(tmp_path, results(2.0), overwrite=True)
    assert read_results(tmp_path).provenance["parameters"]["x"] == 2.0


def test_an_unfinished_folder_is_replaced(tmp_path):
    write_results(tmp_path, results(1.0))
    (tmp_path / "COMPLETE").unlink()
    write_results(tmp_path, results(2.0))
    assert read_results(tmp_path).provenance["parameters"]["x"] == 2.0


def test_a_failure_while_writing_leaves_the_folder_as_it_was(tmp_path):
    write_results(tmp_path, results())
    before = content(tmp_path)

    def fail(file):
        file.write_text("half")
        raise RuntimeError("disk full")

    with pytest.raises(RuntimeError, match="disk full"):
        write_results(tmp_path, results(), report=fail)
    assert content(tmp_path) == before


@pytest.mark.parametrize("step", range(4))
def test_a_stop_while_moving_never_looks_finished(tmp_path, monkeypatch, step):
    write_results(tmp_path, results(1.0))
    replace = Path.replace
    calls = []

    def stop(self, target):
        if target.name != "written.json":
            calls.append(target)
        if len(calls) > step:
            raise KeyboardInterrupt
        return replace(self, target)

    monkeypatch.setattr(Path, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        write_results(tmp_path, results(2.0), overwrite=True)
    monkeypatch.undo()
    with pytest.raises(ResultsError, match="no finished results"):
        read_results(tmp_path)


def test_other_files_in_the_folder_are_left_alone(tmp_path):
    (tmp_path / "letter.txt").write_text("keep me")
    (tmp_path / "data").mkdir()
    write_results(tmp_path, results())
    assert (tmp_path / "letter.txt").read_text() == "keep me"
    assert (tmp_path / "data").is_dir()


@pytest.mark.parametrize("make", [lambda p: None, lambda p: p.mkdir()])
def test_reading_where_there_are_no_results(tmp_path, make):
    make(tmp_path / "out")
    with pytest.raises(ResultsError, match="no finished results"):
        read_results(tmp_path / "out")


@pytest.mark.parametrize("name", ["summary.json", "provenance.json", "strides.parquet"])
@pytest.mark.parametrize("damage", [Path.unlink, lambda p: p.write_bytes(b"{")])
def test_reading_damaged_results(tmp_path, name, damage):
    write_results(tmp_path, results())
    damage(tmp_path / name)
    with pytest.raises(ResultsError, match="cannot be read"):
        read_results(tmp_path)


def test_a_file_in_the_place_of_the_folder(tmp_path):
    (tmp_path / "out").write_text("file")
    with pytest.raises(ResultsError, match="this is a file"):
        write_results(tmp_path / "out", results())


def test_unknown_format_is_refused(tmp_path):
    with pytest.raises(ValueError, match="'file_format' parameter of write_results"):
        write_results(tmp_path, results(), file_format="xlsx")


def test_parquet_without_pyarrow_says_what_to_install(tmp_path, monkeypatch):
    def missing(package, purpose, extra):
        raise ImportError(f"{purpose} needs {package}: pip install 'gaitmap[{extra}]'")

    monkeypatch.setattr(results_module, "require", missing)
    with pytest.raises(ImportError, match=r"gaitmap\[app\]"):
        write_results(tmp_path / "out", results())
    assert not (tmp_path / "out").exists()


def test_csv_needs_no_pyarrow(tmp_path, monkeypatch):
    monkeypatch.setattr(results_module, "require", lambda *_args, **_kwargs: pytest.fail("pyarrow was asked for"))
    write_results(tmp_path, results(), file_format="csv")
    read_results(tmp_path)


def test_stride_list_of_one_foot(tmp_path):
    strides = build_strides({"right_sensor": stride_list()}, RATE, recording="walk")
    whole = results()
    write_results(tmp_path, Results(strides, whole.summary, whole.provenance))
    assert set(read_results(tmp_path).strides["foot"]) == {"right"}
