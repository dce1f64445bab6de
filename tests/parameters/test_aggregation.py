import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.parameters import ParameterAggregation, WalkingBoutAnalysis
from gaitmap.utils.exceptions import ValidationError

RATE = 100
DAY = 86_400


def _walk(starts_s, n=12, stride=1.0):
    """Bouts of ``n`` strides per foot that begin at these times (s)."""
    start = np.concatenate([np.zeros(0), *(s + stride * np.arange(n) for s in starts_s)])
    left = pd.DataFrame({"start": start, "end": start + stride}) * RATE
    left = left.round().astype("int64").rename_axis("s_id")
    return {"left_sensor": left, "right_sensor": left + round(stride * RATE / 2)}


def _parameters(strides, **values):
    values = {"stride_length": 1.2, "stride_time": 1.0, "turning_angle": 0.0} | values
    return {sensor: pd.DataFrame(values, index=table.index, dtype=float) for sensor, table in strides.items()}


def _analyze(strides, parameters=None, aggregation=None, **kwargs):
    parameters = _parameters(strides) if parameters is None else parameters
    analysis = WalkingBoutAnalysis() if aggregation is None else WalkingBoutAnalysis(aggregation=aggregation)
    return analysis.analyze(strides, parameters, RATE, **kwargs)


def test_the_parameters_of_a_known_walk_come_back():
    strides = _walk([10, 100])
    bouts = _analyze(strides).bouts_
    expected = {
        "duration_s": 12.5, "n_strides": 24, "n_steps": 25, "n_turns": 0, "distance_m": 14.4, "gait_speed": 1.2,
        "cadence": 120.0, "mean_stride_time": 1.0, "mean_stride_length": 1.2, "straight_share": 1.0,
        "turning_share": 0.0, "coverage": 12 / 12.5, "day": 1,
    }  # fmt: skip
    assert bouts.index.tolist() == [1, 2]
    assert bouts["start_s"].tolist() == [10, 100]
    for name, value in expected.items():
        np.testing.assert_allclose(bouts[name], value, atol=1e-9, err_msg=name)


def test_a_missing_stride_changes_coverage_and_neither_cadence_nor_speed():
    strides = _walk([0], n=20)
    parameters = _parameters(strides)
    whole = _analyze(strides, parameters)
    missing = {
        sensor: table.drop(index=[7, 8, 15] if sensor == "left_sensor" else [4]) for sensor, table in strides.items()
    }
    some = _analyze(missing, parameters)
    for name in ("bouts_", "days_", "recording_"):
        before, after = getattr(whole, name).iloc[0], getattr(some, name).iloc[0]
        assert after["n_strides"] == before["n_strides"] - 4
        assert after["duration_s"] == before["duration_s"]
        for same in ("cadence", "cadence_left", "gait_speed", "gait_speed_right", "mean_stride_time"):
            assert after[same] == pytest.approx(before[same], rel=1e-12), (name, same)
        assert after["cadence"] == pytest.approx(120 / after["mean_stride_time"])
        assert before["coverage"] == pytest.approx(20 / 20.5)
        assert after["coverage"] == pytest.approx((17 + 19) / 2 / 20.5)
        assert after["distance_m"] == pytest.approx(1.2 * 18)
    assert some.bouts_.loc[1, ["coverage_left", "coverage_right"]].tolist() == pytest.approx([17 / 20.5, 19 / 20.5])


def test_speed_and_cadence_are_those_of_the_sums():
    strides = _walk([0], n=4)
    parameters = _parameters(strides)
    for k, table in enumerate(parameters.values()):
        table["stride_time"] = [1.0, 1.0, 1.0, 2.0 + k]
        table["stride_length"] = [1.0, 1.2, np.nan, 0.5]
    row = _analyze(strides, parameters).bouts_.loc[1]
    assert row["gait_speed"] == pytest.approx(2 * 2.7 / (4.0 + 5.0))
    assert row["gait_speed_left"] == pytest.approx(2.7 / 4)
    assert row["cadence"] == pytest.approx(120 / (11 / 8))
    assert row["cadence_right"] == pytest.approx(120 / (6 / 4))


def test_strides_outside_of_bouts_count_for_the_day_and_its_speed():
    both = (_walk([0], n=6), _walk([100], n=1))
    strides = {s: pd.concat([part[s] for part in both], ignore_index=True).rename_axis("s_id") for s in both[0]}
    parameters = _parameters(strides)
    for table in parameters.values():
        table.loc[6, "stride_length"] = 0.5
    result = _analyze(strides, parameters)
    day = result.days_.loc[1]
    assert day[["n_strides", "n_strides_in_bouts", "n_bouts"]].tolist() == [14, 12, 1]
    assert day["gait_speed"] == pytest.approx((12 * 1.2 + 2 * 0.5) / 14)
    assert result.bouts_["gait_speed"].tolist() == pytest.approx([1.2])


def test_turning_strides_are_marked_and_have_their_share():
    strides = _walk([0])
    parameters = _parameters(strides)
    for table in parameters.values():
        table.loc[3:5, "turning_angle"] = 60.0
        table.loc[3:5, "stride_length"] = 0.6
    result = _analyze(strides, parameters)
    row = result.bouts_.loc[1]
    assert row["turning_share"] == pytest.approx(0.25)
    assert row["straight_share"] == pytest.approx(0.75)
    assert row["n_turns"] == 1
    assert row["turn_time_s"] == pytest.approx(3.5)
    assert result.turning_strides_["left_sensor"].tolist() == [False] * 3 + [True] * 3 + [False] * 6
    assert result.turns_["wb_id"].tolist() == [1]
    assert result.turns_["turn_angle"].iloc[0] == pytest.approx(180)


def test_without_turning_angles_nothing_is_known_about_turns():
    strides = _walk([0])
    parameters = {sensor: table.drop(columns="turning_angle") for sensor, table in _parameters(strides).items()}
    result = _analyze(strides, parameters)
    assert result.bouts_[["straight_share", "turning_share"]].isna().all(axis=None)
    assert result.turning_strides_ == {}
    assert result.turns_.empty
    assert result.turns_.columns[0] == "wb_id"


@pytest.mark.parametrize(
    ("height", "share", "reason"),
    [
        (None, np.nan, "heights of the strides are not known"),
        (0.0, np.nan, "takes level ground for granted"),
        (0.01, 1.0, "^$"),
        (0.3, 0.0, "^$"),
    ],
)
def test_level_walking_is_only_told_from_measured_heights(height, share, reason):
    strides = _walk([0])
    parameters = _parameters(strides) if height is None else _parameters(strides, height_change=height)
    result = _analyze(strides, parameters)
    for table in (result.bouts_, result.days_, result.recording_):
        np.testing.assert_equal(table["level_share"].tolist(), [share])
        assert table["level_share_reason"].str.contains(reason).all()


def test_days_without_clock_are_blocks_of_24_hours_and_days_without_gait_stay():
    strides = _walk([100, DAY - 5, 3 * DAY + 10])
    days = _analyze(strides, duration_s=3.5 * DAY).days_
    assert days.index.tolist() == [1, 2, 3, 4]
    assert days["date"].tolist() == [""] * 4
    assert days["n_bouts"].tolist() == [2, 0, 0, 1]  # the bout over the border belongs to the day of its start
    assert days["recorded_h"].tolist() == [24, 24, 24, 12]
    assert days["total_walking_duration_min"].tolist() == pytest.approx([25 / 60, 0, 0, 12.5 / 60])
    assert days["wb_all__walking_speed_mps__p50"].notna().tolist() == [True, False, False, True]
    assert days["n_strides"].tolist() == [48, 0, 0, 24]
    assert days["gait_speed"].notna().tolist() == [True, False, False, True]


@pytest.mark.parametrize(
    ("start", "hours", "dates"),
    [
        ("2024-03-30 22:00", [2, 23, 3], ["2024-03-30", "2024-03-31", "2024-04-01"]),
        ("2024-10-26 22:00", [2, 25, 1], ["2024-10-26", "2024-10-27", "2024-10-28"]),
    ],
)
def test_days_have_23_or_25_hours_when_the_clock_changes(start, hours, dates):
    start = pd.Timestamp(start, tz="Europe/Berlin")
    strides = _walk([0, 2 * 3600 - 50, 2 * 3600 + 1])  # the last one just after midnight
    days = _analyze(strides, duration_s=28 * 3600, start_time=start).days_
    assert days["date"].tolist() == dates
    assert days["recorded_h"].tolist() == hours
    assert days["n_strides"].tolist() == [48, 24, 0]
    midnights = [start + pd.Timedelta(seconds=s) for s in days["start_s"][1:]]
    assert [f"{time:%H:%M}" for time in midnights] == ["00:00", "00:00"]


def test_a_recording_that_ends_at_midnight_has_no_day_after():
    start = pd.Timestamp("2024-05-01 12:00", tz="UTC")
    assert len(_analyze(_walk([0]), duration_s=DAY / 2, start_time=start).days_) == 1


def test_a_midnight_that_the_clock_change_skips_is_the_first_moment_of_the_day():
    start = pd.Timestamp("2018-11-03 12:00", tz="America/Sao_Paulo")  # 4 November begins at 01:00
    days = _analyze(_walk([0]), duration_s=36 * 3600, start_time=start).days_
    assert days["recorded_h"].tolist() == [12, 23, 1]


def test_bouts_carry_the_time_of_the_clock():
    start = pd.Timestamp("2024-05-01 12:00", tz="UTC")
    bouts = _analyze(_walk([10.5]), start_time=start).bouts_
    assert bouts["start_time"].tolist() == [start + pd.Timedelta(10.5, unit="s")]


def test_daily_outcomes_are_those_of_their_duration_classes():
    # 9.5 s, 10.5 s, 30.5 s, 60.5 s
    starts, counts = [0, 100, 200, 300], [9, 10, 30, 60]
    feet = [_walk([s], n) for s, n in zip(starts, counts, strict=True)]
    strides = {
        sensor: pd.concat([foot[sensor] for foot in feet], ignore_index=True).rename_axis("s_id") for sensor in feet[0]
    }
    parameters = _parameters(strides)
    for table in parameters.values():
        table["stride_length"] = np.repeat([0.9, 1.0, 1.1, 1.4], counts)
    day = _analyze(strides, parameters).days_.loc[1]
    durations = np.array(counts) + 0.5
    counts_of = ["wb_all__count", "wb_10__count", "wb_30__count", "wb_60__count", "wb_10_30__count"]
    assert day[counts_of].tolist() == [4, 3, 2, 1, 1]
    assert day["total_walking_duration_min"] == pytest.approx(durations.sum() / 60)
    assert day["wb_all__duration_s__avg"] == np.median(durations)
    assert day["wb_all__duration_s__p90"] == pytest.approx(np.quantile(durations, 0.9))
    assert day["wb_all__duration_s__var"] == pytest.approx(durations.std(ddof=1) / durations.mean())
    assert day["wb_10_30__walking_speed_mps__avg"] == pytest.approx(1.0)
    assert day["wb_30__walking_speed_mps__avg"] == pytest.approx(1.25)
    assert day["wb_10__walking_speed_mps__p90"] == pytest.approx(np.quantile([1.0, 1.1, 1.4], 0.9))
    assert day["wb_30__stride_length_m__avg"] == pytest.approx(1.25)
    assert day["wb_all__cadence_spm__avg"] == pytest.approx(120)
    assert day["wb_all__n_raw_initial_contacts__sum"] == 2 * sum(counts) + 4


def test_daily_outcomes_have_the_names_of_mobgap():
    day = _analyze(_walk([0])).days_
    expected = """
        wb_all__count wb_10__count wb_30__count wb_60__count wb_10_30__count total_walking_duration_min
        wb_all__n_raw_initial_contacts__sum wb_all__n_turns__sum wb_all__duration_s__avg wb_all__duration_s__p90
        wb_all__duration_s__var wb_all__cadence_spm__avg wb_30__cadence_spm__avg wb_30__cadence_spm__p90
        wb_all__cadence_spm__var wb_all__stride_duration_s__avg wb_30__stride_duration_s__avg
        wb_all__stride_duration_s__var wb_10_30__walking_speed_mps__avg wb_30__walking_speed_mps__avg
        wb_10__walking_speed_mps__p90 wb_30__walking_speed_mps__p90 wb_30__walking_speed_mps__var
        wb_10_30__stride_length_m__avg wb_30__stride_length_m__avg wb_30__stride_length_m__var
    """
    assert set(expected.split()) <= set(day.columns)


def test_the_recording_is_the_mean_of_the_days_that_count():
    strides = _walk([100, DAY + 5, DAY + 100, 2 * DAY + 5])
    every = _analyze(strides, duration_s=2.25 * DAY).recording_
    assert every.loc[0, ["n_days", "n_bouts"]].tolist() == [3, 4]
    assert every.loc[0, "wb_all__count"] == pytest.approx(4 / 3)
    long_days = _analyze(strides, None, ParameterAggregation(min_wear_h=12), duration_s=2.25 * DAY).recording_
    assert long_days.loc[0, ["n_days", "wb_all__count"]].tolist() == [2, 1.5]
    few = _analyze(strides, None, ParameterAggregation(min_days=4), duration_s=2.25 * DAY).recording_
    assert np.isnan(few.loc[0, "wb_all__count"])


@pytest.mark.filterwarnings("ignore:walking bouts. no stride lengths")
def test_no_strides_give_tables_without_bouts():
    result = _analyze(_walk([]), duration_s=2.0 * DAY)
    assert result.bouts_.empty
    assert result.days_["n_bouts"].tolist() == [0, 0]
    assert result.days_["wb_all__count"].tolist() == [0, 0]
    assert result.recording_["n_strides"].tolist() == [0]
    assert result.stride_bouts_ == {}
    filled = _analyze(_walk([0]))
    pd.testing.assert_series_equal(result.bouts_.dtypes, filled.bouts_.dtypes)


def test_what_is_left_out_can_be_asked_for():
    strides = _walk([0], n=6)
    parameters = _parameters(strides)
    for table in parameters.values():
        table.loc[2, "turning_angle"] = 30.0
        table.loc[5, "stride_length"] = 0.1
    result = _analyze(strides, parameters)
    assert result.excluded_strides_["reason"].tolist() == ["stride_length_too_short"] * 2
    assert result.excluded_turns_["reason"].tolist() == ["angle_too_small"]


def test_strides_know_their_bout():
    result = _analyze(_walk([0, 100], n=3))
    expected = {0: 1, 1: 1, 2: 1, 3: 2, 4: 2, 5: 2}
    assert result.stride_bouts_ == {"left_sensor": expected, "right_sensor": expected}


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 1000), rest=st.integers(0, 10**5))
def test_swapping_feet_swaps_left_and_right_and_rest_changes_nothing(seed, rest):
    rng = np.random.default_rng(seed)
    strides = _walk([0, 60], n=11)
    parameters = {
        sensor: table.assign(
            stride_length=rng.uniform(0.8, 1.4, len(table)), step_time=rng.uniform(0.4, 0.6, len(table))
        )
        for sensor, table in _parameters(strides).items()
    }
    found = _analyze(strides, parameters).bouts_
    names = {"left_sensor": "right_sensor", "right_sensor": "left_sensor"}
    swapped = _analyze({names[s]: t for s, t in strides.items()}, {names[s]: t for s, t in parameters.items()}).bouts_
    same = [
        c
        for c in found
        if c.startswith(("mean_", "gait", "cadence", "coverage")) and "left" not in c and "right" not in c
    ]
    assert len(same) == 5
    pd.testing.assert_frame_equal(swapped[same], found[same])
    for name in same:
        np.testing.assert_allclose(swapped[f"{name}_left"], found[f"{name}_right"])
    later = _analyze({s: t + rest for s, t in strides.items()}, parameters).bouts_
    moving = ["start", "end", "start_s", "end_s"]
    pd.testing.assert_frame_equal(later.drop(columns=moving), found.drop(columns=moving))


def test_wrong_input_is_named():
    with pytest.raises(ValidationError, match="bouts_"):
        ParameterAggregation().aggregate(pd.DataFrame(), pd.DataFrame(), {}, RATE)
    bouts = _analyze(_walk([0])).bouts_
    with pytest.raises(ValidationError, match="wb_id"):
        ParameterAggregation().aggregate(bouts, pd.DataFrame(), {}, RATE)
    with pytest.raises(ValueError, match="min_days"):
        _analyze(_walk([0]), None, ParameterAggregation(min_days=0))
