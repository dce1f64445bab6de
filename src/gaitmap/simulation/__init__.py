"""Simulated recordings of two feet whose strides, events, paths and parameters are exactly known."""

from gaitmap.simulation._activities import Activity, Fidget, Rest, Shuffle, Stairs, Turn, Walk
from gaitmap.simulation._days import daily_activities
from gaitmap.simulation._foot_motion import FootGeometry, FootState
from gaitmap.simulation._gait_parameters import GaitParameters
from gaitmap.simulation._sensor_model import SensorModel
from gaitmap.simulation._simulate import SimulatedWalk, simulate, simulate_walk
from gaitmap.simulation._truth import Truth
from gaitmap.simulation._write import write_simulation

__all__ = [
    "Activity",
    "Fidget",
    "FootGeometry",
    "FootState",
    "GaitParameters",
    "Rest",
    "SensorModel",
    "Shuffle",
    "SimulatedWalk",
    "Stairs",
    "Truth",
    "Turn",
    "Walk",
    "daily_activities",
    "simulate",
    "simulate_walk",
    "write_simulation",
]
