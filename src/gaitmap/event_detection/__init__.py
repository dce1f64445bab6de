"""Detection of gait events (initial contact, terminal contact, min_vel) inside given strides."""

from gaitmap.event_detection._herzer import HerzerEventDetection
from gaitmap.event_detection._mid_stance import MidStanceEventDetection
from gaitmap.event_detection._rampp import FilteredRamppEventDetection, RamppEventDetection

__all__ = ["FilteredRamppEventDetection", "HerzerEventDetection", "MidStanceEventDetection", "RamppEventDetection"]
