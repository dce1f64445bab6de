"""
The path of the foot, stride by stride
======================================

The foot rests for a moment in every mid-stance. Between two of these moments the signals can be integrated before the
errors grow large: each stride is evaluated on its own.
"""

from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_events
from gaitmap.trajectory_reconstruction import (
    ForwardBackwardIntegration,
    MadgwickAHRS,
    SimpleGyroIntegration,
    StrideLevelTrajectory,
)

data = get_healthy_example_imu_data()
strides = get_healthy_example_stride_events()
sampling_rate_hz = 204.8

# %%
# The data are those of the sensor frame (x to the toes, y left, z up), the strides are of the ``min_vel`` type: they
# start and end in mid-stance.
trajectory = StrideLevelTrajectory(
    ori_method=SimpleGyroIntegration(), pos_method=ForwardBackwardIntegration(), align_window_width=8
)
trajectory.estimate(data, strides, sampling_rate_hz=sampling_rate_hz)
print(trajectory.position_["left_sensor"].head())

# %%
# A stride of n samples has n + 1 states. Each stride has its own frame: origin and heading are those of the foot at its
# start. Seen from the side:
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(8, 3))
for _, position in trajectory.position_["left_sensor"].groupby("s_id"):
    ax.plot(position["pos_x"], position["pos_z"], color="C0", linewidth=0.7)
ax.set(xlabel="forward [m]", ylabel="up [m]")
fig.tight_layout()

# %%
# The optical motion capture that was recorded beside it gives the distance of the heel marker over the same strides.
# Its paths were cut at 100 Hz.
import numpy as np

from gaitmap.example_data import get_healthy_example_position


def stride_lengths(positions):
    """Horizontal distance between the first and the last sample of every stride."""
    strides_of = positions[["pos_x", "pos_y"]].groupby("s_id")
    return np.hypot(*(strides_of.last() - strides_of.first()).to_numpy().T)


reference = stride_lengths(get_healthy_example_position()["left_sensor"])
for method in (SimpleGyroIntegration(), MadgwickAHRS(beta=0.1)):
    trajectory = StrideLevelTrajectory(ori_method=method)
    trajectory.estimate(data, strides, sampling_rate_hz=sampling_rate_hz)
    error_cm = 100 * (stride_lengths(trajectory.position_["left_sensor"]) - reference)
    print(f"{type(method).__name__}: stride length error {error_cm.mean():.1f} +- {error_cm.std(ddof=1):.1f} cm")
