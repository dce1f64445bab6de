"""Shared by all benchmarks: the long recording, time and memory of a step, and the peer in its own interpreter.

A benchmark is written against the public API that gaitmap 2.6 and 3 share. The script measures itself once in this
interpreter and once in the one that ``--peer-python`` (or GAITMAP_PEER_PYTHON) names, and prints one line of JSON.
"""

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas as pd

RATE_HZ = 204.8


def tiled_walk(n_tiles=45):
    """Return the healthy walk repeated: 45 times gives 356,760 samples (29 minutes) per foot."""
    walk = pd.read_csv(os.environ["GAITMAP_BENCH_WALK"], header=[0, 1], index_col=0)
    return pd.DataFrame(np.tile(walk.to_numpy(), (n_tiles, 1)), columns=walk.columns)


def measure(function, n_runs=5):
    """Run a step; return its last result, all wall times in s, and the growth of the peak memory in MB (first run)."""
    times, extra = [], None
    for run in range(n_runs):
        before = _reset_peak() if run == 0 else None
        start = time.perf_counter()
        result = function()
        times.append(time.perf_counter() - start)
        if before is not None:
            extra = round((_memory("VmHWM") - before) / 1024, 1)
    return result, times, extra


def summarize(times, extra):
    """Return the figures of one step."""
    return {
        "median_s": round(statistics.median(times), 5),
        "min_s": round(min(times), 5),
        "max_s": round(max(times), 5),
        "extra_mb": extra,
    }


def run_benchmark(name, description, measure_all):
    """Measure here and in the peer's interpreter, and print one line of JSON.

    ``measure_all(n_runs)`` returns ``{stage: figures}`` with at least ``median_s``.
    """
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--peer-python", default=os.environ.get("GAITMAP_PEER_PYTHON"))
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    if options.measure:
        print(json.dumps(measure_all(options.runs)))
        return
    from gaitmap.example_data import get_example_data_path

    # The peer may not be able to fetch it, so both are told where it is.
    os.environ["GAITMAP_BENCH_WALK"] = str(get_example_data_path("imu_sample.csv"))
    report = {"benchmark": name, "input": description, "machine": _machine(), "runs": options.runs}
    report["gaitmap"] = _measure_in(sys.executable, options.runs)
    if options.peer_python:
        report["peer"] = _measure_in(options.peer_python, options.runs)
        report["speed_up"] = {
            stage: round(report["peer"][stage]["median_s"] / figures["median_s"], 1)
            for stage, figures in report["gaitmap"].items()
            if isinstance(figures, dict) and "median_s" in figures and stage in report["peer"]
        }
    print(json.dumps(report))


def _measure_in(python, n_runs):
    command = [python, str(Path(sys.argv[0]).resolve()), "--measure", "--runs", str(n_runs)]
    # Each interpreter uses what is installed in it, whatever this one was told.
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | {"PYTHONWARNINGS": "ignore"}
    run = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    if run.returncode:
        sys.exit(f"{python} failed:\n{run.stderr}")
    return json.loads(run.stdout.splitlines()[-1])


def _machine():
    return {"python": platform.python_version(), "cores": os.cpu_count(), "cpu": _cpu_name()}


def _cpu_name():
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.processor())


def _memory(field):
    """One line of the kernel's account of this process, in kB (Linux)."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return int(next(line for line in lines if line.startswith(field)).split()[1])


def _reset_peak():
    """Start a new peak; None where the system does not offer it."""
    try:
        Path("/proc/self/clear_refs").write_text("5")
        return _memory("VmRSS")
    except OSError:
        return None
