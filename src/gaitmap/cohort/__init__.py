"""Recordings in files: from the file to its results folder, for one and for many."""

from gaitmap.cohort._cohort import CohortProgress, analyze_cohort
from gaitmap.cohort._commands import cohort_commands
from gaitmap.cohort._manifest import ManifestError, read_manifest
from gaitmap.cohort._merge import CohortResult, merge_results
from gaitmap.cohort._preparation import choose_template, prepare_pipeline
from gaitmap.cohort._recording import analyze_recording, can_go_on, load_recording

__all__ = [
    "CohortProgress",
    "CohortResult",
    "ManifestError",
    "analyze_cohort",
    "analyze_recording",
    "can_go_on",
    "choose_template",
    "cohort_commands",
    "load_recording",
    "merge_results",
    "prepare_pipeline",
    "read_manifest",
]
