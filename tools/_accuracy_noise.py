"""What the noise parameters of the Kalman smoother change, on three public recordings."""

import numpy as np
import pandas as pd
from _accuracy_measure import RATE_HZ, Walk, length_errors, paths_of

from gaitmap.example_data import get_healthy_example_imu_data_stair_up, get_magnetometer_l_path_data
from gaitmap.preprocessing import align_dataset_to_gravity
from gaitmap.trajectory_reconstruction import RegionLevelTrajectory, RtsKalman
from gaitmap.utils.consts import SF_ACC, SF_COLS

MAG_RATE_HZ = 400.0
#: velocity_error_variance, orientation_error_variance: the default, and ratios of 1e7, 1e5, 1e3, 1e1 and 1e-1.
SETTINGS = [(1e6, 1e-1), (1.0, 1e-7), (1.0, 1e-5), (1.0, 1e-3), (1.0, 1e-1), (1e-2, 1e-1)]
#: The same ratios at another level, which should change nothing.
SAME_RATIOS = {(1.0, 1e-3): (1e-2, 1e-5), (1.0, 1e-1): (1e-4, 1e-5)}


def inclination_deg(kalman, data, rate):
    """Median angle between the mean acceleration of a moment of rest, in the global frame, and the vertical."""
    kalman = kalman.clone().estimate(data.iloc[10:].reset_index(drop=True), sampling_rate_hz=rate)
    acc = kalman.rotated_data_[SF_ACC].to_numpy()
    rests = [np.median(acc[start:end], axis=0) for start, end in kalman.zupts_[["start", "end"]].to_numpy()]
    return float(np.median([np.rad2deg(np.arccos(rest[2] / np.linalg.norm(rest))) for rest in rests]))


def measure_noise(folder):
    """Return one row per setting: mean and mean absolute error of stride length in cm, inclination errors in deg."""
    walk = Walk(folder)
    level = align_dataset_to_gravity(walk.data, RATE_HZ)
    stairs = align_dataset_to_gravity(get_healthy_example_imu_data_stair_up(), RATE_HZ)
    l_walk = align_dataset_to_gravity(get_magnetometer_l_path_data()[SF_COLS], MAG_RATE_HZ)
    rows = {}
    for velocity, orientation in [*SETTINGS, *SAME_RATIOS.values()]:
        noise = {"velocity_error_variance": velocity, "orientation_error_variance": orientation}
        method = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=RtsKalman(**noise))
        errors = np.array(length_errors(walk, walk.events, paths_of(method, level, walk.events))["length"])
        feet = ("left_sensor", "right_sensor")
        on_stairs = RtsKalman(**noise, level_walking=False)
        rows[velocity, orientation] = {
            "mean": float(errors.mean()),
            "mae": float(np.abs(errors).mean()),
            "walk": float(np.mean([inclination_deg(RtsKalman(**noise), level[foot], RATE_HZ) for foot in feet])),
            "stairs": float(np.mean([inclination_deg(on_stairs, stairs[foot], RATE_HZ) for foot in feet])),
            "l_walk": inclination_deg(RtsKalman(**noise), l_walk, MAG_RATE_HZ),
        }
    return rows


def half_rate_errors(folder, velocity, orientation):
    """Mean absolute error of the stride length in cm with every second sample (the mean of two) and the same noise."""
    walk = Walk(folder)
    data = align_dataset_to_gravity(walk.data, RATE_HZ)
    n_pairs = len(data) // 2
    halved = pd.DataFrame(
        data.to_numpy()[: 2 * n_pairs].reshape(n_pairs, 2, -1).mean(axis=1), columns=data.columns, copy=False
    )
    strides = {
        sensor: table.assign(**{c: table[c] / 2 for c in table.columns if c != "s_id"}).round()
        for sensor, table in walk.events.items()
    }
    strides = {s: t.astype({"start": int, "end": int, "min_vel": int}) for s, t in strides.items()}
    regions = {s: pd.DataFrame({"roi_id": [0], "start": [5], "end": [len(halved) - 5]}) for s in strides}
    kalman = RtsKalman(velocity_error_variance=velocity, orientation_error_variance=orientation)
    method = RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=kalman)
    method.estimate_intersect(halved, regions, stride_event_list=strides, sampling_rate_hz=RATE_HZ / 2)
    doubled = {s: t.assign(start=2 * t["start"], end=2 * t["end"]) for s, t in strides.items()}
    return float(np.abs(length_errors(walk, doubled, method.position_)["length"]).mean())
