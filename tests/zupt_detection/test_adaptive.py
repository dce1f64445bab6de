import numpy as np
import pandas as pd
import pytest

from gaitmap.simulation import GaitParameters, SensorModel, simulate_walk
from gaitmap.utils.consts import SF_GYR
from gaitmap.utils.exceptions import ValidationError
from gaitmap.zupt_detection import AdaptiveZuptDetector, AredZuptDetector


def _steps(rest_dps, swing_dps=300.0, n=60, n_strides=5):
    rate = np.tile(np.repeat([rest_dps, swing_dps], n), n_strides)
    return pd.DataFrame({"gyr_x": rate, "gyr_y": 0.0, "gyr_z": 0.0})


def _rests(data, rate=100.0, **parameters):
    return AdaptiveZuptDetector(**parameters).detect(data, sampling_rate_hz=rate).zupts_.to_numpy(dtype=int)


@pytest.mark.parametrize("rest_dps", [0.0, 1.0, 10.0, 30.0])
def test_every_stance_has_its_rest_however_much_the_foot_rolls(rest_dps):
    rests = _rests(_steps(rest_dps))
    stances = np.arange(0, 600, 120)
    np.testing.assert_array_equal(rests[:, 0], np.where(stances == 0, 0, stances + 4))
    assert (rests[:, 1] <= stances + 60).all()
    assert (rests[:, 1] >= stances + 50).all()


@pytest.mark.parametrize("factor", [0.2, 5.0])
def test_the_limits_follow_the_movement(factor):
    data = _steps(8.0) + np.sin(np.arange(600))[:, None] * [1.0, 0, 0]
    np.testing.assert_array_equal(_rests(data * factor), _rests(data))


def test_the_frame_of_the_sensor_does_not_matter():
    walk = simulate_walk(duration_s=10).data["left_sensor"]
    turned = walk.rename(columns={"gyr_x": "gyr_y", "gyr_y": "gyr_z", "gyr_z": "gyr_x"})
    np.testing.assert_array_equal(_rests(walk, 204.8), _rests(turned, 204.8))


@pytest.mark.parametrize("rate", [50.0, 100.0, 400.0])
@pytest.mark.parametrize("offset_dps", [0.0, 5.0])
def test_each_mid_stance_of_the_simulator_is_in_a_rest_of_its_own(rate, offset_dps):
    walk = simulate_walk(GaitParameters(stride_time_s=1.4), rate, duration_s=20, sensor=SensorModel.ideal())
    for sensor, data in walk.data.items():
        rests = _rests(data.assign(**{axis: data[axis] + offset_dps for axis in SF_GYR}), rate)
        mid_stances = walk.truth.strides[sensor]["start"].to_numpy()
        number = np.searchsorted(rests[:, 0], mid_stances, side="right") - 1
        assert (mid_stances < rests[number, 1] + 0.02 * rate).all()
        assert len(np.unique(number)) == len(mid_stances)


def test_a_missing_sample_hides_the_windows_around_it():
    data = _steps(8.0)
    data.iloc[20] = np.nan
    at_rest = AdaptiveZuptDetector().detect(data, sampling_rate_hz=100.0).per_sample_zupts_
    assert not at_rest[16:25].any()
    assert at_rest[[10, 30, 150]].all()


def test_data_without_any_complete_window_have_no_rest():
    found = AdaptiveZuptDetector().detect(_steps(np.nan, np.nan), sampling_rate_hz=100.0)
    assert not found.per_sample_zupts_.any()
    assert np.isnan(found.movement_level_)
    assert found.min_vel_index_ is None


def test_a_sensor_that_never_moves_is_at_rest():
    assert _rests(_steps(0.0, 0.0)).tolist() == [[0, 600]]


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("window_length_s", 0), ("max_share", 0), ("tolerance", 0.9), ("floor_share", -0.1), ("tolerance", "2")],
)
def test_parameters_out_of_range_are_refused_by_name(parameter, value):
    with pytest.raises(ValueError, match=parameter):
        _rests(_steps(1.0), **{parameter: value})


def test_a_window_of_less_than_three_samples_is_refused():
    with pytest.raises(ValidationError, match="3 samples"):
        _rests(_steps(1.0), window_length_s=0.02)


def test_a_foot_that_rolls_faster_than_the_limit_of_ared_has_rests():
    data = _steps(20.0)
    assert len(AredZuptDetector().detect(data, sampling_rate_hz=100.0).zupts_) == 0
    assert len(_rests(data)) == 5
