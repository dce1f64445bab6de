"""Trajectory methods on 29 minutes of walking, two feet, beside gaitmap 2.6.

python benchmarks/trajectory.py --peer-python /path/to/an/environment/with/gaitmap-2.6/bin/python
"""

import os

import numpy as np
import pandas as pd

from _harness import RATE_HZ, measure, run_benchmark, summarize, tiled_walk

DESCRIPTION = (
    "paths of both feet of the healthy 2 x 20 m walk repeated 45 times: 356,760 samples at 204.8 Hz, 1260 strides per "
    "foot; regions are the single walks"
)
N_TILES = 45
N_STRIDES = 28  # of each foot in one walk
EVENTS = ["start", "end", "ic", "tc", "min_vel", "pre_ic"]


def measure_all(n_runs):
    """Measure each method; the first run loads (or compiles) it and is reported apart."""
    walk = tiled_walk(N_TILES)
    data = {sensor: walk[sensor].copy() for sensor in ("left_sensor", "right_sensor")}
    strides = tiled_events(len(walk) // N_TILES)
    starts = np.arange(N_TILES) * (len(walk) // N_TILES)
    region = pd.DataFrame({"gs_id": np.arange(N_TILES), "start": starts, "end": starts + len(walk) // N_TILES})
    regions = dict.fromkeys(data, region)
    figures = {}
    for name, run in cases().items():
        _, times, extra = measure(lambda run=run: run(data, strides, regions), n_runs + 1)
        figures[name] = {**summarize(times[1:], extra), "first_s": round(times[0], 3)}
    return figures


def cases():
    """Name -> what is timed; only names that gaitmap 2.6 and 3 share, but for the last one."""
    from gaitmap import trajectory_reconstruction as tr

    def per_stride(**methods):
        wrapper = tr.StrideLevelTrajectory(**methods)
        return lambda data, strides, _: wrapper.clone().estimate(data, strides, sampling_rate_hz=RATE_HZ)

    def per_region(action, method):
        wrapper = tr.RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=method)
        return lambda data, strides, regions: getattr(wrapper.clone(), action)(
            data, regions, stride_event_list=strides, sampling_rate_hz=RATE_HZ
        )

    found = {
        "stride_level_simple_gyro_integration": per_stride(),
        "stride_level_madgwick": per_stride(ori_method=tr.MadgwickAHRS()),
        "stride_level_rts_kalman": per_stride(ori_method=None, pos_method=None, trajectory_method=tr.RtsKalman()),
        "region_level_rts_kalman": per_region("estimate", tr.RtsKalman()),
        "region_level_madgwick_rts_kalman": per_region("estimate", tr.MadgwickRtsKalman()),
        "region_level_rts_kalman_intersect": per_region("estimate_intersect", tr.RtsKalman()),
    }
    if hasattr(tr, "MahonyAHRS"):
        found["stride_level_mahony"] = per_stride(ori_method=tr.MahonyAHRS())
    return found


def tiled_events(n_samples):
    """Repeat the events of one walk, the first 28 strides of each foot."""
    events = pd.read_csv(os.environ["GAITMAP_BENCH_EVENTS"])
    strides = {}
    for foot, one in events.groupby("foot"):
        one_walk = one[EVENTS].iloc[:N_STRIDES].astype(int)
        tiles = [one_walk + tile * n_samples for tile in range(N_TILES)]
        strides[f"{foot}_sensor"] = pd.concat(tiles, ignore_index=True).rename_axis("s_id").reset_index()
    return strides


if __name__ == "__main__":
    if "GAITMAP_BENCH_EVENTS" not in os.environ:  # handed on to both interpreters
        from gaitmap.example_data import get_example_data_path

        os.environ["GAITMAP_BENCH_EVENTS"] = str(get_example_data_path("stride_events_sample.csv"))
    run_benchmark("trajectory", DESCRIPTION, measure_all)
