"""Scores of a whole pipeline against a reference, ready for the cross validation and the grid search of tpcp.

tpcp leaves scores that are NaN out of its means: a setting that fails on difficult recordings would be compared on the
easy ones alone, and win. No score here is ever NaN, and the objectives named in each class count what was not found.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from gaitmap.evaluation_utils._event_timing import calculate_event_timing_errors
from gaitmap.evaluation_utils.parameter_errors import pooled_parameter_errors
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

    Smaller is better: pass ``return_optimized="-ic_cost_ms"`` to a search. Errors of matched events alone
    (``ic_mae_ms``) are no objective: a setting that finds only the easiest events has the smallest ones.

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
    Calling it with a pipeline and a datapoint runs a clone of the pipeline and returns, over the strides of all sensors
    and per event:

    - ``{event}_cost_ms``: mean absolute error of all true and all found events. One that was not found, or that is not
      true, counts with the tolerance, the largest error of a match. 0 where there is none on either side.
    - ``{event}_mean_ms``, ``{event}_mae_ms``: mean and mean absolute error of the matched events; the tolerance where
      no event was matched.
    - ``{event}_recall``: share of the true events that were matched.

    and ``not_scored``: 1 for a recording in which no event of one of the kinds was matched, so that its errors are
    unknown, else 0. The mean over recordings is the share of them.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils.scorers import EventTimingScorer
    >>> class Recording:
    ...     sampling_rate_hz = 100.0
    ...     true_events = pd.DataFrame({"s_id": [0, 1], "start": [0, 100], "end": [100, 200], "ic": [80, 180]})
    >>> class Pipeline:
    ...     def clone(self):
    ...         return self
    ...
    ...     def safe_run(self, datapoint):
    ...         self.events_ = pd.DataFrame({"s_id": [0], "start": [0], "end": [100], "ic": [82]})
    ...         return self
    >>> EventTimingScorer("true_events", events=["ic"])(Pipeline(), Recording())
    {'ic_cost_ms': 110.0, 'ic_mean_ms': 20.0, 'ic_mae_ms': 20.0, 'ic_recall': 0.5, 'not_scored': 0.0}
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
        scores, worst = {}, 1000.0 * self.tolerance_s
        for event, rows in errors.groupby(level="event", sort=False):
            n = rows["n_matched"]
            n_matched, n_missed, n_additional = (int(rows[name].sum()) for name in rows.columns[-3:])
            total = float((rows["mae_ms"] * n).sum())
            n_all = n_matched + n_missed + n_additional
            scores[f"{event}_cost_ms"] = (total + worst * (n_missed + n_additional)) / n_all if n_all else 0.0
            for name in ("mean_ms", "mae_ms"):
                scores[f"{event}_{name}"] = float((rows[name] * n).sum() / n_matched) if n_matched else worst
            scores[f"{event}_recall"] = n_matched / (n_matched + n_missed) if n_matched else 0.0
        is_matched = errors["n_matched"].groupby(level="event").sum() > 0
        return scores | {"not_scored": float(not is_matched.all())}


@dataclass(frozen=True)
class ParameterErrorScorer:
    """Score the gait parameters that a pipeline calculates.

    Smaller is better: pass for example ``return_optimized="-stride_length_cost"`` to a search. Errors of the strides
    that were found alone (``stride_length_abs_error_mean``) are no objective: a setting that finds only the easiest
    strides has the smallest ones.

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
    Calling it with a pipeline and a datapoint runs a clone of the pipeline and returns, over the strides of all sensors
    and per parameter:

    - ``{parameter}_cost``: mean absolute error over all strides of the reference. One without a value counts with the
      size of its true value, as if 0 had been found.
    - ``{parameter}_{statistic}``: of the strides with a value on both sides; infinite where it cannot be calculated.
    - ``{parameter}_recall``: share of the strides of the reference that have a value.

    and ``not_scored``: 1 for a recording in which there is nothing to compare of one of the parameters, else 0. The
    mean over recordings is the share of them.

    The ids of the strides must be those of the reference: match the strides first
    (:func:`~gaitmap.evaluation_utils.match_stride_lists`) where the pipeline finds its own.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.evaluation_utils.scorers import ParameterErrorScorer
    >>> class Recording:
    ...     truth = pd.DataFrame({"s_id": [0, 1], "stride_length": [1.2, 1.0]})
    >>> class Pipeline:
    ...     def clone(self):
    ...         return self
    ...
    ...     def safe_run(self, datapoint):
    ...         self.parameters_ = pd.DataFrame({"s_id": [0], "stride_length": [1.0]})
    ...         return self
    >>> scorer = ParameterErrorScorer("truth", ["stride_length"], ["abs_error_mean"])
    >>> {name: round(score, 3) for name, score in scorer(Pipeline(), Recording()).items()}
    {'stride_length_cost': 0.6, 'stride_length_abs_error_mean': 0.2, 'stride_length_recall': 0.5, 'not_scored': 0.0}
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
        errors, statistics, n_common = pooled_parameter_errors(
            reference_parameter=true, predicted_parameter=_like(found, true), id_column=self.id_column
        )
        scores = {}
        for name in self.parameters:
            reference = errors["reference"][name].abs()
            n_reference = int(reference.notna().sum())
            cost = errors["abs_error"][name].where(errors["predicted"][name].notna(), reference)[reference.notna()]
            scores[f"{name}_cost"] = float(cost.mean()) if n_reference else 0.0
            for statistic in self.statistics:
                value = float(statistics.loc[statistic, name])
                scores[f"{name}_{statistic}"] = np.inf if np.isnan(value) else value
            scores[f"{name}_recall"] = float(n_common[name] / n_reference) if n_reference else 0.0
        return scores | {"not_scored": float((n_common[list(self.parameters)] == 0).any())}


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
        return true.iloc[:0] if found is None and isinstance(true, pd.DataFrame) else found
    return found | {sensor: table.iloc[:0] for sensor, table in true.items() if sensor not in found}
