"""Preparation of recordings before strides are searched for: alignment of the sensors with the foot."""

from gaitmap.preprocessing.sensor_alignment import align_dataset_to_gravity, align_heading_of_sensors

__all__ = ["align_dataset_to_gravity", "align_heading_of_sensors"]
