"""Hidden Markov models: body frame of one or two feet; models and features take one foot at a time."""

import functools

import numpy as np
import pandas as pd

from gaitmap.stride_segmentation.hmm import (
    HmmStrideSegmentation,
    PreTrainedOpenSegmentationModel,
    RothHmmFeatureTransformer,
    RothSegmentationHmm,
    SimpleHmm,
)
from gaitmap.utils.datatype_helper import is_single_sensor_stride_list
from tests.contract._case import Case, gives, raises
from tests.contract._walk import N_STRIDES, RATE, make_walk


@functools.cache
def _trained():
    walk = make_walk()
    # All strides are equal: without the floor the model would take nothing else for a stride.
    common = {"algo_train": "baum-welch", "max_iterations": 3, "verbose": False, "covariance_floor": 0.02}
    model = RothSegmentationHmm(
        SimpleHmm(8, 1, name="stride_model", **common),
        SimpleHmm(2, 1, name="transition_model", architecture="left-right-loose", **common),
        verbose=False,
    )
    return model.self_optimize(list(walk.body_frame.values()), list(walk.segmented.values()), RATE)


def _model():
    return _trained().clone()


def _segment(algorithm, walk):
    return algorithm.segment(walk.body_frame, sampling_rate_hz=walk.rate)


def _predict(algorithm, walk):
    return algorithm.predict(walk.body_frame, sampling_rate_hz=walk.rate)


def _transform(algorithm, walk):
    return algorithm.transform(walk.body_frame, roi_list=walk.segmented, sampling_rate_hz=walk.rate)


def _no_stride_over_the_gap(algorithm, walk):
    for sensor, data in walk.body_frame.items():
        strides = algorithm.stride_list_[sensor]
        gap = np.flatnonzero(data.isna().any(axis=1))
        assert is_single_sensor_stride_list(strides)
        assert len(strides) >= N_STRIDES - 3
        assert not ((strides["start"] <= gap[-1]) & (strides["end"] > gap[0])).any()


def _every_sample_has_a_state(algorithm, walk):
    assert len(algorithm.hidden_state_sequence_) == len(walk.body_frame)
    assert set(algorithm.hidden_state_sequence_) <= set(range(algorithm.n_states))


def _no_features_in_the_gap(algorithm, walk):
    missing = algorithm.transformed_data_.isna().any(axis=1)
    assert 1 <= missing.sum() <= 15  # six samples, and half a window of 0.2 s to both sides


def _no_region(algorithm, walk):
    pd.testing.assert_frame_equal(algorithm.transformed_roi_list_, walk.segmented)


_TOO_SHORT = raises(ValueError, match="short|padlen|greater than")

CASES = [
    Case(
        make=lambda: HmmStrideSegmentation(_model()),
        call=_segment,
        changed={"model__algo_predict": "map"},
        empty=_TOO_SHORT,
        one_sample=_TOO_SHORT,
        nan_gap=gives(_no_stride_over_the_gap),
    ),
    Case(
        make=lambda: HmmStrideSegmentation(PreTrainedOpenSegmentationModel()),
        call=_segment,
        changed={"model__feature_transform__standardization": True},
        empty=_TOO_SHORT,
        one_sample=_TOO_SHORT,
        nan_gap=gives(_no_stride_over_the_gap),
    ),
    Case(
        make=_model,
        call=_predict,
        changed={"stride_model__n_states": 3},
        empty=_TOO_SHORT,
        one_sample=_TOO_SHORT,
        nan_gap=gives(_every_sample_has_a_state),
        sensors="single",
    ),
    Case(
        make=RothHmmFeatureTransformer,
        call=_transform,
        changed={"low_pass_filter__order": 2},
        empty=_TOO_SHORT,
        one_sample=_TOO_SHORT,
        nan_gap=gives(_no_features_in_the_gap),
        no_strides=gives(_no_region),
        sensors="single",
    ),
]
