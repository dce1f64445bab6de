"""Multi-dimensional subsequence DTW."""

import warnings
from collections.abc import Callable
from typing import Any, Self

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap.base import BaseAlgorithm, StreamsStrides
from gaitmap.base._sensors import check_sensors_present, data_of_sensor, run_per_sensor, sensor_names, set_results
from gaitmap.caching import cache_function
from gaitmap.stride_segmentation._cost_matrix import (
    CostAndStart,
    DtwInput,
    cost_function,
    full_cost_matrix,
    paths,
    subsequence_cost_matrix,
    subsequence_cost_matrix_with_constrains,
)
from gaitmap.stride_segmentation._level import ScaledRows, check_can_smooth, is_smoothing, smoothed_signal
from gaitmap.stride_segmentation._matching import find_matches_find_peaks, find_matches_min_under_threshold
from gaitmap.stride_segmentation._prepare import (
    TemplateInUse,
    check_can_resample,
    prepare,
    warn_if_rates_differ,
)
from gaitmap.stride_segmentation._stream import StrideStream, one_of
from gaitmap.stride_segmentation._stream_source import BorderAxis, PlainSignal, SmoothedSignal
from gaitmap.stride_segmentation._streamable import FixedTemplate, check_is_pointwise
from gaitmap.stride_segmentation._templates import BaseDtwTemplate
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate, parameter_error
from gaitmap.utils.datatype_helper import SensorData, is_sensor_data

_STAGE = "stride segmentation (DTW)"
_FIND_MATCHES: dict[str, Callable[..., NDArray[np.integer]]] = {
    "min_under_thres": find_matches_min_under_threshold,
    "find_peaks": find_matches_find_peaks,
}


class BaseDtw(BaseAlgorithm, StreamsStrides):
    """Find all parts of a signal that look like a template (subsequence dynamic time warping).

    Works with arrays of any channels, and with sensor data. See :class:`~gaitmap.stride_segmentation.BarthDtw` for the
    segmentation of strides.

    Parameters
    ----------
    template
        The template, or a dict of one template per sensor (then only these sensors are processed). An array template
        goes with array data, a DataFrame template with sensor data, of which the columns of the template are used.
    resample_template
        Resample the template to the rate of the data (linear interpolation). Needs the rate of the template.
    find_matches_method
        ``"find_peaks"``: local minima of the cost function, at least ``min_match_length_s`` apart.
        ``"min_under_thres"``: the minimum of each section in which the cost function is not above ``max_cost``.
    max_cost
        Largest cost of a match: square root of the summed squared distances of the scaled data. None: no limit.
    min_match_length_s
        Matches of this length (s) or shorter are removed; also the smallest distance between the ends of two matches
        for ``"find_peaks"``. None: no limit.
    max_match_length_s
        Matches of this length (s) or longer are removed. None: no limit.
    max_template_stretch_ms
        How long (ms) a part of the template may be that is compared with one sample of the signal. None: no limit.
    max_signal_stretch_ms
        How long (ms) a part of the signal may be that is compared with one sample of the template. None: no limit.
    memory
        ``joblib.Memory`` that keeps the costs (one entry per sensor). They are used again as long as template, data
        and stretch limits are the same; the steps after it always run. None: no cache.

    Attributes
    ----------
    matches_start_end_
        First sample and sample behind the last of each match, shape (n_matches, 2), ordered by end; shape (0,) if
        nothing was found. For several sensors this and all other results are dicts with one entry per sensor.
    costs_
        Cost of each match.
    acc_cost_mat_
        Accumulated cost matrix (template x signal). Computed when it is read, and kept from then on; None, with a
        warning, if it had more than 2 GB.
    cost_function_
        Cost of the best match that ends at each sample. Computed when it is read, and kept from then on.
    paths_
        For each match, the pairs (template index, signal index) that were compared. Computed when they are read, and
        kept from then on.
    matches_start_end_original_
        Borders of the same matches before any postprocessing.

    Other Parameters
    ----------------
    data
        The data passed to the ``segment`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    With the squared Euclidean distance D(i, j) of template sample i and signal sample j, the accumulated cost is
    ``C(i, j) = D(i, j) + min(C(i-1, j-1), C(i-1, j), C(i, j-1))``, and a match may start anywhere (``C(-1, j) = 0``).
    Matches end at minima of ``sqrt(C(m-1, j))``; each start is where tracking back through C ends. With stretch limits
    [2]_ a step is not allowed where it would continue a run that is too long; this decision is made cell by cell, so
    the cost is not the smallest one over all allowed paths.

    Two anti-diagonals of C are kept at a time, and the start index is passed on with the cost: the memory needed does
    not grow with the recording. What needs the whole matrix is computed when it is read, from the stored data and the
    parameters of the run. ``tpcp.get_results`` reads everything; tpcp's caches of whole calls leave the matrix out with
    ``cache_only=("stride_list_", "costs_")`` or similar.

    Deviation from [1]_: one Euclidean distance over all axes in place of a sum of distances per axis. A sample with a
    NaN in a used channel is never part of a match; the search starts anew behind it, and its cost is NaN.

    References
    ----------
    .. [1] J. Barth et al., "Subsequence dynamic time warping as a method for robust step segmentation using gyroscope
           signals of daily life activities," 35th Annual International Conference of the IEEE EMBC, 2013,
           doi:10.1109/EMBC.2013.6611104.
    .. [2] M. Mueller, Fundamentals of Music Processing, 2nd ed., Springer, 2021, section 3.2.

    Examples
    --------
    >>> import numpy as np
    >>> from gaitmap.stride_segmentation import BaseDtw, DtwTemplate
    >>> template = DtwTemplate(data=np.array([0.0, 1.0, 0.0]), sampling_rate_hz=100)
    >>> signal = np.array([2.0, 2, 2, 2, 2, 0, 1, 0, 2, 2, 2, 2])
    >>> dtw = BaseDtw(template, max_cost=0.5).segment(signal, sampling_rate_hz=100)
    >>> dtw.matches_start_end_
    array([[5, 8]])
    """

    _action_methods = ("segment",)
    _max_cost_matrix_bytes = 2 * 10**9

    template: BaseDtwTemplate | dict[Any, BaseDtwTemplate] | None
    max_cost: float | None
    memory: joblib.Memory | None

    data: SensorData | NDArray
    sampling_rate_hz: float

    matches_start_end_: Any
    matches_start_end_original_: Any
    costs_: Any

    # The parameters of the run, and what was computed with them on request.
    _as_run: "BaseDtw"
    _on_request: dict[str, Any]

    def __init__(
        self,
        template: BaseDtwTemplate | dict[Any, BaseDtwTemplate] | None = None,
        resample_template: bool = True,
        find_matches_method: str = "find_peaks",
        max_cost: float | None = None,
        min_match_length_s: float | None = None,
        max_match_length_s: float | None = None,
        max_template_stretch_ms: float | None = None,
        max_signal_stretch_ms: float | None = None,
        memory: joblib.Memory | None = None,
    ) -> None:
        self.template = template
        self.resample_template = resample_template
        self.find_matches_method = find_matches_method
        self.max_cost = max_cost
        self.min_match_length_s = min_match_length_s
        self.max_match_length_s = max_match_length_s
        self.max_template_stretch_ms = max_template_stretch_ms
        self.max_signal_stretch_ms = max_signal_stretch_ms
        self.memory = memory

    def segment(self, data: SensorData | NDArray, sampling_rate_hz: float, **_: Any) -> Self:
        """Find the matches of the template.

        Parameters
        ----------
        data
            Array of the shape ``(n,)`` or ``(n, d)``, or single- or multi-sensor data.
        sampling_rate_hz
            Sampling rate of the data in Hz.

        Returns
        -------
        self
            The instance with the results attached.

        Raises
        ------
        ValidationError
            If the data are neither an array nor sensor data.
        KeyError
            If a column of the template, or the sensor of one of several templates, is not in the data.
        ValueError
            If a parameter has a value that cannot be used.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        self._check_parameters()
        kind, parts, templates = self._pair_with_templates(data)
        results = run_per_sensor(self._segment_sensor, kind, parts, templates, stage=_STAGE)
        set_results(self, results)
        self._as_run = self.clone()
        self._as_run.memory = None  # no `set_params`: the constructor of a subclass may leave the parameter out
        self._on_request = {}
        return self

    def stream(self, sampling_rate_hz: float, sensor: Any = None) -> StrideStream:
        """Segment the data of one sensor that arrive in blocks.

        Parameters
        ----------
        sampling_rate_hz
            Sampling rate of the data in Hz.
        sensor
            Name of the sensor, where parameters are dicts with a value for each sensor.

        Returns
        -------
        stream
            Object with the methods ``push(block)`` and ``finish()``, which return the matches (columns ``start`` and
            ``end``) that have become final. All together they are those of ``segment``.

        Raises
        ------
        ValueError
            If a parameter has a value that cannot be used, or none for this sensor.
        BlocksNotPossibleError
            If the scaling of the template looks at the whole signal (also a ``ValueError``).
        """
        self._check_parameters()
        return StrideStream(self._of_sensor(sensor), sampling_rate_hz)

    # Results that are computed when they are read -----------------------------------------------------------------
    @property
    def acc_cost_mat_(self) -> Any:
        """Accumulated cost matrix (template x signal), or None if it is too large."""
        return self._read("acc_cost_mat_", self._make_cost_matrix)

    @acc_cost_mat_.setter
    def acc_cost_mat_(self, value: Any) -> None:
        self._keep("acc_cost_mat_", value)

    @property
    def cost_function_(self) -> Any:
        """Cost of the best match that ends at each sample."""
        return self._read("cost_function_", lambda: self._for_each_sensor(cost_function))

    @cost_function_.setter
    def cost_function_(self, value: Any) -> None:
        self._keep("cost_function_", value)

    @property
    def paths_(self) -> Any:
        """Pairs (template index, signal index) of each match."""
        return self._read("paths_", lambda: self._for_each_sensor(paths, self.matches_start_end_original_))

    @paths_.setter
    def paths_(self, value: Any) -> None:
        self._keep("paths_", value)

    def __getstate__(self) -> dict[str, Any]:
        """State without what can be computed again: reading a result changes neither a hash nor a pickle."""
        return {name: value for name, value in self.__dict__.items() if name != "_on_request"}

    def _read(self, name: str, make: Callable[[], Any]) -> Any:
        values = self.__dict__.setdefault("_on_request", {})
        if name not in values:
            if "_as_run" not in self.__dict__:
                raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'")
            values[name] = make()
        return values[name]

    def _keep(self, name: str, value: Any) -> None:
        self.__dict__.setdefault("_on_request", {})[name] = value

    def _make_cost_matrix(self) -> Any:
        sizes = self._for_each_sensor(lambda problem: 8 * len(problem.template) * len(problem.signal))
        n_bytes = sum(sizes.values()) if isinstance(sizes, dict) else sizes
        if n_bytes <= self._max_cost_matrix_bytes:
            return self._for_each_sensor(full_cost_matrix)
        warnings.warn(
            f"The accumulated cost matrix would take {n_bytes / 1e9:.1f} GB (limit: "
            f"{self._max_cost_matrix_bytes / 1e9:.0f} GB): `acc_cost_mat_` is None. "
            "Use `cost_function_` (its last row), or segment a shorter part of the recording.",
            UserWarning,
            stacklevel=4,
        )
        return None

    def _for_each_sensor(self, function: Callable[..., Any], *others: Any) -> Any:
        run = self._as_run
        kind, parts, templates = run._pair_with_templates(self.data)

        def one_sensor(data: Any, template: Any, *of_sensor: Any) -> dict[str, Any]:
            return {"value": function(run._prepare(data, template, self.sampling_rate_hz), *of_sensor)}

        return run_per_sensor(one_sensor, kind, parts, templates, *others, stage=_STAGE)["value"]

    # Steps of the method ------------------------------------------------------------------------------------------
    def _check_parameters(self) -> None:
        if self.template is None or (isinstance(self.template, dict) and not self.template):
            raise ValueError("`template` must be specified. Pass a template, or a dict with one template per sensor.")
        check_option(self, "find_matches_method", self.find_matches_method, list(_FIND_MATCHES))
        for name in ("max_template_stretch_ms", "max_signal_stretch_ms"):
            if getattr(self, name) is not None:
                check_number(self, name, getattr(self, name), above=0)
        for name in ("min_match_length_s", "max_match_length_s"):
            if getattr(self, name) is not None:
                check_number(self, name, getattr(self, name), at_least=0)
        if self.max_cost is not None and self.max_cost != np.inf:
            check_number(self, "max_cost", self.max_cost)
        if self.max_cost is None and self.find_matches_method == "min_under_thres":
            raise parameter_error(self, "max_cost", "a number for find_matches_method='min_under_thres'", None)

    def _pair_with_templates(self, data: Any) -> tuple[Any, Any, Any]:
        """Kind of the data, the data to process, and the template(s) in the same form."""
        template: Any = self.template
        if isinstance(template, dict):
            template = {sensor: TemplateInUse(of_sensor) for sensor, of_sensor in template.items()}
        else:
            template = TemplateInUse(template)
        kind = "single" if isinstance(data, np.ndarray) else is_sensor_data(data, check_acc=False, check_gyr=False)
        if kind == "single":
            if isinstance(template, dict):
                raise ValueError(
                    f"A dict of templates (here for {list(template)}) needs data of several sensors. Found the data "
                    "of one sensor. Pass one template."
                )
            return kind, data, template
        if isinstance(template, dict):
            check_sensors_present(list(template), data, _STAGE)
            return kind, {sensor: data_of_sensor(data, sensor) for sensor in template}, template
        if not isinstance(template.get_data(), pd.DataFrame):
            raise ValueError(
                "In case of multi-sensor data the template must either be of type `Dict[str, DtwTemplate]` or a "
                "template with a DataFrame. Found a template with an array, whose channels have no names."
            )
        return kind, data, dict.fromkeys(sensor_names(data), template)

    def _segment_sensor(self, data: Any, template: Any) -> dict[str, Any]:
        check_can_resample(template, self.resample_template)
        check_sampling_rate(self, self.sampling_rate_hz)
        warn_if_rates_differ(template, self.sampling_rate_hz, self.resample_template)
        problem = self._prepare(data, template, self.sampling_rate_hz)
        last_row, starts = self._calculate_cost(problem)
        last_row = self._admit(last_row, starts, 0)
        ends = np.sort(self._find_matches(last_row[np.newaxis]))
        if len(ends) == 0:
            none = np.array([], dtype=np.int64)
            return {
                "matches_start_end": none,
                "costs": np.array([], dtype=float),
                "matches_start_end_original": none.copy(),
            }
        original = np.column_stack([starts[ends], ends + 1])
        costs = np.sqrt(last_row[ends])
        matches, keep = self._postprocess_matches(data, original, costs)
        matches = matches[keep]
        self._check_result(matches)
        return {
            "matches_start_end": matches,
            "costs": costs[keep],
            "matches_start_end_original": original[keep] if keep.any() else np.array([], dtype=np.int64),
        }

    def _prepare(self, data: Any, template: Any, sampling_rate_hz: float) -> DtwInput:
        return prepare(
            template,
            data,
            sampling_rate_hz,
            resample_template=self.resample_template,
            max_template_stretch_ms=self.max_template_stretch_ms,
            max_signal_stretch_ms=self.max_signal_stretch_ms,
        )

    def _calculate_cost(self, problem: DtwInput) -> CostAndStart:
        if not problem.is_constrained:
            return cache_function(self.memory, subsequence_cost_matrix)(problem.template, problem.signal)
        return cache_function(self.memory, subsequence_cost_matrix_with_constrains)(
            problem.template,
            problem.signal,
            max_subseq_steps=problem.max_template_run,
            max_longseq_steps=problem.max_signal_run,
            return_only_cost=True,
        )

    def _admit(self, last_row: NDArray[np.float64], starts: NDArray[np.integer], first: int) -> NDArray[np.float64]:
        """Costs of the matches that end at ``first`` and after, of which subclasses may leave some out (inf)."""
        del starts, first
        return last_row

    def _of_sensor(self, sensor: Any) -> Self:
        """Make a copy for one sensor."""
        return self.clone().set_params(template=one_of(self, "template", self.template, sensor))

    def _template_for_data(self, template: Any) -> Any:
        """Return the template that scales the data."""
        return template

    def _check_can_stream(self, template: Any) -> None:
        """Refuse a template that scales a sample in view of others."""
        if is_smoothing(template):
            check_can_smooth(self, template)
            template = template.clone().set_params(smoothing=None)
        check_is_pointwise(self, template)

    def _signal_of_stream(self, template: FixedTemplate) -> PlainSignal | SmoothedSignal:
        """Give what makes the signal of a stream from its blocks."""
        if is_smoothing(template.template):
            return smoothed_signal(template.template, self.sampling_rate_hz, ScaledRows(template.template))
        return PlainSignal(self, template, has_short_cut=type(self)._prepare is BaseDtw._prepare)

    def _axis_of_stream(self) -> BorderAxis | None:
        """Give what makes the axis that borders snap to in a stream; None: they do not."""
        return None

    def _find_matches(self, acc_cost_mat: NDArray[np.float64]) -> NDArray[np.integer]:
        min_distance = None
        if self.min_match_length_s is not None:
            min_distance = self.min_match_length_s * self.sampling_rate_hz
        return _FIND_MATCHES[self.find_matches_method](acc_cost_mat, self.max_cost, min_distance=min_distance)

    def _postprocess_matches(
        self,
        data: Any,
        matches_start_end: NDArray[np.int64],
        costs: NDArray[np.float64],
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        """Return the final borders of all matches, and which of the matches stay."""
        return matches_start_end.copy(), self._has_allowed_length(matches_start_end)

    def _check_result(self, matches_start_end: NDArray[np.int64]) -> None:
        """Warn about what is wrong with the final matches of a sensor; nothing here, for subclasses."""

    def _has_allowed_length(self, matches_start_end: NDArray[np.int64]) -> NDArray[np.bool_]:
        return self._is_allowed_length(matches_start_end[:, 1] - matches_start_end[:, 0])

    def _is_allowed_length(self, lengths: NDArray[np.integer]) -> NDArray[np.bool_]:
        allowed = np.ones(len(lengths), dtype=bool)
        if self.min_match_length_s is not None:
            allowed &= lengths > self.min_match_length_s * self.sampling_rate_hz
        if self.max_match_length_s is not None:
            allowed &= lengths < self.max_match_length_s * self.sampling_rate_hz
        return allowed
