import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gaitmap.example_data import get_healthy_example_orientation, get_healthy_example_position
from gaitmap.parameters import FootParameterCalculation, SpatialParameterCalculation
from gaitmap.utils.consts import GF_ORI, GF_POS
from gaitmap.utils.exceptions import ValidationError

RATE = 100
N = 100  # samples of a stride
TC, IC = 20, 80
T = np.linspace(0, 1, N + 1)
SWING = np.clip((np.arange(N + 1) - TC) / (IC - TC), 0, 1)


def _strides(n=1, **columns):
    start = 1000 + N * np.arange(n)
    events = {"start": start, "end": start + N, "min_vel": start, "pre_ic": start - 20, "tc": start + TC}
    return pd.DataFrame(events | {"ic": start + IC} | columns).rename_axis("s_id")


def _path(x=1.4 * T, y=0 * T, z=0 * T, rotation=None):
    rotation = Rotation.identity(N + 1) if rotation is None else rotation
    index = pd.MultiIndex.from_product([[0], range(N + 1)], names=["s_id", "sample"])
    values = np.column_stack([x, y, z, rotation.as_quat()])
    return pd.DataFrame(values, index=index, columns=[*GF_POS, *GF_ORI])


def _calculate(path, strides=None, sensor="left_sensor", rate=RATE, **kwargs):
    strides = _strides() if strides is None else strides
    paths = {sensor: path}
    return FootParameterCalculation(**kwargs).calculate({sensor: strides}, paths, paths, rate).parameters_[sensor]


def _pitch(angle):
    """Toes up by this angle (deg)."""
    return Rotation.from_euler("y", -np.asarray(angle)[:, None], degrees=True)


@pytest.mark.parametrize("mounting", [0.0, 12.0])
def test_foot_angles_do_not_depend_on_the_mounting(mounting):
    angle = np.interp(np.arange(N + 1), [0, TC, IC, N], [0, -60, 25, 0])
    found = _calculate(_path(rotation=_pitch(angle + mounting)))
    assert found.loc[0, "toe_off_angle"] == pytest.approx(-60)
    assert found.loc[0, "foot_strike_angle"] == pytest.approx(25)


def test_a_sensor_that_tilts_slowly_is_corrected_by_the_straight_line():
    angle = np.interp(np.arange(N + 1), [0, TC, IC, N], [0, -60, 25, 0]) + 10 * T
    found = _calculate(_path(rotation=_pitch(angle)), foot_flat="linear")
    np.testing.assert_allclose(found[["toe_off_angle", "foot_strike_angle"]].iloc[0], [-60, 25], atol=1e-9)


@pytest.mark.parametrize(("sensor", "expected"), [("left_sensor", 8), ("right_sensor", -8)])
def test_a_foot_that_points_to_the_left_turns_out_on_the_left_side(sensor, expected):
    turned = Rotation.from_euler("z", np.full((N + 1, 1), 30 + 8), degrees=True)
    direction = np.deg2rad(30)
    path = _path(x=np.cos(direction) * T, y=np.sin(direction) * T, rotation=turned)
    assert _calculate(path, sensor=sensor).loc[0, "foot_progression_angle"] == pytest.approx(expected)


@pytest.mark.parametrize(("sensor", "outward", "inward"), [("left_sensor", 0.05, 0), ("right_sensor", 0, 0.05)])
def test_a_swing_to_the_left_is_circumduction_of_the_left_foot(sensor, outward, inward):
    found = _calculate(_path(y=0.05 * np.sin(np.pi * SWING)), sensor=sensor)
    assert found.loc[0, "circumduction"] == pytest.approx(outward)
    assert found.loc[0, "medial_excursion"] == pytest.approx(inward)


def test_turning_strides_have_no_circumduction_and_their_speed_is_that_along_the_arc():
    turn = np.deg2rad(60) * T
    path = _path(
        x=np.sin(turn), y=1 - np.cos(turn), rotation=Rotation.from_euler("z", turn[:, None])
    )  # arc of radius 1 m
    found = _calculate(path).loc[0]
    assert np.isnan(found["circumduction"])
    assert found["path_corrected_speed"] == pytest.approx(np.deg2rad(60))
    assert _calculate(path, max_turning_angle_deg=61).loc[0, "circumduction"] == 0


def test_speed_of_a_straight_stride_is_length_by_duration():
    assert _calculate(_path(), rate=50).loc[0, "path_corrected_speed"] == pytest.approx(0.7)


def test_clearance_of_the_sensor_is_measured_above_a_slope():
    lift = 0.1 * np.sin(np.pi * SWING)
    slope = 0.14 * T
    found = _calculate(_path(z=lift + slope + 3)).loc[0]
    assert found["min_sensor_clearance"] == pytest.approx(0.1 * np.sin(0.2 * np.pi))
    assert found["height_change"] == pytest.approx(0.14)


def test_toe_clearance_needs_the_place_of_the_toe():
    toe_height = np.interp(SWING, [0, 0.2, 0.5, 1], [0, 0.06, 0.015, 0.09])
    angle = np.interp(np.arange(N + 1), [0, TC, IC, N], [0, -60, 25, 0])
    forward, up = 0.12, -0.06
    pitch = np.deg2rad(angle)
    sensor_height = toe_height - (forward * np.sin(pitch) + up * np.cos(pitch)) + up
    path = _path(z=sensor_height - sensor_height[0], rotation=_pitch(angle))
    assert "min_toe_clearance" not in _calculate(path)
    floor = (toe_height[-1] - toe_height[0]) * T
    found = _calculate(path, landmarks={"toe": (forward, 0, up), "heel": (0, 0, 0)}).loc[0]
    above = (toe_height - floor)[TC : IC + 1]
    lowest = 30  # middle of swing
    assert found["min_toe_clearance"] == pytest.approx(above[lowest])
    assert found["max_toe_clearance_1"] == pytest.approx(above[:lowest].max())
    assert found["max_toe_clearance_2"] == pytest.approx(above[lowest:].max())
    assert found["max_heel_clearance"] > found["min_sensor_clearance"]


def test_a_toe_that_only_rises_and_falls_has_no_minimum():
    found = _calculate(_path(z=0.1 * np.sin(np.pi * SWING)), landmarks={"toe": (0.1, 0, 0)}).loc[0]
    assert found[["min_toe_clearance", "max_toe_clearance_1", "max_toe_clearance_2"]].isna().all()


def test_the_smoothest_movement_has_the_known_jerk():
    n = 2000
    t = np.linspace(0, 1, n + 1)
    index = pd.MultiIndex.from_product([[0], range(n + 1)], names=["s_id", "sample"])
    path = pd.DataFrame(0.0, index=index, columns=[*GF_POS, *GF_ORI]).assign(q_w=1.0)
    path["pos_x"] = 10 * t**3 - 15 * t**4 + 6 * t**5
    strides = pd.DataFrame({"start": [0], "end": [n], "min_vel": [0], "pre_ic": [-1], "tc": [0], "ic": [n]})
    found = _calculate(path, strides.rename_axis("s_id"))
    assert found.loc[0, "swing_smoothness"] == pytest.approx(-np.log(204.8), abs=1e-2)


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 100))
def test_mirrored_feet_have_equal_values(seed):
    rng = np.random.default_rng(seed)
    y, z = 0.01 * rng.normal(size=(2, N + 1)).cumsum(axis=1)
    angles = np.column_stack([rng.uniform(-5, 5, N + 1), rng.uniform(-60, 30, N + 1)])
    left = _path(y=y, z=z, rotation=Rotation.from_euler("zy", angles, degrees=True))
    right = _path(y=-y, z=z, rotation=Rotation.from_euler("zy", angles * [-1, 1], degrees=True))
    pd.testing.assert_frame_equal(_calculate(left), _calculate(right, sensor="right_sensor"))


def test_what_is_missing_is_nan():
    strides = _strides(3, tc=[np.nan, 1120.0, 1220.0]).astype(float)
    path = _path().drop((0, 80))
    found = _calculate(path, strides)
    assert found.index.tolist() == [0, 1, 2]
    assert found.loc[0, ["toe_off_angle", "circumduction", "foot_strike_angle", "swing_smoothness"]].isna().all()
    assert found.loc[0, "path_corrected_speed"] == pytest.approx(1.4)
    assert found.loc[1:].isna().all(axis=None)


def test_strides_between_contacts_take_the_flat_foot_from_mid_stance():
    angle = np.interp(np.arange(N + 1), [0, 10, 30, 60, N], [25, 3, 3, -57, 25])
    start = np.array([1000])
    events = {"start": start, "end": start + N, "ic": start, "min_vel": start + 20, "tc": start + 60}
    found = _calculate(
        _path(rotation=_pitch(angle)), pd.DataFrame(events).rename_axis("s_id"), expected_stride_type="ic"
    )
    assert found.loc[0, "foot_strike_angle"] == pytest.approx(22)
    assert found.loc[0, "toe_off_angle"] == pytest.approx(-60)


def test_wrong_input_is_named():
    with pytest.raises(ValueError, match="landmarks"):
        _calculate(_path(), landmarks={"ankle": (0, 0, 0)})
    with pytest.raises(ValidationError, match="hip"):
        _calculate(_path(), sensor="hip")
    both = {"left_sensor": _strides(), "right_sensor": _strides()}
    with pytest.raises(ValidationError, match="right_sensor"):
        FootParameterCalculation().calculate(both, {"left_sensor": _path()}, {"left_sensor": _path()}, RATE)
    with pytest.raises(ValidationError, match="dict"):
        FootParameterCalculation().calculate({"left_sensor": _strides()}, _path(), _path(), RATE)


@pytest.mark.reference
@pytest.mark.recordings
def test_the_public_walk_is_plausible_and_agrees_with_the_spatial_parameters(reference_dir):
    feet = ["left_sensor", "right_sensor"]
    strides = {
        foot: pd.read_csv(reference_dir / "parameters" / f"stride_events_100hz_{foot}.csv", index_col="s_id")
        for foot in feet
    }
    paths = get_healthy_example_position(), get_healthy_example_orientation()
    found = FootParameterCalculation().calculate(strides, *paths, 100).parameters_
    spatial = SpatialParameterCalculation().calculate(strides, *paths, 100).parameters_
    for foot in feet:
        straight = spatial[foot]["turning_angle"].abs() < 10
        outer = found[foot][["circumduction", "medial_excursion"]].max(axis=1)
        assert (outer[straight] <= spatial[foot].loc[straight, "max_lateral_excursion"] + 1e-9).all()
        assert found[foot]["path_corrected_speed"].median() == pytest.approx(1.28, abs=0.08)
        # On the way back the axis of these marker-based orientations points to the heel: both angles change their sign.
        assert 15 < found[foot]["foot_strike_angle"].abs().median() < 40
        assert 50 < found[foot]["toe_off_angle"].abs().median() < 80
        flat = found[foot]["foot_strike_angle"] - spatial[foot]["ic_angle"]
        np.testing.assert_allclose(flat, found[foot]["toe_off_angle"] - spatial[foot]["tc_angle"], atol=1e-9)
