"""
Strides by dynamic time warping
===============================

:class:`~gaitmap.stride_segmentation.BarthDtw` compares the angular rate of each foot with a template of one stride, and
stretches or compresses both where that makes them more alike.
"""

# %%
# The recording
# -------------
# 2 x 20 m of a healthy person walking. Templates are in the body frame, in which the same movement has the same sign
# on both feet.
from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.utils.coordinate_conversion import convert_to_fbf

data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
sampling_rate_hz = 204.8

# %%
# The segmentation
# ----------------
from gaitmap.stride_segmentation import BarthDtw

dtw = BarthDtw().segment(data, sampling_rate_hz=sampling_rate_hz)
dtw.stride_list_["left_sensor"].head()

# %%
# What happened
# -------------
# The cost function tells for each sample how well the best match that ends there fits. Strides end at its minima below
# ``max_cost``. Their borders then move to the minimum of ``gyr_ml`` nearby, which is the moment before the foot leaves
# the ground.
import matplotlib.pyplot as plt

n_shown = 2000
strides = dtw.stride_list_["left_sensor"].query("end < @n_shown")
fig, (top, bottom) = plt.subplots(nrows=2, sharex=True, figsize=(8, 4))
top.plot(data["left_sensor"]["gyr_ml"].to_numpy()[:n_shown])
for start, end in zip(strides["start"], strides["end"], strict=True):
    top.axvspan(start, end, alpha=0.15)
top.set_ylabel("gyr_ml [deg/s]")
bottom.plot(dtw.cost_function_["left_sensor"][:n_shown])
bottom.axhline(dtw.max_cost, color="k", linestyle="--")
bottom.set(ylabel="cost", xlabel="sample")
fig.tight_layout()

# %%
# Which sample of the stride was compared with which sample of the template is kept as well.
path = dtw.paths_["left_sensor"][3]
fig, ax = plt.subplots(figsize=(4, 4))
ax.plot(path[:, 1], path[:, 0])
ax.set(xlabel="sample of the recording", ylabel="sample of the template", title="Fourth stride")
fig.tight_layout()

# %%
# Turns
# -----
# The template is level, straight walking. Without ``gyr_pa``, in which turns differ most, more is found: here with
# the two channels that remain, and with ``gyr_ml`` alone.
from gaitmap.stride_segmentation import BarthOriginalTemplate

for columns in (None, ("gyr_ml", "gyr_si"), ("gyr_ml",)):
    found = BarthDtw(BarthOriginalTemplate(use_cols=columns)).segment(data, sampling_rate_hz).stride_list_
    print(columns, {sensor: len(strides) for sensor, strides in found.items()})
