"""Step length and step width, where the positions of both feet in one frame are known."""

from typing import Literal, Self

import numpy as np
import pandas as pd

from gaitmap.base import BaseAlgorithm
from gaitmap.base._sensors import check_sensors_present
from gaitmap.parameters._contralateral import find_contralateral_events, pool_events
from gaitmap.parameters._strides import CYCLE_EVENTS, event_samples, make_pretty
from gaitmap.utils._checks import check_number, check_option, check_sampling_rate
from gaitmap.utils.consts import GF_POS, SL_INDEX
from gaitmap.utils.datatype_helper import MultiSensorStrideList, is_multi_sensor_stride_list, set_correct_index
from gaitmap.utils.exceptions import ValidationError

_COLUMNS = ["step_length", "contralateral_step_length", "stride_length", "step_width", "signed_step_width"]
_NO_FRAME = (
    "step length and step width cannot be observed: the paths of two foot sensors start at zero and have no common "
    "frame. Pass positions of both feet in one frame (motion capture, ranging between the feet)."
)


class StepGeometryCalculation(BaseAlgorithm):
    """Calculate step length and step width from the positions of both feet in one frame.

    Needs stride lists with gait events of both feet in one time base, and the position of a point of each foot (heel
    marker, sensor) over the whole recording in **one common frame** (z up), as from motion capture or from sensors that
    measure the distance between the feet. The paths per stride of two foot sensors have no common frame: without
    positions all values are NaN, and ``refusal_reason_`` says why.

    Parameters
    ----------
    at
        When the feet are compared: at mid-stance (``"min_vel"``), when they lie flat, or at initial contact (``"ic"``).
    left
        Name of the sensor on the left foot.
    right
        Name of the sensor on the right foot.
    expected_stride_type
        What kind of stride list is passed: ``"min_vel"`` or ``"ic"``.
    max_step_length_m
        Feet that are usually further apart are not in one frame, and refused.

    Attributes
    ----------
    parameters_
        Dict of tables, one per foot, one row per stride, indexed by ``s_id``, in m: ``step_length`` (the step that ends
        with this foot), ``contralateral_step_length``, ``stride_length`` (their sum), ``step_width``, and
        ``signed_step_width`` (negative where the feet cross). NaN where the other foot has no contact in between.
    parameters_pretty_
        The same values with readable names that carry the unit.
    refusal_reason_
        Why there are no values at all; empty where there are.

    Other Parameters
    ----------------
    stride_event_list
        The stride lists passed to ``calculate``.
    positions
        The positions passed to ``calculate``.
    sampling_rate_hz
        The sampling rate of events and positions in Hz.

    Notes
    -----
    With ``F`` and ``F'`` the places of this foot at the start and at the end of the stride, ``C`` that of the other
    foot in between, ``u`` the horizontal direction from ``F`` to ``F'`` and ``n`` the direction to its left [1]_: step
    length ``(F' - C) u``, contralateral step length ``(C - F) u``, step width ``|(C - F) n|``. The line of progression
    is that of each stride, which holds in curves, too. A heading error of 1 deg over a stride of 1.4 m moves the other
    foot by 2.4 cm to the side, half of a normal step width.

    References
    ----------
    .. [1] Huxham, F., Gong, J., Baker, R., Morris, M., & Iansek, R. (2006). Defining spatial parameters for
       non-linear walking. Gait & Posture, 23, 159-163.

    Examples
    --------
    >>> import numpy as np
    >>> import pandas as pd
    >>> from gaitmap.parameters import StepGeometryCalculation
    >>> ic = 100 * np.arange(4)
    >>> left = pd.DataFrame({"start": ic, "end": ic + 100, "ic": ic, "min_vel": ic + 30, "tc": ic + 60})
    >>> left = left.rename_axis("s_id")
    >>> forward = 1.4 * np.floor(np.arange(500) / 100)  # the left foot jumps by 1.4 m at each contact
    >>> feet = {
    ...     "left_sensor": pd.DataFrame({"pos_x": forward, "pos_y": 0.1, "pos_z": 0.0}),
    ...     "right_sensor": pd.DataFrame({"pos_x": np.roll(forward, 50) + 0.6, "pos_y": -0.02, "pos_z": 0.0}),
    ... }
    >>> calculation = StepGeometryCalculation(at="ic", expected_stride_type="ic")
    >>> found = calculation.calculate({"left_sensor": left, "right_sensor": left + 50}, feet, 100).parameters_
    >>> found["left_sensor"].loc[[2], ["step_length", "contralateral_step_length", "step_width"]].round(3)
          step_length  contralateral_step_length  step_width
    s_id
    2             0.8                        0.6        0.12
    """

    _action_methods = ("calculate",)

    parameters_: dict[str, pd.DataFrame]
    refusal_reason_: str

    stride_event_list: MultiSensorStrideList
    positions: dict[str, pd.DataFrame] | None
    sampling_rate_hz: float

    def __init__(
        self,
        at: Literal["min_vel", "ic"] = "min_vel",
        left: str = "left_sensor",
        right: str = "right_sensor",
        expected_stride_type: Literal["min_vel", "ic"] = "min_vel",
        max_step_length_m: float = 1.5,
    ) -> None:
        self.at = at
        self.left = left
        self.right = right
        self.expected_stride_type = expected_stride_type
        self.max_step_length_m = max_step_length_m

    @property
    def parameters_pretty_(self) -> dict[str, pd.DataFrame]:
        """Parameters with readable names."""
        return make_pretty(self.parameters_)  # type: ignore[return-value] # a dict of a dict

    def calculate(
        self,
        stride_event_list: MultiSensorStrideList,
        positions: dict[str, pd.DataFrame] | None,
        sampling_rate_hz: float,
    ) -> Self:
        """Calculate step length and step width of all strides of both feet.

        Parameters
        ----------
        stride_event_list
            Dict with a stride list of the expected type for the left and for the right sensor.
        positions
            Dict with one table per sensor: ``pos_x, pos_y, pos_z`` (m) for every sample of the recording, both feet in
            the same frame. None: there is no common frame, all values are NaN.
        sampling_rate_hz
            The sampling rate of events and positions in Hz.

        Returns
        -------
        self
            The instance with the results as attributes.

        Raises
        ------
        ValidationError
            If the stride lists are not of the expected type, one of the feet is missing, or the positions have no
            ``pos_x`` and ``pos_y``.
        ValueError
            If a parameter of this class or the sampling rate is not valid.
        """
        self.stride_event_list = stride_event_list
        self.positions = positions
        self.sampling_rate_hz = sampling_rate_hz
        self._check(stride_event_list, positions, sampling_rate_hz)
        sensors = (self.left, self.right)
        strides = {sensor: set_correct_index(stride_event_list[sensor], SL_INDEX) for sensor in sensors}
        if positions is None:
            self.refusal_reason_ = _NO_FRAME
            self.parameters_ = {s: pd.DataFrame(np.nan, index=strides[s].index, columns=_COLUMNS) for s in sensors}
            return self
        places = {sensor: positions[sensor][GF_POS[:2]].to_numpy(dtype=float) for sensor in sensors}
        self.parameters_ = {}
        for own, other, side in ((self.left, self.right, -1.0), (self.right, self.left, 1.0)):
            times = self._moments(strides[own], strides[other])
            begin, end = _place_at(places[own], times[0]), _place_at(places[own], times[2])
            values = _geometry(begin, _place_at(places[other], times[1]), end, side)
            self.parameters_[own] = pd.DataFrame(values, index=strides[own].index, columns=_COLUMNS)
        self._refuse_separate_frames()
        return self

    def _check(
        self,
        stride_event_list: MultiSensorStrideList,
        positions: dict[str, pd.DataFrame] | None,
        sampling_rate_hz: float,
    ) -> None:
        check_option(self, "at", self.at, ("min_vel", "ic"))
        check_option(self, "expected_stride_type", self.expected_stride_type, ("min_vel", "ic"))
        check_number(self, "max_step_length_m", self.max_step_length_m, above=0)
        check_sampling_rate(self, sampling_rate_hz)
        if isinstance(stride_event_list, pd.DataFrame) or self.left == self.right:
            raise ValidationError(
                "step geometry: one stride list for the left and one for the right foot are needed. Found only one. "
                f"Pass a dict with the sensors {self.left!r} and {self.right!r}."
            )
        is_multi_sensor_stride_list(stride_event_list, stride_type=self.expected_stride_type, raise_exception=True)
        check_sensors_present([self.left, self.right], stride_event_list, "step geometry")
        if positions is None:
            return
        check_sensors_present([self.left, self.right], positions, "step geometry")
        for sensor in (self.left, self.right):
            missing = [name for name in GF_POS[:2] if name not in positions[sensor].columns]
            if missing:
                raise ValidationError(
                    f"step geometry: the positions of the sensor {sensor!r} have no column {missing}. Found "
                    f"{list(positions[sensor].columns)}. Expected pos_x, pos_y, pos_z for every sample."
                )

    def _moments(self, own: pd.DataFrame, other: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Find when this foot stands before, the other one in between, and this one after its swing (samples)."""
        begin, end = CYCLE_EVENTS[self.expected_stride_type]
        rate = self.sampling_rate_hz
        cycles = [
            pool_events(*(event_samples(strides, event) / rate for event in (begin, "tc", end)))
            for strides in (own, other)
        ]
        _, opposite_ic, _ = find_contralateral_events(*cycles)
        if self.at == "ic":
            return rate * cycles[0].ic_start, rate * opposite_ic, rate * cycles[0].ic_end
        # Mid-stance of the other foot: the first one after its contact, before it leaves the floor again.
        mid_stance = np.unique(event_samples(other, "min_vel"))
        if self.expected_stride_type == "min_vel":
            first, last = event_samples(own, "start"), event_samples(own, "end")
            mid_stance = np.unique(np.concatenate([mid_stance, event_samples(other, "end")]))
        else:
            first = event_samples(own, "min_vel")
            following = np.append(np.unique(first), np.nan)
            last = following[np.searchsorted(following[:-1], first, side="right")]
            last = np.where(last - first <= 2 * (event_samples(own, "end") - event_samples(own, "start")), last, np.nan)
        mid_stance = np.append(mid_stance[np.isfinite(mid_stance)], np.nan)
        after = np.searchsorted(mid_stance[:-1], first, side="right")
        between = mid_stance[after]
        only_one = ~(mid_stance[np.minimum(after + 1, len(mid_stance) - 1)] < last)
        valid = (between < last) & only_one
        return first, np.where(valid, between, np.nan), last

    def _refuse_separate_frames(self) -> None:
        self.refusal_reason_ = ""
        lengths = np.abs(np.concatenate([table["step_length"].dropna() for table in self.parameters_.values()]))
        if len(lengths) and np.median(lengths) > self.max_step_length_m:
            self.refusal_reason_ = (
                f"the feet are usually {np.median(lengths):.1f} m apart at a step: the positions are not in one frame."
            )
            for table in self.parameters_.values():
                table.loc[:] = np.nan


def _place_at(places: np.ndarray, sample: np.ndarray) -> np.ndarray:
    """Places at the nearest samples; NaN outside of the recording."""
    row = np.floor(sample + 0.5)
    inside = (row >= 0) & (row < len(places))
    result = np.full((len(sample), 2), np.nan)
    result[inside] = places[row[inside].astype(np.int64)]
    return result


def _geometry(begin: np.ndarray, other: np.ndarray, end: np.ndarray, side: float) -> np.ndarray:
    """Columns of the result; ``side`` is +1 where the other foot belongs to the left."""
    way = end - begin
    length = np.hypot(way[:, 0], way[:, 1])
    with np.errstate(divide="ignore", invalid="ignore"):
        forward = way / length[:, None]
    left = np.column_stack([-forward[:, 1], forward[:, 0]])
    offset = ((other - begin) * left).sum(axis=1)
    steps = ((end - other) * forward).sum(axis=1), ((other - begin) * forward).sum(axis=1)
    return np.column_stack([*steps, length, np.abs(offset), side * offset])
