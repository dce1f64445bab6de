"""A cohort: how much faster it is with more processes, beside a loop over the recordings with gaitmap 2.6.

python benchmarks/cohort.py --runs 1 --peer-python PYTHON_WITH_GAITMAP_2_6
"""

import os
import tempfile
import time
from pathlib import Path

import pandas as pd

from _harness import RATE_HZ, run_benchmark, summarize, tiled_walk

N_RECORDINGS = 16
DESCRIPTION = (
    f"{N_RECORDINGS} recordings of two feet, 2 x 20 m walk repeated to 2.6 to 7.1 min at 204.8 Hz, from CSV; ours with "
    "bouts, days, trajectory files and reports, the peer with strides and parameters alone"
)


def measure_all(n_runs):
    """Measure the whole way from files to tables; the peer has one process only."""
    import gaitmap

    figures = {"version": gaitmap.__version__}
    with tempfile.TemporaryDirectory() as folder:
        files = _write_recordings(Path(folder))
        try:
            from gaitmap.cohort import analyze_cohort
        except ImportError:
            figures["one_process"] = _time(lambda out: _loop_of_the_peer(files, out), n_runs, folder)
            return figures
        cores = len(os.sched_getaffinity(0))
        for n_jobs in sorted({1, 2, cores}):
            name = "one_process" if n_jobs == 1 else f"{n_jobs}_processes"
            figures[name] = _time(lambda out, n=n_jobs: analyze_cohort(files, out, n_jobs=n), n_runs, folder)
            figures[name]["speed_up_to_one"] = round(figures["one_process"]["median_s"] / figures[name]["median_s"], 2)
        out = Path(folder) / "again"
        analyze_cohort(files, out)
        figures["nothing_left_to_do"] = _time(lambda _: analyze_cohort(files, out), n_runs, folder)
        figures["strides"] = len(pd.read_parquet(out / "strides.parquet", columns=["s_id"]))
    return figures


def _write_recordings(folder):
    """Write recordings of different lengths, as studies have them."""
    files = []
    for i in range(N_RECORDINGS):
        walk = tiled_walk(4 + i % 8)
        walk.insert(0, ("time", ""), [sample / RATE_HZ for sample in range(len(walk))])
        walk.columns = ["_".join(filter(None, column)) for column in walk.columns]
        files.append(folder / f"walk{i:02d}.csv")
        walk.to_csv(files[-1], index=False)
    return files


def _time(function, n_runs, folder):
    times = []
    for _ in range(n_runs):
        with tempfile.TemporaryDirectory(dir=folder) as out:
            start = time.perf_counter()
            function(Path(out) / "results")
            times.append(time.perf_counter() - start)
    figures = summarize(times, None)
    del figures["extra_mb"]
    return figures


def _loop_of_the_peer(files, out):
    from gaitmap.event_detection import RamppEventDetection
    from gaitmap.parameters import SpatialParameterCalculation, TemporalParameterCalculation
    from gaitmap.preprocessing import align_dataset_to_gravity
    from gaitmap.stride_segmentation import BarthDtw
    from gaitmap.trajectory_reconstruction import StrideLevelTrajectory
    from gaitmap.utils.coordinate_conversion import convert_to_fbf

    out.mkdir()
    for file in files:
        flat = pd.read_csv(file, index_col="time")
        sensors = ("left_sensor", "right_sensor")
        data = {s: flat.filter(like=s).rename(columns=lambda c, s=s: c.removeprefix(f"{s}_")) for s in sensors}
        aligned = align_dataset_to_gravity(data, RATE_HZ)
        body = convert_to_fbf(aligned, left_like="left_", right_like="right_")
        strides = BarthDtw().segment(body, sampling_rate_hz=RATE_HZ).stride_list_
        events = RamppEventDetection().detect(body, strides, sampling_rate_hz=RATE_HZ).min_vel_event_list_
        path = StrideLevelTrajectory().estimate(aligned, events, sampling_rate_hz=RATE_HZ)
        temporal = TemporalParameterCalculation().calculate(events, RATE_HZ).parameters_
        spatial = SpatialParameterCalculation().calculate(events, path.position_, path.orientation_, RATE_HZ)
        for sensor in sensors:
            table = pd.concat([temporal[sensor], spatial.parameters_[sensor]], axis=1)
            table.to_csv(out / f"{file.stem}_{sensor}.csv")


if __name__ == "__main__":
    run_benchmark("cohort", DESCRIPTION, measure_all)
