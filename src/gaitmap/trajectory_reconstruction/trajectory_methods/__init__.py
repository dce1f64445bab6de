"""Methods that estimate orientation, velocity and position in one go."""

from gaitmap.trajectory_reconstruction.trajectory_methods._madgwick_rts_kalman import MadgwickRtsKalman
from gaitmap.trajectory_reconstruction.trajectory_methods._rts_kalman import RtsKalman

__all__ = ["MadgwickRtsKalman", "RtsKalman"]
