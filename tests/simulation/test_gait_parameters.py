"""The walk has the parameters that were asked for."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaitmap.simulation import GaitParameters, Rest, Shuffle, Stairs, Turn, Walk, simulate, simulate_walk

STEADY = {"stride_time_cv": 0, "stride_length_cv": 0, "clearance_cv": 0, "angle_sd_deg": 0}


def _inner(table):
    """Strides without start and end of the bout."""
    return table.iloc[2:-2]


def test_a_steady_walk_has_exactly_the_parameters_asked_for():
    gait = GaitParameters(
        stride_time_s=1.2, stride_length_m=1.1, stance_share=0.65, clearance_m=0.03, ic_angle_deg=15, tc_angle_deg=-50,
        **STEADY,
    )  # fmt: skip
    truth = simulate_walk(gait, duration_s=20).truth
    expected = {
        "stride_time": 1.2,
        "stride_length": 1.1,
        "stance_time": 0.65 * 1.2,
        "swing_time": 0.35 * 1.2,
        "gait_velocity": 1.1 / 1.2,
        "ic_angle": 15,
        "tc_angle": -50,
        "clearance": 0.03,
        "turning_angle": 0,
        "height_change": 0,
    }
    for table in truth.parameters.values():
        for name, value in expected.items():
            np.testing.assert_allclose(_inner(table)[name], value, atol=1e-12, err_msg=name)


def test_double_support_is_what_stance_leaves():
    gait = GaitParameters(stance_share=0.62, **STEADY)
    assert gait.double_support_share == pytest.approx(0.24)
    times = simulate_walk(gait, duration_s=20).truth.event_times
    left, right = _inner(times["left_sensor"]), _inner(times["right_sensor"])
    for ic in left["ic"]:
        next_tc = right["tc"][right["tc"] > ic].min()
        if np.isfinite(next_tc):
            assert next_tc - ic == pytest.approx(0.12 * gait.stride_time_s)


def test_asymmetry_is_left_minus_right_over_the_mean():
    gait = GaitParameters(
        step_time_asymmetry=0.1, step_length_asymmetry=0.2, stance_asymmetry=0.04, clearance_asymmetry=0.3,
        angle_asymmetry=-0.1, **STEADY,
    )  # fmt: skip
    truth = simulate_walk(gait, duration_s=20).truth
    left, right = (_inner(truth.parameters[f"{foot}_sensor"]).mean() for foot in ("left", "right"))
    for name, asymmetry in (("stance_time", 0.04), ("clearance", 0.3), ("ic_angle", -0.1), ("tc_angle", -0.1)):
        assert 2 * (left[name] - right[name]) / (left[name] + right[name]) == pytest.approx(asymmetry), name
    # Stride time and length of both feet are the same; time and length of the steps are not.
    assert left["stride_time"] == pytest.approx(right["stride_time"])
    assert left["stride_length"] == pytest.approx(right["stride_length"])
    ics = pd.concat(truth.event_times, names=["sensor"])["ic"].sort_values()
    steps = ics.diff().iloc[3:-3]
    by_foot = steps.groupby("sensor").mean()
    difference = by_foot["left_sensor"] - by_foot["right_sensor"]
    assert difference / steps.mean() == pytest.approx(0.1, abs=0.01)
    places = {sensor: truth.trajectory(sensor)["pos_x"].groupby("s_id").last() for sensor in truth.strides}
    left_place = places["left_sensor"].iloc[4]
    behind = places["right_sensor"][places["right_sensor"] < left_place].max()
    assert left_place - behind == pytest.approx(gait.of_foot("step_length", "left"), abs=1e-6)


def test_strides_vary_as_asked_for():
    gait = GaitParameters(stride_time_cv=0.03, stride_length_cv=0.05, clearance_cv=0.1, angle_sd_deg=2.0)
    truth = simulate_walk(gait, duration_s=1500, seed=5).truth
    table = _inner(pd.concat([_inner(table) for table in truth.parameters.values()]))
    cv = table.std() / table.mean().abs()
    assert cv["stride_time"] == pytest.approx(0.03, rel=0.1)
    assert cv["stride_length"] == pytest.approx(0.05, rel=0.1)
    assert cv["clearance"] == pytest.approx(0.1, rel=0.1)
    assert table["tc_angle"].std() == pytest.approx(2.0, rel=0.1)
    assert table["stride_time"].mean() == pytest.approx(gait.stride_time_s, rel=0.01)


@pytest.mark.parametrize("angle", [180.0, -90.0, 360.0])
def test_turns_add_up(angle):
    truth = simulate([Walk(n_steps=4), Turn(angle), Walk(n_steps=4)]).truth
    for table in truth.parameters.values():
        assert table["turning_angle"].sum() == pytest.approx(angle)
    kinds = pd.concat(truth.event_times.values())["kind"]
    assert set(kinds) == {"walk", "turn"}


@pytest.mark.parametrize("up", [True, False])
def test_stairs_add_up(up):
    truth = simulate([Walk(n_steps=3), Stairs(n_steps=10, up=up, rise_m=0.16), Walk(n_steps=3)]).truth
    for table in truth.parameters.values():
        assert table["height_change"].sum() == pytest.approx(1.6 if up else -1.6)


def test_walk_back_ends_where_it_began():
    gait = GaitParameters(**STEADY)
    truth = simulate([Walk(n_steps=10, gait=gait), Turn(180, radius_m=0), Walk(n_steps=10, gait=gait)]).truth
    for foot, side in (("left", 1), ("right", -1)):
        end = truth.trajectory(f"{foot}_sensor")[["pos_x", "pos_y"]].iloc[-1].to_numpy()
        # Heading is reversed, so each foot is where the other one was.
        np.testing.assert_allclose(end, [0, -side * gait.step_width_m / 2], atol=1e-9)


@pytest.mark.parametrize("activity", [Walk(distance_m=20), Walk(duration_s=16), Walk(n_steps=30)])
def test_a_walk_is_about_as_long_as_asked_for(activity):
    truth = simulate([activity]).truth
    steps = sum(len(table) for table in truth.event_times.values())
    assert steps == activity.count_steps() + 1
    assert 14 < truth.activities["end_s"].iloc[0] < 20


def test_no_foot_moves_while_the_other_is_in_the_air_for_lack_of_a_stance():
    truth = simulate(
        [Walk(n_steps=20), Shuffle(n_steps=10), Turn(180), Stairs(n_steps=10), Rest(1), Walk(n_steps=3)]
    ).truth
    for times in truth.event_times.values():
        order = times[["start", "tc", "ic", "end"]].to_numpy()
        assert (np.diff(order, axis=1) > 0).all()
        assert (order[1:, 0] >= order[:-1, 3] - 1e-12).all()
    times = pd.concat(truth.event_times.values())
    walking = times[times["bout"] == 0].sort_values("ic")
    # The next foot leaves the floor only after this one has landed.
    assert (walking["tc"].to_numpy()[1:] > walking["ic"].to_numpy()[:-1]).all()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("stride_time_s", 0),
        ("stance_share", 0.3),
        ("tc_angle_deg", 10),
        ("step_time_asymmetry", 1.5),
        ("clearance_m", -1),
    ],
)
def test_impossible_gait_is_named(name, value):
    with pytest.raises(ValueError, match=f"'{name}' parameter of GaitParameters"):
        GaitParameters(**{name: value})


def test_the_length_of_a_walk_is_given_in_one_way():
    with pytest.raises(ValueError, match="exactly one"):
        Walk()
    with pytest.raises(ValueError, match="exactly one"):
        Walk(duration_s=3, n_steps=3)


@settings(max_examples=40, deadline=None)
@given(
    stride_time=st.floats(0.5, 3.0),
    stride_length=st.floats(0.05, 2.2),
    stance_share=st.floats(0.5, 0.8),
    ic_angle=st.floats(-30, 35),
    tc_angle=st.floats(-80, 0),
    asymmetry=st.floats(-0.1, 0.1),
    cv=st.floats(0, 0.1),
    seed=st.integers(0, 1000),
)
def test_any_way_of_walking_has_ordered_events_and_the_angles_asked_for(
    stride_time, stride_length, stance_share, ic_angle, tc_angle, asymmetry, cv, seed
):
    gait = GaitParameters(
        stride_time_s=stride_time, stride_length_m=stride_length, stance_share=stance_share, ic_angle_deg=ic_angle,
        tc_angle_deg=tc_angle, step_time_asymmetry=asymmetry, stance_asymmetry=asymmetry, stride_time_cv=cv,
        stride_length_cv=cv,
    )  # fmt: skip
    walk = simulate([Walk(n_steps=10, gait=gait)], 50.0, seed=seed)
    for sensor, times in walk.truth.event_times.items():
        order = times[["start", "tc", "ic", "end"]].to_numpy()
        assert (np.diff(order, axis=1) > 0).all()
        assert (order[1:, 0] >= order[:-1, 3] - 1e-12).all()
        parameters = walk.truth.parameters[sensor]
        for event in ("ic", "tc"):
            state = walk.state(sensor, times[event].to_numpy())
            np.testing.assert_allclose(state.sole_angle_deg, parameters[f"{event}_angle"], atol=1e-7)
        for moment in ("start", "end"):
            state = walk.state(sensor, times[moment].to_numpy())
            np.testing.assert_allclose(state.position[:, 2], 0, atol=1e-12)
            np.testing.assert_allclose(state.velocity, 0, atol=1e-10)
        assert np.isfinite(walk.data[sensor].to_numpy()).all()
