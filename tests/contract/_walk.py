"""A short synthetic two-foot walk in every form an algorithm may be given.

The foot moves in a vertical plane: it rests flat during stance and swings forward with a smooth pitch; angular rate and
acceleration are the exact derivatives of that motion, so every class has plausible data without any file.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from gaitmap.utils.consts import FSF_FBF_CONVERSION_LEFT, FSF_FBF_CONVERSION_RIGHT, GRAV, SF_COLS

RATE = 102.4
STRIDE = 112  # samples
SWING_START = 70  # samples after mid-stance at which the foot leaves the ground
N_STRIDES = 6
SENSORS = ("left_sensor", "right_sensor")


@dataclass(frozen=True)
class Walk:
    """Recording and stride lists, either of two feet (dicts) or of one foot (frames)."""

    sensor_frame: Any
    body_frame: Any
    segmented: Any
    min_vel: Any
    rate: float = RATE

    def single(self, sensor: str = "left_sensor") -> "Walk":
        """Return one foot alone."""
        return replace(
            self,
            **{name: getattr(self, name)[sensor] for name in ("sensor_frame", "body_frame", "segmented", "min_vel")},
        )

    def _map(self, on_data: Any = None, on_strides: Any = None) -> "Walk":
        def each(value: Any, function: Any) -> Any:
            if function is None:
                return value
            return {k: function(v) for k, v in value.items()} if isinstance(value, dict) else function(value)

        return replace(
            self,
            sensor_frame=each(self.sensor_frame, on_data),
            body_frame=each(self.body_frame, on_data),
            segmented=each(self.segmented, on_strides),
            min_vel=each(self.min_vel, on_strides),
        )

    def empty(self) -> "Walk":
        """No sample, no stride."""
        return self._map(lambda data: data.iloc[:0], lambda strides: strides.iloc[:0])

    def one_sample(self) -> "Walk":
        """One sample, no stride."""
        return self._map(lambda data: data.iloc[:1], lambda strides: strides.iloc[:0])

    def no_strides(self) -> "Walk":
        """All samples, no stride."""
        return self._map(None, lambda strides: strides.iloc[:0])

    def nan_gap(self) -> "Walk":
        """Six samples missing in the swing of the third stride."""

        def cut(data: pd.DataFrame) -> pd.DataFrame:
            data = data.copy()
            data.iloc[2 * STRIDE + 85 : 2 * STRIDE + 91] = np.nan
            return data

        return self._map(cut)

    def read_only(self) -> "Walk":
        """The same values in arrays that cannot be written."""

        def lock(data: pd.DataFrame) -> pd.DataFrame:
            values = data.to_numpy(copy=True)
            values.setflags(write=False)
            return pd.DataFrame(values, columns=data.columns, index=data.index, copy=False)

        return self._map(lock)

    def as_frame(self) -> "Walk":
        """Two-level frames instead of dicts of frames."""
        return replace(
            self,
            sensor_frame=pd.concat(self.sensor_frame, axis=1),
            body_frame=pd.concat(self.body_frame, axis=1),
        )


def make_walk() -> Walk:
    """Build the two-foot walk (the right foot half a stride later)."""
    sensor_frame, body_frame, segmented, min_vel = {}, {}, {}, {}
    for sensor, delay in zip(SENSORS, (0, STRIDE // 2), strict=True):
        data = _foot(delay)
        table = FSF_FBF_CONVERSION_LEFT if sensor.startswith("left") else FSF_FBF_CONVERSION_RIGHT
        sensor_frame[sensor] = data
        body_frame[sensor] = pd.DataFrame({name: sign * data[column] for column, (sign, name) in table.items()})
        first = delay + STRIDE
        mid_stance = first + STRIDE * np.arange(N_STRIDES)
        ids = pd.Index(range(N_STRIDES - 1), name="s_id")
        min_vel[sensor] = pd.DataFrame(
            {
                "start": mid_stance[:-1],
                "end": mid_stance[1:],
                "ic": mid_stance[:-1] + SWING_START + 32,
                "tc": mid_stance[:-1] + SWING_START + 2,
                "min_vel": mid_stance[:-1],
                "pre_ic": mid_stance[:-1] + SWING_START + 32 - STRIDE,
            },
            index=ids,
        )
        cut = mid_stance + SWING_START + 5  # the dip of gyr_ml before the foot leaves the ground
        segmented[sensor] = pd.DataFrame({"start": cut[:-1], "end": cut[1:]}, index=ids)
    return Walk(sensor_frame, body_frame, segmented, min_vel)


def _foot(delay: int) -> pd.DataFrame:
    n = (N_STRIDES + 2) * STRIDE
    swing = np.arange(STRIDE - SWING_START) / (STRIDE - SWING_START)
    pitch, forward, height = np.zeros(n), np.zeros(n), np.zeros(n)
    for k in range(1, N_STRIDES + 1):
        start = delay + k * STRIDE + SWING_START
        span = slice(start, min(start + swing.size, n))
        s = swing[: span.stop - span.start]
        pitch[span] = 60 * np.sin(np.pi * s) ** 2 * np.cos(1.5 * np.pi * s)  # deg, positive toes down first
        forward[span] = forward[start - 1] + 1.3 * (s - np.sin(2 * np.pi * s) / (2 * np.pi))
        forward[span.stop :] = forward[start - 1] + 1.3
        height[span] = 0.1 * np.sin(np.pi * s) ** 2
    rate_y = np.gradient(pitch) * RATE
    acc_x = np.gradient(np.gradient(forward)) * RATE**2
    acc_z = np.gradient(np.gradient(height)) * RATE**2 + GRAV
    tilt = np.deg2rad(pitch)
    values = np.zeros((n, 6))
    values[:, 0] = np.cos(tilt) * acc_x - np.sin(tilt) * acc_z
    values[:, 2] = np.sin(tilt) * acc_x + np.cos(tilt) * acc_z
    values[:, 4] = rate_y
    # A little noise on all axes, the same in every run: no sensor repeats a value exactly.
    values += np.random.default_rng(delay).normal(0, [0.03] * 3 + [0.3] * 3, (n, 6))
    return pd.DataFrame(values, columns=SF_COLS, index=pd.Index(np.arange(n) / RATE))
