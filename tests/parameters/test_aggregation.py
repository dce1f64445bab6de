import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.base import BILATERAL_TERMS, FOOT_TERMS, PARAMETER_TERMS
from gaitmap.parameters import ParameterAggregation, WalkingBoutAnalysis
from gaitmap.parameters._statistics import has_ratio_scale
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
        "turning_share": 0.0, "stride_length_n": 24, "stride_length_sd": 0.0, "stride_length_cv": 0.0,
    }  # fmt: skip
    assert bouts.index.tolist() == [1, 2]
    assert bouts["start_s"].tolist() == [10, 100]
    for name, value in expected.items():
        np.testing.assert_allclose(bouts[name], value, atol=1e-9, err_msg=name)


def test_variability_is_that_of_the_feet_and_not_their_difference():
    strides = _walk([0])
    values = np.tile([1.0, 1.2], 6)
    parameters = _parameters(strides)
    parameters["left_sensor"]["stride_length"] = values
    parameters["right_sensor"]["stride_length"] = values + 0.5
    row = _analyze(strides, parameters).bouts_.loc[1]
    sd = np.std(values, ddof=1)
    assert row["stride_length_sd"] == pytest.approx(sd)
    assert row["stride_length_mean"] == pytest.approx(1.35)
    assert row["stride_length_cv"] == pytest.approx(100 * sd / 1.35)
    assert row["stride_length_robust_cv"] == pytest.approx(100 * 1.4826 * 0.1 / row["stride_length_median"])
    assert row["stride_length_p10"] == pytest.approx(np.quantile(np.append(values, values + 0.5), 0.1))
    assert row["stride_length_mean_left"] == pytest.approx(1.1)
    assert row["stride_length_asymmetry"] == pytest.approx(0.5)
    assert row["stride_length_symmetry_index"] == pytest.approx(100 * 0.5 / 1.35)


def test_few_strides_have_no_variability_and_angles_no_coefficient_of_variation():
    strides = _walk([0], n=9)
    parameters = _parameters(strides, ic_angle=25.0)
    row = _analyze(strides, parameters).bouts_.loc[1]
    assert np.isnan(row["stride_length_sd"])
    assert row["stride_length_n"] == 18
    low = _analyze(strides, parameters, ParameterAggregation(min_strides_for_variability=9)).bouts_.loc[1]
    assert low["stride_length_cv"] == 0
    assert low["ic_angle_sd"] == 0
    assert np.isnan(low["ic_angle_cv"])


def test_turning_strides_are_left_out_of_the_straight_statistics():
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
    assert row[["stride_length_n", "stride_length_n_straight"]].tolist() == [24, 18]
    assert row["stride_length_mean_straight"] == pytest.approx(1.2)
    assert row["stride_length_mean"] == pytest.approx(1.05)
    assert result.turns_["wb_id"].tolist() == [1]
    assert result.turns_["turn_angle"].iloc[0] == pytest.approx(180)


def test_without_turning_angles_nothing_is_known_about_turns():
    strides = _walk([0])
    parameters = {sensor: table.drop(columns="turning_angle") for sensor, table in _parameters(strides).items()}
    result = _analyze(strides, parameters)
    assert result.bouts_[["straight_share", "turning_share"]].isna().all(axis=None)
    assert result.bouts_["stride_length_n_straight"].tolist() == [0]
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
    assert days["walkdur_all_sum"].tolist() == pytest.approx([25 / 3600, 0, 0, 12.5 / 3600])
    assert days["gait_speed_wb_p50"].notna().tolist() == [True, False, False, True]
    assert days["stride_length_n"].tolist() == [48, 0, 0, 24]


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
    assert day[["wb_all_sum", "wb_10_sum", "wb_30_sum", "wb_60_sum"]].tolist() == [4, 3, 2, 1]
    assert day["wbdur_all_avg"] == np.median(durations)
    assert day["wbdur_all_max"] == pytest.approx(np.quantile(durations, 0.9))
    assert day["wbdur_all_var"] == pytest.approx(durations.std(ddof=1) / durations.mean())
    assert day["ws_1030_avg"] == pytest.approx(1.0)
    assert day["ws_30_avg"] == pytest.approx(1.25)
    assert day["ws_10_max"] == pytest.approx(np.quantile([1.0, 1.1, 1.4], 0.9))
    assert day["strlen_30_avg"] == pytest.approx(125)
    assert day["cadence_all_avg"] == pytest.approx(120)
    assert day["steps_all_sum"] == 2 * sum(counts) + 4


def test_the_recording_is_the_mean_of_the_days_that_count():
    strides = _walk([100, DAY + 5, DAY + 100, 2 * DAY + 5])
    every = _analyze(strides, duration_s=2.25 * DAY).recording_
    assert every.loc[0, ["n_days", "n_bouts"]].tolist() == [3, 4]
    assert every.loc[0, "wb_all_sum"] == pytest.approx(4 / 3)
    long_days = _analyze(strides, None, ParameterAggregation(min_wear_h=12), duration_s=2.25 * DAY).recording_
    assert long_days.loc[0, ["n_days", "wb_all_sum"]].tolist() == [2, 1.5]
    few = _analyze(strides, None, ParameterAggregation(min_days=4), duration_s=2.25 * DAY).recording_
    assert np.isnan(few.loc[0, "wb_all_sum"])


@pytest.mark.filterwarnings("ignore:walking bouts. no stride lengths")
def test_no_strides_give_tables_without_bouts():
    result = _analyze(_walk([]), duration_s=2.0 * DAY)
    assert result.bouts_.empty
    assert result.days_["n_bouts"].tolist() == [0, 0]
    assert result.days_["wb_all_sum"].tolist() == [0, 0]
    assert result.recording_["stride_length_n"].tolist() == [0]
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
    aggregation = ParameterAggregation(min_strides_for_variability=2)
    found = _analyze(strides, parameters, aggregation).bouts_
    names = {"left_sensor": "right_sensor", "right_sensor": "left_sensor"}
    swapped = _analyze(
        {names[s]: t for s, t in strides.items()}, {names[s]: t for s, t in parameters.items()}, aggregation
    ).bouts_
    same = [c for c in found if c.startswith(("stride_length", "step_time")) and "left" not in c and "right" not in c]
    same.remove("stride_length_symmetry_index")
    same.remove("step_time_symmetry_index")
    same = [c for c in same if not c.endswith("index_straight")]
    pd.testing.assert_frame_equal(swapped[same], found[same])
    np.testing.assert_allclose(swapped["stride_length_mean_left"], found["stride_length_mean_right"])
    np.testing.assert_allclose(swapped["step_time_symmetry_index"], -found["step_time_symmetry_index"])
    later = _analyze({s: t + rest for s, t in strides.items()}, parameters, aggregation).bouts_
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


def test_parameters_without_a_natural_zero_are_the_same_in_tables_and_summary():
    for name, term in (PARAMETER_TERMS | BILATERAL_TERMS | FOOT_TERMS).items():
        assert has_ratio_scale(name) == term.has_natural_zero
