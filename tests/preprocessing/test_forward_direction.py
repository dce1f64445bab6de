import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from gaitmap.preprocessing import align_dataset_to_gravity
from gaitmap.preprocessing.sensor_alignment import ForwardDirectionSignAlignment, PcaAlignment
from gaitmap.simulation import simulate_walk
from gaitmap.trajectory_reconstruction import MadgwickAHRS, PieceWiseLinearDedriftedIntegration, SimpleGyroIntegration
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.exceptions import DataQualityError, ValidationError
from gaitmap.utils.rotations import rotate_dataset
from gaitmap.zupt_detection import NormZuptDetector
from tests.preprocessing._blocks import in_blocks

RATE = 100.0
HALF_TURN = Rotation.from_euler("z", 180, degrees=True)


def steps(n_steps=4, direction="x"):
    """A level foot that rests for a second, then moves 1 m forward in a second, and so on."""
    t = np.arange(100) / RATE
    step = np.concatenate([np.zeros(100), 2 * np.pi * np.sin(2 * np.pi * t)])
    data = pd.DataFrame(0.0, index=range(200 * n_steps + 100), columns=SF_COLS)
    data["acc_z"] = 9.81
    data.loc[: 200 * n_steps - 1, f"acc_{direction}"] += np.tile(step, n_steps)
    # The foot turns a little, to the left and back: without rotation, the swing would count as rest.
    turn = np.concatenate([np.zeros(100), np.where(t < 0.5, 20, -20)])
    data.loc[: 200 * n_steps - 1, "gyr_z"] = np.tile(turn, n_steps)
    return data


@pytest.mark.parametrize("flipped", [True, False])
def test_backward_walk_is_turned(flipped):
    data = rotate_dataset(steps(), HALF_TURN) if flipped else steps()
    # Pure integration: a filter would take the horizontal acceleration for a tilt.
    alignment = ForwardDirectionSignAlignment(ori_method=SimpleGyroIntegration()).align(data, sampling_rate_hz=RATE)
    assert alignment.is_flipped_ is flipped
    assert_allclose(alignment.aligned_data_, steps(), atol=1e-12)
    assert alignment.rotation_.magnitude() == pytest.approx(np.pi if flipped else 0)
    # Mean of the velocity 1 - cos(2 pi t) over the samples with at least 0.2 m/s.
    t = np.linspace(0, 1, 100_000)
    velocity = 1 - np.cos(2 * np.pi * t)
    expected = velocity[velocity >= 0.2].mean() * (-1 if flipped else 1)
    assert alignment.mean_forward_velocity_ == pytest.approx(expected, rel=0.05)
    assert alignment.forward_velocity_share_ == (0 if flipped else 1)


def test_samples_before_the_first_rest_do_not_decide_but_are_turned():
    start = pd.DataFrame(np.random.default_rng(0).normal(size=(50, 6)) * 100, columns=SF_COLS)
    data = rotate_dataset(pd.concat([start, steps()], ignore_index=True), HALF_TURN)
    alignment = ForwardDirectionSignAlignment().align(data, sampling_rate_hz=RATE)
    assert alignment.is_flipped_
    assert len(alignment.aligned_data_) == len(data)
    assert 40 <= len(data) - len(alignment.pos_method_.data) <= 60
    assert_allclose(alignment.aligned_data_.iloc[:50], start, atol=1e-12)


def test_rest_alone_is_not_turned():
    alignment = ForwardDirectionSignAlignment().align(steps().iloc[:100], sampling_rate_hz=RATE)
    assert alignment.is_flipped_ is False
    assert np.isnan(alignment.mean_forward_velocity_)


def test_other_axes_whatever_their_case():
    data = steps(direction="y")
    alignment = ForwardDirectionSignAlignment("Y", "Z").align(data, sampling_rate_hz=RATE)
    assert alignment.is_flipped_ is False
    alignment.align(rotate_dataset(data, HALF_TURN), sampling_rate_hz=RATE)
    assert alignment.is_flipped_ is True


def test_stored_inputs_are_those_of_the_call():
    data = {"left": steps(), "right": rotate_dataset(steps(), HALF_TURN)}
    alignment = ForwardDirectionSignAlignment().align(data, sampling_rate_hz=RATE)
    assert alignment.data is data
    assert alignment.is_flipped_ == {"left": False, "right": True}


def test_given_methods_are_not_touched():
    methods = {
        "ori_method": MadgwickAHRS(beta=0.1),
        "pos_method": PieceWiseLinearDedriftedIntegration(),
        "zupt_detector_orientation_init": NormZuptDetector(),
    }
    before = {name: method.to_json() for name, method in methods.items()}
    alignment = ForwardDirectionSignAlignment(**methods).align(steps(), sampling_rate_hz=RATE)
    assert {name: method.to_json() for name, method in methods.items()} == before
    assert not any(hasattr(method, "data") for method in methods.values())
    assert hasattr(alignment.ori_method_, "data")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"ori_method": "no method", "pos_method": 1}, "The provided `ori_method`"),
        ({"pos_method": MadgwickAHRS(), "rotation_axis": "a"}, "The provided `pos_method`"),
        ({"rotation_axis": "xy", "forward_direction": "a"}, "Invalid rotation axis!"),
        ({"forward_direction": "xy"}, "Invalid forward direction axis!"),
        ({"forward_direction": "Z"}, "Invalid combination of rotation and forward direction axis!"),
    ],
)
def test_parameters_are_checked_before_the_data(options, message):
    with pytest.raises(ValueError, match=message):
        ForwardDirectionSignAlignment(**options).align("no data", sampling_rate_hz=RATE)


def test_rest_is_needed():
    data = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 6)) * 10, columns=SF_COLS)
    with pytest.raises(ValueError, match="No initial zupt"):
        ForwardDirectionSignAlignment().align(data, sampling_rate_hz=RATE)


def regions(*borders):
    return pd.DataFrame(borders, columns=["start", "end"]).rename_axis("gs_id").reset_index()


def test_limit_of_the_duration_leaves_out_what_comes_later():
    # Two steps forwards, then many backwards.
    data = pd.concat([steps(2), rotate_dataset(steps(6), HALF_TURN)], ignore_index=True)
    method = ForwardDirectionSignAlignment(ori_method=SimpleGyroIntegration())
    assert method.clone().align(data, sampling_rate_hz=RATE).is_flipped_
    limited = method.clone().set_params(max_duration_s=5.0).align(data, sampling_rate_hz=RATE)
    assert limited.is_flipped_ is False
    assert len(limited.aligned_data_) == len(data)
    alone = method.clone().align(steps(2), sampling_rate_hz=RATE)
    assert limited.mean_forward_velocity_ == alone.mean_forward_velocity_
    assert limited.n_forward_velocities_ == alone.n_forward_velocities_ > 100


def test_gait_sequences_decide_for_all_data():
    data = pd.concat([rotate_dataset(steps(6), HALF_TURN), steps(2), steps(3)], ignore_index=True)
    method = ForwardDirectionSignAlignment(ori_method=SimpleGyroIntegration())
    alignment = method.clone().align(data, sampling_rate_hz=RATE, gait_sequences=regions((1300, 1800), (1800, 2500)))
    assert alignment.is_flipped_ is False
    assert len(alignment.aligned_data_) == len(data)
    alone = method.clone().align(steps(5), sampling_rate_hz=RATE)
    assert alignment.n_forward_velocities_ == alone.n_forward_velocities_
    assert alignment.mean_forward_velocity_ == pytest.approx(alone.mean_forward_velocity_, rel=2e-3)
    limited = method.clone().set_params(max_duration_s=6.0)
    limited.align(data, sampling_rate_hz=RATE, gait_sequences=regions((1800, 2500), (1300, 1800)))
    assert len(limited.pos_method_.data) <= 500
    assert limited.n_forward_velocities_ < alignment.n_forward_velocities_


def test_gait_sequences_without_rest_or_too_short_are_left_out_if_there_are_others():
    shaky = pd.DataFrame(np.random.default_rng(0).normal(size=(300, 6)) * 10, columns=SF_COLS)
    data = pd.concat([shaky, steps()], ignore_index=True)
    alignment = ForwardDirectionSignAlignment().align(
        data, sampling_rate_hz=RATE, gait_sequences=regions((0, 3), (3, 300), (300, len(data)))
    )
    assert alignment.is_flipped_ is False
    with pytest.raises(DataQualityError, match="No initial zupt"):
        ForwardDirectionSignAlignment().align(data, sampling_rate_hz=RATE, gait_sequences=regions((0, 300)))
    with pytest.raises(DataQualityError, match="no gait sequences"):
        ForwardDirectionSignAlignment().align(data, sampling_rate_hz=RATE, gait_sequences=regions((0, 3)).iloc[:0])


def test_gait_sequences_must_fit_the_data():
    with pytest.raises(ValidationError, match="do not belong together"):
        ForwardDirectionSignAlignment().align(steps(), sampling_rate_hz=RATE, gait_sequences={"a": regions((0, 9))})


@pytest.mark.parametrize("flipped", [True, False])
def test_toes_rise_in_the_swing_of_a_foot_that_goes_forwards(flipped):
    walk = simulate_walk(duration_s=6).data["left_sensor"]
    alignment = ForwardDirectionSignAlignment().align(
        rotate_dataset(walk, HALF_TURN) if flipped else walk, sampling_rate_hz=204.8
    )
    assert alignment.is_flipped_ is flipped
    assert alignment.swing_rotation_dps_ < -100


class TestBlocks:
    RESULTS = ("mean_forward_velocity_", "forward_velocity_share_", "n_forward_velocities_", "swing_rotation_dps_")

    @settings(max_examples=10, deadline=None)
    @given(
        cuts=st.lists(st.integers(0, 900), max_size=6),
        max_duration=st.sampled_from([None, 5.0]),
        with_sequences=st.booleans(),
    )
    def test_blocks_of_any_length_give_the_bits_of_the_whole_recording(self, cuts, max_duration, with_sequences):
        data = {"left": steps(), "right": rotate_dataset(steps(), HALF_TURN)}
        sequences = dict.fromkeys(data, regions((0, 300), (400, 880))) if with_sequences else None
        method = ForwardDirectionSignAlignment(max_duration_s=max_duration)
        whole = method.clone().align(data, sampling_rate_hz=RATE, gait_sequences=sequences)
        parts = method.clone().estimate(in_blocks(data, cuts), sampling_rate_hz=RATE, gait_sequences=sequences)
        assert parts.is_flipped_ == whole.is_flipped_ == {"left": False, "right": True}
        for name in self.RESULTS:
            assert getattr(parts, name) == getattr(whole, name)
        assert parts.problems_ == {}

    def test_foot_that_never_rests_does_not_stop_the_other_one(self):
        shaky = pd.DataFrame(np.random.default_rng(0).normal(size=steps().shape) * 10, columns=SF_COLS)
        blocks = in_blocks({"left": shaky, "right": steps()}, [100])
        alignment = ForwardDirectionSignAlignment().estimate(blocks, sampling_rate_hz=RATE)
        assert alignment.is_flipped_ == {"right": False}
        assert "No initial zupt" in alignment.problems_["left"]


@pytest.mark.reference
@pytest.mark.recordings
class TestReference:
    @pytest.fixture
    def expected(self, reference_dir):
        return json.loads((reference_dir / "alignment" / "alignment.json").read_text())

    @staticmethod
    def assert_decision(alignment, expected):
        for sensor, entry in expected.items():
            assert alignment.is_flipped_[sensor] is entry["is_flipped"]
            initial = Rotation.from_quat(entry["initial_orientation"]["quat_xyzw"])
            found = alignment.ori_method_[sensor].initial_orientation
            assert (found * initial.inv()).magnitude() < 1e-7
            assert len(alignment.pos_method_[sensor].data) == entry["n_samples_used"]
            # gaitmap 2.6 takes another heading out of the velocities (see the class): close, but not the same.
            mean = entry["mean_forward_velocity_above_threshold"]
            assert alignment.mean_forward_velocity_[sensor] == pytest.approx(mean, rel=0.05)

    @pytest.mark.parametrize("flipped", [True, False])
    def test_walk(self, expected, reference_dir, flipped):
        from gaitmap.example_data import get_healthy_example_imu_data

        data = get_healthy_example_imu_data()
        mounted = rotate_dataset(data, HALF_TURN) if flipped else data
        alignment = ForwardDirectionSignAlignment().align(mounted, sampling_rate_hz=204.8)
        self.assert_decision(alignment, expected["fdsa_imu_sample_rotated_180z" if flipped else "fdsa_imu_sample"])
        for sensor, aligned in alignment.aligned_data_.items():
            assert_allclose(aligned, data[sensor], atol=1e-7)
        if not flipped:
            velocity = pd.read_csv(reference_dir / "alignment" / "fdsa_imu_sample_left_velocity_every50.csv")
            found = alignment.pos_method_["left_sensor"].velocity_.iloc[::50]
            assert_allclose(found, velocity[found.columns], atol=1e-6)

    @pytest.mark.parametrize("direction", ["up", "down"])
    def test_chain_on_stairs(self, expected, reference_dir, direction):
        from gaitmap import example_data

        data = getattr(example_data, f"get_healthy_example_imu_data_stair_{direction}")()
        mounting = Rotation.from_quat(expected["stair_misalignment"]["quat_xyzw"])
        data = rotate_dataset(data, mounting)
        data = align_dataset_to_gravity(data, 204.8, window_length_s=0.1, static_signal_th=15)
        pca = PcaAlignment().align(data)
        for sensor, matrix in expected[f"chain_stair_{direction}_pca"].items():
            assert_allclose(pca.rotation_[sensor].as_matrix(), matrix, atol=1e-7)
        alignment = ForwardDirectionSignAlignment().align(pca.aligned_data_, sampling_rate_hz=204.8)
        self.assert_decision(alignment, expected[f"chain_stair_{direction}_fdsa"])
        final = pd.read_csv(
            reference_dir / "alignment" / f"chain_stair_{direction}_final.csv", header=[0, 1], index_col=0
        )
        for sensor, aligned in alignment.aligned_data_.items():
            assert_allclose(aligned[final[sensor].columns].iloc[final.index], final[sensor], atol=1e-6)
