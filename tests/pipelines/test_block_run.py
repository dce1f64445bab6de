"""A recording on disk, analysed block by block, gives the results of the recording in memory."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas.testing import assert_frame_equal

from gaitmap.gait_detection import UllrichGaitSequenceDetection
from gaitmap.pipelines import BlockRun, GaitPipeline
from gaitmap.pipelines.blocks import _region_strides
from gaitmap.preprocessing.sensor_alignment import AutoAlignment, GravityAlignment
from gaitmap.recordings import open_recording, read_recording
from gaitmap.stride_segmentation import BarthDtw, CalibratedBarthDtw, OpenStrideTemplate
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, PreTrainedOpenSegmentationModel
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory, StrideLevelTrajectory
from gaitmap.utils.exceptions import BlocksNotPossibleError
from tests.contract._walk import RATE, SENSORS
from tests.pipelines._recording import long_recording, segmentation, write_recording

TABLES = ("strides_", "bouts_", "turns_", "days_", "statistics_")


def _pipeline(**changes):
    return GaitPipeline.like_2_6(segmentation=segmentation()).set_params(**changes)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return write_recording(tmp_path_factory.mktemp("recording"), long_recording())


@pytest.fixture(scope="module")
def file(path):
    return open_recording(path, sampling_rate_hz=RATE)


@pytest.fixture(scope="module")
def whole(path):
    recording = read_recording(path, sampling_rate_hz=RATE)
    return _pipeline().analyze(recording.data, RATE, name=recording.name)


def _assert_same(run, expected):
    for name in TABLES:
        assert_frame_equal(getattr(run, name), getattr(expected, name), rtol=1e-9, atol=1e-9)
    assert run.quality_ == expected.quality_
    assert run.walking_.keys() == expected.walking_.keys()


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(block_length=st.integers(250, 9000))
def test_blocks_of_any_length_give_the_results_of_the_whole(file, whole, block_length):
    _assert_same(BlockRun(_pipeline(), file, block_length=block_length).run(), whole)


@pytest.mark.parametrize("with_folder", [True, False])
def test_paths_can_be_kept(file, whole, tmp_path, with_folder):
    folder = tmp_path / "progress" if with_folder else None
    run = BlockRun(_pipeline(), file, block_length=1500, keep_trajectory=True, folder=folder)
    assert run.run().trajectory_ == {}
    parts = list(run.trajectory_parts())
    for sensor in SENSORS:
        n_rows = sum(len(part[sensor]) for part in parts if sensor in part)
        assert n_rows == len(whole.trajectory_[sensor])


class _InterruptionError(Exception):
    pass


def _interrupt_after(n_samples):
    def on_progress(n_done, n_all):
        if n_samples <= n_done < n_all:
            raise _InterruptionError

    return on_progress


class _Counter:
    def __init__(self):
        self.n_samples = 0

    def update(self, block):
        self.n_samples += len(block[SENSORS[0]])


class _Warner(_Counter):
    def update(self, block):
        super().update(block)
        if self.n_samples <= 4000:
            warnings.warn(f"after {self.n_samples} samples", UserWarning, stacklevel=1)


@pytest.mark.parametrize("n_samples", [0, 1000, 5000])
def test_an_interrupted_run_goes_on_where_it_stopped(file, whole, tmp_path, n_samples):
    def new_run():
        return BlockRun(
            _pipeline(), file, block_length=1000, folder=tmp_path / "progress", observers={"count": _Counter()}
        )

    with pytest.raises(_InterruptionError):
        new_run().run(on_progress=_interrupt_after(n_samples))
    seen = []
    run = new_run()
    _assert_same(run.run(on_progress=lambda n_done, _: seen.append(n_done)), whole)
    assert seen[0] == n_samples
    assert run.observers["count"].n_samples == file.n_samples
    run.forget_progress()
    assert not (tmp_path / "progress").exists()


def test_warnings_from_before_an_interruption_are_told_at_the_end(file, tmp_path):
    def new_run():
        return BlockRun(
            _pipeline(), file, block_length=500, folder=tmp_path / "progress", observers={"warner": _Warner()}
        )

    with pytest.raises(_InterruptionError), warnings.catch_warnings(action="error"):
        new_run().run(on_progress=_interrupt_after(3000))
    with pytest.warns(UserWarning, match="samples") as told:
        new_run().run()
    texts = [str(warning.message) for warning in told if "samples" in str(warning.message)]
    assert texts == ["after 500 samples", "after 1000 samples", "after 1500 samples (and 5 more like this)"]


def test_progress_of_other_parameters_is_not_used(file, tmp_path):
    folder = tmp_path / "progress"
    with pytest.raises(_InterruptionError):
        BlockRun(_pipeline(), file, block_length=1000, folder=folder).run(on_progress=_interrupt_after(3000))
    seen = []
    other = _pipeline(segmentation__max_cost=1e-6)
    BlockRun(other, file, block_length=1000, folder=folder).run(on_progress=lambda n_done, _: seen.append(n_done))
    assert seen[0] == 0


def test_progress_of_swapped_feet_is_not_used(tmp_path):
    data = dict(zip("AB", long_recording().values(), strict=True))
    path = write_recording(tmp_path, data)
    wrong, right = (
        open_recording(path, sampling_rate_hz=RATE, left=left, right=other) for left, other in (("B", "A"), ("A", "B"))
    )
    fresh = BlockRun(_pipeline(), right, block_length=1000).run()
    folder = tmp_path / "progress"
    with pytest.raises(_InterruptionError):
        BlockRun(_pipeline(), wrong, block_length=1000, folder=folder).run(on_progress=_interrupt_after(3000))
    _assert_same(BlockRun(_pipeline(), right, block_length=1000, folder=folder).run(), fresh)


@pytest.mark.parametrize("damaged", ["state.signed", "part-00000.signed"])
@pytest.mark.parametrize("content", [b"", b"no pickle"])
def test_damaged_progress_starts_anew(file, whole, tmp_path, damaged, content):
    folder = tmp_path / "progress"
    with pytest.raises(_InterruptionError):
        BlockRun(_pipeline(), file, block_length=2000, folder=folder).run(on_progress=_interrupt_after(4000))
    assert (folder / damaged).is_file()
    (folder / damaged).write_bytes(content)
    _assert_same(BlockRun(_pipeline(), file, block_length=2000, folder=folder).run(), whole)


def test_a_foot_that_never_rests_does_not_stop_the_other(tmp_path):
    data = long_recording()
    data["left_sensor"][["gyr_x", "gyr_y", "gyr_z"]] += 300.0
    file = open_recording(write_recording(tmp_path, data), sampling_rate_hz=RATE)
    run = BlockRun(_pipeline(), file, block_length=2000).run()
    assert "alignment of the sensors was not possible" in " ".join(run.quality_["left_sensor"]["findings"])
    assert run.quality_["right_sensor"]["n_strides_analyzed"] > 20


@pytest.mark.parametrize("sensors", [SENSORS[:1], SENSORS])
def test_strides_without_a_path_say_so_in_memory_and_in_blocks(tmp_path, sensors):
    data = long_recording()
    for sensor in sensors:
        data[sensor]["acc_y"] = np.nan
    path = write_recording(tmp_path, data)
    expected = _pipeline().analyze(read_recording(path, sampling_rate_hz=RATE).data, RATE, name=path.stem)
    run = BlockRun(_pipeline(), open_recording(path, sampling_rate_hz=RATE), block_length=700).run()
    assert_frame_equal(run.strides_, expected.strides_, rtol=1e-9, atol=1e-9)
    assert_frame_equal(run.bouts_, expected.bouts_, rtol=1e-9, atol=1e-9)
    for sensor in sensors:
        of_foot = expected.strides_[expected.strides_["foot"] == sensor.removesuffix("_sensor")]
        reasons = of_foot.loc[of_foot["status"] == "analysed", "reason"]
        assert len(reasons) > 20
        assert set(reasons.str.contains("not found: stride_length, gait_velocity")) == {True}
        assert "foot paths were not possible: the median acceleration" in " ".join(
            expected.quality_[sensor]["findings"]
        )


def test_a_part_in_which_no_path_can_be_found_is_no_problem_of_the_whole(tmp_path):
    data = long_recording()
    starts = _pipeline().analyze(data, RATE).events_["left_sensor"]["start"].astype(int)
    without_gravity = starts[starts.between(starts.quantile(0.3), starts.quantile(0.7))]
    for start in without_gravity:
        data["left_sensor"].loc[start - 10 : start + 10, ["acc_x", "acc_y", "acc_z"]] = 0.0
    path = write_recording(tmp_path, data)
    expected = _pipeline().analyze(read_recording(path, sampling_rate_hz=RATE).data, RATE, name=path.stem)
    run = BlockRun(_pipeline(), open_recording(path, sampling_rate_hz=RATE), block_length=700).run()
    _assert_same(run, expected)
    findings = " ".join(run.quality_["left_sensor"]["findings"])
    assert f"{len(without_gravity)} have no foot path" in findings
    assert "not possible" not in findings


@pytest.mark.parametrize("alignment", [GravityAlignment(), AutoAlignment()])
def test_feet_that_cannot_be_aligned_are_told_like_in_memory(tmp_path, alignment):
    data = {sensor: frame * np.nan for sensor, frame in long_recording().items()}
    data["right_sensor"] = data["right_sensor"].fillna(0.0)
    path = write_recording(tmp_path, data)
    pipeline = _pipeline(alignment=alignment)
    expected = pipeline.clone().analyze(read_recording(path, sampling_rate_hz=RATE).data, RATE, name=path.stem)
    run = BlockRun(pipeline, open_recording(path, sampling_rate_hz=RATE), block_length=3000).run()
    for sensor in SENSORS:
        assert "alignment of the sensors was not possible" in " ".join(run.quality_[sensor]["findings"])
    _assert_same(run, expected)


_METHODS = [
    segmentation(),
    BarthDtw(OpenStrideTemplate()),
    BarthDtw({s: segmentation().template for s in SENSORS}),
    CalibratedBarthDtw(),
]


@pytest.mark.parametrize(
    ("method", "gait_detection"),
    [
        *((method, None) for method in _METHODS),
        *((method, UllrichGaitSequenceDetection()) for method in _METHODS),
        (HmmStrideSegmentation(PreTrainedOpenSegmentationModel()), UllrichGaitSequenceDetection()),
    ],
)
def test_a_foot_without_strides_is_explained_like_in_memory(tmp_path, method, gait_detection):
    data = long_recording()
    data["left_sensor"] = data["left_sensor"].iloc[:100].sample(len(data["left_sensor"]), replace=True, random_state=0)
    data = {sensor: frame.reset_index(drop=True) for sensor, frame in data.items()}
    path = write_recording(tmp_path, data)
    pipeline = _pipeline(segmentation=method, gait_detection=gait_detection)
    expected = pipeline.clone().analyze(read_recording(path, sampling_rate_hz=RATE).data, RATE, name=path.stem)
    run = BlockRun(pipeline, open_recording(path, sampling_rate_hz=RATE), block_length=3000).run()
    assert "No strides were found" in " ".join(run.quality_["left_sensor"]["findings"])
    _assert_same(run, expected)


def test_what_needs_the_whole_recording_is_refused_before_work(file):
    with pytest.raises(BlocksNotPossibleError, match="HmmStrideSegmentation"):
        BlockRun(_pipeline(segmentation=HmmStrideSegmentation()), file)


@pytest.mark.parametrize("merge", [False, True])
@pytest.mark.parametrize("trajectory", [StrideLevelTrajectory(), RegionLevelTrajectory()])
def test_gait_sequences_give_the_results_of_the_whole(tmp_path, trajectory, merge):
    path = write_recording(tmp_path, long_recording(rest_s=40.0))
    gait_detection = UllrichGaitSequenceDetection(merge_gait_sequences_from_sensors=merge)
    pipeline = _pipeline(gait_detection=gait_detection, trajectory=trajectory)
    expected = pipeline.clone().analyze(read_recording(path, sampling_rate_hz=RATE).data, RATE, name=path.stem)
    run = BlockRun(pipeline, open_recording(path, sampling_rate_hz=RATE), block_length=2345).run()
    assert run.strides_.loc[run.strides_["status"] != "analysed", "foot"].nunique() == 2
    _assert_same(run, expected)


@pytest.mark.parametrize("gait_detection", [None, UllrichGaitSequenceDetection()])
@pytest.mark.parametrize("method", [CalibratedBarthDtw(), BarthDtw(OpenStrideTemplate())])
def test_the_level_of_movement_is_the_one_of_the_whole_recording(tmp_path, method, gait_detection):
    path = write_recording(tmp_path, long_recording(rest_s=40.0))
    pipeline = _pipeline(segmentation=method, gait_detection=gait_detection)
    expected = pipeline.clone().analyze(read_recording(path, sampling_rate_hz=RATE).data, RATE, name=path.stem)
    run = BlockRun(pipeline, open_recording(path, sampling_rate_hz=RATE), block_length=2345).run()
    assert all(expected.quality_[sensor]["n_strides_found"] > 20 for sensor in SENSORS)
    assert run.segmentation.to_json() == method.to_json()
    _assert_same(run, expected)


@pytest.mark.parametrize("limit_s", [4.0, 1000.0])
def test_a_hidden_markov_model_gets_gait_sequences_that_are_cut_as_in_memory(tmp_path, monkeypatch, limit_s):
    monkeypatch.setattr(_region_strides, "LONGEST_REGION_S", limit_s)
    monkeypatch.setattr(_region_strides, "_SLACK_S", 6.0)
    path = write_recording(tmp_path, long_recording(rest_s=40.0))
    pipeline = _pipeline(segmentation=HmmStrideSegmentation(), gait_detection=UllrichGaitSequenceDetection())
    expected = pipeline.clone().analyze(read_recording(path, sampling_rate_hz=RATE).data, RATE, name=path.stem)
    run = BlockRun(pipeline, open_recording(path, sampling_rate_hz=RATE), block_length=2345).run()
    assert len(expected.strides_) > 20
    assert any("was cut" in finding for finding in run.quality_["left_sensor"]["findings"]) == (limit_s == 4.0)
    for name in TABLES:
        assert_frame_equal(getattr(run, name), getattr(expected, name), rtol=1e-9, atol=1e-9)
