"""Trajectory reconstruction."""

from importlib.util import find_spec

import numpy as np
import pandas as pd
import pytest

from gaitmap.trajectory_reconstruction import (
    ForwardBackwardIntegration,
    MadgwickAHRS,
    MadgwickRtsKalman,
    MahonyAHRS,
    PieceWiseLinearDedriftedIntegration,
    RegionLevelTrajectory,
    RtsKalman,
    SimpleGyroIntegration,
    StrideLevelTrajectory,
    VqfOrientation,
)
from tests.contract._case import Case, gives, raises


def _estimate(method, walk):
    return method.estimate(walk.sensor_frame, sampling_rate_hz=walk.rate)


def _estimate_with_strides(method, walk):
    return method.estimate(walk.sensor_frame, stride_event_list=walk.min_vel, sampling_rate_hz=walk.rate)


def _estimate_strides(method, walk):
    return method.estimate(walk.sensor_frame, walk.min_vel, sampling_rate_hz=walk.rate)


def _as_region(strides):
    """One walking bout from the first stride to the last."""
    borders = [[strides["start"].min(), strides["end"].max()]] if len(strides) else []
    return pd.DataFrame(borders, columns=["start", "end"], index=pd.RangeIndex(len(borders), name="gs_id"))


def _estimate_region(method, walk):
    if isinstance(walk.min_vel, dict):
        regions = {sensor: _as_region(strides) for sensor, strides in walk.min_vel.items()}
    else:
        regions = _as_region(walk.min_vel)
    return method.estimate(walk.sensor_frame, regions, stride_event_list=walk.min_vel, sampling_rate_hz=walk.rate)


def _is_initial_orientation(method, walk):
    np.testing.assert_array_equal(method.orientation_.to_numpy(), [[0, 0, 0, 1]])
    assert len(method.rotated_data_) == 0


def _has_two_orientations(method, walk):
    assert method.orientation_.shape == (2, 4)


def _is_at_rest(method, walk):
    for result in (method.velocity_, method.position_):
        np.testing.assert_array_equal(result.to_numpy(), np.zeros((len(walk.sensor_frame) + 1, 3)))


def _has_one_state_more_than_samples(method, walk):
    assert len(method.position_) == len(walk.sensor_frame) + 1


def _is_unknown(method, walk):
    assert method.position_.iloc[1:].isna().all(axis=None)


def _has_no_rows(method, walk):
    for result in (method.orientation_, method.velocity_, method.position_):
        for frame in result.values():
            assert len(frame) == 0
            assert frame.index.names[1] == "sample"


def _lacks_the_stride_with_the_gap(method, walk):
    frame = method.position_["left_sensor"]
    unknown = frame.isna().all(axis=1).groupby("s_id").all()
    assert unknown.index[unknown].tolist() == [1]


def _orientation_case(method, changed, marks=(), name=None):
    return Case(
        make=method,
        call=_estimate,
        changed=changed,
        sensors="single",
        empty=gives(_is_initial_orientation),
        one_sample=gives(_has_two_orientations),
        nan_gap=raises(ValueError, "sample"),
        marks=marks,
        name=name,
    )


def _trajectory_case(method, changed):
    return Case(
        make=method,
        call=_estimate_with_strides,
        changed=changed,
        sensors="single",
        empty=raises(ValueError, "Invalid window length"),
        one_sample=raises(ValueError, "Invalid window length"),
        nan_gap=raises(ValueError, "NaN"),
        no_strides=gives(_has_one_state_more_than_samples),
    )


CASES = [
    _trajectory_case(RtsKalman, {"level_walking": False}),
    _trajectory_case(MadgwickRtsKalman, {"madgwick_beta": 0.1}),
    _trajectory_case(PieceWiseLinearDedriftedIntegration, {"level_assumption": False}),
    _orientation_case(SimpleGyroIntegration, {"initial_orientation": np.array([0, 0, 1.0, 0])}),
    _orientation_case(
        lambda: SimpleGyroIntegration(rule="trapezoid"), {"rule": "rectangle"}, name="SimpleGyroIntegration, trapezoid"
    ),
    _orientation_case(MadgwickAHRS, {"beta": 0.1}),
    _orientation_case(MahonyAHRS, {"ki": 0.1}),
    _orientation_case(
        VqfOrientation,
        {"offline": False},
        (pytest.mark.skipif(find_spec("vqf") is None, reason="the package vqf is not installed"),),
    ),
    Case(
        make=ForwardBackwardIntegration,
        call=_estimate,
        changed={"turning_point": 0.4},
        sensors="single",
        empty=gives(_is_at_rest),
        one_sample=gives(_is_at_rest),
        nan_gap=gives(_is_unknown),
    ),
    Case(
        make=StrideLevelTrajectory,
        call=_estimate_strides,
        changed={"ori_method": MadgwickAHRS()},
        empty=gives(_has_no_rows),
        one_sample=gives(_has_no_rows),
        nan_gap=gives(_lacks_the_stride_with_the_gap),
        no_strides=gives(_has_no_rows),
    ),
    Case(
        make=RegionLevelTrajectory,
        call=_estimate_region,
        changed={"align_window_width": 4},
        empty=gives(_has_no_rows),
        one_sample=gives(_has_no_rows),
        nan_gap=raises(ValueError, "NaN"),
        no_strides=gives(_has_no_rows),
    ),
]
