"""Event detection inside given strides."""

import numpy as np

from gaitmap.event_detection import (
    FilteredRamppEventDetection,
    HerzerEventDetection,
    MidStanceEventDetection,
    RamppEventDetection,
)
from tests.contract._case import Case, gives

EVENTS = ["ic", "tc", "min_vel"]


def _detect(algorithm, walk):
    return algorithm.detect(walk.body_frame, walk.segmented, sampling_rate_hz=walk.rate)


def _empty_tables(algorithm, walk):
    for sensor in walk.segmented:
        events = algorithm.annotated_original_event_list_[sensor]
        strides = algorithm.min_vel_event_list_[sensor]
        assert events.empty
        assert strides.empty
        assert events.index.name == strides.index.name == "s_id"
        assert events.dtypes.astype(str).tolist() == ["int64"] * 2 + ["float64"] * 3
        assert list(events.columns) == ["start", "end", *EVENTS]
        assert list(strides.columns) == ["start", "end", *EVENTS, "pre_ic"]
        assert (strides.dtypes == "float64").all()


def _only_the_stride_with_the_gap_is_left_out(algorithm, walk):
    for sensor, strides in walk.segmented.items():
        data = walk.body_frame[sensor]
        bad = [i for i, (start, end) in strides.iterrows() if np.isnan(data.iloc[start:end]).any(axis=None)]
        assert len(bad) == 1
        assert algorithm.annotated_original_event_list_[sensor].index.tolist() == strides.index.drop(bad).tolist()
        left_out = algorithm.left_out_[sensor]
        assert left_out.loc[bad, "missing"].tolist() == [*EVENTS, "stride"]


def _detect_in_mid_stance_strides(algorithm, walk):
    return algorithm.detect(walk.body_frame, walk.min_vel, sampling_rate_hz=walk.rate)


def _empty_table_of_strides(algorithm, walk):
    for sensor in walk.min_vel:
        strides = algorithm.min_vel_event_list_[sensor]
        assert strides.empty
        assert strides.index.name == "s_id"
        assert (strides.dtypes == "float64").all()


def _only_the_events_of_the_stride_with_the_gap_are_missing(algorithm, walk):
    for sensor, given in walk.min_vel.items():
        data = walk.body_frame[sensor]
        bad = [i for i, row in given.iterrows() if np.isnan(data.iloc[int(row.start) : int(row.end)]).any(axis=None)]
        assert len(bad) == 1
        strides = algorithm.min_vel_event_list_[sensor]
        assert strides.index.tolist() == given.index.tolist()
        assert strides.index[strides["ic"].isna()].tolist() == bad
        assert algorithm.left_out_[sensor].loc[bad, "missing"].tolist() == ["tc", "ic"]


def _case(cls, changed):
    return Case(
        make=cls,
        call=_detect,
        changed=changed,
        empty=gives(_empty_tables),
        one_sample=gives(_empty_tables),
        no_strides=gives(_empty_tables),
        nan_gap=gives(_only_the_stride_with_the_gap_is_left_out),
    )


CASES = [
    _case(RamppEventDetection, {"ic_search_region_ms": (60, 120)}),
    _case(FilteredRamppEventDetection, {"ic_lowpass_filter": None}),
    _case(HerzerEventDetection, {"mid_swing_n_considered_peaks": 2}),
    Case(
        make=MidStanceEventDetection,
        call=_detect_in_mid_stance_strides,
        changed={"max_spread_s": 0.08},
        empty=gives(_empty_table_of_strides),
        one_sample=gives(_empty_table_of_strides),
        no_strides=gives(_empty_table_of_strides),
        nan_gap=gives(_only_the_events_of_the_stride_with_the_gap_are_missing),
    ),
]
