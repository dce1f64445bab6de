"""Quality measures have the values that were put into the signal."""

import json
import pickle
from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.quality import QualityAssessment, assess_quality
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.exceptions import ValidationError

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
    assert quality["empty_channels"] == SF_COLS
    assert quality["findings"] == ["The sensor recorded nothing: all 2000 samples are missing."]


def test_channels_without_values_are_named():
    quality = quality_of(walk().assign(acc_x=np.nan, gyr_z=np.nan))
    assert quality["empty_channels"] == ["acc_x", "gyr_z"]
    assert quality["findings"][0] == "acc_x and gyr_z hold no values at all."


@pytest.mark.parametrize("value", [np.nan, 3.0])
def test_a_sensor_that_dies_is_told_with_the_time(value):
    frame = walk()
    frame.iloc[1500:] = value
    quality = quality_of(frame)
    assert quality["missing_at_end_s"] == (5 if np.isnan(value) else 0)
    assert quality["stuck_at_end_s"] == (0 if np.isnan(value) else 5)
    told = [text for text in quality["findings"] if "the last 5 s, from 15 s after the start on" in text]
    assert len(told) == 1
    assert "the sensor stopped" in told[0]


def test_a_sensor_that_shows_one_value_is_no_matter_of_calibration():
    quality = quality_of(walk() * 0)
    assert quality["findings"] == ["All channels repeat one value throughout: the sensor did not measure."]


def test_channels_that_stop_at_the_same_time_are_told_at_once():
    frame = walk()
    frame.loc[200:449, ["acc_y", "gyr_x"]] = frame.loc[200, ["acc_y", "gyr_x"]].to_numpy()
    assert quality_of(frame)["findings"] == [
        "acc_y and gyr_x repeat one value for up to 2.5 s: they have stopped measuring."
    ]


@pytest.mark.parametrize(("channel", "name"), [("acc_x", "acceleration"), ("gyr_z", "angular rate")])
def test_values_that_no_sensor_measures_are_told(channel, name):
    frame = walk()
    frame.loc[300, channel] = -1e9
    (finding,) = quality_of(frame)["findings"]
    assert f"The {name} reaches 1e+09" in finding


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


def twin(frame: pd.DataFrame) -> dict:
    """Gaps, clipping and stuck channels, sample by sample."""
    missing = frame.isna().any(axis=1).to_list()
    gaps = [(first, len(run)) for first, run in _runs(missing)]
    gaps = [(first, n) for first, n in gaps if missing[first]]
    longest = max((n for _, n in gaps), default=0)
    clipped, limits, stuck = {}, {}, {}
    for channel in frame:
        values = frame[channel].to_list()
        runs = [(run[0], len(run)) for _, run in _runs(values)]
        present = [value for value in values if not np.isnan(value)]
        edges = [None, None]
        if len(set(present)) > 1:
            for i, edge in enumerate((min(present), max(present))):
                at_edge = [n for value, n in runs if value == edge]
                beyond = abs(edge) > (1.5 * 9.81 if channel.startswith("acc") else 100)
                edges[i] = edge if beyond and (max(at_edge) >= 3 or sum(at_edge) >= 4) else None
        if edges != [None, None]:
            limits[channel] = edges
            clipped[channel] = sum(value in edges for value in present)
        usable = [n for value, n in runs if not np.isnan(value) and value not in edges]
        if max(usable, default=0) >= RATE:
            stuck[channel] = max(usable) / RATE
    return {
        "missing_samples": sum(missing),
        "n_gaps": len(gaps),
        "longest_gap_s": longest / RATE,
        "longest_gap_start_s": next((first / RATE for first, n in gaps if n == longest), None),
        "clipped_samples": clipped,
        "clipping_limits": limits,
        "stuck_channels": stuck,
    }


def _runs(values: list) -> list[tuple[int, list]]:
    runs: list[tuple[int, list]] = []
    for i, value in enumerate(values):
        if runs and runs[-1][1][-1] == value:
            runs[-1][1].append(value)
        else:
            runs.append((i, [value]))
    return runs


@st.composite
def recordings(draw) -> pd.DataFrame:
    """Few levels, so that values repeat; rest, gaps and clipping in places; lengths of many rest blocks."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    n = draw(st.integers(0, 900))
    step = draw(st.sampled_from([0.01, 5.0, 150.0]))
    values = np.round(rng.normal(size=(n, 6)) * 2) * step
    for _ in range(draw(st.integers(0, 4))):
        start = draw(st.integers(0, 900))
        part = slice(start, start + draw(st.integers(1, 400)))
        axes = draw(st.sampled_from([slice(None), slice(2, 3), slice(4, 6)]))
        values[part, axes] = draw(st.sampled_from([np.nan, 0.0, 300.0, -300.0, 1e-3]))
    return pd.DataFrame(values, columns=SF_COLS)


@settings(max_examples=40, deadline=None)
@given(frame=recordings())
def test_equals_the_plain_count(frame):
    quality = quality_of(frame)
    assert {name: quality[name] for name in twin(frame)} == twin(frame)


@settings(max_examples=40, deadline=None)
@given(frame=recordings(), cuts=st.lists(st.integers(0, 900), max_size=12), unit_blocks=st.booleans())
def test_blocks_of_any_length_give_the_same(frame, cuts, unit_blocks):
    cuts = list(range(len(frame))) if unit_blocks and len(frame) < 300 else sorted(min(c, len(frame)) for c in cuts)
    assessment = QualityAssessment(RATE)
    for start, stop in pairwise([0, *cuts, len(frame)]):
        assessment = pickle.loads(pickle.dumps(assessment)).update({"left_sensor": frame.iloc[start:stop]})
    assert assessment.result()["left_sensor"] == quality_of(frame)


def test_result_on_the_way_does_not_disturb_the_rest():
    frame = walk()
    assessment = QualityAssessment(RATE).update({"left_sensor": frame[:777]})
    assert assessment.result()["left_sensor"] == quality_of(frame[:777])
    assert assessment.update({"left_sensor": frame[777:]}).result()["left_sensor"] == quality_of(frame)


def test_long_rest_is_thinned_and_stays_the_same_for_any_blocks(monkeypatch):
    monkeypatch.setattr("gaitmap.quality._measures._MAX_REST_BLOCKS", 16)
    frame = walk() * 0.001 + 1.0
    whole = quality_of(frame)
    parts = QualityAssessment(RATE)
    for start in range(0, len(frame), 130):
        parts.update({"left_sensor": frame[start : start + 130]})
    assert parts.result()["left_sensor"] == whole
    assert whole["rest_share"] == 1
    assert len(pickle.dumps(parts)) < 10_000


def test_blocks_with_other_columns_are_refused():
    assessment = QualityAssessment(RATE).update({"left_sensor": walk()})
    with pytest.raises(ValidationError, match=r"columns of 'left_sensor' change. Found acc_x in a block"):
        assessment.update({"left_sensor": walk()[["acc_x"]]})


def test_an_hour_without_one_foot_is_told_with_its_place():
    frame = walk(4000.0)
    frame.iloc[30_000:390_000] = np.nan
    quality = quality_of(frame)
    assert quality["longest_gap_s"] == 3600
    assert quality["longest_gap_start_s"] == 300
    assert "in 1 gap; the longest lasts 3600 s, beginning 300 s after the start" in quality["findings"][0]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("value", [np.inf, -np.inf, 1e300, 1.7e308])
def test_values_beyond_all_bounds_are_no_trouble(value):
    frame = walk()
    frame.iloc[100:105] = value
    frame.iloc[200, 0] = -value
    assert quality_of(frame)["gyr_max"] == abs(value)
