"""Stride segmentation by DTW with limited local stretching."""

from typing import Any

import joblib
from tpcp import cf

from gaitmap.stride_segmentation._barth_dtw import BarthDtw
from gaitmap.stride_segmentation._barth_template import BarthOriginalTemplate
from gaitmap.stride_segmentation._templates import BaseDtwTemplate


class ConstrainedBarthDtw(BarthDtw):
    """Segment strides by subsequence DTW with a stride template [1]_ and limited local stretching.

    Requires the data of foot-worn sensors in the body frame (``gyr_pa, gyr_ml, gyr_si`` in deg/s for the default
    template) at any common sampling rate.

    Parameters
    ----------
    template
        The template, or a dict of one template per sensor (then only these sensors are processed).
    resample_template
        Resample the template to the rate of the data (linear interpolation). Needs the rate of the template.
    find_matches_method
        ``"find_peaks"``: local minima of the cost function, at least ``min_match_length_s`` apart.
        ``"min_under_thres"``: the minimum of each section in which the cost function is not above ``max_cost``.
    max_cost
        Largest cost of a match: square root of the summed squared distances of the scaled data. The default belongs to
        the default template and its scaling. None: no limit.
    min_match_length_s
        Matches of this length (s) or shorter are removed; also the smallest distance between the ends of two matches
        for ``"find_peaks"``. None: no limit.
    max_match_length_s
        Matches of this length (s) or longer are removed. None: no limit.
    max_template_stretch_ms
        How long (ms) a part of the template may be that is compared with one sample of the signal. None: no limit.
    max_signal_stretch_ms
        How long (ms) a part of the signal may be that is compared with one sample of the template. None: no limit.
    snap_to_min_win_ms
        Full width (ms) of the window around each border, in which the border moves to the smallest value of
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
        Cost of each stride.
    acc_cost_mat_
        Accumulated cost matrix (template x signal). Computed when it is read, and kept from then on; None, with a
        warning, if it had more than 2 GB.
    cost_function_
        Cost of the best match that ends at each sample. Computed when it is read, and kept from then on.
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
    Differs from :class:`~gaitmap.stride_segmentation.BarthDtw` in the defaults of ``max_template_stretch_ms`` and
    ``max_signal_stretch_ms`` only: both are 120 ms (25 samples at 204.8 Hz), so that a short movement is not stretched
    to a stride, and rest is not matched by a single sample of the template. The limits apply step by step
    [2]_ (see :class:`~gaitmap.stride_segmentation.BaseDtw`): the cost is not the smallest one over all allowed paths.

    References
    ----------
    .. [1] J. Barth et al., "Subsequence dynamic time warping as a method for robust step segmentation using gyroscope
           signals of daily life activities," 35th Annual International Conference of the IEEE EMBC, 2013,
           doi:10.1109/EMBC.2013.6611104.
    .. [2] M. Mueller, Fundamentals of Music Processing, 2nd ed., Springer, 2021, section 3.2.

    See Also
    --------
    gaitmap.stride_segmentation.BarthDtw : The same without limits.
    gaitmap.stride_segmentation.BarthOriginalTemplate : The default template, and how to get its data.
    gaitmap.stride_segmentation.InterpolatedDtwTemplate : Make a template from own strides.

    Examples
    --------
    >>> from gaitmap.stride_segmentation import ConstrainedBarthDtw
    >>> dtw = ConstrainedBarthDtw().segment(data, sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> len(dtw.stride_list_["left_sensor"])  # doctest: +SKIP
    28
    """

    def __init__(
        self,
        template: BaseDtwTemplate | dict[Any, BaseDtwTemplate] | None = cf(BarthOriginalTemplate()),
        resample_template: bool = True,
        find_matches_method: str = "find_peaks",
        max_cost: float | None = 4,
        min_match_length_s: float | None = 0.6,
        max_match_length_s: float | None = 3.0,
        max_template_stretch_ms: float | None = 120,
        max_signal_stretch_ms: float | None = 120,
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
