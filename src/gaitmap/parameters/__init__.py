"""Gait parameters per stride: times, lengths, angles."""

from gaitmap.parameters._spatial import SpatialParameterCalculation
from gaitmap.parameters._temporal import TemporalParameterCalculation

__all__ = ["SpatialParameterCalculation", "TemporalParameterCalculation"]
