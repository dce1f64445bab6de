"""Stride segmentation: body frame of one or two feet, no stride list."""

import numpy as np
import pandas as pd

from gaitmap.data_transform import FixedScaler
from gaitmap.stride_segmentation import (
    BarthDtw,
    BaseDtw,
    CalibratedBarthDtw,
    ConstrainedBarthDtw,
    DtwTemplate,
    GivenStrides,
    RoiStrideSegmentation,
    SwingStrideSegmentation,
)
from gaitmap.utils.datatype_helper import is_single_sensor_stride_list
from gaitmap.utils.exceptions import ValidationError
from tests.contract._case import Case, gives, raises
from tests.contract._walk import N_STRIDES, RATE, STRIDE, SWING_START, make_walk

FIRST_CUT = STRIDE + SWING_START - 4


def _template():
    """One stride of the synthetic walk; the same data everywhere, so no data file is needed."""
    stride = make_walk().body_frame["left_sensor"].iloc[FIRST_CUT : FIRST_CUT + STRIDE]
    columns = ["gyr_ml", "gyr_si"]
    data = pd.DataFrame(stride[columns].to_numpy(copy=True), columns=columns)
    return DtwTemplate(data=data, sampling_rate_hz=RATE, scaling=FixedScaler(500.0))


def _make(cls, **params):
    def make():
        return cls(template=_template(), max_cost=2.0, min_match_length_s=0.6, max_match_length_s=3.0, **params)

    return make


def _segment(algorithm, walk):
    return algorithm.segment(walk.body_frame, sampling_rate_hz=walk.rate)


def _segment_region(algorithm, walk):
    region = pd.DataFrame({"start": [0], "end": [len(walk.body_frame)]}, index=pd.Index([0], name="roi_id"))
    return algorithm.segment(walk.body_frame, sampling_rate_hz=walk.rate, regions_of_interest=region)


def _no_match(algorithm, walk):
    for sensor in walk.body_frame:
        assert algorithm.matches_start_end_[sensor].tolist() == []
        assert algorithm.costs_[sensor].tolist() == []
        assert algorithm.paths_[sensor] == []
        assert len(algorithm.cost_function_[sensor]) == len(walk.body_frame[sensor])


def _per_foot(algorithm, walk):
    if isinstance(walk.body_frame, dict):
        return [(walk.body_frame[sensor], algorithm.stride_list_[sensor]) for sensor in walk.body_frame]
    return [(walk.body_frame, algorithm.stride_list_)]


def _no_stride(algorithm, walk):
    for _, strides in _per_foot(algorithm, walk):
        assert is_single_sensor_stride_list(strides)
        assert len(strides) == 0
        assert (strides[["start", "end"]].dtypes == np.int64).all()
        assert strides.index.name == "s_id"


def _no_match_over_the_gap(algorithm, walk):
    for sensor, data in walk.body_frame.items():
        matches = algorithm.matches_start_end_[sensor]
        gap = np.flatnonzero(data.isna().any(axis=1))
        assert len(matches) >= N_STRIDES - 3
        assert not ((matches[:, 0] <= gap[-1]) & (matches[:, 1] > gap[0])).any()


def _no_stride_over_the_gap(algorithm, walk):
    for data, strides in _per_foot(algorithm, walk):
        gap = np.flatnonzero(data.isna().any(axis=1))
        assert len(strides) >= N_STRIDES - 3
        assert not ((strides["start"] <= gap[-1]) & (strides["end"] > gap[0])).any()


def _all_strides_without_the_path_over_the_gap(algorithm, walk):
    for sensor, strides in algorithm.stride_list_.items():
        assert len(strides) == N_STRIDES
        movements = algorithm.movements_[sensor].set_index("s_id").loc[strides.index]
        gap = np.flatnonzero(walk.body_frame[sensor].isna().any(axis=1))
        is_over = (strides["start"] <= gap[-1]) & (strides["end"] > gap[0])
        assert is_over.sum() == 1
        np.testing.assert_array_equal(movements["path_m"].isna(), is_over)


def _all_strides(algorithm, walk):
    for sensor in walk.body_frame:
        assert len(algorithm.stride_list_[sensor]) == N_STRIDES - 1


CASES = [
    Case(
        make=lambda: GivenStrides(make_walk().min_vel),
        call=_segment,
        changed={"stride_list": make_walk().single().min_vel},
        empty=raises(ValidationError, "not in the data"),
        one_sample=raises(ValidationError, "not in the data"),
        nan_gap=gives(_all_strides),
        sensors="pair",
    ),
    Case(
        make=_make(BaseDtw),
        call=_segment,
        changed={"max_cost": 3.0},
        empty=gives(_no_match),
        one_sample=gives(_no_match),
        nan_gap=gives(_no_match_over_the_gap),
    ),
    *(
        Case(
            make=_make(cls, snap_to_min_win_ms=None),
            call=_segment,
            changed={"template__sampling_rate_hz": 50.0},
            empty=gives(_no_stride),
            one_sample=gives(_no_stride),
            nan_gap=gives(_no_stride_over_the_gap),
        )
        for cls in (BarthDtw, ConstrainedBarthDtw)
    ),
    Case(
        make=CalibratedBarthDtw,
        call=_segment,
        changed={"template__smoothing__cutoff_freq_hz": 4.0},
        empty=gives(_no_stride),
        one_sample=gives(_no_stride),
        nan_gap=gives(_no_stride_over_the_gap),
    ),
    Case(
        make=SwingStrideSegmentation,
        call=_segment,
        changed={"min_fall": 0.4},
        empty=gives(_no_stride),
        one_sample=gives(_no_stride),
        nan_gap=gives(_all_strides_without_the_path_over_the_gap),
    ),
    Case(
        make=lambda: RoiStrideSegmentation(_make(BarthDtw, snap_to_min_win_ms=None)()),
        call=_segment_region,
        changed={"segmentation_algorithm__max_cost": 3.0},
        empty=gives(_no_stride),
        one_sample=gives(_no_stride),
        nan_gap=gives(_no_stride_over_the_gap),
        sensors="single",  # the instances per region are laid out differently for several sensors
    ),
]
