import numpy as np
import pandas as pd
import pytest

from gaitmap.evaluation_utils import evaluate_stride_event_list


def _events(tc, ids=None):
    start = np.arange(len(tc)) * 100
    strides = pd.DataFrame({"start": start, "end": start + 100, "ic": start + 80, "tc": tc})
    return strides.assign(s_id=range(len(tc)) if ids is None else ids)


@pytest.mark.parametrize("as_index", [True, False])
def test_only_the_chosen_event_is_compared(as_index):
    truth, found = _events([40, 140]), _events([42, 150])
    if as_index:
        truth, found = truth.set_index("s_id"), found.set_index("s_id")
    by_tc = evaluate_stride_event_list(ground_truth=truth, stride_event_list=found, match_cols="tc", tolerance=5)
    assert by_tc["match_type"].tolist() == ["tp", "fp", "fn"]
    by_ic = evaluate_stride_event_list(ground_truth=truth, stride_event_list=found, match_cols="ic", tolerance=5)
    assert by_ic["match_type"].tolist() == ["tp", "tp"]
    both = evaluate_stride_event_list(ground_truth=truth, stride_event_list=found, match_cols=["ic", "tc"], tolerance=5)
    assert both["match_type"].tolist() == ["tp", "fp", "fn"]


def test_a_missing_event_counts_as_wrong_and_as_missed():
    truth, found = _events([40.0, 140]), _events([np.nan, 140])
    matches = evaluate_stride_event_list(ground_truth=truth, stride_event_list=found, match_cols="tc")
    assert matches["match_type"].tolist() == ["fp", "tp", "fn"]
    assert matches["s_id_ground_truth"].dropna().tolist() == [1, 0]


def test_a_missing_event_can_be_refused():
    truth, found = _events([40.0, 140]), _events([np.nan, 140])
    with pytest.raises(ValueError, match="must be finite"):
        evaluate_stride_event_list(ground_truth=truth, stride_event_list=found, match_cols="tc", nan_policy="raise")


def test_unknown_events_are_refused():
    for column in ("", "heel_strike"):
        with pytest.raises(ValueError, match="One or more selected columns"):
            evaluate_stride_event_list(ground_truth=_events([40]), stride_event_list=_events([40]), match_cols=column)


def test_many_sensors_give_a_dict():
    events = {"left": _events([40]), "right": _events([60])}
    matches = evaluate_stride_event_list(ground_truth=events, stride_event_list=events, match_cols="tc")
    assert {sensor: table["match_type"].tolist() for sensor, table in matches.items()} == {
        "left": ["tp"],
        "right": ["tp"],
    }


def test_distances_tell_how_late_each_event_is():
    truth, found = _events([40, 140]), _events([42, 137])
    matches = evaluate_stride_event_list(
        ground_truth=truth, stride_event_list=found, match_cols="tc", tolerance=5, distances=True
    )
    assert matches["dist_tc"].tolist() == [2, -3]
    assert matches["match_type"].tolist() == ["tp", "tp"]
