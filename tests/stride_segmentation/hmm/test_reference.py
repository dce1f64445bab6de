"""The pre-trained model, and training with the healthy walk, against gaitmap 2.6."""

import json
import warnings

import numpy as np
import pytest

from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, PreTrainedRothSegmentationModel, RothSegmentationHmm
from tests.stride_segmentation.hmm._reference import (
    RATE,
    SENSORS,
    emissions,
    read_json,
    read_text,
    recording,
    train,
    walk_with_rest,
)

pytestmark = [pytest.mark.reference, pytest.mark.recordings]

WELL_CONDITIONED = (
    "training_single_gaussian",
    "training_single_gaussian_viterbi",
    "training_single_gaussian_fully_connected",
)
COUNTS = {"imu_sample": (29, 31), "stair_up": (19, 18), "stair_down": (18, 11)}


@pytest.mark.mad_data
@pytest.mark.parametrize("name", COUNTS)
def test_the_pre_trained_model_decodes_like_the_reference(reference_dir, name):
    data = recording(name)
    hmm = HmmStrideSegmentation().segment(data, RATE)
    wide = HmmStrideSegmentation(snap_to_min_win_ms=300).segment(data, RATE)
    by_sample = PreTrainedRothSegmentationModel(algo_predict="map")
    assert tuple(len(hmm.stride_list_[sensor]) for sensor in SENSORS) == COUNTS[name]
    with np.load(reference_dir / "stride_segmentation_hmm" / "pretrained_decode.npz") as expected:
        for sensor in SENSORS:
            model = hmm.result_model_[sensor]
            features = model.feature_space_data_.to_numpy()
            found = {
                "states_feature_space": model.hidden_state_sequence_feature_space_,
                "states": hmm.hidden_state_sequence_[sensor],
                "matches_original": hmm.matches_start_end_original_[sensor],
                "matches_snap100": hmm.matches_start_end_[sensor],
                "matches_snap300": wide.matches_start_end_[sensor],
                "states_feature_space_map": by_sample.predict(data[sensor], RATE).hidden_state_sequence_feature_space_,
            }
            prefix = f"{name}__{sensor.removesuffix('_sensor')}__"
            for item, value in found.items():
                np.testing.assert_array_equal(value, expected[prefix + item], err_msg=prefix + item)
            best, every = expected[prefix + "log_prob_viterbi"], expected[prefix + "log_prob_forward"]
            assert model.model.viterbi(features)[0] == pytest.approx(best, abs=1e-6)
            assert model.model.log_probability(features) == pytest.approx(every, abs=1e-6)


def test_a_model_written_by_gaitmap_2_6_decodes_like_there(reference_dir):
    expected = read_json(reference_dir, "training_example")
    model = RothSegmentationHmm.from_json(read_text(reference_dir, "trained_model_upstream_format"))
    _assert_same_strides(HmmStrideSegmentation(model).segment(recording(), RATE), expected)


def test_a_model_of_gaitmap_2_6_is_written_as_it_was_read(reference_dir):
    text = read_text(reference_dir, "trained_model_upstream_format")
    original = read_json(reference_dir, "trained_model_upstream_format")["params"]
    written = _without_modules(json.loads(RothSegmentationHmm.from_json(text).to_json()))["params"]
    assert set(written) == set(original)
    for part in (original, written):
        for owner in (part, part["stride_model"]["params"], part["transition_model"]["params"]):
            owner["model"] = _comparable(owner["model"]["hmm"])
    assert written == original


def _without_modules(value):
    if isinstance(value, dict):
        return {key: _without_modules(entry) for key, entry in value.items() if key != "_gaitmap_module"}
    return [_without_modules(entry) for entry in value] if isinstance(value, list) else value


def _comparable(hmm):
    """Edges without pseudo counts, and in one order: neither plays a role."""
    return hmm | {"edges": sorted(edge[:3] for edge in hmm["edges"])}


def _assert_same_strides(hmm, expected):
    for sensor in SENSORS:
        found = hmm.result_model_[sensor].hidden_state_sequence_feature_space_
        np.testing.assert_array_equal(found, expected["states_feature_space"][sensor])
        np.testing.assert_array_equal(hmm.matches_start_end_original_[sensor], expected["matches_original"][sensor])
        np.testing.assert_array_equal(hmm.stride_list_[sensor], expected["stride_list"][sensor])


@pytest.mark.parametrize("name", WELL_CONDITIONED)
def test_training_with_single_gaussians_is_that_of_the_reference(reference_dir, name):
    expected = read_json(reference_dir, name)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # Viterbi training may lower the likelihood
        model, info = train(expected["params"])
    for part, trained in {
        "self": model,
        "stride_model": model.stride_model,
        "transition_model": model.transition_model,
    }.items():
        wanted = expected["trained"][part]
        np.testing.assert_allclose(info[part].improvements, expected["improvements"][part], rtol=1e-5, atol=1e-5)
        np.testing.assert_allclose(info[part].log_probabilities, expected["log_probabilities"][part], rtol=1e-6)
        np.testing.assert_allclose(
            trained.model.dense_transition_matrix(), wanted["dense_transition_matrix"], atol=1e-6
        )
        np.testing.assert_allclose(trained.model.means, emissions(wanted)[1], atol=1e-6)
        np.testing.assert_allclose(trained.model.covariances, emissions(wanted)[2], atol=1e-6)
    _assert_same_strides(HmmStrideSegmentation(model).segment(recording(), RATE), expected)


@pytest.mark.parametrize("name", ["training_example", "training_default"])
def test_default_training_finds_the_strides_of_the_reference(reference_dir, name):
    """The default is ill-conditioned: the reference itself differs between machines."""
    expected = read_json(reference_dir, name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model, info = train(expected["params"])
    assert all(min(history.improvements) > 0 for history in info.values())
    assert info["stride_model"].log_probabilities[-1] >= 5600
    hmm = HmmStrideSegmentation(model).segment(recording(), RATE)
    assert [len(hmm.stride_list_[sensor]) for sensor in SENSORS] == [28, 30]
    for sensor in SENSORS:
        states = hmm.result_model_[sensor].hidden_state_sequence_feature_space_
        assert (states == expected["states_feature_space"][sensor]).mean() >= 0.94
        np.testing.assert_allclose(
            hmm.matches_start_end_original_[sensor], expected["matches_original"][sensor], atol=4
        )


def test_first_mixtures_are_those_of_the_reference(reference_dir):
    from gaitmap.stride_segmentation.hmm._emissions import fit_mixture
    from gaitmap.stride_segmentation.hmm._sections import equidistant_labels

    expected = read_json(reference_dir, "training_example")
    wanted = expected["init_stride_model-untrained"]["emissions"]
    sections, labels = [], []
    for sensor, strides in zip(SENSORS, expected["stride_lists_feature_space"], strict=True):
        features = RothSegmentationHmm().feature_transform.transform(recording()[sensor], sampling_rate_hz=RATE)
        values = features.transformed_data_.to_numpy()
        for start, end in strides:
            sections.append(values[start:end])
            labels.append(equidistant_labels(end - start, 20))
    samples, states = np.concatenate(sections), np.concatenate(labels)
    for state in set(range(20)) - {11}:  # state 11 has a component that is nearly singular
        found = fit_mixture(samples[states == state].copy(), 6, None)
        for value, name in zip(found, ("weights", "means", "covs"), strict=True):
            np.testing.assert_allclose(value, wanted[state][name], atol=1e-8, err_msg=f"{name} of state {state}")


@pytest.mark.mad_data
def test_rest_behind_a_walk_costs_no_strides_if_only_activity_counts():
    active = PreTrainedRothSegmentationModel(feature_transform__standardization="active")
    expected = HmmStrideSegmentation(active).segment(recording()["left_sensor"], RATE).stride_list_
    assert len(expected) == 29
    data = walk_with_rest(30)
    found = HmmStrideSegmentation(active).segment(data, RATE).stride_list_
    np.testing.assert_allclose(found, expected, atol=2)
    with pytest.warns(UserWarning, match="is active"):
        usual = HmmStrideSegmentation().segment(data, RATE)
    assert len(usual.stride_list_) == 19


@pytest.mark.mad_data
def test_blocks_give_the_same_strides():
    blocks = PreTrainedRothSegmentationModel(feature_transform__block_length_s=7.0)
    expected = HmmStrideSegmentation().segment(recording(), RATE)
    found = HmmStrideSegmentation(blocks).segment(recording(), RATE)
    for sensor in SENSORS:
        np.testing.assert_array_equal(found.hidden_state_sequence_[sensor], expected.hidden_state_sequence_[sensor])
        assert found.stride_list_[sensor].equals(expected.stride_list_[sensor])


@pytest.mark.mad_data
def test_the_last_state_moves_borders_by_less_than_a_feature_sample():
    usual = HmmStrideSegmentation(snap_to_min_win_ms=None).segment(recording(), RATE)
    kept = HmmStrideSegmentation(PreTrainedRothSegmentationModel(keep_last_state=True), snap_to_min_win_ms=None)
    kept.segment(recording(), RATE)
    for sensor in SENSORS:
        assert len(kept.result_model_[sensor].hidden_state_sequence_feature_space_) == 1982
        assert len(usual.result_model_[sensor].hidden_state_sequence_feature_space_) == 1981
        assert np.abs(kept.matches_start_end_[sensor] - usual.matches_start_end_[sensor]).max() <= 4
