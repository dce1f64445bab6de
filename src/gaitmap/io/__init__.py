"""Files: recordings in, results folders out, and the tables in between."""

from gaitmap.io._errors import RecordingError, ResultsError
from gaitmap.io._plausibility import check_feet, check_plausible_units
from gaitmap.io._provenance import build_provenance
from gaitmap.io._quality import QualityAssessment, assess_quality
from gaitmap.io._read_recording import Recording, read_recording
from gaitmap.io._recording_file import RecordingFile, open_recording
from gaitmap.io._results import FileFormat, Results, check_results_folder, read_results, write_results
from gaitmap.io._summary import build_summary, describe_findings, sensor_label
from gaitmap.io._tables import build_strides, build_trajectory, foot_of
from gaitmap.io._terms import BILATERAL_TERMS, FOOT_TERMS, PARAMETER_TERMS, ParameterTerm, parameter_term

__all__ = [
    "BILATERAL_TERMS",
    "FOOT_TERMS",
    "PARAMETER_TERMS",
    "FileFormat",
    "ParameterTerm",
    "QualityAssessment",
    "Recording",
    "RecordingError",
    "RecordingFile",
    "Results",
    "ResultsError",
    "assess_quality",
    "build_provenance",
    "build_strides",
    "build_summary",
    "build_trajectory",
    "check_feet",
    "check_plausible_units",
    "check_results_folder",
    "describe_findings",
    "foot_of",
    "open_recording",
    "parameter_term",
    "read_recording",
    "read_results",
    "sensor_label",
    "write_results",
]
