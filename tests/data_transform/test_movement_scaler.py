"""The level of movement: rest does not change it, units and signs are free."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from gaitmap.data_transform import MovementScaler
from gaitmap.data_transform._movement_scaler import MovementLevel

signals = arrays(float, st.integers(1, 30), elements=st.floats(-1e3, 1e3).filter(lambda x: x == 0 or abs(x) > 1e-3))
each_law = settings(max_examples=50, deadline=None)


def _level(data):
    return MovementScaler().transform(data).level_


def test_the_level_of_equal_magnitudes_is_that_magnitude():
    assert _level(np.array([3.0, -3.0, 3.0, 0.0, 0.0])) == pytest.approx(3.0)


def test_all_channels_have_one_level():
    data = pd.DataFrame({"a": [3.0, 0.0], "b": [4.0, 0.0]})
    scaled = MovementScaler(out_level=2).transform(data).transformed_data_
    assert _level(data) == pytest.approx(5.0)
    np.testing.assert_allclose(scaled.to_numpy(), [[1.2, 1.6], [0, 0]])


@each_law
@given(signals, st.integers(0, 100))
def test_appending_rest_changes_nothing(signal, n_rest):
    assert _level(np.append(signal, np.zeros(n_rest))) == pytest.approx(_level(signal))


@each_law
@given(signals, st.floats(0.01, 100))
def test_the_result_does_not_depend_on_the_amplitude(signal, factor):
    expected = MovementScaler().transform(signal).transformed_data_
    np.testing.assert_allclose(MovementScaler().transform(signal * factor).transformed_data_, expected, rtol=1e-9)


@each_law
@given(signals)
def test_the_result_has_the_level_asked_for(signal):
    result = MovementScaler(out_level=0.7).transform(signal).transformed_data_
    assert _level(result) == pytest.approx(0.7 if np.any(signal) else 0.0)


def test_small_movements_stay_small():
    noise = np.array([1.0, -1.0, 1.0])
    np.testing.assert_allclose(MovementScaler(min_level=50).transform(noise).transformed_data_, noise / 50)


def test_nan_stays_where_it_is_and_does_not_count():
    result = MovementScaler().transform(pd.Series([2.0, np.nan, -2.0])).transformed_data_
    np.testing.assert_allclose(result, [1.0, np.nan, -1.0])


def test_zeros_stay_zeros():
    assert MovementScaler().transform(np.zeros((3, 2))).transformed_data_.tolist() == [[0, 0]] * 3


@pytest.mark.parametrize("params", [{"out_level": 0}, {"out_level": np.nan}, {"min_level": -1}])
def test_parameters_that_make_no_sense_are_refused(params):
    with pytest.raises(ValueError, match=next(iter(params))):
        MovementScaler(**params).transform(np.ones(3))


@each_law
@given(st.integers(0, 2**32 - 1), st.lists(st.integers(0, 60), max_size=6), st.integers(1, 2))
def test_the_level_of_parts_is_exactly_that_of_the_whole(seed, cuts, n_channels):
    random = np.random.default_rng(seed)
    values = random.normal(size=(60, n_channels)) * 10 ** random.uniform(-3, 3, size=(60, 1))
    values[random.integers(0, 60, size=3), 0] = np.nan
    level = MovementLevel()
    for first, end in pairwise([0, *sorted(cuts), 60]):
        level.add(values[first:end])
    assert level.level == _level(values)
    energy = np.square(values[np.isfinite(values).all(axis=1)]).sum(axis=1)
    assert level.level == pytest.approx(np.sqrt((energy**2).sum() / energy.sum()), rel=1e-12)


def test_a_given_level_replaces_the_one_of_the_data():
    data = np.array([3.0, -3.0])
    scaler = MovementScaler(out_level=2, level=4.0).transform(data)
    np.testing.assert_allclose(scaler.transformed_data_, data / 2)
    assert scaler.level_ == 4.0
    np.testing.assert_allclose(MovementScaler(min_level=8, level=4.0).transform(data).transformed_data_, data / 8)
    with pytest.raises(ValueError, match="level"):
        MovementScaler(level=-1.0).transform(data)
