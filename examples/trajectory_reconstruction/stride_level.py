"""
The path of the foot, stride by stride
======================================

Every stride is evaluated on its own: the foot rests in mid-stance, so that errors are known and taken out at both ends.
"""

# %%
# Data and strides
# ----------------
# Data in the sensor frame, and strides from mid-stance to mid-stance; here those of the motion capture.
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

# %%
# The usual methods
# -----------------
# Integration of the angular rate, and integration of the acceleration forwards and backwards. Every stride has its own
# origin and heading, and one row more than it has samples.
from gaitmap.trajectory_reconstruction import StrideLevelTrajectory

trajectory = StrideLevelTrajectory().estimate(data, strides, sampling_rate_hz=sampling_rate_hz)
print(trajectory.position_["left_sensor"].head())

# %%
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(8, 3))
for _, path in trajectory.position_["left_sensor"].groupby("s_id"):
    ax.plot(np.hypot(path["pos_x"], path["pos_y"]), path["pos_z"], color="tab:blue", alpha=0.4)
ax.set(xlabel="forward [m]", ylabel="height [m]")
fig.tight_layout()

# %%
# Other methods, against motion capture
# -------------------------------------
# The reference is the heel marker; its path differs from that of the sensor, but both end where they begin in the next
# stride.
from gaitmap.trajectory_reconstruction import (
    ForwardBackwardIntegration,
    MadgwickAHRS,
    MahonyAHRS,
    PieceWiseLinearDedriftedIntegration,
    SimpleGyroIntegration,
)
from gaitmap.zupt_detection import StrideEventZuptDetector


def stride_length(position):
    """Distance from the start to the end of each stride, seen from above."""
    last = position.groupby("s_id")[["pos_x", "pos_y"]].last()
    return np.hypot(last["pos_x"], last["pos_y"])


reference = pd.concat([stride_length(position) for position in get_healthy_example_position().values()])
position_methods = {
    "forward and backward": ForwardBackwardIntegration(),
    "piecewise linear": PieceWiseLinearDedriftedIntegration(StrideEventZuptDetector(half_region_size_s=0.05)),
}
rows = {}
for ori_method in (SimpleGyroIntegration(), MadgwickAHRS(), MahonyAHRS()):
    for name, pos_method in position_methods.items():
        method = StrideLevelTrajectory(ori_method=ori_method, pos_method=pos_method)
        method.estimate(data, strides, sampling_rate_hz=sampling_rate_hz)
        found = pd.concat([stride_length(position) for position in method.position_.values()])
        error_cm = 100 * (found - reference)
        rows[type(ori_method).__name__, name] = {"mean [cm]": error_cm.mean(), "sd [cm]": error_cm.std()}
print(pd.DataFrame(rows).T.round(2))
