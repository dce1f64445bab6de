r"""
.. _example_streaming:

Strides while they are walked
=============================

A recording does not have to be complete to be analysed. :class:`~gaitmap.pipelines.GaitStream` takes blocks of samples
as they arrive, from a sensor or from a file, and reports each stride as soon as it is certain. It runs the same code as
:class:`~gaitmap.pipelines.GaitPipeline` and finds the same strides.

This example replays a recorded walk as if it were happening now.
"""

# %%
# The recording
# -------------
# The healthy walk with one sensor per foot, of which we use both feet.
import time

import pandas as pd

from gaitmap.example_data import get_healthy_example_imu_data
from gaitmap.pipelines import GaitPipeline, GaitStream

sampling_rate_hz = 204.8
data = get_healthy_example_imu_data()
sensors = ("left_sensor", "right_sensor")

# %%
# Calibration
# -----------
# Some steps measure something of the recording as a whole. In a stream this is not possible: they are frozen after a
# calibration block, here the first three seconds, in which the walker stands. The default chain needs a moment of
# rest to find the direction of gravity.
calibration = {sensor: data[sensor].iloc[: int(3 * sampling_rate_hz)] for sensor in sensors}
stream = GaitStream.calibrated(GaitPipeline(), calibration, sampling_rate_hz)

# %%
# How long can it take from the end of a stride to its report? The end of a stride is the mid-stance of the next one,
# which must have been recognised as a stride, too. In practice it takes about two seconds. At most:
print(f"{stream.max_delay_s:.1f} s")

# %%
# Replay
# ------
# Ten blocks per second. ``SPEED = 1`` replays in real time; the documentation is built a bit faster.
SPEED = 1000
block_length = int(sampling_rate_hz / 10)
strides = []
for start in range(0, len(data), block_length):
    block = {sensor: data[sensor].iloc[start : start + block_length] for sensor in sensors}
    time.sleep(block_length / sampling_rate_hz / SPEED)
    new = stream.push(block)
    strides.append(new)
    now_s = (start + block_length) / sampling_rate_hz
    for stride in new.itertuples():
        print(
            f"{now_s:5.1f} s: {stride.foot:5} stride until {stride.end_s:5.1f} s, "
            f"{stride.stride_length:.2f} m in {stride.stride_time:.2f} s"
        )

# %%
# At the end of the recording the last strides are certain, too.
strides.append(stream.finish())
live = pd.concat([part for part in strides if len(part) > 0]).sort_values(["foot", "start"], ignore_index=True)

# %%
# The same as offline
# -------------------
# With the same alignment the pipeline finds the same strides in the recording as a whole.
from gaitmap.utils.rotations import rotate_dataset

aligned = rotate_dataset({sensor: data[sensor] for sensor in sensors}, stream.rotation)
offline = GaitPipeline(alignment=None).analyze(aligned, sampling_rate_hz).strides_
columns = ["foot", "start", "end", "ic", "tc", "stride_length", "stride_time"]
pd.testing.assert_frame_equal(live[columns], offline[columns], rtol=1e-9)
print(f"{len(live)} strides, live and offline")

# %%
# What needs both feet or the whole recording (steps, double support, walking bouts, days) is left to the analysis of
# the complete recording.
