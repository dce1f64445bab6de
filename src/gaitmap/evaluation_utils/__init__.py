"""Comparison of strides, events and parameters with a reference."""

from gaitmap.evaluation_utils._bland_altman import BlandAltman, bland_altman
from gaitmap.evaluation_utils._event_timing import calculate_event_timing_errors
from gaitmap.evaluation_utils._tolerance_sweep import scores_over_tolerance
from gaitmap.evaluation_utils.event_detection import evaluate_stride_event_list
from gaitmap.evaluation_utils.parameter_errors import (
    calculate_aggregated_parameter_errors,
    calculate_parameter_errors,
)
from gaitmap.evaluation_utils.scores import (
    average_scores,
    count_matches,
    f1_score,
    precision_recall_f1_score,
    precision_score,
    recall_score,
)
from gaitmap.evaluation_utils.stride_segmentation import evaluate_segmented_stride_list, match_stride_lists

__all__ = [
    "BlandAltman",
    "average_scores",
    "bland_altman",
    "calculate_aggregated_parameter_errors",
    "calculate_event_timing_errors",
    "calculate_parameter_errors",
    "count_matches",
    "evaluate_segmented_stride_list",
    "evaluate_stride_event_list",
    "f1_score",
    "match_stride_lists",
    "precision_recall_f1_score",
    "precision_score",
    "recall_score",
    "scores_over_tolerance",
]
