"""Caching of the DTW: bytes per entry, time of a hit, and a parameter search, beside gaitmap 2.6.

python benchmarks/caching.py --peer-python PYTHON_WITH_GAITMAP_2_6

Set GAITMAP_BENCH_DAY=1 to add a recording of 24 h (10 GB of memory; the entry of the peer, which does not fit, is then
computed in bytes).
"""

import os
import statistics
import tempfile
import time
from pathlib import Path

import numpy as np

from _harness import RATE_HZ, run_benchmark, tiled_walk

DESCRIPTION = (
    "BarthDtw with a memory, two feet at 204.8 Hz: 38.7 s, 29 min (and 24 h); search over 5 max_cost x 4 "
    "min_match_length_s on ten recordings of 38.7 s, cold and warm"
)
N_TILES = {"39_s": 1, "29_min": 45, "24_h": 2232}
TEMPLATE_SAMPLES = 200


def measure_all(n_runs):
    """Measure entries, hits and the search; ``median_s`` of an entry is the time of a call that loads."""
    import gaitmap

    figures = {"version": gaitmap.__version__}
    is_peer = gaitmap.__version__.startswith("2.")
    _segment(_body(1), None)  # compile what is compiled on first use
    for name, n_tiles in N_TILES.items():
        if name == "24_h" and not os.environ.get("GAITMAP_BENCH_DAY"):
            continue
        if name == "24_h" and is_peer:
            n_samples = n_tiles * len(tiled_walk(1))
            figures["computed_entry_bytes_per_foot_24_h"] = 8 * TEMPLATE_SAMPLES * n_samples
        else:
            figures[f"hit_{name}"] = _measure_hits(n_tiles, n_runs)
    figures["search_cold"], figures["search_warm"] = _measure_search(n_runs)
    if not is_peer:
        figures["hash_24_h_frame"] = _measure_hashing()
    return figures


def _body(n_tiles, seed=None):
    from gaitmap.utils.coordinate_conversion import convert_to_fbf

    data = tiled_walk(n_tiles)
    if seed is not None:
        data += np.random.default_rng(seed).normal(scale=0.01, size=data.shape)
    return convert_to_fbf(data, left_like="left_", right_like="right_")


def _segment(data, memory, **parameters):
    from gaitmap.stride_segmentation import BarthDtw

    return BarthDtw(memory=memory, **parameters).segment(data, sampling_rate_hz=RATE_HZ)


def _seconds(function):
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def _measure_hits(n_tiles, n_runs):
    from joblib import Memory

    data = _body(n_tiles)
    uncached = _seconds(lambda: _segment(data, None))
    with tempfile.TemporaryDirectory() as folder:
        memory = Memory(folder, verbose=0)
        miss = _seconds(lambda: _segment(data, memory))
        hits = [_seconds(lambda: _segment(data, memory)) for _ in range(n_runs)]
        sizes = [path.stat().st_size for path in Path(folder).rglob("output.pkl")]
    return {
        "median_s": round(statistics.median(hits), 5),
        "uncached_s": round(uncached, 5),
        "miss_s": round(miss, 5),
        "entries": len(sizes),
        "entry_bytes_per_foot": max(sizes),
    }


def _measure_search(n_runs):
    from joblib import Memory

    recordings = [_body(1, seed) for seed in range(10)]

    def search(memory):
        for data in recordings:
            for max_cost in (2.0, 3.0, 4.0, 5.0, 6.0):
                for shortest in (0.4, 0.5, 0.6, 0.7):
                    _segment(data, memory, max_cost=max_cost, min_match_length_s=shortest)

    with tempfile.TemporaryDirectory() as folder:
        memory = Memory(folder, verbose=0)
        cold = _seconds(lambda: search(memory))
        before = time.process_time()
        warm = [_seconds(lambda: search(memory)) for _ in range(min(3, n_runs))]
        cpu = (time.process_time() - before) / len(warm)  # says more than the time on a machine with other work
        n_bytes = sum(path.stat().st_size for path in Path(folder).rglob("output.pkl"))
    warm_figures = {"median_s": round(statistics.median(warm), 3), "min_s": round(min(warm), 3), "cpu_s": round(cpu, 3)}
    return {"median_s": round(cold, 3), "bytes": n_bytes}, warm_figures


def _measure_hashing():
    import pandas as pd

    by_column = np.zeros((12, N_TILES["24_h"] * 7928))
    by_column += np.arange(by_column.shape[1])
    contiguous_s = statistics.median(_time_to_hash(pd.DataFrame(by_column.T, copy=False)) for _ in range(3))
    row_major = np.ascontiguousarray(by_column.T)
    del by_column
    return {
        "median_s": round(contiguous_s, 3),
        "row_major_s": round(_time_to_hash(pd.DataFrame(row_major, copy=False)), 3),
    }


def _time_to_hash(data):
    from gaitmap.utils.caching import hash_object

    return _seconds(lambda: hash_object(data))


if __name__ == "__main__":
    run_benchmark("caching", DESCRIPTION, measure_all)
