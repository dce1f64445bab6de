"""Methods that rotate the data of freely mounted sensors into the foot sensor frame."""

from gaitmap.preprocessing.sensor_alignment._auto import AutoAlignment
from gaitmap.preprocessing.sensor_alignment._forward_direction import ForwardDirectionSignAlignment
from gaitmap.preprocessing.sensor_alignment._gravity import GravityAlignment, align_dataset_to_gravity
from gaitmap.preprocessing.sensor_alignment._heading import align_heading_of_sensors
from gaitmap.preprocessing.sensor_alignment._pca import PcaAlignment

__all__ = [
    "AutoAlignment",
    "ForwardDirectionSignAlignment",
    "GravityAlignment",
    "PcaAlignment",
    "align_dataset_to_gravity",
    "align_heading_of_sensors",
]
