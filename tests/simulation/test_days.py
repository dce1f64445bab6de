"""Days are as long, and walked as much, as asked for."""

import numpy as np
import pandas as pd
import pytest

from gaitmap.simulation import daily_activities, simulate


def test_a_day_has_its_length_and_its_walking():
    truth = simulate(daily_activities(1.0, walking_h=1.0, seed=1)).truth
    activities = truth.activities
    assert activities["end_s"].iloc[-1] == pytest.approx(86400, rel=0.03)
    duration = (activities["end_s"] - activities["start_s"]).groupby(activities["kind"]).sum()
    assert duration["walk"] == pytest.approx(3600, rel=0.15)
    assert {"walk", "turn", "rest", "fidget", "shuffle"} <= set(duration.index)
    assert {"stairs_up", "stairs_down"} & set(duration.index)
    assert activities["bout"].max() > 50


def test_no_foot_does_two_things_at_once():
    truth = simulate(daily_activities(0.2, walking_h=2, sleep_h=4, seed=2)).truth
    for times in truth.event_times.values():
        order = times[["start", "tc", "ic", "end"]].to_numpy()
        assert (np.diff(order, axis=1) > 0).all()
        assert (order[1:, 0] >= order[:-1, 3] - 1e-9).all()


def test_parts_of_days_and_seeds():
    first, same, other = (daily_activities(2 / 24, seed=seed) for seed in (1, 1, 2))
    assert first == same
    assert first != other
    assert simulate(first).duration_s == pytest.approx(7200, rel=0.05)


def test_a_day_in_blocks_is_the_same_day():
    walk = simulate(daily_activities(0.5 / 24, sleep_h=0, walking_h=4, seed=3), 50.0)
    blocks = pd.concat([block["left_sensor"] for block in walk.blocks(7001)])
    pd.testing.assert_frame_equal(blocks, walk.data["left_sensor"], check_exact=True)


def test_impossible_days_are_named():
    with pytest.raises(ValueError, match="walking_h"):
        daily_activities(walking_h=20)
    with pytest.raises(ValueError, match="days"):
        daily_activities(0)
    with pytest.raises(ValueError, match="'days' parameter of daily_activities must be at most 366"):
        daily_activities(1e6)
    with pytest.raises(ValueError, match="'seed' parameter of daily_activities must be an integer >= 0"):
        daily_activities(0.1, seed=-1)
