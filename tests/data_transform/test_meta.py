import numpy as np
import pandas as pd
import pytest
import tpcp

from gaitmap.data_transform import (
    BaseTransformer,
    ChainedTransformer,
    FixedScaler,
    IdentityTransformer,
    ParallelTransformer,
    Resample,
    SlidingWindowMean,
    TrainableAbsMaxScaler,
    TrainableMinMaxScaler,
    TrainableTransformerMixin,
)


def _frame(n=40, seed=0):
    values = np.random.default_rng(seed).normal(0, 5, (n, 2))
    return pd.DataFrame(values, columns=["acc_pa", "gyr_ml"], index=pd.Index(np.arange(n) / 100))


class Unprintable:
    def __str__(self):
        raise RuntimeError("no text")


def test_base_classes_do_nothing():
    with pytest.raises(NotImplementedError):
        BaseTransformer().transform(_frame())
    with pytest.raises(NotImplementedError):
        TrainableTransformerMixin().self_optimize([_frame()])


@pytest.mark.parametrize("data", [_frame(), _frame()["acc_pa"]])
def test_identity_gives_an_independent_equal_copy(data):
    before = data.copy()
    found = IdentityTransformer().transform(data, anything=1).transformed_data_
    assert found is not data
    assert found.equals(data)
    found.iloc[0] = 100
    assert data.equals(before)


def test_identity_copies_arrays():
    array = np.arange(5.0)
    assert not np.shares_memory(IdentityTransformer().transform(array).transformed_data_, array)


def test_chain_runs_members_in_order_with_all_arguments():
    data = _frame()
    chain = ChainedTransformer([("scale", FixedScaler(2)), ("mean", SlidingWindowMean(0.03)), ("id", FixedScaler())])
    found = chain.transform(data, sampling_rate_hz=100).transformed_data_
    expected = (data / 2).rolling(3, min_periods=1, center=True).mean().add_prefix("mean__")
    pd.testing.assert_frame_equal(found, expected)


def test_empty_chain_returns_the_data_itself():
    data = _frame()
    assert ChainedTransformer([]).transform(data).transformed_data_ is data


def test_members_of_a_chain_are_trained_on_what_the_members_before_leave():
    data_sets = [_frame(seed=seed) for seed in range(2)]
    chain = ChainedTransformer([("a", TrainableAbsMaxScaler(out_max=3)), ("b", TrainableMinMaxScaler())])
    members = [member for _, member in chain.chain]
    trained = tpcp.make_optimize_safe(ChainedTransformer.self_optimize)(chain, iter(data_sets))
    data_max = max(d.abs().max(axis=None) for d in data_sets)
    assert trained.chain[0][1].data_max == data_max
    smallest = min(d.min(axis=None) for d in data_sets) * 3 / data_max
    assert trained.chain[1][1].data_range[0] == pytest.approx(smallest, rel=1e-15)
    assert [member.get_params()["out_max" if i == 0 else "data_range"] for i, member in enumerate(members)] == [3, None]


@pytest.mark.parametrize(("make", "param"), [(ChainedTransformer, "chain"), (ParallelTransformer, "transformers")])
def test_members_carry_no_results_after_run_and_training(make, param):
    combined = make([("a", TrainableAbsMaxScaler()), ("b", IdentityTransformer())])
    combined.self_optimize([_frame()]).transform(_frame())
    assert not any(tpcp.is_action_applied(member) for _, member in getattr(combined, param))


@pytest.mark.parametrize(("make", "param"), [(ChainedTransformer, "chain"), (ParallelTransformer, "transformers")])
def test_parameters_of_members_are_reached_by_name(make, param):
    combined = make([("a", FixedScaler()), ("b", FixedScaler())])
    combined.set_params(**{f"{param}__b__offset": 1})
    assert combined.get_params()[f"{param}__b__offset"] == 1
    assert combined.get_params()[f"{param}__a__offset"] == 0
    new = IdentityTransformer()
    assert getattr(combined.set_params(**{f"{param}__a": new}), param)[0] == ("a", new)


@pytest.mark.parametrize("make", [ChainedTransformer, ParallelTransformer])
def test_one_object_in_two_places_cannot_be_trained(make):
    scaler = FixedScaler()
    with pytest.raises(ValueError, match="must be different objects"):
        make([("a", scaler), ("b", scaler)]).self_optimize([_frame()])


@pytest.mark.parametrize("make", [ChainedTransformer, ParallelTransformer])
@pytest.mark.parametrize(
    "member", ["text", FixedScaler(), ("a", FixedScaler(), 1), ("a", "text"), ["a", FixedScaler()]]
)
def test_members_must_be_pairs_of_name_and_transformer(make, member):
    with pytest.raises(TypeError, match="pairs with a transformer"):
        make([member]).transform(_frame())
    with pytest.raises(TypeError, match="pairs with a transformer"):
        make([member]).self_optimize([_frame()])


def test_parallel_results_stand_side_by_side_with_prefixed_names():
    data = _frame()
    parallel = ParallelTransformer([("x", FixedScaler(2)), (7, SlidingWindowMean(0.03))])
    found = parallel.transform(data, sampling_rate_hz=100).transformed_data_
    assert list(found.columns) == ["x__acc_pa", "x__gyr_ml", "7__mean__acc_pa", "7__mean__gyr_ml"]
    pd.testing.assert_index_equal(found.index, data.index)
    np.testing.assert_array_equal(found[["x__acc_pa", "x__gyr_ml"]], data / 2)


def test_parallel_results_of_different_rows_are_joined_by_index():
    data = _frame().reset_index(drop=True)
    found = ParallelTransformer([("all", IdentityTransformer()), ("half", Resample(50))]).transform(
        data, sampling_rate_hz=100
    )
    assert len(found.transformed_data_) == 40
    assert found.transformed_data_["half__acc_pa"].notna().sum() == 20


def test_parallel_members_are_trained_on_the_original_data():
    data = _frame()
    parallel = ParallelTransformer(
        [("a", TrainableAbsMaxScaler()), ("b", TrainableMinMaxScaler()), ("c", FixedScaler())]
    )
    trained = tpcp.make_optimize_safe(ParallelTransformer.self_optimize)(parallel, iter([data]))
    assert trained.transformers[0][1].data_max == data.abs().max(axis=None)
    assert trained.transformers[1][1].data_range == (data.min(axis=None), data.max(axis=None))


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ([("a", FixedScaler()), ("a", FixedScaler())], "more than once"),
        ([("1", FixedScaler()), (1, FixedScaler())], "more than once"),
        ([(Unprintable(), FixedScaler())], "cannot be printed"),
        ([], "no transformer"),
    ],
)
def test_parallel_names_must_be_printable_and_unique(members, message):
    with pytest.raises(ValueError, match=message):
        ParallelTransformer(members).transform(_frame())


def test_parallel_takes_frames_only():
    with pytest.raises(ValueError, match="DataFrame"):
        ParallelTransformer([("a", FixedScaler())]).transform(_frame()["acc_pa"])


def test_missing_argument_of_a_member_is_named():
    with pytest.raises(ValueError, match=r"sampling_rate_hz.*SlidingWindowMean"):
        ChainedTransformer([("mean", SlidingWindowMean(0.1))]).transform(_frame())
