import joblib
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gaitmap.trajectory_reconstruction import MadgwickAHRS, MahonyAHRS, SimpleGyroIntegration
from gaitmap.utils.consts import SF_ACC, SF_COLS, SF_COLS_WITH_MAG, SF_GYR
from gaitmap.utils.exceptions import ValidationError
from gaitmap.utils.rotations import rotate_dataset_series
from tests.twins import trajectory as twin


class TrapezoidIntegration(SimpleGyroIntegration):
    """With the other rule."""

    def __init__(self, initial_orientation=(0, 0, 0, 1.0), memory=None, rule="trapezoid"):
        super().__init__(initial_orientation, memory, rule)


METHODS = [SimpleGyroIntegration, TrapezoidIntegration, MadgwickAHRS, MahonyAHRS]
each_method = pytest.mark.parametrize("method", METHODS)


def _rest(n, columns=SF_COLS):
    data = pd.DataFrame(0.0, index=range(n), columns=columns)
    data["acc_z"] = 9.81
    return data


def _random(n=60, seed=0):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n, 9)) * [4, 4, 4, 200, 200, 200, 30, 30, 30] + [0, 0, 9.81, 0, 0, 0, 20, 0, -40]
    return pd.DataFrame(values, columns=SF_COLS_WITH_MAG)


@each_method
@pytest.mark.parametrize("axis", range(3))
def test_one_second_of_180_deg_per_s_turns_by_180_deg(method, axis):
    data = pd.DataFrame(0.0, index=range(100), columns=SF_COLS)
    data[SF_GYR[axis]] = 180.0
    data[SF_ACC[axis]] = 9.81  # along the axis of rotation, so that gravity agrees with every orientation
    # the axis must be the vertical one
    initial = Rotation.align_vectors([[0, 0, 1.0]], [np.eye(3)[axis]])[0]
    turned = method(initial_orientation=initial).estimate(data, sampling_rate_hz=100.0).orientation_object_
    assert np.rad2deg((turned[0].inv() * turned[-1]).magnitude()) == pytest.approx(180.0, abs=0.02)


@each_method
def test_rest_leaves_the_initial_orientation_exactly_unchanged(method):
    orientation = method().estimate(_rest(20), sampling_rate_hz=100.0).orientation_
    np.testing.assert_array_equal(orientation.to_numpy(), np.tile([0, 0, 0, 1.0], (21, 1)))


@each_method
def test_all_zero_samples_leave_the_initial_orientation_unchanged(method):
    initial = Rotation.from_euler("xyz", [10, 20, 30], degrees=True)
    data = pd.DataFrame(0.0, index=range(5), columns=SF_COLS)
    found = method(initial_orientation=initial).estimate(data, sampling_rate_hz=100.0).orientation_.to_numpy()
    np.testing.assert_allclose(found, np.tile(initial.as_quat(), (6, 1)), atol=1e-15)


@each_method
def test_n_samples_give_n_plus_one_states_and_the_first_is_the_initial_one(method):
    initial = Rotation.from_euler("xyz", [10, 20, 30], degrees=True)
    result = method(initial_orientation=initial).estimate(_random(), sampling_rate_hz=100.0)
    assert result.orientation_.shape == (61, 4)
    assert result.orientation_.index.name == "sample"
    np.testing.assert_allclose(result.orientation_.iloc[0], initial.as_quat(), atol=1e-15)


@each_method
def test_sample_i_is_rotated_by_the_orientation_before_it(method):
    data = _random()
    data.index = data.index * 0.5 + 3
    result = method().estimate(data, sampling_rate_hz=100.0)
    pd.testing.assert_frame_equal(
        result.rotated_data_, rotate_dataset_series(data, result.orientation_object_[:-1]), check_exact=True
    )


def test_gyro_only_data_give_an_orientation_but_no_rotated_data():
    result = SimpleGyroIntegration().estimate(_rest(3)[SF_GYR], sampling_rate_hz=100.0)
    assert len(result.orientation_) == 4
    with pytest.raises(ValidationError):
        _ = result.rotated_data_


@pytest.mark.parametrize("mag", [False, True])
@pytest.mark.parametrize("beta", [0.05, 0.7])
def test_madgwick_equals_its_twin(mag, beta):
    data = _random()
    data.iloc[5, :3] = 0.0
    data.iloc[9, 6:] = 0.0
    initial = Rotation.from_euler("xyz", [40, -20, 100], degrees=True).as_quat()
    method = MadgwickAHRS(beta=beta, initial_orientation=initial, use_magnetometer=mag)
    found = method.estimate(data, sampling_rate_hz=100.0).orientation_.to_numpy()
    acc, gyr, field = data.to_numpy()[:, :3], np.deg2rad(data[SF_GYR].to_numpy()), data.to_numpy()[:, 6:]
    expected = twin.madgwick(gyr, acc, field if mag else None, initial, 100.0, beta)
    np.testing.assert_allclose(found, expected, atol=1e-11)


@pytest.mark.parametrize("mag", [False, True])
@pytest.mark.parametrize("gains", [(1.0, 0.0), (0.8, 0.5), (0.0, 0.3)])
def test_mahony_equals_its_twin(mag, gains):
    data = _random()
    data.iloc[5, :3] = 0.0
    data.iloc[9, 6:] = 0.0
    initial = Rotation.from_euler("xyz", [40, -20, 100], degrees=True).as_quat()
    method = MahonyAHRS(*gains, initial_orientation=initial, use_magnetometer=mag)
    found = method.estimate(data, sampling_rate_hz=100.0).orientation_.to_numpy()
    acc, gyr, field = data.to_numpy()[:, :3], np.deg2rad(data[SF_GYR].to_numpy()), data.to_numpy()[:, 6:]
    expected = twin.mahony(gyr, acc, field if mag else None, initial, 100.0, *gains)
    np.testing.assert_allclose(found, expected, atol=1e-11)


def test_madgwick_without_gain_is_gyro_integration():
    data = _random()
    pd.testing.assert_frame_equal(
        MadgwickAHRS(beta=0.0).estimate(data, sampling_rate_hz=100.0).orientation_,
        SimpleGyroIntegration().estimate(data, sampling_rate_hz=100.0).orientation_,
        check_exact=True,
    )


@pytest.mark.parametrize("seed", range(5))
def test_an_orientation_that_agrees_with_gravity_up_to_rounding_is_not_corrected(seed):
    pose = Rotation.random(rng=np.random.default_rng(seed))
    data = _rest(5)
    data[SF_ACC] = pose.inv().apply([0, 0, 9.81])
    found = MadgwickAHRS(initial_orientation=pose).estimate(data, sampling_rate_hz=100.0).orientation_.to_numpy()
    np.testing.assert_allclose(found, np.tile(pose.as_quat(), (6, 1)), atol=1e-14)


@pytest.mark.parametrize("method", [MadgwickAHRS(beta=0.5), MahonyAHRS()])
def test_a_tilted_start_is_drawn_to_gravity(method):
    method.set_params(initial_orientation=Rotation.from_euler("x", 20, degrees=True))
    result = method.estimate(_rest(2000), sampling_rate_hz=100.0)
    up = result.orientation_object_[-1].apply([0, 0, 1.0])
    assert np.rad2deg(np.arccos(up[2])) < 0.5


@pytest.mark.parametrize("method", [MadgwickAHRS(beta=0.5), MahonyAHRS()])
def test_magnetometer_draws_the_x_axis_to_magnetic_north(method):
    data = _rest(8000, SF_COLS_WITH_MAG)
    data[["mag_x", "mag_y", "mag_z"]] = [0.0, 20.0, -40.0]  # north is the y axis of the sensor
    method.set_params(use_magnetometer=True)
    result = method.estimate(data, sampling_rate_hz=100.0)
    np.testing.assert_allclose(result.orientation_object_[-1].apply([0, 1.0, 0]), [1, 0, 0], atol=0.02)


def test_integral_gain_does_not_depend_on_the_sampling_rate():
    ends = []
    for rate in (50, 100, 200):
        data = _rest(4 * rate)
        data["gyr_x"] = np.rad2deg(0.1)
        result = MahonyAHRS(kp=0.0, ki=0.1).estimate(data, sampling_rate_hz=rate)
        ends.append(result.orientation_object_[-1])
    assert all((ends[0].inv() * end).magnitude() < 1e-3 for end in ends)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 10**6), cut=st.integers(0, 40))
def test_integration_continues_where_it_stopped(seed, cut):
    data = _random(40, seed)
    whole = SimpleGyroIntegration().estimate(data, sampling_rate_hz=100.0).orientation_.to_numpy()
    first = SimpleGyroIntegration().estimate(data.iloc[:cut], sampling_rate_hz=100.0).orientation_.to_numpy()
    second = SimpleGyroIntegration(initial_orientation=first[-1]).estimate(data.iloc[cut:], sampling_rate_hz=100.0)
    np.testing.assert_allclose(np.vstack([first[:-1], second.orientation_.to_numpy()]), whole, atol=1e-14)


@each_method
@pytest.mark.parametrize("initial", [[0, 0, 0, 1], [0.0, 0, 0, 1], np.array([0, 0, 0, 1]), Rotation.identity()])
def test_every_form_of_the_initial_orientation_gives_the_same(method, initial):
    expected = method().estimate(_random(), sampling_rate_hz=100.0).orientation_
    found = method(initial_orientation=initial).estimate(_random(), sampling_rate_hz=100.0).orientation_
    pd.testing.assert_frame_equal(found, expected, check_exact=True)


@each_method
@pytest.mark.parametrize(
    "initial", [[0, 0, 0, 0], [1.0, 0, 0], Rotation.identity(1), Rotation.identity(2), "up", None, [np.nan, 0, 0, 1]]
)
def test_unusable_initial_orientations_are_refused_by_name(method, initial):
    with pytest.raises(ValueError, match="initial_orientation"):
        method(initial_orientation=initial).estimate(_random(), sampling_rate_hz=100.0)


@each_method
@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_other_numbers_than_float64_are_converted(method, dtype):
    data = _random().astype(dtype)
    found = method().estimate(data, sampling_rate_hz=100.0).orientation_
    pd.testing.assert_frame_equal(
        found, method().estimate(data.astype(float), sampling_rate_hz=100.0).orientation_, check_exact=True
    )


@each_method
def test_a_nan_is_named_with_its_sample(method):
    data = _random()
    data.iloc[17, 3] = np.nan
    with pytest.raises(ValueError, match="sample 17"):
        method().estimate(data, sampling_rate_hz=100.0)


def test_a_nan_in_a_signal_that_is_not_used_does_not_matter():
    data = _random()
    data.iloc[17, 0] = np.nan
    assert SimpleGyroIntegration().estimate(data, sampling_rate_hz=100.0).orientation_.notna().all(axis=None)
    assert MadgwickAHRS(beta=0.0).estimate(data, sampling_rate_hz=100.0).orientation_.notna().all(axis=None)


@pytest.mark.parametrize("method", [MadgwickAHRS, MahonyAHRS])
@pytest.mark.parametrize("n", [0, 3])
def test_a_missing_magnetometer_is_named(method, n):
    with pytest.raises(ValidationError, match="'mag_x', 'mag_y', 'mag_z'"):
        method(use_magnetometer=True).estimate(_rest(n), sampling_rate_hz=100.0)


@each_method
@pytest.mark.parametrize("rate", [0, -1.0, None, "100"])
def test_sampling_rate_must_be_positive(method, rate):
    with pytest.raises(ValueError, match="sampling_rate_hz"):
        method().estimate(_rest(3), sampling_rate_hz=rate)


@each_method
def test_sampling_rate_is_keyword_only_and_other_keywords_are_ignored(method):
    with pytest.raises(TypeError):
        method().estimate(_rest(3), 100.0)
    assert len(method().estimate(_rest(3), sampling_rate_hz=100.0, stride_event_list=None, more=1).orientation_) == 4


@each_method
def test_memory_computes_once_and_does_not_change_the_result(method, tmp_path, capsys):
    data = _random()
    expected = method().estimate(data, sampling_rate_hz=100.0).orientation_
    assert capsys.readouterr().out == ""
    for message in ("Calling", "Loading"):
        memory = joblib.Memory(tmp_path, verbose=2)
        result = method(memory=memory, initial_orientation=Rotation.identity()).estimate(data, sampling_rate_hz=100.0)
        pd.testing.assert_frame_equal(result.orientation_, expected, check_exact=True)
        out = capsys.readouterr().out
        assert {word for word in ("Calling", "Loading") if word in out} == {message}


_CONFIGURATIONS = {
    "sgi": SimpleGyroIntegration(),
    "madgwick": MadgwickAHRS(),
    "madgwick_beta05": MadgwickAHRS(beta=0.05),
    "madgwick_mag": MadgwickAHRS(use_magnetometer=True),
    "mahony": MahonyAHRS(),
    "mahony_ki": MahonyAHRS(kp=0.8, ki=0.05),
    "mahony_kp0_ki": MahonyAHRS(kp=0, ki=0.1),
    "mahony_mag": MahonyAHRS(use_magnetometer=True),
    "mahony_mag_ki": MahonyAHRS(kp=0.8, ki=0.05, use_magnetometer=True),
}


def _compare_with_reference(reference, name, data, rate, initial, atol):
    compared = 0
    for config, method in _CONFIGURATIONS.items():
        key = f"{name}_{config}_orientation"
        if key in reference:
            method = method.clone().set_params(initial_orientation=initial)  # noqa: PLW2901
            found = method.estimate(data, sampling_rate_hz=rate).orientation_.to_numpy()
            sign = np.sign(np.sum(found * reference[key], axis=1))[:, np.newaxis]
            np.testing.assert_allclose(found * sign, reference[key], rtol=0, atol=atol, err_msg=key)
            compared += 1
    return compared


@pytest.mark.reference
def test_orientation_on_the_synthetic_recording_equals_the_reference(reference_dir):
    folder = reference_dir / "trajectory"
    reference = np.load(folder / "orientation_methods.npz")
    data = pd.read_csv(folder / "synthetic_imu.csv", index_col=0)
    assert _compare_with_reference(reference, "synth", data, 100.0, reference["initial_orientation"], 1e-12) == 9
    method = SimpleGyroIntegration(initial_orientation=reference["initial_orientation"])
    rotated = method.estimate(data, sampling_rate_hz=100.0).rotated_data_
    np.testing.assert_allclose(rotated, reference["synth_sgi_rotated_data"], rtol=0, atol=1e-12)


@pytest.mark.reference
@pytest.mark.recordings
def test_orientation_on_a_stride_equals_the_reference(reference_dir):
    from gaitmap.example_data import get_healthy_example_imu_data

    reference = np.load(reference_dir / "trajectory" / "orientation_methods.npz")
    data = get_healthy_example_imu_data()["left_sensor"].iloc[494:709]
    identity = np.array([0, 0, 0, 1.0])
    assert _compare_with_reference(reference, "left_494_709", data, 204.8, identity, 1e-12) == 6
    rotated = SimpleGyroIntegration().estimate(data, sampling_rate_hz=204.8).rotated_data_
    np.testing.assert_allclose(rotated, reference["left_494_709_sgi_rotated_data"], rtol=0, atol=1e-11)


@pytest.mark.reference
@pytest.mark.recordings
def test_orientation_with_magnetometer_equals_the_reference(reference_dir):
    from gaitmap.example_data import get_magnetometer_l_path_data

    reference = np.load(reference_dir / "trajectory" / "orientation_methods.npz")
    data = get_magnetometer_l_path_data().iloc[:400]
    assert _compare_with_reference(reference, "lwalk400", data, 400.0, np.array([0, 0, 0, 1.0]), 1e-10) == 3


def test_the_trapezoid_equals_its_twin():
    data, initial = _random(), Rotation.from_rotvec([0.3, -1.0, 0.2]).as_quat()
    found = SimpleGyroIntegration(initial, rule="trapezoid").estimate(data, sampling_rate_hz=100.0)
    expected = twin.gyro_trapezoidal(np.deg2rad(data[SF_GYR].to_numpy()), initial, 100.0)
    np.testing.assert_allclose(
        found.orientation_.to_numpy() * np.sign(expected[:, 3:]),
        expected * np.sign(found.orientation_["q_w"].to_numpy()[:, None]),
        atol=1e-12,
    )


@pytest.mark.parametrize(("rule", "error_deg"), [("rectangle", (1.0, 5.0)), ("trapezoid", (0.0, 0.2))])
def test_only_the_trapezoid_follows_a_swing_at_50_hz(rule, error_deg):
    rate = 50.0
    time = np.arange(51) / rate
    angle = 40 * (1 - np.cos(2 * np.pi * time)) / 2  # deg about y
    data = _rest(51)
    data["gyr_y"] = 40 * np.pi * np.sin(2 * np.pi * time)
    found = SimpleGyroIntegration(rule=rule).estimate(data, sampling_rate_hz=rate).orientation_object_
    error = np.abs(found[:-1].as_rotvec(degrees=True)[:, 1] - angle).max()
    assert error_deg[0] <= error <= error_deg[1]


def test_an_unknown_rule_is_refused():
    with pytest.raises(ValueError, match="rule"):
        SimpleGyroIntegration(rule="midpoint").estimate(_rest(5), sampling_rate_hz=100.0)
