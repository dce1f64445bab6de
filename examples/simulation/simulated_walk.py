"""
A walk whose truth is known
===========================

:mod:`gaitmap.simulation` makes recordings of two feet from a closed-form motion: events, path and parameters of every
stride are exact. Here a walk with a turn is simulated, analysed, and compared with its truth.
"""

# %%
# The recording
# -------------
# What is done is a list of activities; how, a set of gait parameters; what the sensors make of it, a sensor model.
from gaitmap.simulation import GaitParameters, Rest, SensorModel, Turn, Walk, simulate

gait = GaitParameters(stride_time_s=1.15, stride_length_m=1.25, step_time_asymmetry=0.05)
activities = [Rest(2), Walk(distance_m=25, gait=gait), Turn(180, gait=gait), Walk(distance_m=25, gait=gait), Rest(2)]
walk = simulate(activities, 204.8, sensor=SensorModel(gyr_noise=0.2), seed=4)
walk.data["left_sensor"].head()

# %%
# The truth
# ---------
# Strides are stride lists as all algorithms take them; times and parameters are exact.
print(walk.truth.strides["left_sensor"].head(3).to_string())
print(walk.truth.parameters["left_sensor"][["stride_time", "stride_length", "tc_angle"]].head(3))

# %%
# The path of both feet is known in one frame.
import matplotlib.pyplot as plt

fig, (side, top) = plt.subplots(2, 1, figsize=(8, 5))
for sensor in walk.data:
    path = walk.truth.trajectory(sensor)
    top.plot(path["pos_x"], path["pos_y"], label=sensor)
    part = path.loc[3:6]
    side.plot(part["pos_x"], part["pos_z"])
side.set(xlabel="x [m]", ylabel="height [m]")
top.set(xlabel="x [m]", ylabel="y [m]")
top.legend()
fig.tight_layout()

# %%
# The analysis, and its errors
# ----------------------------
from gaitmap.evaluation_utils import evaluate_segmented_stride_list, precision_recall_f1_score
from gaitmap.pipelines import GaitPipeline

result = GaitPipeline().analyze(walk.data, walk.sampling_rate_hz)
matches = evaluate_segmented_stride_list(
    ground_truth=walk.truth.segmented_strides, segmented_stride_list=result.stride_list_, tolerance=30
)
for sensor in walk.data:
    print(sensor, precision_recall_f1_score(matches[sensor]))

# %%
# Strides of analysis and truth that share their terminal contact are compared. That the stride length comes out a few
# mm short is a property of the reconstruction: it takes the angular rate as constant from sample to sample.
import numpy as np
import pandas as pd

errors = []
for sensor, found in result.events_.items():
    truth = walk.truth.strides[sensor]
    nearest = truth.index[np.abs(truth["tc"].to_numpy() - found["tc"].to_numpy()[:, None]).argmin(axis=1)]
    names = ["stride_time", "stride_length", "ic_angle", "tc_angle"]
    error = result.parameters_[sensor][names] - walk.truth.parameters[sensor].loc[nearest, names].to_numpy()
    errors.append(error[(truth.loc[nearest, "kind"] == "walk").to_numpy()])
print(pd.concat(errors).agg(["mean", "std"]))
