"""Alignment of the vertical axis of a sensor with gravity."""

from collections.abc import Hashable
from typing import Any, Self, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.transform import Rotation
from tpcp import cf

from gaitmap.base import BaseSensorAlignment, BlockSource, EstimatesFromBlocks
from gaitmap.base._sensors import set_results
from gaitmap.preprocessing.sensor_alignment._blocks import (
    keep_usable,
    one_block,
    raise_first_problem,
    read_blocks,
    read_sensor_frame_blocks,
    rotate_each,
)
from gaitmap.preprocessing.sensor_alignment._rest import GravityAtRest
from gaitmap.utils._checks import check_number, check_sampling_rate, parameter_error
from gaitmap.utils.consts import GRAV_VEC, SF_ACC, SF_COLS
from gaitmap.utils.datatype_helper import (
    MultiSensorData,
    SensorData,
    SingleSensorData,
    is_sensor_data,
)
from gaitmap.utils.exceptions import DataQualityError
from gaitmap.utils.rotations import get_gravity_rotation, rotate_dataset
from gaitmap.utils.static_moment_detection import METRIC_FUNCTION_NAMES

_Data = TypeVar("_Data", bound=SingleSensorData | MultiSensorData)
_STAGE = "gravity alignment"


class GravityAlignment(BaseSensorAlignment, EstimatesFromBlocks):
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
    aligned_data_as_frame_
        The same as one frame, with two column levels for several sensors; made when it is read.
    rotation_
        The rotation from the original to the aligned data (a dict for several sensors, like all further results).
    static_samples_
        Boolean array, True for each sample that lies in a static window.
    static_acc_vector_
        Median acceleration of the static samples in the original data, shape (3,), in m/s^2.
    residual_tilt_
        Median angle in deg between the aligned acceleration of the static samples and gravity. A value beyond a few
        degrees says that the sensor rested in several orientations, and that the alignment fits none of them well. (Of
        more than 32000 static samples, the median up to 0.1 % of the ranks.)
    problems_
        Why sensors were left out by ``estimate``, as a dict with the reason for each of them; empty after ``align``.

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

    Two passes: the first one finds the static samples and two limits between which the medians lie, the second one the
    medians between them. Recordings of any length are aligned in bounded memory by ``estimate``; ``align`` is its case
    of one block.

    See Also
    --------
    align_dataset_to_gravity : The same as a function, which keeps the form of the data.

    Examples
    --------
    >>> import pandas as pd
    >>> data = pd.DataFrame([[9.81, 0.0, 0.0, 0.1, 0.1, 0.1]] * 100, columns=SF_COLS)
    >>> alignment = GravityAlignment().align(data, sampling_rate_hz=100.0)
    >>> alignment.aligned_data_[SF_ACC].iloc[0].round(6).tolist()
    [0.0, 0.0, 9.81]
    """

    rotation_: Rotation | dict[Hashable, Rotation]
    static_samples_: NDArray[np.bool_] | dict[Hashable, NDArray[np.bool_]]
    static_acc_vector_: NDArray[np.float64] | dict[Hashable, NDArray[np.float64]]
    residual_tilt_: float | dict[Hashable, float]
    problems_: dict[Hashable, str]

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
        is_sensor_data(data, frame="sensor")
        rests = self._gather(one_block(data), sampling_rate_hz, with_tilt=True)
        outcomes = {sensor: self._results_of(rest) for sensor, rest in rests.items()}
        raise_first_problem(outcomes, _STAGE)
        results, self.problems_ = keep_usable(outcomes, _STAGE)
        set_results(self, results)
        is_static = {sensor: rest.static_samples() for sensor, rest in rests.items()}
        self.static_samples_ = is_static.get(None, is_static)
        self.aligned_data_ = rotate_each(data, self.rotation_)
        return self

    def estimate(self, blocks: BlockSource, *, sampling_rate_hz: float) -> Self:
        """Find the rotation of a recording that comes in blocks, in two passes and without holding it in memory.

        All results but ``aligned_data_`` and ``static_samples_`` are those of ``align``, whatever the lengths of the
        blocks. A sensor whose data do not allow it is left out and named in ``problems_``.

        Parameters
        ----------
        blocks
            Called twice with the columns needed, gives a fresh iterator over the consecutive blocks of the recording,
            each of them single- or multi-sensor data in the sensor frame.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with results.

        Raises
        ------
        ValidationError
            If a block is not sensor-frame data with all acc and gyr columns, or the sensors change.
        ValueError
            If a parameter is not valid.
        DataQualityError
            If there is no sensor that can be aligned (also a ValueError).
        """
        self.sampling_rate_hz = sampling_rate_hz
        rests = self._gather(blocks, sampling_rate_hz, with_tilt=True)
        outcomes = {sensor: self._results_of(rest) for sensor, rest in rests.items()}
        results, self.problems_ = keep_usable(outcomes, _STAGE)
        set_results(self, results)
        return self

    def _find_rotation(self, data: SensorData, sampling_rate_hz: float) -> Rotation | dict[Hashable, Rotation]:
        """Find the rotation(s) without applying them, and without storing anything on the instance."""
        is_sensor_data(data, frame="sensor")
        rests = self._gather(one_block(data), sampling_rate_hz, with_tilt=False)
        outcomes = {sensor: self._results_of(rest) for sensor, rest in rests.items()}
        raise_first_problem(outcomes, _STAGE)
        return keep_usable(outcomes, _STAGE)[0]["rotation"]

    def _window_length(self, sampling_rate_hz: float) -> int:
        """Check the parameters, and return the length of the window in samples."""
        check_sampling_rate(self, sampling_rate_hz)
        check_number(self, "window_length_s", self.window_length_s, above=0)
        check_number(self, "static_signal_th", self.static_signal_th)
        window_length = round(self.window_length_s * sampling_rate_hz)
        if window_length < 2:
            raise parameter_error(
                self, "window_length_s", f"at least 2 samples long at {sampling_rate_hz:g} Hz", self.window_length_s
            )
        return window_length

    def _new_rest(self, sampling_rate_hz: float, *, with_tilt: bool) -> GravityAtRest:
        window_length = self._window_length(sampling_rate_hz)
        return GravityAtRest(window_length, float(self.static_signal_th), self.metric, with_tilt=with_tilt)

    def _gather(
        self, blocks: BlockSource, sampling_rate_hz: float, *, with_tilt: bool
    ) -> dict[Hashable | None, GravityAtRest]:
        """Go through the recording twice."""
        # Wrong parameters are told before the data are touched.
        self._new_rest(sampling_rate_hz, with_tilt=with_tilt)
        rests: dict[Hashable | None, GravityAtRest] = {}
        for block in read_sensor_frame_blocks(blocks, SF_COLS, _STAGE):
            for sensor, data in block.items():
                if sensor not in rests:
                    rests[sensor] = self._new_rest(sampling_rate_hz, with_tilt=with_tilt)
                rests[sensor].push(data)
        for rest in rests.values():
            rest.finish()
        if any(rest.is_known for rest in rests.values()):
            for block in read_blocks(blocks, SF_ACC, _STAGE):
                for sensor, data in block.items():
                    rests[sensor].select(data)
        return rests

    def _results_of(self, rest: GravityAtRest) -> dict[str, Any] | DataQualityError:
        """Lay out the results of one sensor, or tell why there are none."""
        window_length, threshold = rest.window_length, float(self.static_signal_th)
        if rest.n_samples < window_length:
            return DataQualityError(
                f"Invalid window length: the recording of {rest.n_samples} samples is shorter than the window of "
                f"{window_length} samples. Use a shorter window_length_s, or leave this sensor out."
            )
        if not rest.is_known:
            return DataQualityError(
                f"No static windows were found: in none of the windows of {window_length} samples, the {self.metric} "
                f"of the angular rate is at most {threshold:g} (with acceleration values that are not NaN). "
                "Use a higher static_signal_th or a shorter window_length_s, and check that gyr is in deg/s."
            )
        gravity = rest.gravity()
        if not np.linalg.norm(gravity) > 0:
            return DataQualityError(
                f"The acceleration at rest is 0 (median of {rest.n_static} static samples). Expected gravity, about "
                "9.81 m/s^2: the sensor did not measure. Remove these samples (NaN), or leave this sensor out."
            )
        results = {"rotation": get_gravity_rotation(gravity, self.gravity), "static_acc_vector": gravity}
        return results | ({"residual_tilt": rest.residual_tilt_deg()} if rest.with_tilt else {})


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
    >>> data = pd.DataFrame([[9.81, 0.0, 0.0, 0.1, 0.1, 0.1]] * 100, columns=SF_COLS)
    >>> align_dataset_to_gravity(data, sampling_rate_hz=100.0)[SF_ACC].iloc[0].round(6).tolist()
    [0.0, 0.0, 9.81]
    """
    alignment = GravityAlignment(window_length_s, static_signal_th, metric, gravity)
    return rotate_dataset(dataset, alignment._find_rotation(dataset, sampling_rate_hz))
