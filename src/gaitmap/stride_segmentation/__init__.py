"""Segmentation of walking into strides."""

from gaitmap.stride_segmentation._barth_dtw import BarthDtw
from gaitmap.stride_segmentation._barth_template import BarthOriginalTemplate
from gaitmap.stride_segmentation._base_dtw import BaseDtw
from gaitmap.stride_segmentation._calibrated_barth_dtw import CalibratedBarthDtw
from gaitmap.stride_segmentation._constrained_barth_dtw import ConstrainedBarthDtw
from gaitmap.stride_segmentation._given_strides import GivenStrides
from gaitmap.stride_segmentation._interpolated_template import InterpolatedDtwTemplate
from gaitmap.stride_segmentation._matching import find_matches_find_peaks, find_matches_min_under_threshold
from gaitmap.stride_segmentation._open_template import OpenStrideTemplate
from gaitmap.stride_segmentation._roi import RoiStrideSegmentation
from gaitmap.stride_segmentation._swing import SwingStrideSegmentation
from gaitmap.stride_segmentation._templates import BaseDtwTemplate, DtwTemplate, TrainableTemplateMixin

__all__ = [
    "BarthDtw",
    "BarthOriginalTemplate",
    "BaseDtw",
    "BaseDtwTemplate",
    "CalibratedBarthDtw",
    "ConstrainedBarthDtw",
    "DtwTemplate",
    "GivenStrides",
    "InterpolatedDtwTemplate",
    "OpenStrideTemplate",
    "RoiStrideSegmentation",
    "SwingStrideSegmentation",
    "TrainableTemplateMixin",
    "find_matches_find_peaks",
    "find_matches_min_under_threshold",
]
