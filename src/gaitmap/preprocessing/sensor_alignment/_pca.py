"""Alignment of the medio-lateral axis with the main axis of rotation of the foot."""

import warnings
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gaitmap.base import BaseSensorAlignment, BlockSource, EstimatesFromBlocks
from gaitmap.base._sensors import check_sensors_present, set_results
from gaitmap.preprocessing.sensor_alignment._blocks import (
    check_gait_sequences,
    keep_usable,
    of_sensor,
    one_block,
    raise_first_problem,
    read_blocks,
    rotate_each,
)
from gaitmap.preprocessing.sensor_alignment._main_axis import MainAxis, PlaneMoments
from gaitmap.utils.array_handling import start_end_array_to_bool_array
from gaitmap.utils.consts import SF_ACC, SF_GYR
from gaitmap.utils.datatype_helper import (
    RegionsOfInterestList,
    SensorData,
    SingleSensorRegionsOfInterestList,
    is_regions_of_interest_list,
    is_sensor_data,
)
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

_STAGE = "PCA alignment"
# With less than this, the direction of the main axis is a matter of chance.
_MIN_VARIANCE_RATIO = 2.0


class PcaAlignment(BaseSensorAlignment, EstimatesFromBlocks):
    """Rotate the data of each foot about the vertical, so that an axis lies on the main axis of its rotation.

    While walking, the foot turns mostly about its medio-lateral axis. A principal component analysis of the horizontal
    angular rate finds this axis, up to its sign (see :class:`ForwardDirectionSignAlignment`).

    Data requirements: one or several foot sensors in the sensor frame, aligned with gravity (z up), any units and rate.
    The recording (or its gait sequences) should hold walking mainly, and no NaN.

    Parameters
    ----------
    target_axis
        Axis of the sensor frame, "x" or "y", that the main axis of rotation becomes.
    pca_plane_axis
        The two columns for the analysis, both of the gyroscope or both of the accelerometer. The first one is taken
        as x, the second one as y.

    Attributes
    ----------
    aligned_data_
        The rotated data, with the same index and columns; a dict with the data of each sensor for several sensors.
    aligned_data_as_frame_
        The same as one frame, with two column levels for several sensors; made when it is read.
    rotation_
        The rotation about the z-axis from the original to the aligned data (a dict for several sensors, like all
        further results).
    pca_
        A fitted ``sklearn.decomposition.PCA`` with two components; made when it is read.
    normalized_pca_components_
        Array of shape (2, 2) with a component in each row. The first one is the main axis, with a sign that makes its
        first value positive; the second one is turned by -90 deg from it.
    variance_ratio_
        Variance along the main axis divided by the one across it. Values near 1 say that there is no main axis.
    problems_
        Why sensors were left out by ``estimate``, as a dict with the reason for each of them; empty after ``align``.

    Other Parameters
    ----------------
    data
        The data passed to the ``align`` method.
    gait_sequences
        The gait sequences passed to the ``align`` method.

    Notes
    -----
    Inspired by [1]_. A ratio of the variances below 2 gives an ``UncertainAlignmentWarning``. Data without any variance
    are not rotated.

    The components of the 2 x 2 covariance matrix are calculated in closed form, from sums over the recording: one pass,
    in bounded memory for recordings that come in blocks (``estimate``; ``align`` is its case of one block).

    References
    ----------
    .. [1] Kong, W., Sessa, S., Zecca, M. & Takanishi, A. (2016). Anatomical calibration through post-processing of
       standard motion tests data. Sensors, 16(12), 2011. https://doi.org/10.3390/s16122011

    See Also
    --------
    GravityAlignment : The step before.
    ForwardDirectionSignAlignment : The step after, which tells front and back apart.

    Examples
    --------
    >>> import pandas as pd
    >>> swing = 300 * np.sin(np.arange(200) / 10)
    >>> data = pd.DataFrame(0.0, index=range(200), columns=[*SF_ACC, *SF_GYR])
    >>> data["gyr_x"], data["gyr_y"] = 0.6 * swing, 0.8 * swing
    >>> aligned = PcaAlignment().align(data).aligned_data_
    >>> bool(np.allclose(aligned["gyr_y"], swing)), bool(np.allclose(aligned["gyr_x"], 0))
    (True, True)
    """

    rotation_: Rotation | dict[Hashable, Rotation]
    normalized_pca_components_: NDArray[np.float64] | dict[Hashable, NDArray[np.float64]]
    variance_ratio_: float | dict[Hashable, float]
    problems_: dict[Hashable, str]
    _main_axis: MainAxis | dict[Hashable, MainAxis]

    data: SensorData
    gait_sequences: RegionsOfInterestList | None

    def __init__(
        self,
        target_axis: Literal["x", "y"] = "y",
        pca_plane_axis: Sequence[str] = ("gyr_x", "gyr_y"),
    ) -> None:
        self.target_axis = target_axis
        self.pca_plane_axis = pca_plane_axis

    def align(  # type: ignore[override]
        self, data: SensorData, *, gait_sequences: RegionsOfInterestList | None = None, **_: Any
    ) -> Self:
        """Align the data with the main axis of rotation.

        Parameters
        ----------
        data
            Single- or multi-sensor data in the sensor frame.
        gait_sequences
            Regions (``gs_id`` or ``roi_id``, ``start``, ``end``) in which the main axis is looked for, a dict for
            several sensors. The rotation is applied to all data. None: the whole recording.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValueError
            If a parameter is not valid.
        ValidationError
            If the data is not sensor-frame data with all acc and gyr columns, or the gait sequences do not fit to it.
        DataQualityError
            If there are less than two samples, or NaN, in the data (in the gait sequences; also a ValueError).
        """
        self.data = data
        self.gait_sequences = gait_sequences
        self._check_parameters()
        kind = is_sensor_data(data, frame="sensor")
        check_gait_sequences(gait_sequences, kind, _STAGE)
        outcomes = self._outcomes(one_block(data), gait_sequences)
        raise_first_problem(outcomes, _STAGE)
        self._lay_out(outcomes)
        self.aligned_data_ = rotate_each(data, self.rotation_)
        return self

    def estimate(self, blocks: BlockSource, *, gait_sequences: RegionsOfInterestList | None = None, **_: Any) -> Self:
        """Find the rotation of a recording that comes in blocks, in one pass and without holding it in memory.

        All results but ``aligned_data_`` are those of ``align``, whatever the lengths of the blocks. A sensor whose
        data do not allow it is left out and named in ``problems_``.

        Parameters
        ----------
        blocks
            Called with the two columns needed, gives a fresh iterator over the consecutive blocks of the recording.
        gait_sequences
            As for ``align``; samples count from the start of the recording.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValueError
            If a parameter is not valid.
        ValidationError
            If a block lacks one of the columns, or a sensor has no gait sequences.
        DataQualityError
            If there is no sensor that can be aligned (also a ValueError).
        """
        self.gait_sequences = gait_sequences
        self._check_parameters()
        if gait_sequences is not None:
            is_regions_of_interest_list(gait_sequences)
        self._lay_out(self._outcomes(blocks, gait_sequences))
        return self

    def _check_parameters(self) -> None:
        plane = self.pca_plane_axis
        is_pair = not isinstance(plane, str) and len(plane) == 2 and plane[0] != plane[1]
        if not is_pair or not any(set(plane) <= set(columns) for columns in (SF_GYR, SF_ACC)):
            raise ValueError(
                f"Invalid axis for pca plane! Found {plane!r}. Expected two different columns, both of the gyroscope "
                "(for example ('gyr_x', 'gyr_y')) or both of the accelerometer."
            )
        target_axis = self.target_axis.lower() if isinstance(self.target_axis, str) else self.target_axis
        if target_axis not in ("x", "y"):
            raise ValueError(f"Invalid target axis! Found {self.target_axis!r}. Expected 'x' or 'y'.")

    def _outcomes(
        self, blocks: BlockSource, gait_sequences: RegionsOfInterestList | None
    ) -> dict[Hashable | None, dict[str, Any] | DataQualityError]:
        """Go through the recording once; results of each sensor, or why there are none."""
        moments: dict[Hashable | None, PlaneMoments] = {}
        first = 0
        for block in read_blocks(blocks, list(self.pca_plane_axis), _STAGE):
            if not moments:
                moments = {sensor: PlaneMoments() for sensor in block}
                if gait_sequences is not None and None not in moments:
                    check_sensors_present(list(moments), gait_sequences, _STAGE)
            n_samples = 0
            for sensor, data in block.items():
                n_samples = len(data)
                points = np.array([data[column].to_numpy(dtype=float) for column in self.pca_plane_axis])
                if gait_sequences is not None:
                    points = points[:, _is_within(of_sensor(gait_sequences, sensor), first, n_samples)]
                moments[sensor].push(points)
            first += n_samples
        return {sensor: self._results_of(each) for sensor, each in moments.items()}

    def _results_of(self, moments: PlaneMoments) -> dict[str, Any] | DataQualityError:
        if moments.n_points < 2:
            return DataQualityError(f"At least 2 samples are needed to find a main axis. Found {moments.n_points}.")
        if not moments.is_finite:
            return DataQualityError(
                f"The columns {', '.join(self.pca_plane_axis)} contain NaN or infinite values. Interpolate the gaps, "
                "or align a part of the recording and use its rotation_ for all of it."
            )
        target_axis = self.target_axis.lower()
        main_axis = moments.main_axis()
        components = main_axis.components
        if main_axis.variances[0] == 0:
            components = np.eye(2) if target_axis == "x" else np.array([[0.0, 1.0], [1.0, 0.0]])
        if main_axis.ratio < _MIN_VARIANCE_RATIO:
            warnings.warn(
                "PCA alignment: there is no main axis of rotation, the variance along the axis found is "
                f"{main_axis.ratio:.2f} times the one across. Use a recording (or a part of it) with straight walking.",
                UncertainAlignmentWarning,
                stacklevel=4,
            )
        return {
            "rotation": _turn_to_axis(components[0], target_axis),
            "_main_axis": main_axis,
            "normalized_pca_components": components,
            "variance_ratio": main_axis.ratio,
        }

    def _lay_out(self, outcomes: Mapping[Hashable | None, dict[str, Any] | DataQualityError]) -> None:
        results, self.problems_ = keep_usable(outcomes, _STAGE)
        self._main_axis = results.pop("_main_axis")
        set_results(self, results)

    @property
    def pca_(self) -> "PCA | dict[Hashable, PCA]":
        """The principal component analysis as an object of scikit-learn."""
        if isinstance(self._main_axis, dict):
            return {sensor: main_axis.as_sklearn() for sensor, main_axis in self._main_axis.items()}
        return self._main_axis.as_sklearn()


def _is_within(regions: SingleSensorRegionsOfInterestList, first: int, n_samples: int) -> NDArray[np.bool_]:
    """Tell which of the samples from the first one on lie in a region."""
    return start_end_array_to_bool_array(regions[["start", "end"]].to_numpy(dtype=np.int64) - first, n_samples)


def _turn_to_axis(main_axis: NDArray[np.float64], target_axis: str) -> Rotation:
    """Find the turn about z that brings the main axis onto the target axis; the rows of a matrix are its new axes."""
    main, up = np.array([*main_axis, 0.0]), np.array([0.0, 0.0, 1.0])
    rows = [np.cross(main, up), main, up] if target_axis == "y" else [main, np.cross(up, main), up]
    return Rotation.from_matrix(rows)
