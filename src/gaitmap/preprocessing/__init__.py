"""Preparation of recordings before strides are searched for: offset of the gyroscopes, alignment with the foot."""

from gaitmap.preprocessing._gyroscope_offset import GyroscopeOffsetEstimation
from gaitmap.preprocessing.sensor_alignment import align_dataset_to_gravity, align_heading_of_sensors

__all__ = ["GyroscopeOffsetEstimation", "align_dataset_to_gravity", "align_heading_of_sensors"]
