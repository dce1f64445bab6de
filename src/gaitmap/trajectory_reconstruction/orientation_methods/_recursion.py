"""What the recursive orientation methods share: reading, checking, caching, laying out."""

from collections.abc import Callable
from typing import Any, ClassVar, Self

import numpy as np
from joblib import Memory
from scipy.spatial.transform import Rotation

from gaitmap.base import BaseOrientationMethod
from gaitmap.trajectory_reconstruction._signals import Signals, initial_quaternion, read_signals, whole
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils.datatype_helper import SingleSensorData, is_single_sensor_data
from gaitmap.utils.exceptions import UnusableSignalError


class RecursiveOrientationMethod(BaseOrientationMethod):
    """Orientation from a recursion that runs in one compiled call over any number of sections of a recording."""

    initial_orientation: np.ndarray | Rotation
    memory: Memory | None

    #: Set by a class whose regions the wrappers may evaluate at once instead of by calls of this function.
    _batch_replaces: ClassVar[Callable | None] = None
    #: Whether the recursion reads the accelerometer.
    _needs_acc: ClassVar[bool] = True
    use_magnetometer: bool = False

    data: SingleSensorData
    sampling_rate_hz: float

    def estimate(self, data: SingleSensorData, *, sampling_rate_hz: float, **_: Any) -> Self:
        """Estimate the orientation of the sensor.

        Parameters
        ----------
        data
            Recording of one sensor in the sensor frame.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with the results attached.
        """
        self.data = data
        self.sampling_rate_hz = sampling_rate_hz

        self._check_data(data)
        check_sampling_rate(self, sampling_rate_hz)
        self._check_parameters()
        initial = initial_quaternion(self, self.initial_orientation)

        signals = read_signals(data, acc=self._needs_acc, mag=self.use_magnetometer)
        quaternions = self._integrate(signals, whole(len(data)), initial[np.newaxis], float(sampling_rate_hz))

        if not np.isfinite(quaternions).all():
            first_bad = int(np.argmin(np.isfinite(quaternions).all(axis=1))) - 1
            raise UnusableSignalError(
                f"{type(self).__name__}: the orientation cannot be followed beyond sample {first_bad}. Found a value "
                "that is NaN or infinite there. Expected finite values in all samples that are used. Interpolate the "
                "gap, or estimate the parts before and after it on their own."
            )
        self.orientation_object_ = Rotation.from_quat(quaternions)
        return self

    def _check_data(self, data: SingleSensorData) -> None:
        is_single_sensor_data(
            data,
            check_acc=self._needs_acc,
            check_gyr=True,
            check_mag=self.use_magnetometer,
            frame="sensor",
            raise_exception=True,
        )

    def _check_parameters(self) -> None:
        """Check the parameters of the recursion."""

    def _integrate(
        self, signals: Signals, sections: np.ndarray, initial: np.ndarray, sampling_rate_hz: float
    ) -> np.ndarray:
        """Return the n + 1 quaternions of every section (rows ``[start, end)``), one section below the other."""
        raise NotImplementedError
