"""Stride segmentation by DTW after Barth et al."""

import warnings
from typing import Any

import joblib
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from tpcp import cf

from gaitmap.base import BaseStrideSegmentation
from gaitmap.stride_segmentation._barth_template import BarthOriginalTemplate
from gaitmap.stride_segmentation._base_dtw import BaseDtw
from gaitmap.stride_segmentation._prepare import column_values
from gaitmap.stride_segmentation._stream_source import BorderAxis
from gaitmap.stride_segmentation._templates import BaseDtwTemplate
from gaitmap.stride_segmentation._utils import snap_to_min
from gaitmap.utils._checks import check_number
from gaitmap.utils.datatype_helper import StrideList


class BarthDtw(BaseDtw, BaseStrideSegmentation):
    """Segment strides by subsequence DTW with a stride template [1]_.

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
    Ends of strides are minima of the cost function of the DTW (see :class:`~gaitmap.stride_segmentation.BaseDtw`).
    Start and end are then moved to the smallest angular rate ``gyr_ml`` nearby, strides of implausible length are
    removed, and of strides with the same start the best one stays. The default template finds straight walking on
    level ground; for turns and patients leave out ``gyr_pa``
    (``BarthOriginalTemplate(use_cols=("gyr_ml", "gyr_si"))``).

    Deviation from [1]_: one Euclidean distance over all axes in place of a sum of distances per axis; resampled
    template; snapping and conflict resolution are additions.

    References
    ----------
    .. [1] J. Barth et al., "Subsequence dynamic time warping as a method for robust step segmentation using gyroscope
           signals of daily life activities," 35th Annual International Conference of the IEEE EMBC, 2013,
           doi:10.1109/EMBC.2013.6611104.

    See Also
    --------
    gaitmap.stride_segmentation.ConstrainedBarthDtw : The same with limited local stretching.
    gaitmap.stride_segmentation.BarthOriginalTemplate : The default template, and how to get its data.
    gaitmap.stride_segmentation.InterpolatedDtwTemplate : Make a template from own strides.

    Examples
    --------
    >>> from gaitmap.stride_segmentation import BarthDtw
    >>> dtw = BarthDtw(max_cost=3.5).segment(data, sampling_rate_hz=204.8)  # doctest: +SKIP
    >>> dtw.stride_list_["left_sensor"].head(2)  # doctest: +SKIP
          start  end
    s_id
    0       364  584
    1       584  802
    """

    def __init__(
        self,
        template: BaseDtwTemplate | dict[Any, BaseDtwTemplate] | None = cf(BarthOriginalTemplate()),
        resample_template: bool = True,
        find_matches_method: str = "find_peaks",
        max_cost: float | None = 4.0,
        min_match_length_s: float | None = 0.6,
        max_match_length_s: float | None = 3.0,
        max_template_stretch_ms: float | None = None,
        max_signal_stretch_ms: float | None = None,
        snap_to_min_win_ms: float | None = 300,
        snap_to_min_axis: str = "gyr_ml",
        conflict_resolution: bool = True,
        memory: joblib.Memory | None = None,
    ) -> None:
        self.snap_to_min_win_ms = snap_to_min_win_ms
        self.snap_to_min_axis = snap_to_min_axis
        self.conflict_resolution = conflict_resolution
        super().__init__(
            template=template,
            resample_template=resample_template,
            find_matches_method=find_matches_method,
            max_cost=max_cost,
            min_match_length_s=min_match_length_s,
            max_match_length_s=max_match_length_s,
            max_template_stretch_ms=max_template_stretch_ms,
            max_signal_stretch_ms=max_signal_stretch_ms,
            memory=memory,
        )

    @property
    def stride_list_(self) -> StrideList:  # type: ignore[override]
        """Stride list, ordered by the end of the matches."""
        if "matches_start_end_" not in self.__dict__:
            raise AttributeError(f"'{type(self).__name__}' object has no attribute 'stride_list_'")
        matches = self.matches_start_end_
        if isinstance(matches, dict):
            return {sensor: _as_stride_list(borders) for sensor, borders in matches.items()}
        return _as_stride_list(matches)

    @stride_list_.setter
    def stride_list_(self, value: StrideList) -> None:
        # Caches of results give them back one by one: what already follows from the matches may be assigned.
        if "matches_start_end_" not in self.__dict__ or not _equal_stride_lists(value, self.stride_list_):
            raise ValueError("`stride_list_` is readonly: it follows from `matches_start_end_`.")

    def _check_parameters(self) -> None:
        super()._check_parameters()
        if self.snap_to_min_win_ms:
            check_number(self, "snap_to_min_win_ms", self.snap_to_min_win_ms, at_least=0)

    def _postprocess_matches(
        self, data: Any, matches_start_end: NDArray[np.int64], costs: NDArray[np.float64]
    ) -> tuple[NDArray[np.int64], NDArray[np.bool_]]:
        matches = self._snap(data, matches_start_end)
        keep = self._has_allowed_length(matches)
        if self.conflict_resolution:
            keep &= _is_cheapest_of_its_start(matches[:, 0], np.where(keep, costs, np.inf))
        return matches, keep

    def _check_result(self, matches_start_end: NDArray[np.int64]) -> None:
        if (np.diff(matches_start_end.ravel()) < 0).any():
            warnings.warn(
                "There are still overlapping strides left after postprocessing. "
                "A lower `max_cost` or `conflict_resolution=True` may avoid them.",
                UserWarning,
                stacklevel=5,
            )

    def _snap(self, data: Any, matches_start_end: NDArray[np.int64]) -> NDArray[np.int64]:
        if not self.snap_to_min_win_ms:
            return matches_start_end.copy()
        if not isinstance(data, pd.DataFrame):
            raise ValueError(
                "Snapping to minima needs data with named columns. Found an array. "
                "Set `snap_to_min_win_ms=None`, or pass a DataFrame."
            )
        columns = data.columns.tolist()
        if self.snap_to_min_axis not in columns:
            raise KeyError(
                f"The column `snap_to_min_axis` ({self.snap_to_min_axis!r}) is not in the data. "
                f"Found {columns}. Set another column, or `snap_to_min_win_ms=None`."
            )
        axis = column_values(data, [columns.index(self.snap_to_min_axis)])[:, 0].astype(float, copy=False)
        return self._snap_to(self._border_signal(axis), matches_start_end)

    def _border_signal(self, axis: NDArray[np.float64]) -> NDArray[np.float64]:
        """Signal whose minima the borders snap to."""
        return axis

    def _snap_to(self, axis: NDArray[np.float64], matches_start_end: NDArray[np.int64]) -> NDArray[np.int64]:
        snapped = snap_to_min(axis, matches_start_end, self._snap_window())
        is_missing = np.isnan(axis)
        if not is_missing.any():
            return snapped
        # No border moves over a gap: what is behind it does not belong to the stride.
        n_missing_before = np.concatenate([[0], np.cumsum(is_missing)])
        return np.where(n_missing_before[snapped] == n_missing_before[matches_start_end], snapped, matches_start_end)

    def _snap_window(self) -> int:
        """Full width of the window in samples."""
        return int(self.snap_to_min_win_ms / 1000 * self.sampling_rate_hz) if self.snap_to_min_win_ms else 0

    def _axis_of_stream(self) -> BorderAxis | None:
        return BorderAxis(self.snap_to_min_axis) if self.snap_to_min_win_ms else None

    def _reach_of_borders(self) -> int:
        """Return by how many samples a border may move."""
        return self._snap_window() // 2


def _is_cheapest_of_its_start(starts: NDArray[np.int64], costs: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Mark one match per start: the one with the lowest cost, the first of equal ones."""
    order = np.lexsort((np.arange(len(starts)), costs, starts))
    is_first = np.ones(len(starts), dtype=bool)
    is_first[1:] = np.diff(starts[order]) != 0
    cheapest = np.zeros(len(starts), dtype=bool)
    cheapest[order[is_first]] = True
    return cheapest


def _as_stride_list(matches_start_end: NDArray[np.int64]) -> pd.DataFrame:
    borders = np.asarray(matches_start_end, dtype=np.int64).reshape(-1, 2)
    index = pd.RangeIndex(len(borders), name="s_id")
    return pd.DataFrame({"start": borders[:, 0], "end": borders[:, 1]}, index=index)


def _equal_stride_lists(first: Any, second: Any) -> bool:
    if isinstance(first, dict) and isinstance(second, dict):
        return list(first) == list(second) and all(first[sensor].equals(second[sensor]) for sensor in second)
    return isinstance(first, pd.DataFrame) and isinstance(second, pd.DataFrame) and first.equals(second)
