import sys
import warnings

import joblib
import numpy as np
import pandas as pd
import pytest
from scipy.spatial.transform import Rotation

from gaitmap.trajectory_reconstruction import RegionLevelTrajectory, SimpleGyroIntegration, VqfOrientation
from gaitmap.utils.consts import SF_ACC, SF_COLS_WITH_MAG
from gaitmap.utils.exceptions import ValidationError, VqfWarning

RATE = 100.0
BIAS_DEG_S = np.array([0.5, -0.4, 0.6])


@pytest.fixture
def vqf():
    return pytest.importorskip("vqf", reason="the package vqf is not installed")


def _turns(n=3000, bias=BIAS_DEG_S):
    """Rest of 10 s, then slow turns about the vertical axis of a tilted sensor; the gyroscope has a bias."""
    t = np.arange(n) / RATE
    rate = np.where(t < 10, 0.0, 40 * np.sin(2 * np.pi * (t - 10) / 5))
    heading = np.cumsum(rate) / RATE
    truth = Rotation.from_euler("z", heading[:, np.newaxis], degrees=True) * Rotation.from_euler(
        "xy", [20, -10], degrees=True
    )
    to_sensor = truth.inv()
    data = pd.DataFrame(index=range(n), columns=SF_COLS_WITH_MAG, dtype=float)
    data.iloc[:, :3] = to_sensor.apply([0, 0, 9.81])
    data.iloc[:, 3:6] = to_sensor.apply(np.column_stack([np.zeros((n, 2)), rate])) + bias
    data.iloc[:, 6:] = to_sensor.apply([0, 20.0, -40.0])
    return data, truth


@pytest.mark.parametrize("offline", [True, False])
@pytest.mark.parametrize("mag", [False, True])
@pytest.mark.usefixtures("vqf")
def test_a_gyroscope_bias_is_found_and_the_heading_is_that_of_the_start(offline, mag):
    data, truth = _turns()
    method = VqfOrientation(offline=offline, use_magnetometer=mag, initial_orientation=truth[0])
    found = method.estimate(data, sampling_rate_hz=RATE).orientation_object_
    drifted = SimpleGyroIntegration(truth[0]).estimate(data, sampling_rate_hz=RATE).orientation_object_
    assert len(found) == len(data) + 1
    assert np.rad2deg((drifted[-1] * truth[-1].inv()).magnitude()) > 10
    error = np.rad2deg((found[1:] * truth.inv()).magnitude())
    assert error[-1] < 1.5
    assert error[0] < 0.1
    np.testing.assert_allclose(found[0].as_quat(), truth[0].as_quat(), atol=1e-15)


@pytest.mark.usefixtures("vqf")
def test_another_initial_heading_turns_the_whole_result():
    data, truth = _turns(1500)
    turn = Rotation.from_euler("z", 75, degrees=True)
    first = VqfOrientation(initial_orientation=truth[0]).estimate(data, sampling_rate_hz=RATE).orientation_object_
    other = VqfOrientation(initial_orientation=turn * truth[0]).estimate(data, sampling_rate_hz=RATE)
    assert (other.orientation_object_ * (turn * first).inv()).magnitude().max() < 1e-7


@pytest.mark.usefixtures("vqf")
def test_each_region_is_evaluated_on_its_own():
    data, _ = _turns(2400)
    regions = pd.DataFrame({"roi_id": [0, 1], "start": [10, 1200], "end": [1200, 2400]})
    method = RegionLevelTrajectory(ori_method=VqfOrientation())
    together = method.estimate(data, regions, sampling_rate_hz=RATE).orientation_
    alone = method.estimate(data, regions.iloc[[1]], sampling_rate_hz=RATE).orientation_
    pd.testing.assert_frame_equal(together.loc[[1]], alone, check_exact=True)
    up = Rotation.from_quat(alone.iloc[-1].to_numpy()).apply(data[SF_ACC].iloc[-1].to_numpy(copy=True))
    np.testing.assert_allclose(up, [0, 0, 9.81], atol=0.4)  # 2 deg


@pytest.mark.usefixtures("vqf")
def test_memory_loads_the_second_time(tmp_path, capsys):
    data, _ = _turns(300)
    for word in ("Calling", "Loading"):
        method = VqfOrientation(memory=joblib.Memory(tmp_path, verbose=2))
        method.estimate(data, sampling_rate_hz=RATE)
        out = capsys.readouterr().out
        assert {w for w in ("Calling", "Loading") if w in out} == {word}


@pytest.mark.usefixtures("vqf")
def test_unusable_input_is_refused_by_name():
    data, _ = _turns(50)
    with pytest.raises(ValueError, match="tau_acc_s"):
        VqfOrientation(tau_acc_s=0).estimate(data, sampling_rate_hz=RATE)
    with pytest.raises(ValidationError, match="'mag_x', 'mag_y', 'mag_z'"):
        VqfOrientation(use_magnetometer=True).estimate(data.iloc[:, :6], sampling_rate_hz=RATE)
    data.iloc[17, 1] = np.nan
    with pytest.raises(ValueError, match="sample 17"):
        VqfOrientation().estimate(data, sampling_rate_hz=RATE)


def test_without_the_package_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "vqf", None)
    with pytest.raises(ImportError, match=r"pip install 'gaitmap\[vqf\]'"):
        VqfOrientation().estimate(_turns(10)[0], sampling_rate_hz=RATE)


@pytest.mark.usefixtures("vqf")
@pytest.mark.parametrize("offline", [True, False])
def test_a_bias_beyond_the_clip_is_warned_about_and_corrected_with_a_larger_one(offline):
    data, truth = _turns(bias=np.array([0.2, 0.1, 3.5]))
    with pytest.warns(VqfWarning, match=r"Found 3\.5 deg/s at rest.*bias_clip_deg_s=2"):
        VqfOrientation(offline=offline).estimate(data, sampling_rate_hz=RATE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = VqfOrientation(offline=offline, bias_clip_deg_s=10.0).estimate(data, sampling_rate_hz=RATE)
    turned = found.orientation_object_[-1] * found.orientation_object_[1].inv()
    expected = truth[-1] * truth[0].inv()
    # the causal filter has to find the bias first
    assert np.rad2deg((turned * expected.inv()).magnitude()) < (3 if offline else 15)


@pytest.mark.usefixtures("vqf")
def test_a_long_region_without_rest_is_warned_about():
    data, _ = _turns(n=9000)
    walking = data.iloc[1000:].reset_index(drop=True)
    with pytest.warns(VqfWarning, match=r"Found no rest of 1\.5 s in a region of 80 s"):
        VqfOrientation().estimate(walking, sampling_rate_hz=RATE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        VqfOrientation().estimate(walking.iloc[:5000], sampling_rate_hz=RATE)
        VqfOrientation(use_magnetometer=True).estimate(walking, sampling_rate_hz=RATE)
