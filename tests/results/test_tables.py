"""The tables of the results folder: contract of columns, dtypes and values."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.base import ALL_PARAMETER_TERMS, TABLE_TERMS
from gaitmap.results import build_strides, build_trajectory, foot_of
from gaitmap.results._tables import STRIDE_DTYPES, TRAJECTORY_DTYPES
from gaitmap.utils.exceptions import ValidationError

RATE = 100.0
START = pd.Timestamp("2024-05-01T09:30:00", tz="Europe/Berlin")
EXPECTED_DTYPES = (
    STRIDE_DTYPES
    | {"start_time": "datetime64[us, UTC]"}
    | {name: "float64" for name in TABLE_TERMS["strides"] if name in ALL_PARAMETER_TERMS}
)


def stride_list(first: int = 100, n: int = 3) -> pd.DataFrame:
    start = first + 110 * np.arange(n)
    events = {
        "start": start,
        "end": start + 110,
        "pre_ic": start - 20,
        "ic": start + 90,
        "min_vel": start,
        "tc": start + 40,
    }
    return pd.DataFrame(events, index=pd.Index(range(n), name="s_id"))


def both() -> dict[str, pd.DataFrame]:
    return {"right_sensor": stride_list(150), "left_sensor": stride_list(100)}


def dtypes_of(table: pd.DataFrame) -> dict[str, str]:
    return {name: str(dtype) for name, dtype in table.dtypes.items()}


def test_columns_and_dtypes_are_the_contract():
    assert dtypes_of(build_strides(both(), RATE, recording="walk")) == EXPECTED_DTYPES


@pytest.mark.parametrize(
    "empty",
    [{}, {"left_sensor": stride_list().iloc[:0]}, {"left_sensor": pd.DataFrame(columns=["s_id", "start", "end"])}],
)
@pytest.mark.parametrize("start_time", [None, START])
def test_an_empty_table_has_the_same_columns_and_dtypes(empty, start_time):
    table = build_strides(empty, RATE, recording="walk", start_time=start_time)
    full = build_strides(both(), RATE, recording="walk", start_time=start_time)
    assert len(table) == 0
    assert dtypes_of(table) == dtypes_of(full)


def test_rows_are_sorted_by_foot_and_start():
    shuffled = {name: frame.iloc[[2, 0, 1]] for name, frame in both().items()}
    table = build_strides(shuffled, RATE, recording="walk")
    assert table["foot"].tolist() == ["left"] * 3 + ["right"] * 3
    assert table["s_id"].tolist() == [0, 1, 2, 0, 1, 2]
    assert table["start"].tolist() == [100, 210, 320, 150, 260, 370]


def test_times_are_samples_over_rate():
    table = build_strides(both(), RATE, recording="walk", start_time=START)
    for name in ("start", "end", "pre_ic", "ic", "min_vel", "tc"):
        np.testing.assert_array_equal(table[f"{name}_s"], table[name].astype(float) / RATE)
    assert table["start_time"].iloc[0] == START + pd.Timedelta("1s")
    assert str(table["start_time"].dtype) == "datetime64[us, Europe/Berlin]"


def test_ids_may_be_a_column_and_events_floats_with_gaps():
    frame = stride_list().reset_index().astype(float)
    frame.loc[1, "tc"] = np.nan
    table = build_strides({"left_sensor": frame}, RATE, recording="walk")
    assert table["tc"].isna().tolist() == [False, True, False]
    assert np.isnan(table["tc_s"].iloc[1])
    assert table["reason"].tolist() == ["", "not found: tc", ""]
    assert (table["status"] == "analysed").all()


def test_parameters_are_joined_by_stride():
    temporal = {"left_sensor": pd.DataFrame({"stride_time": [1.3, 1.1]}, index=pd.Index([2, 0], name="s_id"))}
    more = {"left_sensor": pd.DataFrame({"step_time": [0.5, 0.6, 0.7]}, index=pd.Index([0, 1, 2], name="s_id"))}
    table = build_strides({"left_sensor": stride_list()}, RATE, recording="walk", parameters=[temporal, more])
    np.testing.assert_array_equal(table["stride_time"], [1.1, np.nan, 1.3])
    assert table["step_time"].tolist() == [0.5, 0.6, 0.7]
    assert list(table.columns) == list(TABLE_TERMS["strides"])
    assert table["reason"].tolist() == ["", "not found: stride_time", ""]


def others(ids: list, status: str = "gap", reason: str = "samples are missing", start: int = 90) -> pd.DataFrame:
    borders = start + 110 * np.array(ids)
    table = pd.DataFrame({"start": borders, "end": borders + 100}, index=pd.Index(ids, name="s_id"))
    return table.assign(status=status, reason=reason)


def test_strides_that_are_not_analysed_have_their_own_rows_without_parameters():
    parameters = {"left_sensor": pd.DataFrame({"stride_time": [1.1] * 3}, index=pd.Index(range(3), name="s_id"))}
    table = build_strides(
        {"left_sensor": stride_list()},
        RATE,
        recording="walk",
        parameters=[parameters],
        not_analysed={"left_sensor": others([1, 3])},
    )
    assert table["s_id"].tolist() == [0, 1, 2, 3]
    assert table["status"].tolist() == ["analysed", "gap", "analysed", "gap"]
    assert table["reason"].tolist() == ["", "samples are missing", "", "samples are missing"]
    np.testing.assert_array_equal(table["stride_time"], [1.1, np.nan, 1.1, np.nan])
    assert table["start"].tolist() == [100, 210, 320, 420]  # that of the stride list, where it is in both
    assert table["ic"].isna().tolist() == [False, False, False, True]
    assert dtypes_of(table) == EXPECTED_DTYPES


def test_a_foot_whose_strides_are_all_not_analysed_is_in_the_table():
    table = build_strides({}, RATE, recording="walk", not_analysed={"right_sensor": others([0], "failed")})
    assert table[["foot", "status"]].to_numpy().tolist() == [["right", "failed"]]
    assert dtypes_of(table) == EXPECTED_DTYPES


def test_a_status_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match="status"):
        build_strides(both(), RATE, recording="walk", not_analysed={"left_sensor": others([1], "turn")})


def test_labels_marks_and_remarks_are_those_of_their_strides():
    ids = pd.Index([0, 2], name="s_id")
    table = build_strides(
        {"left_sensor": stride_list()},
        RATE,
        recording="walk",
        labels={"left_sensor": pd.DataFrame({"kind": ["start", "stop"], "movement": ["level", "up"]}, index=ids)},
        is_turning={"left_sensor": pd.Series([True, False], index=ids)},
        remarks={"left_sensor": pd.Series(["alone"], index=ids[:1])},
    )
    assert table["kind"].tolist() == ["start", "", "stop"]
    assert table["movement"].tolist() == ["level", "", "up"]
    assert table["is_turning"].tolist() == [True, pd.NA, False]
    assert table["reason"].tolist() == ["alone", "", ""]


def test_bouts_are_joined_where_they_were_computed():
    table = build_strides(both(), RATE, recording="walk", bout_ids={"right_sensor": {0: 1, 2: 2}})
    assert table["bout_id"].isna().tolist() == [True, True, True, False, True, False]


def test_inputs_are_not_changed():
    lists = both()
    build_strides(lists, RATE, recording="walk", start_time=START)
    for name, frame in both().items():
        pd.testing.assert_frame_equal(lists[name], frame)


def test_ids_that_are_there_twice_are_refused():
    with pytest.raises(ValidationError, match=r"unique per foot. Found \[0\]"):
        build_strides({"left_sensor": stride_list().rename({1: 0})}, RATE, recording="walk")


@pytest.mark.parametrize("sensor", ["sensor", "left_right", 3])
def test_sensors_of_no_foot_are_refused(sensor):
    with pytest.raises(ValidationError, match="the foot of the sensor"):
        foot_of(sensor)


def path(columns: list[str], ids=(0, 1), n=3) -> pd.DataFrame:
    index = pd.MultiIndex.from_product([ids, range(n)], names=["s_id", "sample"])
    values = np.arange(len(index) * len(columns), dtype=float).reshape(len(index), -1)
    return pd.DataFrame(values, index=index, columns=columns)


POS, VEL, ORI = ([f"{kind}_{axis}" for axis in axes] for kind, axes in (("pos", "xyz"), ("vel", "xyz"), ("q", "xyzw")))


class TestTrajectory:
    def test_columns_and_dtypes_are_the_contract(self):
        parts = [{"left_sensor": path(columns), "right_sensor": path(columns)} for columns in (POS, VEL, ORI)]
        table = build_trajectory(*parts, recording="walk")
        assert dtypes_of(table) == TRAJECTORY_DTYPES
        assert table["foot"].tolist() == ["left"] * 6 + ["right"] * 6
        np.testing.assert_array_equal(table.loc[6:, ORI], path(ORI))

    def test_an_empty_table_has_the_same_dtypes(self):
        for empty in ({}, {"left_sensor": path(POS).iloc[:0]}):
            assert dtypes_of(build_trajectory(empty, recording="walk")) == TRAJECTORY_DTYPES

    def test_what_was_not_computed_is_missing(self):
        table = build_trajectory({"left_sensor": path(POS)}, None, {"left_sensor": path(ORI)}, recording="walk")
        assert table[VEL].isna().all(axis=None)
        assert table[POS + ORI].notna().all(axis=None)

    def test_parts_in_another_order_are_joined_by_stride_and_sample(self):
        orientation = path(ORI).iloc[::-1]
        table = build_trajectory({"left_sensor": path(POS)}, None, {"left_sensor": orientation}, recording="walk")
        np.testing.assert_array_equal(table[ORI], path(ORI))
