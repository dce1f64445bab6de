"""The tables of truth fit together, and are stride lists in the formats of the package."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from gaitmap.simulation import Fidget, Rest, SensorModel, Stairs, Turn, Walk, simulate
from gaitmap.utils.consts import GF_ORI, GF_POS, GF_VEL
from gaitmap.utils.datatype_helper import is_orientation_list, is_position_list, is_stride_list


@pytest.fixture(scope="module")
def recording():
    activities = [Rest(2), Walk(n_steps=12), Turn(90), Walk(n_steps=8), Fidget(10), Walk(n_steps=6), Stairs(6), Rest(1)]
    return simulate(activities, sensor=SensorModel.ideal(), seed=6)


def test_strides_are_stride_lists(recording):
    truth = recording.truth
    for sensor in recording.data:
        assert is_stride_list(truth.strides[sensor], stride_type="min_vel")
        assert is_stride_list(truth.segmented_strides[sensor], stride_type="segmented")
        order = truth.strides[sensor][["pre_ic", "min_vel", "tc", "ic", "end"]].to_numpy()
        assert (np.diff(order, axis=1) > 0).all()
        order = truth.segmented_strides[sensor][["start", "tc", "ic", "min_vel", "end"]].to_numpy()
        assert (np.diff(order, axis=1) > 0).all()


def test_each_bout_lacks_its_first_min_vel_stride_and_its_last_segmented_stride(recording):
    truth = recording.truth
    for sensor, times in truth.event_times.items():
        by_bout = times.groupby("bout")
        first = by_bout.head(1).index
        last = by_bout.tail(1).index
        assert truth.strides[sensor].index.equals(times.index.difference(first))
        assert truth.segmented_strides[sensor].index.equals(times.index.difference(last))


def test_segmented_strides_begin_at_the_minimum_of_gyr_ml(recording):
    gyr_y = recording.data["left_sensor"]["gyr_y"].to_numpy()
    for start, tc in recording.truth.segmented_strides["left_sensor"][["start", "tc"]].to_numpy():
        assert abs(start - (tc - 60 + np.argmax(gyr_y[tc - 60 : tc]))) <= 1


def test_activities_fill_the_recording(recording):
    activities = recording.truth.activities
    assert activities["kind"].tolist() == ["rest", "walk", "turn", "walk", "fidget", "walk", "stairs_up", "rest"]
    np.testing.assert_allclose(activities["start_s"][1:], activities["end_s"][:-1])
    assert activities["start_s"].iloc[0] == 0
    assert activities["end_s"].iloc[-1] == pytest.approx(recording.duration_s, abs=1 / recording.sampling_rate_hz)
    assert activities["bout"].tolist() == [-1, 0, 0, 0, -1, 1, 1, -1]
    for times in recording.truth.event_times.values():
        bouts = activities[activities["bout"] >= 0].groupby("bout").agg({"start_s": "min", "end_s": "max"})
        limits = bouts.loc[times["bout"]]
        assert (times["start"].to_numpy() >= limits["start_s"].to_numpy()).all()
        assert (times["end"].to_numpy() <= limits["end_s"].to_numpy()).all()


def test_trajectories_are_the_state_at_the_samples(recording):
    path = recording.truth.trajectory("right_sensor")
    assert is_position_list(path[GF_POS], position_list_type="stride")
    assert is_orientation_list(path[GF_ORI], orientation_list_type="stride")
    strides = recording.truth.strides["right_sensor"]
    for s_id in strides.index[:3]:
        start, end = strides.loc[s_id, ["start", "end"]]
        state = recording.state("right_sensor", np.arange(start, end + 1) / recording.sampling_rate_hz)
        np.testing.assert_allclose(path.loc[s_id, GF_POS], state.position, atol=1e-12)
        np.testing.assert_allclose(path.loc[s_id, GF_VEL], state.velocity, atol=1e-12)
        np.testing.assert_allclose(path.loc[s_id, GF_ORI], state.orientation, atol=1e-12)


def test_stride_frame_has_origin_and_heading_of_the_first_sample(recording):
    path = recording.truth.trajectory("left_sensor", frame="stride")
    first = path.groupby("s_id").head(1)
    np.testing.assert_allclose(first[GF_POS], 0, atol=1e-12)
    forward = Rotation.from_quat(first[GF_ORI].to_numpy(copy=True)).apply([1.0, 0, 0])
    np.testing.assert_allclose(forward[:, 1], 0, atol=1e-12)
    last = path.groupby("s_id").tail(1).droplevel("sample")
    length = np.hypot(last["pos_x"], last["pos_y"])
    # At the nearest sample instead of the exact moment of rest.
    np.testing.assert_allclose(length, recording.truth.parameters["left_sensor"]["stride_length"], atol=1e-4)


def test_shape_parameters_are_those_of_a_fine_path(recording):
    parameters = recording.truth.parameters["left_sensor"]
    times = recording.truth.event_times["left_sensor"]
    for s_id in (1, 4, 8):
        start, end = times.loc[s_id, ["start", "end"]].astype(float)
        state = recording.state("left_sensor", np.linspace(start, end, 20001))
        way = state.position - state.position[0]
        assert parameters.loc[s_id, "arc_length"] == pytest.approx(
            np.linalg.norm(np.diff(way, axis=0), axis=1).sum(), abs=1e-4
        )
        assert parameters.loc[s_id, "max_sensor_lift"] == pytest.approx(way[:, 2].max(), abs=1e-4)
        angle = state.sole_angle_deg
        assert parameters.loc[s_id, "max_orientation_change"] == pytest.approx(angle.max() - angle.min(), abs=0.01)
        line = way[-1, :2] / np.linalg.norm(way[-1, :2])
        excursion = np.abs(line[0] * way[:, 1] - line[1] * way[:, 0]).max()
        assert parameters.loc[s_id, "max_lateral_excursion"] == pytest.approx(excursion, abs=1e-4)


def test_a_recording_without_gait_has_empty_tables():
    walk = simulate([Rest(3)])
    for sensor in walk.data:
        for table in (walk.truth.strides, walk.truth.segmented_strides, walk.truth.parameters):
            assert len(table[sensor]) == 0
        assert len(walk.truth.trajectory(sensor)) == 0
        assert list(walk.truth.trajectory(sensor).columns) == [*GF_POS, *GF_VEL, *GF_ORI]
        assert walk.truth.strides[sensor]["start"].dtype == np.int64
    assert isinstance(walk.truth.activities, pd.DataFrame)
