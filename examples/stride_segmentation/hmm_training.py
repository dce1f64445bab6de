"""
Train a hidden Markov model
===========================

A model for other sensors, other patients, or without the licence of the pre-trained one: it needs recordings and the
borders of all their strides.
"""

from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_borders
from gaitmap.utils.coordinate_conversion import convert_to_fbf

sampling_rate_hz = 204.8
data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
strides = get_healthy_example_stride_borders()

# %%
# Training
# --------
# Two models are trained first, one of a stride (20 states) and one of everything else (5 states). Then they are joined,
# and the probabilities of all transitions are trained once more with the complete recordings.
#
# Each call trains from scratch, without random numbers.
from gaitmap.stride_segmentation.hmm import RothSegmentationHmm

model = RothSegmentationHmm(verbose=False)
model.set_params(stride_model__verbose=False, transition_model__verbose=False)
sensors = ["left_sensor", "right_sensor"]
model, history = model.self_optimize_with_info(
    [data[sensor] for sensor in sensors], [strides[sensor] for sensor in sensors], sampling_rate_hz=sampling_rate_hz
)

# %%
# The course of the training: the log-likelihood of the strides after each iteration.
import matplotlib.pyplot as plt

fig, ax = plt.subplots(figsize=(8, 3))
ax.plot(history["stride_model"].epochs, history["stride_model"].log_probabilities, ".-")
ax.set(xlabel="iteration", ylabel="log-likelihood")
fig.tight_layout()

# %%
# A look inside: probabilities of the steps from state to state, and the emissions of a state.
print(model.model.dense_transition_matrix()[0:-2, 0:-2].shape)
print(model.model.states[10].name, model.model.states[10].distribution.weights)

# %%
# Use it
# ------
from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation

hmm = HmmStrideSegmentation(model).segment(data, sampling_rate_hz)
print({sensor: len(found) for sensor, found in hmm.stride_list_.items()})

# %%
# This was the training data. Whether a model is any good shows on recordings of other people.

# %%
# Keep it
# -------
# The text has the format of gaitmap 2.6, in both directions, and keeps every bit.
import tempfile
from pathlib import Path

file = Path(tempfile.mkdtemp()) / "my_model.json"
file.write_text(model.to_json())
again = RothSegmentationHmm.from_json(file.read_text())
print(
    HmmStrideSegmentation(again)
    .segment(data, sampling_rate_hz)
    .stride_list_["left_sensor"]
    .equals(hmm.stride_list_["left_sensor"])
)

# %%
# Smaller models
# --------------
# All parts are parameters. Single Gaussians instead of mixtures need less data.
small = RothSegmentationHmm(verbose=False).set_params(
    stride_model__n_gmm_components=1,
    transition_model__n_gmm_components=1,
    stride_model__verbose=False,
    transition_model__verbose=False,
)
small.self_optimize(
    [data[sensor] for sensor in sensors], [strides[sensor] for sensor in sensors], sampling_rate_hz=sampling_rate_hz
)
print(len(HmmStrideSegmentation(small).segment(data["left_sensor"], sampling_rate_hz).stride_list_))
