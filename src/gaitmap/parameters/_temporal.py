"""Stride, swing and stance time from the events of each stride."""

from typing import Literal, Self

import pandas as pd

from gaitmap.base import BaseTemporalParameterCalculation
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.parameters._strides import MISSING_CONTACTS, cycle_time, event_samples, make_pretty
from gaitmap.utils._checks import check_option, check_sampling_rate
from gaitmap.utils.consts import SL_INDEX
from gaitmap.utils.datatype_helper import StrideList, is_stride_list, set_correct_index


class TemporalParameterCalculation(BaseTemporalParameterCalculation):
    """Calculate stride, swing and stance time from gait events [1]_.

    Needs a stride list with gait events in samples, of one sensor or of many (a dict). All times refer to one foot.

    Parameters
    ----------
    expected_stride_type
        What kind of stride list is passed: strides between two moments of minimal velocity (``"min_vel"``, with the
        columns ``start, end, pre_ic, ic, min_vel, tc``) or between two initial contacts (``"ic"``, with the columns
        ``start, end, ic, min_vel, tc``).
    missing_contacts
        The stride time of a ``min_vel`` stride without ``pre_ic`` or ``ic``: ``"nan"``, or ``"borders"``, the time from
        mid-stance to mid-stance.

    Attributes
    ----------
    parameters_
        Table with the columns ``stride_time``, ``swing_time``, ``stance_time`` in s (float64), one row per stride in
        the order of the stride list, indexed by ``s_id``. A dict of such tables for many sensors.
    parameters_pretty_
        The same values with readable names that carry the unit.

    Other Parameters
    ----------------
    stride_event_list
        The stride list passed to ``calculate``.
    sampling_rate_hz
        The sampling rate of the events in Hz.

    Notes
    -----
    For ``min_vel`` strides the times belong to the gait cycle that ends with the initial contact of the stride, from
    ``pre_ic`` to ``ic``: stride time ``ic - pre_ic``, swing time ``ic - tc``. For ``ic`` strides they belong to the
    stride itself: stride time ``end - start``, swing time ``end - tc``. Stance time is stride time minus swing time.

    A missing event makes the times that need it NaN; for the stride time see ``missing_contacts``. Times are not
    checked for plausibility.

    References
    ----------
    .. [1] Rampp, A., Barth, J., Schülein, S., Gaßmann, K.-G., Klucken, J., & Eskofier, B. M. (2015). Inertial
       sensor-based stride parameter calculation from gait sequences in geriatric patients. IEEE Transactions on
       Biomedical Engineering, 62(4), 1089-1097. https://doi.org/10.1109/TBME.2014.2368211

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.parameters import TemporalParameterCalculation
    >>> strides = pd.DataFrame(
    ...     {"s_id": [0], "start": [340], "end": [560], "pre_ic": [300], "min_vel": [340], "tc": [400], "ic": [500]}
    ... )
    >>> TemporalParameterCalculation().calculate(strides, sampling_rate_hz=100).parameters_
          stride_time  swing_time  stance_time
    s_id
    0             2.0         1.0          1.0
    """

    parameters_: pd.DataFrame | dict[str, pd.DataFrame]

    stride_event_list: StrideList
    sampling_rate_hz: float

    def __init__(
        self,
        expected_stride_type: Literal["min_vel", "ic"] = "min_vel",
        missing_contacts: Literal["nan", "borders"] = "nan",
    ) -> None:
        self.expected_stride_type = expected_stride_type
        self.missing_contacts = missing_contacts

    @property
    def parameters_pretty_(self) -> pd.DataFrame | dict[str, pd.DataFrame]:
        """Parameters with readable names."""
        return make_pretty(self.parameters_)

    def calculate(self, stride_event_list: StrideList, sampling_rate_hz: float) -> Self:
        """Calculate the times of all strides.

        Parameters
        ----------
        stride_event_list
            Stride list of the expected type, or a dict of them. Further columns are ignored.
        sampling_rate_hz
            The sampling rate of the events in Hz.

        Returns
        -------
        self
            The instance with the results as attributes.

        Raises
        ------
        ValidationError
            If this is not a stride list of the expected type.
        ValueError
            If a parameter of this class or the sampling rate is not valid.
        """
        self.stride_event_list = stride_event_list
        self.sampling_rate_hz = sampling_rate_hz
        check_option(self, "expected_stride_type", self.expected_stride_type, ("min_vel", "ic"))
        check_option(self, "missing_contacts", self.missing_contacts, MISSING_CONTACTS)
        check_sampling_rate(self, sampling_rate_hz)
        kind = is_stride_list(stride_event_list, stride_type=self.expected_stride_type)
        results = run_per_sensor(self._calculate_sensor, kind, stride_event_list, stage="temporal parameters")
        set_results(self, results)
        return self

    def _calculate_sensor(self, stride_list: pd.DataFrame) -> dict[str, pd.DataFrame]:
        stride_list = set_correct_index(stride_list, SL_INDEX)
        swing_end = "ic" if self.expected_stride_type == "min_vel" else "end"
        stride_time = cycle_time(stride_list, self.expected_stride_type, self.sampling_rate_hz, self.missing_contacts)
        swing_time = (event_samples(stride_list, swing_end) - event_samples(stride_list, "tc")) / self.sampling_rate_hz
        times = {"stride_time": stride_time, "swing_time": swing_time, "stance_time": stride_time - swing_time}
        return {"parameters": pd.DataFrame(times, index=stride_list.index)}
