import warnings

import numpy as np
import pandas as pd
import pytest

from gaitmap.utils.consts import SF_ACC, SF_COLS, SF_GYR
from gaitmap.utils.coordinate_conversion import convert_left_foot_to_fbf
from gaitmap.utils.exceptions import UnitSuspectWarning, ValidationError
from gaitmap.utils.unit_check import check_units

G, RAD = 9.81, 180 / np.pi


def foot(acc=1.0, gyr=1.0, moving=True):
    """Ten seconds at 100 Hz: a swing every second, or rest."""
    swing = np.clip(np.sin(2 * np.pi * np.arange(1000) / 100), 0, None) * moving
    data = pd.DataFrame(np.random.default_rng(0).normal(scale=0.3, size=(1000, 6)), columns=SF_COLS)
    data["acc_z"] += G + 30 * swing
    data["gyr_y"] += 400 * swing
    data[SF_ACC] *= acc
    data[SF_GYR] *= gyr
    return data


@pytest.mark.parametrize("moving", [True, False])
def test_expected_units_are_plausible(moving):
    assert check_units(foot(moving=moving)) == []


@pytest.mark.parametrize(
    ("factors", "quantity", "looks_like"),
    [
        ({"acc": 1 / G}, "acc", "g"),
        ({"acc": 1000 / G}, "acc", "mg"),
        ({"acc": G}, "acc", "m/s^2 converted from g"),
        ({"acc": 0.5}, "acc", "unknown"),
        ({"gyr": 1 / RAD}, "gyr", "rad/s"),
        ({"gyr": RAD}, "gyr", "deg/s converted from rad/s"),
        ({"gyr": 1e6}, "gyr", "unknown"),
    ],
)
def test_other_units_are_recognised(factors, quantity, looks_like):
    (finding,) = check_units(foot(**factors))
    assert (finding.sensor, finding.quantity, finding.looks_like) == (None, quantity, looks_like)
    assert f"{finding.value:.3g}" in finding.message


def test_rest_tells_nothing_about_the_unit_of_the_angular_rate():
    assert check_units(foot(gyr=1 / RAD, moving=False)) == []


def test_findings_name_their_sensor():
    findings = check_units({"left": foot(), "right": foot(acc=1 / G, gyr=1 / RAD)})
    assert [(f.sensor, f.quantity) for f in findings] == [("right", "acc"), ("right", "gyr")]
    assert "'right'" in findings[0].message


def test_body_frame_data_are_judged_alike():
    assert [f.looks_like for f in check_units(convert_left_foot_to_fbf(foot(acc=1 / G)))] == ["g"]


def test_sensor_without_values_is_not_judged():
    assert check_units(foot() * np.nan) == []
    assert check_units(foot().iloc[:0]) == []


def test_there_is_one_warning_for_all_findings_and_none_without():
    with pytest.warns(UnitSuspectWarning) as record:
        check_units(foot(acc=1 / G, gyr=1 / RAD), warn=True)
    assert len(record) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check_units(foot(), warn=True)


def test_only_sensor_data():
    with pytest.raises(ValidationError):
        check_units(foot()[SF_ACC])


@pytest.mark.recordings
def test_public_walk_is_plausible():
    from gaitmap.example_data import get_healthy_example_imu_data

    assert check_units(get_healthy_example_imu_data()) == []
