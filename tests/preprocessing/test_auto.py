import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from scipy.spatial.transform import Rotation

from gaitmap.example_data import (
    get_healthy_example_imu_data,
    get_healthy_example_imu_data_not_rotated,
    get_healthy_example_imu_data_stair_down,
    get_healthy_example_imu_data_stair_up,
)
from gaitmap.pipelines import GaitPipeline
from gaitmap.preprocessing.sensor_alignment import (
    AutoAlignment,
    ForwardDirectionSignAlignment,
    GravityAlignment,
    PcaAlignment,
    _excerpt,
)
from gaitmap.preprocessing.sensor_alignment._rest_to_rest import find_rest_to_rest_strides
from gaitmap.simulation import GaitParameters, Rest, Turn, Walk, simulate, simulate_walk
from gaitmap.utils.consts import SF_ACC, SF_COLS
from gaitmap.utils.datatype_helper import to_dict_multi_sensor_data
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning
from gaitmap.utils.rotations import flip_dataset, rotate_dataset
from tests.contract._walk import N_STRIDES, RATE, SENSORS, STRIDE, make_walk
from tests.preprocessing._blocks import in_blocks

UPSIDE_DOWN = Rotation.from_euler("x", 180, degrees=True)
SIDEWAYS = Rotation.from_euler("y", 90, degrees=True)
BACKWARDS = Rotation.from_euler("z", 180, degrees=True)
SOME, OTHER, THIRD = Rotation.random(3, rng=np.random.default_rng(3))
#: One for each foot.
MOUNTINGS = {
    "upside down and sideways": (UPSIDE_DOWN, SIDEWAYS),
    "left one turned around": (BACKWARDS, Rotation.identity()),
    "random": (SOME, OTHER),
    "random, right one upside down": (THIRD, UPSIDE_DOWN),
}


def worn(data, mounting):
    return rotate_dataset(data, dict(zip(SENSORS, mounting, strict=True)))


def angle_deg(first, second):
    return np.rad2deg((first * second.inv()).magnitude())


# ---------------------------------------------------------------------------------------------------------------------
# A synthetic walk straight along x, whose main axis of rotation is y
# ---------------------------------------------------------------------------------------------------------------------
def film_backwards(data):
    """Velocities and angular rates change their sign, accelerations do not."""
    return {sensor: (frame.iloc[::-1] * [1, 1, 1, -1, -1, -1]).reset_index(drop=True) for sensor, frame in data.items()}


@pytest.fixture(scope="module")
def walk():
    """The walk of the contract suite the other way around, so that the heel is lifted more than the toes."""
    return worn(film_backwards(make_walk().sensor_frame), (BACKWARDS, BACKWARDS))


def align(data, offset=0.0, **options):
    return AutoAlignment(toe_out_deg=offset).align(data, sampling_rate_hz=RATE, **options)


@pytest.mark.parametrize("mounting", MOUNTINGS.values(), ids=MOUNTINGS)
def test_any_mounting_is_turned_back(walk, mounting):
    alignment = align(worn(walk, mounting))
    for sensor, rotation in zip(SENSORS, mounting, strict=True):
        assert angle_deg(alignment.rotation_[sensor] * rotation, Rotation.identity()) < 1
        assert alignment.confidence_[sensor] == pytest.approx(N_STRIDES / 6)
        assert alignment.findings_[sensor] == []


def test_rotation_is_what_was_done_to_the_data(walk):
    alignment = align(walk)
    for sensor in SENSORS:
        assert_frame_equal(alignment.aligned_data_[sensor], rotate_dataset(walk[sensor], alignment.rotation_[sensor]))


def test_toes_point_outwards_from_the_direction_of_the_swing(walk):
    straight, outwards = align(walk), align(walk, offset=10)
    for sensor, side in zip(SENSORS, (-1, 1), strict=True):
        turn = outwards.rotation_[sensor] * straight.rotation_[sensor].inv()
        assert_allclose(turn.as_rotvec(degrees=True), [0, 0, side * 10], atol=0.05)


@pytest.mark.parametrize("foot", ["left", "right"])
def test_foot_of_a_single_sensor_can_be_told(walk, foot):
    data = walk[f"{foot}_sensor"]
    assert angle_deg(align(data, 10, foot=foot).rotation_, align(walk, 10).rotation_[f"{foot}_sensor"]) < 1e-6


def test_unknown_foot_is_said(walk):
    alignment = align(walk["left_sensor"], offset=10)
    assert angle_deg(alignment.rotation_, align(walk).rotation_["left_sensor"]) < 1e-6
    assert "left or a right foot" in alignment.findings_[0]
    assert alignment.consistency_ is None


def test_rest_in_another_orientation_before_the_sensor_is_put_on_is_left_out(walk):
    on_table = Rotation.from_euler("xy", [80, 30], degrees=True)
    rng = np.random.default_rng(0)

    def with_table(data):
        table = pd.DataFrame(rng.normal([0, 0, 9.81, 0, 0, 0], 0.02, (1000, 6)), columns=SF_COLS)
        return pd.concat([rotate_dataset(table, on_table), data], ignore_index=True)

    data = {sensor: with_table(frame) for sensor, frame in walk.items()}
    by_gravity = GravityAlignment().align(data, sampling_rate_hz=RATE)
    alignment = align(data)
    for sensor in SENSORS:
        assert angle_deg(by_gravity.rotation_[sensor], Rotation.identity()) > 45
        assert angle_deg(alignment.rotation_[sensor], Rotation.identity()) < 1
        assert alignment.evidence_[sensor]["n_rest_directions"] == 2
        assert alignment.confidence_[sensor] > 0.9
        assert "different orientations" in alignment.findings_[sensor][0]


def test_foot_that_stands_only_in_mid_stance_is_aligned_by_it(walk):
    data = {sensor: frame.iloc[130:-130] for sensor, frame in walk.items()}
    alignment = AutoAlignment(GravityAlignment(window_length_s=2.0, metric="maximum"), toe_out_deg=0)
    alignment.align(data, sampling_rate_hz=RATE)
    for sensor in SENSORS:
        assert alignment.evidence_[sensor]["gravity_from"] == "mid-stance"
        assert angle_deg(alignment.rotation_[sensor], Rotation.identity()) < 1


def test_gap_changes_nothing_but_its_own_stride(walk):
    data = {sensor: frame.copy() for sensor, frame in walk.items()}
    data["left_sensor"].iloc[300:306] = np.nan
    alignment = align(worn(data, (SOME, OTHER)))
    assert alignment.evidence_["left_sensor"]["n_strides"] < alignment.evidence_["right_sensor"]["n_strides"]
    assert angle_deg(alignment.rotation_["left_sensor"] * SOME, Rotation.identity()) < 1


def without_acceleration(frame, strides):
    """Zeros around the starts of strides, as of a sensor that rounds to whole numbers."""
    frame = frame.copy()
    found = find_rest_to_rest_strides(frame, RATE)
    for start in found.start[strides]:
        frame.loc[start - 12 : start + 12, SF_ACC] = 0.0
    return frame


def test_stride_that_starts_without_acceleration_does_not_stop_the_alignment(walk):
    data = walk | {"left_sensor": without_acceleration(walk["left_sensor"], slice(2, 3))}
    alignment = align(worn(data, (SOME, OTHER)))
    evidence = alignment.evidence_["left_sensor"]
    assert evidence["n_straight_strides"] < evidence["n_strides"]
    assert angle_deg(alignment.rotation_["left_sensor"] * SOME, Rotation.identity()) < 1


def test_strides_that_all_start_without_acceleration_are_an_error_of_the_data(walk):
    data = without_acceleration(walk["left_sensor"], slice(None))
    with pytest.raises(DataQualityError, match=r"paths of 0 of \d+ strides"):
        align(data, foot="left")


def test_sign_method_decides_if_there_is_one(walk):
    data = worn(walk, (BACKWARDS, UPSIDE_DOWN))
    alignment = AutoAlignment(sign=ForwardDirectionSignAlignment(), toe_out_deg=0)
    alignment.align(data, sampling_rate_hz=RATE)
    for sensor in SENSORS:
        assert alignment.evidence_[sensor]["forward_share"] == 1


# ---------------------------------------------------------------------------------------------------------------------
# Never silently wrong
# ---------------------------------------------------------------------------------------------------------------------
def test_no_walking_is_an_error_of_the_data(walk):
    still = {sensor: frame.iloc[:150] for sensor, frame in walk.items()}
    with pytest.raises(DataQualityError, match="No walking was found"):
        align(still)


def test_few_strides_are_told_of(walk):
    data = walk["left_sensor"].iloc[: 3 * STRIDE + 60]
    alignment = align(data)
    assert alignment.evidence_["n_strides"] == 3
    assert alignment.confidence_ == pytest.approx(0.5)


def test_walking_backwards_is_uncertain(walk):
    with pytest.warns(UncertainAlignmentWarning, match="Front and back"):
        alignment = align(film_backwards(walk))
    for sensor in SENSORS:
        assert alignment.confidence_[sensor] == 0
        assert "walking backwards" in " ".join(alignment.findings_[sensor])


def test_movement_without_main_axis_is_uncertain(walk):
    rng = np.random.default_rng(0)
    data = walk["left_sensor"].copy()
    data[["gyr_x", "gyr_z"]] = rng.permuted(np.abs(data["gyr_y"].to_numpy())[:, None] * [1, 1], axis=1)
    with pytest.warns(UncertainAlignmentWarning, match="heading"):
        alignment = align(data)
    assert alignment.confidence_ < 0.5


@pytest.mark.parametrize("slip", [("x", 40), ("z", 70)], ids=["tilted", "turned"])
def test_sensor_that_slips_is_uncertain(walk, slip):
    slipped = Rotation.from_euler(*slip, degrees=True)
    data = walk["left_sensor"]
    # The sensor slips in the rest after four of six strides.
    data = pd.concat([data.iloc[: 5 * STRIDE + 10], rotate_dataset(data.iloc[5 * STRIDE + 10 :], slipped)])
    with pytest.warns(UncertainAlignmentWarning, match="slipped"):
        alignment = align(pd.concat([data] * 3, ignore_index=True))
    assert alignment.confidence_ < 0.5


def test_feet_that_do_not_agree_are_uncertain(walk):
    # Half the acceleration is half the way.
    data = walk | {"right_sensor": walk["right_sensor"].copy()}
    resting = np.array([0, 0, 9.81])
    data["right_sensor"][SF_ACC] = resting + 0.4 * (data["right_sensor"][SF_ACC] - resting)
    with pytest.warns(UncertainAlignmentWarning, match="The feet do not agree"):
        alignment = align(data)
    assert not alignment.consistency_["is_consistent"]
    assert max(alignment.confidence_.values()) < 0.5


@pytest.mark.parametrize(
    "options",
    [
        {"gravity": PcaAlignment()},
        {"pca": GravityAlignment()},
        {"pca": PcaAlignment("x")},
        {"sign": "forward"},
        {"toe_out_deg": "much"},
    ],
)
def test_wrong_parameters_are_named(walk, options):
    with pytest.raises(ValueError, match=f"'{next(iter(options))}' parameter"):
        AutoAlignment(**options).align(walk, sampling_rate_hz=RATE)


def test_wrong_foot_is_named(walk):
    with pytest.raises(ValueError, match="foot"):
        align(walk["left_sensor"], foot="both")


# ---------------------------------------------------------------------------------------------------------------------
# Public recordings
# ---------------------------------------------------------------------------------------------------------------------
RATE_PUBLIC = 204.8
RECORDINGS = {
    "walk": get_healthy_example_imu_data,
    "walk_not_rotated": get_healthy_example_imu_data_not_rotated,
    "stairs_up": get_healthy_example_imu_data_stair_up,
    "stairs_down": get_healthy_example_imu_data_stair_down,
}


@pytest.mark.recordings
@pytest.mark.parametrize("recording", RECORDINGS)
def test_public_recordings_are_aligned_the_same_in_any_mounting(recording):
    data = to_dict_multi_sensor_data(RECORDINGS[recording]())
    expected = AutoAlignment().align(data, sampling_rate_hz=RATE_PUBLIC)
    assert min(expected.confidence_.values()) > 0.9
    assert expected.consistency_["is_consistent"]
    assert not expected.consistency_["feet_may_be_swapped"]
    for mounting in MOUNTINGS.values():
        alignment = AutoAlignment().align(worn(data, mounting), sampling_rate_hz=RATE_PUBLIC)
        for sensor in SENSORS:
            turned_back = alignment.rotation_[sensor] * dict(zip(SENSORS, mounting, strict=True))[sensor]
            assert angle_deg(turned_back, expected.rotation_[sensor]) < 0.01


@pytest.mark.recordings
def test_swapped_names_of_the_feet_are_told_of():
    data = get_healthy_example_imu_data()
    swapped = {"left_sensor": data["right_sensor"], "right_sensor": data["left_sensor"]}
    alignment = AutoAlignment().align(swapped, sampling_rate_hz=RATE_PUBLIC)
    assert alignment.consistency_["feet_may_be_swapped"]
    for sensor in SENSORS:
        assert "left and right sensor may be swapped" in alignment.findings_[sensor][-1]


@pytest.mark.recordings
@pytest.mark.filterwarnings("ignore::gaitmap.utils.exceptions.UncertainAlignmentWarning")
@pytest.mark.parametrize("recording", ["walk", "stairs_up", "stairs_down"])
def test_parts_of_a_recording_give_the_same_alignment_or_doubts(recording):
    data = to_dict_multi_sensor_data(RECORDINGS[recording]())
    rng = np.random.default_rng(0)
    n_confident = 0
    for sensor in SENSORS:
        expected = AutoAlignment().align({sensor: data[sensor]}, sampling_rate_hz=RATE_PUBLIC).rotation_[sensor]
        for mounting in Rotation.random(5, rng=rng):
            length = int(rng.uniform(7, 12) * RATE_PUBLIC)
            start = int(rng.integers(0, len(data[sensor]) - length))
            part = {sensor: rotate_dataset(data[sensor].iloc[start : start + length], mounting)}
            alignment = AutoAlignment().align(part, sampling_rate_hz=RATE_PUBLIC)
            if alignment.confidence_[sensor] >= 0.5:
                n_confident += 1
                assert angle_deg(alignment.rotation_[sensor] * mounting, expected) < 8
    assert n_confident >= 8


@pytest.mark.recordings
def test_mounting_of_the_public_walk_is_that_of_the_hand():
    raw = get_healthy_example_imu_data_not_rotated()
    turns = {
        "left_sensor": Rotation.from_euler("x", -90, degrees=True) * Rotation.from_euler("z", -90, degrees=True),
        "right_sensor": Rotation.from_euler("x", 90, degrees=True) * Rotation.from_euler("z", 90, degrees=True),
    }
    by_hand = GravityAlignment().align(flip_dataset(raw, turns), sampling_rate_hz=RATE_PUBLIC)
    alignment = AutoAlignment().align(raw, sampling_rate_hz=RATE_PUBLIC)
    for sensor in SENSORS:
        difference = alignment.rotation_[sensor] * (by_hand.rotation_[sensor] * turns[sensor]).inv()
        # Toes of this person point outwards by 15 and 17 deg, those of an average one by 7 deg.
        assert_allclose(difference.as_rotvec(degrees=True)[:2], 0, atol=0.1)
        assert angle_deg(difference, Rotation.identity()) < 11


@pytest.mark.recordings
@pytest.mark.mad_data
def test_gait_parameters_do_not_depend_on_the_mounting():
    data = get_healthy_example_imu_data()
    by_hand = GaitPipeline.like_2_6().analyze(data, RATE_PUBLIC)
    auto = GaitPipeline.like_2_6(alignment=AutoAlignment()).analyze(data, RATE_PUBLIC)
    turned = GaitPipeline.like_2_6(alignment=AutoAlignment()).analyze(worn(data, (SOME, UPSIDE_DOWN)), RATE_PUBLIC)
    for sensor in SENSORS:
        hand, first, second = (run.events_[sensor] for run in (by_hand, auto, turned))
        assert len(hand) == 26
        assert_frame_equal(first, second)
        # Initial contact hangs on acc_x, and with it on the heading, which differs by 8 and 10 deg.
        assert_allclose(first[["start", "end", "min_vel", "tc"]], hand[["start", "end", "min_vel", "tc"]], atol=1)
        assert (np.abs(first["ic"] - hand["ic"]) <= 1).mean() > 0.8
        lengths = [run.parameters_[sensor]["stride_length"] for run in (by_hand, auto, turned)]
        assert_allclose(lengths[1], lengths[2], atol=1e-6)
        assert_allclose(lengths[0], lengths[1], atol=5e-4)


# ---------------------------------------------------------------------------------------------------------------------
# Simulated walks, whose truth is known
# ---------------------------------------------------------------------------------------------------------------------
@pytest.fixture(scope="module")
def walk_with_turns():
    walk = simulate(
        [Rest(2), Walk(distance_m=10), Turn(180), Walk(distance_m=10), Turn(-90), Walk(distance_m=5)], seed=2
    )
    return walk.data


@pytest.mark.parametrize("mounting", [MOUNTINGS["random"], MOUNTINGS["upside down and sideways"]], ids=str)
def test_simulated_feet_with_known_toe_out_angle_are_aligned_with_their_axes(walk_with_turns, mounting):
    toe_out = GaitParameters().toe_out_deg
    alignment = AutoAlignment(toe_out_deg=toe_out).align(worn(walk_with_turns, mounting), sampling_rate_hz=RATE_PUBLIC)
    for sensor, rotation in zip(SENSORS, mounting, strict=True):
        assert angle_deg(alignment.rotation_[sensor] * rotation, Rotation.identity()) < 0.5


@pytest.mark.parametrize("toe_out", [0.0, 15.0])
def test_heading_is_the_direction_of_travel_however_the_toes_point(toe_out):
    walk = simulate_walk(GaitParameters(toe_out_deg=toe_out), duration_s=15)
    alignment = AutoAlignment(toe_out_deg=0).align(walk.data, sampling_rate_hz=RATE_PUBLIC)
    for sensor, side in zip(SENSORS, (1, -1), strict=True):
        heading = alignment.rotation_[sensor].as_rotvec(degrees=True)[2]
        assert heading == pytest.approx(side * toe_out, abs=0.3)


# ---------------------------------------------------------------------------------------------------------------------
# Recordings in blocks
# ---------------------------------------------------------------------------------------------------------------------
def assert_same_alignment(parts, whole, sensors=SENSORS):
    for sensor in sensors:
        assert_array_equal(parts.rotation_[sensor].as_quat(), whole.rotation_[sensor].as_quat())
        assert parts.evidence_[sensor] == whole.evidence_[sensor]
        assert parts.findings_[sensor] == whole.findings_[sensor]
    assert parts.confidence_ == whole.confidence_
    assert parts.consistency_ == whole.consistency_


@settings(max_examples=8, deadline=None)
@given(cuts=st.lists(st.integers(0, 900), max_size=6), gap=st.integers(0, 900))
def test_blocks_of_any_length_give_the_bits_of_the_whole_recording(walk, cuts, gap):
    # Twice: wherever the gap is, enough strides in a row are left.
    data = {sensor: pd.concat([frame, frame], ignore_index=True) for sensor, frame in walk.items()}
    data["left_sensor"].iloc[gap : gap + 4] = np.nan
    cuts = [min(cut, len(data["left_sensor"])) for cut in cuts]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UncertainAlignmentWarning)
        whole = align(data)
        parts = AutoAlignment(toe_out_deg=0).estimate(in_blocks(data, cuts), sampling_rate_hz=RATE)
    assert_same_alignment(parts, whole)
    assert parts.problems_ == whole.problems_ == {}


def test_long_recording_is_aligned_by_a_part_of_it_the_same_in_blocks(monkeypatch, walk):
    monkeypatch.setattr(_excerpt, "MAX_MINUTES", 3)
    monkeypatch.setattr(_excerpt, "_SEGMENT_S", 5.0)
    rest = {sensor: frame.iloc[np.zeros(2000, int)] for sensor, frame in walk.items()}
    sequence = [rest, walk, rest, walk, walk, rest]
    data = {sensor: pd.concat([part[sensor] for part in sequence], ignore_index=True) for sensor in SENSORS}
    whole = align(data)
    for sensor in SENSORS:
        assert 3 <= whole.evidence_[sensor]["n_strides"] < 3 * N_STRIDES
        assert angle_deg(whole.rotation_[sensor], Rotation.identity()) < 1
    n_samples = len(data["left_sensor"])
    parts = AutoAlignment(toe_out_deg=0).estimate(in_blocks(data, range(0, n_samples, 777)), sampling_rate_hz=RATE)
    assert_same_alignment(parts, whole)


def test_foot_that_does_not_walk_does_not_stop_the_other_one(walk):
    data = walk | {"right_sensor": walk["right_sensor"].iloc[np.zeros(len(walk["left_sensor"]), int)]}
    alignment = AutoAlignment(toe_out_deg=0).estimate(in_blocks(data, [300]), sampling_rate_hz=RATE)
    assert_array_equal(alignment.rotation_["left_sensor"].as_quat(), align(walk).rotation_["left_sensor"].as_quat())
    assert list(alignment.problems_) == ["right_sensor"]
    assert "No walking was found" in alignment.problems_["right_sensor"]
    assert alignment.consistency_ is None
    with pytest.raises(DataQualityError, match="No walking was found"):
        align(data)


def test_single_sensor_in_blocks_has_plain_results(walk):
    data = walk["left_sensor"]
    alignment = AutoAlignment().estimate(in_blocks(data, [300]), sampling_rate_hz=RATE, foot="left")
    expected = AutoAlignment().align(data, sampling_rate_hz=RATE, foot="left")
    assert_array_equal(alignment.rotation_.as_quat(), expected.rotation_.as_quat())
    assert alignment.confidence_ == expected.confidence_
