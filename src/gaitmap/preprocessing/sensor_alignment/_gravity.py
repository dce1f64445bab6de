"""Alignment of the vertical axis of a sensor with gravity."""

from collections.abc import Hashable
from typing import Any, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap.base import BaseSensorAlignment
from gaitmap.base._sensors import run_per_sensor, set_results
from gaitmap.utils._checks import check_number, check_sampling_rate, parameter_error
from gaitmap.utils.array_handling import start_end_array_to_bool_array
from gaitmap.utils.consts import GRAV_VEC, SF_ACC, SF_GYR
from gaitmap.utils.datatype_helper import (
    MultiSensorData,
    SensorData,
    SingleSensorData,
    is_sensor_data,
)
from gaitmap.utils.exceptions import DataQualityError
from gaitmap.utils.rotations import find_unsigned_3d_angle, get_gravity_rotation, rotate_dataset
from gaitmap.utils.static_moment_detection import METRIC_FUNCTION_NAMES, find_static_sequences

_Data = TypeVar("_Data", bound=SingleSensorData | MultiSensorData)


class GravityAlignment(BaseSensorAlignment):
    """Rotate the data of each sensor so that gravity lies on the z-axis.

    Gravity is measured while the sensor does not move. This fixes roll and pitch; the heading stays as free as before.

    Data requirements: one or several sensors in any orientation, acc in m/s^2 and gyr in deg/s in the sensor frame,
    with at least one moment without movement that is longer than the window. Any sampling rate.

    Parameters
    ----------
    window_length_s
        Length in s of the windows in which the sensor must be static.
    static_signal_th
        A window is static if the metric of its angular rate is not above this, in deg/s (for the metrics "variance" and
        "squared_mean" in (deg/s)^2).
    metric
        Metric of the norm of the angular rate in a window: "maximum", "mean", "median", "variance" or "squared_mean".
    gravity
        The acceleration, shape (3,), that static samples should have afterwards. Only its direction matters.

    Attributes
    ----------
    aligned_data_
        The rotated data, with the same index and columns; a dict with the data of each sensor for several sensors.
    rotation_
        The rotation from the original to the aligned data (a dict for several sensors, like all further results).
    static_samples_
        Boolean array, True for each sample that lies in a static window.
    static_acc_vector_
        Median acceleration of the static samples in the original data, shape (3,), in m/s^2.
    residual_tilt_
        Median angle in deg between the aligned acceleration of the static samples and gravity. A value beyond a few
        degrees says that the sensor rested in several orientations, and that the alignment fits none of them well.

    Other Parameters
    ----------------
    data
        The data passed to the ``align`` method.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Notes
    -----
    All samples covered by any static window are static. The shortest rotation that turns the component-wise median of
    their acceleration into the direction of gravity is applied to all vectors of the sensor; their lengths do not
    change. NaN values are left out of both steps.

    For the metric "median", a running count of the samples below the threshold tells whether a window is static: no
    window is copied or sorted.

    See Also
    --------
    align_dataset_to_gravity : The same as a function, which keeps the form of the data.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame([[9.81, 0.0, 0.0, 0.1, 0.1, 0.1]] * 100, columns=[*SF_ACC, *SF_GYR])
    >>> alignment = GravityAlignment().align(data, sampling_rate_hz=100.0)
    >>> alignment.aligned_data_[SF_ACC].iloc[0].round(6).tolist()
    [0.0, 0.0, 9.81]
    """

    rotation_: Rotation | dict[Hashable, Rotation]
    static_samples_: NDArray[np.bool_] | dict[Hashable, NDArray[np.bool_]]
    static_acc_vector_: NDArray[np.float64] | dict[Hashable, NDArray[np.float64]]
    residual_tilt_: float | dict[Hashable, float]

    data: SensorData
    sampling_rate_hz: float

    def __init__(
        self,
        window_length_s: float = 0.7,
        static_signal_th: float = 2.5,
        metric: METRIC_FUNCTION_NAMES = "median",
        gravity: ArrayLike = cf(GRAV_VEC),
    ) -> None:
        self.window_length_s = window_length_s
        self.static_signal_th = static_signal_th
        self.metric = metric
        self.gravity = gravity

    def align(  # type: ignore[override]
        self, data: SensorData, *, sampling_rate_hz: float, **_: Any
    ) -> "GravityAlignment":
        """Align the data with gravity.

        Parameters
        ----------
        data
            Single- or multi-sensor data in the sensor frame.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValidationError
            If the data is not sensor-frame data with all acc and gyr columns.
        ValueError
            If a parameter is not valid.
        DataQualityError
            If the data is shorter than a window, no window is static, or the acceleration at rest is zero (also a
            ValueError).
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz
        kind = is_sensor_data(data, frame="sensor")
        window_length = self._check_parameters(sampling_rate_hz)

        def align_sensor(sensor_data: SingleSensorData) -> dict[str, Any]:
            is_static, gravity, rotation = self._estimate(sensor_data, window_length)
            return {
                "aligned_data": rotate_dataset(sensor_data, rotation),
                "rotation": rotation,
                "static_samples": is_static,
                "static_acc_vector": gravity,
                "residual_tilt": _median_angle_deg(sensor_data[SF_ACC].to_numpy(dtype=float)[is_static], gravity),
            }

        set_results(self, run_per_sensor(align_sensor, kind, data, stage="gravity alignment"))
        return self

    def _find_rotation(self, data: SensorData, sampling_rate_hz: float) -> Rotation | dict[Hashable, Rotation]:
        """Find the rotation(s) without applying them, and without storing anything on the instance."""
        kind = is_sensor_data(data, frame="sensor")
        window_length = self._check_parameters(sampling_rate_hz)

        def find(sensor_data: SingleSensorData) -> dict[str, Any]:
            return {"rotation": self._estimate(sensor_data, window_length)[2]}

        return run_per_sensor(find, kind, data, stage="gravity alignment")["rotation"]

    def _check_parameters(self, sampling_rate_hz: float) -> int:
        """Return the length of the window in samples."""
        check_sampling_rate(self, sampling_rate_hz)
        check_number(self, "window_length_s", self.window_length_s, above=0)
        check_number(self, "static_signal_th", self.static_signal_th)
        window_length = round(self.window_length_s * sampling_rate_hz)
        if window_length < 2:
            raise parameter_error(
                self, "window_length_s", f"at least 2 samples long at {sampling_rate_hz:g} Hz", self.window_length_s
            )
        return window_length

    def _estimate(self, data: SingleSensorData, window_length: int) -> tuple[NDArray, NDArray, Rotation]:
        """Find static samples, their median acceleration, and the rotation of one sensor."""
        if len(data) < window_length:
            raise DataQualityError(
                f"Invalid window length: the recording of {len(data)} samples is shorter than the window of "
                f"{window_length} samples. Use a shorter window_length_s, or leave this sensor out."
            )
        threshold = float(self.static_signal_th)
        sequences = find_static_sequences(data[SF_GYR].to_numpy(dtype=float), window_length, threshold, self.metric)
        is_static = start_end_array_to_bool_array(sequences, len(data))
        acc = [data[column].to_numpy(dtype=float)[is_static] for column in SF_ACC]
        if any(np.isnan(axis).all() for axis in acc):
            raise DataQualityError(
                f"No static windows were found: in none of the windows of {window_length} samples, the {self.metric} "
                f"of the angular rate is at most {threshold:g} (with acceleration values that are not NaN). "
                "Use a higher static_signal_th or a shorter window_length_s, and check that gyr is in deg/s."
            )
        gravity = np.array([np.nanmedian(axis) for axis in acc])
        if not gravity.any():
            raise DataQualityError(
                f"The acceleration at rest is 0 (median of {len(acc[0])} static samples). Expected gravity, about 9.81 "
                "m/s^2: the sensor did not measure. Remove these samples (NaN), or leave this sensor out."
            )
        return is_static, gravity, get_gravity_rotation(gravity, self.gravity)


def _median_angle_deg(vectors: NDArray, direction: NDArray) -> float:
    return float(np.rad2deg(np.nanmedian(find_unsigned_3d_angle(vectors, direction))))


def align_dataset_to_gravity(
    dataset: _Data,
    sampling_rate_hz: float,
    window_length_s: float = 0.7,
    static_signal_th: float = 2.5,
    metric: METRIC_FUNCTION_NAMES = "median",
    gravity: ArrayLike = GRAV_VEC,
) -> _Data:
    """Rotate the data of each sensor so that gravity lies on the z-axis.

    Parameters
    ----------
    dataset
        Single- or multi-sensor data in the sensor frame, acc in m/s^2 and gyr in deg/s.
    sampling_rate_hz
        Sampling rate in Hz.
    window_length_s
        Length in s of the windows in which the sensor must be static.
    static_signal_th
        A window is static if the metric of its angular rate is not above this, in deg/s (for the metrics "variance" and
        "squared_mean" in (deg/s)^2).
    metric
        Metric of the norm of the angular rate in a window: "maximum", "mean", "median", "variance" or "squared_mean".
    gravity
        The acceleration, shape (3,), that static samples should have afterwards. Only its direction matters.

    Returns
    -------
    DataFrame or dict
        New data of the same form, with the same index and columns.

    Raises
    ------
    ValidationError
        If the data is not sensor-frame data with all acc and gyr columns.
    ValueError
        If a parameter is not valid.
    DataQualityError
        If the data is shorter than a window, no window is static, or the acceleration at rest is zero (also a
        ValueError).

    See Also
    --------
    GravityAlignment : The method in full; its object also tells the rotations and the static samples.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame([[9.81, 0.0, 0.0, 0.1, 0.1, 0.1]] * 100, columns=[*SF_ACC, *SF_GYR])
    >>> align_dataset_to_gravity(data, sampling_rate_hz=100.0)[SF_ACC].iloc[0].round(6).tolist()
    [0.0, 0.0, 9.81]
    """
    alignment = GravityAlignment(window_length_s, static_signal_th, metric, gravity)
    return rotate_dataset(dataset, alignment._find_rotation(dataset, sampling_rate_hz))
