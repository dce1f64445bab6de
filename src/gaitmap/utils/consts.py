"""Column names, units and conversion tables (see the page "Units, frames, rates" of the documentation)."""

from typing import Literal

import numpy as np

#: Standard gravity used throughout, in m/s^2.
GRAV: float = 9.81
#: What a resting, level accelerometer reads in the sensor frame, in m/s^2 (not writeable).
GRAV_VEC = np.array([0.0, 0.0, GRAV])
GRAV_VEC.setflags(write=False)

#: Sensor frame (x to the toes, y left, z up).
SF_ACC = ["acc_x", "acc_y", "acc_z"]
SF_GYR = ["gyr_x", "gyr_y", "gyr_z"]
SF_MAG = ["mag_x", "mag_y", "mag_z"]
SF_COLS = [*SF_ACC, *SF_GYR]
SF_COLS_WITH_MAG = [*SF_COLS, *SF_MAG]

#: Body frame (posterior-anterior, medial-lateral, superior-inferior).
BF_ACC = ["acc_pa", "acc_ml", "acc_si"]
BF_GYR = ["gyr_pa", "gyr_ml", "gyr_si"]
BF_MAG = ["mag_pa", "mag_ml", "mag_si"]
BF_COLS = [*BF_ACC, *BF_GYR]
BF_COLS_WITH_MAG = [*BF_COLS, *BF_MAG]

#: Sensor-frame column -> (sign, body-frame column).
FSF_FBF_CONVERSION_LEFT: dict[str, tuple[Literal[-1, 1], str]] = {
    "acc_x": (1, "acc_pa"),
    "acc_y": (1, "acc_ml"),
    "acc_z": (-1, "acc_si"),
    "gyr_x": (-1, "gyr_pa"),
    "gyr_y": (-1, "gyr_ml"),
    "gyr_z": (-1, "gyr_si"),
}
FSF_FBF_CONVERSION_RIGHT: dict[str, tuple[Literal[-1, 1], str]] = {
    "acc_x": (1, "acc_pa"),
    "acc_y": (-1, "acc_ml"),
    "acc_z": (-1, "acc_si"),
    "gyr_x": (1, "gyr_pa"),
    "gyr_y": (-1, "gyr_ml"),
    "gyr_z": (1, "gyr_si"),
}

#: Stride lists.
SL_COLS = ["start", "end"]
SL_INDEX = ["s_id"]
SL_MINIMAL_COLS = {"min_vel": ["min_vel"], "ic": ["ic"]}
SL_ADDITIONAL_COLS = {
    "min_vel": ["pre_ic", "ic", "min_vel", "tc"],
    "segmented": ["ic", "min_vel", "tc"],
    "ic": ["ic", "min_vel", "tc"],
}
SL_EVENT_ORDER = {
    "segmented": ["tc", "ic", "min_vel"],
    "min_vel": ["pre_ic", "min_vel", "tc", "ic"],
    "ic": ["ic", "min_vel", "tc"],
}

#: Regions of interest and trajectories: kind -> id column.
ROI_ID_COLS = {"roi": "roi_id", "gs": "gs_id"}
TRAJ_TYPE_COLS = {"roi": "roi_id", "gs": "gs_id", "stride": "s_id"}

#: Global frame.
GF_VEL = ["vel_x", "vel_y", "vel_z"]
GF_POS = ["pos_x", "pos_y", "pos_z"]
GF_ORI = ["q_x", "q_y", "q_z", "q_w"]
GF_INDEX = ["s_id", "sample"]
