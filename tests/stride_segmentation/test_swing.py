"""Segmentation by swings: against the simulator's truth, in any axes, in any blocks, and for what is no gait."""

import pickle

import numpy as np
import pandas as pd
import pytest

from gaitmap.simulation import Fidget, GaitParameters, Rest, Shuffle, Turn, Walk, simulate
from gaitmap.stride_segmentation import SwingStrideSegmentation
from gaitmap.utils.consts import SF_ACC, SF_COLS, SF_GYR
from gaitmap.utils.coordinate_conversion import convert_to_fbf

RATE = 100.0
LEFT = "left_sensor"


def _walk(*activities, seed=1):
    return simulate([Rest(4), *activities, Rest(4)], RATE, seed=seed)


def _slow(stride_time_s):
    return Walk(n_steps=20, gait=GaitParameters(stride_time_s=stride_time_s, stride_length_m=0.5))


@pytest.fixture(scope="module")
def mixed():
    return _walk(Walk(n_steps=12), Turn(), _slow(2.0), Fidget(20), Rest(12), Walk(n_steps=7))


def _segment(data, **parameters):
    return SwingStrideSegmentation(**parameters).segment(data, RATE)


@pytest.mark.parametrize(
    "activity", [Walk(n_steps=20), _slow(2.0), _slow(3.0), _slow(4.0), Shuffle(n_steps=20)], ids=lambda a: str(a)[:40]
)
def test_every_step_of_fast_and_slow_walking_is_found_once(activity):
    walk = _walk(activity)
    for sensor, strides in _segment(walk.data).stride_list_.items():
        truth = walk.truth.strides[sensor]
        middle = (truth["min_vel"] + truth["ic"]) / 2
        n_found = [((strides["start"] <= m) & (strides["end"] > m)).sum() for m in middle]
        assert n_found == [1] * len(truth)
        # The step from standing into walking has no stride of its own in the truth.
        assert len(truth) <= len(strides) <= len(truth) + 2
        assert strides["kind"].iloc[[0, -1]].tolist() == ["start", "stop"]


def test_borders_lie_in_stance(mixed):
    strides = _segment(mixed.data).stride_list_[LEFT]
    gyr = mixed.data[LEFT][SF_GYR].to_numpy()
    borders = np.unique(strides[["start", "end"]])
    assert np.linalg.norm(gyr[borders], axis=1).max() < 10


@pytest.mark.parametrize("seed", range(3))
def test_mounting_and_offsets_do_not_matter(mixed, seed):
    random = np.random.default_rng(seed)
    turn = np.linalg.qr(random.normal(size=(3, 3)))[0]
    turn[0] *= np.sign(np.linalg.det(turn))
    data = mixed.data[LEFT]
    turned = pd.DataFrame(np.hstack([data[c].to_numpy() @ turn.T for c in (SF_ACC, SF_GYR)]), columns=SF_COLS)
    offset = turned.add(np.concatenate([np.zeros(3), random.uniform(-3, 3, 3)]))
    expected = _segment(data).stride_list_
    pd.testing.assert_frame_equal(_segment(turned).stride_list_, expected)
    found = _segment(offset).stride_list_
    assert len(found) == len(expected)
    # While the foot stands, any moment is as good as the other.
    walks = (found["kind"] == "stride").to_numpy()
    moved = (found[["start", "end"]] - expected[["start", "end"]]).abs()[walks]
    assert (moved < 0.1 * RATE).all(axis=1).mean() > 0.8


def test_the_body_frame_gives_the_same(mixed):
    expected = _segment(mixed.data)
    found = _segment(convert_to_fbf(mixed.data, left_like="left", right_like="right"))
    for sensor, table in found.movements_.items():
        pd.testing.assert_frame_equal(table, expected.movements_[sensor])


@pytest.mark.parametrize("length", [1, 37, 1000])
def test_blocks_of_any_length_give_the_strides_of_the_whole(mixed, length):
    data = mixed.data[LEFT].iloc[: 12 * 100 if length == 1 else 60 * 100]
    whole = _segment(data)
    stream = SwingStrideSegmentation().stream(RATE)
    strides, movements = [], []
    for start in range(0, len(data), length):
        strides.append(stream.push(data.iloc[start : start + length]))
        movements.append(stream.movements)
        if start == 2 * length:
            stream = pickle.loads(pickle.dumps(stream))
    strides.append(stream.finish())
    movements.append(stream.movements)
    pd.testing.assert_frame_equal(pd.concat(strides), whole.stride_list_)
    pd.testing.assert_frame_equal(pd.concat(movements, ignore_index=True), whole.movements_)


def test_a_stream_keeps_a_bounded_part_and_reports_in_time():
    data = _walk(Walk(n_steps=40)).data[LEFT]
    stream = SwingStrideSegmentation().stream(RATE)
    kept = []
    for lap in range(8):
        for start in range(0, len(data), 50):
            found = stream.push(data.iloc[start : start + 50])
            if len(found):
                assert (stream.n_samples - found["start"]).max() <= (stream.max_delay_s + 3) * RATE + 50
            assert stream.open_from >= stream.n_samples - (2 * stream.max_delay_s + 20) * RATE
        if lap > 2:
            kept.append(len(pickle.dumps(stream)))
    assert max(kept) < 1.2 * min(kept)


def test_what_is_no_gait_is_told_and_left_out(mixed):
    found = _segment(mixed.data).movements_[LEFT]
    is_fidget = np.zeros(len(found), bool)
    for row in mixed.truth.activities.query("kind == 'fidget'").itertuples():
        is_fidget |= (found["start"] >= (row.start_s + 4) * RATE) & (found["end"] <= row.end_s * RATE)
    assert is_fidget.any()
    # Beside walking, a small movement is kept as what it is.
    assert found.loc[is_fidget, "kind"].isin(["no rest", "no gait", "small"]).all()
    assert (found.loc[is_fidget, "s_id"] == -1).mean() > 0.7


def _turning(rate_dps, ahead=0.0, up=0.0):
    """A sensor that turns about y, with accelerations in the world."""
    tilt = np.deg2rad(np.cumsum(rate_dps) / RATE)
    up = up + 9.81
    acc = [np.cos(tilt) * ahead - np.sin(tilt) * up, 0 * tilt, np.sin(tilt) * ahead + np.cos(tilt) * up]
    return pd.DataFrame(np.column_stack([*acc, 0 * tilt, rate_dps, 0 * tilt]), columns=SF_COLS)


def _lift(n_samples=100):
    return 150 * np.sin(2 * np.pi * np.arange(n_samples) / n_samples)


def test_a_foot_that_is_lifted_again_and_again_makes_no_strides():
    found = _segment(_turning(np.tile(np.concatenate([_lift(), np.zeros(40)]), 12)))
    assert len(found.movements_) >= 11
    assert len(found.stride_list_) == 0


def test_cycling_makes_no_strides():
    turns = np.arange(int(40 * RATE)) / RATE
    rate = 120 * np.sin(2 * np.pi * turns) + 60 * np.sin(4 * np.pi * turns)  # toes down and up in each turn
    crank = 0.17 * (2 * np.pi) ** 2
    data = _turning(rate, crank * np.sin(2 * np.pi * turns), crank * np.cos(2 * np.pi * turns))
    found = _segment(data)
    assert len(found.movements_) > 30
    assert len(found.stride_list_) == 0


def test_a_step_on_the_spot_beside_walking_is_small():
    walk = _walk(Walk(n_steps=12)).data[LEFT].iloc[: -int(2.5 * RATE)]
    lift = _turning(np.concatenate([_lift(), np.zeros(300)]))
    kinds = _segment(pd.concat([walk, lift], ignore_index=True)).stride_list_["kind"]
    assert kinds.iloc[-1] == "small"
    assert (kinds == "small").sum() == 1


def test_infinite_values_are_refused(mixed):
    data = mixed.data[LEFT].copy()
    data.iloc[5, 4] = np.inf
    with pytest.raises(Exception, match="infinite values"):
        _segment(data)


@pytest.mark.parametrize("name", ["smoothing_s", "min_fall", "max_gap", "min_gait_share"])
def test_wrong_parameters_are_named(mixed, name):
    with pytest.raises(ValueError, match=name):
        _segment(mixed.data, **{name: -1.0})
