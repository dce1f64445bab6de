"""Walking bouts: which strides of both feet follow each other without a long break."""

import warnings
from typing import Self

import numpy as np
import pandas as pd

from gaitmap.base import BaseAlgorithm
from gaitmap.parameters._silent_foot import lies_in_hole
from gaitmap.parameters._strides import event_samples
from gaitmap.utils._checks import check_number, check_sampling_rate
from gaitmap.utils.consts import SL_COLS, SL_INDEX
from gaitmap.utils.datatype_helper import MultiSensorStrideList, is_multi_sensor_stride_list, set_correct_index
from gaitmap.utils.exceptions import ValidationError

#: Borders of neighbouring strides closer than this are the same event [s].
_SAME_EVENT_S = 0.02
#: Reasons of strides that are sound, but in no bout; all others are implausible.
OUTSIDE = ("bout_too_few_strides", "bout_too_short")


class WalkingBoutDetection(BaseAlgorithm):
    """Find walking bouts: sequences of strides of both feet without a long break [1]_ [2]_.

    Needs the stride lists of a left and a right foot sensor (or of one of them) in one time base, of any stride type.

    Parameters
    ----------
    left
        Name of the sensor on the left foot.
    right
        Name of the sensor on the right foot.
    min_stride_time_s
        Strides that take less time are left out.
    max_stride_time_s
        Strides that take more time are left out.
    min_stride_length_m
        Shorter strides are left out. Needs the stride lengths (see ``parameters``); a stride without length stays.
    max_break_s
        A longer break between the end of the strides so far and the start of the next stride of either foot ends a
        bout.
    min_strides
        Shortest bout, in strides of both feet together.
    min_strides_one_foot
        The same where only one foot is recorded: bouts before the first or after the last stride of the other foot
        (its sensor lies still, begins late or stops), or all of a recording of one foot.
    min_duration_s
        Shorter bouts are left out.

    Attributes
    ----------
    bouts_
        One row per bout, indexed by ``wb_id`` (1, 2, ...): ``start``, ``end`` (samples, end exclusive: first start and
        last end of its strides), ``start_s``, ``duration_s``, ``n_strides``, ``n_strides_left``, ``n_strides_right``,
        ``n_steps``, and ``termination_reason``: ``"break"`` or ``"last_stride"`` (no usable stride follows).
    annotated_stride_list_
        The strides of all bouts in the order of their start, indexed by ``wb_id``, ``foot`` (``"left"`` or ``"right"``)
        and ``s_id``, with their ``start`` and ``end``.
    excluded_strides_
        The other strides: ``foot``, ``s_id``, ``start``, ``end`` and the ``reason``: ``"no_start_or_end"``,
        ``"stride_time_too_short"``, ``"stride_time_too_long"``, ``"stride_length_too_short"``,
        ``"bout_too_few_strides"``, ``"bout_too_short"``.

    Other Parameters
    ----------------
    stride_list
        The stride lists passed to ``detect``.
    sampling_rate_hz
        The sampling rate of the stride lists in Hz.
    parameters
        The tables with stride lengths passed to ``detect``.

    Notes
    -----
    Strides are selected first. Those that remain, of both feet and sorted by start, form a bout as long as no break is
    longer than ``max_break_s``; bouts with too few strides are dropped. A stride that was left out counts as part of a
    break. Steps are the intervals between all starts and ends of strides (shared ones counted once) of both feet. The
    feet take turns: an interval of one foot in which the other one has no start or end of a stride is two steps, also
    where a foot is silent for a part of a bout or for all of it.

    References
    ----------
    .. [1] Kluge, F., Del Din, S., Cereatti, A., et al. (2021). Consensus based framework for digital mobility
       monitoring. PLoS ONE, 16(8), e0256541. https://doi.org/10.1371/journal.pone.0256541
    .. [2] Micó-Amigo, M. E., Bonci, T., Paraschiv-Ionescu, A., et al. (2023). Assessing real-world gait with digital
       technology? Journal of NeuroEngineering and Rehabilitation, 20, 78. https://doi.org/10.1186/s12984-023-01198-5

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.parameters import WalkingBoutDetection
    >>> start = np.array([0, 100, 200, 300, 1000, 1100, 1200])  # a break of 6 s after the fourth stride
    >>> left = pd.DataFrame({"start": start, "end": start + 100}).rename_axis("s_id")
    >>> walk = {"left_sensor": left, "right_sensor": left + 50}
    >>> WalkingBoutDetection().detect(walk, sampling_rate_hz=100).bouts_[["start", "end", "n_strides", "n_steps"]]
           start   end  n_strides  n_steps
    wb_id
    1          0   450          8        9
    2       1000  1350          6        7
    """

    _action_methods = ("detect",)

    bouts_: pd.DataFrame
    annotated_stride_list_: pd.DataFrame
    excluded_strides_: pd.DataFrame

    stride_list: MultiSensorStrideList
    sampling_rate_hz: float
    parameters: dict[str, pd.DataFrame] | None

    def __init__(
        self,
        left: str = "left_sensor",
        right: str = "right_sensor",
        min_stride_time_s: float = 0.2,
        max_stride_time_s: float = 3.0,
        min_stride_length_m: float = 0.15,
        max_break_s: float = 3.0,
        min_strides: int = 4,
        min_strides_one_foot: int = 3,
        min_duration_s: float = 0.0,
    ) -> None:
        self.left = left
        self.right = right
        self.min_stride_time_s = min_stride_time_s
        self.max_stride_time_s = max_stride_time_s
        self.min_stride_length_m = min_stride_length_m
        self.max_break_s = max_break_s
        self.min_strides = min_strides
        self.min_strides_one_foot = min_strides_one_foot
        self.min_duration_s = min_duration_s

    def detect(
        self,
        stride_list: MultiSensorStrideList,
        sampling_rate_hz: float,
        *,
        parameters: dict[str, pd.DataFrame] | None = None,
    ) -> Self:
        """Find the walking bouts of a recording.

        Parameters
        ----------
        stride_list
            Dict with a stride list for the left and the right sensor, or for one of them. Other sensors are ignored.
        sampling_rate_hz
            The sampling rate of the stride lists in Hz.
        parameters
            Dict of tables with a column ``stride_length`` (m), indexed by ``s_id``, as calculated by
            :class:`~gaitmap.parameters.SpatialParameterCalculation`. Without it no stride is too short, and a warning
            says so.

        Returns
        -------
        self
            The instance with the results as attributes.

        Raises
        ------
        ValidationError
            If this is not a dict of stride lists, or neither foot is in it.
        ValueError
            If a parameter of this class or the sampling rate is not valid.
        """
        self.stride_list = stride_list
        self.sampling_rate_hz = sampling_rate_hz
        self.parameters = parameters
        self._check(stride_list, sampling_rate_hz)
        strides = self._strides_of_both_feet(stride_list, parameters)
        strides["bout"], strides["reason"] = self._group(strides)

        kept = strides[strides["reason"] == ""]
        wb_id = pd.Series(np.unique(kept["bout"], return_inverse=True)[1] + 1, index=kept.index, name="wb_id")
        self.bouts_ = self._describe(kept, wb_id, last_bout=strides["bout"].max())
        self.annotated_stride_list_ = kept.set_index([wb_id, "foot", "s_id"])[SL_COLS]
        columns = ["foot", "s_id", *SL_COLS, "reason"]
        self.excluded_strides_ = strides.loc[strides["reason"] != "", columns].reset_index(drop=True)
        self.excluded_strides_ = self.excluded_strides_.astype({"foot": "str", "reason": "str"})
        return self

    def _check(self, stride_list: MultiSensorStrideList, sampling_rate_hz: float) -> None:
        for name in ("min_stride_time_s", "min_stride_length_m", "max_break_s", "min_duration_s"):
            check_number(self, name, getattr(self, name), at_least=0)
        for name in ("min_strides", "min_strides_one_foot"):
            check_number(self, name, getattr(self, name), at_least=1)
        check_number(self, "max_stride_time_s", self.max_stride_time_s, above=self.min_stride_time_s)
        check_sampling_rate(self, sampling_rate_hz)
        is_multi_sensor_stride_list(stride_list, raise_exception=True)
        if not {self.left, self.right} & set(stride_list) or self.left == self.right:
            raise ValidationError(
                f"walking bouts: no stride list of the left or right foot. Found the sensors {list(stride_list)}. "
                f"Expected {self.left!r} and {self.right!r}. Set `left` and `right` to the names of the sensors."
            )

    def _strides_of_both_feet(
        self, stride_list: MultiSensorStrideList, parameters: dict[str, pd.DataFrame] | None
    ) -> pd.DataFrame:
        """Collect all strides with their lengths, sorted by start and end."""
        feet = []
        for foot, sensor in (("left", self.left), ("right", self.right)):
            if sensor not in stride_list:
                continue
            strides = set_correct_index(stride_list[sensor], SL_INDEX)
            borders = pd.DataFrame({name: event_samples(strides, name) for name in SL_COLS}, index=strides.index)
            if all(pd.api.types.is_integer_dtype(strides[name].dtype) for name in SL_COLS):
                borders = borders.astype("int64")
            length = _stride_length(parameters, sensor).reindex(borders.index)
            feet.append(borders.assign(foot=foot, length=length).reset_index())
        return pd.concat(feet).sort_values(SL_COLS, kind="stable", ignore_index=True)

    def _group(self, strides: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
        """Find the bout number of each stride (0: none), and why a stride is left out (empty: it is not)."""
        start, end = strides["start"].to_numpy(dtype=float), strides["end"].to_numpy(dtype=float)
        stride_time = (end - start) / self.sampling_rate_hz
        reason = np.select(
            [
                np.isnan(stride_time),
                stride_time < self.min_stride_time_s,
                stride_time > self.max_stride_time_s,
                strides["length"] < self.min_stride_length_m,
            ],
            ["no_start_or_end", "stride_time_too_short", "stride_time_too_long", "stride_length_too_short"],
            default="",
        ).astype(object)

        selected = np.flatnonzero(reason == "")
        if len(selected) == 0:
            return np.zeros(len(strides), dtype=np.int64), reason
        walked_until = np.maximum.accumulate(end[selected])
        starts_new = start[selected][1:] - walked_until[:-1] > self.max_break_s * self.sampling_rate_hz
        number = np.append(0, np.cumsum(starts_new))
        first = np.append(0, np.flatnonzero(starts_new) + 1)
        last_end = np.maximum.reduceat(end[selected], first)
        duration = (last_end - start[selected][first]) / self.sampling_rate_hz
        is_left = (strides["foot"] == "left").to_numpy()
        has_both = [
            _overlaps(start[selected][first], last_end, start[selected][foot], end[selected][foot])
            for foot in (is_left[selected], ~is_left[selected])
        ]
        n_required = np.where(np.logical_and(*has_both), self.min_strides, self.min_strides_one_foot)
        of_bout = np.select(
            [np.bincount(number) < n_required, duration < self.min_duration_s],
            ["bout_too_few_strides", "bout_too_short"],
            default="",
        )
        reason[selected] = of_bout[number]
        bout = np.zeros(len(strides), dtype=np.int64)
        bout[selected] = number + 1
        return bout, reason

    def _describe(self, strides: pd.DataFrame, wb_id: pd.Series, last_bout: float) -> pd.DataFrame:
        of_bout = strides.groupby(wb_id)
        bouts = of_bout.agg(start=("start", "min"), end=("end", "max"))
        bouts["start_s"] = bouts["start"] / self.sampling_rate_hz
        bouts["duration_s"] = (bouts["end"] - bouts["start"]) / self.sampling_rate_hz
        bouts["n_strides"] = of_bout.size()
        for foot in ("left", "right"):
            bouts[f"n_strides_{foot}"] = (strides["foot"] == foot).groupby(wb_id).sum().astype("int64")
        bouts["n_steps"] = _count_steps(strides, wb_id, _SAME_EVENT_S * self.sampling_rate_hz)
        ends_recording = of_bout["bout"].first() == last_bout
        reasons = np.where(ends_recording, "last_stride", "break")
        bouts["termination_reason"] = pd.Series(reasons, index=bouts.index, dtype="str")
        return bouts


def _stride_length(parameters: dict[str, pd.DataFrame] | None, sensor: str) -> pd.Series:
    if parameters is not None and sensor in parameters and "stride_length" in parameters[sensor]:
        return set_correct_index(parameters[sensor], SL_INDEX)["stride_length"].astype(float)
    warnings.warn(
        f"walking bouts: no stride lengths of the sensor {sensor!r}. Short strides are not left out. Pass `parameters` "
        "with a column 'stride_length'.",
        UserWarning,
        stacklevel=4,
    )
    return pd.Series(dtype=float)


def _overlaps(begin: np.ndarray, stop: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    """Tell which parts overlap the time from the first start to the last end of the strides of a foot."""
    if len(start) == 0:
        return np.zeros(len(begin), dtype=bool)
    return (stop > start.min()) & (begin < end.max())


def _count_steps(strides: pd.DataFrame, wb_id: pd.Series, same_event: float) -> pd.Series:
    """Count the intervals between the stride borders of both feet; those without a border of the other foot twice."""
    borders = pd.concat(
        [pd.DataFrame({"wb_id": wb_id, "foot": strides["foot"], "sample": strides[name]}) for name in SL_COLS]
    ).sort_values(["wb_id", "foot", "sample"])
    is_new = ~(borders.groupby(["wb_id", "foot"])["sample"].diff() < same_event)
    borders = borders[is_new]
    n_steps = borders.groupby("wb_id").size() - 1
    # Bouts are laid far apart, so that no interval of one lies between the strides of another one.
    apart = 2 * (float(strides["end"].max()) + 1) if len(strides) else 0.0
    start, end = (strides[name].to_numpy(dtype=float) + apart * wb_id.to_numpy() for name in SL_COLS)
    bout = borders["wb_id"].to_numpy()
    at = borders["sample"].to_numpy(dtype=float) + apart * bout
    is_left, of_left = (strides["foot"] == "left").to_numpy(), (borders["foot"] == "left").to_numpy()
    for foot, other in ((of_left, ~is_left), (~of_left, is_left)):
        of_bout, own = bout[foot], at[foot]
        is_interval = of_bout[1:] == of_bout[:-1]
        missed = lies_in_hole(start[other], end[other], own[:-1][is_interval], own[1:][is_interval])
        n_steps = n_steps.add(pd.Series(of_bout[1:][is_interval][missed]).value_counts(), fill_value=0)
    return n_steps.astype("int64").rename_axis("wb_id")
