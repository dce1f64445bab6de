"""Stride segmentation with the hidden Markov model: 29 minutes of walking, two feet, beside gaitmap 2.6; a whole day.

python benchmarks/hmm.py --peer-python /path/to/an/environment/with/gaitmap-2.6-and-its-HMM/bin/python

The HMM of gaitmap 2.6 needs Python < 3.10 and pomegranate 0.14; without them the peer measures nothing. The day (one
foot, 24 h at 204.8 Hz) is measured once, and only here.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from _harness import RATE_HZ, measure, run_benchmark, summarize, tiled_walk

DESCRIPTION = (
    "healthy 2 x 20 m walk repeated to 29 min: 356,760 samples at 204.8 Hz, two feet; stages named day_*: 24 h of it, "
    "one foot; training: the walk with its 58 strides"
)
DAY = 17_694_720  # samples


def measure_all(n_runs):
    """Measure segmentation and training, and the parts of the segmentation for a day."""
    import gaitmap

    figures = {"version": gaitmap.__version__}
    try:
        from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, RothSegmentationHmm
    except ImportError as error:
        return figures | {"skipped": str(error).splitlines()[0]}
    from gaitmap.utils.coordinate_conversion import convert_to_fbf

    def stage(name, function, runs=n_runs):
        result, times, extra = measure(function, runs)
        figures[name] = summarize(times, extra)
        return result

    walk = convert_to_fbf(tiled_walk(1), left_like="left_", right_like="right_")
    HmmStrideSegmentation().segment(walk, RATE_HZ)  # compile what is compiled on first use
    data = convert_to_fbf(tiled_walk(), left_like="left_", right_like="right_")
    stage("construct", HmmStrideSegmentation)
    hmm = stage("segment", lambda: HmmStrideSegmentation().segment(data, RATE_HZ))
    figures["strides_per_foot"] = {str(sensor): len(found) for sensor, found in hmm.stride_list_.items()}

    strides = pd.read_csv(os.environ["GAITMAP_BENCH_STRIDES"]).groupby("foot")
    sensors = {"left": "left_sensor", "right": "right_sensor"}
    lists = [strides.get_group(foot).assign(s_id=range(len(strides.get_group(foot)))) for foot in sensors]
    parts = [walk[sensor] for sensor in sensors.values()]
    quiet = {"verbose": False, "stride_model__verbose": False, "transition_model__verbose": False}

    def train():
        return RothSegmentationHmm().set_params(**quiet).self_optimize(parts, lists, sampling_rate_hz=RATE_HZ)

    train()
    stage("train", train)
    if figures["version"].startswith("3"):
        _measure_day(stage, walk)
    return figures


def _measure_day(stage, walk):
    from gaitmap.stride_segmentation.hmm import (
        HmmStrideSegmentation,
        PreTrainedRothSegmentationModel,
        RothHmmFeatureTransformer,
    )

    signal = np.resize(walk["left_sensor"]["gyr_ml"].to_numpy(), DAY)
    day = pd.DataFrame({"gyr_ml": signal}, copy=False)
    RothHmmFeatureTransformer(block_length_s=5).transform(walk["left_sensor"], sampling_rate_hz=RATE_HZ)
    for name, block_length_s in (("day_features_in_blocks", 600), ("day_features", None)):
        transform = RothHmmFeatureTransformer(block_length_s=block_length_s)
        features = stage(
            name,
            lambda transform=transform: transform.clone().transform(day, sampling_rate_hz=RATE_HZ).transformed_data_,
            1,
        )
    model = PreTrainedRothSegmentationModel().model
    stage("day_decoder", lambda: model.predict(features), 1)
    stage("day_segment", lambda: HmmStrideSegmentation().segment(day, RATE_HZ).stride_list_, 1)


if __name__ == "__main__":
    if "GAITMAP_BENCH_STRIDES" not in os.environ:  # handed on to both interpreters
        from gaitmap.example_data import get_example_data_path

        os.environ["GAITMAP_BENCH_STRIDES"] = str(Path(get_example_data_path("stride_borders_sample.csv")).resolve())
    run_benchmark("hmm", DESCRIPTION, measure_all)
