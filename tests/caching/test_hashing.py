import os
import subprocess
import sys
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import NamedTuple

import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis.extra import numpy as st_numpy
from scipy.spatial.transform import Rotation

from gaitmap.utils.caching import hash_object
from tests.caching._toys import Pipeline, Scaler, multiply, sample_data


class Pair(NamedTuple):
    a: int
    b: int


@dataclass
class Settings:
    name: str
    table: pd.DataFrame


def _rebuilt_variants(frame: pd.DataFrame) -> dict[str, pd.DataFrame]:
    row_major = pd.DataFrame(np.ascontiguousarray(frame.to_numpy()), columns=frame.columns)
    longer = pd.concat([frame, frame], ignore_index=True)
    object_labels = frame.copy()
    object_labels.columns = pd.Index(list(frame.columns), dtype=object)
    read_only = np.array(frame.to_numpy())
    read_only.setflags(write=False)
    two_levels = pd.concat({"left": frame, "right": frame}, axis=1)
    return {
        "other blocks": pd.concat([frame[[name]] for name in frame.columns], axis=1),
        "row-major": row_major,
        "column-major": pd.DataFrame(np.asfortranarray(frame.to_numpy()), columns=frame.columns),
        "slice of a longer frame": longer.iloc[: len(frame)],
        "object labels": object_labels,
        "read-only": pd.DataFrame(read_only, columns=frame.columns),
        "one sensor of two": two_levels["left"],
        "deep copy": frame.copy(deep=True),
        "from a dictionary": pd.DataFrame({name: frame[name].to_numpy() for name in frame.columns}),
        "every second row of a longer frame": pd.DataFrame(
            np.repeat(frame.to_numpy(), 2, axis=0), columns=frame.columns
        )
        .iloc[::2]
        .reset_index(drop=True),
    }


@pytest.mark.parametrize("name", _rebuilt_variants(sample_data()))
@pytest.mark.parametrize("n", [0, 1, 20, 20_000])
def test_layout_of_a_frame_does_not_matter(name, n):
    frame = sample_data(n)

    assert hash_object(_rebuilt_variants(frame)[name]) == hash_object(frame)


def test_content_of_a_frame_matters():
    frame = sample_data()
    other_value = frame.copy()
    other_value.iloc[7, 1] = np.nextafter(other_value.iloc[7, 1], 1)
    variants = [
        frame,
        other_value,
        frame.astype("float32"),
        frame[["b", "a", "c"]],
        frame.rename(columns={"a": "x"}),
        frame.set_axis(np.arange(20) + 1.0),
        frame.iloc[1:],
        frame.iloc[:-1],
        frame.rename_axis("sample"),
        frame.rename_axis("axis", axis=1),
        frame.to_numpy(),
        frame.T,
        frame["a"],
        frame["a"].rename("b"),
        frame[["a"]],
    ]

    assert len({hash_object(variant) for variant in variants}) == len(variants)


@pytest.mark.parametrize(
    "column",
    [
        pd.Series([1, None, 3], dtype="Int64"),
        pd.Series([True, None, False], dtype="boolean"),
        pd.Series(["a", None, "c"], dtype="str"),
        pd.Series(["a", 1, None], dtype=object),
        pd.Series(["x", "y", "x"], dtype="category"),
        pd.Series(pd.date_range("2026-01-01", periods=3, tz="Europe/Berlin")),
        pd.Series(pd.date_range("2026-01-01", periods=3)),
        pd.Series(pd.to_timedelta([1, 2, 3], unit="s")),
        pd.Series(pd.period_range("2026-01", periods=3, freq="M")),
    ],
    ids=lambda column: str(column.dtype),
)
def test_every_kind_of_column_is_hashed_by_value(column):
    frame = column.to_frame("x")
    changed = frame.iloc[[1, 1, 0]].reset_index(drop=True)

    assert hash_object(frame) == hash_object(pd.concat([frame.iloc[:1], frame.iloc[1:]]))
    assert hash_object(frame) != hash_object(changed)


def test_index_kinds():
    frame = sample_data(3)
    by_text = frame.set_axis(pd.Index(["x", "y", "z"], dtype="str"))
    by_object = frame.set_axis(pd.Index(["x", "y", "z"], dtype=object))
    two_levels = frame.set_axis(pd.MultiIndex.from_product([["x"], [1, 2, 3]], names=["s_id", "sample"]))

    assert hash_object(by_text) == hash_object(by_object)
    assert len({hash_object(each) for each in (frame, by_text, two_levels)}) == 3


@settings(max_examples=30, deadline=None)
@given(st_numpy.arrays(st_numpy.scalar_dtypes(), st_numpy.array_shapes(max_dims=4, min_side=0)))
def test_layout_of_an_array_does_not_matter(array):
    wider = np.empty((*array.shape[:-1], 2 * array.shape[-1]), dtype=array.dtype)
    wider[..., ::2] = array

    assert hash_object(np.asfortranarray(array)) == hash_object(array)
    assert hash_object(wider[..., ::2]) == hash_object(array)


@pytest.mark.parametrize("shape", [(30_000,), (5, 7, 3000), (2, 20_000), (20_000, 12)])
def test_large_arrays_are_hashed_in_blocks_like_contiguous_ones(shape):
    array = np.random.default_rng(1).normal(size=shape)

    assert hash_object(np.asfortranarray(array)) == hash_object(array)
    assert hash_object(np.repeat(array, 2, axis=0)[::2]) == hash_object(array)


def test_arrays_differ_by_dtype_shape_and_bytes():
    array = np.arange(6)
    variants = [array, array.astype(float), array.reshape(2, 3), array.reshape(3, 2), array[::-1], array[:-1], []]

    assert len({hash_object(variant) for variant in variants}) == len(variants)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (np.float64(4), 4.0),
        (np.int16(4), 4),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        (float("nan"), -float("nan")),
        ({"a": 1, "b": 2}, {"b": 2, "a": 1}),
        ({1, "a", None}, {None, "a", 1}),
        (Rotation.from_euler("x", [[1], [2]]), Rotation.from_euler("x", [[1], [2]])),
        (Scaler(3.0), Scaler(3.0)),
        (Scaler(), Scaler().clone()),
        (Scaler(memory=None), Scaler(memory=joblib.Memory(None))),
        (partial(multiply, factor=2), partial(multiply, factor=2)),
        (Settings("a", sample_data()), Settings("a", sample_data().iloc[:])),
    ],
)
def test_equal_values_have_equal_digests(one, other):
    assert hash_object(one) == hash_object(other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (4, 4.0),
        (1, True),
        (0, False),
        ("1", 1),
        ("a", b"a"),
        (None, "None"),
        ((), []),
        ([1, [2]], [[1], 2]),
        (["ab", "c"], ["a", "bc"]),
        ({"a": 1}, [("a", 1)]),
        ({"a": {"b": 1}}, {"a": {}, "b": 1}),
        (Pair(1, 2), (1, 2)),
        (np.timedelta64(1, "s"), np.timedelta64(1, "ms")),
        (Rotation.identity(), Rotation.identity(1)),
        (Rotation.identity(2), Rotation.identity(3)),
        (Scaler(3.0), Scaler(4.0)),
        (Scaler(), Scaler().scale(sample_data())),
        (Pipeline(), Pipeline(scaler=Scaler(5.0))),
        (Pipeline(), Pipeline(steps=[("first", Scaler(5.0))])),
        (multiply, sample_data),
        (Scaler, Pipeline),
        (Scaler().scale, Scaler().shrink),
        (Settings("a", sample_data()), Settings("b", sample_data())),
        (pd.NA, None),
    ],
)
def test_different_values_have_different_digests(one, other):
    assert hash_object(one) != hash_object(other)


def test_custom_attribute_changes_the_digest_and_a_clone_restores_it():
    scaler = Scaler()
    scaler.note = 1

    assert hash_object(scaler) != hash_object(Scaler())
    assert hash_object(scaler.clone()) == hash_object(Scaler())


def test_digest_is_the_same_in_another_process():
    code = (
        "from tests.caching._toys import *; from gaitmap.utils.caching import hash_object;"
        "print(hash_object([Pipeline(), sample_data(), {'x', 'y'}, multiply, Scaler]))"
    )
    environment = {**os.environ, "PYTHONHASHSEED": "77"}
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment, cwd=Path.cwd()
    ).stdout

    assert printed.strip() == hash_object([Pipeline(), sample_data(), {"x", "y"}, multiply, Scaler])


def test_digest_has_32_lower_case_hexadecimal_digits():
    digest = hash_object(None)

    assert len(digest) == 32
    assert set(digest) <= set("0123456789abcdef")


@pytest.mark.parametrize("value", [(x for x in [1]), __import__("threading").Lock()])
def test_what_cannot_be_pickled_raises_a_type_error(value):
    with pytest.raises(TypeError, match="cannot be hashed"):
        hash_object([value])


def test_what_contains_itself_raises_a_type_error():
    endless: list = []
    endless.append(endless)

    with pytest.raises(TypeError, match="contains itself"):
        hash_object(endless)
