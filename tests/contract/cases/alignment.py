"""Offset of the gyroscopes, and alignment of the sensors."""

import numpy as np

from gaitmap.preprocessing import GyroscopeOffsetEstimation
from gaitmap.preprocessing.sensor_alignment import (
    AutoAlignment,
    ForwardDirectionSignAlignment,
    GravityAlignment,
    PcaAlignment,
)
from gaitmap.utils.consts import SF_ACC
from tests.contract._case import Case, gives, raises


class _OneBlock:
    """A source of blocks that can be pickled."""

    def __init__(self, data):
        self.data = data

    def __call__(self, columns):
        return iter([self.data])


def _estimate_offset(algorithm, walk):
    return algorithm.estimate(_OneBlock(walk.sensor_frame), sampling_rate_hz=walk.rate)


def _no_offset(algorithm, walk):
    for sensor in walk.sensor_frame:
        assert algorithm.offset_[sensor].tolist() == [0, 0, 0]
        assert algorithm.source_[sensor] == "none"


def _small_offset(algorithm, walk):
    for sensor in walk.sensor_frame:
        assert np.abs(algorithm.offset_[sensor]).max() < 0.5


def _align(algorithm, walk):
    return algorithm.align(walk.sensor_frame, sampling_rate_hz=walk.rate)


def _align_without_rate(algorithm, walk):
    return algorithm.align(walk.sensor_frame)


def _gap_stays_a_gap(algorithm, walk):
    for sensor, aligned in algorithm.aligned_data_.items():
        before = walk.sensor_frame[sensor][SF_ACC].isna().any(axis=1)
        assert before.any()
        np.testing.assert_array_equal(aligned[SF_ACC].isna().any(axis=1), before)
        assert np.isfinite(algorithm.rotation_[sensor].as_quat()).all()


too_short = raises(ValueError, match="Invalid window length")
no_walking = raises(ValueError, match="No walking was found")

CASES = [
    Case(
        make=GyroscopeOffsetEstimation,
        call=_estimate_offset,
        changed={"window_s": 2.0},
        empty=gives(_no_offset),
        one_sample=gives(_no_offset),
        nan_gap=gives(_small_offset),
        sensors="pair",
    ),
    Case(
        make=AutoAlignment,
        call=_align,
        changed={"toe_out_deg": 10.0},
        empty=no_walking,
        one_sample=no_walking,
        nan_gap=gives(_gap_stays_a_gap),
        # The names of several sensors tell the feet, to the outside of which the toes point; one sensor has no name.
        sensors="pair",
    ),
    Case(
        make=GravityAlignment,
        call=_align,
        changed={"static_signal_th": 3.0},
        empty=too_short,
        one_sample=too_short,
        nan_gap=gives(_gap_stays_a_gap),
    ),
    Case(
        make=PcaAlignment,
        call=_align_without_rate,
        changed={"target_axis": "x"},
        empty=raises(ValueError, match="At least 2 samples"),
        one_sample=raises(ValueError, match="At least 2 samples"),
        nan_gap=raises(ValueError, match="NaN"),
    ),
    Case(
        make=ForwardDirectionSignAlignment,
        call=_align,
        changed={"baseline_velocity_threshold": 0.5},
        empty=too_short,
        one_sample=too_short,
        nan_gap=raises(ValueError, match="NaN"),
    ),
]
