"""Features of Roth et al."""

import warnings

import joblib
import numpy as np
import pandas as pd
import pytest

from gaitmap.data_transform import ButterworthFilter, MovementScaler
from gaitmap.stride_segmentation.hmm import BaseHmmFeatureTransformer, RothHmmFeatureTransformer
from gaitmap.utils.exceptions import ValidationError
from tests.stride_segmentation.hmm._reference import RATE, recording

REFERENCE = {
    "left__default": {},
    "left__no_filter": {"low_pass_filter": None},
    "left__odd_rate": {"sampling_rate_feature_space_hz": 60.3},
    "left__all_features": {
        "sampling_rate_feature_space_hz": 102.4,
        "low_pass_filter": None,
        "axes": ["gyr_ml", "acc_pa"],
        "features": ["raw", "gradient", "mean", "std", "var"],
        "window_size_s": 0.15,
        "standardization": False,
    },
}


def _signal(n=1024, n_axes=1):
    values = np.random.default_rng(0).normal(size=(n, n_axes)).cumsum(axis=0)
    return pd.DataFrame(values, columns=["gyr_ml", "acc_pa", "acc_si"][:n_axes])


def _features(data, **params):
    return RothHmmFeatureTransformer(**params).transform(data, sampling_rate_hz=RATE).transformed_data_


@pytest.mark.reference
@pytest.mark.recordings
@pytest.mark.parametrize("key", REFERENCE)
def test_features_are_those_of_the_reference(reference_dir, key):
    with np.load(reference_dir / "stride_segmentation_hmm" / "features.npz") as expected:
        found = _features(recording()["left_sensor"], **REFERENCE[key])
        # Moving deviations of the reference come from a running sum, whose rounding errors they keep (up to 4e-9).
        is_exact = [not name.startswith("std") for name in found.columns]
        np.testing.assert_allclose(found.loc[:, is_exact], expected[key][:, is_exact], rtol=0, atol=1e-9)
        np.testing.assert_allclose(found, expected[key], rtol=0, atol=1e-8)
        if key == "left__all_features":
            assert list(found.columns) == expected["left__all_features_columns"].tolist()


@pytest.mark.reference
@pytest.mark.recordings
def test_at_equal_rates_the_index_of_the_data_does_not_matter(reference_dir):
    data = recording()["left_sensor"].iloc[::4]
    found = RothHmmFeatureTransformer().transform(data, sampling_rate_hz=51.2).transformed_data_
    with np.load(reference_dir / "stride_segmentation_hmm" / "features.npz") as expected:
        np.testing.assert_allclose(found, expected["left__same_rate"], atol=1e-9)
    assert found.index.equals(pd.RangeIndex(len(data)))


def test_other_columns_have_no_influence():
    data = _signal(n_axes=3)
    pd.testing.assert_frame_equal(_features(data), _features(data[["gyr_ml"]]))


def test_columns_come_feature_by_feature_and_axis_by_axis():
    found = _features(_signal(n_axes=3), axes=["acc_si", "gyr_ml"], features=["std", "raw"])
    assert list(found.columns) == ["std__std__acc_si", "std__std__gyr_ml", "raw__acc_si", "raw__gyr_ml"]
    assert RothHmmFeatureTransformer(axes=["a", "b", "c"], features=["raw", "std"]).n_features == 6


def test_standardised_features_have_mean_0_and_deviation_1():
    found = _features(_signal())
    np.testing.assert_allclose(found.mean(), 0, atol=1e-12)
    np.testing.assert_allclose(found.std(ddof=0), 1, atol=1e-12)


def test_constant_signals_become_0():
    found = _features(pd.DataFrame({"gyr_ml": np.full(1024, 5.0)}), features=["raw"])
    np.testing.assert_allclose(found, 0, atol=1e-9)


def test_given_statistics_are_applied():
    plain = _features(_signal(), standardization=False).to_numpy()
    found = _features(_signal(), standardization=((1.0, -2.0), (3.0, 0.5)))
    np.testing.assert_allclose(found, (plain - [1.0, -2.0]) / [3.0, 0.5])


@pytest.mark.parametrize("bad", ["all", ((0.0,), (1.0,)), ((0.0, 0.0), (1.0, 0.0)), 3, ((0.0, 0.0), (1.0, np.nan))])
def test_unusable_standardisations_are_refused(bad):
    with pytest.raises(ValueError, match="standardization"):
        _features(_signal(), standardization=bad)


def test_the_scale_of_the_signal_does_not_matter():
    for standardization in (True, "active", "local"):
        expected = _features(_signal(), standardization=standardization)
        found = _features(4 * _signal(), standardization=standardization)
        np.testing.assert_allclose(found, expected, atol=1e-12)


def _walk_and_rest(n_rest):
    walk = 200 * np.sin(np.arange(6000) / 30)
    return pd.DataFrame({"gyr_ml": np.concatenate([walk, np.random.default_rng(0).normal(0, 0.3, n_rest)])})


def test_rest_changes_the_features_of_the_walk_unless_only_activity_counts():
    walk = slice(50, 1400)  # away from its ends
    alone = _features(_walk_and_rest(0), standardization="active")[walk]
    with_rest = _features(_walk_and_rest(200_000), standardization="active")[walk]
    assert np.abs(with_rest - alone).to_numpy().max() < 0.1
    with pytest.warns(UserWarning, match="active"):
        usual = _features(_walk_and_rest(200_000))[walk]
    assert np.abs(usual - alone).to_numpy().max() > 3


def test_small_movements_come_closer_to_large_ones_with_local_amplitudes():
    movement = 200 * np.sin(np.arange(8000) / 30)
    data = pd.DataFrame({"gyr_ml": np.concatenate([movement, 0.3 * movement, np.zeros(8000)])})
    ratio = {}
    for standardization in ("active", "local"):
        features = _features(data, standardization=standardization)["raw__gyr_ml"]
        ratio[standardization] = features[2700:3400].std() / features[700:1400].std()
    level = MovementScaler().transform(data["gyr_ml"]).level_
    evened = [rms / np.hypot(rms, 0.35 * level) for rms in (200 / np.sqrt(2), 60 / np.sqrt(2))]
    assert ratio["active"] == pytest.approx(0.3, rel=0.01)
    assert ratio["local"] == pytest.approx(evened[1] / evened[0], rel=0.02)


def test_rest_does_not_change_the_features_of_the_walk_with_local_amplitudes():
    walk = slice(50, 1100)
    alone = _features(_walk_and_rest(2000), standardization="local")[walk]
    with_rest = _features(_walk_and_rest(200_000), standardization="local")[walk]
    assert np.abs(with_rest - alone).to_numpy().max() < 0.01


def test_no_warning_of_rest_where_most_is_walking():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        _features(_walk_and_rest(6000))


@pytest.mark.parametrize("block_length_s", [2, 11.7])
def test_blocks_give_nearly_the_same_features(block_length_s):
    data = _walk_and_rest(5000)
    data["gyr_ml"] *= np.hanning(len(data))  # no step from the end to the start
    found, expected = _features(data, block_length_s=block_length_s), _features(data)
    np.testing.assert_allclose(found, expected, atol=1e-4)


def test_missing_values_give_missing_features_only_where_they_are():
    data = _signal(4096)
    whole = _features(data, standardization=False)
    data.iloc[2000:2008] = np.nan
    with pytest.warns(UserWarning, match="8 in 'gyr_ml'"):
        found = _features(data, standardization=False)
    missing = found.isna().any(axis=1).to_numpy()
    assert np.flatnonzero(missing).tolist() == list(range(495, 507))  # half a window of 0.2 s to both sides
    np.testing.assert_allclose(found[~missing], whole[~missing], atol=0.1)


def test_data_without_any_value_gives_no_features():
    with pytest.warns(UserWarning, match="missing"):
        assert _features(pd.DataFrame({"gyr_ml": np.full(200, np.nan)})).isna().all(axis=None)


def test_borders_are_rounded_to_feature_samples_and_keep_their_type():
    strides = pd.DataFrame({"s_id": ["a", "b"], "start": [2, 101], "end": [6.0, 203.0], "ic": [3, 110]}, index=[7, 9])
    found = RothHmmFeatureTransformer().transform(roi_list=strides, sampling_rate_hz=RATE)
    assert "transformed_data_" not in vars(found)
    expected = strides.assign(start=[0, 25], end=[2.0, 51.0])
    pd.testing.assert_frame_equal(found.transformed_roi_list_, expected)


def test_roi_borders_are_those_of_the_reference(reference_dir):
    import json

    cases = json.loads((reference_dir / "stride_segmentation_hmm" / "small_functions.json").read_text())
    for case in cases["roi_resampling"]:
        borders = pd.DataFrame({"start": case["start"], "end": case["end"]})
        found = RothHmmFeatureTransformer().transform(roi_list=borders, sampling_rate_hz=case["sampling_rate_hz"])
        assert found.transformed_roi_list_[["start", "end"]].to_numpy().tolist() == case["result"]
    for case in cases["inverse_transform"]:
        found = RothHmmFeatureTransformer().inverse_transform_state_sequence(
            np.array(case["state_sequence"]), data=np.empty(case["n_samples"])
        )
        assert found.tolist() == case["result"]


@pytest.mark.parametrize(("m", "n"), [(5, 5), (3, 7), (7, 8), (4, 100), (1, 3)])
def test_stretched_states_are_those_of_the_nearest_feature_sample(m, n):
    found = RothHmmFeatureTransformer().inverse_transform_state_sequence(np.arange(m), data=np.empty(n))
    positions = np.arange(m) * n / m
    distance = np.abs(np.arange(n)[:, None] - positions)
    np.testing.assert_allclose(distance[np.arange(n), found], distance.min(axis=1), atol=1e-9)
    assert len(found) == n
    assert set(found) == set(range(m))
    assert found.dtype == np.int64


def test_more_states_than_samples_cannot_be_stretched():
    with pytest.raises(ValueError, match="equal in length"):
        RothHmmFeatureTransformer().inverse_transform_state_sequence(np.arange(4), data=np.empty(3))


def test_errors_come_in_a_fixed_order():
    bad = RothHmmFeatureTransformer(low_pass_filter="no filter", features=["unknown"], axes=["missing"])
    with pytest.raises(ValueError, match="sampling_rate_hz"):
        bad.transform([])
    with pytest.raises(ValueError, match="can not be lower than the feature space sampling rate"):
        bad.transform([], sampling_rate_hz=50)
    with pytest.raises(TypeError, match="low_pass_filter"):
        bad.transform([], sampling_rate_hz=RATE)
    bad.low_pass_filter = None
    with pytest.raises(ValueError, match=r"invalid/not available.*'raw', 'gradient', 'mean', 'std', 'var'"):
        bad.transform([], sampling_rate_hz=RATE)
    bad.features = ["raw"]
    with pytest.raises(ValidationError):
        bad.transform([], sampling_rate_hz=RATE)
    with pytest.raises(KeyError, match="missing"):
        bad.transform(_signal(), sampling_rate_hz=RATE)


def test_too_short_data_are_refused():
    with pytest.raises(ValueError, match="too short"):
        _features(_signal(15))
    assert len(_features(_signal(16))) == 4
    with pytest.raises(ValueError, match="too short"):
        _features(_signal(1), low_pass_filter=None)


def test_inputs_are_kept_and_nothing_happens_without_them():
    transform = RothHmmFeatureTransformer().transform(sampling_rate_hz=RATE)
    assert not hasattr(transform, "transformed_data_")
    data = _signal()
    assert transform.transform(data, sampling_rate_hz=RATE).data is data


def test_any_value_can_be_stored():
    transform = RothHmmFeatureTransformer(axes=3, features=None, window_size_s="x", low_pass_filter=[])
    assert transform.get_params(deep=False)["window_size_s"] == "x"


def test_new_parameters_are_in_the_json_only_if_they_are_used():
    assert "block_length_s" not in RothHmmFeatureTransformer().to_json()
    used = RothHmmFeatureTransformer(block_length_s=60.0, standardization=((1.0, 2.0), (3.0, 4.0)))
    again = RothHmmFeatureTransformer.from_json(used.to_json())
    assert joblib.hash(again) == joblib.hash(used)


def test_instances_share_no_default():
    assert RothHmmFeatureTransformer().axes is not RothHmmFeatureTransformer().axes
    assert isinstance(RothHmmFeatureTransformer().low_pass_filter, ButterworthFilter)


def test_the_base_class_is_abstract():
    with pytest.raises(NotImplementedError):
        BaseHmmFeatureTransformer().transform(_signal(), sampling_rate_hz=RATE)
    with pytest.raises(NotImplementedError):
        BaseHmmFeatureTransformer().inverse_transform_state_sequence(np.arange(3), data=_signal())
