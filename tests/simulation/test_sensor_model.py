"""Each error of the sensor is the one asked for, and nothing else."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gaitmap.simulation import Rest, SensorModel, Walk, simulate
from gaitmap.utils.consts import GRAV, SF_ACC, SF_GYR, SF_MAG

IDEAL = SensorModel.ideal()
ACTIVITIES = [Rest(2), Walk(n_steps=6), Rest(1)]


def _data(**errors):
    return simulate(ACTIVITIES, sensor=replace(IDEAL, **errors), seed=4).data["left_sensor"]


@pytest.fixture(scope="module")
def exact():
    return _data()


def test_an_ideal_sensor_at_rest_measures_gravity_alone(exact):
    rest = exact.iloc[:200]
    np.testing.assert_allclose(rest[SF_ACC], np.broadcast_to([0, 0, GRAV], (200, 3)), atol=1e-12)
    np.testing.assert_allclose(rest[SF_GYR], 0, atol=1e-12)


def test_noise_has_its_standard_deviation(exact):
    error = _data(acc_noise=0.2, gyr_noise=1.5) - exact
    np.testing.assert_allclose(error[SF_ACC].std(), 0.2, rtol=0.1)
    np.testing.assert_allclose(error[SF_GYR].std(), 1.5, rtol=0.1)


def test_bias_and_scale_error_are_exact_where_values_are_given(exact):
    found = _data(gyr_bias=(1.0, -2.0, 0.5), scale_error=(0.01, 0.0, -0.02))
    expected = exact[SF_GYR] * [1.01, 1.0, 0.98] + [1.0, -2.0, 0.5]
    np.testing.assert_allclose(found[SF_GYR], expected, atol=1e-9)


def test_misalignment_turns_all_axes_alike(exact):
    found = _data(misalignment_deg=(0.0, 0.0, 90.0))
    # The sensor is turned to the left: its x axis is the y axis of the foot.
    np.testing.assert_allclose(found["gyr_x"], exact["gyr_y"], atol=1e-9)
    np.testing.assert_allclose(found["acc_y"], -exact["acc_x"], atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(found[SF_ACC], axis=1), np.linalg.norm(exact[SF_ACC], axis=1))


def test_bias_drifts_like_a_random_walk():
    model = replace(IDEAL, gyr_bias_drift=3.0)
    changes = []
    for seed in range(40):
        data = simulate([Rest(1800)], 2.0, sensor=model, seed=seed).data
        changes += [frame[SF_GYR].iloc[-1] - frame[SF_GYR].iloc[0] for frame in data.values()]
    # Half an hour: 1 / sqrt(2) of the standard deviation after one hour.
    assert np.std(changes) == pytest.approx(3.0 / np.sqrt(2), rel=0.15)


def test_values_beyond_the_range_are_clipped(exact):
    found = _data(gyr_range=250.0, acc_range=15.0)
    pd.testing.assert_frame_equal(found[SF_GYR], exact[SF_GYR].clip(-250, 250))
    pd.testing.assert_frame_equal(found[SF_ACC], exact[SF_ACC].clip(-15, 15))


def test_quantised_values_are_multiples_of_the_step(exact):
    found = _data(gyr_range=2000.0, acc_range=160.0, resolution_bits=12)
    steps = found[SF_GYR].to_numpy() / (4000 / 2**12)
    np.testing.assert_allclose(steps, np.round(steps), atol=1e-9)
    assert np.abs(found[SF_GYR] - exact[SF_GYR]).max().max() <= 2000 / 2**12 + 1e-9


def test_the_clock_decides_when_a_sample_is_taken():
    model = replace(IDEAL, clock_offset_s=0.5, clock_drift_ppm=200.0)
    walk = simulate(ACTIVITIES, 100.0, sensor={"left_sensor": IDEAL, "right_sensor": model}, seed=4)
    time = 0.5 + np.arange(walk.n_samples) / 100.0 * (1 + 200e-6)
    expected = walk.state("right_sensor", time)
    np.testing.assert_allclose(walk.data["right_sensor"][SF_ACC], expected.specific_force, atol=1e-9)
    samples = walk.truth.strides["right_sensor"]
    times = walk.truth.event_times["right_sensor"].loc[samples.index]
    assert (np.abs(time[samples["ic"]] - times["ic"]) <= 0.5 / 100 * 1.001).all()


@pytest.mark.parametrize("lost_as", ["nan", "hold"])
def test_lost_samples_have_their_share_and_length(lost_as, exact):
    whole = simulate([Rest(600)], sensor=replace(IDEAL, gyr_noise=1.0), seed=1).data["left_sensor"]
    model = replace(IDEAL, gyr_noise=1.0, lost_share=0.05, lost_samples_at_once=8, lost_as=lost_as)
    found = simulate([Rest(600)], sensor=model, seed=1).data["left_sensor"]
    lost = (found["gyr_x"] != whole["gyr_x"]).to_numpy()
    assert lost.mean() == pytest.approx(0.05, rel=0.15)
    n_gaps = (np.diff(lost.astype(int)) == 1).sum()
    assert lost.sum() / n_gaps == pytest.approx(8, rel=0.15)
    pd.testing.assert_frame_equal(found[~lost], whole[~lost])
    if lost_as == "nan":
        assert found[lost].isna().all().all()
    else:
        pd.testing.assert_frame_equal(found, whole.mask(np.repeat(lost[:, None], 6, axis=1)).ffill())


def test_magnetometer_measures_the_field_in_the_frame_of_the_sensor():
    model = replace(IDEAL, magnetic_field=(20.0, 5.0, -40.0))
    walk = simulate(ACTIVITIES, 100.0, sensor=model, magnetometer=True)
    state = walk.state("left_sensor", np.arange(walk.n_samples) / 100.0)
    world = Rotation.from_quat(state.orientation).apply(walk.data["left_sensor"][SF_MAG].to_numpy(copy=True))
    np.testing.assert_allclose(world, np.broadcast_to([20.0, 5.0, -40.0], world.shape), atol=1e-9)


def test_both_feet_have_errors_of_their_own():
    data = simulate([Rest(3)], seed=2).data
    assert not np.allclose(data["left_sensor"], data["right_sensor"])


def test_the_seed_makes_the_recording():
    first, second, other = (simulate(ACTIVITIES, seed=seed).data["right_sensor"] for seed in (7, 7, 8))
    pd.testing.assert_frame_equal(first, second)
    assert len(first) != len(other) or not np.allclose(first, other)


@settings(max_examples=15, deadline=None)
@given(n_samples=st.integers(1, 6000), seed=st.integers(0, 3))
def test_blocks_put_together_are_the_recording(n_samples, seed):
    model = replace(SensorModel(), lost_share=0.02, lost_as="hold")
    walk = simulate([Walk(n_steps=60)], 150.0, sensor=model, seed=seed)
    blocks = list(walk.blocks(max(n_samples, 50)))
    assert all(len(block["left_sensor"]) == max(n_samples, 50) for block in blocks[:-1])
    for sensor, whole in walk.data.items():
        pd.testing.assert_frame_equal(pd.concat([block[sensor] for block in blocks]), whole, check_exact=True)


@pytest.mark.parametrize(
    ("name", "value"),
    [("gyr_noise", -1), ("lost_share", 0.7), ("lost_as", "zero"), ("gyr_bias", (1, 2)), ("resolution_bits", 2)],
)
def test_impossible_errors_are_named(name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter of SensorModel"):
        SensorModel(**{name: value})


@pytest.mark.parametrize("offset_s", [-60.0, 60.0])
def test_a_clock_that_starts_when_all_is_over_is_named(offset_s):
    late = {"left_sensor": IDEAL, "right_sensor": replace(IDEAL, clock_offset_s=offset_s)}
    with pytest.raises(ValueError, match="'clock_offset_s' parameter of SensorModel must be shorter than"):
        simulate(ACTIVITIES, sensor=late)


@pytest.mark.parametrize(("name", "value"), [("sampling_rate_hz", 1e9), ("seed", -1), ("seed", 0.5), ("seed", True)])
def test_impossible_recordings_are_named(name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter of simulate"):
        simulate(ACTIVITIES, **{name: value})
