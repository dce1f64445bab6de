"""Methods that estimate velocity and position from acceleration in the global frame."""

from gaitmap.trajectory_reconstruction.position_methods._forward_backward_integration import ForwardBackwardIntegration

__all__ = ["ForwardBackwardIntegration"]
