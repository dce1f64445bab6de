"""Recordings in files: from the file to its results folder."""

from gaitmap.cohort._preparation import choose_template, prepare_pipeline
from gaitmap.cohort._recording import analyze_recording, load_recording

__all__ = ["analyze_recording", "choose_template", "load_recording", "prepare_pipeline"]
