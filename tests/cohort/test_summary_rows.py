import pandas as pd

from gaitmap.cohort._summary_rows import summary_rows

ENTRY = {"n": 3, "mean": 1.5, "sd": None, "median": 1, "cv": 2.0}


def summary(**changes):
    return {
        "strides": {foot: {"n_analysed": 3, "n_found": 4} for foot in ("left", "both")}
        | {"right": {"n_analysed": 0, "n_found": 0}},
        "parameters": {"stride_time": {"unit": "s", "left": ENTRY, "right": ENTRY | {"n": 0}, "both": ENTRY}},
        "quality": {"left_sensor": {}},
        "walking": {
            "bouts": {"n_bouts": 2, "level_share": None, "level_share_reason": "why"},
            "both_feet": {"symmetry": {"step_time": {"ratio": 1}}, "refused": False},
        },
    } | changes


def test_there_is_a_row_per_foot_with_a_sensor_and_one_for_both():
    assert [row["foot"] for row in summary_rows(summary())] == ["left", "both"]
    both = summary(quality={"left_sensor": {}, "right_sensor": {}})
    assert [row["foot"] for row in summary_rows(both)] == ["left", "right", "both"]


def test_rows_hold_the_statistics_and_the_numbers_of_the_walking():
    left, both = summary_rows(summary())
    assert left["n_strides_analysed"] == 3
    assert left["n_strides_found"] == 4
    assert left["stride_time_n"] == 3
    assert left["stride_time_mean"] == 1.5
    assert left["stride_time_sd"] is None
    assert left["walking_n_bouts"] is None
    assert both["walking_n_bouts"] == 2.0
    assert both["walking_level_share"] is None
    assert both["both_feet_symmetry_step_time_ratio"] == 1.0
    # There are strides of one foot only: those are not of both.
    assert both["stride_time_mean"] is None
    assert both["stride_time_n"] == 0
    assert not any("reason" in name or "refused" in name for name in both)


def test_all_rows_have_the_same_columns_of_numbers():
    rows = summary_rows(summary())
    assert [list(row) for row in rows] == [list(rows[0])] * 2
    frame = pd.DataFrame(rows).drop(columns="foot").convert_dtypes()
    assert all(pd.api.types.is_numeric_dtype(dtype) or frame[name].isna().all() for name, dtype in frame.dtypes.items())


def test_a_summary_without_walking_is_enough():
    assert len(summary_rows({"strides": {"both": {"n_analysed": 0, "n_found": 0}}})) == 1


def test_both_feet_have_values_where_both_have_strides():
    counts = {foot: {"n_analysed": 3, "n_found": 4} for foot in ("left", "right", "both")}
    both = summary_rows(summary(strides=counts))[-1]
    assert both["stride_time_mean"] == 1.5


def test_angles_have_no_column_of_a_variability_that_does_not_exist():
    row = summary_rows(summary(parameters={"ic_angle": {"left": ENTRY}}))[0]
    assert row["ic_angle_mean"] == 1.5
    assert "ic_angle_cv" not in row
