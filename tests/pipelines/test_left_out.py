import pandas as pd

from gaitmap.pipelines.outcome._left_out import left_out_strides


def _strides(rows):
    return pd.DataFrame(rows, columns=["s_id", "start", "end"]).set_index("s_id")


def _reasons(rows):
    return pd.DataFrame(rows, columns=["s_id", "missing", "reason"]).set_index("s_id")


def test_every_stride_without_parameters_is_named_with_its_reason():
    found = _strides([[0, 0, 100], [1, 100, 200], [2, 200, 300], [3, 300, 400]])
    reasons = _reasons([[1, "stride", "out of order"], [3, "min_vel stride", "no stride follows directly"]])
    left_out = left_out_strides({"l": "left"}, {"l": found}, {"l": found.loc[[0]]}, {"l": reasons})
    assert left_out["s_id"].tolist() == [1, 2, 3]
    assert left_out["foot"].unique().tolist() == ["left"]
    assert left_out["start"].tolist() == [100, 200, 300]
    assert left_out["reason"].tolist() == [
        "out of order",
        "its events do not make a complete stride",
        "no stride follows directly",
    ]


def test_a_missing_event_is_the_reason_before_the_missing_stride():
    found = _strides([[7, 0, 100]])
    reasons = _reasons([[7, "tc", "no sign change"], [7, "ic", "no peak"], [7, "stride", "out of order"]])
    left_out = left_out_strides({"l": "left"}, {"l": found}, {"l": found.iloc[:0]}, {"l": reasons})
    assert left_out["reason"].tolist() == ["tc: no sign change; ic: no peak"]


def test_a_foot_without_event_detection_is_named():
    found = _strides([[0, 0, 100]])
    left_out = left_out_strides({"l": "left"}, {"l": found}, {}, {})
    assert left_out["reason"].tolist() == ["events were not detected for this foot"]


def test_nothing_left_out_is_an_empty_table_with_types():
    left_out = left_out_strides({}, {}, {}, {})
    assert list(left_out.columns) == ["foot", "s_id", "start", "end", "reason"]
    assert left_out["start"].dtype == "int64"
