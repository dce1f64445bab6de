"""Methods that rotate the data of freely mounted sensors into the foot sensor frame."""

from gaitmap.preprocessing.sensor_alignment._gravity import GravityAlignment, align_dataset_to_gravity

__all__ = ["GravityAlignment", "align_dataset_to_gravity"]
