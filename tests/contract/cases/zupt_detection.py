"""Detection of moments of rest."""

import numpy as np

from gaitmap.zupt_detection import (
    AdaptiveZuptDetector,
    AredZuptDetector,
    ComboZuptDetector,
    NormZuptDetector,
    ShoeZuptDetector,
    StrideEventZuptDetector,
)
from tests.contract._case import Case, gives, raises


def _detect(detector, walk):
    return detector.detect(walk.sensor_frame, stride_event_list=walk.min_vel, sampling_rate_hz=walk.rate)


def _finds_rest_around_a_gap(detector, walk):
    assert walk.sensor_frame.isna().any(axis=None)
    assert detector.per_sample_zupts_.shape == (len(walk.sensor_frame),)
    assert 5 <= len(detector.zupts_) <= 20


def _finds_nothing(detector, walk):
    np.testing.assert_array_equal(detector.per_sample_zupts_, np.zeros(len(walk.sensor_frame), dtype=bool))
    assert detector.zupts_.shape == (0, 2)
    assert list(detector.zupts_.dtypes.astype(str)) == ["Int64", "Int64"]


def _combination():
    return ComboZuptDetector([("norm", NormZuptDetector()), ("events", StrideEventZuptDetector())])


too_short = raises(ValueError, match="Invalid window length")
windowed = {
    "call": _detect,
    "empty": too_short,
    "one_sample": too_short,
    "nan_gap": gives(_finds_rest_around_a_gap),
    "sensors": "single",
}

CASES = [
    Case(make=AdaptiveZuptDetector, changed={"tolerance": 1.5}, **windowed),
    Case(make=NormZuptDetector, changed={"metric": "maximum"}, **windowed),
    Case(make=AredZuptDetector, changed={"inactive_signal_threshold": 100}, **windowed),
    Case(make=ShoeZuptDetector, changed={"acc_noise_variance": 1e-8}, **windowed),
    Case(make=_combination, changed={"operation": "and"}, **windowed),
    Case(
        make=StrideEventZuptDetector,
        call=_detect,
        changed={"half_region_size_s": 0.1},
        empty=gives(_finds_nothing),
        one_sample=gives(_finds_nothing),
        nan_gap=gives(_finds_rest_around_a_gap),
        no_strides=gives(_finds_nothing),
        sensors="single",
    ),
]
