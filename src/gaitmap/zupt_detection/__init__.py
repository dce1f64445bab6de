"""Detection of moments in which a sensor rests (zero-velocity updates, ZUPTs)."""

from gaitmap.zupt_detection._adaptive import AdaptiveZuptDetector
from gaitmap.zupt_detection._base import PerSampleZuptDetectorMixin, RegionZuptDetectorMixin
from gaitmap.zupt_detection._combo import ComboZuptDetector
from gaitmap.zupt_detection._norm import AredZuptDetector, NormZuptDetector
from gaitmap.zupt_detection._shoe import ShoeZuptDetector
from gaitmap.zupt_detection._stride_event import StrideEventZuptDetector

__all__ = [
    "AdaptiveZuptDetector",
    "AredZuptDetector",
    "ComboZuptDetector",
    "NormZuptDetector",
    "PerSampleZuptDetectorMixin",
    "RegionZuptDetectorMixin",
    "ShoeZuptDetector",
    "StrideEventZuptDetector",
]
