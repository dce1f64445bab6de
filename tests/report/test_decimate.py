"""Signals are reduced for drawing without losing peaks or inventing values."""

import base64

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from gaitmap.report._decimate import MinMaxReducer, decimate_min_max, encode_integers, encode_signal

signals = hnp.arrays(float, st.integers(1, 400), elements=st.one_of(st.floats(-1e3, 1e3), st.just(np.nan)))


@settings(max_examples=60, deadline=None)
@given(values=signals, max_points=st.integers(2, 100))
def test_extremes_survive_and_no_value_is_invented(values, max_points):
    reduced, step = decimate_min_max(values, max_points)
    known = values[~np.isnan(values)]
    assert np.isin(reduced[~np.isnan(reduced)], known).all()
    if len(known):
        assert np.nanmin(reduced) == known.min()
        assert np.nanmax(reduced) == known.max()
    assert len(reduced) <= max(max_points, 2)
    assert (len(reduced) - 2) * step < len(values) <= len(reduced) * step


def test_a_short_signal_stays_as_it_is():
    values = np.arange(5.0)
    reduced, step = decimate_min_max(values, 5)
    assert reduced is values
    assert step == 1


def test_order_within_a_piece_is_kept():
    reduced, step = decimate_min_max(np.array([0.0, 5, -5, 1, 1, -2, 7, 0]), 4)
    assert reduced.tolist() == [5, -5, -2, 7]
    assert step == 2


def test_a_piece_without_values_stays_a_gap():
    reduced, _ = decimate_min_max(np.array([1.0, 2, 3, 4, np.nan, np.nan, np.nan, np.nan]), 4)
    assert reduced[:2].tolist() == [1, 4]
    assert np.isnan(reduced[2:]).all()


def test_encoding_keeps_one_part_in_32000_and_gaps():
    values = np.array([-620.0, 0.01, np.nan, 310.0, 620.0])
    encoded = encode_signal(values)
    integers = np.frombuffer(base64.b64decode(encoded.text), dtype="<i2")
    assert integers[2] == -32768
    known = np.delete(integers * encoded.scale, 2)
    np.testing.assert_allclose(known, np.delete(values, 2), atol=620 / 32000 / 2)


@pytest.mark.parametrize("values", [[], [np.nan, np.nan], [0.0, 0.0]])
def test_encoding_of_signals_without_size(values):
    encoded = encode_signal(np.array(values))
    assert encoded.scale == 1
    assert encoded.n_values == len(values)


def test_integers_come_back():
    text = encode_integers(np.array([0, 5, 2_000_000]))
    assert np.frombuffer(base64.b64decode(text), dtype="<i4").tolist() == [0, 5, 2_000_000]


@settings(max_examples=60, deadline=None)
@given(values=signals, max_points=st.integers(2, 100), cuts=st.lists(st.integers(0, 400), max_size=6))
def test_blocks_of_any_length_are_reduced_like_the_whole_signal(values, max_points, cuts):
    reducer = MinMaxReducer(len(values), max_points)
    for block in np.split(values, sorted(min(cut, len(values)) for cut in cuts)):
        reducer.update(block)
    whole, step = decimate_min_max(values, max_points)
    np.testing.assert_array_equal(reducer.result(), whole)
    assert reducer.step == step
