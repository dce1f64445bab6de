"""Stride segmentation: DTW with and without stretch limits, and HMM; time and extra memory, beside gaitmap 2.6.

python benchmarks/segmentation.py --peer-python PYTHON_WITH_GAITMAP_2_6

The HMM of gaitmap 2.6 needs Python < 3.10 and pomegranate 0.14; without them the peer measures DTW alone, and says so.
What gaitmap 2.6 does not have (calibrated threshold, open template and model) and the whole
day are measured here only.
"""

import os
from pathlib import Path

import numpy as np
import pandas as pd

from _harness import RATE_HZ, measure, run_benchmark, summarize, tiled_walk

DESCRIPTION = (
    "healthy 2 x 20 m walk repeated to 29 min: 356,760 samples at 204.8 Hz, two feet; hmm_train: the walk with its 58 "
    "strides; stages named hmm_day_*: 24 h of it, one foot, once"
)
TEMPLATE_SAMPLES = 200  # of the original template at 204.8 Hz
DAY = 17_694_720  # samples


class Stages:
    """Measure stages, and keep their figures and their numbers of strides."""

    def __init__(self, n_runs, version):
        self.n_runs = n_runs
        self.figures = {"version": version, "skipped": {}, "strides_per_foot": {}}

    def __call__(self, name, function, n_runs=None):
        """Measure a stage and return its result."""
        result, times, extra = measure(function, n_runs or self.n_runs)
        self.figures[name] = summarize(times, extra)
        return result

    def segment(self, name, make, data):
        """Measure a segmentation of two feet."""
        found = self(name, lambda: make().segment(data, sampling_rate_hz=RATE_HZ)).stride_list_
        self.figures["strides_per_foot"][name] = {str(sensor): len(strides) for sensor, strides in found.items()}


def measure_all(n_runs):
    """Measure all segmentations on the same data."""
    import gaitmap
    from gaitmap.utils.coordinate_conversion import convert_to_fbf

    stages = Stages(n_runs, gaitmap.__version__)
    walk, data = (convert_to_fbf(tiled_walk(n), left_like="left_", right_like="right_") for n in (1, 45))
    _measure_dtw(stages, walk, data)
    try:
        import gaitmap.stride_segmentation.hmm
    except ImportError as error:
        stages.figures["skipped"]["hmm"] = str(error).splitlines()[0]
    else:
        _measure_hmm(stages, walk, data)
    if stages.figures["version"].startswith("3"):
        _measure_what_is_new(stages, walk, data)
        _measure_day(stages, walk)
    return stages.figures


def _measure_dtw(stages, walk, data):
    from gaitmap.stride_segmentation import BarthDtw, ConstrainedBarthDtw

    n_cells = 2 * TEMPLATE_SAMPLES * len(data)
    for name, make in (("dtw", BarthDtw), ("constrained_dtw", ConstrainedBarthDtw)):
        make().segment(walk, sampling_rate_hz=RATE_HZ)  # compile what is compiled on first use
        stages.segment(name, make, data)
        stages.figures[name]["mcell_per_s"] = round(n_cells / stages.figures[name]["median_s"] / 1e6)


def _measure_hmm(stages, walk, data):
    from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, RothSegmentationHmm

    HmmStrideSegmentation().segment(walk, RATE_HZ)
    stages("hmm_construct", HmmStrideSegmentation)
    stages.segment("hmm", HmmStrideSegmentation, data)

    borders = pd.read_csv(os.environ["GAITMAP_BENCH_STRIDES"]).groupby("foot")
    sensors = {"left": "left_sensor", "right": "right_sensor"}
    strides = [borders.get_group(foot).assign(s_id=range(len(borders.get_group(foot)))) for foot in sensors]
    parts = [walk[sensor] for sensor in sensors.values()]
    quiet = {"verbose": False, "stride_model__verbose": False, "transition_model__verbose": False}

    def train():
        return RothSegmentationHmm().set_params(**quiet).self_optimize(parts, strides, sampling_rate_hz=RATE_HZ)

    train()
    stages("hmm_train", train)


def _measure_what_is_new(stages, walk, data):
    from gaitmap.stride_segmentation import BarthDtw, CalibratedBarthDtw, OpenStrideTemplate
    from gaitmap.stride_segmentation.hmm import HmmStrideSegmentation, PreTrainedOpenSegmentationModel

    for name, make in {
        "open_template_dtw": lambda: BarthDtw(OpenStrideTemplate()),
        "calibrated_dtw": CalibratedBarthDtw,
        "open_hmm": lambda: HmmStrideSegmentation(PreTrainedOpenSegmentationModel()),
    }.items():
        make().segment(walk, sampling_rate_hz=RATE_HZ)
        stages.segment(name, make, data)


def _measure_day(stages, walk):
    from gaitmap.stride_segmentation.hmm import (
        HmmStrideSegmentation,
        PreTrainedRothSegmentationModel,
        RothHmmFeatureTransformer,
    )

    signal = np.resize(walk["left_sensor"]["gyr_ml"].to_numpy(), DAY)
    day = pd.DataFrame({"gyr_ml": signal}, copy=False)
    RothHmmFeatureTransformer(block_length_s=5).transform(walk["left_sensor"], sampling_rate_hz=RATE_HZ)
    for name, block_length_s in (("hmm_day_features_in_blocks", 600), ("hmm_day_features", None)):
        transform = RothHmmFeatureTransformer(block_length_s=block_length_s)
        features = stages(
            name,
            lambda transform=transform: transform.clone().transform(day, sampling_rate_hz=RATE_HZ).transformed_data_,
            1,
        )
    model = PreTrainedRothSegmentationModel().model
    stages("hmm_day_decoder", lambda: model.predict(features), 1)
    stages("hmm_day", lambda: HmmStrideSegmentation().segment(day, RATE_HZ).stride_list_, 1)


if __name__ == "__main__":
    if "GAITMAP_BENCH_STRIDES" not in os.environ:  # handed on to both interpreters
        from gaitmap.example_data import get_example_data_path

        os.environ["GAITMAP_BENCH_STRIDES"] = str(Path(get_example_data_path("stride_borders_sample.csv")).resolve())
    run_benchmark("segmentation", DESCRIPTION, measure_all)
