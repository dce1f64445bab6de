"""Up, level or down: what the height of the foot tells of each stride and of runs of strides."""

from typing import Self

import numpy as np
import pandas as pd
from scipy.stats import norm

from gaitmap.base import BaseAlgorithm
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.parameters._strides import find_stride_rows, trajectory_values
from gaitmap.utils._checks import check_number
from gaitmap.utils.consts import GF_POS, SL_INDEX
from gaitmap.utils.datatype_helper import PositionList, StrideList, is_position_list, is_stride_list, set_correct_index
from gaitmap.utils.exceptions import ValidationError
from gaitmap.utils.stride_list_conversion import is_followed_directly

_LABELS = np.array(["down", "level", "up"])  # sorted
#: Probability that a stride has the label of the one before it.
_STAYS = 0.7
#: Nobody climbs more per stride, in m.
_LARGEST_HEIGHT_CHANGE_M = 0.45
_SECTION_DTYPES = {
    "start": "float64",
    "end": "float64",
    "n_strides": "int64",
    "incline": "str",
    "incline_confidence": "float64",
    "height_change": "float64",
    "gradient": "float64",
}


class InclineCalculation(BaseAlgorithm):
    """Tell strides up, down and on level ground apart, each with a confidence.

    Needs strides from mid-stance to mid-stance and their paths **without the assumption of level ground**
    (``ForwardBackwardIntegration(level_assumption=False)``, ``RtsKalman(level_walking=False)``), of one sensor or of
    many (dicts).

    Parameters
    ----------
    min_height_change_m
        Strides that end at least this much higher or lower than they began lead up or down, in m. The default is
        half of a low stair.
    height_error_m
        Standard deviation of the change of height of a stride on level ground, in m.

    Attributes
    ----------
    parameters_
        Table with one row per stride, indexed by ``s_id``: ``height_change`` (m), ``gradient`` (change of height by
        horizontal distance, in %), ``incline`` (``"up"``, ``"level"``, ``"down"``; missing where the path is),
        ``incline_confidence`` (probability of the label). A dict of such tables for many sensors.
    sections_
        Runs of strides that follow one another directly and have one label, one row each, indexed by ``section_id``:
        ``start``, ``end`` (samples), ``n_strides``, ``incline``, ``incline_confidence`` (of the mean change of height),
        ``height_change`` (m, of the whole section), ``gradient`` (%). A dict of such tables for many sensors.

    Other Parameters
    ----------------
    stride_event_list
        The stride list passed to ``calculate``.
    positions
        The positions passed to ``calculate``.

    Raises
    ------
    ValidationError
        If the stride list or the positions are malformed or do not belong together, or if every path ends at the height
        at which it began, as with the assumption of level ground.
    ValueError
        If a parameter is out of its range.

    Notes
    -----
    The label is the most probable one of a Markov chain of the stride and its direct neighbours: the true change of
    height lies anywhere between the limits of its label (up to 0.45 m), the error is normal, and neighbours have
    the same label with a probability of 0.7. Neighbours decide where a stride scatters around a limit, and do not
    hide a landing between two flights.

    The default error is what single strides scatter by (0.033 m on 12 walks with motion capture, 0.047 m on the
    public walk on level ground). On the public recordings of stairs all flights are labelled, the landings between
    and the level strides beside them, too; the median change of height per stride is 0.30 m (left) and 0.34 m
    (right) up, -0.27 and -0.28 m down. That the feet differ by 15 % on the way up is not the person: the
    accelerometer of the right sensor reads 9.5 instead of 9.8 m/s^2 at rest.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.parameters import InclineCalculation
    >>> strides = pd.DataFrame({"s_id": [0, 1], "start": [0, 100], "end": [100, 200]})
    >>> path = pd.DataFrame({"s_id": [0, 0, 1, 1], "sample": [0, 100, 0, 100], "pos_x": [0, 0.6, 0, 0.6]})
    >>> path = path.assign(pos_y=0.0, pos_z=[0, 0.3, 0, 0.32])
    >>> InclineCalculation().calculate(strides, path).parameters_[["height_change", "incline"]]
          height_change incline
    s_id
    0              0.30      up
    1              0.32      up
    """

    _action_methods = ("calculate",)

    parameters_: pd.DataFrame | dict[str, pd.DataFrame]
    sections_: pd.DataFrame | dict[str, pd.DataFrame]

    stride_event_list: StrideList
    positions: PositionList

    def __init__(self, min_height_change_m: float = 0.075, height_error_m: float = 0.04) -> None:
        self.min_height_change_m = min_height_change_m
        self.height_error_m = height_error_m

    def calculate(self, stride_event_list: StrideList, positions: PositionList) -> Self:
        """Label all strides.

        Parameters
        ----------
        stride_event_list
            Strides with ``s_id``, ``start`` and ``end``, or a dict of them. Further columns are ignored.
        positions
            Positions of these strides in m: ``s_id`` and ``sample`` as columns or index, and ``pos_x, pos_y, pos_z``;
            a dict of such tables for many sensors.

        Returns
        -------
        self
            The instance with the results as attributes.
        """
        self.stride_event_list = stride_event_list
        self.positions = positions
        check_number(self, "min_height_change_m", self.min_height_change_m, above=0)
        check_number(self, "height_error_m", self.height_error_m, above=0)
        kind = is_stride_list(stride_event_list, stride_type="any", check_additional_cols=False)
        found = is_position_list(positions, position_list_type="stride")
        if kind != found:
            raise ValidationError(
                f"inclines: the stride list is of type {kind} sensor, but the positions are of type {found} sensor. "
                "Pass both for one sensor, or both as dict with the same sensor names."
            )
        set_results(self, run_per_sensor(self._of_sensor, kind, stride_event_list, positions, stage="inclines"))
        return self

    def _of_sensor(self, strides: pd.DataFrame, positions: pd.DataFrame) -> dict[str, pd.DataFrame]:
        strides = set_correct_index(strides, SL_INDEX)
        height, distance = _height_and_distance(strides, positions)
        _refuse_level_paths(height)
        followed = is_followed_directly(strides)
        label, confidence = self._label(height, followed)
        parameters = pd.DataFrame(
            {
                "height_change": height,
                "gradient": _gradient(height, distance),
                "incline": pd.array(label, dtype="str"),
                "incline_confidence": confidence,
            },
            index=strides.index,
        )
        return {"parameters": parameters, "sections": self._sections(strides, parameters, distance, followed)}

    def _probabilities(self, height: np.ndarray, error: np.ndarray) -> np.ndarray:
        """Probability of each of ``_LABELS`` for heights with these standard deviations."""
        up = norm.sf((self.min_height_change_m - height) / error)
        down = norm.cdf((-self.min_height_change_m - height) / error)
        return np.column_stack([down, 1 - up - down, up])

    def _label(self, height: np.ndarray, followed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Label and its probability; None and NaN where the height is unknown."""
        known = np.isfinite(height)
        largest = max(_LARGEST_HEIGHT_CHANGE_M, 2 * self.min_height_change_m)
        inside = np.clip(np.where(known, height, 0.0), -largest, largest)
        width = np.array([largest - self.min_height_change_m, 2 * self.min_height_change_m])[[0, 1, 0]]
        likelihood = self._probabilities(inside, np.full(len(inside), self.height_error_m)) / width
        likelihood[~known] = 1.0

        transition = np.full((3, 3), (1 - _STAYS) / 2) + np.eye(3) * (_STAYS - (1 - _STAYS) / 2)
        told = likelihood @ transition  # what a stride says of its neighbours
        posterior = likelihood.copy()
        posterior[1:][followed[:-1]] *= told[:-1][followed[:-1]]
        posterior[:-1][followed[:-1]] *= told[1:][followed[:-1]]
        posterior /= posterior.sum(axis=1, keepdims=True)
        best = np.argmax(posterior, axis=1)
        label = _LABELS[best].astype(object)
        label[~known] = None
        return label, np.where(known, posterior[np.arange(len(best)), best], np.nan)

    def _sections(
        self, strides: pd.DataFrame, parameters: pd.DataFrame, distance: np.ndarray, followed: np.ndarray
    ) -> pd.DataFrame:
        label = parameters["incline"].to_numpy(dtype=object, na_value="")
        continues = np.append(False, followed[:-1] & (label[1:] == label[:-1]))[: len(label)]
        section = np.cumsum(~continues)
        known = label != ""
        rows = pd.DataFrame(
            {
                "section_id": section,
                "start": strides["start"].to_numpy(dtype=float, na_value=np.nan),
                "end": strides["end"].to_numpy(dtype=float, na_value=np.nan),
                "height_change": parameters["height_change"].to_numpy(),
                "distance": distance,
                "incline": label,
            }
        )[known]
        grouped = rows.groupby("section_id", sort=True)
        table = grouped.agg(start=("start", "first"), end=("end", "last"), n_strides=("start", "size"))
        table["incline"] = grouped["incline"].first()
        table["height_change"] = grouped["height_change"].sum()
        mean = table["height_change"].to_numpy(dtype=float) / table["n_strides"].to_numpy()
        error = self.height_error_m / np.sqrt(table["n_strides"].to_numpy(dtype=float))
        chosen = np.searchsorted(_LABELS, table["incline"].to_numpy(dtype="U5"))
        table["incline_confidence"] = self._probabilities(mean, error)[np.arange(len(table)), chosen]
        table["gradient"] = _gradient(
            table["height_change"].to_numpy(dtype=float), grouped["distance"].sum().to_numpy()
        )
        table.index = pd.RangeIndex(len(table), name="section_id")
        return table[list(_SECTION_DTYPES)].astype(_SECTION_DTYPES)


def _height_and_distance(strides: pd.DataFrame, positions: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Last minus first position of each stride; NaN for strides without a path."""
    rows = find_stride_rows(positions, strides.index)
    path = np.vstack([trajectory_values(positions, GF_POS, rows.order), np.full((1, 3), np.nan)])
    exists = rows.last > rows.first
    way = path[np.where(exists, rows.last - 1, -1)] - path[np.where(exists, rows.first, -1)]
    return way[:, 2], np.hypot(way[:, 0], way[:, 1])


def _refuse_level_paths(height: np.ndarray) -> None:
    known = height[np.isfinite(height)]
    if len(known) and not known.any():
        raise ValidationError(
            f"inclines: all {len(known)} strides end exactly at the height at which they began. Found paths that were "
            "calculated for level ground. Expected paths without this assumption. Set `level_assumption=False` "
            "(ForwardBackwardIntegration) or `level_walking=False` (RtsKalman)."
        )


def _gradient(height: np.ndarray, distance: np.ndarray) -> np.ndarray:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(distance > 0, 100 * height / distance, np.nan)
