"""The table of statistics."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.results import build_statistics, build_strides
from gaitmap.results._statistics import STATISTICS_DTYPES
from tests.results.test_tables import RATE, others

DAY = 86_400


def strides_of(values: dict[str, np.ndarray], *, n: int = 12, **kwargs) -> pd.DataFrame:
    """Strides of both feet, one after the other, with these parameters (one column per stride of both feet)."""
    lists, parameters = {}, {}
    for k, sensor in enumerate(("left_sensor", "right_sensor")):
        ids = pd.Index(range(n), name="s_id")
        start = 100 * np.arange(n) + 50 * k
        lists[sensor] = pd.DataFrame({"start": start, "end": start + 100}, index=ids)
        parameters[sensor] = pd.DataFrame({name: column[k * n : (k + 1) * n] for name, column in values.items()}, ids)
    return build_strides(lists, RATE, recording="walk", parameters=[parameters], **kwargs)


def row_of(table: pd.DataFrame, unit: str, parameter: str, foot: str = "both", strides: str = "all", place=None):
    keys = {"unit": unit, "parameter": parameter, "foot": foot, "strides": strides} | (
        {} if place is None else {"id": place}
    )
    found = table.loc[np.all([table[name].isin([value]) for name, value in keys.items()], axis=0)]
    assert len(found) == 1
    return found.iloc[0]


def test_variability_is_that_of_the_feet_and_not_their_difference():
    one = np.tile([1.0, 1.2], 6)
    table = build_statistics(strides_of({"stride_length": np.append(one, one + 0.5)}), recording="walk")
    row = row_of(table, "recording", "stride_length")
    sd = np.std(one, ddof=1)
    assert row["n"] == 24
    assert row["unit_of_measure"] == "m"
    assert row["sd"] == pytest.approx(sd)
    assert row["mean"] == pytest.approx(1.35)
    assert row["cv"] == pytest.approx(np.sqrt(np.mean(np.square([100 * sd, 100 * sd]))) / 1.35)
    assert row["robust_cv"] == pytest.approx(100 * 1.4826 * 0.1 / row["median"])
    assert row["p10"] == pytest.approx(np.quantile(np.append(one, one + 0.5), 0.1))
    assert row["asymmetry"] == pytest.approx(0.5)
    assert row["symmetry_index"] == pytest.approx(100 * 0.5 / 1.35)
    left = row_of(table, "recording", "stride_length", "left")
    assert left[["n", "mean"]].tolist() == pytest.approx([12, 1.1])
    assert np.isnan(left["asymmetry"])


def test_the_mean_of_a_rate_is_that_of_the_sums():
    rng = np.random.default_rng(0)
    time, length = rng.uniform(0.9, 1.4, 24), rng.uniform(1.0, 1.5, 24)
    time[3] = np.nan
    values = {"stride_time": time, "stride_length": length, "gait_velocity": length / time, "cadence": 120 / time}
    table = build_statistics(strides_of(values), recording="walk")
    known = ~np.isnan(time)
    assert row_of(table, "recording", "gait_velocity")["mean"] == pytest.approx(length[known].sum() / time[known].sum())
    assert row_of(table, "recording", "cadence")["mean"] == pytest.approx(120 / time[known].mean())
    assert row_of(table, "recording", "cadence", "right")["mean"] == pytest.approx(120 / time[12:].mean())
    assert row_of(table, "recording", "stride_length")["mean"] == pytest.approx(length.mean())


def test_few_strides_have_no_variability_and_angles_no_coefficient_of_variation():
    values = {"stride_length": np.linspace(1, 1.2, 18), "ic_angle": np.linspace(20, 25, 18)}
    strides = strides_of(values, n=9)
    row = row_of(build_statistics(strides, recording="walk"), "recording", "stride_length")
    assert row["n"] == 18
    assert row["sd"] > 0
    assert np.isnan(row["cv"])
    low = build_statistics(strides, recording="walk", min_strides_for_variability=9)
    assert row_of(low, "recording", "stride_length")["cv"] > 0
    assert row_of(low, "recording", "ic_angle")["sd"] > 0
    assert np.isnan(row_of(low, "recording", "ic_angle")["cv"])


def test_only_analysed_strides_count_and_turning_ones_are_not_straight():
    ids = pd.Index(range(12), name="s_id")
    turning = pd.Series([False] * 3 + [True] * 3 + [False] * 6, ids)
    length = np.tile([1.2] * 3 + [0.6] * 3 + [1.2] * 6, 2)
    strides = strides_of(
        {"stride_length": length},
        is_turning={"left_sensor": turning, "right_sensor": turning},
        not_analysed={"left_sensor": others([11])},
    )
    table = build_statistics(strides, recording="walk")
    assert row_of(table, "recording", "stride_length")["n"] == 23
    straight = row_of(table, "recording", "stride_length", strides="straight")
    assert straight[["n", "mean"]].tolist() == pytest.approx([17, 1.2])


def test_bouts_and_days_are_those_of_their_strides():
    bouts = pd.DataFrame({"bout_id": [1, 2], "start_s": [0.0, 6.0]})
    days = pd.DataFrame({"day": [1, 2, 3], "start_s": [0.0, 6.2, 40.0]})
    ids = dict.fromkeys(range(6), 1) | dict.fromkeys(range(6, 11), 2)
    strides = strides_of(
        {"stride_length": np.tile(np.arange(12.0), 2)}, bout_ids={"left_sensor": ids, "right_sensor": ids}
    )
    table = build_statistics(strides, recording="walk", bouts=bouts, days=days)
    assert row_of(table, "bout", "stride_length", place=1)["mean"] == pytest.approx(2.5)
    assert row_of(table, "bout", "stride_length", "left", place=2)["n"] == 5
    # The second bout belongs to the day on which it starts; the stride outside of bouts to its own.
    assert [row_of(table, "day", "stride_length", "left", place=day)["n"] for day in (1, 2, 3)] == [11, 1, 0]
    assert not ((table["unit"] == "bout") & (table["n"] == 0)).any()
    assert table.loc[table["unit"] == "recording", "id"].isna().all()


def test_an_empty_table_has_the_same_columns_and_dtypes():
    for strides in (build_strides({}, RATE, recording="walk"), strides_of({"stride_length": np.ones(24)})):
        table = build_statistics(strides, recording="walk")
        assert {name: str(dtype) for name, dtype in table.dtypes.items()} == STATISTICS_DTYPES
        assert set(table["unit"]) == {"recording"}


def test_every_one_of_many_bouts_has_its_rows():
    n = 20_000
    ids = {k: k // 10 + 1 for k in range(n)}
    strides = strides_of({"stride_length": np.ones(2 * n)}, n=n, bout_ids={"left_sensor": ids, "right_sensor": ids})
    bouts = pd.DataFrame({"bout_id": np.arange(1, n // 10 + 1), "start_s": np.arange(n // 10) * 10.0})
    table = build_statistics(strides, recording="walk", bouts=bouts)
    of_bouts = table[(table["unit"] == "bout") & (table["parameter"] == "stride_length")]
    assert (of_bouts["n"] == np.tile([10, 10, 20], n // 10)).all()
