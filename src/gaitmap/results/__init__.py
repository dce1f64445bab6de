"""Results: the tables of a recording, its summary and provenance, and the folder that holds them."""

from gaitmap.results._errors import ResultsError
from gaitmap.results._identity import RunIdentity, parameters_as_json, parameters_digest
from gaitmap.results._provenance import build_provenance
from gaitmap.results._results import FileFormat, Results, check_results_folder, read_results, write_results
from gaitmap.results._statistics import build_statistics
from gaitmap.results._summary import build_summary, count_strides, describe_findings, sensor_label
from gaitmap.results._tables import STATUSES, build_strides, build_trajectory, foot_of

__all__ = [
    "STATUSES",
    "FileFormat",
    "Results",
    "ResultsError",
    "RunIdentity",
    "build_provenance",
    "build_statistics",
    "build_strides",
    "build_summary",
    "build_trajectory",
    "check_results_folder",
    "count_strides",
    "describe_findings",
    "foot_of",
    "parameters_as_json",
    "parameters_digest",
    "read_results",
    "sensor_label",
    "write_results",
]
