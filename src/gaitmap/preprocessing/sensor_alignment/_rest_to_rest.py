"""Strides from rest to rest of a foot sensor whose mounting is not known.

Only lengths of vectors are used to find them, so that they do not depend on how the sensor is mounted.
"""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from gaitmap.trajectory_reconstruction import ForwardBackwardIntegration, SimpleGyroIntegration, StrideLevelTrajectory
from gaitmap.utils.array_handling import start_end_array_to_bool_array
from gaitmap.utils.consts import GF_ORI, GF_POS, SF_ACC, SF_COLS, SF_GYR
from gaitmap.utils.datatype_helper import SingleSensorData
from gaitmap.utils.exceptions import UnusableSignalError
from gaitmap.utils.rotations import angle_diff, rotate_dataset, rotation_from_angle
from gaitmap.utils.static_moment_detection import find_static_sequences

# A foot rests if the median angular rate over this time is low. How low differs between persons: the lowest of these
# thresholds is used with which hardly any walking is missed.
_REST_WINDOW_S = 0.1
_REST_THRESHOLDS_DPS = (15.0, 25.0, 40.0, 60.0, 90.0, 130.0)
_NEARLY_ALL = 0.9
# Between two rests of a walking foot, the angular rate rises above this, for between these times.
_MIN_SWING_PEAK_DPS = 120.0
_SWING_DURATION_S = (0.2, 2.0)
# The moment of least movement is looked for so far into the rests before and after a swing.
_SEARCH_S = 0.6
# Single movements are no walking.
_MIN_STRIDES_IN_A_ROW = 3
# Strides used at most, evenly spread; more do not make the result any better.
_MAX_STRIDES = 400
# Time around a moment of least movement whose mean acceleration is taken for gravity.
_GRAVITY_WINDOW_S = 0.1


@dataclass(frozen=True)
class RestToRestStrides:
    """Strides of one sensor.

    Attributes
    ----------
    start, end
        Moments of least movement before and after each swing, in samples.
    threshold
        Angular rate in deg/s below which the foot was taken to rest.
    """

    start: NDArray[np.int64]
    end: NDArray[np.int64]
    threshold: float

    def __len__(self) -> int:
        return len(self.start)


@dataclass(frozen=True)
class StridePaths:
    """What the paths of strides tell of the mounting, in the frame of the data at the start of each stride.

    Attributes
    ----------
    displacement
        From the start to the end of each stride, shape (n, 3), in m.
    turn
        Rotation vector of the orientation in which the foot is farthest from its start while the heel rises (in the
        first half of the stride), shape (n, 3), in rad.
    heading_change
        Turn about the vertical from the start to the end of each stride, shape (n,), in rad from -pi to pi.
    """

    displacement: NDArray[np.float64]
    turn: NDArray[np.float64]
    heading_change: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.displacement)

    @property
    def length(self) -> NDArray[np.float64]:
        """Horizontal distance from the start to the end of each stride in m."""
        return np.hypot(self.displacement[:, 0], self.displacement[:, 1])

    @property
    def direction(self) -> NDArray[np.float64]:
        """Direction of each stride in the horizontal plane in rad from -pi to pi, as the foot sees it in its middle.

        Along an arc, the way from start to end has the mean of the headings at both ends.
        """
        angle = np.arctan2(self.displacement[:, 1], self.displacement[:, 0])
        return angle_diff(angle, self.heading_change / 2)

    def turned(self, angle: float) -> "StridePaths":
        """Return the same in a frame in which everything is turned by this angle (in rad) about the vertical."""
        rotation = rotation_from_angle(np.array([0.0, 0.0, 1.0]), angle)
        return StridePaths(rotation.apply(self.displacement), rotation.apply(self.turn), self.heading_change)

    def take(self, which: NDArray) -> "StridePaths":
        """Return some of the strides."""
        return StridePaths(self.displacement[which], self.turn[which], self.heading_change[which])


def find_rest_to_rest_strides(data: SingleSensorData, sampling_rate_hz: float) -> RestToRestStrides:
    """Find the strides of a walking foot from one moment of least movement to the next.

    Parameters
    ----------
    data
        Data of one sensor in any orientation, gyr in deg/s.
    sampling_rate_hz
        Sampling rate in Hz.

    Returns
    -------
    RestToRestStrides
        Strides without NaN that have at least two neighbours; at most 400, evenly spread over all that were found.
    """
    gyr = data[SF_GYR].to_numpy(dtype=float)
    window = max(2, round(_REST_WINDOW_S * sampling_rate_hz))
    if len(gyr) < 3 * window:
        return RestToRestStrides(np.zeros(0, np.int64), np.zeros(0, np.int64), _REST_THRESHOLDS_DPS[0])
    norm = np.linalg.norm(gyr, axis=1)
    is_missing = ~np.isfinite(data[SF_COLS].to_numpy(dtype=float)).all(axis=1)
    smooth = np.convolve(np.where(is_missing, np.inf, norm), np.full(window, 1 / window), mode="same")
    candidates = []
    for threshold in _REST_THRESHOLDS_DPS:
        swings, rests = _find_swings(gyr, norm, is_missing, window, threshold, sampling_rate_hz)
        swings = swings[_has_neighbours(swings, rests, sampling_rate_hz)]
        start, end = _quietest_moments(swings, rests, smooth, round(_SEARCH_S * sampling_rate_hz))
        candidates.append(RestToRestStrides(start, end, threshold))
    # A threshold that is too high splits strides, but does not find more walking.
    walking = [np.sum(strides.end - strides.start) for strides in candidates]
    strides = next(each for each, time in zip(candidates, walking, strict=True) if time >= _NEARLY_ALL * max(walking))
    if len(strides) <= _MAX_STRIDES:
        return strides
    some = np.linspace(0, len(strides) - 1, _MAX_STRIDES).round().astype(int)
    return RestToRestStrides(strides.start[some], strides.end[some], strides.threshold)


def _find_swings(
    gyr: NDArray, norm: NDArray, is_missing: NDArray, window: int, threshold: float, rate: float
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find all rests, and the numbers of those that are followed by a swing."""
    rests = find_static_sequences(gyr, window, threshold, "median")
    if len(rests) < 2:
        return np.zeros(0, np.int64), rests
    starts, ends = rests[:-1, 1], rests[1:, 0]
    # Windows of rest are at least one sample apart, and a start comes before its end: every second part is a swing.
    borders = np.column_stack([starts, ends]).ravel()
    peak = np.fmax.reduceat(norm, borders)[::2]
    n_missing = np.concatenate([[0], np.cumsum(is_missing)])
    complete = n_missing[rests[1:, 1]] == n_missing[rests[:-1, 0]]
    duration = (ends - starts) / rate
    is_swing = (peak > _MIN_SWING_PEAK_DPS) & (duration >= _SWING_DURATION_S[0]) & (duration <= _SWING_DURATION_S[1])
    return np.flatnonzero(is_swing & complete), rests


def _has_neighbours(swings: NDArray[np.int64], rests: NDArray[np.int64], rate: float) -> NDArray[np.bool_]:
    """Tell which swings are part of a sequence, interrupted by short rests only."""
    if len(swings) == 0:
        return np.zeros(0, bool)
    rest_before = (rests[swings, 1] - rests[swings, 0]) / rate
    follows = (np.diff(swings, prepend=swings[0] - 2) == 1) & (rest_before < _SWING_DURATION_S[1])
    sequence = np.cumsum(~follows) - 1
    return np.bincount(sequence)[sequence] >= _MIN_STRIDES_IN_A_ROW


def _quietest_moments(
    swings: NDArray[np.int64], rests: NDArray[np.int64], smooth: NDArray, search: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the moments of least movement: late in the rest before each swing, early in the rest after it."""
    start, end = [], []
    for number in swings:
        before, after = rests[number], rests[number + 1]
        first = max(before[0], before[1] - search)
        start.append(first + int(np.argmin(smooth[first : before[1]])))
        end.append(after[0] + int(np.argmin(smooth[after[0] : min(after[1], after[0] + search)])))
    return np.array(start, np.int64), np.array(end, np.int64)


def mean_acc_at(data: SingleSensorData, samples: NDArray[np.int64], sampling_rate_hz: float) -> NDArray[np.float64]:
    """Mean acceleration around each of the given samples, shape (n, 3)."""
    half = max(1, round(_GRAVITY_WINDOW_S / 2 * sampling_rate_hz))
    rows = np.clip(samples[:, None] + np.arange(-half, half + 1), 0, len(data) - 1)
    acc = np.column_stack([data[column].to_numpy(dtype=float) for column in SF_ACC])
    return acc[rows].mean(axis=1)


def take_strides(data: SingleSensorData, strides: RestToRestStrides) -> SingleSensorData:
    """Leave everything out that is no part of a stride."""
    regions = np.column_stack([strides.start, strides.end])
    return data.loc[start_end_array_to_bool_array(regions, len(data)), SF_COLS]


def estimate_paths(
    data: SingleSensorData, strides: RestToRestStrides, rotation: Rotation, sampling_rate_hz: float
) -> StridePaths:
    """Integrate each stride on its own, zero velocity at both ends.

    Parameters
    ----------
    data
        Data of one sensor in any orientation.
    strides
        Its strides.
    rotation
        Rotation that aligns the data with gravity.
    sampling_rate_hz
        Sampling rate in Hz.

    Returns
    -------
    StridePaths
        In the frame after ``rotation``, without the strides that have no path (no acceleration at their start, which
        tells what is up).
    """
    window = max(2, round(_GRAVITY_WINDOW_S * sampling_rate_hz))
    # Only the strides are rotated, one after the other with the rests around them.
    first, last = np.maximum(strides.start - window, 0), np.minimum(strides.end + window, len(data))
    offsets = np.concatenate([[0], np.cumsum(last - first)])
    rows = np.concatenate([np.arange(a, b) for a, b in zip(first, last, strict=True)])
    parts = rotate_dataset(data[SF_COLS].iloc[rows].reset_index(drop=True), rotation)
    start = strides.start - first + offsets[:-1]
    stride_list = pd.DataFrame(
        {"start": start, "end": start + strides.end - strides.start, "min_vel": start},
        index=pd.RangeIndex(len(strides), name="s_id"),
    )
    paths = StrideLevelTrajectory(
        ori_method=SimpleGyroIntegration(), pos_method=ForwardBackwardIntegration(), align_window_width=window
    )
    with warnings.catch_warnings():
        # The first and the last stride may lie at the border of the recording.
        warnings.simplefilter("ignore", UserWarning)
        try:
            paths.estimate(parts, stride_list, sampling_rate_hz=sampling_rate_hz)
        except UnusableSignalError:  # none of them has a path
            return StridePaths(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0))
    position, orientation = paths.position_, paths.orientation_
    assert isinstance(position, pd.DataFrame)
    assert isinstance(orientation, pd.DataFrame)
    lengths = stride_list["end"].to_numpy() - start + 1
    ends = np.cumsum(lengths)
    starts = ends - lengths
    # The scalar part is the cosine of half the angle to the start, where the orientation is close to the identity.
    scalar = np.abs(orientation["q_w"].to_numpy())
    has_path = np.isfinite(np.add.reduceat(scalar, starts)) & np.isfinite(position[GF_POS].to_numpy()[ends - 1]).all(1)
    starts, ends = starts[has_path], ends[has_path]
    displacement = position[GF_POS].to_numpy()[ends - 1]
    # Later, before they land, feet turn their toes up: some of them farther than they had lifted the heel.
    middles = starts + np.maximum(1, (ends - starts) // 2)
    farthest = np.array([a + int(np.argmin(scalar[a:b])) for a, b in zip(starts, middles, strict=True)], dtype=np.int64)
    turn = Rotation.from_quat(orientation[GF_ORI].to_numpy()[farthest]).as_rotvec()
    # The first orientation is the shortest turn to gravity, which has no heading.
    last = orientation[["q_z", "q_w"]].to_numpy()[ends - 1]
    heading_change = angle_diff(2 * np.arctan2(last[:, 0], last[:, 1]), 0.0)
    return StridePaths(displacement, turn, heading_change)
