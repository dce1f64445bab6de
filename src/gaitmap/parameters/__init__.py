"""Gait parameters: times, lengths and angles per stride, and what needs both feet: bilateral parameters, bouts."""

from gaitmap.parameters._aggregation import ParameterAggregation
from gaitmap.parameters._bilateral import BilateralParameterCalculation
from gaitmap.parameters._bout_analysis import WalkingBoutAnalysis
from gaitmap.parameters._foot import FootParameterCalculation
from gaitmap.parameters._incline import InclineCalculation
from gaitmap.parameters._spatial import SpatialParameterCalculation
from gaitmap.parameters._step_geometry import StepGeometryCalculation
from gaitmap.parameters._temporal import TemporalParameterCalculation
from gaitmap.parameters._time_offset import TimeOffset, estimate_time_offset
from gaitmap.parameters._turns import TurnDetection
from gaitmap.parameters._walking_bouts import WalkingBoutDetection

__all__ = [
    "BilateralParameterCalculation",
    "FootParameterCalculation",
    "InclineCalculation",
    "ParameterAggregation",
    "SpatialParameterCalculation",
    "StepGeometryCalculation",
    "TemporalParameterCalculation",
    "TimeOffset",
    "TurnDetection",
    "WalkingBoutAnalysis",
    "WalkingBoutDetection",
    "estimate_time_offset",
]
