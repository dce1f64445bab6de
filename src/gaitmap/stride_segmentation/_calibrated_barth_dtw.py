"""Stride segmentation by DTW with a threshold that transfers between recordings."""

from typing import Any, Self

import joblib
import numpy as np
from numpy.typing import NDArray
from tpcp import cf

from gaitmap._kernels.troughs import late_middles_of_troughs
from gaitmap.base import BlockSource
from gaitmap.base._sensors import check_sensors_present
from gaitmap.data_transform import ButterworthFilter
from gaitmap.data_transform._zero_phase import ZeroPhaseStream, zero_phase_between_gaps
from gaitmap.stride_segmentation._barth_dtw import BarthDtw
from gaitmap.stride_segmentation._cost_matrix import DtwInput
from gaitmap.stride_segmentation._level import (
    ScaledRows,
    TemplateAtLevel,
    at_level,
    check_can_smooth,
    check_has_level,
    has_level,
    is_smoothing,
    measure_levels,
    needs_level,
    smoothed_signal,
)
from gaitmap.stride_segmentation._open_template import OpenStrideTemplate
from gaitmap.stride_segmentation._stream import one_of
from gaitmap.stride_segmentation._stream_source import BorderAxis, PlainSignal, SmoothedSignal
from gaitmap.stride_segmentation._streamable import FixedTemplate
from gaitmap.stride_segmentation._templates import BaseDtwTemplate
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.exceptions import BlocksNotPossibleError

# Borders, on the signal below 12 Hz: all times within 150 ms of the minimum count, those 3 % above it by 1/e. The
# border is their mean plus 3/4 of their standard deviation.
_BORDER_FILTER = ButterworthFilter(order=2, cutoff_freq_hz=12.0)
_BORDER_DEPTH = 0.03
_BORDER_LATENESS = 0.75
# Rate (Hz) at which a trough is looked at, at least.
_BORDER_RATE_HZ = 400.0
# Parts between two gaps that are shorter (s) are not filtered: they are far too short for a stride.
_SHORTEST_PART_S = 0.3
# Below this rate the data hold hardly anything that the filter would take away.
_LOWEST_RATE_TO_FILTER_HZ = 30.0


class CalibratedBarthDtw(BarthDtw):
    """Segment strides by subsequence DTW [1]_ with a threshold that does not depend on sensor, rate, or amplitude.

    Requires the data of foot-worn sensors in the body frame (``gyr_ml`` in deg/s for the default template) at 25 Hz or
    more. Use it where :class:`~gaitmap.stride_segmentation.BarthDtw` misses strides because the signal differs from
    the one its threshold was made for: another place on the foot, another sampling rate, another kind of gait.

    Parameters
    ----------
    template
        The template, or a dict of one template per sensor (then only these sensors are processed). The amplitude of
        the data matters only as far as the ``scaling`` of the template lets it: the default template has none left. To
        use the original one in the same way:
        ``BarthOriginalTemplate(use_cols=("gyr_ml",), scaling=MovementScaler(min_level=50))``.
    resample_template
        Resample the template to the rate of the data (linear interpolation). Needs the rate of the template.
    find_matches_method
        ``"find_peaks"``: local minima of the cost function, at least ``min_match_length_s`` apart.
        ``"min_under_thres"``: the minimum of each section in which the cost function is not above ``max_cost``.
    max_cost
        Largest relative cost of a match: 0 is a perfect match, 1 is the cost of data without any movement. None: no
        limit.
    min_match_length_s
        Matches of this length (s) or shorter are never considered; also the smallest distance between the ends of two
        matches for ``"find_peaks"``. None: no limit.
    max_match_length_s
        Matches of this length (s) or longer are never considered. None: no limit.
    max_template_stretch_ms
        How long (ms) a part of the template may be that is compared with one sample of the signal. None: no limit.
    max_signal_stretch_ms
        How long (ms) a part of the signal may be that is compared with one sample of the template. None: no limit.
    snap_to_min_win_ms
        Full width (ms) of the window around each border, in which the border moves to the minimum of
        ``snap_to_min_axis``. None: borders stay; so do those that would move over a gap (NaN).
    snap_to_min_axis
        Column of the data (unscaled; it need not be part of the template) that the borders snap to.
    conflict_resolution
        Of all strides that start at the same sample, keep only the one with the lowest cost.
    level
        Level of movement that the data are scaled by (deg/s; see :class:`~gaitmap.data_transform.MovementScaler`), or a
        dict of one per sensor, as measured by ``calibrate``. None: ``segment`` measures it in its data.
    memory
        ``joblib.Memory`` that keeps the costs (one entry per sensor). They are used again as long as template, data
        and stretch limits are the same; the steps after it always run. None: no cache.

    Attributes
    ----------
    stride_list_
        Stride list with the index ``s_id`` and the columns ``start`` and ``end`` (samples, end exclusive). For several
        sensors this and all other results are dicts with one entry per sensor.
    matches_start_end_
        The same borders as array of the shape (n_strides, 2); shape (0,) if nothing was found.
    costs_
        Relative cost of each stride.
    acc_cost_mat_
        Accumulated relative cost matrix (template x signal). Computed when it is read, and kept from then on; None,
        with a warning, if it had more than 2 GB.
    cost_function_
        Relative cost of the best match, of any length, that ends at each sample. Computed when it is read, and kept
        from then on.
    paths_
        For each stride, the pairs (template index, signal index) that were compared. Computed when they are read, and
        kept from then on.
    matches_start_end_original_
        Borders of the same strides before they were snapped to minima.

    Other Parameters
    ----------------
    data
        The data passed to the ``segment`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    Four things differ from :class:`~gaitmap.stride_segmentation.BarthDtw`:

    - *Scale.* The default template divides smoothed data and template by their level of movement
      (:class:`~gaitmap.data_transform.MovementScaler`), which rest does not change.
    - *Cost.* All costs are divided by the norm of the resampled template. Twice the sampling rate no longer means
      1.4 times the cost, and a more vivid template no longer a higher one.
    - *Length.* Ends whose best match is too short or too long are left out before minima of the cost are searched.
      Otherwise a cheap match with half a stride hides the stride that ends less than ``min_match_length_s`` later.
    - *Borders.* The minimum before terminal contact is often a flat trough, and noise decides where in it the smallest
      value is. Borders snap to the minimum of the signal below 12 Hz, and from there to the late middle of that trough:
      the mean of all times around it plus 3/4 of their standard deviation, where times count the less the farther the
      signal is above the minimum (1/e at 3 %). That is near hand labels, and moves little when the signal does.

    Recordings in blocks need two passes: ``calibrate`` measures the level of movement, and ``stream`` with this level
    finds the strides, exactly those of ``segment``. A level from another recording of the same sensor and kind of gait
    does as well where samples arrive one by one.

    A threshold that is fixed on this scale was as good as thresholds found in the distribution of the costs of each
    recording (its emptiest part, Otsu's method), and does not depend on how much of a recording is gait. The guide "An
    open stride template" has the measurements.

    References
    ----------
    .. [1] J. Barth et al., "Subsequence dynamic time warping as a method for robust step segmentation using gyroscope
           signals of daily life activities," 35th Annual International Conference of the IEEE EMBC, 2013,
           doi:10.1109/EMBC.2013.6611104.

    See Also
    --------
    gaitmap.stride_segmentation.BarthDtw : Absolute costs, borders at the minima of the raw signal.
    gaitmap.stride_segmentation.OpenStrideTemplate : The default template.

    Examples
    --------
    >>> from gaitmap.stride_segmentation import CalibratedBarthDtw
    >>> dtw = CalibratedBarthDtw().segment(data, sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> len(dtw.stride_list_["left_sensor"])  # doctest: +SKIP
    28
    """

    level: float | dict[Any, float] | None

    def __init__(
        self,
        template: BaseDtwTemplate | dict[Any, BaseDtwTemplate] | None = cf(OpenStrideTemplate()),
        resample_template: bool = True,
        find_matches_method: str = "find_peaks",
        max_cost: float | None = 0.47,
        min_match_length_s: float | None = 0.6,
        max_match_length_s: float | None = 3.0,
        max_template_stretch_ms: float | None = None,
        max_signal_stretch_ms: float | None = None,
        snap_to_min_win_ms: float | None = 300,
        snap_to_min_axis: str = "gyr_ml",
        conflict_resolution: bool = True,
        level: float | dict[Any, float] | None = None,
        memory: joblib.Memory | None = None,
    ) -> None:
        self.level = level
        super().__init__(
            template=template,
            resample_template=resample_template,
            find_matches_method=find_matches_method,
            max_cost=max_cost,
            min_match_length_s=min_match_length_s,
            max_match_length_s=max_match_length_s,
            max_template_stretch_ms=max_template_stretch_ms,
            max_signal_stretch_ms=max_signal_stretch_ms,
            snap_to_min_win_ms=snap_to_min_win_ms,
            snap_to_min_axis=snap_to_min_axis,
            conflict_resolution=conflict_resolution,
            memory=memory,
        )

    def calibrate(self, blocks: BlockSource, sampling_rate_hz: float) -> Self:
        """Measure the level of movement of recordings that come in blocks: the first of two passes.

        Parameters
        ----------
        blocks
            Called with ``columns`` (the names of the columns that are needed), returns an iterator over consecutive
            blocks ``{sensor: body-frame data}``.
        sampling_rate_hz
            Sampling rate of the data in Hz.

        Returns
        -------
        self
            The instance with the parameter ``level`` set: a dict of one value per sensor. ``segment`` measures the same
            level in the whole recording, however that is cut into blocks here.

        Raises
        ------
        ValueError
            If a parameter has a value that cannot be used, or the scaling of the template is no ``MovementScaler``.
        BlocksNotPossibleError
            If the smoothing of the template is no ``ButterworthFilter``.
        """
        self._check_parameters()
        check_sampling_rate(self, sampling_rate_hz)
        for template in self._templates():
            check_has_level(self, template)
            check_can_smooth(self, template)
        self.level = measure_levels(self.template, blocks, sampling_rate_hz)
        return self

    def has_level(self) -> bool:
        """Whether the level of movement matters: whether a template scales the data by it.

        Returns
        -------
        bool
            False for templates with another scaling, for which there is nothing to calibrate.
        """
        return any(has_level(template) for template in self._templates())

    def _templates(self) -> list[Any]:
        return list(self.template.values()) if isinstance(self.template, dict) else [self.template]

    def _of_sensor(self, sensor: Any) -> Self:
        algorithm = super()._of_sensor(sensor)
        level = one_of(self, "level", self.level, sensor)
        if level is None and needs_level(algorithm.template):
            raise BlocksNotPossibleError(
                f"{type(self).__name__}.stream: the template scales the data by their level of movement, which blocks "
                "do not tell. Measure it first: `calibrate` sets the parameter `level`."
            )
        return algorithm.set_params(level=level)

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.level is None:
            return
        for level in self.level.values() if isinstance(self.level, dict) else [self.level]:
            check_number(self, "level", level, at_least=0)
        for template in self._templates():
            check_has_level(self, template)

    def _pair_with_templates(self, data: Any) -> tuple[Any, Any, Any]:
        kind, parts, templates = super()._pair_with_templates(data)
        if self.level is None:
            return kind, parts, templates
        if isinstance(self.level, dict):
            if kind == "single":
                raise ValueError(
                    f"A dict of levels (here for {list(self.level)}) needs data of several sensors. Found the data of "
                    "one sensor. Pass one level."
                )
            check_sensors_present(list(templates), self.level, "stride segmentation (DTW), `level`")
            return kind, parts, {s: TemplateAtLevel(templates[s], self.level[s]) for s in templates}
        if kind == "single":
            return kind, parts, TemplateAtLevel(templates, self.level)
        return kind, parts, {s: TemplateAtLevel(template, self.level) for s, template in templates.items()}

    def _template_for_data(self, template: Any) -> Any:
        return template if self.level is None else at_level(template, float(self.level))  # type: ignore[arg-type]

    def _check_can_stream(self, template: Any) -> None:
        if is_smoothing(template):
            check_can_smooth(self, template)
            template = template.clone().set_params(smoothing=None)
        super()._check_can_stream(template)

    def _signal_of_stream(self, template: FixedTemplate) -> PlainSignal | SmoothedSignal:
        if not is_smoothing(template.template):
            return super()._signal_of_stream(template)
        norm = float(np.sqrt(np.square(np.asarray(template.get_data())).sum()))
        return smoothed_signal(template.template, self.sampling_rate_hz, ScaledRows(template.template, norm))

    def _axis_of_stream(self) -> BorderAxis | None:
        axis = super()._axis_of_stream()
        if axis is None or not self._filters_borders():
            return axis
        rate = self.sampling_rate_hz
        return BorderAxis(axis.name, ZeroPhaseStream(_BORDER_FILTER, rate, int(_SHORTEST_PART_S * rate)))

    def _prepare(self, data: Any, template: Any, sampling_rate_hz: float) -> DtwInput:
        problem = super()._prepare(data, template, sampling_rate_hz)
        norm = np.sqrt(np.square(problem.template).sum())
        if norm > 0:
            # Both are copies made for this run.
            np.divide(problem.template, norm, out=problem.template)
            np.divide(problem.signal, norm, out=problem.signal)
        return problem

    def _admit(self, last_row: NDArray[np.float64], starts: NDArray[np.integer], first: int) -> NDArray[np.float64]:
        lengths = np.arange(first + 1, first + len(last_row) + 1, dtype=starts.dtype)
        lengths -= starts
        return np.where(self._is_allowed_length(lengths), last_row, np.inf)

    def _border_signal(self, axis: NDArray[np.float64]) -> NDArray[np.float64]:
        if not self._filters_borders():
            return axis
        rate = self.sampling_rate_hz
        return zero_phase_between_gaps(axis, _BORDER_FILTER, rate, int(_SHORTEST_PART_S * rate))

    def _snap_to(self, axis: NDArray[np.float64], matches_start_end: NDArray[np.int64]) -> NDArray[np.int64]:
        minima = super()._snap_to(axis, matches_start_end)
        if not self._filters_borders():
            return minima
        return _move_into_troughs(axis, minima, self.sampling_rate_hz, self._snap_window() // 2)

    def _reach_of_borders(self) -> int:
        # To the minimum, and from there to the middle of its trough.
        return super()._reach_of_borders() * (2 if self._filters_borders() else 1)

    def _filters_borders(self) -> bool:
        return self.sampling_rate_hz >= _LOWEST_RATE_TO_FILTER_HZ


def _move_into_troughs(
    signal: NDArray[np.float64], minima: NDArray[np.int64], sampling_rate_hz: float, radius: int
) -> NDArray[np.int64]:
    """Move minima to the late middle of their troughs."""
    at = minima.ravel()
    inside = at < len(signal)  # an end may be behind the last sample
    moved = at.copy()
    n_steps = int(np.ceil(_BORDER_RATE_HZ / sampling_rate_hz))
    offsets = late_middles_of_troughs(
        np.array(signal, dtype=float, order="C"), at[inside], radius, n_steps, _BORDER_DEPTH, _BORDER_LATENESS
    )
    moved[inside] += np.rint(offsets).astype(np.int64)
    return moved.reshape(minima.shape)
