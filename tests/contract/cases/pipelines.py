"""The pipeline keeps the same promises as its steps."""

from tests.contract._case import Case, gives
from tests.pipelines.test_gait_pipeline import _synthetic_pipeline


def _no_strides(pipeline, walk):
    assert len(pipeline.strides_) == 0
    assert "stride_length" in pipeline.strides_
    assert set(pipeline.quality_) == set(walk.sensor_frame)


def _other_strides_are_kept(pipeline, walk):
    assert len(pipeline.strides_) > 0
    assert pipeline.quality_["left_sensor"]["missing_samples"] == 6


CASES = [
    Case(
        make=_synthetic_pipeline,
        call=lambda pipeline, walk: pipeline.analyze(walk.sensor_frame, walk.rate),
        changed={"segmentation__max_cost": 3.0},
        sensors="pair",
        empty=gives(_no_strides),
        one_sample=gives(_no_strides),
        nan_gap=gives(_other_strides_are_kept),
    )
]
