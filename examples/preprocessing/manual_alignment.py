"""
Aligning sensors by hand
========================

All methods expect the axes of a foot at rest: x to the toes, y to the left, z up, for both feet. Here, the mounting of
the sensors is known, and is written down as a rotation.
"""

# %%
# The recording
# -------------
# The sensors were clipped to the outside of the shoes; their axes point elsewhere.
from gaitmap.example_data import get_healthy_example_imu_data_not_rotated
from gaitmap.utils.consts import SF_ACC

data = get_healthy_example_imu_data_not_rotated()
sampling_rate_hz = 204.8
for sensor in ("left_sensor", "right_sensor"):
    print(sensor, data[sensor][SF_ACC].iloc[:100].median().round(2).to_dict())

# %%
# At rest, an axis that points up shows +9.81 m/s^2: it is x in both sensors. Where the toes are cannot be seen at rest:
# that must be known (or found out, see the example of the automatic alignment).
#
# Turns by 90 deg
# ---------------
# Rotations are scipy objects that map the axes of the sensor to those of the foot; the one to the right is applied
# first.
# ``flip_dataset`` takes turns by multiples of 90 deg only, so that a slip of the pen is an error.
from scipy.spatial.transform import Rotation

from gaitmap.utils.rotations import flip_dataset

mounting = {
    "left_sensor": Rotation.from_euler("x", -90, degrees=True) * Rotation.from_euler("z", -90, degrees=True),
    "right_sensor": Rotation.from_euler("x", 90, degrees=True) * Rotation.from_euler("z", 90, degrees=True),
}
turned = flip_dataset(data, mounting)
for sensor in mounting:
    print(sensor, turned[sensor][SF_ACC].iloc[:100].median().round(2).to_dict())

# %%
# Gravity
# -------
# A shoe is not flat: the z axis is still tilted. The moments of rest tell by how much.
from gaitmap.preprocessing.sensor_alignment import GravityAlignment

alignment = GravityAlignment().align(turned, sampling_rate_hz=sampling_rate_hz)
for sensor, rotation in alignment.rotation_.items():
    print(f"{sensor}: tilted by {rotation.magnitude() * 180 / 3.14159:.1f} deg")

# %%
# Does it look like a foot?
# -------------------------
# In walking, the main rotation is about y, for both feet: first the heel is lifted (positive), then the foot swings
# through (negative).
import matplotlib.pyplot as plt

fig, axes = plt.subplots(nrows=2, sharex=True, sharey=True, figsize=(8, 4))
for ax, (sensor, aligned) in zip(axes, alignment.aligned_data_.items(), strict=True):
    part = aligned.iloc[800:1500]
    ax.plot(part.index, part[["gyr_x", "gyr_y", "gyr_z"]], label=["gyr_x", "gyr_y", "gyr_z"])
    ax.set(ylabel="deg/s", title=sensor)
axes[0].legend(loc="upper right")
axes[1].set_xlabel("s")
fig.tight_layout()

# %%
# The same rotation for another recording of the same session:
from gaitmap.utils.rotations import rotate_dataset

total = {sensor: alignment.rotation_[sensor] * mounting[sensor] for sensor in mounting}
again = rotate_dataset(data, total)
