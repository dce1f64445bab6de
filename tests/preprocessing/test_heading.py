import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose
from scipy.spatial.transform import Rotation

from gaitmap.preprocessing import align_heading_of_sensors
from gaitmap.utils.rotations import angle_diff, rotation_from_angle

UP = [0, 0, 1]


def signals(angle_deg, n=500, noise=0.0, outliers=0.0, seed=0):
    """A reference signal, and what a sensor measures that is turned by an angle."""
    rng = np.random.default_rng(seed)
    reference = rng.normal(size=(n, 3)) * 1000
    sensor = rotation_from_angle(UP, np.deg2rad(angle_deg)).apply(reference) + rng.normal(size=(n, 3)) * noise
    wrong = rng.random(n) < outliers
    sensor[wrong] += rng.choice([-1000, 1000], size=(wrong.sum(), 3))
    return sensor, reference


def heading_deg(rotation):
    assert_allclose(rotation.as_rotvec()[:2], 0, atol=1e-12)
    return np.rad2deg(rotation.as_rotvec()[2])


@settings(max_examples=40, deadline=None)
@given(angle=st.floats(-180, 180), method=st.sampled_from(["median", "least_squares"]))
def test_rotation_turns_the_reference_into_the_sensor(angle, method):
    sensor, reference = signals(angle, n=60)
    rotation = align_heading_of_sensors(sensor, reference, method=method)
    assert_allclose(rotation.apply(reference), sensor, atol=1e-9)


@pytest.mark.parametrize("angle", [0, 22, 90, 170, 179.9, 180, -135])
@pytest.mark.parametrize("smoothing", [None, 5])
def test_noise_and_outliers_do_not_matter(angle, smoothing):
    for seed in range(20):
        sensor, reference = signals(angle, noise=5, outliers=0.1, seed=seed)
        rotation = align_heading_of_sensors(sensor, reference, smoothing_window_size=smoothing)
        assert abs(np.rad2deg(angle_diff(np.deg2rad(heading_deg(rotation)), np.deg2rad(angle)))) < 2


def test_equal_signals_are_not_turned():
    sensor, _ = signals(0)
    assert_allclose(align_heading_of_sensors(sensor, sensor).as_rotvec(), 0, atol=1e-15)


def test_only_samples_with_movement_count():
    sensor, reference = signals(30, n=100)
    slow = np.random.default_rng(1).normal(size=(1000, 3)) * 10
    rotation = align_heading_of_sensors(np.concatenate([slow, sensor]), np.concatenate([-slow, reference]))
    assert heading_deg(rotation) == pytest.approx(30)


def test_missing_samples_are_left_out():
    sensor, reference = signals(30)
    sensor[:100], reference[50:150, 0] = np.nan, np.nan
    assert heading_deg(align_heading_of_sensors(sensor, reference)) == pytest.approx(30)


@pytest.mark.parametrize(
    ("sensor", "reference", "options", "message"),
    [
        (np.ones((9, 3)), np.ones((9, 3)), {}, "no movement"),
        (np.empty((0, 3)), np.empty((0, 3)), {}, "no movement"),
        (np.ones((9, 3)), np.ones((8, 3)), {}, "same shape"),
        (np.ones((9, 2)), np.ones((9, 2)), {}, "same shape"),
        (np.ones(3), np.ones(3), {}, "same shape"),
        (np.ones((9, 3)), np.ones((9, 3)), {"movement_threshold": 1, "smoothing_window_size": 10}, "smoothing_window"),
        (np.ones((9, 3)), np.ones((9, 3)), {"method": "mean"}, "'method'"),
    ],
)
def test_impossible_input_is_refused(sensor, reference, options, message):
    with pytest.raises(ValueError, match=message):
        align_heading_of_sensors(sensor, reference, **options)


@pytest.mark.reference
def test_reference(reference_dir):
    folder = reference_dir / "alignment"
    data = np.load(folder / "heading_signals.npz")
    cases = json.loads((folder / "alignment.json").read_text())["heading"]
    assert cases
    for case in cases:
        smoothing = case["smoothing_window_size"]
        rotation = align_heading_of_sensors(data["signal"], data[case["ref"]], smoothing_window_size=smoothing)
        difference = np.rad2deg(angle_diff(np.deg2rad(heading_deg(rotation)), np.deg2rad(case["angle_deg"])))
        noise_free = case["ref"].endswith("_0.0")
        tolerance = 1e-9 if noise_free and smoothing is None else (0.1 if smoothing is None else 2)
        assert abs(difference) < tolerance, case


@pytest.mark.parametrize("method", ["median", "least_squares"])
def test_residual_tells_how_well_the_signals_fit(method):
    sensor, reference = signals(30)
    rotation, residual = align_heading_of_sensors(sensor, reference, method=method, return_residual=True)
    assert heading_deg(rotation) == pytest.approx(30)
    assert residual == pytest.approx(0, abs=1e-9)
    tilted = Rotation.from_euler("x", 40, degrees=True).apply(sensor)
    assert align_heading_of_sensors(tilted, reference, method=method, return_residual=True)[1] > 5
    late = np.roll(sensor, 1, axis=0)
    assert align_heading_of_sensors(late, reference, method=method, return_residual=True)[1] > 45


def test_half_of_the_samples_are_within_the_residual():
    rng = np.random.default_rng(0)
    angles = rng.normal(0, 10, 1001)
    reference = np.tile([500.0, 0, 0], (1001, 1))
    sensor = 500 * np.column_stack([np.cos(np.deg2rad(angles)), np.sin(np.deg2rad(angles)), np.zeros(1001)])
    rotation, residual = align_heading_of_sensors(sensor, reference, return_residual=True)
    assert residual == pytest.approx(np.median(np.abs(angles - heading_deg(rotation))))
