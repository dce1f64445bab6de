"""Recordings in files: from the file to its results folder."""

from gaitmap.cohort._recording import analyze_recording, choose_template, prepare_pipeline

__all__ = ["analyze_recording", "choose_template", "prepare_pipeline"]
