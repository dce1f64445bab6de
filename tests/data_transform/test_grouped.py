import joblib
import numpy as np
import pandas as pd
import pytest
import tpcp

from gaitmap.data_transform import (
    AbsMaxScaler,
    BaseTransformer,
    ChainedTransformer,
    FixedScaler,
    GroupedTransformer,
    IdentityTransformer,
    Resample,
    SlidingWindowMean,
    TrainableAbsMaxScaler,
    TrainableMinMaxScaler,
)
from gaitmap.utils.exceptions import ValidationError


def _frame(n=40, seed=0):
    values = np.random.default_rng(seed).normal(0, 5, (n, 4))
    return pd.DataFrame(values, columns=["acc_pa", "acc_ml", "gyr_pa", "gyr_ml"], index=pd.Index(np.arange(n) / 100))


class OtherIndex(BaseTransformer):
    def transform(self, data, **_):
        self.transformed_data_ = data.reset_index(drop=True)
        return self


def test_groups_are_transformed_and_other_columns_kept_in_the_order_of_the_data():
    data = _frame()
    grouped = GroupedTransformer([("gyr_ml", FixedScaler(2)), (("gyr_pa", "acc_pa"), AbsMaxScaler())])
    expected = data.copy()
    expected["gyr_ml"] /= 2
    expected[["acc_pa", "gyr_pa"]] /= data[["acc_pa", "gyr_pa"]].abs().max(axis=None)
    pd.testing.assert_frame_equal(grouped.transform(data).transformed_data_, expected)
    grouped.set_params(keep_all_cols=False)
    pd.testing.assert_frame_equal(grouped.transform(data).transformed_data_, expected.drop(columns="acc_ml"))


def test_result_is_independent_of_the_data():
    data = _frame()
    before = data.copy()
    found = GroupedTransformer([("gyr_ml", IdentityTransformer())]).transform(data).transformed_data_
    found.iloc[0] = 100
    pd.testing.assert_frame_equal(data, before)


def test_dtypes_of_untouched_columns_are_kept():
    data = _frame().assign(index=np.arange(40))
    found = GroupedTransformer([("gyr_ml", FixedScaler(2))]).transform(data).transformed_data_
    assert found["index"].dtype == np.int64


def test_rows_with_equal_labels_are_allowed():
    data = _frame().set_index(pd.Index([0, 0] * 20))
    found = GroupedTransformer([("gyr_ml", FixedScaler(2)), ("acc_pa", FixedScaler())]).transform(data)
    pd.testing.assert_index_equal(found.transformed_data_.index, data.index)


def test_empty_mapping_is_the_identity():
    data = _frame()
    pd.testing.assert_frame_equal(GroupedTransformer([]).transform(data).transformed_data_, data)
    with pytest.raises(ValueError, match="nothing would be returned"):
        GroupedTransformer([], keep_all_cols=False).transform(data)


@pytest.mark.parametrize(
    ("mapping", "message"),
    [
        ([("gyr_ml", FixedScaler()), (("acc_pa", "gyr_ml"), FixedScaler())], "must only be mentioned once"),
        ([("gyr_si", FixedScaler())], "columns that do not exist"),
    ],
)
def test_columns_must_exist_and_be_named_once(mapping, message):
    with pytest.raises(ValueError, match=message):
        GroupedTransformer(mapping).transform(_frame())
    with pytest.raises(ValueError, match=message):
        GroupedTransformer(mapping).self_optimize([_frame()])


def test_the_mapping_is_checked_before_the_data():
    with pytest.raises(ValueError, match="once"):
        GroupedTransformer([("a", FixedScaler()), ("a", FixedScaler())]).transform("no data")
    with pytest.raises(ValidationError):
        GroupedTransformer([("a", FixedScaler())]).transform("no data")
    with pytest.raises(TypeError, match="pairs"):
        GroupedTransformer(["a"]).transform(_frame())


def test_transformers_must_keep_the_names_of_their_columns():
    with pytest.raises(KeyError, match="SlidingWindowMean"):
        GroupedTransformer([("gyr_ml", SlidingWindowMean(0.1))]).transform(_frame(), sampling_rate_hz=100)


@pytest.mark.parametrize("transformer", [Resample(50), OtherIndex()])
def test_transformers_must_keep_the_rows_of_their_columns(transformer):
    with pytest.raises(ValueError, match="rows of the columns do not fit"):
        GroupedTransformer([("gyr_ml", transformer)]).transform(_frame(), sampling_rate_hz=100)


def test_all_columns_may_be_resampled_together():
    grouped = GroupedTransformer([("acc_pa", Resample(50)), ("gyr_ml", Resample(50))], keep_all_cols=False)
    found = grouped.transform(_frame(), sampling_rate_hz=100).transformed_data_
    assert found.shape == (20, 2)


def test_members_are_trained_on_all_of_their_columns_together():
    data_sets = [_frame(seed=seed) for seed in range(2)]
    grouped = GroupedTransformer(
        [
            (("acc_pa", "acc_ml"), TrainableAbsMaxScaler()),
            ("gyr_ml", TrainableMinMaxScaler()),
            ("gyr_pa", FixedScaler(3)),
        ]
    )
    trained = tpcp.make_optimize_safe(GroupedTransformer.self_optimize)(grouped, iter(data_sets))
    both = pd.concat(data_sets)
    (_, first), (_, second), (_, third) = trained.transformer_mapping
    assert first.data_max == both[["acc_pa", "acc_ml"]].abs().max(axis=None)
    assert second.data_range == (both["gyr_ml"].min(), both["gyr_ml"].max())
    assert third.scale == 3
    before = joblib.hash(trained.clone())
    trained.transform(data_sets[0])
    assert joblib.hash(trained.clone()) == before


def test_one_object_in_two_places_cannot_be_trained():
    scaler = FixedScaler()
    with pytest.raises(ValueError, match="must be different objects"):
        GroupedTransformer([("no_such_column", scaler), ("b", scaler)]).self_optimize([_frame()])


def test_parameters_of_members_are_reached_by_their_columns():
    grouped = GroupedTransformer([("gyr_ml", FixedScaler()), (("acc_pa", "acc_ml"), AbsMaxScaler())])
    grouped.set_params(transformer_mapping__gyr_ml__scale=5, transformer_mapping__acc_pa_acc_ml__out_max=2)
    params = grouped.get_params()
    assert params["transformer_mapping__gyr_ml__scale"] == grouped.transformer_mapping[0][1].scale == 5
    assert params["transformer_mapping__acc_pa_acc_ml"].out_max == 2
    assert set(grouped.get_params(deep=False)) == {"transformer_mapping", "keep_all_cols"}
    grouped.set_params(transformer_mapping__gyr_ml=IdentityTransformer())
    assert isinstance(grouped.transformer_mapping[0][1], IdentityTransformer)
    with pytest.raises(ValueError, match=r"transformer_mapping__gyr_si__scale.*GroupedTransformer"):
        grouped.set_params(transformer_mapping__gyr_si__scale=1)


def test_parameters_of_members_are_reached_through_a_chain():
    chain = ChainedTransformer([("g", GroupedTransformer([("gyr_ml", FixedScaler())]))])
    chain.set_params(chain__g__transformer_mapping__gyr_ml__scale=5)
    assert chain.get_params()["chain__g__transformer_mapping__gyr_ml__scale"] == 5
