from unittest.mock import patch

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from gaitmap._kernels.kalman import rts_covariance, rts_smoother
from gaitmap._kernels.quaternion import rotate_samples
from gaitmap.simulation import Walk, simulate
from gaitmap.trajectory_reconstruction import (
    MadgwickAHRS,
    MadgwickRtsKalman,
    RegionLevelTrajectory,
    RtsKalman,
    StrideLevelTrajectory,
)
from gaitmap.trajectory_reconstruction._signals import read_signals
from gaitmap.utils.consts import GRAV, SF_ACC, SF_COLS, SF_COLS_WITH_MAG
from gaitmap.utils.exceptions import UnusableRegionWarning, ValidationError
from gaitmap.zupt_detection import ComboZuptDetector, NormZuptDetector, StrideEventZuptDetector
from tests.contract._walk import N_STRIDES, RATE, make_walk
from tests.twins import trajectory as twin

METHODS = [RtsKalman, MadgwickRtsKalman]
each_method = pytest.mark.parametrize("method", METHODS)
NEVER = NormZuptDetector(inactive_signal_threshold=-1.0)


def _rest(n=15, columns=SF_COLS):
    data = pd.DataFrame(0.0, index=range(n), columns=columns)
    data["acc_z"] = GRAV
    return data


@pytest.fixture
def foot():
    return make_walk().single()


def _whole(foot):
    return pd.DataFrame({"roi_id": [0], "start": [10], "end": [len(foot.sensor_frame)]})


def _regions_of(method):
    return RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=method)


def _raw_orientation(result, initial=(0, 0, 0, 1.0)):
    """Orientation before any correction at moments of rest."""
    signals = read_signals(result.data, mag=result.use_magnetometer)
    raw = result.nominal_orientation(*signals, np.array(initial), float(result.sampling_rate_hz))
    return Rotation.from_quat(raw)


# -- numbers
@pytest.mark.parametrize("level", [True, False])
@pytest.mark.parametrize("q_v", [1e6, 1.0])
def test_kernels_equal_their_twin(level, q_v):
    rng = np.random.default_rng(3)
    n, noise = 120, (q_v, 0.1, 1e-4, level, 1e-3)
    acc = rng.normal(size=(n, 3)) + np.array([0, 0, GRAV])
    quaternions = Rotation.from_rotvec(np.cumsum(rng.normal(size=(n + 1, 3)) * 0.01, axis=0)).as_quat()
    at_rest = (np.arange(n) % 30) < 8
    section = np.array([[0, n]])
    global_acc = rotate_samples(quaternions, acc, section, 1)
    gravity = np.array([0, 0, GRAV])
    found = rts_smoother(quaternions, global_acc, np.array([n]), at_rest, gravity, 100.0, *noise)
    orientation, velocity, position, covariance = twin.rts_smoother(quaternions, acc, at_rest, 100.0, *noise)
    assert (Rotation.from_quat(found[0]) * orientation.inv()).magnitude().max() < 1e-9
    np.testing.assert_allclose(found[1], velocity, atol=1e-9)
    np.testing.assert_allclose(found[2], position, atol=1e-9)
    found_covariance = rts_covariance(global_acc, at_rest, 100.0, *noise)
    np.testing.assert_allclose(found_covariance, covariance, rtol=1e-6, atol=1e-9 * covariance.max())


@each_method
def test_rest_stays_exactly_where_it_is(method):
    result = method().estimate(_rest(), sampling_rate_hz=100.0)
    assert result.position_.eq(0).all(axis=None)
    assert result.velocity_.eq(0).all(axis=None)
    np.testing.assert_array_equal(result.orientation_.to_numpy(), np.tile([0, 0, 0, 1.0], (16, 1)))
    assert result.position_.index.name == result.velocity_.index.name == "sample"
    assert result.zupts_.to_numpy().tolist() == [[0, 14]]  # the windows end there


@each_method
def test_without_any_rest_it_is_plain_integration(method):
    data = _rest(50)
    data["acc_x"] = 2.0
    parameters = {"madgwick_beta": 0.0} if method is MadgwickRtsKalman else {}
    result = method(zupt_detector=NEVER, **parameters).estimate(data, sampling_rate_hz=100.0)
    t = np.arange(51) / 100
    np.testing.assert_allclose(result.velocity_["vel_x"], 2 * t, atol=1e-12)
    np.testing.assert_allclose(result.position_["pos_x"], t**2, atol=1e-12)
    assert len(result.zupts_) == 0


def _hop():
    """Up and down without end velocity zero, then rest."""
    data = _rest(302)
    data.loc[20:79, "acc_z"] += 3 * np.sin(np.arange(60) * 2 * np.pi / 60) + 0.1
    data.loc[20:79, "acc_x"] += 0.2
    data.loc[20:79, "gyr_y"] = np.repeat([50.0, -50.0], 30)
    return data


@each_method
def test_a_final_rest_brings_the_velocity_to_zero(method):
    result = method().estimate(_hop(), sampling_rate_hz=100.0)
    assert result.zupts_["end"].iloc[-1] == 302
    assert result.velocity_.iloc[-1].abs().max() < 1e-10


def test_a_final_rest_brings_the_height_to_zero():
    result = RtsKalman().estimate(_hop(), sampling_rate_hz=100.0)
    assert abs(result.position_["pos_z"].iloc[-1]) < 1e-10


def test_a_synthetic_walk_is_as_long_as_it_was_made(foot):
    result = _regions_of(RtsKalman()).estimate(foot.sensor_frame, _whole(foot), sampling_rate_hz=RATE)
    np.testing.assert_allclose(result.position_.iloc[-1], [1.3 * N_STRIDES, 0, 0], atol=0.05)


def test_the_orientation_error_of_a_gyro_bias_is_removed_and_not_doubled():
    rate, n = 100.0, 1550
    data = _rest(n)
    tilt = np.deg2rad(0.5) * np.arange(1, n + 1) / rate  # what the biased gyroscope pretends
    data["gyr_x"] = 0.5
    detector = StrideEventZuptDetector(half_region_size_s=0.1)
    events = np.arange(100, n - 40, 150)
    strides = pd.DataFrame({"s_id": range(9), "start": events[:9], "end": events[1:10], "min_vel": events[:9]})
    method = RtsKalman(velocity_error_variance=0.01, zupt_detector=detector)
    result = method.estimate(data, stride_event_list=strides, sampling_rate_hz=rate)
    up = result.orientation_object_.apply([0, 0, 1.0])
    error_deg = np.rad2deg(np.arccos(np.clip(up[:, 2], -1, 1)))
    assert np.rad2deg(tilt[-1]) > 7
    assert error_deg[events].max() < 0.5


@each_method
def test_all_regions_at_once_give_what_single_calls_give(method, foot):
    def run():
        wrapper = StrideLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=method())
        return wrapper.estimate(foot.sensor_frame, foot.min_vel, sampling_rate_hz=RATE)

    together = run()
    with patch.object(RtsKalman, "estimate", autospec=True, side_effect=RtsKalman.estimate) as single_calls:
        apart = run()
    assert single_calls.call_count == len(foot.min_vel)
    for name in ("orientation_", "velocity_", "position_"):
        pd.testing.assert_frame_equal(getattr(together, name), getattr(apart, name), rtol=0, atol=1e-10)


def test_madgwick_is_the_motion_model():
    data = _rest(60)
    data["gyr_x"] = np.linspace(0, 100, 60)
    result = MadgwickRtsKalman(zupt_detector=NEVER, madgwick_beta=0.3).estimate(data, sampling_rate_hz=100.0)
    expected = MadgwickAHRS(beta=0.3).estimate(data, sampling_rate_hz=100.0)
    np.testing.assert_allclose(result.orientation_, expected.orientation_, atol=1e-12)


def test_magnetometer_changes_the_heading():
    data = _rest(60, SF_COLS_WITH_MAG)
    data[["mag_x", "mag_y", "mag_z"]] = [0.0, 20.0, -40.0]
    found = MadgwickRtsKalman(use_magnetometer=True).estimate(data, sampling_rate_hz=100.0)
    assert found.orientation_object_[-1].as_euler("xyz", degrees=True)[2] < -1
    np.testing.assert_allclose(found.rotated_data_.shape, data.shape)


# -- covariance
def test_covariance_is_labelled_symmetric_and_starts_without_position_error(foot):
    result = RtsKalman().estimate(foot.sensor_frame.iloc[:300], sampling_rate_hz=RATE)
    frame = result.covariance_
    labels = [f"{axis}_{quantity}_cov" for quantity in ("pos", "vel", "ori") for axis in "xyz"]
    assert frame.columns.tolist() == [(a, b) for a in labels for b in labels]
    assert list(frame.columns.names) == [None, None]
    assert frame.index.equals(pd.RangeIndex(301))
    matrices = frame.to_numpy().reshape(-1, 9, 9)
    np.testing.assert_array_equal(matrices, matrices.transpose(0, 2, 1))
    assert np.all(matrices[0, :3] == 0)
    assert np.all(np.diagonal(matrices[1:], axis1=1, axis2=2) > 0)


def test_covariance_belongs_to_the_run_even_if_parameters_change_later(foot):
    method = RtsKalman().estimate(foot.sensor_frame.iloc[:300], sampling_rate_hz=RATE)
    expected = method.covariance_
    method.set_params(velocity_error_variance=1.0)
    pd.testing.assert_frame_equal(method.covariance_, expected, check_exact=True)


# -- detectors
def test_the_detector_sees_data_rate_and_strides(foot):
    with patch.object(NormZuptDetector, "detect", autospec=True, side_effect=NormZuptDetector.detect) as detect:
        RtsKalman().estimate(foot.sensor_frame, stride_event_list=foot.min_vel, sampling_rate_hz=RATE)
    (_, data), keywords = detect.call_args
    assert data is foot.sensor_frame
    assert keywords["sampling_rate_hz"] == RATE
    assert keywords["stride_event_list"] is foot.min_vel


def test_a_forced_rest_per_stride_stops_the_foot_at_its_event(foot):
    noisy = foot.sensor_frame.copy()
    noisy["gyr_z"] += 60.0  # never at rest for a threshold
    norm = RtsKalman().zupt_detector
    forced = ComboZuptDetector([("rest", norm), ("stride", StrideEventZuptDetector(half_region_size_s=0))])
    without = RtsKalman().estimate(noisy, sampling_rate_hz=RATE)
    result = RtsKalman(zupt_detector=forced).estimate(noisy, stride_event_list=foot.min_vel, sampling_rate_hz=RATE)
    events = [*foot.min_vel["start"], foot.min_vel["end"].iloc[-1]]
    assert len(without.zupts_) == 0
    assert result.zupts_["start"].tolist() == events
    assert result.velocity_.iloc[np.array(events) + 1].abs().max(axis=None) < 1e-6


@pytest.mark.parametrize("parameter", ["a detector", None, RtsKalman()])
def test_the_detector_must_be_one(parameter):
    with pytest.raises(ValueError, match="zupt_detector"):
        RtsKalman(zupt_detector=parameter).estimate(_rest(), sampling_rate_hz=100.0)


def test_a_stride_shorter_than_the_window_is_named_and_the_others_are_kept(foot):
    strides = foot.min_vel.copy()
    strides.loc[2, "end"] = strides.loc[2, "start"] + 2
    wrapper = StrideLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=RtsKalman())
    with pytest.warns(UnusableRegionWarning, match=r"1 of 5 .*2\. Reason.*Invalid window length"):
        wrapper.estimate(foot.sensor_frame, strides, sampling_rate_hz=RATE)
    assert wrapper.position_.isna().all(axis=1).groupby("s_id").all().tolist() == [False, False, True, False, False]


# -- memory
@each_method
def test_memory_gets_one_entry_per_sensor_and_depends_on_the_rests_only(method, tmp_path, capsys):
    walk = make_walk()

    def run(**parameters):
        kalman = method(memory=joblib.Memory(tmp_path, verbose=2), **parameters)
        wrapper = StrideLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=kalman)
        result = wrapper.estimate(walk.sensor_frame, walk.min_vel, sampling_rate_hz=RATE)
        out = capsys.readouterr().out
        return result, (out.count("Calling"), out.count("Loading"))

    first, counts = run()
    assert counts == (2, 0)
    second, counts = run(zupt_detector=method().zupt_detector.set_params(inactive_signal_threshold=34.0001))
    assert counts == (0, 2)
    for sensor, frame in first.position_.items():
        pd.testing.assert_frame_equal(second.position_[sensor], frame, check_exact=True)
    assert run(zupt_variance=1e-6)[1] == (2, 0)


# -- parameters and unusual data
@pytest.mark.parametrize(
    "parameter",
    [
        {"zupt_variance": -1},
        {"velocity_error_variance": 0},
        {"orientation_error_variance": 0.0},
        {"level_walking_variance": np.nan},
        {"initial_orientation": [0, 0, 0, 0]},
    ],
)
@each_method
def test_unusable_parameters_are_refused_by_name(method, parameter):
    with pytest.raises(ValueError, match=next(iter(parameter))):
        method(**parameter).estimate(_rest(), sampling_rate_hz=100.0)


def test_measurements_without_any_variance_are_possible():
    expected = RtsKalman(zupt_variance=1e-14, level_walking_variance=1e-14).estimate(_hop(), sampling_rate_hz=100.0)
    found = RtsKalman(zupt_variance=0, level_walking_variance=0).estimate(_hop(), sampling_rate_hz=100.0)
    np.testing.assert_allclose(found.position_, expected.position_, atol=1e-6)
    assert found.velocity_.iloc[-1].abs().max() < 1e-10
    assert np.isfinite(found.covariance_.to_numpy()).all()


def test_only_true_switches_level_walking_on():
    heights = [
        RtsKalman(level_walking=level).estimate(_hop(), sampling_rate_hz=100.0).position_["pos_z"].iloc[-1]
        for level in (True, False, 1)
    ]
    assert abs(heights[0]) < 1e-10
    assert abs(heights[1]) > 1e-3
    assert heights[1] == heights[2]


@each_method
def test_a_nan_is_named_with_its_sample(method):
    data = _rest(30)
    data.iloc[17, 0] = np.nan
    with pytest.raises(ValueError, match="sample 17"):
        method().estimate(data, sampling_rate_hz=100.0)


def test_a_region_with_a_gap_is_named_and_the_others_are_kept(foot):
    regions = pd.DataFrame({"roi_id": ["a", "b"], "start": [10, 400], "end": [400, 800]})
    wrapper = _regions_of(RtsKalman())
    expected = wrapper.estimate(foot.sensor_frame, regions, sampling_rate_hz=RATE).position_
    with pytest.warns(UnusableRegionWarning, match="'a'"):
        found = wrapper.estimate(foot.nan_gap().sensor_frame, regions, sampling_rate_hz=RATE).position_
    assert found.loc["a"].isna().all(axis=None)
    pd.testing.assert_frame_equal(found.loc["b"], expected.loc["b"])


@pytest.mark.parametrize("dtype", ["float32", "int64"])
def test_other_numbers_than_float64_are_converted(dtype):
    data = _rest(30).astype(dtype)
    found = RtsKalman().estimate(data, sampling_rate_hz=100.0).position_
    pd.testing.assert_frame_equal(found, RtsKalman().estimate(data.astype(float), sampling_rate_hz=100.0).position_)


def test_missing_columns_are_named():
    with pytest.raises(ValidationError, match="'mag_x', 'mag_y', 'mag_z'"):
        MadgwickRtsKalman(use_magnetometer=True).estimate(_rest(), sampling_rate_hz=100.0)
    with pytest.raises(ValidationError, match="gyr_x"):
        RtsKalman().estimate(_rest()[SF_ACC], sampling_rate_hz=100.0)


def test_a_subclass_may_replace_the_motion_model(foot):
    class NoRotation(RtsKalman):
        def nominal_orientation(self, acc, gyr, mag, initial, sampling_rate_hz):
            return np.tile(initial, (len(gyr) + 1, 1))

    result = _regions_of(NoRotation(zupt_detector=NEVER)).estimate(
        foot.sensor_frame, _whole(foot), sampling_rate_hz=RATE
    )
    assert result.orientation_.nunique().eq(1).all()


# -- reference
def _mirrored(result, **raw):
    """Orientation with the error added, as gaitmap 2.6 does."""
    nominal = _raw_orientation(result, **raw)
    return (result.orientation_object_ * nominal.inv()).inv() * nominal


def _left():
    from gaitmap.example_data import get_healthy_example_imu_data

    return get_healthy_example_imu_data()["left_sensor"].iloc[:1500]


def _largest_covariance_difference(found, expected):
    """Normalised by the standard deviations; the first row, without variance of the position, is left out."""
    found, expected = (np.asarray(c)[1:].reshape(-1, 9, 9) for c in (found, expected))
    deviation = np.sqrt(np.diagonal(expected, axis1=1, axis2=2))
    return np.abs((found - expected) / (deviation[:, :, np.newaxis] * deviation[:, np.newaxis])).max()


@pytest.mark.reference
@pytest.mark.recordings
def test_the_smoother_equals_the_model_in_40_digits(reference_dir):
    reference = np.load(reference_dir / "trajectory" / "kalman_high_precision.npz")
    result = RtsKalman().estimate(_left(), sampling_rate_hz=204.8)
    np.testing.assert_allclose(result.position_, reference["position"], rtol=0, atol=1e-11)
    np.testing.assert_allclose(result.velocity_, reference["velocity"], rtol=0, atol=1e-11)
    np.testing.assert_allclose(result.orientation_, reference["orientation_consistent_sign"], rtol=0, atol=1e-12)
    mirrored = _mirrored(result).as_quat()
    np.testing.assert_allclose(mirrored, reference["orientation_upstream_sign"], rtol=0, atol=1e-12)
    rows = reference["covariance_rows"]
    assert _largest_covariance_difference(result.covariance_.iloc[rows], reference["covariance"]) < 1e-12


_CONFIGURATIONS = {
    "rts": (RtsKalman(), 5e-5, 1e-3, 2e-2, 1e-9),
    "rts_nolevel": (RtsKalman(level_walking=False), 1e-9, 1e-9, 1e-6, 1e-9),
    "rts_tight": (RtsKalman(level_walking=False, velocity_error_variance=1e-2), 1e-9, 1e-9, 1e-6, 1e-9),
    "mrts": (MadgwickRtsKalman(), 5e-5, 1e-3, 2e-2, 1e-9),
}


@pytest.mark.reference
@pytest.mark.recordings
@pytest.mark.parametrize("name", _CONFIGURATIONS)
def test_kalman_methods_equal_the_reference_up_to_the_sign_of_the_correction(reference_dir, name):
    reference = np.load(reference_dir / "trajectory" / "kalman.npz")
    method, position, velocity, covariance, angle = _CONFIGURATIONS[name]
    result = method.clone().estimate(_left(), sampling_rate_hz=204.8)
    np.testing.assert_array_equal(result.zupts_.to_numpy(dtype=int), reference[f"{name}_zupts"])
    np.testing.assert_allclose(result.position_[::5], reference[f"{name}_position"], rtol=0, atol=position)
    np.testing.assert_allclose(result.velocity_[::5], reference[f"{name}_velocity"], rtol=0, atol=velocity)
    expected = Rotation.from_quat(reference[f"{name}_orientation"])
    assert (_mirrored(result)[::5] * expected.inv()).magnitude().max() < angle
    found = result.covariance_.iloc[reference["covariance_rows"]]
    assert _largest_covariance_difference(found, reference[f"{name}_covariance"]) < covariance


@pytest.mark.reference
@pytest.mark.recordings
def test_kalman_with_magnetometer_and_on_stairs_equals_the_reference(reference_dir):
    from gaitmap.example_data import get_healthy_example_imu_data_stair_up, get_magnetometer_l_path_data

    reference = np.load(reference_dir / "trajectory" / "kalman.npz")
    magnetic = MadgwickRtsKalman(use_magnetometer=True, madgwick_beta=0.105, velocity_error_variance=0.01)
    stairs = RtsKalman(level_walking=False)
    for name, method, data, rate in (
        ("lwalk_mrts_mag", magnetic, get_magnetometer_l_path_data().iloc[:8000], 400.0),
        ("stair_up", stairs, get_healthy_example_imu_data_stair_up()["left_sensor"], 204.8),
    ):
        # the magnetometer run has level walking on, hence the limited accuracy of the reference
        result = method.estimate(data, sampling_rate_hz=rate)
        np.testing.assert_allclose(result.position_[::20], reference[f"{name}_position"], rtol=0, atol=1e-9)
        np.testing.assert_allclose(result.velocity_[::20], reference[f"{name}_velocity"], rtol=0, atol=1e-9)
        expected = Rotation.from_quat(reference[f"{name}_orientation"])
        assert (_mirrored(result)[::20] * expected.inv()).magnitude().max() < 1e-9


@each_method
@pytest.mark.parametrize("rate", [45.0, 50.0, 52.0])
def test_low_rates_lengthen_the_window_of_the_detector(method, rate):
    walk = simulate([Walk(duration_s=10)], sampling_rate_hz=rate, seed=0)
    data, strides = walk.data["left_sensor"], walk.truth.strides["left_sensor"]
    kalman = method()
    found = kalman.estimate(data, sampling_rate_hz=rate)
    assert kalman.zupt_detector.window_length_s == 0.05
    position = found.position_.to_numpy()
    lengths = np.linalg.norm((position[strides["end"]] - position[strides["start"]])[:, :2], axis=1)
    np.testing.assert_allclose(lengths, walk.truth.parameters["left_sensor"]["stride_length"][strides.index], atol=0.15)
    nested = method(zupt_detector=ComboZuptDetector([("rest", method().zupt_detector)]))
    np.testing.assert_array_equal(nested.estimate(data, sampling_rate_hz=rate).position_, found.position_)
