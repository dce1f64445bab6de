"""Gait sequences of long recordings of one foot, beside gaitmap 2.6.

python benchmarks/gait_detection.py --peer-python /path/to/an/environment/with/gaitmap-2.6/bin/python

The peer is left out of the day-long recording, where it needs two minutes and 2.4 GB per run.
"""

import numpy as np
import pandas as pd

from _harness import RATE_HZ, measure, run_benchmark, summarize, tiled_walk

DESCRIPTION = "left foot of the healthy 2 x 20 m walk repeated: 45 times (29 minutes), and to 24 hours, at 204.8 Hz"
DAY_SAMPLES = int(24 * 3600 * RATE_HZ)


def measure_all(n_runs):
    import gaitmap
    from gaitmap.gait_detection import UllrichGaitSequenceDetection
    from gaitmap.utils.coordinate_conversion import convert_left_foot_to_fbf

    one_walk = convert_left_foot_to_fbf(tiled_walk(1)["left_sensor"])
    n_samples = {"ullrich_29_min": 45 * len(one_walk)}
    if not gaitmap.__version__.startswith("2."):
        n_samples["ullrich_24_h"] = DAY_SAMPLES
    figures = {}
    UllrichGaitSequenceDetection().detect(one_walk, RATE_HZ)  # compilation
    for name, n in n_samples.items():
        data = _repeat(one_walk, n)
        result, times, extra = measure(lambda data=data: UllrichGaitSequenceDetection().detect(data, RATE_HZ), n_runs)
        figures[name] = {**summarize(times, extra), "sequences": len(result.gait_sequences_)}
    return figures


def _repeat(walk, n_samples):
    """Repeat a walk up to a number of samples, in columns that are contiguous as those of a file that was read."""
    values = np.empty((walk.shape[1], n_samples))
    for row, column in enumerate(walk.columns):
        values[row] = np.resize(walk[column].to_numpy(), n_samples)
    return pd.DataFrame(values.T, columns=walk.columns, copy=False)


if __name__ == "__main__":
    run_benchmark("gait_detection", DESCRIPTION, measure_all)
