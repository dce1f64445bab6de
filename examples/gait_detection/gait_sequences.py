"""
Gait sequences in a long recording
==================================

Most of a day at home is no gait. :class:`~gaitmap.gait_detection.UllrichGaitSequenceDetection` finds the parts in which
somebody walks, and the strides are looked for in these only.
"""

# %%
# A recording with rest in it
# ---------------------------
# The public walk, twice, with a minute of standing in between (the first half second of it, again and again).
import numpy as np
import pandas as pd

from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.utils.coordinate_conversion import convert_to_fbf
from gaitmap.utils.datatype_helper import to_dict_multi_sensor_data

sampling_rate_hz = 204.8
walk = to_dict_multi_sensor_data(get_healthy_example_imu_data())


def with_break(foot):
    """Put a minute of standing between two walks."""
    standing = foot.iloc[np.resize(np.arange(100), int(60 * sampling_rate_hz))]
    return pd.concat([foot, standing, foot], ignore_index=True)


data = convert_to_fbf({sensor: with_break(foot) for sensor, foot in walk.items()}, left_like="left", right_like="right")

# %%
# Detection
# ---------
# Windows of 10 s are gait if their spectrum has peaks at multiples of the stride frequency.
from gaitmap.gait_detection import UllrichGaitSequenceDetection

detection = UllrichGaitSequenceDetection().detect(data, sampling_rate_hz=sampling_rate_hz)
print(detection.gait_sequences_["left_sensor"])

# %%
# Each window tells why it is gait or not.
print(detection.window_results_["left_sensor"].head(8).to_string())

# %%
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(8, 2.5))
signal = data["left_sensor"]["gyr_ml"].to_numpy()
ax.plot(np.arange(len(signal))[::5] / sampling_rate_hz, signal[::5], linewidth=0.5)
for _, sequence in detection.gait_sequences_["left_sensor"].iterrows():
    ax.axvspan(sequence["start"] / sampling_rate_hz, sequence["end"] / sampling_rate_hz, alpha=0.2, color="tab:green")
ax.set(xlabel="s", ylabel="gyr_ml [deg/s]")
fig.tight_layout()

# %%
# Options
# -------
# The norm of the angular rate does not depend on how the sensor is mounted. Both feet walk at the same time: their
# sequences can be merged, if both sensors share one clock (a single frame, not a dict). A margin keeps the first and
# the last stride.
norm = UllrichGaitSequenceDetection(
    sensor_channel_config="gyr",
    peak_prominence=11,
    merge_gait_sequences_from_sensors=True,
    additional_margin_s=2,
    max_break_s=3,
).detect(pd.concat(data, axis=1), sampling_rate_hz=sampling_rate_hz)
print(norm.gait_sequences_["right_sensor"])

# %%
# Strides in gait sequences
# -------------------------
from gaitmap.stride_segmentation import BarthDtw, RoiStrideSegmentation

in_gait = RoiStrideSegmentation(BarthDtw()).segment(
    data, sampling_rate_hz=sampling_rate_hz, regions_of_interest=detection.gait_sequences_
)
print(in_gait.stride_list_["left_sensor"].head())

# %%
# The pipeline does the same with ``GaitPipeline(gait_detection=UllrichGaitSequenceDetection())``.
