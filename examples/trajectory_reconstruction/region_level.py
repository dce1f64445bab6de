"""
The path of a whole walk
========================

A region (a walking bout, a gait sequence) is evaluated as a whole: all its strides share one origin and one heading, so
that turns and the way back can be seen.
"""

# %%
# Data and regions
# ----------------
# A region should start at rest. Here it is the whole recording (but for its first samples, which show the direction of
# gravity before the start): 20 m, a turn, and back.
import pandas as pd

from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_events
from gaitmap.preprocessing import align_dataset_to_gravity

sampling_rate_hz = 204.8
data = align_dataset_to_gravity(get_healthy_example_imu_data(), sampling_rate_hz)
sensors = ["left_sensor", "right_sensor"]
regions = {sensor: pd.DataFrame({"roi_id": [0], "start": [10], "end": [len(data)]}) for sensor in sensors}

# %%
# Integration piece by piece
# --------------------------
# Forward-backward integration knows one rest at each end only. For many of them there is
# :class:`~gaitmap.trajectory_reconstruction.PieceWiseLinearDedriftedIntegration`, with a detector for the moments of
# rest.
from gaitmap.trajectory_reconstruction import (
    MadgwickAHRS,
    PieceWiseLinearDedriftedIntegration,
    RegionLevelTrajectory,
    RtsKalman,
)
from gaitmap.zupt_detection import NormZuptDetector

rest = NormZuptDetector(sensor="gyr", window_length_s=0.15, inactive_signal_threshold=15.0, metric="mean")
piece_wise = RegionLevelTrajectory(ori_method=MadgwickAHRS(), pos_method=PieceWiseLinearDedriftedIntegration(rest))
piece_wise.estimate(data, regions, sampling_rate_hz=sampling_rate_hz)

# %%
# Orientation and position in one go
# ----------------------------------
kalman = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=RtsKalman())
kalman.estimate(data, regions, sampling_rate_hz=sampling_rate_hz)

import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(8, 3))
for name, method in (("Madgwick, piece by piece", piece_wise), ("RTS Kalman", kalman)):
    path = method.position_["left_sensor"]
    ax.plot(path["pos_x"], path["pos_y"], label=name)
ax.set(xlabel="x [m]", ylabel="y [m]", title="Left foot from above")
ax.axis("equal")
ax.legend()
fig.tight_layout()

# %%
# Strides of a region
# -------------------
# ``intersect`` cuts strides out of the regions; the values are those of the region, not set back to zero.
# ``estimate_intersect`` does both.
strides = get_healthy_example_stride_events()
position, orientation = kalman.intersect(strides, return_data=("position", "orientation"))
print(position["left_sensor"].groupby("s_id").first().head())

per_stride = kalman.clone().estimate_intersect(
    data, regions, stride_event_list=strides, sampling_rate_hz=sampling_rate_hz
)
print(per_stride.position_["left_sensor"].groupby("s_id").size().head())

# %%
# Parameters need the paths of strides, from either wrapper.
from gaitmap.parameters import SpatialParameterCalculation

spatial = SpatialParameterCalculation().calculate(
    strides, per_stride.position_, per_stride.orientation_, sampling_rate_hz=sampling_rate_hz
)
print(spatial.parameters_pretty_["left_sensor"].describe().round(3).to_string())
