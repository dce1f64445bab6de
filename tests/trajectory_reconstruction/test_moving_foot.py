"""A warning where min_vel is no mid-stance."""

import warnings

import pytest

from gaitmap.simulation import Walk, simulate
from gaitmap.trajectory_reconstruction import StrideLevelTrajectory
from gaitmap.utils.exceptions import MovingFootWarning


@pytest.fixture(scope="module")
def walk():
    return simulate([Walk(duration_s=12)], sampling_rate_hz=200.0, seed=0)


def _moved(walk, late_s):
    strides = {}
    for sensor, true in walk.truth.strides.items():
        late = true[["start", "end", "min_vel"]] + round(late_s * 200)
        strides[sensor] = late[late["end"] < len(walk.data[sensor])]
    return strides


@pytest.mark.parametrize("late_s", [0.2, 0.3, 0.4, 0.5, 0.6])
def test_strides_that_begin_in_swing_are_warned_about(walk, late_s):
    with pytest.warns(MovingFootWarning, match="left_sensor.* the foot moves where most strides begin and end"):
        StrideLevelTrajectory().estimate(walk.data, _moved(walk, late_s), sampling_rate_hz=200.0)


@pytest.mark.parametrize("late_s", [-0.1, 0, 0.05])
def test_strides_that_begin_in_stance_are_not(walk, late_s):
    strides = _moved(walk, late_s)
    for table in strides.values():
        table.iloc[0] = table.iloc[0] + 60  # one bad stride is no reason
    with warnings.catch_warnings():
        warnings.simplefilter("error", MovingFootWarning)
        StrideLevelTrajectory().estimate(walk.data, strides, sampling_rate_hz=200.0)
