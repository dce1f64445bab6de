"""
The analysis step by step
=========================

The same chain as :class:`~gaitmap.pipelines.GaitPipeline`, written out: each step is one class, and each result can
be looked at. Scripts written for gaitmap 2.6 look like this and run unchanged.
"""

from gaitmap.example_data import get_healthy_example_imu_data

data = get_healthy_example_imu_data()
sampling_rate_hz = 204.8

# %%
# Preprocessing
# -------------
# The z axis is aligned with gravity, found where the sensors rest. Then the data are converted to the body frame,
# in which the same movement has the same sign on both feet.
from gaitmap.preprocessing import align_dataset_to_gravity
from gaitmap.utils.coordinate_conversion import convert_to_fbf

aligned = align_dataset_to_gravity(data, sampling_rate_hz)
body_frame_data = convert_to_fbf(aligned, left_like="left_", right_like="right_")

# %%
# Strides
# -------
# The signal is compared with a template of one stride by dynamic time warping.
from gaitmap.stride_segmentation import BarthDtw

dtw = BarthDtw().segment(body_frame_data, sampling_rate_hz=sampling_rate_hz)
print({sensor: len(strides) for sensor, strides in dtw.stride_list_.items()})

# %%
# The cost function drops where a stride ends.
import matplotlib.pyplot as plt

fig, (top, bottom) = plt.subplots(nrows=2, sharex=True, figsize=(8, 4))
top.plot(body_frame_data["left_sensor"]["gyr_ml"].to_numpy()[:2000])
for start in dtw.stride_list_["left_sensor"]["start"]:
    if start < 2000:
        top.axvline(start, color="k", linewidth=0.5)
top.set_ylabel("gyr_ml [deg/s]")
bottom.plot(dtw.cost_function_["left_sensor"][:2000])
bottom.axhline(dtw.max_cost, color="k", linestyle="--")
bottom.set(ylabel="cost", xlabel="sample")
fig.tight_layout()

# %%
# Events
# ------
# Initial contact (ic), terminal contact (tc) and the moment of least movement in mid-stance (min_vel). The strides
# are cut anew from mid-stance to mid-stance, which is where the foot is at rest.
from gaitmap.event_detection import RamppEventDetection

events = RamppEventDetection().detect(body_frame_data, dtw.stride_list_, sampling_rate_hz=sampling_rate_hz)
min_vel_strides = events.min_vel_event_list_
print(min_vel_strides["left_sensor"].head())

# %%
# Foot paths
# ----------
# Integration of angular rate and acceleration, stride by stride, with zero velocity at both ends.
from gaitmap.trajectory_reconstruction import StrideLevelTrajectory

trajectory = StrideLevelTrajectory().estimate(aligned, min_vel_strides, sampling_rate_hz=sampling_rate_hz)
print(trajectory.position_["left_sensor"].head())

# %%
# Parameters
# ----------
from gaitmap.parameters import SpatialParameterCalculation, TemporalParameterCalculation

temporal = TemporalParameterCalculation().calculate(min_vel_strides, sampling_rate_hz=sampling_rate_hz)
spatial = SpatialParameterCalculation().calculate(
    min_vel_strides, trajectory.position_, trajectory.orientation_, sampling_rate_hz=sampling_rate_hz
)
print(temporal.parameters_pretty_["left_sensor"].describe())
print(spatial.parameters_pretty_["left_sensor"].describe())
