"""Methods that estimate velocity and position from acceleration in the global frame."""

from gaitmap.trajectory_reconstruction.position_methods._forward_backward_integration import ForwardBackwardIntegration
from gaitmap.trajectory_reconstruction.position_methods._piece_wise_linear_dedrifted_integration import (
    PieceWiseLinearDedriftedIntegration,
)

__all__ = ["ForwardBackwardIntegration", "PieceWiseLinearDedriftedIntegration"]
