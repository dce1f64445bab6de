"""Lengths, velocities and angles from the path of the foot in each stride."""

import warnings
from collections.abc import Sequence
from typing import Literal, Self

import numpy as np
import pandas as pd

from gaitmap._kernels.parameters import (
    sole_angle,
    stride_orientation_parameters,
    stride_path_parameters,
    value_at_sample,
)
from gaitmap.base import BaseSpatialParameterCalculation
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.parameters._strides import (
    CYCLE_EVENTS,
    MISSING_CONTACTS,
    cycle_time,
    event_samples,
    find_stride_rows,
    make_pretty,
    sample_numbers,
    trajectory_values,
)
from gaitmap.utils._checks import check_option, check_sampling_rate, parameter_error
from gaitmap.utils.consts import GF_INDEX, GF_ORI, GF_POS, SL_INDEX
from gaitmap.utils.datatype_helper import (
    OrientationList,
    PositionList,
    StrideList,
    is_orientation_list,
    is_position_list,
    is_stride_list,
    set_correct_index,
)
from gaitmap.utils.exceptions import ValidationError

_PATH_PARAMETERS = ["stride_length", "arc_length", "max_sensor_lift", "max_lateral_excursion"]
_POSITION_PARAMETERS = [*_PATH_PARAMETERS, "gait_velocity"]
_ORIENTATION_PARAMETERS = ["ic_angle", "tc_angle", "max_orientation_change", "turning_angle"]


class SpatialParameterCalculation(BaseSpatialParameterCalculation):
    """Calculate stride length, gait velocity, foot angles and other spatial parameters [1]_ [2]_.

    Needs a stride list with gait events and, for each of its strides, the path of the foot sensor in the global frame
    (z up), of one sensor or of many (dicts). Events and path must have the same sampling rate.

    Parameters
    ----------
    calculate_only
        Names of the parameters to calculate. None means all that the passed data allow.
    expected_stride_type
        What kind of stride list is passed: strides between two moments of minimal velocity (``"min_vel"``) or between
        two initial contacts (``"ic"``).
    missing_contacts
        The duration that ``gait_velocity`` of a ``min_vel`` stride without ``pre_ic`` or ``ic`` is based on: ``"nan"``,
        or ``"borders"``, the time from mid-stance to mid-stance.

    Attributes
    ----------
    parameters_
        Table with one float64 column per parameter in alphabetical order (see Notes), one row per stride in the order
        of the stride list, indexed by ``s_id``. A dict of such tables for many sensors.
    parameters_pretty_
        The same values with readable names that carry the unit.
    sole_angle_course_
        Sole angle in deg for every row of ``orientations``, indexed by ``s_id`` and ``sample``: the elevation of the
        sensor's x axis above the floor, positive with the toes up. None without orientations.

    Other Parameters
    ----------------
    stride_event_list
        The stride list passed to ``calculate``.
    positions
        The positions passed to ``calculate``.
    orientations
        The orientations passed to ``calculate``.
    sampling_rate_hz
        The sampling rate of events, positions and orientations in Hz.

    Notes
    -----
    From positions, with p the position in m and the floor spanned by x and y:

    - ``stride_length`` [m]: distance between first and last sample in the floor plane.
    - ``gait_velocity`` [m/s]: stride length divided by the duration of the gait cycle (``ic - pre_ic``, or
      ``end - start`` for ``ic`` strides). For ``min_vel`` strides the length belongs to a period that begins and ends
      somewhat later than that of the duration.
    - ``arc_length`` [m]: length of the path in three dimensions.
    - ``max_sensor_lift`` [m]: largest height above the first sample.
    - ``max_lateral_excursion`` [m]: largest distance from the straight line between first and last sample, in the floor
      plane, to either side. NaN if the stride has no length.

    From orientations:

    - ``ic_angle``, ``tc_angle`` [deg]: sole angle at initial and terminal contact. No offset is removed: the sensor
      is taken to lie flat in mid-stance.
    - ``max_orientation_change`` [deg]: range of the sole angle over the stride.
    - ``turning_angle`` [deg]: rotation about the vertical from first to last sample in (-180, 180], positive to the
      left for both feet.

    The column ``sample`` counts from 0 at the ``start`` of the stride. Samples are used in the given order. NaN samples
    are skipped: first and last sample are those with a value, and the path over a gap is not counted. What a stride
    does not allow (no path, an event that is missing or outside of the path) is NaN. Paths of strides that are not in
    the stride list are ignored. Quaternions need not be normalised.

    References
    ----------
    .. [1] Rampp, A., Barth, J., Schülein, S., Gaßmann, K.-G., Klucken, J., & Eskofier, B. M. (2015). Inertial
       sensor-based stride parameter calculation from gait sequences in geriatric patients. IEEE Transactions on
       Biomedical Engineering, 62(4), 1089-1097. https://doi.org/10.1109/TBME.2014.2368211
    .. [2] Kanzler, C. M., Barth, J., Rampp, A., Schlarb, H., Rott, F., Klucken, J., & Eskofier, B. M. (2015). Inertial
       sensor based and shoe size independent gait analysis including heel and toe clearance estimation. EMBC 2015,
       5424-5427. https://doi.org/10.1109/EMBC.2015.7319618

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.parameters import SpatialParameterCalculation
    >>> strides = pd.DataFrame({"s_id": [0], "start": [50], "end": [52], "ic": [52], "min_vel": [50], "pre_ic": [48]})
    >>> path = {"s_id": 0, "sample": [0, 1, 2], "pos_x": [0, 0.7, 1.4], "pos_y": 0.0, "pos_z": [0, 0.2, 0]}
    >>> only = ["gait_velocity", "max_sensor_lift", "stride_length"]
    >>> SpatialParameterCalculation(only).calculate(strides, pd.DataFrame(path), None, 4).parameters_
          gait_velocity  max_sensor_lift  stride_length
    s_id
    0               1.4              0.2            1.4
    """

    parameters_: pd.DataFrame | dict[str, pd.DataFrame]
    sole_angle_course_: pd.Series | dict[str, pd.Series | None] | None

    stride_event_list: StrideList
    positions: PositionList | None
    orientations: OrientationList | None
    sampling_rate_hz: float

    def __init__(
        self,
        calculate_only: Sequence[str] | None = None,
        expected_stride_type: Literal["min_vel", "ic"] = "min_vel",
        missing_contacts: Literal["nan", "borders"] = "nan",
    ) -> None:
        self.calculate_only = calculate_only
        self.expected_stride_type = expected_stride_type
        self.missing_contacts = missing_contacts

    @property
    def parameters_pretty_(self) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """Parameters with readable names."""
        return make_pretty(self.parameters_)

    def calculate(
        self,
        stride_event_list: StrideList,
        positions: PositionList | None,
        orientations: OrientationList | None,
        sampling_rate_hz: float,
    ) -> Self:
        """Calculate the spatial parameters of all strides.

        Parameters
        ----------
        stride_event_list
            Stride list of the expected type, or a dict of them. Parameters whose events have no column are left out
            with a warning; further columns are ignored.
        positions
            Positions in m: ``s_id`` and ``sample`` as columns or index, and ``pos_x, pos_y, pos_z``; a dict of such
            tables for many sensors. None leaves out what needs them.
        orientations
            Orientations as quaternions: ``s_id`` and ``sample`` as columns or index, and ``q_x, q_y, q_z, q_w``; a dict
            of such tables for many sensors. None leaves out what needs them.
        sampling_rate_hz
            The sampling rate of events, positions and orientations in Hz.

        Returns
        -------
        self
            The instance with the results as attributes.

        Raises
        ------
        ValidationError
            If the stride list is not of the expected type, positions or orientations are malformed, of another kind
            (one sensor, many sensors) than the stride list, lack one of its sensors, or are both None.
        ValueError
            If a parameter of this class or the sampling rate is not valid.
        """
        self.stride_event_list = stride_event_list
        self.positions = positions
        self.orientations = orientations
        self.sampling_rate_hz = sampling_rate_hz
        check_option(self, "expected_stride_type", self.expected_stride_type, ("min_vel", "ic"))
        check_option(self, "missing_contacts", self.missing_contacts, MISSING_CONTACTS)
        check_sampling_rate(self, sampling_rate_hz)
        self._requested()
        kind = is_stride_list(stride_event_list, stride_type=self.expected_stride_type, check_additional_cols=False)
        _check_trajectories(kind, positions, orientations)
        results = run_per_sensor(
            self._calculate_sensor, kind, stride_event_list, positions, orientations, stage="spatial parameters"
        )
        set_results(self, results)
        return self

    def _requested(self) -> set[str]:
        known = {*_POSITION_PARAMETERS, *_ORIENTATION_PARAMETERS}
        if self.calculate_only is None:
            return known
        requested = {self.calculate_only} if isinstance(self.calculate_only, str) else set(self.calculate_only)
        if not requested <= known:
            raise parameter_error(self, "calculate_only", f"None or names out of {sorted(known)}", self.calculate_only)
        return requested

    def _calculate_sensor(
        self, stride_list: pd.DataFrame, positions: pd.DataFrame | None, orientations: pd.DataFrame | None
    ) -> dict[str, pd.DataFrame | pd.Series | None]:
        stride_list = set_correct_index(stride_list, SL_INDEX)
        wanted = self._requested()
        if positions is None:
            wanted = wanted.difference(_POSITION_PARAMETERS)
        if orientations is None:
            wanted = wanted.difference(_ORIENTATION_PARAMETERS)
        wanted = _without_missing_events(wanted, stride_list, self.expected_stride_type, self.missing_contacts)

        values: dict[str, np.ndarray] = {}
        course = None
        if positions is not None and wanted.intersection(_POSITION_PARAMETERS):
            values |= self._from_positions(stride_list, positions, wanted)
        if orientations is not None:
            # One array for the whole sensor: the course of the sole angle is a result of its own.
            quaternions = trajectory_values(orientations, GF_ORI, None)
            course = pd.Series(sole_angle(quaternions), index=set_correct_index(orientations, GF_INDEX).index)
            if wanted.intersection(_ORIENTATION_PARAMETERS):
                values |= self._from_orientations(stride_list, orientations, quaternions, course.to_numpy(), wanted)
        parameters = pd.DataFrame({name: values[name] for name in sorted(wanted)}, index=stride_list.index)
        return {"parameters": parameters, "sole_angle_course": course}

    def _from_positions(
        self, stride_list: pd.DataFrame, positions: pd.DataFrame, wanted: set[str]
    ) -> dict[str, np.ndarray]:
        rows = find_stride_rows(positions, stride_list.index)
        path = stride_path_parameters(trajectory_values(positions, GF_POS, rows.order), rows.first, rows.last)
        values = dict(zip(_PATH_PARAMETERS, path.T, strict=True))
        if "gait_velocity" in wanted:
            stride_time = cycle_time(
                stride_list, self.expected_stride_type, self.sampling_rate_hz, self.missing_contacts
            )
            with np.errstate(divide="ignore", invalid="ignore"):
                values["gait_velocity"] = values["stride_length"] / stride_time
        return values

    def _from_orientations(
        self,
        stride_list: pd.DataFrame,
        orientations: pd.DataFrame,
        quaternions: np.ndarray,
        course: np.ndarray,
        wanted: set[str],
    ) -> dict[str, np.ndarray]:
        rows = find_stride_rows(orientations, stride_list.index)
        angle = np.array(course)
        if rows.order is not None:
            quaternions, angle = quaternions[rows.order], angle[rows.order]
        changes = stride_orientation_parameters(quaternions, angle, rows.first, rows.last)
        values = dict(zip(["max_orientation_change", "turning_angle"], changes.T, strict=True))
        events = [event for event in ("ic", "tc") if f"{event}_angle" in wanted]
        if events:
            sample = sample_numbers(orientations, rows.order)
            start = event_samples(stride_list, "start")
            for event in events:
                nearest = np.floor(event_samples(stride_list, event) - start + 0.5)
                values[f"{event}_angle"] = value_at_sample(angle, sample, rows.first, rows.last, nearest)
        return values


def _check_trajectories(kind: str, positions: PositionList | None, orientations: OrientationList | None) -> None:
    if positions is None and orientations is None:
        raise ValidationError(
            "Either positions or orientations should be provided. Found None for both. Without the path of the foot "
            "there are no spatial parameters."
        )
    kinds = {}
    if positions is not None:
        kinds["positions"] = is_position_list(positions, position_list_type="stride")
    if orientations is not None:
        kinds["orientations"] = is_orientation_list(orientations, orientation_list_type="stride")
    for name, found in kinds.items():
        if found != kind:
            raise ValidationError(
                f"The provided stride list is of type {kind} sensor, but the provided {name} are of type {found} "
                "sensor. Pass both for one sensor, or both as dict with the same sensor names."
            )


def _without_missing_events(
    wanted: set[str], stride_list: pd.DataFrame, stride_type: str, missing_contacts: str
) -> set[str]:
    """Drop the parameters whose events are not part of the stride list, each with a warning."""
    cycle = CYCLE_EVENTS[stride_type] if missing_contacts == "nan" else ()
    needed = {"gait_velocity": cycle, "ic_angle": ("ic",), "tc_angle": ("tc",)}
    label = {"gait_velocity": "Gait velocity", "ic_angle": "IC angle", "tc_angle": "TC angle"}
    possible = set(wanted)
    for name, events in needed.items():
        missing = [event for event in events if event not in stride_list.columns]
        if name in wanted and missing:
            possible.remove(name)
            warnings.warn(
                f"{label[name]} could not be calculated. The stride list has no column {' and '.join(missing)}.",
                UserWarning,
                stacklevel=5,
            )
    return possible
