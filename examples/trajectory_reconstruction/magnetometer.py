"""
The magnetometer, and long regions
==================================

Without a compass, the heading drifts with the bias of the gyroscope. This example compares ways to keep it, on a path
of repeated L shapes with a magnetometer on the foot.
"""

# %%
# The recording
# -------------
# 250 s at 400 Hz.
from gaitmap.example_data import get_magnetometer_l_path_data
from gaitmap.preprocessing import align_dataset_to_gravity

sampling_rate_hz = 400
data = align_dataset_to_gravity(get_magnetometer_l_path_data(), sampling_rate_hz)
print(data.columns.tolist())

# %%
# With and without magnetometer
# -----------------------------
# Madgwick's and Mahony's filter have ``use_magnetometer``: the global x axis then points to magnetic north.
# :class:`~gaitmap.trajectory_reconstruction.VqfOrientation` (``pip install 'gaitmap[vqf]'``) estimates the bias of the
# gyroscope and tells disturbances of the field.
import importlib.util

import pandas as pd

from gaitmap.trajectory_reconstruction import (
    MadgwickAHRS,
    MahonyAHRS,
    PieceWiseLinearDedriftedIntegration,
    RegionLevelTrajectory,
    SimpleGyroIntegration,
    VqfOrientation,
)
from gaitmap.zupt_detection import NormZuptDetector

methods = {
    "gyroscope only": SimpleGyroIntegration(),
    "Madgwick": MadgwickAHRS(beta=0.05),
    "Madgwick, magnetometer": MadgwickAHRS(beta=0.05, use_magnetometer=True),
    "Mahony, magnetometer": MahonyAHRS(use_magnetometer=True),
}
if importlib.util.find_spec("vqf"):
    methods["VQF"] = VqfOrientation()
    methods["VQF, magnetometer"] = VqfOrientation(use_magnetometer=True)

region = pd.DataFrame({"roi_id": [0], "start": [10], "end": [len(data)]})
rest = NormZuptDetector(sensor="gyr", window_length_s=0.15, inactive_signal_threshold=15.0, metric="mean")
paths = {}
for name, method in methods.items():
    wrapper = RegionLevelTrajectory(ori_method=method, pos_method=PieceWiseLinearDedriftedIntegration(rest))
    paths[name] = wrapper.estimate(data, region, sampling_rate_hz=sampling_rate_hz).position_

# %%
# The paths from above
# --------------------
# The walker follows the same L again and again: the better the heading, the closer the repetitions lie together.
import matplotlib.pyplot as plt

fig, axes = plt.subplots(ncols=3, nrows=2, figsize=(9, 6))
for ax, (name, path) in zip(axes.flat, paths.items(), strict=False):
    ax.plot(path["pos_x"], path["pos_y"], linewidth=0.8)
    ax.set_title(name)
    ax.axis("equal")
fig.tight_layout()

# %%
# Here, the estimated bias of the gyroscope helps most. The field is bent (VQF marks all of this recording as disturbed):
# a magnetometer makes the heading worse, not better. Stride parameters do not need a heading in the room at all.
