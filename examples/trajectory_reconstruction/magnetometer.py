"""
Orientation with a magnetometer, and without
============================================

The gyroscope alone loses its heading over minutes. A magnetometer can hold it, where the magnetic field is that of the
earth. The recording is a walk of 250 s along an L-shaped path with one sensor at 400 Hz.
"""

import pandas as pd

from gaitmap.example_data import get_magnetometer_l_path_data
from gaitmap.trajectory_reconstruction import MadgwickAHRS, MadgwickRtsKalman, RegionLevelTrajectory

data = get_magnetometer_l_path_data().iloc[:40000]
sampling_rate_hz = 400.0
regions = pd.DataFrame({"roi_id": [0], "start": [10], "end": [len(data)]})

# %%
# ``use_magnetometer`` needs the columns ``mag_x, mag_y, mag_z``; their unit does not matter. The global x axis is
# drawn to magnetic north, here over the first minute or so.
orientation = MadgwickAHRS(beta=0.1, use_magnetometer=True).estimate(data, sampling_rate_hz=sampling_rate_hz)
print(orientation.rotated_data_[["mag_x", "mag_y", "mag_z"]].iloc[[0, 4000, 39999]].round(2))

# %%
# The path with and without. In buildings the field is disturbed: look at the path before you trust it.
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(6, 4))
for use_magnetometer in (False, True):
    method = MadgwickRtsKalman(use_magnetometer=use_magnetometer, madgwick_beta=0.1)
    trajectory = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=method)
    trajectory.estimate(data, regions, sampling_rate_hz=sampling_rate_hz)
    ax.plot(trajectory.position_["pos_x"], trajectory.position_["pos_y"], label=f"magnetometer: {use_magnetometer}")
ax.set(xlabel="x [m]", ylabel="y [m]")
ax.set_aspect("equal")
ax.legend()
fig.tight_layout()

# %%
# :class:`~gaitmap.trajectory_reconstruction.VqfOrientation` (``pip install 'gaitmap[vqf]'``) estimates the bias of the
# gyroscope instead, which holds the heading without any magnetometer over a minute or more.
from importlib.util import find_spec

from gaitmap.trajectory_reconstruction import PieceWiseLinearDedriftedIntegration, VqfOrientation

if find_spec("vqf"):
    trajectory = RegionLevelTrajectory(ori_method=VqfOrientation(), pos_method=PieceWiseLinearDedriftedIntegration())
    trajectory.estimate(data, regions, sampling_rate_hz=sampling_rate_hz)
    ax.plot(trajectory.position_["pos_x"], trajectory.position_["pos_y"], label="VQF")
    ax.legend()
