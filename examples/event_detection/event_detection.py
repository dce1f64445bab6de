"""
Events of a stride
==================

Initial contact (ic), terminal contact (tc) and the moment of least movement in mid-stance (min_vel), found by three
methods and compared with optical motion capture.
"""

# %%
# Data and strides
# ----------------
# The events are searched in the body frame, in which the same movement has the same sign on both feet. The borders of
# the strides are those of the public recording; usually they come from a stride segmentation.
from gaitmap.example_data import (
    get_healthy_example_imu_data,
    get_healthy_example_stride_borders,
    get_healthy_example_stride_events,
)
from gaitmap.utils.coordinate_conversion import convert_to_fbf

data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
sampling_rate_hz = 204.8
strides = get_healthy_example_stride_borders()

# %%
# The method of Rampp
# -------------------
# ``annotated_original_event_list_`` holds the strides as they were given, with their events.
# ``min_vel_event_list_`` holds strides from one mid-stance to the next, as the following steps need them.
from gaitmap.event_detection import RamppEventDetection

rampp = RamppEventDetection().detect(data, strides, sampling_rate_hz=sampling_rate_hz)
print(rampp.annotated_original_event_list_["left_sensor"].head())
print(rampp.min_vel_event_list_["left_sensor"].head())

# %%
# The events in the signals they are found in.
import matplotlib.pyplot as plt

foot = data["left_sensor"].reset_index(drop=True)
fig, (top, bottom) = plt.subplots(nrows=2, sharex=True, figsize=(8, 4))
top.plot(foot["gyr_ml"].iloc[800:1700])
top.set_ylabel("gyr_ml [deg/s]")
bottom.plot(foot["acc_pa"].iloc[800:1700])
bottom.set(ylabel="acc_pa [m/s²]", xlabel="sample")
events = rampp.annotated_original_event_list_["left_sensor"]
for event, color in (("ic", "tab:red"), ("tc", "tab:green"), ("min_vel", "k")):
    for ax in (top, bottom):
        inside = [sample for sample in events[event] if 800 < sample < 1700]
        ax.vlines(inside, *ax.get_ylim(), color=color, label=event)
top.legend(loc="upper right")
fig.tight_layout()

# %%
# What is missing, and why
# ------------------------
# The last stride of every walking bout has no mid-stance after it.
print(rampp.left_out_["left_sensor"])

# %%
# Other methods
# -------------
# :class:`~gaitmap.event_detection.FilteredRamppEventDetection` smoothes the acceleration before;
# :class:`~gaitmap.event_detection.HerzerEventDetection` searches in another way and suits stairs, too.
#
# The motion capture tells when heel and toe markers leave and touch the ground. Positive differences are too late.
import numpy as np
import pandas as pd

from gaitmap.event_detection import FilteredRamppEventDetection, HerzerEventDetection

reference = get_healthy_example_stride_events()


def differences_ms(found, true):
    """From each event of the reference to the closest one found, if there is one within 150 ms."""
    found = found.dropna().to_numpy()
    closest = found[np.abs(found - true.to_numpy()[:, None]).argmin(axis=1)]
    difference = 1000 / sampling_rate_hz * (closest - true.to_numpy())
    return difference[np.abs(difference) < 150]


rows = {}
for method in (RamppEventDetection(), FilteredRamppEventDetection(), HerzerEventDetection()):
    method.detect(data, strides, sampling_rate_hz=sampling_rate_hz)
    for event in ("ic", "tc"):
        difference = np.concatenate(
            [
                differences_ms(method.annotated_original_event_list_[sensor][event], reference[sensor][event])
                for sensor in reference
            ]
        )
        rows[type(method).__name__, event] = {
            "strides": len(difference),
            "mean [ms]": difference.mean(),
            "sd [ms]": difference.std(),
        }
print(pd.DataFrame(rows).T.round(1))

# %%
# Options
# -------
# Look for some events only; take strides that start at initial contact; keep strides whose events make no sense.
only_ic = RamppEventDetection(detect_only=("ic",)).detect(data, strides, sampling_rate_hz=sampling_rate_hz)
print(only_ic.annotated_original_event_list_["left_sensor"].head(2))

from_ic = events.dropna().assign(end=lambda e: e["ic"].shift(-1), start=lambda e: e["ic"])[["start", "end"]].dropna()
from_ic = from_ic[(from_ic["end"] - from_ic["start"]) < 2 * sampling_rate_hz]
of_ic_strides = RamppEventDetection(input_stride_type="ic").detect(
    data["left_sensor"], from_ic, sampling_rate_hz=sampling_rate_hz
)
print(of_ic_strides.annotated_original_event_list_.head(2))

everything = RamppEventDetection(enforce_consistency=False).detect(data, strides, sampling_rate_hz=sampling_rate_hz)
print(len(everything.annotated_original_event_list_["left_sensor"]))
