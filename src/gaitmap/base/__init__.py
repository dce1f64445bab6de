"""Base classes of all algorithms, their JSON representation, and the terms of the field."""

from gaitmap.base._algorithms import (
    BaseAlgorithm,
    BaseEventDetection,
    BaseGaitDetection,
    BaseGyroscopeOffset,
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
from gaitmap.base._blocks import BlockSource, BoundToStrides, EstimatesFromBlocks, StreamsGait, StreamsStrides
from gaitmap.base._json import BaseType
from gaitmap.base._parameters import without_caches
from gaitmap.base._table_terms import TABLE_TERMS
from gaitmap.base._terms import ALL_PARAMETER_TERMS, BILATERAL_TERMS, FOOT_TERMS, PARAMETER_TERMS, Term, parameter_term

__all__ = [
    "ALL_PARAMETER_TERMS",
    "BILATERAL_TERMS",
    "FOOT_TERMS",
    "PARAMETER_TERMS",
    "TABLE_TERMS",
    "BaseAlgorithm",
    "BaseEventDetection",
    "BaseGaitDetection",
    "BaseGyroscopeOffset",
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
    "BlockSource",
    "BoundToStrides",
    "EstimatesFromBlocks",
    "StreamsGait",
    "StreamsStrides",
    "Term",
    "parameter_term",
    "without_caches",
]
