import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.spatial.transform import Rotation

from gaitmap.example_data import get_healthy_example_orientation, get_healthy_example_position
from gaitmap.parameters import SpatialParameterCalculation
from gaitmap.utils.exceptions import ValidationError
from tests.twins import parameters as twin

POSITION_COLUMNS = ["arc_length", "gait_velocity", "max_lateral_excursion", "max_sensor_lift", "stride_length"]
ORIENTATION_COLUMNS = ["ic_angle", "max_orientation_change", "tc_angle", "turning_angle"]
ALL_COLUMNS = sorted(POSITION_COLUMNS + ORIENTATION_COLUMNS)


def _strides(n_strides=3, length=2):
    start = np.arange(n_strides) * length
    events = {"start": start, "end": start + length, "ic": start + length, "tc": start + 1, "min_vel": start}
    return pd.DataFrame({"s_id": np.arange(n_strides), **events, "pre_ic": start - 1})


def _trajectory(values, columns, ids=None):
    """One block of rows per stride, as columns."""
    ids = range(len(values)) if ids is None else ids
    parts = [
        pd.DataFrame(v, columns=columns).assign(s_id=s_id, sample=np.arange(len(v)))
        for s_id, v in zip(ids, values, strict=True)
    ]
    return pd.concat(parts, ignore_index=True)


def _positions(values, ids=None):
    return _trajectory(np.asarray(values, dtype=float), ["pos_x", "pos_y", "pos_z"], ids)


def _orientations(rotations, ids=None):
    """One rotation stack per stride."""
    return _trajectory([r.as_quat() for r in rotations], ["q_x", "q_y", "q_z", "q_w"], ids)


def _turned_about(axis, angles):
    return Rotation.from_euler(axis, np.reshape(angles, (-1, 1)), degrees=True)


@pytest.fixture
def walk():
    """Random paths of three strides of three samples: stride list, positions, orientations."""
    rng = np.random.default_rng(0)
    orientations = [Rotation.random(3, random_state=seed) for seed in range(3)]
    return _strides(), _positions(rng.normal(size=(3, 3, 3))), _orientations(orientations)


def _calculate(strides, positions, orientations, rate=100, **kwargs):
    return SpatialParameterCalculation(**kwargs).calculate(strides, positions, orientations, rate).parameters_


def test_lengths_and_lift_of_known_paths():
    positions = _positions(
        [
            [[1, 0, 0], [2, 0, 0], [3, 0, 0]],
            [[1, 0, 0], [2, 1, 0], [3, 2, 0]],
            [[1, 0, 1], [1, 0, 2], [1, 0, 3]],
        ]
    )
    parameters = _calculate(_strides(), positions, None)
    np.testing.assert_allclose(parameters["stride_length"], [2, np.sqrt(8), 0])
    np.testing.assert_allclose(parameters["arc_length"], [2, 2 * np.sqrt(2), 2])
    np.testing.assert_allclose(parameters["max_sensor_lift"], [0, 0, 2])
    np.testing.assert_allclose(parameters["max_lateral_excursion"], [0, 0, np.nan])
    np.testing.assert_allclose(parameters["gait_velocity"], parameters["stride_length"] / (3 / 100))


@pytest.mark.parametrize("side", [1, -1])
def test_lateral_excursion_is_the_distance_from_the_straight_line_to_either_side(side):
    positions = _positions([[[0, 0, 0], [0, side * np.sqrt(2), 5], [3, 3, 0]]])
    np.testing.assert_allclose(_calculate(_strides(1), positions, None)["max_lateral_excursion"], 1)


def test_velocity_of_ic_strides_uses_start_and_end():
    strides = _strides(1).drop(columns=["pre_ic", "min_vel", "tc"]).assign(ic=0)
    positions = _positions([[[0, 0, 0], [1, 0, 0], [3, 0, 0]]])
    parameters = _calculate(strides, positions, None, rate=4, expected_stride_type="ic")
    np.testing.assert_allclose(parameters["gait_velocity"], 3 / (2 / 4))


@pytest.mark.parametrize(
    ("axis", "angle", "expected"), [("y", 90, -90), ("y", -90, 90), ("x", 90, 0), ("z", 70, 0), ("y", -25, 25)]
)
def test_sole_angle_is_the_elevation_of_the_sensors_x_axis(axis, angle, expected):
    orientations = _orientations([_turned_about(axis, [angle] * 3)])
    calculation = SpatialParameterCalculation().calculate(_strides(1), None, orientations, 100)
    np.testing.assert_allclose(calculation.sole_angle_course_, expected, atol=1e-12)


@pytest.mark.parametrize("heading", [0, 123])
@pytest.mark.parametrize("turn", [0, 30, -90, 179, -179])
def test_turning_angle_is_positive_to_the_left(turn, heading):
    orientations = _orientations([_turned_about("z", [heading, 50, heading + turn])])
    np.testing.assert_allclose(_calculate(_strides(1), None, orientations)["turning_angle"], turn, atol=1e-9)


def test_half_a_turn_is_plus_180():
    orientations = _trajectory(
        [[[0.0, 0, 0, 1], [0, 0, 1, 0]], [[0.0, 0, 0, 1], [0, 0, -1, 0]]], ["q_x", "q_y", "q_z", "q_w"]
    )
    assert _calculate(_strides(2), None, orientations)["turning_angle"].tolist() == [180, 180]


@pytest.mark.parametrize(("last", "expected"), [([0, 0, np.sqrt(2), -np.sqrt(2)], -90), ([0, 0, 2, 2], 90)])
def test_quaternions_need_neither_norm_nor_sign(last, expected):
    orientations = _orientations([Rotation.identity(3)])
    orientations.loc[2, ["q_x", "q_y", "q_z", "q_w"]] = last
    np.testing.assert_allclose(_calculate(_strides(1), None, orientations)["turning_angle"], expected)


def test_event_angles_are_read_at_their_sample_number():
    angles = [10, 20, 30]
    orientations = _orientations([_turned_about("y", np.negative(angles))])
    reordered = orientations.iloc[[1, 2, 0]]
    for trajectory in (orientations, reordered):
        parameters = _calculate(_strides(1), None, trajectory)
        np.testing.assert_allclose(parameters[["tc_angle", "ic_angle"]], [[20, 30]])
        np.testing.assert_allclose(parameters["max_orientation_change"], 20)


def test_events_between_samples_take_the_nearest_one():
    orientations = _orientations([_turned_about("y", [-10, -20, -30])])
    strides = _strides(1).astype(float).assign(tc=0.6, ic=1.4)
    np.testing.assert_allclose(_calculate(strides, None, orientations)[["tc_angle", "ic_angle"]], 20)


@pytest.mark.parametrize(("event", "column"), [("tc", "tc_angle"), ("ic", "ic_angle")])
@pytest.mark.parametrize("value", [np.nan, 50, -50])
def test_a_missing_or_outlying_event_makes_only_its_own_values_nan(walk, event, column, value):
    strides, positions, orientations = walk
    strides[event] = strides[event].astype(float)
    expected = _calculate(strides, positions, orientations)
    strides.loc[1, event] = value
    found = _calculate(strides, positions, orientations)
    affected = [column, "gait_velocity"] if event == "ic" else [column]
    assert np.isnan(found.loc[1, column])
    pd.testing.assert_frame_equal(found.drop(columns=affected), expected.drop(columns=affected))
    pd.testing.assert_frame_equal(found.drop(1), expected.drop(1))


def test_nullable_integers_are_accepted(walk):
    strides, positions, orientations = walk
    strides = strides.astype("Int64")
    strides.loc[1, "tc"] = pd.NA
    parameters = _calculate(strides, positions, orientations)
    assert (parameters.dtypes == "float64").all()
    assert parameters.isna().sum().sum() == 1


def test_a_stride_without_trajectory_is_nan(walk):
    strides, positions, orientations = walk
    expected = _calculate(strides, positions, orientations)
    found = _calculate(strides, positions[positions["s_id"] != 1], orientations[orientations["s_id"] != 1])
    assert found.loc[1].isna().all()
    pd.testing.assert_frame_equal(found.drop(1), expected.drop(1))


def test_trajectories_of_other_strides_are_ignored(walk):
    strides, positions, orientations = walk
    expected = _calculate(strides, positions, orientations)
    pd.testing.assert_frame_equal(_calculate(strides.iloc[[2, 0]], positions, orientations), expected.loc[[2, 0]])


def test_order_and_place_of_the_ids_do_not_matter(walk):
    strides, positions, orientations = walk
    expected = _calculate(strides, positions, orientations)
    index = ["s_id", "sample"]
    indexed = [frame.set_index(index) for frame in (positions, orientations)]
    half_indexed = [frame.set_index("s_id") for frame in (positions, orientations)]
    swapped = [frame.set_index(index[::-1]) for frame in (positions, orientations)]
    by_sample = [frame.sort_values("sample", kind="stable") for frame in (positions, orientations)]
    strange_index = [frame.set_index(np.full(len(frame), 7.5)) for frame in (positions, orientations)]
    for variant in (indexed, half_indexed, swapped, by_sample, strange_index):
        pd.testing.assert_frame_equal(_calculate(strides.set_index("s_id"), *variant), expected)


def test_ids_may_be_strings(walk):
    strides, positions, orientations = walk
    expected = _calculate(strides, positions, orientations)
    named = [frame.assign(s_id=frame["s_id"].map({0: "c", 1: "a", 2: "b"})) for frame in walk]
    found = _calculate(*named)
    assert found.index.tolist() == ["c", "a", "b"]
    np.testing.assert_array_equal(found, expected)


def test_the_course_of_the_sole_angle_has_the_rows_of_the_orientations(walk):
    strides, _, orientations = walk
    calculation = SpatialParameterCalculation().calculate(strides.iloc[:1], None, orientations, 100)
    expected = pd.MultiIndex.from_frame(orientations[["s_id", "sample"]])
    pd.testing.assert_index_equal(calculation.sole_angle_course_.index, expected)


def test_there_is_no_course_without_orientations(walk):
    strides, positions, _ = walk
    single = SpatialParameterCalculation().calculate(strides, positions, None, 100)
    assert single.sole_angle_course_ is None
    multi = SpatialParameterCalculation().calculate({"left": strides}, {"left": positions}, None, 100)
    assert multi.sole_angle_course_ == {"left": None}


def test_parameters_are_those_the_passed_data_allow(walk):
    strides, positions, orientations = walk
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert _calculate(strides, positions, orientations).columns.tolist() == ALL_COLUMNS
        assert _calculate(strides, positions, None).columns.tolist() == POSITION_COLUMNS
        assert _calculate(strides, None, orientations).columns.tolist() == ORIENTATION_COLUMNS


@pytest.mark.parametrize(
    ("missing", "lost"),
    [
        ("ic", {"gait_velocity": "Gait velocity could not", "ic_angle": "IC angle could not be calculated"}),
        ("pre_ic", {"gait_velocity": "Gait velocity could not be calculated"}),
        ("tc", {"tc_angle": "TC angle could not be calculated"}),
    ],
)
def test_a_missing_event_column_drops_its_parameters_with_a_warning_each(walk, missing, lost):
    strides, positions, orientations = walk
    with pytest.warns(UserWarning, match="could not be calculated") as caught:
        columns = _calculate(strides.drop(columns=missing), positions, orientations).columns
    assert columns.tolist() == sorted(set(ALL_COLUMNS) - set(lost))
    messages = [str(warning.message) for warning in caught]
    assert len(messages) == len(lost)
    for text in lost.values():
        assert any(text in message for message in messages)


def test_only_what_is_asked_for_is_calculated_and_warned_about(walk):
    strides, positions, orientations = walk
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = _calculate(strides.drop(columns=["tc"]), positions, orientations, calculate_only=["gait_velocity"])
    pd.testing.assert_frame_equal(found, _calculate(strides, positions, orientations)[["gait_velocity"]])


def test_a_single_name_counts_as_itself(walk):
    assert _calculate(*walk, calculate_only="arc_length").columns.tolist() == ["arc_length"]


def test_asking_for_what_the_data_do_not_allow_leaves_no_column(walk):
    strides, _, orientations = walk
    found = _calculate(strides, None, orientations, calculate_only=["stride_length"])
    assert found.shape == (3, 0)


def test_unknown_names_are_refused(walk):
    with pytest.raises(ValueError, match=r"calculate_only.*stride_lenght"):
        _calculate(*walk, calculate_only=["stride_lenght"])


def test_nan_samples_are_skipped():
    path = np.array([[0, 0, 0], [1, 0, 1], [np.nan] * 3, [3, 0, 2], [4, 0, 0], [np.nan] * 3])
    parameters = _calculate(_strides(1, length=5), _positions([path]), None).loc[0]
    assert parameters["stride_length"] == 4
    np.testing.assert_allclose(parameters["arc_length"], np.sqrt(2) + np.sqrt(5))
    assert parameters["max_sensor_lift"] == 2


def test_nan_orientations_stay_nan_in_the_course_and_are_skipped_otherwise():
    orientations = _orientations([Rotation.from_euler("ZY", [[0, -5], [20, -10], [40, -20]], degrees=True)])
    orientations.loc[2, ["q_x", "q_y", "q_z", "q_w"]] = np.nan
    calculation = SpatialParameterCalculation().calculate(_strides(1), None, orientations, 100)
    np.testing.assert_allclose(calculation.sole_angle_course_, [5, 10, np.nan])
    expected = [np.nan, 5, 10, 20]  # ic, range, tc, turning
    np.testing.assert_allclose(calculation.parameters_.loc[0, ORIENTATION_COLUMNS], expected)


def test_one_sample_per_stride_has_no_length():
    positions, orientations = _positions([[[1, 2, 3]]]), _orientations([Rotation.identity(1)])
    parameters = _calculate(_strides(1), positions, orientations).loc[0]
    assert parameters[["stride_length", "arc_length", "max_sensor_lift", "gait_velocity"]].tolist() == [0, 0, 0, 0]
    assert np.isnan(parameters["max_lateral_excursion"])
    assert parameters[["max_orientation_change", "turning_angle"]].tolist() == [0, 0]


def test_no_strides_give_an_empty_table_with_all_columns(walk):
    strides, positions, orientations = (frame.iloc[:0] for frame in walk)
    calculation = SpatialParameterCalculation().calculate(strides, positions, orientations, 100)
    assert calculation.parameters_.columns.tolist() == ALL_COLUMNS
    assert calculation.parameters_.index.name == "s_id"
    assert (calculation.parameters_.dtypes == "float64").all()
    assert calculation.sole_angle_course_.dtype == "float64"
    assert calculation.sole_angle_course_.index.names == ["s_id", "sample"]


def test_sensors_of_a_dict_are_calculated_one_by_one(walk):
    strides, positions, orientations = walk
    both = _calculate(
        {"left": strides, "right": strides.iloc[:1]},
        {"right": positions, "left": positions, "not used": positions},
        {"left": orientations, "right": orientations},
    )
    assert list(both) == ["left", "right"]
    pd.testing.assert_frame_equal(both["left"], _calculate(strides, positions, orientations))
    pd.testing.assert_frame_equal(both["right"], both["left"].iloc[:1])


def test_pretty_names_change_nothing_else(walk):
    calculation = SpatialParameterCalculation().calculate(*walk, 100)
    before = calculation.parameters_.copy()
    pretty = calculation.parameters_pretty_
    pd.testing.assert_frame_equal(calculation.parameters_, before)
    np.testing.assert_array_equal(pretty, before)
    assert pretty.index.name == "stride id"


def test_malformed_input_is_refused(walk):
    strides, positions, orientations = walk
    calculation = SpatialParameterCalculation()
    with pytest.raises(ValidationError, match="Either positions or orientations should be provided"):
        calculation.calculate(strides, None, None, 100)
    with pytest.raises(ValidationError, match="The provided stride list is of type multi"):
        calculation.calculate({"left": strides}, positions, None, 100)
    with pytest.raises(ValidationError, match="The provided stride list is of type single"):
        calculation.calculate(strides, positions, {"left": orientations}, 100)
    with pytest.raises(ValidationError, match="right"):
        calculation.calculate({"left": strides, "right": strides}, {"left": positions}, None, 100)
    with pytest.raises(ValidationError, match="s_id"):
        calculation.calculate(strides, positions.rename(columns={"s_id": "roi_id"}), None, 100)
    with pytest.raises(ValidationError, match="start column is expected to be identical"):
        SpatialParameterCalculation(expected_stride_type="ic").calculate(strides, positions, None, 100)
    with pytest.raises(ValueError, match="stride_type"):
        SpatialParameterCalculation(expected_stride_type="segmented").calculate(strides, positions, None, 100)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), heading=st.floats(-180, 180), gaps=st.booleans())
def test_values_equal_the_plain_version_and_do_not_depend_on_the_heading(seed, heading, gaps):
    rng = np.random.default_rng(seed)
    path = rng.normal(size=(12, 3))
    if gaps:
        path[rng.integers(0, 12, size=3)] = np.nan
    quaternions = rng.normal(size=(12, 4))
    turned = Rotation.from_euler("z", heading, degrees=True)
    rotated = _positions([turned.apply(path)])
    strides = _strides(1, length=11)
    found = _calculate(strides, rotated, _orientations([turned * Rotation.from_quat(quaternions)])).loc[0]
    columns = ["stride_length", "arc_length", "max_sensor_lift", "max_lateral_excursion"]
    np.testing.assert_allclose(found[columns], twin.path_parameters(path), atol=1e-9)
    angle = twin.sole_angle(quaternions)
    np.testing.assert_allclose(found["max_orientation_change"], np.ptp(angle), atol=1e-5)
    np.testing.assert_allclose(found[["tc_angle", "ic_angle"]], angle[[1, 11]], atol=1e-5)
    np.testing.assert_allclose(found["turning_angle"], twin.turning_angle(quaternions), atol=1e-7)


@pytest.mark.reference
@pytest.mark.parametrize("stride_type", ["min_vel", "ic"])
def test_synthetic_strides_equal_the_reference(reference_dir, stride_type):
    folder = reference_dir / "parameters"
    strides = pd.read_csv(folder / f"synthetic_{stride_type}_stride_list.csv")
    paths = [pd.read_csv(folder / f"synthetic_{name}.csv") for name in ("positions", "orientations")]
    calculation = SpatialParameterCalculation(expected_stride_type=stride_type).calculate(strides, *paths, 50)
    expected = pd.read_csv(folder / f"synthetic_spatial_{stride_type}.csv", index_col="s_id")
    pd.testing.assert_frame_equal(calculation.parameters_, expected.astype(float), rtol=0, atol=1e-9)
    course = pd.read_csv(folder / "synthetic_sole_angle_course.csv", index_col=["s_id", "sample"])["sole_angle"]
    pd.testing.assert_series_equal(calculation.sole_angle_course_, course, rtol=0, atol=1e-7, check_names=False)


@pytest.mark.reference
@pytest.mark.recordings
def test_the_public_walk_equals_the_reference(reference_dir):
    folder = reference_dir / "parameters"
    sensors = ["left_sensor", "right_sensor"]
    strides = {sensor: pd.read_csv(folder / f"stride_events_100hz_{sensor}.csv") for sensor in sensors}
    paths = get_healthy_example_position(), get_healthy_example_orientation()
    calculation = SpatialParameterCalculation().calculate(strides, *paths, 100)
    pretty_names = json.loads((folder / "pretty_columns.json").read_text())["spatial"]
    for sensor in sensors:
        expected = pd.read_csv(folder / f"spatial_{sensor}.csv", index_col="s_id")
        pd.testing.assert_frame_equal(calculation.parameters_[sensor], expected, rtol=0, atol=1e-9)
        course = pd.read_csv(folder / f"sole_angle_course_{sensor}.csv", index_col=["s_id", "sample"])["sole_angle"]
        found = calculation.sole_angle_course_[sensor]
        pd.testing.assert_series_equal(found, course, rtol=0, atol=1e-7, check_names=False)
        assert calculation.parameters_pretty_[sensor].columns.tolist() == pretty_names


@pytest.mark.parametrize("columns", [{}, {"ic": [np.nan], "pre_ic": [np.nan]}])
def test_velocity_without_contacts_can_be_that_between_the_mid_stances(columns):
    strides = pd.DataFrame({"s_id": [0], "start": [50], "end": [52], "min_vel": [50], **columns})
    path = pd.DataFrame({"s_id": 0, "sample": [0, 1, 2], "pos_x": [0, 0.7, 1.4], "pos_y": 0.0, "pos_z": [0, 0.2, 0]})
    calculation = SpatialParameterCalculation(["gait_velocity", "stride_length"], missing_contacts="borders")
    found = calculation.calculate(strides, path, None, 4).parameters_
    np.testing.assert_allclose(found[["gait_velocity", "stride_length"]], [[2.8, 1.4]])
