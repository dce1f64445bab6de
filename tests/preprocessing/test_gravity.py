import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from scipy.spatial.transform import Rotation

from gaitmap.preprocessing import align_dataset_to_gravity
from gaitmap.preprocessing.sensor_alignment import GravityAlignment
from gaitmap.utils.consts import BF_COLS, SF_ACC, SF_COLS, SF_COLS_WITH_MAG, SF_GYR
from gaitmap.utils.exceptions import DataQualityError, ValidationError
from gaitmap.utils.rotations import find_unsigned_3d_angle, rotate_dataset
from tests.preprocessing._blocks import in_blocks
from tests.twins.windows import METRICS, metric_of_windows, samples_in_windows

RATE = 100.0
few_examples = settings(max_examples=25, deadline=None)


def recording(columns=SF_COLS, seed=0):
    """One second of rest, one of movement, and one of rest again, with z up."""
    rng = np.random.default_rng(seed)
    data = pd.DataFrame(rng.normal(size=(300, len(columns))) * 0.1, columns=columns)
    data["acc_z"] += 9.81
    data.iloc[100:200] += rng.normal(size=(100, len(columns))) * 100
    return data


def as_rotation(entry):
    return Rotation.from_quat(entry["quat_xyzw"])


class TestFunction:
    @pytest.mark.parametrize("axis", ["x", "y", "z"])
    @pytest.mark.parametrize("form", ["single", "frame", "dict"])
    def test_upside_down_sensors_are_turned_back(self, axis, form):
        upright = pd.DataFrame([[0, 0, 1, 0.11, 0.12, 0.13]] * 5, columns=SF_COLS)
        turned = rotate_dataset(upright, Rotation.from_euler(axis, 180, degrees=True))
        data = {"single": turned, "frame": pd.concat({"s": turned}, axis=1), "dict": {"s": turned}}[form]
        aligned = align_dataset_to_gravity(data, 1, window_length_s=3, static_signal_th=1)
        assert type(aligned) is type(data)
        aligned = aligned if form == "single" else aligned["s"]
        assert_allclose(aligned[SF_ACC], upright[SF_ACC], atol=1e-12)
        assert_allclose(aligned[SF_GYR].abs(), upright[SF_GYR], atol=1e-12)

    @few_examples
    @given(seed=st.integers(0, 2**32 - 1))
    def test_mounting_of_the_sensor_does_not_matter(self, seed):
        data = recording()
        mounted = rotate_dataset(data, Rotation.random(rng=seed))
        aligned = align_dataset_to_gravity(mounted, RATE)
        tilts = []
        for frame in (data, aligned):
            rest = frame[SF_ACC].iloc[:100].median()
            tilts.append(find_unsigned_3d_angle(rest, [0, 0, 1]))
        # The component-wise median depends (slightly) on the direction of the axes.
        assert max(tilts) < np.deg2rad(0.2)
        assert_allclose(np.linalg.norm(aligned[SF_ACC], axis=1), np.linalg.norm(data[SF_ACC], axis=1), rtol=1e-12)

    @pytest.mark.parametrize("tilt_deg", [0.05, 0.2, 0.249, 5, 120, 180])
    def test_tilt_is_removed_whatever_its_size(self, tilt_deg):
        upright = pd.DataFrame([[0, 0, 9.81, 0.1, 0.1, 0.1]] * 100, columns=SF_COLS)
        tilted = rotate_dataset(upright, Rotation.from_euler("x", tilt_deg, degrees=True))
        assert_allclose(align_dataset_to_gravity(tilted, RATE)[SF_ACC], upright[SF_ACC], atol=1e-14)

    def test_second_alignment_changes_nothing_but_the_rounding_of_the_median(self):
        aligned = align_dataset_to_gravity(recording(), RATE)
        again = GravityAlignment().align(aligned, sampling_rate_hz=RATE)
        assert again.rotation_.magnitude() < np.deg2rad(0.005)

    def test_direction_of_gravity_can_be_chosen(self):
        aligned = align_dataset_to_gravity(recording(), RATE, gravity=[0, 2, 0])
        assert_allclose(aligned[SF_ACC].iloc[:100].median(), [0, 9.81, 0], atol=0.05)

    def test_columns_index_and_magnetometer_travel_along(self):
        data = recording(columns=SF_COLS_WITH_MAG).assign(label="a")
        data.index = pd.Index(np.arange(300) / RATE, name="time")
        aligned = align_dataset_to_gravity(data, RATE)
        assert_array_equal(aligned.columns, data.columns)
        assert aligned.index.equals(data.index)
        rotation = GravityAlignment().align(data, sampling_rate_hz=RATE).rotation_
        assert_frame_equal(aligned, rotate_dataset(data, rotation))

    def test_input_is_not_modified(self):
        data = recording()
        align_dataset_to_gravity(data, RATE)
        assert_frame_equal(data, recording())

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            ({"static_signal_th": 0.0, "metric": "maximum"}, "No static windows"),
            ({"window_length_s": 3.01}, "Invalid window length"),
            ({"window_length_s": 0.01}, "window_length_s"),
            ({"metric": "range"}, "Invalid metric"),
            ({"sampling_rate_hz": 0}, "sampling_rate_hz"),
            ({"static_signal_th": "low"}, "static_signal_th"),
            ({"gravity": [0, 0, 0]}, "normalized"),
        ],
    )
    def test_impossible_parameters_are_refused(self, options, message):
        with pytest.raises(ValueError, match=message):
            align_dataset_to_gravity(recording(), **{"sampling_rate_hz": RATE, **options})

    @pytest.mark.parametrize("columns", [BF_COLS, SF_ACC])
    def test_only_complete_sensor_frame_data(self, columns):
        with pytest.raises(ValidationError):
            align_dataset_to_gravity(pd.DataFrame(np.zeros((100, len(columns))), columns=columns), RATE)

    def test_error_names_the_sensor(self):
        with pytest.raises(ValueError, match="No static windows") as error:
            align_dataset_to_gravity({"good": recording(), "shaky": recording() * 100}, RATE)
        assert "'shaky'" in error.value.__notes__[0]


class TestClass:
    @pytest.mark.parametrize("metric", list(METRICS))
    @pytest.mark.parametrize("window_length_s", [0.2, 0.31])
    def test_samples_of_every_static_window_are_static(self, metric, window_length_s):
        data = recording()
        threshold = {"squared_mean": 0.05, "variance": 0.01}.get(metric, 0.3)
        alignment = GravityAlignment(window_length_s, threshold, metric).align(data, sampling_rate_hz=RATE)
        window = round(window_length_s * RATE)
        values = metric_of_windows(np.linalg.norm(data[SF_GYR], axis=1), window, 1, metric)
        expected = samples_in_windows(values <= threshold, window, 1, len(data))
        assert 0 < expected.sum() < 300
        assert_array_equal(alignment.static_samples_, expected)
        assert_array_equal(alignment.static_acc_vector_, data.loc[expected, SF_ACC].median())

    def test_function_and_class_agree(self):
        data = pd.concat({"left": recording(), "right": recording(seed=1)}, axis=1)
        alignment = GravityAlignment().align(data, sampling_rate_hz=RATE)
        aligned = align_dataset_to_gravity(data, RATE)
        for sensor in ("left", "right"):
            assert_frame_equal(alignment.aligned_data_[sensor], aligned[sensor])
            turned_back = rotate_dataset(aligned[sensor], alignment.rotation_[sensor].inv())
            assert_allclose(turned_back, data[sensor], atol=1e-9)

    def test_residual_tilt_tells_of_a_second_orientation(self):
        data = recording()
        steady = GravityAlignment().align(data, sampling_rate_hz=RATE).residual_tilt_
        data.iloc[200:, :6] = rotate_dataset(data.iloc[200:], Rotation.from_euler("x", 60, degrees=True))
        assert steady < 2
        assert GravityAlignment().align(data, sampling_rate_hz=RATE).residual_tilt_ > 10

    def test_missing_samples_are_left_out(self):
        data = recording()
        data.iloc[30:40] = np.nan
        alignment = GravityAlignment().align(data, sampling_rate_hz=RATE)
        assert_allclose(alignment.static_acc_vector_, data[SF_ACC].iloc[:100].median(), atol=0.05)
        assert_array_equal(alignment.aligned_data_.isna(), data.isna())

    def test_sensor_that_measures_zeros_only_is_named(self):
        data = recording()
        data[SF_ACC] = 0.0
        with pytest.raises(DataQualityError, match="acceleration at rest is 0"):
            align_dataset_to_gravity(data, RATE)

    @pytest.mark.parametrize("dtype", ["Float64", "double[pyarrow]", "object", "float32"])
    def test_numbers_of_any_dtype(self, dtype):
        data = recording()
        aligned = align_dataset_to_gravity(data.astype(dtype), RATE)
        assert_allclose(aligned.to_numpy(dtype=float), align_dataset_to_gravity(data, RATE), atol=1e-4)

    def test_sensor_without_any_acceleration_has_no_static_window(self):
        with pytest.raises(ValueError, match="No static windows"):
            GravityAlignment().align(recording().assign(acc_x=np.nan), sampling_rate_hz=RATE)


class TestBlocks:
    RESULTS = ("static_acc_vector_", "residual_tilt_")

    @few_examples
    @given(
        seed=st.integers(0, 99),
        metric=st.sampled_from(list(METRICS)),
        n_samples=st.integers(40, 300),
        gap=st.booleans(),
        data=st.data(),
    )
    def test_blocks_of_any_length_give_the_bits_of_the_whole_recording(self, seed, metric, n_samples, gap, data):
        walk = {"left": recording(seed=seed).iloc[:n_samples], "right": recording(seed=seed + 1).iloc[:n_samples]}
        if gap:
            walk["left"] = walk["left"].copy()
            walk["left"].iloc[10:17] = np.nan
        cuts = data.draw(st.lists(st.integers(0, n_samples), max_size=6))
        method = GravityAlignment(0.2, 0.5, metric)
        whole = method.clone().align(walk, sampling_rate_hz=RATE)
        parts = method.clone().estimate(in_blocks(walk, cuts), sampling_rate_hz=RATE)
        for sensor in walk:
            assert_array_equal(parts.rotation_[sensor].as_quat(), whole.rotation_[sensor].as_quat())
            for name in self.RESULTS:
                assert_array_equal(getattr(parts, name)[sensor], getattr(whole, name)[sensor])
        assert parts.problems_ == {}

    def test_long_rests_give_the_same_bits_too(self):
        """So many static samples that the second pass has to find the median."""
        rng = np.random.default_rng(0)
        walk = pd.DataFrame(rng.normal([0.3, -0.2, 9.8, 0, 0, 0], 0.1, (100_001, 6)), columns=SF_COLS)
        whole = GravityAlignment().align(walk, sampling_rate_hz=RATE)
        parts = GravityAlignment().estimate(in_blocks(walk, [1, 70, 40_000, 40_001]), sampling_rate_hz=RATE)
        assert_array_equal(whole.static_acc_vector_, walk[SF_ACC].median())
        assert_array_equal(parts.static_acc_vector_, whole.static_acc_vector_)
        assert parts.residual_tilt_ == whole.residual_tilt_
        angles = np.rad2deg(find_unsigned_3d_angle(walk[SF_ACC], whole.static_acc_vector_))
        assert_allclose(whole.residual_tilt_, np.median(angles), rtol=2e-3)

    def test_single_sensor_has_plain_results(self):
        alignment = GravityAlignment().estimate(in_blocks(recording(), [150]), sampling_rate_hz=RATE)
        assert isinstance(alignment.rotation_, Rotation)
        assert alignment.static_acc_vector_.shape == (3,)

    def test_foot_that_never_rests_does_not_stop_the_other_one(self):
        blocks = in_blocks({"good": recording(), "shaky": recording() * 100}, [150])
        alignment = GravityAlignment().estimate(blocks, sampling_rate_hz=RATE)
        assert list(alignment.rotation_) == ["good"]
        assert list(alignment.problems_) == ["shaky"]
        assert "No static windows" in alignment.problems_["shaky"]

    def test_no_foot_that_rests_is_an_error(self):
        blocks = in_blocks({"shaky": recording() * 100, "other": recording() * 200}, [150])
        with pytest.raises(DataQualityError, match="No static windows") as error:
            GravityAlignment().estimate(blocks, sampling_rate_hz=RATE)
        assert "'shaky'" in error.value.__notes__[0]

    def test_only_columns_that_are_needed_are_asked_for(self):
        asked = []

        def blocks(columns=None):
            asked.append(list(columns))
            return in_blocks(recording(), [100])(columns)

        GravityAlignment().estimate(blocks, sampling_rate_hz=RATE)
        assert asked == [SF_COLS, SF_ACC]

    def test_sensors_that_change_are_refused(self):
        blocks = [{"left": recording()}, {"right": recording()}]
        with pytest.raises(ValidationError, match="same sensors"):
            GravityAlignment().estimate(lambda columns: iter(blocks), sampling_rate_hz=RATE)

    def test_no_block_is_an_error(self):
        with pytest.raises(DataQualityError, match="empty"):
            GravityAlignment().estimate(lambda columns: iter([]), sampling_rate_hz=RATE)


@pytest.mark.reference
@pytest.mark.recordings
class TestReference:
    @pytest.fixture
    def expected(self, reference_dir):
        return json.loads((reference_dir / "alignment" / "alignment.json").read_text())

    @pytest.fixture
    def walk(self):
        from gaitmap.example_data import get_healthy_example_imu_data

        return get_healthy_example_imu_data()

    @staticmethod
    def assert_rotations(alignment, expected):
        assert set(expected) == {"left_sensor", "right_sensor"}
        for sensor, entry in expected.items():
            difference = alignment.rotation_[sensor] * as_rotation(entry).inv()
            assert difference.magnitude() < 1e-7

    def test_default_settings(self, walk, expected, reference_dir):
        alignment = GravityAlignment().align(walk, sampling_rate_hz=204.8)
        self.assert_rotations(alignment, expected["gravity_imu_sample"])
        data = pd.read_csv(reference_dir / "alignment" / "gravity_imu_sample.csv", header=[0, 1], index_col=0)
        aligned = align_dataset_to_gravity(walk, 204.8)
        assert_allclose(aligned[data.columns].iloc[data.index], data, atol=1e-6)

    @pytest.mark.parametrize(
        ("metric", "window_length_s", "threshold"),
        [("maximum", 0.7, 2.5), ("mean", 0.5, 3.5), ("variance", 0.3, 1.0), ("squared_mean", 0.2, 8.0)],
    )
    def test_other_settings(self, walk, expected, metric, window_length_s, threshold):
        alignment = GravityAlignment(window_length_s, threshold, metric, gravity=[0, 0, 1])
        alignment.align(walk, sampling_rate_hz=204.8)
        self.assert_rotations(alignment, expected[f"gravity_imu_sample_{metric}_{window_length_s}_{threshold}"])

    @pytest.mark.parametrize("direction", ["up", "down"])
    def test_misaligned_stair_recordings(self, expected, direction):
        from gaitmap import example_data

        data = getattr(example_data, f"get_healthy_example_imu_data_stair_{direction}")()
        data = rotate_dataset(data, as_rotation(expected["stair_misalignment"]))
        alignment = GravityAlignment(window_length_s=0.1, static_signal_th=15).align(data, sampling_rate_hz=204.8)
        self.assert_rotations(alignment, expected[f"chain_stair_{direction}_gravity_rotation"])
