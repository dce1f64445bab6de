import numpy as np
import pandas as pd
import pytest

from gaitmap.event_detection._reasons import MIN_VEL_NOT_FOUND, NO_NEXT_STRIDE, REASONS, codes
from gaitmap.pipelines.outcome._not_analysed import (
    implausible_strides,
    joined,
    labelled_as_no_gait,
    not_analysed_strides,
    outside_of_bouts,
    without_parameters,
)


def _strides(rows):
    return pd.DataFrame(rows, columns=["s_id", "start", "end"]).set_index("s_id")


def _reasons(rows):
    return pd.DataFrame(rows, columns=["s_id", "missing", "reason"]).set_index("s_id")


def test_every_stride_without_events_is_named_with_its_reason():
    found = _strides([[0, 0, 100], [1, 100, 200], [2, 200, 300], [3, 300, 400]])
    reasons = _reasons([[1, "stride", "out of order"], [3, "min_vel stride", "no stride follows directly"]])
    table = not_analysed_strides({"l": found}, {"l": found.loc[[0]]}, {"l": reasons})["l"]
    assert table.index.tolist() == [1, 2, 3]
    assert table["start"].tolist() == [100, 200, 300]
    assert table["reason"].tolist() == [
        "out of order",
        "its events do not make a complete stride",
        "no stride follows directly",
    ]


def test_a_missing_event_is_the_reason_before_the_missing_stride():
    found = _strides([[7, 0, 100]])
    reasons = _reasons([[7, "tc", "no sign change"], [7, "ic", "no peak"], [7, "stride", "out of order"]])
    table = not_analysed_strides({"l": found}, {"l": found.iloc[:0]}, {"l": reasons})["l"]
    assert table["reason"].tolist() == ["tc: no sign change; ic: no peak"]


@pytest.mark.parametrize(
    ("missing", "reason", "status"),
    [
        ("min_vel stride", NO_NEXT_STRIDE, "no_rest"),
        ("min_vel stride", MIN_VEL_NOT_FOUND, "no_rest"),
        ("ic", REASONS[codes.MISSING_SAMPLES], "gap"),
        ("ic", REASONS[codes.NOT_FOUND], "failed"),
        ("stride", "anything else", "failed"),
    ],
)
def test_reasons_of_the_event_detection_have_a_status(missing, reason, status):
    found = _strides([[7, 0, 100]])
    table = not_analysed_strides({"l": found}, {"l": found.iloc[:0]}, {"l": _reasons([[7, missing, reason]])})["l"]
    assert table["status"].tolist() == [status]


def test_a_detection_may_tell_the_status_itself():
    found = _strides([[7, 0, 100]])
    reasons = _reasons([[7, "stride", "a shuffle"]]).assign(status="not_gait")
    assert not_analysed_strides({"l": found}, {"l": found.iloc[:0]}, {"l": reasons})["l"]["status"].item() == "not_gait"


def test_a_foot_without_event_detection_is_named():
    found = _strides([[0, 0, 100]])
    table = not_analysed_strides({"l": found}, {}, {})["l"]
    assert table["reason"].tolist() == ["events were not detected for this foot"]
    assert table["status"].tolist() == ["failed"]


def test_strides_without_any_parameter_are_not_analysed():
    events = {"l": _strides([[0, 0, 100], [1, 100, 200], [2, 200, 300]])}
    times = pd.DataFrame({"stride_time": [1.0, np.nan, np.nan]}, index=events["l"].index)
    lengths = pd.DataFrame({"stride_length": [np.nan, np.nan, 1.0]}, index=events["l"].index)
    table = without_parameters(events, [{"l": times}, {"l": lengths}], is_path_asked=True)["l"]
    assert table.index.tolist() == [1]
    assert table["status"].tolist() == ["gap"]
    assert without_parameters(events, [{}, {}], is_path_asked=False) == {}


def test_what_bouts_leave_out_is_implausible_or_has_a_remark():
    excluded = pd.DataFrame(
        [["left", 3, 0, 9, "stride_time_too_long"], ["left", 4, 9, 20, "bout_too_few_strides"]],
        columns=["foot", "s_id", "start", "end", "reason"],
    )
    feet = {"l": "left", "r": "right"}
    table = implausible_strides(excluded, feet)["l"]
    assert table[["status", "reason"]].to_numpy().tolist() == [["implausible", "it is too long in time for walking"]]
    remarks = outside_of_bouts(excluded, feet)
    assert remarks["l"].to_dict() == {4: "in no walking bout: too few strides in a row"}
    assert len(remarks["r"]) == 0


def test_the_segmentation_may_label_strides_as_no_gait():
    found = {"l": _strides([[0, 0, 100], [1, 100, 200]]).assign(kind=["walking", "not_gait"])}
    assert labelled_as_no_gait(found)["l"].index.tolist() == [1]


def test_the_first_reason_of_a_stride_stays():
    found = _strides([[0, 0, 100], [1, 100, 200]])
    one = not_analysed_strides({"l": found.iloc[:1]}, {}, {})
    other = {"l": found.assign(status="gap", reason="late")}
    assert joined(one, {"r": one["l"]}, other)["l"]["status"].tolist() == ["failed", "gap"]
