"""Methods that estimate the orientation of a sensor over time."""

from gaitmap.trajectory_reconstruction.orientation_methods._madgwick import MadgwickAHRS
from gaitmap.trajectory_reconstruction.orientation_methods._mahony import MahonyAHRS
from gaitmap.trajectory_reconstruction.orientation_methods._simple_gyro_integration import SimpleGyroIntegration
from gaitmap.trajectory_reconstruction.orientation_methods._vqf import VqfOrientation

__all__ = ["MadgwickAHRS", "MahonyAHRS", "SimpleGyroIntegration", "VqfOrientation"]
