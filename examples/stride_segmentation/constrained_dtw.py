"""
Limits of stretching
====================

Dynamic time warping may compare a long part of the template with one sample of the recording. Then half a stride can
look like a whole one. :class:`~gaitmap.stride_segmentation.ConstrainedBarthDtw` limits how far template and signal are
stretched.
"""

# %%
# The recording
# -------------
# A patient with multiple sclerosis walks for about 70 s; the left foot.
from gaitmap.example_data import get_ms_example_imu_data
from gaitmap.utils.coordinate_conversion import convert_left_foot_to_fbf

data = convert_left_foot_to_fbf(get_ms_example_imu_data()["left_sensor"])
sampling_rate_hz = 102.4

# %%
# With and without limits
# -----------------------
# By default no more than 120 ms of one are compared with a single sample of the other. Here one channel is used,
# ``gyr_ml``, because a single channel leaves DTW the most freedom.
from gaitmap.stride_segmentation import BarthDtw, BarthOriginalTemplate, ConstrainedBarthDtw

template = BarthOriginalTemplate(use_cols=("gyr_ml",))
free = BarthDtw(template).segment(data, sampling_rate_hz)
limited = ConstrainedBarthDtw(template).segment(data, sampling_rate_hz)
print(len(free.stride_list_), "strides without limits,", len(limited.stride_list_), "with limits")

# %%
# Why? Without limits the cost is also low at heel strike, where half a stride was stretched to a whole one. Of two
# minima that are closer than ``min_match_length_s`` only the lower one counts: the half stride hides the end of the
# whole one, and is then removed because it is too short. With limits, the half stride is expensive.
import matplotlib.pyplot as plt
import numpy as np

first, last = 2050, 2400
samples = np.arange(first, last)
fig, (top, bottom) = plt.subplots(nrows=2, sharex=True, figsize=(8, 4))
top.plot(samples, data["gyr_ml"].to_numpy()[first:last])
for border in limited.stride_list_["end"]:
    if first <= border < last:
        top.axvline(border, color="k", linewidth=0.5)
top.set_ylabel("gyr_ml [deg/s]")
bottom.plot(samples, free.cost_function_[first:last], label="free")
bottom.plot(samples, limited.cost_function_[first:last], label="limited")
bottom.axhline(free.max_cost, color="k", linestyle="--")
bottom.set(ylabel="cost", xlabel="sample")
bottom.legend()
fig.tight_layout()

# %%
# The path through the matrix shows the stretching itself.
path = limited.paths_[10]
fig, ax = plt.subplots(figsize=(4, 4))
ax.plot(path[:, 1], path[:, 0])
ax.set(xlabel="sample of the recording", ylabel="sample of the template", title="Eleventh stride")
fig.tight_layout()

# %%
# Choosing the limits
# -------------------
# They are given in ms, so that they mean the same at every sampling rate.
for limit_ms in (None, 400, 200, 120, 60):
    dtw = BarthDtw(template, max_template_stretch_ms=limit_ms, max_signal_stretch_ms=limit_ms)
    print(f"{limit_ms} ms: {len(dtw.segment(data, sampling_rate_hz).stride_list_)} strides")
