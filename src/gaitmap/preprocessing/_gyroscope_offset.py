"""The constant part of the angular rate that is no movement."""

from collections.abc import Hashable
from typing import Self

import numpy as np
from numpy.typing import NDArray

from gaitmap._kernels.still_windows import still_windows
from gaitmap.base import BaseGyroscopeOffset, BlockSource
from gaitmap.preprocessing.sensor_alignment._blocks import read_sensor_frame_blocks
from gaitmap.stride_segmentation import SwingStrideSegmentation
from gaitmap.stride_segmentation._swing_search import Swings, SwingSearch
from gaitmap.utils._checks import check_number, check_sampling_rate, parameter_error
from gaitmap.utils.consts import SF_ACC, SF_COLS, SF_GYR
from gaitmap.utils.datatype_helper import SingleSensorData

_STAGE = "gyroscope offset"
#: Two windows of rest are needed: one may be chance.
_MIN_WINDOWS = 2
#: Offsets of strides are trusted from that many on; more than the largest number do not make them better.
_MIN_STRIDES = 10
_MAX_STRIDES = 2000
_MIN_PATH_M = 0.2
#: The residual at mid-stance must become that many times smaller (1.0 to 1.4 times without an offset).
_CLEAR_CUT = 1.5
#: Largest value (share of all samples) that repeats in a signal that is clipped.
_CLIPPED_SHARE = 1e-3
#: From this size on (deg/s), an offset is told to the user, and from that one on it is no usual sensor.
_TOLD_DPS = 1.0
_LARGE_DPS = 10.0
_N_REWEIGHTED = 10


class GyroscopeOffsetEstimation(BaseGyroscopeOffset):
    """Find the offset of the gyroscope of each foot: from standing, or from the closure of strides.

    Data requirements: sensor-frame data of sensors in any orientation, acc in m/s^2 and gyr in deg/s.

    Parameters
    ----------
    window_s
        Length (s) of the windows that may be rest.
    max_gyr_spread_dps
        Largest standard deviation (of the vector) of the angular rate in a window of rest, in deg/s. What is small is
        the spread, not the level: a sensor with an offset rests as well as one without.
    max_acc_spread
        Largest standard deviation (of the vector) of the acceleration in a window of rest, in m/s^2. A sensor that
        really turns evenly shows it here.
    use_strides
        Whether strides are asked where the foot never rests.

    Attributes
    ----------
    offset_
        ``{sensor: offset}`` about x, y, z of the sensor, in deg/s; zeros where nothing is known.
    source_
        ``{sensor: words}``: "rest (12 s)", "strides (60)" or "none".
    findings_
        ``{sensor: sentences}`` about offsets of more than 1 deg/s.
    problems_
        ``{sensor: reason}``; none.

    Other Parameters
    ----------------
    blocks
        The source of the data passed to ``estimate``.
    sampling_rate_hz
        The sampling rate of the data in Hz.

    Raises
    ------
    ValidationError
        If a block is not sensor-frame data.
    ValueError
        If a parameter has a value that cannot be used.

    Notes
    -----
    1. Rest: windows in which both spreads are small, as of a person who stands. The offset is the median of their
       means, axis by axis.
    2. Without rest: the swings of the foot are found
       (:class:`~gaitmap.stride_segmentation.SwingStrideSegmentation`), and each stride is integrated from one
       mid-stance to the next, where gravity shows the tilt. An offset leaves a tilt that grows with time; the two axes
       that it can be seen on are solved for by reweighted least squares. It is taken only if the median tilt that is
       left becomes clearly smaller (by a third), and not if the gyroscope is clipped: fast strides leave a tilt of
       their own.
    3. Else the offset is not known, and zero.

    The quietest moment of walking is no rest: an offset "measured" there is the movement of the foot.

    Two passes over the blocks at most; results do not depend on the blocks. Streams take the offset of a calibration.
    Own method; that the tilt closes between two mid-stances is used in the same way by zero-velocity updates [1]_.

    References
    ----------
    .. [1] Foxlin, E. (2005). Pedestrian tracking with shoe-mounted inertial sensors. IEEE Computer Graphics and
           Applications, 25(6), 38-46. https://doi.org/10.1109/MCG.2005.140

    Examples
    --------
    >>> from gaitmap.preprocessing import GyroscopeOffsetEstimation
    >>> from gaitmap.simulation import Rest, Walk, simulate
    >>> walk = simulate([Rest(5), Walk(n_steps=10)], 100)
    >>> data = {sensor: frame.assign(gyr_y=frame["gyr_y"] + 3) for sensor, frame in walk.data.items()}
    >>> found = GyroscopeOffsetEstimation().estimate(lambda columns: iter([data]), sampling_rate_hz=100)
    >>> bool(abs(found.offset_["left_sensor"][1] - 3) < 0.2)
    True
    """

    blocks: BlockSource
    sampling_rate_hz: float

    def __init__(
        self,
        window_s: float = 1.0,
        max_gyr_spread_dps: float = 2.0,
        max_acc_spread: float = 0.2,
        use_strides: bool = True,
    ) -> None:
        self.window_s = window_s
        self.max_gyr_spread_dps = max_gyr_spread_dps
        self.max_acc_spread = max_acc_spread
        self.use_strides = use_strides

    def estimate(self, blocks: BlockSource, *, sampling_rate_hz: float) -> Self:
        """Find the offset in one or two passes over the blocks of a recording.

        Parameters
        ----------
        blocks
            Called with the columns needed, gives a fresh iterator over the consecutive blocks of the recording.
        sampling_rate_hz
            Sampling rate in Hz.

        Returns
        -------
        self
            The instance with results.
        """
        self.blocks = blocks
        self.sampling_rate_hz = sampling_rate_hz
        self._check_parameters()
        rests: dict[Hashable | None, RestWindows] = {}
        for block in read_sensor_frame_blocks(blocks, SF_COLS, _STAGE):
            for sensor, data in block.items():
                if sensor not in rests:
                    rests[sensor] = RestWindows(self, sampling_rate_hz)
                rests[sensor].push(data)
        self.offset_, self.source_ = {}, {}
        for sensor, rest in rests.items():
            self.offset_[sensor], self.source_[sensor] = rest.result()
        restless = [sensor for sensor, rest in rests.items() if self.source_[sensor] == "none" and not rest.is_clipped]
        if restless and self.use_strides:
            self._ask_strides(blocks, restless)
        self.findings_ = {sensor: self._tell(sensor) for sensor in rests}
        self.problems_ = {}
        return self

    def _check_parameters(self) -> None:
        check_sampling_rate(self, self.sampling_rate_hz)
        for name in ("window_s", "max_gyr_spread_dps", "max_acc_spread"):
            check_number(self, name, getattr(self, name), above=0)
        if not isinstance(self.use_strides, bool):
            raise parameter_error(self, "use_strides", "True or False", self.use_strides)

    def _ask_strides(self, blocks: BlockSource, sensors: list) -> None:
        closures = {sensor: StrideClosures(self.sampling_rate_hz) for sensor in sensors}
        for block in read_sensor_frame_blocks(blocks, SF_COLS, _STAGE):
            for sensor in sensors:
                closures[sensor].push(block[sensor])
        for sensor, closure in closures.items():
            self.offset_[sensor], self.source_[sensor] = closure.result()

    def _tell(self, sensor: Hashable | None) -> list[str]:
        offset, source = self.offset_[sensor], self.source_[sensor]
        size = float(np.abs(offset).max())
        if size < _TOLD_DPS:
            return []
        text = f"The gyroscope has an offset of {', '.join(f'{o:.1f}' for o in offset)} deg/s (from {source}); it was "
        if size > _LARGE_DPS:
            return [text + "taken off. That is more than usual sensors have: calibrate the sensor."]
        return [text + "taken off."]


class RestWindows:
    """Windows of rest of one sensor, in blocks."""

    def __init__(self, parameters: GyroscopeOffsetEstimation, sampling_rate_hz: float) -> None:
        self._rate = sampling_rate_hz
        self._length = max(2, round(parameters.window_s * sampling_rate_hz))
        self._limits = float(parameters.max_gyr_spread_dps), float(parameters.max_acc_spread)
        self._left = np.empty((0, 6))
        self._means: list[NDArray[np.float64]] = []
        self._largest = np.zeros(3)
        self._n_largest = np.zeros(3, np.int64)
        self._n_samples = 0

    def push(self, data: SingleSensorData) -> None:
        """Look at the next block."""
        new = data[SF_COLS].to_numpy(dtype=float, na_value=np.nan)
        self._n_samples += len(new)
        self._count_largest(np.abs(new[:, 3:]))
        values = np.concatenate([self._left, new])
        n_windows = len(values) // self._length
        used = np.ascontiguousarray(values[: n_windows * self._length])
        self._left = values[n_windows * self._length :].copy()
        if n_windows:
            self._means.append(still_windows(used[:, :3].copy(), used[:, 3:].copy(), self._length, *self._limits))

    def _count_largest(self, size: NDArray[np.float64]) -> None:
        for axis in range(3 if len(size) else 0):
            largest = float(np.nanmax(size[:, axis], initial=0.0))
            n_equal = int((size[:, axis] == largest).sum())
            if largest > self._largest[axis]:
                self._largest[axis], self._n_largest[axis] = largest, n_equal
            elif largest == self._largest[axis]:
                self._n_largest[axis] += n_equal

    @property
    def is_clipped(self) -> bool:
        """Whether the largest rate of an axis comes again and again."""
        return bool((self._n_largest > max(3.0, _CLIPPED_SHARE * self._n_samples)).any())

    def result(self) -> tuple[NDArray[np.float64], str]:
        """Offset and source."""
        means = np.concatenate([np.empty((0, 3)), *self._means])
        if len(means) < _MIN_WINDOWS:
            return np.zeros(3), "none"
        return np.median(means, axis=0), f"rest ({len(means) * self._length / self._rate:.0f} s)"


class StrideClosures:
    """Tilts that are left between mid-stances of one sensor, in blocks."""

    def __init__(self, sampling_rate_hz: float) -> None:
        self._search = SwingSearch(SwingStrideSegmentation()._settings(), sampling_rate_hz)
        self._residuals: list[NDArray[np.float64]] = []
        self._levers: list[NDArray[np.float64]] = []
        self._n_strides = 0

    def push(self, data: SingleSensorData) -> None:
        """Look at the next block."""
        if self._n_strides < _MAX_STRIDES:
            gyr, acc = (np.ascontiguousarray(data[columns].to_numpy(dtype=float)) for columns in (SF_GYR, SF_ACC))
            self._take(self._search.push(gyr, acc))

    def _take(self, swings: Swings) -> None:
        is_stride = swings.is_rest & (swings.path[:, 0] > _MIN_PATH_M) & np.isfinite(swings.turned)
        self._residuals.append(swings.residual[is_stride])
        self._levers.append(swings.lever[is_stride])
        self._n_strides += int(is_stride.sum())

    def result(self) -> tuple[NDArray[np.float64], str]:
        """Offset and source."""
        self._take(self._search.finish())
        residual = np.concatenate(self._residuals)[:_MAX_STRIDES]
        lever = np.concatenate(self._levers)[:_MAX_STRIDES]
        if len(residual) < _MIN_STRIDES:
            return np.zeros(3), "none"
        offset = solve_offset(residual, lever)
        before, after = (np.median(np.linalg.norm(r, axis=1)) for r in (residual, residual + lever @ offset))
        if after * _CLEAR_CUT > before:
            return np.zeros(3), "none"
        return np.rad2deg(offset), f"strides ({len(residual)})"


def solve_offset(residual: NDArray[np.float64], lever: NDArray[np.float64]) -> NDArray[np.float64]:
    """Offset (rad/s) on the two axes that tilts show, with the least sum of residuals (reweighted least squares)."""
    matrix = np.einsum("jka,jkb->ab", lever, lever)
    axes = np.linalg.eigh(matrix)[1][:, 1:]  # the largest two; about the vertical nothing tilts
    design = lever @ axes
    weights = np.ones(len(residual))
    solution = np.zeros(2)
    for _ in range(_N_REWEIGHTED):
        normal = np.einsum("j,jka,jkb->ab", weights, design, design)
        right = -np.einsum("j,jka,jk->a", weights, design, residual)
        solution = np.linalg.solve(normal, right)
        left = np.linalg.norm(residual + design @ solution, axis=1)
        weights = 1.0 / np.maximum(left, 1e-3)
    return axes @ solution
