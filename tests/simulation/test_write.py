"""What is written can be read again, and the truth fits to it."""

import json

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("pyarrow")

from gaitmap.recordings import read_recording
from gaitmap.results import build_strides
from gaitmap.simulation import Rest, SensorModel, Walk, simulate, write_simulation


@pytest.fixture(scope="module")
def walk():
    sensors = {"left_sensor": SensorModel(), "right_sensor": SensorModel(clock_offset_s=0.25)}
    return simulate([Rest(1), Walk(n_steps=10), Rest(1)], sensor=sensors, seed=9)


@pytest.fixture(scope="module")
def folder(walk, tmp_path_factory):
    folder = tmp_path_factory.mktemp("simulation")
    write_simulation(walk, folder, name="a walk")
    return folder


def test_the_recording_is_read_as_it_was(walk, folder):
    recording = read_recording(folder / "recording.parquet")
    assert recording.sampling_rate_hz == pytest.approx(walk.sampling_rate_hz)
    for sensor, frame in walk.data.items():
        np.testing.assert_allclose(recording.data[sensor][frame.columns], frame, rtol=1e-6, atol=1e-6)


def test_strides_have_the_columns_of_a_results_folder(walk, folder):
    table = pd.read_parquet(folder / "truth" / "strides.parquet")
    expected = build_strides({}, 100.0, recording="")
    for name in expected.columns.intersection(table.columns):
        assert table[name].dtype == expected[name].dtype, name
    assert set(expected.columns[:16]) <= set(table.columns)
    assert {"stride_time", "stride_length", "kind", "status", "reason"} <= set(table.columns)
    assert table.groupby("foot").size().to_dict() == {
        foot: len(walk.truth.strides[f"{foot}_sensor"]) for foot in ("left", "right")
    }
    for name in ("start", "end", "ic", "tc", "min_vel", "pre_ic"):
        assert (np.abs(table[f"{name}_s"] * walk.sampling_rate_hz - table[name]) <= 0.5 + 1e-9).all()


def test_paths_activities_and_parameters_are_beside_it(walk, folder):
    path = pd.read_parquet(folder / "truth" / "trajectory")
    left = path[path["foot"] == "left"].set_index(["s_id", "sample"])
    expected = walk.truth.trajectory("left_sensor")
    np.testing.assert_array_equal(left[expected.columns], expected)
    activities = pd.read_parquet(folder / "truth" / "activities.parquet")
    assert activities["kind"].tolist() == ["rest", "walk", "rest"]
    content = json.loads((folder / "truth" / "simulation.json").read_text())
    assert content["seed"] == 9
    assert content["sensors"]["right_sensor"]["clock_offset_s"] == 0.25
    assert len(content["drawn_errors"]["left_sensor"]["gyr_bias"]) == 3


def test_nothing_is_replaced_unasked(walk, folder):
    with pytest.raises(FileExistsError, match="already"):
        write_simulation(walk, folder)
    assert write_simulation(walk, folder, overwrite=True).exists()
    assert sorted(entry.name for entry in folder.iterdir()) == ["recording.parquet", "truth", "written.json"]


def test_an_interrupted_write_leaves_no_recording(walk, tmp_path):
    def interrupt(_share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_simulation(walk, tmp_path, on_progress=interrupt)
    assert [entry.name for entry in tmp_path.iterdir()] == ["written.json"]


@pytest.mark.parametrize("overwrite", [False, True])
@pytest.mark.parametrize("name", ["recording.parquet", "truth/notes.txt"])
def test_files_of_the_user_stay(walk, tmp_path, name, overwrite):
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text("mine")
    with pytest.raises(FileExistsError):
        write_simulation(walk, tmp_path, overwrite=overwrite)
    assert (tmp_path / name).read_text() == "mine"
