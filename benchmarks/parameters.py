"""Temporal and spatial parameters of many strides: time and extra memory, beside gaitmap 2.6.

python benchmarks/parameters.py --peer-python PYTHON_WITH_GAITMAP_2_6
"""

import numpy as np
import pandas as pd

from _harness import RATE_HZ, measure, run_benchmark, summarize

DESCRIPTION = "5000 synthetic strides of 200 samples per foot, two feet"
N_STRIDES, N_SAMPLES = 5000, 200


def measure_all(n_runs):
    """Measure both parameter classes on strides with random paths."""
    import gaitmap
    from gaitmap.parameters import SpatialParameterCalculation, TemporalParameterCalculation

    strides = {foot: _strides() for foot in ("left_sensor", "right_sensor")}
    paths = {foot: _path(seed) for seed, foot in enumerate(strides)}
    positions = {foot: path[["pos_x", "pos_y", "pos_z"]] for foot, path in paths.items()}
    orientations = {foot: path[["q_x", "q_y", "q_z", "q_w"]] for foot, path in paths.items()}

    def temporal():
        return TemporalParameterCalculation().calculate(strides, RATE_HZ)

    def spatial():
        return SpatialParameterCalculation().calculate(strides, positions, orientations, RATE_HZ)

    spatial()  # compile what is compiled on first use
    figures = {"version": gaitmap.__version__}
    for name, function in (("temporal", temporal), ("spatial", spatial)):
        _, times, extra = measure(function, n_runs)
        figures[name] = summarize(times, extra)
    return figures


def _strides():
    start = N_SAMPLES * np.arange(N_STRIDES)
    events = {"start": 0, "end": N_SAMPLES, "ic": 150, "tc": 70, "min_vel": 0, "pre_ic": -50}
    return pd.DataFrame({name: start + offset for name, offset in events.items()}).rename_axis("s_id")


def _path(seed):
    rng = np.random.default_rng(seed)
    index = pd.MultiIndex.from_product([range(N_STRIDES), range(N_SAMPLES + 1)], names=["s_id", "sample"])
    forward = np.tile(np.linspace(0, 1.3, N_SAMPLES + 1), N_STRIDES)
    position = rng.normal(0, 0.01, (len(index), 3)) + np.column_stack([forward, 0 * forward, 0 * forward])
    quaternions = rng.normal(0, 0.1, (len(index), 4)) + np.array([0, 0, 0, 1])
    quaternions /= np.linalg.norm(quaternions, axis=1, keepdims=True)
    columns = ["pos_x", "pos_y", "pos_z", "q_x", "q_y", "q_z", "q_w"]
    return pd.DataFrame(np.column_stack([position, quaternions]), columns=columns, index=index)


if __name__ == "__main__":
    run_benchmark("parameters", DESCRIPTION, measure_all)
