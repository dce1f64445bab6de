"""Stride segmentation with hidden Markov models."""

from gaitmap.stride_segmentation.hmm._base import BaseSegmentationHmm
from gaitmap.stride_segmentation.hmm._feature_transform import BaseHmmFeatureTransformer, RothHmmFeatureTransformer
from gaitmap.stride_segmentation.hmm._open_model import PreTrainedOpenSegmentationModel
from gaitmap.stride_segmentation.hmm._pretrained import PreTrainedRothSegmentationModel
from gaitmap.stride_segmentation.hmm._roth_hmm import RothSegmentationHmm
from gaitmap.stride_segmentation.hmm._segmentation import HmmStrideSegmentation
from gaitmap.stride_segmentation.hmm._simple_hmm import SimpleHmm

__all__ = [
    "BaseHmmFeatureTransformer",
    "BaseSegmentationHmm",
    "HmmStrideSegmentation",
    "PreTrainedOpenSegmentationModel",
    "PreTrainedRothSegmentationModel",
    "RothHmmFeatureTransformer",
    "RothSegmentationHmm",
    "SimpleHmm",
]
