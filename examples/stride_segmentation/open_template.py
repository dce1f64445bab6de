"""
Strides are missing: a threshold that transfers
===============================================

The threshold of :class:`~gaitmap.stride_segmentation.BarthDtw` belongs to one template, one place of the sensor and one
sampling rate. :class:`~gaitmap.stride_segmentation.CalibratedBarthDtw` measures costs on a scale of its own, and comes
with a template that is part of gaitmap.
"""

# %%
# A recording with a problem
# --------------------------
# 250 s of walking along an L, at 400 Hz, one sensor; which foot it was on is not known.
from gaitmap.example_data import get_magnetometer_l_path_data
from gaitmap.utils.coordinate_conversion import convert_left_foot_to_fbf, convert_right_foot_to_fbf

recording = get_magnetometer_l_path_data()
sampling_rate_hz = 400.0
as_left = convert_left_foot_to_fbf(recording)
as_right = convert_right_foot_to_fbf(recording)

# %%
from gaitmap.stride_segmentation import BarthDtw, CalibratedBarthDtw, OpenStrideTemplate

for segmentation in (BarthDtw(), BarthDtw(OpenStrideTemplate()), CalibratedBarthDtw()):
    found = [len(segmentation.segment(data, sampling_rate_hz).stride_list_) for data in (as_left, as_right)]
    print(f"{type(segmentation).__name__}, {type(segmentation.template).__name__}: {found[0]} or {found[1]} strides")

# %%
# The template
# ------------
# ``gyr_ml`` below 3 Hz, the average of strides of 11 feet on level ground and on stairs. Recordings are smoothed and
# scaled in the same way before they are compared.
import matplotlib.pyplot as plt
import numpy as np

template = OpenStrideTemplate()
transformed = template.transform_data(as_right[["gyr_ml"]], sampling_rate_hz)["gyr_ml"].to_numpy()
fig, (left, right) = plt.subplots(ncols=2, sharey=True, figsize=(8, 3))
stride = template.get_data()["gyr_ml"]
left.plot(np.arange(len(stride)) / template.sampling_rate_hz, stride)
left.set(xlabel="time [s]", ylabel="gyr_ml, scaled", title="template")
seconds = np.arange(len(transformed)) / sampling_rate_hz
shown = (seconds > 20) & (seconds < 26)
right.plot(seconds[shown], transformed[shown])
right.set(xlabel="time [s]", title="recording")
fig.tight_layout()

# %%
# The cost
# --------
# 0 is a perfect match, 1 is the cost of no movement at all. Hardly anything lies between strides and the rest, so the
# threshold matters little.
calibrated = CalibratedBarthDtw().segment(as_right, sampling_rate_hz)
fig, ax = plt.subplots(figsize=(8, 3))
ax.plot(seconds[shown], calibrated.cost_function_[shown])
ax.axhline(calibrated.max_cost, color="k", linestyle="--")
ax.set(xlabel="time [s]", ylabel="relative cost")
fig.tight_layout()

# %%
for max_cost in (0.35, 0.4, 0.47, 0.55):
    strides = CalibratedBarthDtw(max_cost=max_cost).segment(as_right, sampling_rate_hz).stride_list_
    print(f"max_cost={max_cost}: {len(strides)} strides")

# %%
# Copies of the recording
# -----------------------
# Half the amplitude, or half of the samples: the same strides.
half = CalibratedBarthDtw().segment(as_right / 2, sampling_rate_hz)
slow = CalibratedBarthDtw().segment(as_right.iloc[::2], sampling_rate_hz / 2)
print(len(half.stride_list_), len(slow.stride_list_))
print("equal borders:", np.array_equal(half.matches_start_end_, calibrated.matches_start_end_))

# %%
# In the pipeline
# ---------------
# The segmentation is a parameter of the pipeline; on the command line, ``gaitmap analyze --template open`` changes the
# template alone.
from gaitmap.pipelines import GaitPipeline

without_magnetometer = recording[[name for name in recording if not name.startswith("mag")]]
pipeline = GaitPipeline.like_2_6(segmentation=CalibratedBarthDtw())
result = pipeline.analyze({"right_sensor": without_magnetometer}, sampling_rate_hz)
print(result.strides_[["stride_time", "stride_length", "gait_velocity"]].describe().loc[["mean", "std"]])
