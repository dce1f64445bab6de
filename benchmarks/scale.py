"""From one minute to a week: time, peak memory, and strides found against the truth, beside gaitmap 2.6.

python benchmarks/scale.py --peer-python PYTHON_WITH_GAITMAP_2_6 [--hours 0.0167 1 24 168] [--folder FOLDER]

Simulates two feet at 204.8 Hz (bouts of 20 s and rest; above three hours days with 8 h of walking), writes each
recording to Parquet, and runs `gaitmap analyze` on it in a process of its own: everything from reading the file to the
report; paths are left out above one hour. The peer gets the samples as an array in memory and runs its chain
(alignment, DTW, events, paths, parameters), as long as its cost matrices fit into the memory of the machine; above that
their size is reported.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

from _harness import RATE_HZ, _machine, _memory

HOURS = (1 / 60, 1 / 6, 1.0, 6.0, 24.0, 168.0)
TOLERANCE_S = 0.05
COLUMNS = ["acc_x", "acc_y", "acc_z", "gyr_x", "gyr_y", "gyr_z"]
FEET = ("left_sensor", "right_sensor")
# Two copies of float64 matrices of 200 x samples for both feet, as gaitmap 2.6 holds them.
PEER_BYTES_PER_SAMPLE = 2 * 2 * 200 * 8


def simulate(hours, folder):
    """Write a recording of so many hours and its truth; one that is there is used again."""
    from gaitmap.simulation import Rest, SensorModel, Walk, daily_activities, simulate, write_simulation

    target = folder / f"{hours:.4f}h"
    if (target / "truth" / "strides.parquet").exists():
        return target
    if hours >= 3:
        days = daily_activities(hours / 24, walking_h=8.0, sleep_h=8.0, seed=7)
    else:
        bout = 20.0
        days = [Rest(5.0)]
        for _ in range(max(1, round(hours * 3600 / (3 * bout)))):
            days += [Walk(bout), Rest(2 * bout)]
    walk = simulate(days, RATE_HZ, sensor=SensorModel(), seed=7)
    write_simulation(walk, target, trajectory=False, overwrite=True)
    return target


def analyze(recording, out):
    """Run the command in a process of its own; return wall time, processor time and peak memory."""
    command = [sys.executable, "-m", "gaitmap", "analyze", str(recording), "--out", str(out), "--overwrite"]
    start = time.perf_counter()
    with tempfile.TemporaryFile() as errors:
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=errors)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            errors.seek(0)
            sys.exit(f"{command} failed:\n{errors.read().decode()}")
    return {
        "wall_s": round(time.perf_counter() - start, 2),
        "cpu_s": round(usage.ru_utime + usage.ru_stime, 2),
        "peak_mb": round(usage.ru_maxrss / 1024),
    }


def compare(folder, out):
    """Strides of level walking whose initial contact was found, and found ones that are none of any kind."""
    truth = pd.read_parquet(folder / "truth" / "strides.parquet")
    found = pd.read_parquet(out / "strides.parquet").dropna(subset=["ic"])
    level = truth[truth["kind"] == "walk"]
    n_hits = n_true = 0
    for foot in ("left", "right"):
        contacts = np.sort(found.loc[found["foot"] == foot, "ic_s"].to_numpy())
        every = np.sort(truth.loc[truth["foot"] == foot, ["pre_ic_s", "ic_s"]].to_numpy().ravel())
        n_hits += _n_near(level.loc[level["foot"] == foot, "ic_s"].to_numpy(), contacts)
        n_true += _n_near(contacts, every)
    return {
        "level_strides": len(level),
        "strides_found": len(found),
        "level_recall": round(n_hits / max(len(level), 1), 4),
        "precision": round(n_true / max(len(found), 1), 4),
    }


def _n_near(times, others):
    if len(others) == 0:
        return 0
    at = np.searchsorted(others, times)
    before, after = others[np.clip(at - 1, 0, None)], others[np.clip(at, None, len(others) - 1)]
    return int((np.minimum(np.abs(times - before), np.abs(after - times)) <= TOLERANCE_S).sum())


def measure_peer(array_file):
    """Run the chain of the peer (this part runs in its interpreter)."""
    from gaitmap.event_detection import RamppEventDetection
    from gaitmap.parameters import SpatialParameterCalculation, TemporalParameterCalculation
    from gaitmap.preprocessing import align_dataset_to_gravity
    from gaitmap.stride_segmentation import BarthDtw
    from gaitmap.trajectory_reconstruction import StrideLevelTrajectory
    from gaitmap.utils.coordinate_conversion import convert_to_fbf

    values = np.load(array_file)
    data = pd.DataFrame(values, columns=pd.MultiIndex.from_product([FEET, COLUMNS]))
    start, cpu = time.perf_counter(), time.process_time()
    aligned = align_dataset_to_gravity(data, RATE_HZ)
    body = convert_to_fbf(aligned, left_like="left_", right_like="right_")
    strides = BarthDtw().segment(body, sampling_rate_hz=RATE_HZ).stride_list_
    events = RamppEventDetection().detect(body, strides, sampling_rate_hz=RATE_HZ).min_vel_event_list_
    path = StrideLevelTrajectory().estimate(aligned, events, sampling_rate_hz=RATE_HZ)
    TemporalParameterCalculation().calculate(events, RATE_HZ)
    SpatialParameterCalculation().calculate(events, path.position_, path.orientation_, RATE_HZ)
    return {
        "wall_s": round(time.perf_counter() - start, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "peak_mb": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024),
        "strides_found": int(sum(map(len, events.values()))),
    }


def run_peer(python, folder):
    """Measure the peer in its interpreter, or say what it would need."""
    from gaitmap.recordings import open_recording, read_recording

    recording = folder / "recording.parquet"
    needed = open_recording(recording).n_samples * PEER_BYTES_PER_SAMPLE
    available = 1024 * int(Path("/proc/meminfo").read_text().split("MemTotal:")[1].split()[0])
    if needed > 0.8 * available:
        return {"not_possible": f"its cost matrices alone need {needed / 1e9:.0f} GB"}
    data = read_recording(recording).data
    with tempfile.TemporaryDirectory() as scratch:
        array_file = Path(scratch) / "samples.npy"
        np.save(array_file, np.concatenate([data[foot][COLUMNS].to_numpy() for foot in FEET], axis=1))
        del data
        command = [python, str(Path(__file__).resolve()), "--measure-peer", str(array_file)]
        environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONWARNINGS": "ignore"}
        run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if run.returncode:
        return {"failed": run.stderr.strip().splitlines()[-1:]}
    return json.loads(run.stdout.splitlines()[-1])


def main():
    """Measure all lengths and print one line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peer-python", default=os.environ.get("GAITMAP_PEER_PYTHON"))
    parser.add_argument("--hours", type=float, nargs="+", default=HOURS)
    parser.add_argument("--folder", type=Path, help="Keep the simulated recordings here (a week: 2 GB).")
    parser.add_argument("--measure-peer", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.measure_peer:
        print(json.dumps(measure_peer(options.measure_peer)))
        return
    report = {"benchmark": "scale", "machine": _machine(), "memory_before_mb": round(_memory("VmRSS") / 1024)}
    with tempfile.TemporaryDirectory() as scratch:
        folder = options.folder or Path(scratch)
        for hours in options.hours:
            recording = simulate(hours, folder)
            out = Path(scratch) / "results"
            figures = {"gaitmap": analyze(recording / "recording.parquet", out) | compare(recording, out)}
            if options.peer_python:
                figures["peer"] = run_peer(options.peer_python, recording)
            report[f"{hours:g} h"] = figures
            print(f"{hours:g} h: {json.dumps(figures)}", file=sys.stderr)
    print(json.dumps(report))


if __name__ == "__main__":
    main()
