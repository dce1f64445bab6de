"""The recordings and templates that the reference runs name."""

import json
from pathlib import Path

import pandas as pd

from gaitmap.data_transform import FixedScaler, StandardScaler, TrainableAbsMaxScaler, TrainableStandardScaler
from gaitmap.example_data import (
    get_healthy_example_imu_data,
    get_healthy_example_imu_data_stair_down,
    get_healthy_example_imu_data_stair_up,
    get_healthy_example_stride_borders,
    get_magnetometer_l_path_data,
)
from gaitmap.stride_segmentation import BarthOriginalTemplate, InterpolatedDtwTemplate
from gaitmap.utils.array_handling import iterate_region_data
from gaitmap.utils.consts import SF_COLS
from gaitmap.utils.coordinate_conversion import convert_left_foot_to_fbf, convert_to_fbf

END_OF_TRAINING = 1242  # samples; end of the third stride of the left foot
SCALINGS = {
    "none": lambda: None,
    "absmax": TrainableAbsMaxScaler,
    "tstandard": TrainableStandardScaler,
    "standard": StandardScaler,
    "fixed500": lambda: FixedScaler(500.0),
}


def to_fbf(data: pd.DataFrame) -> pd.DataFrame:
    return convert_to_fbf(data, left_like="left_", right_like="right_")


def walk() -> pd.DataFrame:
    return to_fbf(get_healthy_example_imu_data())


def recording(description: str) -> pd.DataFrame:
    """Data by the text in the reference files."""
    if "mag_l_walks" in description:
        data = get_magnetometer_l_path_data()
        data = data["left_sensor"] if data.columns.nlevels == 2 else data
        return convert_left_foot_to_fbf(data[SF_COLS].iloc[:40000])
    if "stair_up" in description:
        return to_fbf(get_healthy_example_imu_data_stair_up())
    if "stair_down" in description:
        return to_fbf(get_healthy_example_imu_data_stair_down())
    data = walk()
    if description.startswith("rest"):
        data = data.iloc[END_OF_TRAINING:]
    if ".iloc[:1000]" in description:
        data = data.iloc[:1000]
    if ".iloc[::2]" in description:
        data = data.iloc[::2]
    return data["left_sensor"] if "['left_sensor']" in description else data


def training_strides() -> list[pd.DataFrame]:
    """All strides of both feet that end before the end of training."""
    data, borders = walk(), get_healthy_example_stride_borders()
    borders = {foot: strides[strides["end"] <= END_OF_TRAINING] for foot, strides in borders.items()}
    feet = ("left_sensor", "right_sensor")
    return list(iterate_region_data([data[foot] for foot in feet], [borders[foot] for foot in feet]))


def trained_template(folder: Path, name: str) -> InterpolatedDtwTemplate:
    """Train the template ``name`` of ``interp_templates.json``."""
    setting = json.loads((folder / "interp_templates.json").read_text())["templates"][name]
    template = InterpolatedDtwTemplate(scaling=SCALINGS[setting["scaling"]](), **setting["kwargs"])
    return template.self_optimize(training_strides(), 204.8, columns=setting["columns"])


def template(folder: Path, description: str):
    """Template(s) by the text in the reference files."""
    if description.startswith("BarthOriginalTemplate"):
        use_cols = ("gyr_ml", "gyr_si") if "use_cols" in description else None
        return BarthOriginalTemplate(use_cols=use_cols)
    if not description.startswith("{"):
        return trained_template(folder, description)
    templates = {"left_sensor": trained_template(folder, "linear_absmax")}
    if "right_sensor" in description:
        right = InterpolatedDtwTemplate(scaling=TrainableAbsMaxScaler(), n_samples=200)
        columns = ["gyr_pa", "gyr_ml", "gyr_si"]
        templates["right_sensor"] = right.self_optimize(training_strides(), 204.8, columns=columns)
    return templates
