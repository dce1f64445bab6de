import json
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from pandas.testing import assert_frame_equal
from scipy.spatial.transform import Rotation
from sklearn.decomposition import PCA

from gaitmap.preprocessing import align_dataset_to_gravity
from gaitmap.preprocessing.sensor_alignment import PcaAlignment
from gaitmap.utils.consts import BF_COLS, SF_COLS
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning, ValidationError
from gaitmap.utils.rotations import rotate_dataset
from tests.preprocessing._blocks import in_blocks


def walk(n=400, seed=0):
    """A foot that turns about y, mostly."""
    data = pd.DataFrame(np.random.default_rng(seed).normal(size=(n, 6)), columns=SF_COLS)
    data["gyr_y"] += 300 * np.sin(np.arange(n) / 10)
    data["acc_z"] += 9.81
    return data


def turned(angle_deg, **options):
    return rotate_dataset(walk(**options), Rotation.from_euler("z", angle_deg, degrees=True))


@pytest.mark.parametrize("angle", [-170, -90, -30, 0, 45, 90, 120, 180])
@pytest.mark.parametrize("target", ["x", "Y"])
def test_main_axis_becomes_the_target_axis(angle, target):
    alignment = PcaAlignment(target_axis=target).align(turned(angle))
    aligned = alignment.aligned_data_
    along, across = (aligned["gyr_x"], aligned["gyr_y"]) if target == "x" else (aligned["gyr_y"], aligned["gyr_x"])
    assert along.abs().max() > 290
    assert across.abs().max() < 5
    assert_allclose(aligned["acc_z"], walk()["acc_z"])
    assert_allclose(alignment.rotation_.apply([0, 0, 1]), [0, 0, 1], atol=1e-15)


def test_both_targets_differ_by_a_quarter_turn():
    to_x, to_y = (PcaAlignment(target).align(turned(20)).aligned_data_ for target in ("x", "y"))
    for kind in ("acc", "gyr"):
        assert_allclose(to_y[f"{kind}_y"], to_x[f"{kind}_x"], atol=1e-12)
        assert_allclose(to_y[f"{kind}_x"], -to_x[f"{kind}_y"], atol=1e-12)


@pytest.mark.parametrize("angle", [-100, 10, 170])
def test_components_are_normalised(angle):
    alignment = PcaAlignment().align(turned(angle))
    first, second = alignment.normalized_pca_components_
    assert first[0] >= 0
    assert_array_equal(second, [first[1], -first[0]])
    assert abs(first @ alignment.pca_.components_[0]) == pytest.approx(1)
    assert isinstance(alignment.pca_, PCA)


def test_axis_that_lies_on_y_is_not_turned_around():
    data = pd.DataFrame(0.0, index=range(50), columns=SF_COLS).assign(gyr_y=np.sin(np.arange(50)))
    for sign in (-1, 1):
        assert PcaAlignment().align(sign * data).rotation_.magnitude() == pytest.approx(0)


@pytest.mark.parametrize("as_dict", [True, False])
def test_each_sensor_has_its_own_rotation(as_dict):
    sensors = {"left": turned(30), "right": turned(-60, seed=1)}
    data = sensors if as_dict else pd.concat(sensors, axis=1)
    alignment = PcaAlignment().align(data, sampling_rate_hz=100)
    for sensor, frame in sensors.items():
        alone = PcaAlignment().align(frame)
        assert_frame_equal(alignment.aligned_data_[sensor], alone.aligned_data_)
        assert_array_equal(alignment.rotation_[sensor].as_quat(), alone.rotation_.as_quat())


def test_accelerometer_can_be_used():
    data = walk().rename(columns=lambda c: c.replace("gyr", "tmp").replace("acc", "gyr").replace("tmp", "acc"))
    aligned = PcaAlignment("x", pca_plane_axis=("acc_x", "acc_y")).align(data).aligned_data_
    assert aligned["acc_x"].abs().max() > 290


def test_doubtful_axis_is_told():
    noise = pd.DataFrame(np.random.default_rng(0).normal(size=(500, 6)), columns=SF_COLS)
    with pytest.warns(UncertainAlignmentWarning, match="no main axis"):
        alignment = PcaAlignment().align(noise)
    assert 1 <= alignment.variance_ratio_ < 2
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert PcaAlignment().align(walk()).variance_ratio_ > 1000


@pytest.mark.parametrize("target", ["x", "y"])
def test_rest_is_not_rotated(target):
    data = pd.DataFrame(0.0, index=range(50), columns=SF_COLS)
    with pytest.warns(UncertainAlignmentWarning):
        alignment = PcaAlignment(target).align(data)
    assert alignment.rotation_.magnitude() == 0


@pytest.mark.parametrize(
    "plane",
    ["gyr_x", ("gyr_x",), ("gyr_x", "acc_y"), ("gyr_x", "gyr_x"), ("gyr_a", "gyr_y"), ("gyr_x", "gyr_y", "gyr_z")],
)
def test_invalid_plane(plane):
    with pytest.raises(ValueError, match="Invalid axis for pca plane"):
        PcaAlignment(pca_plane_axis=plane).align(walk())


@pytest.mark.parametrize("target", ["z", "a", None, 1])
def test_invalid_target(target):
    with pytest.raises(ValueError, match="Invalid target axis"):
        PcaAlignment(target_axis=target).align(walk())


def test_data_that_cannot_be_used():
    gap = walk()
    gap.iloc[5] = np.nan
    with pytest.raises(ValueError, match="NaN"):
        PcaAlignment().align(gap)
    with pytest.raises(ValueError, match="At least 2 samples"):
        PcaAlignment().align(walk().iloc[:1])
    with pytest.raises(ValidationError):
        PcaAlignment().align(walk().set_axis(BF_COLS, axis=1))


@pytest.mark.parametrize("angle", [0, 35, 90, 100, -60])
def test_analysis_is_that_of_scikit_learn(angle):
    data = turned(angle, n=10_000)
    data["gyr_x"] += 1000
    alignment = PcaAlignment().align(data)
    expected = PCA(n_components=2).fit(data[["gyr_x", "gyr_y"]].to_numpy())
    found = alignment.pca_
    assert_allclose(found.explained_variance_, expected.explained_variance_, rtol=1e-9)
    assert_allclose(found.explained_variance_ratio_, expected.explained_variance_ratio_, rtol=1e-9)
    assert_allclose(found.singular_values_, expected.singular_values_, rtol=1e-9)
    assert_allclose(found.mean_, expected.mean_)
    assert_allclose(np.abs(found.components_ @ expected.components_.T), np.eye(2), atol=1e-9)
    assert_allclose(
        np.abs(found.transform(np.array([[1.0, 2.0]]))), np.abs(expected.transform(np.array([[1.0, 2.0]]))), rtol=1e-9
    )
    assert vars(expected).keys() <= vars(found).keys() | {"_fit_svd_solver"}


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 99),
    cuts=st.lists(st.integers(0, 9000), max_size=6),
    borders=st.none() | st.tuples(st.integers(0, 4000), st.integers(4100, 9000)),
)
def test_blocks_of_any_length_give_the_bits_of_the_whole_recording(seed, cuts, borders):
    data = {"a": turned(30, n=9000, seed=seed), "b": turned(-60, n=9000, seed=seed + 1)}
    regions = None
    if borders is not None:
        frame = pd.DataFrame({"gs_id": [0], "start": [borders[0]], "end": [borders[1]]})
        regions = dict.fromkeys(data, frame)
    whole = PcaAlignment().align(data, gait_sequences=regions)
    parts = PcaAlignment().estimate(in_blocks(data, cuts), gait_sequences=regions, sampling_rate_hz=100.0)
    for sensor in data:
        assert_array_equal(parts.rotation_[sensor].as_quat(), whole.rotation_[sensor].as_quat())
        assert_array_equal(parts.pca_[sensor].mean_, whole.pca_[sensor].mean_)
        assert parts.variance_ratio_[sensor] == whole.variance_ratio_[sensor]


def test_foot_with_missing_samples_does_not_stop_the_other_one():
    data = {"a": turned(30), "b": turned(20)}
    data["a"].iloc[100] = np.nan
    alignment = PcaAlignment().estimate(in_blocks(data, [50, 120]))
    assert list(alignment.rotation_) == list(alignment.pca_) == ["b"]
    assert "NaN" in alignment.problems_["a"]


def test_data_as_one_frame():
    sensors = {"left": turned(30), "right": turned(-60, seed=1)}
    alignment = PcaAlignment().align(sensors)
    assert_frame_equal(alignment.aligned_data_as_frame_, pd.concat(alignment.aligned_data_, axis=1))
    single = PcaAlignment().align(sensors["left"])
    assert single.aligned_data_as_frame_ is single.aligned_data_


@pytest.mark.reference
@pytest.mark.recordings
@pytest.mark.parametrize("dataset", ["imu_sample", "gravity_imu_sample"])
@pytest.mark.parametrize("axis", ["x", "y", "acc_y"])
def test_reference(reference_dir, dataset, axis):
    from gaitmap.example_data import get_healthy_example_imu_data

    data = get_healthy_example_imu_data()
    if dataset.startswith("gravity"):
        data = align_dataset_to_gravity(data, 204.8)
    plane = ("acc_x", "acc_y") if axis == "acc_y" else ("gyr_x", "gyr_y")
    alignment = PcaAlignment(target_axis=axis[-1], pca_plane_axis=plane).align(data)
    cases = json.loads((reference_dir / "alignment" / "alignment.json").read_text())[f"pca_{dataset}_{axis}"]
    for sensor, expected in cases.items():
        assert_allclose(alignment.rotation_[sensor].as_matrix(), expected["matrix"], atol=1e-7)
        if "normalized_pca_components" in expected:
            components = alignment.normalized_pca_components_[sensor]
            assert_allclose(components, expected["normalized_pca_components"], atol=1e-7)
            ratio = alignment.pca_[sensor].explained_variance_ratio_
            assert_allclose(ratio, expected["explained_variance_ratio"], atol=1e-7)


def test_main_axis_is_that_of_the_gait_sequences():
    # First a foot that turns about another axis, and more; then walking.
    other = turned(60, seed=1)
    other[["gyr_x", "gyr_y"]] *= 3
    data = pd.concat([other, turned(20)], ignore_index=True)
    data.iloc[100] = np.nan
    regions = pd.DataFrame({"gs_id": [0], "start": [400], "end": [900]})
    alignment = PcaAlignment().align(data, gait_sequences=regions)
    expected = PcaAlignment().align(data.iloc[400:])
    assert_allclose(alignment.rotation_.as_matrix(), expected.rotation_.as_matrix())
    assert len(alignment.aligned_data_) == len(data)
    both = PcaAlignment().align(
        {"a": data, "b": turned(20)}, gait_sequences={"a": regions, "b": regions.assign(start=0)}
    )
    assert_allclose(both.rotation_["a"].as_matrix(), expected.rotation_.as_matrix())


def test_gait_sequences_must_fit_the_data():
    regions = pd.DataFrame({"gs_id": [0], "start": [0], "end": [400]})
    with pytest.raises(ValidationError, match="do not belong together"):
        PcaAlignment().align(walk(), gait_sequences={"a": regions})
    with pytest.raises(DataQualityError, match="At least 2 samples"):
        PcaAlignment().align(walk(), gait_sequences=regions.iloc[:0])
