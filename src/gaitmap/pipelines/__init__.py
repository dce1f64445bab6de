"""Ready-made chains of algorithms, from the recording to the gait parameters."""

from gaitmap.pipelines._block_run import BlockRun
from gaitmap.pipelines._gait_pipeline import GaitPipeline
from gaitmap.pipelines._gait_stream import GaitStream
from gaitmap.pipelines._recording_folder import RecordingFolder

__all__ = ["BlockRun", "GaitPipeline", "GaitStream", "RecordingFolder"]
