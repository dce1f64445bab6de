"""What is wrong with a recording stands in the report, in plain words, in the section about data quality."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

pytest.importorskip("typer")
pytest.importorskip("plotly")
pytest.importorskip("pyarrow")

from gaitmap.cohort import load_recording
from gaitmap.recordings import RecordingFile
from gaitmap.results import read_results
from gaitmap.simulation import Rest, SensorModel, Walk, simulate, simulate_walk, write_simulation
from gaitmap.utils.rotations import flip_dataset
from tests.cli._checks import analyze, quality_section

LEFT, RIGHT = "left_sensor", "right_sensor"
RATE = 100.0


@pytest.fixture(scope="module")
def walk():
    return simulate_walk(sampling_rate_hz=RATE, duration_s=16.0, seed=1).data


def _with(walk, sensor, change):
    changed = walk[sensor].copy()
    return {**walk, sensor: change(changed)}


def _from_half(value):
    def change(frame):
        frame.iloc[len(frame) // 2 :] = frame.iloc[len(frame) // 2] if value is None else value
        return frame

    return change


def _upside_down(frame):
    return flip_dataset(frame, Rotation.from_euler("x", 180, degrees=True))


def _backwards(frame):
    return flip_dataset(frame, Rotation.from_euler("z", 180, degrees=True))


def _stuck(frame):
    frame.iloc[300:800, 1] = frame.iloc[300, 1]
    return frame


def _clipped(frame):
    return frame.assign(gyr_y=frame["gyr_y"].clip(-300, 300))


def _late(seconds):
    late = {LEFT: SensorModel(), RIGHT: SensorModel(clock_offset_s=-seconds)}
    return simulate_walk(sampling_rate_hz=RATE, duration_s=16.0, seed=1, sensor=late).data


_SAID = {
    "a sensor dies": (
        lambda walk: _with(walk, LEFT, _from_half(np.nan)),
        ["Left foot: Nothing was recorded in the last", "the sensor stopped, or was switched off"],
    ),
    "a sensor hangs": (
        lambda walk: _with(walk, LEFT, _from_half(None)),
        ["Left foot: All channels repeat one value in the last", "after the start on: the sensor stopped measuring"],
    ),
    "a gyroscope is clipped": (
        lambda walk: _with(walk, RIGHT, _clipped),
        ["Right foot: gyr_y is clipped in", "(at -300 and 300 deg/s): the measuring range of the sensor was too small"],
    ),
    "a channel is stuck": (
        lambda walk: _with(walk, RIGHT, _stuck),
        ["Right foot: acc_y repeats one value for up to 5 s: it has stopped measuring"],
    ),
    "a sensor is upside down": (
        lambda walk: _with(walk, LEFT, _upside_down),
        ["Left foot: At rest the z axis of the sensor points 180 deg away from up", "Try --align auto"],
    ),
    "a sensor is backwards": (
        lambda walk: _with(walk, LEFT, _backwards),
        ["Left foot: The foot walks, but with axes that are turned by", "Try --align auto"],
    ),
    "left and right are swapped": (
        lambda walk: {LEFT: walk[RIGHT], RIGHT: walk[LEFT]},
        ["Both feet: Both feet point inwards", "check that left and right are not swapped"],
    ),
    "the clock of a sensor is off": (
        lambda _: _late(0.15),
        ["Both feet: The right foot seems 0.15", "s too late", "the clocks of the sensors differ"],
    ),
    "the acceleration has another unit": (
        lambda walk: {s: frame.assign(**{c: 0.5 * frame[c] for c in frame.columns[:3]}) for s, frame in walk.items()},
        ["The acceleration at rest is 4.9", "instead of 9.81: the sensor needs a calibration"],
    ),
    "a foot has no sensor": (lambda walk: {RIGHT: walk[RIGHT]}, ["Right foot"]),
    "nothing is wrong": (lambda walk: walk, ["Nothing in the signals deserves attention."]),
}


def _write(data, path):
    table = pd.concat(data, axis=1)
    table.columns = [f"{sensor}_{axis}" for sensor, axis in table.columns]
    table.to_parquet(path, index=False)
    return path


@pytest.mark.parametrize("what", _SAID)
def test_the_section_about_data_quality_says_what_is_wrong(tmp_path, walk, what):
    change, sentences = _SAID[what]
    path = _write(change(walk), tmp_path / "walk.parquet")
    result = analyze(path, tmp_path / "out", "--sampling-rate", RATE, "--template", "open")
    assert result.exit_code == 0, result.output
    section = quality_section(tmp_path / "out")
    for sentence in sentences:
        assert sentence in section


@pytest.fixture(scope="module")
def two_hours(tmp_path_factory):
    """A minute of walking in every ten; the clock of the right foot is slow by 40 ppm."""
    sensors = {LEFT: SensorModel(), RIGHT: SensorModel(clock_drift_ppm=-40.0)}
    walk = simulate([Rest(270), Walk(duration_s=60), Rest(270)] * 12, RATE, sensor=sensors, seed=4)
    path = write_simulation(walk, tmp_path_factory.mktemp("long") / "walk", trajectory=False)
    assert isinstance(load_recording(path), RecordingFile)
    return path


@pytest.mark.slow
def test_clocks_that_drift_apart_are_told(two_hours, tmp_path):
    assert analyze(two_hours, tmp_path / "out", "--template", "open").exit_code == 0
    assert "The clocks of the sensors drift apart by 0.2" in quality_section(tmp_path / "out")


@pytest.mark.slow
def test_an_hour_without_one_foot_is_told_and_costs_the_other_foot_nothing(two_hours, tmp_path):
    table = pd.read_parquet(two_hours)
    start = 1800 * int(RATE)
    table.loc[start : start + 3600 * int(RATE) - 1, [c for c in table.columns if c.startswith("left")]] = np.nan
    table.to_parquet(tmp_path / "gap.parquet", index=False)
    for path, out in ((two_hours, "whole"), (tmp_path / "gap.parquet", "gap")):
        assert analyze(path, tmp_path / out, "--template", "open").exit_code == 0
    section = quality_section(tmp_path / "gap")
    assert "in 1 gap; the longest lasts 3600 s, beginning 1800 s after the start" in section
    assert "Left foot: Only" in section
    whole, gap = (read_results(tmp_path / out).strides for out in ("whole", "gap"))
    own = [column for column in gap if column in ("foot", "start", "end", "ic", "tc", "stride_length", "stride_time")]
    left, right = (gap[gap["foot"] == foot][own].reset_index(drop=True) for foot in ("left", "right"))
    pd.testing.assert_frame_equal(right, whole[whole["foot"] == "right"][own].reset_index(drop=True))
    expected = whole[(whole["foot"] == "left") & ((whole["end"] < start) | (whole["start"] > start + 3600 * RATE))]
    pd.testing.assert_frame_equal(left, expected[own].reset_index(drop=True), rtol=1e-9)
