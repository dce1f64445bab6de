"""The public recordings in the body frame, with the strides that tools train with and compare with.

Strides run from one minimum of ``gyr_ml`` before terminal contact to the next ("segmented" strides). Three sources:

- ``hand``: the hand-labelled strides of the healthy walk.
- ``hand_ic``: the walk labelled (with motion capture) at initial contacts. 14 strides are labelled, straight walking
  alone. A segmented stride counts as labelled if its first border lies inside of a labelled one.
- ``rule``: :func:`strides_by_rule`, for all other recordings. On the healthy walk the rule gives the strides labelled
  by hand but two (``evaluate_open_template.py`` prints the comparison); on the others its strides were checked by eye.

No label comes from a template, a model, or a run of another segmentation.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.signal import butter, find_peaks, sosfiltfilt

from gaitmap import example_data
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.coordinate_conversion import convert_left_foot_to_fbf, convert_right_foot_to_fbf
from gaitmap.utils.datatype_helper import to_dict_multi_sensor_data

_LOADERS = {
    "healthy": (example_data.get_healthy_example_imu_data, 204.8, "imu_sample.csv"),
    "ic_stride": (example_data.get_healthy_example_imu_data_ic_stride, 102.4, "imu_sample_ic_stride.csv"),
    "ms_patient": (example_data.get_ms_example_imu_data, 102.4, "imu_sample_ms_left.csv, imu_sample_ms_right.csv"),
    "stairs_up": (example_data.get_healthy_example_imu_data_stair_up, 204.8, "imu_sample_healthy_stair_up.csv"),
    "stairs_down": (example_data.get_healthy_example_imu_data_stair_down, 204.8, "imu_sample_healthy_stair_down.csv"),
    "l_walk": (example_data.get_magnetometer_l_path_data, 400.0, "aligned_data_with_mag_l_walks.csv"),
}


@dataclass(frozen=True)
class Foot:
    """One foot of a recording."""

    recording: str
    foot: str
    file: str
    data: pd.DataFrame  #: body frame
    sampling_rate_hz: float
    strides: NDArray[np.int64]  #: (n, 2), start and end (exclusive) of all strides, by hand or by rule
    labelled: NDArray[np.int64]  #: (n, 2), the hand-labelled ones among them; empty without hand labels
    label_source: str  #: hand, hand_ic or rule

    @property
    def name(self) -> str:
        """Recording and foot."""
        return f"{self.recording} {self.foot}"


def load_feet() -> list[Foot]:
    """All feet of all public recordings."""
    feet = []
    for recording, (load, rate, file) in _LOADERS.items():
        data = load()
        # The L-shaped walk has one sensor whose signals are those of a right foot.
        data = {"right_sensor": data} if recording == "l_walk" else to_dict_multi_sensor_data(data)
        for sensor, values in data.items():
            foot = sensor.removesuffix("_sensor")
            convert = convert_left_foot_to_fbf if foot == "left" else convert_right_foot_to_fbf
            body = convert(values[SF_COLS].reset_index(drop=True))
            strides, labelled, source = _strides(recording, sensor, body["gyr_ml"].to_numpy(), rate)
            feet.append(Foot(recording, foot, file, body, rate, strides, labelled, source))
    return feet


def strides_by_rule(gyr_ml: NDArray[np.float64], sampling_rate_hz: float) -> NDArray[np.int64]:
    """Find strides without any template: every swing is a hump of ``gyr_ml``, and starts at the minimum before it.

    Humps are peaks of the signal below 3 Hz, at least 0.5 s apart, not smaller than 40 % of the median of the larger
    half of them. The border is the smallest value of the raw signal in the 0.6 s before the peak. Two borders 0.6 to
    2.5 s apart are a stride.
    """
    smooth = sosfiltfilt(butter(2, 3.0, fs=sampling_rate_hz, output="sos"), gyr_ml)
    peaks, _ = find_peaks(smooth, distance=0.5 * sampling_rate_hz, height=60)
    heights = smooth[peaks]
    usual = np.median(heights[heights > np.median(heights)])
    before = int(0.6 * sampling_rate_hz)
    borders = [
        max(0, p - before) + int(np.argmin(gyr_ml[max(0, p - before) : p + 1])) for p in peaks[heights > 0.4 * usual]
    ]
    strides = np.column_stack([borders[:-1], borders[1:]])
    lengths = np.diff(strides)[:, 0] / sampling_rate_hz
    return strides[(lengths > 0.6) & (lengths < 2.5)]


def _strides(
    recording: str, sensor: str, gyr_ml: NDArray[np.float64], rate: float
) -> tuple[NDArray[np.int64], NDArray[np.int64], str]:
    found = strides_by_rule(gyr_ml, rate)
    if recording == "healthy":
        labelled = _borders(example_data.get_healthy_example_stride_borders()[sensor])
        return labelled, labelled, "hand"
    if recording == "ic_stride":
        contacts = _borders(example_data.get_healthy_example_stride_borders_ic_stride()[sensor])
        return found, found[starts_inside(found, contacts)], "hand_ic"
    return found, found[:0], "rule"


def starts_inside(strides: NDArray[np.int64], regions: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Which strides have their first border inside of one of the regions."""
    starts = strides[:, :1]
    return ((starts >= regions[:, 0]) & (starts < regions[:, 1])).any(axis=1)


def _borders(stride_list: pd.DataFrame) -> NDArray[np.int64]:
    return stride_list[["start", "end"]].to_numpy(dtype=np.int64)
