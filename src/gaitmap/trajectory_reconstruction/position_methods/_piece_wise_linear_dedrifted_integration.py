"""Integration of whole sequences, with the drift between moments of rest taken out piece by piece."""

from typing import Any, Self

import numpy as np
from tpcp import cf

from gaitmap._kernels.integration import cumulative_trapezoid, piece_wise_linear_drift
from gaitmap.base import BasePositionMethod, BaseZuptDetector
from gaitmap.trajectory_reconstruction._signals import sample_frame, signal_array
from gaitmap.trajectory_reconstruction._zupts import detect_zupts
from gaitmap.trajectory_reconstruction.position_methods._forward_backward_integration import gravity_vector
from gaitmap.utils._checks import check_sampling_rate
from gaitmap.utils.consts import GF_POS, GF_VEL, GRAV_VEC, SF_ACC
from gaitmap.utils.datatype_helper import SingleSensorData, SingleSensorStrideList, is_single_sensor_data
from gaitmap.utils.exceptions import UnusableSignalError
from gaitmap.zupt_detection import NormZuptDetector


class PieceWiseLinearDedriftedIntegration(BasePositionMethod):
    """Velocity and position of a sequence with several moments of rest, by integrating and removing the drift.

    Requires the accelerometer in the global frame (already rotated, z up) and what the detector needs (by default the
    gyroscope), at any rate. Meant for regions (walking bouts).

    Parameters
    ----------
    zupt_detector
        Finds the moments of rest. It is called as ``detect(data, sampling_rate_hz=..., stride_event_list=...)`` on the
        data as passed.
    level_assumption
        Whether the height is the same at all moments of rest. Only the literal True switches it on.
    gravity
        What a resting sensor reads, in m/s^2, shape (3,); subtracted from every sample. None: nothing is subtracted.

    Attributes
    ----------
    velocity_
        n + 1 rows for n samples, columns ``vel_x, vel_y, vel_z`` (m/s), index ``sample``. Zero in the first and last
        row.
    position_
        n + 1 rows for n samples, columns ``pos_x, pos_y, pos_z`` (m), index ``sample``. Zero in the first row.
    zupts_
        The moments of rest: int array of shape (k, 2) with start and end (exclusive) in samples of the data.

    Other Parameters
    ----------------
    data
        The data passed to ``estimate``.
    stride_event_list
        The stride list passed to ``estimate``.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Raises
    ------
    gaitmap.utils.exceptions.ValidationError
        If columns are missing.
    ValueError
        If a parameter is not usable, the sequence has no moment of rest, or it is shorter than the window of the
        detector.

    Notes
    -----
    Trapezoidal integration of the acceleration, preceded by one zero. The drift of the velocity is modelled by the
    least-squares straight line in every moment of rest and by straight lines between them [1]_ [2]_ [3]_. Where the
    sequence does not start or end at rest, its first and last velocity are taken for drift, so that the velocity is
    zero at both ends. With ``level_assumption`` the same model is subtracted from the height.

    References
    ----------
    .. [1] Hannink, Ollenschlaeger, Kluge, Roth, Klucken, Eskofier (2017). Benchmarking foot trajectory estimation
       methods for mobile gait analysis. Sensors 17(9), 1940. doi:10.3390/s17091940
    .. [2] Zok, Mazza, Della Croce (2004). Total body centre of mass displacement estimated using ground reactions
       during transitory motor tasks. Medical Engineering & Physics 26(9), 791-798.
    .. [3] Kitagawa, Ogihara (2016). Estimation of foot trajectory during human walking by a wearable inertial
       measurement unit mounted to the foot. Gait & Posture 45, 110-114.

    Examples
    --------
    >>> import pandas as pd
    >>> from gaitmap.trajectory_reconstruction import PieceWiseLinearDedriftedIntegration
    >>> data = pd.DataFrame(0.0, index=range(100), columns=["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"])
    >>> data["acc_z"] = 9.81
    >>> result = PieceWiseLinearDedriftedIntegration().estimate(data, sampling_rate_hz=100.0)
    >>> result.position_.abs().max().tolist()
    [0.0, 0.0, 0.0]
    """

    data: SingleSensorData
    stride_event_list: SingleSensorStrideList | None
    sampling_rate_hz: float
    zupts_: np.ndarray

    def __init__(
        self,
        zupt_detector: BaseZuptDetector = cf(
            NormZuptDetector(
                sensor="gyr", window_length_s=0.15, window_overlap=0.5, metric="mean", inactive_signal_threshold=15.0
            )
        ),
        level_assumption: bool = True,
        gravity: np.ndarray | None = cf(GRAV_VEC),
    ) -> None:
        self.zupt_detector = zupt_detector
        self.level_assumption = level_assumption
        self.gravity = gravity

    def estimate(
        self,
        data: SingleSensorData,
        *,
        stride_event_list: SingleSensorStrideList | None = None,
        sampling_rate_hz: float,
        **_: Any,
    ) -> Self:
        """Estimate velocity and position.

        Parameters
        ----------
        data
            Recording of one sensor, rotated into the global frame.
        stride_event_list
            Strides of the recording, handed to the ZUPT detector.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with the results attached.
        """
        self.data = data
        self.stride_event_list = stride_event_list
        self.sampling_rate_hz = sampling_rate_hz

        is_single_sensor_data(data, check_gyr=False, frame="sensor", raise_exception=True)
        check_sampling_rate(self, sampling_rate_hz)
        gravity = gravity_vector(self, self.gravity)
        zupts = detect_zupts(self, data, sampling_rate_hz, stride_event_list).zupts_.to_numpy(dtype=np.int64)
        if len(zupts) == 0:
            raise UnusableSignalError(
                "No valid zupt regions available! The detector found no moment of rest in the data. Expected at least "
                "one: raise its threshold, or look for a longer region."
            )

        acc = np.vstack([np.zeros(3), signal_array(data, SF_ACC) - gravity])
        if not np.isfinite(acc).all():
            raise UnusableSignalError(
                "PieceWiseLinearDedriftedIntegration: found an acceleration that is NaN or infinite in sample "
                f"{int(np.argmin(np.isfinite(acc).all(axis=1))) - 1}. Expected finite values. Interpolate the gap."
            )
        dt = 1.0 / sampling_rate_hz
        rests = zupts + 1  # one row was put in front
        velocity, position = np.empty_like(acc), np.empty_like(acc)
        for axis in range(3):
            velocity[:, axis] = _without_drift(cumulative_trapezoid(acc[:, axis].copy(), dt), rests)
            position[:, axis] = cumulative_trapezoid(velocity[:, axis].copy(), dt)
        if self.level_assumption is True:
            position[:, 2] = _without_drift(position[:, 2].copy(), rests)

        self.velocity_ = sample_frame(velocity, GF_VEL)
        self.position_ = sample_frame(position, GF_POS)
        self.zupts_ = zupts
        return self


def _without_drift(values: np.ndarray, rests: np.ndarray) -> np.ndarray:
    return values - piece_wise_linear_drift(values, rests)
