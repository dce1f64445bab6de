"""Event detection on 29 minutes of walking, two feet, beside gaitmap 2.6.

python benchmarks/events.py --peer-python /path/to/an/environment/with/gaitmap-2.6/bin/python
"""

import os
from pathlib import Path

import pandas as pd

from _harness import RATE_HZ, measure, run_benchmark, summarize, tiled_walk

DESCRIPTION = (
    "events of both feet of the healthy 2 x 20 m walk repeated 45 times: 356,760 samples at 204.8 Hz and 1260 "
    "segmented strides per foot"
)
N_TILES = 45
N_STRIDES = 28  # of each foot in one walk


def measure_all(n_runs):
    from gaitmap.event_detection import FilteredRamppEventDetection, HerzerEventDetection, RamppEventDetection
    from gaitmap.utils.coordinate_conversion import convert_to_fbf

    walk = tiled_walk(N_TILES)
    data = convert_to_fbf(walk, left_like="left_", right_like="right_")
    data = {sensor: data[sensor].copy() for sensor in ("left_sensor", "right_sensor")}
    strides = tiled_strides(len(walk) // N_TILES)
    figures = {}
    for name, algorithm in (
        ("rampp", RamppEventDetection()),
        ("filtered_rampp", FilteredRamppEventDetection()),
        ("herzer", HerzerEventDetection()),
    ):

        def detect(algorithm=algorithm):
            return algorithm.clone().detect(data, strides, sampling_rate_hz=RATE_HZ)

        result, times, extra = measure(detect, n_runs)
        n_found = sum(len(one_foot) for one_foot in result.min_vel_event_list_.values())
        figures[name] = {**summarize(times, extra), "min_vel_strides": n_found}
    return figures


def tiled_strides(n_samples):
    """Repeat the strides of one walk, the first 28 of each foot."""
    borders = pd.read_csv(os.environ["GAITMAP_BENCH_STRIDES"])
    strides = {}
    for foot, one in borders.groupby("foot"):
        one_walk = one[["start", "end"]].iloc[:N_STRIDES]
        strides[f"{foot}_sensor"] = (
            pd.concat([one_walk + tile * n_samples for tile in range(N_TILES)], ignore_index=True)
            .rename_axis("s_id")
            .reset_index()
        )
    return strides


if __name__ == "__main__":
    if "GAITMAP_BENCH_STRIDES" not in os.environ:  # handed on to both interpreters
        from gaitmap.example_data import get_example_data_path

        os.environ["GAITMAP_BENCH_STRIDES"] = str(Path(get_example_data_path("stride_borders_sample.csv")).resolve())
    run_benchmark("events", DESCRIPTION, measure_all)
