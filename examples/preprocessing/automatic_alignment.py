"""
Sensors mounted in any way
==========================

If nobody knows how the sensors sat on the shoes, the walking in the recording tells:
:class:`~gaitmap.preprocessing.sensor_alignment.AutoAlignment` finds the rotation of each sensor, and says how sure it
is. On the command line this is ``gaitmap analyze --align auto``.
"""

# %%
# A recording in raw sensor axes
# ------------------------------
# To make it harder, the right sensor is turned upside down, and the left one is put on anyhow.
from scipy.spatial.transform import Rotation

from gaitmap.example_data import get_healthy_example_imu_data_not_rotated
from gaitmap.utils.rotations import rotate_dataset

sampling_rate_hz = 204.8
data = rotate_dataset(
    get_healthy_example_imu_data_not_rotated(),
    {
        "left_sensor": Rotation.from_euler("zyx", [70, -40, 110], degrees=True),
        "right_sensor": Rotation.from_euler("x", 180, degrees=True),
    },
)

# %%
# One call
# --------
from gaitmap.preprocessing.sensor_alignment import AutoAlignment

alignment = AutoAlignment().align(data, sampling_rate_hz=sampling_rate_hz)
print(alignment.confidence_)
print(alignment.rotation_["left_sensor"].as_matrix().round(2))

# %%
# What the decisions rest on: strides from rest to rest, all of which go the same way; a heel that is lifted; a main
# axis of rotation at right angles to the direction of travel; the same direction of gravity while standing and in
# mid-stance.
import pandas as pd

evidence = pd.DataFrame(alignment.evidence_).drop(index="confidence")
print(evidence.to_string())

# %%
# Both feet of a person go the same way. If they do not, one of the sensors is aligned wrongly, and both are doubtful.
print(alignment.consistency_)

# %%
# In the pipeline
# ---------------
# The strides and their lengths are those of the sensors that were aligned by hand. The toes of this person point more
# outwards (15 and 17 deg) than ``AutoAlignment`` takes for granted (7 deg), which no foot sensor can tell by itself:
# the angle of the foot at initial contact differs by 1.6 deg.
from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.pipelines import GaitPipeline

columns = ["stride_time", "stride_length", "gait_velocity", "ic_angle"]
automatic = GaitPipeline(alignment=AutoAlignment()).analyze(data, sampling_rate_hz)
by_hand = GaitPipeline().analyze(get_healthy_example_imu_data(), sampling_rate_hz)
for name, run in (("automatic", automatic), ("by hand", by_hand)):
    print(name, run.strides_.groupby("foot").size().to_dict())
    print(run.strides_.groupby("foot")[columns].mean().round(3).to_string())

# %%
# Never silently wrong
# --------------------
# Too few strides, walking backwards, or a sensor that wobbles: the confidence falls, a warning is given, and the
# finding stands in the results of the pipeline. Here, the recording runs backwards, as a film can.
import warnings

backwards = {sensor: data[sensor].iloc[::-1] * [1, 1, 1, -1, -1, -1] for sensor in ("left_sensor", "right_sensor")}
with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    doubtful = AutoAlignment().align(backwards, sampling_rate_hz=sampling_rate_hz)
print(doubtful.confidence_)
print(doubtful.findings_["left_sensor"])

# %%
# The single steps
# ----------------
# The chain of earlier versions: gravity, the main axis of rotation, and which way is forward. The main axis is nearly
# at right angles to the direction of travel; ``AutoAlignment`` turns the toes outwards by ``toe_out_deg`` in addition.
from gaitmap.preprocessing.sensor_alignment import ForwardDirectionSignAlignment, GravityAlignment, PcaAlignment

level = GravityAlignment().align(data, sampling_rate_hz=sampling_rate_hz)
heading = PcaAlignment().align(level.aligned_data_)
forward = ForwardDirectionSignAlignment().align(heading.aligned_data_, sampling_rate_hz=sampling_rate_hz)
print("turned around:", forward.is_flipped_)
print("mean forward velocity before [m/s]:", forward.mean_forward_velocity_)
for sensor, rotation in forward.rotation_.items():
    steps = rotation * heading.rotation_[sensor] * level.rotation_[sensor]
    difference = alignment.rotation_[sensor] * steps.inv()
    print(sensor, "toes outwards by", difference.as_euler("zyx", degrees=True).round(1)[0], "deg")
