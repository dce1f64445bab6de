"""The calibrated segmentation: what it finds does not depend on amplitude, rate, or the side of the foot."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.data_transform import FixedScaler
from gaitmap.example_data import (
    get_healthy_example_imu_data,
    get_healthy_example_imu_data_ic_stride,
    get_healthy_example_imu_data_stair_down,
    get_healthy_example_imu_data_stair_up,
    get_healthy_example_stride_borders,
    get_magnetometer_l_path_data,
    get_ms_example_imu_data,
)
from gaitmap.stride_segmentation import (
    BarthDtw,
    BarthOriginalTemplate,
    CalibratedBarthDtw,
    DtwTemplate,
    OpenStrideTemplate,
)
from gaitmap.stride_segmentation._calibrated_barth_dtw import _move_into_troughs
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.coordinate_conversion import convert_left_foot_to_fbf, convert_right_foot_to_fbf
from gaitmap.utils.datatype_helper import to_dict_multi_sensor_data
from tests.contract._walk import make_walk

RECORDINGS = {
    "healthy": (get_healthy_example_imu_data, 204.8),
    "ic_stride": (get_healthy_example_imu_data_ic_stride, 102.4),
    "ms": (get_ms_example_imu_data, 102.4),
    "stairs_up": (get_healthy_example_imu_data_stair_up, 204.8),
    "stairs_down": (get_healthy_example_imu_data_stair_down, 204.8),
    "l_walk": (lambda: {"right_sensor": get_magnetometer_l_path_data()}, 400.0),
}


@pytest.fixture
def walk():
    return make_walk().single()


def _segment(data, rate, **params):
    return CalibratedBarthDtw(**params).segment(data, sampling_rate_hz=rate).matches_start_end_.reshape(-1, 2)


def _resampled(data, rate, new_rate):
    times, new_times = np.arange(len(data)) / rate, np.arange(int(len(data) * new_rate / rate)) / new_rate
    return pd.DataFrame({name: np.interp(new_times, times, data[name]) for name in data})


def _f1(found, found_rate, expected, rate, tolerance_s=0.03):
    tolerance = max(tolerance_s, 1 / rate, 1 / found_rate) + 1e-9
    distance = np.abs(found[:, np.newaxis] / found_rate - expected / rate).max(axis=2)
    # Strides are far longer than the tolerance: no two of them can be near the same one.
    return 2 * (distance <= tolerance).any(axis=1).sum() / (len(found) + len(expected))


def _feet(name):
    load, rate = RECORDINGS[name]
    data = load()
    for sensor, values in (data if isinstance(data, dict) else to_dict_multi_sensor_data(data)).items():
        convert = convert_left_foot_to_fbf if sensor == "left_sensor" else convert_right_foot_to_fbf
        yield convert(values[SF_COLS].reset_index(drop=True)), rate


# Laws on the synthetic walk -------------------------------------------------------------------------------------------
def test_all_strides_of_the_synthetic_walk_are_found(walk):
    assert np.diff(_segment(walk.body_frame, walk.rate)).ravel().tolist() == [112] * 5


@pytest.mark.parametrize("factor", [0.5, 2.0])
def test_the_amplitude_does_not_matter(walk, factor):
    expected = CalibratedBarthDtw().segment(walk.body_frame, walk.rate)
    found = CalibratedBarthDtw().segment(walk.body_frame * factor, walk.rate)
    np.testing.assert_array_equal(found.matches_start_end_, expected.matches_start_end_)
    np.testing.assert_allclose(found.costs_, expected.costs_, rtol=1e-9)


@pytest.mark.parametrize("rate", [50.0, 200.0, 400.0])
def test_the_rate_does_not_matter(walk, rate):
    expected = CalibratedBarthDtw().segment(walk.body_frame, walk.rate)
    found = CalibratedBarthDtw().segment(_resampled(walk.body_frame, walk.rate, rate), rate)
    assert _f1(found.matches_start_end_, rate, expected.matches_start_end_, walk.rate) == 1.0


def test_left_and_right_do_not_matter(walk):
    swapped = walk.body_frame.assign(gyr_pa=-walk.body_frame["gyr_pa"], gyr_si=-walk.body_frame["gyr_si"])
    np.testing.assert_array_equal(_segment(swapped, walk.rate), _segment(walk.body_frame, walk.rate))


def test_appended_rest_does_not_matter(walk):
    rest = pd.DataFrame(0.0, index=range(3000), columns=walk.body_frame.columns)
    longer = pd.concat([walk.body_frame, rest], ignore_index=True)
    np.testing.assert_array_equal(_segment(longer, walk.rate), _segment(walk.body_frame, walk.rate))


@pytest.mark.parametrize("rate", [50.0, 102.4, 400.0])
@pytest.mark.parametrize("template", [OpenStrideTemplate(), OpenStrideTemplate(scaling=FixedScaler(3.0))])
def test_no_movement_costs_one_whatever_the_rate_and_the_template(walk, rate, template):
    still = walk.body_frame * 0.0
    dtw = CalibratedBarthDtw(template).segment(still, rate)
    np.testing.assert_allclose(dtw.cost_function_, 1.0)
    assert dtw.matches_start_end_.tolist() == []


def test_noise_holds_no_strides(walk):
    noise = np.random.default_rng(0).normal(scale=5, size=(6000, walk.body_frame.shape[1]))
    assert len(_segment(pd.DataFrame(noise, columns=walk.body_frame.columns), walk.rate)) == 0


def test_a_cheap_half_of_a_stride_does_not_hide_the_stride():
    stride = np.sin(np.linspace(0, 2 * np.pi, 100))
    template = DtwTemplate(data=pd.DataFrame({"gyr_ml": stride}), sampling_rate_hz=100)
    # A perfect, far too short copy of the template ends 0.3 s before a longer and less perfect one.
    signal = np.concatenate([np.full(50, 5.0), 0.9 * stride[:50], stride[::3], 0.9 * stride[50:80], np.full(50, 5.0)])
    params = {"snap_to_min_win_ms": None, "max_cost": 0.5}
    ends = {
        cls: cls(template, **params).segment(pd.DataFrame({"gyr_ml": signal}), 100.0).matches_start_end_.reshape(-1, 2)
        for cls in (BarthDtw, CalibratedBarthDtw)
    }
    assert len(ends[BarthDtw]) == 0
    assert len(ends[CalibratedBarthDtw]) == 1


def test_costs_cost_function_and_matrix_belong_together(walk):
    dtw = CalibratedBarthDtw().segment(walk.body_frame, walk.rate)
    ends = dtw.matches_start_end_original_[:, 1] - 1
    np.testing.assert_allclose(dtw.cost_function_[ends], dtw.costs_)
    np.testing.assert_allclose(np.sqrt(dtw.acc_cost_mat_[-1]), dtw.cost_function_)
    assert [path[0, 1] for path in dtw.paths_] == dtw.matches_start_end_original_[:, 0].tolist()


def test_low_rates_and_disabled_snapping_work(walk):
    assert len(_segment(_resampled(walk.body_frame, walk.rate, 25.0), 25.0)) == 5
    unsnapped = CalibratedBarthDtw(snap_to_min_win_ms=None).segment(walk.body_frame, walk.rate)
    np.testing.assert_array_equal(unsnapped.matches_start_end_, unsnapped.matches_start_end_original_)


def test_borders_are_late_in_the_trough():
    flat = np.array([0.0, -10, -10, -10, -10, -10, 0, 0, 3, 2])
    minima = np.array([[2, 8], [4, 10]])
    # All five low samples count the same: mean 3, standard deviation 1.4. Minima above 0 and ends behind the last
    # sample stay.
    np.testing.assert_array_equal(_move_into_troughs(flat, minima, 400.0, 25.0), [[4, 8], [4, 10]])
    sharp = np.array([0.0, -5, -9, -10, -9, -5, 0])
    np.testing.assert_array_equal(_move_into_troughs(sharp, np.array([[3, 3]]), 100.0, 60.0), [[3, 3]])


# Public recordings ----------------------------------------------------------------------------------------------------
@pytest.mark.recordings
def test_it_finds_the_strides_labelled_by_hand():
    labels = get_healthy_example_stride_borders()
    for (data, rate), (sensor, of_sensor) in zip(_feet("healthy"), labels.items(), strict=True):
        expected = of_sensor[["start", "end"]].to_numpy()
        assert _f1(_segment(data, rate), rate, expected, rate) >= 0.98, sensor


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "rate"), [("healthy", 50.0), ("ms", 400.0), ("stairs_up", 100.0), ("stairs_down", 64.0)]
)
def test_a_changed_copy_has_the_same_strides(name, rate):
    for data, own_rate in _feet(name):
        expected = _segment(data, own_rate)
        assert _f1(_segment(_resampled(data * 0.5, own_rate, rate), rate), rate, expected, own_rate) >= 0.98


@pytest.mark.slow
@pytest.mark.recordings
@pytest.mark.parametrize("name", RECORDINGS)
@pytest.mark.parametrize("rate", [50.0, 64.0, 100.0, 102.4, 128.0, 200.0, 204.8, 256.0, 400.0])
def test_all_changed_copies_have_the_same_strides(name, rate):
    for data, own_rate in _feet(name):
        expected = _segment(data, own_rate)
        copy = _resampled(data, own_rate, rate)
        for factor in (0.5, 1.0, 2.0):
            for sign in (1, -1):
                changed = (copy * factor).assign(gyr_pa=sign * copy["gyr_pa"], gyr_si=sign * copy["gyr_si"])
                assert _f1(_segment(changed, rate), rate, expected, own_rate) >= 0.98


@pytest.mark.recordings
@pytest.mark.mad_data
def test_it_finds_the_strides_of_the_l_walk_that_the_default_threshold_misses():
    ((data, rate),) = _feet("l_walk")
    assert len(_segment(data, rate)) == 194
    assert len(BarthDtw().segment(data, rate).stride_list_) == 39
    gyr_ml_alone = BarthDtw(BarthOriginalTemplate(use_cols=("gyr_ml",))).segment(data, rate).matches_start_end_
    assert _f1(_segment(data, rate), rate, gyr_ml_alone, rate, tolerance_s=0.1) > 0.97
