"""Tables with different columns become one, without losing a value, a column or a type."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.cohort import _table_writer
from gaitmap.cohort._table_writer import Layout, TableWriter

pa = pytest.importorskip("pyarrow", reason="the extra 'app' is not installed")
pq = pytest.importorskip("pyarrow.parquet")
duckdb = pytest.importorskip("duckdb")


def join(tmp_path, *frames, constants=({},) * 9):
    """Write frames as the merge does and read the result back."""
    tables = [pa.Table.from_pandas(frame, preserve_index=False) for frame in frames]
    layout = Layout()
    for table in tables:
        layout.add(table.schema)
    path = tmp_path / "joined.parquet"
    writer = TableWriter(path, layout.schema())
    for table, values in zip(tables, constants, strict=False):
        writer.add(table, values)
    writer.close()
    return pd.read_parquet(path)


def test_equal_tables_stay_as_they_are(tmp_path):
    zone = pd.Timestamp("2026-05-04T09:30", tz="Europe/Berlin")
    frame = pd.DataFrame(
        {
            "text": ["a", "b"],
            "whole": [1, 2],
            "maybe": pd.array([1, None], dtype="Int64"),
            "number": [0.1, np.nan],
            "yes": [True, False],
            "time": pd.Series([zone, zone]).dt.as_unit("ns"),
        }
    )
    pd.testing.assert_frame_equal(join(tmp_path, frame, frame), pd.concat([frame, frame], ignore_index=True))


def test_whole_numbers_and_truths_missing_in_a_table_become_nullable(tmp_path):
    whole, without = pd.DataFrame({"x": [1], "n": [2], "b": [True]}), pd.DataFrame({"x": [2]})
    for frames in ((whole, without), (without, whole)):
        joined = join(tmp_path, *frames)
        assert joined.dtypes.astype(str).to_dict() == {"x": "int64", "n": "Int64", "b": "boolean"}
        assert joined["n"].sum() == 2


def test_columns_come_after_their_neighbours(tmp_path):
    one = pd.DataFrame({"a": [1], "c": [1], "used": [True]})
    other = pd.DataFrame({"a": [1], "b": [1], "c": [1], "d": [1], "used": [True]})
    assert list(join(tmp_path, one, other).columns) == ["a", "b", "c", "d", "used"]


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ([1, 2], [0.5], [1.0, 2.0, 0.5]),
        ([None, None], [3], [pd.NA, pd.NA, 3]),
        ([None], ["x"], [None, "x"]),
        ([1], ["x"], ["1", "x"]),
        (["x"], pd.Categorical(["y"]), ["x", "y"]),
        ([None], [None], [None, None]),
    ],
)
def test_types_that_differ_find_a_common_one(tmp_path, one, other, expected):
    joined = join(tmp_path, pd.DataFrame({"x": one}), pd.DataFrame({"x": other}))["x"]
    for value, wanted in zip(joined, expected, strict=True):
        assert value == wanted if not pd.isna(wanted) else pd.isna(value)


def test_times_of_different_zones_stay_the_same_moments(tmp_path):
    times = [pd.Timestamp("2026-05-04T09:30", tz=zone) for zone in ("Europe/Berlin", "America/New_York")]
    joined = join(tmp_path, *(pd.DataFrame({"t": [time]}) for time in times))
    assert str(joined["t"].dt.tz) == "UTC"
    assert joined["t"].to_list() == times


def test_constants_fill_whole_columns(tmp_path):
    frame = pd.DataFrame({"id": ["", ""], "x": [1, 2]})
    joined = join(tmp_path, frame, frame, constants=[{"id": "one"}, {"id": None}])
    assert joined["id"].to_list()[:2] == ["one", "one"]
    assert joined["id"].isna().to_list() == [False, False, True, True]


def test_small_tables_share_a_row_group(tmp_path, monkeypatch):
    frame = pd.DataFrame({"x": np.arange(1000.0)})
    join(tmp_path, *[frame] * 6)
    assert pq.ParquetFile(tmp_path / "joined.parquet").num_row_groups == 1
    monkeypatch.setattr(_table_writer, "FLUSH_BYTES", 10_000)
    monkeypatch.setattr(_table_writer, "_COMBINE", 2)
    join(tmp_path, *[frame] * 6)
    assert pq.ParquetFile(tmp_path / "joined.parquet").num_row_groups == 3


_VALUES = st.one_of(
    st.lists(st.integers(-(2**31), 2**31), min_size=1, max_size=3),
    st.lists(st.floats(allow_nan=False), min_size=1, max_size=3),
    st.lists(st.booleans(), min_size=1, max_size=3),
    st.lists(st.none(), min_size=1, max_size=3),
)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.dictionaries(st.sampled_from("abcd"), _VALUES, min_size=1), min_size=1, max_size=4))
def test_no_value_is_lost_whatever_the_tables(tmp_path_factory, contents):
    frames = [
        pd.DataFrame({name: values[: min(map(len, content.values()))] for name, values in content.items()})
        for content in contents
    ]
    path = tmp_path_factory.mktemp("joined")
    joined = join(path, *frames)
    expected = [len(frame) for frame in frames]
    assert len(joined) == sum(expected)
    assert duckdb.sql(f"select count(*) from '{path}/joined.parquet'").fetchall() == [(sum(expected),)]
    starts = np.cumsum([0, *expected])
    for frame, start in zip(frames, starts, strict=False):
        for name in joined.columns:
            part = joined[name].iloc[start : start + len(frame)]
            if name not in frame or frame[name].isna().all():
                assert part.isna().all()
            elif not pd.api.types.is_string_dtype(joined[name]):
                assert part.astype(float).to_list() == frame[name].astype(float).to_list()
            else:
                assert part.notna().all()
