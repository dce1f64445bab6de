"""A cohort: every recording gets its results or a reason, and finished work is not done again."""

import json
import math
import shutil
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from gaitmap.cohort import ManifestError, _cohort, _job, analyze_cohort, analyze_recording, merge_results, read_manifest
from gaitmap.cohort._job import Job, Outcome
from gaitmap.cohort._workers import WorkerDiedError, Workers
from gaitmap.recordings import read_recording
from gaitmap.results import ResultsError, parameters_digest, read_results
from tests.cohort._study import InThisProcess, analyze_here, assert_same_results, pipeline
from tests.contract._walk import RATE

pytestmark = pytest.mark.usefixtures("here")


def states(result) -> dict[str, str]:
    return dict(zip(result.recordings["recording"], result.recordings["status"], strict=True))


def stamps(out):
    """When which file was written, without what every call writes anew."""
    files = [path for path in (out / "recordings").rglob("*") if path.is_file()]
    return {path: (path.stat().st_mtime_ns, path.stat().st_ino) for path in files}


@pytest.fixture
def own(tmp_path, study):
    """A copy of the study that a test may change, and a folder for its results."""
    shutil.copytree(study.parent, tmp_path / "study")
    return tmp_path / "study" / "study.csv", tmp_path / "out"


@pytest.fixture(scope="module")
def all_finished(study, tmp_path_factory):
    """The results of the study; not to be changed."""
    out = tmp_path_factory.mktemp("results")
    with pytest.MonkeyPatch.context() as patch:
        analyze_here(patch)
        analyze_cohort(study, out, pipeline())
    return out


@pytest.fixture
def finished(own, all_finished):
    """A copy of the study and of its results."""
    manifest, out = own
    shutil.copytree(all_finished, out)
    return manifest, out


def test_every_recording_gets_the_results_that_it_gets_alone(tmp_path, study):
    out = tmp_path / "out"
    result = analyze_cohort(read_manifest(study).iloc[1:], out, pipeline(short=False))
    assert states(result) == dict.fromkeys(["walk1", "walk2"], "finished")
    assert result.n_new == 2
    for name in states(result):
        recording = read_recording(study.parent / f"{name}.parquet", sampling_rate_hz=RATE)
        analyze_recording(recording, pipeline(short=False), tmp_path / name)
        alone, together = read_results(tmp_path / name), read_results(out / "recordings" / name)
        pd.testing.assert_frame_equal(alone.strides, together.strides, check_exact=True)
        assert alone.summary == together.summary
    tables = {path.stem: pd.read_parquet(path) for path in out.glob("*.parquet")}
    assert set(tables) == {"strides", "bouts", "turns", "days", "statistics", "summary", "recordings"}
    strides = pd.concat([read_results(tmp_path / name).strides for name in states(result)], ignore_index=True)
    metadata = ["participant", "condition", "age"]
    assert list(tables["strides"].columns[:5]) == ["recording", *metadata, "foot"]
    pd.testing.assert_frame_equal(tables["strides"].drop(columns=metadata), strides, check_exact=True)
    participants = tables["strides"].groupby("recording")["participant"].unique().map(list)
    assert participants.to_dict() == {"walk1": ["000"], "walk2": ["001"]}
    assert tables["recordings"]["age"].to_list() == [41, 42]
    assert tables["summary"].groupby("recording")["foot"].agg(list).iloc[0] == ["left", "right", "both"]


def test_the_tables_can_be_queried_with_duckdb(finished):
    duckdb = pytest.importorskip("duckdb")
    _, out = finished
    query = (
        f"select s.condition, count(*) n, avg(s.stride_length) length, any_value(r.sampling_rate_hz) rate "
        f"from '{out}/strides.parquet' s join '{out}/recordings.parquet' r using (recording) "
        "where s.status = 'analysed' group by s.condition order by s.condition"
    )
    found = duckdb.sql(query).df()
    strides = pd.read_parquet(out / "strides.parquet")
    expected = strides[strides["status"] == "analysed"].groupby("condition")["stride_length"].agg(["size", "mean"])
    assert found["condition"].to_list() == ["a", "b"]
    assert found["n"].to_list() == expected["size"].to_list()
    np.testing.assert_allclose(found["length"], expected["mean"], rtol=1e-12)
    assert found["rate"].to_list() == [RATE, RATE]


def test_finished_work_is_not_done_again(finished, monkeypatch):
    manifest, out = finished
    before = stamps(out)
    monkeypatch.setattr(_job, "load_recording", lambda *_, **__: pytest.fail("was read again"))
    seen = []
    result = analyze_cohort(manifest, out, pipeline(), on_progress=seen.append)
    assert stamps(out) == before
    # What was finished in the second in which this call began counts as new.
    assert seen[-1].n_done == seen[-1].n_recordings == 3
    assert result.n_finished == 3


def test_work_is_done_again_where_file_options_version_or_parameters_changed(finished, monkeypatch):
    manifest, out = finished
    analysed = []
    real = _job.analyze_recording
    monkeypatch.setattr(_job, "analyze_recording", lambda r, *a, **k: (analysed.append(r.name), real(r, *a, **k)))

    def again(**options):
        analysed.clear()
        analyze_cohort(manifest, out, options.pop("pipeline", pipeline()), **options)
        return sorted(analysed)

    assert again() == []
    walk = pd.read_parquet(manifest.parent / "walk1.parquet")
    walk.iloc[:-10].to_parquet(manifest.parent / "walk1.parquet", index=False)
    assert again() == ["walk1"]
    table = pd.read_csv(manifest, dtype="str")
    table.assign(start_time=[None, None, "2026-05-04T09:30:00+02:00"]).to_csv(manifest, index=False)
    assert again() == ["walk2"]
    table.to_csv(manifest, index=False)
    assert again() == ["walk2"]
    other = pipeline().set_params(segmentation__max_cost=4.5)
    with pytest.raises(ResultsError, match="other parameters"):
        again(pipeline=other)
    assert again(pipeline=other, overwrite=True) == ["walk0", "walk1", "walk2"]
    assert again(pipeline=other) == []
    monkeypatch.setattr("gaitmap.__version__", "99")
    assert again(pipeline=other) == ["walk0", "walk1", "walk2"]


def test_parameters_that_are_not_a_number_are_the_same_parameters():
    assert parameters_digest({"limit": math.nan, "x": [math.inf]}) == parameters_digest(
        {"x": [math.inf], "limit": math.nan}
    )
    assert parameters_digest({"limit": math.nan}) != parameters_digest({"limit": math.inf})


def test_an_interrupted_cohort_goes_on_to_the_same_results(tmp_path, study, all_finished):
    parts = tmp_path / "parts"

    def stop(state):
        if state.n_finished == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        analyze_cohort(study, parts, pipeline(), on_progress=stop)
    assert not (parts / "COMPLETE").exists()
    analyze_cohort(study, parts, pipeline())
    assert_same_results(all_finished, parts)


class TestFailures:
    @pytest.fixture
    def broken(self, own):
        manifest, out = own
        (manifest.parent / "walk0.parquet").write_text("PAR1 not really")
        (manifest.parent / "walk1.parquet").unlink()
        return manifest, out

    def test_a_folder_that_cannot_be_written_does_not_stop_the_others(self, own):
        manifest, out = own
        (out / "recordings").mkdir(parents=True)
        (out / "recordings" / "walk1").write_text("in the way")
        result = analyze_cohort(manifest, out, pipeline())
        assert states(result) == {"walk0": "finished", "walk1": "failed", "walk2": "finished"}
        assert "walk1" in result.recordings["reason"].iloc[1]
        assert set(pd.read_parquet(out / "strides.parquet")["recording"]) == {"walk0", "walk2"}

    def test_a_recording_that_cannot_be_read_does_not_stop_the_others(self, broken):
        manifest, out = broken
        result = analyze_cohort(manifest, out, pipeline())
        assert states(result) == {"walk0": "failed", "walk1": "failed", "walk2": "finished"}
        assert (result.n_failed, result.n_finished, result.n_missing) == (2, 1, 0)
        reasons = result.recordings.set_index("recording")["reason"]
        assert "Parquet file" in reasons["walk0"]
        assert "there is no such file" in reasons["walk1"]
        assert reasons["walk2"] == ""
        assert "Traceback" in (out / "recordings" / "walk0" / "failure.log").read_text()
        assert set(pd.read_parquet(out / "strides.parquet")["recording"]) == {"walk2"}
        assert pd.read_parquet(out / "recordings.parquet")["n_strides_left"].isna().to_list() == [True, True, False]

    @pytest.mark.parametrize("error", [RuntimeError("boom"), MemoryError(), SystemExit(3), np.linalg.LinAlgError("x")])
    def test_any_error_is_a_reason(self, own, monkeypatch, error):
        manifest, out = own
        real = _job.analyze_recording

        def analyze(recording, *args, **kwargs):
            if recording.name == "walk1":
                raise error
            return real(recording, *args, **kwargs)

        monkeypatch.setattr(_job, "analyze_recording", analyze)
        result = analyze_cohort(manifest, out, pipeline())
        assert states(result) == {"walk0": "finished", "walk1": "failed", "walk2": "finished"}
        reason = result.recordings["reason"].iloc[1]
        assert ("memory" in reason) if isinstance(error, MemoryError) else (type(error).__name__ in reason)
        assert type(error).__name__ in (out / "recordings" / "walk1" / "failure.log").read_text()

    def test_wrong_units_are_a_reason(self, own):
        manifest, out = own
        walk = pd.read_parquet(manifest.parent / "walk0.parquet")
        walk[[name for name in walk if "acc" in name]] /= 9.81
        walk.to_parquet(manifest.parent / "walk0.parquet", index=False)
        result = analyze_cohort(manifest, out, pipeline())
        assert "acc_unit='g'" in result.recordings["reason"].iloc[0]

    def test_failed_recordings_are_tried_again_unless_not_wanted(self, broken, study):
        manifest, out = broken
        analyze_cohort(manifest, out, pipeline())
        log = out / "recordings" / "walk1" / "failure.log"
        first = log.stat().st_mtime_ns
        result = analyze_cohort(manifest, out, pipeline(), retry_failed=False)
        assert states(result)["walk1"] == "failed"
        assert "there is no such file" in result.recordings["reason"].iloc[1]
        assert log.stat().st_mtime_ns == first
        analyze_cohort(manifest, out, pipeline())
        assert log.stat().st_mtime_ns > first
        # Another file is another attempt.
        shutil.copy(study.parent / "walk1.parquet", manifest.parent)
        result = analyze_cohort(manifest, out, pipeline(), retry_failed=False)
        assert states(result) == {"walk0": "failed", "walk1": "finished", "walk2": "finished"}
        assert not log.exists()

    def test_old_results_do_not_stand_for_a_recording_that_fails_now(self, finished):
        manifest, out = finished
        (manifest.parent / "walk1.parquet").write_text("nothing")
        result = analyze_cohort(manifest, out, pipeline())
        assert states(result)["walk1"] == "failed"
        assert "walk1" not in set(pd.read_parquet(out / "strides.parquet")["recording"])
        assert states(merge_results(out, manifest))["walk1"] == "failed"

    def test_results_come_back_with_the_file_they_are_of(self, finished, study):
        manifest, out = finished
        (manifest.parent / "walk1.parquet").write_text("nothing")
        analyze_cohort(manifest, out, pipeline())
        before = stamps(out)
        shutil.copy(study.parent / "walk1.parquet", manifest.parent)
        result = analyze_cohort(manifest, out, pipeline())
        assert states(result)["walk1"] == "finished"
        assert not (out / "recordings" / "walk1" / "failure.json").exists()
        strides = out / "recordings" / "walk1" / "strides.parquet"
        assert stamps(out)[strides] == before[strides]

    def test_a_process_that_dies_is_a_reason(self, own, monkeypatch):
        class Deadly(InThisProcess):
            def submit(self, function, /, job):
                if job.recording != "walk1":
                    return super().submit(function, job)
                future = super().submit(lambda: None)
                future._exception = WorkerDiedError()
                return future

        workers = Workers(lambda _: _as_context(Deadly()), 1, (WorkerDiedError,))
        monkeypatch.setattr("gaitmap.cohort._cohort.local_workers", lambda _: workers)
        manifest, out = own
        result = analyze_cohort(manifest, out, pipeline())
        assert states(result) == {"walk0": "finished", "walk1": "failed", "walk2": "finished"}
        assert "3 times" in result.recordings["reason"].iloc[1]

    def test_results_that_went_elsewhere_are_not_counted(self, own, monkeypatch):
        from gaitmap.cohort import _cohort

        real = _cohort.do_job
        elsewhere = own[1].parent / "elsewhere"
        monkeypatch.setattr(_cohort, "do_job", lambda a, job: real(a, replace(job, folder=elsewhere / job.recording)))
        result = analyze_cohort(*own, pipeline())
        assert set(states(result).values()) == {"failed"}
        assert result.recordings["reason"].str.contains("are not here").all()


def _as_context(pool):
    from contextlib import nullcontext

    return nullcontext(pool)


def test_progress_counts_every_recording_once(own):
    manifest, out = own
    (manifest.parent / "walk1.parquet").unlink()
    seen = []
    analyze_cohort(manifest, out, pipeline(), on_progress=seen.append)
    done = [state for state in seen if state.last is not None]
    assert [state.n_done for state in done] == [1, 2, 3]
    assert [state.last.status for state in done] == ["finished", "failed", "finished"]
    assert seen[0].n_done == 0
    assert seen[0].remaining_s is None
    assert done[-1].remaining_s == 0
    assert done[0].remaining_s > 0


def test_progress_tells_what_is_being_done(own):
    seen = []
    analyze_cohort(own[0], own[1], pipeline(), on_progress=seen.append)
    one_after_the_other = [((f"walk{i}",), ()) for i in range(3)]
    assert [state.running for state in seen] == [(), *(names for pair in one_after_the_other for names in pair)]


def test_remarks_reach_the_summary_of_every_recording(own):
    manifest, out = own
    result = analyze_cohort(manifest, out, pipeline(), remarks=["Mind this."])
    assert [list(texts) for texts in result.recordings["warnings"]] == [["Mind this."]] * 3


def test_only_one_run_writes_to_a_folder(own):
    pytest.importorskip("fcntl")
    manifest, out = own

    def second(state):
        if state.n_done == 1:
            with pytest.raises(ResultsError, match="another run"):
                analyze_cohort(manifest, out, pipeline())
            with pytest.raises(ResultsError, match="another run"):
                merge_results(out, manifest)

    analyze_cohort(manifest, out, pipeline(), on_progress=second)


def test_problems_of_the_call_are_errors_before_any_work(own):
    manifest, out = own
    with pytest.raises(ManifestError):
        analyze_cohort(manifest.parent / "none.csv", out, pipeline())
    with pytest.raises(ValueError, match="n_jobs"):
        analyze_cohort(manifest, out, pipeline(), n_jobs=0)
    out.write_text("a file")
    with pytest.raises((ResultsError, OSError)):
        analyze_cohort(manifest, out, pipeline())


class TestMerge:
    def test_folders_without_results_are_missing(self, finished):
        manifest, out = finished
        (out / "recordings" / "walk0" / "COMPLETE").unlink()
        result = merge_results(out, manifest)
        assert states(result) == {"walk0": "missing", "walk1": "finished", "walk2": "finished"}
        assert result.n_missing == 1
        assert "no results yet" in result.recordings["reason"].iloc[0]

    def test_damaged_results_are_a_reason(self, finished):
        manifest, out = finished
        path = out / "recordings" / "walk0" / "strides.parquet"
        path.write_bytes(path.read_bytes()[:-50])
        (out / "recordings" / "walk1" / "summary.json").write_text("{}")
        result = merge_results(out, manifest)
        assert states(result) == {"walk0": "failed", "walk1": "failed", "walk2": "finished"}
        assert "cannot be read" in result.recordings["reason"].iloc[0]
        assert set(pd.read_parquet(out / "summary.parquet")["recording"]) == {"walk2"}

    def test_recordings_that_left_the_manifest_leave_the_tables(self, finished):
        manifest, out = finished
        result = merge_results(out, read_manifest(manifest).iloc[1:])
        assert list(states(result)) == ["walk1", "walk2"]
        assert set(pd.read_parquet(out / "strides.parquet")["recording"]) == {"walk1", "walk2"}

    def test_columns_of_the_manifest_never_hide_those_of_the_tables(self, finished):
        manifest, out = finished
        table = read_manifest(manifest).assign(foot="size 42", status="new", stride_time=1.0, meta_foot="x")
        merge_results(out, table)
        strides = pd.read_parquet(out / "strides.parquet")
        assert set(strides["foot"]) == {"left", "right"}
        assert set(strides["meta_meta_foot"]) == {"size 42"}
        assert set(strides["meta_foot"]) == {"x"}
        assert set(strides["meta_status"]) == {"new"}
        recordings = pd.read_parquet(out / "recordings.parquet")
        assert set(recordings["status"]) == {"finished"}
        assert set(recordings["meta_stride_time"]) == {1.0}

    def test_sql_that_knows_no_upper_and_lower_case_finds_the_columns_of_the_tables(self, finished):
        manifest, out = finished
        merge_results(out, read_manifest(manifest).assign(Foot="size 42", Age=1, META_foot="x"))
        columns = list(pd.read_parquet(out / "strides.parquet").columns)
        assert len({column.casefold() for column in columns}) == len(columns)
        assert {"foot", "meta_meta_Foot", "META_foot", "age", "meta_Age"} <= set(columns)

    def test_part_files_of_long_recordings_are_read(self, finished):
        manifest, out = finished
        folder = out / "recordings" / "walk0"
        strides = pd.read_parquet(folder / "strides.parquet")
        before = pd.read_parquet(out / "strides.parquet")
        (folder / "strides.parquet").unlink()
        (folder / "strides").mkdir()
        strides.iloc[:3].to_parquet(folder / "strides" / "part-00000.parquet")
        strides.iloc[3:].to_parquet(folder / "strides" / "part-00001.parquet")
        merge_results(out, manifest)
        pd.testing.assert_frame_equal(pd.read_parquet(out / "strides.parquet"), before)

    def test_start_times_of_some_recordings(self, own):
        manifest, out = own
        table = read_manifest(manifest)
        table["start_time"] = ["2026-05-04T09:30:00 Europe/Berlin", None, "2026-05-04T09:30:00 America/New_York"]
        analyze_cohort(table, out, pipeline())
        recordings = pd.read_parquet(out / "recordings.parquet")
        assert recordings["time_zone"].to_list()[::2] == ["Europe/Berlin", "America/New_York"]
        assert recordings["start_time"].iloc[0] == pd.Timestamp("2026-05-04T07:30:00Z")
        strides = pd.read_parquet(out / "strides.parquet").groupby("recording")["start_time"]
        assert strides.count().to_dict()["walk1"] == 0
        assert strides.min()["walk2"] - strides.min()["walk0"] == pd.Timedelta(hours=6)

    def test_no_results_at_all_are_empty_tables(self, own):
        manifest, out = own
        result = merge_results(out, manifest)
        assert set(states(result).values()) == {"missing"}
        assert {path.stem for path in out.glob("*.parquet")} == {"recordings"}
        assert (out / "report.html").exists()

    def test_provenance_holds_the_parameters_that_all_have(self, finished):
        _, out = finished
        provenance = json.loads((out / "provenance.json").read_text())
        assert provenance["parameters"] == json.loads(pipeline().to_json())
        assert provenance["n_recordings"] == {"finished": 3, "failed": 0, "missing": 0}
        assert str(out.parent) not in json.dumps(provenance)


def test_the_time_left_is_that_of_new_work_alone(tmp_path, monkeypatch):
    now = 0.0
    monkeypatch.setattr(_cohort.time, "perf_counter", lambda: now)
    jobs = []
    for number in range(8):
        path = tmp_path / f"{number}.csv"
        if number != 4:
            path.write_bytes(b"0" * 1000)
        jobs.append(Job(str(number), path, tmp_path / str(number), {}))
    tracker = _cohort._Tracker(jobs, None)
    for job in jobs[:4]:
        now += 500.0  # a look into large files
        tracker.update(job, Outcome(job.recording, "skipped", ""))
    assert tracker.progress.remaining_s is None
    tracker.start(jobs[4])
    now += 0.001
    tracker.update(jobs[4], Outcome("4", "failed", "there is no such file"))
    assert tracker.progress.remaining_s is None
    tracker.start(jobs[5])
    now += 10.0
    tracker.update(jobs[5], Outcome("5", "finished", ""))
    assert tracker.progress.remaining_s == pytest.approx(20, rel=0.01)
