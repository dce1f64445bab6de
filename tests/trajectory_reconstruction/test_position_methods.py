import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gaitmap._kernels.integration import piece_wise_linear_drift
from gaitmap.trajectory_reconstruction import (
    ForwardBackwardIntegration,
    MadgwickAHRS,
    PieceWiseLinearDedriftedIntegration,
)
from gaitmap.utils.consts import GF_POS, GF_VEL, SF_ACC, SF_COLS, SF_GYR
from gaitmap.utils.exceptions import ValidationError
from gaitmap.zupt_detection import AredZuptDetector, NormZuptDetector, StrideEventZuptDetector
from tests.twins import trajectory as twin


def _acc(values):
    return pd.DataFrame(np.asarray(values, dtype=float), columns=SF_ACC)


def _random(n=50, seed=0):
    return _acc(np.random.default_rng(seed).normal(loc=[0, 0, 9.81], size=(n, 3)))


def test_forward_backward_integration_of_the_textbook_example():
    acc = _acc(np.column_stack([[0, 1, 0, -1, 0], np.zeros(5), np.full(5, 9.81)]))
    result = ForwardBackwardIntegration().estimate(acc, sampling_rate_hz=1.0)
    np.testing.assert_allclose(result.velocity_["vel_x"], [0, 0, 0.5, 1, 0.5, 0], atol=1e-15)
    assert result.velocity_[["vel_y", "vel_z"]].eq(0).all(axis=None)


def test_forward_backward_integration_recovers_a_closed_form_swing():
    rate, n = 200.0, 200
    t = np.arange(n + 1) / rate
    position = t - np.sin(2 * np.pi * t) / (2 * np.pi)
    acc = 2 * np.pi * np.sin(2 * np.pi * t)
    # the state after sample i is that at time i / rate if sample i is the acceleration at that time
    data = _acc(np.column_stack([acc[1:], np.zeros(n), np.full(n, 9.81)]))
    result = ForwardBackwardIntegration().estimate(data, sampling_rate_hz=rate)
    np.testing.assert_allclose(result.position_["pos_x"], position, atol=1e-4)


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    n=st.integers(2, 60),
    turning_point=st.floats(0, 1),
    steepness=st.floats(0.02, 2),
    level=st.booleans(),
)
def test_forward_backward_integration_equals_its_twin(seed, n, turning_point, steepness, level):
    data, gravity = _random(n, seed), np.array([0.1, 0.2, 9.7])
    method = ForwardBackwardIntegration(turning_point, steepness, level, gravity)
    result = method.estimate(data, sampling_rate_hz=50.0)
    velocity, position = twin.forward_backward(data.to_numpy(), gravity, 50.0, turning_point, steepness, level)
    np.testing.assert_allclose(result.velocity_, velocity, atol=1e-12)
    np.testing.assert_allclose(result.position_, position, atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(1, 60), turning_point=st.floats(0, 1))
def test_velocity_and_level_height_are_exactly_zero_at_both_ends(seed, n, turning_point):
    result = ForwardBackwardIntegration(turning_point).estimate(_random(n, seed), sampling_rate_hz=50.0)
    assert result.velocity_.iloc[[0, -1]].eq(0).all(axis=None)
    assert result.position_["pos_z"].iloc[[0, -1]].eq(0).all()
    assert list(result.velocity_.columns) == GF_VEL
    assert list(result.position_.columns) == GF_POS
    assert result.velocity_.index.name == result.position_.index.name == "sample"
    assert len(result.velocity_) == len(result.position_) == n + 1


def test_only_true_switches_the_level_assumption_on():
    data = _random()
    positions = [
        ForwardBackwardIntegration(level_assumption=level).estimate(data, sampling_rate_hz=50.0).position_
        for level in (False, 1, "yes")
    ]
    assert positions[0].equals(positions[1])
    assert positions[0].equals(positions[2])
    assert not positions[0].equals(ForwardBackwardIntegration().estimate(data, sampling_rate_hz=50.0).position_)


def test_without_gravity_nothing_is_subtracted():
    data = _random()
    shifted = data.add([0, 0, 9.81])
    pd.testing.assert_frame_equal(
        ForwardBackwardIntegration(gravity=None).estimate(data, sampling_rate_hz=50.0).position_,
        ForwardBackwardIntegration().estimate(shifted, sampling_rate_hz=50.0).position_,
    )


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("n", [0, 1])
def test_no_and_one_sample_give_zero_rows(n):
    result = ForwardBackwardIntegration().estimate(_random(n), sampling_rate_hz=50.0)
    assert result.velocity_.shape == result.position_.shape == (n + 1, 3)
    assert result.velocity_.eq(0).all(axis=None)
    assert result.position_.eq(0).all(axis=None)


@pytest.mark.filterwarnings("error")
def test_without_width_the_blend_is_a_step():
    n = 9
    data = _acc(np.column_stack([np.ones(n), np.zeros(n), np.full(n, 9.81)]))
    velocity = ForwardBackwardIntegration(steepness=0).estimate(data, sampling_rate_hz=1.0).velocity_["vel_x"]
    forward = np.array([0, *(np.arange(n) + 0.5)])
    np.testing.assert_allclose(velocity, np.where(np.linspace(0, 1, n + 1) < 0.5, forward, forward - forward[-1]))


def test_nan_anywhere_makes_the_whole_signal_nan():
    data = _random()
    data.iloc[20] = np.nan
    result = ForwardBackwardIntegration().estimate(data, sampling_rate_hz=50.0)
    assert result.velocity_.isna().all(axis=None)
    assert result.position_.iloc[1:].isna().all(axis=None)


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_other_numbers_than_float64_are_converted(dtype):
    data = _random().astype(dtype)
    found = ForwardBackwardIntegration().estimate(data, sampling_rate_hz=50.0)
    expected = ForwardBackwardIntegration().estimate(data.astype(float), sampling_rate_hz=50.0)
    pd.testing.assert_frame_equal(found.position_, expected.position_, check_exact=True)


@pytest.mark.parametrize("turning_point", [-0.1, 1.1, np.nan, None])
def test_turning_point_is_checked_before_the_data(turning_point):
    with pytest.raises(ValueError, match="`turning_point` must be in the rage of"):
        ForwardBackwardIntegration(turning_point=turning_point).estimate(pd.DataFrame(), sampling_rate_hz=1.0)


def test_missing_columns_are_refused():
    with pytest.raises(ValidationError, match="acc_x"):
        ForwardBackwardIntegration().estimate(pd.DataFrame({"gyr_x": [0.0]}), sampling_rate_hz=1.0)


@pytest.mark.parametrize("parameter", [{"gravity": [1, 2]}, {"gravity": "down"}, {"steepness": "steep"}])
def test_unusable_parameters_are_refused_by_name(parameter):
    with pytest.raises(ValueError, match=next(iter(parameter))):
        ForwardBackwardIntegration(**parameter).estimate(_random(), sampling_rate_hz=1.0)


@pytest.mark.reference
@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("default", {}),
        ("no_level", {"level_assumption": False}),
        ("tp03", {"turning_point": 0.3, "steepness": 0.02}),
        ("no_gravity", {"gravity": None}),
    ],
)
def test_forward_backward_integration_equals_the_reference(reference_dir, name, parameters):
    folder = reference_dir / "trajectory"
    reference = np.load(folder / "position_methods.npz")
    data = pd.read_csv(folder / "rotated_stride.csv", index_col=0)
    result = ForwardBackwardIntegration(**parameters).estimate(data, sampling_rate_hz=204.8)
    np.testing.assert_allclose(result.velocity_, reference[f"fbi_{name}_velocity"], rtol=0, atol=1e-11)
    np.testing.assert_allclose(result.position_, reference[f"fbi_{name}_position"], rtol=0, atol=1e-11)


# -- PieceWiseLinearDedriftedIntegration
def _moving(n=400):
    """Rest, one step of 1 m along x, rest; with a constant error of the accelerometer."""
    data = pd.DataFrame(0.0, index=range(n), columns=SF_COLS)
    t = np.arange(1, 101) / 100
    data.loc[149 + np.arange(1, 101), "acc_x"] = 2 * np.pi * np.sin(2 * np.pi * t)
    data.loc[149 + np.arange(1, 101), "gyr_y"] = 100.0
    data["acc_z"] = 9.81
    data[SF_ACC] += [0.05, -0.02, 0.03]
    return data


def test_drift_of_a_straight_line_is_the_line():
    values = np.arange(20.0)
    for rests in ([[0, 20]], [[3, 5], [8, 9]], [[0, 2], [18, 20]], np.empty((0, 2))):
        found = piece_wise_linear_drift(values, np.array(rests, dtype=np.int64).reshape(-1, 2))
        np.testing.assert_allclose(found, values, atol=1e-13)


def test_drift_between_plateaus_is_a_straight_line():
    rests = np.array([[0, 8], [20, 25], [29, 34], [47, 56]])
    values = np.random.default_rng(0).normal(size=56)
    for (start, end), level in zip(rests, (1, 3, 5, 9), strict=True):
        values[start:end] = level
    corners = [(0, 1), (7, 1), (20, 3), (24, 3), (29, 5), (33, 5), (47, 9), (55, 9)]
    expected = np.interp(np.arange(56), *zip(*corners, strict=True))
    np.testing.assert_allclose(piece_wise_linear_drift(values, rests), expected, atol=1e-13)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 60))
def test_drift_equals_its_twin(seed, n):
    rng = np.random.default_rng(seed)
    values = rng.normal(size=n)
    at_rest = rng.random(n) < 0.5
    edges = np.flatnonzero(np.diff(at_rest.astype(int), prepend=0, append=0)).reshape(-1, 2)
    np.testing.assert_allclose(piece_wise_linear_drift(values, edges), twin.drift(values, edges), atol=1e-11)


def test_a_step_between_two_rests_has_its_length_in_spite_of_a_biased_accelerometer():
    data = _moving()
    result = PieceWiseLinearDedriftedIntegration().estimate(data, sampling_rate_hz=100.0)
    np.testing.assert_allclose(result.position_.iloc[-1], [1, 0, 0], atol=2e-3)
    assert np.issubdtype(result.zupts_.dtype, np.integer)
    assert result.zupts_[0, 0] == 0
    assert len(result.zupts_) == 2
    assert result.velocity_.iloc[result.zupts_[0, 0] + 1 : result.zupts_[0, 1]].abs().max(axis=None) < 1e-12


def test_velocity_and_height_start_and_end_at_zero_without_rest_at_the_ends():
    data = _moving().iloc[200:380]
    data["gyr_z"] = np.where(np.abs(np.arange(180) - 120) < 30, 0.0, 100.0)
    result = PieceWiseLinearDedriftedIntegration().estimate(data, sampling_rate_hz=100.0)
    assert len(result.zupts_) == 1
    np.testing.assert_allclose(result.velocity_.iloc[[0, -1]], 0, atol=1e-13)
    np.testing.assert_allclose(result.position_["pos_z"].iloc[[0, -1]], 0, atol=1e-13)


def test_the_stride_list_is_handed_to_the_detector():
    method = PieceWiseLinearDedriftedIntegration(StrideEventZuptDetector(0.05))
    strides = pd.DataFrame({"s_id": [0], "start": [100], "end": [300], "min_vel": [100]})
    result = method.estimate(_moving(), stride_event_list=strides, sampling_rate_hz=100.0)
    assert result.zupts_.tolist() == [[95, 106], [295, 306]]


def test_no_rest_and_too_few_samples_are_errors():
    never = PieceWiseLinearDedriftedIntegration(NormZuptDetector(inactive_signal_threshold=-1.0))
    with pytest.raises(ValueError, match="No valid zupt regions available!"):
        never.estimate(_moving(), sampling_rate_hz=100.0)
    with pytest.raises(ValueError, match="Invalid window length"):
        PieceWiseLinearDedriftedIntegration().estimate(_moving().iloc[:5], sampling_rate_hz=100.0)


@pytest.mark.reference
@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "parameters"),
    [("default", {}), ("no_level", {"level_assumption": False}), ("ared", {"zupt_detector": AredZuptDetector()})],
)
def test_piece_wise_linear_dedrifting_equals_the_reference(reference_dir, name, parameters):
    from gaitmap.example_data import get_healthy_example_imu_data

    reference = np.load(reference_dir / "trajectory" / "position_methods.npz")
    data = get_healthy_example_imu_data()["left_sensor"].iloc[:3000]
    initial = reference["pwldi_initial_orientation"]
    rotated = MadgwickAHRS(initial_orientation=initial).estimate(data, sampling_rate_hz=204.8).rotated_data_
    result = PieceWiseLinearDedriftedIntegration(**parameters).estimate(rotated, sampling_rate_hz=204.8)
    np.testing.assert_array_equal(result.zupts_, reference[f"pwldi_{name}_zupts"])
    np.testing.assert_allclose(result.velocity_[::5], reference[f"pwldi_{name}_velocity"], rtol=0, atol=1e-11)
    np.testing.assert_allclose(result.position_[::5], reference[f"pwldi_{name}_position"], rtol=0, atol=1e-11)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 60), height=st.floats(0.01, 0.5), level=st.booleans())
def test_a_rolling_foot_starts_and_ends_with_the_angular_rate_times_its_height(seed, n, height, level):
    random = np.random.default_rng(seed)
    data = _random(n, seed).assign(**dict(zip(SF_GYR, random.normal(scale=50, size=(3, n)), strict=True)))
    result = ForwardBackwardIntegration(level_assumption=level, sensor_height_m=height).estimate(
        data, sampling_rate_hz=50.0
    )
    start, end = np.cross(np.deg2rad(data[SF_GYR].to_numpy()[[0, -1]]), [0, 0, height])
    np.testing.assert_allclose(result.velocity_.iloc[[0, -1]], [start, end], atol=1e-12)
    expected = twin.forward_backward(data[SF_ACC].to_numpy(), [0, 0, 9.81], 50.0, 0.5, 0.08, level, start, end)
    np.testing.assert_allclose(result.velocity_, expected[0], atol=1e-12)
    np.testing.assert_allclose(result.position_, expected[1], atol=1e-12)


def test_the_height_of_the_sensor_needs_the_gyroscope():
    with pytest.raises(ValidationError):
        ForwardBackwardIntegration(sensor_height_m=0.08).estimate(_random(), sampling_rate_hz=50.0)


@pytest.mark.parametrize("height", [-0.1, np.nan, "0.1"])
def test_the_height_of_the_sensor_is_a_length(height):
    with pytest.raises(ValueError, match="sensor_height_m"):
        ForwardBackwardIntegration(sensor_height_m=height).estimate(_random(), sampling_rate_hz=50.0)


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), n=st.integers(2, 60), height=st.sampled_from([0.0, 0.1]))
def test_the_corrected_tilt_equals_its_twin(seed, n, height):
    random = np.random.default_rng(seed)
    data = _random(n, seed).assign(**dict(zip(SF_GYR, random.normal(scale=50, size=(3, n)), strict=True)))
    method = ForwardBackwardIntegration(level_assumption=False, sensor_height_m=height, correct_tilt=True)
    result = method.estimate(data, sampling_rate_hz=50.0)
    start, end = np.cross(np.deg2rad(data[SF_GYR].to_numpy()[[0, -1]]), [0, 0, height])
    upright = twin.turn_upright(data[SF_ACC].to_numpy(), np.array([0, 0, 9.81]), 50.0, start, end)
    velocity, position = twin.forward_backward(upright, [0, 0, 9.81], 50.0, 0.5, 0.08, False, start, end)
    np.testing.assert_allclose(result.velocity_, velocity, atol=1e-10)
    np.testing.assert_allclose(result.position_, position, atol=1e-10)


@pytest.mark.parametrize(("correct", "error_m"), [(False, (0.01, 0.1)), (True, (0.0, 0.001))])
def test_a_wrong_inclination_costs_height_unless_it_is_corrected(correct, error_m):
    rate, n = 200.0, 200
    acc = 2 * np.pi * np.sin(2 * np.pi * (np.arange(n) + 1) / rate)  # a stride of 1 m
    swing = np.column_stack([acc, np.zeros(n), np.full(n, 9.81)])
    tilted = Rotation.from_rotvec([0, np.deg2rad(1.0), 0]).apply(swing)
    method = ForwardBackwardIntegration(level_assumption=False, correct_tilt=correct)
    height = method.estimate(_acc(tilted), sampling_rate_hz=rate).position_["pos_z"].iloc[-1]
    assert error_m[0] <= abs(height) <= error_m[1]


def test_without_gravity_there_is_no_tilt_to_correct():
    data = _random()
    plain, corrected = (
        ForwardBackwardIntegration(gravity=None, correct_tilt=correct).estimate(data, sampling_rate_hz=50.0).position_
        for correct in (False, True)
    )
    pd.testing.assert_frame_equal(plain, corrected)
