"""Base classes of all algorithms and their JSON representation."""

from gaitmap.base._algorithms import (
    BaseAlgorithm,
    BaseEventDetection,
    BaseGaitDetection,
    BaseOrientationMethod,
    BasePositionMethod,
    BaseSensorAlignment,
    BaseSpatialParameterCalculation,
    BaseStrideSegmentation,
    BaseTemporalParameterCalculation,
    BaseTrajectoryMethod,
    BaseTrajectoryReconstructionWrapper,
    BaseZuptDetector,
)
from gaitmap.base._json import BaseType

__all__ = [
    "BaseAlgorithm",
    "BaseEventDetection",
    "BaseGaitDetection",
    "BaseOrientationMethod",
    "BasePositionMethod",
    "BaseSensorAlignment",
    "BaseSpatialParameterCalculation",
    "BaseStrideSegmentation",
    "BaseTemporalParameterCalculation",
    "BaseTrajectoryMethod",
    "BaseTrajectoryReconstructionWrapper",
    "BaseType",
    "BaseZuptDetector",
]
