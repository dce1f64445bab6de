"""The motion is what was asked for, and rates are its derivatives."""

import numpy as np
import pytest
from scipy.integrate import cumulative_trapezoid
from scipy.spatial.transform import Rotation

from gaitmap.simulation import (
    Fidget,
    FootGeometry,
    GaitParameters,
    Rest,
    SensorModel,
    Shuffle,
    Stairs,
    Turn,
    Walk,
    simulate,
    simulate_walk,
)
from gaitmap.utils.consts import GF_ORI, GF_POS, GF_VEL, GRAV, SF_ACC, SF_GYR

ACTIVITIES = {
    "walk": [Rest(1), Walk(n_steps=16), Rest(1)],
    "fast": [Walk(n_steps=16, gait=GaitParameters(stride_time_s=0.8, stride_length_m=1.8, stance_share=0.55))],
    "turn": [Walk(n_steps=4), Turn(-180), Walk(n_steps=4), Turn(90, radius_m=1.0), Walk(n_steps=4)],
    "stairs": [Stairs(n_steps=8), Walk(n_steps=4), Stairs(n_steps=8, up=False)],
    "shuffle": [Shuffle(n_steps=16)],
    "fidget": [Fidget(20)],
}


@pytest.fixture(params=ACTIVITIES, scope="module")
def recording(request):
    return simulate(ACTIVITIES[request.param], sensor=SensorModel.ideal(), seed=3)


@pytest.mark.parametrize("sensor", ["left_sensor", "right_sensor"])
def test_velocity_acceleration_and_angular_rate_are_the_derivatives_of_the_path(recording, sensor):
    step = 1e-4
    time = np.arange(0, recording.duration_s, step)
    state = recording.state(sensor, time)
    middle = (time[1:] + time[:-1]) / 2
    exact = recording.state(sensor, middle)
    # Central differences: the error is of the order step^2.
    np.testing.assert_allclose(np.diff(state.position, axis=0) / step, exact.velocity, atol=2e-5)
    np.testing.assert_allclose(np.diff(state.velocity, axis=0) / step, exact.acceleration, atol=2e-3)
    orientation = Rotation.from_quat(state.orientation)
    rate = (orientation[:-1].inv() * orientation[1:]).as_rotvec() / step
    np.testing.assert_allclose(rate, exact.angular_rate, atol=2e-5)
    # Acceleration has no jumps.
    assert np.abs(np.diff(state.acceleration, axis=0)).max() < 1.0


@pytest.mark.parametrize("sensor", ["left_sensor", "right_sensor"])
def test_specific_force_is_acceleration_and_gravity_in_the_frame_of_the_sensor(recording, sensor):
    state = recording.state(sensor, np.linspace(0, recording.duration_s, 500))
    expected = Rotation.from_quat(state.orientation).inv().apply(state.acceleration + np.array([0, 0, GRAV]))
    np.testing.assert_allclose(state.specific_force, expected, atol=1e-10)


def _integrate(angular_rate: np.ndarray, initial: Rotation, rate: float) -> Rotation:
    """Orientation at each sample from the mean rate between neighbours."""
    steps = Rotation.from_rotvec(np.deg2rad(angular_rate[1:] + angular_rate[:-1]) / (2 * rate))
    orientations = [initial]
    for step in steps:
        orientations.append(orientations[-1] * step)
    return Rotation.concatenate(orientations)


@pytest.mark.parametrize("rate", [204.8, 400.0])
@pytest.mark.parametrize("sensor", ["left_sensor", "right_sensor"])
def test_integration_of_samples_without_noise_returns_the_path_of_each_stride(sensor, rate):
    walk = simulate_walk(duration_s=12, sampling_rate_hz=rate, sensor=SensorModel.ideal(), seed=1)
    data = walk.data[sensor]
    path = walk.truth.trajectory(sensor)
    for s_id, stride in walk.truth.strides[sensor].iterrows():
        truth = path.loc[s_id]
        part = data.iloc[stride["start"] : stride["end"] + 1]
        exact = Rotation.from_quat(truth[GF_ORI].to_numpy())
        found = _integrate(part[SF_GYR].to_numpy(), exact[0], rate)
        assert np.rad2deg((found[-1].inv() * exact[-1]).magnitude()) < 0.01
        acceleration = exact.apply(part[SF_ACC].to_numpy(copy=True)) - [0, 0, GRAV]
        velocity = cumulative_trapezoid(acceleration, dx=1 / rate, axis=0, initial=0) + truth[GF_VEL].to_numpy()[0]
        position = cumulative_trapezoid(velocity, dx=1 / rate, axis=0, initial=0) + truth[GF_POS].to_numpy()[0]
        assert np.linalg.norm(position - truth[GF_POS].to_numpy(), axis=1).max() < 1e-3


def test_integration_with_the_found_orientation_returns_the_path_of_each_stride():
    rate = 1000.0
    walk = simulate_walk(duration_s=6, sampling_rate_hz=rate, sensor=SensorModel.ideal(), seed=1)
    path = walk.truth.trajectory("left_sensor")
    for s_id, stride in walk.truth.strides["left_sensor"].iterrows():
        truth = path.loc[s_id]
        part = walk.data["left_sensor"].iloc[stride["start"] : stride["end"] + 1]
        exact = Rotation.from_quat(truth[GF_ORI].to_numpy())
        found = _integrate(part[SF_GYR].to_numpy(), exact[0], rate)
        assert np.rad2deg((found.inv() * exact).magnitude()).max() < 0.01
        velocity = cumulative_trapezoid(
            found.apply(part[SF_ACC].to_numpy(copy=True)) - [0, 0, GRAV], dx=1 / rate, axis=0, initial=0
        )
        position = cumulative_trapezoid(velocity, dx=1 / rate, axis=0, initial=0)
        assert np.linalg.norm(position - (truth[GF_POS] - truth[GF_POS].iloc[0]), axis=1).max() < 1e-3


def test_the_foot_does_what_was_asked_for_at_each_event(recording):
    for sensor, times in recording.truth.event_times.items():
        parameters = recording.truth.parameters[sensor]
        at_ic = recording.state(sensor, times["ic"].to_numpy())
        at_tc = recording.state(sensor, times["tc"].to_numpy())
        np.testing.assert_allclose(at_ic.sole_angle_deg, parameters["ic_angle"], atol=1e-9)
        np.testing.assert_allclose(at_tc.sole_angle_deg, parameters["tc_angle"], atol=1e-9)
        # The sole turns around at terminal contact, and the foot is at rest at min_vel.
        at_rest = recording.state(sensor, times["min_vel"].to_numpy())
        assert np.abs(at_rest.velocity).max(initial=0) < 1e-12
        assert np.abs(at_rest.angular_rate).max(initial=0) < 1e-12
        around = recording.state(sensor, (times["tc"].to_numpy()[:, None] + np.array([-1e-4, 0, 1e-4])).ravel())
        angle = around.sole_angle_deg.reshape(-1, 3)
        assert (angle[:, 1] <= angle[:, [0, 2]].min(axis=1)).all()


def test_the_toe_has_its_clearance_in_the_middle_of_swing():
    geometry = FootGeometry(toe_m=0.2, heel_m=0.05, height_m=0.07)
    gait = GaitParameters(clearance_m=0.03, clearance_cv=0, inversion_deg=0)
    activities = [Walk(n_steps=8, gait=gait)]
    walk = simulate(activities, sensor=SensorModel.ideal(), geometry=geometry, seed=2)
    for sensor, times in walk.truth.event_times.items():
        state = walk.state(sensor, (times["tc"] + times["ic"]).to_numpy() / 2)
        toe = state.position + Rotation.from_quat(state.orientation).apply([0.2, 0, -0.07])
        np.testing.assert_allclose(toe[:, 2] + 0.07, 0.03, atol=1e-12)


def test_the_toe_stays_where_it_is_while_the_foot_rolls_off_and_the_heel_while_it_rolls_on():
    gait = GaitParameters(impact_m_s2=0, internal_rotation_deg=0)
    walk = simulate([Walk(n_steps=8, gait=gait)], sensor=SensorModel.ideal(), seed=2)
    geometry = FootGeometry()
    for start, tc, ic, end in walk.truth.event_times["left_sensor"][["start", "tc", "ic", "end"]].to_numpy():
        for begin, finish, point in ((start, tc - 0.18, geometry.toe_m), (ic, end, -geometry.heel_m)):
            state = walk.state("left_sensor", np.linspace(begin, finish, 20))
            place = state.position + Rotation.from_quat(state.orientation).apply([point, 0, -geometry.height_m])
            np.testing.assert_allclose(place, np.broadcast_to(place[0], place.shape), atol=1e-9)
