from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
import tpcp
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.data_transform import (
    AbsMaxScaler,
    FixedScaler,
    MinMaxScaler,
    StandardScaler,
    TrainableAbsMaxScaler,
    TrainableMinMaxScaler,
    TrainableStandardScaler,
    TrainableTransformerMixin,
)
from gaitmap.utils.exceptions import ValidationError

TRAINABLE = [TrainableStandardScaler, TrainableAbsMaxScaler, TrainableMinMaxScaler]
PLAIN = [FixedScaler, StandardScaler, AbsMaxScaler, MinMaxScaler]
each_trainable = pytest.mark.parametrize("scaler", TRAINABLE)
each_plain = pytest.mark.parametrize("scaler", PLAIN)


def _random_frame(n=50, seed=0):
    values = np.random.default_rng(seed).normal(-3, 20, (n, 3))
    return pd.DataFrame(values, columns=list("abc"), index=pd.Index(np.arange(n) / 100, name="time"))


def _with_values(values, dtype=float):
    return pd.DataFrame(np.array(values, dtype=dtype).reshape(-1, 2), columns=["a", "b"])


@pytest.mark.parametrize(("scale", "offset"), [(1, 0), (500, 3), (0.5, -1.5)])
def test_fixed_scaler_subtracts_then_divides(scale, offset):
    data = _random_frame()
    found = FixedScaler(scale=scale, offset=offset).transform(data).transformed_data_
    pd.testing.assert_frame_equal(found, (data - offset) / scale)


def test_fixed_scaler_gives_back_the_type_it_was_given():
    data = _random_frame()
    scaler = FixedScaler(scale=2)
    pd.testing.assert_series_equal(scaler.transform(data["a"]).transformed_data_, data["a"] / 2)
    np.testing.assert_array_equal(scaler.transform(data.to_numpy()).transformed_data_, data.to_numpy() / 2)
    with pytest.raises(ValidationError, match="list"):
        scaler.transform([1, 2])


@pytest.mark.parametrize("ddof", [0, 1, 2])
def test_standard_scaler_uses_all_columns_together(ddof):
    data = _random_frame()
    found = StandardScaler(ddof=ddof).transform(data).transformed_data_.to_numpy()
    assert found.mean() == pytest.approx(0, abs=1e-14)
    assert found.std(ddof=ddof) == pytest.approx(1)


def test_standard_scaler_of_constant_data_is_nan():
    assert StandardScaler().transform(_with_values([4.0] * 6)).transformed_data_.isna().all(axis=None)


def test_one_nan_makes_standard_scaled_data_nan():
    assert StandardScaler().transform(_with_values([1, np.nan, 2, 3])).transformed_data_.isna().all(axis=None)


@pytest.mark.parametrize("out_max", [1, 2.5])
def test_negative_extremum_is_mapped_to_minus_out_max(out_max):
    found = AbsMaxScaler(out_max).transform(_with_values([1, -8, np.nan, 4])).transformed_data_
    np.testing.assert_allclose(found, _with_values([out_max / 8, -out_max, np.nan, out_max / 2]))


@pytest.mark.parametrize("scaler", [AbsMaxScaler(), TrainableAbsMaxScaler(data_max=0)])
def test_data_of_zeros_is_returned_as_an_independent_float_copy(scaler):
    data = _with_values([0, 0, 0, 0], dtype=int)
    found = scaler.transform(data).transformed_data_
    pd.testing.assert_frame_equal(found, data.astype(float))
    found.iloc[0, 0] = 1
    assert data.iloc[0, 0] == 0


def test_min_max_scaler_maps_the_range_and_ignores_nan():
    found = MinMaxScaler((-1, 2)).transform(_with_values([2, np.nan, 8, 4])).transformed_data_
    np.testing.assert_allclose(found, _with_values([-1, np.nan, 2, 0]))


def test_min_max_scaler_maps_constant_data_to_the_lower_end():
    found = MinMaxScaler((3, 7)).transform(_with_values([5.0] * 4)).transformed_data_
    assert (found == 3).all(axis=None)


@pytest.mark.parametrize("scaler", [MinMaxScaler((1, 1)), TrainableMinMaxScaler((2, 1), data_range=(0, 1))])
def test_out_range_must_rise(scaler):
    with pytest.raises(ValueError, match=r"out_range\[0\] \(new min\) must be smaller"):
        scaler.transform(_random_frame())


@pytest.mark.parametrize("scaler", [AbsMaxScaler(), MinMaxScaler()])
def test_range_scalers_refuse_empty_data(scaler):
    with pytest.raises(ValueError, match="empty"):
        scaler.transform(_random_frame().iloc[:0])


@pytest.mark.parametrize("scaler", [AbsMaxScaler(), MinMaxScaler(), *(cls() for cls in TRAINABLE)])
def test_one_column_level_is_required(scaler):
    two_levels = pd.concat({"left": _random_frame()}, axis=1)
    call = scaler.self_optimize if isinstance(scaler, TrainableTransformerMixin) else scaler.transform
    with pytest.raises(ValidationError, match="MultiIndex"):
        call([two_levels] if isinstance(scaler, TrainableTransformerMixin) else two_levels)


@each_plain
def test_labels_are_kept_and_integers_become_float(scaler):
    data = _random_frame().astype(int)
    found = scaler().transform(data, sampling_rate_hz=100, anything="else").transformed_data_
    pd.testing.assert_index_equal(found.index, data.index)
    pd.testing.assert_index_equal(found.columns, data.columns)
    assert (found.dtypes == np.float64).all()


@each_plain
def test_float32_stays_float32(scaler):
    data = _random_frame()
    found = scaler().transform(data.astype(np.float32)).transformed_data_
    assert (found.dtypes == np.float32).all()
    np.testing.assert_allclose(found, scaler().transform(data).transformed_data_, rtol=1e-4, atol=1e-4)


@each_plain
def test_nullable_columns_are_read_as_numbers(scaler):
    data = _random_frame().round()
    pd.testing.assert_frame_equal(
        scaler().transform(data.astype("Float64")).transformed_data_, scaler().transform(data).transformed_data_
    )


@pytest.mark.parametrize(
    ("scaler", "message"),
    [
        (TrainableStandardScaler, "mean and std"),
        (TrainableAbsMaxScaler, "data_max not set"),
        (TrainableMinMaxScaler, "No data range set"),
    ],
)
def test_untrained_scaler_says_what_is_missing(scaler, message):
    with pytest.raises(ValueError, match=message):
        scaler().transform(_random_frame())


def test_one_data_set_gives_exactly_the_mean_and_std_of_numpy():
    data = _random_frame(1003)
    scaler = TrainableStandardScaler(ddof=1).self_optimize([data])
    assert scaler.mean == data.to_numpy().mean()
    assert scaler.std == data.to_numpy().std(ddof=1)
    assert type(scaler.mean) is type(scaler.std) is float


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=6).filter(lambda n: sum(n) > 1), st.floats(-1e4, 1e4))
def test_training_on_parts_equals_training_on_the_whole(lengths, offset):
    whole = _random_frame(sum(lengths)) + offset
    borders = np.cumsum([0, *lengths])
    data_sets = [whole.iloc[start:end] for start, end in pairwise(borders)]
    standard = TrainableStandardScaler().self_optimize(data_sets)
    assert standard.mean == pytest.approx(whole.to_numpy().mean(), rel=1e-12, abs=1e-12)
    assert standard.std == pytest.approx(whole.to_numpy().std(ddof=1), rel=1e-12)
    assert TrainableAbsMaxScaler().self_optimize(data_sets).data_max == whole.abs().max(axis=None)
    data_range = TrainableMinMaxScaler().self_optimize(data_sets).data_range
    assert data_range == (whole.min(axis=None), whole.max(axis=None))


@each_trainable
def test_data_sets_may_come_from_a_generator(scaler):
    data_sets = [_random_frame(seed=seed) for seed in range(3)]
    assert scaler().self_optimize(iter(data_sets)).get_params() == scaler().self_optimize(data_sets).get_params()


@each_trainable
@pytest.mark.parametrize("data_sets", [[], [_random_frame().iloc[:0]]])
def test_training_needs_data(scaler, data_sets):
    with pytest.raises(ValueError, match="not enough training data"):
        scaler().self_optimize(data_sets)


@each_trainable
def test_training_changes_only_optimizable_parameters(scaler):
    trained = tpcp.make_optimize_safe(scaler.self_optimize)(scaler(), [_random_frame()])
    assert None not in trained.get_params().values()


@each_trainable
def test_scaler_trained_on_its_own_data_equals_the_plain_one(scaler):
    data = _random_frame()
    plain = scaler.__mro__[1]
    pd.testing.assert_frame_equal(
        scaler().self_optimize([data]).transform(data).transformed_data_, plain().transform(data).transformed_data_
    )


@each_trainable
def test_learned_values_are_plain_numbers(scaler):
    trained = scaler().self_optimize([_random_frame().astype(np.float32)])
    values = [v for value in trained.get_params().values() for v in (value if isinstance(value, tuple) else [value])]
    assert {type(v) for v in values} <= {int, float}
