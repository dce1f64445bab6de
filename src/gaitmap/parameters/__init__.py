"""Gait parameters: times, lengths and angles per stride, and what needs both feet."""

from gaitmap.parameters._bilateral import BilateralParameterCalculation
from gaitmap.parameters._spatial import SpatialParameterCalculation
from gaitmap.parameters._temporal import TemporalParameterCalculation

__all__ = ["BilateralParameterCalculation", "SpatialParameterCalculation", "TemporalParameterCalculation"]
