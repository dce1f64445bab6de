"""Detection of gait sequences in long recordings."""

from gaitmap.gait_detection._ullrich_gait_sequence_detection import UllrichGaitSequenceDetection

__all__ = ["UllrichGaitSequenceDetection"]
