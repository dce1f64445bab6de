"""Event detection inside given strides."""

import numpy as np

from gaitmap.event_detection import FilteredRamppEventDetection, HerzerEventDetection, RamppEventDetection
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
]
