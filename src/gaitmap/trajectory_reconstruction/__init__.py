"""Reconstruction of the path of a foot: orientation, velocity and position, per stride or per region."""

from gaitmap.trajectory_reconstruction._region_level import RegionLevelTrajectory
from gaitmap.trajectory_reconstruction._stride_level import StrideLevelTrajectory
from gaitmap.trajectory_reconstruction.orientation_methods import (
    MadgwickAHRS,
    MahonyAHRS,
    SimpleGyroIntegration,
    VqfOrientation,
)
from gaitmap.trajectory_reconstruction.position_methods import (
    ForwardBackwardIntegration,
    PieceWiseLinearDedriftedIntegration,
)
from gaitmap.trajectory_reconstruction.trajectory_methods import MadgwickRtsKalman, RtsKalman

__all__ = [
    "ForwardBackwardIntegration",
    "MadgwickAHRS",
    "MadgwickRtsKalman",
    "MahonyAHRS",
    "PieceWiseLinearDedriftedIntegration",
    "RegionLevelTrajectory",
    "RtsKalman",
    "SimpleGyroIntegration",
    "StrideLevelTrajectory",
    "VqfOrientation",
]
