"""
From a recording to gait parameters
===================================

:class:`~gaitmap.pipelines.GaitPipeline` is the whole analysis as one object. This example analyses 2 x 20 m of a
healthy person walking, looks at the results, and changes one step.
"""

# %%
# The recording
# -------------
# Acceleration in m/s^2 and angular rate in deg/s of one sensor per foot, x to the toes, y to the left, z up. The
# names of the sensors tell the foot.
from gaitmap.example_data import get_healthy_example_imu_data

data = get_healthy_example_imu_data()
sampling_rate_hz = 204.8
data.head()

# %%
# The analysis
# ------------
from gaitmap.pipelines import GaitPipeline

result = GaitPipeline().analyze(data, sampling_rate_hz)

# %%
# One row per stride and foot: borders and events (in samples and s) and all parameters.
result.strides_.head()

# %%
mean_parameters = result.strides_.groupby("foot")[["stride_time", "stride_length", "gait_velocity"]].mean()
print(mean_parameters)

# %%
# Nothing is lost in silence: what was found but has no parameters is listed with the reason, and the quality of the
# signals is measured.
others = result.strides_[result.strides_["status"] != "analysed"]
print(others[["foot", "s_id", "status", "reason"]].to_string())
print(result.quality_["left_sensor"]["findings"])

# %%
# The path of the foot
# --------------------
# The side view of all strides of the left foot: the foot moves forward (x) and up (z).
import matplotlib.pyplot as plt
import numpy as np

path = result.trajectory_["left_sensor"]
fig, ax = plt.subplots(figsize=(8, 3))
for _, stride in path.groupby("s_id"):
    forward = np.hypot(stride["pos_x"], stride["pos_y"])
    ax.plot(forward, stride["pos_z"], color="tab:blue", alpha=0.4)
ax.set(xlabel="forward [m]", ylabel="height [m]", title="Left foot")
fig.tight_layout()

# %%
# Another step, another parameter
# -------------------------------
# Every step is a parameter of the pipeline, and so are their parameters.
from gaitmap.trajectory_reconstruction import MadgwickAHRS, StrideLevelTrajectory

other = GaitPipeline(trajectory=StrideLevelTrajectory(ori_method=MadgwickAHRS()))
other.set_params(segmentation__max_cost=3.5)
other_result = other.analyze(data, sampling_rate_hz)
print(other_result.strides_.groupby("foot")["stride_length"].mean())

# %%
# The parameters of an analysis are kept as JSON (and can be handed to ``gaitmap analyze --config``).
print(other.to_json()[:200])
