"""Segmentation of a signal that arrives in blocks, with the strides of the whole signal."""

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from gaitmap._kernels import dtw
from gaitmap.stride_segmentation._matching import Candidates, PeakSearch, SectionSearch
from gaitmap.stride_segmentation._prepare import check_can_resample, warn_if_rates_differ
from gaitmap.stride_segmentation._stream_postprocessing import Future, Matches, Postprocessing
from gaitmap.stride_segmentation._streamable import FixedTemplate, no_samples_of
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils.datatype_helper import SingleSensorData
from gaitmap.utils.exceptions import BlocksNotPossibleError, ValidationError

if TYPE_CHECKING:
    from gaitmap.stride_segmentation._base_dtw import BaseDtw

# Samples that are processed at once: larger blocks are cut, so that memory does not grow with them.
_PART = 2**15


class StrideStream:
    """Segment the data of one sensor that arrive in blocks; made by the method ``stream`` of the DTW segmentations.

    The strides of all calls together are those that ``segment`` finds in the whole signal, in the same order and with
    the same numbers, however the signal is cut into blocks. The object can be pickled between two blocks.

    Attributes
    ----------
    n_samples
        Number of samples so far.
    open_from
        First sample that strides still to come may contain, or look at to find their borders. All data before it are
        done with.
    max_delay_s
        Longest time (s) from the end of a stride to the end of the block that reports it, for blocks of one sample.
        Longer blocks add up to their own length. Infinite where there is no such limit, see below.

    Notes
    -----
    A stride is reported once no sample to come can change it:

    - its cost is known one template length after its end,
    - another match with a lower cost must not end less than ``min_match_length_s`` later,
    - the window of ``snap_to_min_win_ms`` around its end must be complete,
    - with ``conflict_resolution``, no match to come may have the same start and a lower cost. This is known from the
      accumulated costs of all matches that have begun, and at the latest when they would be longer than
      ``max_match_length_s``.

    ``max_delay_s`` is the sum of these limits: about 4.4 s with the defaults of ``BarthDtw``, of which walking
    uses less than half as a rule. The one exception are matches that each end less than ``min_match_length_s`` after
    the one before and have a lower cost: which of them stay is known only at the end of the chain, and each link adds
    up to ``min_match_length_s``. A run of exactly equal costs within ``max_cost`` (a constant signal that is like the
    template) waits for its end. There is no limit (infinity)

    - for ``max_cost=None``: any minimum of the cost can be part of such a chain, and all may be held back until the
      end,
    - for ``find_matches_method="min_under_thres"``: a match is known at the end of the section in which the cost is
      not above ``max_cost``,
    - for ``max_match_length_s=None`` with ``conflict_resolution``.

    The state has the size of some templates and of the signal behind ``open_from``, of which one column is kept.
    """

    def __init__(self, algorithm: "BaseDtw", sampling_rate_hz: float) -> None:
        algorithm._check_parameters()
        check_sampling_rate(algorithm, sampling_rate_hz)
        template: Any = algorithm.template
        check_can_resample(template, algorithm.resample_template)
        warn_if_rates_differ(template, sampling_rate_hz, algorithm.resample_template)
        _check_has_known_steps(algorithm)
        self._algorithm: Any = algorithm.clone()
        self._algorithm.memory = None
        self._algorithm.sampling_rate_hz = sampling_rate_hz
        self._rate = sampling_rate_hz
        scales_data = self._algorithm._template_for_data(template)
        self._algorithm._check_can_stream(scales_data)
        self._check_axis(template)
        pattern = template.get_data()
        # The template is scaled and resampled once. What subclasses do to template and data comes with each block.
        problem = _base_dtw()._prepare(self._algorithm, no_samples_of(pattern), template, sampling_rate_hz)
        _, _, *limits = problem.for_kernel()
        self._template = FixedTemplate.like(pattern, problem.template, sampling_rate_hz, scales_data)
        template_samples = self._prepare(no_samples_of(self._template.get_data())).template
        self._n_template, self._n_channels = template_samples.shape
        self._state = dtw.new_state(template_samples, *limits)
        self._signal = self._algorithm._signal_of_stream(self._template)
        self._axis = self._algorithm._axis_of_stream()
        self._search = self._new_search()
        self._post = Postprocessing(self._algorithm)
        self.n_samples = 0
        self.open_from = 0
        self._n_found = 0
        self._nothing: pd.DataFrame | None = None  # as most blocks return it
        self._end_of_last = 0
        self._has_warned = False
        self._is_finished = False

    def push(self, block: SingleSensorData | NDArray) -> pd.DataFrame:
        """Take in the next samples.

        Parameters
        ----------
        block
            Body-frame data of the sensor that follow those of the last call (any number of samples) with the columns of
            the template and the one that borders snap to. The index does not matter. An array where the template is
            one.

        Returns
        -------
        stride_list
            The strides that have become final: index ``s_id``, counted on over all calls, and the columns ``start`` and
            ``end`` (samples since the first call, end exclusive).

        Raises
        ------
        ValidationError
            If the block is not the data of one sensor.
        KeyError
            If one of the columns is missing.
        """
        return self._as_stride_list(self.push_matches(block))

    def finish(self) -> pd.DataFrame:
        """End the signal.

        Returns
        -------
        stride_list
            The remaining strides.
        """
        return self._as_stride_list(self.finish_matches())

    def push_matches(self, block: SingleSensorData | NDArray) -> Matches:
        """Take in the next samples; as ``push``, with costs and original borders, and without a DataFrame."""
        self._check_block(block)
        parts = [Matches.none()]
        for first in range(0, len(block), _PART):
            part: Any = block[first : first + _PART]
            signal = self._signal.push(part)
            axis = None if self._axis is None else self._axis.push(part)
            self.n_samples += len(part)
            self._advance(signal, axis)
            future = self._future()
            parts.append(self._post.settle(future))
            self.open_from = max(self.open_from, self._post.open_from(future))
        return self._report(parts)

    def finish_matches(self) -> Matches:
        """End the signal; as ``finish``, with costs and original borders."""
        self._check_is_open()
        self._is_finished = True
        self._advance(self._signal.finish(), None if self._axis is None else self._axis.finish())
        # The cells that are not known yet, as in ``dtw.cost_and_start``.
        self._advance(np.full((self._n_template - 1, self._n_channels), np.inf), None)
        self._post.add(self._search.finish())
        self.open_from = self.n_samples
        return self._report([self._post.settle(None)])

    @property
    def max_delay_s(self) -> float:
        """Longest time from the end of a stride to its report in s; infinite where there is no limit."""
        algorithm, reach = self._algorithm, self._post.reach
        if algorithm.max_cost in (None, np.inf) or isinstance(self._search, SectionSearch):
            return float("inf")
        until_chosen = self._search.distance + self._n_template - 1
        samples = max(until_chosen + reach, 3 * reach + 1)
        if self._post.one_per_start:
            if algorithm.max_match_length_s is None:
                return float("inf")
            shortest = algorithm.min_match_length_s or 0
            longer = int(np.ceil((algorithm.max_match_length_s - shortest) * self._rate))
            samples = max(samples, until_chosen + 1 + 3 * reach + longer)
        filters = max(self._signal.delay, 0 if self._axis is None else self._axis.delay)
        return (samples + filters) / self._rate

    # Steps --------------------------------------------------------------------------------------------------------
    def _prepare(self, part: Any) -> Any:
        return self._algorithm._prepare(part, self._template, self._rate)

    def _new_search(self) -> PeakSearch | SectionSearch:
        if self._algorithm.find_matches_method == "min_under_thres":
            return SectionSearch(self._algorithm.max_cost)
        shortest = self._algorithm.min_match_length_s
        return PeakSearch(self._algorithm.max_cost, None if shortest is None else shortest * self._rate)

    def _advance(self, signal: NDArray[np.float64] | None, axis: NDArray[np.float64] | None) -> None:
        """Take in the next rows of the signal, and values of the axis, that are known."""
        if axis is not None:
            self._post.add_axis(axis)
        if signal is not None:
            self._post.add(self._find(signal))

    def _find(self, signal: NDArray[np.float64]) -> Candidates:
        """Advance the DTW, and search the costs that become known for matches."""
        last_row, starts = np.empty(len(signal)), np.empty(len(signal), np.int64)
        first = int(self._state.n_seen[0]) - (self._n_template - 1)
        dtw.advance(self._state, signal, last_row, starts)
        before_signal = max(0, -first)
        first, last_row, starts = first + before_signal, last_row[before_signal:], starts[before_signal:]
        cost = np.sqrt(self._algorithm._admit(last_row, starts, first))
        return self._search.push(cost, starts, first)

    def _future(self) -> Future:
        """Return what matches still to come can be: those that are undecided, and the live cells of the DTW."""
        undecided = self._post.with_possible_length(self._search.open())
        n_seen = int(self._state.n_seen[0])
        # Later cells follow from the last two anti-diagonals only.
        rows = [(n_seen - 1) % 3, (n_seen - 2) % 3]
        cost, start = self._state.costs[rows, 1:].ravel(), self._state.starts[rows, 1:].ravel()
        limit = np.inf if self._algorithm.max_cost is None else self._algorithm.max_cost**2 * (1 + 1e-9)
        first_end = max(n_seen - (self._n_template - 1), 0) + 1
        live = np.isfinite(cost) & (cost <= limit) & (start > self._post.first_start_of(first_end))
        return Future(
            np.concatenate([undecided.start, start[live]]),
            np.concatenate([undecided.cost, np.sqrt(cost[live])]),
            n_seen,
        )

    def _report(self, parts: list[Matches]) -> Matches:
        found = Matches(*(np.concatenate(some) for some in zip(*parts, strict=True)))
        if len(found.cost) > 0 and not self._has_warned:
            flat = np.concatenate([[self._end_of_last], found.start_end.ravel()])
            self._has_warned = bool((np.diff(flat) < 0).any())
            if self._has_warned:
                self._algorithm._check_result(flat)
            self._end_of_last = int(flat[-1])
        return found

    def _as_stride_list(self, found: Matches) -> pd.DataFrame:
        if len(found.cost) == 0 and self._nothing is not None:
            return self._nothing.copy(deep=False)
        index = pd.RangeIndex(self._n_found, self._n_found + len(found.cost), name="s_id")
        self._n_found = index.stop
        strides = pd.DataFrame({"start": found.start_end[:, 0], "end": found.start_end[:, 1]}, index=index)
        self._nothing = strides.iloc[len(strides) :]
        return strides

    # Checks -------------------------------------------------------------------------------------------------------
    def _check_is_open(self) -> None:
        if self._is_finished:
            raise ValueError("This stream is finished: `push` and `finish` are not possible any more. Make a new one.")

    def _check_axis(self, template: Any) -> None:
        is_snapping = getattr(self._algorithm, "snap_to_min_win_ms", None)
        if is_snapping and not isinstance(template.get_data(), pd.DataFrame):
            raise ValueError(
                "Snapping to minima needs data with named columns. Found a template in an array. "
                "Set `snap_to_min_win_ms=None`, or use a template in a DataFrame."
            )

    def _check_block(self, block: Any) -> None:
        self._check_is_open()
        expected: Any = pd.DataFrame if isinstance(self._template.get_data(), pd.DataFrame) else np.ndarray
        if not isinstance(block, expected):
            raise ValidationError(
                f"stride segmentation (DTW): a block must be a {expected.__name__} with the data of one sensor. Found "
                f"a {type(block).__name__}."
            )
        columns = getattr(block, "columns", ())
        if self._axis is not None and self._axis.name not in columns:
            raise KeyError(
                f"The column `snap_to_min_axis` ({self._axis.name!r}) is not in the data. "
                f"Found {list(columns)}. Set another column, or `snap_to_min_win_ms=None`."
            )


def one_of(algorithm: "BaseDtw", name: str, value: Any, sensor: Any) -> Any:
    """Pick from a parameter that may be a dict the value of one sensor."""
    if not isinstance(value, dict):
        return value
    if sensor not in value:
        raise ValueError(
            f"{type(algorithm).__name__}.stream: a stream takes the data of one sensor, here {sensor!r}. Found "
            f"`{name}` for {list(value)}. Name one of these sensors, or set one `{name}` for all."
        )
    return value[sensor]


def _base_dtw() -> type["BaseDtw"]:
    from gaitmap.stride_segmentation._base_dtw import BaseDtw

    return BaseDtw


def _check_has_known_steps(algorithm: "BaseDtw") -> None:
    """Refuse subclasses of users whose own steps may need the whole signal."""
    for name in ("_calculate_cost", "_find_matches", "_postprocess_matches"):
        if not getattr(type(algorithm), name).__module__.startswith("gaitmap."):
            raise BlocksNotPossibleError(
                f"{type(algorithm).__name__} has its own step `{name}`, which may need the whole signal: a stream "
                "might give other strides. Use `segment`, or BarthDtw."
            )
