"""
Strides with a hidden Markov model
==================================

:class:`~gaitmap.stride_segmentation.hmm.HmmStrideSegmentation` decodes the angular rate of a foot into the states of a
model: some belong to strides, the others to what lies between them. The pre-trained model comes from patients with
Parkinson's disease. Its numbers are read from the package gaitmap-mad (AGPL-3.0-or-later); how to train an own model is
the topic of the next example.
"""

from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.utils.coordinate_conversion import convert_to_fbf

sampling_rate_hz = 204.8
data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")

# %%
# Segmentation
# ------------
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation

hmm = HmmStrideSegmentation().segment(data, sampling_rate_hz)
print({sensor: len(strides) for sensor, strides in hmm.stride_list_.items()})
print(hmm.stride_list_["left_sensor"].head())

# %%
# A stride starts where the first stride state (5) begins, and ends where the last one (24) is left. Both borders then
# move to the minimum of ``gyr_ml`` within 50 ms.
import matplotlib.pyplot as plt

first, last = 300, 1300
fig, (top, bottom) = plt.subplots(nrows=2, sharex=True, figsize=(8, 4))
top.plot(data["left_sensor"]["gyr_ml"].to_numpy()[first:last])
for start in hmm.stride_list_["left_sensor"]["start"]:
    if first <= start < last:
        top.axvline(start - first, color="k", linewidth=0.5)
top.set_ylabel("gyr_ml [deg/s]")
bottom.plot(hmm.hidden_state_sequence_["left_sensor"][first:last])
bottom.set(ylabel="state", xlabel="sample")
fig.tight_layout()

# %%
# Recordings with much rest
# -------------------------
# The features are brought to mean 0 and standard deviation 1 over the whole recording, as in the publication. Rest
# changes both. Here the sensor lies still for half an hour after the walk.
import warnings

import numpy as np
import pandas as pd

rest = np.random.default_rng(0).normal(0, 0.4, round(30 * 60 * sampling_rate_hz))
walk = data["left_sensor"]["gyr_ml"].to_numpy()
with_rest = pd.DataFrame({"gyr_ml": np.concatenate([walk, rest])})

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # gaitmap warns of this very situation
    usual = HmmStrideSegmentation().segment(with_rest, sampling_rate_hz)
print(len(usual.stride_list_), "strides")

# %%
# ``standardization="active"`` uses mean and standard deviation of the active parts only.
from gaitmap.stride_segmentation.hmm import PreTrainedRothSegmentationModel

model = PreTrainedRothSegmentationModel(feature_transform__standardization="active")
active = HmmStrideSegmentation(model).segment(with_rest, sampling_rate_hz)
print(len(active.stride_list_), "strides")

# %%
# The other way is to find the sequences of gait first, and to segment each of them by itself
# (:class:`~gaitmap.stride_segmentation.RoiStrideSegmentation` with the regions of
# :class:`~gaitmap.gait_detection.UllrichGaitSequenceDetection`).

# %%
# Without AGPL data
# -----------------
# The second pre-trained model is part of gaitmap. It was made from public recordings, among them this very one; the
# guide "An open hidden Markov model" tells how well it does on recordings that it never saw.
from gaitmap.stride_segmentation.hmm import PreTrainedOpenSegmentationModel

open_model = HmmStrideSegmentation(PreTrainedOpenSegmentationModel()).segment(data, sampling_rate_hz)
print({sensor: len(strides) for sensor, strides in open_model.stride_list_.items()})
