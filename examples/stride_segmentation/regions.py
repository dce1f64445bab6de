"""
Strides in regions
==================

Where it is known which parts of a recording hold gait, from gait detection or from a protocol, strides are searched
there alone. :class:`~gaitmap.stride_segmentation.RoiStrideSegmentation` does that with any segmentation.
"""

from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.utils.coordinate_conversion import convert_to_fbf

data = convert_to_fbf(get_healthy_example_imu_data(), left_like="left_", right_like="right_")
sampling_rate_hz = 204.8

# %%
# Regions of a protocol
# ---------------------
# The two ways of 20 m, as samples; the end is exclusive. One list for synchronised sensors, or a dict with one list per
# sensor.
import pandas as pd

regions = pd.DataFrame({"start": [300, 3700], "end": [3700, 7300]}, index=pd.Index(["out", "back"], name="roi_id"))
regions

# %%
from gaitmap.stride_segmentation import BarthDtw, RoiStrideSegmentation

segmentation = RoiStrideSegmentation(BarthDtw(), s_id_naming="prefix")
segmentation = segmentation.segment(data, sampling_rate_hz, regions_of_interest=regions)
segmentation.stride_list_["left_sensor"].head()

# %%
# The samples are those of the whole recording, and each stride tells its region.
print(segmentation.stride_list_["left_sensor"].groupby("roi_id").size())

# %%
# The segmentation of each region is kept, with costs and everything else. There the samples count from its start.
print(segmentation.instances_per_roi_["back"].costs_["left_sensor"].round(2))

# %%
# Regions from gait detection
# ---------------------------
# The sequences that gait detection finds have their own list per foot, and can be handed on as they are.
from gaitmap.gait_detection import UllrichGaitSequenceDetection

detection = UllrichGaitSequenceDetection().detect(data, sampling_rate_hz=sampling_rate_hz)
print(detection.gait_sequences_["left_sensor"])

# %%
segmentation = RoiStrideSegmentation(BarthDtw())
segmentation = segmentation.segment(data, sampling_rate_hz, regions_of_interest=detection.gait_sequences_)
print({sensor: len(strides) for sensor, strides in segmentation.stride_list_.items()})
