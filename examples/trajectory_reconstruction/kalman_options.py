"""
Options of the Kalman smoother
==============================

:class:`~gaitmap.trajectory_reconstruction.RtsKalman` integrates a whole region and corrects it at every moment of rest.
What counts as rest, and how much gyroscope and accelerometer are trusted, are its parameters.
"""

# %%
# Data, strides and reference
# ---------------------------
import numpy as np
import pandas as pd

from gaitmap.example_data import (
    get_healthy_example_imu_data,
    get_healthy_example_position,
    get_healthy_example_stride_events,
)
from gaitmap.preprocessing import align_dataset_to_gravity

sampling_rate_hz = 204.8
data = align_dataset_to_gravity(get_healthy_example_imu_data(), sampling_rate_hz)
strides = get_healthy_example_stride_events()
regions = {s: pd.DataFrame({"roi_id": [0], "start": [10], "end": [len(data)]}) for s in strides}


def stride_length(position):
    """Distance from the start to the end of each stride, seen from above."""
    ends = position.groupby("s_id")[["pos_x", "pos_y"]].agg(["first", "last"])
    steps = [ends[axis, "last"] - ends[axis, "first"] for axis in ("pos_x", "pos_y")]
    return np.hypot(*steps)


reference = pd.concat([stride_length(position) for position in get_healthy_example_position().values()])


def evaluate(method):
    """Run a method and compare its stride lengths with those of the motion capture."""
    wrapper = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=method)
    wrapper.estimate_intersect(data, regions, stride_event_list=strides, sampling_rate_hz=sampling_rate_hz)
    found = pd.concat([stride_length(position) for position in wrapper.position_.values()])
    error_cm = 100 * (found - reference)
    return {"strides": error_cm.count(), "mean [cm]": error_cm.mean(), "sd [cm]": error_cm.std()}


# %%
# Moments of rest
# ---------------
# The default takes windows in which the angular rate stays below 34 deg/s. A patient may never rest like that: one
# moment per stride can be added from the events of the strides.
from gaitmap.trajectory_reconstruction import MadgwickRtsKalman, RegionLevelTrajectory, RtsKalman
from gaitmap.zupt_detection import ComboZuptDetector, NormZuptDetector, ShoeZuptDetector, StrideEventZuptDetector

norm = NormZuptDetector(sensor="gyr", window_length_s=0.05, metric="maximum", inactive_signal_threshold=34.0)
detectors = {
    "gyroscope below 34 deg/s": norm,
    "one per stride": StrideEventZuptDetector(half_region_size_s=0.05),
    "both": ComboZuptDetector([("rest", norm), ("stride", StrideEventZuptDetector(half_region_size_s=0.05))]),
    "SHOE": ShoeZuptDetector(),
}
print(pd.DataFrame({name: evaluate(RtsKalman(zupt_detector=d)) for name, d in detectors.items()}).T.round(2))

# %%
# Noise
# -----
# ``velocity_error_variance`` and ``orientation_error_variance`` say how much the errors grow from sample to sample. In
# practice only their ratio counts, at any sampling rate.
#
# The default ratio of 1e7 is so large that the accelerometer hardly counts between moments of rest. A ratio of 1000
# lets it correct the inclination; the stride lengths of this walk stay as they are, but loops may close worse. Smaller
# ones make the lengths worse as well.
rows = {
    ratio: evaluate(RtsKalman(velocity_error_variance=1e-3 * ratio, orientation_error_variance=1e-3))
    for ratio in (1e7, 1e3, 1e1, 1e-1)
}
print(pd.DataFrame(rows).T.round(2).rename_axis("ratio"))

# %%
# Stairs
# ------
# By default, the height is set to zero at every rest. On stairs and slopes, switch that off.
slope = RtsKalman(level_walking=False)
wrapper = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=slope)
wrapper.estimate(data, regions, sampling_rate_hz=sampling_rate_hz)
height = wrapper.position_["left_sensor"]["pos_z"]
print(f"height at the end of the walk on the level: {height.iloc[-1]:.2f} m")

# %%
# Another motion model
# --------------------
# Madgwick's filter in place of the plain integration of the angular rate.
print(pd.DataFrame({beta: evaluate(MadgwickRtsKalman(madgwick_beta=beta)) for beta in (0.01, 0.2)}).T.round(2))

# %%
# How sure is it?
# ---------------
# The covariance is computed when it is read. The standard deviation of the position grows in the swing.
import matplotlib.pyplot as plt

start, end = 0, 2500
part = data["left_sensor"].iloc[start:end]
single = RtsKalman().estimate(part, sampling_rate_hz=sampling_rate_hz)
deviation_m = np.sqrt(single.covariance_["x_pos_cov", "x_pos_cov"])
fig, ax = plt.subplots(figsize=(8, 2.5))
ax.plot(np.arange(len(deviation_m)) / sampling_rate_hz, deviation_m)
ax.set(xlabel="s", ylabel="SD of x [m]")
fig.tight_layout()
