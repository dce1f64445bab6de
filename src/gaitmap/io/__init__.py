"""Files: recordings in, results folders out, and the tables in between."""

from gaitmap.io._errors import RecordingError, ResultsError
from gaitmap.io._plausibility import check_feet, check_plausible_units
from gaitmap.io._quality import assess_quality
from gaitmap.io._read_recording import Recording, read_recording

__all__ = [
    "Recording",
    "RecordingError",
    "ResultsError",
    "assess_quality",
    "check_feet",
    "check_plausible_units",
    "read_recording",
]
