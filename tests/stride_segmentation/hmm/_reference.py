"""Recordings and models that the reference runs name."""

import functools
import gzip
import json

import numpy as np
import pandas as pd

from gaitmap.example_data import (
    get_healthy_example_imu_data,
    get_healthy_example_imu_data_stair_down,
    get_healthy_example_imu_data_stair_up,
    get_healthy_example_stride_borders,
)
from gaitmap.stride_segmentation.hmm import RothSegmentationHmm
from gaitmap.utils.coordinate_conversion import convert_to_fbf

RATE = 204.8
SENSORS = ("left_sensor", "right_sensor")
_RECORDINGS = {
    "imu_sample": get_healthy_example_imu_data,
    "stair_up": get_healthy_example_imu_data_stair_up,
    "stair_down": get_healthy_example_imu_data_stair_down,
}


@functools.cache
def recording(name="imu_sample"):
    return convert_to_fbf(_RECORDINGS[name](), left_like="left_", right_like="right_")


def read_json(reference_dir, name):
    return json.loads(read_text(reference_dir, name))


def read_text(reference_dir, name):
    return gzip.decompress((reference_dir / "stride_segmentation_hmm" / f"{name}.json.gz").read_bytes()).decode()


def train(params):
    """Default model with some parameters, trained with both feet of the healthy walk."""
    quiet = {"verbose": False, "stride_model__verbose": False, "transition_model__verbose": False}
    model = RothSegmentationHmm().set_params(**quiet, **params)
    data, strides = recording(), get_healthy_example_stride_borders()
    return model.self_optimize_with_info([data[s] for s in SENSORS], [strides[s] for s in SENSORS], RATE)


def emissions(expected):
    """Weights, means and covariances of all components of a model in a reference file."""
    return tuple(
        np.concatenate([state[name] for state in expected["emissions"]]) for name in ("weights", "means", "covs")
    )


def walk_with_rest(minutes):
    """Left foot of the healthy walk, followed by a sensor that lies still."""
    walk = recording()["left_sensor"]["gyr_ml"].to_numpy()
    rest = np.random.default_rng(0).normal(0, 0.4, round(minutes * 60 * RATE))
    return pd.DataFrame({"gyr_ml": np.concatenate([walk, rest])})
