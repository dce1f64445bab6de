"""Scores of a whole pipeline against a reference, ready for the cross validation and the grid search of tpcp."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from gaitmap.evaluation_utils._event_timing import calculate_event_timing_errors
from gaitmap.evaluation_utils.parameter_errors import calculate_aggregated_parameter_errors
from gaitmap.evaluation_utils.scores import average_scores, count_matches
from gaitmap.evaluation_utils.stride_segmentation import Matches, evaluate_segmented_stride_list
from gaitmap.utils.exceptions import ValidationError

__all__ = ["EventTimingScorer", "ParameterErrorScorer", "StrideSegmentationScorer"]

#: Attribute of the datapoint, or a function of it.
Reference = str | Callable[[Any], Any]


@dataclass(frozen=True)
class StrideSegmentationScorer:
    """Score the strides that a pipeline finds: precision, recall, F1.

    Pass it as ``scoring`` to :class:`tpcp.optimize.GridSearch`, :class:`tpcp.optimize.GridSearchCV` (with
    ``return_optimized="f1_score"``) or :func:`tpcp.validate.cross_validate`.

    Parameters
    ----------
    reference
        Where the true strides are: the name of an attribute of the datapoint, or a function of it. A stride list or a
        dict of them.
    tolerance_s
        Largest accepted difference of start and of end in s.
    result
        Attribute of the pipeline with the strides.
    average
        How the sensors of a recording become one number: ``"micro"`` (all strides count the same) or ``"macro"`` (all
        sensors do).

    Notes
    -----
    Calling it with a pipeline and a datapoint runs a clone of the pipeline and returns ``precision``, ``recall``,
    ``f1_score``, and the numbers ``n_tp``, ``n_fp``, ``n_fn``. tpcp takes the mean over the recordings; for a score in
    which all strides of a data set count the same, sum up the numbers. A score without any stride on the side that it
    is a share of is 0.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils.scorers import StrideSegmentationScorer
    >>> class Recording:
    ...     sampling_rate_hz = 100.0
    ...     true_strides = pd.DataFrame({"s_id": [0, 1], "start": [0, 100], "end": [100, 200]})
    >>> class Pipeline:
    ...     def clone(self):
    ...         return self
    ...
    ...     def safe_run(self, datapoint):
    ...         self.stride_list_ = pd.DataFrame({"s_id": [0], "start": [2], "end": [101]})
    ...         return self
    >>> StrideSegmentationScorer("true_strides", tolerance_s=0.05)(Pipeline(), Recording())["recall"]
    0.5
    """

    reference: Reference = "reference_stride_list"
    tolerance_s: float = 0.1
    result: str = "stride_list_"
    average: Literal["micro", "macro"] = "micro"

    def __call__(self, pipeline: Any, datapoint: Any) -> dict[str, float]:
        """Run the pipeline on the datapoint and score it."""
        found = _run(pipeline, datapoint, self.result)
        true = _reference(self.reference, datapoint)
        matches: Matches = evaluate_segmented_stride_list(
            ground_truth=true,
            segmented_stride_list=_like(found, true),
            tolerance=self.tolerance_s * datapoint.sampling_rate_hz,
        )
        counts = count_matches(matches)
        totals = counts.sum() if isinstance(counts, pd.DataFrame) else counts
        scores = average_scores(matches, average=self.average, zero_division=0)
        return scores | {f"n_{kind}": float(totals[kind]) for kind in ("tp", "fp", "fn")}


@dataclass(frozen=True)
class EventTimingScorer:
    """Score the timing of the gait events that a pipeline finds.

    Errors are better if smaller: pass ``return_optimized="-ic_mae_ms"`` to a search.

    Parameters
    ----------
    reference
        Where the true events are: the name of an attribute of the datapoint, or a function of it. A stride list with
        event columns, or a dict of them.
    events
        The events to compare.
    tolerance_s
        Events that are further apart are not the same one (s).
    result
        Attribute of the pipeline with the events.

    Notes
    -----
    Calling it with a pipeline and a datapoint runs a clone of the pipeline and returns, per event, ``{event}_mean_ms``,
    ``{event}_mae_ms`` and ``{event}_recall``, over the strides of all sensors.
    """

    reference: Reference = "reference_event_list"
    events: Sequence[str] = ("ic", "tc", "min_vel")
    tolerance_s: float = 0.2
    result: str = "events_"

    def __call__(self, pipeline: Any, datapoint: Any) -> dict[str, float]:
        """Run the pipeline on the datapoint and score it."""
        found = _run(pipeline, datapoint, self.result)
        true = _reference(self.reference, datapoint)
        errors = calculate_event_timing_errors(
            ground_truth=true,
            stride_event_list=_like(found, true),
            sampling_rate_hz=datapoint.sampling_rate_hz,
            events=self.events,
            tolerance_s=self.tolerance_s,
        )
        scores = {}
        for event, rows in errors.groupby(level="event", sort=False):
            n = rows["n_matched"]
            n_true = (n + rows["n_missed"]).sum()
            for name in ("mean_ms", "mae_ms"):
                scores[f"{event}_{name}"] = float((rows[name] * n).sum() / n.sum()) if n.sum() else float("nan")
            scores[f"{event}_recall"] = float(n.sum() / n_true) if n_true else 0.0
        return scores


@dataclass(frozen=True)
class ParameterErrorScorer:
    """Score the gait parameters that a pipeline calculates.

    Errors are better if smaller: pass for example ``return_optimized="-stride_length_abs_error_mean"`` to a search.

    Parameters
    ----------
    reference
        Where the true parameters are: the name of an attribute of the datapoint, or a function of it. A table indexed
        by ``s_id``, or a dict of them.
    parameters
        The parameters to compare.
    statistics
        Rows of :func:`~gaitmap.evaluation_utils.calculate_aggregated_parameter_errors` (with ``extended``).
    result
        Attribute of the pipeline with the parameters.
    id_column
        Column or index level that tells which rows belong together.

    Notes
    -----
    Calling it with a pipeline and a datapoint runs a clone of the pipeline and returns ``{parameter}_{statistic}`` over
    the strides of all sensors. The ids of the strides must be those of the reference: match the strides first
    (:func:`~gaitmap.evaluation_utils.match_stride_lists`) where the pipeline finds its own.
    """

    reference: Reference = "reference_parameters"
    parameters: Sequence[str] = ("stride_length", "gait_velocity")
    statistics: Sequence[str] = ("error_mean", "error_std", "abs_error_mean")
    result: str = "parameters_"
    id_column: str = "s_id"

    def __call__(self, pipeline: Any, datapoint: Any) -> dict[str, float]:
        """Run the pipeline on the datapoint and score it."""
        found = _run(pipeline, datapoint, self.result)
        true = _reference(self.reference, datapoint)
        errors = calculate_aggregated_parameter_errors(
            reference_parameter=true,
            predicted_parameter=_like(found, true),
            calculate_per_sensor=False,
            scoring_errors="ignore",
            id_column=self.id_column,
            extended=True,
        )
        return {
            f"{name}_{statistic}": float(errors.loc[statistic, name])
            for name in self.parameters
            for statistic in self.statistics
        }


def _run(pipeline: Any, datapoint: Any, result: str) -> Any:
    return getattr(pipeline.clone().safe_run(datapoint), result)


def _reference(reference: Reference, datapoint: Any) -> Any:
    if callable(reference):
        return reference(datapoint)
    if not hasattr(datapoint, reference):
        raise ValidationError(
            f"scorer: the datapoint has no attribute {reference!r}. Add it to the dataset, or pass the name of the "
            "attribute, or a function of the datapoint, as `reference`."
        )
    return getattr(datapoint, reference)


def _like(found: Any, true: Any) -> Any:
    """Results of a pipeline that failed on a sensor: nothing was found there."""
    if not isinstance(true, dict) or not isinstance(found, dict):
        return found
    return found | {sensor: table.iloc[:0] for sensor, table in true.items() if sensor not in found}
