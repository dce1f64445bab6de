import itertools
import json

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from scipy.spatial.transform import Rotation

from gaitmap.utils.consts import BF_COLS, SF_ACC, SF_COLS, SF_COLS_WITH_MAG, SF_GYR, SF_MAG
from gaitmap.utils.exceptions import ValidationError
from gaitmap.utils.rotations import flip_dataset, rotate_dataset, rotate_dataset_series

TURN = Rotation.from_euler("xyz", [10, 20, 30], degrees=True)
QUARTER = Rotation.from_euler("z", 90, degrees=True)
both_functions = pytest.mark.parametrize(("function", "rotation"), [(rotate_dataset, TURN), (flip_dataset, QUARTER)])


def single(n=8, columns=SF_COLS, seed=0, dtype=float):
    values = np.random.default_rng(seed).normal(size=(n, len(columns))) * 100
    return pd.DataFrame(values.astype(dtype), columns=columns, index=pd.Index(np.arange(n) / 10 + 5, name="time"))


def multi(**options):
    return pd.concat({"left": single(**options), "right": single(seed=1, **options)}, axis=1)


def expected_rotation(frame, rotation):
    result = frame.copy()
    for columns in (SF_ACC, SF_GYR, SF_MAG):
        if set(columns) <= set(frame.columns):
            result[columns] = rotation.apply(frame[columns].to_numpy().astype(float))
    return result


class TestRotation:
    @pytest.mark.parametrize("columns", [SF_COLS, SF_COLS_WITH_MAG, SF_COLS_WITH_MAG[::-1], sorted(SF_COLS_WITH_MAG)])
    def test_every_vector_is_rotated_and_columns_keep_their_order(self, columns):
        data = single(columns=columns)
        assert_frame_equal(rotate_dataset(data, TURN), expected_rotation(data, TURN), rtol=1e-12)

    def test_long_recordings_are_rotated_to_the_end(self):
        data = single(n=40_001)
        assert_frame_equal(rotate_dataset(data, TURN), expected_rotation(data, TURN), rtol=1e-12)

    def test_form_of_the_data_does_not_change_the_numbers(self):
        data = multi()
        rotated = rotate_dataset(data, {"left": TURN, "right": QUARTER})
        from_dict = rotate_dataset({"left": data["left"], "right": data["right"]}, {"left": TURN, "right": QUARTER})
        for sensor, rotation in (("left", TURN), ("right", QUARTER)):
            assert_frame_equal(rotated[sensor], rotate_dataset(data[sensor], rotation))
            assert_frame_equal(from_dict[sensor], rotated[sensor])

    def test_interleaved_sensors(self):
        data = multi()
        shuffled = data.iloc[:, np.random.default_rng(0).permutation(12)]
        assert_frame_equal(rotate_dataset(shuffled, TURN)[data.columns], rotate_dataset(data, TURN))
        assert_array_equal(rotate_dataset(shuffled, TURN).columns, shuffled.columns)

    def test_one_rotation_per_sample(self):
        data, rotations = single(columns=SF_COLS_WITH_MAG), Rotation.random(8, rng=0)
        assert_frame_equal(rotate_dataset_series(data, rotations), expected_rotation(data, rotations), rtol=1e-12)

    @pytest.mark.parametrize("dtype", [np.float32, np.int64, np.int16])
    def test_rotated_columns_become_float64(self, dtype):
        assert set(rotate_dataset(single(dtype=dtype), TURN).dtypes) == {np.dtype(float)}
        assert set(rotate_dataset(single(dtype=dtype), None).dtypes) == {np.dtype(float)}

    def test_float32_can_be_kept(self):
        data = single(dtype=np.float32)
        rotated = rotate_dataset(data, TURN, keep_float32=True)
        assert set(rotated.dtypes) == {np.dtype(np.float32)}
        assert_allclose(rotated, rotate_dataset(data, TURN), rtol=1e-6)

    @pytest.mark.parametrize("rotation", [None, {"left": None}])
    def test_no_rotation_keeps_the_values(self, rotation):
        assert_frame_equal(rotate_dataset(multi(), rotation), multi())

    def test_stack_of_one_is_a_single_rotation(self):
        assert_frame_equal(rotate_dataset(single(), Rotation.concatenate([TURN])), rotate_dataset(single(), TURN))

    def test_number_of_rotations_must_fit(self):
        with pytest.raises(ValueError, match="3 rotations for 8 samples"):
            rotate_dataset(single(), Rotation.identity(3))
        for rotations in (Rotation.identity(3), Rotation.identity()):
            with pytest.raises(ValueError, match="number of rotations"):
                rotate_dataset_series(single(), rotations)

    def test_series_is_for_one_sensor(self):
        with pytest.raises(ValidationError, match="SingleSensorData"):
            rotate_dataset_series(multi(), Rotation.identity(8))


class TestFlip:
    @pytest.mark.parametrize("angles", list(itertools.product([0, 90, 180, 270], repeat=3)))
    def test_is_the_exact_rotation(self, angles):
        rotation = Rotation.from_euler("xyz", angles, degrees=True)
        data = single(columns=SF_COLS_WITH_MAG)
        flipped = flip_dataset(data, rotation)
        assert_frame_equal(flipped, rotate_dataset(data, rotation), rtol=1e-12)
        assert_array_equal(np.sort(np.abs(flipped[SF_ACC]), axis=1), np.sort(np.abs(data[SF_ACC]), axis=1))

    @pytest.mark.parametrize("dtype", [np.float32, np.int64])
    def test_data_types_are_kept(self, dtype):
        assert set(flip_dataset(single(dtype=dtype), QUARTER).dtypes) == {np.dtype(dtype)}

    def test_mixed_data_types(self):
        data = single().astype({"acc_x": "float32", "gyr_y": "int64"})
        assert_frame_equal(
            flip_dataset(data, QUARTER).astype(float), flip_dataset(data.astype(float), QUARTER), check_exact=True
        )

    @pytest.mark.parametrize("rotation", [TURN, Rotation.from_euler("z", 90 + 1e-6, degrees=True)])
    def test_other_angles_are_refused(self, rotation):
        with pytest.raises(ValueError, match="Only 90 deg rotations are allowed"):
            flip_dataset(single(), rotation)

    def test_stacks_are_refused_before_angles_are_looked_at(self):
        with pytest.raises(ValueError, match="Only single rotations are allowed!"):
            flip_dataset(single(), Rotation.concatenate([TURN, TURN]))

    def test_stack_of_one_is_a_single_rotation(self):
        assert_frame_equal(flip_dataset(single(), Rotation.concatenate([QUARTER])), flip_dataset(single(), QUARTER))


class TestBoth:
    @both_functions
    def test_further_columns_are_passed_on(self, function, rotation):
        data = single().assign(mag_x=1, label="a", time_ms=np.arange(8), ok=pd.array([True, None] * 4, dtype="boolean"))
        result = function(data, rotation)
        assert_frame_equal(result[["mag_x", "label", "time_ms", "ok"]], data[["mag_x", "label", "time_ms", "ok"]])
        assert_frame_equal(result[SF_COLS], function(data[SF_COLS], rotation))
        assert_array_equal(result.columns, data.columns)

    @both_functions
    @pytest.mark.parametrize("as_dict", [True, False])
    def test_sensors_without_a_rotation_are_left_alone(self, function, rotation, as_dict):
        data = multi(dtype=np.int64)
        data = {"left": data["left"], "right": data["right"]} if as_dict else data
        result = function(data, {"right": rotation})
        assert_frame_equal(result["left"], data["left"])
        assert result["left"] is not data["left"]
        assert_frame_equal(result["right"], function(data["right"], rotation))

    @both_functions
    @pytest.mark.parametrize("data", [single(), multi()], ids=["single", "multi"])
    def test_input_is_not_modified_and_shares_no_memory(self, function, rotation, data):
        before = data.copy()
        result = function(data, rotation)
        result.iloc[:, :] = 0
        assert_frame_equal(data, before)

    @both_functions
    def test_no_samples(self, function, rotation):
        assert_frame_equal(function(single(n=0), rotation), single(n=0))

    @both_functions
    def test_dict_needs_several_sensors(self, function, rotation):
        for rotations in ({"left": rotation}, {}):
            with pytest.raises(ValueError, match="MultiIndex dataset"):
                function(single(), rotations)

    @both_functions
    def test_unknown_sensor_is_named(self, function, rotation):
        with pytest.raises(KeyError, match="wrist"):
            function(multi(), {"wrist": rotation})

    @both_functions
    @pytest.mark.parametrize("columns", [BF_COLS, SF_ACC, SF_COLS[:-1]])
    def test_only_complete_sensor_frame_data(self, function, rotation, columns):
        with pytest.raises(ValidationError):
            function(single(columns=columns), rotation)


@pytest.mark.reference
class TestReference:
    @pytest.fixture
    def folder(self, reference_dir):
        return reference_dir / "rotations"

    @pytest.fixture
    def dataset(self, folder):
        return pd.read_csv(folder / "dataset.csv")[SF_COLS_WITH_MAG]

    def test_rotate(self, folder, dataset):
        rotations = Rotation.from_quat(np.load(folder / "random_cases.npz")["q1"])
        expected = pd.read_csv(folder / "dataset_rotated_q1_0.csv")[SF_COLS_WITH_MAG]
        assert_allclose(rotate_dataset(dataset, rotations[0]), expected, atol=1e-12)
        expected = pd.read_csv(folder / "dataset_rotated_series_q1.csv")[SF_COLS_WITH_MAG]
        assert_allclose(rotate_dataset_series(dataset, rotations), expected, atol=1e-12)

    def test_flip(self, folder, dataset):
        cases = json.loads((folder / "flip_all_90deg.json").read_text())
        assert len(cases) == 64
        for case in cases:
            rotation = Rotation.from_euler("xyz", case["euler_xyz_deg"], degrees=True)
            assert_array_equal(flip_dataset(dataset, rotation).iloc[0], case["row0"])


@pytest.mark.reference
@pytest.mark.recordings
def test_mounting_of_the_public_recording_is_undone(reference_dir):
    from gaitmap.example_data import get_healthy_example_imu_data_not_rotated

    def turns(sign):
        return Rotation.from_euler("x", sign * 90, degrees=True) * Rotation.from_euler("z", sign * 90, degrees=True)

    data = get_healthy_example_imu_data_not_rotated()
    flipped = flip_dataset(data, {"left_sensor": turns(-1), "right_sensor": turns(1)})
    expected = pd.read_csv(reference_dir / "alignment" / "flip_not_rotated.csv", header=[0, 1], index_col=0)
    # The flip itself is exact; the last digit depends on how the recording was parsed.
    assert_allclose(flipped[expected.columns].iloc[expected.index], expected, rtol=1e-14)
