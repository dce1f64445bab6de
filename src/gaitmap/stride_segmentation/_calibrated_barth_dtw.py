"""Stride segmentation by DTW with a threshold that transfers between recordings."""

from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tpcp import cf

from gaitmap._kernels.troughs import late_middles_of_troughs
from gaitmap.data_transform import ButterworthFilter
from gaitmap.data_transform._filter import filter_between_gaps
from gaitmap.stride_segmentation._barth_dtw import BarthDtw
from gaitmap.stride_segmentation._cost_matrix import CostAndStart, DtwInput
from gaitmap.stride_segmentation._open_template import OpenStrideTemplate
from gaitmap.stride_segmentation._templates import BaseDtwTemplate

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
        memory: joblib.Memory | None = None,
    ) -> None:
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

    def _prepare(self, data: Any, template: Any, sampling_rate_hz: float) -> DtwInput:
        problem = super()._prepare(data, template, sampling_rate_hz)
        norm = np.sqrt(np.square(problem.template).sum())
        if norm > 0:
            # Both are copies made for this run.
            np.divide(problem.template, norm, out=problem.template)
            np.divide(problem.signal, norm, out=problem.signal)
        return problem

    def _calculate_cost(self, problem: DtwInput) -> CostAndStart:
        last_row, starts = super()._calculate_cost(problem)
        lengths = np.arange(1, len(last_row) + 1, dtype=starts.dtype)
        lengths -= starts
        return np.where(self._is_allowed_length(lengths), last_row, np.inf), starts

    def _snap(self, data: Any, matches_start_end: NDArray[np.int64]) -> NDArray[np.int64]:
        name, rate = self.snap_to_min_axis, self.sampling_rate_hz
        can_filter = isinstance(data, pd.DataFrame) and name in data.columns and rate >= _LOWEST_RATE_TO_FILTER_HZ
        if not self.snap_to_min_win_ms or not can_filter:
            return super()._snap(data, matches_start_end)
        axis = data[name].to_numpy(dtype=float)
        smooth = filter_between_gaps(axis, _BORDER_FILTER, rate, int(_SHORTEST_PART_S * rate))
        minima = super()._snap(pd.DataFrame({name: smooth}), matches_start_end)
        return _move_into_troughs(smooth, minima, rate, self.snap_to_min_win_ms)


def _move_into_troughs(
    signal: NDArray[np.float64], minima: NDArray[np.int64], sampling_rate_hz: float, window_ms: float
) -> NDArray[np.int64]:
    """Move minima to the late middle of their troughs."""
    at = minima.ravel()
    inside = at < len(signal)  # an end may be behind the last sample
    moved = at.copy()
    radius, n_steps = int(window_ms / 1000 * sampling_rate_hz) // 2, int(np.ceil(_BORDER_RATE_HZ / sampling_rate_hz))
    offsets = late_middles_of_troughs(
        np.array(signal, dtype=float, order="C"), at[inside], radius, n_steps, _BORDER_DEPTH, _BORDER_LATENESS
    )
    moved[inside] += np.rint(offsets).astype(np.int64)
    return moved.reshape(minima.shape)
