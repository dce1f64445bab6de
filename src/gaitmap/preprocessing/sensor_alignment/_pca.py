"""Alignment of the medio-lateral axis with the main axis of rotation of the foot."""

import warnings
from collections.abc import Hashable, Sequence
from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gaitmap.base import BaseSensorAlignment
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.utils.array_handling import start_end_array_to_bool_array
from gaitmap.utils.consts import SF_ACC, SF_GYR
from gaitmap.utils.datatype_helper import (
    RegionsOfInterestList,
    SensorData,
    SingleSensorData,
    SingleSensorRegionsOfInterestList,
    is_regions_of_interest_list,
    is_sensor_data,
)
from gaitmap.utils.exceptions import DataQualityError, UncertainAlignmentWarning, ValidationError
from gaitmap.utils.rotations import rotate_dataset

if TYPE_CHECKING:
    from sklearn.decomposition import PCA

# With less than this, the direction of the main axis is a matter of chance.
_MIN_VARIANCE_RATIO = 2.0


class PcaAlignment(BaseSensorAlignment):
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
    rotation_
        The rotation about the z-axis from the original to the aligned data (a dict for several sensors, like all
        further results).
    pca_
        The fitted ``sklearn.decomposition.PCA`` with two components.
    normalized_pca_components_
        Array of shape (2, 2) with a component in each row. The first one is the main axis, with a sign that makes its
        first value positive; the second one is turned by -90 deg from it.
    variance_ratio_
        Variance along the main axis divided by the one across it. Values near 1 say that there is no main axis.

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
    pca_: "PCA | dict[Hashable, PCA]"
    normalized_pca_components_: NDArray[np.float64] | dict[Hashable, NDArray[np.float64]]
    variance_ratio_: float | dict[Hashable, float]

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
        target_axis = self._check_parameters()
        kind = is_sensor_data(data, frame="sensor")

        if gait_sequences is not None and is_regions_of_interest_list(gait_sequences) != kind:
            raise ValidationError(
                "PCA alignment: data and gait sequences do not belong together. Expected a frame of gait sequences for "
                "the data of one sensor, or a dict of frames for the data of several."
            )

        def align_sensor(sensor_data: SingleSensorData, regions: SingleSensorRegionsOfInterestList | None) -> dict:
            return self._align_sensor(sensor_data, regions, target_axis)

        set_results(self, run_per_sensor(align_sensor, kind, data, gait_sequences, stage="PCA alignment"))
        return self

    def _check_parameters(self) -> str:
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
        return target_axis

    def _align_sensor(
        self, data: SingleSensorData, regions: SingleSensorRegionsOfInterestList | None, target_axis: str
    ) -> dict[str, Any]:
        # Slow to import, and needed here only.
        from sklearn.decomposition import PCA

        plane = data[list(self.pca_plane_axis)].to_numpy(dtype=float)
        if regions is not None:
            borders = regions[["start", "end"]].to_numpy(dtype=np.int64).clip(0, len(plane))
            plane = plane[start_end_array_to_bool_array(borders, len(plane))]
        if len(plane) < 2:
            raise DataQualityError(f"At least 2 samples are needed to find a main axis. Found {len(plane)}.")
        if not np.isfinite(plane).all():
            raise DataQualityError(
                f"The columns {', '.join(self.pca_plane_axis)} contain NaN or infinite values. Interpolate the gaps, "
                "or align a part of the recording and use its rotation_ for all of it."
            )
        with np.errstate(invalid="ignore"):
            pca = PCA(n_components=2).fit(plane)
        components = _normalize_components(pca.components_)
        along, across = pca.explained_variance_
        if along == 0:
            components = np.eye(2) if target_axis == "x" else np.array([[0.0, 1.0], [1.0, 0.0]])
        ratio = float(along / across) if across > 0 else (np.inf if along > 0 else 1.0)
        if ratio < _MIN_VARIANCE_RATIO:
            warnings.warn(
                f"PCA alignment: there is no main axis of rotation, the variance along the axis found is {ratio:.2f} "
                "times the one across. Use a recording (or a part of it) with straight walking.",
                UncertainAlignmentWarning,
                stacklevel=4,
            )
        rotation = _turn_to_axis(components[0], target_axis)
        return {
            "aligned_data": rotate_dataset(data, rotation),
            "rotation": rotation,
            "pca": pca,
            "normalized_pca_components": components,
            "variance_ratio": ratio,
        }


def _normalize_components(components: NDArray[np.float64]) -> NDArray[np.float64]:
    first = components[0]
    if first[0] < 0 or (first[0] == 0 and first[1] < 0):
        first = -first
    return np.array([first, [first[1], -first[0]]])


def _turn_to_axis(main_axis: NDArray[np.float64], target_axis: str) -> Rotation:
    """Find the turn about z that brings the main axis onto the target axis; the rows of a matrix are its new axes."""
    main, up = np.array([*main_axis, 0.0]), np.array([0.0, 0.0, 1.0])
    rows = [np.cross(main, up), main, up] if target_axis == "y" else [main, np.cross(up, main), up]
    return Rotation.from_matrix(rows)
