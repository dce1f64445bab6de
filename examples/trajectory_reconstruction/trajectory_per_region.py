"""
The path of the foot over a whole walk
======================================

A Kalman smoother integrates a whole walking bout and corrects its errors at every moment of rest. All strides then
share one frame, so that turns and the distance walked can be seen.
"""

import pandas as pd

from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_events
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory, RtsKalman

data = get_healthy_example_imu_data()["left_sensor"]
strides = get_healthy_example_stride_events()["left_sensor"]
sampling_rate_hz = 204.8

# %%
# A region should start and end at rest. Here it is the recording without its first and last samples.
regions = pd.DataFrame({"gs_id": [0], "start": [10], "end": [len(data) - 10]})

trajectory = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=RtsKalman())
trajectory.estimate(data, regions, sampling_rate_hz=sampling_rate_hz)
print(trajectory.position_.head())

# %%
# Twenty metres and back:
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(8, 3))
ax.plot(trajectory.position_["pos_x"], trajectory.position_["pos_y"])
ax.set(xlabel="x [m]", ylabel="y [m]")
ax.set_aspect("equal")
fig.tight_layout()

# %%
# Strides are cut out of the results without computing anything again.
(position,) = trajectory.intersect(strides, return_data=("position",))
print(position.groupby("s_id").last().head())

# %%
# Options
# -------
# Moments of rest are found where the angular rate is small. In slow or pathological gait some strides may have none. A
# second detector forces one per stride, at the mid-stance that the event detection has found; it needs the strides.
from gaitmap.zupt_detection import ComboZuptDetector, NormZuptDetector, StrideEventZuptDetector

norm = NormZuptDetector(
    sensor="gyr", window_length_s=0.05, window_overlap=0.5, metric="maximum", inactive_signal_threshold=34.0
)
forced = ComboZuptDetector([("rest", norm), ("stride", StrideEventZuptDetector(half_region_size_s=0.05))])
trajectory = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=RtsKalman(zupt_detector=forced))
trajectory.estimate_intersect(data, regions, stride_event_list=strides, sampling_rate_hz=sampling_rate_hz)
print(trajectory.position_.groupby("s_id").last().head())

# %%
# On stairs the height changes from one rest to the next: ``level_walking`` must be off. The default
# ``velocity_error_variance`` hardly trusts the accelerometer; smaller values let it correct the inclination as well.
stairs = RtsKalman(level_walking=False, velocity_error_variance=1.0)

# %%
# The smoother can be used on its own, too. It then offers the covariance of its errors, which is computed when it is
# read: here the standard deviation of the velocity in the first swing.
smoother = RtsKalman().estimate(data.iloc[:1000], sampling_rate_hz=sampling_rate_hz)
variance = smoother.covariance_["x_vel_cov"]["x_vel_cov"]
print(smoother.zupts_.head(3), variance.loc[[smoother.zupts_["start"].iloc[1], 600]], sep="\n")
