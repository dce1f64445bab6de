"""A mirrored frame shows in the velocity that is left at the end of strides."""

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from gaitmap.quality._frame import frame_findings, judge_frame
from gaitmap.simulation import simulate_walk


@pytest.fixture(scope="module")
def foot():
    walk = simulate_walk(duration_s=20, seed=2)
    frame = walk.data["left_sensor"]
    strides = walk.truth.strides["left_sensor"][["start", "end"]].to_numpy()
    acc, gyr = (frame[[f"{kind}_{axis}" for axis in "xyz"]].to_numpy() for kind in ("acc", "gyr"))
    acc, gyr = acc.copy(), gyr.copy()
    return acc, gyr, strides, walk.sampling_rate_hz


def test_a_right_handed_frame_is_none(foot):
    assert not judge_frame(*foot).is_mirrored


@pytest.mark.parametrize("seed", range(3))
def test_nor_is_any_mounting(foot, seed):
    acc, gyr, *others = foot
    mounting = Rotation.random(random_state=seed)
    assert not judge_frame(mounting.apply(acc), mounting.apply(gyr), *others).is_mirrored


@pytest.mark.parametrize("axis", range(3))
def test_an_axis_with_the_wrong_sign_is_told(foot, axis):
    acc, gyr, *others = foot
    mirror = np.where(np.arange(3) == axis, -1.0, 1.0)
    evidence = judge_frame(acc * mirror, gyr * mirror, *others)
    assert evidence.is_mirrored
    assert "mirrored" in frame_findings(evidence)[0]


def test_few_or_broken_strides_say_nothing(foot):
    acc, gyr, strides, rate = foot
    assert not judge_frame(acc, -gyr, strides[:3], rate).is_mirrored
    assert judge_frame(np.full_like(acc, np.nan), gyr, strides, rate).n_strides == 0
