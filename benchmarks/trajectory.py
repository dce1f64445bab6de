"""Time of the trajectory methods on 29 minutes of walking, two feet, beside gaitmap 2.6.

The healthy example walk is repeated 45 times (356,760 samples at 204.8 Hz, 1260 strides per foot). Every implementation
runs in its own process; the first call (compilation, loading of compiled code) is reported apart, the rest as median.

    python benchmarks/trajectory.py --peer-python /path/to/an/environment/with/gaitmap-2.6/bin/python

The peer (gaitmap 2.6.0 with gaitmap-mad 2.6.0) is left out where no interpreter is given (option, or environment
variable GAITMAP_PEER_PYTHON). Prints one line of JSON; methods that the peer does not have are given without its time.
"""

import argparse
import json
import os
import pickle
import statistics
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

N_REPETITIONS = 45
RATE = 204.8
EVENTS = ["start", "end", "ic", "tc", "min_vel", "pre_ic"]


def make_input(path):
    """Repeat the walk; the first 28 strides of each foot, so that both have 1260."""
    import numpy as np

    from gaitmap.example_data import get_healthy_example_imu_data, get_healthy_example_stride_events

    data, events = get_healthy_example_imu_data(), get_healthy_example_stride_events()
    recording, strides = {}, {}
    for sensor, list_ in events.items():
        one = list_.iloc[:28][EVENTS].to_numpy()
        columns = data[sensor].columns.tolist()
        recording[sensor] = (columns, np.tile(data[sensor].to_numpy(), (N_REPETITIONS, 1)))
        strides[sensor] = np.vstack([one + k * len(data) for k in range(N_REPETITIONS)])
    path.write_bytes(pickle.dumps((recording, strides, len(data))))


def cases():
    """Name -> what is timed. Public names that gaitmap 2.6 and this package share."""
    from gaitmap import trajectory_reconstruction as tr

    def per_stride(**methods):
        return lambda data, strides, _: tr.StrideLevelTrajectory(**methods).estimate(
            data, strides, sampling_rate_hz=RATE
        )

    def per_region(action, method):
        def run(data, strides, regions):
            wrapper = tr.RegionLevelTrajectory(ori_method=None, pos_method=None, trajectory_method=method)
            getattr(wrapper, action)(data, regions, stride_event_list=strides, sampling_rate_hz=RATE)

        return run

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


def measure(path, names, repetitions):
    """Run in the process of one implementation."""
    import numpy as np
    import pandas as pd

    warnings.simplefilter("ignore")
    recording, borders, n_walk = pickle.loads(path.read_bytes())
    data = {sensor: pd.DataFrame(values, columns=columns) for sensor, (columns, values) in recording.items()}
    strides = {
        sensor: pd.DataFrame(values, columns=EVENTS).assign(s_id=np.arange(len(values)))
        for sensor, values in borders.items()
    }
    starts = np.arange(N_REPETITIONS) * n_walk
    regions = pd.DataFrame({"gs_id": np.arange(len(starts)), "start": starts, "end": starts + n_walk})
    regions = dict.fromkeys(data, regions)
    results = {}
    for name, run in cases().items():
        if names and name not in names:
            continue
        times = []
        for _ in range(repetitions + 1):
            begin = time.perf_counter()
            run(data, strides, regions)
            times.append(time.perf_counter() - begin)
        results[name] = {"first_s": round(times[0], 3), "median_s": round(statistics.median(times[1:]), 4)}
    print(json.dumps(results))


def run_in(python, path, names, repetitions):
    command = [python, __file__, "--measure", str(path), "--repetitions", str(repetitions), "--cases", *names]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    if run.returncode:
        raise SystemExit(f"{python} failed:\n{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=os.environ.get("GAITMAP_PEER_PYTHON"))
    parser.add_argument("--repetitions", type=int, default=5)
    parser.add_argument("--cases", nargs="*", default=[], help="names of cases; default: all")
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        measure(arguments.measure, arguments.cases, arguments.repetitions)
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "input.pickle"
        make_input(path)
        results = run_in(sys.executable, path, arguments.cases, arguments.repetitions)
        if arguments.peer_python:
            peer = run_in(arguments.peer_python, path, arguments.cases, arguments.repetitions)
            for name in peer:
                figures = results[name]
                figures["peer_first_s"] = peer[name]["first_s"]
                figures["peer_median_s"] = peer[name]["median_s"]
                figures["factor"] = round(figures["peer_median_s"] / figures["median_s"], 1)
    description = f"healthy example walk x {N_REPETITIONS}, two feet, 1260 strides per foot, {RATE} Hz"
    print(json.dumps({"benchmark": "trajectory", "input": description, "results": results}))


if __name__ == "__main__":
    main()
