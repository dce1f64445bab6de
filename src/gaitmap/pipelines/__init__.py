"""Ready-made chains of algorithms, from the recording to the gait parameters."""

from gaitmap.pipelines._gait_pipeline import GaitPipeline
from gaitmap.pipelines._recording_folder import RecordingFolder

__all__ = ["GaitPipeline", "RecordingFolder"]
