"""Wrong units and unknown feet are told before the analysis starts."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.quality import check_feet, check_plausible_units
from gaitmap.recordings import Recording, RecordingError
from gaitmap.utils.consts import SF_COLS

RATE = 100.0


def recording(acc=1.0, gyr=1.0, *, moving=True, sensor="left_sensor") -> Recording:
    rng = np.random.default_rng(0)
    n = 2000
    phase = 2 * np.pi * np.arange(n) / RATE
    swing = np.clip(np.sin(phase), 0, None) if moving else np.zeros(n)
    frame = pd.DataFrame(rng.normal(scale=0.3, size=(n, 6)), columns=SF_COLS)
    frame["acc_z"] += 9.81 + 30 * swing
    frame["gyr_y"] += 400 * swing
    frame[SF_COLS[:3]] *= acc
    frame[SF_COLS[3:]] *= gyr
    return Recording({sensor: frame}, RATE, name="walk")


@pytest.mark.parametrize("moving", [True, False])
def test_right_units_pass(moving):
    assert check_plausible_units(recording(moving=moving)) == []


@pytest.mark.parametrize("moving", [True, False])
@pytest.mark.parametrize(
    ("factor", "text"), [(1 / 9.81, "acc_unit='g'"), (9.81, "leave acc_unit"), (1000 / 9.81, "looks like mg")]
)
def test_wrong_units_of_acceleration(moving, factor, text):
    with pytest.raises(RecordingError, match=text):
        check_plausible_units(recording(acc=factor, moving=moving))


@pytest.mark.parametrize(("factor", "text"), [(np.pi / 180, "gyr_unit='rad/s'"), (180 / np.pi, "leave gyr_unit")])
def test_wrong_units_of_angular_rate(factor, text):
    with pytest.raises(RecordingError, match=text):
        check_plausible_units(recording(gyr=factor))


def test_a_foot_at_rest_tells_nothing_about_the_angular_rate():
    assert check_plausible_units(recording(gyr=np.pi / 180, moving=False)) == []


def test_findings_without_raising():
    findings = check_plausible_units(recording(acc=1 / 9.81, gyr=np.pi / 180), raise_error=False)
    assert len(findings) == 2


def test_a_bad_calibration_is_a_remark():
    assert "calibration" in check_plausible_units(recording(acc=0.5))[0]


def test_a_sensor_without_values_passes():
    empty = recording()
    empty.data["left_sensor"].loc[:] = np.nan
    assert check_plausible_units(empty) == []


def test_known_feet_pass():
    check_feet(recording(sensor="right_sensor"))


def test_unknown_feet_are_refused_with_the_remedy():
    with pytest.raises(RecordingError, match=r"not known on which foot.*--left NP5"):
        check_feet(recording(sensor="NP5"))


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "rate"), [("imu_sample", 204.8), ("imu_sample_not_rotated", 204.8), ("aligned_data_with_mag_l_walks", 400)]
)
def test_public_recordings_pass(name, rate):
    from gaitmap.example_data import get_example_data_path
    from gaitmap.recordings import read_recording

    assert check_plausible_units(read_recording(get_example_data_path(f"{name}.csv"), sampling_rate_hz=rate)) == []
