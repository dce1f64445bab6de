"""Quality measures have the values that were put into the signal."""

import json

import numpy as np
import pandas as pd
import pytest

from gaitmap.io import assess_quality
from gaitmap.utils.consts import SF_COLS

RATE = 100.0


def walk(seconds=20.0, seed=0) -> pd.DataFrame:
    """Movement of a foot without rest: no value comes twice."""
    rng = np.random.default_rng(seed)
    n = int(seconds * RATE)
    phase = 2 * np.pi * np.arange(n) / RATE
    frame = pd.DataFrame(rng.normal(size=(n, 6)), columns=SF_COLS)
    frame["gyr_y"] += 400 * np.sin(phase)
    frame["gyr_x"] += 100 * np.cos(phase)
    frame["acc_z"] += 9.81 + 20 * np.sin(2 * phase)
    return frame


def quality_of(frame: pd.DataFrame) -> dict:
    return assess_quality({"left_sensor": frame}, RATE)["left_sensor"]


def test_a_sound_signal_has_no_findings():
    quality = quality_of(walk())
    assert quality["duration_s"] == 20
    assert quality["missing_samples"] == quality["n_gaps"] == quality["longest_gap_s"] == 0
    assert quality["rest_share"] == 0
    assert quality["findings"] == []


def test_gaps_are_counted_over_all_channels():
    frame = walk()
    frame.loc[100:129, "acc_x"] = np.nan
    frame.loc[120:139, "gyr_z"] = np.nan
    frame.loc[500, "gyr_y"] = np.nan
    quality = quality_of(frame)
    assert quality["missing_samples"] == 41
    assert quality["n_gaps"] == 2
    assert quality["longest_gap_s"] == pytest.approx(0.4)
    assert "41 samples" in quality["findings"][0]


@pytest.mark.parametrize(("low", "high"), [(None, 300.0), (-300.0, None), (-300.0, 300.0)])
def test_clipping_is_counted_at_the_edge_that_is_reached(low, high):
    frame = walk()
    original = frame["gyr_y"].copy()
    frame["gyr_y"] = original.clip(low, high)
    quality = quality_of(frame)
    expected = (original < -300).sum() * (low is not None) + (original > 300).sum() * (high is not None)
    assert quality["clipped_samples"] == {"gyr_y": expected}
    assert quality["clipping_limits"] == {"gyr_y": [low, high]}


def test_single_clipped_peaks_count_too():
    frame = walk()
    frame.loc[[110, 310, 510, 710], "acc_x"] = 156.96
    assert quality_of(frame)["clipped_samples"] == {"acc_x": 4}


def test_quantisation_at_rest_is_not_clipping():
    frame = (walk() * 0.01).round(1)
    assert quality_of(frame)["clipped_samples"] == {}


def test_a_channel_that_stops_is_stuck_and_not_clipped():
    frame = walk()
    frame.loc[200:449, "acc_y"] = frame.loc[200, "acc_y"]
    quality = quality_of(frame)
    assert quality["stuck_channels"] == {"acc_y": 2.5}
    assert quality["clipped_samples"] == {}


def test_a_dead_channel_is_stuck_for_the_whole_recording():
    assert quality_of(walk().assign(gyr_x=0.0))["stuck_channels"] == {"gyr_x": 20.0}


def test_rest_tells_share_gravity_and_offset():
    frame = walk()
    rng = np.random.default_rng(1)
    frame.iloc[:500] = np.array([0, 0, 10.5, 4.0, -0.5, 0.25]) + rng.normal(scale=0.01, size=(500, 6))
    quality = quality_of(frame)
    assert quality["rest_share"] == 0.25
    assert quality["acc_norm_at_rest"] == pytest.approx(10.5, abs=0.01)
    assert quality["gyr_offset_at_rest"] == pytest.approx([4.0, -0.5, 0.25], abs=0.01)
    assert len([text for text in quality["findings"] if "calibration" in text]) == 2


@pytest.mark.parametrize("n", [0, 1, 10])
def test_short_signals(n):
    quality = quality_of(walk().iloc[:n])
    assert quality["n_samples"] == n
    assert quality["rest_share"] is None


def test_a_signal_of_missing_values_only():
    quality = quality_of(walk() * np.nan)
    assert quality["missing_share"] == 1
    assert quality["acc_max"] is None
    assert quality["rest_share"] is None


def test_two_column_levels_give_the_same_as_a_dict():
    frames = {"left_sensor": walk(), "right_sensor": walk(seed=1)}
    assert assess_quality(pd.concat(frames, axis=1), RATE) == assess_quality(frames, RATE)


def test_result_is_ready_for_json():
    frame = walk().assign(gyr_x=0.0)
    frame.iloc[:50, 2] = np.nan
    quality = quality_of(frame)
    assert json.loads(json.dumps(quality, allow_nan=False)) == quality


@pytest.mark.recordings
def test_public_walk_is_sound():
    from gaitmap.example_data import get_healthy_example_imu_data

    for quality in assess_quality(get_healthy_example_imu_data(), 204.8).values():
        assert quality["findings"] == []
        assert quality["acc_norm_at_rest"] == pytest.approx(9.81, abs=0.1)
